"""What makes sparse arrays: ``csr_matrix``, ``row_sparse_array``, ``array``, ``zeros``, ``empty``.

Matrices of scipy are taken as well; they are known by what they offer, and scipy is never imported.
"""
import numpy as np

from ... import context as _context
from ...backend import storage
from ...base import MXNetError
from ..core import NDArray, array_of
from ..creation import _dtype
from ..creation import array as _dense_array
from ..creation import zeros as _dense_zeros

__all__ = ["array", "csr_matrix", "empty", "row_sparse_array", "zeros"]

_INDEX = np.dtype(np.int64)


def csr_matrix(arg1, shape=None, ctx=None, dtype=None):
    """A csr array from one of

    * ``(M, N)``: without entries;
    * ``(data, indices, indptr)``: as it is stored;
    * ``(data, (row, col))``: values with their places; those of one place are added;
    * a dense matrix (numpy, list, NDArray), a csr array, or a sparse matrix of scipy.

    ``dtype`` is that of ``data`` or of the array given, float32 for lists and shapes. Raises ValueError for a shape
    that does not agree or has not two dimensions, TypeError for what is no array, MXNetError for lengths that disagree.
    """
    if isinstance(arg1, tuple):
        if len(arg1) == 2:
            if isinstance(arg1[1], (tuple, list)) and not isinstance(arg1[0], (int, np.integer)):
                return _wrap(_csr_of_places(*arg1, shape, dtype), ctx)
            _check_shape(arg1, shape)
            return empty("csr", arg1, ctx, dtype)
        if len(arg1) == 3:
            if isinstance(arg1[0], (int, np.integer)):
                raise IndexError(f"a csr array has two dimensions, got shape {arg1}")
            return _wrap(_csr_of_parts(*arg1, shape, dtype), ctx)
        raise ValueError("csr_matrix takes (M, N), (data, indices, indptr) or (data, (row, col)), got a tuple of "
                         f"{len(arg1)}")
    if hasattr(arg1, "tocsr"):
        m = arg1.tocsr()
        _check_shape(m.shape, shape)
        a = storage.CSR(np.array(m.data, _type(m.data, dtype)), np.array(m.indices, _INDEX), np.array(m.indptr, _INDEX),
                        tuple(m.shape))
        return _wrap(a.sorted(), ctx)
    return _from_array(arg1, "csr", shape, ctx, dtype)


def row_sparse_array(arg1, shape=None, ctx=None, dtype=None):
    """A row_sparse array from one of

    * ``(D0, D1, ...)`` with at least two dimensions: without rows;
    * ``(data, indices)``: stored rows and their numbers, which must rise for operators to work;
    * a dense array (numpy, list, NDArray) or a row_sparse array.

    ``dtype`` and errors are as those of ``csr_matrix``.
    """
    if isinstance(arg1, tuple):
        if len(arg1) < 2:
            raise ValueError("row_sparse_array takes a shape of two dimensions or more or (data, indices), got "
                             f"{arg1!r}")
        if len(arg1) > 2 or isinstance(arg1[0], (int, np.integer)):
            _check_shape(arg1, shape)
            return empty("row_sparse", arg1, ctx, dtype)
        return _wrap(_rows_of_parts(*arg1, shape, dtype), ctx)
    return _from_array(arg1, "row_sparse", shape, ctx, dtype)


def _wrap(a, ctx):
    return array_of(a, _context.resolve(ctx))


def _check_shape(have, wanted):
    if wanted is not None and tuple(have) != tuple(wanted):
        raise ValueError(f"shape {tuple(wanted)} was asked for, the source has {tuple(have)}")


def _type(source, dtype):
    """The type asked for, or that of the source if it is an array."""
    return _dtype(dtype if dtype is not None else source.dtype if isinstance(source, (NDArray, np.ndarray)) else None)


def _values(source, dtype):
    """Values as a new numpy array of the type that ``_type`` gives; TypeError for what is no array."""
    t = _type(source, dtype)
    source = source.asnumpy() if isinstance(source, NDArray) else source
    try:
        with np.errstate(all="ignore"):
            return np.array(source, t)
    except (ValueError, TypeError, OverflowError):
        raise TypeError(f"values must be like an array of {t}, got {type(source).__name__}") from None


def _positions(source):
    return _values(source, np.int64)


def _csr_of_parts(data, indices, indptr, shape, dtype):
    data, indices, indptr = _values(data, dtype), _positions(indices), _positions(indptr)
    if data.ndim != 1 or indices.ndim != 1 or indptr.ndim != 1 or not len(indptr):
        raise ValueError(f"data, indices and indptr must have one dimension, got shapes {data.shape}, {indices.shape}, "
                         f"{indptr.shape}")
    if shape is None:
        if not len(indices):
            raise ValueError("shape must be given where there are no entries")
        shape = len(indptr) - 1, int(indices.max()) + 1
    if len(shape) != 2:
        raise ValueError(f"shape must have two dimensions, got {tuple(shape)}")
    a = storage.CSR(data, indices, indptr, tuple(shape))
    if len(data) != len(indices) or len(indptr) != shape[0] + 1:
        raise MXNetError(f"csr_matrix: {len(data)} values, {len(indices)} indices and an indptr of length "
                         f"{len(indptr)} do not make a matrix of shape {tuple(shape)}")
    return a


def _csr_of_places(data, places, shape, dtype):
    data = _values(data, dtype)
    rows, columns = (_positions(p) for p in places)
    if data.ndim != 1 or not len(data) == len(rows) == len(columns):
        raise ValueError(f"data, row and col must be lists of one length, got shapes {data.shape}, {rows.shape}, "
                         f"{columns.shape}")
    if shape is None:
        if not len(rows):
            raise ValueError("shape must be given where there are no entries")
        shape = int(rows.max()) + 1, int(columns.max()) + 1
    m, n = shape
    if len(rows) and (rows.min() < 0 or rows.max() >= m or columns.min() < 0 or columns.max() >= n):
        raise ValueError(f"row and col must lie within the shape {tuple(shape)}")
    order = np.lexsort((columns, rows))
    rows, columns, data = rows[order], columns[order], data[order]
    if len(rows):
        first = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])))
        data = np.add.reduceat(data, first, dtype=data.dtype)
        rows, columns = rows[first], columns[first]
    return storage.CSR(data, columns, storage.pointer(rows, m), (m, n))


def _rows_of_parts(data, indices, shape, dtype):
    data, indices = _values(data, dtype), _positions(indices)
    if shape is None:
        if not len(indices):
            raise ValueError("shape must be given where there are no rows")
        shape = (int(indices.max()) + 1, *data.shape[1:])
    if data.ndim != len(shape) or indices.ndim != 1 or 0 in shape:
        raise ValueError(f"data of shape {data.shape} and indices of shape {indices.shape} do not make an array of "
                         f"shape {tuple(shape)}")
    if data.shape[1:] != tuple(shape[1:]) or len(data) != len(indices):
        raise MXNetError(f"row_sparse_array: {len(data)} rows of shape {data.shape[1:]} and {len(indices)} indices do "
                         f"not make an array of shape {tuple(shape)}")
    return storage.RowSparse(data, indices, tuple(shape))


def _from_array(source, stype, shape, ctx, dtype):
    if isinstance(source, NDArray) and source.stype != "default":
        if source.stype != stype:
            raise ValueError(f"a {source.stype} array cannot become {stype}; make it dense first")
        _check_shape(source.shape, shape)
        return array(source, ctx, dtype)
    dense = _dense_array(source, _context.CPU, dtype=_type(source, dtype))
    if stype == "csr" and dense.ndim != 2:
        raise ValueError(f"a csr array has two dimensions, the source has shape {dense.shape}")
    _check_shape(dense.shape, shape)
    if not dense.ndim or not dense.size:
        raise MXNetError(f"an array of shape {dense.shape} cannot become {stype}")
    return _wrap(storage.cast(dense._a, stype), ctx)


def array(source_array, ctx=None, dtype=None):
    """A copy of a sparse array or of a csr matrix of scipy, in its type unless ``dtype`` says otherwise.

    AssertionError for a dense NDArray (use ``tostype``), ValueError for other sources.
    """
    if isinstance(source_array, NDArray):
        assert source_array.stype != "default", "use tostype to make a sparse array of an NDArray"
        a = source_array._a
        t = _dtype(source_array.dtype if dtype is None else dtype)
        return _wrap(a.astype(t), source_array._ctx if ctx is None else ctx)
    if hasattr(source_array, "tocsr") and getattr(source_array, "format", "csr") == "csr":
        return csr_matrix(source_array, ctx=ctx, dtype=dtype)
    if isinstance(source_array, np.ndarray):
        raise ValueError("sparse.array takes sparse arrays; make dense ones with mx.nd.array")
    raise ValueError(f"sparse.array takes a sparse array, not {type(source_array).__name__}")


def zeros(stype, shape, ctx=None, dtype=None, **kwargs):
    """Zeros in a storage: ``'csr'``, ``'row_sparse'`` or ``'default'``; ValueError for another.

    MXNetError for a shape without elements.
    """
    if stype == "default":
        return _dense_zeros(shape, ctx=ctx, dtype=dtype, **kwargs)
    if stype not in ("csr", "row_sparse"):
        raise ValueError(f"storage type must be 'default', 'csr' or 'row_sparse', got {stype!r}")
    if kwargs:
        raise MXNetError(f"sparse.zeros has no argument {sorted(kwargs)[0]!r}; it takes stype, shape, ctx, dtype")
    shape = tuple([int(d) for d in shape])
    if not shape or min(shape) < 1:
        raise MXNetError(f"zeros: the shape must have only positive dimensions, got {shape}")
    return _wrap(storage.empty(stype, shape, _dtype(dtype)), ctx)


def empty(stype, shape, ctx=None, dtype=None):
    """As ``zeros`` for ``'csr'`` and ``'row_sparse'``: there is nothing that could be left uninitialised."""
    if stype not in ("csr", "row_sparse"):
        # MXNet raises the bare class here
        raise Exception(f"storage type must be 'csr' or 'row_sparse', got {stype!r}")
    return zeros(stype, (shape,) if isinstance(shape, int) else shape, ctx, dtype)
