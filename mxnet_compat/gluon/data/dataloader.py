"""``DataLoader``: batches of a data set, made here, by threads or by worker processes (``_workers``) ahead of their use."""
import concurrent.futures
import multiprocessing
import threading
import weakref

import numpy as np

from ... import context
from ... import ndarray as nd
from ...ndarray.core import NDArray
from ...util import is_np_array, is_np_shape, set_np  # noqa: F401
from . import _workers
from . import sampler as _sampler

__all__ = ["DataLoader"]


def _batchify(data, ctx):
    first = data[0]
    if isinstance(first, NDArray):
        batch = nd.stack(*data)
        return batch if ctx is None else batch.as_in_context(ctx)
    if isinstance(first, tuple):
        return [_batchify(part, ctx) for part in zip(*data)]
    try:
        values = np.asarray(data)
    except ValueError:
        values = None
    if values is None or values.dtype.kind not in "biuf":
        kinds = sorted({f"{type(x).__name__}{getattr(x, 'shape', '')}" for x in data})
        raise KeyError(f"samples of {', '.join(kinds[:4])} cannot be stacked; give the DataLoader a batchify_fn")
    return nd.array(values, dtype=values.dtype, ctx=ctx)


def default_batchify_fn(data):
    """Stack the samples of a list: arrays along a new first axis, numbers as an array, tuples part by part as a list.

    Types are kept. KeyError for samples that do not stack: texts, dictionaries, numpy arrays of several shapes;
    MXNetError for NDArrays of several shapes.
    """
    return _batchify(data, None)


def default_mp_batchify_fn(data):
    """As ``default_batchify_fn``, with arrays of the context ``cpu_shared(0)``, which worker processes hand over."""
    return _batchify(data, context.cpu_shared(0))


def _as_in_context(data, ctx):
    if isinstance(data, NDArray):
        return data.as_in_context(ctx)
    if isinstance(data, (list, tuple)):
        return [_as_in_context(part, ctx) for part in data]
    return data


class _ThreadPool:
    """Threads behind the interface of ``_workers.WorkerPool``."""

    def __init__(self, count, dataset, batchify_fn):
        self._dataset, self._batchify_fn = dataset, batchify_fn
        self._executor = concurrent.futures.ThreadPoolExecutor(count)
        self._tasks, self._iteration, self._lock = {}, 0, threading.Lock()
        self.closed = False
        weakref.finalize(self, self._executor.shutdown, wait=False, cancel_futures=True)

    def _make(self, samples):
        return self._batchify_fn([self._dataset[i] for i in samples])

    def begin(self):
        with self._lock:
            self._iteration += 1
            return self._iteration

    def submit(self, iteration, index, samples):
        # a bound method would keep the pool, and so its threads, alive as long as the task
        self._tasks[iteration, index] = self._executor.submit(_ThreadPool._make, _Sources(self), samples)

    def take(self, iteration, index, timeout):
        try:
            return self._tasks.pop((iteration, index)).result(timeout)
        except concurrent.futures.TimeoutError:
            raise multiprocessing.TimeoutError(
                f"a batch was not ready within {timeout} seconds; give the DataLoader a larger timeout, more "
                "num_workers or a faster transform") from None

    def drop(self, iteration):
        for key in [key for key in list(self._tasks) if key[0] == iteration]:
            task = self._tasks.pop(key, None)
            if task is not None:
                task.cancel()


class _Sources:
    def __init__(self, pool):
        self._dataset, self._batchify_fn = pool._dataset, pool._batchify_fn


class _Ahead:
    """One pass over the batches, of which up to ``prefetch`` are being made beside the one asked for."""

    def __init__(self, pool, batch_sampler, prefetch, timeout):
        self._pool, self._timeout = pool, timeout
        self._samples = iter(batch_sampler)
        self._iteration, self._sent, self._taken = pool.begin(), 0, 0
        for _ in range(prefetch):
            self._push()

    def _push(self):
        samples = next(self._samples, None)
        if samples is not None:
            self._pool.submit(self._iteration, self._sent, samples)
            self._sent += 1

    def __iter__(self):
        return self

    def __next__(self):
        self._push()
        if self._taken == self._sent:
            raise StopIteration
        self._taken += 1
        return self._pool.take(self._iteration, self._taken - 1, self._timeout)

    def close(self):
        """Have what is not taken forgotten."""
        self._pool.drop(self._iteration)


class DataLoader:
    """Batches of ``dataset``, anew each time it is iterated over.

    Which samples make a batch: ``batch_sampler``, an iterable of lists of indices; or ``batch_size`` samples in the
    order of ``sampler``, at random with ``shuffle``, else one after the other; ``last_batch`` as in BatchSampler.
    ``batchify_fn`` makes a batch of a list of samples.

    ``num_workers`` processes, or threads with ``thread_pool``, make batches ahead of their use, ``prefetch`` of them
    (twice the number of workers if not given). Workers start with the loader, on the data set as it is then, and end
    with it. An error in one is raised where its batch is due, its cause shows the traceback; a batch that takes longer
    than ``timeout`` seconds is a multiprocessing.TimeoutError. Random numbers of Python, numpy and ``mx.random`` differ
    between workers and repeat from the seeds. Batches of workers are of the context ``cpu_shared(0)``, all are of
    ``cpu_pinned(pin_device_id)`` with ``pin_memory``. ``auto_reload`` begins the next round at the end of one.

    ValueError for arguments that contradict each other, AssertionError for a timeout that is not positive.
    """

    def __init__(self, dataset, batch_size=None, shuffle=False, sampler=None, last_batch=None, batch_sampler=None,
                 batchify_fn=None, num_workers=0, pin_memory=False, pin_device_id=0, prefetch=None, thread_pool=False,
                 timeout=120, auto_reload=False):
        self._dataset = dataset
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._thread_pool = thread_pool
        self._timeout = timeout
        self._worker_pool = self._iter = None
        assert timeout > 0, f"DataLoader: timeout must be positive, got {timeout}"
        self._batch_sampler = _batch_sampler(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler)
        self._num_workers = max(num_workers, 0)
        self._prefetch = max(0, int(prefetch) if prefetch is not None else 2 * self._num_workers)
        if batchify_fn is None:
            batchify_fn = default_mp_batchify_fn if self._num_workers else default_batchify_fn
        self._batchify_fn = batchify_fn
        self.auto_reload = auto_reload
        self._pool()
        if auto_reload:
            self.refresh()

    def _pool(self):
        """The pool of workers, a new one where the last was stopped after an error; None without workers."""
        if self._num_workers and (self._worker_pool is None or self._worker_pool.closed):
            make = _ThreadPool if self._thread_pool else _workers.WorkerPool
            self._worker_pool = make(self._num_workers, self._dataset, self._batchify_fn)
        return self._worker_pool

    def _begin(self):
        pool = self._pool()
        return pool and _Ahead(pool, self._batch_sampler, self._prefetch, self._timeout)

    def refresh(self):
        """Begin the next round at once, with the indices that the sampler gives now."""
        self.clean()
        self._iter = self._begin()

    def clean(self):
        """Forget a round that was begun ahead of time."""
        if self._iter is not None:
            self._iter.close()
            self._iter = None

    def _pinned(self, batch):
        return _as_in_context(batch, context.cpu_pinned(self._pin_device_id)) if self._pin_memory else batch

    def __iter__(self):
        if not self._num_workers:
            for samples in self._batch_sampler:
                yield self._pinned(self._batchify_fn([self._dataset[i] for i in samples]))
            return
        ahead, self._iter = self._iter or self._begin(), None
        try:
            for batch in ahead:
                yield self._pinned(batch)
            if self.auto_reload:
                self.refresh()
        finally:
            ahead.close()

    def __len__(self):
        return len(self._batch_sampler)


def _batch_sampler(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler):
    """The sampler of batches for these arguments of a loader; ValueError where they contradict each other."""
    if batch_sampler is not None:
        given = {"batch_size": batch_size, "shuffle": shuffle or None, "sampler": sampler, "last_batch": last_batch}
        wrong = [name for name, value in given.items() if value is not None]
        if wrong:
            raise ValueError(f"DataLoader: {' and '.join(wrong)} must not be given together with batch_sampler")
        return batch_sampler
    if batch_size is None:
        raise ValueError("DataLoader: batch_size is needed where there is no batch_sampler")
    if sampler is None:
        sampler = (_sampler.RandomSampler if shuffle else _sampler.SequentialSampler)(len(dataset))
    elif shuffle:
        raise ValueError("DataLoader: shuffle must not be given together with sampler")
    return _sampler.BatchSampler(sampler, batch_size, last_batch or "keep")


class DataLoaderV1:
    """The loader of old releases: as ``DataLoader``, with processes only, that start and end with each iteration."""

    def __init__(self, dataset, batch_size=None, shuffle=False, sampler=None, last_batch=None, batch_sampler=None,
                 batchify_fn=None, num_workers=0, pin_memory=False, pin_device_id=0):
        self._dataset = dataset
        self._batch_sampler = _batch_sampler(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler)
        self._options = {"batchify_fn": batchify_fn, "num_workers": num_workers, "pin_memory": pin_memory,
                         "pin_device_id": pin_device_id}

    def __iter__(self):
        return iter(DataLoader(self._dataset, batch_sampler=self._batch_sampler, **self._options))

    def __len__(self):
        return len(self._batch_sampler)


for _item in (DataLoader, DataLoaderV1, default_batchify_fn, default_mp_batchify_fn):
    _item.__module__ = "mxnet.gluon.data.dataloader"
