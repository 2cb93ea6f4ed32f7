"""Pooling and its gradient: with pixels first every tap is a slice with long runs of memory.

``axes`` are those of ``ops/nn/pool.py``: (size, kernel, stride, pad, out) of both.
"""
import functools

import numpy as np

from ...backend import pool
from ...ops.nn import windows
from .arrays import reach, scratch

__all__ = ["average", "average_pull", "largest", "largest_pull"]

_BLOCK = 1 << 17        # elements of a block of the result


def _whole(axes):
    return all(a[1] == a[0] and a[3] == 0 and a[4] == 1 for a in axes)


@functools.lru_cache(maxsize=256)
def _blocks(axes, run):
    """For blocks of rows: (begin, end, [(where in the block, where in the input) of each tap])."""
    (h, kh, sh, ph, oh), (w, kw, sw, pw, ow) = axes
    step = max(1, _BLOCK // max(1, ow * run))
    found = []
    for begin in range(0, oh, step):
        end = min(begin + step, oh)
        taps = []
        for i in range(kh):
            lo, hi, first = reach(oh, h, sh, i - ph)
            first += (max(lo, begin) - lo) * sh
            lo, hi = max(lo, begin), min(hi, end)
            for j in range(kw):
                left, right, at = reach(ow, w, sw, j - pw)
                if hi > lo and right > left:
                    taps.append(((slice(lo - begin, hi - begin), slice(left, right)),
                                 (slice(first, first + (hi - lo - 1) * sh + 1, sh),
                                  slice(at, at + (right - left - 1) * sw + 1, sw))))
        found.append((begin, end, taps))
    return found


def _views(x, axes, out):
    n, c = x.shape[2:]
    m = n * c
    return x.reshape(*x.shape[:2], m), out.reshape(axes[0][4], axes[1][4], m), _blocks(axes, m)


def _fold(x, axes, ufunc, initial):
    out = pool.empty((axes[0][4], axes[1][4], *x.shape[2:]), x.dtype)
    x, y, blocks = _views(x, axes, out)
    for begin, end, taps in blocks:
        part = y[begin:end]
        part.fill(initial)
        for to, source in taps:
            v = part[to]
            ufunc(v, x[source], out=v)
    return out


def largest(x, axes):
    """The maximum of each window; nan is passed over."""
    return _fold(x, axes, np.fmax, np.finfo(x.dtype).min)


def largest_pull(dy, x, y, axes):
    """Each window's value of ``dy`` added to the first of its elements of ``x`` that is the maximum ``y``."""
    dx = pool.empty(x.shape, x.dtype)
    dx.fill(0)
    x, y, blocks = _views(x, axes, y)
    to, heads = dx.reshape(x.shape), dy.reshape(y.shape)
    for begin, end, taps in blocks:
        top, left = y[begin:end], scratch("left", (end - begin, *y.shape[1:]), x.dtype)
        left[...] = heads[begin:end]
        for k, (place, source) in enumerate(taps):
            rest = left[place]
            hit = np.equal(x[source], top[place], out=scratch("hit", rest.shape, np.dtype(bool)))
            g = np.multiply(rest, hit, out=scratch("given", rest.shape, x.dtype))
            v = to[source]
            v += g
            # what is given is left no more
            if k < len(taps) - 1:
                rest -= g
    return dx


def average(x, axes, kind, with_pad):
    """The sum (``kind`` "sum") or mean of each window."""
    if _whole(axes):
        y = x.reshape(-1, *x.shape[2:]).sum(0).reshape(1, 1, *x.shape[2:])
    else:
        y = _fold(x, axes, np.add, 0)
    return _divided(y, axes, with_pad) if kind == "avg" else y


def _divided(y, axes, with_pad):
    n = windows.counts(axes, with_pad)
    first = n.flat[0]
    return np.divide(y, y.dtype.type(first) if (n == first).all() else n.astype(y.dtype)[:, :, None, None])


def average_pull(dy, shape, axes, kind, with_pad):
    """The gradient of ``average`` for an input of ``shape``."""
    g = _divided(dy, axes, with_pad) if kind == "avg" else dy
    dx = pool.empty(shape, dy.dtype)
    if _whole(axes):
        dx[...] = g
        return dx
    dx.fill(0)
    to, heads, blocks = _views(dx, axes, g)
    for begin, end, taps in blocks:
        part = heads[begin:end]
        for place, source in taps:
            v = to[source]
            v += part[place]
    return dx
