"""Iterators over files: comma separated values, libsvm text, MNIST's format."""
import gzip
import logging
import os
import struct

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..ops.params import Shape, parser
from .io import DataBatch, DataDesc, DataIter

__all__ = ["CSVIter", "LibSVMIter", "MNISTIter", "MXDataIter"]

_shape = parser(Shape)[0]


class MXDataIter(DataIter):
    """Batches of samples read from files. With ``round_batch`` the last batch is filled from the beginning, and the next
    epoch goes on behind what it took."""

    __module__ = "mxnet.io.io"

    def __init__(self, data, label, batch_size, round_batch=True, data_name="data", label_name="softmax_label"):
        super().__init__(batch_size)
        self._data, self._label, self._round = data, label, round_batch
        self._names = data_name, label_name
        self._first, self._cursor, self._batch = 0, -batch_size, None
        self._count = data.shape[0]

    @property
    def provide_data(self):
        """Descriptions of the data."""
        return [DataDesc(self._names[0], (self.batch_size, *self._data.shape[1:]), np.dtype(self._data.dtype).type)]

    @property
    def provide_label(self):
        """Descriptions of the labels."""
        return [DataDesc(self._names[1], (self.batch_size, *self._label.shape[1:]), np.dtype(self._label.dtype).type)]

    def reset(self):
        """Start again."""
        if self._round and self._cursor + self.batch_size > self._count and self._cursor < self._count:
            self._first = self._cursor + self.batch_size - self._count
        self._cursor = self._first - self.batch_size
        self._first = 0

    def debug_skip_load(self):
        """For timing without reading, which is not measured here: nothing is skipped (with a message, as in MXNet)."""
        logging.info("debug_skip_load: batches go on being read")

    def iter_next(self):
        """Move to the next batch; whether there is one."""
        if self._cursor + self.batch_size >= self._count:
            if self._cursor + self.batch_size > self._count and self._round:
                self._first = self._cursor + self.batch_size - self._count
            return False
        self._cursor += self.batch_size
        index = np.arange(self._cursor, self._cursor + self.batch_size)
        pad = max(0, self._cursor + self.batch_size - self._count)
        if pad and self._round:
            index %= self._count
        elif pad:
            # what the last batch does not fill still holds the batch before
            index = np.where(index < self._count, index, np.maximum(index - self.batch_size, 0))
        part = index if pad else slice(self._cursor, self._cursor + self.batch_size)
        data, label, numbers = self._fetch(part, index)
        self._batch = DataBatch([data], [label], pad, numbers)
        return True

    def _fetch(self, part, index):
        """Data, labels and numbers of the samples at the places ``index``, which ``part`` says as a slice if it can."""
        return _rows(self._data, part), _rows(self._label, part), index.astype(np.uint64)

    def next(self):
        """The next batch."""
        if self.iter_next():
            return self._batch
        raise StopIteration

    def getdata(self):
        """The data of the current batch."""
        return self._batch.data[0]

    def getlabel(self):
        """The labels of the current batch."""
        return self._batch.label[0]

    def getindex(self):
        """The numbers of the samples of the current batch."""
        return self._batch.index

    def getpad(self):
        """How many samples of the current batch are padding."""
        return self._batch.pad


def _rows(source, part):
    """Rows of a numpy array or of a csr array as an array."""
    if isinstance(source, np.ndarray):
        return nd.array(source[part], dtype=source.dtype)
    if isinstance(part, slice):
        return source[part]
    return nd.array(source.asnumpy()[part]).tostype("csr")


def _open(path, mode="r"):
    try:
        return gzip.open(path, mode) if os.fspath(path).endswith(".gz") else open(path, mode)  # noqa: SIM115
    except OSError as e:
        raise MXNetError(f"cannot read {path}: {e.strerror}") from None


def _matrix(path, shape, dtype, what):
    """Rows of comma separated numbers as samples of a shape."""
    with _open(path) as f:
        try:
            # integers may be written as 1.0e+00
            rows = np.loadtxt(f, dtype=np.float64, delimiter=",", ndmin=2).astype(dtype)
        except ValueError as e:
            raise MXNetError(f"{what} {path}: {e}") from None
    width = int(np.prod(shape, dtype=np.int64))
    if rows.shape[1] != width:
        raise MXNetError(f"{what} {path}: rows of {rows.shape[1]} numbers do not make samples of shape {shape}")
    return rows.reshape(len(rows), *shape)


def CSVIter(data_csv, data_shape, label_csv="NULL", label_shape=(1,), batch_size=1, round_batch=True, dtype="float32",
            data_name="data", label_name="softmax_label", **kwargs):
    """Batches from files of comma separated numbers, one sample a line; labels of 0 where there is no label file."""
    dtype = np.dtype(dtype or "float32")
    if dtype.name not in ("float32", "int32", "int64"):
        raise MXNetError(f"CSVIter: dtype must be float32, int32 or int64, got {dtype.name}")
    data = _matrix(data_csv, _shape(data_shape), dtype, "CSVIter")
    label_shape = _shape(label_shape)
    if label_csv in (None, "NULL"):
        label = np.zeros((len(data), *label_shape), dtype)
    else:
        label = _matrix(label_csv, label_shape, dtype, "CSVIter")
        if len(label) != len(data):
            raise MXNetError(f"CSVIter: {len(data)} samples in {data_csv}, {len(label)} labels in {label_csv}")
    if label_shape == (1,):
        label = label.reshape(-1)
    return MXDataIter(data, label, int(batch_size), round_batch, data_name, label_name)


def _libsvm(path, width, what):
    """(labels, csr array) of a file of lines ``label index:value …``; indices count from 0."""
    labels, values, columns, bounds = [], [], [], [0]
    with _open(path) as f:
        for number, line in enumerate(f, 1):
            parts = line.split()
            if not parts:
                continue
            try:
                start = 0
                while start < len(parts) and ":" not in parts[start]:
                    start += 1
                labels.append([float(p) for p in parts[:start]])
                for p in parts[start:]:
                    column, value = p.split(":")
                    columns.append(int(column))
                    values.append(float(value))
            except ValueError:
                raise MXNetError(f"{what} {path}, line {number}: expected numbers and index:value pairs") from None
            if columns and not 0 <= max(columns[bounds[-1]:], default=0) < width:
                raise MXNetError(f"{what} {path}, line {number}: an index beyond the shape ({width})")
            bounds.append(len(columns))
    csr = nd.sparse.csr_matrix((np.array(values, "float32"), np.array(columns, "int64"), np.array(bounds, "int64")),
                               shape=(len(bounds) - 1, width))
    return labels, csr


def LibSVMIter(data_libsvm, data_shape, label_libsvm="NULL", label_shape=(1,), batch_size=1, round_batch=True,
               data_name="data", label_name="softmax_label", **kwargs):
    """Batches of csr arrays from libsvm text; labels come first on each line, or from a file of their own."""
    shape, label_shape = _shape(data_shape), _shape(label_shape)
    if len(shape) != 1:
        raise MXNetError(f"LibSVMIter: data_shape must have one dimension, got {shape}")
    if not round_batch or round_batch in ("False", "false", "0"):
        raise MXNetError("LibSVMIter: round_batch must be True for csr arrays")
    labels, data = _libsvm(data_libsvm, shape[0], "LibSVMIter")
    if label_libsvm in (None, "NULL"):
        label = np.array([row[:1] or [0.0] for row in labels], "float32").reshape(-1)
    else:
        if len(label_shape) != 1:
            raise MXNetError(f"LibSVMIter: label_shape must have one dimension, got {label_shape}")
        label = _libsvm(label_libsvm, label_shape[0], "LibSVMIter")[1]
    return MXDataIter(data, label, int(batch_size), round_batch, data_name, label_name)


def _idx(path, magic, rank):
    """The array of one of MNIST's files; every length is checked."""
    with _open(path, "rb") as f:
        payload = f.read()
    head = 4 + 4 * rank
    if len(payload) < head or struct.unpack(">i", payload[:4])[0] != magic:
        raise MXNetError(f"MNISTIter: {path} is no file of MNIST (magic {magic})")
    dims = struct.unpack(f">{rank}i", payload[4:head])
    if min(dims) < 0 or int(np.prod(dims, dtype=object)) != len(payload) - head:
        raise MXNetError(f"MNISTIter: {path} says {dims} and holds {len(payload) - head} bytes")
    return np.frombuffer(payload, np.uint8, offset=head).reshape(dims)


def MNISTIter(image="train-images-idx3-ubyte", label="train-labels-idx1-ubyte", batch_size=128, shuffle=True, flat=False,
              seed=0, silent=False, num_parts=1, part_index=0, input_shape=None, data_name="data",
              label_name="softmax_label", **kwargs):
    """Batches of MNIST's images, scaled to [0, 1], of shape (1, 28, 28), or (784,) with ``flat``. No last partial batch."""
    images, labels = _idx(image, 2051, 3), _idx(label, 2049, 1)
    if len(images) != len(labels):
        raise MXNetError(f"MNISTIter: {len(images)} images and {len(labels)} labels")
    order = np.arange(len(images))
    if shuffle:
        np.random.RandomState(seed).shuffle(order)
    order = order[len(order) * part_index // num_parts:len(order) * (part_index + 1) // num_parts]
    data = images[order].astype("float32") / np.float32(256)
    data = data.reshape(len(data), -1) if flat else data[:, None]
    count = len(data) // int(batch_size) * int(batch_size)
    return MXDataIter(data[:count], labels[order][:count].astype("float32"), int(batch_size), True, data_name, label_name)
