"""Between the two layouts; memory that kernels keep from call to call; how far a tap reaches."""
import threading
from math import prod

import numpy as np

from ...backend import pool

__all__ = ["from_pixels", "reach", "scratch", "tiled", "to_pixels"]

_KEEP = 1 << 23         # scratch memory that a thread keeps for one purpose, in bytes
_local = threading.local()


def scratch(key, shape, dtype):
    """Memory of arbitrary contents, the same from call to call: fresh pages cost as much as filling them."""
    size = prod(shape) * dtype.itemsize
    if size > _KEEP:
        return np.empty(shape, dtype)
    kept = _local.__dict__.setdefault("kept", {})
    raw = kept.get(key)
    if raw is None or raw.nbytes < size:
        raw = kept[key] = np.empty(size, np.uint8)
    return raw[:size].view(dtype).reshape(shape)


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
