"""Convolutions of any kernel as one product: the pixels that a tap sees side by side, in blocks of rows.

Taps come before channels there, and weights are put in that order, unless there are fewer pixels than filters: then the
weights stay as they lie in memory, and the few pixels are put in their order.
"""
from math import prod

import numpy as np

from ...backend import pool
from .arrays import reach, scratch

__all__ = ["backward", "forward"]

_FLOATS = 1 << 21       # size of a block's columns
_RESULT = 1 << 17       # size of a block of the result, so that it is in the cache for what follows
_ROWS = 128             # products of fewer rows than so are slow


class _Geometry:
    """How output pixels see the input; ``lead`` is whether channels come before taps."""

    def __init__(self, x, w, out, stride, dilate, pad):
        self.k, self.c = w.shape[:2]
        self.n, self.out, self.taps = x.shape[2], out, w.shape[2:]
        self.lead = self.n * prod(out) <= self.k
        self.width = self.c * prod(self.taps)
        self.plain = all(t == s == 1 for t, s in zip(self.taps, stride)) and not any(pad) and out == x.shape[:2]
        row = out[1] * self.n * self.width
        self.step = out[0] if self.plain else max(1, min(out[0], _FLOATS // max(1, row)))
        size = x.shape[:2]
        self.reach = [[(*reach(out[a], size[a], stride[a], i * dilate[a] - pad[a]), stride[a])
                       for i in range(self.taps[a])] for a in (0, 1)]

    def blocks(self, most=None):
        """Rows of the output, a block at a time; of ``most`` elements of the result where a row has fewer."""
        step = self.step
        if most is not None:
            line = self.out[1] * self.n
            step = min(step, max(1, most // (line * self.k), -(-_ROWS // line)))
        return [(r, min(r + step, self.out[0])) for r in range(0, self.out[0], step)]

    def weights(self, w):
        """(K, columns)."""
        return w.reshape(self.k, -1) if self.lead or prod(self.taps) == 1 else \
            np.ascontiguousarray(w.transpose(0, 2, 3, 1)).reshape(self.k, -1)

    def places(self, a, begin, end):
        """For each tap: the part of columns ``a`` that sees the input, which rows and columns of the input it sees."""
        kh, kw = self.taps
        a = a.reshape(end - begin, self.out[1], self.n, *((self.c, kh * kw) if self.lead else (kh * kw, self.c)))
        for i in range(kh):
            lo, hi, first, s = self.reach[0][i]
            first += (max(lo, begin) - lo) * s
            lo, hi = max(lo, begin) - begin, max(min(hi, end), begin) - begin
            rows = slice(first, first + (hi - lo - 1) * s + 1, s) if hi > lo else slice(0, 0)
            for j in range(kw):
                left, right, at, t = self.reach[1][j]
                columns = slice(at, at + (right - left - 1) * t + 1, t) if right > left else slice(0, 0)
                tap = a[..., i * kw + j] if self.lead else a[..., i * kw + j, :]
                yield tap, (max(0, lo), max(hi, lo, 0), left, right), rows, columns

    def columns(self, x, begin, end):
        """The matrix (pixels, columns) for rows of the output."""
        if self.plain:
            return x[begin:end].reshape(-1, self.c)
        m = scratch("columns", ((end - begin) * self.out[1] * self.n, self.width), x.dtype)
        for tap, (lo, hi, left, right), rows, columns in self.places(m, begin, end):
            tap[:lo] = 0
            tap[hi:] = 0
            tap[lo:hi, :left] = 0
            tap[lo:hi, right:] = 0
            tap[lo:hi, left:right] = x[rows, columns]
        return m


def forward(x, w, out, stride, dilate, pad, done):
    """The convolution of ``x`` (H, W, N, C) with ``w`` (K, C, *taps) as (*out, N, K); ``done`` as in ``winograd.py``."""
    g = _Geometry(x, w, out, stride, dilate, pad)
    y = pool.empty((*out, g.n, g.k), x.dtype)
    m = g.weights(w).T
    for begin, end in g.blocks(_RESULT):
        part = y[begin:end]
        np.matmul(g.columns(x, begin, end), m, out=part.reshape(-1, g.k))
        done(part)
    return y


def backward(dy, x, w, stride, dilate, pad, need_x, out):
    """(gradient of ``x`` or None, gradient of ``w`` in ``out``, or None where that is False)."""
    g = _Geometry(x, w, dy.shape[:2], stride, dilate, pad)
    m = g.weights(w) if need_x else None
    dx = pool.empty(x.shape, x.dtype) if need_x else None
    if need_x and not g.plain:
        dx.fill(0)
    if out is None:
        out = np.empty(w.shape, x.dtype)
    straight = out is not False and (g.lead or prod(g.taps) == 1)
    dw = None
    for begin, end in g.blocks():
        d = dy[begin:end].reshape(-1, g.k)
        if out is not False:
            v = g.columns(x, begin, end)
            if dw is None:
                dw = out.reshape(g.k, -1) if straight else scratch("weight sums", (g.k, g.width), x.dtype)
                np.matmul(d.T, v, out=dw)
            else:
                dw += np.matmul(d.T, v, out=scratch("weight terms", dw.shape, x.dtype))
        if not need_x:
            continue
        if g.plain:
            np.matmul(d, m, out=dx.reshape(-1, g.c))
            continue
        v = np.matmul(d, m, out=scratch("columns", (len(d), g.width), x.dtype))
        for tap, (lo, hi, left, right), rows, columns in g.places(v, begin, end):
            to = dx[rows, columns]
            to += tap[lo:hi, left:right]
    if out is False:
        return dx, None
    if not straight:
        out[...] = dw.reshape(g.k, *g.taps, g.c).transpose(0, 3, 1, 2)
    return dx, out
