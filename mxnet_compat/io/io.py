"""Iterators over arrays in memory, and iterators over iterators; batches and their descriptions."""
import threading
from collections import namedtuple

import numpy as np

from .. import ndarray as nd
from ..ndarray.sparse import CSRNDArray
from .utils import named_arrays

__all__ = ["DataBatch", "DataDesc", "DataIter", "NDArrayIter", "PrefetchingIter", "ResizeIter"]


class DataDesc(namedtuple("DataDesc", ["name", "shape"])):
    """Name, shape, type and layout of one array of a batch."""

    def __new__(cls, name, shape, dtype=np.float32, layout="NCHW"):
        self = super().__new__(cls, name, shape)
        self.dtype, self.layout = dtype, layout
        return self

    def __repr__(self):
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    @staticmethod
    def get_batch_axis(layout):
        """The axis of the batch in a layout: where the N is, 0 where there is no layout."""
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes, types):
        """Descriptions from pairs of name and shape, and pairs of name and type."""
        if types is None:
            return [DataDesc(*s) for s in shapes]
        known = dict(types)
        return [DataDesc(s[0], s[1], known[s[0]]) for s in shapes]


class DataBatch:
    """One batch: data and labels as lists of arrays, the number of padded samples, and where they come from."""

    def __init__(self, data, label=None, pad=None, index=None, bucket_key=None, provide_data=None, provide_label=None):
        if data is not None:
            assert isinstance(data, (list, tuple)), "data must be a list of arrays"
        if label is not None:
            assert isinstance(label, (list, tuple)), "label must be a list of arrays"
        self.data, self.label, self.pad, self.index = data, label, pad, index
        self.bucket_key, self.provide_data, self.provide_label = bucket_key, provide_data, provide_label

    def __str__(self):
        labels = None if self.label is None else [x.shape for x in self.label]
        return f"{type(self).__name__}: data shapes: {[x.shape for x in self.data]} label shapes: {labels}"


class DataIter:
    """The base of iterators: ``next`` gives batches until StopIteration, ``reset`` starts again."""

    def __init__(self, batch_size=0):
        self.batch_size = batch_size

    def __iter__(self):
        return self

    def reset(self):
        """Start again from the first batch."""

    def next(self):
        """The next batch; StopIteration after the last."""
        if self.iter_next():
            return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(), index=self.getindex())
        raise StopIteration

    def __next__(self):
        return self.next()

    def iter_next(self):
        """Move to the next batch; whether there is one."""

    def getdata(self):
        """The data of the current batch."""

    def getlabel(self):
        """The labels of the current batch."""

    def getindex(self):
        """Where the samples of the current batch come from, or None."""

    def getpad(self):
        """How many samples of the current batch are padding."""


class NDArrayIter(DataIter):
    """Batches of arrays in memory.

    ``last_batch_handle``: ``'pad'`` fills the last batch from the beginning, ``'discard'`` leaves it out, ``'roll_over'``
    keeps it for the next epoch.
    """

    def __init__(self, data, label=None, batch_size=1, shuffle=False, last_batch_handle="pad", data_name="data",
                 label_name="softmax_label", layout="NCHW"):
        super().__init__(batch_size)
        self.data = named_arrays(data, allow_empty=False, default_name=data_name)
        self.label = named_arrays(label, allow_empty=True, default_name=label_name)
        if any(isinstance(v, CSRNDArray) for _, v in self.data + self.label) and (shuffle or last_batch_handle != "discard"):
            raise NotImplementedError("NDArrayIter takes csr arrays only with last_batch_handle='discard' and no shuffle")
        self.idx = np.arange(self.data[0][1].shape[0])
        self.shuffle, self.last_batch_handle, self.layout = shuffle, last_batch_handle, layout
        self.batch_size, self.cursor = batch_size, -batch_size
        self.num_data, self.num_source = len(self.idx), len(self.data) + len(self.label)
        self._cache_data = self._cache_label = None
        self.reset()

    def _describe(self, arrays):
        return [DataDesc(k, (self.batch_size, *v.shape[1:]), v.dtype, self.layout) for k, v in arrays]

    @property
    def provide_data(self):
        """Descriptions of the data."""
        return self._describe(self.data)

    @property
    def provide_label(self):
        """Descriptions of the labels."""
        return self._describe(self.label)

    def hard_reset(self):
        """Start again, and forget what was rolled over."""
        if self.shuffle:
            self._shuffle_data()
        self.cursor = -self.batch_size
        self._cache_data = self._cache_label = None

    def reset(self):
        """Start again; with roll_over, what was left of the last epoch comes first."""
        if self.shuffle:
            self._shuffle_data()
        if self.last_batch_handle == "roll_over" and self.num_data - self.batch_size < self.cursor < self.num_data:
            self.cursor -= self.num_data + self.batch_size
        else:
            self.cursor = -self.batch_size

    def iter_next(self):
        """Move to the next batch; whether there is one."""
        self.cursor += self.batch_size
        return self.cursor < self.num_data

    def next(self):
        """The next batch."""
        if not self.iter_next():
            raise StopIteration
        data, label = self.getdata(), self.getlabel()
        if data[0].shape[0] != self.batch_size:
            self._cache_data, self._cache_label = data, label
            raise StopIteration
        return DataBatch(data=data, label=label, pad=self.getpad(), index=None)

    def _part(self, arrays, start=0, end=None):
        return [v[start:end] if start or (end is not None and end < self.num_data) else v for _, v in arrays]

    def _batchify(self, arrays, cached):
        if self.cursor > self.num_data:
            raise StopIteration
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            assert cached is not None or not arrays, "the rest of the last epoch is missing"
            return self._joined(cached, self._part(arrays, end=self.cursor + self.batch_size))
        if self.last_batch_handle == "pad" and self.cursor + self.batch_size > self.num_data:
            return self._joined(self._part(arrays, self.cursor), self._wrapped(arrays, self.cursor + self.batch_size
                                                                               - self.num_data))
        return self._part(arrays, self.cursor, min(self.cursor + self.batch_size, self.num_data))

    def _wrapped(self, arrays, count):
        # a batch may be larger than all the data, which then comes several times
        whole, rest = divmod(count, self.num_data)
        parts = [[v] * whole + ([v[:rest]] if rest else []) for _, v in arrays]
        return [p[0] if len(p) == 1 else nd.concat(*p, dim=0) for p in parts]

    @staticmethod
    def _joined(first, second):
        return [nd.concat(a, b, dim=0) if a.shape[0] and b.shape[0] else (a if a.shape[0] else b)
                for a, b in zip(first, second)]

    def getdata(self):
        """The data of the current batch."""
        return self._batchify(self.data, self._cache_data)

    def getlabel(self):
        """The labels of the current batch."""
        return self._batchify(self.label, self._cache_label)

    def getpad(self):
        """How many samples of the current batch are padding."""
        if self.last_batch_handle == "pad" and self.cursor + self.batch_size > self.num_data:
            return self.cursor + self.batch_size - self.num_data
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            return -self.cursor
        return 0

    def _shuffle_data(self):
        np.random.shuffle(self.idx)
        index = nd.array(self.idx, dtype="int64")
        self.data = [(k, v.take(index)) for k, v in self.data]
        self.label = [(k, v.take(index)) for k, v in self.label]


class _OfBatches(DataIter):
    """What iterators that hand on the batches of others tell of ``current_batch``."""

    def getdata(self):
        """The data of the current batch."""
        return self.current_batch.data

    def getlabel(self):
        """The labels of the current batch."""
        return self.current_batch.label

    def getindex(self):
        """Where the samples of the current batch come from."""
        return self.current_batch.index

    def getpad(self):
        """How many samples of the current batch are padding."""
        return self.current_batch.pad


class ResizeIter(_OfBatches):
    """An iterator of ``size`` batches an epoch, whatever the inner one has; it starts again inside when it ends."""

    def __init__(self, data_iter, size, reset_internal=True):
        super().__init__()
        self.data_iter, self.size, self.reset_internal = data_iter, size, reset_internal
        self.cur, self.current_batch = 0, None
        self.provide_data, self.provide_label = data_iter.provide_data, data_iter.provide_label
        self.batch_size = data_iter.batch_size
        if hasattr(data_iter, "default_bucket_key"):
            self.default_bucket_key = data_iter.default_bucket_key

    def reset(self):
        """Start again."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self):
        """Move to the next batch; whether there is one."""
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            self.current_batch = self.data_iter.next()
        self.cur += 1
        return True


class PrefetchingIter(_OfBatches):
    """Takes the next batch of one or more iterators in a thread each, while the current one is used."""

    def __init__(self, iters, rename_data=None, rename_label=None):
        super().__init__()
        self.iters = iters if isinstance(iters, list) else [iters]
        assert self.iters, "PrefetchingIter needs an iterator"
        self.n_iter, self.rename_data, self.rename_label = len(self.iters), rename_data, rename_label
        self.batch_size = self.provide_data[0][1][0]
        self.current_batch = None
        self._next = [None] * self.n_iter
        self._error = [None] * self.n_iter
        self._start()

    def _start(self):
        def fetch(k):
            try:
                self._next[k] = self.iters[k].next()
            except StopIteration:
                self._next[k] = None
            except Exception as e:  # noqa: BLE001  (handed to the caller of next)
                self._error[k] = e
        self._threads = [threading.Thread(target=fetch, args=(k,), daemon=True) for k in range(self.n_iter)]
        for t in self._threads:
            t.start()

    def _wait(self):
        for t in self._threads:
            t.join()
        for k, e in enumerate(self._error):
            if e is not None:
                self._error[k] = None
                raise e

    def _renamed(self, which, names):
        lists = [getattr(i, which) for i in self.iters]
        if names is None:
            return [d for group in lists for d in group]
        return [DataDesc(r[d.name], d.shape, d.dtype) if isinstance(d, DataDesc) else DataDesc(r[d[0]], d[1])
                for r, group in zip(names, lists) for d in group]

    @property
    def provide_data(self):
        """Descriptions of the data of all iterators."""
        return self._renamed("provide_data", self.rename_data)

    @property
    def provide_label(self):
        """Descriptions of the labels of all iterators."""
        return self._renamed("provide_label", self.rename_label)

    def reset(self):
        """Start again."""
        self._wait()
        for i in self.iters:
            i.reset()
        self._start()

    def iter_next(self):
        """Move to the next batch; whether there is one."""
        self._wait()
        batches = self._next
        if batches[0] is None:
            assert all(b is None for b in batches), "the iterators end at different batches"
            return False
        assert all(b is not None and b.pad == batches[0].pad for b in batches), "the iterators' batches differ in size"
        self.current_batch = DataBatch([x for b in batches for x in b.data], [x for b in batches for x in b.label or ()],
                                       batches[0].pad, batches[0].index, provide_data=self.provide_data,
                                       provide_label=self.provide_label)
        self._next = [None] * self.n_iter
        self._start()
        return True

    def next(self):
        """The next batch."""
        if self.iter_next():
            return self.current_batch
        raise StopIteration


for _cls in (DataBatch, DataDesc, DataIter, NDArrayIter, PrefetchingIter, ResizeIter):
    _cls.__module__ = "mxnet.io.io"
