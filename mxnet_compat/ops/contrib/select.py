"""Rows by number or by mask, positions as arrays, ranges shaped like an array, equality within tolerances."""
from typing import Annotated

import numpy as np

from .. import functional as F
from .. import shapes
from ..declare import ALL, NONE, NUMERIC, ZERO, AnyArray, Array, operator
from ..indexing import integers
from ..params import Axis, Ge


@operator("_contrib_index_copy")
def index_copy(old_tensor: Array, index_vector: AnyArray, new_tensor: Array):
    """A copy of ``old_tensor``, where the rows that ``index_vector`` (n,) names are those of ``new_tensor`` (n, …)."""
    n = len(old_tensor)
    if index_vector.ndim != 1 or new_tensor.shape != (len(index_vector), *old_tensor.shape[1:]):
        raise ValueError(f"for index_vector {index_vector.shape} new_tensor must have a row for each index, of shape "
                         f"{old_tensor.shape[1:]}, got {new_tensor.shape}")
    rows = integers(index_vector)
    if rows.size and not (0 <= rows.min() and rows.max() < n):
        raise ValueError(f"index_vector must be between 0 and {n - 1}, got {rows.min()} to {rows.max()}")
    y = old_tensor.copy()
    y[rows] = new_tensor
    return y


index_copy.shape_rule = lambda old_tensor, index_vector, new_tensor: (
    (old_tensor, index_vector, new_tensor), (old_tensor,))
index_copy.gradient(
    old_tensor=lambda dy, index_vector, new_tensor_like: F._contrib_index_copy(
        dy, index_vector, F._zeros(shape=new_tensor_like.shape, dtype=new_tensor_like.dtype.name,
                                   ctx=str(new_tensor_like.context))),
    index_vector=ZERO,
    new_tensor=lambda dy, index_vector: F.take(dy, index_vector, axis=0))


@operator("_contrib_boolean_mask", dtypes=ALL)
def boolean_mask(data: Array, index: AnyArray, *, axis: int = 0):
    """The rows of ``data`` where ``index`` (rows,) is not 0; how many depends on the values."""
    if axis != 0:
        raise ValueError(f"axis must be 0, got {axis}")
    if index.ndim != 1 or index.shape != data.shape[:1]:
        raise ValueError(f"index must have the shape {data.shape[:1]}, got {index.shape}")
    return data[index.astype(bool)]


boolean_mask.shape_rule = lambda data, index, *, axis: (
    (data, index), (None if data is None else (None, *data[1:]),))


@operator("_backward_contrib_boolean_mask", dtypes=ALL)
def backward_boolean_mask(data: Array, index: AnyArray):
    """Zeros for every element of ``index``, with the rows of ``data`` where it is not 0."""
    y = np.zeros((len(index), *data.shape[1:]), data.dtype)
    y[index.astype(bool)] = data
    return y


backward_boolean_mask.shape_rule = lambda data, index: (
    (data, index), (None if data is None or index is None else (*index, *data[1:]),))
boolean_mask.gradient(data=lambda dy, index: F._backward_contrib_boolean_mask(dy, index), index=ZERO)
backward_boolean_mask.gradient(data=lambda dy, index: F._contrib_boolean_mask(dy, index), index=ZERO)


@operator("_contrib_index_array", dtypes=ALL)
def index_array(data: Array, *, axes: Axis = None):
    """For every element its position as a last axis (int64), or its positions along ``axes`` alone."""
    axes = range(data.ndim) if axes is None else [shapes.normalize_axis(a, data.ndim, "axes:") for a in axes]
    y = np.empty((*data.shape, len(axes)), np.int64)
    for k, a in enumerate(axes):
        y[..., k] = np.arange(data.shape[a]).reshape([-1 if i == a else 1 for i in range(data.ndim)])
    return y


index_array.shape_rule = lambda data, *, axes: (
    (data,), (None if data is None else (*data, len(data) if axes is None else len(axes)),))
index_array.gradient(data=ZERO)


@operator("_contrib_arange_like", dtypes=NUMERIC)
def arange_like(data: Array, *, start: float = 0.0, step: float = 1.0, repeat: Annotated[int, Ge(1)] = 1,
                ctx: str = "", axis: int | None = None):
    """Rising numbers in the shape and type of ``data``, or along one ``axis`` of it; each comes ``repeat`` times."""
    shape = data.shape if axis is None else (data.shape[shapes.normalize_axis(axis, data.ndim)],)
    n = int(np.prod(shape, dtype=np.int64))
    start, step = (np.array(v).astype(data.dtype) for v in (start, step))
    y = start + np.arange(-(-n // repeat)).astype(data.dtype) * step
    return (y if repeat == 1 else np.repeat(y, repeat)[:n]).reshape(shape)


arange_like.shape_rule = lambda data, *, axis, **_: (
    (data,), (data if data is None or axis is None else (data[axis],),))
arange_like.gradient(data=ZERO)


@operator("_contrib_allclose", dtypes=NUMERIC)
def allclose(a: Array, b: Array, *, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = True):
    """1 where ``|a - b| <= atol + rtol * |b|`` holds everywhere, else 0: a uint8 array without dimensions."""
    if a.shape != b.shape:
        raise ValueError(f"b must have the shape {a.shape}, got {b.shape}")
    return np.array(np.allclose(a, b, rtol, atol, equal_nan), np.uint8)


allclose.shape_rule = lambda a, b, **_: ((a, b), ((),))
allclose.gradient(a=NONE, b=NONE)
