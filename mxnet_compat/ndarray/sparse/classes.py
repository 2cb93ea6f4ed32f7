"""``CSRNDArray`` and ``RowSparseNDArray``: arrays that store only what is not zero.

``_a`` is a buffer of ``backend.storage`` instead of a numpy array; views made by ``detach`` share it, and writing in
place exchanges its contents. Making such arrays is in ``creation.py``, arithmetic in ``arithmetic.py``.
"""
import numpy as np

from ... import context as _context
from ...backend import dispatch, storage
from ...base import MXNetError, NotSupportedForSparseNDArray, numeric_types
from ...ops import functional as F
from ...ops.declare import registry
from ...state import state
from .. import serialize
from ..core import NDArray, array_of, wrap
from . import arithmetic

__all__ = ["CLASSES", "BaseSparseNDArray", "CSRNDArray", "RowSparseNDArray"]


def _described(x):
    return f"a {x.stype} array of shape {x.shape} and type {np.dtype(x.dtype)}"


class BaseSparseNDArray(NDArray):
    """What csr and row_sparse arrays share."""
    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"

    def __init__(self, handle=None, writable=True):
        if handle is not None and not isinstance(handle, storage.Sparse):
            raise AssertionError("sparse arrays are made by csr_matrix, row_sparse_array, zeros and tostype")
        self._a, self._ctx, self._node, self._i = handle, _context.CPU, None, 0

    @property
    def stype(self):
        """Storage type: ``'csr'`` or ``'row_sparse'``."""
        return self._a.stype

    @property
    def data(self):
        """A copy of the stored values: those of csr in one dimension, whole rows of row_sparse."""
        return wrap(self._a.data.copy(), self._ctx)

    @property
    def indices(self):
        """A copy of the stored places, int64: the column of each csr value, the numbers of the row_sparse rows."""
        return wrap(self._a.indices.copy(), self._ctx)

    @property
    def _num_aux(self):
        return len(self._a.parts)

    @property
    def _aux_types(self):
        return [getattr(self._a, n).dtype.type for n in self._a.parts]

    def _aux_type(self, i):
        return self._aux_types[i]

    def _aux_data(self, i):
        """A copy of the i-th index array: of csr indptr and indices, of row_sparse indices."""
        if not 0 <= i < self._num_aux:
            raise MXNetError(f"a {self.stype} array has index arrays 0 to {self._num_aux - 1}, not {i}")
        return wrap(getattr(self._a, self._a.parts[i]).copy(), self._ctx)

    def _data(self):
        return self.data

    def asnumpy(self):
        """A dense copy of the elements as a numpy array."""
        return self._a.dense()

    def asscalar(self):
        """The only element as a numpy scalar; ValueError unless there is exactly one."""
        return wrap(self._a.dense(), self._ctx).asscalar()

    def __bool__(self):
        return bool(wrap(self._a.dense(), self._ctx)) if self._a.size == 1 else super().__bool__()

    def __repr__(self):
        return f"\n<{type(self).__name__} {'x'.join(map(str, self.shape))} @{self._ctx}>"

    __str__ = __repr__

    # conversions

    def tostype(self, stype):
        """The array in another storage: a copy in its own, or dense. ValueError between csr and row_sparse."""
        if stype in ("csr", "row_sparse") and stype != self.stype:
            raise ValueError(f"a {self.stype} array cannot become {stype}; make it dense first")
        return F.cast_storage(self, stype=stype)

    def astype(self, dtype, copy=True):
        """The array in another type and its own storage; itself if the type is the same and ``copy`` is false."""
        dtype = np.dtype(dtype)
        if not copy and dtype == self._a.dtype:
            return self
        cast = registry.get("Cast")
        name = dispatch.parse_params(cast, {"dtype": dtype})["dtype"]
        r = array_of(self._a.with_data(cast.body(self._a.data, dtype=name)), self._ctx)
        if state.recording and self._node is not None:
            cast.record(self, (name,), r)
        return r

    def detach(self):
        """The same memory off the tape."""
        return array_of(self._a, self._ctx)

    def copyto(self, other):
        """Copy into an array (dense, or of the same storage) or to a context; the array written.

        TypeError for the other sparse storage, MXNetError for another shape, and for another type of a dense array.
        """
        if isinstance(other, _context.Context):
            r = F._copy(self)
            r._ctx = _context.resolve(other)
            return r
        if not isinstance(other, NDArray):
            raise TypeError(f"copyto takes an NDArray or a Context, not {type(other).__name__}")
        if other is self:
            import warnings
            warnings.warn("copyto: source and target are the same array", RuntimeWarning, stacklevel=2)
            return False
        if other.stype not in ("default", self.stype):
            raise TypeError(f"copyto: a {self.stype} array cannot be copied into one of storage {other.stype}")
        other._writable("copyto")
        if other.shape != self.shape or (other.stype == "default" and other.dtype is not self.dtype):
            raise MXNetError(f"copyto: {_described(self)} cannot be copied into {_described(other)}")
        storage.write(other._a, self._a)
        return other

    def _replace(self, other):
        """Take over the values of an array of any storage, in place."""
        if other.shape != self.shape or other.dtype is not self.dtype:
            raise MXNetError(f"{_described(other)} cannot be assigned to {_described(self)}")
        storage.write(self._a, other._a)

    def _assign(self, value):
        """``x[:] = value`` for arrays."""
        if isinstance(value, NDArray):
            if value is self:
                return
            if value.stype not in ("default", self.stype):
                raise TypeError(f"a {value.stype} array cannot be assigned to one of storage {self.stype}")
        elif isinstance(value, np.ndarray):
            value = wrap(np.array(value, self._a.dtype), self._ctx)
        else:
            raise TypeError(f"a sparse array is assigned arrays, not {type(value).__name__}")
        self._replace(value)

    def check_format(self, full_check=True):
        """Raise MXNetError where the index arrays do not make sense; ``full_check`` looks at every index."""
        wrong = storage.fault(self._a, full_check)
        if wrong:
            raise MXNetError(f"this {self.stype} array of shape {self.shape} is damaged: {wrong}")

    # files and pickles

    def _record(self):
        """The array as files hold it."""
        a = self._a
        return serialize.SparseRecord(a.stype, a.shape, a.data, [getattr(a, n) for n in a.parts])

    def __getstate__(self):
        ctx = self._ctx
        return {"handle": None if self._a is None else
                bytearray(serialize.dump_one(self._record(), context=(ctx.device_typeid, ctx.device_id)))}

    def __setstate__(self, state):
        if state["handle"] is not None:
            self._a = _buffer(serialize.load_one(state["handle"]))

    # not for sparse arrays

    def as_np_ndarray(self):
        """ValueError: the ``mx.np`` interface has dense arrays only."""
        raise ValueError(f"a {self.stype} array has no form in mx.np; make it dense first")

    def to_dlpack_for_read(self):
        """Not available: the memory of a sparse array is several arrays."""
        raise NotSupportedForSparseNDArray(self.to_dlpack_for_read, None)

    def to_dlpack_for_write(self):
        """Not available: the memory of a sparse array is several arrays."""
        raise NotSupportedForSparseNDArray(self.to_dlpack_for_write, None)

    def reshape(self, *shape, **kwargs):
        """Not available; use ``tostype('default')`` first."""
        raise NotSupportedForSparseNDArray(self.reshape, None, *shape)

    def _at(self, idx):
        raise NotSupportedForSparseNDArray(self._at, "[idx]", idx)

    def _slice(self, start, stop):
        raise NotSupportedForSparseNDArray(self._slice, None, start, stop)

    def _sync_copyfrom(self, source_array):
        raise NotSupportedForSparseNDArray(self._sync_copyfrom, None, source_array)


class CSRNDArray(BaseSparseNDArray):
    """A matrix of which each row stores its entries; made by ``csr_matrix``, ``zeros``, ``tostype`` and operators."""
    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"

    @property
    def indptr(self):
        """A copy of where each row begins among the values, int64, and where the last ends."""
        return wrap(self._a.indptr.copy(), self._ctx)

    def __getitem__(self, key):
        """Rows as a csr array: ``x[i]`` has one row, ``x[i:j]`` is a copy, ``x[:]`` is the array itself.

        IndexError for a row out of range; ValueError for a step, several axes, and keys of other kinds.
        """
        n = self.shape[0]
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            i = int(key)
            if not -n <= i < n:
                raise IndexError(f"index {i} is out of range for axis 0 of size {n}")
            return F.slice(self, begin=(i % n,), end=(i % n + 1,))
        if isinstance(key, slice):
            if key.step is not None:
                raise ValueError("rows of a csr array are cut without a step")
            if key.start is None and key.stop is None:
                return self
            lo, hi, _ = key.indices(n)
            return F.slice(self, begin=(lo,), end=(max(lo, hi),))
        if isinstance(key, tuple):
            raise ValueError("a csr array is indexed along its first axis only")
        raise ValueError(f"a csr array cannot be indexed with {key!r} of type {type(key).__name__}")

    def __setitem__(self, key, value):
        """``x[:] = value`` for a dense, csr or numpy array; there is no other assignment."""
        self._writable("x[key] = value")
        if isinstance(key, (int, tuple)):
            # MXNet raises the bare class here
            raise Exception("a csr array is assigned as a whole only: x[:] = value")
        assert isinstance(key, slice), "a csr array is assigned as a whole only: x[:] = value"
        if key != slice(None):
            raise ValueError("a csr array is assigned as a whole only: x[:] = value")
        if isinstance(value, numeric_types):
            raise ValueError("a number cannot be assigned to a csr array")
        self._assign(value)

    def asscipy(self):
        """The array as ``scipy.sparse.csr_matrix``; ImportError without scipy."""
        try:
            import scipy.sparse
        except ImportError:
            raise ImportError("asscipy needs scipy, which is not installed") from None
        a = self._a
        return scipy.sparse.csr_matrix((a.data.copy(), a.indices.copy(), a.indptr.copy()), shape=a.shape, dtype=a.dtype)


class RowSparseNDArray(BaseSparseNDArray):
    """An array of which only some rows are stored; made by ``row_sparse_array``, ``zeros``, ``tostype``, gradients."""
    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"

    def __getitem__(self, key):
        """``x[:]`` is the array itself; a row_sparse array has no other index (``sparse.retain`` picks rows)."""
        if isinstance(key, slice) and key == slice(None):
            return self
        if isinstance(key, (int, slice)):
            # MXNet raises the bare class here
            raise Exception("a row_sparse array has no index but x[:]; sparse.retain keeps some of its rows")
        raise ValueError(f"a row_sparse array cannot be indexed with {key!r} of type {type(key).__name__}")

    def __setitem__(self, key, value):
        """``x[:] = value`` for a number, a dense, row_sparse or numpy array; there is no other assignment."""
        self._writable("x[key] = value")
        if isinstance(key, (int, tuple)):
            raise TypeError("a row_sparse array is assigned as a whole only: x[:] = value")
        assert isinstance(key, slice), "a row_sparse array is assigned as a whole only: x[:] = value"
        if key != slice(None):
            raise ValueError("a row_sparse array is assigned as a whole only: x[:] = value")
        if isinstance(value, numeric_types):
            a = self._a
            a.become(storage.RowSparse(np.full(a.shape, value, a.dtype), np.arange(a.shape[0]), a.shape))
        else:
            self._assign(value)

    def retain(self, indices):
        """The rows that ``indices`` names; the others become zero."""
        return F._sparse_retain(self, indices)


def _buffer(record):
    """The buffer of a SparseRecord; an indptr that a file leaves out stands for zeros."""
    data, aux = record.data, record.aux
    if record.stype == "row_sparse":
        return storage.RowSparse(data, aux[0], record.shape)
    indptr, indices = aux
    if not len(indptr):
        # without memory of its own: a short file may claim any number of rows
        indptr = np.broadcast_to(np.zeros(1, np.int64), record.shape[0] + 1)
    return storage.CSR(data, indices, indptr, record.shape)


def _from_record(record):
    """The array that a file's SparseRecord holds."""
    return array_of(_buffer(record), _context.CPU)


arithmetic.install(BaseSparseNDArray)
CLASSES = {"csr": CSRNDArray, "row_sparse": RowSparseNDArray}
