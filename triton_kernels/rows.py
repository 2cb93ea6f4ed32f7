"""How arrays are cut for kernels that work along one axis: seen as (outer, n, inner), a row for each pair of outer and inner.

A program takes a tile of rows and a part of each, the whole row where that fits, so that it is read once.
"""
import math

import numpy as np

from .language import tl, triton
from .launch import INTERPRETED, block

__all__ = ["along", "columns", "compute", "index", "tile"]

#: Elements of a tile that fit the registers of a program.
_TILE = 4096


def along(shape, axis):
    """(rows, length of the axis, inner): a row's elements lie ``inner`` apart."""
    return math.prod(shape[:axis]) * math.prod(shape[axis + 1:]), shape[axis], math.prod(shape[axis + 1:])


def compute(dtype):
    """Triton's type to compute in for values of a numpy type."""
    return tl.float64 if dtype == np.float64 else tl.float32


def index(size):
    """The type of offsets into an array of so many elements."""
    return tl.int64 if size >= 1 << 30 else tl.int32


def tile(rows, n, inner):
    """Constexprs and options of a launch over rows: BM rows and BN elements of each; ONE where these are all of a row."""
    if INTERPRETED:
        bn = block(n, 0)
        bm = min(block(rows, 0), max(16, (1 << 18) // bn))
        return dict(BM=bm, BN=bn, ONE=bn >= n)
    if inner == 1:
        bn = min(triton.next_power_of_2(max(1, n)), 2 * _TILE if n <= 2 * _TILE else _TILE)
        bm = max(1, 1024 // bn)
    else:
        # neighbouring threads take neighbouring rows
        bm = min(triton.next_power_of_2(inner), 32)
        bn = min(triton.next_power_of_2(max(1, n)), _TILE // bm)
    return dict(BM=bm, BN=bn, ONE=bn >= n, warps=8 if bm * bn >= _TILE else 4)


def columns(count, n, inner):
    """(constexprs, parts, elements of a part) for sums over the ``count`` rows of each of ``n`` places: BR rows, BC places."""
    if INTERPRETED:
        br, bc = block(count, 0), block(n, 0)
    elif inner == 1:
        bc = min(triton.next_power_of_2(n), 64)
        br = 2048 // bc
    else:
        br, bc = min(triton.next_power_of_2(count), 2048), 1
    programs, steps = -(-n // bc), -(-count // br)
    parts = 1 if programs >= 256 or steps < 8 else min(-(-steps // 4), max(1, 1024 // programs))
    chunk = -(-count // (parts * br)) * br
    return dict(BR=br, BC=bc), -(-count // chunk), chunk
