"""Numpy kernels of normalisation along a channel axis: means and variances of channels, scaling, and the gradient.

An array is seen as a matrix of ``channels * inner`` columns, so that what belongs to a channel is a row vector, and is
worked through in blocks of rows that fit the caches, on several threads where it is large. Sums of blocks are added in
float64. Operators are in ``batch_norm.py``.
"""
import numpy as np

from ...backend import parallel, pool

__all__ = ["Channels"]

_BLOCK = 1 << 16  # elements


class Channels:
    """An array of float32 or float64 by its channels: the axis, how many there are, elements of each (``count``)."""

    def __init__(self, shape, axis):
        self.channels = shape[axis]
        outer, inner = 1, 1
        for d in shape[:axis]:
            outer *= d
        for d in shape[axis + 1:]:
            inner *= d
        self.inner, self.count = inner, outer * inner
        self.rows, self.columns = outer, self.channels * inner
        # sums of single precision go down the columns: not too far, for their accuracy
        self.step = min(max(1, _BLOCK // max(1, self.columns)), 1024)

    def matrix(self, x):
        """The view that all kernels work on."""
        return x.reshape(self.rows, self.columns)

    def spread(self, v, dtype):
        """Values of channels as a row."""
        v = np.asarray(v, dtype)
        return np.repeat(v, self.inner) if self.inner > 1 else v

    def fold(self, columns):
        """Sums of columns as sums of channels."""
        return columns.reshape(self.channels, self.inner).sum(1) if self.inner > 1 else columns

    def each(self, work, sums=0):
        """Call ``work(block, *totals)`` for the blocks of rows; the totals (so many sums of columns) come back folded."""
        parts = {}

        def part(begin, end):
            mine = parts[begin] = np.zeros((sums, self.columns))
            for i in range(begin, end, self.step):
                work(slice(i, min(i + self.step, end)), *mine)
        if self.rows * self.columns * 4 < parallel.SMALL:
            part(0, self.rows)
        else:
            parallel.split(self.rows, part)
        # in the order of the parts, whichever ended first, so that a call repeats to the bit
        totals = sum(parts[k] for k in sorted(parts))
        return [self.fold(t) for t in totals]

    def moments(self, x, out):
        """(mean, biased variance) of each channel in float64; ``out`` is filled with ``x - mean``."""
        m, y = self.matrix(x), self.matrix(out)
        n = max(1, self.count)

        def add(b, total):
            total += m[b].sum(0)
        mean = self.each(add, 1)[0] / n
        row = self.spread(mean, x.dtype)

        def center(b, total):
            d = np.subtract(m[b], row, out=y[b])
            total += np.einsum("ij,ij->j", d, d)
        return mean, self.each(center, 1)[0] / n

    def affine(self, x, scale, shift, out):
        """``x * scale + shift`` of each channel into ``out``, which may be ``x``."""
        m, y = self.matrix(x), self.matrix(out)
        scale, shift = self.spread(scale, x.dtype), self.spread(shift, x.dtype)

        def apply(b):
            t = np.multiply(m[b], scale, out=y[b])
            t += shift
        self.each(apply)
        return out

    def pull(self, dy, x, mean, inverse, gamma, batch):
        """Gradients (of data, of gamma, of beta) where ``y = (x - mean) * inverse * gamma + beta``.

        With ``batch`` mean and inverse deviation are those of ``x`` itself, else they are constants.
        """
        g, m = self.matrix(dy), self.matrix(x)
        dx = pool.empty(x.shape, x.dtype)
        out = self.matrix(dx)
        row = self.spread(mean, x.dtype)

        def add(b, products, sums):
            d = np.subtract(m[b], row, out=out[b])
            products += np.einsum("ij,ij->j", g[b], d)
            sums += g[b].sum(0)
        products, dbeta = self.each(add, 2)
        dgamma = products * inverse
        k = np.asarray(gamma * inverse, np.float64)
        by_head = self.spread(k, x.dtype)
        if not batch:
            self.each(lambda b: np.multiply(g[b], by_head, out=out[b]))
            return dx, dgamma, dbeta
        by_data = self.spread(-k * inverse * dgamma / self.count, x.dtype)
        shift = self.spread(-k * dbeta / self.count, x.dtype)

        def combine(b):
            d = out[b]
            d *= by_data
            d += g[b] * by_head
            d += shift
        self.each(combine)
        return dx, dgamma, dbeta
