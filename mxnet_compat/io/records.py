"""Iterators over images in record files: ``ImageRecordIter`` and those that differ from it in the type of the data.

What happens to an image is in ``augment.py``; images with boxes are in ``boxes.py``.
"""
import concurrent.futures
import os
import struct

import numpy as np

from .. import ndarray as nd
from .. import recordio
from ..base import MXNetError
from ..ops import codec
from ..ops.params import Shape, parser
from .augment import Options, augmented, mirrored, narrow, normalized
from .files import MXDataIter

__all__ = ["ImageRecordInt8Iter", "ImageRecordIter", "ImageRecordIter_v1", "ImageRecordUInt8Iter",
           "ImageRecordUInt8Iter_v1"]

_READING = {"path_imglist": (str, ""), "path_imgrec": (str, ""), "path_imgidx": (str, ""), "label_width": (int, 1),
            "data_shape": (Shape, None), "preprocess_threads": (int, 4), "num_parts": (int, 1), "part_index": (int, 0),
            "seed_aug": (int | None, None), "shuffle": (bool, False), "seed": (int, 0), "batch_size": (int, None),
            "round_batch": (bool, True), "dtype": (str, "float32"), "data_name": (str, "data"),
            "label_name": (str, "softmax_label")}
_CHANGING = {"resize": (int, -1), "rand_crop": (bool, False), "random_resized_crop": (bool, False),
             "max_rotate_angle": (int, 0), "max_aspect_ratio": (float, 0.0), "min_aspect_ratio": (float | None, None),
             "max_shear_ratio": (float, 0.0), "max_crop_size": (int, -1), "min_crop_size": (int, -1),
             "max_random_scale": (float, 1.0), "min_random_scale": (float, 1.0), "max_random_area": (float, 1.0),
             "min_random_area": (float, 1.0), "max_img_size": (float, 1e10), "min_img_size": (float, 0.0),
             "brightness": (float, 0.0), "contrast": (float, 0.0), "saturation": (float, 0.0), "pca_noise": (float, 0.0),
             "random_h": (int, 0), "random_s": (int, 0), "random_l": (int, 0), "rotate": (int, -1),
             "fill_value": (int, 255), "inter_method": (int, 1), "pad": (int, 0)}
NORMALIZING = {"mirror": (bool, False), "rand_mirror": (bool, False), "mean_img": (str, ""),
               **{f"mean_{c}": (float, 0.0) for c in "rgba"}, **{f"std_{c}": (float, 1.0) for c in "rgba"},
               "scale": (float, 1.0), "max_random_contrast": (float, 0.0), "max_random_illumination": (float, 0.0)}


def parse(name, table, given):
    """Options by a table of types and defaults; values may be text, unknown ones are ignored as in MXNet."""
    found = {}
    for key, (kind, default) in table.items():
        value = given.get(key)
        try:
            found[key] = default if value is None else parser(kind)[0](value)
        except ValueError as e:
            raise MXNetError(f"{name}: parameter {key} must be {e}, got {value!r}") from None
    if found["batch_size"] is None or not found["data_shape"]:
        raise MXNetError(f"{name}: batch_size and data_shape must be given")
    if len(found["data_shape"]) != 3 or found["data_shape"][0] not in (1, 3, 4):
        raise MXNetError(f"{name}: data_shape must be (1, 3 or 4, height, width), got {found['data_shape']}")
    return Options(found)


class Records:
    """The samples of a record file: where they start, and their labels from a list file."""

    def __init__(self, name, o):
        if not o.path_imgrec:
            raise MXNetError(f"{name}: path_imgrec must be given")
        if not 0 <= o.part_index < o.num_parts:
            raise MXNetError(f"{name}: part_index must be from 0 to {o.num_parts - 1}, got {o.part_index}")
        self.name, self.file = name, recordio.MXRecordIO(o.path_imgrec, "r")
        self.labels = _labels(o.path_imglist) if o.path_imglist else None
        self.starts = self._part(o)

    def _part(self, o):
        """The starts of this part's records: equal numbers by an index, else equal numbers of bytes."""
        if o.path_imgidx:
            with open(o.path_imgidx) as lines:
                starts = [int(line.split()[1]) for line in lines if line.strip()]
            size = -(-len(starts) // o.num_parts)
            return starts[o.part_index * size:(o.part_index + 1) * size]
        starts = _starts(o.path_imgrec)
        size = -(-os.path.getsize(o.path_imgrec) // o.num_parts)
        size += -size % 4
        return [s for s in starts if o.part_index * size <= s < (o.part_index + 1) * size]

    def __len__(self):
        return len(self.starts)

    def read(self, k):
        """(number, label (n,), encoded image) of a sample."""
        self.file.handle.seek(self.starts[k])
        header, image = recordio.unpack(self.file.read())
        label = header.label
        if self.labels is not None:
            if header.id not in self.labels:
                raise MXNetError(f"{self.name}: there is no label for image {header.id} in path_imglist")
            label = self.labels[header.id]
        return header.id, np.atleast_1d(np.asarray(label, np.float32)), image


def _labels(path):
    """{number: labels} of a list file (number, labels, file, separated by tabs)."""
    with open(path) as lines:
        rows = [line.strip().split("\t") for line in lines if line.strip()]
    return {int(r[0]): np.array(r[1:-1], np.float32) for r in rows}


def _starts(path):
    """Where the records of a file start; only their heads are read."""
    head, starts, at = struct.Struct("<II"), [], 0
    with open(path, "rb") as f:
        while len(data := f.read(head.size)) == head.size:
            magic, word = head.unpack(data)
            if magic != recordio._MAGIC:
                raise MXNetError(f"{path}, offset {at}: no record starts here")
            length, kind = word & recordio._LENGTH_MASK, word >> recordio._LENGTH_BITS
            if kind in (0, 1):
                starts.append(at)
            at += head.size + length + -length % 4
            f.seek(at)
    return starts


class RecordIter(MXDataIter):
    """Batches of a record file, decoded and changed in threads; subclasses say how by ``_work``."""

    def __init__(self, name, o, label_shape):
        self._records, self._o = Records(name, o), o
        shape = (len(self._records), *o.data_shape)
        super().__init__(np.broadcast_to(np.zeros((), o.dtype), shape),
                         np.broadcast_to(np.zeros((), np.float32), (len(self._records), *label_shape)),
                         o.batch_size, o.round_batch, o.data_name, o.label_name)
        if not len(self._records):
            raise MXNetError(f"{name}: {o.path_imgrec} has no records in this part")
        self._rng = np.random.RandomState(o.seed if o.seed_aug is None else o.seed_aug)
        self._order, self._shuffler = np.arange(len(self._records)), np.random.RandomState(o.seed)
        self._pool = concurrent.futures.ThreadPoolExecutor(max(1, o.preprocess_threads))
        self._shuffle()

    def _shuffle(self):
        if self._o.shuffle:
            self._shuffler.shuffle(self._order)

    def reset(self):
        """Start again."""
        super().reset()
        self._shuffle()

    def _fetch(self, part, index):
        found = [self._records.read(k) for k in self._order[np.minimum(index, self._count - 1)]]
        seeds = self._rng.randint(0, 2 ** 31 - 1, len(found))
        done = list(self._pool.map(lambda f, s: self._work(f[0], f[1], f[2], np.random.RandomState(s)), found, seeds))
        data = nd.array(np.stack([x for x, _ in done]), dtype=self._data.dtype)
        labels = np.stack([label for _, label in done]).reshape(-1, *self._label.shape[1:])
        return data, nd.array(labels), np.array([f[0] for f in found], np.uint64)

    def _decode(self, number, encoded):
        c = self._o.data_shape[0]
        try:
            if c != 4:
                # unlike mx.image, real MXNet turns images as their EXIF orientation says here
                return codec.decode(encoded, int(c != 1), turn=True)
            image = recordio._pixels(codec.pillow(), encoded, -1)
        except MXNetError as error:
            raise MXNetError(f"{self._records.name}: image {number}: {error}") from None
        if image.ndim != 3 or image.shape[2] != 4:
            raise MXNetError(f"{self._records.name}: image {number} must have 4 channels, it has the shape {image.shape}")
        return image[:, :, [2, 1, 0, 3]]

    def _work(self, number, label, encoded, rng):
        raise NotImplementedError


class _Images(RecordIter):
    """Images with a label of ``label_width`` numbers."""

    def __init__(self, name, o):
        super().__init__(name, o, (o.label_width,) if o.label_width > 1 else ())
        self._mean = None
        if o.mean_img:
            self._mean = self._mean_image(o)
        elif any((o.mean_r, o.mean_g, o.mean_b, o.mean_a)):
            mean = [o.mean_r, o.mean_g, o.mean_b, o.mean_a][:o.data_shape[0]]
            self._mean = np.array(mean, np.float32).reshape(-1, 1, 1)

    def _mean_image(self, o):
        """The mean of all images: of the file ``mean_img``, which is written if there is none."""
        if os.path.exists(o.mean_img):
            found = nd.load(o.mean_img)
            found = found["mean_img"] if isinstance(found, dict) else found[0]
            return found.asnumpy()
        plain = Options(o, **{k: default for k, (_, default) in NORMALIZING.items()})
        total, rng = np.zeros(o.data_shape, np.float64), np.random.RandomState(0)
        for k in range(len(self._records)):
            number, _, encoded = self._records.read(k)
            total += normalized(augmented(self._decode(number, encoded), o, rng), plain, None, rng)
        mean = (total / len(self._records)).astype(np.float32)
        nd.save(o.mean_img, {"mean_img": nd.array(mean)})
        return mean

    def _work(self, number, label, encoded, rng):
        o = self._o
        if label.size != o.label_width:
            raise MXNetError(f"{self._records.name}: image {number} has {label.size} labels, label_width is {o.label_width}")
        image = mirrored(augmented(self._decode(number, encoded), o, rng), o, rng)
        if o.dtype == "float32":
            return normalized(image, o, self._mean, rng), label
        return narrow(image, self._mean, o.dtype), label


def _iterator(name, doc, dtype=None):
    table = {**_READING, **_CHANGING, **NORMALIZING}

    def create(*args, **kwargs):
        if args:
            raise TypeError(f"{name} takes keyword arguments only")
        o = parse(name, table, kwargs)
        o["dtype"] = dtype or o.dtype
        if o.dtype not in ("float32", "uint8", "int8"):
            raise MXNetError(f"{name}: dtype must be float32, uint8 or int8, got {o.dtype}")
        return _Images(name, o)
    create.__name__ = create.__qualname__ = name
    create.__module__ = "mxnet.io.io"
    create.__doc__ = doc
    return create


ImageRecordIter = _iterator("ImageRecordIter", """Batches of images of a record file: float32 (batch, channels, height, width).

    Keywords are those of MXNet. Reading: ``path_imgrec``, ``path_imgidx``, ``path_imglist`` (labels by number),
    ``data_shape``, ``batch_size``, ``label_width``, ``shuffle``, ``seed``, ``num_parts``, ``part_index``, ``round_batch``,
    ``preprocess_threads``. Images: ``resize``, the random warp (``max_rotate_angle``, ``max_shear_ratio``,
    ``max_random_scale``, …), ``pad``, ``rand_crop``, ``random_resized_crop``, colors, ``rand_mirror``, ``mean_r`` … ,
    ``std_r`` …, ``scale``, ``mean_img``. MXNetError for damaged files and images, ImportError without Pillow.
    """)
ImageRecordUInt8Iter = _iterator("ImageRecordUInt8Iter",
                                 "``ImageRecordIter`` with uint8 data, mirrored but not normalised.", "uint8")
ImageRecordInt8Iter = _iterator("ImageRecordInt8Iter",
                                "``ImageRecordIter`` with int8 data, minus the mean, cut to -128 … 127.", "int8")
ImageRecordIter_v1 = _iterator("ImageRecordIter_v1", "An old name of ``ImageRecordIter``.")
ImageRecordUInt8Iter_v1 = _iterator("ImageRecordUInt8Iter_v1", "An old name of ``ImageRecordUInt8Iter``.", "uint8")
