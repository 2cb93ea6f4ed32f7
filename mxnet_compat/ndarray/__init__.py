"""``mx.nd``: the array class, functions that make arrays, and every operator under MXNet's name."""
from .core import NDArray  # noqa: F401, I001
from . import _internal, contrib, image, linalg, op, random  # noqa: F401
from . import fronts as _fronts
from .creation import *  # noqa: F403
from .exchange import from_dlpack, from_numpy, to_dlpack_for_read, to_dlpack_for_write  # noqa: F401
from .utils import load, load_frombuffer, save  # noqa: F401
from .arithmetic import functions as _functions
from .ndarray import _DTYPE_MX_TO_NP, _DTYPE_NP_TO_MX, _GRAD_REQ_MAP  # noqa: F401

globals().update(_functions)

_operator, __dir__ = _fronts.namespace(globals(), "")


def __getattr__(name):
    if name in ("sparse", "utils"):
        import importlib
        return importlib.import_module(f"{__name__}.{name}")
    if name == "Custom":
        from ..operator import Custom
        return Custom
    return _operator(name)
