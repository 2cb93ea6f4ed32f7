"""``mx.nd.op``: the operators of ``mx.nd`` alone, without the functions written in terms of them."""
from . import fronts

_operator, __dir__ = fronts.namespace(globals(), "")


def __getattr__(name):
    if name == "Custom":
        from ..operator import Custom
        return Custom
    return _operator(name)
