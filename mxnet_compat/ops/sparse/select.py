"""Parts of sparse arrays: take, slice, Concat, where; and the row_sparse gradient of looking rows up."""
from typing import Annotated

import numpy as np

from ...backend import storage
from ...backend.storage import CSR, RowSparse
from .. import functional as F
from ..declare import ALL, NONE, ZERO, AnyArray, Array, operator
from ..indexing import add_rows, bounded, embedding, integers, take, where
from ..join import _joined, concat
from ..params import DType, Not, Shape
from ..slicing import _slices, slice_


def _stretch(a, rows):
    """The entries of these rows of a CSR, as positions, and the new indptr."""
    lengths = a.lengths()[rows]
    indptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    return np.repeat(a.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1]), indptr


@take.sparse("csr", "default")
def _(a, indices, *, axis, mode):
    if axis not in (0, -2) or indices.ndim != 1 or mode == "raise":
        return NotImplemented
    at, indptr = _stretch(a, bounded(indices, a.shape[0], mode))
    return CSR(a.data[at], a.indices[at], indptr, (len(indices), a.shape[1]))


@take.sparse("row_sparse", "default")
def _(a, indices, *, axis, mode):
    if axis not in (0, -a.ndim):
        return NotImplemented
    return _looked_up(a, bounded(indices, a.shape[0], mode))


def _looked_up(a, index):
    return a.rows(index.ravel()).reshape(index.shape + a.shape[1:])


@slice_.sparse("csr")
def _(data, *, begin, end, step):
    if step:
        return NotImplemented
    slices = _slices(data.shape, begin, end, step)
    lo, hi, _ = slices[0].indices(data.shape[0]) if slices else (0, data.shape[0], 1)
    hi = max(lo, hi)
    a, b = data.indptr[lo], data.indptr[hi]
    y = CSR(data.data[a:b].copy(), data.indices[a:b], data.indptr[lo:hi + 1] - a, (hi - lo, data.shape[1]))
    if len(slices) < 2:
        return y
    lo, hi, _ = slices[1].indices(data.shape[1])
    keep = (y.indices >= lo) & (y.indices < hi)
    return CSR(y.data[keep], y.indices[keep] - lo, storage.pointer(y.row_of()[keep], y.shape[0]),
               (y.shape[0], max(hi - lo, 0)))


@concat.sparse("csr", ...)
def _(*data, dim):
    if dim != 0:
        return NotImplemented
    shape = _joined([a.shape for a in data], 0)
    starts = np.cumsum([0] + [len(a.data) for a in data])
    indptr = np.concatenate([data[0].indptr[:1]] + [a.indptr[1:] + s for a, s in zip(data, starts)])
    return CSR(np.concatenate([a.data for a in data]), np.concatenate([a.indices for a in data]), indptr, shape)


@where.sparse("csr", "default", "default")
def _(condition, x, y):
    if not condition.shape == x.shape == y.shape:
        raise ValueError(f"condition, x and y must have one shape, got {condition.shape}, {x.shape} and {y.shape}")
    r = y.copy()
    true = condition.data != 0
    at = condition.row_of()[true], condition.indices[true]
    r[at] = x[at]
    return r


# rows of a table


@embedding.sparse("default", "row_sparse")
def _(data, weight, *, input_dim, output_dim):
    if weight.shape != (input_dim, output_dim):
        raise ValueError(f"weight must have the shape (input_dim, output_dim) = {(input_dim, output_dim)}, "
                         f"got {weight.shape}")
    return _looked_up(weight, _inside(data, input_dim))


def _inside(data, n):
    index = integers(data, "data")
    if index.size and (index.min() < 0 or index.max() >= n):
        raise ValueError(f"data must hold row numbers from 0 to {n - 1}, got {index.min()} to {index.max()}")
    return index


@operator("_contrib_SparseEmbedding", dtypes=ALL)
def sparse_embedding(data: AnyArray, weight: Array, *, input_dim: int, output_dim: int,
                     dtype: Annotated[DType, Not("bool")] = "float32", sparse_grad: bool = False):
    """``Embedding`` whose gradient is always row_sparse."""
    return embedding.body(data, weight, input_dim=input_dim, output_dim=output_dim)


sparse_embedding.sparse("default", "row_sparse")(embedding.kernels[-1].function)
sparse_embedding.shape_rule = embedding.shape_rule


@operator("_backward_Embedding", dtypes=ALL, gives_sparse=True)
def backward_embedding(data: Array, indices: AnyArray, *, shape: Shape):
    """The gradient of a table of ``shape`` from those of the rows looked up: row_sparse, with just these rows."""
    rows, place = storage.distinct(_inside(indices, shape[0]).ravel(), shape[0])
    sums = add_rows(len(rows), place.ravel(), data.reshape((indices.size, *shape[1:])))
    return RowSparse(sums, rows, tuple(shape))


backward_embedding.gradient(data=lambda dy, indices: F.take(dy, indices), indices=ZERO)
sparse_embedding.gradient(data=NONE, weight=lambda dy, data, weight_like: F._backward_Embedding(
    dy, data, shape=weight_like.shape))
