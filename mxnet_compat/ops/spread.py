"""Arrays repeated along axes: broadcasting to a shape, and the sums back that gradients need."""
import numpy as np

from . import functional as F
from . import shapes
from .declare import ALL, ZERO, AnyArray, Array, operator
from .params import Axis, Shape
from .reduce import _reduce


@operator("_sum_to", dtypes=ALL)
def sum_to(data: Array, *, shape: Shape):
    """The sum over those axes along which an array of ``shape`` was broadcast to the shape of ``data``."""
    lead = data.ndim - len(shape)
    axes = tuple(range(lead)) + tuple([lead + i for i, d in enumerate(shape) if d == 1 and data.shape[lead + i] != 1])
    return _reduce(np.add, data, axes).reshape(shape) if axes else data.copy()


@operator("_backward_sum_to", dtypes=ALL)
def backward_sum_to(data: Array, *, shape: Shape):
    """``data`` repeated to ``shape``, with leading axes added where it has fewer."""
    return np.broadcast_to(data, shape).copy()


@operator("_backward_sum", dtypes=ALL)
def backward_sum(data: Array, *, shape: Shape, axes: Shape):
    """The result of a reduction of an array of ``shape`` along ``axes`` (exactly these), repeated along them."""
    y = data.reshape(shapes.reduced(shape, axes, True))
    return y.copy() if y.shape == shape else np.broadcast_to(y, shape).copy()


def _to_shape(data, *, shape, axes=None):
    return (data,), (shape,)


sum_to.shape_rule = backward_sum_to.shape_rule = backward_sum.shape_rule = _to_shape
sum_to.gradient(data=lambda dy, data_like: F._backward_sum_to(dy, shape=data_like.shape))
backward_sum_to.gradient(data=lambda dy, data_like: F._sum_to(dy, shape=data_like.shape))


@backward_sum.gradient
def _(dy, data_like, axes, need):
    y = F.sum(dy, axis=axes) if axes else dy
    return [y if y.shape == data_like.shape else F._backward_sum(y, shape=data_like.shape, axes=())]


def _checked(own, wanted):
    for have, want in zip(own, wanted):
        if have not in (1, want):
            raise ValueError(f"an array of shape {own} cannot be broadcast to {wanted}")
    return wanted


def _target(own, shape):
    if len(own) != len(shape):
        raise ValueError(f"shape must have {len(own)} dimensions as data has, got {shape}")
    return _checked(own, tuple([have if want == 0 else want for have, want in zip(own, shape)]))


@operator("broadcast_to", broadcasts=True, dtypes=ALL)
def broadcast_to(data: Array, *, shape: Shape = ()):
    """The array repeated along axes of length 1; a 0 in ``shape`` keeps a length.

    Raises MXNetError where the dimensions differ in number or an axis longer than 1 in length.
    """
    return np.broadcast_to(data, _target(data.shape, shape)).copy()


@broadcast_to.shapes
def _(data, *, shape):
    return (data,), (None if data is None else _target(data, shape),)


def _along(own, axis, size):
    if len(axis) != len(size):
        raise ValueError(f"axis and size must have the same length, got {axis} and {size}")
    wanted = list(own)
    for a, n in zip(axis, size):
        if not 0 <= a < len(own):
            raise ValueError(f"axis {a} is out of range for an array of {len(own)} dimensions")
        if wanted[a] != 1:
            raise ValueError(f"axis {a} must have length 1 to be broadcast, got {wanted[a]}")
        wanted[a] = n
    return tuple(wanted)


@operator("broadcast_axis", "broadcast_axes", broadcasts=True, dtypes=ALL)
def broadcast_axis(data: Array, *, axis: Shape = (), size: Shape = ()):
    """The array repeated along each axis in ``axis``, which must have length 1, to the length in ``size``."""
    return np.broadcast_to(data, _along(data.shape, axis, size)).copy()


@broadcast_axis.shapes
def _(data, *, axis, size):
    return (data,), (None if data is None else _along(data, axis, size),)


def _like(own, other, lhs_axes, rhs_axes):
    if lhs_axes is None or rhs_axes is None:
        if len(own) != len(other):
            raise ValueError("without lhs_axes and rhs_axes, lhs and rhs must have the same number of dimensions")
        return _checked(own, other)
    if not lhs_axes or len(lhs_axes) != len(rhs_axes):
        raise ValueError(f"lhs_axes and rhs_axes must name the same number of axes, got {lhs_axes} and {rhs_axes}")
    wanted = list(own)
    for a, b in zip(lhs_axes, rhs_axes):
        a = shapes.normalize_axis(a, len(own), "lhs_axes:")
        b = shapes.normalize_axis(b, len(other), "rhs_axes:")
        if own[a] != 1:
            raise ValueError(f"axis {a} of lhs must have length 1 to be broadcast, got {own[a]}")
        wanted[a] = other[b]
    return tuple(wanted)


@operator("broadcast_like", broadcasts=True, dtypes=ALL)
def broadcast_like(lhs: Array, rhs: AnyArray, *, lhs_axes: Axis = None, rhs_axes: Axis = None):
    """``lhs`` repeated to the shape of ``rhs``, or only its ``lhs_axes`` to the lengths of the ``rhs_axes``."""
    return np.broadcast_to(lhs, _like(lhs.shape, rhs.shape, lhs_axes, rhs_axes)).copy()


@broadcast_like.shapes
def _(lhs, rhs, *, lhs_axes, rhs_axes):
    return (lhs, rhs), (None if lhs is None or rhs is None else _like(lhs, rhs, lhs_axes, rhs_axes),)


broadcast_to.gradient(data=lambda dy: dy)
broadcast_axis.gradient(data=lambda dy: dy)
broadcast_like.gradient(lhs=lambda dy: dy, rhs=ZERO)
