"""ONNX's convolutions, products, activations, softmax, padding and resizing."""
import math

import numpy as np

from .... import symbol as sym
from .graph import imports


def window(call, spatial):
    """(kernel, strides, dilations, pads before, pads after) with ``auto_pad`` worked out."""
    kernel = tuple(call.attr("kernel_shape") or call.shape(1)[2:])
    n = len(kernel)
    stride, dilate = tuple(call.attr("strides", (1,) * n)), tuple(call.attr("dilations", (1,) * n))
    pads, auto = tuple(call.attr("pads", (0,) * 2 * n)), call.attr("auto_pad", "NOTSET")
    before, after = pads[:n], pads[n:]
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        if not spatial:
            raise call.no(f"auto_pad={auto!r}")
        sizes = call.shape()[2:]
        total = [max((math.ceil(d / s) - 1) * s + (k - 1) * t + 1 - d, 0) for d, s, k, t in zip(sizes, stride, kernel, dilate)]
        less, more = tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
        before, after = (less, more) if auto == "SAME_UPPER" else (more, less)
    elif auto == "VALID":
        before = after = (0,) * n
    return kernel, stride, dilate, before, after


def padded(x, before, after, value=0.0):
    """A picture with more around it."""
    width = [0, 0, 0, 0] + [p for pair in zip(before, after) for p in pair]
    if len(before) == 1:
        # pad works on pictures
        x = sym.expand_dims(x, axis=2)
        x = sym.Pad(x, mode="constant", pad_width=(0, 0, 0, 0, 0, 0, *width[4:]), constant_value=value)
        return sym.squeeze(x, axis=2)
    return sym.Pad(x, mode="constant", pad_width=tuple(width), constant_value=value)


@imports("Conv")
def _conv(call):
    kernel, stride, dilate, before, after = window(call, True)
    x = call.sym()
    if before != after:
        x, before = padded(x, before, after), (0,) * len(kernel)
    bias = [call.sym(2)] if call.has(2) else []
    return sym.Convolution(x, call.sym(1), *bias, kernel=kernel, stride=stride, dilate=dilate, pad=before,
                           num_filter=call.shape(1)[0], num_group=call.attr("group", 1), no_bias=not bias, name=call.name)


@imports("ConvTranspose")
def _conv_transpose(call):
    kernel, stride, dilate, before, after = window(call, False)
    group, adj = call.attr("group", 1), tuple(call.attr("output_padding", (0,) * len(kernel)))
    if call.attr("output_shape"):
        raise call.no("output_shape")
    extra = tuple(b - a for a, b in zip(after, before))
    if any(not 0 <= e + a < s for e, a, s in zip(extra, adj, stride)):
        raise call.no(f"pads={before + after}")
    bias = [call.sym(2)] if call.has(2) else []
    return sym.Deconvolution(call.sym(), call.sym(1), *bias, kernel=kernel, stride=stride, dilate=dilate, pad=before,
                             adj=tuple(a + e for a, e in zip(adj, extra)), num_filter=call.shape(1)[1] * group,
                             num_group=group, no_bias=not bias, name=call.name)


@imports("Gemm")
def _gemm(call):
    alpha, beta = call.attr("alpha", 1.0), call.attr("beta", 1.0)
    a_turned, b_turned = bool(call.attr("transA", 0)), bool(call.attr("transB", 0))
    bias = call.ins[2] if call.has(2) else None
    if alpha == 1 and not a_turned and call.known(1) and (bias is None or beta == 1 and call.known(2)):
        weight = call.array(1)
        hidden = weight.shape[0 if b_turned else 1]
        weight = call.sym(1) if b_turned else call.param(weight.T.copy(), "weight")
        if bias is None:
            return sym.FullyConnected(call.sym(), weight, num_hidden=hidden, no_bias=True, flatten=False, name=call.name)
        if bias.size == hidden:
            vector = call.sym(2) if bias.ndim == 1 else call.param(bias.ravel(), "bias")
            return sym.FullyConnected(call.sym(), weight, vector, num_hidden=hidden, flatten=False, name=call.name)
    y = sym.dot(call.sym(0), call.sym(1), transpose_a=a_turned, transpose_b=b_turned)
    y = y if alpha == 1 else y * alpha
    if bias is None:
        return sym.identity(y, name=call.name)
    return sym.broadcast_add(y, call.sym(2) if beta == 1 else call.sym(2) * beta, name=call.name)


@imports("FC")
def _fc(call):
    return sym.FullyConnected(call.sym(0), call.sym(1), call.sym(2), num_hidden=call.shape(1)[0], name=call.name)


@imports("MatMul")
def _matmul(call):
    m, n = len(call.shape(0)), len(call.shape(1))
    if n <= 2:
        return sym.dot(call.sym(0), call.sym(1), name=call.name)
    if call.shape(0)[:-2] != call.shape(1)[:-2]:
        raise call.no("batches that differ")
    if m == n == 3:
        return sym.batch_dot(call.sym(0), call.sym(1), name=call.name)
    return sym.linalg.gemm2(call.sym(0), call.sym(1), name=call.name)


@imports("LeakyRelu")
def _leaky(call):
    return sym.LeakyReLU(call.sym(), act_type="leaky", slope=call.attr("alpha", 0.01), name=call.name)


@imports("Elu")
def _elu(call):
    return sym.LeakyReLU(call.sym(), act_type="elu", slope=call.attr("alpha", 1.0), name=call.name)


@imports("Selu")
def _selu(call):
    if not math.isclose(call.attr("alpha", 1.67326), 1.67326, rel_tol=1e-4):
        raise call.no("an alpha of its own")
    return sym.LeakyReLU(call.sym(), act_type="selu", name=call.name)


@imports("Gelu")
def _gelu(call):
    return sym.LeakyReLU(call.sym(), act_type="gelu", name=call.name)


@imports("PRelu")
def _prelu(call):
    slope = call.array(1)
    channels = call.shape()[1]
    if slope.size not in (1, channels):
        raise call.no(f"slopes of shape {slope.shape}")
    gamma = call.sym(1) if slope.ndim == 1 else call.param(slope.ravel(), "gamma")
    return sym.LeakyReLU(call.sym(), gamma, act_type="prelu", name=call.name)


@imports("ThresholdedRelu")
def _thresholded(call):
    x = call.sym()
    return sym.elemwise_mul(x, sym._internal._greater_scalar(x, scalar=call.attr("alpha", 1.0)), name=call.name)


@imports("Dropout")
def _dropout(call):
    ratio = call.attr("ratio", 0.5) if not call.has(1) else call.array(1).item()
    return [sym.Dropout(call.sym(), p=ratio, name=call.name)]


@imports("Softmax", "LogSoftmax")
def _softmax(call):
    function = sym.softmax if call.kind == "Softmax" else sym.log_softmax
    if call.version >= 13:
        return function(call.sym(), axis=call.attr("axis", -1), name=call.name)
    # before, all dimensions from the axis on were one
    axis, shape = call.attr("axis", 1), call.shape()
    axis %= len(shape)
    if axis == len(shape) - 1:
        return function(call.sym(), axis=axis, name=call.name)
    rows = sym.reshape(call.sym(), shape=(int(np.prod(shape[:axis])), -1))
    return sym.reshape(function(rows, axis=-1), shape=shape, name=call.name)


@imports("Pad")
def _pad(call):
    pads = call.ints(1) if call.has(1) else tuple(call.attr("pads"))
    value = call.array(2).item() if call.has(2) else call.attr("value", 0.0)
    mode = call.attr("mode", "constant")
    n = len(pads) // 2
    if min(pads) < 0 or mode not in ("constant", "edge", "reflect"):
        raise call.no(f"mode={mode!r}, pads={pads}")
    width = tuple(p for pair in zip(pads[:n], pads[n:]) for p in pair)
    if not any(width):
        return sym.identity(call.sym(), name=call.name)
    if n in (4, 5) and not any(width[:4]):
        return sym.Pad(call.sym(), mode=mode, pad_width=width, constant_value=value, name=call.name)
    if n == 3 and not any(width[:4]):
        x = sym.Pad(sym.expand_dims(call.sym(), axis=2), mode=mode, pad_width=(0,) * 6 + width[4:], constant_value=value)
        return sym.squeeze(x, axis=2, name=call.name)
    raise call.no(f"pads={pads} of an array of {n} dimensions")


@imports("Resize", "Upsample")
def _resize(call):
    at = 2 if call.kind == "Resize" and call.version >= 11 else 1
    shape, mode = call.shape(), call.attr("mode", "nearest")
    scales, sizes = call.attr("scales"), None
    if call.has(3):
        sizes = call.ints(3)
    elif scales is None:
        scales = call.array(at).ravel()
    sizes = sizes or tuple(int(math.floor(d * s)) for d, s in zip(shape, scales))
    ratio = [a / b for a, b in zip(sizes, shape)]
    where = call.attr("coordinate_transformation_mode", "half_pixel" if at == 2 else "asymmetric")
    if len(shape) != 4 or ratio[:2] != [1, 1]:
        raise call.no(f"sizes={sizes} of {shape}")
    if mode == "nearest" and ratio[2] == ratio[3] == int(ratio[2]):
        return sym.UpSampling(call.sym(), scale=int(ratio[2]), sample_type="nearest", name=call.name)
    if mode == "linear" and where in ("align_corners", "half_pixel", "pytorch_half_pixel"):
        return sym.contrib.BilinearResize2D(call.sym(), height=sizes[2], width=sizes[3], align_corners=where == "align_corners",
                                            name=call.name)
    raise call.no(f"mode={mode!r}, coordinate_transformation_mode={where!r}, factors {ratio[2:]}")
