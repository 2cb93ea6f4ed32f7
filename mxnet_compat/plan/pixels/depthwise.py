"""Convolutions of each channel by itself: every tap is multiplied and added along long runs of memory."""
from math import prod

import numpy as np

from ...backend import pool
from .arrays import scratch

__all__ = ["backward", "forward"]

_RUN = 1 << 10
_FLOATS = 1 << 16       # size of a block of padded pixels


def _together(out, m, stride):
    """How many columns of the output are worked on as one run of memory: as many as make short runs long."""
    if stride[1] > 1:
        return 1
    return max([g for g in range(1, out[1] + 1) if out[1] % g == 0 and g * m <= _RUN], default=1)


def _taps(w, n):
    """Weights (C, 1, kh, kw) as (kh, kw, N * C)."""
    row = np.empty((*w.shape[2:], n, w.shape[0]), w.dtype)
    row[...] = w[:, 0].transpose(1, 2, 0)[:, :, None]
    return row.reshape(*w.shape[2:], -1)


def _padded(x, first, rows, left, columns):
    """Rows and columns (so many from there on) of pixels as (rows, columns, N * C), zero outside."""
    h, w, m = x.shape[0], x.shape[1], x.shape[2] * x.shape[3]
    p = scratch("padded", (rows, columns, m), x.dtype)
    lo, hi = min(max(first, 0), h), max(0, min(first + rows, h))
    at, end = min(max(left, 0), w), max(0, min(left + columns, w))
    if hi <= lo or end <= at:
        p.fill(0)
        return p
    p[:lo - first] = 0
    p[hi - first:] = 0
    p[:, :at - left] = 0
    p[:, end - left:] = 0
    p[lo - first:hi - first, at - left:end - left] = x[lo:hi, at:end].reshape(hi - lo, end - at, m)
    return p


def _blocks(x, out, taps, stride, dilate, pad, many):
    """(begin, end, windows (rows, columns, kh, kw, N * C)) for blocks of rows of the output.

    ``many`` columns are seen as one.
    """
    span = [(k - 1) * d + 1 for k, d in zip(taps, dilate)]
    columns = (out[1] - 1) * stride[1] + span[1]
    step = max(1, _FLOATS // (columns * prod(x.shape[2:]) * stride[0]))
    for begin in range(0, out[0], step):
        end = min(begin + step, out[0])
        p = _padded(x, begin * stride[0] - pad[0], (end - begin - 1) * stride[0] + span[0], -pad[1], columns)
        a, b, c = p.strides
        yield begin, end, np.lib.stride_tricks.as_strided(
            p, (end - begin, out[1] // many, *taps, many * p.shape[2]),
            (a * stride[0], b * stride[1] * many, a * dilate[0], b * dilate[1], c))


def forward(x, w, out, stride, dilate, pad, done):
    """The convolution of ``x`` (H, W, N, C) with ``w`` (C, 1, kh, kw); ``done`` as in ``winograd.py``."""
    n, c = x.shape[2:]
    y = pool.empty((*out, n, c), x.dtype)
    many = _together(out, n * c, stride)
    flat, taps = y.reshape(out[0], -1, many * n * c), _taps(w, n * many)
    for begin, end, v in _blocks(x, out, w.shape[2:], stride, dilate, pad, many):
        np.einsum("abijm,ijm->abm", v, taps, out=flat[begin:end])
        done(y[begin:end])
    return y


def backward(dy, x, w, stride, dilate, pad, need_x, into):
    """(gradient of ``x`` or None, gradient of ``w`` in ``into``, or None where that is False)."""
    out, (n, c), kernel = dy.shape[:2], x.shape[2:], w.shape[2:]
    m = n * c
    dx = None
    if need_x and stride == (1, 1):
        around = tuple([(k - 1) * d - p for k, d, p in zip(kernel, dilate, pad)])
        dx = forward(dy, w[:, :, ::-1, ::-1], x.shape[:2], stride, dilate, around, lambda part: None)
    elif need_x:
        dx = _spread(dy, x, w, stride, dilate, pad)
    if into is False:
        return dx, None
    if into is None:
        into = np.empty(w.shape, x.dtype)
    many = _together(out, m, stride)
    heads, total = dy.reshape(out[0], -1, many * m), np.zeros((*kernel, many * m))
    for begin, end, v in _blocks(x, out, kernel, stride, dilate, pad, many):
        total += np.einsum("abijm,abm->ijm", v, heads[begin:end])
    into[...] = total.reshape(*kernel, -1, c).sum(2).transpose(2, 0, 1)[:, None]
    return dx, into


def _spread(dy, x, w, stride, dilate, pad):
    """The gradient of the data, tap by tap into padded memory."""
    (h, wide, n, c), out, kernel = x.shape, dy.shape[:2], w.shape[2:]
    m, taps = n * c, _taps(w, n)
    size = [max((o - 1) * s + (k - 1) * d + 1, p + e) for o, s, k, d, p, e in
            zip(out, stride, kernel, dilate, pad, (h, wide))]
    p = pool.empty((*size, m), x.dtype)
    p.fill(0)
    heads = dy.reshape(*out, m)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            r, q = i * dilate[0], j * dilate[1]
            v = p[r:r + (out[0] - 1) * stride[0] + 1:stride[0], q:q + (out[1] - 1) * stride[1] + 1:stride[1]]
            for k in range(out[0]):
                v[k] += np.multiply(heads[k], taps[i, j], out=scratch("term", heads[k].shape, x.dtype))
    dx = pool.empty(x.shape, x.dtype)
    dx.reshape(h, wide, m)[...] = p[pad[0]:pad[0] + h, pad[1]:pad[1] + wide]
    return dx
