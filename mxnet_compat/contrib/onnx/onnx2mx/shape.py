"""ONNX's operators of shapes."""
import numpy as np

from .... import symbol as sym
from ....onnx.package import dtype_of
from .graph import imports


@imports("Reshape")
def _reshape(call):
    shape = call.ints(1) if call.has(1) else tuple(call.attr("shape"))
    if call.attr("allowzero") and 0 in shape:
        raise call.no("allowzero=1")
    if shape == ():
        shape = (1,)
    return sym.reshape(call.sym(), shape=shape, name=call.name)


@imports("Flatten")
def _flatten(call):
    axis = call.attr("axis", 1)
    if axis == 1:
        return sym.Flatten(call.sym(), name=call.name)
    shape = call.shape()
    axis = axis % len(shape) if axis < 0 else axis
    rows = int(np.prod(shape[:axis]))
    return sym.reshape(call.sym(), shape=(rows, -1), name=call.name)


@imports("Transpose")
def _transpose(call):
    return sym.transpose(call.sym(), axes=tuple(call.attr("perm", ())), name=call.name)


@imports("Squeeze")
def _squeeze(call):
    axes = call.axes()
    return sym.squeeze(call.sym(), axis=axes, name=call.name) if axes else sym.squeeze(call.sym(), name=call.name)


@imports("Unsqueeze")
def _unsqueeze(call):
    y, axes = call.sym(), call.axes()
    if any(a < 0 for a in axes) and len(axes) > 1:
        n = len(call.shape()) + len(axes)
        axes = [a % n for a in axes]
    for a in sorted(axes):
        y = sym.expand_dims(y, axis=a)
    return y


@imports("Tile")
def _tile(call):
    return sym.tile(call.sym(), reps=call.ints(1), name=call.name)


@imports("Expand")
def _expand(call):
    shape, target = call.shape(), call.ints(1)
    whole = np.broadcast_shapes(shape, target)
    x = call.sym()
    if len(whole) > len(shape):
        x = sym.reshape(x, shape=(1,) * (len(whole) - len(shape)) + shape)
    return sym.broadcast_to(x, shape=whole, name=call.name)


@imports("Shape")
def _shape(call):
    return np.array(call.shape(), np.int64)


@imports("Size")
def _size(call):
    return np.array(np.prod(call.shape()), np.int64)


@imports("DepthToSpace")
def _depth_to_space(call):
    block = call.attr("blocksize")
    if call.attr("mode", "DCR") == "DCR":
        return sym.depth_to_space(call.sym(), block_size=block, name=call.name)
    n, c, h, w = call.shape()
    parts = sym.reshape(call.sym(), shape=(n, c // block ** 2, block, block, h, w))
    return sym.reshape(sym.transpose(parts, axes=(0, 1, 4, 2, 5, 3)), shape=(n, c // block ** 2, h * block, w * block))


@imports("SpaceToDepth")
def _space_to_depth(call):
    return sym.space_to_depth(call.sym(), block_size=call.attr("blocksize"), name=call.name)


@imports("RandomUniform", "RandomNormal")
def _random(call):
    dtype = dtype_of(call.attr("dtype", 1)).name
    shape = tuple(call.attr("shape"))
    if call.kind == "RandomUniform":
        return sym.random.uniform(call.attr("low", 0.0), call.attr("high", 1.0), shape=shape, dtype=dtype, name=call.name)
    return sym.random.normal(call.attr("mean", 0.0), call.attr("scale", 1.0), shape=shape, dtype=dtype, name=call.name)


@imports("RandomUniformLike")
def _random_like(call):
    return sym._internal._random_uniform_like(call.sym(), low=call.attr("low", 0.0), high=call.attr("high", 1.0),
                                              name=call.name)


@imports("RandomNormalLike")
def _random_normal_like(call):
    return sym._internal._random_normal_like(call.sym(), loc=call.attr("mean", 0.0), scale=call.attr("scale", 1.0),
                                             name=call.name)
