"""The numpy kernels of pooling: sums and maxima over windows of any number of axes, and their transposes.

Arrays are (planes, *S) and (planes, *O); ``axes`` says per axis (size, kernel, stride, pad, out). Windows are clipped to
the array. Planes are worked on in blocks that fit the caches. Operators and parameters are in ``pool.py``.
"""
import functools
import itertools
from math import prod

import numpy as np

from ...backend import parallel, pool
from .correlate import _reach, _steps, each_tap

__all__ = ["counts", "largest", "pick", "put", "spread_sums", "sums"]

_BLOCK = 1 << 17


def _each_block(x, work):
    """Call ``work(slice of planes)`` for blocks of the planes of ``x``, in several threads where there are many."""
    n, size = x.shape[0], prod(x.shape[1:])
    step = max(1, _BLOCK // max(1, size))

    def several(begin, end):
        for i in range(begin, end, step):
            work(slice(i, min(i + step, end)))
    if x.nbytes < parallel.SMALL:
        several(0, n)
    else:
        parallel.split(n, several)


def _taps(axis):
    """For each tap of one axis: output positions and input positions, as slices."""
    size, kernel, stride, pad, out = axis
    found = []
    for t in range(kernel):
        lo, hi, first = _reach(out, size, stride, t - pad)
        if hi > lo:
            found.append((slice(lo, hi), _steps(first, hi - lo, stride)))
    return found


def _reduce(x, axes, ufunc, initial):
    """Fold ``ufunc`` over windows, one axis after the other, the first (with long runs in memory) first."""
    y = pool.empty((x.shape[0], *(a[4] for a in axes)), x.dtype)
    taps = [_taps(a) for a in axes]

    def work(block):
        a = x[block]
        for k, axis in enumerate(axes):
            last = k == len(axes) - 1
            if axis[1:4] == (1, 1, 0) and not last:
                continue
            b = y[block] if last else np.empty((*a.shape[:k + 1], axis[4], *a.shape[k + 2:]), x.dtype)
            head = (slice(None),) * (k + 1)
            b.fill(initial)
            for to, source in taps[k]:
                v = b[(*head, to)]
                ufunc(v, a[(*head, source)], out=v)
            a = b
    _each_block(x, work)
    return y


def _whole(axes):
    """Whether there is but one window, the whole plane."""
    return all(a[1] == a[0] and a[3] == 0 and a[4] == 1 for a in axes)


def sums(x, axes):
    """The sum over each window."""
    if _whole(axes):
        # one window is the whole plane: a product with ones is the quickest sum
        size = prod(x.shape[1:])
        return np.matmul(x.reshape(-1, size), np.ones(size, x.dtype)).reshape(-1, *[1] * len(axes))
    return _reduce(x, axes, np.add, 0)


def largest(x, axes, lowest):
    """The maximum of each window and of ``lowest``; nan is passed over."""
    if _whole(axes):
        flat = x.reshape(x.shape[0], prod(x.shape[1:]))
        return np.fmax.reduce(flat, axis=1, initial=lowest).reshape(-1, *[1] * len(axes))
    return _reduce(x, axes, np.fmax, lowest)


def counts(axes, with_pad):
    """How many elements each window has, with the padding or without; shape O."""
    lengths = []
    for size, kernel, stride, pad, out in axes:
        start = np.arange(out) * stride - pad
        end = np.minimum(start + kernel, size + pad)
        lengths.append(end - start if with_pad else np.minimum(end, size) - np.maximum(start, 0))
    return functools.reduce(np.multiply.outer, [np.maximum(n, 1) for n in lengths])


def spread_sums(dy, axes):
    """The transpose of ``sums``: each window's value added to all its elements."""
    x = pool.empty((dy.shape[0], *(a[0] for a in axes)), dy.dtype)
    taps = [_taps(a) for a in axes]

    def work(block):
        a = dy[block]
        for k in reversed(range(len(axes))):
            b = x[block] if k == 0 else np.empty((*a.shape[:k + 1], axes[k][0], *a.shape[k + 2:]), dy.dtype)
            b.fill(0)
            head = (slice(None),) * (k + 1)
            for to, source in taps[k]:
                v = b[(*head, source)]
                np.add(v, a[(*head, to)], out=v)
            a = b
    _each_block(x, work)
    return x


@functools.lru_cache(maxsize=64)
def _table(axes, planes):
    """(Offsets by code, flat positions of windows in so many planes); the code counts taps from the last, 0 is none."""
    strides = [prod([a[0] for a in axes[k:]]) for k in range(len(axes) + 1)]
    taps = [sum(i * s for i, s in zip(t, strides[1:])) for t in itertools.product(*[range(a[1]) for a in axes])]
    starts = [np.arange(planes) * strides[0]]
    starts += [(np.arange(out) * stride - pad) * s for (_, _, stride, pad, out), s in zip(axes, strides[1:])]
    return np.array([0, *reversed(taps)], np.int64), functools.reduce(np.add.outer, starts)


def _codes(x, y, axes):
    """The code of the first element that equals the window's maximum, 0 where none does."""
    _, kernel, stride, pad, out = zip(*axes)
    total = prod(kernel)
    code = np.zeros(y.shape, np.uint8 if total < 256 else np.int32)
    # nan outside the array equals nothing
    for rows, taps in each_tap(x, kernel, out, stride, tuple([-p for p in pad]), np.nan):
        m = y[:, rows].reshape(x.shape[0], -1)
        best = np.zeros(m.shape, code.dtype)
        for left, tap in zip(range(total, 0, -1), taps):
            # earlier taps have higher codes
            np.maximum(best, np.equal(tap, m).view(np.uint8) * code.dtype.type(left), out=best)
        code[:, rows] = best.reshape(code[:, rows].shape)
    return code


def _places(x, y, axes):
    """Flat positions in the block of each window's first maximum, and where there is none (None: nowhere)."""
    size = prod(x.shape[1:])
    if _whole(axes):
        hit = x.reshape(-1, size) == y.reshape(-1, 1)
        at = hit.argmax(axis=1)
        planes = np.arange(len(at))
        code = hit[planes, at]
        at += planes * size
    else:
        offsets, base = _table(axes, x.shape[0])
        code = _codes(x, y, axes)
        at = np.take(offsets, code)
        at += base
    none = None if code.all() else code == 0
    if none is not None:
        at[none] = 0
    return at.reshape(-1), none


def put(dy, x, y, axes):
    """Each window's value of ``dy`` added to the first of its elements of ``x`` that is the maximum ``y``."""
    apart = all(a[2] >= a[1] for a in axes)
    dx = pool.empty(x.shape, dy.dtype)

    def work(block):
        at, none = _places(x[block], y[block], axes)
        g = dy[block].reshape(-1)
        to = dx[block].reshape(-1)
        if none is not None:
            g = np.where(none.reshape(-1), g.dtype.type(0), g)
        if apart and none is None:
            to.fill(0)
            to[at] = g
        else:
            to[...] = np.bincount(at, g, to.size)
    _each_block(x, work)
    return dx


def pick(v, x, y, axes):
    """The transpose of ``put``: of ``v``, shaped as ``x``, the values at the windows' first maxima."""
    out = pool.empty(y.shape, v.dtype)

    def work(block):
        at, none = _places(x[block], y[block], axes)
        got = v[block].reshape(-1)[at]
        if none is not None:
            got[none.reshape(-1)] = 0
        out[block] = got.reshape(y[block].shape)
    _each_block(x, work)
    return out
