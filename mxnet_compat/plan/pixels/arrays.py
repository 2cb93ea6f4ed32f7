"""Between the two layouts; memory that kernels keep from call to call; how far a tap reaches."""

import numpy as np

from ...backend import pool
from ...ops.nn import taps

__all__ = ["from_pixels", "reach", "scratch", "tiled", "to_pixels"]


def scratch(key, shape, dtype):
    """Memory that is kept from call to call, apart from that of the convolutions beside plans."""
    return taps.scratch(("pixels first", key), shape, dtype)


def to_pixels(x):
    """(N, C, H, W) as (H, W, N, C)."""
    n, c, h, w = x.shape
    y = pool.empty((h, w, n, c), x.dtype)
    for k in range(n):
        # image by image the matrix that is transposed stays small
        y[:, :, k] = x[k].reshape(c, h, w).transpose(1, 2, 0)
    return y


def from_pixels(x):
    """(H, W, N, C) as (N, C, H, W)."""
    h, w, n, c = x.shape
    y = pool.empty((n, c, h, w), x.dtype)
    pixels, planes = x.reshape(h * w, n * c), y.reshape(n * c, h * w)
    # a line of the cache for each of so many planes
    step = 16 if n * c >= 256 else 128
    for k in range(0, n * c, 512):
        for i in range(0, h * w, step):
            planes[k:k + 512, i:i + step] = pixels[i:i + step, k:k + 512].T
    return y


def reach(out, size, stride, at):
    """Which output positions [lo, hi) see the input at ``o * stride + at``, and where the first of them does."""
    lo = min(out, max(0, -(at // stride)))
    hi = max(lo, min(out, (size - 1 - at) // stride + 1))
    return lo, hi, lo * stride + at


def tiled(v, n, dtype):
    """Values of channels for the channels of ``n`` images side by side."""
    row = np.empty((n, len(v)), dtype)
    row[...] = v
    return row.reshape(-1)
