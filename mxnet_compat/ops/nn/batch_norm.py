"""Batch normalisation and its older and synchronised forms. Kernels are in ``channels.py``.

As in MXNet, a forward pass leaves the moving statistics alone; the *backward* pass of a training step moves them, and
``fix_gamma`` writes ones into gamma in any forward pass.
"""
import numpy as np

from ...backend import pool
from .. import functional as F
from ..declare import FLOAT, ZERO, AnyArray, Array, Aux, Training, composite, operator
from ..shapes import normalize_axis
from .channels import Channels
from .infer import fitted
from .moments import View, second

_AUX = {"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'}


def _visible(p):
    return 3 if p["output_mean_var"] else 1


def _wide(x):
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _check(data, axis, given):
    if not -data.ndim <= axis < data.ndim:
        raise ValueError(f"axis {axis} is out of range for data of {data.ndim} dimensions")
    c = data.shape[axis]
    t = np.dtype(np.float32) if data.dtype == np.float16 else data.dtype
    for name, v in given.items():
        if v.shape != (c,):
            raise ValueError(f"{name} must have shape {(c,)}, the length of axis {axis} of data; got {v.shape}")
        if v.dtype != t:
            raise ValueError(f"{name} must have type {t.name} with data of {data.dtype.name}; got {v.dtype.name}")


@operator("BatchNorm", output_names=("output", "mean", "var"), dtypes=FLOAT, outputs=3, visible=_visible, aux_init=_AUX)
def batch_norm(data: Array, gamma: AnyArray, beta: AnyArray, moving_mean: Aux, moving_var: Aux, *, eps: float = 1e-3,
               momentum: float = 0.9, fix_gamma: bool = True, use_global_stats: bool = False,
               output_mean_var: bool = False, axis: int = 1, cudnn_off: bool = False,
               min_calib_range: float | None = None, max_calib_range: float | None = None, training: Training = False):
    """``gamma * (data - mean) / sqrt(var + eps) + beta`` of each channel along ``axis``.

    In training mean and (biased) variance are those of the batch, and the backward pass moves ``moving_mean`` and
    ``moving_var`` towards them by ``1 - momentum``; otherwise, or with ``use_global_stats``, they are the moving ones.
    ``fix_gamma`` fills gamma with ones. gamma, beta and statistics have shape (C,) and the type of data, or float32
    where data is float16. With ``output_mean_var`` mean and ``1 / sqrt(var + eps)`` are returned too; no gradient
    passes there.
    """
    _check(data, axis, {"gamma": gamma, "beta": beta, "moving_mean": moving_mean, "moving_var": moving_var})
    if fix_gamma:
        gamma[...] = 1
    x = _wide(data)
    c = Channels(x.shape, normalize_axis(axis, x.ndim))
    y = pool.empty(x.shape, x.dtype)
    if training and not use_global_stats:
        mean, var = c.moments(x, y)
        inverse = 1 / np.sqrt(var + eps)
        c.affine(y, gamma * inverse, beta, y)
    else:
        mean = moving_mean
        inverse = 1 / np.sqrt(moving_var.astype(np.float64) + eps)
        scale = gamma * inverse
        c.affine(x, scale, beta - mean * scale, y)
    # fresh memory: the moving mean changes in backward
    return y.astype(data.dtype, copy=False), np.array(mean, gamma.dtype), inverse.astype(gamma.dtype)


def _shapes(data, gamma, beta, moving_mean, moving_var, *, axis=1, **_):
    if data is None:
        return (data, gamma, beta, moving_mean, moving_var), (None, None, None)
    c = (data[normalize_axis(axis, len(data))],)
    names = ("gamma", "beta", "moving_mean", "moving_var")
    given = [fitted(n, g, c) for n, g in zip(names, (gamma, beta, moving_mean, moving_var))]
    return (data, *given), (data, c, c)


def _types(data, *others, **_):
    t = np.dtype(np.float32) if data == np.float16 else data
    return (data, *[o or t for o in others]), (data, t, t)


batch_norm.shapes(_shapes)
batch_norm.types(_types)


@operator("_backward_BatchNorm", dtypes=FLOAT, outputs=3)
def backward_batch_norm(head: Array, data: Array, gamma: AnyArray, mean: AnyArray, inverse: AnyArray, moving_mean: Aux,
                        moving_var: Aux, *, axis: int, eps: float, momentum: float, batch: bool):
    """Gradients of data, gamma and beta; with ``batch`` the moving statistics go on to the batch's."""
    if batch:
        for moving, now in ((moving_mean, mean), (moving_var, 1 / np.square(inverse) - inverse.dtype.type(eps))):
            moving *= moving.dtype.type(momentum)
            moving += now * moving.dtype.type(1 - momentum)
    x = _wide(data)
    c = Channels(x.shape, normalize_axis(axis, x.ndim))
    dx, dgamma, dbeta = c.pull(_wide(head), x, mean, inverse.astype(np.float64), gamma, batch)
    return dx.astype(data.dtype, copy=False), dgamma.astype(gamma.dtype), dbeta.astype(gamma.dtype)


@batch_norm.gradient
def _(dy0, data, gamma, y1, y2, moving_mean, moving_var, axis, eps, momentum, fix_gamma, use_global_stats, training,
      need):
    if fix_gamma:
        gamma = F.ones_like(gamma)
    dx, dgamma, dbeta = F._backward_BatchNorm(dy0, data, gamma, y1, y2, moving_mean, moving_var, axis=axis, eps=eps,
                                              momentum=momentum, batch=training and not use_global_stats)
    return {"data": dx, "gamma": F.zeros_like(dgamma) if fix_gamma else dgamma, "beta": dbeta}


def _sum_channels(x):
    return F.sum(x, axis=(0, 2))


@backward_batch_norm.gradient
def _(dys, head, data, gamma, mean, inverse, axis, batch, need):
    du, dgamma, dbeta = dys
    kind = data.dtype
    if kind == np.float16:
        head, data = F.Cast(head, dtype="float32"), F.Cast(data, dtype="float32")
        du = None if du is None else F.Cast(du, dtype="float32")
    view = View(data, mean, inverse, "channel", axis)

    def row(v):
        return F.reshape(v, shape=(1, -1, 1))
    h, g, r = view.of(head), row(gamma), row(inverse)
    hat = view.hat() if batch else F.broadcast_mul(F.broadcast_sub(view.of(data), row(mean)), r)
    by_head, by_data, by_gamma = [], [], None
    if du is not None:
        u = view.of(du)
        pulled = view.pull(u) if batch else F.broadcast_mul(u, r)
        by_head.append(F.broadcast_mul(pulled, g))
        by_gamma = _sum_channels(h * pulled)
        if batch:
            by_data.append(view.of(second(du, F.broadcast_mul(h, g), view)))
    if dgamma is not None:
        weighted = F.broadcast_mul(h, row(dgamma))
        by_head.append(F.broadcast_mul(hat, row(dgamma)))
        by_data.append(view.pull(weighted) if batch else F.broadcast_mul(weighted, r))
    if dbeta is not None:
        by_head.append(F.broadcast_add(F.zeros_like(h), row(dbeta)))

    def total(terms, like):
        y = view.restore(F.add_n(*terms)) if terms else F.zeros_like(like)
        return F.Cast(y, dtype=kind.__name__) if kind == np.float16 else y
    return {"head": total(by_head, head), "data": total(by_data, data),
            "gamma": F.zeros_like(gamma) if by_gamma is None else by_gamma}


backward_batch_norm.gradient(mean=ZERO, inverse=ZERO)


@composite("BatchNorm_v1", output_names=("output", "mean", "var"), dtypes=FLOAT, outputs=_visible, aux_init=_AUX,
           hidden=("moving_mean", "moving_var"))
def batch_norm_v1(data: Array, gamma: AnyArray, beta: AnyArray, moving_mean: Aux, moving_var: Aux, *, eps: float = 1e-3,
                  momentum: float = 0.9, fix_gamma: bool = True, use_global_stats: bool = False,
                  output_mean_var: bool = False):
    """``BatchNorm`` of old: the channels are along axis 1."""
    return F.BatchNorm(data, gamma, beta, moving_mean, moving_var, eps=eps, momentum=momentum, fix_gamma=fix_gamma,
                       use_global_stats=use_global_stats, output_mean_var=output_mean_var)


@composite("_contrib_SyncBatchNorm", output_names=("output", "mean", "var"), dtypes=FLOAT, outputs=_visible, aux_init=_AUX)
def sync_batch_norm(data: Array, gamma: AnyArray, beta: AnyArray, moving_mean: Aux, moving_var: Aux, *,
                    eps: float = 1e-3, momentum: float = 0.9, fix_gamma: bool = True, use_global_stats: bool = False,
                    output_mean_var: bool = False, ndev: int = 1, key: str):
    """``BatchNorm`` along axis 1; the batch is that of this device. ``output_mean_var`` means the variance itself."""
    y = F.BatchNorm(data, gamma, beta, moving_mean, moving_var, eps=eps, momentum=momentum, fix_gamma=fix_gamma,
                    use_global_stats=use_global_stats, output_mean_var=output_mean_var)
    return [y[0], y[1], 1 / F.square(y[2]) - eps] if output_mean_var else y


@composite("_contrib_BatchNormWithReLU", output_names=("output", "mean", "var"), dtypes=FLOAT, outputs=_visible, aux_init=_AUX)
def batch_norm_with_relu(data: Array, gamma: AnyArray, beta: AnyArray, moving_mean: Aux, moving_var: Aux, *,
                         eps: float = 1e-3, momentum: float = 0.9, fix_gamma: bool = True,
                         use_global_stats: bool = False, output_mean_var: bool = False, axis: int = 1,
                         cudnn_off: bool = False, min_calib_range: float | None = None,
                         max_calib_range: float | None = None):
    """``BatchNorm`` followed by ``relu``."""
    y = F.BatchNorm(data, gamma, beta, moving_mean, moving_var, eps=eps, momentum=momentum, fix_gamma=fix_gamma,
                    use_global_stats=use_global_stats, output_mean_var=output_mean_var, axis=axis)
    return [F.relu(y[0]), *y[1:]] if output_mean_var else F.relu(y)


def _visible_only(rule):
    def some(*known, output_mean_var=False, **params):
        ins, outs = rule(*known, **params)
        return ins, outs if output_mean_var else outs[:1]
    return some


for _op in (batch_norm_v1, sync_batch_norm, batch_norm_with_relu):
    _op.shapes(_visible_only(_shapes))
    _op.types(_visible_only(_types))
