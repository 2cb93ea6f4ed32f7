"""``mx.sym``: graphs of operators, composed by the functions of the same names as in ``mx.nd``."""
from .symbol import Group, Symbol, Variable, fromjson, load, load_json, var  # noqa: I001
from . import _internal, contrib, image, linalg, op, random  # noqa: F401
from . import fronts as _fronts
from .functions import *  # noqa: F403

__all__ = ["Group", "Symbol", "Variable", "fromjson", "load", "load_json", "var"]

_operator, __dir__ = _fronts.namespace(globals(), "")


def __getattr__(name):
    if name in ("sparse",):
        import importlib
        return importlib.import_module(f"{__name__}.{name}")
    if name == "Custom":
        from .functions import custom
        return custom
    return _operator(name)
