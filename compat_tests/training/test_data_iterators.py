"""Iterators of mx.io, records, gluon datasets and loaders."""

import os
import struct

import numpy as np
import pytest
from mxnet.gluon import data as gdata

import mxnet as mx
from mxnet import gluon, nd, recordio


def test_the_last_batch():
    data = np.arange(40).reshape(10, 2, 2).astype("float32")
    label = np.arange(10)
    it = mx.io.NDArrayIter(data, label, 4, False, last_batch_handle="pad")
    for _ in range(2):
        batches = list(it)
        assert [b.pad for b in batches] == [0, 0, 2]
        assert batches[2].label[0].asnumpy().tolist() == [8, 9, 0, 1]
        it.reset()
    it = mx.io.NDArrayIter(data, label, 4, False, last_batch_handle="discard")
    assert [b.label[0].asnumpy().tolist() for b in it] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    it = mx.io.NDArrayIter(data, label, 4, False, last_batch_handle="roll_over")
    seen = []
    for _ in range(2):
        seen.append([b.label[0].asnumpy().tolist() for b in it])
        it.reset()
    assert seen == [[[0, 1, 2, 3], [4, 5, 6, 7]], [[8, 9, 0, 1], [2, 3, 4, 5], [6, 7, 8, 9]]]


def test_shuffled_epochs_hold_every_sample():
    it = mx.io.NDArrayIter(np.arange(20), np.arange(20), 5, shuffle=True)
    for _ in range(2):
        batches = [(b.data[0].asnumpy(), b.label[0].asnumpy()) for b in it]
        assert all((d == y).all() for d, y in batches)
        assert sorted(np.concatenate([d for d, _ in batches])) == list(range(20))
        it.reset()


def test_sparse_data_in_batches():
    dense = np.eye(7, 5, dtype="float32")
    it = mx.io.NDArrayIter({"data": nd.array(dense).tostype("csr")}, {"y": np.arange(7)}, 3, last_batch_handle="discard")
    for k, b in enumerate(it):
        # csr here, default in real MXNet: either has these values
        np.testing.assert_array_equal(b.data[0].asnumpy(), dense[3 * k : 3 * k + 3])
    with pytest.raises(NotImplementedError):
        mx.io.NDArrayIter(nd.array(dense).tostype("csr"), np.arange(7), 3, last_batch_handle="pad")


def test_names_and_descriptions():
    it = mx.io.NDArrayIter([np.zeros((4, 2)), np.zeros((4, 3, 3))], {"y": np.zeros(4)}, 2)
    assert [(d.name, d.shape) for d in it.provide_data] == [("_0_data", (2, 2)), ("_1_data", (2, 3, 3))]
    assert [(d.name, d.shape) for d in it.provide_label] == [("y", (2,))]
    d = mx.io.DataDesc("data", (3, 4, 5), np.int32, "TNC")
    assert (d.name, d.shape, d.dtype, d.layout) == ("data", (3, 4, 5), np.int32, "TNC") and mx.io.DataDesc.get_batch_axis(
        "TNC"
    ) == 1


def test_mnist_files(tmp_path):
    rs = np.random.RandomState(0)
    pictures, labels = rs.randint(0, 255, (10, 28, 28)).astype("uint8"), rs.randint(0, 10, 10).astype("uint8")
    (tmp_path / "images").write_bytes(struct.pack(">IIII", 2051, 10, 28, 28) + pictures.tobytes())
    (tmp_path / "labels").write_bytes(struct.pack(">II", 2049, 10) + labels.tobytes())
    kwargs = dict(image=str(tmp_path / "images"), label=str(tmp_path / "labels"), batch_size=5, shuffle=False, silent=True)
    it = mx.io.MNISTIter(flat=True, **kwargs)
    assert it.provide_data[0].shape == (5, 784)
    first = [(b.data[0].asnumpy(), b.label[0].asnumpy()) for b in it]
    np.testing.assert_allclose(first[0][0], pictures[:5].reshape(5, 784) / 256, rtol=1e-5)
    assert np.concatenate([y for _, y in first]).tolist() == labels.tolist()
    assert next(iter(mx.io.MNISTIter(flat=False, **kwargs))).data[0].shape == (5, 1, 28, 28)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_csv_files(tmp_path, dtype):
    (tmp_path / "data.csv").write_text("".join(",".join(["1"] * 6) + "\n" for _ in range(10)))
    (tmp_path / "label.csv").write_text("0\n" * 10)
    it = mx.io.CSVIter(
        data_csv=str(tmp_path / "data.csv"),
        data_shape=(2, 3),
        label_csv=str(tmp_path / "label.csv"),
        batch_size=5,
        dtype=dtype,
    )
    batches = list(it)
    assert len(batches) == 2
    for b in batches:
        assert b.data[0].dtype == np.dtype(dtype) and (b.data[0].asnumpy() == np.ones((5, 2, 3))).all()


def test_libsvm_files(tmp_path):
    (tmp_path / "data.t").write_text("1 0:0.5 2:1.2\n2 1:3\n3 0:0.6 1:2.4 2:1.2\n4 2:-1.2\n")
    rows = {1: [0.5, 0, 1.2], 2: [0, 3, 0], 3: [0.6, 2.4, 1.2], 4: [0, 0, -1.2]}
    it = mx.io.LibSVMIter(data_libsvm=str(tmp_path / "data.t"), data_shape=(3,), batch_size=3)
    # an epoch begins behind what the last batch before took
    for labels, pads in (([[1, 2, 3], [4, 1, 2]], [0, 2]), ([[3, 4, 1]], [1])):
        seen = []
        for b in it:
            assert b.data[0].stype == "csr"
            seen.append((b.label[0].asnumpy().tolist(), b.pad))
            np.testing.assert_allclose(b.data[0].asnumpy(), np.float32([rows[y] for y in seen[-1][0]]))
        assert seen == list(zip(labels, pads))
        it.reset()


def test_iterators_around_iterators():
    it = mx.io.ResizeIter(mx.io.NDArrayIter(np.arange(6), None, 2), 5)
    assert len(list(it)) == 5
    it = mx.io.PrefetchingIter(
        [mx.io.NDArrayIter(np.arange(6), None, 2), mx.io.NDArrayIter({"b": np.arange(6) + 10}, None, 2)],
        rename_data=[{"data": "x"}, {"b": "z"}],
    )
    assert [d.name for d in it.provide_data] == ["x", "z"]
    for _ in range(2):
        assert [[a.asnumpy().tolist() for a in b.data] for b in it] == [
            [[0, 1], [10, 11]],
            [[2, 3], [12, 13]],
            [[4, 5], [14, 15]],
        ]
        it.reset()


def test_records_one_after_another(tmp_path):
    path = str(tmp_path / "r.rec")
    writer = recordio.MXRecordIO(path, "w")
    for i in range(255):
        writer.write(bytes([i]) * i)
    writer.close()
    reader = recordio.MXRecordIO(path, "r")
    assert [reader.read() for _ in range(255)] == [bytes([i]) * i for i in range(255)] and reader.read() is None
    reader.reset()
    assert reader.read() == b""


def test_records_by_key(tmp_path):
    names = str(tmp_path / "r.idx"), str(tmp_path / "r.rec")
    writer = recordio.MXIndexedRecordIO(*names, "w")
    for i in range(255):
        writer.write_idx(i, bytes([i]))
    writer.close()
    reader = recordio.MXIndexedRecordIO(*names, "r")
    order = list(range(255))
    np.random.RandomState(0).shuffle(order)
    assert all(reader.read_idx(i) == bytes([i]) for i in order) and reader.keys == list(range(255))
    dataset = gdata.RecordFileDataset(names[1])
    assert len(dataset) == 255 and dataset[7] == b"\x07"


@pytest.mark.parametrize("label", [3.5, np.array([1.0, 2.0, 3.0], "float32"), [4.0]])
def test_labels_in_records(label):
    packed = recordio.pack(recordio.IRHeader(0, label, 7, 0), b"payload")
    header, content = recordio.unpack(packed)
    assert content == b"payload" and header.id == 7
    np.testing.assert_allclose(np.atleast_1d(header.label), np.atleast_1d(np.float32(label)))


def test_datasets_are_transformed_and_cut():
    x, y = np.random.rand(10, 20), np.arange(10)
    dataset = gdata.ArrayDataset(x, y)
    for i, (a, b) in enumerate(gdata.DataLoader(dataset, 2)):
        np.testing.assert_allclose(a.asnumpy(), x[2 * i : 2 * i + 2])
        assert b.asnumpy().tolist() == [2 * i, 2 * i + 1]
    lazy = dataset.transform_first(lambda v: v + 1)
    np.testing.assert_allclose(lazy[3][0], x[3] + 1)
    eager = gdata.SimpleDataset(list(range(6))).transform(lambda v: v * 2, lazy=False)
    assert [eager[i] for i in range(6)] == [0, 2, 4, 6, 8, 10]
    plain = gdata.SimpleDataset(list(range(9)))
    parts = [plain.shard(4, i) for i in range(4)]
    assert [len(p) for p in parts] == [3, 2, 2, 2] and sum(sum(p[i] for i in range(len(p))) for p in parts) == 36
    assert [len(plain.take(n)) for n in (5, 20, None)] == [5, 9, 9]
    kept = plain.filter(lambda v: v % 2 == 0)
    assert [kept[i] for i in range(len(kept))] == [0, 2, 4, 6, 8]
    with pytest.raises(AssertionError):
        plain.shard(4, 4)


def test_samplers():
    assert list(gdata.SequentialSampler(10)) == list(range(10))
    assert sorted(gdata.RandomSampler(10)) == list(range(10))
    keep = gdata.BatchSampler(gdata.SequentialSampler(10), 3, "keep")
    assert sum(list(keep), []) == list(range(10)) and len(keep) == 4
    discard = gdata.BatchSampler(gdata.SequentialSampler(10), 3, "discard")
    assert sum(list(discard), []) == list(range(9)) and len(discard) == 3
    rollover = gdata.BatchSampler(gdata.SequentialSampler(10), 3, "rollover")
    assert sum(list(rollover), []) == list(range(9)) and sum(list(rollover), []) == [9, *range(8)]


class Lists(gdata.Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, key):
        return np.full((3,), key, "float32"), key


@pytest.mark.parametrize("pool", [False, True])
def test_workers_keep_the_order(pool):
    loader = gdata.DataLoader(Lists(), 3, num_workers=2, thread_pool=pool, last_batch="keep")
    for _ in range(2):
        got = [(a.asnumpy()[:, 0].tolist(), b.asnumpy().tolist()) for a, b in loader]
        assert got == [([0, 1, 2], [0, 1, 2]), ([3, 4, 5], [3, 4, 5]), ([6, 7, 8], [6, 7, 8]), ([9], [9])]


def test_batches_put_together_by_the_user():
    def together(samples):
        return [s[1] for s in samples]

    assert list(gdata.DataLoader(Lists(), 4, batchify_fn=together)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    mixed = gdata.DataLoader(gdata.SimpleDataset([(nd.ones((2,)), 1), (nd.zeros((2,)), 2)]), 2)
    a, b = next(iter(mixed))
    assert a.shape == (2, 2) and b.asnumpy().tolist() == [1, 2]


def test_folders_of_pictures(tmp_path):
    for name in ("cat", "dog"):
        os.makedirs(str(tmp_path / name))
        (tmp_path / name / "a.png").write_bytes(b"x")
        (tmp_path / name / "notes.doc").write_bytes(b"x")
    with pytest.warns(UserWarning):
        folder = gluon.data.vision.ImageFolderDataset(str(tmp_path))
    assert folder.synsets == ["cat", "dog"] and [y for _, y in folder.items] == [0, 1]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda T: T.Resize(8), (8, 8, 3)),
        (lambda T: T.Resize((8, 4)), (4, 8, 3)),
        (lambda T: T.CenterCrop((6, 4)), (4, 6, 3)),
        (lambda T: T.ToTensor(), (3, 10, 12)),
        (lambda T: T.RandomResizedCrop(5), (5, 5, 3)),
        (lambda T: T.CropResize(1, 2, 6, 5), (5, 6, 3)),
        (lambda T: T.Compose([T.Resize(9), T.ToTensor(), T.Normalize(0.5, 0.25)]), (3, 9, 9)),
        (lambda T: T.RandomFlipLeftRight(), (10, 12, 3)),
        (lambda T: T.RandomColorJitter(0.1, 0.1, 0.1, 0.1), (10, 12, 3)),
        (lambda T: T.RandomLighting(0.1), (10, 12, 3)),
        (lambda T: T.Cast("float16"), (10, 12, 3)),
    ],
)
def test_transforms_of_pictures(layer, shape):
    T = gluon.data.vision.transforms
    picture = nd.array(np.random.RandomState(0).randint(0, 255, (10, 12, 3)), dtype="uint8")
    if "Lighting" in repr(layer(T)) or "Jitter" in repr(layer(T)):
        picture = picture.astype("float32")
    assert layer(T)(picture).shape == shape


def test_pictures_as_tensors(agree):
    T = gluon.data.vision.transforms
    p = np.random.RandomState(0).randint(0, 255, (4, 6, 3)).astype("uint8")
    agree(T.ToTensor()(nd.array(p, dtype="uint8")), p.transpose(2, 0, 1) / 255.0)
    batch = np.stack([p, p[::-1]])
    agree(T.ToTensor()(nd.array(batch, dtype="uint8")), batch.transpose(0, 3, 1, 2) / 255.0)
    x = np.random.RandomState(1).rand(3, 4, 6)
    agree(
        T.Normalize((0, 1, 2), (3, 2, 1))(nd.array(x)),
        (x - np.reshape([0, 1, 2], (3, 1, 1))) / np.reshape([3, 2, 1], (3, 1, 1)),
    )
    agree(nd.image.flip_left_right(nd.array(p, dtype="uint8")), p[:, ::-1])
    agree(nd.image.flip_top_bottom(nd.array(p, dtype="uint8")), p[::-1])
