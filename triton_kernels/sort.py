"""Sorting and what follows from it: places of elements that are not zero, counts, searches."""
import numpy as np

from .device import Buffer
from .index import scatter
from .numpy_api import on, serves
from .pointwise import run

__all__ = ["nonzero"]


def nonzero(mask):
    """The indices along each axis of the elements that are not 0, in C order."""
    flat = run("x != 0", (mask,), dtypes=(np.int64,)).ravel()
    from .scan import accumulate
    at = accumulate("add", flat, 0)
    n = int(at[-1:].item()) if at.size else 0
    y = mask.device.empty((n,), np.int64)
    if n:
        run("tl.store(q0 + (x1 - 1), i, mask=m & (x0 != 0))", (flat, at), outs=(y.strided(flat.shape, (0,)),), compute="raw",
            stores=False)
    return list(np.unravel_index(y, mask.shape)) if mask.ndim > 1 else [y]


@serves(np.nonzero)
def nonzero_(a):
    return tuple(nonzero(a))


@serves(np.flatnonzero)
def flatnonzero(a):
    return nonzero(a.ravel())[0]


@serves(np.bincount)
def bincount(x, weights=None, minlength=0):
    x, = on(x)
    n = max(int(np.max(x)) + 1 if x.size else 0, minlength)
    y = x.device.zeros((n,), np.int64 if weights is None else np.float64)
    if x.size:
        scatter(y, (x,), 1 if weights is None else weights, "add")
    return y


@serves(np.searchsorted)
def searchsorted(a, v, side="left", sorter=None):
    """Binary search, one step for each bit of the length."""
    number = not isinstance(v, Buffer) and np.ndim(v) == 0
    a, v = on(a, np.asarray(v).reshape(1) if number else v)
    t = np.result_type(a.dtype, v.dtype)
    a, v = a.astype(t, copy=False).copy(), v.astype(t, copy=False)
    less = "<" if side == "left" else "<="
    steps = ["low = tl.zeros_like(i)", "high = tl.zeros_like(i) + a"]
    for _ in range(len(a).bit_length() + 1):
        steps += ["mid = (low + high) // 2",
                  f"go = (low < high) & (tl.load(p1 + mid, mask=m & (low < high), other=0) {less} x0)",
                  "low, high = tl.where(go, mid + 1, low), tl.where(go | (low >= high), high, mid)"]
    y = v.device.empty(v.shape, np.int64)
    if y.size:
        run(";".join([*steps, "low"]), (v, a.strided(v.shape, (0,) * v.ndim)), (len(a),), outs=(y,), compute="raw", bare=(1,))
    return y[0] if number else y
