"""``Pooling_v1``, the older pooling of two spatial axes; it differs from ``Pooling`` in what padding and ties do."""
from math import prod
from typing import Literal

import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, operator
from ..params import Shape
from . import windows
from .pool import _axes


def _settle(shape, kernel, stride, pad, global_pool, convention):
    """(axes of the padded data, its padding); checks everything."""
    if len(shape) != 4:
        raise ValueError(f"data must have 4 dimensions, got {len(shape)}")
    if global_pool:
        kernel, stride, pad, convention = shape[2:], (), (), "valid"
    n = len(kernel)
    if pad and (len(pad) != n or min(pad) < 0):
        raise ValueError(f"pad must be {n} integers of at least 0, as kernel {kernel} has, got {pad}")
    pad = pad or (0,) * n
    padded = tuple([s + 2 * p if s else s for s, p in zip(shape[2:], pad)])
    return _axes(padded, kernel, stride, (), False, convention), pad


def _padded(x, pad):
    """As planes with the zeros around them; float16 widened."""
    x = x.reshape(-1, *x.shape[2:])
    x = x.astype(np.float32) if x.dtype == np.float16 else x
    return np.pad(x, ((0, 0), *((p, p) for p in pad))) if any(pad) else x


def _windows(x, axes):
    """(place in the result, window's elements) of every tap."""
    for t in np.ndindex(*[a[1] for a in axes]):
        to, source = [], []
        for i, (size, _, stride, _, out) in zip(t, axes):
            n = max(0, min(out, (size - 1 - i) // stride + 1))
            to.append(slice(0, n))
            source.append(slice(i, i + n * stride, stride))
        yield (slice(None), *to), x[(slice(None), *source)]


@operator("Pooling_v1", dtypes=FLOAT)
def pooling_v1(data: Array, *, kernel: Shape = (), pool_type: Literal["avg", "max", "sum"] = "max",
               global_pool: bool = False, pooling_convention: Literal["full", "valid"] = "valid", stride: Shape = (),
               pad: Shape = ()):
    """Maximum, sum or average over windows of ``data`` (N, C, H, W), as ``Pooling`` in older releases had it.

    Padding is zeros that take part in the maximum; an average always divides by the kernel's size; the gradient of a
    maximum goes to all elements that equal it. MXNetError where parameters and data do not fit.
    """
    axes, pad = _settle(data.shape, kernel, stride, pad, global_pool, pooling_convention)
    x = _padded(data, pad)
    if pool_type == "max":
        y = windows.largest(x, axes, np.finfo(data.dtype).min)
    else:
        y = windows.sums(x, axes)
        if pool_type == "avg":
            y /= y.dtype.type(prod([a[1] for a in axes]))
    return np.ascontiguousarray(y.reshape(*data.shape[:2], *y.shape[1:]), data.dtype)


@pooling_v1.shapes
def _pooling_v1_rule(data, *, kernel, global_pool, pooling_convention, stride, pad, **_):
    if data is None:
        return (data,), (None,)
    axes, _ = _settle(data, kernel, stride, pad, global_pool, pooling_convention)
    return (data,), ((*data[:2], *[a[4] for a in axes]),)


@pooling_v1.gradient
def _pooling_v1_gradient(dy, data, y, need, kernel, pool_type, global_pool, pooling_convention, stride, pad):
    return [F._backward_Pooling_v1(dy, data, y, kernel=kernel, pool_type=pool_type, global_pool=global_pool,
                                   pooling_convention=pooling_convention, stride=stride, pad=pad)]


@operator("_backward_Pooling_v1", dtypes=FLOAT)
def backward(grad: Array, data: Array, result: Array, *, kernel: Shape, pool_type: str, global_pool: bool,
             pooling_convention: str, stride: Shape, pad: Shape):
    """The gradient of ``Pooling_v1``: each window's value to its elements, or to all that are its maximum."""
    axes, pad = _settle(data.shape, kernel, stride, pad, global_pool, pooling_convention)
    x = _padded(data, pad)
    dx = np.zeros(x.shape, x.dtype)
    g, y = _padded(grad, ()), _padded(result, ())
    if pool_type == "avg":
        g = g / g.dtype.type(prod([a[1] for a in axes]))
    for (to, v), (_, element) in zip(_windows(dx, axes), _windows(x, axes)):
        v += np.where(element == y[to], g[to], g.dtype.type(0)) if pool_type == "max" else g[to]
    inner = tuple([slice(p, s - p) for p, s in zip(pad, x.shape[1:])])
    return np.ascontiguousarray(dx[(slice(None), *inner)].reshape(data.shape), data.dtype)


@operator("_tied_Pooling_v1", dtypes=FLOAT)
def tied(values: Array, data: Array, result: Array, *, kernel: Shape, pool_type: str, global_pool: bool,
         pooling_convention: str, stride: Shape, pad: Shape):
    """The sum of ``values``, shaped as ``data``, where each window of ``data`` is its maximum: what transposes that."""
    axes, pad = _settle(data.shape, kernel, stride, pad, global_pool, pooling_convention)
    x, v, y = _padded(data, pad), _padded(values, pad), _padded(result, ())
    z = np.zeros(y.shape, y.dtype)
    for (to, element), (_, value) in zip(_windows(x, axes), _windows(v, axes)):
        z[to] += np.where(element == y[to], value, value.dtype.type(0)) if pool_type == "max" else value
    if pool_type == "avg":
        z /= z.dtype.type(prod([a[1] for a in axes]))
    return np.ascontiguousarray(z.reshape(result.shape), data.dtype)


def _linear(other):
    def rule(dy, data, result, kernel, pool_type, global_pool, pooling_convention, stride, pad):
        return getattr(F, other)(dy, data, result, kernel=kernel, pool_type=pool_type, global_pool=global_pool,
                                 pooling_convention=pooling_convention, stride=stride, pad=pad)
    return rule


backward.gradient(grad=_linear("_tied_Pooling_v1"), data=ZERO, result=ZERO)
tied.gradient(values=_linear("_backward_Pooling_v1"), data=ZERO, result=ZERO)
