"""Files and data sets for tests: downloads, MNIST, CIFAR-10, an iterator that repeats one batch."""
import bz2
import gzip
import os
import pickle
import shutil
import struct
import tempfile
import urllib.error
import urllib.request
import zipfile

import numpy as np

from ..base import MXNetError

try:
    from ..io import DataIter
except ImportError:
    # before mx.io exists the iterator below stands alone
    DataIter = object

__all__ = ["DummyIter", "download", "download_model", "get_bz2_data", "get_cifar10", "get_im2rec_path", "get_mnist",
           "get_mnist_iterator", "get_mnist_pkl", "get_mnist_ubyte", "get_zip_data"]

_REPOSITORY = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
_MNIST = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def download(url, fname=None, dirname=None, overwrite=False, retries=5):
    """Fetch a file, unless it is there already, and return its path; MXNetError when it cannot be had."""
    assert retries >= 0, f"retries must be 0 or more, got {retries}"
    path = fname or url.split("/")[-1]
    if dirname is not None:
        path = os.path.join(dirname, path)
    if os.path.exists(path) and not overwrite:
        return path
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    for attempt in range(retries + 1):
        handle, temporary = tempfile.mkstemp(dir=folder)
        try:
            with urllib.request.urlopen(url, timeout=30) as source, os.fdopen(handle, "wb") as target:
                shutil.copyfileobj(source, target)
            os.replace(temporary, path)
            return path
        except (OSError, ValueError) as e:
            os.path.exists(temporary) and os.remove(temporary)
            # a name that cannot be found will not be found the next time
            final = attempt == retries or not isinstance(e, urllib.error.HTTPError)
            if final:
                raise MXNetError(f"cannot download {url}: {e}. Put the file at {os.path.abspath(path)} to work "
                                 "without the network") from None
    return path


def _repository():
    return os.environ.get("MXNET_GLUON_REPO", _REPOSITORY).rstrip("/") + "/"


def _mnist_file(name):
    """A file of MNIST, plain or compressed: in the working directory, ``data/``, where Gluon keeps it, or fetched."""
    home = os.environ.get("MXNET_HOME", os.path.join(os.path.expanduser("~"), ".mxnet"))
    for folder in (".", "data", os.path.join(home, "datasets", "mnist")):
        for suffix in ("", ".gz"):
            path = os.path.join(folder, name + suffix)
            if os.path.exists(path):
                return path
    return download(f"{_repository()}gluon/dataset/mnist/{name}.gz", dirname="data")


def _read_idx(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as f:
        content = f.read()
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise MXNetError(f"{path} is not a file of unsigned bytes in IDX format")
    shape = struct.unpack_from(f">{content[3]}I", content, 4)
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
    if values.size != np.prod(shape, dtype=object):
        raise MXNetError(f"{path} should hold {shape} bytes but holds {values.size}")
    return values.reshape(shape)


def get_mnist():
    """MNIST as a dictionary: ``train_data``, ``test_data`` float32 of shape (n, 1, 28, 28) in [0, 1], ``*_label`` int8.

    The files are looked for in the working directory and beside it before they are fetched; MXNetError without both.
    """
    train_img, train_lbl, test_img, test_lbl = (_read_idx(_mnist_file(name)) for name in _MNIST)

    def images(x):
        return x.reshape(len(x), 1, 28, 28).astype(np.float32) / 255
    return {"train_data": images(train_img), "train_label": train_lbl.astype(np.int8),
            "test_data": images(test_img), "test_label": test_lbl.astype(np.int8)}


def get_mnist_ubyte():
    """Put the four uncompressed files of MNIST into ``data/``."""
    os.makedirs("data", exist_ok=True)
    for name in _MNIST:
        target = os.path.join("data", name)
        if not os.path.exists(target):
            source = _mnist_file(name)
            with (gzip.open if source.endswith(".gz") else open)(source, "rb") as f, open(target, "wb") as out:
                shutil.copyfileobj(f, out)


def get_mnist_pkl():
    """Put ``mnist.pkl.gz`` (train, validation and test sets of flat images and labels, pickled) into ``data/``."""
    target = os.path.join("data", "mnist.pkl.gz")
    if not os.path.exists(target):
        sets = get_mnist()
        x, y = sets["train_data"].reshape(-1, 784), sets["train_label"].astype(np.int64)
        parts = ((x[:50000], y[:50000]), (x[50000:], y[50000:]),
                 (sets["test_data"].reshape(-1, 784), sets["test_label"].astype(np.int64)))
        os.makedirs("data", exist_ok=True)
        with gzip.open(target, "wb") as f:
            pickle.dump(parts, f, protocol=2)


def get_mnist_iterator(batch_size, input_shape, num_parts=1, part_index=0):
    """(training iterator, validation iterator) of MNIST; flat images for an ``input_shape`` of one dimension."""
    from ..io import MNISTIter
    get_mnist_ubyte()
    flat = len(input_shape) != 3
    common = {"input_shape": input_shape, "batch_size": batch_size, "flat": flat, "num_parts": num_parts,
              "part_index": part_index}
    image, label, test_image, test_label = (os.path.join("data", name) for name in _MNIST)
    return (MNISTIter(image=image, label=label, shuffle=True, **common),
            MNISTIter(image=test_image, label=test_label, **common))


def get_zip_data(data_dir, url, data_origin_name):
    """Fetch a zip file into a directory and unpack it there."""
    path = download(url, data_origin_name, data_dir)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(data_dir)


def get_bz2_data(data_dir, data_name, url, data_origin_name):
    """Fetch a bz2 file into a directory, unpack it as ``data_name`` and remove it."""
    target = os.path.join(data_dir, data_name)
    if not os.path.exists(target):
        source = download(url, data_origin_name, data_dir)
        with bz2.open(source, "rb") as f, open(target, "wb") as out:
            shutil.copyfileobj(f, out)
        os.remove(source)


def get_cifar10():
    """Put the record files of CIFAR-10 into ``data/cifar``; MXNetError when they cannot be had."""
    if not all(os.path.exists(os.path.join("data", "cifar", f"{part}.rec")) for part in ("train", "test")):
        get_zip_data("data", f"{_repository()}gluon/dataset/cifar10/cifar10.zip", "cifar10.zip")


def get_im2rec_path(home_env="MXNET_HOME"):
    """The path of ``im2rec.py`` below the directory that ``home_env`` names; MXNetError if it is not there."""
    home = os.environ.get(home_env)
    path = os.path.join(home or "", "tools", "im2rec.py")
    if home is None or not os.path.isfile(path):
        raise MXNetError(f"there is no tools/im2rec.py: {home_env} is {home!r}; mxnet-compat does not bring the script")
    return path


def download_model(model_name, dst_dir="./", meta_info=None):
    """Fetch ``model_name-symbol.json`` and ``model_name-0000.params`` and return (prefix, epoch).

    ``meta_info`` says where they are, ``{model_name: {'symbol': url, 'params': url}}``; MXNetError for a model that it
    does not have.
    """
    if model_name not in (meta_info or {}):
        raise MXNetError(f"no address of the model {model_name!r} is known; give it in meta_info")
    prefix = os.path.join(dst_dir, model_name)
    download(meta_info[model_name]["symbol"], prefix + "-symbol.json")
    download(meta_info[model_name]["params"], prefix + "-0000.params")
    return prefix, 0


class DummyIter(DataIter):
    """An iterator that gives the first batch of another one for ever, to measure speed without the cost of data."""

    def __init__(self, real_iter):
        super().__init__()
        self.real_iter = real_iter
        self.provide_data = real_iter.provide_data
        self.provide_label = real_iter.provide_label
        self.batch_size = real_iter.batch_size
        self.the_batch = next(iter(real_iter))

    def __iter__(self):
        return self

    def next(self):
        """The batch."""
        return self.the_batch

    __next__ = next

    def reset(self):
        """Nothing to go back to."""
