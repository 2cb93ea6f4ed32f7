"""The numpy kernels of pooling: sums and maxima over windows of any number of axes, and the transpose of sums.

Arrays are (planes, *S) and (planes, *O); ``axes`` says per axis (size, kernel, stride, pad, out). Windows are clipped to
the array. Planes are worked on in blocks that fit the caches, laid out as ``grid.py`` has it, so that every step is one
of numpy's loops over a long array. Operators are in ``pool.py``, the gradient of maxima is in ``maxima.py``.
"""
import functools
from math import prod

import numpy as np

from ...backend import parallel, pool
from .grid import every, grid_of, runs

__all__ = ["counts", "each_block", "largest", "single", "spread_sums", "sums"]

_BLOCK = 1 << 18       # elements of the planes of a block
_WIDE = 24             # pieces of lines that are worth a loop of numpy's each


def each_block(x, start):
    """Call what ``start(planes)`` returns, a function of a slice of planes, for blocks of the planes of ``x``.

    Several threads share many planes; each calls ``start``, for memory of its own.
    """
    n, size = x.shape[0], prod(x.shape[1:])
    step = max(1, _BLOCK // max(1, size))

    def several(begin, end):
        with np.errstate(all="ignore"):         # nobody sees what the paddings add up to
            work = start(min(step, end - begin))
            for i in range(begin, end, step):
                work(slice(i, min(i + step, end)))
    if not n * size:
        return
    if x.nbytes < parallel.SMALL:
        several(0, n)
    else:
        parallel.split(n, several)


def _run(ufunc, a, count, unit):
    """``ufunc`` over ``count`` elements, ``unit`` apart, from every element on, by doubling."""
    total, done, power = None, 0, 1
    while True:
        if count & power:
            shift = done * unit
            total = a if total is None else ufunc(total[:len(a) - shift], a[shift:])
            done += power
        if done == count:
            return total
        a = ufunc(a[:-power * unit], a[power * unit:])
        power *= 2


def _joined(ufunc, parts, axis, unit):
    """``ufunc`` over windows along an axis of which ``parts`` are the phases."""
    total = None
    for p, a in enumerate(parts):
        a = _run(ufunc, a, len(range(p, axis[1], axis[2])), unit)
        n = min(len(a), len(a if total is None else total))
        total = a if total is None else ufunc(total[:n], a[:n])
    return total


def _edges(axis):
    """The windows of an axis that reach beyond it."""
    size, k, s, pad, out = axis
    return [j for j in range(out) if j * s < pad or j * s - pad + k > size]


def _inside(axis, j):
    """What window ``j`` has of the axis."""
    size, k, s, pad, _ = axis
    return range(max(0, j * s - pad), max(0, min(size, j * s - pad + k)))


def _along_lines(ufunc, axis, blank):
    """(A function of contiguous data (lines, size) that folds ``ufunc`` over windows of lines, the pitch of what it gives).

    What it gives is flat, and lines of it have the results first.
    """
    size, k, s, pad, out = axis
    edges = _edges(axis)
    if size % s or out * s > size or k > size or len(edges) * 8 > size:
        grid = grid_of((axis,))
        kept = []

        def padded(x):
            n = len(x)
            if not kept:
                kept.append(np.full(n * grid.cells * s, blank, x.dtype))
            pitch = grid.cells * s
            to, source = grid.pair(grid.leads[0], n, kept[0], pad, x.copy(), 0, (pitch, size), min(size, pitch - pad))
            to[...] = source
            return every(_run(ufunc, kept[0][:n * pitch], k, 1), 0, s)
        return padded, grid.cells
    # by phase of the line: where elements of windows begin, and how many there are
    phases = [((t - pad) % s, (t - pad) // s, len(range(t, k, s))) for t in range(min(k, s))]
    first = max([0, *[-at for _, at, _ in phases]])
    line = size // s

    def plain(x):
        parts = [_run(ufunc, every(x.reshape(-1), p, s), count, 1)[first + at:] for p, at, count in phases]
        if not edges and len(parts) == 1:
            return parts[0]
        y = np.empty(len(x) * line, x.dtype)
        n = min([len(a) for a in parts])
        total = y[first:first + n]
        if len(parts) == 1:
            total[...] = parts[0][:len(total)]
        else:
            ufunc(parts[0][:n], parts[1][:n], out=total)
            for a in parts[2:]:
                ufunc(total, a[:n], out=total)
        lines = y.reshape(-1, line)
        for j in edges:         # these have run into the next line
            columns = [x[:, c] for c in _inside(axis, j)]
            lines[:, j] = functools.reduce(ufunc, columns) if columns else blank
        return y
    return plain, line


def _across_lines(ufunc, axes, blank, planes, pitch, dtype):
    """A function of (flat planes with lines of ``pitch``, results (n, *out)) that folds ``ufunc`` over all axes but the last.

    Of each line as many elements count as the results have.
    """
    lead, width = axes[:-1], axes[-1][4]
    edges = [_edges(a) for a in lead]
    sizes = tuple([a[0] for a in lead])
    if not any(edges) or len(lead) == 1 and width >= _WIDE and len(edges[0]) * 4 < sizes[0]:
        counts, begins, at, to, source = [], [], [], 0, 0
        for i, (_, _, s, pad, out) in enumerate(lead):
            unit, there = prod(sizes[i + 1:]) * pitch, prod([a[4] for a in axes[i + 1:]])
            good = [j for j in range(out) if j not in edges[i]]
            counts.append(len(good))
            at.append(s * unit)
            begins.append(there)
            to += good[0] * there if good else 0
            source += (good[0] * s - pad) * unit if good else 0
        whole, results = prod(sizes) * pitch, prod([a[4] for a in axes])

        def plain(flat, y):
            n, unit = len(y), pitch
            total = flat
            for size, k, *_ in lead[::-1]:
                total = _run(ufunc, total, k, unit)
                unit *= size
            if all(counts):
                runs(y, to, (n, *counts), (results, *begins), width)[...] = runs(
                    total, source, (n, *counts), (whole, *at), width)
            if edges and edges[0]:
                lines = np.ndarray((n, sizes[0], width), y.dtype, flat, 0, (whole * y.itemsize, pitch * y.itemsize, y.itemsize))
                for j in edges[0]:
                    rows = [lines[:, r] for r in _inside(lead[0], j)]
                    y[:, j] = functools.reduce(ufunc, rows) if rows else blank
        return plain
    grid = grid_of((*lead, (width, 1, 1, 0, width)))
    arrays = grid.arrays(planes, blank, dtype)

    def padded(flat, y):
        n, parts = len(y), []
        for a, source in zip(arrays, grid.leads):
            if all(source[1]):
                to, source = grid.pair(source, n, a[0], 0, flat, 0, (width, pitch), width)
                to[...] = source
            parts.append(a[0][:n * grid.cells])
        for axis, unit in zip(lead[::-1], grid.units[-2::-1]):
            many = min(axis[1:3])
            parts = [_joined(ufunc, parts[i:i + many], axis, unit) for i in range(0, len(parts), many)]
        grid.results(y)[...] = grid.windows(parts[0], n)
    return padded


def _reduce(x, axes, ufunc, blank, finish):
    """Fold ``ufunc`` over windows, along lines first; ``finish`` changes a block of results in place."""
    x = np.ascontiguousarray(x)
    y = pool.empty((x.shape[0], *(a[4] for a in axes)), x.dtype)

    def start(planes):
        along, pitch = _along_lines(ufunc, axes[-1], blank)
        across = _across_lines(ufunc, axes, blank, planes, pitch, x.dtype)

        def work(block):
            across(along(x[block].reshape(-1, x.shape[-1])), y[block])
            finish(y[block])
        return work
    if y.size:
        each_block(x, start)
    return y


def single(axes):
    """Whether there is but one window, the whole plane."""
    return all(a[1] == a[0] and a[3] == 0 and a[4] == 1 for a in axes)


def _divide(y, by):
    if by is not None:
        np.divide(y, by, out=y)


def sums(x, axes, by=None):
    """The sum over each window, divided by ``by``: a number, or an array (*O)."""
    if single(axes):
        # one window is the whole plane: a product with ones is the quickest sum
        size = prod(x.shape[1:])
        y = np.matmul(x.reshape(-1, size), np.ones(size, x.dtype)).reshape(-1, *[1] * len(axes))
        _divide(y, by)
        return y
    return _reduce(x, axes, np.add, 0, lambda y: _divide(y, by))


def largest(x, axes, lowest):
    """The maximum of each window and of ``lowest``; nan is passed over."""
    if single(axes):
        flat = x.reshape(x.shape[0], prod(x.shape[1:]))
        return np.fmax.reduce(flat, axis=1, initial=lowest).reshape(-1, *[1] * len(axes))
    lowest = x.dtype.type(lowest)

    def finish(y):
        if not y.min() >= lowest:       # there are infinities, or windows of nan
            np.fmax(y, lowest, out=y)
    return _reduce(x, axes, np.fmax, lowest, finish)


def counts(axes, with_pad):
    """How many elements each window has, with the padding or without; shape O."""
    lengths = []
    for size, kernel, stride, pad, out in axes:
        start = np.arange(out) * stride - pad
        end = np.minimum(start + kernel, size + pad)
        lengths.append(end - start if with_pad else np.minimum(end, size) - np.maximum(start, 0))
    return functools.reduce(np.multiply.outer, [np.maximum(n, 1) for n in lengths])


def spread_sums(dy, axes, by=None):
    """The transpose of ``sums``: each window's value, divided by ``by``, added to all its elements."""
    x = pool.empty((dy.shape[0], *(a[0] for a in axes)), dy.dtype)
    if not dy.size:
        x.fill(0)
        return x
    grid = grid_of(axes)

    def start(planes):
        heads = np.zeros(grid.span + planes * grid.cells, dy.dtype)

        def work(block):
            n = block.stop - block.start
            g = dy[block] if by is None else dy[block] / by
            grid.windows(heads, n, grid.span)[...] = grid.results(np.ascontiguousarray(g))
            phases = []
            for a, at in _looking_back(heads[:grid.span + n * grid.cells], grid.span, axes[-1], 1):
                found = [(a, at)]
                for axis, unit in zip(axes[:-1], grid.units):
                    found = [pair for a, at in found for pair in _looking_back(a, at, axis, unit)]
                phases.append([a[at:] for a, at in found])
            grid.join(list(zip(*phases)), 0, x[block])
        return work
    each_block(x, start)
    return x


def _looking_back(a, origin, axis, unit):
    """For each phase of an axis the sums over the windows that reach it, and where the first plane begins in them.

    An element of phase p gets the values of the windows whose element p, p + stride ... it is.
    """
    found = []
    for p in range(min(axis[1:3])):
        count = len(range(p, axis[1], axis[2]))
        found.append((_run(np.add, a, count, unit), origin - (count - 1) * unit))
    return found
