"""Weighted sums of pixels at computed places, which spatial transformers, deformable convolutions and regions share.

Pixels are rows: an image batch (N, C, H, W) becomes (N H W + 1, C), the last row zeros for places outside. A result row is
a sum of K pixels with weights. The three operators here are each other's gradients; places have none.
"""
import functools

import numpy as np

from ...backend import parallel, pool
from .. import functional as F
from ..declare import FLOAT, ZERO, AnyArray, Array, operator
from ..params import Shape

__all__ = ["gather_rows", "rows_of", "sample", "spread_rows"]

_BLOCK = 1 << 16
_FEW = 8               # fewer channels are worked on one by one


def rows_of(x):
    """(N, C, *S) as rows (N * S + 1, C), the last one zeros."""
    n, c = x.shape[:2]
    x = x.reshape(n, c, -1)
    out = pool.empty((n * x.shape[2] + 1, c), x.dtype)
    out[:-1].reshape(n, x.shape[2], c)[...] = x.transpose(0, 2, 1)
    out[-1] = 0
    return out


def images_of(rows, shape):
    """The inverse of ``rows_of``; what came to the last row is dropped."""
    n, c = shape[:2]
    return np.ascontiguousarray(rows[:-1].reshape(n, -1, c).transpose(0, 2, 1)).reshape(shape)


def _each_block(n, size, work):
    """Call ``work(slice)`` for blocks of ``n`` rows that take ``size`` numbers each, in several threads if they are many."""
    step = max(1, _BLOCK // max(1, size))

    def several(begin, end):
        for i in range(begin, end, step):
            work(slice(i, min(i + step, end)))
    if n * size * 4 < parallel.SMALL:
        several(0, n)
    else:
        parallel.split(n, several)


def gather_rows(data, weight, index):
    """``y[p] = sum over k of weight[p,k] * data[index[p,k]]``: from (R, C) to (P, C)."""
    p, k = index.shape
    y = pool.empty((p, data.shape[1]), data.dtype)
    if data.shape[1] < _FEW:
        for j in range(data.shape[1]):
            np.einsum("pk,pk->p", weight, np.take(data[:, j], index), out=y[:, j])
        return y

    def work(part):
        np.einsum("pk,pkc->pc", weight[part], np.take(data, index[part], axis=0), out=y[part])
    _each_block(p, k * data.shape[1], work)
    return y


def spread_rows(data, weight, index, rows):
    """``y[index[p,k]] += weight[p,k] * data[p]``: from (P, C) to (rows, C), the transpose of ``gather_rows``."""
    k, c = index.shape[1], data.shape[1]
    index, weight = index.reshape(-1), weight.reshape(-1)
    if c < _FEW:
        y = [np.bincount(index, weight * np.repeat(data[:, j], k), rows) for j in range(c)]
        return np.stack(y, axis=1).astype(data.dtype) if c else np.zeros((rows, 0), data.dtype)
    y = np.zeros((rows, c), data.dtype)
    if not index.size:
        return y
    # passes in which no row is met twice may add with plain indexing: the first entries for all rows, the second, ...
    order = np.argsort(index, kind="stable")
    found = index[order]
    starts = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1])))
    turn = np.arange(len(found)) - np.repeat(starts, np.diff(np.append(starts, len(found))))
    order = order[np.argsort(turn, kind="stable")]
    step = max(1, _BLOCK // c)
    end = 0
    for n in np.bincount(turn):
        begin, end = end, end + n
        for i in range(begin, end, step):
            e = order[i:min(i + step, end)]
            y[index[e]] += data[e // k] * weight[e, None]
    return y


def products(lhs, rhs, index):
    """``w[p,k] = sum over c of lhs[p,c] * rhs[index[p,k],c]``: from (P, C) and (R, C) to (P, K)."""
    p, k = index.shape
    if lhs.shape[1] < _FEW:
        return sum((lhs[:, j, None] * np.take(rhs[:, j], index) for j in range(lhs.shape[1])),
                   np.zeros((p, k), lhs.dtype))
    w = np.empty((p, k), lhs.dtype)

    def work(part):
        np.einsum("pc,pkc->pk", lhs[part], np.take(rhs, index[part], axis=0), out=w[part])
    _each_block(p, k * lhs.shape[1], work)
    return w


def _wide(a):
    return a.astype(np.float32) if a.dtype == np.float16 else a


@operator("_pixel_rows", dtypes=FLOAT)
def pixel_rows(data: Array):
    """(N, C, *S) as rows (N * S + 1, C), the last one zeros."""
    return rows_of(data)


@operator("_pixel_images", dtypes=FLOAT)
def pixel_images(data: Array, *, shape: Shape):
    """Rows (N * S + 1, C) as images of the given shape; the last row is dropped."""
    return images_of(data, shape)


pixel_rows.gradient(data=lambda dy, data_like: F._pixel_images(dy, shape=data_like.shape))
pixel_images.gradient(data=lambda dy: F._pixel_rows(dy))


@operator("_mix_rows", dtypes=FLOAT)
def mix_rows(data: Array, weight: Array, index: AnyArray, *, rows: int, spread: bool = False):
    """Rows of the result as weighted sums of rows of ``data`` found by ``index`` (P, K), or the transpose of that."""
    d, w = _wide(data), _wide(weight)
    y = spread_rows(d, w, index, rows) if spread else gather_rows(d, w, index)
    return y.astype(data.dtype, copy=False)


@operator("_row_products", dtypes=FLOAT)
def row_products(lhs: Array, rhs: Array, index: AnyArray):
    """The scalar product of each row of ``lhs`` with those of ``rhs`` found by ``index`` (P, K)."""
    return products(_wide(lhs), _wide(rhs), index).astype(lhs.dtype, copy=False)


mix_rows.gradient(
    data=lambda dy, weight, index, data_like, spread:
        F._mix_rows(dy, weight, index, rows=data_like.shape[0], spread=not spread),
    weight=lambda dy, data, index, spread: F._row_products(data, dy, index) if spread else
        F._row_products(dy, data, index),
    index=ZERO)
row_products.gradient(
    lhs=lambda dy, rhs, index, lhs_like: F._mix_rows(rhs, dy, index, rows=lhs_like.shape[0]),
    rhs=lambda dy, lhs, index, rhs_like: F._mix_rows(lhs, dy, index, rows=rhs_like.shape[0], spread=True),
    index=ZERO)


@functools.lru_cache(maxsize=64)
def _bases(images, points, size):
    return np.repeat(np.arange(images) * size, points)


@operator("_corner_rows", dtypes=FLOAT)
def corner_rows(y: Array, x: Array, *, height: int, width: int, images: int):
    """The rows (P, 4) of the pixels around points (P,), spread evenly over the images; outside it is the last row."""
    size = height * width
    base = _bases(images, len(y) // max(images, 1), size)
    index = np.empty((len(y), 2, 2), np.int64)
    rows, columns = [], []
    for at, limit, found in ((y, height, rows), (x, width, columns)):
        # points far away or not a number come to lie just outside
        first = np.fmin(np.fmax(np.floor(at), -2), limit).astype(np.int64)
        for p in (first, first + 1):
            found.append((p, (p >= 0) & (p < limit)))
    for i, (row, above) in enumerate(rows):
        row = base + row * width
        for j, (column, beside) in enumerate(columns):
            index[:, i, j] = np.where(above & beside, row + column, images * size)
    return index.reshape(-1, 4)


corner_rows.gradient(y=ZERO, x=ZERO)


def sample(data, y, x, scale=None):
    """Values (N, C, P) of images (N, C, H, W) at points (N, P) by bilinear interpolation, times ``scale`` (N, P).

    NDArrays; pixels outside are 0.
    """
    n, c, h, w = data.shape
    y, x = F.reshape(y, shape=(-1,)), F.reshape(x, shape=(-1,))
    index = F._corner_rows(y, x, height=h, width=w, images=n)
    down, right = y - F.floor(y), x - F.floor(x)
    up, left = 1 - down, 1 - right
    if scale is not None:
        scale = F.reshape(scale, shape=(-1,))
        up, down = up * scale, down * scale
    weight = F.stack(up * left, up * right, down * left, down * right, axis=1)
    rows = F._mix_rows(F._pixel_rows(data), weight, index, rows=y.shape[0])
    return F.transpose(F.reshape(rows, shape=(n, -1, c)), axes=(0, 2, 1))
