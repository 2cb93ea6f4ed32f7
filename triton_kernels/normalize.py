"""Normalisation of rows (of layers, groups, instances) and of channels (of batches), and what their gradients sum up.

Means and squared deviations of parts are merged as Chan et al. (1979) do, so that no difference of large sums is taken; all is
deterministic. Roofline: bytes of inputs and results at the bandwidth of the memory; rows that do not fit a program's registers
are read twice, and channels once for their moments and once for what follows.
"""
import numpy as np

from .language import tl, triton
from .launch import INTERPRETED, launch, of_type
from .reduce import reduce
from .rows import along, columns, compute, index, tile

__all__ = ["moments", "products", "rows", "rows_pull"]


@triton.jit
def rows_kernel(x, gamma, beta, y, mean, deviation, M, N, I, G, eps_, ALONG: tl.constexpr, STORE: tl.constexpr,
                ONE: tl.constexpr, CT: tl.constexpr, INT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """Each row less its mean, over its deviation, times gamma plus beta: of a place (``ALONG``), or of the row modulo ``G``."""
    r = tl.program_id(0).to(INT) * BM + tl.arange(0, BM)
    valid = r < M
    step = tl.cast(I, INT)
    base = (r // step) * (step * N) + r % step
    if CT == tl.float64:
        eps = tl.cast(eps_, tl.int64).to(tl.float64, bitcast=True)
    else:
        eps = tl.cast(eps_, CT)
    size = tl.cast(N, CT)
    if not ALONG:
        scale = tl.load(gamma + r % G, mask=valid, other=0).to(CT)[:, None]
        shift = tl.load(beta + r % G, mask=valid, other=0).to(CT)[:, None]
    if ONE:
        n = tl.arange(0, BN).to(INT)
        there = valid[:, None] & (n < N)[None, :]
        v = tl.load(x + base[:, None] + n[None, :] * step, mask=there, other=0).to(CT)
        mu = tl.sum(v, 1) / size
        v = tl.where(there, v - mu[:, None], 0)
        dev = tl.sqrt(tl.sum(v * v, 1) / size + eps)
        if STORE:
            if ALONG:
                scale = tl.load(gamma + n, mask=n < N, other=0).to(CT)[None, :]
                shift = tl.load(beta + n, mask=n < N, other=0).to(CT)[None, :]
            v = v / dev[:, None] * scale + shift
            tl.store(y + base[:, None] + n[None, :] * step, v.to(y.dtype.element_ty), mask=there)
    else:
        mu = tl.zeros((BM,), CT)
        squares = tl.zeros((BM,), CT)
        for start in range(0, N, BN):
            n = (start + tl.arange(0, BN)).to(INT)
            there = valid[:, None] & (n < N)[None, :]
            v = tl.load(x + base[:, None] + n[None, :] * step, mask=there, other=0).to(CT)
            seen = tl.cast(start, CT)
            width = tl.cast(tl.minimum(N - start, BN), CT)
            part = tl.sum(v, 1) / width
            v = tl.where(there, v - part[:, None], 0)
            off = part - mu
            mu += off * (width / (seen + width))
            squares += tl.sum(v * v, 1) + off * off * (seen * width / (seen + width))
        dev = tl.sqrt(squares / size + eps)
        if STORE:
            for start in range(0, N, BN):
                n = (start + tl.arange(0, BN)).to(INT)
                there = valid[:, None] & (n < N)[None, :]
                v = tl.load(x + base[:, None] + n[None, :] * step, mask=there, other=0).to(CT)
                v = (v - mu[:, None]) / dev[:, None]
                if ALONG:
                    v = v * tl.load(gamma + n, mask=n < N, other=0).to(CT)[None, :]
                    v = v + tl.load(beta + n, mask=n < N, other=0).to(CT)[None, :]
                else:
                    v = v * scale + shift
                tl.store(y + base[:, None] + n[None, :] * step, v.to(y.dtype.element_ty), mask=there)
    tl.store(mean + r, mu.to(mean.dtype.element_ty), mask=valid)
    tl.store(deviation + r, dev.to(deviation.dtype.element_ty), mask=valid)


@triton.jit
def rows_pull_kernel(g, x, gamma, mean, deviation, y, sums, M, N, I, G, ALONG: tl.constexpr, CT: tl.constexpr,
                     INT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """The gradient of the rows; unless ``ALONG`` also, a row, the sums of ``g`` times the normalised row, and of ``g``."""
    r = tl.program_id(0).to(INT) * BM + tl.arange(0, BM)
    valid = r < M
    step = tl.cast(I, INT)
    base = (r // step) * (step * N) + r % step
    size = tl.cast(N, CT)
    mu = tl.load(mean + r, mask=valid, other=0).to(CT)[:, None]
    inverse = 1 / tl.load(deviation + r, mask=valid, other=1).to(CT)[:, None]
    # whole tiles are added up: Triton 3.6 does not compile sums within the loop that are used twice
    products = tl.zeros((BM, BN), CT)
    heads = tl.zeros((BM, BN), CT)
    for start in range(0, N, BN):
        n = (start + tl.arange(0, BN)).to(INT)
        there = valid[:, None] & (n < N)[None, :]
        at = base[:, None] + n[None, :] * step
        dy = tl.load(g + at, mask=there, other=0).to(CT)
        hat = (tl.load(x + at, mask=there, other=0).to(CT) - mu) * inverse
        if ALONG:
            dy = dy * tl.load(gamma + n, mask=n < N, other=0).to(CT)[None, :]
        products += dy * hat
        heads += dy
    inner = tl.sum(products, 1)
    total = tl.sum(heads, 1)
    if ALONG:
        factor = tl.full((BM, 1), 1, CT)
    else:
        tl.store(sums + r, inner, mask=valid)
        tl.store(sums + M + r, total, mask=valid)
        factor = tl.load(gamma + r % G, mask=valid, other=0).to(CT)[:, None]
    inner = inner / size
    total = total / size
    for start in range(0, N, BN):
        n = (start + tl.arange(0, BN)).to(INT)
        there = valid[:, None] & (n < N)[None, :]
        at = base[:, None] + n[None, :] * step
        dy = tl.load(g + at, mask=there, other=0).to(CT)
        hat = (tl.load(x + at, mask=there, other=0).to(CT) - mu) * inverse
        if ALONG:
            dy = dy * tl.load(gamma + n, mask=n < N, other=0).to(CT)[None, :]
        v = (dy - hat * inner[:, None] - total[:, None]) * inverse * factor
        tl.store(y + at, v.to(y.dtype.element_ty), mask=there)


@triton.jit
def moments_kernel(x, mean, squares, R, C, I, chunk, CT: tl.constexpr, INT: tl.constexpr, BR: tl.constexpr,
                   BC: tl.constexpr):
    """Mean and sum of squared deviations of each channel over a part of its elements."""
    c = tl.program_id(0).to(INT) * BC + tl.arange(0, BC)
    part = tl.program_id(1).to(INT)
    step = tl.cast(I, INT)
    first = part * chunk
    last = tl.minimum(first + chunk, tl.cast(R, INT))
    mu = tl.zeros((BC,), CT)
    total = tl.zeros((BC,), CT)
    for start in range(first, last, BR):
        r = (start + tl.arange(0, BR)).to(INT)
        there = (r < last)[:, None] & (c < C)[None, :]
        at = ((r // step) * (step * C) + r % step)[:, None] + c[None, :] * step
        v = tl.load(x + at, mask=there, other=0).to(CT)
        seen = tl.cast(start - first, CT)
        width = tl.cast(tl.minimum(last - start, BR), CT)
        now = tl.sum(v, 0) / width
        v = tl.where(there, v - now[None, :], 0)
        off = now - mu
        mu += off * (width / (seen + width))
        total += tl.sum(v * v, 0) + off * off * (seen * width / (seen + width))
    tl.store(mean + part * C + c, mu, mask=c < C)
    tl.store(squares + part * C + c, total, mask=c < C)


@triton.jit
def merge_kernel(means, squares, mean, inverse, parts, R, C, chunk, eps_, CT: tl.constexpr, B: tl.constexpr):
    """Mean and ``1 / sqrt(variance + eps)`` of channels from those of parts of them."""
    c = tl.program_id(0) * B + tl.arange(0, B)
    if CT == tl.float64:
        eps = tl.cast(eps_, tl.int64).to(tl.float64, bitcast=True)
    else:
        eps = tl.cast(eps_, CT)
    size = tl.cast(R, CT)
    mu = tl.zeros((B,), CT)
    total = tl.zeros((B,), CT)
    for k in range(parts):
        seen = tl.cast(k, CT) * chunk
        width = tl.minimum(size - seen, tl.cast(chunk, CT))
        now = tl.load(means + k * C + c, mask=c < C, other=0)
        off = now - mu
        mu += off * (width / (seen + width))
        total += tl.load(squares + k * C + c, mask=c < C, other=0) + off * off * (seen * width / (seen + width))
    tl.store(mean + c, mu.to(mean.dtype.element_ty), mask=c < C)
    tl.store(inverse + c, (1 / tl.sqrt(total / size + eps)).to(inverse.dtype.element_ty), mask=c < C)


@triton.jit
def products_kernel(g, x, mean, scale, out, R, C, I, chunk, ROWS: tl.constexpr, CT: tl.constexpr, INT: tl.constexpr,
                    BR: tl.constexpr, BC: tl.constexpr):
    """Sums of ``g * (x - mean) * scale`` and of ``g`` for each channel; with ``ROWS`` the mean is the row's, over ``scale``."""
    c = tl.program_id(0).to(INT) * BC + tl.arange(0, BC)
    part = tl.program_id(1).to(INT)
    step = tl.cast(I, INT)
    first = part * chunk
    last = tl.minimum(first + chunk, tl.cast(R, INT))
    a = tl.zeros((BR, BC), CT)
    b = tl.zeros((BR, BC), CT)
    if not ROWS:
        mu = tl.load(mean + c, mask=c < C, other=0).to(CT)[None, :]
        by = tl.load(scale + c, mask=c < C, other=0).to(CT)[None, :]
    for start in range(first, last, BR):
        r = (start + tl.arange(0, BR)).to(INT)
        there = (r < last)[:, None] & (c < C)[None, :]
        at = ((r // step) * (step * C) + r % step)[:, None] + c[None, :] * step
        dy = tl.load(g + at, mask=there, other=0).to(CT)
        v = tl.load(x + at, mask=there, other=0).to(CT)
        if ROWS:
            mu = tl.load(mean + r, mask=r < last, other=0).to(CT)[:, None]
            by = 1 / tl.load(scale + r, mask=r < last, other=1).to(CT)[:, None]
        a += dy * ((v - mu) * by)
        b += dy
    tl.store(out + part * 2 * C + c, tl.sum(a, 0).to(out.dtype.element_ty), mask=c < C)
    tl.store(out + part * 2 * C + C + c, tl.sum(b, 0).to(out.dtype.element_ty), mask=c < C)


def _packed(*arrays):
    return [a if a.contiguous else a.copy() for a in arrays]


def _wide(dtype):
    return np.dtype(np.float64 if dtype == np.float64 else np.float32)


def rows(x, gamma, beta, eps, axis=-1, groups=None, store=True):
    """(normalised ``x``, means, ``sqrt(variance + eps)``) along an axis, or with ``groups`` of as many rows a sample.

    gamma and beta have a value for each place along the axis, or for each group. Means and deviations come flat; in float32
    where ``x`` is narrower and ``store``, without which the first result is left empty, is false.
    """
    x, gamma, beta = _packed(x, gamma, beta)
    y = x.device.empty(x.shape if store else (1,), x.dtype)
    m, n, inner = along(x.shape, axis % x.ndim) if groups is None else (len(x) * groups, x.size // (len(x) * groups), 1)
    mean, deviation = (x.device.empty((m,), x.dtype if store else _wide(x.dtype)) for _ in range(2))
    cut = tile(m, n, inner)
    launch(rows_kernel, triton.cdiv(m, cut["BM"]), x, gamma, beta, y, mean, deviation, m, n, inner, groups or 1,
           of_type(eps, x.dtype), ALONG=groups is None, STORE=store, CT=compute(x.dtype), INT=index(x.size), **cut)
    return y, mean, deviation


def rows_pull(g, x, gamma, mean, deviation, axis=-1, groups=None):
    """Gradients of ``x``, gamma and beta from that of the result of ``rows``; sums are computed in float32 or wider."""
    g, x, gamma, mean, deviation = _packed(g, x, gamma, mean, deviation)
    y = x.device.empty(x.shape, x.dtype)
    m, n, inner = along(x.shape, axis % x.ndim) if groups is None else (len(x) * groups, x.size // (len(x) * groups), 1)
    sums = x.device.empty((2, m) if groups else (1,), _wide(x.dtype))
    cut = tile(m, n, inner)
    cut.pop("ONE")
    if not INTERPRETED:
        # two arrays are fetched ahead into shared memory
        cut.update(BN=min(cut["BN"], 1024), warps=4)
    launch(rows_pull_kernel, triton.cdiv(m, cut["BM"]), g, x, gamma, mean, deviation, y, sums, m, n, inner, groups or 1,
           ALONG=groups is None, CT=compute(x.dtype), INT=index(x.size), **cut)
    if groups:
        sums = reduce("sum", sums.reshape(2, len(x), groups), 1, dtype=x.dtype)
    else:
        sums = products(g, x, mean, deviation, axis, True)
    return y, sums[0], sums[1]


def moments(x, eps, axis=1):
    """(mean, ``1 / sqrt(variance + eps)``) of each channel along an axis, in float32 or wider."""
    x, = _packed(x)
    count, c, inner = along(x.shape, axis % x.ndim)
    t = _wide(x.dtype)
    cut, parts, chunk = columns(count, c, inner)
    means, squares = (x.device.empty((parts, c), t) for _ in range(2))
    launch(moments_kernel, (triton.cdiv(c, cut["BC"]), parts), x, means, squares, count, c, inner, chunk, CT=compute(x.dtype),
           INT=index(x.size), **cut)
    mean, inverse = (x.device.empty((c,), t) for _ in range(2))
    launch(merge_kernel, triton.cdiv(c, 128), means, squares, mean, inverse, parts, count, c, chunk, of_type(eps, t),
           CT=compute(x.dtype), B=128)
    return mean, inverse


def products(g, x, mean, scale, axis=1, by_row=False):
    """Sums of ``g * (x - mean) * scale`` and of ``g`` for each channel, (2, channels), in float32 or wider.

    Mean and scale are those of channels, or with ``by_row`` of all else, where ``scale`` is what is divided by.
    """
    g, x, mean, scale = _packed(g, x, mean, scale)
    count, c, inner = along(x.shape, axis % x.ndim)
    cut, parts, chunk = columns(count, c, inner)
    out = x.device.empty((parts, 2, c), _wide(x.dtype))
    launch(products_kernel, (triton.cdiv(c, cut["BC"]), parts), g, x, mean, scale, out, count, c, inner, chunk,
           ROWS=by_row, CT=compute(x.dtype), INT=index(x.size), **cut)
    return out.reshape(2, c) if parts == 1 else reduce("sum", out, 0)
