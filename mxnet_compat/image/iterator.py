"""``ImageIter``: batches of augmented images from a record file, a list file or a list in memory."""
import logging
import os
import random

import numpy as np

from .. import io, recordio
from .. import ndarray as nd
from ..base import MXNetError
from .augment import CreateAugmenter
from .functions import imdecode

__all__ = ["ImageIter"]

_LABELS = ("int32", "float32", "int64", "float64")


def _read_list(path, dtype):
    """{number: (label, file)} of a list file (number, labels, file, separated by tabs), and the numbers in order."""
    found = {}
    with open(path) as lines:
        for line in lines:
            number, *label, name = line.strip().split("\t")
            found[int(number)] = nd.array(np.array(label, np.float64), dtype=dtype), name
    return found, list(found)


def _number_list(images, dtype):
    """The same of a list in memory: [label, file], [label, label, …, file] or [[label, label, …], file]."""
    found = {}
    for k, (*label, name) in enumerate(images, 1):
        label = label[0] if len(label) == 1 and not isinstance(label[0], (int, float, np.number)) else label
        found[str(k)] = nd.array(label, dtype=dtype), name
    return found, list(found)


class ImageIter(io.DataIter):
    """Batches (batch, channels, height, width) float32 of images, decoded and augmented one by one.

    Images come from ``path_imgrec`` (with ``path_imgidx`` where it is shuffled or divided), or from files below
    ``path_root`` that ``path_imglist`` or ``imglist`` name; a list given with a record file has the labels.
    ``num_parts`` and ``part_index`` take a part of the images. ``aug_list`` is a list of augmenters, other keywords
    are those of ``CreateAugmenter``. ``last_batch_handle`` is ``'pad'`` (from the beginning), ``'discard'`` or
    ``'roll_over'`` (to the next epoch). A file that is no image is a RuntimeError that names it.
    """

    def __init__(self, batch_size, data_shape, label_width=1, path_imgrec=None, path_imglist=None, path_root=None,
                 path_imgidx=None, shuffle=False, part_index=0, num_parts=1, aug_list=None, imglist=None,
                 data_name="data", label_name="softmax_label", dtype="float32", last_batch_handle="pad", **kwargs):
        super().__init__()
        assert path_imgrec or path_imglist or isinstance(imglist, list), \
            "ImageIter needs path_imgrec, path_imglist or imglist"
        assert dtype in _LABELS, f"ImageIter: labels cannot be of type {dtype}"
        self.imgrec = self.imgidx = self.imglist = None
        keys = None
        if path_imgrec and path_imgidx:
            self.imgrec = recordio.MXIndexedRecordIO(path_imgidx, path_imgrec, "r")
            self.imgidx = list(self.imgrec.keys)
        elif path_imgrec:
            self.imgrec = recordio.MXRecordIO(path_imgrec, "r")
        if path_imglist:
            self.imglist, keys = _read_list(path_imglist, dtype)
        elif isinstance(imglist, list):
            self.imglist, keys = _number_list(imglist, dtype)
        self.path_root = path_root
        self.check_data_shape(data_shape)
        self.provide_data = [(data_name, (batch_size, *data_shape))]
        self.provide_label = [(label_name, (batch_size, label_width) if label_width > 1 else (batch_size,))]
        self.batch_size, self.data_shape, self.label_width = batch_size, data_shape, label_width
        self.shuffle, self.last_batch_handle = shuffle, last_batch_handle
        self.seq = self._sequence(keys, shuffle, num_parts, part_index)
        self.num_image = None if self.seq is None else len(self.seq)
        self.auglist = CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.cur, self._ended, self._rest = 0, False, None
        self.reset()

    def _sequence(self, keys, shuffle, num_parts, part_index):
        """The numbers of the images, None where a record file is read as it comes."""
        if self.imgrec is not None:
            keys = self.imgidx
            assert keys is not None or not shuffle and num_parts <= 1, \
                "a record file is shuffled or divided by its index: ImageIter needs path_imgidx"
        if num_parts > 1:
            assert part_index < num_parts, f"part_index must be below num_parts {num_parts}, got {part_index}"
            size = len(keys) // num_parts
            keys = keys[part_index * size:(part_index + 1) * size]
        return keys

    def reset(self):
        """Start again; with roll_over, what is left of the last epoch comes first."""
        if self.seq is not None and self.shuffle:
            random.shuffle(self.seq)
        if self.last_batch_handle != "roll_over" or self._rest is None:
            self._rewind()
            self._ended = False

    def hard_reset(self):
        """Start again, and forget what was rolled over."""
        if self.seq is not None and self.shuffle:
            random.shuffle(self.seq)
        self._rewind()
        self._ended, self._rest = False, None

    def _rewind(self):
        if self.imgrec is not None:
            self.imgrec.reset()
        self.cur = 0

    def next_sample(self):
        """The label and the encoded image of the next sample; StopIteration at the end."""
        if self._ended:
            raise StopIteration
        if self.seq is None:
            record = self.imgrec.read()
            if record is None:
                if self.last_batch_handle != "discard":
                    self.imgrec.reset()
                raise StopIteration
            header, image = recordio.unpack(record)
            return header.label, image
        if self.cur >= self.num_image:
            if self.last_batch_handle != "discard":
                self.cur = 0
            raise StopIteration
        key = self.seq[self.cur]
        self.cur += 1
        if self.imgrec is None:
            label, name = self.imglist[key]
            return label, self.read_image(name)
        header, image = recordio.unpack(self.imgrec.read_idx(key))
        return (header.label if self.imglist is None else self.imglist[key][0]), image

    def _sample(self):
        """(image (channels, height, width), label) of the next sample that is valid."""
        while True:
            label, encoded = self.next_sample()
            image = self.imdecode(encoded)
            try:
                self.check_valid_image([image])
            except RuntimeError as error:
                logging.debug("an image is left out: %s", error)
                continue
            return self.postprocess_data(self.augmentation_transform(image)), label

    def _put(self, labels, i, label):
        """Write one sample's label into the batch's."""
        labels[i] = label

    def _batchify(self, batch_data, batch_label, start=0):
        """Fill the batch from ``start`` on; the number of samples in it at the end. StopIteration if there is none."""
        i = start
        try:
            while i < self.batch_size:
                image, label = self._sample()
                batch_data[i] = image
                self._put(batch_label, i, label)
                i += 1
        except StopIteration:
            if not i:
                raise
        return i

    def _empty(self):
        return nd.zeros(self.provide_data[0][1]), nd.zeros(self.provide_label[0][1])

    def next(self):
        """The next batch."""
        if self._rest is None:
            data, labels = self._empty()
            filled = self._batchify(data, labels)
        else:
            data, labels, filled = self._rest
        pad = self.batch_size - filled
        if pad:
            if self.last_batch_handle == "discard":
                raise StopIteration
            if self.last_batch_handle == "roll_over" and self._rest is None:
                self._rest = data, labels, filled
                raise StopIteration
            self._fill(data, labels, filled)
            self._ended, self._rest = self.last_batch_handle == "pad", None
        return io.DataBatch([data], [labels], pad=pad)

    def _fill(self, data, labels, filled):
        """Go on from the beginning until the batch is full."""
        while filled < self.batch_size:
            before = filled
            filled = self._batchify(data, labels, filled)
            if filled == before and not self.num_image:
                break

    # what a subclass may change

    def check_data_shape(self, data_shape):
        """ValueError unless ``data_shape`` is (3, height, width)."""
        if len(data_shape) != 3:
            raise ValueError(f"data_shape must be (channels, height, width), got {data_shape}")
        if data_shape[0] != 3:
            raise ValueError(f"data_shape must have 3 channels, got {data_shape}")

    def check_valid_image(self, data):
        """RuntimeError where the image in the list ``data`` is empty."""
        if not data[0].shape:
            raise RuntimeError("the image has no shape")

    def imdecode(self, s):
        """The image that the bytes ``s`` encode; RuntimeError that names the sample if they do not."""
        try:
            return imdecode(s)
        except MXNetError as error:
            raise RuntimeError(f"{self._locate()} is no image: {error}") from error

    def _locate(self):
        if self.seq is None:
            return "a record"
        key = self.seq[self.cur % self.num_image - 1]
        return f"record {key}" if self.imglist is None else self.imglist[key][1]

    def read_image(self, fname):
        """The bytes of a file below ``path_root``."""
        with open(os.path.join(self.path_root, fname), "rb") as f:
            return f.read()

    def augmentation_transform(self, data):
        """The augmenters, one after the other."""
        for aug in self.auglist:
            data = aug(data)
        return data

    def postprocess_data(self, datum):
        """(height, width, channels) as (channels, height, width)."""
        return nd.transpose(datum, axes=(2, 0, 1))
