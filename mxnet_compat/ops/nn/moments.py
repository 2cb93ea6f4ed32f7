"""Normalisation by mean and deviation as operators that go on to every order, for the second-order rules of the layers.

The layers (``norm.py``, ``batch_norm.py``) have fused gradients; these are what the gradients of those are made of. A
layout says which elements are normalised together: ``("along", axis)`` those along an axis, ``("groups", n)`` those of
each sample and group of channels, ``("channel", axis)`` all of one channel. Mean and inverse deviation are given, as
they are known already, but gradients are total: with respect to the data, through both.
"""
from typing import Literal

import numpy as np

from .. import functional as F
from .. import shapes
from ..declare import FLOAT, ZERO, AnyArray, Array, operator
from .infer import product

Layout = Literal["along", "groups", "channel"]


def view_shape(shape, layout, axis):
    """(the shape to see an array in, the axes to reduce there)."""
    if layout == "groups":
        return (shape[0], axis, product(shape[1:]) // axis), (2,)
    axis = shapes.normalize_axis(axis, len(shape))
    if layout == "along":
        return tuple(shape), (axis,)
    return (product(shape[:axis]), shape[axis], product(shape[axis + 1:])), (0, 2)


def _kept(shape, axes):
    return tuple([1 if i in axes else d for i, d in enumerate(shape)])


def _views(data, mean, inverse, layout, axis):
    shape, axes = view_shape(data.shape, layout, axis)
    keep = _kept(shape, axes)
    return data.reshape(shape), mean.reshape(keep), inverse.reshape(keep), axes


def _normalized(data, mean, inverse, layout, axis):
    x, mean, inverse, _ = _views(data, mean, inverse, layout, axis)
    return ((x - mean) * inverse).astype(data.dtype, copy=False).reshape(data.shape)


@operator("_normalized", dtypes=FLOAT)
def normalized(data: Array, mean: AnyArray, inverse: AnyArray, *, layout: Layout, axis: int):
    """``(data - mean) * inverse``."""
    return _normalized(data, mean, inverse, layout, axis)


@operator("_backward_normalized", dtypes=FLOAT)
def backward_normalized(head: Array, data: Array, mean: AnyArray, inverse: AnyArray, *, layout: Layout, axis: int):
    """The gradient of the normalised data: symmetric and linear in ``head``."""
    x, mean, inverse, axes = _views(data, mean, inverse, layout, axis)
    h = head.reshape(x.shape)
    hat = (x - mean) * inverse
    g = h - h.mean(axes, keepdims=True) - hat * (h * hat).mean(axes, keepdims=True)
    return (g * inverse).astype(head.dtype, copy=False).reshape(head.shape)


@operator("_inverse_deviation", dtypes=FLOAT)
def inverse_deviation(data: Array, mean: AnyArray, inverse: AnyArray, *, layout: Layout, axis: int):
    """``inverse`` in the shape that broadcasts against the view of ``data``, as a function of ``data``."""
    _, _, inverse, _ = _views(data, mean, inverse, layout, axis)
    return inverse.astype(data.dtype)


for _op in (normalized, backward_normalized):
    _op.shape_rule = lambda *known, layout, axis: (known, (known[0],))
normalized.gradient(
    data=lambda dy, data, mean, inverse, layout, axis: F._backward_normalized(
        dy, data, mean, inverse, layout=layout, axis=axis),
    mean=ZERO, inverse=ZERO)


class View:
    """Sums and products of arrays in the view of a layout, in terms of operators."""

    def __init__(self, data, mean, inverse, layout, axis):
        self.given = (data, mean, inverse)
        self.params = {"layout": layout, "axis": axis}
        self.shape, self.axes = view_shape(data.shape, layout, axis)
        self.back = data.shape
        self.count = product([self.shape[a] for a in self.axes])

    def of(self, x):
        """``x`` in the view."""
        return x if x.shape == self.shape else F.reshape(x, shape=self.shape)

    def sum(self, x):
        """The sum over what is normalised together, of an array in the view."""
        return F.sum(x, axis=self.axes, keepdims=True)

    def hat(self):
        """The normalised data in the view."""
        return self.of(F._normalized(*self.given, **self.params))

    def pull(self, head):
        """The gradient of the normalised data under ``head``, in the view."""
        data, mean, inverse = self.given
        return self.of(F._backward_normalized(self.restore(head), data, mean, inverse, **self.params))

    def inverse(self):
        """The inverse deviation, as a function of the data."""
        return F._inverse_deviation(*self.given, **self.params)

    def restore(self, x):
        """``x`` in the data's shape."""
        return x if x.shape == self.back else F.reshape(x, shape=self.back)


def second(dy, head, view):
    """The gradient of ``_backward_normalized(head, data)`` with respect to the data, in the data's shape."""
    n, hat, r = view.count, view.hat(), view.inverse()
    u, v = view.of(dy), view.of(head)
    p, q = view.sum(v * hat), view.sum(u * hat)
    total = view.sum(u * v) - view.sum(u) * view.sum(v) / n - p * q / n
    g = F.broadcast_mul(hat, F.square(r) * total) + F.broadcast_mul(
        F.broadcast_mul(view.pull(v), q) + F.broadcast_mul(view.pull(u), p), r)
    return view.restore(g * (-1.0 / n))


@backward_normalized.gradient
def _(dy, head, data, mean, inverse, layout, axis, need):
    grads = {}
    if need[0]:
        grads["head"] = F._backward_normalized(dy, data, mean, inverse, layout=layout, axis=axis)
    if need[1]:
        grads["data"] = second(dy, head, View(data, mean, inverse, layout, axis))
    return grads


backward_normalized.gradient(mean=ZERO, inverse=ZERO)


def _inverse_gradient(dy, data, mean, inverse, layout, axis):
    view = View(data, mean, inverse, layout, axis)
    return view.restore(F.broadcast_mul(view.hat(), dy * F.square(view.inverse()) * (-1.0 / view.count)))


inverse_deviation.gradient(data=_inverse_gradient, mean=ZERO, inverse=ZERO)


def mean_and_deviation(x, axes, eps):
    """(x - mean, mean, sqrt(variance + eps)) along axes, which are kept."""
    mean = x.mean(axes, keepdims=True)
    d = x - mean
    return d, mean, np.sqrt(np.square(d).mean(axes, keepdims=True) + x.dtype.type(eps))
