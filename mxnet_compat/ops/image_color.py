"""Operators of ``mx.nd.image`` that change colors or mirror images, by fixed amounts or at random.

Arithmetic is that of float32, and integers are cut (uint8 after clipping to 0 … 255).
"""
from typing import Annotated

import numpy as np

from . import functional as F
from . import shapes
from .declare import NONE, Array, Rng, operator
from .image import check_image, flip_left_right, flip_top_bottom
from .params import Floats, Ge

Factor = Annotated[float, Ge(0)]
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
#: Directions of natural variation of color, times their lengths (AlexNet's); a column a component.
_EIGEN = (np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
          * [55.46, 4.794, 1.148]).astype(np.float32)


def _wide(data):
    return data.astype(np.float64 if data.dtype == np.float64 else np.float32, copy=False)


def _narrow(y, dtype):
    if dtype.kind == "f":
        return y.astype(dtype, copy=False)
    if dtype == np.uint8:
        return np.clip(y, 0, 255).astype(dtype)
    return y.astype(np.int64).astype(dtype)


def _grey(x):
    """(…, 1): how bright a pixel is."""
    return x if x.shape[-1] == 1 else (x * _GREY.astype(x.dtype)).sum(-1, keepdims=True)


def _blend(data, other, factor):
    x = _wide(data)
    f = x.dtype.type(factor)
    return _narrow(x * f + (1 - f) * other(x), data.dtype)


def _brightness(data, factor):
    return _narrow(_wide(data) * np.float32(factor), data.dtype)


def _contrast(data, factor):
    return _blend(data, lambda x: _grey(x).mean(dtype=np.float64).astype(x.dtype), factor)


def _saturation(data, factor):
    if data.shape[-1] == 1:
        return data.copy()
    # real MXNet adds up no channels here: what it blends with is the share of blue alone
    return _blend(data, lambda x: x[..., 2:] * x.dtype.type(_GREY[2]), factor)


def _hue(data, turn):
    """Hues turned by a part of the circle, in hue, lightness and saturation."""
    if data.shape[-1] == 1:
        return data.copy()
    x = _wide(data) / np.float32(255)
    t = x.dtype.type
    r, g, b = np.moveaxis(x, -1, 0)
    high, low = x.max(-1), x.min(-1)
    spread, light = high - low, (high + low) * t(0.5)
    colored = spread > np.finfo(np.float32).eps
    with np.errstate(all="ignore"):
        saturation = spread / np.where(light < 0.5, high + low, 2 - high - low)
        degrees = np.where(high == r, g - b, np.where(high == g, b - r, r - g)) * (60 / spread)
    degrees += np.where(high == r, t(0), np.where(high == g, t(120), t(240)))
    degrees = np.where(colored, np.where(degrees < 0, degrees + 360, degrees), t(0)) + t(turn * 360)
    saturation = np.where(colored, saturation, t(0))
    top = np.where(light <= 0.5, light * (1 + saturation), light + saturation - light * saturation)
    bottom = 2 * light - top
    place = np.mod(degrees * t(1 / 60), t(6))
    sector = np.floor(place)
    part, sector = place - sector, sector.astype(int)
    rising, falling = bottom + (top - bottom) * part, bottom + (top - bottom) * (1 - part)
    # a channel rises in one sector of the circle, is up for two, falls in one and is down for two
    y = np.stack([np.choose((sector + shift) % 6, [rising, top, top, falling, bottom, bottom]) for shift in (2, 0, 4)], -1)
    return _narrow(y * np.float32(255), data.dtype)


def _lighting(data, alpha):
    if len(alpha) < 3:
        raise ValueError(f"alpha must have three numbers, got {alpha}")
    if data.shape[-1] == 1:
        return data.copy()
    x = _wide(data)
    return _narrow(x + (_EIGEN @ np.array(alpha[:3], np.float32)).astype(x.dtype), data.dtype)


@operator("_image_adjust_lighting")
def adjust_lighting(data: Array, *, alpha: Floats):
    """Colors (height, width, 3) moved along their three main directions of variation, by the numbers ``alpha``."""
    check_image(data, False)
    return _lighting(data, alpha)


adjust_lighting.gradient(data=lambda dy: dy)


@operator("_image_random_lighting")
def random_lighting(data: Array, *, alpha_std: float = 0.05, rng: Rng = None):
    """``adjust_lighting`` by normal numbers of that standard deviation."""
    check_image(data, False)
    return _lighting(data, rng.normal(0, alpha_std, 3))


random_lighting.gradient(data=lambda dy: dy)


def _random(name, change, doc, **rules):
    """Declare a change by a factor drawn between two; the factor is a hidden output, for the gradient."""
    def body(data: Array, *, min_factor: Factor, max_factor: Factor, rng: Rng = None):
        check_image(data, False)
        factor = min_factor + (max_factor - min_factor) * rng.random()
        return change(data, factor), np.array([factor], data.dtype)
    body.__doc__ = doc
    op = operator(name, outputs=2, visible=1)(body)
    op.shape_rule = lambda data, **_: ((data,), (data, (1,)))
    return op.gradient(**rules)


def _contrast_gradient(dy0, y1, data_like):
    h, w, c = data_like.shape
    rest = F.sum(dy0) * (1 - y1) * (1 / (h * w))
    return dy0 * F.reshape(y1, shape=(1, 1, 1)) + _weights(c, rest)


def _saturation_gradient(dy0, y1, data_like):
    if data_like.shape[2] == 1:
        return dy0
    f = F.reshape(y1, shape=(1, 1, 1))
    blue = F.sum(dy0, axis=2, keepdims=True) * ((1 - f) * float(_GREY[2]))
    return dy0 * f + F.Concat(F.zeros_like(blue), F.zeros_like(blue), blue, dim=2)


def _weights(channels, amount):
    """``amount`` by channel, as it counts in a grey value."""
    amount = F.reshape(amount, shape=(1, 1, 1))
    if channels == 1:
        return amount
    return F.Concat(*[amount * float(g) for g in _GREY], dim=2)


random_brightness = _random("_image_random_brightness", _brightness,
                            "An image (height, width, 1 or 3) times a factor drawn between two.",
                            data=lambda dy0, y1: dy0 * F.reshape(y1, shape=(1, 1, 1)))
random_contrast = _random("_image_random_contrast", _contrast,
                          "An image blended with its mean grey value; factor 1 is the image.", data=_contrast_gradient)
random_saturation = _random("_image_random_saturation", _saturation,
                            "An image blended with the blue share of its grey; factor 1 is the image.",
                            data=_saturation_gradient)
random_hue = _random("_image_random_hue", _hue, "An image whose hues are turned by a part of the circle.", data=NONE)


@operator("_image_random_color_jitter")
def random_color_jitter(data: Array, *, brightness: float, contrast: float, saturation: float, hue: float,
                        rng: Rng = None):
    """The four changes in random order, by factors within so much of 1 (hue: of 0); an amount of 0 leaves one out."""
    check_image(data, False)
    changes = [(_brightness, 1, brightness), (_contrast, 1, contrast), (_saturation, 1, saturation), (_hue, 0, hue)]
    y = data.copy()
    for k in rng.permutation(4):
        change, center, amount = changes[k]
        if amount > 0:
            y = change(y, center + amount * (2 * rng.random() - 1))
    return y


random_color_jitter.gradient(data=NONE)


def _random_flip(name, flip, axis):
    def body(data: Array, *, rng: Rng = None):
        check_image(data, False)
        turn = rng.random() < 0.5
        return (flip.body(data) if turn else data.copy()), np.array([turn], data.dtype)
    body.__doc__ = f"``{flip.name[7:]}`` every other time, at random."
    op = operator(name, outputs=2, visible=1)(body)
    op.shape_rule = lambda data: ((data,), (data, (1,)))
    return op.gradient(data=lambda dy0, y1: F.where(F.broadcast_like(F.reshape(y1, shape=(1, 1, 1)), dy0),
                                                    F.reverse(dy0, axis=axis), dy0))


random_flip_left_right = _random_flip("_image_random_flip_left_right", flip_left_right, 1)
random_flip_top_bottom = _random_flip("_image_random_flip_top_bottom", flip_top_bottom, 0)

for _op in (adjust_lighting, random_lighting, random_color_jitter):
    _op.shape_rule = shapes.same
