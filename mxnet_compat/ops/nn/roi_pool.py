"""``ROIPooling``: maxima over the cells of a grid laid over regions of images, and its gradients.

Channels are kept last while cells are worked on, so that every step is over long runs of memory.
"""
import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, operator
from ..params import Shape
from .sampling import images_of, rows_of


def _checked(data, rois, pooled_size, spatial_scale):
    if len(data) != 4:
        raise ValueError(f"data must have 4 dimensions, got {len(data)}")
    if len(rois) != 2 or rois[1] != 5:
        raise ValueError(f"rois must have shape (regions, 5), got {tuple(rois)}")
    if len(pooled_size) != 2 or min(pooled_size) < 1:
        raise ValueError(f"pooled_size must be a positive height and width, got {pooled_size}")
    if not 0 <= spatial_scale <= 1:
        raise ValueError(f"spatial_scale must be from 0 to 1, got {spatial_scale}")


def _spans(rois, shape, pooled_size, spatial_scale):
    """For every region: its image (-1: there is none), and (first, end) of its rows of cells and of its columns."""
    n, _, height, width = shape
    # limits of cells are found by rounding, so that the precision shows; halves are rounded away from zero
    t = np.float64 if rois.dtype == np.float64 else np.float32
    scaled = rois[:, 1:].astype(t) * t(np.float32(spatial_scale))
    with np.errstate(invalid="ignore"):
        box = (np.sign(scaled) * np.floor(np.abs(scaled) + t(0.5))).astype(np.int64)
        image = rois[:, 0].astype(np.int64)
    image[(image < 0) | (image >= n)] = -1
    spans = []
    for axis, (bins, limit) in enumerate(zip(pooled_size, (height, width))):
        start, end = box[:, 1 - axis, None], box[:, 3 - axis, None]
        size = np.maximum(end - start + 1, 1).astype(t) / t(bins)
        k = np.arange(bins, dtype=t)
        first = np.floor(k * size).astype(np.int64) + start
        last = np.ceil((k + 1) * size).astype(np.int64) + start
        spans.append((np.clip(first, 0, limit), np.clip(last, 0, limit)))
    return image, *spans


def _members(first, end, limit):
    """Positions (most members, cells) of the members of cells [first, end); a short cell repeats its last one."""
    most = max(1, int((end - first).max()))
    return np.clip(np.minimum(first + np.arange(most)[:, None], end - 1), 0, limit - 1)


def _regions(data, rois, pooled_size, spatial_scale):
    """(Number, image (H, W, C), members of rows of cells, of columns, which cells are empty) of each region."""
    image, (top, bottom), (left, right) = _spans(rois, data.shape, pooled_size, spatial_scale)
    n, c, h, w = data.shape
    images = rows_of(data)[:-1].reshape(n, h, w, c)
    for r in range(len(rois)):
        empty = (bottom[r] <= top[r])[:, None] | (right[r] <= left[r])
        if image[r] < 0 or empty.all():
            continue
        yield (r, image[r], images[image[r]], _members(top[r], bottom[r], h), _members(left[r], right[r], w),
               empty[..., None] if empty.any() else None)


def _maxima(data, rois, pooled_size, spatial_scale):
    """(regions, *pooled_size, C)."""
    y = np.zeros((len(rois), *pooled_size, data.shape[1]), data.dtype)
    for r, _, x, rows, columns, empty in _regions(data, rois, pooled_size, spatial_scale):
        left, right = columns.min(), columns.max() + 1
        a = x[rows[0], left:right]
        for row in rows[1:]:
            np.maximum(a, x[row, left:right], out=a)
        b = a[:, columns[0] - left]
        for column in columns[1:]:
            np.maximum(b, a[:, column - left], out=b)
        y[r] = b if empty is None else np.where(empty, b.dtype.type(0), b)
    return y


def _places(data, rois, pooled_size, spatial_scale):
    """Where each maximum is first met, as flat positions (regions, *pooled_size, C) in ``rows_of(data)``."""
    n, c, h, w = data.shape
    y = _maxima(data, rois, pooled_size, spatial_scale)
    at = np.full(y.shape, n * h * w, np.int64)
    for r, image, x, rows, columns, empty in _regions(data, rois, pooled_size, spatial_scale):
        left = len(rows) * len(columns)
        code = np.zeros(y.shape[1:], np.uint8 if left < 256 else np.int32)
        pixels = np.empty((left + 1, *pooled_size), np.int64)
        pixels[0] = n * h * w
        for row in rows:
            for column in columns:
                hit = np.equal(x[row[:, None], column], y[r]).view(np.uint8)
                # members met earlier have higher codes
                np.maximum(code, hit * code.dtype.type(left), out=code)
                pixels[left] = (image * h + row[:, None]) * w + column
                left -= 1
        found = pixels[code, np.arange(pooled_size[0])[:, None, None], np.arange(pooled_size[1])[:, None]]
        at[r] = found if empty is None else np.where(empty, n * h * w, found)
    at *= c
    at += np.arange(c)
    return at


def _wide(a):
    return a.astype(np.float32) if a.dtype == np.float16 else a


@operator("ROIPooling", dtypes=FLOAT)
def roi_pooling(data: Array, rois: Array, *, pooled_size: Shape, spatial_scale: float):
    """Maxima of ``data`` (N, C, H, W) over ``pooled_size`` cells of each region: (regions, C, *pooled_size).

    ``rois`` (regions, 5) has the image's number and the corners x1, y1, x2, y2, both inclusive, which ``spatial_scale``
    takes to pixels and which are rounded. Cells may overlap by a pixel; an empty cell, or one of an image that is not
    there, is 0. MXNetError where shapes or parameters do not fit.
    """
    _checked(data.shape, rois.shape, pooled_size, spatial_scale)
    y = _maxima(_wide(data), rois, pooled_size, spatial_scale)
    return np.ascontiguousarray(y.transpose(0, 3, 1, 2), data.dtype)


@roi_pooling.shapes
def _roi_pooling_rule(data, rois, *, pooled_size, spatial_scale):
    if data is None or rois is None:
        return (data, rois), (None,)
    _checked(data, rois, pooled_size, spatial_scale)
    return (data, rois), ((rois[0], data[1], *pooled_size),)


roi_pooling.gradient(
    data=lambda dy, data, rois, pooled_size, spatial_scale:
        F._backward_ROIPooling(dy, data, rois, pooled_size=pooled_size, spatial_scale=spatial_scale),
    rois=ZERO)


@operator("_backward_ROIPooling", dtypes=FLOAT)
def backward_roi_pooling(grad: Array, data: Array, rois: Array, *, pooled_size: Shape, spatial_scale: float):
    """The gradient of ``ROIPooling``: each cell's value to its first maximum."""
    n, c, h, w = data.shape
    at = _places(_wide(data), rois, pooled_size, spatial_scale)
    size = (n * h * w + 1) * c
    rows = np.bincount(at.reshape(-1), grad.transpose(0, 2, 3, 1).reshape(-1), size).astype(data.dtype)
    return images_of(rows.reshape(-1, c), data.shape)


@operator("_pick_ROIPooling", dtypes=FLOAT)
def pick_roi_pooling(values: Array, data: Array, rois: Array, *, pooled_size: Shape, spatial_scale: float):
    """Of ``values``, shaped as ``data``, those at the first maxima of cells."""
    at = _places(_wide(data), rois, pooled_size, spatial_scale)
    return np.ascontiguousarray(rows_of(values).reshape(-1)[at].transpose(0, 3, 1, 2))


backward_roi_pooling.gradient(
    grad=lambda dy, data, rois, pooled_size, spatial_scale:
        F._pick_ROIPooling(dy, data, rois, pooled_size=pooled_size, spatial_scale=spatial_scale),
    data=ZERO, rois=ZERO)
pick_roi_pooling.gradient(
    values=lambda dy, data, rois, pooled_size, spatial_scale:
        F._backward_ROIPooling(dy, data, rois, pooled_size=pooled_size, spatial_scale=spatial_scale),
    data=ZERO, rois=ZERO)
