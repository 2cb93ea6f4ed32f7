"""Convolutions, dense layers, activations."""
import math

import numpy as np

from .graph import converts


def _window(call):
    """(strides, dilations, pads) of a convolution."""
    n = len(call.p["kernel"])
    stride, dilate, pad = (tuple(call.p[k] or ()) or (v,) * n for k, v in (("stride", 1), ("dilate", 1), ("pad", 0)))
    return stride, dilate, pad


def _channels_first(call):
    if call.p["layout"] not in (None, "None", "NCW", "NCHW", "NCDHW"):
        raise call.no(f"layout={call.p['layout']!r}")


@converts("Convolution", "Convolution_v1")
def _convolution(call):
    _channels_first(call)
    stride, dilate, pad = _window(call)
    call.emit("Conv", *call.ins, kernel_shape=list(call.p["kernel"]), strides=list(stride), dilations=list(dilate),
              pads=[*pad, *pad], group=call.p["num_group"])


@converts("Deconvolution")
def _deconvolution(call):
    _channels_first(call)
    kernel, (stride, dilate, pad) = call.p["kernel"], _window(call)
    adj, target = tuple(call.p["adj"] or ()) or (0,) * len(kernel), tuple(call.p["target_shape"] or ())
    if any(target):
        whole = [s * (d - 1) + t * (k - 1) + 1 for s, d, t, k in zip(stride, call.fixed()[2:], dilate, kernel)]
        extra = [w - t for w, t in zip(whole, target)]
        pad, adj = [(e + 1) // 2 for e in extra], [e % 2 for e in extra]
    call.emit("ConvTranspose", *call.ins, kernel_shape=list(kernel), strides=list(stride), dilations=list(dilate),
              pads=[*pad, *pad], output_padding=list(adj), group=call.p["num_group"])


@converts("FullyConnected")
def _fully_connected(call):
    x, weight, *bias = call.ins
    if call.p["flatten"] or call.ndim() == 2:
        if call.ndim() != 2:
            x = call.mid("Flatten", x, axis=1)
        call.emit("Gemm", x, weight, *bias, transB=1)
        return
    y = (call.mid if bias else call.emit)("MatMul", x, call.transposed(weight, (1, 0)))
    if bias:
        call.emit("Add", y, bias[0])


_ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softrelu": "Softplus", "softsign": "Softsign"}


@converts("Activation")
def _activation(call):
    kind = call.p["act_type"]
    if kind not in _ACTIVATIONS:
        raise call.no(f"act_type={kind!r}")
    call.emit(_ACTIVATIONS[kind], call.ins[0])


@converts("LeakyReLU")
def _leaky(call):
    kind, x, slope = call.p["act_type"], call.ins[0], call.p["slope"]
    if kind == "leaky":
        call.emit("LeakyRelu", x, alpha=slope)
    elif kind == "rrelu":
        call.emit("LeakyRelu", x, alpha=(call.p["lower_bound"] + call.p["upper_bound"]) / 2)
    elif kind == "elu":
        call.emit("Elu", x, alpha=slope)
    elif kind == "selu":
        call.emit("Selu", x)
    elif kind == "prelu":
        gamma = call.ins[1]
        if call.ndim() > 2:
            gamma = call.reshaped(gamma, -1, *[1] * (call.ndim() - 2))
        call.emit("PRelu", x, gamma)
    else:
        half = call.mid("Mul", x, call.const(0.5))
        erf = call.mid("Erf", call.mid("Mul", x, call.const(1 / math.sqrt(2))))
        call.emit("Mul", half, call.mid("Add", erf, call.const(1)))


@converts("LRN")
def _lrn(call):
    call.emit("LRN", call.ins[0], alpha=call.p["alpha"], beta=call.p["beta"], bias=call.p["knorm"], size=call.p["nsize"])


@converts("_contrib_div_sqrt_dim")
def _div_sqrt_dim(call):
    size = call.mid("Gather", call.mid("Shape", call.ins[0]), call.ints(-1))
    call.emit("Div", call.ins[0], call.mid("Sqrt", call.cast(size, call.dtypes[0])))


@converts("Pad")
def _pad(call):
    width, mode = call.p["pad_width"], call.p["mode"]
    pads = call.ints(*width[::2], *width[1::2])
    value = np.array(call.p["constant_value"], call.dtypes[0]) if mode == "constant" else None
    call.emit("Pad", call.ins[0], pads, None if value is None else call.const(value), mode=mode)
