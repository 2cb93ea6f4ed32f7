"""Methods that are operators with the array as first input, and those that only name one."""
import numpy as np

from .. import context as _context
from ..base import MXNetError
from ..ops import functional as F

NDArray = wrap = None       # set by core.py

#: Methods that hand all arguments on to the operator of that name.
FLUENT = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "argmax", "argmax_channel", "argmin", "argsort",
    "broadcast_axes", "cbrt", "ceil", "clip", "cos", "cosh", "degrees", "depth_to_space", "exp", "expm1", "fix", "flip",
    "floor", "log", "log10", "log1p", "log2", "log_softmax", "max", "mean", "min", "nanprod", "nansum", "norm", "one_hot",
    "ones_like", "pad", "pick", "prod", "radians", "rcbrt", "reciprocal", "relu", "repeat", "reshape_like", "rint",
    "round", "rsqrt", "shape_array", "sigmoid", "sign", "sin", "sinh", "size_array", "slice", "slice_axis", "slice_like",
    "softmax", "softmin", "sort", "space_to_depth", "split", "sqrt", "square", "sum", "swapaxes", "take",
    "tan", "tanh", "tile", "topk", "transpose", "trunc", "zeros_like")


class Methods:
    """The operator methods of an array."""
    __slots__ = ()

    def astype(self, dtype, copy=True):
        """The array in another type; the array itself if the type is the same and ``copy`` is false."""
        dtype = np.dtype(dtype)
        if not copy and dtype == self._a.dtype:
            return self
        return F.Cast(self, dtype=dtype.name)

    def copy(self):
        """A copy on the same device."""
        return F._copy(self)

    def copyto(self, other):
        """Copy into an array (cast to its type; shapes must agree) or to a context; the array written."""
        if isinstance(other, NDArray):
            if other is self or other._a is self._a:
                import warnings
                warnings.warn("copyto: source and target are the same array", RuntimeWarning, stacklevel=2)
                return None if other is self else other
            if other.stype == "default" and other.shape != self.shape:
                raise MXNetError(f"copyto: an array of shape {self.shape} cannot be copied into one of {other.shape}")
            if other.dtype is not self.dtype:
                return F.Cast(self, dtype=other.dtype, out=other)
            return F._copyto(self, out=other)
        if isinstance(other, _context.Context):
            ctx = _context.resolve(other)
            if 2 in (ctx.device_typeid, self._ctx.device_typeid):
                from ..backend import gpu
                return gpu.transfer(self, ctx)
            r = F._copy(self)
            r._ctx = ctx
            return r
        raise TypeError(f"copyto takes an NDArray or a Context, not {type(other).__name__}")

    def as_in_context(self, context):
        """The array on a device: itself if it is there."""
        return self if self._ctx == context else self.copyto(context)

    as_in_ctx = as_in_context

    def as_nd_ndarray(self):
        """The array as ``mx.nd.NDArray``."""
        return self

    def as_np_ndarray(self):
        """Not available: the ``mx.np`` interface is missing in this version."""
        raise NotImplementedError("as_np_ndarray: the mx.np interface is not available yet; stay with mx.nd arrays")

    def tostype(self, stype):
        """The array in another storage type: ``'default'``, ``'row_sparse'`` or ``'csr'``."""
        if stype == "csr" and self.ndim != 2:
            raise ValueError(f"a csr array has two dimensions, this one has shape {self.shape}")
        return F.cast_storage(self, stype=stype)

    def broadcast_to(self, shape):
        """The array repeated along axes of length 1 (and new leading ones); 0 keeps a length."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        own = self.shape
        if len(own) > len(shape) or len(own) == 0:
            raise ValueError(f"broadcast_to: an array of shape {own} cannot be broadcast to {shape}")
        lead = len(shape) - len(own)
        for have, want in zip(own, shape[lead:]):
            if have not in (1, want) and want != 0:
                raise ValueError(f"broadcast_to: an array of shape {own} cannot be broadcast to {shape}")
        x = self.reshape((1,) * lead + own) if lead else self
        return F.broadcast_to(x, shape=shape)

    def broadcast_like(self, other):
        """The array repeated to the shape of ``other``."""
        return self.broadcast_to(other.shape)

    def expand_dims(self, axis, inplace=False):
        """A copy with a new axis of length 1 before ``axis``, or a view where ``inplace``."""
        if not inplace:
            return F.expand_dims(self, axis=axis)
        shape = list(self.shape)
        shape.insert(axis if axis >= 0 else axis + len(shape) + 1, 1)
        return self.reshape(shape)

    def flatten(self, inplace=False):
        """The array with all axes after the first merged: a copy, or a view where ``inplace``."""
        return F.Flatten(self) if not inplace else self.reshape((0, -1))

    def squeeze(self, axis=None, inplace=False):
        """The array without its axes of length 1 (or without ``axis``): a copy, or a view where ``inplace``."""
        if not inplace:
            return F.squeeze(self, axis=axis)
        return self.reshape(np.squeeze(self._a, axis if axis is None or isinstance(axis, int) else tuple(axis)).shape)

    def diag(self, k=0, **kwargs):
        """The diagonal of a matrix, or the matrix of a diagonal."""
        return F.diag(self, k, **kwargs)

    def split_v2(self, *args, **kwargs):
        """Parts along an axis, as ``mx.nd.split_v2``."""
        from . import split_v2
        return split_v2(self, *args, **kwargs)


def _fluent(name):
    def method(self, *args, **kwargs):
        return getattr(F, name)(self, *args, **kwargs)
    method.__name__ = name
    method.__qualname__ = "NDArray." + name
    method.__doc__ = f"The operator ``mx.nd.{name}`` with this array as its first input."
    return method


for _n in FLUENT:
    setattr(Methods, _n, _fluent(_n))
