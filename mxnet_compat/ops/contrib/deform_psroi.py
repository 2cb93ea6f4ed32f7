"""``DeformablePSROIPooling``: position sensitive pooling whose cells are moved by offsets that are data.

A composition: places of samples, pixels around them, their mixture (``nn/sampling.py``); so gradients of every order
follow.
"""
import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, composite, operator
from ..params import Shape
from .psroi import _checked, _group, _images, _rounded, precision


@operator("_psroi_lattice", dtypes=FLOAT, outputs=4)
def psroi_lattice(rois: Array, *, spatial_scale: float, pooled_size: int, samples: int):
    """Where the samples of cells lie, y (R, 1, P, 1, S, 1) and x (R, 1, 1, P, 1, S), and regions' heights and widths."""
    t = precision(rois)
    scale = t(np.float32(spatial_scale))
    places, sizes = [], []
    for axis, shape in ((1, (-1, 1, pooled_size, 1, samples, 1)), (0, (-1, 1, 1, pooled_size, 1, samples))):
        start = _rounded(rois[:, 1 + axis].astype(t)) * scale - t(0.5)
        end = (_rounded(rois[:, 3 + axis].astype(t)) + 1) * scale - t(0.5)
        size = np.maximum(end - start, t(0.1))
        step = (size / t(pooled_size))[:, None, None]
        at = np.arange(pooled_size, dtype=t)[:, None] * step + start[:, None, None]
        places.append((at + np.arange(samples, dtype=t) * (step / t(samples))).reshape(shape).astype(rois.dtype))
        sizes.append(size.reshape(-1, 1, 1, 1, 1, 1).astype(rois.dtype))
    return (*places, *sizes)


psroi_lattice.gradient(rois=ZERO)


def _parts(pooled_size, part_size):
    """Which part of a region each cell of one axis lies in."""
    part = np.arange(pooled_size, dtype=np.float32) / np.float32(pooled_size) * np.float32(part_size)
    return np.floor(part).astype(np.int64)


@operator("_psroi_moves", dtypes=FLOAT)
def psroi_moves(trans: Array, *, pooled_size: int, part_size: int):
    """The moves of parts (R, M, parts, parts) as those of cells (R, M, P, P)."""
    part = _parts(pooled_size, part_size)
    return trans[:, :, part[:, None], part]


@operator("_backward_psroi_moves", dtypes=FLOAT)
def backward_psroi_moves(grad: Array, *, shape: Shape, pooled_size: int, part_size: int):
    """The gradient of ``_psroi_moves``: sums over the cells of each part, in the given shape."""
    part = _parts(pooled_size, part_size)
    out = np.zeros(shape, grad.dtype)
    np.add.at(out, (slice(None), slice(None), part[:, None], part), grad)
    return out


psroi_moves.gradient(
    trans=lambda dy, trans_like, pooled_size, part_size:
        F._backward_psroi_moves(dy, shape=trans_like.shape, pooled_size=pooled_size, part_size=part_size))
backward_psroi_moves.gradient(
    grad=lambda dy, pooled_size, part_size: F._psroi_moves(dy, pooled_size=pooled_size, part_size=part_size))


@operator("_psroi_rows", dtypes=FLOAT, outputs=2)
def psroi_rows(y: Array, x: Array, rois: Array, *, shape: Shape, group_size: int):
    """Rows of the pixels around each sample, and each sample's share in its cell.

    ``y`` and ``x`` are (R, classes, P, P, S, S); the rows (cells, 4 S S) are of data of the given shape with its classes
    and groups of channels as further images, the shares (cells, S S).
    """
    n, _, h, w = shape
    r, classes, pooled = y.shape[:3]
    image, known = _images(rois, n)
    with np.errstate(invalid="ignore"):
        inside = (y >= -0.5) & (y <= h - 0.5) & (x >= -0.5) & (x <= w - 0.5) & known.reshape(-1, 1, 1, 1, 1, 1)
        top, left = (np.where(inside, np.clip(np.floor(a), 0, limit - 1), 0).astype(np.int64)
                     for a, limit in ((y, h), (x, w)))
    g = _group(pooled, group_size)
    plane = (image[:, None] * classes + np.arange(classes))[:, :, None, None] * group_size ** 2
    plane = (plane + (g[:, None] * group_size + g))[..., None, None]
    rows = []
    for i in range(2):
        for j in range(2):
            at = (plane * h + np.minimum(top + i, h - 1)) * w + np.minimum(left + j, w - 1)
            rows.append(np.where(inside, at, n * classes * group_size ** 2 * h * w))
    cells = r * classes * pooled * pooled
    inside = inside.reshape(cells, -1)
    share = inside / np.maximum(inside.sum(axis=1, keepdims=True), 1)
    return np.stack(rows, axis=-1).reshape(cells, -1), share.astype(y.dtype)


psroi_rows.gradient(y=ZERO, x=ZERO, rois=ZERO)


@composite("_contrib_DeformablePSROIPooling", dtypes=FLOAT, needs={"trans": lambda p: not p["no_trans"]})
def deformable_psroi_pooling(data: Array, rois: Array, trans: Array | None = None, *, spatial_scale: float,
                             output_dim: int, group_size: int, pooled_size: int, part_size: int = 0,
                             sample_per_part: int = 1, trans_std: float = 0.0, no_trans: bool = False):
    """Averages of interpolated values of ``data`` over grids of cells laid over regions and moved by ``trans``.

    As ``PSROIPooling``, but each cell is the mean of ``sample_per_part**2`` samples. ``trans`` (regions, 2 * classes,
    parts, parts) moves the cells of each of ``part_size`` (0: ``pooled_size``) parts, x before y, in units of
    ``trans_std`` of the region's size; the classes share ``output_dim``. Samples more than half a pixel outside are left
    out. MXNetError where shapes or parameters do not fit.
    """
    _, (shape,) = _rule(data.shape, rois.shape, None if trans is None else trans.shape, spatial_scale=spatial_scale,
                        output_dim=output_dim, group_size=group_size, pooled_size=pooled_size, part_size=part_size,
                        sample_per_part=sample_per_part, no_trans=no_trans)
    n, c, h, w = data.shape
    regions, s = rois.shape[0], sample_per_part
    y, x, height, width = F._psroi_lattice(rois, spatial_scale=spatial_scale, pooled_size=pooled_size, samples=s)
    if no_trans:
        classes = 1
    else:
        classes = trans.shape[1] // 2
        moves = F._psroi_moves(trans, pooled_size=pooled_size, part_size=part_size or pooled_size) * trans_std
        moves = F.reshape(moves, shape=(regions, classes, 2, pooled_size, pooled_size))
        right, down = (F.reshape(F.slice_axis(moves, axis=2, begin=i, end=i + 1),
                                 shape=(regions, classes, pooled_size, pooled_size, 1, 1)) for i in range(2))
        y, x = y + down * height, x + right * width
    grid = (regions, classes, pooled_size, pooled_size, s, s)
    y, x = F.broadcast_to(y, shape=grid), F.broadcast_to(x, shape=grid)
    rows, share = F._psroi_rows(y, x, rois, shape=data.shape, group_size=group_size)
    y, x = (F.reshape(F.clip(a, a_min=0, a_max=limit - 1), shape=share.shape) for a, limit in ((y, h), (x, w)))
    down, right = y - F.floor(y), x - F.floor(x)
    up, down, left = (1 - down) * share, down * share, 1 - right
    weight = F.stack(up * left, up * right, down * left, down * right, axis=2)
    data = F.reshape(data, shape=(n * classes, output_dim // classes, group_size ** 2 * h * w))
    mixed = F._mix_rows(F._pixel_rows(data), F.reshape(weight, shape=rows.shape), rows, rows=rows.shape[0])
    mixed = F.reshape(mixed, shape=(regions, classes, pooled_size, pooled_size, -1))
    return F.reshape(F.transpose(mixed, axes=(0, 1, 4, 2, 3)), shape=shape)


@deformable_psroi_pooling.shapes
def _rule(data, rois, trans=None, *, spatial_scale, output_dim, group_size, pooled_size, part_size, sample_per_part,
          no_trans, **_):
    if data is None or rois is None:
        return (data, rois, trans), (None,)
    _checked(data, rois, spatial_scale, output_dim, pooled_size, group_size)
    if sample_per_part < 1:
        raise ValueError(f"sample_per_part must be positive, got {sample_per_part}")
    if no_trans and trans is not None:
        raise ValueError("trans is given together with no_trans=True")
    if not no_trans and trans is not None:
        parts = part_size or pooled_size
        if len(trans) != 4 or trans[0] != rois[0] or trans[1] % 2 or tuple(trans[2:]) != (parts, parts):
            raise ValueError(f"trans must have shape ({rois[0]}, 2 * classes, {parts}, {parts}), got {tuple(trans)}")
        if not trans[1] or output_dim % (trans[1] // 2):
            raise ValueError(f"output_dim {output_dim} must be a multiple of the classes that trans has ({trans[1] // 2})")
    return (data, rois, trans), ((rois[0], output_dim, pooled_size, pooled_size),)
