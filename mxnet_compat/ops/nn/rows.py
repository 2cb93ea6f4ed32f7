"""Numpy kernels of normalisation of rows: each row of a matrix by its own mean and deviation, and the gradient.

Rows are worked through in blocks that fit the caches. ``gamma`` and ``beta`` go along the rows (a value for each
column) or across them (a value for each row). Operators are in ``norm.py``.
"""
import numpy as np

__all__ = ["normalize", "pull"]

_BLOCK = 1 << 16  # elements


def _blocks(rows, columns):
    step = max(1, _BLOCK // max(1, columns))
    return [slice(i, i + step) for i in range(0, rows, step)]


def _of(v, block, along):
    return v if along else v[block, None]


def normalize(x, gamma, beta, eps, along):
    """(normalised rows of ``x`` times gamma plus beta, means, ``sqrt(variance + eps)``) of a float matrix."""
    rows, n = x.shape
    y = np.empty(x.shape, x.dtype)
    mean, deviation = np.empty(rows, x.dtype), np.empty(rows, x.dtype)
    for b in _blocks(rows, n):
        mean[b] = x[b].sum(1) / n
        d = np.subtract(x[b], mean[b, None], out=y[b])
        deviation[b] = np.sqrt(np.einsum("ij,ij->i", d, d) / n + eps)
        if along:
            d /= deviation[b, None]
            d *= gamma
        else:
            d *= (gamma[b] / deviation[b])[:, None]
        d += _of(beta, b, along)
    return y, mean, deviation


def pull(dy, x, gamma, mean, deviation, along):
    """Gradients (of the rows, of gamma, of beta): those of gamma and beta for each column, or for each row."""
    rows, n = x.shape
    dx = np.empty(x.shape, x.dtype)
    size = n if along else rows
    dgamma, dbeta = np.zeros(size), np.zeros(size)
    for b in _blocks(rows, n):
        hat = np.subtract(x[b], mean[b, None], out=dx[b])
        hat /= deviation[b, None]
        if along:
            dgamma += np.einsum("ij,ij->j", dy[b], hat)
            dbeta += dy[b].sum(0)
            v = dy[b] * gamma
            inner, total = np.einsum("ij,ij->i", v, hat), v.sum(1)
        else:
            dgamma[b] = np.einsum("ij,ij->i", dy[b], hat)
            dbeta[b] = dy[b].sum(1)
            v = dy[b] * gamma[b, None]
            inner, total = (dgamma[b] * gamma[b]).astype(x.dtype), (dbeta[b] * gamma[b]).astype(x.dtype)
        hat *= (inner / -n)[:, None]
        hat += v
        hat -= (total / n)[:, None]
        hat /= deviation[b, None]
    return dx, dgamma, dbeta
