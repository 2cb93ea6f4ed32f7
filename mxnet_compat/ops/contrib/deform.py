"""Deformable convolutions: the taps of the kernel are moved by offsets that are data, and may be weighed by a mask.

Each is a composition: places of taps, bilinear sampling (``nn/sampling.py``), and a pointwise convolution of what was
sampled; so gradients of every order follow.
"""
from typing import Annotated, Literal

import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, composite, operator
from ..nn.conv import _conv_shapes, _geometry
from ..nn.sampling import sample
from ..params import Ge, Shape

_Natural = Annotated[int, Ge(1)]
_Layout = Literal[None, "NCDHW", "NCHW", "NCW"]
_NEEDS = {"bias": lambda p: not p["no_bias"]}


def _shapes(data, offset, mask, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, groups, no_bias,
            layout):
    """Shapes of (data, offset, mask, weight, bias) completed, and that of the result."""
    if len(kernel) != 2:
        raise ValueError(f"kernel must be 2 integers, got {kernel}")
    (data, weight, bias), (out,) = _conv_shapes(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group,
                                                no_bias, layout)
    if out is None:
        return (data, offset, mask, weight, bias), (None,)
    if (data[1] or 0) % groups:
        raise ValueError(f"num_deformable_group must divide the channels of data ({data[1]}), got {groups}")
    taps = kernel[0] * kernel[1] * groups
    for name, given, channels in (("offset", offset, 2 * taps), ("mask", mask, taps)):
        wanted = (data[0], channels, *out[2:])
        if given is not None and (len(given) != 4 or any(a and b and a != b for a, b in zip(given, wanted))):
            raise ValueError(f"{name} must have shape {wanted}, got {tuple(given)}")
    offset = (data[0], 2 * taps, *out[2:])
    return (data, offset, (data[0], taps, *out[2:]), weight, bias), (out,)


def _lattice(kernel, stride, dilate, pad, out, dtype):
    """The places (2, taps, H * W) of all taps before they are moved."""
    axes = []
    for a in range(2):
        tap = np.arange(kernel[a]) * dilate[a] - pad[a]
        pixel = np.arange(out[a]) * stride[a]
        shape = [1, 1, 1, 1]
        shape[a], shape[2 + a] = kernel[a], out[a]
        at = np.add.outer(tap, pixel).reshape(shape)
        axes.append(np.broadcast_to(at, (*kernel, *out)).reshape(kernel[0] * kernel[1], out[0] * out[1]))
    return np.stack(axes).astype(dtype)


@operator("_tap_places", dtypes=FLOAT, outputs=2)
def tap_places(offset: Array, *, kernel: Shape, stride: Shape, dilate: Shape, pad: Shape, groups: int):
    """Where the taps of a deformable convolution lie: y and x, each (N * groups, taps * H * W)."""
    n, (h, w) = offset.shape[0], offset.shape[2:]
    moved = offset.reshape(n * groups, kernel[0] * kernel[1], 2, h * w)
    base = _lattice(kernel, stride, dilate, pad, (h, w), offset.dtype)
    return tuple([(moved[:, :, a] + base[a]).reshape(n * groups, -1) for a in range(2)])


@tap_places.gradient
def _tap_places_gradient(dy0, dy1, offset_like, need, kernel, groups):
    n, _, h, w = offset_like.shape
    parts = [F.reshape(dy, shape=(n * groups * kernel[0] * kernel[1], h * w)) for dy in (dy0, dy1)]
    return [F.reshape(F.stack(*parts, axis=1), shape=offset_like.shape)]


def _convolve(data, offset, mask, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, groups, no_bias,
              layout, cut):
    shapes = [None if a is None else a.shape for a in (data, offset, mask, weight, bias)]
    _, (out,) = _shapes(*shapes, kernel, stride, dilate, pad, num_filter, num_group, groups, no_bias, layout)
    stride, dilate, pad = _geometry(kernel, stride, dilate, pad, layout)
    n, c, h, w = data.shape
    taps = kernel[0] * kernel[1]
    y, x = F._tap_places(offset, kernel=kernel, stride=stride, dilate=dilate, pad=pad, groups=groups)
    scale = None if mask is None else F.reshape(mask, shape=y.shape)
    if cut:
        # the older operator has nothing at places outside, and repeats the last row and column up to the edge
        scale = F._inside(y, x, height=h, width=w)
        y, x = F._minimum_scalar(y, scalar=h - 1), F._minimum_scalar(x, scalar=w - 1)
    columns = sample(F.reshape(data, shape=(n * groups, c // groups, h, w)), y, x, scale)
    columns = F.reshape(columns, shape=(n, c * taps, *out[2:]))
    weight = F.reshape(weight, shape=(num_filter, c // num_group * taps, 1, 1))
    return F.Convolution(columns, weight, bias, kernel=(1, 1), num_filter=num_filter, num_group=num_group,
                         no_bias=no_bias)


@operator("_inside", dtypes=FLOAT)
def inside(y: Array, x: Array, *, height: int, width: int):
    """1 where a place is in the image, [0, height) by [0, width), else 0."""
    return ((y >= 0) & (y < height) & (x >= 0) & (x < width)).astype(y.dtype)


inside.gradient(y=ZERO, x=ZERO)


@composite("_contrib_DeformableConvolution", dtypes=FLOAT, needs=_NEEDS)
def deformable_convolution(data: Array, offset: Array, weight: Array, bias: Array | None = None, *, kernel: Shape,
                           stride: Shape = (), dilate: Shape = (), pad: Shape = (), num_filter: _Natural,
                           num_group: _Natural = 1, num_deformable_group: _Natural = 1, workspace: int = 1024,
                           no_bias: bool = False, layout: _Layout = None):
    """A 2-D convolution whose taps are moved by ``offset`` (N, groups * taps * 2, H', W'), y before x.

    As ``Convolution`` otherwise; each of the ``num_deformable_group`` groups of channels has offsets of its own. What
    lies outside the image is 0. MXNetError where shapes do not fit.
    """
    return _convolve(data, offset, None, weight, bias, kernel, stride, dilate, pad, num_filter, num_group,
                     num_deformable_group, no_bias, layout, True)


@deformable_convolution.shapes
def _deformable_rule(data, offset, weight, bias=None, *, kernel, stride, dilate, pad, num_filter, num_group,
                     num_deformable_group, no_bias, layout, **_):
    (data, offset, _, weight, bias), out = _shapes(data, offset, None, weight, bias, kernel, stride, dilate, pad,
                                                   num_filter, num_group, num_deformable_group, no_bias, layout)
    return (data, offset, weight, bias), out


@composite("_contrib_ModulatedDeformableConvolution", dtypes=FLOAT, needs=_NEEDS)
def modulated_deformable_convolution(data: Array, offset: Array, mask: Array, weight: Array, bias: Array | None = None,
                                     *, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = (),
                                     num_filter: _Natural, num_group: _Natural = 1,
                                     num_deformable_group: _Natural = 1, workspace: int = 1024, no_bias: bool = False,
                                     im2col_step: int = 64, layout: _Layout = None):
    """As ``DeformableConvolution``, with every tap weighed by ``mask`` (N, groups * taps, H', W').

    Pixels outside count as 0 in the interpolation, so that values fade out over a pixel. MXNetError where shapes do not
    fit.
    """
    return _convolve(data, offset, mask, weight, bias, kernel, stride, dilate, pad, num_filter, num_group,
                     num_deformable_group, no_bias, layout, False)


@modulated_deformable_convolution.shapes
def _modulated_rule(data, offset, mask, weight, bias=None, *, kernel, stride, dilate, pad, num_filter, num_group,
                    num_deformable_group, no_bias, layout, **_):
    return _shapes(data, offset, mask, weight, bias, kernel, stride, dilate, pad, num_filter, num_group,
                   num_deformable_group, no_bias, layout)
