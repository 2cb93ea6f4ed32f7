"""Correlations of up to three spatial axes and their gradients as implicit products of matrices: no patch is ever stored.

Arrays are grouped: data (N, G, C, *S), weights (G, K, C, *taps), results (N, G, K, *O), of any strides. float32 products are
exact (``input_precision="ieee"``), float16 ones are summed in float32, float64 is multiplied and added without tensor cores.
All three are deterministic: the weights' gradient adds parts of the images up in a second pass.

Roofline: 2 * N * G * K * C * taps * O operations at the rate of the type.
"""
import math

import numpy as np

from .language import tl, triton
from .launch import INTERPRETED, block, launch
from .reduce import reduce
from .registry import replaces

__all__ = ["correlate", "spread", "weigh"]


@triton.jit
def _dot(a, b, acc, DOT: tl.constexpr, CT: tl.constexpr):
    if DOT:
        acc = tl.dot(a, b, acc, input_precision="ieee")
    else:
        acc += tl.sum(a.to(CT)[:, :, None] * b.to(CT)[None, :, :], 1)
    return acc


@triton.jit
def correlate_kernel(x, w, bias, y, P, K, R, D0, D1, D2, O1, O2, T1, T2, S0, S1, S2, L0, L1, L2, B0, B1, B2, G, xn, xg, xc,
                     x0, x1, x2, wg, wk, wc, w0, w1, w2, yn, yg, yk, y0, y1, y2, OUT, T12, O12, BACK: tl.constexpr,
                     HAS_BIAS: tl.constexpr, DOT: tl.constexpr, CT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr,
                     BK: tl.constexpr):
    """Pixels (of all images) by filters, over channels and taps; one group a program of the second axis.

    With ``BACK`` it is the transpose: each position looks for the places that saw it through each tap.
    """
    g = tl.program_id(1).to(tl.int64)
    nn = tl.cdiv(K, BN)
    pid = tl.program_id(0)
    m = (pid // nn).to(tl.int64) * BM + tl.arange(0, BM)
    k = (pid % nn).to(tl.int64) * BN + tl.arange(0, BN)
    n, o = m // OUT, (m % OUT).to(tl.int32)
    o0, o1, o2 = o // O12, (o // O2) % O1, o % O2
    if BACK:
        i0, i1, i2 = o0 - B0, o1 - B1, o2 - B2
    else:
        i0, i1, i2 = o0 * S0 + B0, o1 * S1 + B1, o2 * S2 + B2
    acc = tl.zeros((BM, BN), CT)
    for start in range(0, R, BK):
        r = start + tl.arange(0, BK)
        c, t = r // (T12 * L0), r % (T12 * L0)
        t0, t1, t2 = t // T12, (t // T2) % T1, t % T2
        if BACK:
            q0 = i0[:, None] - t0[None, :] * D0
            q1 = i1[:, None] - t1[None, :] * D1
            q2 = i2[:, None] - t2[None, :] * D2
            p0, p1, p2 = q0 // S0, q1 // S1, q2 // S2
            inside = (q0 >= 0) & (p0 < L1) & (q1 >= 0) & (p1 < L2) & (q2 >= 0) & (p2 < G)
            inside = inside & (p0 * S0 == q0) & (p1 * S1 == q1) & (p2 * S2 == q2)
        else:
            p0 = i0[:, None] + t0[None, :] * D0
            p1 = i1[:, None] + t1[None, :] * D1
            p2 = i2[:, None] + t2[None, :] * D2
            inside = (p0 >= 0) & (p0 < L1) & (p1 >= 0) & (p1 < L2) & (p2 >= 0) & (p2 < G)
        a = tl.load(x + (n * xn + g * xg)[:, None] + (c * xc)[None, :] + (p0 * x0 + p1 * x1 + p2 * x2),
                    mask=inside & (m < P)[:, None] & (r < R)[None, :], other=0)
        b = tl.load(w + g * wg + k[None, :] * wk + (c * wc + t0 * w0 + t1 * w1 + t2 * w2)[:, None],
                    mask=(r < R)[:, None] & (k < K)[None, :], other=0)
        acc = _dot(a, b, acc, DOT, CT)
    if HAS_BIAS:
        acc += tl.load(bias + g * K + k, mask=k < K, other=0).to(CT)[None, :]
    at = n[:, None] * yn + g * yg + k[None, :] * yk + (o0 * y0 + o1 * y1 + o2 * y2)[:, None]
    tl.store(y + at, acc.to(y.dtype.element_ty), mask=(m < P)[:, None] & (k < K)[None, :])


@triton.jit
def weigh_kernel(x, dy, dw, P, K, R, D0, D1, D2, O1, O2, T1, T2, S0, S1, S2, L0, L1, L2, B0, B1, B2, W, xn, xg, xc, x0, x1, x2,
                 yn, yg, yk, y0, y1, y2, OUT, T12, O12, chunk, GROUPS, DOT: tl.constexpr, CT: tl.constexpr, BM: tl.constexpr,
                 BN: tl.constexpr, BK: tl.constexpr):
    """Filters by channels and taps, over the pixels ``part * chunk`` and on; part and group are the second axis."""
    z = tl.program_id(1).to(tl.int64)
    g, part = z % GROUPS, z // GROUPS
    nn = tl.cdiv(R, BN)
    pid = tl.program_id(0)
    k = (pid // nn).to(tl.int64) * BM + tl.arange(0, BM)
    r = (pid % nn) * BN + tl.arange(0, BN)
    c, t = r // (T12 * L0), r % (T12 * L0)
    t0, t1, t2 = t // T12, (t // T2) % T1, t % T2
    acc = tl.zeros((BM, BN), CT)
    last = tl.minimum(part * chunk + chunk, tl.cast(P, tl.int64))
    for start in range(part * chunk, last, BK):
        m = start + tl.arange(0, BK).to(tl.int64)
        n, o = m // OUT, (m % OUT).to(tl.int32)
        o0, o1, o2 = o // O12, (o // O2) % O1, o % O2
        a = tl.load(dy + g * yg + k[:, None] * yk + (n * yn + o0 * y0 + o1 * y1 + o2 * y2)[None, :],
                    mask=(k < K)[:, None] & (m < last)[None, :], other=0)
        p0 = (o0 * S0 + B0)[:, None] + t0[None, :] * D0
        p1 = (o1 * S1 + B1)[:, None] + t1[None, :] * D1
        p2 = (o2 * S2 + B2)[:, None] + t2[None, :] * D2
        inside = (p0 >= 0) & (p0 < L1) & (p1 >= 0) & (p1 < L2) & (p2 >= 0) & (p2 < W)
        b = tl.load(x + (n * xn + g * xg)[:, None] + (c * xc)[None, :] + (p0 * x0 + p1 * x1 + p2 * x2),
                    mask=inside & (m < last)[:, None] & (r < R)[None, :], other=0)
        acc = _dot(a, b, acc, DOT, CT)
    tl.store(dw + (z * K + k)[:, None] * R + r[None, :], acc.to(dw.dtype.element_ty),
             mask=(k < K)[:, None] & (r < R)[None, :])


def _three(values, fill):
    """Values of up to three axes as those of three."""
    values = tuple([int(v) for v in values])
    return (fill,) * (3 - len(values)) + values


def _spatial(a, lead):
    """(lengths, strides) of the axes after the first ``lead``, as of three."""
    return _three(a.shape[lead:], 1), _three(a.strides[lead:], 0)


def _tiles(m, n, r, dtype):
    """(whether tl.dot does it, the type of sums, block sizes)."""
    dot = dtype.kind == "f" and dtype.itemsize <= 4
    ct = tl.float32 if dot else tl.float64
    if INTERPRETED:
        bm, bn, bk = block(m, 0), block(n, 0), block(r, 0)
        limit = 128 if dot else 32
        return dot, ct, (min(bm, 8 * limit if dot else limit), min(bn, limit), min(bk, limit))
    if not dot:
        return dot, ct, (16, 16, 16)
    return dot, ct, (64, 64, 32) if dtype.itemsize == 4 or n <= 64 else (128, 64, 64)


def _launch(back, x, w, y, bias, stride, dilate, start, reach):
    """``reach``: the spatial lengths within which ``x`` is read."""
    n, g, k = y.shape[:3]
    c, taps = w.shape[2], _three(w.shape[3:], 1)
    out, ys = _spatial(y, 3)
    _, xs = _spatial(x, 3)
    _, ws = _spatial(w, 3)
    pixels, r = n * math.prod(out), c * math.prod(taps)
    dot, ct, (bm, bn, bk) = _tiles(pixels, k, r, y.dtype)
    tiles = triton.cdiv(pixels, bm) * triton.cdiv(k, bn)
    b = y if bias is None else bias
    for first in range(0, g, 65535):
        part = slice(first, min(first + 65535, g))
        xp, wp, yp = x[:, part], w[part], y[:, part]
        launch(correlate_kernel, (tiles, part.stop - first), xp, wp, b if bias is None else b[part], yp, pixels, k, r,
               *_three(dilate, 1), out[1], out[2], taps[1], taps[2], *_three(stride, 1), taps[0], *reach[:2], *_three(start, 0),
               reach[2], *x.strides[:3], *xs, *w.strides[:3], *ws, *y.strides[:3], *ys, math.prod(out), taps[1] * taps[2],
               out[1] * out[2], BACK=back, HAS_BIAS=bias is not None, DOT=dot, CT=ct, BM=bm, BN=bn, BK=bk, warps=8)
    return y


def _bias(bias):
    return None if bias is None else bias.reshape(bias.shape[0], bias.shape[1])


@replaces("nn.correlate.correlate")
def correlate(x, w, y, stride, dilate, start, bias=None):
    """``y[n,g,k,o] = sum over c, t of w[g,k,c,t] * x[n,g,c, o*stride + t*dilate + start]`` (+ bias), zero outside ``x``.

    Writes ``y`` and returns it; ``bias`` is (G, K, 1).
    """
    if not y.size:
        return y
    if not (x.size and w.size):
        y[...] = 0 if bias is None else bias.reshape(*bias.shape[:2], *[1] * (y.ndim - 3))
        return y
    return _launch(False, x, w, y, _bias(bias), stride, dilate, start, _spatial(x, 3)[0])


@replaces("nn.correlate.spread")
def spread(dy, w, dx, stride, dilate, start, bias=None):
    """The transpose of ``correlate``: from ``dy`` (N, G, K, *O) into ``dx`` (N, G, C, *S), which it returns."""
    if not dx.size:
        return dx
    if not (dy.size and w.size):
        dx[...] = 0 if bias is None else bias.reshape(*bias.shape[:2], *[1] * (dx.ndim - 3))
        return dx
    return _launch(True, dy, w.swapaxes(1, 2), dx, _bias(bias), stride, dilate, start, _spatial(dy, 3)[0])


@replaces("nn.correlate.weigh")
def weigh(x, dy, taps, stride, dilate, start):
    """The gradient of the weights (G, K, C, *taps) of ``correlate`` for the output gradient ``dy`` (N, G, K, *O)."""
    g, k, c = x.shape[1], dy.shape[2], x.shape[2]
    if not (dy.size and x.size):
        return x.device.zeros((g, k, c, *taps), x.dtype)
    t = _three(taps, 1)
    out, ys = _spatial(dy, 3)
    size, xs = _spatial(x, 3)
    pixels, r = x.shape[0] * math.prod(out), c * math.prod(t)
    dot, ct, (bm, bn, bk) = _tiles(k, r, pixels, x.dtype)
    if dot and not INTERPRETED:
        # the addresses of both operands change from step to step, and take registers
        bm, bn, bk = (64, 32, 16) if x.dtype.itemsize == 4 else (64, 64, 32)
    tiles = triton.cdiv(k, bm) * triton.cdiv(r, bn)
    parts = max(1, min(pixels // (8 * bk), 1024 // (tiles * g), 65535 // g))
    chunk = triton.cdiv(triton.cdiv(pixels, parts), bk) * bk
    parts = triton.cdiv(pixels, chunk)
    dw = x.device.empty((parts, g, k, r), x.dtype if parts == 1 else np.float64 if ct is tl.float64 else np.float32)
    launch(weigh_kernel, (tiles, g * parts), x, dy, dw, pixels, k, r, *_three(dilate, 1), out[1], out[2], t[1], t[2],
           *_three(stride, 1), t[0], size[0], size[1], *_three(start, 0), size[2], *x.strides[:3], *xs, *dy.strides[:3], *ys,
           math.prod(out), t[1] * t[2], out[1] * out[2], chunk, g, DOT=dot, CT=ct, BM=bm, BN=bn, BK=bk, warps=8)
    y = dw[0] if parts == 1 else reduce("sum", dw, 0, dtype=x.dtype)
    return y.reshape(g, k, c, *taps)
