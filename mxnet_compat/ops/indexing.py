"""Elements chosen by index arrays: take, Embedding, pick, one_hot, where; and what ``x[key]`` records.

Ranges are in ``slicing.py``, tuples of indices in ``scatter.py``, lengths of sequences in ``sequence.py``. An index of
floating type is cut to an integer.
"""
from typing import Annotated, Literal

import numpy as np

from ..backend import parallel, pool
from . import functional as F
from . import shapes
from .declare import ALL, NONE, ZERO, AnyArray, Array, operator
from .params import DType, Ge, Not, Opaque, Shape
from .shape import _known

SINGLE = frozenset([np.dtype(np.float32)])


def integers(index, refuse_bool=None):
    """An index array as int64, uncopied if it is; ``refuse_bool`` is the name of one that must not be bool."""
    if refuse_bool and index.dtype.kind == "b":
        raise ValueError(f"{refuse_bool} must not have type bool")
    if index.dtype.kind != "f":
        return index.astype(np.int64, copy=False)
    with np.errstate(invalid="ignore"):
        return index.astype(np.int64)


def bounded(index, n, mode, refuse_bool=None):
    """Indices into an axis of length n: clipped into it, wrapped around it, or refused outside of it."""
    if not n and index.size:
        raise ValueError("nothing can be taken from an axis of length 0")
    index = integers(index, refuse_bool)
    if mode == "clip":
        return np.clip(index, 0, n - 1)
    if mode == "wrap":
        return index % n
    if index.size and not (0 <= index.min() and index.max() < n):
        raise IndexError(f"with mode 'raise' every index must be from 0 to {n - 1}")
    return index


def _whole_rows(x):
    """A view in one dimension whose elements are the rows of ``x``: they are gathered and scattered as one stretch."""
    x = np.ascontiguousarray(x).reshape(len(x), -1)
    return x.view(np.dtype((np.void, x.itemsize * x.shape[1])))[:, 0]


def _few(index, count=256):
    """Parts of an index so small that what they gather stays in the cache."""
    return [index[i:i + count] for i in range(0, len(index), count)]


def add_rows(n, index, rows):
    """An array of n rows, to which each of ``rows`` is added at its index (1-D, in range): a scatter that sums."""
    wide = np.dtype(np.float32) if rows.dtype == np.float16 else rows.dtype
    shape = (n,) + rows.shape[1:]
    if not rows.size:
        return np.zeros(shape, rows.dtype)
    if rows.size == len(index) and wide.kind == "f":
        return np.bincount(index, rows.ravel(), n).astype(rows.dtype).reshape(shape)
    y = pool.empty(shape, wide)
    y.fill(0)
    # few bits are sorted by counting
    order = np.argsort(index.astype(np.uint16) if n <= 1 << 16 else index, kind="stable")
    at = index[order]
    first = np.flatnonzero(np.concatenate(([True], at[1:] != at[:-1])))
    many = np.diff(np.append(first, len(at)))
    # np.add.at and reduceat are slow on rows; each round adds one row to every index that still has some
    source, target = _whole_rows(rows.astype(wide, copy=False)), _whole_rows(y)
    for some in _few(first):
        target[at[some]] = source[order[some]]
    k, left = 1, len(at) - len(first)
    while left:
        still = many > k
        first, many = first[still], many[still]
        if left > 32 * len(first):
            for a, m in zip(first.tolist(), many.tolist()):
                y[at[a]] += np.add.reduce(rows[order[a + k:a + m]], 0, wide)
            break
        for some in _few(first):
            to = at[some]
            total = target[to].view(wide)
            total += source[order[some + k]].view(wide)
            target[to] = total.view(target.dtype)
        k, left = k + 1, left - len(first)
    return y.astype(rows.dtype, copy=False)


# x[key]


def _arrays_in(key):
    # in host memory or on a device, whatever np.ndarray means where this runs
    return [k for k in (key if type(key) is tuple else (key,)) if hasattr(k, "__setitem__")]


@operator("_getitem", dtypes=ALL)
def getitem(data: Array, *, key: Opaque):
    """``data[key]`` for a key as numpy takes it."""
    return np.array(data[key], order="C")


@operator("_scatter_index", dtypes=ALL)
def scatter_index(data: Array, *, key: Opaque, shape: Shape):
    """Zeros of ``shape`` with ``data`` added at ``key``."""
    arrays = _arrays_in(key)
    if not arrays:
        y = np.zeros(shape, data.dtype)
        y[key] = data
        return y
    if len(arrays) == 1 and (type(key) is not tuple or (key[0] is arrays[0] and _whole(key[1:], shape))):
        index = arrays[0]
        rows = data.reshape((index.size,) + tuple(shape[1:]))
        return add_rows(shape[0], index.ravel() % max(shape[0], 1), rows)
    y = np.zeros(shape, np.float32 if data.dtype == np.float16 else data.dtype)
    np.add.at(y, key, data)
    return y.astype(data.dtype, copy=False)


def _whole(rest, shape):
    return len(rest) < len(shape) and all(isinstance(k, slice) and k == slice(None) for k in rest)


scatter_index.shape_rule = lambda data, *, key, shape: ((data,), (shape,))
getitem.gradient(data=lambda dy, data_like, key: F._scatter_index(dy, key=key, shape=data_like.shape))
scatter_index.gradient(data=lambda dy, key: F._getitem(dy, key=key))


# take


_MODES = Literal["clip", "raise", "wrap"]


@operator("take", dtypes=ALL)
def take(a: Array, indices: AnyArray, *, axis: int = 0, mode: _MODES = "clip"):
    """The entries at ``indices`` along an axis, which the axes of ``indices`` replace.

    Indices out of range go to the nearest end (``clip``), around (``wrap``) or raise MXNetError (``raise``).
    """
    axis = shapes.normalize_axis(axis, a.ndim)
    if mode == "clip" and a.shape[axis]:
        return np.take(a, integers(indices), axis, mode="clip")
    return np.take(a, bounded(indices, a.shape[axis], mode), axis)


@take.shapes
def _(a, indices, *, axis, mode):
    if a is None or indices is None:
        return (a, indices), (None,)
    axis = shapes.normalize_axis(axis, len(a))
    return (a, indices), (a[:axis] + indices + a[axis + 1:],)


@operator("_backward_take", dtypes=ALL)
def backward_take(data: Array, indices: AnyArray, *, shape: Shape, axis: int = 0, mode: _MODES = "clip"):
    """The gradient of ``take``: zeros of ``shape`` to which ``data`` is added at ``indices``."""
    axis = shapes.normalize_axis(axis, len(shape))
    index = bounded(indices, shape[axis], mode).ravel()
    rest = shape[:axis] + shape[axis + 1:]
    # the axes of the indices first, as one
    rows = data.reshape(shape[:axis] + (index.size,) + shape[axis + 1:])
    y = add_rows(shape[axis], index, np.moveaxis(rows, axis, 0).reshape((index.size,) + rest))
    return y if not axis else np.array(np.moveaxis(y, 0, axis), order="C")


backward_take.shape_rule = lambda data, indices, *, shape, **_: ((data, indices), (shape,))
take.gradient(a=lambda dy, indices, a_like, axis, mode: F._backward_take(dy, indices, shape=a_like.shape, axis=axis,
                                                                        mode=mode), indices=ZERO)
backward_take.gradient(data=lambda dy, indices, axis, mode: F.take(dy, indices, axis=axis, mode=mode), indices=ZERO)


@operator("Embedding", "_sparse_Embedding", dtypes=ALL)
def embedding(data: AnyArray, weight: Array, *, input_dim: Annotated[int, Ge(1)], output_dim: Annotated[int, Ge(1)],
              dtype: Annotated[DType, Not("bool")] = "float32", sparse_grad: bool = False):
    """The rows of ``weight``, of shape (input_dim, output_dim), at the numbers in ``data``, clipped into range.

    The gradient of ``data`` cannot be asked for.
    """
    if weight.shape != (input_dim, output_dim):
        raise ValueError(f"weight must have the shape (input_dim, output_dim) = {(input_dim, output_dim)}, "
                         f"got {weight.shape}")
    y = pool.empty(data.shape + weight.shape[1:], weight.dtype)
    return np.take(weight, integers(data, "data"), 0, out=y, mode="clip")


@embedding.shapes
def _(data, weight, *, input_dim, output_dim, **_):
    wanted = (input_dim, output_dim)
    return (data, weight or wanted), (None if data is None else data + wanted[1:],)


def _embedding_rule(dy, data, weight_like, sparse_grad):
    rule = F._backward_Embedding if sparse_grad else F._backward_take
    return rule(dy, data, shape=weight_like.shape)


embedding.gradient(data=NONE, weight=_embedding_rule)


# one element a row


_PICK = Literal["clip", "wrap"]


def _pick_shape(shape, axis, keepdims=False):
    if axis is None:
        raise ValueError("axis must be given: None is not possible here")
    return shapes.reduced(shape, (shapes.normalize_axis(axis, len(shape)),), keepdims) or (1,)


def _pick_index(index, shape, axis, mode):
    """(normalized axis, indices with that axis kept as 1)."""
    wanted = _pick_shape(shape, axis)
    axis %= len(shape)
    kept = shapes.reduced(shape, (axis,), True)
    if index.shape not in (kept, wanted):
        raise ValueError(f"index must have the shape of data without axis {axis}, {wanted}, got {index.shape}")
    return axis, bounded(index, shape[axis], mode, "index").reshape(kept)


@operator("pick", "choose_element_0index")
def pick(data: Array, index: AnyArray, *, axis: int | None = -1, keepdims: bool = False, mode: _PICK = "clip"):
    """From each row along an axis the element that ``index`` names; ``index`` may have the axis as 1 or not at all."""
    axis, index = _pick_index(index, data.shape, axis, mode)
    return np.take_along_axis(data, index, axis).reshape(_pick_shape(data.shape, axis, keepdims))


@pick.shapes
def _(data, index, *, axis, keepdims, mode):
    if data is None:
        return (None, index), (None,)
    return (data, index or _pick_shape(data, axis)), (_pick_shape(data, axis, keepdims),)


@operator("_backward_pick")
def backward_pick(data: Array, index: AnyArray, *, shape: Shape, axis: int = -1, mode: _PICK = "clip"):
    """Zeros of ``shape`` with ``data`` where ``pick`` takes it from."""
    y = np.zeros(shape, data.dtype)
    axis, index = _pick_index(index, shape, axis, mode)
    np.put_along_axis(y, index, data.reshape(index.shape), axis)
    return y


backward_pick.shape_rule = lambda data, index, *, shape, **_: ((data, index), (shape,))
pick.gradient(data=lambda dy, index, data_like, axis, mode: F._backward_pick(
    dy, index, shape=data_like.shape, axis=axis, mode=mode), index=ZERO)
backward_pick.gradient(data=lambda dy, index, data_like, axis, mode: F._backward_Reshape(
    F.pick(dy, index, axis=axis, mode=mode), shape=data_like.shape), index=ZERO)


def _pairs(a, indices):
    if a.ndim != 2 or indices.shape != a.shape[:1]:
        raise ValueError(f"a must be a matrix and the index have one entry a row, got {a.shape} and {indices.shape}")
    return np.arange(len(a)), bounded(indices, a.shape[1], "clip")


@operator("batch_take")
def batch_take(a: Array, indices: AnyArray):
    """From each row of a matrix the element that ``indices``, of type int32, names for it, clipped into the row."""
    if indices.dtype != np.int32:
        raise ValueError(f"indices must have type int32, got {indices.dtype}")
    return a[_pairs(a, indices)]


batch_take.shape_rule = lambda a, indices: ((a, indices or (None if a is None else a[:1])),
                                            (None if a is None else a[:1],))
batch_take.gradient(a=lambda dy, indices, a_like: F._backward_pick(dy, indices, shape=a_like.shape), indices=ZERO)


@operator("fill_element_0index", dtypes=SINGLE)
def fill_element_0index(lhs: Array, mhs: Array, rhs: Array):
    """A copy of the matrix ``lhs`` with ``mhs[i]`` in row i at column ``rhs[i]``."""
    if mhs.shape != lhs.shape[:1]:
        raise ValueError(f"mhs must have one entry a row of lhs, got {mhs.shape} for {lhs.shape}")
    y = lhs.copy()
    y[_pairs(lhs, rhs)] = mhs
    return y


fill_element_0index.shape_rule = lambda lhs, mhs, rhs: ((lhs, mhs, rhs), (lhs,))
fill_element_0index.gradient(lhs=NONE, mhs=NONE, rhs=NONE)


# one-hot


def one_hot_rows(index, depth, on, off, dtype):
    """Rows of ``off`` with ``on`` at the index; a row for an index out of range is all ``off``."""
    y = np.full((index.size, depth), off, dtype)
    index = integers(index, "the index").ravel()
    rows = np.flatnonzero((index >= 0) & (index < depth))
    y[rows, index[rows]] = on
    return y


@operator("one_hot")
def one_hot(indices: AnyArray, *, depth: int, on_value: float = 1.0, off_value: float = 0.0,
            dtype: Annotated[DType, Not("bool")] = "float32"):
    """A new last axis of length ``depth``: ``on_value`` at the index, ``off_value`` elsewhere (all, if outside)."""
    if depth < 0:
        raise ValueError(f"depth must not be negative, got {depth}")
    t = np.dtype(dtype)
    on, off = (np.array(v).astype(t) if t.kind == "f" else np.array(int(v)).astype(t) for v in (on_value, off_value))
    return one_hot_rows(indices, depth, on, off, t).reshape(indices.shape + (depth,))


one_hot.shape_rule = lambda indices, *, depth, **_: ((indices,), (None if indices is None else indices + (depth,),))
one_hot.gradient(indices=ZERO)


@operator("_onehot_encode", dtypes=SINGLE)
def onehot_encode(lhs: Array, rhs: Array):
    """One-hot rows of ``lhs`` in the shape of ``rhs``."""
    if lhs.ndim != 1 or rhs.ndim != 2 or len(rhs) != len(lhs):
        raise ValueError(f"lhs must have one dimension and rhs a row for each entry, got {lhs.shape} and {rhs.shape}")
    return one_hot_rows(lhs, rhs.shape[1], 1, 0, rhs.dtype)


onehot_encode.shape_rule = lambda lhs, rhs: ((lhs, rhs), (rhs,))
onehot_encode.gradient(lhs=NONE, rhs=NONE)


# where


def _rowwise(condition, x):
    """The condition as booleans that broadcast along the rows of ``x``."""
    if condition.dtype.kind == "b":
        raise ValueError("condition must not have type bool; a comparison of arrays gives a fitting type")
    return (condition != 0).reshape(condition.shape + (1,) * (x.ndim - condition.ndim))


def _check_where(condition, x, y):
    if x != y:
        raise ValueError(f"x and y must have the same shape, got {x} and {y}")
    if condition not in (x, x[:1]):
        raise ValueError(f"condition must have the shape {x} of x or one entry a row, got {condition}")
    return x


def _select(chosen, x, y):
    """``np.where`` by arithmetic on bits: branches that no processor can guess cost four times as much."""
    t = np.dtype(f"i{x.dtype.itemsize}")
    a, b = x.view(t), y.view(t)
    bits = np.negative(chosen.view(np.int8), dtype=t)
    bits &= a ^ b
    bits ^= b
    return bits.view(x.dtype)


@operator("where", "_sparse_where")
def where(condition: AnyArray, x: Array, y: Array):
    """``x`` where the condition is not zero, ``y`` elsewhere; a condition of one dimension chooses rows."""
    _check_where(condition.shape, x.shape, y.shape)
    if condition.shape == x.shape and x.nbytes >= pool.SMALL and condition.dtype.kind != "b":
        return parallel.blocks(lambda c, a, b: _select(c != 0, a, b), condition, x, y, dtype=x.dtype)
    return parallel.blocks(np.where, _rowwise(condition, x), x, y, dtype=x.dtype)


@where.shapes
def _(condition, x, y):
    x = y if x is None else x
    y = x if y is None else y
    if x is None or condition is None:
        return (condition or x, x, y), (x,)
    return (condition, x, y), (_check_where(condition, x, y) if _known(condition) and _known(x) and _known(y) else x,)


where.gradient(condition=ZERO, x=lambda dy, condition: F.where(condition, dy, F.zeros_like(dy)),
               y=lambda dy, condition: F.where(condition, F.zeros_like(dy), dy))
