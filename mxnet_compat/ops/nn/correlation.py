"""``Correlation`` of two images over displacements, as optical flow needs it, and its gradients."""
from typing import Annotated

import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, operator
from ..params import Ge

_Natural = Annotated[int, Ge(0)]


def _geometry(shape, kernel_size, max_displacement, stride1, stride2, pad_size):
    """(result's (channels, height, width), displacements (y, x) in channel order)."""
    if kernel_size % 2 != 1:
        raise ValueError(f"kernel_size must be odd, got {kernel_size}")
    if stride1 < 1 or stride2 < 1:
        raise ValueError(f"stride1 and stride2 must be positive, got {stride1} and {stride2}")
    border = max_displacement + kernel_size // 2
    size = [-(-(n + 2 * pad_size - 2 * border) // stride1) for n in shape[2:]]
    if min(size) < 1:
        raise ValueError(f"max_displacement {max_displacement} and kernel_size {kernel_size} exceed the padded data of "
                         f"shape {tuple(shape)}")
    reach = max_displacement // stride2
    moves = [(y * stride2, x * stride2) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    return (len(moves), *size), moves


def _same(data1, data2):
    if len(data1) != 4 or tuple(data1) != tuple(data2):
        raise ValueError(f"data1 and data2 must have the same shape of 4 dimensions, got {tuple(data1)} and "
                         f"{tuple(data2)}")


class _Pairs:
    """The windows of both images that meet at each displacement."""

    def __init__(self, shape, kernel_size, max_displacement, stride1, stride2, pad_size):
        self.result, self.moves = _geometry(shape, kernel_size, max_displacement, stride1, stride2, pad_size)
        self.taps = [(i, j) for i in range(kernel_size) for j in range(kernel_size)]
        self.pad, self.step, self.first = pad_size, stride1, max_displacement
        self.shape, self.size = shape, kernel_size * kernel_size * shape[1]

    def padded(self, a):
        """``a`` with zeros around it; float16 widened."""
        a = a.astype(np.float32) if a.dtype == np.float16 else a
        p = self.pad
        return np.pad(a, ((0, 0), (0, 0), (p, p), (p, p))) if p else a

    def cut(self, a):
        """The gradient of ``padded``."""
        h, w = self.shape[2:]
        return np.ascontiguousarray(a[:, :, self.pad:self.pad + h, self.pad:self.pad + w])

    def view(self, a, tap, move=(0, 0)):
        """The pixels (N, C, h, w) of the padded ``a`` at one tap of each window."""
        i, j = (self.first + t + m for t, m in zip(tap, move))
        h, w = self.result[1:]
        return a[:, :, i:i + (h - 1) * self.step + 1:self.step, j:j + (w - 1) * self.step + 1:self.step]

    def __iter__(self):
        """(channel of the result, displacement, tap)."""
        for k, move in enumerate(self.moves):
            for tap in self.taps:
                yield k, move, tap

    def new(self, a):
        return np.zeros((a.shape[0], *self.result), a.dtype)


def _parameters(op):
    return {n: op[n] for n in ("kernel_size", "max_displacement", "stride1", "stride2", "pad_size")}


@operator("Correlation", dtypes=FLOAT)
def correlation(data1: Array, data2: Array, *, kernel_size: _Natural = 1, max_displacement: _Natural = 1,
                stride1: _Natural = 1, stride2: _Natural = 1, pad_size: _Natural = 0, is_multiply: bool = True):
    """How windows of ``data1`` and ``data2`` (N, C, H, W) agree under displacements: (N, D * D, h, w).

    Each of the ``D = 2 (max_displacement // stride2) + 1`` displacements in y and x is a channel: the mean over windows of
    ``kernel_size`` and channels of products, or of absolute differences. Windows are ``stride1`` apart, and so far from the
    edge of the data with ``pad_size`` zeros around it that displaced ones lie within. MXNetError where there is none.
    """
    _same(data1.shape, data2.shape)
    pairs = _Pairs(data1.shape, kernel_size, max_displacement, stride1, stride2, pad_size)
    a, b = pairs.padded(data1), pairs.padded(data2)
    y = pairs.new(a)
    for k, move, tap in pairs:
        u, v = pairs.view(a, tap), pairs.view(b, tap, move)
        y[:, k] += np.einsum("nchw,nchw->nhw", u, v) if is_multiply else np.abs(u - v).sum(axis=1)
    y /= y.dtype.type(pairs.size)
    return y.astype(data1.dtype, copy=False)


@correlation.shapes
def _correlation_rule(data1, data2, *, is_multiply, **geometry):
    data1, data2 = data1 or data2, data2 or data1
    if data1 is None:
        return (data1, data2), (None,)
    _same(data1, data2)
    return (data1, data2), ((data1[0], *_geometry(data1, **geometry)[0]),)


def _gradient(which):
    def rule(dy, data1, data2, kernel_size, max_displacement, stride1, stride2, pad_size, is_multiply):
        return F._backward_Correlation(dy, data1, data2, which=which, **_parameters(locals()), is_multiply=is_multiply)
    return rule


correlation.gradient(data1=_gradient(1), data2=_gradient(2))


@operator("_backward_Correlation", dtypes=FLOAT)
def backward_correlation(grad: Array, data1: Array, data2: Array, *, which: int, kernel_size: int,
                         max_displacement: int, stride1: int, stride2: int, pad_size: int, is_multiply: bool):
    """The gradient of ``Correlation`` for ``data1`` or ``data2``."""
    pairs = _Pairs(data1.shape, kernel_size, max_displacement, stride1, stride2, pad_size)
    a, b = pairs.padded(data1), pairs.padded(data2)
    g = pairs.padded(grad[:0]).dtype.type(1 / pairs.size) * grad
    d = np.zeros(a.shape, a.dtype)
    for k, move, tap in pairs:
        u, v = pairs.view(a, tap), pairs.view(b, tap, move)
        if is_multiply:
            to = pairs.view(d, tap) if which == 1 else pairs.view(d, tap, move)
            to += g[:, k, None] * (v if which == 1 else u)
        else:
            s = g[:, k, None] * np.sign(u - v)
            if which == 1:
                pairs.view(d, tap)[...] += s
            else:
                pairs.view(d, tap, move)[...] -= s
    return pairs.cut(d).astype(grad.dtype, copy=False)


@operator("_signed_Correlation", dtypes=FLOAT)
def signed_correlation(values: Array, data1: Array, data2: Array, *, which: int, kernel_size: int, max_displacement: int,
                       stride1: int, stride2: int, pad_size: int):
    """``values`` in place of one image where the signs of the differences of the images weigh them."""
    pairs = _Pairs(data1.shape, kernel_size, max_displacement, stride1, stride2, pad_size)
    a, b, x = pairs.padded(data1), pairs.padded(data2), pairs.padded(values)
    y = pairs.new(a)
    for k, move, tap in pairs:
        s = np.sign(pairs.view(a, tap) - pairs.view(b, tap, move))
        y[:, k] += np.einsum("nchw,nchw->nhw", s, pairs.view(x, tap) if which == 1 else -pairs.view(x, tap, move))
    y /= y.dtype.type(pairs.size)
    return y.astype(values.dtype, copy=False)


@backward_correlation.gradient
def _backward_correlation_gradient(dy, grad, data1, data2, need, which, kernel_size, max_displacement, stride1, stride2,
                                   pad_size, is_multiply):
    where = _parameters(locals())
    if not is_multiply:
        zeros = [F.zeros_like(d) if n else None for d, n in zip((data1, data2), need[1:])]
        return [F._signed_Correlation(dy, data1, data2, which=which, **where) if need[0] else None, *zeros]
    # the map is linear in the gradient and in the other image, and does not depend on its own
    other = 3 - which
    pair = (dy, data2) if which == 1 else (data1, dy)
    through = [None, None]
    if need[other]:
        through[other - 1] = F._backward_Correlation(grad, *pair, which=other, is_multiply=True, **where)
    if need[which]:
        through[which - 1] = F.zeros_like(data1)
    return [F.Correlation(*pair, **where) if need[0] else None, *through]


signed_correlation.gradient(
    values=lambda dy, data1, data2, which, kernel_size, max_displacement, stride1, stride2, pad_size:
        F._backward_Correlation(dy, data1, data2, which=which, is_multiply=False, **_parameters(locals())),
    data1=ZERO, data2=ZERO)
