"""Conventions of reductions that no law states: types, ties, empty arrays, refusals."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd as ag
from mxnet_compat import nd
from mxnet_compat.ops import functional as F

X = np.arange(24, dtype="float32").reshape(2, 3, 4)


def gradient(f, x, head=None):
    x = nd.array(x) if not isinstance(x, nd.NDArray) else x
    x.attach_grad()
    with ag.record():
        y = f(x)
    y.backward(head)
    return x.grad.asnumpy()


@pytest.mark.parametrize(("axis", "exclude", "expected"), [
    (None, False, (0, 1, 2)), ((), False, (0, 1, 2)), ((), True, (0, 1, 2)), ("None", False, (0, 1, 2)),
    (-1, False, (2,)), ((2, 0), False, (0, 2)), ("(0, 2)", False, (0, 2)), (1, True, (0, 2)), ((0, 1, 2), True, ()),
])
@pytest.mark.parametrize("keepdims", [False, True])
def test_axes(axis, exclude, expected, keepdims):
    got = nd.sum(nd.array(X), axis=axis, exclude=exclude, keepdims=keepdims)
    want = X.sum(expected, keepdims=keepdims)
    assert got.shape == (want.shape or (1,))
    np.testing.assert_array_equal(got.asnumpy().ravel(), np.ravel(want))


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "norm", "nansum"])
@pytest.mark.parametrize("axis", [3, -4, (0, 0), (0, -3)])
def test_wrong_axes_are_refused(name, axis):
    with pytest.raises(mx.MXNetError, match=rf"operator {name}: .*given data=\(2, 3, 4\) float32"):
        getattr(nd, name)(nd.array(X), axis=axis)


def test_integers_keep_their_type_and_wrap():
    x = nd.array(np.full((5,), 200), dtype="uint8")
    assert nd.sum(x).asnumpy() == 1000 % 256 and nd.sum(x).dtype == np.uint8
    assert nd.mean(nd.array([-1, -2], dtype="int32")).asnumpy() == -1  # cut towards zero
    assert nd.sum(nd.array([True, True], dtype="bool")).asnumpy().tolist() == [True]


def test_float16_adds_up_in_float32():
    x = nd.array(np.full((5000,), 1), dtype="float16")
    assert nd.sum(x).asscalar() == 5000 and nd.sum(x).dtype == np.float16
    assert nd.norm(nd.array(np.full((4,), 300), dtype="float16")).asscalar() == 600


def test_reductions_of_nothing():
    empty = nd.array(np.zeros((0, 3)))
    assert nd.sum(empty).asscalar() == 0 and nd.prod(empty, axis=0).asnumpy().tolist() == [1, 1, 1]
    for name in ("max", "min", "norm", "argmax"):
        with pytest.raises(mx.MXNetError, match=name):
            getattr(nd, name)(empty)


def test_ties_of_max_get_the_whole_gradient_each():
    g = gradient(lambda x: nd.max(x, axis=1), [[1, 3, 3], [2, 2, 1]], nd.array([5, 7]))
    assert g.tolist() == [[0, 5, 5], [7, 7, 0]]


def test_product_of_zeros_has_a_gradient():
    assert gradient(lambda x: nd.prod(x, axis=1), [[0, 2, 3], [0, 0, 4]]).tolist() == [[6, 0, 0], [0, 0, 0]]


def test_nan():
    x = [[1, np.nan, 4], [2, 2, 2]]
    assert nd.nansum(nd.array(x), axis=1).asnumpy().tolist() == [5, 6]
    assert nd.nanprod(nd.array(x), axis=1).asnumpy().tolist() == [4, 8]
    assert gradient(lambda x: nd.nansum(x, axis=1), x).tolist() == [[1, 0, 1], [1, 1, 1]]
    assert gradient(lambda x: nd.nanprod(x, axis=1), x).tolist() == [[4, 0, 1], [4, 4, 4]]
    assert np.isnan(nd.max(nd.array(x), axis=1).asnumpy()).tolist() == [True, False]


def test_norm():
    assert np.isnan(gradient(lambda x: nd.norm(x), [0, 0])).all()  # as in MXNet
    assert nd.norm(nd.array([3, -4]), ord=1).asscalar() == 7
    y = nd.norm(nd.array([3, -4]), out_dtype="float64")
    assert y.dtype == np.float64 and y.asscalar() == 5
    with pytest.raises(mx.MXNetError, match="ord must be 1 or 2, got 3"):
        nd.norm(nd.array([1, 2]), ord=3)


def test_positions():
    x = nd.array([[1, np.nan, 2], [5, 0, 5]])
    assert nd.argmax(x, axis=1).asnumpy().tolist() == [1, 0] and nd.argmax(x, axis=1).dtype == np.float32
    assert nd.argmin(nd.array(X), axis=None).shape == (1,)
    assert nd.argmax(nd.array(X), keepdims=True).shape == (1, 1, 1)
    assert nd.argmax_channel(nd.array(X)).shape == (2, 4)


def test_moments_want_their_axes_named():
    mean, var = nd.moments(nd.array(X), axes=(0, 2), keepdims=True)
    assert mean.shape == var.shape == (1, 3, 1)
    np.testing.assert_allclose(var.asnumpy(), X.var((0, 2), keepdims=True))
    with pytest.raises(mx.MXNetError, match="axes must name"):
        nd.moments(nd.array(X))


def test_running_sum_of_bool_counts():
    y = nd.cumsum(nd.array([True, False, True], dtype="bool"))
    assert y.dtype == np.int64 and y.asnumpy().tolist() == [1, 1, 2]


@pytest.mark.parametrize(("own", "shape"), [((2, 3), (2, 4)), ((3,), (2, 3)), ((1, 3), (-1, 3))])
def test_broadcast_to_refuses(own, shape):
    with pytest.raises(mx.MXNetError, match="broadcast_to"):
        nd.broadcast_to(nd.ones(own), shape=shape)


def test_broadcast_axis_and_like():
    assert nd.broadcast_axes(nd.ones((1, 3, 1)), axis=(2, 0), size=(2, 4)).shape == (4, 3, 2)
    with pytest.raises(mx.MXNetError, match="axis 1 must have length 1"):
        nd.broadcast_axis(nd.ones((1, 3)), axis=1, size=2)
    y = nd.broadcast_like(nd.ones((1, 2, 1)), nd.ones((5, 6, 7)), lhs_axes=(0, -1), rhs_axes=(2, 1))
    assert y.shape == (7, 2, 6)
    with pytest.raises(mx.MXNetError, match="same number"):
        nd.broadcast_like(nd.ones((1, 3)), nd.ones((2, 3)), lhs_axes=(0, 1), rhs_axes=(0,))


def test_sum_to_undoes_broadcasting():
    y = F._sum_to(nd.array(X), shape=(3, 1))
    np.testing.assert_array_equal(y.asnumpy(), X.sum((0, 2)).reshape(3, 1))
    assert F._sum_to(nd.array(X), shape=(1,)).asnumpy().tolist() == [X.sum()]
