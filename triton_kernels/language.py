"""Triton, imported once: compiled, or interpreted on the host where ``MXNET_COMPAT_GPU=interpret``.

Kernel modules import ``triton``, ``tl`` and ``libdevice`` from here, so that the choice is made before the first kernel is
decorated.
"""
import os

INTERPRETED = os.environ.get("MXNET_COMPAT_GPU") == "interpret"
if INTERPRETED:
    os.environ["TRITON_INTERPRET"] = "1"
# products and sums in one rounding, also with the versions of Triton whose default differs
os.environ.setdefault("TRITON_DEFAULT_FP_FUSION", "1")

try:
    import triton
    import triton.language as tl
    from triton.language.extra import libdevice
except ImportError as e:
    raise ImportError("mx.gpu() needs Triton: install the extra, as in pip install 'mxnet[gpu]'") from e

if INTERPRETED:
    from . import interpreter  # noqa: F401  (completes Triton's interpreter)

__all__ = ["INTERPRETED", "libdevice", "tl", "triton"]
