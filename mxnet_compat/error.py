"""Error classes by name, so that a text that begins with a class name can be raised as that class."""
from . import base as _base
from .base import MXNetError, error_types

__all__ = ["InternalError", "MXNetError", "error_types", "register", "register_error"]


def register_error(func_name=None, cls=None):
    """Enter an error class in the table under its own name, as a decorator, or under the given name."""
    if callable(func_name):
        func_name, cls = func_name.__name__, func_name

    def enter(klass):
        error_types[func_name if isinstance(func_name, str) else klass.__name__] = klass
        return klass

    return enter if cls is None else enter(cls)


register = register_error


@register_error
class InternalError(MXNetError):
    """An error that is a fault of the library."""

    def __init__(self, msg):
        super().__init__(f"{msg}\nThis is an error within mxnet-compat itself; please report it.")


for _cls in (ValueError, TypeError, AttributeError, IndexError, NotImplementedError, _base.NotImplementedForSymbol):
    register_error(_cls.__name__, _cls)
