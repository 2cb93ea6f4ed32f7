"""Data sets of images: MNIST and its like, CIFAR, record files, folders. Images are (height, width, channels) NDArrays.

The files are those that their authors publish. They are read from ``root``; one that is not there is fetched, and where
there is no network the OSError names the file and the place for it. Decoding images is ``mx.image``'s work.
"""
import gzip
import os
import struct
import tarfile
import warnings

import numpy as np

from .... import image, recordio
from .... import ndarray as nd
from ....base import MXNetError
from ...utils import download
from .. import dataset

__all__ = ["CIFAR10", "CIFAR100", "FashionMNIST", "ImageFolderDataset", "ImageRecordDataset", "MNIST"]

_HOME = os.path.join(os.environ.get("MXNET_HOME", os.path.join("~", ".mxnet")), "datasets")
_REPOSITORY = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"


def _url(namespace, name):
    base = os.environ.get("MXNET_GLUON_REPO", _REPOSITORY).rstrip("/")
    return f"{base}/gluon/dataset/{namespace}/{name}"


def _read_idx(path, dimensions):
    """The bytes of an IDX file, compressed or not, of that many dimensions; MXNetError where the file is another."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as stream:
        try:
            head = stream.read(4 + 4 * dimensions)
            if len(head) < 4 + 4 * dimensions or struct.unpack_from(">I", head)[0] != 0x800 + dimensions:
                raise MXNetError(f"{path}: expected an IDX file of bytes in {dimensions} dimensions, found the "
                                 f"beginning {head[:4]!r}")
            shape = struct.unpack_from(f">{dimensions}I", head, 4)
            size = int(np.prod(shape, dtype=object))
            values = _read(stream, size)
        except (OSError, EOFError) as error:
            raise MXNetError(f"{path} cannot be read: {error}") from error
    if len(values) != size:
        more = "more" if len(values) > size else len(values)
        raise MXNetError(f"{path}: expected {size} bytes for the shape {shape}, found {more}")
    return np.frombuffer(values, np.uint8).reshape(shape)


def _read(stream, size):
    """``size`` bytes, one more if there are more, fewer if there are not; a false size takes no memory."""
    parts, left = [], size + 1
    while left and (part := stream.read(min(left, 1 << 24))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class MNIST(dataset._DownloadedDataset):
    """Handwritten digits: (28, 28, 1) uint8 images with int32 labels.

    ``root`` holds ``train-images-idx3-ubyte.gz``, ``train-labels-idx1-ubyte.gz`` and the two files of ``t10k``, which
    ``train=False`` reads; uncompressed ones will do. ``transform(image, label)`` is applied to each sample.
    """

    _namespace = "mnist"
    _hashes = ("6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d", "2a80914081dc54586dbdf242f9805a6b8d2a15fc",
               "c3a25af1f52dad7f726cce8cacb138654b760d48", "763e7fa3757d93b0cdec073cef058b2004252c17")

    def __init__(self, root=os.path.join(_HOME, "mnist"), train=True, transform=None):
        self._train = train
        files = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
        self._train_data, self._train_label, self._test_data, self._test_label = zip(files, self._hashes)
        super().__init__(root, transform)

    def _file(self, name, sha1):
        for path in (os.path.join(self._root, name), os.path.join(self._root, name[:-3])):
            if os.path.exists(path):
                return path
        return download(_url(self._namespace, name), os.path.join(self._root, name), sha1_hash=sha1)

    def _get_data(self):
        data, label = (self._train_data, self._train_label) if self._train else (self._test_data, self._test_label)
        labels = _read_idx(self._file(*label), 1).astype(np.int32)
        images = _read_idx(self._file(*data), 3)
        if len(images) != len(labels):
            raise MXNetError(f"{self._root}: {data[0]} has {len(images)} images and {label[0]} {len(labels)} labels")
        self._label = labels
        self._data = nd.array(images[..., None], dtype=np.uint8)


class FashionMNIST(MNIST):
    """Pictures of clothes in the format of MNIST, from files of the same names."""

    _namespace = "fashion-mnist"
    _hashes = ("0cf37b0d40ed5169c6b3aba31069a9770ac9043d", "236021d52f1e40852b06a4c3008d8de8aef1e40b",
               "626ed6a7c06dd17c0eec72fa3be1740f146a2863", "17f9ab60e7257a1620f4ad76bbbaf857c3920701")

    def __init__(self, root=os.path.join(_HOME, "fashion-mnist"), train=True, transform=None):
        super().__init__(root, train, transform)


class CIFAR10(dataset._DownloadedDataset):
    """Small photographs of ten classes: (32, 32, 3) uint8 images with int32 labels.

    ``root`` holds the files of the binary version, ``data_batch_1.bin`` to ``data_batch_5.bin`` and, for
    ``train=False``, ``test_batch.bin``; or its archive ``cifar-10-binary.tar.gz``, which is unpacked there.
    ``transform(image, label)`` is applied to each sample.
    """

    _namespace = "cifar10"
    _archive_file = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
    _train_data = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
    _test_data = ("test_batch.bin",)
    _classes = (10,)
    _which = 0

    def __init__(self, root=os.path.join(_HOME, "cifar10"), train=True, transform=None):
        self._train = train
        super().__init__(root, transform)

    def _read_batch(self, filename):
        """(images, labels) of a file of records: a byte for each kind of label, then the planes of red, green, blue."""
        head = len(self._classes)
        size = head + 3072
        values = np.fromfile(filename, np.uint8)
        if not len(values) or len(values) % size:
            raise MXNetError(f"{filename}: expected records of {size} bytes, found {len(values)} bytes")
        values = values.reshape(-1, size)
        for k, classes in enumerate(self._classes):
            if values[:, k].max() >= classes:
                raise MXNetError(f"{filename}: expected labels below {classes}, found {values[:, k].max()}")
        return values[:, head:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), values[:, self._which].astype(np.int32)

    def _unpack(self, names):
        """Write the files of these names in the archive into ``root``, whatever folder they have there."""
        path = download(_url(self._namespace, self._archive_file[0]), os.path.join(self._root, self._archive_file[0]),
                        sha1_hash=None if os.path.exists(os.path.join(self._root, self._archive_file[0]))
                        else self._archive_file[1])
        try:
            with tarfile.open(path) as archive:
                members = {os.path.basename(m.name): m for m in archive if m.isfile()}
                for name in names:
                    if name not in members:
                        raise MXNetError(f"{path} has no {name}")
                    with archive.extractfile(members[name]) as source, \
                            open(os.path.join(self._root, name), "wb") as target:
                        target.write(source.read())
        except (tarfile.TarError, OSError, EOFError) as error:
            raise MXNetError(f"{path} cannot be unpacked: {error}") from error

    def _get_data(self):
        names = self._train_data if self._train else self._test_data
        paths = [os.path.join(self._root, name) for name in names]
        missing = [name for name, path in zip(names, paths) if not os.path.exists(path)]
        if missing:
            self._unpack(missing)
        data, label = zip(*map(self._read_batch, paths))
        self._data = nd.array(np.concatenate(data), dtype=np.uint8)
        self._label = np.concatenate(label)


class CIFAR100(CIFAR10):
    """As CIFAR10, of 20 coarse classes, or 100 with ``fine_label``, from ``train.bin`` and ``test.bin``."""

    _namespace = "cifar100"
    _archive_file = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
    _train_data = ("train.bin",)
    _test_data = ("test.bin",)
    _classes = (20, 100)

    def __init__(self, root=os.path.join(_HOME, "cifar100"), fine_label=False, train=True, transform=None):
        self._fine_label = fine_label
        self._which = int(bool(fine_label))
        super().__init__(root, train, transform)


class ImageRecordDataset(dataset.RecordFileDataset):
    """(image, label) of the records of a RecordIO file with an index beside it; labels are those of the records.

    ``flag`` is 1 for three channels and 0 for grey; ``transform(image, label)`` is applied to each sample.
    """

    def __init__(self, filename, flag=1, transform=None):
        super().__init__(filename)
        self._flag = flag
        self._transform = transform

    def __getitem__(self, idx):
        header, data = recordio.unpack(super().__getitem__(idx))
        picture = image.imdecode(data, self._flag)
        return self._transform(picture, header.label) if self._transform is not None else (picture, header.label)


class ImageFolderDataset(dataset.Dataset):
    """(image, label) of the images below ``root``, where each folder is a class; labels number the folders by name.

    ``synsets`` lists the folders and ``items`` the paths and labels. Read are ``.jpg``, ``.jpeg`` and ``.png``; others are
    passed over with a warning. ``flag`` is 1 for three channels and 0 for grey; ``transform(image, label)`` is applied
    to each sample.
    """

    def __init__(self, root, flag=1, transform=None):
        self._root = os.path.expanduser(root)
        self._flag = flag
        self._transform = transform
        self._exts = [".jpg", ".jpeg", ".png"]
        self._list_images(self._root)

    def _list_images(self, root):
        self.synsets = []
        self.items = []
        for folder in sorted(os.listdir(root)):
            path = os.path.join(root, folder)
            if not os.path.isdir(path):
                warnings.warn(f"{path} is passed over: it is no folder", stacklevel=3)
                continue
            label = len(self.synsets)
            self.synsets.append(folder)
            for filename in sorted(os.listdir(path)):
                filename = os.path.join(path, filename)
                if os.path.splitext(filename)[1].lower() in self._exts:
                    self.items.append((filename, label))
                else:
                    warnings.warn(f"{filename} is passed over: images are {', '.join(self._exts)}", stacklevel=3)

    def __getitem__(self, idx):
        path, label = self.items[idx]
        picture = image.imread(path, self._flag)
        return self._transform(picture, label) if self._transform is not None else (picture, label)

    def __len__(self):
        return len(self.items)


for _name in __all__:
    globals()[_name].__module__ = "mxnet.gluon.data.vision.datasets"
