"""Where windows lie: planes laid out flat, so that a window's elements are at fixed distances from its first.

numpy is quick on long arrays and slow on many short rows. Along an axis of stride ``s`` positions are therefore split by
their remainder by ``s``, their "phase": within one phase neighbouring windows are neighbours. Lines are padded, so that a
distance may run over the end of a line, and planes and lines are then one long array.
"""
import functools
import itertools
import sys
from math import prod

import numpy as np

__all__ = ["Grid", "every", "grid_of", "pieces", "reach", "runs", "steps", "weave"]

_HALVES = {4: (np.uint32, np.uint64)} if sys.byteorder == "little" else {}


def reach(out, size, stride, at):
    """Which output positions [lo, hi) have ``o * stride + at`` inside the input, and where the first of them is."""
    lo = min(out, max(0, -(at // stride)))
    hi = max(lo, min(out, (size - 1 - at) // stride + 1))
    return lo, hi, lo * stride + at


def steps(first, count, stride):
    """The slice of ``count`` positions from ``first`` on."""
    return slice(first, first + (count - 1) * stride + 1, stride) if count else slice(0, 0)


def runs(a, at, counts, step, width):
    """A view of the contiguous array ``a``: pieces of ``width`` elements, which are copied as a whole.

    They start at element ``at``, and at multiples of ``step`` from there, ``counts`` of them; the view has that shape.
    """
    unit = a.itemsize
    return np.ndarray(counts, np.dtype((np.void, width * unit)), a, at * unit, [s * unit for s in step])


def pieces(view, a):
    """``view`` of the contiguous array ``a``, contiguous along its last axis, as an array of its lines to be copied."""
    at = view.__array_interface__["data"][0] - a.__array_interface__["data"][0]
    return np.ndarray(view.shape[:-1], np.dtype((np.void, view.shape[-1] * view.itemsize)), a, at, view.strides[:-1])


def every(flat, first, step, out=None):
    """A contiguous ``flat[first::step]``."""
    if step == 1 and out is None:
        return flat[first:] if first else flat
    n = len(flat) - first
    if out is None:
        out = np.empty(-(-n // step), flat.dtype)
    if step != 2 or flat.itemsize not in _HALVES:
        out[...] = flat[first::step]
        return out
    # cutting pairs down to their first halves is a quicker way to take every second element
    half, whole = _HALVES[flat.itemsize]
    np.copyto(out[:n // 2].view(half), flat[first:first + n // 2 * 2].view(whole), casting="unsafe")
    if n % 2:
        out[-1] = flat[-1]
    return out


def weave(parts, out):
    """The inverse of ``every``: the elements of ``parts`` in turn; a part that is None is zeros."""
    step, first = len(parts), parts[0]
    if step == 2 and first is not None and out.itemsize in _HALVES:
        half, whole = _HALVES[out.itemsize]
        np.copyto(out.view(whole), first.view(half))        # with zeros between them
        if parts[1] is not None:
            out[1::2] = parts[1]
        return out
    for p, part in enumerate(parts):
        out[p::step] = 0 if part is None else part
    return out


class Grid:
    """The layout for windows given by ``axes``: (size, kernel, stride, pad, out) of each axis.

    Planes of one phase have ``shape``, with room for the windows that run over an end. Arrays of phases are in a list of
    lists, by the phases of all axes but the last and by that of the last.
    """

    def __init__(self, axes):
        self.axes = axes
        self.out = tuple([a[4] for a in axes])
        self.shape = tuple([out + (k - 1) // s for _, k, s, _, out in axes])
        self.cells = prod(self.shape)
        self.units = [prod(self.shape[i + 1:]) for i in range(len(axes))]
        #: how far the last element of a window is from its first, in positions of one phase
        self.span = sum([(a[1] - 1) // a[2] * u for a, u in zip(axes, self.units)])
        self.size, kernel, self.step, self.pad, _ = axes[-1]
        self.many = min(kernel, self.step)
        #: whether lines may be split into phases before they are padded
        self.even = self.size % self.step == 0
        self.leads = [self._lead(t) for t in itertools.product(*[range(min(a[1:3])) for a in axes[:-1]])]
        self.columns = [reach(self.shape[-1], self.size, self.step, p - self.pad) for p in range(self.many)]
        self.covers = (sum([prod(lead[1]) for lead in self.leads]) == prod([a[0] for a in axes[:-1]])
                       and sum([hi - lo for lo, hi, _ in self.columns]) == self.size)

    def _lead(self, phases):
        """The lines of one phase: where in its planes, how many, how far apart; where in planes of data, how far apart."""
        at, source, counts, there, here = 0, 0, [], [self.lines], [prod([a[0] for a in self.axes[:-1]])]
        for i, (p, (n, _, s, before, _)) in enumerate(zip(phases, self.axes[:-1])):
            lo, hi, first = reach(self.shape[i], n, s, p - before)
            unit, row = prod(self.shape[i + 1:-1]), prod([a[0] for a in self.axes[i + 1:-1]])
            at += lo * unit
            source += first * row
            counts.append(hi - lo)
            there.append(unit)
            here.append(s * row)
        return at, tuple(counts), there, source, here

    @property
    def lines(self):
        """Lines of a plane of one phase."""
        return prod(self.shape[:-1])

    def pair(self, lead, n, a, origin, x, first, pitches, width):
        """Pieces of lines of ``n`` planes of one phase: in the array ``a`` of that phase, and in the data ``x``."""
        at, counts, there, source, here = lead
        i, j = pitches
        return (runs(a, origin + at * i, (n, *counts), [t * i for t in there], width),
                runs(x, first + source * j, (n, *counts), [h * j for h in here], width))

    def arrays(self, planes, blank, dtype):
        """Memory for ``split``: what it leaves alone is ``blank``."""
        if self.even:
            return [[np.full(planes * self.cells, blank, dtype) for _ in self.columns] for _ in self.leads]
        return [np.full(planes * self.cells * self.step, blank, dtype) for _ in self.leads]

    def split(self, x, arrays):
        """The contiguous planes ``x`` (n, *sizes), apart by their phases."""
        n, pitch = len(x), self.shape[-1]
        if not self.even:
            x, pitch = x.copy(), pitch * self.step      # pieces are read best from a cache
            width = min(self.size, pitch - self.pad)
            found = []
            for lead, a in zip(self.leads, arrays):
                if all(lead[1]):
                    to, source = self.pair(lead, n, a, self.pad, x, 0, (pitch, self.size), width)
                    to[...] = source
                a = a[:n * self.cells * self.step]
                found.append([every(a, p, self.step) for p in range(self.many)])
            return found
        flat, line = x.reshape(-1), self.size // self.step
        for p, (lo, hi, first) in enumerate(self.columns):
            if hi > lo:
                column = every(flat, (p - self.pad) % self.step, self.step)
                for lead, a in zip(self.leads, arrays):
                    if all(lead[1]):
                        to, source = self.pair(lead, n, a[p], lo, column, first // self.step, (pitch, line), hi - lo)
                        to[...] = source
        return [[a[:n * self.cells] for a in row] for row in arrays]

    def join(self, phases, origin, x):
        """Put together what belongs into the planes ``x`` (n, *sizes); ``origin`` is where a phase's first plane begins."""
        n, pitch = len(x), self.shape[-1]
        make = np.empty if self.covers else np.zeros
        if not self.even:
            pitch *= self.step
            width = min(self.size, pitch - self.pad)
            if not self.covers:
                x.fill(0)
            for lead, row in zip(self.leads, phases):
                if all(lead[1]):
                    row = [a[origin:origin + n * self.cells] for a in row] + [None] * (self.step - self.many)
                    line = weave(row, np.empty(n * self.cells * self.step, x.dtype))
                    source, to = self.pair(lead, n, line, self.pad, x, 0, (pitch, self.size), width)
                    to[...] = source
            return
        line = self.size // self.step
        columns = [None] * self.step
        for p, (lo, hi, first) in enumerate(self.columns):
            if hi > lo:
                a = x.reshape(-1) if self.step == 1 else make(x.size // self.step, x.dtype)
                if self.step == 1 and not self.covers:
                    a.fill(0)
                columns[(p - self.pad) % self.step] = a
                for lead, row in zip(self.leads, phases):
                    if all(lead[1]):
                        source, to = self.pair(lead, n, row[p], origin + lo, a, first // self.step, (pitch, line), hi - lo)
                        to[...] = source
        if self.step > 1:
            weave(columns, x.reshape(-1))

    def windows(self, flat, n, origin=0):
        """The results of ``n`` planes in an array of one phase, as pieces to be copied."""
        return runs(flat, origin, (n, *self.out[:-1]), (self.cells, *self.units[:-1]), self.out[-1])

    def results(self, y):
        """The same pieces of a contiguous array (n, *out)."""
        return runs(y, 0, y.shape[:-1], [prod(y.shape[i + 1:]) for i in range(y.ndim - 1)], y.shape[-1])

    def taps(self):
        """For each element of a window, in order: (number of its phase by leading axes, its phase on the last, distance)."""
        found = []
        leading = [min(a[1:3]) for a in self.axes[:-1]]
        for t in itertools.product(*[range(a[1]) for a in self.axes]):
            number = 0
            for i, (count, a) in enumerate(zip(leading, self.axes)):
                number = number * count + t[i] % a[2]
            found.append((number, t[-1] % self.step, sum([i // a[2] * u for i, a, u in zip(t, self.axes, self.units)])))
        return found


grid_of = functools.lru_cache(maxsize=1024)(Grid)
