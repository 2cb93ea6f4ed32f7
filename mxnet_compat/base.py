"""Names that everything else and half of the legacy scripts rest on: the error classes, the ``_Null`` default, type tuples.

No array code lives here, and nothing is imported but numpy.
"""
import numpy as np

__all__ = ["MXNetError"]

string_types = (str,)
numeric_types = (float, int, np.generic)
integer_types = (int, np.int32, np.int64)


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
