"""Data sets: what has a length and gives a sample for an index, and the views that transform or select samples.

Data sets of images are in ``vision``; batches are made by ``dataloader``.
"""
import os
import threading

from ...ndarray.core import NDArray
from ...recordio import MXIndexedRecordIO
from .sampler import FilterSampler, Sampler, SequentialSampler

__all__ = ["ArrayDataset", "Dataset", "RecordFileDataset", "SimpleDataset"]


class Dataset:
    """Base class. A subclass writes ``__getitem__`` and ``__len__``; the methods here give new data sets of it."""

    def __getitem__(self, idx):
        raise NotImplementedError(f"{type(self).__name__}.__getitem__")

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__}.__len__")

    def filter(self, fn):
        """The samples for which ``fn(sample)`` is true; every sample is read at once to find them."""
        return _SampledDataset(self, FilterSampler(fn, self))

    def shard(self, num_shards, index):
        """The ``index``-th of ``num_shards`` contiguous parts; the first ones are longer by one where there is a rest.

        AssertionError for an index that is negative or not below ``num_shards``.
        """
        assert index < num_shards, f"shard: index must be below num_shards, got {index} of {num_shards}"
        assert num_shards > 0, f"shard: num_shards must be positive, got {num_shards}"
        assert index >= 0, f"shard: index must not be negative, got {index}"
        length, rest = divmod(len(self), num_shards)
        start = length * index + min(index, rest)
        return _SampledDataset(self, SequentialSampler(length + (index < rest), start))

    def take(self, count):
        """The first ``count`` samples, or all where ``count`` is None or there are fewer."""
        count = len(self) if count is None else min(count, len(self))
        if count < 0:
            raise ValueError(f"take: count must not be negative, got {count}")
        return _SampledDataset(self, SequentialSampler(count))

    def sample(self, sampler):
        """The samples whose indices ``sampler`` gives, in its order; TypeError for anything but a Sampler."""
        if not isinstance(sampler, Sampler):
            raise TypeError(f"sample: expected a gluon.data.Sampler, got {type(sampler).__name__}")
        return _SampledDataset(self, sampler)

    def transform(self, fn, lazy=True):
        """Each sample through ``fn``, which gets the parts of a tuple as separate arguments.

        ``lazy``: when it is read, every time; otherwise all of them now, kept in memory.
        """
        changed = _LazyTransformDataset(self, fn)
        return changed if lazy else SimpleDataset([changed[i] for i in range(len(changed))])

    def transform_first(self, fn, lazy=True):
        """The first part of each sample through ``fn``, the other parts as they are; ``lazy`` as in ``transform``."""
        return self.transform(_TransformFirstClosure(fn), lazy)


class _TransformFirstClosure:
    """``fn`` on the first argument. A class and no closure, so that it pickles."""

    def __init__(self, fn):
        self._fn = fn

    def __call__(self, x, *args):
        return (self._fn(x), *args) if args else self._fn(x)


class _LazyTransformDataset(Dataset):
    def __init__(self, data, fn):
        self._data = data
        self._fn = fn

    def __len__(self):
        return len(self._data)

    def __getitem__(self, idx):
        item = self._data[idx]
        return self._fn(*item) if isinstance(item, tuple) else self._fn(item)


class _SampledDataset(Dataset):
    def __init__(self, dataset, sampler):
        self._dataset = dataset
        self._sampler = sampler
        self._indices = list(sampler)

    def __len__(self):
        return len(self._indices)

    def __getitem__(self, idx):
        return self._dataset[self._indices[idx]]


class SimpleDataset(Dataset):
    """A list, or anything else with a length and indices, as a data set."""

    def __init__(self, data):
        self._data = data

    def __len__(self):
        return len(self._data)

    def __getitem__(self, idx):
        return self._data[idx]


class ArrayDataset(Dataset):
    """Several arrays or lists of one length side by side: a sample is a tuple of one element of each.

    With one array only, the element itself. One-dimensional NDArrays are kept as numpy arrays, so that labels come out
    as scalars. AssertionError where lengths differ or nothing is given.
    """

    def __init__(self, *args):
        assert args, "ArrayDataset: at least one array is needed"
        self._length = len(args[0])
        self._data = []
        for i, data in enumerate(args):
            assert len(data) == self._length, \
                f"ArrayDataset: array 0 has {self._length} elements and array {i} has {len(data)}"
            self._data.append(data.asnumpy() if isinstance(data, NDArray) and data.ndim == 1 else data)

    def __getitem__(self, idx):
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple([data[idx] for data in self._data])

    def __len__(self):
        return self._length


class RecordFileDataset(Dataset):
    """The records of a RecordIO file, as bytes; the index file of the same name with ``.idx`` must be beside it.

    FileNotFoundError without the index, MXNetError without the records. May be read from several threads and processes.
    """

    def __init__(self, filename):
        self.idx_file = os.path.splitext(filename)[0] + ".idx"
        self.filename = filename
        self._record = MXIndexedRecordIO(self.idx_file, self.filename, "r")
        self._lock = (os.getpid(), threading.Lock())

    def __getitem__(self, idx):
        # the lock of another process may have been held when this one was forked
        if self._lock[0] != os.getpid():
            self._lock = (os.getpid(), threading.Lock())
        with self._lock[1]:
            return self._record.read_idx(self._record.keys[idx])

    def __len__(self):
        return len(self._record.keys)

    def __getstate__(self):
        return {k: v for k, v in self.__dict__.items() if k != "_lock"}

    def __setstate__(self, state):
        self.__dict__.update(state, _lock=(os.getpid(), threading.Lock()))


class _DownloadedDataset(Dataset):
    """Base of data sets that are read from files below ``root``: ``_get_data`` fills ``_data`` and ``_label``."""

    def __init__(self, root, transform):
        super().__init__()
        self._transform = transform
        self._data = None
        self._label = None
        self._root = os.path.expanduser(root)
        self._get_data()

    def __getitem__(self, idx):
        if self._transform is not None:
            return self._transform(self._data[idx], self._label[idx])
        return self._data[idx], self._label[idx]

    def __len__(self):
        return len(self._label)

    def _get_data(self):
        raise NotImplementedError(f"{type(self).__name__}._get_data")


for _name in (*__all__, "_DownloadedDataset"):
    globals()[_name].__module__ = "mxnet.gluon.data.dataset"
