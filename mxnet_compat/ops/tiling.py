"""Copies of elements: tile, repeat, padding; and diagonals."""
from typing import Literal

import numpy as np

from . import functional as F
from . import shapes
from .declare import ALL, FLOAT, Array, operator
from .params import Shape


def _tiled(shape, reps):
    """(shape with leading ones, reps with leading ones): both of one length."""
    for r in reps:
        if r < 1:
            raise ValueError(f"reps must be at least 1, got {reps}")
    n = max(len(shape), len(reps))
    return (1,) * (n - len(shape)) + tuple(shape), (1,) * (n - len(reps)) + tuple(reps)


def _tile_shape(shape, reps):
    return tuple([d * r for d, r in zip(*_tiled(shape, reps))])


@operator("tile", dtypes=ALL)
def tile(data: Array, *, reps: Shape):
    """The array repeated as a whole ``reps`` times along each axis; more reps than axes add axes in front."""
    own, reps = _tiled(data.shape, reps)
    # every axis as a pair (copies, length): one broadcast copy does it
    x = data.reshape([n for d in own for n in (1, d)])
    y = np.broadcast_to(x, [n for d, r in zip(own, reps) for n in (r, d)])
    return np.array(y, order="C").reshape([d * r for d, r in zip(own, reps)])


tile.shape_rule = lambda data, *, reps: ((data,), (None if data is None else _tile_shape(data, reps),))


@tile.gradient
def _(dy, data_like, reps, need):
    own, reps = _tiled(data_like.shape, reps)
    pairs = F._backward_Reshape(dy, shape=tuple([n for d, r in zip(own, reps) for n in (r, d)]))
    y = F.sum(pairs, axis=tuple(range(0, 2 * len(own), 2)))
    return [y if y.shape == data_like.shape else F._backward_Reshape(y, shape=data_like.shape)]


def _repeat_shape(shape, repeats, axis):
    if repeats < 0:
        raise ValueError(f"repeats must not be negative, got {repeats}")
    if axis is not None:
        axis = shapes.normalize_axis(axis, len(shape))
    if axis is None or repeats == 0:
        # nothing at all has one dimension, whatever the axis
        return (int(np.prod(shape)) * repeats,)
    return shape[:axis] + (shape[axis] * repeats,) + shape[axis + 1:]


@operator("repeat", "_np_repeat", dtypes=ALL)
def repeat(data: Array, *, repeats: int, axis: int | None = None):
    """Each element ``repeats`` times in a row along an axis, or in the flattened array without one."""
    return np.repeat(data, repeats, axis).reshape(_repeat_shape(data.shape, repeats, axis))


repeat.shape_rule = lambda data, *, repeats, axis: (
    (data,), (None if data is None else _repeat_shape(data, repeats, axis),))


@repeat.gradient
def _(dy, data_like, repeats, axis, need):
    own = data_like.shape
    at = len(own) - 1 if axis is None else shapes.normalize_axis(axis, len(own))
    if not repeats:
        return [F._backward_sum(F.sum(dy), shape=own, axes=tuple(range(len(own))))]
    return [F.sum(F._backward_Reshape(dy, shape=own[:at + 1] + (repeats,) + own[at + 1:]), axis=(at + 1,))]


# padding

_MODES = Literal["constant", "edge", "reflect"]


def _widths(shape, pad_width, mode):
    if len(shape) not in (4, 5):
        raise ValueError(f"data must have 4 or 5 dimensions, got {len(shape)}")
    if len(pad_width) != 2 * len(shape):
        raise ValueError(f"pad_width must have two numbers an axis, {2 * len(shape)}, got {len(pad_width)}")
    if any(pad_width[:4]):
        raise ValueError(f"pad_width must start with four zeros (batch and channels stay), got {pad_width}")
    if min(pad_width) < 0:
        raise ValueError(f"pad_width must not be negative, got {pad_width}")
    widths = list(zip(pad_width[::2], pad_width[1::2]))
    if mode == "reflect":
        for d, w in zip(shape, widths):
            if max(w) >= d and max(w):
                raise ValueError(f"to reflect, pad_width must be smaller than the axis, got {max(w)} for length {d}")
    return widths


@operator("Pad", "pad", dtypes=FLOAT)
def pad(data: Array, *, mode: _MODES, pad_width: Shape, constant_value: float = 0.0):
    """The array with borders on all axes after the first two: a constant, its edge repeated, or its reflection."""
    widths = _widths(data.shape, pad_width, mode)
    y = np.empty([d + a + b for d, (a, b) in zip(data.shape, widths)], data.dtype)
    inner = tuple([slice(a, a + d) for d, (a, _) in zip(data.shape, widths)])
    if mode == "constant":
        y[...] = constant_value
        y[inner] = data
        return y
    y[inner] = data
    # axis by axis, so that the corners come from borders already filled
    filled = list(inner)
    for axis in range(2, data.ndim):
        n, (a, b) = data.shape[axis], widths[axis]
        filled[axis] = slice(None)
        view = np.moveaxis(y[tuple(filled)], axis, 0)
        if mode == "edge":
            view[:a], view[a + n:] = view[a], view[a + n - 1]
        else:
            view[:a] = view[a + 1:2 * a + 1][::-1]
            view[a + n:] = view[a + n - 1 - b:a + n - 1][::-1]
    return y


@operator("_backward_Pad", dtypes=FLOAT)
def backward_pad(data: Array, *, mode: _MODES, pad_width: Shape):
    """The gradient of ``Pad``: borders added back to where they came from."""
    y = data
    for axis, (a, b) in enumerate(zip(pad_width[::2], pad_width[1::2])):
        if not a and not b:
            continue
        x = np.moveaxis(y, axis, 0)
        n = len(x) - a - b
        y = x[a:a + n].copy()
        if mode == "edge":
            y[0] += x[:a].sum(0)
            y[-1] += x[a + n:].sum(0)
        elif mode == "reflect":
            y[1:a + 1] += x[:a][::-1]
            y[n - 1 - b:n - 1] += x[a + n:][::-1]
        y = np.moveaxis(y, 0, axis)
    return np.array(y, order="C")


@pad.shapes
def _(data, *, mode, pad_width, **_):
    if data is None:
        return (None,), (None,)
    return (data,), (tuple([d + sum(w) for d, w in zip(data, _widths(data, pad_width, mode))]),)


@backward_pad.shapes
def _(data, *, pad_width, **_):
    if data is None:
        return (None,), (None,)
    return (data,), (tuple([d - a - b for d, a, b in zip(data, pad_width[::2], pad_width[1::2])]),)


pad.gradient(data=lambda dy, mode, pad_width: F._backward_Pad(dy, mode=mode, pad_width=pad_width))
backward_pad.gradient(data=lambda dy, mode, pad_width: F.Pad(dy, mode=mode, pad_width=pad_width))


# diagonals


def _diag_axes(shape, axis1, axis2):
    a, b = shapes.normalize_axis(axis1, len(shape), "axis1"), shapes.normalize_axis(axis2, len(shape), "axis2")
    if a == b:
        raise ValueError(f"axis1 and axis2 must be two axes, both are {a}")
    return a, b


def _diag_shape(shape, k, axis1, axis2):
    if len(shape) == 1:
        return (shape[0] + abs(k),) * 2
    a, b = _diag_axes(shape, axis1, axis2)
    n = min(shape[a] + min(k, 0), shape[b] - max(k, 0))
    if n < 0:
        raise ValueError(f"k is {k}, beyond a matrix of shape {(shape[a], shape[b])}")
    return tuple([d for i, d in enumerate(shape) if i not in (a, b)]) + (n,)


@operator("diag")
def diag(data: Array, *, k: int = 0, axis1: int = 0, axis2: int = 1):
    """The ``k``-th diagonal along two axes, as the last axis; of a vector the matrix with it as that diagonal."""
    shape = _diag_shape(data.shape, k, axis1, axis2)
    if data.ndim == 1:
        return np.diag(data, k)
    return np.array(data.diagonal(k, axis1, axis2), order="C").reshape(shape)


diag.shape_rule = lambda data, *, k, axis1, axis2: (
    (data,), (None if data is None else _diag_shape(data, k, axis1, axis2),))


@operator("_backward_diag")
def backward_diag(data: Array, *, shape: Shape, k: int = 0, axis1: int = 0, axis2: int = 1):
    """Zeros of ``shape`` with ``data`` on the diagonal."""
    a, b = _diag_axes(shape, axis1, axis2)
    y = np.zeros(shape, data.dtype)
    n = data.shape[-1]
    index = [slice(None)] * len(shape)
    i, j = max(-k, 0), max(k, 0)
    view = np.moveaxis(y[tuple(index)], (a, b), (-2, -1))
    np.einsum("...ii->...i", view[..., i:i + n, j:j + n])[...] = data
    return y


backward_diag.shape_rule = lambda data, *, shape, **_: ((data,), (shape,))


def _diag_rule(dy, data_like, k, axis1, axis2):
    if len(data_like.shape) == 1:
        return F.diag(dy, k=k)
    return F._backward_diag(dy, shape=data_like.shape, k=k, axis1=axis1, axis2=axis2)


diag.gradient(data=_diag_rule)
backward_diag.gradient(data=lambda dy, k, axis1, axis2: F.diag(dy, k=k, axis1=axis1, axis2=axis2))
