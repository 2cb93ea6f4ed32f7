"""Data sets of images: the files that their authors publish, and files that are damaged or missing."""
import gzip
import io
import pickle
import struct
import tarfile

import numpy as np
import pytest
from mxnet.gluon.data import vision

import mxnet as mx

RANDOM = np.random.RandomState(0)


def idx(array):
    """A file in IDX format."""
    head = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape)
    return head + array.astype("u1").tobytes()


IMAGES, LABELS = RANDOM.randint(0, 255, (6, 28, 28)), np.arange(6)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    # nothing listens on port 9 of this machine
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")


def write_mnist(folder, part="train", images=None, labels=None, pack=True):
    for name, content in ((f"{part}-images-idx3-ubyte", idx(IMAGES) if images is None else images),
                          (f"{part}-labels-idx1-ubyte", idx(LABELS) if labels is None else labels)):
        if pack:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.parametrize("kind", [vision.MNIST, vision.FashionMNIST])
def test_mnist(tmp_path, kind, pack):
    write_mnist(tmp_path, "train", pack=pack)
    write_mnist(tmp_path, "t10k", idx(IMAGES[:2]), idx(LABELS[:2]), pack)
    train, test = kind(str(tmp_path)), kind(str(tmp_path), train=False)
    assert (len(train), len(test)) == (6, 2)
    image, label = train[4]
    assert isinstance(image, mx.nd.NDArray) and image.shape == (28, 28, 1) and image.dtype == np.uint8
    np.testing.assert_array_equal(image.asnumpy()[..., 0], IMAGES[4])
    assert label == 4 and label.dtype == np.int32
    twice = kind(str(tmp_path), transform=lambda x, y: (x.astype("float32") / 255, y * 2))
    assert twice[3][1] == 6 and twice[3][0].dtype == np.float32
    pictures, labels = train[1:3]
    assert pictures.shape == (2, 28, 28, 1) and labels.tolist() == [1, 2]


@pytest.mark.parametrize(("images", "labels", "told"), [
    (b"", None, "expected an IDX file of bytes in 3 dimensions"),
    (b"not an idx file at all", None, "expected an IDX file"),
    (idx(LABELS), None, "expected an IDX file of bytes in 3 dimensions"),
    (idx(IMAGES)[:-1], None, r"expected 4704 bytes for the shape \(6, 28, 28\), found 4703"),
    (idx(IMAGES) + b"x", None, "found more"),
    (struct.pack(">IIII", 0x803, 1 << 31, 1 << 31, 1 << 31) + b"x", None, "found 1"),
    (idx(IMAGES[:5]), None, "has 5 images and train-labels-idx1-ubyte.gz 6 labels"),
    (None, idx(IMAGES), "expected an IDX file of bytes in 1 dimensions")])
def test_damaged_mnist(tmp_path, images, labels, told):
    write_mnist(tmp_path, images=images, labels=labels)
    with pytest.raises(mx.MXNetError, match=told):
        vision.MNIST(str(tmp_path))


def test_mnist_that_is_no_gzip(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(idx(IMAGES))
    with pytest.raises(mx.MXNetError, match="cannot be read"):
        vision.MNIST(str(tmp_path))


@pytest.mark.parametrize(("make", "name"), [
    (vision.MNIST, "train-labels-idx1-ubyte.gz"), (vision.FashionMNIST, "train-labels-idx1-ubyte.gz"),
    (vision.CIFAR10, "cifar-10-binary.tar.gz"), (vision.CIFAR100, "cifar-100-binary.tar.gz")])
def test_missing_files_are_named(tmp_path, make, name):
    with pytest.raises(OSError) as error:
        make(root=str(tmp_path / "sets"))
    assert name in str(error.value) and str(tmp_path / "sets") in str(error.value)


def cifar(labels):
    """Records with these rows of label bytes."""
    pixels = RANDOM.randint(0, 255, (len(labels), 3072))
    return np.concatenate([labels, pixels], 1).astype("u1"), pixels


def test_cifar10(tmp_path):
    pixels = []
    for i in range(1, 6):
        content, p = cifar([[i], [2]])
        (tmp_path / f"data_batch_{i}.bin").write_bytes(content.tobytes())
        pixels.append(p)
    (tmp_path / "test_batch.bin").write_bytes(cifar([[7]])[0].tobytes())
    train, test = vision.CIFAR10(str(tmp_path)), vision.CIFAR10(str(tmp_path), train=False)
    assert (len(train), len(test), test[0][1]) == (10, 1, 7)
    image, label = train[2]
    assert image.shape == (32, 32, 3) and image.dtype == np.uint8 and label == 2 and label.dtype == np.int32
    np.testing.assert_array_equal(image.asnumpy().transpose(2, 0, 1).ravel(), pixels[1][0])


def test_cifar100_and_its_archive(tmp_path):
    content, _ = cifar([[1, 50], [19, 99]])
    with tarfile.open(tmp_path / "cifar-100-binary.tar.gz", "w:gz") as archive:
        for name in ("cifar-100-binary/train.bin", "cifar-100-binary/test.bin", "cifar-100-binary/../../evil"):
            member = tarfile.TarInfo(name)
            member.size = content.nbytes
            archive.addfile(member, io.BytesIO(content.tobytes()))
    root = str(tmp_path)
    assert [vision.CIFAR100(root)[i][1] for i in (0, 1)] == [1, 19]
    assert [vision.CIFAR100(root, fine_label=True, train=False)[i][1] for i in (0, 1)] == [50, 99]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cifar-100-binary.tar.gz", "test.bin", "train.bin"]
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize(("content", "told"), [
    (b"", "expected records of 3073 bytes, found 0 bytes"), (b"x" * 3072, "found 3072 bytes"),
    (cifar([[10]])[0].tobytes(), "expected labels below 10, found 10"),
    (pickle.dumps({"data": 1}), "expected records of 3073 bytes")])
def test_damaged_cifar(tmp_path, content, told):
    (tmp_path / "test_batch.bin").write_bytes(content)
    with pytest.raises(mx.MXNetError, match=told):
        vision.CIFAR10(str(tmp_path), train=False)


def test_damaged_archive(tmp_path):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"no archive")
    with pytest.raises(mx.MXNetError, match="cannot be unpacked"):
        vision.CIFAR10(str(tmp_path))


@pytest.fixture
def decoded(monkeypatch):
    """Reading of images that tells what was asked for."""
    monkeypatch.setattr(mx.image, "imread", lambda path, flag: (path, flag))
    monkeypatch.setattr(mx.image, "imdecode", lambda content, flag: (content, flag))


def test_folders(tmp_path, decoded):
    for name in ("cat/b.png", "cat/a.jpg", "dog/c.JPEG", "dog/x.txt", "ant/z.bmp", "readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    with pytest.warns(UserWarning) as told:
        pictures = vision.ImageFolderDataset(str(tmp_path), flag=0, transform=lambda x, y: (x, y + 10))
    assert len(told) == 3 and "no folder" in str(told[-1].message)
    assert pictures.synsets == ["ant", "cat", "dog"]
    assert pictures.items == [(str(tmp_path / "cat/a.jpg"), 1), (str(tmp_path / "cat/b.png"), 1),
                              (str(tmp_path / "dog/c.JPEG"), 2)]
    assert len(pictures) == 3 and pictures[2] == ((str(tmp_path / "dog/c.JPEG"), 0), 12)


def test_images_in_records(tmp_path, decoded):
    writer = mx.recordio.MXIndexedRecordIO(str(tmp_path / "a.idx"), str(tmp_path / "a.rec"), "w")
    writer.write_idx(0, mx.recordio.pack((0, 3.0, 0, 0), b"one"))
    writer.write_idx(7, mx.recordio.pack((0, [1, 2], 7, 0), b"two"))
    writer.close()
    pictures = vision.ImageRecordDataset(str(tmp_path / "a.rec"))
    assert len(pictures) == 2 and pictures[0] == ((b"one", 1), 3.0)
    image, label = vision.ImageRecordDataset(str(tmp_path / "a.rec"), 0, lambda x, y: (x, y * 2))[1]
    assert image == (b"two", 0) and label.tolist() == [2, 4]


def test_several_transforms_by_chance():
    transforms = vision.transforms
    image = mx.nd.zeros((2, 2, 3), dtype="uint8")
    assert transforms.RandomApply([transforms.Cast(), transforms.Cast("int32")], 1.0)(image).dtype == np.int32
    assert transforms.RandomApply([transforms.Cast()], 0.0)(image).dtype == np.uint8
