"""What a careful reader would object to in an interpreted launch: accesses outside arguments, races, order that matters.

``with strict(): f(...)`` checks every launch within and raises ``BoundsError`` or ``RaceError``. Outside, nothing is checked
or kept. What is seen: loads and stores outside the extent of every buffer argument; two lanes of one store, or two programs,
that write one address; a program that reads what another writes; within a program, a lane that reads what another lane
stored, or stores where another lane reads, without ``tl.debug_barrier()`` in between. Lanes that a mask leaves out of a load
without ``other`` hold nan (integers 0x55…), and programs run in shuffled order.
"""
import contextlib

import numpy as np

__all__ = ["BoundsError", "RaceError", "strict", "watch"]


class BoundsError(IndexError):
    """A kernel touches memory outside its arguments."""


class RaceError(RuntimeError):
    """The result of a kernel depends on which of its programs or threads is first."""


class Watch:
    """The checks of one ``strict`` context; the interpreter calls its methods."""

    def __init__(self, bounds=True, races=True, poison=True, hazards=True, order="shuffle", seed=0):
        self.bounds, self.races, self.poison, self.hazards, self.order = bounds, races, poison, hazards, order
        self.rng = np.random.default_rng(seed)

    def begin(self, kernel, extents):
        """A launch begins, whose buffers lie at ``extents``: (first byte, byte after the last)."""
        self.kernel, self.extents = kernel, extents
        self.log = {"store": [], "atomic": [], "load": []}
        self.index = -1

    def programs(self, indices):
        """The program indices in the order in which to run."""
        if self.order == "shuffle":
            self.rng.shuffle(indices)
        elif self.order == "reverse":
            indices.reverse()
        return indices

    def program(self, place):
        """The next program begins."""
        self.index, self.place = self.index + 1, place
        self.recent = {"store": [], "load": []}

    def barrier(self):
        """All threads of the program have come here."""
        self.recent = {"store": [], "load": []}

    def touch(self, pointers, mask, width, kind):
        """The active lanes access ``width`` bytes at ``pointers``; ``kind`` is load, store or atomic."""
        if mask is None or mask.all():
            p, lanes = pointers.astype(np.int64).ravel(), None
        else:
            mask = np.broadcast_to(mask, pointers.shape)
            p, lanes = pointers[mask].astype(np.int64), np.flatnonzero(mask)
        if not p.size:
            return
        if self.bounds:
            self._inside(p, width, kind)
        if self.races:
            distinct = np.unique(p)
            if kind == "store" and len(distinct) != len(p):
                raise RaceError(f"{self._where()}: one store writes an address from two lanes")
            self.log[kind].append((distinct, self.index))
        if self.hazards and kind != "atomic":
            self._ordered(p, np.arange(p.size) if lanes is None else lanes, pointers.shape, kind)

    def _where(self):
        return f"{self.kernel}, program {self.place}"

    def _inside(self, p, width, kind):
        low, high = int(p.min()), int(p.max()) + width
        if any(start <= low and high <= stop for start, stop in self.extents):
            return
        ok = np.zeros(p.shape, bool)
        for start, stop in self.extents:
            ok |= (p >= start) & (p + width <= stop)
        if ok.all():
            return
        first = int(p[~ok][0])
        text = "no buffer argument"
        if self.extents:
            start, stop = min(self.extents, key=lambda e: min(abs(first - e[0]), abs(first - e[1])))
            text = f"the first {first - start} bytes from the start of an argument of {stop - start} bytes"
        raise BoundsError(f"{self._where()}: {kind} out of bounds in {int((~ok).sum())} lanes, {text}")

    def _ordered(self, p, lanes, shape, kind):
        """Only the lane that stored an address may load it before a barrier, and the other way round."""
        order = np.argsort(p, kind="stable")
        p, lanes = p[order], lanes[order]
        for old, old_lanes, old_shape in self.recent["load" if kind == "store" else "store"]:
            if old[0] > p[-1] or old[-1] < p[0]:
                continue
            at = np.minimum(np.searchsorted(old, p), len(old) - 1)
            same = old[at] == p
            if not same.any():
                continue
            # a scalar is stored by one thread and loaded by all
            scalar = p.size == 1 and old.size == 1
            if scalar and kind == "store" or old_shape == shape and not scalar and (old_lanes[at] == lanes)[same].all():
                continue
            raise RaceError(f"{self._where()}: a {kind} meets an address that another lane's "
                            f"{'load' if kind == 'store' else 'store'} touched; tl.debug_barrier() has to be between them")
        self.recent[kind].append((p, lanes, shape))

    def end(self):
        """All programs have run: look for what two of them share."""
        if not self.races or not (self.log["store"] or self.log["atomic"]):
            return
        stores, by = self._pairs("store")
        again = stores[1:] == stores[:-1]
        if again.any():
            raise RaceError(f"{self.kernel}: two programs store to {int(again.sum())} addresses")
        atomics, updaters = self._pairs("atomic")
        loads, readers = self._pairs("load")
        for what, places, who in (("updated atomically", atomics, updaters), ("read", loads, readers)):
            if self._met(stores, by, places, who):
                raise RaceError(f"{self.kernel}: an address that one program stores to is {what} by another")
        # of several updaters one that is not the reader is enough
        first, last = np.searchsorted(atomics, loads), np.searchsorted(atomics, loads, "right")
        met = last > first
        if met.any() and ((last - first)[met] > 1).any() or self._met(atomics, updaters, loads, readers):
            raise RaceError(f"{self.kernel}: an address that one program updates atomically is read by another")

    def _pairs(self, kind):
        """(addresses, programs) of all accesses of a kind, each pair once, sorted by address."""
        log = self.log[kind]
        if not log:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        places = np.concatenate([p for p, _ in log])
        who = np.concatenate([np.full(len(p), k) for p, k in log])
        order = np.lexsort((who, places))
        places, who = places[order], who[order]
        new = np.ones(len(places), bool)
        new[1:] = (places[1:] != places[:-1]) | (who[1:] != who[:-1])
        return places[new], who[new]

    @staticmethod
    def _met(owned, owners, places, who):
        if not owned.size or not places.size:
            return False
        at = np.minimum(np.searchsorted(owned, places), len(owned) - 1)
        return bool(((owned[at] == places) & (owners[at] != who)).any())


#: The checks in force, or None.
_now = None


def watch():
    """The ``Watch`` in force, or None."""
    return _now


@contextlib.contextmanager
def strict(**checks):
    """Check every interpreted launch within. ``checks``: ``bounds``, ``races``, ``poison``, ``hazards`` (all True), ``order``
    ("shuffle", "reverse" or None) and ``seed``. Raises BoundsError and RaceError; not for several threads at once.
    """
    global _now
    outer, _now = _now, Watch(**checks)
    try:
        yield _now
    finally:
        _now = outer
