"""Which operator is seen where: ``mx.nd.X``, ``mx.nd.contrib.X``, ``mx.nd._internal._X`` … by MXNet's naming rule.

A namespace is a module whose attributes are looked up here and built at first touch.
"""
from ..ops import load, missing
from ..ops.declare import registry

__all__ = ["namespace"]

_PREFIXES = {"contrib": "_contrib_", "linalg": "_linalg_", "sparse": "_sparse_", "image": "_image_",
             "random": "_random_"}
_HIDDEN = ("_backward_", "_np_", "_npi_", "_npx_", "_getitem", "_sum_to", "_scatter_index")


def _full(space, name):
    """What an operator called ``name`` in namespace ``space`` is registered as, or None where it cannot be one."""
    if space == "_internal":
        return name if name.startswith("_") else None
    if space:
        return _PREFIXES[space] + name
    return None if name.startswith("_") else name


def operator_name(space, name):
    """The registered name of ``name`` in namespace ``space`` (``''`` is ``mx.nd`` itself), or None."""
    full = _full(space, name)
    if full is None:
        return None
    if full not in registry:
        load()
    return full if full in registry else None


def missing_function(space, name):
    """A function that says which feature is missing, for an operator that real MXNet has in that namespace; or None."""
    return missing.function(_full(space, name), name)


def missing_names(space):
    """The names of those."""
    prefix = _PREFIXES.get(space)
    if prefix:
        return [n[len(prefix):] for n in missing.names() if n.startswith(prefix)]
    return [n for n in missing.names() if space and not n.startswith(tuple(_PREFIXES.values()))]


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
        fn = missing_function(space, name) if full is None else registry.get(full).front
        if fn is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        module_globals[name] = fn
        return fn

    def __dir__():
        return sorted({*module_globals, *names(space), *missing_names(space)})
    return __getattr__, __dir__
