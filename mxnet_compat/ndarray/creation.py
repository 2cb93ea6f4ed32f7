"""Functions that make arrays: ``array``, ``zeros``, ``arange`` and the like, and functions written in terms of operators."""
from operator import index

import numpy as np

from .. import context as _context
from ..base import MXNetError, _Null
from ..ops import functional as F
from ..ops.params import DTYPES
from .core import NDArray, wrap

__all__ = ["arange", "array", "concatenate", "empty", "eye", "full", "histogram", "imdecode", "linspace", "moveaxis",
           "onehot_encode", "ones", "split_v2", "waitall", "zeros"]

_SUPPORTED = {np.dtype(n).type: np.dtype(n) for n in DTYPES}


def _dtype(dtype):
    """A supported NumPy dtype; KeyError for a type that MXNet does not have."""
    if dtype is None:
        return _SUPPORTED[np.float32]
    return _SUPPORTED[np.dtype(dtype).type]


def _shape(what, shape):
    try:
        shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(index(d) for d in shape)
    except TypeError:
        error = TypeError if what == "full" else MXNetError     # which MXNet makes in Python, the others in an operator
        raise error(f"{what}: the shape must be a whole number or a tuple of such, got {shape!r}") from None
    if not shape or any(d <= 0 for d in shape):
        raise MXNetError(f"{what}: the shape must have at least one dimension and only positive ones, got {shape}")
    return shape


def array(source_array, ctx=None, dtype=None):
    """An array copied from a list, a number, a numpy array or an NDArray.

    The type is float32 unless ``dtype`` says otherwise or the source is an NDArray. KeyError for an unsupported type,
    TypeError for a source that is no array.
    """
    if isinstance(source_array, NDArray):
        if source_array.stype != "default":
            from . import sparse
            return sparse.array(source_array, ctx, dtype)
        d = _dtype(source_array.dtype if dtype is None else dtype)
        return wrap(np.array(source_array._a, d, order="C"), _context.resolve(ctx))
    d = _dtype(dtype)
    if not isinstance(source_array, np.ndarray):
        if hasattr(source_array, "tocsr"):
            from . import sparse
            return sparse.array(source_array, ctx, dtype)
        try:
            source_array = _from_list(_plain(source_array), d)
        except (ValueError, TypeError, OverflowError):
            raise TypeError(f"array: the source must be like an array of {d.name}, got "
                            f"{type(source_array).__name__}") from None
    with np.errstate(all="ignore"):
        return wrap(np.array(source_array, d, order="C"), _context.resolve(ctx))


def _from_list(source, dtype):
    """A list as an array; numbers out of the type's range wrap, which numpy 2 refuses to do by itself."""
    try:
        return np.array(source, dtype)
    except OverflowError:
        return np.array(source).astype(dtype)


def _plain(source):
    """Lists with NDArrays in them as lists of numpy arrays."""
    if isinstance(source, (list, tuple)):
        return [s.asnumpy() if isinstance(s, NDArray) else _plain(s) for s in source]
    return source


def zeros(shape, ctx=None, dtype=None, stype=None, **kwargs):
    """Zeros of a shape; float32 unless ``dtype`` says otherwise. MXNetError for a shape without elements."""
    if stype not in (None, "default"):
        from . import sparse
        return sparse.zeros(stype, shape, ctx, dtype, **kwargs)
    return _filled("zeros", np.zeros, shape, ctx, dtype, **kwargs)


def ones(shape, ctx=None, dtype=None, **kwargs):
    """Ones of a shape; float32 unless ``dtype`` says otherwise."""
    return _filled("ones", np.ones, shape, ctx, dtype, **kwargs)


def _filled(what, make, shape, ctx, dtype, out=None, name=None, **kwargs):
    # attributes such as __layout__, which recurrent cells pass on, are for graphs
    unknown = sorted(k for k in kwargs if not k.startswith("__"))
    if unknown:
        raise MXNetError(f"{what} has no argument {unknown[0]!r}; it takes shape, ctx, dtype, out")
    a = make(_shape(what, shape), _dtype(None if dtype is _Null else dtype))
    if out is None:
        return wrap(a, _context.resolve(ctx))
    out[:] = a
    return out


def empty(shape, ctx=None, dtype=None, stype=None):
    """An array of arbitrary contents."""
    if stype not in (None, "default"):
        from . import sparse
        return sparse.empty(stype, shape, ctx, dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return wrap(np.empty(shape, _dtype(dtype)), _context.resolve(ctx))


def full(shape, val, ctx=None, dtype=np.float32, out=None):
    """An array filled with one value."""
    if out is None:
        out = empty(_shape("full", shape), ctx, dtype)
    out[:] = val
    return out


def arange(start, stop=None, step=1.0, repeat=1, infer_range=None, ctx=None, dtype=np.float32):
    """Evenly spaced values in ``[start, stop)``, each ``repeat`` times."""
    return F._arange(start=start, stop=stop, step=step, repeat=repeat, infer_range=False, dtype=dtype,
                     ctx=str(_context.resolve(ctx)))


def linspace(start, stop, num, endpoint=True, ctx=None, dtype=np.float32):
    """``num`` evenly spaced values from ``start`` to ``stop``."""
    return F._linspace(start=start, stop=stop, num=num, endpoint=endpoint, dtype=dtype, ctx=str(_context.resolve(ctx)))


def eye(N, M=0, k=0, ctx=None, dtype=None, **kwargs):
    """A matrix with ones on the ``k``-th diagonal."""
    return F._eye(N=N, M=M, k=k, ctx=str(_context.resolve(ctx)), dtype="float32" if dtype is None else dtype, **kwargs)


def moveaxis(tensor, source, destination):
    """The array with axes moved to other places; ValueError for wrong or repeated axes."""
    axes = np.moveaxis(np.empty(tuple(range(1, tensor.ndim + 1)), np.bool_), source, destination).shape
    axes = [n - 1 for n in axes]
    return F.transpose(tensor, axes=tuple(axes))


def concatenate(arrays, axis=0, always_copy=True):
    """The arrays joined along an existing axis."""
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    return F.Concat(*arrays, dim=axis)


def onehot_encode(indices, out):
    """One-hot rows of ``indices`` written into ``out``."""
    return F._onehot_encode(indices, out, out=out)


def histogram(a, bins=10, range=None):
    """Counts of the values of ``a`` in bins, and the bin edges."""
    if isinstance(bins, NDArray):
        return F._histogram(a, bins)
    if range is None:
        # numpy does it in the real package: the counts are float32 then
        counts, edges = np.histogram(a.asnumpy(), bins)
        return array(counts, a._ctx), array(edges, a._ctx)
    return F._histogram(a, bin_cnt=bins, range=range)


def split_v2(ary, indices_or_sections, axis=0, squeeze_axis=False):
    """Parts of an array: equal ones for a number, or split before the given indices."""
    indices, sections = (), 0
    axis_size = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        sections = indices_or_sections
        if axis_size % sections:
            raise ValueError(f"split_v2: an axis of length {axis_size} cannot be split into {sections} equal parts")
    elif isinstance(indices_or_sections, (tuple, list)):
        indices = [0, *indices_or_sections]
    else:
        raise ValueError("split_v2: indices_or_sections must be an int or a tuple of ints")
    return F._split_v2(ary, indices=indices, axis=axis, squeeze_axis=squeeze_axis, sections=sections)


def imdecode(str_img, clip_rect=(0, 0, 0, 0), out=None, index=0, channels=3, mean=None):
    """Not available: use ``mx.image.imdecode``."""
    raise NotImplementedError("mx.nd.imdecode (the old plugin) is not available; use mx.image.imdecode")


def waitall():
    """Return when all work has ended (it has)."""
