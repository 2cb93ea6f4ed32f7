"""3 x 3 convolutions of stride 1 by Winograd's F(2 x 2, 3 x 3): 16 products for four pixels instead of 36.

Tiles of 4 x 4 pixels that overlap by two are transformed by sums (Lavin and Gray, 2015), multiplied by transformed
weights, one product of matrices for each of the 16 places, and transformed back. Rounding is that of the plain sum: the
transforms have no factor but one half. The gradients are the transposes of these steps. Work goes by blocks of rows of
tiles that fit the caches.
"""
import numpy as np

from ...backend import pool
from .arrays import scratch

__all__ = ["backward", "forward", "worth"]

_FILTER = np.array([[1, 0, 0], [.5, .5, .5], [.5, -.5, .5], [0, 0, 1]])
_FILTERS = {np.dtype(t): np.kron(_FILTER, _FILTER).astype(t) for t in ("float32", "float64")}
_FLOATS = 1 << 19       # size of a block of transformed pixels


def worth(x, w, out):
    """Whether this is quicker than the plain product, for the shapes of pixels, weights and result (H, W).

    Figures are nanoseconds, as measured with one thread.
    """
    (n, c), k = x[2:], w[0]
    pixels = n * out[0] * out[1]
    tiles = n * ((out[0] + 1) // 2) * ((out[1] + 1) // 2)
    plain = pixels * 9 * c * k / 42 + pixels * c * 3
    here = 16 * tiles * c * k / (42 * tiles / (tiles + 24)) * (1 + 8 / min(c, k)) + 3 * pixels * (c + k) / 2 + 16 * c * k
    return 1.1 * here < plain


def _weights(w):
    """(16, K, C)."""
    k, c = w.shape[:2]
    return np.matmul(_FILTERS[w.dtype], w.reshape(k * c, 9).T, out=scratch("weights", (16, k * c), w.dtype)) \
        .reshape(16, k, c)


def _geometry(x, out):
    th, tw = (out[0] + 1) // 2, (out[1] + 1) // 2
    n, c = x.shape[2:]
    return th, tw, max(1, min(th, _FLOATS // (16 * tw * n * c)))


def _pixels(x, row, rows, tw, pad):
    """The transformed pixels (16, tiles, C) of ``rows`` rows of tiles from ``row`` on."""
    h, w, n, c = x.shape
    m, t = n * c, x.dtype
    p = scratch("padded", (2 * rows + 2, 2 * tw + 2, m), t)
    first = 2 * row - pad[0]
    lo, hi = max(first, 0), max(0, min(first + 2 * rows + 2, h))
    width = min(w, 2 * tw + 2 - pad[1])
    p[:lo - first] = 0
    p[hi - first:] = 0
    p[:, :pad[1]] = 0
    p[:, pad[1] + width:] = 0
    p[lo - first:hi - first, pad[1]:pad[1] + width] = x[lo:hi, :width].reshape(hi - lo, width, m)
    r = scratch("rows", (4, rows, 2 * tw + 2, m), t)
    _tile(p[0:-2:2], p[1:-1:2], p[2::2], p[3::2], r)
    v = scratch("pixels", (4, 4, rows, tw, m), t)
    _tile(r[:, :, 0:-2:2], r[:, :, 1:-1:2], r[:, :, 2::2], r[:, :, 3::2], v.swapaxes(0, 1))
    return v.reshape(16, rows * tw * n, c)


def _tile(a, b, c, d, out):
    np.subtract(a, c, out=out[0])
    np.add(b, c, out=out[1])
    np.subtract(c, b, out=out[2])
    np.subtract(b, d, out=out[3])


def forward(x, w, out, pad, done):
    """The convolution of ``x`` (H, W, N, C) with ``w`` (K, C, 3, 3) as (*out, N, K).

    ``done(rows)`` is called with each part of the result, as rows of pixels, while that is in the cache.
    """
    n, k = x.shape[2], w.shape[0]
    y = pool.empty((*out, n, k), x.dtype)
    u = _weights(w).swapaxes(1, 2)
    th, tw, step = _geometry(x, out)
    for row in range(0, th, step):
        rows = min(step, th - row)
        v = _pixels(x, row, rows, tw, pad)
        m = np.matmul(v, u, out=scratch("products", (16, v.shape[1], k), x.dtype)).reshape(4, 4, rows, tw, n * k)
        s = scratch("sums", (2, 4, rows, tw, n * k), x.dtype)
        _untile(m, s[0], s[1])
        for i in (0, 1):
            to = y[2 * row + i:2 * (row + rows):2].reshape(-1, out[1], n * k)
            a = s[i][:, :len(to)]
            odd = out[1] // 2
            _untile(a, to[:, 0::2], None)
            _untile(a[:, :, :odd], None, to[:, 1::2])
        done(y[2 * row:2 * (row + rows)])
    return y


def _untile(m, even, odd):
    if even is not None:
        np.add(m[1], m[2], out=even)
        even += m[0]
    if odd is not None:
        np.subtract(m[1], m[2], out=odd)
        odd -= m[3]


def _heads(dy, row, rows, tw):
    """The transformed gradient (16, tiles, K) of ``rows`` rows of tiles: the transpose of ``_untile``, twice."""
    h, w, n, k = dy.shape
    m, t = n * k, dy.dtype
    d = dy[2 * row:2 * (row + rows)].reshape(-1, w, m)
    if d.shape[:2] != (2 * rows, 2 * tw):
        p = scratch("padded heads", (2 * rows, 2 * tw, m), t)
        p[len(d):] = 0
        p[:, w:] = 0
        p[:len(d), :w] = d
        d = p
    s = scratch("sums", (4, rows, 2 * tw, m), t)
    _widen(d[0::2], d[1::2], s)
    g = scratch("products", (4, 4, rows, tw, m), t)
    _widen(s[:, :, 0::2], s[:, :, 1::2], g.swapaxes(0, 1))
    return g.reshape(16, rows * tw * n, k)


def _widen(even, odd, out):
    out[0] = even
    np.add(even, odd, out=out[1])
    np.subtract(even, odd, out=out[2])
    np.negative(odd, out=out[3])


def _fold(v, even, odd):
    """The transpose of ``_tile`` along the first axis: tiles overlap, there is a place more than there are tiles."""
    even[:-1] = v[0]
    even[-1] = 0
    t = even[1:]
    t += v[1]
    t += v[2]
    t -= v[0]
    np.subtract(v[1], v[2], out=odd[:-1])
    odd[-1] = 0
    t = odd[:-1]
    t += v[3]
    t = odd[1:]
    t -= v[3]


def backward(dy, x, w, pad, need_x, out):
    """(gradient of ``x`` or None, gradient of ``w`` in ``out``, or None where that is False)."""
    h, wide, n, c = x.shape
    k, t = w.shape[0], x.dtype
    th, tw, step = _geometry(x, dy.shape[:2])
    u = _weights(w) if need_x else None
    dx = pool.empty(x.shape, t) if need_x else None
    du = None
    carry = None
    for row in range(0, th, step):
        rows = min(step, th - row)
        g = _heads(dy, row, rows, tw)
        if out is not False:
            v = _pixels(x, row, rows, tw, pad)
            if du is None:
                du = np.matmul(g.swapaxes(1, 2), v, out=scratch("weight sums", (16, k, c), t))
            else:
                du += np.matmul(g.swapaxes(1, 2), v, out=scratch("weight terms", (16, k, c), t))
        if not need_x:
            continue
        v = np.matmul(g, u, out=scratch("pixels", (16, g.shape[1], c), t)).reshape(4, 4, rows, tw, n * c)
        r = scratch("rows", (4, rows, 2 * tw + 2, n * c), t)
        _fold(v.transpose(1, 3, 0, 2, 4), *[r[:, :, i::2].transpose(2, 0, 1, 3) for i in (0, 1)])
        p = scratch("padded", (2 * rows + 2, 2 * tw + 2, n * c), t)
        _fold(r, p[0::2], p[1::2])
        if carry is not None:
            p[:2] += carry
        last = row + rows == th
        if not last:
            carry = scratch("carry", (2, 2 * tw + 2, n * c), t)
            carry[...] = p[-2:]
        first = 2 * row - pad[0]
        end = first + 2 * rows + (2 if last else 0)
        lo, hi = max(first, 0), max(0, min(end, h))
        width = min(wide, 2 * tw + 2 - pad[1])
        to = dx[lo:hi].reshape(hi - lo, wide, n * c)
        to[:, :width] = p[lo - first:hi - first, pad[1]:pad[1] + width]
        to[:, width:] = 0
        if last:
            dx[hi:] = 0
    if out is False:
        return dx, None
    if out is None:
        out = np.empty(w.shape, t)
    np.matmul(du.reshape(16, k * c).T, _FILTERS[t], out=out.reshape(k * c, 9))
    return dx, out
