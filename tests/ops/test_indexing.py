"""Index arrays: out of range, index types, repeated indices, refusals; gradients of ``x[key]``."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd as ag
from mxnet_compat import nd
from mxnet_compat.ops import functional as F
from mxnet_compat.ops.indexing import add_rows

X = np.arange(12, dtype="float32").reshape(4, 3)


def gradient(f, x, head=None):
    x = nd.array(x)
    x.attach_grad()
    with ag.record():
        y = f(x)
    y.backward(head)
    return x.grad.asnumpy()


def test_take_clips_wraps_or_raises():
    x, i = nd.array(X[:, 0]), nd.array([-1, 9, 1.9])
    assert nd.take(x, i).asnumpy().tolist() == [0, 9, 3]
    assert nd.take(x, i, mode="wrap").asnumpy().tolist() == [9, 3, 3]
    for bad in (-1, 4):
        with pytest.raises(mx.MXNetError, match="every index must be from 0 to 3"):
            nd.take(x, nd.array([bad]), mode="raise")


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_repeated_indices_add_up(axis):
    g = gradient(lambda x: nd.take(x, nd.array([[1, 1], [0, 1]]), axis=axis), X)
    assert np.unique(np.take(g, 1, axis)).tolist() == [3] and np.unique(np.take(g, 0, axis)).tolist() == [1]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
@pytest.mark.parametrize("tail", [(), (1,), (3,), (2, 2)])
@pytest.mark.parametrize("skewed", [False, True])
def test_add_rows_is_a_sum_by_index(dtype, tail, skewed):
    rng = np.random.RandomState(0)
    index = rng.randint(0, 50, 3000)
    if skewed:
        index[rng.uniform(size=3000) < 0.9] = 7
    rows = rng.randint(-3, 4, (3000, *tail)).astype(dtype)
    expected = np.zeros((50, *tail), "float64")
    np.add.at(expected, index, rows.astype("float64"))
    got = add_rows(50, index, rows)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, expected, rtol=1e-3 if dtype == "float16" else 1e-6)


def test_embedding():
    w = nd.array(X)
    y = nd.Embedding(nd.array([[0, -5], [3, 99]]), w, input_dim=4, output_dim=3)
    assert y.shape == (2, 2, 3) and y.asnumpy()[1, 1].tolist() == [9, 10, 11]
    with pytest.raises(mx.MXNetError, match="input_dim"):
        nd.Embedding(nd.array([0]), w, input_dim=5, output_dim=3)


def test_embedding_has_no_gradient_for_its_data():
    d, w = nd.array([1, 2]), nd.array(X)
    d.attach_grad()
    w.attach_grad()
    with ag.record():
        y = nd.Embedding(d, w, input_dim=4, output_dim=3)
    with pytest.raises(mx.MXNetError, match="Embedding cannot be differentiated with respect to data"):
        y.backward()


def test_pick():
    x = nd.array(X)
    assert nd.pick(x, nd.array([0, 9, -9, 1])).asnumpy().tolist() == [0, 5, 6, 10]
    assert nd.pick(x, nd.array([0, 4, -1]), axis=0, mode="wrap").asnumpy().tolist() == [0, 1, 11]
    assert nd.pick(x, nd.array([[0, 1, 2]]), axis=0, keepdims=True).shape == (1, 3)
    with pytest.raises(mx.MXNetError, match="index must have the shape"):
        nd.pick(x, nd.array([0, 1]))
    with pytest.raises(mx.MXNetError, match="axis must be given"):
        nd.pick(x, nd.array([0]), axis=None)


def test_old_matrix_functions():
    x = nd.array(X)
    assert nd.choose_element_0index(x, nd.array([0, 1, 2, 0])).asnumpy().tolist() == [0, 4, 8, 9]
    y = nd.fill_element_0index(x, nd.array([1, 2, 3, 4]), nd.array([0, 1, 2, 0]))
    assert y.asnumpy()[1].tolist() == [3, 2, 5] and x.asnumpy()[1, 1] == 4
    assert nd.batch_take(x, nd.array([-3, 9, 1, 0], dtype="int32")).asnumpy().tolist() == [0, 5, 7, 9]
    with pytest.raises(mx.MXNetError, match="int32"):
        nd.batch_take(x, nd.array([0, 1, 2, 0]))
    out = nd.zeros((2, 3))
    assert nd.onehot_encode(nd.array([2, 0]), out) is out and out.asnumpy().tolist() == [[0, 0, 1], [1, 0, 0]]


def test_one_hot_of_an_index_out_of_range_is_all_off():
    y = nd.one_hot(nd.array([1, -1, 3]), 3, on_value=2.7, off_value=-1, dtype="int32")
    assert y.dtype == np.int32 and y.asnumpy().tolist() == [[-1, 2, -1], [-1, -1, -1], [-1, -1, -1]]
    assert nd.one_hot(nd.array([1]), 0).shape == (1, 0)


def test_where():
    assert nd.where(nd.array([np.nan, 0, 0.3]), nd.ones(3), nd.zeros(3)).asnumpy().tolist() == [1, 0, 1]
    assert nd.where(nd.array([1, 0]), nd.ones((2, 2)), nd.zeros((2, 2))).asnumpy().tolist() == [[1, 1], [0, 0]]
    for c, x, y in (((2, 1), (2, 2), (2, 2)), ((2, 2), (2, 2), (1, 2))):
        with pytest.raises(mx.MXNetError, match="shape"):
            nd.where(nd.ones(c), nd.ones(x), nd.ones(y))


@pytest.mark.parametrize("call", [
    lambda i: nd.where(i, nd.ones(2), nd.ones(2)), lambda i: nd.one_hot(i, 2), lambda i: nd.pick(nd.ones((2, 2)), i),
    lambda i: nd.Embedding(i, nd.ones((2, 2)), input_dim=2, output_dim=2),
    lambda i: nd.gather_nd(nd.ones((2, 2)), i.reshape((1, 2))),
])
def test_bool_is_no_index(call):
    with pytest.raises(mx.MXNetError, match="bool"):
        call(nd.array([True, False], dtype="bool"))


def test_gather_and_scatter():
    x = nd.array(X)
    i = nd.array([[0, 3, -1], [2, 0, 0]])
    assert nd.gather_nd(x, i).asnumpy().tolist() == [2, 9, 9]
    assert gradient(lambda x: nd.gather_nd(x, i), X)[3, 0] == 2
    y = nd.scatter_nd(nd.array([1, 2, 3]), i, shape=(4, 3))
    assert y.asnumpy()[0, 2] == 1 and y.asnumpy()[3, 0] == 3  # the last counts
    assert F._backward_gather_nd(nd.array([1, 2, 3]), i, shape=(4, 3)).asnumpy()[3, 0] == 5
    with pytest.raises(IndexError, match="out of range for an axis of length 4") as e:
        nd.gather_nd(x, nd.array([[4], [0]]))
    assert isinstance(e.value, mx.MXNetError)
    with pytest.raises(mx.MXNetError, match="data must have the shape"):
        nd.scatter_nd(nd.array([1, 2]), i, shape=(4, 3))


def test_numbers_for_tuples():
    assert nd.ravel_multi_index(nd.array([[0, 1], [2, 1]]), shape=(2, 3)).asnumpy().tolist() == [2, 4]
    assert nd.unravel_index(nd.array([2, 4, 9]), shape=(2, 3)).asnumpy().tolist() == [[0, 1, 3], [2, 1, 0]]


def test_sequences():
    x, n = nd.array(np.arange(8).reshape(4, 2)), nd.array([1, 3])
    mask = nd.SequenceMask(x, n, use_sequence_length=True, value=-1)
    assert mask.asnumpy().T.tolist() == [[0, -1, -1, -1], [1, 3, 5, -1]]
    assert nd.SequenceLast(x, n, use_sequence_length=True).asnumpy().tolist() == [0, 5]
    assert nd.SequenceLast(x, axis=1).asnumpy().tolist() == [1, 3, 5, 7]
    assert nd.SequenceReverse(x, n, use_sequence_length=True).asnumpy().T.tolist() == [[0, 2, 4, 6], [5, 3, 1, 7]]


@pytest.mark.parametrize("call", [
    lambda x: nd.SequenceMask(x, nd.array([1, 2])), lambda x: nd.SequenceMask(x, use_sequence_length=True),
    lambda x: nd.SequenceMask(x, nd.array([1, 2, 3]), use_sequence_length=True), lambda x: nd.SequenceMask(x, axis=2),
    lambda x: nd.SequenceLast(x, nd.array([1, 5]), use_sequence_length=True),
    lambda x: nd.SequenceReverse(x, nd.array([1, 5]), use_sequence_length=True),
    lambda x: nd.SequenceReverse(x, axis=1), lambda x: nd.SequenceLast(nd.ones((3,))),
])
def test_sequences_refuse(call):
    with pytest.raises(mx.MXNetError, match="operator Sequence"):
        call(nd.ones((4, 2)))


@pytest.mark.parametrize("key", [
    1, slice(1, 3), (slice(None), 1), (slice(None, None, 2), slice(None, None, -1)), (2, 1),
    [0, 2, 2], ([0, 1, 1], [2, 0, 0]), (slice(1, 3), [0, 0]), (None, [3, 3]),
])
def test_gradient_of_a_subscript(key):
    rng = np.random.RandomState(0)
    x = nd.array(X)
    x.attach_grad()
    with ag.record():
        y = x[key]
        z = (y * y).sum()
    first = ag.grad(z, [x], create_graph=True, retain_graph=True)[0].asnumpy()
    expected = np.zeros(X.shape)
    shape = X[key].shape
    np.add.at(expected, key, 2 * X[key])
    np.testing.assert_allclose(first, expected)
    head = nd.array(rng.normal(size=X.shape))
    with ag.record():
        z = (x[key] * x[key]).sum()
        g = ag.grad(z, [x], create_graph=True, retain_graph=True)[0]
        s = (g * head).sum()
    s.backward()
    expected = np.zeros(X.shape)
    np.add.at(expected, key, 2 * head.asnumpy()[key])
    np.testing.assert_allclose(x.grad.asnumpy(), expected, rtol=1e-6)
    assert y.size == max(int(np.prod(shape)), 1)
