"""Where windows have their maxima: the gradient of maximum pooling, and its transpose. Arrays are as in ``windows.py``."""
from math import prod

import numpy as np

from ...backend import pool
from .grid import every, grid_of, pieces, weave
from .windows import each_block, largest, single

__all__ = ["pick", "put"]

_MANY = 16             # maxima of larger windows are looked for along one axis after the other


def _firsts(phases, y, taps, span):
    """(number, phase, distance, whether windows have this element as their first maximum) for the taps in order.

    All is flat; the answer is of bytes, -1 and 0, and is overwritten at the next step.
    """
    n = len(y) - span
    y = y[:n]
    hit, left, rest, mask = np.empty(n, bool), np.ones(n, bool), np.empty(n, bool), np.empty(n, np.int8)
    for number, phase, at in taps:
        np.equal(phases[number][phase][at:at + n], y, out=hit)
        np.greater(left, hit, out=rest)
        np.subtract(rest.view(np.int8), left.view(np.int8), out=mask)
        left, rest = rest, left
        yield number, phase, at, mask


def _apart(axes):
    """The axes of two steps in a row that together do what ``axes`` do, where windows are large; None elsewhere."""
    wide = [i for i, a in enumerate(axes) if a[1] > 1]
    if len(wide) < 2 or prod([a[1] for a in axes]) <= _MANY:
        return None
    i = wide[-1]
    return (*((a[0], 1, 1, 0, a[0]) for a in axes[:i]), *axes[i:]), (*axes[:i], *((a[4], 1, 1, 0, a[4]) for a in axes[i:]))


def put(dy, x, y, axes):
    """Each window's value of ``dy`` added to the first of its elements of ``x`` that is the maximum ``y``."""
    if single(axes):
        return _put_single(dy, x, y)
    if _tiled(axes):
        return _put_tiled(dy, x, y, axes)
    two = _apart(axes)
    if two:
        # the first maximum is in the first line that has it
        lines = largest(x, two[0], -np.inf)
        return put(put(dy, lines, y, two[1]), x, lines, two[0])
    dy, x, y = (np.ascontiguousarray(a) for a in (dy, x, y))
    dx = pool.empty(x.shape, dy.dtype)
    grid = grid_of(axes)
    taps, whole = grid.taps(), np.dtype(f"i{x.itemsize}")

    def start(planes):
        arrays = grid.arrays(planes, np.nan, x.dtype)
        best = np.full(planes * grid.cells, np.nan, x.dtype)
        g = np.zeros(planes * grid.cells, dy.dtype)

        def work(block):
            n = block.stop - block.start
            cells = n * grid.cells
            length = cells - grid.span
            phases = grid.split(x[block], arrays)
            grid.windows(best, n)[...] = grid.results(y[block])
            grid.windows(g, n)[...] = grid.results(dy[block])
            bits, term = g.view(whole)[:length], np.empty(length, whole)
            total = [[None] * grid.many for _ in phases]
            for number, phase, at, mask in _firsts(phases, best[:cells], taps, grid.span):
                # a bitwise product: numbers that are not finite stay where they are
                term[...] = mask
                if total[number][phase] is None:
                    a = total[number][phase] = np.empty(cells, dy.dtype)
                    a[length:] = 0
                    np.bitwise_and(term, bits, out=a.view(whole)[:length])
                else:
                    a = total[number][phase][at:at + length]
                    np.add(a, np.bitwise_and(term, bits, out=term).view(dy.dtype), out=a)
            grid.join(total, 0, dx[block])
        return work
    if y.size:
        each_block(x, start)
    else:
        dx.fill(0)
    return dx


def _tiled(axes):
    """Whether windows of two axes lie side by side and leave nothing out."""
    return len(axes) == 2 and all(k == s and pad == 0 and out * s == size for size, k, s, pad, out in axes)


def _put_tiled(dy, x, y, axes):
    """``put`` for such windows: lines stay as they are, and results are repeated for each."""
    dy, x, y = (np.ascontiguousarray(a) for a in (dy, x, y))
    dx = pool.empty(x.shape, dy.dtype)
    (height, rows, *_), (_, step, _, _, width) = axes
    many, whole = height // rows, np.dtype(f"i{x.itemsize}")

    def start(planes):
        best, g = np.empty((planes, many, rows, width), x.dtype), np.empty((planes, many, rows, width), whole)
        # whether lines before have the maximum; none are before the first of a window
        before = np.zeros((planes, many, rows, width), bool)

        def work(block):
            n = block.stop - block.start
            for r in range(rows):
                pieces(best[:n, :, r], best)[...] = pieces(y[block], y)
                pieces(g[:n, :, r], g)[...] = pieces(dy[block], dy)
            seen, hits = None, []
            for p in range(step):
                hit = np.equal(every(x[block].reshape(-1), p, step), best[:n].reshape(-1))
                hits.append(hit if seen is None else np.greater(hit, seen))
                seen = hit if seen is None else np.logical_or(seen, hit)
            if rows > 1:
                lines = seen.reshape(n, many, rows, width)
                for r in range(1, rows):
                    pieces(before[:n, :, r], before)[...] = pieces(lines[:, :, r - 1], lines)
                    if r > 1:
                        before[:n, :, r] |= before[:n, :, r - 1]
            bits, used, parts = g[:n].reshape(-1), before[:n].reshape(-1), []
            for hit in hits:
                if rows > 1:
                    np.greater(hit, used, out=hit)
                # a bitwise product: numbers that are not finite stay where they are
                term = np.negative(hit.view(np.int8)).astype(whole)
                parts.append(np.bitwise_and(term, bits, out=term).view(dy.dtype))
            weave(parts, dx[block].reshape(-1))
        return work
    if y.size:
        each_block(x, start)
    else:
        dx.fill(0)
    return dx


def pick(v, x, y, axes):
    """The transpose of ``put``: of ``v``, shaped as ``x``, the values at the windows' first maxima."""
    if single(axes):
        return _pick_single(v, x, y)
    two = _apart(axes)
    if two:
        lines = largest(x, two[0], -np.inf)
        return pick(pick(v, x, lines, two[0]), lines, y, two[1])
    v, x, y = (np.ascontiguousarray(a) for a in (v, x, y))
    out = pool.empty(y.shape, v.dtype)
    grid = grid_of(axes)
    taps, whole = grid.taps(), np.dtype(f"i{x.itemsize}")

    def start(planes):
        arrays, others = (grid.arrays(planes, np.nan, x.dtype) for _ in range(2))
        best = np.full(planes * grid.cells, np.nan, x.dtype)

        def work(block):
            n = block.stop - block.start
            cells = n * grid.cells
            phases, values = grid.split(x[block], arrays), grid.split(v[block], others)
            grid.windows(best, n)[...] = grid.results(y[block])
            total, term = np.zeros(cells, whole), np.empty(cells - grid.span, whole)
            part = total[:cells - grid.span]
            for number, phase, at, mask in _firsts(phases, best[:cells], taps, grid.span):
                term[...] = mask
                term &= values[number][phase][at:at + len(term)].view(whole)
                part |= term
            grid.results(out[block])[...] = grid.windows(total.view(v.dtype), n)
        return work
    each_block(x, start)
    return out


def _hits(x, y):
    """Each plane's first element that equals its maximum, where the planes are flat, and whether there is one."""
    hit = x.reshape(len(x), -1) == y.reshape(len(x), 1)
    at = hit.argmax(axis=1)
    return at, hit[np.arange(len(x)), at]


def _put_single(dy, x, y):
    dx = np.zeros((len(x), prod(x.shape[1:])), dy.dtype)
    if x.size:
        at, found = _hits(x, y)
        dx[np.arange(len(x)), at] = np.where(found, dy.reshape(-1), dy.dtype.type(0))
    return dx.reshape(x.shape)


def _pick_single(v, x, y):
    if not x.size:
        return np.zeros(y.shape, v.dtype)
    at, found = _hits(x, y)
    got = v.reshape(len(v), -1)[np.arange(len(v)), at]
    return np.where(found, got, v.dtype.type(0)).reshape(y.shape)
