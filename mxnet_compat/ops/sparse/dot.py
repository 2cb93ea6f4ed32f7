"""``dot`` where one side is csr: products entry by entry, summed over rows or columns of the csr matrix."""
import numpy as np

from ...backend import storage
from ...backend.storage import CSR, RowSparse
from ..matmul import dot

#: How many products are held at once.
_BLOCK = 1 << 21


def times(a, b):
    """``a @ b`` of a CSR and a dense matrix, dense."""
    m, n = a.shape[0], b.shape[1]
    if n == 1:
        return _column(a, b)
    y = np.zeros((m, n), a.dtype)
    start, width = 0, max(n, 1)
    while start < m:
        # as many rows as keep the products within a block, and at least one
        limit = a.indptr[start] + _BLOCK // width
        stop = max(start + 1, int(np.searchsorted(a.indptr, limit, "right")) - 1)
        lo, hi = a.indptr[start], a.indptr[stop]
        if hi > lo:
            terms = b[a.indices[lo:hi]]
            terms *= a.data[lo:hi, None]
            y[start:stop] = storage.segments(np.add, terms, a.indptr[start:stop + 1] - lo)
        start = stop
    return y


def _column(a, b):
    terms = a.data * b[a.indices, 0]
    return storage.segments(np.add, terms, a.indptr)[:, None]


def transposed_times(a, b):
    """``a.T @ b`` of a CSR and a dense matrix: the rows for which ``a`` has entries in that column."""
    return _by_column(a.data, a.indices, a.row_of(), b, (a.shape[1], b.shape[1]))


def _by_column(data, columns, rows, b, shape):
    """Sums of ``data * b[rows]`` over entries of one column, as RowSparse."""
    order = np.argsort(columns, kind="stable")
    columns, data, rows = columns[order], data[order], rows[order]
    first = np.flatnonzero(np.diff(columns, prepend=-1))
    indptr = np.append(first, len(columns))
    part = CSR(data, rows, indptr, (len(first), len(b)))
    return RowSparse(times(part, b), columns[first].astype(np.int64, copy=False), shape)


def _checked(lhs, rhs, transpose_a, transpose_b):
    if len(lhs.shape) != 2 or len(rhs.shape) != 2:
        raise ValueError(f"a csr array is multiplied with matrices only, got shapes {lhs.shape} and {rhs.shape}")
    if lhs.dtype == np.float16:
        raise ValueError("products with csr arrays need type float32 or float64, got float16")
    inner, other = lhs.shape[0 if transpose_a else 1], rhs.shape[1 if transpose_b else 0]
    if inner != other:
        raise ValueError(f"lhs {lhs.shape} and rhs {rhs.shape} do not fit: the contracted lengths are {inner} and "
                         f"{other} (transpose_a={transpose_a}, transpose_b={transpose_b})")


@dot.sparse("csr", "default|csr|row_sparse")
def _(lhs, rhs, *, transpose_a, transpose_b, forward_stype):
    _checked(lhs, rhs, transpose_a, transpose_b)
    natural = "row_sparse" if transpose_a and not transpose_b and storage.stype_of(rhs) != "csr" else "default"
    if storage.stype_of(rhs) == "row_sparse" and not transpose_b:
        y = _by_stored_rows(lhs, rhs.sorted(), transpose_a)
    else:
        b = storage.cast(rhs, "default")
        b = b.T if transpose_b else b
        y = transposed_times(lhs, b) if transpose_a else times(lhs, b)
    return storage.cast(y, forward_stype or natural)


def _by_stored_rows(a, b, transpose_a):
    """The product of a CSR, transposed or not, with a RowSparse, of which only stored rows are looked at."""
    rows = a.row_of()
    at, there = b.find(rows if transpose_a else a.indices)
    data, at, rows, columns = a.data[there], at[there], rows[there], a.indices[there]
    if transpose_a:
        return _by_column(data, columns, at, b.data, (a.shape[1], b.shape[1]))
    return times(CSR(data, at, storage.pointer(rows, a.shape[0]), (a.shape[0], len(b.data))), b.data)


@dot.sparse("default", "csr")
def _(lhs, rhs, *, transpose_a, transpose_b, forward_stype):
    _checked(lhs, rhs, transpose_a, transpose_b)
    a = lhs if transpose_a else lhs.T
    natural = "default" if transpose_a else "csr"
    if transpose_b:
        y = np.ascontiguousarray(times(rhs, np.ascontiguousarray(a)).T)
        return storage.cast(y, forward_stype or natural)
    rows = transposed_times(rhs, np.ascontiguousarray(a))
    stype = forward_stype or natural
    if stype == "csr" and not transpose_a:
        # every row has an entry for each column of rhs that has any
        m, k = a.shape[1], len(rows.indices)
        return CSR(np.ascontiguousarray(rows.data.T).reshape(-1), np.tile(rows.indices, m),
                   np.arange(m + 1, dtype=np.int64) * k, (m, rhs.shape[1]))
    return storage.cast(np.ascontiguousarray(rows.dense().T), stype)


@dot.sparse("default|row_sparse", "default|csr|row_sparse")
def _(lhs, rhs, *, transpose_a, transpose_b, forward_stype):
    if forward_stype is None:
        return NotImplemented
    y = dot.body(storage.cast(lhs, "default"), storage.cast(rhs, "default"), transpose_a=transpose_a,
                 transpose_b=transpose_b)
    return storage.cast(y, forward_stype)
