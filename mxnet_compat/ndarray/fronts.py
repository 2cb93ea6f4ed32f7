"""Which operator is seen where: ``mx.nd.X``, ``mx.nd.contrib.X``, ``mx.nd._internal._X`` … by MXNet's naming rule.

A namespace is a module whose attributes are looked up here and built at first touch.
"""
from ..ops import load
from ..ops.declare import registry

__all__ = ["namespace"]

_PREFIXES = {"contrib": "_contrib_", "linalg": "_linalg_", "sparse": "_sparse_", "image": "_image_",
             "random": "_random_"}
_HIDDEN = ("_backward_", "_np_", "_npi_", "_npx_", "_getitem", "_sum_to", "_scatter_index")


def operator_name(space, name):
    """The registered name of ``name`` in namespace ``space`` (``''`` is ``mx.nd`` itself), or None."""
    if space == "_internal":
        full = name if name.startswith("_") else None
    elif space:
        full = _PREFIXES[space] + name
    else:
        full = None if name.startswith("_") else name
    if full is None:
        return None
    if full not in registry:
        load()
    return full if full in registry else None


def names(space):
    """The operators seen in a namespace."""
    load()
    prefix = _PREFIXES.get(space)
    found = []
    for n in registry.by_name:
        if n.startswith(_HIDDEN):
            continue
        if space == "_internal":
            if n.startswith("_") and not n.startswith(tuple(_PREFIXES.values())):
                found.append(n)
        elif prefix:
            if n.startswith(prefix):
                found.append(n[len(prefix):])
        elif not n.startswith("_"):
            found.append(n)
    return found


def namespace(module_globals, space):
    """``(__getattr__, __dir__)`` for the module of a namespace."""
    where = module_globals["__name__"]

    def __getattr__(name):
        full = operator_name(space, name)
        if full is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        fn = module_globals[name] = registry.get(full).front
        return fn

    def __dir__():
        return sorted({*module_globals, *names(space)})
    return __getattr__, __dir__
