"""What record iterators do to an image: size, warp, crop, colors, mirror, normalisation, on plain numpy arrays.

One ``RandomState`` a sample makes the draws, so that samples may be worked on in any order.
"""
import math

import numpy as np

from ..base import MXNetError
from ..ops import image_color, resample
from .warp import affine

__all__ = ["Options", "augmented", "cropped", "lightness", "mirrored", "narrow", "normalized", "resized", "shorter_side"]


class Options(dict):
    """Parsed parameters, read as attributes."""

    __getattr__ = dict.__getitem__


def method(interp, image, w, h, rng):
    """OpenCV's interpolation: 9 chooses by the sizes, 10 at random."""
    if interp == 9:
        old_h, old_w = image.shape[:2]
        if w > old_w and h > old_h:
            return resample.CUBIC
        return resample.AREA if w < old_w and h < old_h else resample.LINEAR
    return rng.randint(0, 5) if interp == 10 else interp


def resized(image, w, h, interp, rng):
    """The image in another size."""
    return resample.resize(image, w, h, method(interp, image, w, h, rng))


def shorter_side(image, size, interp, rng):
    """The image with a shorter side of ``size``."""
    h, w = image.shape[:2]
    return resized(image, size, int(h * size / w), interp, rng) if h > w else \
        resized(image, int(w * size / h), size, interp, rng)


def _warped(image, o, rng):
    """The random affine change, where its parameters ask for one."""
    plain = (not (o.max_rotate_angle > 0 or o.max_shear_ratio > 0 or o.rotate > 0)
             and o.max_random_scale == o.min_random_scale == 1 and o.min_img_size == 0 and o.max_img_size >= 1e10
             and (o.max_aspect_ratio == 0 or o.random_resized_crop))
    if plain:
        return image
    shear = rng.uniform(-1, 1) * o.max_shear_ratio
    angle = o.rotate if o.rotate > 0 else rng.randint(-o.max_rotate_angle, o.max_rotate_angle + 1)
    scale = rng.uniform(o.min_random_scale, o.max_random_scale)
    ratio = 1.0 if o.random_resized_crop else 1 + rng.uniform(-1, 1) * o.max_aspect_ratio
    return affine(image, angle, shear, scale, ratio, o.min_img_size, o.max_img_size, o.fill_value)


def cropped(image, w, h, at_random, rng):
    """A part of the image, in the middle or at a random place."""
    room = image.shape[0] - h, image.shape[1] - w
    y, x = (rng.randint(0, n + 1) if at_random else n // 2 for n in room)
    return image[y:y + h, x:x + w]


def _resized_crop(image, w, h, o, rng):
    """A part of random area and proportions, resized; None where ten tries do not fit."""
    rows, columns = image.shape[:2]
    low = 1 / (1 + o.max_aspect_ratio) if o.min_aspect_ratio is None else o.min_aspect_ratio
    high = 1 + o.max_aspect_ratio if o.min_aspect_ratio is None else o.max_aspect_ratio
    for _ in range(10):
        area = rng.uniform(o.min_random_area, o.max_random_area) * rows * columns
        ratio = rng.uniform(low, high)
        part_w, part_h = int(round(math.sqrt(area * ratio))), int(round(math.sqrt(area / ratio)))
        if rng.random_sample() < 0.5:
            part_w, part_h = part_h, part_w
        if 0 < part_w <= columns and 0 < part_h <= rows:
            return resized(cropped(image, part_w, part_h, True, rng), w, h, o.inter_method, rng)
    return None


def _window(image, w, h, o, rng):
    """The part that the data shape asks for."""
    if o.random_resized_crop:
        part = _resized_crop(image, w, h, o, rng)
        if part is not None:
            return part
    if o.max_crop_size != -1 or o.min_crop_size != -1:
        if min(image.shape[:2]) < o.max_crop_size or o.max_crop_size < o.min_crop_size:
            raise MXNetError(f"an image of {image.shape[:2]} has no part of max_crop_size {o.max_crop_size}")
        size = rng.randint(o.min_crop_size, o.max_crop_size + 1)
        return resized(cropped(image, size, size, o.rand_crop, rng), w, h, o.inter_method, rng)
    if image.shape[0] < h:
        image = resized(image, int(image.shape[1] * h / image.shape[0]), h, o.inter_method, rng)
    if image.shape[1] < w:
        image = resized(image, w, int(image.shape[0] * w / image.shape[1]), o.inter_method, rng)
    return cropped(image, w, h, o.rand_crop, rng)


def lightness(image, change):
    """Hue (in half degrees), saturation and lightness (of 255) changed by so much."""
    x = image.astype(np.float32) / 255
    high, low = x.max(-1), x.min(-1)
    light = (high + low) / 2
    new = np.clip(light + change[2] / 255, 0, 1)
    spread = high - low
    with np.errstate(all="ignore"):
        saturation = np.where(spread > 0, spread / np.where(light < 0.5, high + low, 2 - high - low), 0)
    target = np.clip(saturation + change[1] / 255, 0, 1) * np.where(new < 0.5, 2 * new, 2 - 2 * new)
    with np.errstate(all="ignore"):
        factor = np.where(spread > 0, target / spread, 0)
    y = (x - light[..., None]) * factor[..., None] + new[..., None]
    y = np.clip(y * 255, 0, 255)
    return image_color._hue(y, change[0] / 180) if change[0] else y


def colored(image, o, rng):
    """Random changes of color; integers stay integers."""
    if image.shape[-1] != 3:
        return image
    jitter = [(image_color._brightness, o.brightness), (image_color._contrast, o.contrast), (_saturated, o.saturation)]
    for k in rng.permutation(3):
        change, amount = jitter[k]
        if amount > 0:
            image = change(image, 1 + rng.uniform(-amount, amount))
    shifts = np.array([o.random_h, o.random_s, o.random_l])
    if shifts.any():
        image = lightness(image, shifts * rng.uniform(-1, 1, 3)).astype(np.uint8)
    if o.pca_noise > 0:
        image = image_color._lighting(image, rng.normal(0, o.pca_noise, 3))
    return image


def _saturated(image, factor):
    return image_color._blend(image, image_color._grey, factor)


def augmented(image, o, rng):
    """A decoded image (height, width, channels) as the part (h, w, channels) uint8 that the data shape asks for."""
    c, h, w = o.data_shape
    if o.resize != -1:
        image = shorter_side(image, o.resize, o.inter_method, rng)
    image = _warped(image, o, rng)
    if o.pad > 0:
        image = np.pad(image, ((o.pad, o.pad), (o.pad, o.pad), (0, 0)), constant_values=o.fill_value)
    return colored(_window(image, w, h, o, rng), o, rng)


def mirrored(image, o, rng):
    """The image in a mirror, always or every other time, where that is asked for."""
    return image[:, ::-1] if o.mirror or o.rand_mirror and rng.random_sample() < 0.5 else image


def narrow(image, mean, dtype):
    """Channels first, as uint8, or minus the mean and cut as int8: (channels, h, w)."""
    x = image.transpose(2, 0, 1)
    if dtype == "uint8":
        return x
    return np.clip(x if mean is None else x - mean, -128, 127).astype(np.int8)


def normalized(image, o, mean, rng):
    """Channels first, minus the mean, over the deviation, scaled: float32 (channels, h, w)."""
    x = image.transpose(2, 0, 1).astype(np.float32)
    if mean is not None:
        x -= mean
    if o.max_random_contrast > 0 or o.max_random_illumination > 0:
        x *= 1 + rng.uniform(-1, 1) * o.max_random_contrast
        x += rng.uniform(-1, 1) * o.max_random_illumination
    std = np.array([o.std_r, o.std_g, o.std_b, o.std_a][:len(x)], np.float32)
    if (std != 1).any():
        x /= std.reshape(-1, 1, 1)
    if o.scale != 1:
        x *= np.float32(o.scale)
    return x
