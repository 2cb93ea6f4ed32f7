"""Which function implements which operator of MXNet.

A function takes the operator's inputs as buffers (None where an optional one is left out), its parameters by name with
Python values, and ``rng`` or ``training`` where the operator has them; it returns a buffer, or a list of them for an operator
of several outputs. A wrong shape is a ValueError. ``NotImplemented`` says that this call (of this type, with these
parameters) has no kernel.
"""
import importlib

__all__ = ["families", "find", "implements", "names"]

#: Modules with implementations, imported at the first look-up.
FAMILIES = ()
_found = {}
_loaded = False


def implements(*names):
    """Decorator: the function implements the operators of these names."""
    def mark(function):
        for n in names:
            if n in _found:
                raise ValueError(f"operator {n} is implemented twice")
            _found[n] = function
        return function
    return mark


def families():
    """All modules of implementations, imported."""
    global _loaded
    modules = [importlib.import_module(f"{__package__}.{m}") for m in FAMILIES]
    _loaded = True
    return modules


def find(name):
    """The function for an operator, or None."""
    if not _loaded:
        families()
    return _found.get(name)


def names():
    """The names of all operators with an implementation."""
    families()
    return sorted(_found)
