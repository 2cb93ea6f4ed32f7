"""``mx.contrib``: experimental corners of MXNet that scripts still import. What each does lives in its own file.

They are loaded when first touched; ``quantization`` exists by name only (``absent.py``).
"""
import importlib as _importlib

from . import autograd, ndarray, symbol

nd, sym = ndarray, symbol

__all__ = ["autograd", "nd", "ndarray", "sym", "symbol"]

_LATER = {"amp": "amp", "io": "io", "onnx": "onnx", "quant": "quantization", "quantization": "quantization",
          "svrg_optimization": "svrg_optimization", "tensorboard": "tensorboard", "text": "text"}


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"module 'mxnet.contrib' has no attribute {name!r}")
    module = _importlib.import_module(f"{__name__}.{_LATER[name]}")
    globals()[name] = module
    return module


def __dir__():
    return sorted({*globals(), *_LATER})
