"""Parts of an array by ranges: slice, slice_axis, slice_like, assignment to a slice, and their gradient."""
import numpy as np

from . import functional as F
from . import shapes
from .declare import ALL, ZERO, AnyArray, Array, operator
from .params import OptInts, Shape


def _slices(shape, begin, end, step):
    """One Python slice an axis named; ValueError where begin, end and step do not fit the shape."""
    if len(begin) != len(end) or (step and len(step) != len(begin)):
        raise ValueError(f"begin, end and step must have one length, got {begin}, {end} and {step}")
    if len(begin) > len(shape):
        raise ValueError(f"begin and end name {len(begin)} axes, the array has {len(shape)}")
    if 0 in step:
        raise ValueError("step must not be 0")
    return tuple([slice(b, e, s) for b, e, s in zip(begin, end, step or (None,) * len(begin))])


def _length(s, n):
    return len(range(*s.indices(n)))


def _sliced(shape, slices):
    return tuple([_length(s, n) for s, n in zip(slices, shape)]) + tuple(shape[len(slices):])


@operator("slice", "crop", "_sparse_slice", dtypes=ALL)
def slice_(data: Array, *, begin: OptInts, end: OptInts, step: OptInts = ()):
    """The part of the array from ``begin`` to before ``end`` in steps; None stands for an end of the axis."""
    return data[_slices(data.shape, begin, end, step)].copy()


@slice_.shapes
def _(data, *, begin, end, step):
    return (data,), (None if data is None else _sliced(data, _slices(data, begin, end, step)),)


@operator("_backward_slice", dtypes=ALL)
def backward_slice(data: Array, *, shape: Shape, begin: OptInts, end: OptInts, step: OptInts = ()):
    """Zeros of ``shape`` with ``data`` in the slice."""
    y = np.zeros(shape, data.dtype)
    y[_slices(shape, begin, end, step)] = data
    return y


backward_slice.shape_rule = lambda data, *, shape, **_: ((data,), (shape,))
slice_.gradient(data=lambda dy, data_like, begin, end, step:
                F._backward_slice(dy, shape=data_like.shape, begin=begin, end=end, step=step))
backward_slice.gradient(data=lambda dy, begin, end, step: F.slice(dy, begin=begin, end=end, step=step))


def _one_axis(shape, axis, begin, end):
    axis = shapes.normalize_axis(axis, len(shape))
    n = shape[axis]
    first = begin + n if begin < 0 else begin
    last = n if end is None else end + n if end < 0 else end
    if not (0 <= first < last <= n):
        raise ValueError(f"begin {begin} and end {end} do not name a part of axis {axis} of length {n}")
    return axis, first, last


def _along(axis, begin, end):
    """begin and end for ``slice`` and ``_backward_slice`` that cut one axis only."""
    return {"begin": (None,) * axis + (begin,), "end": (None,) * axis + (end,)}


@operator("slice_axis", dtypes=ALL)
def slice_axis(data: Array, *, axis: int, begin: int, end: int | None):
    """The part of the array from ``begin`` to before ``end`` (None: to the last) along one axis."""
    axis, first, last = _one_axis(data.shape, axis, begin, end)
    return data[(slice(None),) * axis + (slice(first, last),)].copy()


@slice_axis.shapes
def _(data, *, axis, begin, end):
    if data is None:
        return (None,), (None,)
    axis, first, last = _one_axis(data, axis, begin, end)
    return (data,), (data[:axis] + (last - first,) + data[axis + 1:],)


slice_axis.gradient(data=lambda dy, data_like, axis, begin, end: F._backward_slice(
    dy, shape=data_like.shape, **_along(*_one_axis(data_like.shape, axis, begin, end))))


def _cut_to(own, other, axes):
    if not axes and len(own) != len(other):
        raise ValueError(f"without axes data and shape_like must have the same number of dimensions, "
                         f"got {own} and {other}")
    wanted = list(own)
    for a in axes or range(len(own)):
        a = shapes.normalize_axis(a, len(own), "axes:")
        if a >= len(other):
            raise ValueError(f"axes: axis {a} is out of range for shape_like of {len(other)} dimensions")
        if other[a] > own[a]:
            raise ValueError(f"axis {a} of shape_like is longer ({other[a]}) than that of data ({own[a]})")
        wanted[a] = other[a]
    return tuple(wanted)


@operator("slice_like", dtypes=ALL)
def slice_like(data: Array, shape_like: AnyArray, *, axes: Shape = ()):
    """The beginning of the array, cut to the shape of ``shape_like``, in all axes or in those named."""
    return data[tuple([slice(n) for n in _cut_to(data.shape, shape_like.shape, axes)])].copy()


@slice_like.shapes
def _(data, shape_like, *, axes):
    known = data is not None and shape_like is not None
    return (data, shape_like), (_cut_to(data, shape_like, axes) if known else None,)


slice_like.gradient(data=lambda dy, data_like: F._backward_slice(
    dy, shape=data_like.shape, begin=(0,) * len(dy.shape), end=dy.shape), shape_like=ZERO)


@operator("_slice_assign", "_crop_assign", dtypes=ALL)
def slice_assign(lhs: Array, rhs: Array, *, begin: OptInts, end: OptInts, step: OptInts = ()):
    """A copy of ``lhs`` with ``rhs`` in the slice; with ``out=lhs`` in place."""
    part = _slices(lhs.shape, begin, end, step)
    if _sliced(lhs.shape, part) != rhs.shape:
        raise ValueError(f"rhs must have the shape of the slice, {_sliced(lhs.shape, part)}, got {rhs.shape}")
    y = lhs.copy()
    y[part] = rhs
    return y


@operator("_slice_assign_scalar", "_crop_assign_scalar", dtypes=ALL)
def slice_assign_scalar(data: Array, *, scalar: float = 0.0, begin: OptInts, end: OptInts, step: OptInts = ()):
    """A copy of ``data`` with a number in the slice; with ``out=data`` in place."""
    y = data.copy()
    y[_slices(data.shape, begin, end, step)] = np.array(scalar).astype(data.dtype)
    return y


slice_assign.shape_rule = lambda lhs, rhs, **_: ((lhs, rhs), (lhs,))
slice_assign_scalar.shape_rule = shapes.same
slice_assign.gradient(
    lhs=lambda dy, begin, end, step: F._slice_assign_scalar(dy, scalar=0.0, begin=begin, end=end, step=step),
    rhs=lambda dy, begin, end, step: F.slice(dy, begin=begin, end=end, step=step))
slice_assign_scalar.gradient(
    data=lambda dy, begin, end, step: F._slice_assign_scalar(dy, scalar=0.0, begin=begin, end=end, step=step))
