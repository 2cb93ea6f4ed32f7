"""Which function implements which operator of MXNet; the functions are in ``operators/``.

A function takes the operator's inputs as buffers (None where an optional one is left out), its parameters by name with
Python values, ``training`` where the operator has it, and ``out`` (a buffer, or None) if it names it; it returns a buffer, or
a list of them for an operator of several outputs, hidden ones included. Inputs that the operator changes are written in place.
A call that has no kernel (of this type, with these parameters) raises Unsupported, and so may a wrong shape: the caller then
turns to the operator's body.
"""
import importlib
import inspect
import pkgutil

__all__ = ["find", "implements", "names", "replaced", "replacement", "replaces", "takes_out"]

_found = {}
_helpers = {}
_out = set()
_loaded = False


def implements(*names):
    """Decorator: the function implements the operators of these names."""
    def mark(function):
        for n in names:
            if n in _found:
                raise ValueError(f"operator {n} is implemented twice")
            _found[n] = function
        if "out" in inspect.signature(function).parameters:
            _out.add(function)
        return function
    return mark


def replaces(*names):
    """Decorator: the function stands in for a helper of numpy bodies, named as in ``nn.correlate.weigh``.

    It takes buffers where the helper takes arrays. An operator whose body is made for a processor in one helper only needs
    no implementation of its own.
    """
    def mark(function):
        for n in names:
            if n in _helpers:
                raise ValueError(f"helper {n} is replaced twice")
            _helpers[n] = function
        return function
    return mark


def replacement(name):
    """The stand-in for a helper, or None."""
    if not _loaded:
        _load()
    return _helpers.get(name)


def replaced():
    """The names of all helpers that have a stand-in."""
    find("")
    return sorted(_helpers)


def takes_out(function):
    """Whether an implementation writes its result where ``out`` says."""
    return function in _out


def _load():
    global _loaded
    from . import operators
    for m in sorted(m.name for m in pkgutil.iter_modules(operators.__path__)):
        importlib.import_module(f"{operators.__name__}.{m}")
    for m in ("convolution", "pooling"):
        importlib.import_module(f"{__package__}.{m}")
    _loaded = True


def find(name):
    """The function for an operator, or None."""
    if not _loaded:
        _load()
    return _found.get(name)


def names():
    """The names of all operators with an implementation."""
    find("")
    return sorted(_found)
