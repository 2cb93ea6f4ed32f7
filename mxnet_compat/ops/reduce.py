"""Reductions along axes: sums, products, extremes and where they are, means, norms, moments, running sums.

What spreads an array along axes, the opposite, is in ``spread.py``.
"""
from typing import Annotated

import numpy as np

from . import functional as F
from . import shapes
from .declare import ALL, NONE, NUMERIC, ZERO, Array, Operator, operator
from .params import Axis, DType, Not, Shape

# Kernels get normalized axes; a result is never zero-dimensional: reducing everything gives shape (1,).


def _reduce(ufunc, x, axes, keepdims=False, wide=None):
    """``ufunc`` along normalized axes in the array's type; float16 goes through float32, integers wrap."""
    t = x.dtype
    if wide is None:
        wide = np.float32 if t == np.float16 else t
    y = ufunc.reduce(x, axes, wide, keepdims=keepdims)
    y = np.asarray(y) if keepdims or len(axes) < x.ndim else np.reshape(y, 1)
    return y if y.dtype == t else y.astype(t)


def _extreme(ufunc, x, axes, keepdims):
    # without a type of its own: a given one would have numpy copy
    for a in axes:
        if not x.shape[a]:
            raise ValueError(f"no largest or smallest of nothing: axis {a} of data has length 0")
    y = ufunc.reduce(x, axes, keepdims=keepdims)
    return np.array(y) if keepdims or len(axes) < x.ndim else np.reshape(y, 1)


def count(shape, axes):
    """How many elements a reduction of ``shape`` takes together."""
    n = 1
    for a in axes:
        n *= shape[a]
    return n


def _sum(x, axes, keepdims):
    return _reduce(np.add, x, axes, keepdims)


def _mean(x, axes, keepdims):
    s = _reduce(np.add, x, axes, keepdims)
    n = count(x.shape, axes)
    if s.dtype.kind == "f":
        return np.divide(s, n, out=s)
    if s.dtype.kind == "b":
        return s
    # towards zero, as C divides
    return np.trunc(s / n).astype(s.dtype)


def _without_nan(x, fill):
    return x if x.dtype.kind != "f" else np.where(np.isnan(x), x.dtype.type(fill), x)


_KERNELS = {
    "sum": (_sum, "The sum along axes."),
    "mean": (_mean, "The mean along axes; that of integers is cut towards zero."),
    "prod": (lambda x, axes, keepdims: _reduce(np.multiply, x, axes, keepdims), "The product along axes."),
    "nansum": (lambda x, axes, keepdims: _sum(_without_nan(x, 0), axes, keepdims),
               "The sum along axes, nan counting as 0."),
    "nanprod": (lambda x, axes, keepdims: _reduce(np.multiply, _without_nan(x, 1), axes, keepdims),
                "The product along axes, nan counting as 1."),
    "max": (lambda x, axes, keepdims: _extreme(np.maximum, x, axes, keepdims),
            "The largest along axes; nan wins. The gradient goes whole to every element that ties."),
    "min": (lambda x, axes, keepdims: _extreme(np.minimum, x, axes, keepdims),
            "The smallest along axes; nan wins. The gradient goes whole to every element that ties."),
}


def _declare(name, *aliases):
    kernel, doc = _KERNELS[name]

    def body(data: Array, *, axis: Axis = None, keepdims: bool = False, exclude: bool = False):
        return kernel(data, shapes.axes(axis, data.ndim, exclude), keepdims)
    body.__doc__ = (doc + " No axis or ``()`` means all, and gives shape ``(1,)``; ``exclude`` reduces those not named."
                    "\n\nRaises MXNetError for an axis out of range or named twice.")
    op = Operator(body, name, aliases, dtypes=ALL)
    op.shape_rule = _shape_rule
    return op


def _shape_rule(data, *, axis=None, keepdims=False, exclude=False, **_):
    if data is None:
        return (None,), (None,)
    return (data,), (shapes.reduced(data, shapes.axes(axis, len(data), exclude), keepdims) or (1,),)


def kept(y, like, axis, exclude=False):
    """A reduction's result or gradient in the shape that it has with its axes kept as 1, for rules."""
    axes = shapes.axes(axis, len(like.shape), exclude)
    return F._backward_sum(y, shape=shapes.reduced(like.shape, axes, True), axes=axes)


def spread(dy, like, axis, exclude=False):
    """A reduction's gradient repeated along its axes to the shape of ``like``, for rules."""
    return F._backward_sum(dy, shape=like.shape, axes=shapes.axes(axis, len(like.shape), exclude))


def _size(like, axis, exclude=False):
    return count(like.shape, shapes.axes(axis, len(like.shape), exclude))


def _extreme_rule(dy, data, y, axis, exclude):
    where = F.broadcast_equal(data, kept(y, data, axis, exclude))
    return F.broadcast_mul(kept(dy, data, axis, exclude), where)


sum_ = _declare("sum", "sum_axis", "_sparse_sum").gradient(
    data=lambda dy, data_like, axis, exclude: spread(dy, data_like, axis, exclude))
mean = _declare("mean", "_sparse_mean").gradient(
    data=lambda dy, data_like, axis, exclude: spread(dy / _size(data_like, axis, exclude), data_like, axis, exclude))
prod = _declare("prod").gradient(
    data=lambda dy, data, axis, exclude: F.broadcast_mul(
        kept(dy, data, axis, exclude), F._backward_prod(data, axes=shapes.axes(axis, data.ndim, exclude))))
nansum = _declare("nansum").gradient(
    data=lambda dy, data, axis, exclude: spread(dy, data, axis, exclude) * (data == data))
nanprod = _declare("nanprod").gradient(
    data=lambda dy, data, axis, exclude: F.broadcast_mul(
        kept(dy, data, axis, exclude),
        F._backward_prod(F.where(data == data, data, F.ones_like(data)), axes=shapes.axes(axis, data.ndim, exclude))
        * (data == data)))
max_ = _declare("max", "max_axis").gradient(data=_extreme_rule)
min_ = _declare("min", "min_axis").gradient(data=_extreme_rule)


@operator("_backward_prod", dtypes=NUMERIC)
def others(data: Array, *, axes: Shape):
    """For each element the product of the others along ``axes`` (exactly these), right also where there are zeros."""
    x = data if data.dtype != np.float16 else data.astype(np.float32)
    keep = tuple(i for i in range(x.ndim) if i not in axes)
    rows = x.transpose(keep + axes).reshape(-1, count(x.shape, axes))
    total = np.multiply.reduce(rows, 1, rows.dtype, keepdims=True)
    if rows.dtype.kind == "f" and total.all():
        return _back_in_place(total / rows, x.shape, keep + axes, data.dtype)
    y = np.ones_like(rows)
    # all to the left of an element, times all to the right of it
    np.multiply.accumulate(rows[:, :-1], 1, out=y[:, 1:])
    right = np.multiply.accumulate(rows[:, :0:-1], 1, rows.dtype)
    y[:, :-1] *= right[:, ::-1]
    return _back_in_place(y, x.shape, keep + axes, data.dtype)


def _back_in_place(rows, shape, order, dtype):
    y = rows.reshape([shape[i] for i in order]).transpose(np.argsort(order))
    return np.array(y, dtype, order="C")


others.shape_rule = shapes.same


@others.gradient
def _(dy, data, axes, need):
    # the reduced axes together come last as n; then an n x n table of the elements with ones on its diagonal
    keep = tuple(i for i in range(data.ndim) if i not in axes)
    order = keep + axes
    n = count(data.shape, axes)
    rows, g = (F.Reshape(F.transpose(a, axes=order), shape=(-1, n)) for a in (data, dy))
    off = 1 - F._eye(N=n, dtype=data.dtype.__name__, ctx=str(data.context)).reshape((1, n, n))
    table = F.broadcast_add(F.broadcast_mul(F.expand_dims(rows, axis=1), off), 1 - off)
    terms = F.broadcast_mul(F.broadcast_mul(F._backward_prod(table, axes=(2,)), off), F.expand_dims(g, axis=2))
    total = F.Reshape(F.sum(terms, axis=1), shape=tuple(data.shape[i] for i in order))
    return [F.transpose(total, axes=tuple(int(i) for i in np.argsort(order)))]


@operator("_square_sum")
def square_sum(data: Array, *, axis: Axis = None, keepdims: bool = False, exclude: bool = False):
    """The sum of the squares along axes."""
    return _sum(np.square(data), shapes.axes(axis, data.ndim, exclude), keepdims)


square_sum.shape_rule = _shape_rule
# of elements, so that the gradient of row_sparse data has their rows
square_sum.gradient(data=lambda dy, data, axis, exclude: F.elemwise_mul(
    data, F.broadcast_to(kept(dy * 2, data, axis, exclude), shape=data.shape)))


# where the extremes are


def _position(function, data, axis, keepdims):
    if axis is None:
        y = np.reshape(function(data), (1,) * data.ndim if keepdims else 1)
    else:
        axis = shapes.normalize_axis(axis, data.ndim)
        y = function(data, axis, keepdims=keepdims)
        y = y if np.ndim(y) else np.reshape(y, 1)
    return y.astype(data.dtype)


def _position_shapes(data, *, axis=None, keepdims=False):
    return _shape_rule(data, axis=axis if axis is None else (axis,), keepdims=keepdims)


@operator("argmax")
def argmax(data: Array, *, axis: int | None = None, keepdims: bool = False):
    """The position of the (first) largest, in the array's type; without an axis that in the flattened array."""
    return _position(np.argmax, data, axis, keepdims)


@operator("argmin")
def argmin(data: Array, *, axis: int | None = None, keepdims: bool = False):
    """The position of the (first) smallest, in the array's type; without an axis that in the flattened array."""
    return _position(np.argmin, data, axis, keepdims)


@operator("argmax_channel", nograd=True)
def argmax_channel(data: Array):
    """The position of the largest along axis 1."""
    return _position(np.argmax, data, 1, False)


argmax.shape_rule = argmin.shape_rule = _position_shapes
argmax_channel.shape_rule = lambda data: _position_shapes(data, axis=1)
argmax.gradient(data=ZERO)
argmin.gradient(data=ZERO)
argmax_channel.gradient(data=NONE)


# norms and moments

_NUMBERS = Annotated[DType, Not("bool"), Not("uint8")] | None


@operator("norm", "_sparse_norm", dtypes=ALL)
def norm(data: Array, *, ord: int = 2, axis: Axis = None, out_dtype: _NUMBERS = None, keepdims: bool = False):
    """The sum of magnitudes (``ord`` 1) or the root of the sum of squares (2) along axes, in ``out_dtype`` if given.

    Raises MXNetError for another ``ord``.
    """
    if ord not in (1, 2):
        raise ValueError(f"ord must be 1 or 2, got {ord}")
    if not data.size:
        raise ValueError("data is empty")
    t = np.dtype(out_dtype or data.dtype)
    axes = shapes.axes(axis, data.ndim)
    wide = np.dtype(np.float64) if data.dtype.kind != "f" else np.promote_types(data.dtype, np.float32)
    if t.kind == "f":
        wide = np.promote_types(wide, t)
    x = data.astype(wide, copy=False)
    y = _reduce(np.add, np.abs(x) if ord == 1 else np.square(x), axes, keepdims)
    if ord == 2:
        np.sqrt(y, out=y)
    return y.astype(t, copy=False)


@norm.gradient
def _(dy, y, data, ord, axis, out_dtype, need):
    if out_dtype is not None and dy.dtype != data.dtype:
        dy, y = (F.Cast(a, dtype=data.dtype.__name__) for a in (dy, y))
    if ord == 1:
        return [F.broadcast_mul(kept(dy, data, axis), F.sign(data))]
    return [F.broadcast_mul(kept(dy / y, data, axis), data)]


@norm.shapes
def _(data, *, axis, keepdims, **_):
    return _shape_rule(data, axis=axis, keepdims=keepdims)


def _named(axes, ndim):
    if not axes:
        raise ValueError(f"axes must name the axes to take together; for all of them give {tuple(range(ndim))}")
    return shapes.axes(axes, ndim)


@operator("moments", outputs=2)
def moments(data: Array, *, axes: Axis = None, keepdims: bool = False):
    """The mean and the (biased) variance along axes, which must be named."""
    along = _named(axes, data.ndim)
    m = _mean(data, along, True)
    v = _mean(np.square(data - m), along, keepdims)
    return m if keepdims else m.reshape(v.shape), v


@moments.gradient
def _(dy0, dy1, data, y0, axes, need):
    n = _size(data, axes)
    centred = F.broadcast_sub(data, kept(y0, data, axes))
    return [F.broadcast_add(F.broadcast_mul(centred, kept(dy1 * (2.0 / n), data, axes)), kept(dy0 / n, data, axes))]


@moments.shapes
def _(data, *, axes, keepdims):
    ins, outs = _shape_rule(data, axis=None if data is None else _named(axes, len(data)), keepdims=keepdims)
    return ins, outs * 2


@operator("cumsum", "_np_cumsum", dtypes=ALL)
def cumsum(a: Array, *, axis: int | None = None, dtype: _NUMBERS = None):
    """The running sum along an axis, or of the flattened array; of bool in int64."""
    t = np.dtype(dtype or ("int64" if a.dtype.kind == "b" else a.dtype))
    if axis is not None and not 0 <= axis < a.ndim:
        raise ValueError(f"axis must be from 0 to {a.ndim - 1}, got {axis}")
    x = a if a.dtype == t else a.astype(t)
    return np.cumsum(x, axis, np.float32 if t == np.float16 else t).astype(t, copy=False)


@cumsum.gradient
def _(dy, a_like, axis, need):
    if axis is None:
        back = F.Reshape(F.reverse(F.cumsum(F.reverse(dy, axis=(0,))), axis=(0,)), shape=a_like.shape)
    else:
        back = F.reverse(F.cumsum(F.reverse(dy, axis=(axis,)), axis=axis), axis=(axis,))
    return [back if back.dtype == a_like.dtype else F.Cast(back, dtype=np.dtype(a_like.dtype).name)]


@cumsum.shapes
def _(a, *, axis, dtype):
    return (a,), (None if a is None else (int(np.prod(a)),) if axis is None else a,)
