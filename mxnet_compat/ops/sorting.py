"""Order: sort, argsort, topk and the histogram. Equal elements keep their order; nan counts as the largest."""
from typing import Annotated, Literal

import numpy as np

from ..backend import parallel, pool
from . import functional as F
from . import shapes
from .declare import NONE, NUMERIC, ZERO, AnyArray, Array, operator
from .params import DType, Floats, Not, Shape

_WIDE = NUMERIC - {np.dtype("float16")}
_INDEX = Annotated[DType, Not("bool"), Not("int8")]


def _along(shape, axis):
    """(shape, axis) of what is sorted: the flattened array where no axis is given."""
    if axis is None:
        return (int(np.prod(shape)),), 0
    return shape, shapes.normalize_axis(axis, len(shape))


def _by_rows(function, x, axis, dtype):
    """``function(x, axis)`` of the shape of ``x``, by a few threads where there are many rows."""
    if x.nbytes < pool.SMALL or axis != x.ndim - 1 or x.ndim < 2:
        return function(x, axis)
    rows, y = x.reshape(-1, x.shape[-1]), pool.empty(x.shape, dtype)
    out = y.reshape(rows.shape)

    def work(begin, end):
        for i in range(begin, end, 16):
            out[i:min(i + 16, end)] = function(rows[i:min(i + 16, end)], 1)
    parallel.split(len(rows), work)
    return y


def _order(x, axis, ascending):
    """The indices that sort ``x``, equal elements in their order."""
    if ascending:
        return np.argsort(x, axis, kind="stable")
    # backwards twice, so that equal elements keep their order and unsigned integers need no sign
    return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)


@operator("sort", output_names=("output0",), dtypes=_WIDE)
def sort(data: Array, *, axis: int | None = -1, is_ascend: bool = True):
    """The elements in order along an axis, or all of them flattened; float16 is refused."""
    shape, axis = _along(data.shape, axis)
    y = _by_rows(np.sort, data.reshape(shape), axis, data.dtype)
    return y if is_ascend else np.array(np.flip(y, axis), order="C")


@operator("argsort", dtypes=_WIDE)
def argsort(data: Array, *, axis: int | None = -1, is_ascend: bool = True, dtype: _INDEX = "float32"):
    """The indices that put the elements in order along an axis, or those of the flattened array, in ``dtype``."""
    shape, axis = _along(data.shape, axis)
    return _by_rows(lambda x, along: _order(x, along, is_ascend).astype(dtype), data.reshape(shape), axis, dtype)


sort.shape_rule = argsort.shape_rule = lambda data, *, axis, **_: (
    (data,), (None if data is None else _along(data, axis)[0],))
argsort.gradient(data=ZERO)


# elements by an order, and back


@operator("_backward_backward_sort")
def take_order(data: Array, index: AnyArray, *, axis: int | None, shape: Shape):
    """The elements at ``index``, of that shape, along an axis of ``data``, or of ``data`` flattened."""
    flat, axis = _along(data.shape, axis)
    return np.take_along_axis(data.reshape(flat), index, axis)


@operator("_backward_sort")
def put_order(data: Array, index: AnyArray, *, axis: int | None, shape: Shape):
    """Zeros of ``shape`` with ``data`` at ``index`` along an axis, or at positions in the flattened array."""
    y = np.zeros(shape, data.dtype)
    flat, axis = _along(shape, axis)
    np.put_along_axis(y.reshape(flat), index, data, axis)
    return y


take_order.shape_rule = lambda data, index, **_: ((data, index), (index,))
put_order.shape_rule = lambda data, index, *, shape, **_: ((data, index), (shape,))
take_order.gradient(index=ZERO, data=lambda dy, index, data_like, axis: F._backward_sort(
    dy, index, axis=axis, shape=data_like.shape))
put_order.gradient(index=ZERO, data=lambda dy, index, data_like, axis: F._backward_backward_sort(
    dy, index, axis=axis, shape=data_like.shape))
sort.gradient(data=lambda dy, data, axis, is_ascend: F._backward_sort(
    dy, F.argsort(data, axis=axis, is_ascend=is_ascend, dtype="int64"), axis=axis, shape=data.shape))


# topk

_KINDS = Literal["both", "indices", "mask", "value"]


def _how_many(n, k):
    if k > n:
        raise ValueError(f"k must be at most {n}, the length of the axis, got {k}")
    return k if k > 0 else n


def _top(x, axis, k, ascending):
    """The indices of the first k in order along an axis; of equal elements the earlier ones."""
    n = x.shape[axis]
    found = None
    if x.size >= 1024 and 4 * k <= n:
        # along the last axis an extreme is found many times quicker
        few = 24 if axis == x.ndim - 1 else 8
        found = (_by_extremes if k <= few else _by_partition)(x, axis, k, ascending)
    if found is None:
        found = _order(x, axis, ascending)[(slice(None),) * axis + (slice(k),)]
    return found


def _by_extremes(x, axis, k, ascending):
    """Each time the best of those left, far quicker than sorting; None where nan or infinity could mislead."""
    if x.nbytes < pool.SMALL or axis != x.ndim - 1 or x.ndim < 2:
        return _extremes(x, axis, k, ascending)
    rows, found, misled = x.reshape(-1, x.shape[-1]), np.empty((x.size // x.shape[-1], k), np.int64), []
    step = max(1, (1 << 19) // rows[0].nbytes)      # rows that stay in the cache from one search to the next

    def work(begin, end):
        for i in range(begin, end, 128):
            some = rows[i:min(i + 128, end)]
            part = _narrowed(some, k, ascending)
            parts = [part] if part is not None else [
                _extremes(some[j:j + step], 1, k, ascending) for j in range(0, len(some), step)]
            if any(p is None for p in parts):
                misled.append(i)
                return
            found[i:i + len(some)] = np.concatenate(parts)
    parallel.split(len(rows), work)
    return None if misled else found.reshape(x.shape[:-1] + (k,))


def _narrowed(rows, k, ascending):
    """The same for few of a long row: the best of columns, of which only the best k can hold what is looked for.

    None where others could hold an equal element, or there is nan.
    """
    height = int((rows.shape[1] / k) ** .5)
    if height < 4:
        return None
    width = rows.shape[1] // height
    table, rest = rows[:, :height * width].reshape(len(rows), height, width), rows[:, height * width:]
    best = (np.minimum if ascending else np.maximum).reduce(table, 1)
    columns = _extremes(best, 1, k, ascending)
    if columns is None:
        return None
    last = np.take_along_axis(best, columns[:, -1:], 1)
    if np.count_nonzero(best <= last if ascending else best >= last) != columns.size:
        return None
    columns.sort(1)
    few = np.concatenate([np.take_along_axis(table, columns[:, None], 2).reshape(len(rows), -1), rest], 1)
    found = _extremes(few, 1, k, ascending)
    if found is None:
        return None
    in_table = found // k * width + np.take_along_axis(columns, found % k, 1)
    return np.where(found < height * k, in_table, found + (height * width - height * k))


def _extremes(x, axis, k, ascending):
    find = np.argmin if ascending else np.argmax
    limits = (np.inf, -np.inf) if x.dtype.kind == "f" else (np.iinfo(x.dtype).max, np.iinfo(x.dtype).min)
    worst = limits[0] if ascending else limits[1]
    rest = x.copy() if k > 1 else x
    found = []
    for _ in range(k):
        if found:
            np.put_along_axis(rest, found[-1], worst, axis)
        found.append(np.expand_dims(find(rest, axis), axis))
    found = np.concatenate(found, axis)
    values = np.take_along_axis(x, found, axis)
    if (k > 1 and (values == worst).any()) or (ascending and (values != values).any()):
        return None
    return found


def _by_partition(x, axis, k, ascending):
    """Those beyond the k-th value, then as many equal to it as are missing, in order; None where there is nan."""
    moved = np.moveaxis(x, axis, -1)
    rows = moved.reshape(-1, x.shape[axis])
    at = k - 1 if ascending else rows.shape[1] - k
    bound = np.partition(rows, at, 1)[:, at, None]
    if rows.dtype.kind == "f" and np.isnan(rows).any():
        return None
    picked = rows < bound if ascending else rows > bound
    equal = rows == bound
    picked |= equal & (np.cumsum(equal, 1) <= k - np.count_nonzero(picked, 1)[:, None])
    found = np.nonzero(picked)[1].reshape(-1, k)
    order = _order(np.take_along_axis(rows, found, 1), 1, ascending)
    return np.moveaxis(np.take_along_axis(found, order, 1).reshape(moved.shape[:-1] + (k,)), -1, axis)


def _visible(params):
    return 2 if params["ret_typ"] == "both" else 1


@operator("topk", outputs=3, visible=_visible)
def topk(data: Array, *, axis: int | None = -1, k: int = 1, ret_typ: _KINDS = "indices", is_ascend: bool = False,
         dtype: _INDEX = "float32"):
    """The ``k`` largest along an axis (smallest if ``is_ascend``; all if ``k`` is 0), or of the flattened array.

    ``ret_typ``: their ``indices`` in ``dtype``, their ``value``, ``both`` (values first), or a ``mask`` of ones in the
    shape of ``data``. Raises MXNetError where ``k`` exceeds the axis.
    """
    shape, axis = _along(data.shape, axis)
    x = data.reshape(shape)
    k = _how_many(shape[axis], k)
    order = _top(x, axis, k, is_ascend)
    if ret_typ == "indices":
        return order.astype(dtype), order, order
    if ret_typ == "mask":
        y = np.zeros(shape, data.dtype)
        np.put_along_axis(y, order, 1, axis)
        return y.reshape(data.shape), order, order
    return np.take_along_axis(x, order, axis), order.astype(dtype), order


@topk.shapes
def _(data, *, axis, k, ret_typ, **_):
    if data is None:
        return (None,), (None,) * 3
    shape, axis = _along(data, axis)
    kept = shape[:axis] + (_how_many(shape[axis], k),) + shape[axis + 1:]
    return (data,), (data if ret_typ == "mask" else kept, kept, kept)


@topk.gradient
def _(dy0, y2, data_like, axis, ret_typ, need):
    if ret_typ in ("value", "both"):
        return [F._backward_sort(dy0, y2, axis=axis, shape=data_like.shape)]
    # positions do not move with the values
    return [F._backward_sum(F.sum(dy0 * 0), shape=data_like.shape, axes=tuple(range(len(data_like.shape))))]


# histogram


@operator("_histogram", outputs=2, needs={"bins": lambda p: p["bin_cnt"] is None})
def histogram(data: Array, bins: Array | None = None, *, bin_cnt: int | None = None, range: Floats | None = None):
    """How many elements (int64) lie in each bin, and the edges of the bins.

    The bins are given by their edges, or by their number and a range. The last one includes its right edge. Elements
    outside are not counted, nan neither.
    """
    t = data.dtype
    if bins is None:
        if bin_cnt is None or range is None or len(range) != 2:
            raise ValueError("the edges (bins), or bin_cnt and range must be given")
        lo, hi = range
        if lo > hi:
            raise ValueError(f"range must not end before it begins, got {range}")
        if bin_cnt < 1:
            raise ValueError(f"bin_cnt must be at least 1, got {bin_cnt}")
        exact = lo + np.arange(bin_cnt + 1) * ((hi - lo) / bin_cnt)
        edges = exact.astype(t) if t.kind == "f" else exact.astype(np.int64).astype(t)
        compared = edges if t.kind == "f" else exact
    else:
        if bin_cnt is not None or range is not None:
            raise ValueError("give the edges (bins) or bin_cnt and range, not both")
        if bins.ndim != 1 or len(bins) < 2:
            raise ValueError(f"bins must be the edges in one dimension, at least 2, got shape {bins.shape}")
        edges, compared = bins.copy(), bins
    x = data.ravel()
    at = np.searchsorted(compared, x, side="right") - 1
    at[x == compared[-1]] = len(compared) - 2
    inside = (at >= 0) & (at < len(compared) - 1) & (x == x)
    return np.bincount(at[inside], minlength=len(compared) - 1).astype(np.int64), edges


@histogram.shapes
def _(data, bins, *, bin_cnt, **_):
    n = bin_cnt + 1 if bin_cnt is not None else None if bins is None else bins[0]
    return (data, bins), (None if n is None else (n - 1,), None if n is None else (n,))


histogram.gradient(data=NONE, bins=NONE)
