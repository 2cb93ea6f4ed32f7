"""Sorting and what follows from it: places of elements that are not zero, counts, searches."""
import numpy as np

from .device import Buffer
from .index import scatter
from .language import tl, triton
from .launch import block, launch
from .numpy_api import on, serves
from .pointwise import run

__all__ = ["argsort", "nonzero", "sort"]


@triton.jit
def exchange_kernel(values, places, pairs, half, j, k, ALTERNATE: tl.constexpr, B: tl.constexpr):
    """One pass of a bitonic sort: each pair of elements ``j`` apart is put in order, by value and then by place."""
    p = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = p < pairs
    low = (p // j) * (2 * j) + p % j
    high = low + j
    a, b = tl.load(values + low, mask=m, other=0), tl.load(values + high, mask=m, other=0)
    i, h = tl.load(places + low, mask=m, other=0), tl.load(places + high, mask=m, other=0)
    # nan is the largest value
    less = (b < a) | ((a != a) & (b == b))
    same = (a == b) | ((a != a) & (b != b))
    first = less | (same & (h < i))
    if ALTERNATE:
        first = first ^ ((low % (2 * half)) // k % 2 == 1)
    tl.store(values + low, tl.where(first, b, a), mask=m)
    tl.store(values + high, tl.where(first, a, b), mask=m)
    tl.store(places + low, tl.where(first, h, i), mask=m)
    tl.store(places + high, tl.where(first, i, h), mask=m)


def _sorted(x, axis):
    """(values, places) of ``x`` in rising order along its last axis, after ``axis`` was moved there; stable."""
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1]
    size = 1 << max(n - 1, 0).bit_length()
    rows = x.size // n if n else 0
    kind = x.dtype
    if kind.kind == "b":
        x, kind = x.astype(np.uint8), np.dtype(np.uint8)
    v = x.device.empty((*x.shape[:-1], size), kind)
    if size > n:
        # what fills up comes after all else: as large as any, and with a later place
        v[..., n:] = np.nan if kind.kind == "f" else np.iinfo(kind).max
    v[..., :n] = x
    at = x.device.empty(v.shape, np.int64)
    at[...] = _places(x.device, size)
    pairs = rows * size // 2
    k = 2
    while k <= size and pairs:
        j = k // 2
        while j:
            b = block(pairs, 512)
            launch(exchange_kernel, -(-pairs // b), v, at, pairs, size // 2, j, k, ALTERNATE=k < size, B=b)
            j //= 2
        k *= 2
    return v[..., :n], at[..., :n]


def _places(device, n):
    from .creation import arange
    return arange(device, n, dtype=np.int64)


@serves(np.argsort)
def argsort(a, axis=-1, kind=None, order=None, **_):
    """The places that sort along an axis, stably; nan comes last."""
    if axis is None:
        a, axis = a.ravel(), -1
    return np.moveaxis(_sorted(a, axis)[1], -1, axis).copy()


@serves(np.sort)
def sort(a, axis=-1, kind=None, order=None, **_):
    """The values in rising order along an axis; nan comes last."""
    if axis is None:
        a, axis = a.ravel(), -1
    y = np.moveaxis(_sorted(a, axis)[0], -1, axis).copy()
    return y if y.dtype == a.dtype else y.astype(a.dtype)


@serves(np.partition)
def partition(a, kth, axis=-1, kind=None, order=None):
    return sort(a, axis)


@serves(np.argpartition)
def argpartition(a, kth, axis=-1, kind=None, order=None):
    return argsort(a, axis)


@serves(np.unique)
def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, **_):
    flat = ar.ravel()
    v, at = _sorted(flat, 0)
    v, at = v.copy(), at.copy()
    new = np.concatenate([v.device.full((min(1, v.size),), True, bool), v[1:] != v[:-1]])
    starts = nonzero(new)[0]
    result = [v[starts]]
    if return_index:
        result.append(at[starts])
    if return_inverse:
        back = v.device.empty(flat.shape, np.int64)
        back[at] = np.cumsum(new.astype(np.int64)) - 1
        result.append(back.reshape(ar.shape) if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else back)
    if return_counts:
        result.append(np.diff(np.append(starts, len(flat))))
    return result[0] if len(result) == 1 else tuple(result)


def nonzero(mask):
    """The indices along each axis of the elements that are not 0, in C order."""
    flat = run("x != 0", (mask,), dtypes=(np.int64,)).ravel()
    from .scan import accumulate
    at = accumulate("add", flat, 0)
    n = int(at[-1:].item()) if at.size else 0
    y = mask.device.empty((n,), np.int64)
    if n:
        run("tl.store(q0 + (x1 - 1), i, mask=m & (x0 != 0))", (flat, at), outs=(y.strided(flat.shape, (0,)),), compute="raw",
            stores=False, within=(y,))
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
        run(";".join([*steps, "low"]), (v, a.strided(v.shape, (0,) * v.ndim)), (len(a),), outs=(y,), compute="raw", bare=(1,),
            within=(a,))
    return y[0] if number else y
