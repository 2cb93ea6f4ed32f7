"""Softmax and its kin along one axis: ``softmax``, ``softmin``, ``log_softmax``, ``SoftmaxActivation``.

Outputs that bring a loss of their own, as ``SoftmaxOutput``, are in ``loss.py``.
"""
from typing import Annotated, Literal

import numpy as np

from .. import functional as F
from .. import shapes
from ..declare import FLOAT, INTEGER, ZERO, AnyArray, Array, operator
from ..params import DType, OneOf
from . import softmax_kernels as kernels

FloatType = Annotated[DType | None, OneOf("float16", "float32", "float64")]


def _along(function, data, axis, temperature, dtype, sign=1):
    """``function`` of ``data`` over the temperature, in the wider of its type and ``dtype``, which the result has."""
    axis = shapes.normalize_axis(axis, data.ndim)
    if dtype is not None:
        return _along(function, data.astype(np.result_type(data, dtype), copy=False), axis, temperature, None,
                      sign).astype(dtype, copy=False)
    scale = _scale(temperature, sign)
    return function(data if scale == 1 else data * data.dtype.type(scale), axis)


def _scale(temperature, sign=1):
    return float(sign if temperature is None else sign / temperature if temperature else np.inf)


def _masked(x, axis, length):
    """Softmax of the first ``length`` places along ``axis``; the others, and a row of length 0, are 0."""
    wanted = x.shape[:axis] + x.shape[axis + 1:]
    if length.dtype not in INTEGER:
        raise ValueError(f"length must be of an integer type, got {length.dtype.name}")
    if length.shape != wanted:
        raise ValueError(f"length must have the shape of data without axis {axis}, {wanted}; got {length.shape}")
    place = np.arange(x.shape[axis]).reshape(-1, *[1] * (x.ndim - axis - 1))
    valid = place < np.expand_dims(length, axis)
    top = x.max(axis, keepdims=True, initial=-np.inf, where=valid)
    e = np.where(valid, np.exp(x - np.where(np.isneginf(top), 0, top)), 0)
    s = e.sum(axis, keepdims=True)
    s[s == 0] = 1
    e /= s
    return e.astype(x.dtype, copy=False)


@operator("softmax", dtypes=FLOAT, needs={"length": lambda p: bool(p["use_length"])})
def softmax(data: Array, length: AnyArray | None = None, *, axis: int = -1, temperature: float | None = None,
            dtype: FloatType = None, use_length: bool | None = False):
    """``exp(data / temperature)`` over its sum along ``axis``, in ``dtype`` if given.

    With ``use_length``, ``length`` (integers, the shape of ``data`` without ``axis``) counts the leading places that
    take part; the others come out as 0.
    """
    if bool(use_length) != (length is not None):
        raise ValueError(f"use_length={use_length} takes {'a' if use_length else 'no'} length")
    along = kernels.softmax if length is None else lambda x, axis: _masked(x, axis, length)
    return _along(along, data, axis, temperature, dtype)


@operator("softmin", dtypes=FLOAT)
def softmin(data: Array, *, axis: int = -1, temperature: float | None = None, dtype: FloatType = None,
            use_length: bool | None = False):
    """``softmax`` of ``-data``."""
    if use_length:
        raise ValueError("use_length is for softmax only")
    return _along(kernels.softmax, data, axis, temperature, dtype, -1)


@operator("log_softmax", dtypes=FLOAT)
def log_softmax(data: Array, *, axis: int = -1, temperature: float | None = None, dtype: FloatType = None,
                use_length: bool | None = False):
    """The logarithm of ``softmax``, exact where that is tiny."""
    if use_length:
        raise ValueError("use_length is for softmax only")
    return _along(kernels.log_softmax, data, axis, temperature, dtype)


def _rule(data, *length, axis, **_):
    if data is None:
        return (data, *length), (None,)
    axis = shapes.normalize_axis(axis, len(data))
    return (data, *[data[:axis] + data[axis + 1:] for _ in length]), (data,)


softmax.shapes(_rule)
softmin.shapes(_rule)
log_softmax.shapes(_rule)


@operator("_backward_softmax", dtypes=FLOAT)
def backward_softmax(head: Array, result: Array, *, axis: int = -1, scale: float = 1.0):
    """``result * (head - sum(head * result))`` times ``scale``: the gradient of softmax from its result."""
    return _scaled(kernels.pull, head, result, axis, scale)


def _scaled(pull, head, result, axis, scale):
    g = pull(head, result, shapes.normalize_axis(axis, head.ndim))
    if scale != 1:
        g *= g.dtype.type(scale)
    return g


@operator("_backward_log_softmax", dtypes=FLOAT)
def backward_log_softmax(head: Array, result: Array, *, axis: int = -1, scale: float = 1.0):
    """``head - exp(result) * sum(head)`` times ``scale``: the gradient of log_softmax from its result."""
    return _scaled(kernels.pull_log, head, result, axis, scale)


backward_softmax.shape_rule = backward_log_softmax.shape_rule = shapes.same


@backward_softmax.gradient
def _(dy, head, result, axis, scale, need):
    grads = {}
    if need[0]:
        grads["head"] = F._backward_softmax(dy, result, axis=axis, scale=scale)
    if need[1]:
        inner = F.sum(head * result, axis=axis, keepdims=True)
        other = F.sum(dy * result, axis=axis, keepdims=True)
        g = dy * F.broadcast_sub(head, inner) - F.broadcast_mul(other, head)
        grads["result"] = g if scale == 1 else g * scale
    return grads


@backward_log_softmax.gradient
def _(dy, head, result, axis, scale, need):
    p = F.exp(result)
    grads = {}
    weighted = dy * p
    if need[0]:
        g = F.broadcast_sub(dy, F.sum(weighted, axis=axis, keepdims=True))
        grads["head"] = g if scale == 1 else g * scale
    if need[1]:
        grads["result"] = F.broadcast_mul(weighted, F.sum(head, axis=axis, keepdims=True)) * -scale
    return grads


def _as(x, like):
    return x if x.dtype == like.dtype else F.Cast(x, dtype=np.dtype(like.dtype).name)


softmax.gradient(
    data=lambda dy, y, data_like, axis, temperature: _as(
        F._backward_softmax(dy, y, axis=axis, scale=_scale(temperature)), data_like),
    length=ZERO)
softmin.gradient(
    data=lambda dy, y, data_like, axis, temperature: _as(
        F._backward_softmax(dy, y, axis=axis, scale=_scale(temperature, -1)), data_like))
log_softmax.gradient(
    data=lambda dy, y, data_like, axis, temperature: _as(
        F._backward_log_softmax(dy, y, axis=axis, scale=_scale(temperature)), data_like))


@operator("SoftmaxActivation", dtypes=FLOAT)
def softmax_activation(data: Array, *, mode: Literal["channel", "instance"] = "instance"):
    """Softmax of each sample: over axis 1 with ``mode="channel"`` (3 dimensions or more), else over the last axis."""
    return kernels.softmax(data, _activation_axis(data.ndim, mode))


def _activation_axis(ndim, mode):
    if ndim < (3 if mode == "channel" else 2):
        raise ValueError(f"data must have at least {3 if mode == 'channel' else 2} dimensions with mode={mode!r}")
    return 1 if mode == "channel" else ndim - 1


softmax_activation.shape_rule = shapes.same
# MXNet's gradient goes along axis 1 even where forward takes the last of several axes
softmax_activation.gradient(data=lambda dy, y: F._backward_softmax(dy, y, axis=1))
