"""Functions on images (height, width, channels): reading, sizes, crops, normalisation, rotation.

What is drawn at random comes from Python's ``random`` (angles from NumPy's), as in MXNet: its seed repeats crops.
"""
import math
import random

import numpy as np

from .. import ndarray as nd
from ..base import _Null
from ..context import cpu

__all__ = ["center_crop", "color_normalize", "copyMakeBorder", "fixed_crop", "imdecode", "imread", "imresize", "imrotate",
           "random_crop", "random_rotate", "random_size_crop", "resize_short", "scale_down"]


def imread(filename, *args, **kwargs):
    """The image (height, width, channels) uint8 of a file: RGB, BGR with ``to_rgb=False``, one channel with ``flag=0``."""
    return nd._internal._cvimread(filename, *args, **kwargs)


def imdecode(buf, *args, **kwargs):
    """The image that bytes (or a uint8 array of them) encode, as ``imread`` gives it."""
    if not isinstance(buf, nd.NDArray):
        if not isinstance(buf, (bytes, bytearray, np.ndarray)):
            raise ValueError(f"imdecode: buf must be bytes, a bytearray, a numpy array or an NDArray, got {type(buf).__name__}")
        buf = nd.array(np.frombuffer(buf, np.uint8), dtype=np.uint8, ctx=cpu())
    return nd._internal._cvimdecode(buf, *args, **kwargs)


def imresize(src, w, h, *args, **kwargs):
    """``src`` in the size (h, w); ``interp`` is 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos."""
    return nd._internal._cvimresize(src, w, h, *args, **kwargs)


def copyMakeBorder(src=None, top=_Null, bot=_Null, left=_Null, right=_Null, type=_Null, value=_Null, values=_Null, out=None,
                   name=None, **kwargs):
    """``src`` with borders; see ``mx.nd._internal._cvcopyMakeBorder`` for ``type``, ``value`` and ``values``."""
    return nd._internal._cvcopyMakeBorder(src, top, bot, left, right, type, value, values, out=out, **kwargs)


def scale_down(src_size, size):
    """The largest (width, height) of the proportions of ``size`` that is within both sizes."""
    (w, h), (sw, sh) = size, src_size
    if sh < h:
        w, h = w * sh / h, sh
    if sw < w:
        w, h = sw, h * sw / w
    return int(w), int(h)


def _get_interp_method(interp, sizes=()):
    """A method 0 to 4: 9 chooses by ``sizes`` (old height, width, new height, width), 10 at random."""
    if interp == 9:
        if not sizes:
            return 2
        assert len(sizes) == 4, "sizes must be the old and the new height and width"
        old_h, old_w, new_h, new_w = sizes
        if new_h > old_h and new_w > old_w:
            return 2
        return 3 if new_h < old_h and new_w < old_w else 1
    if interp == 10:
        return random.randint(0, 4)
    if interp not in (0, 1, 2, 3, 4):
        raise ValueError(f"the interpolation must be 0 to 4, 9 (by the sizes) or 10 (at random), got {interp}")
    return interp


def _resized(src, w, h, interp):
    return imresize(src, w, h, interp=_get_interp_method(interp, (*src.shape[:2], h, w)))


def resize_short(src, size, interp=2):
    """``src`` with a shorter side of ``size``."""
    h, w = src.shape[:2]
    return _resized(src, size, size * h // w, interp) if h > w else _resized(src, size * w // h, size, interp)


def fixed_crop(src, x0, y0, w, h, size=None, interp=2):
    """The part of ``src`` at (x0, y0), resized to ``size`` (width, height) if that is given and another."""
    part = nd.slice(src, begin=(y0, x0, 0), end=(y0 + h, x0 + w, src.shape[2]))
    return part if size is None or (w, h) == size else _resized(part, *size, interp)


def _cropped(src, x0, y0, w, h, size, interp):
    return fixed_crop(src, x0, y0, w, h, size, interp), (x0, y0, w, h)


def random_crop(src, size, interp=2):
    """A part of the proportions of ``size`` at a random place, resized; and its (x0, y0, width, height)."""
    h, w = src.shape[:2]
    new_w, new_h = scale_down((w, h), size)
    x0, y0 = random.randint(0, w - new_w), random.randint(0, h - new_h)
    return _cropped(src, x0, y0, new_w, new_h, size, interp)


def center_crop(src, size, interp=2):
    """The part of the proportions of ``size`` in the middle, resized; and its (x0, y0, width, height)."""
    h, w = src.shape[:2]
    new_w, new_h = scale_down((w, h), size)
    return _cropped(src, int((w - new_w) / 2), int((h - new_h) / 2), new_w, new_h, size, interp)


def random_size_crop(src, size, area, ratio, interp=2, **kwargs):
    """A part of random area (of the whole, between two numbers or one and 1) and proportions; else the middle.

    Returns the part resized to ``size``, and its (x0, y0, width, height).
    """
    if "min_area" in kwargs:
        area = kwargs.pop("min_area")
    assert not kwargs, f"random_size_crop has no argument {', '.join(kwargs)}"
    h, w = src.shape[:2]
    area = (area, 1.0) if isinstance(area, (int, float, np.number)) else area
    bounds = math.log(ratio[0]), math.log(ratio[1])
    for _ in range(10):
        wanted = random.uniform(*area) * h * w
        shape = math.exp(random.uniform(*bounds))
        new_w, new_h = int(round(math.sqrt(wanted * shape))), int(round(math.sqrt(wanted / shape)))
        if new_w <= w and new_h <= h:
            x0, y0 = random.randint(0, w - new_w), random.randint(0, h - new_h)
            return _cropped(src, x0, y0, new_w, new_h, size, interp)
    return center_crop(src, size, interp)


def color_normalize(src, mean, std=None):
    """``(src - mean) / std``, in place; what is None is left out."""
    if mean is not None:
        src -= mean
    if std is not None:
        src /= std
    return src


# rotation

def _zoom(cos, sin, w, h, zoom_in, zoom_out):
    """By how much the sampled places move apart, so that all of the image or nothing beyond it is seen."""
    if not (zoom_in or zoom_out):
        return np.ones_like(cos)
    x, y = w * np.abs(cos) + h * np.abs(sin), w * np.abs(sin) + h * np.abs(cos)
    return np.maximum(x / w, y / h) if zoom_out else np.minimum(w / x, h / y)


def imrotate(src, rotation_degrees, zoom_in=False, zoom_out=False):
    """Images (channels, height, width) or (batch, …) of float32 turned around their middle, counterclockwise.

    ``rotation_degrees`` is a number, or an array of one a batch's image. Places outside are 0; ``zoom_in`` makes them
    vanish, ``zoom_out`` makes all of the image visible. TypeError or ValueError for other types, ranks and numbers.
    """
    if zoom_in and zoom_out:
        raise ValueError("imrotate: either zoom_in or zoom_out can be True, not both")
    if np.dtype(src.dtype) != np.float32:
        raise TypeError(f"imrotate: src must be float32, got {np.dtype(src.dtype).name}")
    scalar = isinstance(rotation_degrees, (int, float, np.number))
    if src.ndim == 3:
        if not scalar:
            raise TypeError("imrotate: rotation_degrees must be a number for a single image")
        return imrotate(src.expand_dims(0), rotation_degrees, zoom_in, zoom_out)[0]
    if src.ndim != 4:
        raise ValueError(f"imrotate: src must have the shape ([batch, ]channels, height, width), got {src.shape}")
    degrees = np.full(len(src), rotation_degrees) if scalar else rotation_degrees.as_in_context(cpu()).asnumpy()
    if len(degrees) != len(src):
        raise ValueError(f"imrotate: {len(src)} images need as many rotation_degrees, got {len(degrees)}")
    angle = np.pi * degrees.astype(np.float64).reshape(-1, 1, 1) / 180
    cos, sin = np.cos(angle), np.sin(angle)
    h, w = (src.shape[2] - 1) / 2, (src.shape[3] - 1) / 2
    y, x = np.mgrid[-h:h:1j * src.shape[2], -w:w:1j * src.shape[3]]
    zoom = _zoom(cos, sin, src.shape[3], src.shape[2], zoom_in, zoom_out)
    grid = np.stack([(x * cos - y * sin) / w * zoom, (x * sin + y * cos) / h * zoom], 1)
    return nd.BilinearSampler(src, nd.array(grid, ctx=src.context, dtype=np.float32))


def random_rotate(src, angle_limits, zoom_in=False, zoom_out=False):
    """``imrotate`` by angles drawn between two numbers of degrees."""
    if src.ndim == 3:
        return imrotate(src, float(np.random.uniform(*angle_limits)), zoom_in, zoom_out)
    degrees = nd.array(np.random.uniform(*angle_limits, size=len(src)))
    return imrotate(src, degrees, zoom_in, zoom_out)
