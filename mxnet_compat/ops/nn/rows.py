"""Numpy kernels of normalisation of rows: each row of a matrix by its own mean and deviation, and the gradient.

Rows are worked through in blocks that fit the caches, on several threads where there are many. ``gamma`` and ``beta`` go
along the rows (a value for each column) or across them (a value for each row). Operators are in ``norm.py``.
"""
import numpy as np

from ...backend import parallel, pool

__all__ = ["normalize", "pull"]

_BLOCK = 1 << 15  # elements


def _each(shape, work, sums=0):
    """Call ``work(block, *totals)`` for blocks of rows; the totals, so many sums of columns, come back."""
    rows, n = shape
    step, parts = max(1, _BLOCK // max(1, n)), {}

    def part(begin, end):
        mine = parts[begin] = np.zeros((sums, n))
        for i in range(begin, end, step):
            work(slice(i, min(i + step, end)), *mine)
    if rows * n * 4 < parallel.SMALL:
        part(0, rows)
    else:
        parallel.split(rows, part)
    # in the order of the parts, whichever ended first, so that a call repeats to the bit
    return sum(parts[k] for k in sorted(parts))


def normalize(x, gamma, beta, eps, along):
    """(normalised rows of ``x`` times gamma plus beta, means, ``sqrt(variance + eps)``) of a float matrix."""
    rows, n = x.shape
    y = pool.empty(x.shape, x.dtype)
    mean, deviation = np.empty((rows, 1), x.dtype), np.empty((rows, 1), x.dtype)

    def work(b):
        m = np.divide(x[b].sum(1, keepdims=True), n, out=mean[b])
        d = np.subtract(x[b], m, out=y[b])
        s = deviation[b]
        s[:, 0] = np.einsum("ij,ij->i", d, d)
        s /= n
        s += x.dtype.type(eps)
        np.sqrt(s, out=s)
        if along:
            d /= s
            d *= gamma
            d += beta
        else:
            d *= gamma[b, None] / s
            d += beta[b, None]
    _each(x.shape, work)
    return y, mean[:, 0], deviation[:, 0]


def pull(dy, x, gamma, mean, deviation, along):
    """Gradients (of the rows, of gamma, of beta): those of gamma and beta for each column, or for each row."""
    rows, n = x.shape
    dx = pool.empty(x.shape, x.dtype)
    mean, inverse = mean[:, None], 1 / deviation[:, None]
    dgamma, dbeta = (None, None) if along else (np.zeros(rows), np.zeros(rows))

    def work(b, products=None, sums=None):
        hat = np.subtract(x[b], mean[b], out=dx[b])
        hat *= inverse[b]
        g = dy[b]
        if along:
            products += np.einsum("ij,ij->j", g, hat)
            sums += g.sum(0)
            v = g * gamma
            inner, total = np.einsum("ij,ij->i", v, hat)[:, None], v.sum(1, keepdims=True)
        else:
            dgamma[b] = np.einsum("ij,ij->i", g, hat)
            dbeta[b] = g.sum(1)
            v = g * gamma[b, None]
            inner = (dgamma[b] * gamma[b]).astype(x.dtype)[:, None]
            total = (dbeta[b] * gamma[b]).astype(x.dtype)[:, None]
        hat *= inner / -n
        hat += v
        hat -= total / n
        hat *= inverse[b]
    totals = _each(x.shape, work, 2 if along else 0)
    return (dx, *totals) if along else (dx, dgamma, dbeta)
