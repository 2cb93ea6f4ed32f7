"""Windows over planes (P, *S) of up to three spatial axes: sums, maxima, and their transposes. Deterministic.

``axes`` gives for each axis (size, kernel, stride, pad, out). Each result reads the elements of its window; the transposes
read, for each element, the windows that it is in.

Roofline: the bytes of input and result at the bandwidth of the memory, since windows that overlap meet in the cache.
"""
import math

import numpy as np

from .device import Buffer
from .language import tl, triton
from .launch import block, launch
from .pointwise import run
from .registry import replaces

__all__ = ["first", "largest", "pick", "put", "spread_sums", "sums"]


@triton.jit
def window_kernel(x, y, by, n, S0, S1, S2, O1, O2, K0, K1, K2, T0, T1, T2, P0, P1, P2, SIZE, OUT, lowest,
                  HOW: tl.constexpr, CT: tl.constexpr, B: tl.constexpr):
    """``HOW``: sum, mean (divided by ``by`` at the window's place), max, or first: where the maximum in ``by`` stands first."""
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    plane, o = i // OUT, i % OUT
    a0 = o // (O1 * O2) * T0 - P0
    a1 = o // O2 % O1 * T1 - P1
    a2 = o % O2 * T2 - P2
    if HOW == "max":
        acc = tl.full((B,), 0, CT) + lowest
    elif HOW == "first":
        acc = tl.full((B,), -1, tl.int64)
        wanted = tl.load(by + i, mask=m, other=0).to(CT)
    else:
        acc = tl.zeros((B,), CT)
    for t in range(K0 * K1 * K2):
        p0, p1, p2 = a0 + t // (K1 * K2), a1 + t // K2 % K1, a2 + t % K2
        inside = m & (p0 >= 0) & (p0 < S0) & (p1 >= 0) & (p1 < S1) & (p2 >= 0) & (p2 < S2)
        at = (p0 * S1 + p1) * S2 + p2
        v = tl.load(x + plane * SIZE + at, mask=inside, other=0).to(CT)
        if HOW == "max":
            acc = tl.where(inside & (v > acc), v, acc)
        elif HOW == "first":
            acc = tl.where(inside & (v == wanted) & (acc < 0), at, acc)
        else:
            acc += v
    if HOW == "mean":
        acc = acc / tl.load(by + o, mask=m, other=1).to(CT)
    tl.store(y + i, acc.to(y.dtype.element_ty), mask=m)


@triton.jit
def windows_of_kernel(g, y, by, n, S1, S2, O0, O1, O2, K0, K1, K2, T0, T1, T2, P0, P1, P2, SIZE, OUT, HOW: tl.constexpr,
                      CT: tl.constexpr, B: tl.constexpr):
    """For each element the sum of ``g`` over the windows that it is in; with ``HOW`` "put" those whose place ``by`` it is."""
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    plane, s = i // SIZE, i % SIZE
    b0, b1, b2 = s // (S1 * S2) + P0, s // S2 % S1 + P1, s % S2 + P2
    acc = tl.zeros((B,), CT)
    # windows one after the other: (K - 1) // T + 1 of them can reach an element along an axis
    C0, C1, C2 = (K0 - 1) // T0 + 1, (K1 - 1) // T1 + 1, (K2 - 1) // T2 + 1
    for t in range(C0 * C1 * C2):
        o0, o1, o2 = b0 // T0 - t // (C1 * C2), b1 // T1 - t // C2 % C1, b2 // T2 - t % C2
        inside = m & (o0 >= 0) & (o0 < O0) & (o1 >= 0) & (o1 < O1) & (o2 >= 0) & (o2 < O2)
        inside = inside & (b0 - o0 * T0 < K0) & (b1 - o1 * T1 < K1) & (b2 - o2 * T2 < K2)
        at = (o0 * O1 + o1) * O2 + o2
        v = tl.load(g + plane * OUT + at, mask=inside, other=0).to(CT)
        if HOW == "put":
            place = tl.load(by + plane * OUT + at, mask=inside, other=-1)
            v = tl.where(place == s, v, 0)
        elif HOW == "mean":
            v = v / tl.load(by + at, mask=inside, other=1).to(CT)
        acc += v
    tl.store(y + i, acc.to(y.dtype.element_ty), mask=m)


def _three(axes):
    """Five tuples of three: sizes, kernels, strides, pads, outs."""
    full = ((1, 1, 1, 0, 1),) * (3 - len(axes)) + tuple(axes)
    return [tuple([int(a[k]) for a in full]) for k in range(5)]


def _ct(x):
    return tl.float64 if x.dtype == np.float64 else tl.float32


def _windows(x, axes, how, by, dtype, lowest=0.0):
    size, kernel, stride, pad, out = _three(axes)
    x = x if x.contiguous else x.copy()
    y = x.device.empty((x.shape[0], *[int(a[4]) for a in axes]), dtype)
    if y.size:
        b = block(y.size, 256)
        launch(window_kernel, triton.cdiv(y.size, b), x, y, y if by is None else by, y.size, *size, *out[1:], *kernel, *stride,
               *pad, math.prod(size), math.prod(out), float(lowest), HOW=how, CT=_ct(x), B=b)
    return y


def _back(g, axes, how, by, shape):
    size, kernel, stride, pad, out = _three(axes)
    g = g if g.contiguous else g.copy()
    y = g.device.empty(shape, g.dtype)
    if y.size and g.size:
        b = block(y.size, 256)
        launch(windows_of_kernel, triton.cdiv(y.size, b), g, y, g if by is None else by, y.size, *size[1:], *out, *kernel,
               *stride, *pad, math.prod(size), math.prod(out), HOW=how, CT=_ct(g), B=b)
    elif y.size:
        y.fill(0)
    return y


def _divided(y, by):
    return y if by is None else run("divide(x, tl.zeros_like(x) + a)", (y,), (float(by),), outs=(y,))


def _counts(by, device):
    """``by`` as a buffer where it is an array, and None where it is a number."""
    if isinstance(by, Buffer):
        return by
    return device.upload(np.ascontiguousarray(by)) if np.ndim(by) else None


@replaces("nn.windows.sums")
def sums(x, axes, by=None):
    """The sum over each window, divided by ``by``: a number, or an array (*O)."""
    counts = _counts(by, x.device)
    y = _windows(x, axes, "sum" if counts is None else "mean", counts, x.dtype)
    return y if counts is not None else _divided(y, by)


@replaces("nn.windows.largest")
def largest(x, axes, lowest):
    """The maximum of each window and of ``lowest``; nan is passed over."""
    return _windows(x, axes, "max", None, x.dtype, lowest)


@replaces("nn.windows.spread_sums")
def spread_sums(dy, axes, by=None):
    """The transpose of ``sums``: each window's value, divided by ``by``, added to all its elements."""
    counts = _counts(by, dy.device)
    y = _back(dy, axes, "sum" if counts is None else "mean", counts, (dy.shape[0], *[int(a[0]) for a in axes]))
    return y if counts is not None else _divided(y, by)


def first(x, y, axes):
    """For each window the place in its plane of the first element that equals ``y``, int64; -1 where there is none."""
    return _windows(x, axes, "first", y if y.contiguous else y.copy(), np.int64)


@replaces("nn.maxima.put")
def put(dy, x, y, axes):
    """Each window's value of ``dy`` added to the first of its elements of ``x`` that is the maximum ``y``."""
    return _back(dy, axes, "put", first(x, y, axes), x.shape)


@replaces("nn.maxima.pick")
def pick(v, x, y, axes):
    """The transpose of ``put``: of ``v``, shaped as ``x``, the values at the windows' first maxima; 0 where there is none."""
    places = first(x, y, axes)
    flat = places.reshape(places.shape[0], math.prod(places.shape[1:]))
    rows = v.reshape(v.shape[0], math.prod(v.shape[1:]))
    base = rows.strided(flat.shape, (rows.strides[0], 0))
    out = v.device.empty(flat.shape, v.dtype)
    if out.size:
        run("tl.load(p1 + p1_at + tl.maximum(x0, 0), mask=m & (x0 >= 0), other=0)", (flat, base), outs=(out,), compute="raw",
            bare=(1,), within=(rows,))
    return out.reshape(places.shape)
