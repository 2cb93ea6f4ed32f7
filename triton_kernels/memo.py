"""What Triton's language works out anew for each operation, remembered: interpreted kernels spend half of their time on it."""
import math

import numpy as np
import triton.language as tl
from triton.language import core
from triton.runtime import interpreter as base

__all__ = ["install"]

_types = {}
_sizes = {}
_blocks = {}
_shapes = {}
_np_dtype = base._get_np_dtype
_block_init = core.block_type.__init__
_broadcast = base.TritonSemantic.broadcast_impl_value
_cast = base.TritonSemantic.cast


def _numpy_type(ty):
    """numpy's type for a type of Triton's: one for each name, whatever the shape of a block."""
    ty = ty.scalar
    if isinstance(ty, tl.pointer_type):
        return np.dtype(np.uint64)
    found = _types.get(ty.name)
    if found is None:
        found = _types[ty.name] = _np_dtype(ty)
    return found


def _block_type(self, element_ty, shape):
    key = tuple([s.value if type(s) is tl.constexpr else s for s in shape])
    found = _blocks.get(key)
    if found is None:
        # checks the shape
        _block_init(self, element_ty, shape)
        _blocks[key] = self.shape, self.numel
        return
    self.element_ty = element_ty
    self.shape, self.numel = found
    self.name = f"<{list(key)}, {element_ty}>"


def _tensor(self, handle, ty):
    self.handle, self.type, self.dtype = handle, ty, ty.scalar
    key = tuple(ty.shape) if ty.is_block() else ()
    found = _shapes.get(key)
    if found is None:
        found = _shapes[key] = tl.tuple([tl.constexpr(n) for n in key]), tl.constexpr(math.prod(key))
    self.shape, self.numel = found


def _handle(self, data, dtype, attr=None):
    self.data, self.dtype, self.attr = data, dtype, {} if attr is None else attr
    most = _sizes.get(dtype.name)
    if most is None:
        scalar = dtype.scalar
        most = _sizes[dtype.name] = 64 if scalar.is_ptr() else max(scalar.primitive_bitwidth // 8, 1)
    if data.itemsize > most:
        raise ValueError(f"values of {data.itemsize} bytes for Triton's type {dtype}")


def _same_or_broadcast(self, left, right):
    # shapes are one object each, see _tensor
    return (left, right) if left.shape is right.shape else _broadcast(self, left, right)


def _same_or_cast(self, value, ty, fp_downcast_rounding=None):
    if value.dtype.name == ty.scalar.name:
        return value
    return _cast(self, value, ty, fp_downcast_rounding)


def install():
    """Put these in the place of Triton's; for processes in which every kernel is interpreted."""
    base._get_np_dtype = _numpy_type
    core.block_type.__init__ = _block_type
    core.tensor.__init__ = _tensor
    base.TensorHandle.__init__ = _handle
    base.TritonSemantic.broadcast_impl_value = _same_or_broadcast
    base.TritonSemantic.cast = _same_or_cast
