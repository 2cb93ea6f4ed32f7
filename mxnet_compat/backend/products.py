"""Products of a wide matrix with few columns, in blocks of rows that OpenBLAS multiplies without packing them first.

Up to a million multiplications OpenBLAS has kernels that read the operands where they lie, for processors with AVX-512.
A product that is repeated with the same matrix, as at every step of a recurrent layer, otherwise spends a fifth to a
third of its time on packing that matrix again.
"""
from functools import lru_cache

import numpy as np

__all__ = ["by_rows"]

#: OpenBLAS packs above so many multiplications.
MOST = 10 ** 6


def _without_packing():
    core = getattr(np, "_core", None) or np.core
    return core._multiarray_umath.__cpu_features__.get("AVX512_SKX", False)


_direct = _without_packing()


@lru_cache(1024)
def _height(rows, inner, columns, itemsize):
    """How many rows a block has: all where blocks do not help."""
    if not _direct or itemsize not in (4, 8) or columns < 2 or rows * inner * columns <= MOST:
        return rows
    for h in range(64, 7, -8):
        if rows % h == 0 and h * inner * columns <= 0.6 * MOST:
            return h
    return rows


def by_rows(matrix, columns):
    """A view ``m`` of shape (blocks, height, inner): ``np.matmul(m, x)`` is the product with ``x`` in as many blocks."""
    rows, inner = matrix.shape
    height = _height(rows, inner, columns, matrix.itemsize)
    return matrix.reshape(rows // height, height, inner)
