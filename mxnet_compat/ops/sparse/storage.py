"""Operators about storage itself: cast_storage, retain, counting entries, and steps on stored elements only."""
import numpy as np

from ...backend import storage
from .. import functional as F
from .. import shapes
from ..broadcast import _divide, _scalar_of
from ..declare import NUMERIC, ZERO, AnyArray, Array, operator
from ..elementwise import identity_with_attr_like_rhs, zeros_like
from ..indexing import integers
from ..matmul import Stype

_ANY = "default|csr|row_sparse"


@operator("cast_storage", "_sparse_cast_storage", dtypes=NUMERIC, gives_sparse=True)
def cast_storage(data: Array, *, stype: Stype):
    """The array in another storage: ``default``, ``csr`` (matrices only) or ``row_sparse``.

    Entries (or whole rows) that are zero are left out. MXNetError between csr and row_sparse, and for empty arrays.
    """
    if stype != "default" and not data.size:
        raise ValueError(f"an array of shape {data.shape} cannot become {stype}: it has no elements")
    y = storage.cast(data, stype)
    return y.copy() if y is data else y


@cast_storage.sparse("csr|row_sparse")
def _(data, *, stype):
    if stype not in ("default", data.stype):
        raise ValueError(f"a {data.stype} array cannot become {stype}; make it dense first")
    y = storage.cast(data, stype)
    return y.copy() if y is data else y


cast_storage.shape_rule = shapes.same
cast_storage.gradient(data=lambda dy: dy)


@zeros_like.sparse("csr|row_sparse")
def _(data):
    return storage.empty(data.stype, data.shape, data.dtype)


@identity_with_attr_like_rhs.sparse(_ANY, _ANY)
def _(lhs, rhs):
    y = storage.cast(lhs, storage.stype_of(rhs))
    return y.copy() if y is lhs else y


# rows


@operator("_sparse_retain", dtypes=NUMERIC)
def retain(data: Array, indices: AnyArray):
    """The rows of ``data`` that ``indices`` names; the others become zero."""
    rows = _row_numbers(indices, len(data))
    y = np.zeros_like(data)
    y[rows] = data[rows]
    return y


def _row_numbers(indices, n):
    rows = integers(indices, "indices").ravel()
    if len(rows) and (rows.min() < 0 or rows.max() >= n):
        raise ValueError(f"indices must name rows from 0 to {n - 1}, got {rows.min()} to {rows.max()}")
    return rows


@retain.sparse("row_sparse", "default")
def _(data, indices):
    if not len(data.indices):
        return data.copy()
    rows = _row_numbers(indices, data.shape[0]).astype(np.int64, copy=False)
    return storage.RowSparse(data.rows(rows), rows, data.shape)


@retain.sparse("csr", _ANY)
def _(data, indices):
    raise ValueError("data must be row_sparse, got csr")


retain.shape_rule = lambda data, indices: ((data, indices), (data,))
retain.gradient(data=lambda dy, indices: F._sparse_retain(dy, indices), indices=ZERO)


# entries


@operator("_contrib_getnnz", dtypes=NUMERIC)
def getnnz(data: Array, *, axis: int | None = None):
    """How many entries are stored, in all or (``axis=1``) in each row (int64); of a dense array, how many are not 0."""
    _check_nnz(data, axis)
    return np.asarray(np.count_nonzero(data, axis), np.int64).reshape(-1)


def _check_nnz(data, axis):
    if data.ndim != 2 or axis not in (None, 1):
        raise ValueError(f"data must be a matrix and axis None or 1, got shape {data.shape} and axis {axis}")


@getnnz.sparse("csr")
def _(data, *, axis):
    _check_nnz(data, axis)
    return np.array([len(data.data)], np.int64) if axis is None else data.lengths().astype(np.int64)


@getnnz.sparse("row_sparse")
def _(data):
    raise ValueError("data must be csr, got row_sparse")


getnnz.shape_rule = lambda data, *, axis: ((data,), (None if data is None else data[:1] if axis == 1 else (1,),))
getnnz.gradient(data=ZERO)


@operator("_contrib_edge_id", dtypes=NUMERIC)
def edge_id(data: Array, u: AnyArray, v: AnyArray):
    """The entries of a matrix at the places (u[i], v[i]), and -1 where there is none."""
    y = data[_places(data, u, v)]
    return np.where(y == 0, np.array(-1).astype(data.dtype), y)


def _places(data, u, v):
    if data.ndim != 2 or u.ndim != 1 or u.shape != v.shape:
        raise ValueError(f"data must be a matrix, u and v lists of one length, got {data.shape}, {u.shape}, {v.shape}")
    return integers(u, "u"), integers(v, "v")


@edge_id.sparse("csr", "default", "default")
def _(data, u, v):
    u, v = _places(data, u, v)
    a = data.sorted()
    keys, wanted = a.row_of() * a.shape[1] + a.indices, u * a.shape[1] + v
    y = np.full(len(u), np.array(-1).astype(a.dtype), a.dtype)
    if len(keys):
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        there = keys[at] == wanted
        y[there] = a.data[at[there]]
    return y


edge_id.shape_rule = lambda data, u, v: ((data, u, v), (u,))
edge_id.gradient(data=ZERO, u=ZERO, v=ZERO)


# steps of optimizers on stored elements only: what is not stored stays zero


@operator("_scatter_plus_scalar", dtypes=NUMERIC, keeps_zero=True)
def scatter_plus_scalar(data: Array, *, scalar: float = 1.0, is_int: bool = True):
    """The stored elements plus a number; of a dense array all are."""
    return data + _scalar_of(data.dtype, scalar)


@operator("_scatter_minus_scalar", dtypes=NUMERIC, keeps_zero=True)
def scatter_minus_scalar(data: Array, *, scalar: float = 1.0, is_int: bool = True):
    """The stored elements minus a number; of a dense array all are."""
    return data - _scalar_of(data.dtype, scalar)


@operator("_scatter_elemwise_div", dtypes=NUMERIC)
def scatter_elemwise_div(lhs: Array, rhs: Array):
    """The stored elements of ``lhs`` divided by those of ``rhs``; of a dense array all are."""
    _one_shape(lhs, rhs)
    return _divide(lhs, rhs)


def _one_shape(lhs, rhs):
    if lhs.shape != rhs.shape:
        raise ValueError(f"lhs and rhs must have the same shape, got {lhs.shape} and {rhs.shape}")


@scatter_elemwise_div.sparse("row_sparse", "default|row_sparse")
def _(lhs, rhs):
    _one_shape(lhs, rhs)
    return lhs.with_data(_divide(lhs.data, rhs.rows(lhs.indices) if storage.stype_of(rhs) != "default" else
                                 rhs[lhs.indices]))


for _op in (scatter_plus_scalar, scatter_minus_scalar):
    _op.shape_rule = shapes.same
    _op.gradient(data=lambda dy: dy)
scatter_elemwise_div.shape_rule = shapes.same
scatter_elemwise_div.gradient(lhs=lambda dy, rhs: dy / rhs, rhs=lambda dy, lhs, rhs: -dy * lhs / F.square(rhs))
