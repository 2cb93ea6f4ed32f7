"""``mx.sym.op``: the operators of ``mx.sym`` alone."""
from . import fronts

_operator, __dir__ = fronts.namespace(globals(), "")


def __getattr__(name):
    if name == "Custom":
        from .functions import custom
        return custom
    return _operator(name)
