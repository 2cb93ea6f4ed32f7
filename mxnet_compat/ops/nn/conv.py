"""``Convolution``, ``Deconvolution`` and their gradients, which are convolutions again with gradients themselves.

The kernels are in ``correlate.py``; this file has parameters, shapes and rules.
"""
import functools
from typing import Annotated, Literal

import numpy as np

from ...backend import pool
from .. import functional as F
from ..declare import FLOAT, Array, operator
from ..params import Ge, Shape
from .correlate import correlate, spread, weigh
from .infer import fitted

_LAYOUTS = {1: "NCW", 2: "NCHW", 3: "NCDHW"}
_NEEDS = {"bias": lambda p: not p["no_bias"]}


@functools.lru_cache(maxsize=1024)
def _geometry(kernel, stride, dilate, pad, layout):
    """(stride, dilate, pad) with defaults filled in; ValueError where lengths or values make no convolution."""
    n = len(kernel)
    if n not in _LAYOUTS or min(kernel) < 1:
        raise ValueError(f"kernel must be 1 to 3 positive integers, got {kernel}")
    for name, value, least in (("stride", stride, 1), ("dilate", dilate, 1), ("pad", pad, 0)):
        if value and (len(value) != n or min(value) < least):
            raise ValueError(f"{name} must be {n} integers of at least {least}, as kernel {kernel} has, got {value}")
    if layout not in (None, _LAYOUTS[n]):
        raise ValueError(f"layout must be {_LAYOUTS[n]} for a kernel of {n} dimensions on a CPU, got {layout}")
    return stride or (1,) * n, dilate or (1,) * n, pad or (0,) * n


def _groups(data, num_filter, num_group):
    if num_filter % num_group or (data[1] or 0) % num_group:
        raise ValueError(f"num_group must divide the channels of data ({data[1]}) and num_filter ({num_filter}), "
                         f"got {num_group}")


def _ranked(data, kernel):
    if len(data) != len(kernel) + 2:
        raise ValueError(f"data must have {len(kernel) + 2} dimensions for kernel {kernel}, got {tuple(data)}")


@functools.lru_cache(maxsize=1024)
def _conv_shapes(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias, layout):
    stride, dilate, pad = _geometry(kernel, stride, dilate, pad, layout)
    bias = _bias(bias, num_filter, no_bias)
    if data is None:
        return (data, weight, bias), (None,)
    _ranked(data, kernel)
    _groups(data, num_filter, num_group)
    weight = fitted("weight", weight, (num_filter, (data[1] or 0) // num_group, *kernel))
    out = []
    for size, k, s, d, p in zip(data[2:], kernel, stride, dilate, pad):
        span = d * (k - 1) + 1
        if size and size + 2 * p < span:
            raise ValueError(f"kernel {kernel} with dilate {dilate} exceeds the padded data of shape {tuple(data)}")
        out.append((size + 2 * p - span) // s + 1 if size else 0)
    return (data, weight, bias), ((data[0], num_filter, *out),)


def _bias(bias, num_filter, no_bias):
    if no_bias:
        if bias is not None:
            raise ValueError("bias is given together with no_bias=True")
        return None
    return fitted("bias", bias, (num_filter,))


def _check_bias(bias, no_bias):
    if bias is None and not no_bias:
        raise ValueError("bias is missing; give it, or no_bias=True")


def _grouped(a, groups):
    """(N, C, *S) as (N, G, C / G, *S)."""
    return a.reshape(a.shape[0], groups, a.shape[1] // groups, *a.shape[2:])


def _wide(*arrays):
    """float16 arrays are worked on in float32."""
    return [a if a is None or a.dtype != np.float16 else a.astype(np.float32) for a in arrays]


def _convolve(data, weight, bias, out, groups, stride, dilate, pad):
    x, w, b = _wide(data, weight, bias)
    y = pool.empty(out, x.dtype)
    correlate(_grouped(x, groups), w.reshape(groups, -1, *w.shape[1:]), _grouped(y, groups), stride, dilate,
              tuple([-p for p in pad]), None if b is None else b.reshape(groups, -1, 1))
    return y.astype(data.dtype, copy=False)


def _transposed(data, weight, bias, out, groups, stride, dilate, pad):
    x, w, b = _wide(data, weight, bias)
    y = pool.empty(out, x.dtype)
    spread(_grouped(x, groups), w.reshape(groups, -1, *w.shape[1:]), _grouped(y, groups), stride, dilate,
           tuple([-p for p in pad]), None if b is None else b.reshape(groups, -1, 1))
    return y.astype(data.dtype, copy=False)


def _conv_rule(data, weight, bias=None, *, kernel, stride, dilate, pad, num_filter, num_group, no_bias, layout, **_):
    return _conv_shapes(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias, layout)


def _dims(a):
    return None if a is None else a.shape


def _forward(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias, layout):
    _check_bias(bias, no_bias)
    _, (out,) = _conv_shapes(data.shape, weight.shape, _dims(bias), kernel, stride, dilate, pad, num_filter, num_group,
                             no_bias, layout)
    stride, dilate, pad = _geometry(kernel, stride, dilate, pad, layout)
    return _convolve(data, weight, bias, out, num_group, stride, dilate, pad)


@operator("Convolution", dtypes=FLOAT, needs=_NEEDS)
def convolution(data: Array, weight: Array, bias: Array | None = None, *, kernel: Shape, stride: Shape = (),
                dilate: Shape = (), pad: Shape = (), num_filter: Annotated[int, Ge(1)],
                num_group: Annotated[int, Ge(1)] = 1, workspace: Annotated[int, Ge(0)] = 1024, no_bias: bool = False,
                cudnn_tune: Literal[None, "fastest", "limited_workspace", "off"] = None, cudnn_off: bool = False,
                layout: Literal[None, "NCDHW", "NCHW", "NCW", "NDHWC", "NHWC"] = None):
    """Correlation of ``data`` (N, C, *S) with ``weight`` (num_filter, C / num_group, *kernel), plus ``bias``.

    ``kernel`` has 1 to 3 axes. The result is (N, num_filter, *O), with ``O = (S + 2 pad - dilate (kernel - 1) - 1) //
    stride + 1``. ``workspace``, ``cudnn_tune`` and ``cudnn_off`` do nothing. MXNetError where shapes do not fit, and
    for layouts with the channels last.
    """
    return _forward(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias, layout)


@operator("Convolution_v1", dtypes=FLOAT, needs=_NEEDS)
def convolution_v1(data: Array, weight: Array, bias: Array | None = None, *, kernel: Shape, stride: Shape = (),
                   dilate: Shape = (), pad: Shape = (), num_filter: Annotated[int, Ge(1)],
                   num_group: Annotated[int, Ge(1)] = 1, workspace: Annotated[int, Ge(0)] = 1024,
                   no_bias: bool = False, cudnn_tune: Literal[None, "fastest", "limited_workspace", "off"] = None,
                   cudnn_off: bool = False, layout: Literal[None, "NCDHW", "NCHW", "NDHWC", "NHWC"] = None):
    """The older ``Convolution``: the same, in two spatial axes only (MXNetError for others)."""
    if len(kernel) != 2:
        raise ValueError(f"kernel must be 2 integers, got {kernel}; Convolution takes 1 to 3")
    return _forward(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias, layout)


convolution.shapes(_conv_rule)
convolution_v1.shapes(_conv_rule)


def _data_gradient(dy, weight, data_like, kernel, stride, dilate, pad, num_group):
    stride, dilate, pad = _geometry(kernel, stride, dilate, pad, None)
    return F._backward_Convolution_data(dy, weight, shape=data_like.shape, kernel=kernel, stride=stride, dilate=dilate,
                                        pad=pad, num_group=num_group)


def _weight_gradient(dy, data, kernel, stride, dilate, pad, num_group):
    stride, dilate, pad = _geometry(kernel, stride, dilate, pad, None)
    return F._backward_Convolution_weight(dy, data, kernel=kernel, stride=stride, dilate=dilate, pad=pad,
                                          num_group=num_group)


def _bias_gradient(dy):
    return F.sum(dy, axis=1, exclude=True)


for _op in (convolution, convolution_v1):
    _op.gradient(data=_data_gradient, weight=_weight_gradient, bias=_bias_gradient)


def _again(data, weight, kernel, stride, dilate, pad, num_group):
    return F.Convolution(data, weight, kernel=kernel, stride=stride, dilate=dilate, pad=pad, num_group=num_group,
                         num_filter=weight.shape[0], no_bias=True)


@operator("_backward_Convolution_data", dtypes=FLOAT)
def backward_data(grad: Array, weight: Array, *, shape: Shape, kernel: Shape, stride: Shape, dilate: Shape,
                  pad: Shape, num_group: int = 1):
    """The gradient of a convolution's data, of the given shape, from that of its result; linear in both inputs."""
    return _transposed(grad, weight, None, shape, num_group, stride, dilate, pad)


@operator("_backward_Convolution_weight", dtypes=FLOAT)
def backward_weight(grad: Array, data: Array, *, kernel: Shape, stride: Shape, dilate: Shape, pad: Shape,
                    num_group: int = 1):
    """The gradient of a convolution's weight (filters, channels / num_group, *kernel); linear in both inputs."""
    g, x = _wide(grad, data)
    dw = weigh(_grouped(x, num_group), _grouped(g, num_group), kernel, stride, dilate, tuple([-p for p in pad]))
    return np.ascontiguousarray(dw.reshape(-1, *dw.shape[2:]), grad.dtype)


backward_data.gradient(
    grad=lambda dy, weight, kernel, stride, dilate, pad, num_group:
        _again(dy, weight, kernel, stride, dilate, pad, num_group),
    weight=lambda dy, grad, kernel, stride, dilate, pad, num_group:
        F._backward_Convolution_weight(grad, dy, kernel=kernel, stride=stride, dilate=dilate, pad=pad,
                                       num_group=num_group))
backward_weight.gradient(
    grad=lambda dy, data, kernel, stride, dilate, pad, num_group:
        _again(data, dy, kernel, stride, dilate, pad, num_group),
    data=lambda dy, grad, data_like, kernel, stride, dilate, pad, num_group:
        F._backward_Convolution_data(grad, dy, shape=data_like.shape, kernel=kernel, stride=stride, dilate=dilate,
                                     pad=pad, num_group=num_group))


@functools.lru_cache(maxsize=1024)
def _deconv_shapes(data, weight, bias, kernel, stride, dilate, pad, adj, target, num_filter, num_group, no_bias,
                   layout):
    """(input shapes, output shapes, the padding that is in effect)."""
    stride, dilate, pad = _geometry(kernel, stride, dilate, pad, layout)
    n = len(kernel)
    for name, value in (("adj", adj), ("target_shape", target)):
        if value and (len(value) != n or min(value) < 0):
            raise ValueError(f"{name} must be {n} integers of at least 0, as kernel {kernel} has, got {value}")
    bias = _bias(bias, num_filter, no_bias)
    if data is None:
        return (data, weight, bias), (None,), pad
    _ranked(data, kernel)
    _groups(data, num_filter, num_group)
    weight = fitted("weight", weight, (data[1] or 0, num_filter // num_group, *kernel))
    out, pads = [], []
    for a, (size, k, s, d) in enumerate(zip(data[2:], kernel, stride, dilate)):
        whole = s * ((size or 1) - 1) + d * (k - 1) + 1
        if any(target):
            # the surplus over the wanted size is cut off at both ends, an odd one more at the front
            cut = whole - target[a]
            if cut < 0 and size:
                raise ValueError(f"target_shape {target} exceeds the whole result, which has {whole} on axis {a + 2}")
            pads.append((cut + 1) // 2)
            extra, length = cut % 2, target[a]
        else:
            extra = adj[a] if adj else 0
            pads.append(pad[a])
            length = whole - 2 * pad[a] + extra
        if extra >= s:
            raise ValueError(f"adj must be smaller than stride {stride}, got {extra} on axis {a + 2}")
        if length < 1 and size and not any(target):
            raise ValueError(f"pad {pad} leaves nothing of the result, which has {whole} on axis {a + 2}")
        out.append(length if size else 0)
    return (data, weight, bias), ((data[0], num_filter, *out),), tuple(pads)


@operator("Deconvolution", dtypes=FLOAT, needs=_NEEDS)
def deconvolution(data: Array, weight: Array, bias: Array | None = None, *, kernel: Shape, stride: Shape = (),
                  dilate: Shape = (), pad: Shape = (), adj: Shape = (), target_shape: Shape = (),
                  num_filter: Annotated[int, Ge(1)], num_group: Annotated[int, Ge(1)] = 1,
                  workspace: Annotated[int, Ge(0)] = 512, no_bias: bool = True,
                  cudnn_tune: Literal[None, "fastest", "limited_workspace", "off"] = None, cudnn_off: bool = False,
                  layout: Literal[None, "NCDHW", "NCHW", "NCW", "NDHWC", "NHWC"] = None):
    """The transpose of a convolution: ``data`` (N, C, *S), ``weight`` (C, num_filter / num_group, *kernel), ``bias``.

    The result is (N, num_filter, *O), with ``O = stride (S - 1) + dilate (kernel - 1) + 1 - 2 pad + adj``, or
    ``target_shape``, which overrides ``pad`` and ``adj``. MXNetError where shapes do not fit, ``adj`` is not smaller
    than ``stride``, or the layout has the channels last.
    """
    _check_bias(bias, no_bias)
    _, (out,), pad = _deconv_shapes(data.shape, weight.shape, _dims(bias), kernel, stride, dilate, pad, adj,
                                    target_shape, num_filter, num_group, no_bias, layout)
    stride, dilate, _ = _geometry(kernel, stride, dilate, (), layout)
    return _transposed(data, weight, bias, out, num_group, stride, dilate, pad)


@deconvolution.shapes
def _deconv_rule(data, weight, bias=None, *, kernel, stride, dilate, pad, adj, target_shape, num_filter, num_group,
                 no_bias, layout, **_):
    return _deconv_shapes(data, weight, bias, kernel, stride, dilate, pad, adj, target_shape, num_filter, num_group,
                          no_bias, layout)[:2]


def _deconv_geometry(shape, kernel, stride, dilate, pad, adj, target_shape, num_group):
    pad = _deconv_shapes(shape, None, None, kernel, stride, dilate, pad, adj, target_shape, num_group, num_group, True,
                         None)[2]
    return *_geometry(kernel, stride, dilate, (), None)[:2], pad


def _deconv_data(dy, weight, data_like, kernel, stride, dilate, pad, adj, target_shape, num_group):
    stride, dilate, pad = _deconv_geometry(data_like.shape, kernel, stride, dilate, pad, adj, target_shape, num_group)
    return _again(dy, weight, kernel, stride, dilate, pad, num_group)


def _deconv_weight(dy, data, kernel, stride, dilate, pad, adj, target_shape, num_group):
    stride, dilate, pad = _deconv_geometry(data.shape, kernel, stride, dilate, pad, adj, target_shape, num_group)
    return F._backward_Convolution_weight(data, dy, kernel=kernel, stride=stride, dilate=dilate, pad=pad,
                                          num_group=num_group)


deconvolution.gradient(data=_deconv_data, weight=_deconv_weight, bias=_bias_gradient)
