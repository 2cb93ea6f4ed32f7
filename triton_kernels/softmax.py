"""Softmax along one axis, its logarithm, their gradients and the cross entropy with class numbers. Deterministic.

A row that fits a program's registers is read once and written once; of a longer one maximum and sum are found in one pass
(rescaling the sum where the maximum grows), and a second writes.

Roofline: bytes of inputs and results at the bandwidth of the memory; rows that do not fit are read twice.
"""
import numpy as np

from .language import tl, triton
from .launch import block, launch, of_type
from .rows import along, compute, index, tile

__all__ = ["cross_entropy", "difference", "pull", "softmax"]


@triton.jit
def softmax_kernel(x, y, which, rows, N, I, scale_, HOW: tl.constexpr, LENGTH: tl.constexpr, ONE: tl.constexpr,
                   CT: tl.constexpr, INT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """``HOW``: softmax, log, or pick: minus the logarithm at the class ``which``, one value a row.

    With ``LENGTH`` only the first ``which`` places of a row take part, the others are 0.
    """
    r = tl.program_id(0).to(INT) * BM + tl.arange(0, BM)
    valid = r < rows
    step = tl.cast(I, INT)
    base = (r // step) * (step * N) + r % step
    if CT == tl.float64:
        scale = tl.cast(scale_, tl.int64).to(tl.float64, bitcast=True)
    else:
        scale = tl.cast(scale_, CT)
    if LENGTH:
        stop = tl.minimum(tl.load(which + r, mask=valid, other=0).to(tl.int64), N)
    else:
        stop = tl.zeros((BM,), tl.int64) + N
    if ONE:
        n = tl.arange(0, BN).to(INT)
        there = valid[:, None] & (n[None, :] < stop[:, None])
        v = tl.load(x + base[:, None] + n[None, :] * step, mask=there, other=0).to(CT) * scale
        top = tl.max(tl.where(there, v, -float("inf")), 1)
        if LENGTH:
            top = tl.where(top == -float("inf"), 0, top)
        v = v - top[:, None]
        e = tl.where(there, tl.exp(v), 0)
        total = tl.sum(e, 1)
        if HOW == "softmax":
            if LENGTH:
                total = tl.where(total == 0, 1, total)
            e = e / total[:, None]
        else:
            e = v - tl.log(total)[:, None]
        if HOW != "pick":
            tl.store(y + base[:, None] + n[None, :] * step, e.to(y.dtype.element_ty), mask=valid[:, None] & (n < N)[None, :])
    else:
        top = tl.full((BM,), -float("inf"), CT)
        total = tl.zeros((BM,), CT)
        for start in range(0, N, BN):
            n = (start + tl.arange(0, BN)).to(INT)
            there = valid[:, None] & (n[None, :] < stop[:, None])
            v = tl.load(x + base[:, None] + n[None, :] * step, mask=there, other=0).to(CT) * scale
            higher = tl.maximum(top, tl.max(tl.where(there, v, -float("inf")), 1))
            # nothing but -inf so far: its exponentials are 0, whatever is subtracted
            by = tl.where(higher == -float("inf"), 0, higher)
            total = total * tl.exp(top - by) + tl.sum(tl.where(there, tl.exp(v - by[:, None]), 0), 1)
            top = higher
        if LENGTH:
            top = tl.where(top == -float("inf"), 0, top)
            total = tl.where(total == 0, 1, total)
        if HOW != "pick":
            for start in range(0, N, BN):
                n = (start + tl.arange(0, BN)).to(INT)
                there = valid[:, None] & (n[None, :] < stop[:, None])
                v = tl.load(x + base[:, None] + n[None, :] * step, mask=there, other=0).to(CT) * scale - top[:, None]
                if HOW == "softmax":
                    e = tl.where(there, tl.exp(v), 0) / total[:, None]
                else:
                    e = v - tl.log(total)[:, None]
                tl.store(y + base[:, None] + n[None, :] * step, e.to(y.dtype.element_ty),
                         mask=valid[:, None] & (n < N)[None, :])
    if HOW == "pick":
        c = tl.load(which + r, mask=valid, other=0).to(tl.int64)
        c = tl.minimum(tl.maximum(c, 0), tl.cast(N, tl.int64) - 1)
        v = tl.load(x + base + c * step, mask=valid, other=0).to(CT) - top - tl.log(total)
        # a probability below 1e-8 counts as that; nan stays
        v = tl.where(v < -18.420680743952367, -18.420680743952367, v)
        tl.store(y + r, (-v).to(y.dtype.element_ty), mask=valid)


@triton.jit
def softmax_pull_kernel(g, p, y, rows, N, I, scale_, LOG: tl.constexpr, ONE: tl.constexpr, CT: tl.constexpr,
                        INT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """``p * (g - sum(g * p))``, or with ``LOG`` ``g - exp(p) * sum(g)``, times the scale."""
    r = tl.program_id(0).to(INT) * BM + tl.arange(0, BM)
    valid = r < rows
    step = tl.cast(I, INT)
    base = (r // step) * (step * N) + r % step
    if CT == tl.float64:
        scale = tl.cast(scale_, tl.int64).to(tl.float64, bitcast=True)
    else:
        scale = tl.cast(scale_, CT)
    if ONE:
        n = tl.arange(0, BN).to(INT)
        there = valid[:, None] & (n < N)[None, :]
        at = base[:, None] + n[None, :] * step
        dy = tl.load(g + at, mask=there, other=0).to(CT)
        v = tl.load(p + at, mask=there, other=0).to(CT)
        if LOG:
            dx = dy - tl.exp(v) * tl.sum(dy, 1)[:, None]
        else:
            dx = dy * v
            dx = dx - v * tl.sum(dx, 1)[:, None]
        tl.store(y + at, (dx * scale).to(y.dtype.element_ty), mask=there)
    else:
        total = tl.zeros((BM,), CT)
        for start in range(0, N, BN):
            n = (start + tl.arange(0, BN)).to(INT)
            there = valid[:, None] & (n < N)[None, :]
            at = base[:, None] + n[None, :] * step
            dy = tl.load(g + at, mask=there, other=0).to(CT)
            if not LOG:
                dy = dy * tl.load(p + at, mask=there, other=0).to(CT)
            total += tl.sum(dy, 1)
        for start in range(0, N, BN):
            n = (start + tl.arange(0, BN)).to(INT)
            there = valid[:, None] & (n < N)[None, :]
            at = base[:, None] + n[None, :] * step
            dy = tl.load(g + at, mask=there, other=0).to(CT)
            v = tl.load(p + at, mask=there, other=0).to(CT)
            if LOG:
                dx = dy - tl.exp(v) * total[:, None]
            else:
                dx = v * (dy - total[:, None])
            tl.store(y + at, (dx * scale).to(y.dtype.element_ty), mask=there)


@triton.jit
def softmax_difference_kernel(p, label, count, y, size, N, I, grad_scale, ignore, taken, other, IGNORE: tl.constexpr,
                              COUNT: tl.constexpr, WEIGHT: tl.constexpr, CT: tl.constexpr, INT: tl.constexpr,
                              B: tl.constexpr):
    """``p`` minus ``other``, minus ``taken`` more at the class of the label, times the scale; ``WEIGHT``: the scale alone."""
    i = tl.program_id(0).to(INT) * B + tl.arange(0, B)
    m = i < size
    step = tl.cast(I, INT)
    row, c = i // (step * N), i // step % N
    name = tl.load(label + row * step + i % step, mask=m, other=0).to(CT)
    scale = tl.cast(grad_scale, CT)
    if COUNT:
        scale = scale / tl.maximum(tl.load(count).to(CT), 1)
    if IGNORE:
        v = tl.where(name == ignore, 0, scale)
    else:
        v = tl.zeros((B,), CT) + scale
    if not WEIGHT:
        d = tl.load(p + i, mask=m, other=0).to(CT) - other
        v = v * tl.where(name.to(tl.int64) == c, d - taken, d)
    tl.store(y + i, v.to(y.dtype.element_ty), mask=m)


def softmax(x, axis=-1, how="softmax", scale=1.0, length=None, dtype=None):
    """Softmax of ``x * scale`` along an axis, or with ``how`` "log" its logarithm, in ``dtype``.

    ``length`` (whole numbers, of the shape without that axis) counts the places that take part; the others are 0.
    """
    axis %= x.ndim
    dtype = np.dtype(dtype or x.dtype)
    x = x if x.contiguous else x.copy()
    y = x.device.empty(x.shape, dtype)
    if y.size:
        if length is not None and not length.contiguous:
            length = length.copy()
        _forward(x, y, length, axis, how, scale, np.result_type(x.dtype, dtype))
    return y


def _forward(x, y, which, axis, how, scale, ct):
    rows, n, inner = along(x.shape, axis)
    cut = tile(rows, n, inner)
    launch(softmax_kernel, triton.cdiv(rows, cut["BM"]), x, y, x if which is None else which, rows, n, inner,
           of_type(scale, ct), HOW=how, LENGTH=which is not None and how != "pick", CT=compute(ct), INT=index(x.size), **cut)


def cross_entropy(x, label):
    """Minus the log-softmax of the rows of a matrix at the classes of ``label``, one value a row, in the computing type."""
    x, label = [a if a.contiguous else a.copy() for a in (x, label)]
    y = x.device.empty(x.shape[:1], np.float64 if x.dtype == np.float64 else np.float32)
    if y.size:
        _forward(x, y, label, 1, "pick", 1.0, x.dtype)
    return y


def pull(head, result, axis=-1, log=False, scale=1.0):
    """The gradient of softmax (``log``: of its logarithm) from its result, times ``scale``."""
    axis %= head.ndim
    head, result = [a if a.contiguous else a.copy() for a in (head, result)]
    y = head.device.empty(head.shape, head.dtype)
    if y.size:
        rows, n, inner = along(head.shape, axis)
        cut = tile(rows, n, inner)
        launch(softmax_pull_kernel, triton.cdiv(rows, cut["BM"]), head, result, y, rows, n, inner,
               of_type(scale, head.dtype), LOG=bool(log), CT=compute(head.dtype), INT=index(y.size), **cut)
    return y


def difference(p, label, scale=1.0, ignore=None, count=None, smooth=0.0, weight=False):
    """What ``p`` (rows, classes, places) is off the classes of ``label`` (rows, places), times ``scale``.

    The scale is 0 where the label is ``ignore``, and over ``count`` (a buffer of one element, at least 1) where that is
    given. ``smooth`` of each target goes to the other classes. With ``weight`` the scale alone comes back.
    """
    p, label = [a if a.contiguous else a.copy() for a in (p, label)]
    y = p.device.empty(p.shape, p.dtype)
    if y.size:
        n, inner = p.shape[1:]
        other = smooth / (n - 1) if n > 1 else 0.0
        b = block(y.size, 1024)
        launch(softmax_difference_kernel, triton.cdiv(y.size, b), p, label, label if count is None else count, y, y.size, n,
               inner, float(scale), 0.0 if ignore is None else float(ignore), 1.0 - (smooth if n > 1 else 0.0) - other, other,
               IGNORE=ignore is not None, COUNT=count is not None, WEIGHT=bool(weight), CT=compute(p.dtype),
               INT=index(y.size), B=b)
    return y
