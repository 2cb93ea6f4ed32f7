"""Operators of ``mx.nd.image`` and of OpenCV's place in MXNet: tensors, flips, crops, sizes, borders.

Images are (height, width, channels), as they come from a decoder; only ``normalize`` takes channels first. Sizes are in
``resample.py``, changes of color and at random in ``image_color.py``; encoded images are read by ``codec.py``.
"""
from typing import Annotated

import numpy as np

from . import functional as F
from . import resample
from .declare import NUMERIC, ZERO, Array, operator
from .params import Floats, Ge, Shape

_PIXELS = frozenset(np.dtype(t) for t in ("uint8", "float32", "float64"))


def check_image(data, batch=True):
    """Refuse what is no image of one or three channels, or no batch of such."""
    if data.ndim not in ((3, 4) if batch else (3,)) or data.shape[-1] not in (1, 3):
        raise ValueError(f"data must have the shape ({'[batch, ]' if batch else ''}height, width, 1 or 3), got "
                         f"{data.shape}")


def _channels_first(data):
    return data.transpose(2, 0, 1) if data.ndim == 3 else data.transpose(0, 3, 1, 2)


@operator("_image_to_tensor")
def to_tensor(data: Array):
    """An image (height, width, channels), or a batch, of 0 to 255 as float32 of 0 to 1 with the channels first."""
    if data.ndim not in (3, 4):
        raise ValueError(f"data must have the shape ([batch, ]height, width, channels), got {data.shape}")
    y = _channels_first(data).astype(np.float32, order="C")
    y /= np.float32(255)
    return y


to_tensor.type_rule = lambda data: ((data,), ("float32",))
to_tensor.shape_rule = lambda data: (
    (data,), (None if data is None else (*data[:-3], data[-1], *data[-3:-1]),))
to_tensor.gradient(data=lambda dy, data_like: F.Cast(
    F.transpose(dy * (1 / 255), axes=(1, 2, 0) if dy.ndim == 3 else (0, 2, 3, 1)), dtype=data_like.dtype.name))


def _column(values, channels, name):
    if len(values) not in (1, channels):
        raise ValueError(f"{name} must have one number or {channels}, got {values}")
    return np.array(values).reshape(-1, 1, 1)


def _normal_check(data):
    if data.ndim not in (3, 4) or data.shape[-3] not in (1, 3):
        raise ValueError(f"data must have the shape ([batch, ]1 or 3, height, width), got {data.shape}")


@operator("_image_normalize")
def normalize(data: Array, *, mean: Floats = (0.0, 0.0, 0.0, 0.0), std: Floats = (1.0, 1.0, 1.0, 1.0)):
    """``(data - mean) / std`` by channel, for ([batch, ]1 or 3, height, width); one number serves all channels."""
    _normal_check(data)
    mean, std = _column(mean, data.shape[-3], "mean"), _column(std, data.shape[-3], "std")
    wide = data.dtype if data.dtype == np.float64 else np.float32
    y = (data - mean.astype(wide)) / std.astype(wide)
    if data.dtype.kind != "f":
        y = y.astype(np.int64)      # whose low bits are what MXNet keeps of negative numbers
    return y.astype(data.dtype, copy=False)


@operator("_backward_image_normalize")
def backward_normalize(data: Array, *, std: Floats):
    """``data / std`` by channel."""
    return (data / _column(std, data.shape[-3], "std").astype(data.dtype)).astype(data.dtype, copy=False)


normalize.gradient(data=lambda dy, std: F._backward_image_normalize(dy, std=std))
backward_normalize.gradient(data=lambda dy, std: F._backward_image_normalize(dy, std=std))


@operator("_image_flip_left_right")
def flip_left_right(data: Array):
    """An image (height, width, 1 or 3) seen in a mirror."""
    check_image(data, False)
    return data[:, ::-1].copy()


@operator("_image_flip_top_bottom")
def flip_top_bottom(data: Array):
    """An image (height, width, 1 or 3) upside down."""
    check_image(data, False)
    return data[::-1].copy()


flip_left_right.gradient(data=lambda dy: F.reverse(dy, axis=1))
flip_top_bottom.gradient(data=lambda dy: F.reverse(dy, axis=0))


@operator("_image_crop")
def crop(data: Array, *, x: int, y: int, width: int, height: int):
    """The part of ([batch, ]height, width, 1 or 3) whose upper left corner is (x, y)."""
    check_image(data)
    h, w = data.shape[-3:-1]
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > w or y + height > h:
        raise ValueError(f"a part of {height} by {width} at y={y}, x={x} is not inside of an image of {h} by {w}")
    return data[..., y:y + height, x:x + width, :].copy()


@operator("_backward_image_crop")
def backward_crop(data: Array, *, x: int, y: int, width: int, height: int):
    """Zeros of ``height`` by ``width`` with ``data`` at (x, y)."""
    out = np.zeros((*data.shape[:-3], height, width, data.shape[-1]), data.dtype)
    h, w = data.shape[-3:-1]
    out[..., y:y + h, x:x + w, :] = data
    return out


crop.gradient(data=lambda dy, x, y, data_like: F._backward_image_crop(
    dy, x=x, y=y, height=data_like.shape[-3], width=data_like.shape[-2]))
backward_crop.gradient(data=lambda dy, x, y, data_like: F._image_crop(
    dy, x=x, y=y, height=data_like.shape[-3], width=data_like.shape[-2]))


# sizes

def _target(shape, size, keep_ratio):
    """(width, height) that ``size`` means for an image of that shape."""
    h, w = shape[-3:-1]
    if len(size) not in (1, 2) or min(size) < 1:
        raise ValueError(f"size must be one or two positive numbers, got {size}")
    if len(size) == 2:
        return size
    if not keep_ratio:
        return size[0], size[0]
    return (int(w * size[0] / h), size[0]) if h < w else (size[0], int(h * size[0] / w))


def _each(data, function):
    """``function`` of an image, or of each image of a batch."""
    if data.ndim == 3:
        return function(data)
    return np.stack([function(image) for image in data])


@operator("_image_resize", dtypes=_PIXELS)
def resize(data: Array, *, size: Shape = (), keep_ratio: bool = False, interp: int = 1):
    """An image ([batch, ]height, width, channels) in another size: a number, or (width, height).

    With ``keep_ratio`` one number is the length of the shorter side. ``interp`` is OpenCV's: 0 nearest, 1 bilinear,
    2 bicubic, 3 area, 4 Lanczos.
    """
    if data.ndim not in (3, 4):
        raise ValueError(f"data must have the shape ([batch, ]height, width, channels), got {data.shape}")
    w, h = _target(data.shape, size, keep_ratio)
    return _each(data, lambda image: resample.resize(image, w, h, interp))


def _resize_shape(data, *, size, keep_ratio, **_):
    if data is None:
        return (data,), (None,)
    w, h = _target(data, size, keep_ratio)
    return (data,), ((*data[:-3], h, w, data[-1]),)


resize.shape_rule = _resize_shape


@operator("_backward_image_resize", dtypes=_PIXELS)
def backward_resize(data: Array, *, shape: Shape, interp: int):
    """The gradient ``data`` of an image's other size as that of the image, which is (height, width) of ``shape``."""
    return _weighed(data, shape, data.shape[-3:-1], interp, True)


@operator("_backward_backward_image_resize", dtypes=_PIXELS)
def resize_linearly(data: Array, *, shape: Shape, interp: int):
    """The weighted sums of resizing alone: what ``_backward_image_resize`` is the gradient of."""
    return _weighed(data, data.shape[-3:-1], shape, interp, False)


def _weighed(data, small, large, interp, back):
    (h, w), (out_h, out_w) = small, large
    rows = resample.matrix(h, out_h, w, out_w, interp).astype(data.dtype)
    columns = resample.matrix(w, out_w, h, out_h, interp).astype(data.dtype)
    if back:
        rows, columns = rows.T, columns.T
    return np.einsum("yh,xw,...hwc->...yxc", rows, columns, data, optimize=True)


resize.gradient(data=lambda dy, data_like, interp: F._backward_image_resize(
    dy, shape=data_like.shape[-3:-1], interp=interp))
backward_resize.gradient(data=lambda dy, data_like, interp: F._backward_backward_image_resize(
    dy, shape=data_like.shape[-3:-1], interp=interp))
resize_linearly.gradient(data=lambda dy, data_like, interp: F._backward_image_resize(
    dy, shape=data_like.shape[-3:-1], interp=interp))


@operator("_cvimresize", dtypes=_PIXELS)
def cvimresize(src: Array, *, w: Annotated[int, Ge(1)], h: Annotated[int, Ge(1)], interp: int = 1):
    """An image (height, width, channels) as (h, w, channels); ``interp`` as in ``mx.nd.image.resize``."""
    if src.ndim != 3:
        raise ValueError(f"src must have the shape (height, width, channels), got {src.shape}")
    return resample.resize(src, w, h, interp)


cvimresize.shape_rule = lambda src, *, w, h, interp: ((src,), (None if src is None else (h, w, src[2]),))
cvimresize.gradient(src=ZERO)

_BORDERS = {1: "edge", 2: "symmetric", 3: "wrap", 4: "reflect"}


@operator("_cvcopyMakeBorder", dtypes=NUMERIC)
def copy_make_border(src: Array, *, top: int, bot: int, left: int, right: int, type: int = 0, value: float = 0.0,
                     values: Floats = ()):
    """An image (height, width, channels) with borders of so many pixels.

    ``type`` is OpenCV's: 0 constant (``value``, or ``values`` by channel), 1 the edge, 2 mirrored with the edge, 3 from
    the other side, 4 mirrored without the edge.
    """
    if src.ndim != 3 or min(top, bot, left, right) < 0:
        raise ValueError(f"src must have the shape (height, width, channels) and borders not be negative, got "
                         f"{src.shape} and {(top, bot, left, right)}")
    width = ((top, bot), (left, right), (0, 0))
    if type in _BORDERS:
        return np.pad(src, width, _BORDERS[type])
    if type:
        raise ValueError(f"type must be one of 0 to 4, got {type}")
    y = np.empty((src.shape[0] + top + bot, src.shape[1] + left + right, src.shape[2]), src.dtype)
    fill = np.zeros(src.shape[2])
    fill[:len(values)] = values[:src.shape[2]]
    y[...] = fill if values else value
    y[top:top + src.shape[0], left:left + src.shape[1]] = src
    return y


copy_make_border.gradient(src=ZERO)
