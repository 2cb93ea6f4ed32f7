"""Which operator is seen where in ``mx.sym``: the same rule as ``mx.nd``, with symbol functions."""
from ..ndarray import fronts as _nd
from ..ops.declare import registry
from . import compose

__all__ = ["namespace"]


def namespace(module_globals, space):
    """``(__getattr__, __dir__)`` for the module of a namespace."""
    where = module_globals["__name__"]

    def __getattr__(name):
        full = _nd.operator_name(space, name)
        fn = _nd.missing_function(space, name) if full is None else compose.front(registry.get(full), name)
        if fn is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        module_globals[name] = fn
        return fn

    def __dir__():
        return sorted({*module_globals, *_nd.names(space), *_nd.missing_names(space)})
    return __getattr__, __dir__
