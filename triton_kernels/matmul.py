"""Matrix products of any number of batch axes, with every transposition by strides.

float32 is computed with ``input_precision="ieee"``, that is, as exact as a loop on the processor, or, where the environment
variable MXNET_COMPAT_GPU_PRECISION is ``tf32x3`` (NVIDIA only), as three products of tensor cores. float16 has products of
float16 summed in float32; float64 and whole numbers are multiplied and added without tensor cores. Few tiles over a long
inner axis are cut along it, and the parts added up in a second pass: deterministic, like all here. No configuration was timed
on a card.

Roofline: 2 * M * N * K operations a product at the rate of the type.
"""
import math
import os

import numpy as np

from .device import Buffer
from .language import libdevice, tl, triton
from .launch import INTERPRETED, block, launch, of_type
from .pointwise import run
from .reduce import reduce

__all__ = ["PRECISION", "matmul"]

#: How products of float32 are computed: ``ieee`` or ``tf32x3``.
PRECISION = os.environ.get("MXNET_COMPAT_GPU_PRECISION") or "ieee"
if PRECISION not in ("ieee", "tf32x3"):
    raise ValueError(f"MXNET_COMPAT_GPU_PRECISION must be ieee or tf32x3, not {PRECISION!r}")
#: Multiprocessors that a large card has: fewer tiles leave some without work.
_MANY = 132


@triton.jit
def matmul_kernel(a, b, bias, c, M, N, K, sab, sam, sak, sbb, sbk, sbn, scb, scm, parts, chunk, alpha, DOT: tl.constexpr,
                  CT: tl.constexpr, PREC: tl.constexpr, SPLIT: tl.constexpr, SCALE: tl.constexpr, BIAS: tl.constexpr,
                  ACT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, G: tl.constexpr):
    """``c[z] = act(alpha * a[z] @ b[z] + bias)``; groups of ``G`` rows of tiles run together so that they share tiles of ``b``.

    With ``SPLIT`` ``c[z * parts + part]`` is the product over the ``chunk`` inner places of that part.
    """
    pid = tl.program_id(0)
    zp = tl.program_id(1).to(tl.int64)
    z = zp
    first, last = 0, K
    if SPLIT:
        z = (tl.program_id(1) // parts).to(tl.int64)
        first = (zp - z * parts) * chunk
        last = tl.minimum(first + chunk, tl.cast(K, tl.int64))
    nm, nn = tl.cdiv(M, BM), tl.cdiv(N, BN)
    group = pid // (G * nn)
    rows = tl.minimum(nm - group * G, G)
    pm = group * G + (pid % (G * nn)) % rows
    pn = (pid % (G * nn)) // rows
    rm = (pm * BM + tl.arange(0, BM)).to(tl.int64)
    rn = (pn * BN + tl.arange(0, BN)).to(tl.int64)
    rk = tl.arange(0, BK).to(tl.int64)
    pa = a + z * sab + rm[:, None] * sam
    pb = b + z * sbb + rn[None, :] * sbn
    acc = tl.zeros((BM, BN), CT)
    for k in range(first, last, BK):
        x = tl.load(pa + (k + rk)[None, :] * sak, mask=(rm < M)[:, None] & (k + rk < last)[None, :], other=0)
        y = tl.load(pb + (k + rk)[:, None] * sbk, mask=(k + rk < last)[:, None] & (rn < N)[None, :], other=0)
        if DOT:
            acc = tl.dot(x, y, acc, input_precision=PREC)
        else:
            acc += tl.sum(x.to(CT)[:, :, None] * y.to(CT)[None, :, :], 1)
    if SCALE:
        if CT == tl.float64:
            acc = acc * tl.cast(alpha, tl.int64).to(tl.float64, bitcast=True)
        else:
            acc = acc * alpha
    if BIAS:
        acc += tl.load(bias + rn, mask=rn < N, other=0).to(CT)[None, :]
    if ACT == "relu":
        acc = tl.where(acc < 0, 0, acc)
    if ACT == "tanh":
        acc = libdevice.tanh(acc)
    if ACT == "sigmoid":
        acc = 1 / (1 + tl.exp(-acc))
    there = (rm < M)[:, None] & (rn < N)[None, :]
    tl.store(c + zp * scb + rm[:, None] * scm + rn[None, :], acc.to(c.dtype.element_ty), mask=there)


#: Activations of a product's end, and their text for ``pointwise.run``.
_ACTS = {"": "v", "relu": "tl.where(v < 0, 0, v)", "tanh": "libdevice.tanh(v)", "sigmoid": "1 / (1 + tl.exp(-v))"}


def matmul(a, b, dtype=None, *, bias=None, alpha=1, act="", precision=None, parts=None):
    """numpy's ``matmul``: batch axes broadcast, one-dimensional operands are rows and columns. ValueError for shapes.

    What floats are then also put through in the same launch: ``act(alpha * product + bias)``, ``bias`` (N,) along the columns,
    ``act`` one of relu, tanh, sigmoid. ``precision`` (``PRECISION``) is that of float32; ``parts`` cuts the inner axis (by
    default where tiles are few).
    """
    device = (a if isinstance(a, Buffer) else b).device
    a = a if isinstance(a, Buffer) else device.upload(np.asarray(a))
    b = b if isinstance(b, Buffer) else device.upload(np.asarray(b))
    if not a.ndim or not b.ndim:
        raise ValueError("matmul needs operands of at least one dimension")
    t = np.dtype(dtype) if dtype else np.result_type(a.dtype, b.dtype)
    if t.kind == "b":
        return matmul(a.astype(np.int32), b.astype(np.int32)).astype(bool)
    if bias is not None:
        bias = bias if bias.contiguous else bias.copy()
    a = a if a.dtype == t else a.astype(t)
    b = b if b.dtype == t else b.astype(t)
    row, column = a.ndim == 1, b.ndim == 1
    a = a.reshape(1, -1) if row else a
    b = b.strided((b.shape[0], 1), (b.strides[0], 0)) if column else b
    (m, k), (k2, n) = a.shape[-2:], b.shape[-2:]
    if k != k2:
        raise ValueError(f"matmul: shapes {a.shape} and {b.shape} do not fit: {k} columns and {k2} rows")
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = device.empty((*lead, m, n), t)
    if y.size:
        if not k:
            y.fill(0)
            _finished(y, y, bias, 1, act)
        else:
            _multiply(_batched(a, lead), _batched(b, lead), y.reshape(-1, m, n), t, bias, alpha, act, precision or PRECISION,
                      parts)
    shape = lead + (() if row else (m,)) + (() if column else (n,))
    return y.strided(shape, [s for s, gone in zip(y.strides, (False,) * len(lead) + (row, column)) if not gone])


def _batched(a, lead):
    """``a`` with its batch axes broadcast to ``lead`` and merged into one; copied only where strides cannot say it."""
    a = a.broadcast_to((*lead, *a.shape[-2:]))
    size, step = math.prod(lead), 0
    dims = [(n, s) for n, s in zip(lead, a.strides) if n != 1]
    for (_, s), (n2, s2) in zip(dims, dims[1:]):
        if s != s2 * n2:
            a = a.copy()
            step = a.shape[-2] * a.shape[-1]
            break
    else:
        step = dims[-1][1] if dims else 0
    return a.strided((size, *a.shape[-2:]), (step, *a.strides[-2:]))


def _finished(x, y, bias, alpha, act):
    """Into ``y``: ``act(alpha * x + bias)``."""
    text = _ACTS[act]
    if bias is None and alpha == 1 and not act and x is y:
        return
    if bias is None:
        run("v = x * a;" + text, (x,), (alpha,), outs=(y,))
    else:
        run("v = x * a + y;" + text, (x, bias), (alpha,), outs=(y,))


def _blocks(z, m, n, k, t, dot, precision):
    """(BM, BN, BK, warps) by the class of the shape."""
    if INTERPRETED:
        return (*(min(block(v, 0), 64 if dot else 32) for v in (m, n, k)), 4)
    if not dot:
        return 16, 32, 8, 4

    def tiles(bm, bn):
        return z * triton.cdiv(m, bm) * triton.cdiv(n, bn)
    if t.itemsize == 2 and n >= 256 and tiles(128, 256) >= 2 * _MANY:
        return 128, 256, 32, 8
    if min(m, n) >= 128 and tiles(128, 128) >= _MANY:
        return 128, 128, 64 if t.itemsize == 2 else 32 if precision == "tf32x3" else 16, 8
    bm, bn = (min(64, max(16, 1 << (v - 1).bit_length())) for v in (m, n))
    return bm, bn, 64 if t.itemsize == 2 else 32, 4


def _multiply(a, b, c, t, bias, alpha, act, precision, parts):
    z, m, k = a.shape
    n = b.shape[2]
    dot = t.kind == "f" and t.itemsize <= 4
    bm, bn, bk, warps = _blocks(z, m, n, k, t, dot, precision)
    ct = tl.float32 if dot else tl.float64 if t.kind == "f" else tl.int64
    tiles = triton.cdiv(m, bm) * triton.cdiv(n, bn)
    if parts is None:
        # as many as fill the card, each of some length; sums of parts are read again, which costs little beside long axes
        parts = 1 if INTERPRETED or not dot else max(1, min(_MANY // (z * tiles), k // 512, 65535 // z))
    chunk = triton.cdiv(triton.cdiv(k, parts), bk) * bk
    parts = triton.cdiv(k, chunk)
    split = parts > 1
    wide = c.device.empty((z * parts, m, n), t if t.itemsize > 2 else np.float32) if split else c
    scale, with_bias, then = alpha != 1 and not split, bias is not None and not split, "" if split else act
    number = of_type(alpha, np.float64 if ct is tl.float64 else np.float32)
    # the second axis of a grid has 65535 places at most
    step = max(1, 65535 // parts)
    for start in range(0, z, step):
        stop = min(start + step, z)
        out = wide[start * parts:stop * parts]
        launch(matmul_kernel, (tiles, (stop - start) * parts), a[start:stop], b[start:stop], bias if with_bias else out, out, m,
               n, k, *a.strides, *b.strides, *wide.strides[:2], parts, chunk, number, DOT=dot, CT=ct, PREC=precision,
               SPLIT=split, SCALE=scale, BIAS=with_bias, ACT=then, BM=bm, BN=bn, BK=bk, G=8, warps=warps)
    if split:
        total = wide.reshape(z, parts, m, n)
        if bias is None and alpha == 1 and not act:
            c[...] = reduce("sum", total, 1, dtype=t)
        else:
            _finished(reduce("sum", total, 1), c, bias, alpha, act)
