"""Buffers of sparse arrays, ``CSR`` and ``RowSparse``, and their conversions: what takes the place of a numpy array.

Kernels get and return these; no NDArray, tape or operator is known here. Index arrays are shared between buffers and
never written; ``data`` belongs to one buffer and may be written in place.
"""
import math

import numpy as np

__all__ = ["CSR", "RowSparse", "cast", "csr_of", "distinct", "empty", "fault", "order_of", "pointer", "rows_of", "segments",
           "stype_of", "write"]

_INDEX = np.dtype(np.int64)


class Sparse:
    """What both layouts share: ``shape`` of the whole array, ``data`` with the stored values."""
    __slots__ = ("data", "shape")
    # numpy leaves an operation with a buffer alone instead of making an array of objects
    __array_ufunc__ = None

    @property
    def dtype(self):
        """Type of the stored values."""
        return self.data.dtype

    @property
    def ndim(self):
        """Number of dimensions of the whole array."""
        return len(self.shape)

    @property
    def size(self):
        """Number of elements of the whole array, stored or not."""
        return math.prod(self.shape)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("a sparse buffer is no numpy array; use dense()")

    def copy(self):
        """A buffer with data of its own."""
        return self.with_data(self.data.copy())

    def astype(self, dtype):
        """A buffer with data of its own in another type."""
        return self.with_data(self.data.astype(dtype))

    def become(self, other):
        """Take over all that a buffer of the same layout has, for every array that looks at this one."""
        for name in ("data", "shape", *self.parts):
            setattr(self, name, getattr(other, name))


class CSR(Sparse):
    """A matrix row by row: row i has ``data[indptr[i]:indptr[i + 1]]`` in the columns ``indices`` of that stretch."""
    __slots__ = ("indices", "indptr")
    stype = "csr"
    parts = ("indptr", "indices")

    def __init__(self, data, indices, indptr, shape):
        self.data, self.indices, self.indptr, self.shape = data, indices, indptr, shape

    def with_data(self, data):
        """The same places with other values."""
        return CSR(data, self.indices, self.indptr, self.shape)

    def lengths(self):
        """How many entries each row has."""
        return np.diff(self.indptr)

    def row_of(self):
        """The row of each entry."""
        return np.repeat(np.arange(self.shape[0]), self.lengths())

    def dense(self):
        """The whole matrix; of an entry that is there twice, the last value."""
        y = np.zeros(self.shape, self.dtype)
        y[self.row_of(), self.indices] = self.data
        return y

    def sorted(self):
        """The entries of each row in order of their columns; itself where they are."""
        i = self.indices
        if len(i) < 2:
            return self
        rows = self.row_of()
        if np.all((i[1:] >= i[:-1]) | (rows[1:] != rows[:-1])):
            return self
        order = np.lexsort((i, rows))
        return CSR(self.data[order], i[order], self.indptr, self.shape)


class RowSparse(Sparse):
    """An array of which only the rows ``indices``, in rising order, are stored; the others are zero."""
    __slots__ = ("indices",)
    stype = "row_sparse"
    parts = ("indices",)

    def __init__(self, data, indices, shape):
        self.data, self.indices, self.shape = data, indices, shape

    def with_data(self, data):
        """The same rows with other values, which may be shorter or longer."""
        return RowSparse(data, self.indices, self.shape[:1] + data.shape[1:])

    def dense(self):
        """The whole array."""
        y = np.zeros(self.shape, self.dtype)
        y[self.indices] = self.data
        return y

    def sorted(self):
        """The rows in rising order; itself where they are."""
        i = self.indices
        if (i[1:] > i[:-1]).all():
            return self
        order = np.argsort(i, kind="stable")
        return RowSparse(self.data[order], i[order], self.shape)

    def full(self):
        """Whether every row is stored, in order."""
        n = self.shape[0]
        return len(self.indices) == n and bool((self.indices == np.arange(n)).all())

    def find(self, rows):
        """(where each of ``rows`` is among the stored ones, which must be in order, whether it is there at all)."""
        at = np.searchsorted(self.indices, rows)
        if not len(self.indices):
            return at, np.zeros(len(at), bool)
        at = np.minimum(at, len(self.indices) - 1)
        return at, self.indices[at] == rows

    def rows(self, rows):
        """The values of ``rows``, zeros for those that are not stored, as a new array."""
        s = self.sorted()
        at, there = s.find(rows)
        if there.all():
            return s.data[at]
        y = np.zeros((len(rows), *self.shape[1:]), self.dtype)
        y[there] = s.data[at[there]]
        return y


def stype_of(a):
    """The storage type of a buffer or numpy array."""
    return "default" if type(a) is np.ndarray else a.stype


def empty(stype, shape, dtype):
    """A buffer without entries."""
    none = np.zeros(0, _INDEX)
    if stype == "csr":
        if len(shape) != 2:
            raise ValueError(f"a csr array has two dimensions, got shape {tuple(shape)}")
        return CSR(np.zeros(0, dtype), none, np.zeros(shape[0] + 1, _INDEX), tuple(shape))
    if not shape:
        raise ValueError("a row_sparse array has at least one dimension")
    return RowSparse(np.zeros((0, *shape[1:]), dtype), none, tuple(shape))


def csr_of(a):
    """The entries of a matrix that are not zero as CSR."""
    if a.ndim != 2:
        raise ValueError(f"a csr array has two dimensions, got shape {a.shape}")
    a = np.ascontiguousarray(a)
    at = np.flatnonzero(a)
    rows, columns = np.divmod(at, max(a.shape[1], 1))
    return CSR(a.reshape(-1)[at], columns, pointer(rows, a.shape[0]), a.shape)


def pointer(rows, n):
    """The indptr of entries in these rows (in rising order) of ``n``."""
    indptr = np.zeros(n + 1, _INDEX)
    np.cumsum(np.bincount(rows, minlength=n), out=indptr[1:])
    return indptr


def rows_of(a):
    """The rows that are not all zero as RowSparse."""
    if not a.ndim:
        raise ValueError("a row_sparse array has at least one dimension")
    there = np.flatnonzero((a if a.ndim == 1 else a.reshape(len(a), -1).any(1)) if a.size else ())
    return RowSparse(a[there], there, a.shape)


def cast(a, stype):
    """A buffer in another storage; itself where it has it already."""
    have = stype_of(a)
    if have == stype:
        return a
    d = a if have == "default" else a.dense()
    return d if stype == "default" else csr_of(d) if stype == "csr" else rows_of(d)


def write(target, source):
    """Copy values of the same shape and type from any storage into any other, in place."""
    if source is target:
        return
    if type(target) is not np.ndarray and target.stype == "device":
        target[...] = source if stype_of(source) in ("default", "device") else source.dense()
        return
    if type(source) is not np.ndarray and source.stype == "device":
        source = source.numpy()
    if type(target) is np.ndarray:
        np.copyto(target, cast(source, "default"), casting="unsafe")
        return
    y = cast(source, target.stype)
    target.become(y.astype(target.dtype) if y.dtype != target.dtype else y.copy() if y is source else y)


def distinct(index, n):
    """(the distinct values of ``index``, all below ``n``, in rising order; for each entry which of them it is)."""
    if n <= 4 * len(index) + 1024:
        seen = np.zeros(n, bool)
        seen[index] = True
        values = np.flatnonzero(seen)
        place = np.empty(n, np.intp)
        place[values] = np.arange(len(values))
        return values, place[index]
    return np.unique(index, return_inverse=True)


def order_of(index, n):
    """The stable order of integers from 0 to below ``n``: numpy sorts 16 bits much faster than 64."""
    if n <= 1 << 16:
        return np.argsort(index.astype(np.uint16), kind="stable")
    if n > 1 << 32:
        return np.argsort(index, kind="stable")
    low = np.argsort((index & 0xFFFF).astype(np.uint16), kind="stable")
    return low[np.argsort((index >> 16).astype(np.uint16)[low], kind="stable")]


def segments(ufunc, data, indptr, dtype=None):
    """``ufunc`` over the stretches ``data[indptr[i]:indptr[i + 1]]``, zeros where one is empty."""
    y = np.zeros((len(indptr) - 1, *data.shape[1:]), dtype or data.dtype)
    some = np.flatnonzero(indptr[1:] > indptr[:-1])
    if len(some):
        # empty stretches are left out, for reduceat would give them the element that follows
        y[some] = ufunc.reduceat(data, indptr[some], 0, dtype)
    return y


def fault(a, thorough=True):
    """What is wrong with the index arrays of a buffer, as text, or None; each entry is looked at if ``thorough``."""
    if a.stype == "row_sparse":
        rows = a.indices
        if len(rows) != len(a.data):
            return f"{len(a.data)} stored rows, but {len(rows)} row numbers"
        if not thorough or not len(rows):
            return None
        if rows[0] < 0 or rows[-1] >= a.shape[0] or not (rows[1:] > rows[:-1]).all():
            return f"row numbers must rise and lie in [0, {a.shape[0]})"
        return None
    p, i = a.indptr, a.indices
    if len(p) != a.shape[0] + 1 or p[0] != 0 or p[-1] != len(i) or len(i) != len(a.data):
        return f"indptr must have {a.shape[0] + 1} entries, from 0 to the number of values, {len(a.data)}"
    if not thorough:
        return None
    if (p[1:] < p[:-1]).any():
        return "indptr must never fall"
    if len(i) and (i.min() < 0 or i.max() >= a.shape[1]):
        return f"column numbers must lie in [0, {a.shape[1]})"
    rows = a.row_of()
    if not ((i[1:] > i[:-1]) | (rows[1:] != rows[:-1])).all():
        return "column numbers must rise within a row"
    return None
