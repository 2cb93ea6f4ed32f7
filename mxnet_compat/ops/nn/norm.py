"""Normalisation layers without state: of layers, instances, groups, by length, across channels.

Batch normalisation is in ``batch_norm.py``, the kernels in ``rows.py``.
"""
from typing import Annotated, Literal

import numpy as np

from .. import functional as F
from .. import shapes
from ..declare import FLOAT, ZERO, Array, composite, operator
from ..params import Ge
from . import rows
from .infer import fitted, product
from .moments import View, second


def _wide(x):
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _three(p):
    return 3 if p.get("output_mean_var") else 1


def _has_shape(name, a, shape):
    if a.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {a.shape}")


@operator("LayerNorm", output_names=("output", "mean", "std"), dtypes=FLOAT, outputs=3, visible=_three)
def layer_norm(data: Array, gamma: Array, beta: Array, *, axis: int = -1, eps: float = 1e-5,
               output_mean_var: bool = False):
    """``gamma * (data - mean) / sqrt(var + eps) + beta`` with mean and (biased) variance along ``axis``.

    gamma and beta have the length of that axis. With ``output_mean_var`` mean and ``sqrt(var + eps)``, of length 1
    along the axis, are returned too; no gradient passes there.
    """
    axis = shapes.normalize_axis(axis, data.ndim)
    n = data.shape[axis]
    _has_shape("gamma", gamma, (n,))
    _has_shape("beta", beta, (n,))
    x = np.moveaxis(_wide(data), axis, -1)
    y, mean, deviation = rows.normalize(x.reshape(-1, n), _wide(gamma), _wide(beta), eps, True)
    kept = data.shape[:axis] + (1,) + data.shape[axis + 1:]
    y = np.ascontiguousarray(np.moveaxis(y.reshape(x.shape), -1, axis)).astype(data.dtype, copy=False)
    return y, mean.reshape(kept).astype(data.dtype, copy=False), deviation.reshape(kept).astype(data.dtype, copy=False)


@layer_norm.shapes
def _(data, gamma, beta, *, axis, **_):
    if data is None:
        return (data, gamma, beta), (None, None, None)
    axis = shapes.normalize_axis(axis, len(data))
    n = (data[axis],)
    kept = data[:axis] + (1,) + data[axis + 1:]
    return (data, fitted("gamma", gamma, n), fitted("beta", beta, n)), (data, kept, kept)


def _grouped(name, data, gamma, beta, groups, eps):
    if data.ndim < 3:
        raise ValueError(f"data must have 3 dimensions or more, got {data.ndim}")
    if groups < 1 or data.shape[1] % groups:
        raise ValueError(f"the {data.shape[1]} channels of data do not divide into {groups} groups")
    _has_shape("gamma", gamma, (groups,))
    _has_shape("beta", beta, (groups,))
    n = len(data)
    x = _wide(data).reshape(n * groups, product(data.shape[1:]) // groups)
    y, mean, deviation = rows.normalize(x, np.tile(_wide(gamma), n), np.tile(_wide(beta), n), eps, False)
    return tuple([a.reshape(s).astype(data.dtype, copy=False)
                  for a, s in ((y, data.shape), (mean, (n, groups)), (deviation, (n, groups)))])


@operator("GroupNorm", output_names=("output", "mean", "std"), dtypes=FLOAT, outputs=3, visible=_three)
def group_norm(data: Array, gamma: Array, beta: Array, *, num_groups: int = 1, eps: float = 1e-5,
               output_mean_var: bool = False):
    """Each sample's channels in groups of equal size, normalised together; gamma and beta are (num_groups,).

    ``data`` is (N, C, ...) of 3 dimensions or more. With ``output_mean_var`` mean and ``sqrt(var + eps)``, both
    (N, num_groups), are returned too; no gradient passes there.
    """
    return _grouped("GroupNorm", data, gamma, beta, num_groups, eps)


@group_norm.shapes
def _(data, gamma, beta, *, num_groups, **_):
    g = (num_groups,)
    kept = None if data is None else (data[0], num_groups)
    return (data, fitted("gamma", gamma, g), fitted("beta", beta, g)), (data, kept, kept)


@operator("InstanceNorm", output_names=("output", "mean", "var"), dtypes=FLOAT, outputs=3, visible=1)
def instance_norm(data: Array, gamma: Array, beta: Array, *, eps: float = 1e-3):
    """Each channel of each sample normalised by itself; ``data`` is (N, C, ...), gamma and beta are (C,)."""
    if data.ndim < 3:
        raise ValueError(f"data must have 3 dimensions or more, got {data.ndim}")
    return _grouped("InstanceNorm", data, gamma, beta, data.shape[1], eps)


@instance_norm.shapes
def _(data, gamma, beta, *, eps):
    if data is None:
        return (data, gamma, beta), (None, None, None)
    c = data[1:2]
    return (data, fitted("gamma", gamma, c), fitted("beta", beta, c)), (data, data[:2], data[:2])


@operator("_backward_norm", dtypes=FLOAT, outputs=3)
def backward_norm(head: Array, data: Array, gamma: Array, mean: Array, deviation: Array, *,
                  layout: Literal["along", "groups"], axis: int, eps: float):
    """Gradients of data, gamma and beta of the normalisation along an axis, or of ``axis`` groups of channels."""
    x, h, gamma = _wide(data), _wide(head), _wide(gamma)
    t = data.dtype
    along = layout == "along"
    if along:
        x, h = np.moveaxis(x, axis, -1), np.moveaxis(h, axis, -1)
        shape, n = x.shape, x.shape[-1]
    else:
        shape, n = x.shape, product(x.shape[1:]) // axis
        gamma = np.tile(gamma, len(x))
    x, h = x.reshape(-1, n), h.reshape(-1, n)
    if t == np.float16:
        # half precision keeps too little of the mean
        _, mean, deviation = rows.normalize(x, gamma, gamma, eps, along)
    dx, dgamma, dbeta = rows.pull(h, x, gamma, mean.reshape(-1), deviation.reshape(-1), along)
    dx = dx.reshape(shape)
    if along:
        dx = np.ascontiguousarray(np.moveaxis(dx, -1, axis))
    else:
        dgamma, dbeta = dgamma.reshape(-1, axis).sum(0), dbeta.reshape(-1, axis).sum(0)
    return dx.astype(t, copy=False), dgamma.astype(t), dbeta.astype(t)


def _joint(layout, axis, eps, dy, data, gamma, mean, deviation):
    dx, dgamma, dbeta = F._backward_norm(dy, data, gamma, mean, deviation, layout=layout, axis=axis, eps=eps)
    return {"data": dx, "gamma": dgamma, "beta": dbeta}


@layer_norm.gradient
def _(dy0, data, gamma, y1, y2, axis, eps, need):
    return _joint("along", axis, eps, dy0, data, gamma, y1, y2)


@group_norm.gradient
def _(dy0, data, gamma, y1, y2, num_groups, eps, need):
    return _joint("groups", num_groups, eps, dy0, data, gamma, y1, y2)


@instance_norm.gradient
def _(dy0, data, gamma, y1, y2, eps, need):
    return _joint("groups", data.shape[1], eps, dy0, data, gamma, y1, y2)


@backward_norm.gradient
def _(dys, head, data, gamma, mean, deviation, layout, axis, need):
    du, dgamma, dbeta = dys
    view = View(data, mean, F.reciprocal(deviation), layout, axis)
    if layout == "along":
        wide = [1] * len(view.shape)
        wide[shapes.normalize_axis(axis, len(wide))] = -1
        rest = tuple([i for i, d in enumerate(wide) if d == 1])
    else:
        wide, rest = [1, -1, 1], (0, 2)

    def row(v):
        return F.reshape(v, shape=tuple(wide))
    h, g, hat = view.of(head), row(gamma), view.hat()
    by_head, by_data, by_gamma = [], [], F.zeros_like(gamma)
    if du is not None:
        pulled = view.pull(view.of(du))
        by_head.append(F.broadcast_mul(pulled, g))
        by_gamma = F.sum(h * pulled, axis=rest) if rest else h * pulled
        by_data.append(view.of(second(du, F.broadcast_mul(h, g), view)))
    if dgamma is not None:
        by_head.append(F.broadcast_mul(hat, row(dgamma)))
        by_data.append(view.pull(F.broadcast_mul(h, row(dgamma))))
    if dbeta is not None:
        by_head.append(F.broadcast_add(F.zeros_like(h), row(dbeta)))

    def total(terms, like):
        return view.restore(F.add_n(*terms)) if terms else F.zeros_like(like)
    return {"head": total(by_head, head), "data": total(by_data, data), "gamma": by_gamma}


backward_norm.gradient(mean=ZERO, deviation=ZERO)


@composite("L2Normalization", dtypes=FLOAT)
def l2_normalization(data: Array, *, eps: float = 1e-10,
                     mode: Literal["channel", "instance", "spatial"] = "instance"):
    """``data / sqrt(sum(data**2) + eps)``: sums of a sample, over axis 1, or of each channel of a sample."""
    if mode != "instance" and data.ndim < 3:
        raise ValueError(f"data must have 3 dimensions or more with mode={mode!r}, got {data.ndim}")
    axes = (1,) if mode == "channel" else tuple(range(1 if mode == "instance" else 2, data.ndim))
    squares = F.square(data)
    if axes:
        squares = F.sum(squares, axis=axes, keepdims=True)
    return F.broadcast_div(data, F.sqrt(squares + eps))


l2_normalization.shape_rule = shapes.same


@operator("_window_sum", dtypes=FLOAT)
def window_sum(data: Array, *, half: Annotated[int, Ge(0)]):
    """Sums of each channel (axis 1) and the ``half`` before and after it."""
    y = _wide(data).copy()
    for k in range(1, min(half, data.shape[1] - 1) + 1):
        y[:, k:] += data[:, :-k]
        y[:, :-k] += data[:, k:]
    return y.astype(data.dtype, copy=False)


window_sum.shape_rule = shapes.same
window_sum.gradient(data=lambda dy, half: F._window_sum(dy, half=half))


@composite("LRN", dtypes=FLOAT)
def lrn(data: Array, *, alpha: float = 1e-4, beta: float = 0.75, knorm: float = 2.0, nsize: Annotated[int, Ge(0)]):
    """``data / (knorm + alpha / nsize * sum of squares)**beta``, the sum over ``nsize`` neighbouring channels.

    Of an even ``nsize`` the last one is left out of the sum, as on the CPU in MXNet.
    """
    if data.ndim < 2:
        raise ValueError(f"data must have an axis 1, got shape {data.shape}")
    if nsize == 0:
        raise ValueError("nsize must be at least 1, got 0")
    squares = F._window_sum(F.square(data), half=(nsize - 1) // 2)
    return data * F._power_scalar(squares * (alpha / nsize) + knorm, scalar=-beta)


lrn.shape_rule = shapes.same
