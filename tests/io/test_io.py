"""Iterators: every way to end an epoch, files, descriptions, errors. The expected values are real MXNet 1.9.1's."""
import gzip
import struct

import numpy as np
import pytest

import mxnet_compat as mx

io = mx.io


def firsts(it):
    """The first column of each batch, and its padding."""
    return [(b.data[0].asnumpy()[:, 0].tolist(), b.pad) for b in it]


def make(**kwargs):
    return io.NDArrayIter(np.arange(10).reshape(5, 2), np.arange(5), batch_size=2, **kwargs)


@pytest.mark.parametrize(("how", "epochs"), [
    ("pad", [[([0, 2], 0), ([4, 6], 0), ([8, 0], 1)]] * 3),
    ("discard", [[([0, 2], 0), ([4, 6], 0)]] * 3),
    ("roll_over", [[([0, 2], 0), ([4, 6], 0)], [([8, 0], 1), ([2, 4], 0), ([6, 8], 0)], [([0, 2], 0), ([4, 6], 0)]]),
])
def test_last_batches(how, epochs):
    it = make(last_batch_handle=how)
    for expected in epochs:
        assert firsts(it) == expected
        it.reset()


def test_hard_reset_forgets():
    it = make(last_batch_handle="roll_over")
    firsts(it)
    it.hard_reset()
    assert firsts(it)[0] == ([0, 2], 0)


def test_shuffling_follows_numpys_seed_and_keeps_pairs():
    np.random.seed(1)
    it = make(shuffle=True)
    seen = [(b.data[0].asnumpy()[:, 0], b.label[0].asnumpy()) for b in it]
    for x, y in seen:
        np.testing.assert_array_equal(x, 2 * y)


def test_names_and_descriptions():
    it = io.NDArrayIter({"b": np.ones((5, 1)), "a": np.zeros((5, 2))}, {"y": np.arange(5)}, batch_size=2)
    assert [(d.name, d.shape) for d in it.provide_data] == [("a", (2, 2)), ("b", (2, 1))]
    assert repr(it.provide_label) == f"[DataDesc[y,(2,),{np.float32},NCHW]]"
    it = io.NDArrayIter([np.ones((5, 1)), np.zeros((5, 2))], batch_size=2)
    assert [d.name for d in it.provide_data] == ["_0_data", "_1_data"] and it.provide_label == []
    assert io.DataDesc.get_batch_axis("TNC") == 1 and io.DataDesc.get_batch_axis(None) == 0
    assert str(io.DataBatch([mx.nd.ones((2, 3))], [mx.nd.ones((2,))])) == (
        "DataBatch: data shapes: [(2, 3)] label shapes: [(2,)]")
    with pytest.raises(TypeError):
        io.NDArrayIter("text", batch_size=2)


def test_csr_needs_discard():
    csr = mx.nd.array(np.eye(5)).tostype("csr")
    with pytest.raises(NotImplementedError, match="csr"):
        io.NDArrayIter(csr, batch_size=2)
    batches = list(io.NDArrayIter(csr, batch_size=2, last_batch_handle="discard"))
    assert len(batches) == 2 and batches[1].data[0].stype == "csr"


def test_resizing():
    it = io.ResizeIter(make(), 5)
    expected = [[0, 2], [4, 6], [8, 0], [0, 2], [4, 6]]
    assert [x for x, _ in firsts(it)] == expected
    it.reset()
    assert [x for x, _ in firsts(it)] == expected


def test_prefetching():
    it = io.PrefetchingIter([make(), make()], rename_data=[{"data": "a"}, {"data": "b"}],
                            rename_label=[{"softmax_label": "x"}, {"softmax_label": "y"}])
    assert [d.name for d in it.provide_data] == ["a", "b"] and [d.name for d in it.provide_label] == ["x", "y"]
    for _ in range(2):
        batches = list(it)
        assert len(batches) == 3 and len(batches[0].data) == 2
        it.reset()


def test_errors_of_a_prefetched_iterator_come_through():
    class Bad(io.DataIter):
        provide_data = provide_label = [io.DataDesc("data", (2, 2))]

        def next(self):
            raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        io.PrefetchingIter(Bad()).next()


@pytest.fixture
def table(tmp_path):
    (tmp_path / "x.csv").write_text("\n".join(",".join(str(3 * i + j) for j in range(3)) for i in range(5)))
    (tmp_path / "y.csv").write_text("\n".join(map(str, range(5))))
    return tmp_path


def test_csv(table):
    it = io.CSVIter(data_csv=str(table / "x.csv"), data_shape=(3,), label_csv=str(table / "y.csv"), label_shape=(1,),
                    batch_size=2)
    assert firsts(it) == [([0, 3], 0), ([6, 9], 0), ([12, 0], 1)]
    it.reset()
    assert firsts(it) == [([3, 6], 0), ([9, 12], 0)]
    it = io.CSVIter(data_csv=str(table / "x.csv"), data_shape=(3,), batch_size=2, round_batch=False)
    assert firsts(it) == [([0, 3], 0), ([6, 9], 0), ([12, 9], 1)]
    with pytest.raises(mx.MXNetError, match="shape"):
        io.CSVIter(data_csv=str(table / "x.csv"), data_shape=(2,), batch_size=2)
    with pytest.raises(mx.MXNetError, match="missing"):
        io.CSVIter(data_csv=str(table / "missing.csv"), data_shape=(2,), batch_size=2)


def test_libsvm(tmp_path):
    path = tmp_path / "x.svm"
    path.write_text("1 0:1.5 3:2\n0 1:1\n1 2:3 3:4\n")
    batches = list(io.LibSVMIter(data_libsvm=str(path), data_shape=(5,), batch_size=2))
    assert batches[0].data[0].stype == "csr" and batches[0].label[0].asnumpy().tolist() == [1, 0]
    assert batches[1].data[0].asnumpy().tolist() == [[0, 0, 3, 4, 0], [1.5, 0, 0, 2, 0]] and batches[1].pad == 1
    path.write_text("1 7:1\n")
    with pytest.raises(mx.MXNetError, match="line 1"):
        io.LibSVMIter(data_libsvm=str(path), data_shape=(5,), batch_size=2)


def test_mnist(tmp_path):
    images = np.random.RandomState(0).randint(0, 256, (5, 4, 4)).astype("uint8")
    with gzip.open(tmp_path / "i.gz", "wb") as f:
        f.write(struct.pack(">4i", 2051, 5, 4, 4) + images.tobytes())
    (tmp_path / "l").write_bytes(struct.pack(">2i", 2049, 5) + bytes(range(5)))
    batches = list(io.MNISTIter(image=str(tmp_path / "i.gz"), label=str(tmp_path / "l"), batch_size=2, shuffle=False))
    assert len(batches) == 2 and batches[0].data[0].shape == (2, 1, 4, 4)
    np.testing.assert_allclose(batches[0].data[0].asnumpy()[:, 0], images[:2] / 256)
    (tmp_path / "l").write_bytes(struct.pack(">2i", 2049, 500) + bytes(range(5)))
    with pytest.raises(mx.MXNetError, match="500"):
        io.MNISTIter(image=str(tmp_path / "i.gz"), label=str(tmp_path / "l"), batch_size=2)
