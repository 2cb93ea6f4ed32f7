"""Names that everything else and half of the legacy scripts rest on: the error classes, the ``_Null`` default, type tuples.

No array code lives here, and nothing is imported but numpy and the table of absent names.
"""
import os as _os

import numpy as np

from . import absent as _absent

__all__ = ["MXNetError"]

string_types = (str,)
numeric_types = (float, int, np.generic)
integer_types = (int, np.int32, np.int64)
#: error classes by name, filled by ``mx.error``
error_types = {}


class MXNetError(RuntimeError):
    """Raised for bad arguments, shapes, types and files; the base class of the package's errors."""


class NotImplementedForSymbol(MXNetError):
    """A function of NDArray that a Symbol does not offer."""

    def __init__(self, function, alias=None, *args):
        super().__init__()
        self.function = getattr(function, "__name__", str(function))
        self.alias = alias
        self.args = tuple(str(type(a)) for a in args)

    def __str__(self):
        msg = f"{self.function} is not implemented for Symbol"
        return msg + (f", use {self.alias} instead" if self.alias else "")


class NotSupportedForSparseNDArray(MXNetError):
    """A function of dense arrays that a sparse array does not offer."""

    def __init__(self, function, alias=None, *args):
        super().__init__()
        self.function = getattr(function, "__name__", str(function))
        self.alias = alias
        self.args = tuple(str(type(a)) for a in args)

    def __str__(self):
        msg = f"{self.function} is not supported for sparse arrays"
        return msg + (f", use {self.alias} instead" if self.alias else "")


class _NullType:
    """The type of ``_Null``, the "argument not given" of operator functions."""

    def __repr__(self):
        return "_Null"

    def __bool__(self):
        return False

    def __reduce__(self):
        return "_Null"


_Null = _NullType()

for _cls in (MXNetError, NotImplementedForSymbol, NotSupportedForSparseNDArray):
    _cls.__module__ = "mxnet.base"


def _as_list(obj):
    """``obj`` itself if it is a list or tuple, else a list of it."""
    return obj if isinstance(obj, (list, tuple)) else [obj]


def py_str(x):
    """Bytes as text."""
    return x.decode("utf-8")


def c_str(string):
    """Text as bytes; kept for scripts that call it."""
    return string.encode("utf-8")


class classproperty:
    """A read-only property of a class, as a decorator."""

    def __init__(self, func):
        self.func = func

    def __get__(self, instance, owner):
        return self.func(owner)


def with_metaclass(meta, *bases):
    """A base class for a class statement, so that the class has the metaclass ``meta`` and just these bases."""
    class Temporary(meta):
        def __new__(cls, name, this_bases, namespace):
            return meta(name, bases, namespace)
    return type.__new__(Temporary, "temporary", (), {})


def data_dir_default():
    """Where data sets and models are kept if ``MXNET_HOME`` does not say: ``~/.mxnet``."""
    return _os.path.join(_os.path.expanduser("~"), ".mxnet")


def data_dir():
    """Where data sets and models are kept."""
    return _os.environ.get("MXNET_HOME", data_dir_default())


_table = _absent.getter(globals())
_CTYPES = frozenset("MXCallbackList add_fileline_to_docstring build_param_doc c_array c_array_buf c_handle_array c_str_array "
                    "check_call ctypes2buffer ctypes2numpy_shared mx_float_p".split())


def __getattr__(name):
    if name == "libinfo":
        from . import libinfo
        return libinfo
    if name == "register_error":
        from .error import register_error
        return register_error
    if name in _CTYPES:
        from . import _ctypes_base
        globals()[name] = found = getattr(_ctypes_base, name)
        return found
    return _table(name)
