"""Operators on known arrays, worked out while importing: the arithmetic of shapes that exporters write, for the most part."""
import math

import numpy as np

from ....onnx.package import dtype_of

__all__ = ["FOLDED"]


#: Arrays of more elements than this are not made of a few numbers.
_MOST = 1 << 24


def _checked(call, shape):
    if min(shape, default=0) < 0 or math.prod(shape) > _MOST:
        raise call.no(f"the shape {tuple(shape)} is too large")
    return shape


def _constant(call):
    for name, kind in (("value", None), ("value_float", np.float32), ("value_floats", np.float32), ("value_int", np.int64),
                       ("value_ints", np.int64)):
        if call.attr(name) is not None:
            return np.asarray(call.attr(name), kind)
    raise call.no("it holds no numbers")


def _filled(call):
    value = call.attr("value")
    value = np.zeros(1, np.float32) if value is None else value.ravel()
    return np.full(_checked(call, call.ints(0)), value[0], value.dtype)


def _slice(call):
    x = call.array(0)
    if call.has(1):
        starts, ends = call.ints(1), call.ints(2)
        axes = call.ints(3) if call.has(3) else range(len(starts))
        steps = call.ints(4) if call.has(4) else (1,) * len(starts)
    else:
        starts, ends = call.attr("starts"), call.attr("ends")
        axes, steps = call.attr("axes", range(len(starts))), (1,) * len(starts)
    index = [slice(None)] * x.ndim
    for a, b, e, s in zip(axes, starts, ends, steps):
        index[a] = slice(b, None if s < 0 and e < -x.shape[a] else e, s)
    return x[tuple(index)]


def _squeeze(call):
    axes = call.axes()
    return np.squeeze(call.array(0), axes if axes is None else tuple(axes))


def _unsqueeze(call):
    x, axes = call.array(0), call.axes()
    n = x.ndim + len(axes)
    for a in sorted(v % n for v in axes):
        x = np.expand_dims(x, a)
    return x


def _reshape(call):
    x, shape = call.array(0), call.ints(1)
    return x.reshape([x.shape[k] if d == 0 else d for k, d in enumerate(shape)])


def _divide(call):
    a, b = call.array(0), call.array(1)
    return a / b if a.dtype.kind == "f" else np.trunc(np.true_divide(a, b)).astype(a.dtype)


def _pair(function):
    return lambda call: np.asarray(function(call.array(0), call.array(1)))


def _one(function):
    return lambda call: np.asarray(function(call.array(0)))


def _transpose(call):
    perm = call.attr("perm")
    return np.transpose(call.array(0), perm)


def _pad(call):
    x, pads = call.array(0), call.ints(1) if call.has(1) else call.attr("pads")
    value = call.array(2).item() if call.has(2) else call.attr("value", 0)
    mode = call.attr("mode", "constant")
    _checked(call, [d + abs(a) + abs(b) for d, a, b in zip(x.shape, pads[:x.ndim], pads[x.ndim:])])
    options = {"constant_values": value} if mode == "constant" else {}
    return np.pad(x, list(zip(pads[:x.ndim], pads[x.ndim:])), mode, **options)


def _split(call):
    x, axis = call.array(0), call.attr("axis", 0)
    sizes = call.ints(1) if call.has(1) else call.attr("split")
    return np.split(x, call.outputs if sizes is None else np.cumsum(sizes)[:-1], axis)


def _scatter(call):
    y = call.array(0).copy()
    y[tuple(np.moveaxis(call.array(1), -1, 0))] = call.array(2)
    return y


def _range(call):
    start, limit, step = (call.array(k).item() for k in range(3))
    _checked(call, [max(math.ceil((limit - start) / step), 0)])
    return np.arange(start, limit, step, dtype=call.array(0).dtype)


def _expand(call):
    return np.broadcast_to(call.array(0), _checked(call, np.broadcast_shapes(call.array(0).shape, call.ints(1)))).copy()


def _tile(call):
    x, times = call.array(0), call.ints(1)
    _checked(call, [d * t for d, t in zip(x.shape, times)])
    return np.tile(x, times)


FOLDED = {
    "GatherND": lambda call: call.array(0)[tuple(np.moveaxis(call.array(1), -1, 0))],
    "Constant": _constant, "ConstantOfShape": _filled, "Slice": _slice, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze,
    "Pad": _pad, "Split": _split, "ScatterND": _scatter, "Reshape": _reshape, "Div": _divide, "Transpose": _transpose,
    "Add": _pair(np.add), "Sub": _pair(np.subtract), "Mul": _pair(np.multiply), "Equal": _pair(np.equal),
    "Less": _pair(np.less), "Greater": _pair(np.greater), "And": _pair(np.logical_and), "Or": _pair(np.logical_or),
    "Not": _one(np.logical_not), "Abs": _one(np.abs),
    "Max": _pair(np.maximum), "Min": _pair(np.minimum), "Identity": _one(lambda x: x), "Floor": _one(np.floor),
    "Ceil": _one(np.ceil), "Sqrt": _one(np.sqrt), "Neg": _one(np.negative),
    "Shape": _one(lambda x: np.array(x.shape, np.int64)),
    "Size": _one(lambda x: np.array(x.size, np.int64)),
    "Gather": lambda call: np.take(call.array(0), call.array(1), axis=call.attr("axis", 0)),
    "Concat": lambda call: np.concatenate([call.array(k) for k in range(len(call.ins))], axis=call.attr("axis", 1)),
    "Cast": lambda call: call.array(0).astype(dtype_of(call.attr("to"))),
    "Range": _range, "Expand": _expand, "Tile": _tile,
    "Where": lambda call: np.where(*(call.array(k) for k in range(3))),
    "ReduceProd": lambda call: np.prod(call.array(0), axis=call.axes(), keepdims=bool(call.attr("keepdims", 1))),
}
