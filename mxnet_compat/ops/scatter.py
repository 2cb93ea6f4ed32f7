"""Elements by tuples of indices: gather_nd, scatter_nd, and numbers for tuples: ravel_multi_index, unravel_index."""
import numpy as np

from ..base import MXNetError
from . import functional as F
from .declare import ALL, NONE, NUMERIC, ZERO, AnyArray, Array, operator
from .indexing import add_rows, integers
from .params import Shape


class OutOfRange(MXNetError, IndexError):
    """An index outside of its axis: MXNet raises an IndexError for it, every other mistake is an MXNetError."""


def _tuples(indices, shape, gather=False):
    """The rows of ``indices`` as one tuple of index arrays into the first axes of ``shape``."""
    if indices.ndim < 2 or len(indices) > len(shape):
        raise ValueError("indices must have at least 2 dimensions and a row for each of at most "
                         f"{len(shape)} axes, got shape {indices.shape}")
    rows = integers(indices, "indices" if gather else None)
    for k, (row, n) in enumerate(zip(rows, shape)):
        if row.size and not (-n <= row.min() and row.max() < n):
            error, what = (OutOfRange, "operator gather_nd: ") if gather else (ValueError, "")
            raise error(f"{what}row {k} of indices has an index out of range for an axis of length {n}")
    return tuple(rows)


def _flat(indices, shape):
    """The tuples as positions in the first axes merged, and the length of those."""
    rows = _tuples(indices, shape)
    lead = shape[:len(rows)]
    at = np.zeros(indices.shape[1:], np.int64)
    for row, n in zip(rows, lead):
        at = at * n + row % n
    return at.ravel(), int(np.prod(lead, dtype=np.int64))


def _gathered(data, indices):
    return tuple(indices[1:]) + tuple(data[indices[0]:])


@operator("gather_nd", dtypes=ALL)
def gather_nd(data: Array, indices: AnyArray):
    """The elements (or parts) of ``data`` at the tuples that the columns of ``indices`` hold.

    ``indices`` has shape (m, …); the result has its other axes and then the axes of ``data`` after the m-th.
    """
    return data[_tuples(indices, data.shape, gather=True)]


gather_nd.shape_rule = lambda data, indices: (
    (data, indices), (None if data is None or indices is None else _gathered(data, indices),))


def _parts(data, indices, shape):
    at, n = _flat(indices, shape)
    return at, n, data.reshape((at.size,) + tuple(shape[len(indices):]))


@operator("_backward_gather_nd", dtypes=ALL)
def backward_gather_nd(data: Array, indices: AnyArray, *, shape: Shape):
    """Zeros of ``shape`` to which ``data`` is added at the tuples in ``indices``."""
    at, n, rows = _parts(data, indices, shape)
    return add_rows(n, at, rows).reshape(shape)


@operator("scatter_nd", dtypes=ALL)
def scatter_nd(data: Array, indices: AnyArray, *, shape: Shape):
    """Zeros of ``shape`` with ``data`` at the tuples in ``indices``; where one comes twice, the last counts."""
    y = np.zeros(shape, data.dtype)
    _set(y, data, indices)
    return y


def _set(y, data, indices):
    wanted = _gathered(y.shape, indices.shape)
    if data.shape != wanted:
        raise ValueError(f"for these indices and this shape data must have the shape {wanted}, got {data.shape}")
    y[_tuples(indices, y.shape)] = data


@operator("_scatter_set_nd", dtypes=ALL)
def scatter_set_nd(lhs: Array, rhs: Array, indices: AnyArray, *, shape: Shape):
    """A copy of ``lhs``, which has that ``shape``, with ``rhs`` at the tuples in ``indices``."""
    if tuple(shape) != lhs.shape:
        raise ValueError(f"shape must be that of lhs, {lhs.shape}, got {tuple(shape)}")
    y = lhs.copy()
    _set(y, rhs, indices)
    return y


def _to_shape(data, indices, *, shape):
    return (data, indices), (shape,)


backward_gather_nd.shape_rule = scatter_nd.shape_rule = _to_shape
scatter_set_nd.shape_rule = lambda lhs, rhs, indices, *, shape: ((lhs, rhs, indices), (lhs,))
gather_nd.gradient(data=lambda dy, indices, data_like: F._backward_gather_nd(dy, indices, shape=data_like.shape),
                   indices=ZERO)
backward_gather_nd.gradient(data=lambda dy, indices: F.gather_nd(dy, indices), indices=ZERO)
scatter_nd.gradient(data=lambda dy, indices: F.gather_nd(dy, indices), indices=ZERO)
scatter_set_nd.gradient(lhs=NONE, rhs=NONE, indices=NONE)


# numbers for tuples


@operator("_ravel_multi_index", "ravel_multi_index", dtypes=NUMERIC)
def ravel_multi_index(data: Array, *, shape: Shape = ()):
    """The position in an array of ``shape`` of each tuple that the columns of ``data`` hold."""
    if not shape or data.ndim < 1 or len(data) != len(shape):
        raise ValueError(f"data must have a row for each axis of shape {shape}, got {data.shape}")
    at = np.zeros(data.shape[1:], np.int64)
    for row, n in zip(integers(data), shape):
        at = at * n + row
    return at.astype(data.dtype).reshape(at.shape or (1,))


@operator("_unravel_index", "unravel_index", dtypes=NUMERIC)
def unravel_index(data: Array, *, shape: Shape = ()):
    """For each position in an array of ``shape`` its tuple of indices, as a new first axis."""
    if not shape:
        raise ValueError("shape must be given")
    rest = integers(data)
    y = np.empty((len(shape),) + data.shape, data.dtype)
    for k in range(len(shape) - 1, 0, -1):
        y[k] = np.fmod(rest, shape[k])
        rest = (rest - y[k].astype(np.int64)) // shape[k]
    y[0] = rest
    return y


ravel_multi_index.shape_rule = lambda data, *, shape: ((data,), (None if data is None else data[1:] or (1,),))
unravel_index.shape_rule = lambda data, *, shape: ((data,), (None if data is None else (len(shape),) + data,))
ravel_multi_index.gradient(data=ZERO)
unravel_index.gradient(data=ZERO)
