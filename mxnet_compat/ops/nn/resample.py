"""Changing the size of images: ``UpSampling``, ``BilinearResize2D`` and ``AdaptiveAvgPooling2D``.

The last two are linear maps along one axis after the other, hence products with small matrices, and so are their
gradients.
"""
import functools
from typing import Annotated, Literal

import numpy as np

from ...backend import pool
from .. import functional as F
from ..declare import FLOAT, ZERO, AnyArray, Array, composite, operator
from ..params import Ge, Shape
from .infer import fitted


def _four(shape):
    if len(shape) != 4:
        raise ValueError(f"data must have 4 dimensions (batch, channel, y, x), got {len(shape)}")


# nearest neighbours

@operator("_upsample_nearest", dtypes=FLOAT)
def upsample_nearest(data: Array, *, scale: Annotated[int, Ge(1)]):
    """Each pixel of ``data`` (N, C, H, W) ``scale`` times in both directions."""
    _four(data.shape)
    n, c, h, w = data.shape
    y = pool.empty((n, c, h, scale, w * scale), data.dtype)
    y[...] = np.repeat(data, scale, axis=3)[:, :, :, None]
    return y.reshape(n, c, h * scale, w * scale)


upsample_nearest.gradient(
    data=lambda dy, scale: F.Pooling(dy, kernel=(scale, scale), stride=(scale, scale), pool_type="sum"))


def _factors(shapes, scale):
    """By how much each input is scaled: all come to the size of the first one scaled."""
    for s in shapes:
        _four(s)
    height, width = shapes[0][2] * scale, shapes[0][3] * scale
    factors = [height // s[2] if s[2] else 1 for s in shapes]
    for k, (f, s) in enumerate(zip(factors, shapes)):
        if (s[2] * f, s[3] * f) != (height, width):
            raise ValueError(f"data[{k}] of {s[2]} by {s[3]} pixels does not scale to {height} by {width}")
    return factors


def _bilinear(shapes, scale, num_filter):
    """(kernel size, padding) of the transposed convolution that scales by ``scale``."""
    if len(shapes) != 2:
        raise ValueError(f"sample_type 'bilinear' takes data and weight, got {len(shapes)} arrays")
    if num_filter < 1:
        raise ValueError(f"num_filter must be given for sample_type 'bilinear', got {num_filter}")
    kernel = 2 * scale - scale % 2
    return kernel, scale // 2


@composite("UpSampling", key="num_args")
def upsampling(*data: Array, scale: Annotated[int, Ge(1)], num_filter: int = 0,
               sample_type: Literal["bilinear", "nearest"], multi_input_mode: Literal["concat", "sum"] = "concat",
               workspace: int = 512):
    """Images (N, C, H, W) enlarged by ``scale``.

    ``nearest`` repeats pixels; further inputs are brought to the same size and joined along the channels or summed
    (``multi_input_mode``). ``bilinear`` takes ``data`` and a ``weight`` (C, 1, k, k), with ``k = 2 scale - scale % 2``,
    of a transposed convolution a channel. MXNetError where sizes do not fit.
    """
    shapes = [d.shape for d in data]
    if sample_type == "bilinear":
        kernel, pad = _bilinear(shapes, scale, num_filter)
        return F.Deconvolution(*data, kernel=(kernel, kernel), stride=(scale, scale), pad=(pad, pad), no_bias=True,
                               num_filter=num_filter, num_group=num_filter)
    larger = [F._upsample_nearest(d, scale=f) for d, f in zip(data, _factors(shapes, scale))]
    if len(larger) == 1:
        return larger[0]
    return F.Concat(*larger, dim=1) if multi_input_mode == "concat" else F.add_n(*larger)


@upsampling.shapes
def _upsampling_rule(*shapes, scale, num_filter, sample_type, multi_input_mode, **_):
    if shapes[0] is None:
        return shapes, (None,)
    if sample_type == "bilinear":
        kernel, _ = _bilinear(shapes, scale, num_filter)
        _four(shapes[0])
        weight = fitted("weight", shapes[1], (shapes[0][1], 1, kernel, kernel))
        n, _, h, w = shapes[0]
        return (shapes[0], weight), ((n, num_filter, (h or 0) * scale, (w or 0) * scale),)
    if any(s is None or not all(s) for s in shapes):
        return shapes, (None,)
    _factors(shapes, scale)
    channels = [s[1] for s in shapes]
    if multi_input_mode == "sum" and len(set(channels)) > 1:
        raise ValueError(f"multi_input_mode 'sum' takes inputs of one number of channels, got {channels}")
    total = sum(channels) if multi_input_mode == "concat" else channels[0]
    return shapes, ((shapes[0][0], total, shapes[0][2] * scale, shapes[0][3] * scale),)


# linear maps along axes

@functools.lru_cache(maxsize=64)
def _matrix(kind, size, out, dtype):
    """The map (out, size) along one axis: averages of adjacent stretches, or interpolation between two neighbours."""
    m = np.zeros((out, size))
    o = np.arange(out)
    if kind == "adaptive":
        for i in range(out):
            first, end = i * size // out, -(-(i + 1) * size // out)
            m[i, first:end] = 1 / (end - first)
    else:
        # a single row or column is the first one in either case
        if kind == "corners":
            at = o * ((size - 1) / max(out - 1, 1))
        else:
            at = np.maximum((o + 0.5) * (size / out if out > 1 else 0) - 0.5, 0)
        low = np.minimum(at.astype(np.int64), size - 1)
        part = np.where(low + 1 < size, at - low, 0)
        m[o, low] = 1 - part
        m[o, np.minimum(low + 1, size - 1)] += part
    m = m.astype(dtype)
    m.flags.writeable = False
    return m


def _apply(rows, columns, x):
    """``rows @ x @ columns.T`` for the last two axes of ``x``; in the order that is cheaper."""
    h, w = x.shape[2:]
    if len(rows) * w * (h + len(columns)) <= h * len(columns) * (w + len(rows)):
        return np.matmul(np.matmul(rows, x), columns.T)
    return np.matmul(rows, np.matmul(x, columns.T))


def _apply_sparsely(rows, columns, x):
    """As ``_apply``, but inf and nan stay where their weight is not 0."""
    y = np.zeros((*x.shape[:2], len(rows), len(columns)), x.dtype)
    for i, j in zip(*np.nonzero(rows)):
        for k in range(columns.shape[1]):
            hit = np.nonzero(columns[:, k])[0]
            y[:, :, i, hit] += rows[i, j] * x[:, :, j, k, None] * columns[hit, k]
    return y


@operator("_resample2d", dtypes=FLOAT)
def resample2d(data: Array, *, kind: Literal["adaptive", "corners", "centers"], size: Shape, to: Shape,
               transpose: bool = False):
    """The linear map from images of ``size`` to images of ``to`` (height, width), or its transpose."""
    x = data.astype(np.float32) if data.dtype == np.float16 else data
    rows, columns = (_matrix(kind, s, o, x.dtype.name) for s, o in zip(size, to))
    if transpose:
        rows, columns = rows.T, columns.T
    with np.errstate(invalid="ignore", over="ignore"):
        y = _apply(rows, columns, x)
        if not np.isfinite(y).all():
            y = _apply_sparsely(rows, columns, x)
    return np.ascontiguousarray(y, data.dtype)


resample2d.gradient(data=lambda dy, kind, size, to, transpose: F._resample2d(dy, kind=kind, size=size, to=to,
                                                                             transpose=not transpose))


def _adaptive_size(output_size):
    if len(output_size) in (1, 2):
        return (output_size[0], output_size[-1])
    return (1, 1)


@composite("_contrib_AdaptiveAvgPooling2D")
def adaptive_avg_pooling2d(data: Array, *, output_size: Shape = ()):
    """Averages of ``data`` (N, C, H, W) over ``output_size`` stretches of rows and columns of about the same length.

    Stretch ``i`` of ``n`` reaches from ``floor(i H / n)`` to ``ceil((i + 1) H / n)``. ``output_size`` is one number or
    (height, width); else 1. MXNetError unless ``data`` has 4 dimensions.
    """
    _adaptive_rule(data.shape, output_size=output_size)
    return F._resample2d(data, kind="adaptive", size=data.shape[2:], to=_adaptive_size(output_size))


@adaptive_avg_pooling2d.shapes
def _adaptive_rule(data, *, output_size):
    if data is None:
        return (data,), (None,)
    _four(data)
    out = _adaptive_size(output_size)
    if min(out) < 1:
        raise ValueError(f"output_size must be positive, got {output_size}")
    return (data,), ((*data[:2], *out),)


_SIZES = {
    "to_even_down": lambda n: n - n % 2, "to_even_up": lambda n: n + n % 2,
    "to_odd_down": lambda n: n - 1 + n % 2, "to_odd_up": lambda n: n + 1 - n % 2,
}


def _resized(data, like, height, width, scale_height, scale_width, mode):
    """(height, width) of the result."""
    _four(data)
    h, w = data[2:]
    if mode == "like":
        _four(like)
        return tuple(like[2:])
    if mode in _SIZES:
        return _SIZES[mode](h), _SIZES[mode](w)
    if scale_height is None and mode == "size":
        return height, width
    if scale_height is None or scale_width is None:
        raise ValueError(f"mode {mode!r} with a scale wants scale_height and scale_width, got {scale_height} and "
                         f"{scale_width}")
    if mode == "odd_scale":
        # an odd size stays odd: its pixels but the last are scaled
        return tuple([int(n * s) if n % 2 == 0 else int((n - 1) * s) + 1
                      for n, s in ((h, scale_height), (w, scale_width))])
    return int(h * scale_height), int(w * scale_width)


@operator("_contrib_BilinearResize2D", dtypes=FLOAT, needs={"like": lambda p: p["mode"] == "like"})
def bilinear_resize2d(data: Array, like: AnyArray | None = None, *, height: Annotated[int, Ge(1)] = 1,
                      width: Annotated[int, Ge(1)] = 1, scale_height: float | None = None,
                      scale_width: float | None = None,
                      mode: Literal["like", "odd_scale", "size", "to_even_down", "to_even_up", "to_odd_down",
                                    "to_odd_up"] = "size", align_corners: bool = True):
    """Images (N, C, H, W) brought to another size by bilinear interpolation.

    ``mode`` says to which: ``size`` to ``height`` and ``width``, or by the scales where they are given; ``odd_scale`` by
    the scales, an odd size staying odd; ``like`` to the size of the second input; ``to_...`` to the next even or odd
    number. With ``align_corners`` corner pixels keep their places, else pixels' areas are aligned. MXNetError unless
    ``data`` has 4 dimensions.
    """
    if (like is None) == (mode == "like"):
        raise ValueError(f"like goes with mode 'like' and with it only, got mode {mode!r}")
    out = _resized(data.shape, like if like is None else like.shape, height, width, scale_height, scale_width, mode)
    return resample2d.body(data, kind="corners" if align_corners else "centers", size=data.shape[2:], to=out)


@bilinear_resize2d.shapes
def _bilinear_resize_rule(data, like=None, *, height, width, scale_height, scale_width, mode, **_):
    if data is None or (mode == "like" and like is None):
        return (data, like), (None,)
    return (data, like), ((*data[:2], *_resized(data, like, height, width, scale_height, scale_width, mode)),)


bilinear_resize2d.gradient(
    data=lambda dy, data_like, align_corners: F._resample2d(
        dy, kind="corners" if align_corners else "centers", size=data_like.shape[2:], to=dy.shape[2:], transpose=True),
    like=ZERO)
