"""Tests of ``mxnet_compat.test_utils``."""
import gzip
import os
import struct
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet import test_utils as T
from mxnet_compat.test_utils.statistics import _gamma_tail

from .module_cases import check, recorded


@recorded("test_utils")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)


def test_every_name_of_the_api_is_importable():
    scope = {}
    exec("from mxnet.test_utils import *", scope)
    for name in ("assert_almost_equal", "check_numeric_gradient", "rand_ndarray", "DummyIter", "environment", "use_np",
                 "np", "mx", "rnd", "EnvManager", "set_env_var", "almost_equal_ignore_nan", "find_max_violation"):
        assert name in scope, name


def test_the_message_names_arrays_place_and_tolerance(capsys):
    with pytest.raises(AssertionError) as e:
        T.assert_almost_equal(np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 2], [3, 5]]), 1e-3, names=("got", "want"))
    text = str(e.value)
    for part in ("got and want differ", "rtol=1.000000e-03", "(1, 1)", "got=4.00000000", "want=5.00000000", "25.0000"):
        assert part in text, part
    assert "1: Error 200.000000" in capsys.readouterr().out


def test_only_the_largest_errors_are_printed(capsys):
    with pytest.raises(AssertionError):
        T.assert_almost_equal(np.arange(50.0), np.arange(50.0) + 1, mismatches=(10, 2))
    out = capsys.readouterr().out
    assert "  2: Error" in out and "  3: Error" not in out


def test_integers_do_not_wrap():
    with pytest.raises(AssertionError):
        T.assert_almost_equal(np.array([0], "uint8"), np.array([255], "uint8"), atol=2)


@pytest.mark.parametrize(("statistic", "freedom", "p"), [(3.841458820694124, 1, 0.05), (11.070497693516351, 5, 0.05),
                                                         (0.5, 3, 0.9188914116546198), (60.0, 9, 1.36e-09)])
def test_tail_of_the_chi_square_distribution(statistic, freedom, p):
    """Values of the usual tables."""
    assert _gamma_tail(freedom / 2, statistic / 2) == pytest.approx(p, rel=2e-2 if p < 1e-6 else 1e-9)


def test_chi_square_of_counts():
    p, observed, expected = T.chi_square_check(lambda n: np.repeat([0, 1, 7], [600, 399, 1]), [1, 0], [.5, .5], 1000)
    assert observed.tolist() == [399, 600] and expected.tolist() == [500, 500]
    assert p == pytest.approx(_gamma_tail(0.5, (101 ** 2 + 100 ** 2) / 1000))
    thirds = [(-.5, 0), (0, .5), (.5, 1)]
    _, observed, _ = T.chi_square_check(lambda n: np.linspace(-.5, 1, n), thirds, [1 / 3] * 3, 1500)
    assert abs(observed - 500).max() <= 1


def test_verify_generator_tells_good_from_bad():
    buckets, probs = T.gen_buckets_probs_with_ppf(lambda q: 3 * q, 5)
    assert len(T.verify_generator(lambda n: mx.nd.random.uniform(0, 3, n).asnumpy(), buckets, probs, 10000)) == 5
    with pytest.raises(AssertionError, match="0 of 5"):
        T.verify_generator(lambda n: mx.nd.random.uniform(0, 2, n).asnumpy(), buckets, probs, 10000)


def test_consistency_finds_a_difference(capsys):
    a = mx.sym.var("a")
    entries = [{"ctx": mx.cpu(), "a": (2, 3)}] * 2
    same, other = mx.sym.exp(a, name="y"), mx.sym.sin(a, name="y")
    T.check_consistency([same, mx.sym.exp(a, name="y")], entries)
    with pytest.raises(AssertionError, match="y_output"):
        T.check_consistency([same, other], entries)
    assert "Predict" in capsys.readouterr().out
    T.check_consistency([same, other], entries, raise_on_err=False)


def test_gradients_by_differences_find_a_wrong_rule():
    x = mx.sym.var("x")
    with pytest.raises(AssertionError, match="NUMERICAL_x"):
        T.check_numeric_gradient(mx.sym.BlockGrad(mx.sym.exp(x)), [np.ones((2, 2))])
    T.check_numeric_gradient(mx.sym.exp(x) * 2, [np.random.rand(2, 3)], rtol=1e-2)


def test_default_context_can_be_set():
    before = T.default_context()
    try:
        T.set_default_context(mx.cpu(3))
        assert mx.current_context() == mx.cpu(3) == mx.nd.ones(1).context
    finally:
        T.set_default_context(before)
    with mx.cpu(1):
        T.set_default_context(mx.cpu(2))
        assert T.default_context() == mx.cpu(2)
    assert T.default_context() == before


def test_environment_is_restored_after_an_exception(monkeypatch):
    monkeypatch.setenv("COMPAT_A", "old")
    monkeypatch.delenv("COMPAT_B", raising=False)
    with pytest.raises(ZeroDivisionError), T.environment({"COMPAT_A": None, "COMPAT_B": "2"}):
        assert "COMPAT_A" not in os.environ and os.environ["COMPAT_B"] == "2"
        raise ZeroDivisionError
    assert os.environ["COMPAT_A"] == "old" and "COMPAT_B" not in os.environ
    with T.EnvManager("COMPAT_A", "x"):
        assert os.environ["COMPAT_A"] == "x"
    assert T.set_env_var("COMPAT_A", "y") == "old" and os.environ["COMPAT_A"] == "y"


def test_discard_stderr(capfd):
    with T.discard_stderr():
        print("python", file=sys.stderr)
        os.write(2, b"compiled")
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "after\n"


def _idx(path, array):
    with gzip.open(path, "wb") as f:
        f.write(struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes())


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A little MNIST in the directory ``data`` of a new working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for part, n in (("train", 6), ("t10k", 4)):
        images = np.arange(n * 784, dtype=np.uint8).reshape(n, 28, 28)
        _idx(tmp_path / "data" / f"{part}-images-idx3-ubyte.gz", images)
        _idx(tmp_path / "data" / f"{part}-labels-idx1-ubyte.gz", np.arange(n, dtype=np.uint8))
    return tmp_path


def test_mnist_from_files(mnist):
    sets = T.get_mnist()
    assert sets["train_data"].shape == (6, 1, 28, 28) and sets["train_data"].dtype == np.float32
    assert sets["test_label"].tolist() == [0, 1, 2, 3]
    assert sets["train_data"].max() == 1 and sets["train_data"][0, 0, 0, 3] == np.float32(3 / 255)
    T.get_mnist_ubyte()
    assert (mnist / "data" / "t10k-labels-idx1-ubyte").stat().st_size == 8 + 4


def test_damaged_mnist(mnist):
    (mnist / "data" / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + struct.pack(">3I", 6, 28, 28) + b"short")
    with pytest.raises(mx.MXNetError, match="holds 5"):
        T.get_mnist()


def test_downloads_that_fail_say_where_to_put_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_GLUON_REPO", (tmp_path / "nowhere").as_uri())
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mx.MXNetError, match="train-images-idx3-ubyte.gz.*Put the file at"):
        T.get_mnist()
    assert list((tmp_path / "data").iterdir()) == []


def test_download(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("one")
    path = T.download(source.as_uri(), dirname=str(tmp_path / "d"))
    assert path == str(tmp_path / "d" / "a.txt") and open(path).read() == "one"
    source.write_text("two")
    assert open(T.download(source.as_uri(), dirname=str(tmp_path / "d"))).read() == "one"
    assert open(T.download(source.as_uri(), "b.txt", str(tmp_path / "d"), overwrite=True)).read() == "two"


def test_dummy_iter_repeats_the_first_batch():
    class Batches:
        provide_data, provide_label, batch_size = [("data", (2,))], [], 2

        def __iter__(self):
            return iter(["first", "second"])

    dummy = T.DummyIter(Batches())
    assert [dummy.next() for _ in range(3)] == ["first"] * 3
    assert dummy.batch_size == 2 and dummy.provide_data == [("data", (2,))]


def test_optimizers_are_compared():
    for kind in ("sgd", "adam"):
        T.compare_optimizer(mx.optimizer.create(kind), mx.optimizer.create(kind), (3, 4), "float32")
    shapes = [(2, 3), (4,)]
    T.compare_optimizer(mx.optimizer.SGD(momentum=.9), mx.optimizer.SGD(momentum=.9), shapes, "float32", ntensors=2)
    with pytest.raises(AssertionError):
        T.compare_optimizer(mx.optimizer.SGD(learning_rate=.1), mx.optimizer.SGD(learning_rate=.2), (3, 4), "float32")


def test_sparse_arrays_are_generated():
    rows, (values, indices) = T.rand_sparse_ndarray((6, 2), "row_sparse", 0.5, rsp_indices=[1, 4], data_init=3)
    assert rows.asnumpy().sum(axis=1).tolist() == [0, 6, 0, 0, 6, 0]
    assert values.shape == (2, 2) and indices.tolist() == [1, 4]
    csr, _ = T.rand_sparse_ndarray((6, 20), "csr", 0.5, distribution="powerlaw")
    assert (csr.asnumpy() != 0).sum(axis=1).tolist() == [2, 4, 8, 16, 20, 10]
    assert (T.create_sparse_array((4, 3), "csr", density=1, modifier_func=lambda v: 7).asnumpy() == 7).all()
    assert (T.create_sparse_array_zd((4, 3), "row_sparse", 0).asnumpy() == 0).all()
    with pytest.raises(ValueError, match="density"):
        T.rand_sparse_ndarray((3, 3), "csr", 2)


def test_hybridized_blocks_are_compared():
    x = mx.nd.array([[-1.0, 2.0]])
    T.check_gluon_hybridize_consistency(lambda: mx.gluon.nn.Dense(3), [x])
    T.check_gluon_hybridize_consistency(lambda: mx.gluon.nn.Activation("relu"), [x], lambda v: np.maximum(v, 0))
    with pytest.raises(AssertionError):
        T.check_gluon_hybridize_consistency(lambda: mx.gluon.nn.Activation("relu"), [x], lambda v: v)


def test_errors_are_finite_where_nothing_is_tolerated():
    # as real MXNet has it
    for a, b, rtol, atol, want in (([1, 1], [0, 0], 1e-3, 1e-20, ((0,), 5e19)), ([1, 2], [0, 0], 0, 0, ((1,), 2e20)),
                                   ([0, 0], [0, 0], 0, 0, ((0,), 0))):
        index, value = T._find_max_violation(np.array(a, float), np.array(b, float), rtol, atol)
        assert (index, value) == (want[0], pytest.approx(want[1]))
