"""``dot`` where one side is csr: for each row of the csr matrix the rows of the other that it names, times its values."""
import numpy as np

from ...backend import storage
from ...backend.storage import CSR, RowSparse
from ..matmul import dot

#: How many numbers of the dense matrix are gathered at once: what a core's cache holds.
_BLOCK = 1 << 17


def times(a, b):
    """``a @ b`` of a CSR and a dense matrix, dense."""
    m, n = a.shape[0], b.shape[1]
    if n == 1:
        return storage.segments(np.add, a.data * b[a.indices, 0], a.indptr)[:, None]
    y = np.zeros((m, n), a.dtype)
    lengths = a.lengths()
    # rows of like length are multiplied as one stack
    order = np.argsort(lengths, kind="stable")
    lengths, starts = lengths[order], a.indptr[:-1][order]
    at, work = int(np.searchsorted(lengths, 0, "right")), None
    while at < m and n:
        longest = int(lengths[at]) * 5 // 4
        if longest * n > _BLOCK:
            y[order[at]] = _long_row(a, b, int(starts[at]), int(lengths[at]))
            at += 1
            continue
        stop = min(int(np.searchsorted(lengths, longest, "right")), at + _BLOCK // (longest * n))
        if work is None:
            work = np.empty(min(_BLOCK, len(a.data) * 5 // 4 * n), a.dtype)
        y[order[at:stop]] = _stack(a, b, starts[at:stop], lengths[at:stop], work)
        at = stop
    return y


def _stack(a, b, starts, lengths, work):
    """The products of several rows; a shorter one is filled up with its first entry times 0."""
    longest = int(lengths[-1])
    at = starts[:, None] + np.arange(longest)
    short = lengths[0] < longest
    if short:
        missing = np.arange(longest) >= lengths[:, None]
        at = np.where(missing, starts[:, None], at)
    values, columns = a.data[at], a.indices[at]
    if short:
        values[missing] = 0
    rows = work[:at.size * b.shape[1]].reshape(*at.shape, b.shape[1])
    np.take(b, columns, 0, out=rows, mode="clip")
    if longest == 1:
        return values * rows[:, 0]
    y = np.matmul(values[:, None], rows)[:, 0]
    if short and not np.isfinite(y).all():
        # 0 times an infinity is nan, so these cannot be filled up
        for k in np.flatnonzero(~np.isfinite(y).all(1)):
            y[k] = _long_row(a, b, int(starts[k]), int(lengths[k]))
    return y


def _long_row(a, b, start, length):
    step = max(1, _BLOCK // b.shape[1])
    stop = start + length
    parts = [slice(k, min(k + step, stop)) for k in range(start, stop, step)]
    return sum([a.data[p] @ b[a.indices[p]] for p in parts])


def transposed_times(a, b):
    """``a.T @ b`` of a CSR and a dense matrix: the rows for which ``a`` has entries in that column."""
    return _by_column(a.data, a.indices, a.row_of(), b, (a.shape[1], b.shape[1]))


def _by_column(data, columns, rows, b, shape):
    """Sums of ``data * b[rows]`` over entries of one column, as RowSparse."""
    order = storage.order_of(columns, shape[0])
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
