"""Order: ties, kinds of results, quick ways that must agree with the slow one, histograms."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd as ag
from mxnet_compat import nd
from mxnet_compat.ops import sorting

X = np.array([[3, 1, 3, 2], [0, 5, 5, 5]], dtype="float32")


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_sort_and_argsort_agree(axis, ascending):
    x = nd.array(X)
    y, i = nd.sort(x, axis=axis, is_ascend=ascending), nd.argsort(x, axis=axis, is_ascend=ascending)
    flat = X.ravel() if axis is None else X
    np.testing.assert_array_equal(np.take_along_axis(flat, i.asnumpy().astype(int), axis or 0), y.asnumpy())
    assert i.dtype == np.float32 and y.shape == flat.shape


def test_equal_elements_keep_their_order():
    assert nd.argsort(nd.array(X), is_ascend=False).asnumpy().tolist() == [[0, 2, 3, 1], [1, 2, 3, 0]]
    assert nd.topk(nd.array(X), k=2).asnumpy().tolist() == [[0, 2], [1, 2]]


def test_kinds_of_topk():
    x = nd.array(X)
    assert nd.topk(x).asnumpy().tolist() == [[0], [1]] and nd.topk(x).dtype == np.float32
    value, index = nd.topk(x, k=2, ret_typ="both", is_ascend=True, dtype="int32")
    assert value.asnumpy().tolist() == [[1, 2], [0, 5]] and index.asnumpy().tolist() == [[1, 3], [0, 1]]
    assert index.dtype == np.int32
    assert nd.topk(x, k=3, ret_typ="mask").asnumpy().tolist() == [[1, 0, 1, 1], [0, 1, 1, 1]]
    assert nd.topk(x, axis=None, k=2, ret_typ="value").asnumpy().tolist() == [5, 5]
    assert nd.topk(x, k=0).shape == nd.topk(x, k=-1).shape == (2, 4)
    for bad in (5, 9):
        with pytest.raises(mx.MXNetError, match="k must be at most 4"):
            nd.topk(x, k=bad)


@pytest.mark.parametrize("call", [nd.sort, nd.argsort])
def test_float16_is_refused(call):
    with pytest.raises(mx.MXNetError, match="float16"):
        call(nd.ones((3,), dtype="float16"))
    assert nd.topk(nd.array([1, 3, 2], dtype="float16")).asscalar() == 1


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
@pytest.mark.parametrize("special", ["none", "ties", "infinite", "nan"])
@pytest.mark.parametrize("k", [1, 3, 8, 9, 30])
@pytest.mark.parametrize("ascending", [True, False])
def test_few_of_many(dtype, special, k, ascending):
    rng = np.random.RandomState(0)
    for shape, axis in (((3, 400), 1), ((200, 7), 0)):
        x = (rng.normal(size=shape) * 50).astype(dtype) if special != "ties" else rng.randint(0, 3, shape).astype(dtype)
        if dtype == "float32" and special == "infinite":
            x.ravel()[::2], x.ravel()[::3] = np.inf, -np.inf
        if dtype == "float32" and special == "nan":
            x.ravel()[::30] = np.nan
        expected = np.take(sorting._order(x, axis, ascending), np.arange(k), axis)
        np.testing.assert_array_equal(sorting._top(x, axis, k, ascending), expected)


def test_gradients_go_where_the_elements_came_from():
    x = nd.array([3, 1, 2])
    x.attach_grad()
    with ag.record():
        y = nd.sort(x)
    y.backward(nd.array([10, 20, 30]))
    assert x.grad.asnumpy().tolist() == [30, 10, 20]
    with ag.record():
        y = nd.topk(x, k=2, ret_typ="value")
    y.backward(nd.array([1, 2]))
    assert x.grad.asnumpy().tolist() == [1, 0, 2]
    with ag.record():
        y = nd.topk(x, k=2)
    y.backward()
    assert x.grad.asnumpy().tolist() == [0, 0, 0]


def test_histogram():
    x = nd.array([0, 1, 2, 3, 4, 5, np.nan, -1, 6])
    counts, edges = nd.histogram(x, bins=5, range=(0, 5))
    assert counts.asnumpy().tolist() == [1, 1, 1, 1, 2] and counts.dtype == np.int64
    assert edges.asnumpy().tolist() == [0, 1, 2, 3, 4, 5] and edges.dtype == np.float32
    counts, edges = nd.histogram(x, bins=nd.array([0, 2, 5]))
    assert counts.asnumpy().tolist() == [2, 4]
    counts, edges = nd.histogram(nd.array([1, 1, 1]), bins=3)
    assert counts.dtype == np.float32 and counts.asnumpy().tolist() == [0, 3, 0] and edges.asnumpy()[0] == 0.5
    for bad in ({}, {"bin_cnt": 3}, {"bin_cnt": 3, "range": (5, 0)}, {"bin_cnt": 0, "range": (0, 1)}):
        with pytest.raises(mx.MXNetError, match="_histogram"):
            nd._internal._histogram(x, **bad)


@pytest.mark.parametrize("ascending", [False, True])
def test_the_first_of_long_rows_by_their_columns(ascending):
    rng = np.random.default_rng(5)
    used = 0
    for trial in range(60):
        n, k = int(rng.integers(300, 3000)), int(rng.integers(1, 13))
        x = rng.standard_normal((3, n), dtype=np.float32)
        if trial % 3 == 0:
            x = np.round(x * rng.choice([1, 100, 10000])).astype(rng.choice([np.float32, np.int32]))
        if trial % 7 == 0 and x.dtype.kind == "f":
            x[0, 5] = rng.choice([np.nan, np.inf, -np.inf])
        found = sorting._narrowed(x, k, ascending)
        if found is not None:
            used += 1
            np.testing.assert_array_equal(found, sorting._order(x, 1, ascending)[:, :k])
    assert used > 30
