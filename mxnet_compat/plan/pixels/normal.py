"""Batch normalisation with what follows it, in few passes: the addition of a shortcut and relu; and the gradients.

Blocks of rows of pixels stay in the cache between the operations on them.
"""
import numpy as np

from ...backend import parallel, pool
from .arrays import scratch, tiled

__all__ = ["Sums", "affine", "apply", "pull", "train"]

_BLOCK = 1 << 16        # elements of a block


def _rows(x):
    return x.reshape(-1, x.shape[2] * x.shape[3])


def _blocks(matrix, work, sums=0):
    """``work(slice, *totals)`` for blocks of rows; so many totals of columns, in float64."""
    n, m = matrix.shape
    step = max(1, min(_BLOCK // m, 1024))
    parts = {}

    def part(begin, end):
        mine = parts[begin] = np.zeros((sums, m))
        for i in range(begin, end, step):
            work(slice(i, min(i + step, end)), *mine)
    if matrix.nbytes < parallel.SMALL:
        part(0, n)
    else:
        parallel.split(n, part)
    # in the order of the parts, so that a call repeats to the bit
    return sum(parts[k] for k in sorted(parts))


def _channels(total, c):
    """Sums of columns as sums of channels."""
    return total.reshape(-1, c).sum(0)


class Sums:
    """Mean and variance of channels, gathered from parts of an array as they are made.

    Squares are of the distance from the mean of the first part, so that nothing is lost where the mean is large.
    """

    def __init__(self, c, dtype):
        self.c, self.dtype, self.count = c, dtype, 0
        self.origin = None

    def add(self, x):
        """Take in (rows, W, N, C)."""
        x = _rows(x)
        m = x.shape[1]
        if self.origin is None:
            self.origin = (_channels(x.sum(0, dtype=self.dtype), self.c) / max(1, x.size // self.c)).astype(self.dtype)
            self.row = tiled(self.origin, m // self.c, self.dtype)
            self.sums, self.squares = np.zeros(m), np.zeros(m)
        step = max(1, min(_BLOCK // m, 1024))
        for i in range(0, len(x), step):
            d = np.subtract(x[i:i + step], self.row, out=scratch("moments", x[i:i + step].shape, self.dtype))
            self.sums += d.sum(0)
            self.squares += np.einsum("ij,ij->j", d, d)
        self.count += x.size // self.c

    def moments(self):
        """(mean, biased variance) in float64."""
        n = max(1, self.count)
        mean = _channels(self.sums, self.c) / n
        return mean + self.origin, np.maximum(_channels(self.squares, self.c) / n - mean * mean, 0)


def _finish(y, scale, shift, rest, limits):
    if scale is not None:
        y *= scale
    if shift is not None:
        y += shift
    if rest is not None:
        y += rest
    if limits is not None:
        low, high = limits
        np.maximum(y, low, out=y)
        if high is not None:
            np.minimum(y, high, out=y)


def train(x, gamma, beta, mean, var, rest, eps, fix_gamma, limits):
    """(result, mean, inverse deviation, scale, beta) for the moments of the batch; ``rest`` is added, or None."""
    if fix_gamma:
        gamma[...] = 1
    inverse = 1 / np.sqrt(var + eps)
    mean, scale = mean.astype(gamma.dtype), (gamma * inverse).astype(gamma.dtype)
    return apply(x, mean, scale, beta, rest, limits), mean, inverse.astype(gamma.dtype), scale, beta.copy()


def apply(x, mean, scale, shift, rest, limits):
    """``(x - mean) * scale + shift``, then ``rest`` added, where these are wanted, and ``limits``.

    These are the least value and the largest, which may be None; relu's are 0 and None.
    """
    m, n = _rows(x), x.shape[2]
    out = pool.empty(x.shape, x.dtype)
    y = _rows(out)
    rest = None if rest is None else _rows(rest)
    mean, scale, shift = (tiled(v, n, x.dtype) for v in (mean, scale, shift))
    _blocks(m, lambda b: _finish(np.subtract(m[b], mean, out=y[b]), scale, shift, None if rest is None else rest[b], limits))
    return out


def affine(y, scale, shift, rest, limits):
    """``y * scale + shift`` in place, then as ``apply``; no ``scale`` is 1, no ``shift`` 0. For a part of an array."""
    n, m = y.shape[2], _rows(y)
    rest = None if rest is None else _rows(rest)
    scale, shift = (None if v is None else tiled(v, n, y.dtype) for v in (scale, shift))
    step = max(1, min(_BLOCK // m.shape[1], 1024))
    for i in range(0, len(m), step):
        _finish(m[i:i + step], scale, shift, None if rest is None else rest[i:i + step], limits)


def pull(dy, y, x, gamma, mean, inverse, batch, keep):
    """(head gradient behind relu or None, gradients of ``x``, gamma and beta).

    ``y`` is the result behind relu, None where there is none; the gradient behind it is given if ``keep``, for the
    shortcut. With ``batch`` the statistics depend on ``x``.
    """
    h, m, c, t = _rows(dy), _rows(x), x.shape[3], x.dtype
    n = x.shape[2]
    dx = pool.empty(x.shape, t)
    out = _rows(dx)
    head = None
    if y is not None:
        y = _rows(y)
        head = pool.empty(x.shape, t) if keep else dx
        masked = _rows(head)
    row = tiled(mean, n, t)

    def add(b, products, sums):
        g = h[b]
        if y is not None:
            g = np.multiply(g, y[b] > 0, out=masked[b])
        d = np.subtract(m[b], row, out=scratch("distance", g.shape, t))
        products += np.einsum("ij,ij->j", g, d)
        sums += g.sum(0)
    products, sums = (_channels(s, c) for s in _blocks(m, add, 2))
    inverse = inverse.astype(np.float64)
    count = max(1, x.size // c)
    dgamma, k = products * inverse, gamma * inverse
    by_head = tiled(k, n, t)
    by_data = tiled(-k * inverse * dgamma / count, n, t)
    shift = tiled(-k * sums / count, n, t)
    if y is not None:
        h = masked

    def combine(b):
        g = np.multiply(h[b], by_head, out=out[b])
        if batch:
            d = np.subtract(m[b], row, out=scratch("distance", g.shape, t))
            d *= by_data
            g += d
            g += shift
    _blocks(m, combine)
    return head if keep else None, dx, dgamma.astype(gamma.dtype), sums.astype(gamma.dtype)
