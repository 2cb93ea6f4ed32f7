"""What the taps of a convolution read, and the memory where it is copied to."""
import itertools
import threading
from math import prod

import numpy as np

from .grid import reach, steps

__all__ = ["Taps", "scratch"]

_KEEP = 1 << 23        # scratch memory that a thread keeps between calls for one purpose, in bytes

_memory = threading.local()


def scratch(key, shape, dtype):
    """Memory that is kept from call to call: fresh pages cost as much as filling them."""
    size = prod(shape) * dtype.itemsize
    if size > _KEEP:
        return np.empty(shape, dtype)
    kept = _memory.__dict__.setdefault("kept", {})
    raw = kept.get(key)
    if raw is None or raw.nbytes < size:
        raw = kept[key] = np.empty(size, np.uint8)
    return raw[:size].view(dtype).reshape(shape)


class Taps:
    """The geometry of one convolution: its taps along the first axis, and what those of the other axes read.

    A tap along the first axis reads rows of one remainder by the stride, of which ``phases`` has the distinct ones,
    moved by a whole number of output rows: ``moves`` has (number of the phase, rows), ``depth`` the most for each phase.
    ``columns`` has (output positions, input positions) for each tap of the other axes, as slices.
    """

    def __init__(self, shape, taps, out, stride, dilate, start):
        self.taps, self.out, self.stride, self.start = taps, out, stride[0], start[0]
        d, s = dilate[0], stride[0]
        self.phases = sorted({i * d % s for i in range(taps[0])})
        self.moves = [(self.phases.index(i * d % s), i * d // s) for i in range(taps[0])]
        self.depth = [max(o for q, o in self.moves if q == p) for p in range(len(self.phases))]
        self.columns = []
        for t in itertools.product(*map(range, taps[1:])):
            to, source = [], []
            for a, i in enumerate(t, 1):
                lo, hi, first = reach(out[a], shape[3 + a], stride[a], i * dilate[a] + start[a])
                to.append(slice(lo, hi))
                source.append(steps(first, hi - lo, stride[a]))
            self.columns.append((tuple(to), tuple(source)))
