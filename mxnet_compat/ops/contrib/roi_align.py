"""``ROIAlign`` and ``RROIAlign``: averages of interpolated values over the cells of upright and of rotated regions.

The points of an upright region are a lattice, so rows and columns are interpolated and averaged by small matrices, and the
gradient is the product with their transposes. Rotated ones are sampled point by point.
"""
from math import prod

import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, operator
from ..nn.sampling import gather_rows, images_of, rows_of, spread_rows
from ..params import Shape


def _checked(data, rois, width, pooled_size, spatial_scale):
    if len(data) != 4:
        raise ValueError(f"data must have 4 dimensions, got {len(data)}")
    if len(rois) != 2 or rois[1] != width:
        raise ValueError(f"rois must have shape (regions, {width}), got {tuple(rois)}")
    if len(pooled_size) != 2 or min(pooled_size) < 1:
        raise ValueError(f"pooled_size must be a positive height and width, got {pooled_size}")
    if not 0 <= spatial_scale <= 1:
        raise ValueError(f"spatial_scale must be from 0 to 1, got {spatial_scale}")


def _channels(data, pooled_size, position_sensitive):
    if not position_sensitive:
        return data[1]
    if data[1] % prod(pooled_size):
        raise ValueError(f"data must have a multiple of {prod(pooled_size)} channels, as position_sensitive with "
                         f"pooled_size {pooled_size} asks for, got {data[1]}")
    return data[1] // prod(pooled_size)


def _numbers(rois, n):
    """Numbers of the regions' images, -1 where there is no such image."""
    with np.errstate(invalid="ignore"):
        image = rois[:, 0].astype(np.int64)
    return np.where((image < 0) | (image >= n), -1, image)


def _averages(start, length, bins, ratio, size):
    """(first row met, matrix (bins, rows)) of one axis of one region: the mean of the samples of each cell."""
    step = np.float32(length) / np.float32(bins)
    samples = ratio if ratio > 0 else int(np.ceil(step))
    if samples < 1:
        return 0, np.zeros((bins, 1), np.float32)
    at = (np.arange(bins, dtype=np.float32)[:, None] * step + np.float32(start)
          + (np.arange(samples, dtype=np.float32) + np.float32(0.5)) * step / np.float32(samples))
    inside = (at >= -1) & (at <= size)
    at = np.clip(at, 0, size - 1)
    low = np.minimum(np.floor(at).astype(np.int64), size - 1)
    high = np.minimum(low + 1, size - 1)
    part = at - low
    first = int(low.min())
    m = np.zeros((bins, int(high.max()) + 1 - first), np.float32)
    cell = np.broadcast_to(np.arange(bins)[:, None], low.shape)
    share = inside / np.float32(samples)
    np.add.at(m, (cell, low - first), (1 - part) * share)
    np.add.at(m, (cell, high - first), part * share)
    return first, m


def _regions(rois, shape, pooled_size, spatial_scale, sample_ratio, aligned):
    """(Number, image, (first row, matrix), (first column, matrix)) of each region that is in an image."""
    n, _, h, w = shape
    box = rois[:, 1:].astype(np.float32) * np.float32(spatial_scale) - np.float32(0.5 if aligned else 0)
    size = box[:, 2:] - box[:, :2]
    if not aligned:
        # regions smaller than a pixel are widened, as before alignment was right
        size = np.maximum(size, np.float32(1))
    for r, image in enumerate(_numbers(rois, n)):
        if image >= 0:
            yield (r, image, _averages(box[r, 1], size[r, 1], pooled_size[0], sample_ratio, h),
                   _averages(box[r, 0], size[r, 0], pooled_size[1], sample_ratio, w))


def _own_channel(shape, pooled_size):
    """For position sensitive cells: index of the channel (PH, PW, out) that each cell takes."""
    cells = np.arange(prod(pooled_size)).reshape(*pooled_size, 1)
    return cells + np.arange(shape[1] // prod(pooled_size)) * prod(pooled_size)


def _wide(a):
    return a.astype(np.float32) if a.dtype == np.float16 else a


@operator("_contrib_ROIAlign", dtypes=FLOAT)
def roi_align(data: Array, rois: Array, *, pooled_size: Shape, spatial_scale: float, sample_ratio: int = -1,
              position_sensitive: bool = False, aligned: bool = False):
    """Means of interpolated values of ``data`` (N, C, H, W) over ``pooled_size`` cells: (regions, C, *pooled_size).

    ``rois`` (regions, 5) has the image's number and the corners x1, y1, x2, y2, which ``spatial_scale`` takes to pixels,
    less half a pixel with ``aligned``. A cell has ``sample_ratio`` points in each direction, or about one a pixel where
    that is not positive. With ``position_sensitive`` each cell has channels of its own: (regions, C / cells,
    *pooled_size). Regions of no image are 0. MXNetError where shapes or parameters do not fit.
    """
    _, (shape,) = _roi_align_rule(data.shape, rois.shape, pooled_size=pooled_size, spatial_scale=spatial_scale,
                                  position_sensitive=position_sensitive)
    x = _wide(data)
    n, c, h, w = x.shape
    images = rows_of(x)[:-1].reshape(n, h, w * c)
    y = np.zeros((shape[0], *pooled_size, shape[1]), x.dtype)
    own = _own_channel(x.shape, pooled_size) if position_sensitive else None
    for r, i, (top, rows), (left, columns) in _regions(rois, x.shape, pooled_size, spatial_scale, sample_ratio, aligned):
        rows, columns = rows.astype(x.dtype, copy=False), columns.astype(x.dtype, copy=False)
        part = images[i, top:top + rows.shape[1], left * c:(left + columns.shape[1]) * c]
        z = np.matmul(columns, np.matmul(rows, part).reshape(pooled_size[0], columns.shape[1], c))
        y[r] = z if own is None else np.take_along_axis(z, own, axis=2)
    return np.ascontiguousarray(y.transpose(0, 3, 1, 2), data.dtype)


@roi_align.shapes
def _roi_align_rule(data, rois, *, pooled_size, spatial_scale, position_sensitive, **_):
    if data is None or rois is None:
        return (data, rois), (None,)
    _checked(data, rois, 5, pooled_size, spatial_scale)
    return (data, rois), ((rois[0], _channels(data, pooled_size, position_sensitive), *pooled_size),)


roi_align.gradient(
    data=lambda dy, rois, data_like, pooled_size, spatial_scale, sample_ratio, position_sensitive, aligned:
        F._backward_ROIAlign(dy, rois, shape=data_like.shape, pooled_size=pooled_size, spatial_scale=spatial_scale,
                             sample_ratio=sample_ratio, position_sensitive=position_sensitive, aligned=aligned),
    rois=ZERO)


@operator("_backward_ROIAlign", dtypes=FLOAT)
def backward_roi_align(grad: Array, rois: Array, *, shape: Shape, pooled_size: Shape, spatial_scale: float,
                       sample_ratio: int, position_sensitive: bool, aligned: bool):
    """The gradient of ``ROIAlign`` for its data, of the given shape."""
    n, c, h, w = shape
    g = np.ascontiguousarray(_wide(grad).transpose(0, 2, 3, 1))
    rows_out = np.zeros((n * h * w + 1, c), g.dtype)
    images = rows_out[:-1].reshape(n, h, w * c)
    own = _own_channel(shape, pooled_size) if position_sensitive else None
    for r, i, (top, rows), (left, columns) in _regions(rois, shape, pooled_size, spatial_scale, sample_ratio, aligned):
        rows, columns = rows.astype(g.dtype, copy=False), columns.astype(g.dtype, copy=False)
        z = g[r]
        if own is not None:
            z = np.zeros((*pooled_size, c), g.dtype)
            np.put_along_axis(z, own, g[r], axis=2)
        z = np.matmul(rows.T, np.matmul(columns.T, z).reshape(pooled_size[0], -1))
        images[i, top:top + rows.shape[1], left * c:(left + columns.shape[1]) * c] += z
    return images_of(rows_out, shape).astype(grad.dtype, copy=False)


backward_roi_align.gradient(
    grad=lambda dy, rois, pooled_size, spatial_scale, sample_ratio, position_sensitive, aligned:
        F._contrib_ROIAlign(dy, rois, pooled_size=pooled_size, spatial_scale=spatial_scale, sample_ratio=sample_ratio,
                            position_sensitive=position_sensitive, aligned=aligned),
    rois=ZERO)


def _rotated(rois, shape, pooled_size, spatial_scale, sampling_ratio):
    """(Numbers of regions, rows of pixels (cells, K), their weights) for all regions with one number of samples."""
    n, _, h, w = shape
    t = np.float32
    image = _numbers(rois, n)
    x, y, width, height, angle = rois[:, 1:].astype(t).T
    x, y = x * t(spatial_scale), y * t(spatial_scale)
    width, height = (np.maximum(a * t(spatial_scale), t(1)) for a in (width, height))
    angle = angle * t(np.pi) / t(180)
    steps = height / t(pooled_size[0]), width / t(pooled_size[1])
    counts = [np.full(len(rois), sampling_ratio) if sampling_ratio > 0 else np.ceil(s).astype(np.int64) for s in steps]
    for a, b in sorted(set(zip(*(c.tolist() for c in counts)))):
        r = np.flatnonzero((counts[0] == a) & (counts[1] == b) & (image >= 0))
        if not len(r):
            continue
        # places of all samples in the region's own axes: (regions, cells, samples) each way
        down, right = ((np.arange(cells, dtype=t)[:, None] + (np.arange(k, dtype=t) + t(0.5)) / t(k)) * s[r, None, None]
                       - size[r, None, None] / 2
                       for cells, k, s, size in zip(pooled_size, (a, b), steps, (height, width)))
        down, right = down[:, :, None, :, None], right[:, None, :, None, :]
        c, s = (f(angle[r]).reshape(-1, 1, 1, 1, 1) for f in (np.cos, np.sin))
        py = down * c - right * s + y[r].reshape(-1, 1, 1, 1, 1)
        px = right * c + down * s + x[r].reshape(-1, 1, 1, 1, 1)
        yield r, *_corners(py, px, image[r], h, w, n, a * b)


def _corners(y, x, image, height, width, n, samples):
    """Rows of the four pixels around each point and their weights over the number of samples: (cells, 4 samples)."""
    inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    top, left = y.astype(np.int64), x.astype(np.int64)
    down, right = y - top, x - left
    base = image.reshape(-1, 1, 1, 1, 1) * (height * width)
    index, weight = [], []
    for i, wy in ((0, 1 - down), (1, down)):
        for j, wx in ((0, 1 - right), (1, right)):
            at = base + np.minimum(top + i, height - 1) * width + np.minimum(left + j, width - 1)
            index.append(np.where(inside, at, n * height * width))
            weight.append(np.where(inside, wy * wx, 0) / np.float32(samples))
    cells = prod(y.shape[:3])
    return np.stack(index, axis=-1).reshape(cells, -1), np.stack(weight, axis=-1).reshape(cells, -1)


@operator("_contrib_RROIAlign", dtypes=FLOAT)
def rroi_align(data: Array, rois: Array, *, pooled_size: Shape, spatial_scale: float, sampling_ratio: int = -1):
    """As ``ROIAlign`` for rotated regions ``rois`` (regions, 6): image, centre x, y, width, height, angle in degrees.

    Unlike in MXNet, ``data`` has a gradient. MXNetError where shapes or parameters do not fit.
    """
    _checked(data.shape, rois.shape, 6, pooled_size, spatial_scale)
    x = _wide(data)
    rows, c = rows_of(x), x.shape[1]
    y = np.zeros((len(rois), *pooled_size, c), x.dtype)
    for r, index, weight in _rotated(rois, x.shape, pooled_size, spatial_scale, sampling_ratio):
        y[r] = gather_rows(rows, weight.astype(x.dtype, copy=False), index).reshape(len(r), *pooled_size, c)
    return np.ascontiguousarray(y.transpose(0, 3, 1, 2), data.dtype)


@rroi_align.shapes
def _rroi_align_rule(data, rois, *, pooled_size, spatial_scale, **_):
    if data is None or rois is None:
        return (data, rois), (None,)
    _checked(data, rois, 6, pooled_size, spatial_scale)
    return (data, rois), ((rois[0], data[1], *pooled_size),)


rroi_align.gradient(
    data=lambda dy, rois, data_like, pooled_size, spatial_scale, sampling_ratio:
        F._backward_RROIAlign(dy, rois, shape=data_like.shape, pooled_size=pooled_size, spatial_scale=spatial_scale,
                              sampling_ratio=sampling_ratio),
    rois=ZERO)


@operator("_backward_RROIAlign", dtypes=FLOAT)
def backward_rroi_align(grad: Array, rois: Array, *, shape: Shape, pooled_size: Shape, spatial_scale: float,
                        sampling_ratio: int):
    """The gradient of ``RROIAlign`` for its data, of the given shape."""
    g = _wide(grad).transpose(0, 2, 3, 1)
    n, c, h, w = shape
    dx = np.zeros((n * h * w + 1, c), g.dtype)
    for r, index, weight in _rotated(rois, shape, pooled_size, spatial_scale, sampling_ratio):
        dx += spread_rows(g[r].reshape(-1, c), weight.astype(g.dtype, copy=False), index, len(dx))
    return images_of(dx, shape).astype(grad.dtype, copy=False)


backward_rroi_align.gradient(
    grad=lambda dy, rois, pooled_size, spatial_scale, sampling_ratio:
        F._contrib_RROIAlign(dy, rois, pooled_size=pooled_size, spatial_scale=spatial_scale,
                             sampling_ratio=sampling_ratio),
    rois=ZERO)
