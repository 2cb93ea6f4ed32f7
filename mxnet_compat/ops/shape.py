"""The same elements in another shape or order of axes: reshape, transpose, squeeze, flip, depth to space.

Joining and splitting is in ``join.py``, parts of an array in ``slicing.py``, copies of elements in ``tiling.py``.
"""
import numpy as np

from ..backend import parallel, pool
from . import functional as F
from . import shapes
from .declare import ALL, ZERO, AnyArray, Array, operator
from .params import Axis, Shape

# Kernels return fresh memory, so a reshape copies; only ``NDArray.reshape`` is a view.


def _known(shape):
    return shape is not None and all(d is not None and d > 0 for d in shape)


def _old_target(shape, target, keep_highest):
    """The shape that ``target_shape`` means, a parameter older than the codes: one 0 is inferred."""
    target = list(target)
    if keep_highest:
        target[0] = shape[0]
    if target.count(0) > 1:
        raise ValueError(f"target_shape can have one 0, got {tuple(target)}")
    if 0 in target:
        rest = int(np.prod([d for d in target if d]))
        target[target.index(0)] = int(np.prod(shape)) // rest
    return tuple(target)


def _reshaped(own, shape, reverse, target_shape, keep_highest):
    if shape:
        target = shapes.reshape(own, shape, reverse)
    elif target_shape:
        target = _old_target(own, target_shape, keep_highest)
    else:
        raise ValueError("shape must be given")
    if np.prod(target, dtype=np.int64) != np.prod(own, dtype=np.int64):
        raise ValueError(f"shape {target} does not hold as many elements as data of shape {own}")
    return target


@operator("Reshape", "reshape", dtypes=ALL)
def reshape(data: Array, *, shape: Shape = (), reverse: bool = False, target_shape: Shape = (),
            keep_highest: bool = False):
    """A copy in another shape, in which some numbers are codes.

    0 copies a length, -1 is inferred, -2 copies all that are left, -3 merges two, -4 splits one into the next two
    numbers (of which one may be -1). ``reverse`` matches from the right. ``target_shape`` and ``keep_highest`` are the
    old form. Raises MXNetError where the sizes do not agree.
    """
    return data.reshape(_reshaped(data.shape, shape, reverse, target_shape, keep_highest)).copy()


@reshape.shapes
def _(data, **params):
    return (data,), (_reshaped(data, **params) if _known(data) else None,)


@operator("_backward_Reshape", dtypes=ALL)
def exact_reshape(data: Array, *, shape: Shape):
    """A copy in exactly that shape: no number is a code."""
    return data.reshape(shape).copy()


exact_reshape.shape_rule = lambda data, *, shape: ((data,), (shape,))


def _back(dy, data_like):
    return F._backward_Reshape(dy, shape=data_like.shape)


def _flat(shape):
    return (shape[0], int(np.prod(shape[1:], dtype=np.int64)))


@operator("Flatten", "flatten", dtypes=ALL)
def flatten(data: Array):
    """A copy with all axes after the first merged into one."""
    return data.reshape(_flat(data.shape)).copy()


flatten.shape_rule = lambda data: ((data,), (_flat(data) if _known(data) else None,))


def _expanded(shape, axis):
    at = shapes.normalize_axis(axis, len(shape) + 1)
    return shape[:at] + (1,) + shape[at:]


@operator("expand_dims", dtypes=ALL)
def expand_dims(data: Array, *, axis: int):
    """A copy with a new axis of length 1 before ``axis`` (from the end if negative)."""
    return data.reshape(_expanded(data.shape, axis)).copy()


expand_dims.shape_rule = lambda data, *, axis: ((data,), (None if data is None else _expanded(data, axis),))


def _squeezed(shape, axis):
    if axis is None:
        return tuple([d for d in shape if d != 1]) or (1,)
    gone = {shapes.normalize_axis(a, len(shape)) for a in axis}
    if len(gone) < len(axis):
        raise ValueError(f"axis {axis} names one twice")
    for a in gone:
        if shape[a] != 1:
            raise ValueError(f"axis {a} must have length 1 to be squeezed, got {shape[a]}")
    return tuple([d for i, d in enumerate(shape) if i not in gone]) or (1,)


@operator("squeeze", dtypes=ALL)
def squeeze(data: Array, *, axis: Axis = None):
    """A copy without its axes of length 1, or without those named, which must have length 1."""
    return data.reshape(_squeezed(data.shape, axis)).copy()


squeeze.shape_rule = lambda data, *, axis: ((data,), (_squeezed(data, axis) if _known(data) else None,))


def _like_target(own, other, lhs_begin, lhs_end, rhs_begin, rhs_end):
    def part(shape, begin, end, name):
        n = len(shape)
        begin, end = (0 if begin is None else begin), (n if end is None else end)
        begin, end = (begin + n if begin < 0 else begin), (end + n if end < 0 else end)
        if not 0 <= begin < end <= n:
            raise ValueError(f"{name}_begin and {name}_end do not name axes of {shape}")
        return begin, end
    a, b = part(own, lhs_begin, lhs_end, "lhs")
    c, d = part(other, rhs_begin, rhs_end, "rhs")
    target = own[:a] + other[c:d] + own[b:]
    if np.prod(target, dtype=np.int64) != np.prod(own, dtype=np.int64):
        raise ValueError(f"lhs of shape {own} cannot be reshaped to {target}")
    return target


@operator("reshape_like", dtypes=ALL)
def reshape_like(lhs: Array, rhs: AnyArray, *, lhs_begin: int | None = None, lhs_end: int | None = None,
                 rhs_begin: int | None = None, rhs_end: int | None = None):
    """``lhs`` in the shape of ``rhs``, or its axes ``lhs_begin:lhs_end`` as ``rhs_begin:rhs_end`` of ``rhs``."""
    return lhs.reshape(_like_target(lhs.shape, rhs.shape, lhs_begin, lhs_end, rhs_begin, rhs_end)).copy()


@reshape_like.shapes
def _(lhs, rhs, **params):
    return (lhs, rhs), (_like_target(lhs, rhs, **params) if _known(lhs) and _known(rhs) else None,)


reshape.gradient(data=_back)
exact_reshape.gradient(data=_back)
flatten.gradient(data=_back)
expand_dims.gradient(data=_back)
squeeze.gradient(data=_back)
reshape_like.gradient(lhs=lambda dy, lhs_like: _back(dy, lhs_like), rhs=ZERO)


# axes in another order


def _order(axes, ndim):
    if not axes:
        return tuple(range(ndim))[::-1]
    if sorted(axes) != list(range(ndim)):
        raise ValueError(f"axes must name each of the {ndim} axes once, from 0 to {ndim - 1}, got {axes}")
    return axes


def permuted(data, order):
    """A C-ordered copy with the axes in another order."""
    v = data.transpose(order)
    if data.nbytes < pool.SMALL:
        return np.array(v, order="C")
    y = pool.empty(v.shape, v.dtype)
    parallel.split(len(v), lambda i, j: np.copyto(y[i:j], v[i:j]))
    return y


@operator("transpose")
def transpose(data: Array, *, axes: Shape = ()):
    """A copy with the axes in the given order, or reversed without one."""
    return permuted(data, _order(axes, data.ndim))


@transpose.shapes
def _(data, *, axes):
    return (data,), (None if data is None else tuple([data[a] for a in _order(axes, len(data))]),)


transpose.gradient(data=lambda dy, axes: F.transpose(dy, axes=_inverse(axes)))


def _inverse(axes):
    back = [0] * len(axes)
    for i, a in enumerate(axes):
        back[a] = i
    return tuple(back)


def _swapped(dim1, dim2, ndim):
    a, b = shapes.normalize_axis(dim1, ndim, "dim1"), shapes.normalize_axis(dim2, ndim, "dim2")
    order = list(range(ndim))
    order[a], order[b] = b, a
    return order


@operator("SwapAxis", "swapaxes")
def swapaxes(data: Array, *, dim1: int = 0, dim2: int = 0):
    """A copy with two axes exchanged."""
    return permuted(data, _swapped(dim1, dim2, data.ndim))


@swapaxes.shapes
def _(data, *, dim1, dim2):
    return (data,), (None if data is None else tuple([data[a] for a in _swapped(dim1, dim2, len(data))]),)


swapaxes.gradient(data=lambda dy, dim1, dim2: F.SwapAxis(dy, dim1=dim1, dim2=dim2))


@operator("reverse", "flip")
def reverse(data: Array, *, axis: Shape):
    """A copy with the order along each given axis reversed."""
    if axis and not 0 <= min(axis) <= max(axis) < data.ndim:
        raise ValueError(f"axis must name axes from 0 to {data.ndim - 1}, got {axis}")
    # an axis named twice is reversed twice
    return data[tuple([slice(None, None, -1 if axis.count(i) % 2 else None) for i in range(data.ndim)])].copy()


reverse.shape_rule = shapes.same
reverse.gradient(data=lambda dy, axis: F.reverse(dy, axis=axis))


# blocks


def _block_shape(shape, block, deeper):
    if len(shape) != 4:
        raise ValueError(f"data must have 4 dimensions (batch, channels, height, width), got {len(shape)}")
    if block < 1:
        raise ValueError(f"block_size must be at least 1, got {block}")
    n, c, h, w = shape
    if deeper:
        if h % block or w % block:
            raise ValueError(f"height and width of data {shape} must be multiples of block_size {block}")
        return n, c * block * block, h // block, w // block
    if c % (block * block):
        raise ValueError(f"the {c} channels of data must be a multiple of {block * block}, the square of block_size")
    return n, c // (block * block), h * block, w * block


@operator("depth_to_space")
def depth_to_space(data: Array, *, block_size: int):
    """Channels laid out as blocks of the image, ``b`` by ``b``: (n, c*b*b, h, w) to (n, c, h*b, w*b)."""
    n, c, h, w = _block_shape(data.shape, block_size, False)
    b = block_size
    x = data.reshape(n, b, b, c, h // b, w // b)
    return np.array(x.transpose(0, 3, 4, 1, 5, 2), order="C").reshape(n, c, h, w)


@operator("space_to_depth")
def space_to_depth(data: Array, *, block_size: int):
    """Blocks of the image as channels: (n, c, h*b, w*b) to (n, c*b*b, h, w)."""
    n, c, h, w = _block_shape(data.shape, block_size, True)
    b = block_size
    x = data.reshape(n, c // (b * b), h, b, w, b)
    return np.array(x.transpose(0, 3, 5, 1, 2, 4), order="C").reshape(n, c, h, w)


depth_to_space.shape_rule = lambda data, *, block_size: (
    (data,), (_block_shape(data, block_size, False) if _known(data) else None,))
space_to_depth.shape_rule = lambda data, *, block_size: (
    (data,), (_block_shape(data, block_size, True) if _known(data) else None,))
depth_to_space.gradient(data=lambda dy, block_size: F.space_to_depth(dy, block_size=block_size))
space_to_depth.gradient(data=lambda dy, block_size: F.depth_to_space(dy, block_size=block_size))
