"""Convolutions with one channel a group, and one or two filters: each tap is a number times a long row of pixels.

A block's images are copied once per tap of all axes but the first, line by line, with a few rows of zeros between them:
a tap along the first axis is then a shift. Arrays are as in ``correlate.py``, with two spatial axes or three.
"""
import functools
from math import prod

import numpy as np

from .grid import every, pieces, reach, steps
from .taps import Taps, scratch

__all__ = ["correlate", "weigh"]

_FLOATS = 1 << 19      # size of a block's copies, which a cache holds
_PIXELS = 2048         # images are taken together up to so many output positions
_SHORT = 700           # for fewer pixels the taps are copied apart, and multiplied as a matrix


class _Plan(Taps):
    def __init__(self, shape, taps, out, stride, dilate, start):
        super().__init__(shape, taps, out, stride, dilate, start)
        n, g = shape[:2]
        #: rows from one image to the next, and pixels of a row
        self.pitch, self.line = out[0] + max(self.depth), prod(out[1:])
        self.images = max(1, min(n, _PIXELS // (out[0] * self.line)))
        self.groups = max(1, min(g, _FLOATS // (self.images * self.pitch * self.line * len(self.columns))))
        # lines are split by the remainders of their positions before they are copied
        self.apart = stride[-1] if shape[-1] % stride[-1] == 0 else 1

    def length(self, images):
        """Pixels of so many images, with those between them."""
        return (images * self.pitch - self.pitch + self.out[0]) * self.line


_plan = functools.lru_cache(maxsize=1024)(_Plan)


def _blocks(plan, x):
    """(images, groups, copies) of each block: two slices, and for each phase a copy (G, other taps, images, pitch, ...)."""
    n, g = x.shape[:2]
    x = np.ascontiguousarray(x)
    kept = {}
    for i in range(0, n, plan.images):
        images = slice(i, min(i + plan.images, n))
        block = x[images, :, 0]
        lines = [block] if plan.apart == 1 else [
            every(block.reshape(-1), p, plan.apart).reshape(*block.shape[:-1], -1) for p in range(plan.apart)]
        for j in range(0, g, plan.groups):
            groups = slice(j, min(j + plan.groups, g))
            size = groups.stop - j, len(plan.columns), images.stop - i, plan.pitch, *plan.out[1:]
            if size not in kept:
                copies = [scratch(("rows", p, len(kept)), size, x.dtype) for p in range(len(plan.phases))]
                # borders and what is between images are zeros once and for all: each copy writes the same places
                for b in copies:
                    b.fill(0)
                kept[size] = copies, [m for p, b in enumerate(copies) for m in _moves(plan, lines, b, p)]
            copies, moves = kept[size]
            for to, number, dtype, at, strides in moves:
                source = lines[number]
                to[...] = np.ndarray(to.shape, dtype, source, at + j * source.strides[1], strides)
            yield images, groups, copies


def _moves(plan, lines, b, p):
    """What is copied into the block ``b`` of a phase, as views of it and what makes views of ``lines`` of them."""
    lo, hi, first = reach(plan.out[0] + plan.depth[p], lines[0].shape[2], plan.stride, plan.phases[p] + plan.start)
    axes = 1, 0, *range(2, b.ndim - 1)
    for j, (to, source) in enumerate(plan.columns):
        to = b[(slice(None), j, slice(None), slice(lo, hi), *to)]
        if not to.size:
            continue
        number, last = 0, source[-1]
        if plan.apart > 1:
            number, begin = last.start % plan.apart, last.start // plan.apart
            source = *source[:-1], slice(begin, begin + to.shape[-1])
        x = lines[number]
        part = x[(slice(None), slice(0, len(b)), steps(first, hi - lo, plan.stride), *source)].transpose(axes)
        at = part.__array_interface__["data"][0] - x.__array_interface__["data"][0]
        if part.strides[-1] == part.itemsize:       # whole lines at a time
            to, part = pieces(to, b), pieces(part, x)
        yield to, number, part.dtype, at, part.strides


def _windows(plan, copies, length):
    """Per phase, the numbers of its taps along the first axis and their windows (G, taps, other taps, pixels)."""
    for p, b in enumerate(copies):
        taps = [i for i, (q, _) in enumerate(plan.moves) if q == p]
        moves = [plan.moves[i][1] for i in taps]
        step = moves[1] - moves[0] if len(moves) > 1 else 0
        unit = b.itemsize
        yield taps, np.ndarray((b.shape[0], len(taps), b.shape[1], length), b.dtype, b, moves[0] * plan.line * unit,
                               (b.strides[0], step * plan.line * unit, b.strides[1], unit))


def correlate(x, w, y, stride, dilate, start, bias):
    """``correlate`` of ``correlate.py``."""
    g, k = w.shape[:2]
    plan = _plan(x.shape, w.shape[3:], y.shape[3:], stride, dilate, start)
    m = w.reshape(g, k, plan.taps[0], -1)
    plain = y.flags.c_contiguous
    for images, groups, copies in _blocks(plan, x):
        n, many = images.stop - images.start, groups.stop - groups.start
        target, length = y[images, groups], plan.length(n)
        direct = plain and n == 1
        if direct:
            total = room = target.reshape(many, k, length)
        else:
            room = scratch("total", (many, k, n * plan.pitch * plan.line), y.dtype)
            total = room[:, :, :length]
        _add_taps(m[groups], _windows(plan, copies, length), total)
        if bias is not None:
            total += bias[groups]
        if not direct:
            room = room.reshape(many, k, n, plan.pitch, *plan.out[1:])[:, :, :, :plan.out[0]]
            target = target.transpose(1, 2, 0, *range(3, y.ndim))
            if plain:
                target, room = target.reshape(*target.shape[:3], -1), room.reshape(*room.shape[:3], -1)
                target, room = pieces(target, y), pieces(room, room.base)
            target[...] = room
    return y


def _add_taps(w, windows, total):
    to = total
    for taps, v in windows:
        part = w[:, :, taps]
        if total.shape[2] < _SHORT:
            v = np.ascontiguousarray(v).reshape(len(v), -1, v.shape[3])
            np.matmul(part.reshape(*part.shape[:2], -1), v, out=to)
        else:
            np.einsum("gkij,gijl->gkl", part, v, out=to)
        if to is not total:
            total += to
        to = np.empty(total.shape, total.dtype)


def weigh(x, dy, taps, stride, dilate, start):
    """``weigh`` of ``correlate.py``."""
    g, k = x.shape[1], dy.shape[2]
    plan = _plan(x.shape, taps, dy.shape[3:], stride, dilate, start)
    dy = np.ascontiguousarray(dy)
    dw = np.zeros((g, k, taps[0], len(plan.columns)), x.dtype)
    kept = {}
    for images, groups, copies in _blocks(plan, x):
        n, many = images.stop - images.start, groups.stop - groups.start
        length, head = plan.length(n), dy[images, groups]
        if n > 1:
            size = many, k, n, plan.pitch * plan.line
            if size not in kept:
                kept[size] = np.zeros(size, dy.dtype)
            part, inner = kept[size], plan.out[0] * plan.line
            pieces(part[..., :inner], part)[...] = pieces(head.transpose(1, 2, 0, *range(3, dy.ndim)).reshape(
                many, k, n, inner), dy)
            head = part
        head = head.reshape(many, k, -1)[:, :, :length].transpose(0, 2, 1)[:, None]
        for mine, v in _windows(plan, copies, length):
            dw[groups][:, :, mine] += np.moveaxis(np.matmul(v, head), 3, 1)
    return dw.reshape(g, k, 1, *taps)
