"""Rows of a table by number, in one launch: each index and each row that is taken are read once, the result written once.

Deterministic. Roofline: bytes of the result, twice, and of the indices, at the bandwidth of the memory.
"""
import math

import numpy as np

from .device import Unsupported, as_numbers
from .language import tl, triton
from .launch import INTERPRETED, block, launch
from .reduce import reduce

__all__ = ["lookup"]


@triton.jit
def lookup_kernel(x, index, y, R, I, N, D, WRAP: tl.constexpr, FLOATING: tl.constexpr, BR: tl.constexpr, BD: tl.constexpr):
    """``y[o, i] = x[o, index[i]]`` for the ``R`` pairs of o and i, rows of ``D`` elements; indices clipped or wrapped."""
    nd = tl.cdiv(D, BD)
    pid = tl.program_id(0)
    r = (pid // nd).to(tl.int64) * BR + tl.arange(0, BR)
    d = (pid % nd).to(tl.int64) * BD + tl.arange(0, BD)
    k = tl.load(index + r % I, mask=r < R, other=0)
    if FLOATING:
        # nan and what has no whole number of 64 bits become the least one, as numpy has it
        k = tl.where((k > -9.2e18) & (k < 9.2e18), k.to(tl.float64), -9.2e18)
    k = k.to(tl.int64)
    if WRAP:
        k = k % N
        k = tl.where(k < 0, k + N, k)
    else:
        k = tl.minimum(tl.maximum(k, 0), tl.cast(N, tl.int64) - 1)
    there = (r < R)[:, None] & (d < D)[None, :]
    v = tl.load(x + ((r // I * N + k) * D)[:, None] + d[None, :], mask=there, other=0)
    tl.store(y + (r * D)[:, None] + d[None, :], v, mask=there)


def lookup(x, index, axis=0, mode="clip"):
    """The entries of ``x`` at the numbers in ``index`` along ``axis``, which the axes of ``index`` replace.

    Numbers of any type; out of range they go to the nearest end (``clip``) or around (``wrap``). With ``raise`` they are
    looked at first, and Unsupported says that one is out of range.
    """
    axis %= x.ndim
    n = x.shape[axis]
    y = x.device.empty((*x.shape[:axis], *index.shape, *x.shape[axis + 1:]), x.dtype)
    if not n and index.size:
        raise Unsupported("nothing can be taken from an axis of length 0")
    if mode == "raise" and index.size:
        if index.dtype.kind == "f":
            index = index.astype(np.int64)
        if int(reduce("min", index)) < 0 or int(reduce("max", index)) >= n:
            raise Unsupported(f"an index is not from 0 to {n - 1}")
    if not y.size:
        return y
    x, index = x if x.contiguous else x.copy(), index if index.contiguous else index.copy()
    width, rows = math.prod(x.shape[axis + 1:]), math.prod(x.shape[:axis]) * index.size
    if INTERPRETED:
        bd, br = min(block(width, 0), 1024), min(block(rows, 0), 1024)
    else:
        bd = min(1024, max(1, 1 << (width - 1).bit_length()))
        br = max(1, 1024 // bd)
    launch(lookup_kernel, triton.cdiv(rows, br) * triton.cdiv(width, bd), as_numbers(x), as_numbers(index), as_numbers(y), rows,
           index.size, n, width, WRAP=mode == "wrap", FLOATING=index.dtype.kind == "f", BR=br, BD=bd)
    return y
