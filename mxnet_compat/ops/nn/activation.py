"""Activation functions that one operator offers by name: ``Activation`` and ``LeakyReLU``.

Also the fused gradients of relu, sigmoid and tanh. The functions under their own names are in ``ops/elementwise.py``.
"""
from typing import Literal

import numpy as np

from ...backend import parallel
from .. import functional as F
from .. import shapes
from ..declare import FLOAT, NUMERIC, ZERO, Array, Rng, Training, operator
from ..special_functions import normal
from .infer import fitted

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_DENSITY = float(1 / np.sqrt(2 * np.pi))


def _sigmoid(x):
    y = np.negative(x)
    np.exp(y, out=y)
    y += 1
    return np.reciprocal(y, out=y)


def _softrelu(x):
    # stable at both ends: max(x, 0) + log(1 + exp(-|x|))
    y = np.abs(x)
    np.negative(y, out=y)
    np.exp(y, out=y)
    np.log1p(y, out=y)
    y += np.maximum(x, 0)
    return y


def _softsign(x):
    y = np.abs(x)
    y += 1
    return np.divide(x, y, out=y)


_FORWARD = {"relu": lambda x: np.maximum(x, 0), "sigmoid": _sigmoid, "tanh": np.tanh, "softrelu": _softrelu,
            "softsign": _softsign}


@operator("Activation", dtypes=FLOAT)
def activation(data: Array, *, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"]):
    """relu, sigmoid, tanh, softrelu (``log(1 + exp(x))``) or softsign (``x / (1 + |x|)``), element by element."""
    return parallel.blocks(_FORWARD[act_type], data)


activation.shape_rule = shapes.same


@operator("_backward_relu", dtypes=NUMERIC)
def backward_relu(head: Array, result: Array):
    """The gradient of relu, from its result: that of nan is nan."""
    return parallel.blocks(_relu_pull, head, result)


def _relu_pull(head, result):
    g = np.multiply(head, result > 0)
    if result.dtype.kind == "f" and result.size and np.isnan(result.max()):     # the largest tells of any nan
        np.copyto(g, np.nan, where=np.isnan(result))
    return g


@operator("_backward_sigmoid")
def backward_sigmoid(head: Array, result: Array):
    """The gradient of the sigmoid, from its result."""
    return parallel.blocks(_sigmoid_pull, head, result)


def _sigmoid_pull(head, result):
    g = 1 - result
    g *= result
    g *= head
    return g


@operator("_backward_tanh")
def backward_tanh(head: Array, result: Array):
    """The gradient of tanh, from its result."""
    return parallel.blocks(_tanh_pull, head, result)


def _tanh_pull(head, result):
    g = result * result
    np.subtract(1, g, out=g)
    g *= head
    return g


for _op in (backward_relu, backward_sigmoid, backward_tanh):
    _op.shape_rule = shapes.same
backward_relu.gradient(head=lambda dy, result: F._backward_relu(dy, result), result=ZERO)
backward_sigmoid.gradient(head=lambda dy, result: F._backward_sigmoid(dy, result),
                          result=lambda dy, head, result: dy * head * (1 - result * 2))
backward_tanh.gradient(head=lambda dy, result: F._backward_tanh(dy, result),
                       result=lambda dy, head, result: dy * head * result * -2)


# each from the result, so that the input need not be kept
_BACKWARD = {"relu": lambda dy, y: F._backward_relu(dy, y), "sigmoid": lambda dy, y: F._backward_sigmoid(dy, y),
             "tanh": lambda dy, y: F._backward_tanh(dy, y), "softrelu": lambda dy, y: -dy * F.expm1(-y),
             "softsign": lambda dy, y: dy * F.square(1 - F.abs(y))}
activation.gradient(data=lambda dy, y, act_type: _BACKWARD[act_type](dy, y))


def _aligned(gamma, data):
    """The shape of ``gamma`` against ``data``: its axes stand at the first two of ``data``, from the right."""
    out, k = [1] * len(data), len(gamma) - 1
    for i in range(min(len(data), 2) - 1, -1, -1):
        if k >= 0 and gamma[k] in (data[i], 1):
            out[i] = gamma[k]
            k -= 1
    if k >= 0:
        raise ValueError(f"gamma of shape {tuple(gamma)} does not fit the first axes of data {tuple(data)}")
    return tuple(out)


def _scaled_below(x, slope):
    """``x`` where it is positive, else ``slope * x``."""
    y = np.multiply(x, x.dtype.type(slope))
    return np.maximum(x, y, out=y) if 0 <= slope <= 1 else np.where(x > 0, x, y)


def _elu(x, alpha, scale=1.0):
    t = x.dtype.type
    y = np.expm1(np.minimum(x, 0))
    y *= t(alpha)
    return np.where(x > 0, x if scale == 1 else x * t(scale), y)


def _gelu(x):
    y = normal(x)
    y *= x
    return y


@operator("LeakyReLU", output_names=("output", "mask"), dtypes=FLOAT, outputs=lambda p: 2 if p["act_type"] == "rrelu" else 1,
          needs={"gamma": lambda p: p["act_type"] == "prelu"}, aux_init={"gamma": '["Constant", {"value": 0.25}]'})
def leaky_relu(data: Array, gamma: Array | None = None, *,
               act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky", slope: float = 0.25,
               lower_bound: float = 0.125, upper_bound: float = 0.334, rng: Rng = None, training: Training = False):
    """Rectifiers that let something through below 0.

    leaky: ``slope * x``; prelu: ``gamma * x``, with ``gamma`` along axis 1; elu: ``slope * (exp(x) - 1)``; selu: elu
    with the self-normalizing constants; gelu: ``x`` times the normal distribution function, everywhere; rrelu: a slope
    drawn from [lower_bound, upper_bound) each, which is the second output, or their mean outside of training.
    """
    if (gamma is None) == (act_type == "prelu"):
        raise ValueError(f"act_type={act_type!r} takes {'a' if gamma is None else 'no'} gamma")
    if act_type == "leaky":
        return (parallel.blocks(lambda x: _scaled_below(x, slope), data),)
    if act_type == "prelu":
        return (np.where(data > 0, data, data * gamma.reshape(_aligned(gamma.shape, data.shape))),)
    if act_type == "rrelu":
        t = data.dtype.type
        if training:
            slopes = rng.uniform(lower_bound, upper_bound, data.shape).astype(t)
        else:
            slopes = np.full(data.shape, (lower_bound + upper_bound) / 2, t)
        return np.where(data > 0, data, data * slopes), slopes
    if act_type == "gelu":
        return (parallel.blocks(_gelu, data),)
    alpha, scale = (slope, 1.0) if act_type == "elu" else (_SELU_SCALE * _SELU_ALPHA, _SELU_SCALE)
    return (parallel.blocks(lambda x: _elu(x, alpha, scale), data),)


@leaky_relu.shapes
def _(data, gamma=None, *, act_type, **_):
    if act_type == "prelu" and data is not None and gamma is None:
        if len(data) < 2:
            raise ValueError("the shape of gamma is unknown, and data has no axis 1 to take it from")
        gamma = fitted("gamma", gamma, data[1:2])
    return (data, gamma), (data,) * (2 if act_type == "rrelu" else 1)


def _pull_leaky(head, x, alpha, scale):
    # arithmetic instead of a choice, which costs several times as much
    g = (x > 0).astype(x.dtype)
    g *= x.dtype.type(scale - alpha)
    g += x.dtype.type(alpha)
    g *= head
    return g


def _pull_elu(head, x, alpha, scale):
    g = np.exp(np.minimum(x, 0))
    g *= x.dtype.type(alpha)
    return np.where(x > 0, x.dtype.type(scale), g) * head


def _pull_gelu(head, x, alpha, scale):
    t = x.dtype.type
    density = np.square(x)
    density *= t(-0.5)
    np.exp(density, out=density)
    density *= x
    density *= t(_DENSITY)
    g = normal(x)
    g += density
    g *= head
    return g


_PULL = {"leaky": _pull_leaky, "elu": _pull_elu, "gelu": _pull_gelu}


@operator("_backward_LeakyReLU", dtypes=FLOAT)
def backward_leaky_relu(head: Array, data: Array, *, kind: Literal["leaky", "elu", "gelu"], alpha: float = 1.0,
                        scale: float = 1.0):
    """The gradient of leaky relu, elu or gelu: below 0 the slope is ``alpha``, for elu times ``exp(x)``; above, ``scale``."""
    pull = _PULL[kind]
    return parallel.blocks(lambda h, x: pull(h, x, alpha, scale), head, data)


def _curvature(x, kind, alpha):
    if kind == "elu":
        return (x <= 0) * F.exp(F._minimum_scalar(x, scalar=0.0)) * alpha
    square = F.square(x)
    return F.exp(square * -0.5) * (2 - square) * _DENSITY


backward_leaky_relu.shape_rule = shapes.same


@backward_leaky_relu.gradient
def _(dy, head, data, kind, alpha, scale, need):
    return {"head": F._backward_LeakyReLU(dy, data, kind=kind, alpha=alpha, scale=scale) if need[0] else None,
            "data": None if not need[1] else F.zeros_like(data) if kind == "leaky" else
            dy * head * _curvature(data, kind, alpha)}


@leaky_relu.gradient
def _leaky_gradient(dy0, data, gamma, y1, act_type, slope, need):
    if act_type in ("leaky", "elu"):
        return {"data": F._backward_LeakyReLU(dy0, data, kind=act_type, alpha=slope)}
    if act_type == "gelu":
        return {"data": F._backward_LeakyReLU(dy0, data, kind="gelu")}
    if act_type == "selu":
        return {"data": F._backward_LeakyReLU(dy0, data, kind="elu", alpha=_SELU_SCALE * _SELU_ALPHA, scale=_SELU_SCALE)}
    above, below = data > 0, data <= 0
    if act_type == "rrelu":
        return {"data": dy0 * (above + below * y1)}
    shape = _aligned(gamma.shape, data.shape)
    wide = gamma if gamma.shape == shape else F.reshape(gamma, shape=shape)
    down = dy0 * below
    grads = {}
    if need[0]:
        grads["data"] = dy0 * above + F.broadcast_mul(down, wide)
    if need[1]:
        grads["gamma"] = F.reshape(F._sum_to(down * data, shape=shape), shape=gamma.shape)
    return grads
