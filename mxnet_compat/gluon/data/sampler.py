"""Samplers: the orders in which indices of a data set are visited, one by one or in batches."""
import numpy as np

__all__ = ["BatchSampler", "FilterSampler", "RandomSampler", "Sampler", "SequentialSampler"]


class Sampler:
    """Base class: an iterable of indices that knows its length. Both methods must be written by the subclass."""

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__}.__len__")

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__}.__iter__")


class SequentialSampler(Sampler):
    """The integers from ``start`` to ``start + length - 1``."""

    def __init__(self, length, start=0):
        self._length = length
        self._start = start

    def __iter__(self):
        return iter(range(self._start, self._start + self._length))

    def __len__(self):
        return self._length


class RandomSampler(Sampler):
    """The integers below ``length`` in a new random order each time, drawn from NumPy's global generator."""

    def __init__(self, length):
        self._length = length

    def __iter__(self):
        order = np.arange(self._length)
        np.random.shuffle(order)
        # integers of Python, which print as such under every NumPy
        return iter(order.tolist())

    def __len__(self):
        return self._length


class FilterSampler(Sampler):
    """The indices of the samples of ``dataset`` for which ``fn`` is true, found when the sampler is made."""

    def __init__(self, fn, dataset):
        self._fn = fn
        self._dataset = dataset
        self._indices = [i for i in range(len(dataset)) if fn(dataset[i])]

    def __iter__(self):
        return iter(self._indices)

    def __len__(self):
        return len(self._indices)


class BatchSampler(Sampler):
    """Lists of ``batch_size`` indices of another sampler.

    ``last_batch`` says what becomes of the rest: 'keep' gives a short batch, 'discard' drops it, 'rollover' puts it
    before the indices of the next round. ValueError for anything else, when the sampler is used.
    """

    def __init__(self, sampler, batch_size, last_batch="keep"):
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._prev = []

    def _check(self):
        if self._last_batch not in ("keep", "discard", "rollover"):
            raise ValueError(f"BatchSampler: last_batch must be 'keep', 'discard' or 'rollover', got "
                             f"{self._last_batch!r}")

    def __iter__(self):
        batch, self._prev = self._prev, []
        for i in self._sampler:
            batch.append(i)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if batch:
            self._check()
            if self._last_batch == "keep":
                yield batch
            elif self._last_batch == "rollover":
                self._prev = batch

    def __len__(self):
        self._check()
        count = len(self._sampler)
        if self._last_batch == "keep":
            return (count + self._batch_size - 1) // self._batch_size
        if self._last_batch == "rollover":
            count += len(self._prev)
        return count // self._batch_size


for _name in __all__:
    globals()[_name].__module__ = "mxnet.gluon.data.sampler"
