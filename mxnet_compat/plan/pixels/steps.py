"""The kernels as steps of a plan call them: arrays with pixels first, weights and gradients as they are elsewhere."""
import numpy as np

from ...backend import pool
from . import depthwise, direct, normal, winograd
from . import pooling as pools
from .arrays import from_pixels, to_pixels

__all__ = ["again", "batch_norm", "batch_norm_moving", "batch_norm_pull", "channel_sums", "concat", "convolution",
           "convolution_moments", "convolution_pull", "from_pixels", "part", "pooling", "pooling_pull", "to_pixels"]


def _tiles(x, w, out, stride, dilate, pad):
    return w.shape[2:] == (3, 3) and stride == dilate == (1, 1) and max(pad) <= 1 and \
        winograd.worth(x.shape, w.shape, out)


def _convolve(x, w, out, stride, dilate, pad, done):
    if w.shape[1] < x.shape[3]:
        return depthwise.forward(x, w, out, stride, dilate, pad, done)
    if _tiles(x, w, out, stride, dilate, pad):
        return winograd.forward(x, w, out, pad, done)
    return direct.forward(x, w, out, stride, dilate, pad, done)


def convolution(x, w, bias, gamma, beta, mean, var, rest, *, out, stride, dilate, pad, limits, eps=None, fix_gamma=False):
    """A convolution; behind it normalisation by moving statistics (if ``eps`` is given), ``rest`` added, and ``limits``.

    Those are explained at ``normal.apply``.
    """
    scale, shift = None, bias
    if eps is not None:
        if fix_gamma:
            gamma[...] = 1
        scale = gamma / np.sqrt(var.astype(np.float64) + eps)
        shift = beta - (mean if bias is None else mean - bias) * scale
        if w.size < out[0] * out[1] * x.shape[2] * w.shape[0]:
            w, scale = w * scale.astype(w.dtype).reshape(-1, 1, 1, 1), None
    row = 0

    def done(y):
        nonlocal row
        more = None if rest is None else rest[row:row + len(y)]
        row += len(y)
        if scale is not None or shift is not None or more is not None or limits:
            normal.affine(y, scale, shift, more, limits)
    return _convolve(x, w, out, stride, dilate, pad, done)


def convolution_moments(x, w, bias, *, out, stride, dilate, pad):
    """(a convolution, mean, variance) of each channel of the result."""
    sums = normal.Sums(w.shape[0], x.dtype)

    def done(y):
        if bias is not None:
            normal.affine(y, None, bias, None, None)
        sums.add(y)
    y = _convolve(x, w, out, stride, dilate, pad, done)
    return (y, *sums.moments())


def convolution_pull(dy, x, w, *, stride, dilate, pad, need_x, need_w, into=None):
    """Gradients of a convolution for its data and its weight, the latter in ``into``."""
    into = into if need_w else False
    if w.shape[1] < x.shape[3]:
        return depthwise.backward(dy, x, w, stride, dilate, pad, need_x, into)
    if _tiles(x, w, dy.shape[:2], stride, dilate, pad):
        return winograd.backward(dy, x, w, pad, need_x, into)
    return direct.backward(dy, x, w, stride, dilate, pad, need_x, into)


def batch_norm(x, gamma, beta, mean, var, rest, *, eps, fix_gamma, limits):
    """(result, mean, inverse deviation, scale, shift) in training; ``mean`` and ``var`` where they are known already."""
    if mean is None:
        sums = normal.Sums(x.shape[3], x.dtype)
        sums.add(x)
        mean, var = sums.moments()
    return normal.train(x, gamma, beta, mean, var, rest, eps, fix_gamma, limits)


def again(x, mean, scale, shift, *, limits):
    """The result of ``batch_norm`` once more."""
    return normal.apply(x, mean, scale, shift, None, limits)


def batch_norm_moving(x, gamma, beta, mean, var, rest, *, eps, fix_gamma, limits):
    """(result, mean, inverse deviation) by moving statistics."""
    if fix_gamma:
        gamma[...] = 1
    inverse = 1 / np.sqrt(var.astype(np.float64) + eps)
    y = normal.apply(x, mean, (gamma * inverse).astype(x.dtype), beta, rest, limits)
    return y, np.array(mean, gamma.dtype), inverse.astype(gamma.dtype)


def batch_norm_pull(dy, y, x, gamma, mean, inverse, moving_mean, moving_var, *, eps, momentum, batch, keep):
    """As ``normal.pull``; with ``batch`` the moving statistics go on to the batch's."""
    if batch:
        for moving, now in ((moving_mean, mean), (moving_var, 1 / np.square(inverse) - inverse.dtype.type(eps))):
            moving *= moving.dtype.type(momentum)
            moving += now * moving.dtype.type(1 - momentum)
    return normal.pull(dy, y, x, gamma, mean, inverse, batch, keep)


def pooling(x, *, axes, kind, with_pad):
    """``Pooling`` of kind max, avg or sum."""
    return pools.largest(x, axes) if kind == "max" else pools.average(x, axes, kind, with_pad)


def pooling_pull(dy, x, y, *, axes, kind, shape, with_pad):
    """The gradient of ``pooling``; a maximum needs its input and result."""
    return pools.largest_pull(dy, x, y, axes) if kind == "max" else pools.average_pull(dy, shape, axes, kind, with_pad)


def concat(*arrays):
    """Along the channels."""
    first = arrays[0]
    y = pool.empty((*first.shape[:3], sum(a.shape[3] for a in arrays)), first.dtype)
    return np.concatenate(arrays, axis=3, out=y)


def part(x, *, begin, end):
    """Some of the channels."""
    return np.ascontiguousarray(x[..., begin:end])


def channel_sums(x):
    """The sum over all but the channels."""
    return x.reshape(-1, x.shape[2] * x.shape[3]).sum(0).reshape(x.shape[2:]).sum(0)
