"""Numpy kernels of normalisation along a channel axis: means and variances of channels, scaling, and the gradient.

An array is seen as a matrix of ``channels * inner`` columns, so that what belongs to a channel is a row vector, and is
worked through in blocks of rows that fit the caches. Sums of blocks are added in float64. Operators are in
``batch_norm.py``.
"""
import numpy as np

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
        step = min(max(1, _BLOCK // max(1, self.columns)), 1024)
        self.blocks = [slice(i, i + step) for i in range(0, outer, step)]

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

    def moments(self, x, out):
        """(mean, biased variance) of each channel in float64; ``out`` is filled with ``x - mean``."""
        m, y = self.matrix(x), self.matrix(out)
        total = np.zeros(self.columns)
        for b in self.blocks:
            total += m[b].sum(0)
        mean = self.fold(total) / max(1, self.count)
        row = self.spread(mean, x.dtype)
        total[:] = 0
        for b in self.blocks:
            d = np.subtract(m[b], row, out=y[b])
            total += np.einsum("ij,ij->j", d, d)
        return mean, self.fold(total) / max(1, self.count)

    def affine(self, x, scale, shift, out):
        """``x * scale + shift`` of each channel into ``out``, which may be ``x``."""
        m, y = self.matrix(x), self.matrix(out)
        scale, shift = self.spread(scale, x.dtype), self.spread(shift, x.dtype)
        for b in self.blocks:
            t = np.multiply(m[b], scale, out=y[b])
            t += shift
        return out

    def pull(self, dy, x, mean, inverse, gamma, batch):
        """Gradients (of data, of gamma, of beta) where ``y = (x - mean) * inverse * gamma + beta``.

        With ``batch`` mean and inverse deviation are those of ``x`` itself, else they are constants.
        """
        g, m = self.matrix(dy), self.matrix(x)
        dx = np.empty(x.shape, x.dtype)
        out = self.matrix(dx)
        row = self.spread(mean, x.dtype)
        products, sums = np.zeros(self.columns), np.zeros(self.columns)
        for b in self.blocks:
            d = np.subtract(m[b], row, out=out[b])
            products += np.einsum("ij,ij->j", g[b], d)
            sums += g[b].sum(0)
        dgamma, dbeta = self.fold(products) * inverse, self.fold(sums)
        k = np.asarray(gamma * inverse, np.float64)
        by_head = self.spread(k, x.dtype)
        if not batch:
            np.multiply(g, by_head, out=out)
            return dx, dgamma, dbeta
        by_data = self.spread(-k * inverse * dgamma / self.count, x.dtype)
        shift = self.spread(-k * dbeta / self.count, x.dtype)
        for b in self.blocks:
            d = out[b]
            d *= by_data
            d += g[b] * by_head
            d += shift
        return dx, dgamma, dbeta
