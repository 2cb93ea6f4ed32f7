"""ONNX's normalization."""
from .... import symbol as sym
from .graph import imports


@imports("BatchNormalization", "SpatialBN")
def _batch_norm(call):
    if call.attr("training_mode") or not call.attr("spatial", 1):
        raise call.no("training_mode=1 or spatial=0")
    return [sym.BatchNorm(*[call.sym(k) for k in range(5)], eps=call.attr("epsilon", 1e-5),
                          momentum=call.attr("momentum", 0.9), fix_gamma=False, name=call.name)]


@imports("InstanceNormalization")
def _instance_norm(call):
    return sym.InstanceNorm(*[call.sym(k) for k in range(3)], eps=call.attr("epsilon", 1e-5), name=call.name)


@imports("LayerNormalization")
def _layer_norm(call):
    n, axis = len(call.shape()), call.attr("axis", -1)
    if axis % n != n - 1:
        raise call.no("several axes")
    beta = call.sym(2) if call.has(2) else sym.zeros_like(call.sym(1))
    return [sym.LayerNorm(call.sym(0), call.sym(1), beta, axis=-1, eps=call.attr("epsilon", 1e-5), name=call.name)]


@imports("GroupNormalization")
def _group_norm(call):
    groups, shape = call.attr("num_groups"), call.shape()
    scale, shift = call.sym(1), call.sym(2)
    if call.version < 21:
        # one number a group, as here
        return sym.GroupNorm(call.sym(), scale, shift, num_groups=groups, eps=call.attr("epsilon", 1e-5), name=call.name)
    ones = sym.ones((groups,), dtype=call.dtype().name)
    y = sym.GroupNorm(call.sym(), ones, ones * 0, num_groups=groups, eps=call.attr("epsilon", 1e-5))
    wide = (1, -1) + (1,) * (len(shape) - 2)
    y = sym.broadcast_mul(y, sym.reshape(scale, shape=wide))
    return sym.broadcast_add(y, sym.reshape(shift, shape=wide), name=call.name)


@imports("LRN")
def _lrn(call):
    return sym.LRN(call.sym(), alpha=call.attr("alpha", 1e-4), beta=call.attr("beta", 0.75), knorm=call.attr("bias", 1.0),
                   nsize=call.attr("size"), name=call.name)


@imports("LpNormalization")
def _lp(call):
    axis, p = call.attr("axis", -1), call.attr("p", 2)
    length = sym.norm(call.sym(), ord=p, axis=axis, keepdims=True)
    return sym.broadcast_div(call.sym(), length, name=call.name)
