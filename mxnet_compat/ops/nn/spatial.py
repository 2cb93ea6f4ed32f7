"""Spatial transformers and cropping: ``GridGenerator``, ``BilinearSampler``, ``SpatialTransformer``, ``Crop``."""
import functools
from typing import Literal

import numpy as np

from .. import functional as F
from ..declare import FLOAT, Array, composite, operator
from ..params import Shape
from .sampling import sample


def _matching(name, given, ndim, channels=None):
    if len(given) != ndim or (channels is not None and given[1] != channels):
        wanted = f"{ndim} dimensions" + ("" if channels is None else f" and {channels} on the second")
        raise ValueError(f"{name} must have {wanted}, got {tuple(given)}")


def _target(target_shape):
    if len(target_shape) != 2 or min(target_shape) < 1:
        raise ValueError(f"target_shape must be a positive height and width, got {target_shape}")


@functools.lru_cache(maxsize=64)
def _lattice(height, width, dtype):
    """(3, height * width): x and y of every pixel, from -1 to 1, and ones. A single row or column is nan, as 0 / 0 is."""
    with np.errstate(all="ignore"):
        x, y = (np.arange(n) * (np.float64(2) / np.float64(n - 1)) - 1 for n in (width, height))
    out = np.empty((3, height, width), dtype)
    out[0], out[1], out[2] = x, y[:, None], 1
    out.flags.writeable = False
    return out.reshape(3, -1)


def _unit(shape, dtype):
    """How much of the image's width and height a pixel is, (2, 1, 1)."""
    with np.errstate(all="ignore"):
        return (np.float64(2) / np.array([shape[3] - 1.0, shape[2] - 1.0])).astype(dtype).reshape(2, 1, 1)


@operator("GridGenerator", dtypes=FLOAT)
def grid_generator(data: Array, *, transform_type: Literal["affine", "warp"], target_shape: Shape = (0, 0)):
    """Places to sample at, (N, 2, H, W) with x first, from -1 to 1 across the image.

    ``affine``: of ``target_shape``, by matrices (N, 6) that take (x, y, 1) of a pixel to its place. ``warp``: of the
    size of ``data`` (N, 2, H, W), which moves every pixel by so many pixels. MXNetError where the shape does not fit.
    """
    _, (shape,) = _grid_rule(data.shape, transform_type=transform_type, target_shape=target_shape)
    if transform_type == "affine":
        return np.matmul(data.reshape(-1, 3), _lattice(*target_shape, data.dtype.name)).reshape(shape)
    with np.errstate(invalid="ignore"):
        return data * _unit(shape, data.dtype) + _lattice(*shape[2:], data.dtype.name)[:2].reshape(2, *shape[2:])


@grid_generator.shapes
def _grid_rule(data, *, transform_type, target_shape):
    if transform_type == "affine":
        _target(target_shape)
        if data is None:
            return (data,), (None,)
        _matching("data", data, 2, 6)
        return (data,), ((data[0], 2, *target_shape),)
    if data is not None:
        _matching("data", data, 4, 2)
    return (data,), (data,)


grid_generator.gradient(
    data=lambda dy, data_like, transform_type: F._backward_GridGenerator(dy, transform_type=transform_type))


@operator("_backward_GridGenerator", dtypes=FLOAT)
def backward_grid(grad: Array, *, transform_type: Literal["affine", "warp"]):
    """The gradient of ``GridGenerator``: of the matrices (N, 6), or of the displacements."""
    n, _, h, w = grad.shape
    if transform_type == "warp":
        return grad * _unit(grad.shape, grad.dtype)
    return np.matmul(grad.reshape(n * 2, h * w), _lattice(h, w, grad.dtype.name).T).reshape(n, 6)


backward_grid.gradient(
    grad=lambda dy, grad_like, transform_type: F._backward_GridGenerator(dy, transform_type="warp")
    if transform_type == "warp" else F.GridGenerator(dy, transform_type="affine", target_shape=grad_like.shape[2:]))


def _sampled(data, grid):
    _matching("data", data, 4)
    _matching("grid", grid, 4, 2)
    if data[0] != grid[0]:
        raise ValueError(f"data and grid must have the same batch size, got {data[0]} and {grid[0]}")


@composite("BilinearSampler", dtypes=FLOAT)
def bilinear_sampler(data: Array, grid: Array, *, cudnn_off: bool | None = None):
    """Values of ``data`` (N, C, H, W) at the places ``grid`` (N, 2, h, w), by bilinear interpolation: (N, C, h, w).

    The grid has x, then y, from -1 (the first pixel) to 1 (the last); pixels outside are 0. MXNetError where the shapes
    do not fit.
    """
    _sampled(data.shape, grid.shape)
    n, c, height, width = data.shape
    x, y = (F.reshape(F.slice_axis(grid, axis=1, begin=i, end=i + 1), shape=(n, -1)) for i in range(2))
    values = sample(data, (y + 1) * ((height - 1) / 2), (x + 1) * ((width - 1) / 2))
    return F.reshape(values, shape=(n, c, *grid.shape[2:]))


@bilinear_sampler.shapes
def _sampler_rule(data, grid, **_):
    if data is None or grid is None:
        return (data, grid), (None,)
    _sampled(data, grid)
    return (data, grid), ((*data[:2], *grid[2:]),)


@composite("SpatialTransformer", dtypes=FLOAT)
def spatial_transformer(data: Array, loc: Array, *, target_shape: Shape = (0, 0), transform_type: Literal["affine"],
                        sampler_type: Literal["bilinear"], cudnn_off: bool | None = None):
    """``data`` (N, C, H, W) under affine maps ``loc`` (N, 6), sampled on a grid of ``target_shape``.

    As ``GridGenerator`` and ``BilinearSampler``. MXNetError where the shapes do not fit.
    """
    _transformer_rule(data.shape, loc.shape, target_shape=target_shape)
    return F.BilinearSampler(data, F.GridGenerator(loc, transform_type="affine", target_shape=target_shape))


@spatial_transformer.shapes
def _transformer_rule(data, loc, *, target_shape, **_):
    _target(target_shape)
    if data is None:
        return (data, loc), (None,)
    _matching("data", data, 4)
    if loc is None:
        loc = (data[0], 6)
    if tuple(loc) != (data[0], 6):
        raise ValueError(f"loc must have shape {(data[0], 6)}, got {tuple(loc)}")
    return (data, loc), ((*data[:2], *target_shape),)


@operator("Crop", key="num_args", dtypes=FLOAT)
def crop(*data: Array, offset: Shape = (0, 0), h_w: Shape = (0, 0), center_crop: bool = False):
    """A part of ``data`` (N, C, H, W): of height and width ``h_w``, or as high and wide as a second array.

    It begins at ``offset`` (y, x), or lies in the middle with ``center_crop``. MXNetError where it does not lie within.
    """
    shapes = [d.shape for d in data]
    _, (shape,) = _crop_rule(*shapes, offset=offset, h_w=h_w, center_crop=center_crop)
    y, x = _begin(shapes[0], shape, offset, center_crop)
    return data[0][:, :, y:y + shape[2], x:x + shape[3]].copy()


def _begin(whole, part, offset, center_crop):
    return tuple([(a - b) // 2 for a, b in zip(whole[2:], part[2:])]) if center_crop else offset


@crop.gradient
def _crop_gradient(dy, data_like, need, offset, center_crop):
    shape = data_like[0].shape
    first = F._backward_Crop(dy, shape=shape, begin=_begin(shape, dy.shape, offset, center_crop))
    return [first, *[F._zeros(shape=d.shape, dtype=d.dtype.name, ctx=str(d.context)) for d in data_like[1:]]]


@operator("_backward_Crop", dtypes=FLOAT)
def backward_crop(grad: Array, *, shape: Shape, begin: Shape):
    """The gradient of ``Crop``: zeros around."""
    dx = np.zeros(shape, grad.dtype)
    y, x = begin
    dx[:, :, y:y + grad.shape[2], x:x + grad.shape[3]] = grad
    return dx


backward_crop.gradient(grad=lambda dy, grad_like, begin: F.Crop(dy, h_w=grad_like.shape[2:], offset=begin))


@crop.shapes
def _crop_rule(*shapes, offset, h_w, center_crop):
    if len(shapes) not in (1, 2):
        raise ValueError(f"data must be one array or two, got {len(shapes)}")
    if shapes[0] is None or shapes[-1] is None:
        return shapes, (None,)
    for s in shapes:
        _matching("data", s, 4)
    size = tuple(shapes[1][2:]) if len(shapes) == 2 else tuple(h_w)
    name = "the second array" if len(shapes) == 2 else "h_w"
    if len(size) != 2 or len(offset) != 2:
        raise ValueError(f"h_w and offset must be two integers, got {h_w} and {offset}")
    for part, whole, first in zip(size, shapes[0][2:], offset):
        if not 1 <= part <= whole:
            raise ValueError(f"{name} asks for {size} of {tuple(shapes[0][2:])}")
        if not center_crop and not 0 <= first <= whole - part:
            raise ValueError(f"offset {offset} and size {size} exceed {tuple(shapes[0][2:])}")
    return shapes, ((*shapes[0][:2], *size),)
