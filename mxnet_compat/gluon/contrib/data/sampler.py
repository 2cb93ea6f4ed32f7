"""``IntervalSampler``."""
from ...data.sampler import Sampler

__all__ = ["IntervalSampler"]


class IntervalSampler(Sampler):
    """Every ``interval``-th of ``length`` indices; with ``rollover`` then those that were skipped, until all are visited.

    AssertionError where the interval is longer than the data.
    """

    def __init__(self, length, interval, rollover=True):
        assert interval <= length, f"IntervalSampler: interval must be at most length, got {interval} and {length}"
        self._length = length
        self._interval = interval
        self._rollover = rollover

    def __iter__(self):
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self):
        return self._length


IntervalSampler.__module__ = "mxnet.gluon.contrib.data.sampler"
