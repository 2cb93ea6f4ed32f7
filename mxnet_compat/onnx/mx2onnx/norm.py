"""Normalization."""
import numpy as np

from .graph import converts


@converts("BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU")
def _batch_norm(call):
    x, gamma, *rest = call.ins
    axis = call.p.get("axis", 1) % call.ndim()
    if call.p.get("output_mean_var"):
        raise call.no("output_mean_var=True")
    if call.p["fix_gamma"]:
        gamma = call.const(np.ones(call.shapes[1], call.dtypes[1]))
    relu = call.op == "_contrib_BatchNormWithReLU"
    attrs = {"epsilon": call.p["eps"], "momentum": call.p["momentum"]}
    if axis == 1 and not relu:
        call.emit("BatchNormalization", x, gamma, *rest, **attrs)
        return
    order = list(range(call.ndim()))
    order[1], order[axis] = axis, 1
    y = call.mid("BatchNormalization", call.transposed(x, order) if axis != 1 else x, gamma, *rest, **attrs)
    y = call.mid("Relu", y) if relu else y
    call.emit(*(("Transpose", y) if axis != 1 else ("Identity", y)), **({"perm": order} if axis != 1 else {}))


@converts("InstanceNorm")
def _instance_norm(call):
    call.emit("InstanceNormalization", *call.ins, epsilon=call.p["eps"])


@converts("LayerNorm")
def _layer_norm(call):
    x, gamma, beta = call.ins
    n, axis = call.ndim(), call.p["axis"] % call.ndim()
    if call.p["output_mean_var"]:
        raise call.no("output_mean_var=True")
    centred = call.mid("Sub", x, call.mid("ReduceMean", x, axes=[axis], keepdims=1))
    variance = call.mid("ReduceMean", call.mid("Mul", centred, centred), axes=[axis], keepdims=1)
    y = call.mid("Div", centred, call.mid("Sqrt", call.mid("Add", variance, call.const(call.p["eps"]))))
    if axis != n - 1:
        gamma, beta = (call.reshaped(v, -1, *[1] * (n - 1 - axis)) for v in (gamma, beta))
    call.emit("Add", call.mid("Mul", y, gamma), beta)


@converts("GroupNorm")
def _group_norm(call):
    x, gamma, beta = call.ins
    if call.p["output_mean_var"]:
        raise call.no("output_mean_var=True")
    groups = call.reshaped(x, 0, call.p["num_groups"], -1)
    parts = call.mid("InstanceNormalization", groups, gamma, beta, epsilon=call.p["eps"])
    call.emit("Reshape", parts, call.mid("Shape", x))


@converts("L2Normalization")
def _l2(call):
    n, mode = call.ndim(), call.p["mode"]
    axes = {"instance": range(1, n), "channel": [1], "spatial": range(2, n)}[mode]
    squares = call.mid("ReduceSum", call.mid("Mul", call.ins[0], call.ins[0]), call.ints(*axes), keepdims=1)
    call.emit("Div", call.ins[0], call.mid("Sqrt", call.mid("Add", squares, call.const(call.p["eps"]))))
