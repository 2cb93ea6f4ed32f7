"""``F``: the operators by MXNet's names, as gradient rules and composites use them.

``F.dot`` is the same compiled function as ``mx.nd.dot``; it is looked up at the first use, so families may refer to each
other in any order.
"""


def __getattr__(name):
    from .declare import registry
    if name not in registry:
        from . import load
        load()
    try:
        fn = registry.get(name).front
    except KeyError:
        raise AttributeError(f"there is no operator called {name}") from None
    globals()[name] = fn
    return fn
