"""Normalisation layers by the kernels of ``triton_kernels/normalize.py``."""
import numpy as np

from .. import normalize
from ..device import Unsupported
from ..pointwise import run
from ..registry import implements


def _need(fine):
    if not fine:
        raise Unsupported("these shapes or types")


@implements("LayerNorm")
def _layer_norm(data, gamma, beta, *, axis=-1, eps=1e-5, output_mean_var=False):
    _need(-data.ndim <= axis < data.ndim and data.size and gamma.shape == beta.shape == (data.shape[axis],))
    axis %= data.ndim
    kept = data.shape[:axis] + (1,) + data.shape[axis + 1:]
    y, mean, deviation = normalize.rows(data, gamma, beta, eps, axis)
    return y, mean.reshape(kept), deviation.reshape(kept)


@implements("GroupNorm")
def _group_norm(data, gamma, beta, *, num_groups=1, eps=1e-5, output_mean_var=False):
    _need(data.ndim > 2 and data.size and num_groups > 0 and data.shape[1] % num_groups == 0
          and gamma.shape == beta.shape == (num_groups,))
    y, mean, deviation = normalize.rows(data, gamma, beta, eps, groups=num_groups)
    kept = (len(data), num_groups)
    return y, mean.reshape(kept), deviation.reshape(kept)


@implements("InstanceNorm")
def _instance_norm(data, gamma, beta, *, eps=1e-3):
    _need(data.ndim > 2)
    return _group_norm(data, gamma, beta, num_groups=data.shape[1], eps=eps)


@implements("_backward_norm")
def _backward_norm(head, data, gamma, mean, deviation, *, layout, axis, eps):
    _need(data.size and head.shape == data.shape)
    axis, groups = (axis, None) if layout == "along" else (-1, axis)
    if data.dtype == np.float16:
        # half precision keeps too little of the mean
        _, mean, deviation = normalize.rows(data, gamma, gamma, eps, axis, groups, store=False)
    dx, dgamma, dbeta = normalize.rows_pull(head, data, gamma, mean.ravel(), deviation.ravel(), axis, groups)
    t = data.dtype
    return dx, dgamma.astype(t, copy=False), dbeta.astype(t, copy=False)


def _row(v, ndim, axis):
    return v.reshape((-1,) + (1,) * (ndim - axis - 1))


def _channels(data, axis, *given):
    _need(-data.ndim <= axis < data.ndim and data.size)
    t = np.dtype(np.float32) if data.dtype == np.float16 else data.dtype
    _need(all(v.shape == (data.shape[axis],) and v.dtype == t for v in given))
    return axis % data.ndim


@implements("BatchNorm")
def _batch_norm(data, gamma, beta, moving_mean, moving_var, *, eps=1e-3, momentum=0.9, fix_gamma=True, use_global_stats=False,
                output_mean_var=False, axis=1, cudnn_off=False, min_calib_range=None, max_calib_range=None, training=False):
    axis = _channels(data, axis, gamma, beta, moving_mean, moving_var)
    if fix_gamma:
        gamma.fill(1)
    if training and not use_global_stats:
        mean, inverse = normalize.moments(data, eps, axis)
    else:
        t = moving_mean.dtype
        mean, inverse = run("x, divide(1.0, root(y + a))", (moving_mean, moving_var), (eps,), dtypes=(t, t))
    y = run("(x - y) * (z * x3) + x4", (data, *[_row(v, data.ndim, axis) for v in (mean, inverse, gamma, beta)]))
    return y, mean, inverse


@implements("_backward_BatchNorm")
def _backward_batch_norm(head, data, gamma, mean, inverse, moving_mean, moving_var, *, axis, eps, momentum, batch):
    axis = _channels(data, axis, gamma, mean, inverse, moving_mean, moving_var)
    _need(head.shape == data.shape)
    dgamma, dbeta = normalize.products(head, data, mean, inverse, axis)
    rows = [_row(v, data.ndim, axis) for v in (mean, inverse, gamma, dgamma, dbeta)]
    if not batch:
        return run("x * (y * z)", (head, *rows[1:3]), dtypes=(data.dtype,)), dgamma, dbeta
    dx = run("x3 * x4 * (x - (x6 + (y - z) * x3 * x5) * a)", (head, data, *rows), (data.shape[axis] / data.size,),
             dtypes=(data.dtype,))
    run("x * a + z * (1 - a), y * a + (divide(1.0, x3 * x3) - b) * (1 - a)", (moving_mean, moving_var, mean, inverse),
        (momentum, eps), outs=(moving_mean, moving_var))
    return dx, dgamma, dbeta
