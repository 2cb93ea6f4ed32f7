"""Operators without inputs, which make arrays: zeros, ones, a constant, ranges, the identity; and ``khatri_rao``."""
import math
from typing import Annotated

import numpy as np

from ..base import MXNetError
from . import functional as F
from .declare import FLOAT, Array, composite, operator
from .params import DType, Not, Shape

_NUMBERS = Annotated[DType, Not("bool")]


def _full_shape(shape):
    if not shape or min(shape) < 1:
        raise ValueError(f"shape must be known and hold at least one element, got {shape}")
    return shape


def _shape_of(*, shape, **_):
    return (), (shape or None,)


@operator("_zeros")
def zeros(*, shape: Shape = (), ctx: str = "", dtype: DType = "float32"):
    """Zeros of a shape and type on a device."""
    return np.zeros(_full_shape(shape), dtype)


@operator("_zeros_without_dtype")
def zeros_without_dtype(*, shape: Shape = (), ctx: str = "", dtype: int = -1):
    """Zeros whose type is left open: float32 where nothing else says."""
    if dtype != -1:
        raise ValueError(f"dtype must be -1 (open), got {dtype}; use zeros for a type")
    return np.zeros(_full_shape(shape), np.float32)


@operator("_ones")
def ones(*, shape: Shape = (), ctx: str = "", dtype: DType = "float32"):
    """Ones of a shape and type on a device."""
    return np.ones(_full_shape(shape), dtype)


@operator("_full")
def full(*, shape: Shape = (), ctx: str = "", dtype: DType = "float32", value: float):
    """A shape filled with a number; for an integer type the number is cut."""
    t = np.dtype(dtype)
    return np.full(_full_shape(shape), _number(value, t), t)


def _number(value, t):
    # integers wrap, as C conversions do
    return np.array(int(value)).astype(t) if t.kind in "iu" else t.type(value)


zeros.shape_rule = zeros_without_dtype.shape_rule = ones.shape_rule = full.shape_rule = _shape_of


def _range(start, stop, step, repeat, infer_range):
    """(first value, how many steps) of a range."""
    if repeat < 1:
        raise ValueError(f"repeat must be at least 1, got {repeat}")
    if step == 0:
        raise ValueError("step must not be 0")
    if stop is None:
        if infer_range:
            raise ValueError("with infer_range the length comes from what the array is used with; here stop is needed")
        start, stop = 0.0, start
    if (stop - start) * step <= 0:
        raise ValueError(f"there is nothing from {start} to {stop} in steps of {step}")
    return start, math.ceil((stop - start) / step)


@operator("_arange")
def arange(*, start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, infer_range: bool = False,
           ctx: str = "", dtype: _NUMBERS = "float32"):
    """Numbers from ``start`` to before ``stop``, each ``repeat`` times; with one number those from 0 to before it."""
    first, n = _range(start, stop, step, repeat, infer_range)
    t = np.dtype(dtype)
    # start and step are cut to the type before they are used, as the real one does
    y = np.arange(n).astype(t) * _number(step, t) + _number(first, t)
    return y if repeat == 1 else np.repeat(y, repeat)


@arange.shapes
def _(*, start, stop, step, repeat, infer_range, **_):
    if stop is None and infer_range:
        return (), (None,)
    return (), ((_range(start, stop, step, repeat, infer_range)[1] * repeat,),)


@operator("_linspace", hidden=("num", "endpoint"))
def linspace(*, start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, infer_range: bool = False,
             ctx: str = "", dtype: _NUMBERS = "float32", num: int, endpoint: bool = True):
    """``num`` numbers at equal distances from ``start`` to ``stop``, which is the last unless ``endpoint`` is false.

    ``step``, ``repeat`` and ``infer_range`` mean nothing; MXNet's function shows them and hides the two that count.
    """
    if stop is None:
        raise ValueError("stop must be given")
    if num < 0:
        raise ValueError(f"num must not be negative, got {num}")
    parts = num - 1 if endpoint else num
    return (start + np.arange(num) * ((stop - start) / parts if parts > 0 else 0.0)).astype(dtype)


linspace.shape_rule = lambda *, num, **_: ((), ((num,),))


@operator("_eye")
def eye(*, N: int, M: int = 0, k: int = 0, ctx: str = "", dtype: _NUMBERS = "float32"):
    """The matrix of ``N`` rows and ``M`` columns (or ``N``) with ones on its ``k``-th diagonal."""
    if N < 0:
        raise ValueError(f"N must not be negative, got {N}")
    return np.eye(N, M if M > 0 else N, k, dtype)


# parameter names as MXNet has them
eye.shape_rule = lambda *, N, M, **_: ((), ((N, M if M > 0 else N),))  # noqa: N803


_PRODUCTS = FLOAT - {np.dtype(np.float16)}


@composite("khatri_rao", key="num_args", dtypes=_PRODUCTS)
def khatri_rao(*args: Array):
    """The column-wise Kronecker product of matrices with one number of columns: rows multiply.

    Raises MXNetError for another number of dimensions, unequal columns, integers and float16.
    """
    for a in args:
        if a.ndim != 2 or a.shape[1] != args[0].shape[1] or np.dtype(a.dtype) not in _PRODUCTS:
            raise MXNetError("operator khatri_rao: all arrays must be matrices of float32 or float64 with one number of "
                             f"columns, got shapes {', '.join(str(m.shape) for m in args)}")
    if not args:
        raise MXNetError("operator khatri_rao: at least one array is needed")
    y = args[0]
    for a in args[1:]:
        table = F.broadcast_mul(F.expand_dims(y, axis=1), F.expand_dims(a, axis=0))
        y = F.Reshape(table, shape=(-3, 0))
    return F._copy(y) if len(args) == 1 else y


@khatri_rao.shapes
def _(*args, **_):
    if not args or any(s is None for s in args):
        return args, (None,)
    return args, ((int(np.prod([s[0] for s in args])), args[0][1]),)
