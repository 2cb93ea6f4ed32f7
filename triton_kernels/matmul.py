"""Matrix products of any number of batch axes, with every transposition by strides.

float32 is computed with ``input_precision="ieee"``, that is, as exact as a loop on the processor; float16 has products of
float16 summed in float32; float64 and whole numbers are multiplied and added without tensor cores. Deterministic.

Roofline: 2 * M * N * K operations a product at the rate of the type.
"""
import math

import numpy as np

from .device import Buffer
from .language import tl, triton
from .launch import INTERPRETED, block, launch

__all__ = ["matmul"]


@triton.jit
def matmul_kernel(a, b, c, M, N, K, sab, sam, sak, sbb, sbk, sbn, scb, scm, DOT: tl.constexpr, CT: tl.constexpr,
                  PREC: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, G: tl.constexpr):
    """``c[z] = a[z] @ b[z]``; groups of ``G`` rows of tiles run together so that they share tiles of ``b``."""
    pid = tl.program_id(0)
    z = tl.program_id(1).to(tl.int64)
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
    for k in range(0, K, BK):
        x = tl.load(pa + (k + rk)[None, :] * sak, mask=(rm < M)[:, None] & (k + rk < K)[None, :], other=0)
        y = tl.load(pb + (k + rk)[:, None] * sbk, mask=(k + rk < K)[:, None] & (rn < N)[None, :], other=0)
        if DOT:
            acc = tl.dot(x, y, acc, input_precision=PREC)
        else:
            acc += tl.sum(x.to(CT)[:, :, None] * y.to(CT)[None, :, :], 1)
    there = (rm < M)[:, None] & (rn < N)[None, :]
    tl.store(c + z * scb + rm[:, None] * scm + rn[None, :], acc.to(c.dtype.element_ty), mask=there)


def matmul(a, b, dtype=None):
    """numpy's ``matmul``: batch axes broadcast, one-dimensional operands are rows and columns. ValueError for shapes."""
    device = (a if isinstance(a, Buffer) else b).device
    a = a if isinstance(a, Buffer) else device.upload(np.asarray(a))
    b = b if isinstance(b, Buffer) else device.upload(np.asarray(b))
    if not a.ndim or not b.ndim:
        raise ValueError("matmul needs operands of at least one dimension")
    t = np.dtype(dtype) if dtype else np.result_type(a.dtype, b.dtype)
    if t.kind == "b":
        return matmul(a.astype(np.int32), b.astype(np.int32)).astype(bool)
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
        else:
            _multiply(_batched(a, lead), _batched(b, lead), y.reshape(-1, m, n), t)
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


def _multiply(a, b, c, t):
    z, m, k = a.shape
    n = b.shape[2]
    dot = t.kind == "f" and t.itemsize <= 4
    if INTERPRETED:
        bm, bn, bk = (min(block(v, 0), 64 if dot else 32) for v in (m, n, k))
    elif dot:
        small = m * n <= 128 * 128 * 132
        bm, bn, bk = (64, 64, 32) if small or t.itemsize == 4 else (128, 128, 64)
    else:
        bm, bn, bk = 16, 32, 8
    ct = tl.float32 if dot else tl.float64 if t.kind == "f" else tl.int64
    tiles = triton.cdiv(m, bm) * triton.cdiv(n, bn)
    # the second axis of a grid has 65535 places at most
    for start in range(0, z, 65535):
        stop = min(start + 65535, z)
        launch(matmul_kernel, (tiles, stop - start), a[start:stop], b[start:stop], c[start:stop], m, n, k, a.strides[0],
               a.strides[1], a.strides[2], b.strides[0], b.strides[1], b.strides[2], c.strides[0], c.strides[1], DOT=dot,
               CT=ct, PREC="ieee", BM=bm, BN=bn, BK=bk, G=8, warps=4 if bm < 128 else 8)
