"""Position sensitive pooling over regions, each cell from channels of its own: ``PSROIPooling``.

Cells are of whole pixels, so that their sums are differences of running sums. The deformable one is in
``deform_psroi.py``.
"""
import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, operator
from ..params import Shape


def precision(rois):
    """The type in which limits of cells are worked out: they are found by rounding, so that it shows."""
    return np.float64 if rois.dtype == np.float64 else np.float32


def _rounded(a):
    """Nearest integers, halves away from zero."""
    return np.sign(a) * np.floor(np.abs(a) + a.dtype.type(0.5))


def _checked(data, rois, spatial_scale, output_dim, pooled_size, group_size):
    if len(data) != 4:
        raise ValueError(f"data must have 4 dimensions, got {len(data)}")
    if len(rois) != 2 or rois[1] != 5:
        raise ValueError(f"rois must have shape (regions, 5), got {tuple(rois)}")
    if not 0 <= spatial_scale <= 1:
        raise ValueError(f"spatial_scale must be from 0 to 1, got {spatial_scale}")
    if min(output_dim, pooled_size, group_size) < 1:
        raise ValueError(f"output_dim, pooled_size and group_size must be positive, got {output_dim}, {pooled_size} and "
                         f"{group_size}")
    if data[1] < output_dim * group_size * group_size:
        raise ValueError(f"data must have at least output_dim * group_size**2 = {output_dim * group_size ** 2} channels, "
                         f"got {data[1]}")


def _images(rois, n):
    with np.errstate(invalid="ignore"):
        image = rois[:, 0].astype(np.int64)
    return image, (image >= 0) & (image < n)


def _group(pooled_size, group_size):
    """Which of the groups of channels each cell of one axis takes."""
    cell = np.arange(pooled_size, dtype=np.float32) * np.float32(group_size) / np.float32(pooled_size)
    return np.clip(np.floor(cell).astype(np.int64), 0, group_size - 1)


def _corners(rois, shape, spatial_scale, pooled_size):
    """(inside, first row, end row, first column, end column, 1 / pixels), each (regions, cells[, cells])."""
    n, _, h, w = shape
    t = precision(rois)
    image, inside = _images(rois, n)
    ends = []
    for axis, limit in ((1, h), (0, w)):
        start = _rounded(rois[:, 1 + axis].astype(t)) * t(np.float32(spatial_scale))
        end = (_rounded(rois[:, 3 + axis].astype(t)) + 1) * t(np.float32(spatial_scale))
        step = np.maximum(end - start, t(0.1)) / t(pooled_size)
        k = np.arange(pooled_size, dtype=t)
        for at, up in ((np.floor, 0), (np.ceil, 1)):
            ends.append(np.clip(at((k + up) * step[:, None] + start[:, None]).astype(np.int64), 0, limit))
    pixels = (ends[1] - ends[0])[:, :, None] * (ends[3] - ends[2])[:, None]
    share = np.where((pixels > 0) & inside[:, None, None], 1 / np.maximum(pixels, 1), 0)
    return np.where(inside, image, 0), ends, share


def _lookups(rois, shape, spatial_scale, pooled_size, group_size, output_dim):
    """(sign, flat places (regions, output_dim, P, P) in running sums (N, C, H + 1, W + 1)) four times; the share."""
    n, c, h, w = shape
    image, (top, bottom, left, right), share = _corners(rois, shape, spatial_scale, pooled_size)
    g = _group(pooled_size, group_size)
    channel = (np.arange(output_dim)[:, None, None] * group_size + g[:, None]) * group_size + g
    plane = (image[:, None, None, None] * c + channel) * ((h + 1) * (w + 1))
    found = []
    for sign, y, x in ((1, bottom, right), (-1, top, right), (-1, bottom, left), (1, top, left)):
        found.append((sign, plane + (y[:, None, :, None] * (w + 1) + x[:, None, None, :])))
    return found, share[:, None]


def _groups(group_size, pooled_size):
    return group_size or pooled_size


@operator("_contrib_PSROIPooling", dtypes=FLOAT)
def psroi_pooling(data: Array, rois: Array, *, spatial_scale: float, output_dim: int, pooled_size: int,
                  group_size: int = 0):
    """Averages of ``data`` (N, output_dim * group_size**2, H, W) over square grids of cells laid over regions.

    The result is (regions, output_dim, pooled_size, pooled_size); cell (y, x) takes the channels of its place among
    ``group_size`` (0: ``pooled_size``) times as many. ``rois`` (regions, 5) has the image's number and the corners x1,
    y1, x2, y2, which are rounded, both inclusive, and taken to pixels by ``spatial_scale``. Empty cells and regions of no
    image are 0. MXNetError where shapes or parameters do not fit.
    """
    group_size = _groups(group_size, pooled_size)
    _checked(data.shape, rois.shape, spatial_scale, output_dim, pooled_size, group_size)
    n, c, h, w = data.shape
    running = np.zeros((n, c, h + 1, w + 1))
    np.cumsum(data, axis=2, dtype=np.float64, out=running[:, :, 1:, 1:])
    np.cumsum(running[:, :, 1:, 1:], axis=3, out=running[:, :, 1:, 1:])
    found, share = _lookups(rois, data.shape, spatial_scale, pooled_size, group_size, output_dim)
    flat = running.reshape(-1)
    return (sum(sign * flat[at] for sign, at in found) * share).astype(data.dtype)


@psroi_pooling.shapes
def _psroi_rule(data, rois, *, spatial_scale, output_dim, pooled_size, group_size):
    if data is None or rois is None:
        return (data, rois), (None,)
    _checked(data, rois, spatial_scale, output_dim, pooled_size, _groups(group_size, pooled_size))
    return (data, rois), ((rois[0], output_dim, pooled_size, pooled_size),)


psroi_pooling.gradient(
    data=lambda dy, rois, data_like, spatial_scale, output_dim, pooled_size, group_size:
        F._backward_PSROIPooling(dy, rois, shape=data_like.shape, spatial_scale=spatial_scale, output_dim=output_dim,
                                 pooled_size=pooled_size, group_size=group_size),
    rois=ZERO)


@operator("_backward_PSROIPooling", dtypes=FLOAT)
def backward_psroi_pooling(grad: Array, rois: Array, *, shape: Shape, spatial_scale: float, output_dim: int,
                           pooled_size: int, group_size: int):
    """The gradient of ``PSROIPooling`` for its data, of the given shape."""
    n, c, h, w = shape
    found, share = _lookups(rois, shape, spatial_scale, pooled_size, _groups(group_size, pooled_size), output_dim)
    g = (grad * share).reshape(-1)
    size = n * c * (h + 1) * (w + 1)
    d = sum(sign * np.bincount(at.reshape(-1), g, size) for sign, at in found).reshape(n, c, h + 1, w + 1)
    # a running sum backwards transposes one forwards
    for axis in (2, 3):
        d = np.flip(np.cumsum(np.flip(d, axis), axis=axis), axis)
    return np.ascontiguousarray(d[:, :, 1:, 1:], grad.dtype)


backward_psroi_pooling.gradient(
    grad=lambda dy, rois, spatial_scale, output_dim, pooled_size, group_size:
        F._contrib_PSROIPooling(dy, rois, spatial_scale=spatial_scale, output_dim=output_dim, pooled_size=pooled_size,
                                group_size=group_size),
    rois=ZERO)
