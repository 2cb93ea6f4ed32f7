"""Shapes, joining, splitting, slices and copies: special codes, refusals, and what the laws do not reach."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd as ag
from mxnet_compat import nd
from mxnet_compat.ops.shape import permuted

X = np.arange(24, dtype="float32").reshape(2, 3, 4)


@pytest.mark.parametrize(("shape", "reverse", "expected"), [
    ((4, 0, 2), False, (4, 3, 2)), ((-1, 0), False, (8, 3)), ((-1, 0), True, (6, 4)), ((-2,), False, (2, 3, 4)),
    ((-3, 0), False, (6, 4)), ((0, -3), False, (2, 12)), ((-4, 1, -1, -2), False, (1, 2, 3, 4)),
    ((-2, 2, -1, -4), True, (2, 3, 2, 2)), ("(2, -1)", False, (2, 12)), (24, False, (24,)),
])
def test_reshape_codes(shape, reverse, expected):
    y = nd.reshape(nd.array(X), shape=shape, reverse=reverse)
    assert y.shape == expected
    np.testing.assert_array_equal(y.asnumpy().ravel(), X.ravel())


@pytest.mark.parametrize("shape", [(5, 5), (12,), (-1, -1), (-5,), (0, 0, 0, 0), (-1, 7), (-3, -3), (-4, 3, -1, -2),
                                   ()])
def test_reshape_refuses(shape):
    with pytest.raises(mx.MXNetError, match="operator Reshape"):
        nd.reshape(nd.array(X), shape=shape)


@pytest.mark.parametrize(("shape", "error"), [((5, 5), mx.MXNetError), ((12,), ValueError), ((-1, 7), ValueError),
                                              ((-5,), mx.MXNetError)])
def test_the_method_reshape_has_classes_of_its_own(shape, error):
    with pytest.raises(error) as e:
        nd.array(X).reshape(shape)
    assert type(e.value) is error


def test_old_form_of_reshape():
    assert nd.reshape(nd.array(X), target_shape=(0, 12)).shape == (2, 12)
    assert nd.reshape(nd.array(X), target_shape=(9, 0), keep_highest=True).shape == (2, 12)


@pytest.mark.parametrize("call", [
    lambda x: nd.transpose(x, axes=(0, 0, 1)), lambda x: nd.transpose(x, axes=(-1, 0, 1)),
    lambda x: nd.flip(x, axis=-1),
    lambda x: nd.swapaxes(x, dim1=0, dim2=3), lambda x: nd.expand_dims(x, axis=4), lambda x: nd.squeeze(x, axis=1),
    lambda x: nd.slice(x, begin=(0,), end=(1, 2)), lambda x: nd.slice(x, begin=(0,), end=(1,), step=(0,)),
    lambda x: nd.slice_axis(x, axis=0, begin=1, end=1), lambda x: nd.slice_axis(x, axis=2, begin=0, end=9),
    lambda x: nd.slice_like(x, nd.ones((2, 4, 4))), lambda x: nd.slice_like(x, nd.ones((2, 2))),
    lambda x: nd.split(x, num_outputs=2), lambda x: nd.split(x, num_outputs=0),
    lambda x: nd.concat(x, nd.ones((2, 3, 5))),
    lambda x: nd.stack(x, nd.ones((2, 3, 1))), lambda x: nd.tile(x, reps=(0,)), lambda x: nd.repeat(x, repeats=-1),
    lambda x: nd.pad(x, mode="edge", pad_width=(0, 0, 0, 0, 1, 1)), lambda x: nd.depth_to_space(x, block_size=2),
    lambda x: nd.diag(x, axis1=1, axis2=1), lambda x: nd.diag(x, k=9), lambda x: nd.im2col(x, kernel=(2, 2)),
    lambda x: nd.reshape_like(x, nd.ones((5,))), lambda x: nd.concat(), lambda x: nd.stack(),
    lambda x: nd.split_v2(x, (3, 1), axis=2),
])
def test_refusals(call):
    with pytest.raises(mx.MXNetError, match="operator "):
        call(nd.array(X))


def test_pad_refuses_what_cannot_be_reflected():
    x = nd.ones((1, 1, 3, 4))
    with pytest.raises(mx.MXNetError, match="smaller than the axis, got 3 for length 3"):
        nd.pad(x, mode="reflect", pad_width=(0, 0, 0, 0, 3, 0, 0, 0))
    with pytest.raises(mx.MXNetError, match="four zeros"):
        nd.pad(x, mode="edge", pad_width=(0, 0, 1, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
def test_pad(mode):
    width = ((0, 0), (0, 0), (1, 2), (0, 3))
    got = nd.pad(nd.array(X.reshape(1, 2, 3, 4)), mode=mode, pad_width=sum(width, ()), constant_value=0)
    np.testing.assert_array_equal(got.asnumpy(), np.pad(X.reshape(1, 2, 3, 4), width, mode))


def test_split_gives_an_array_or_a_list():
    x = nd.array(X)
    assert isinstance(nd.split(x, num_outputs=1), nd.NDArray)
    parts = nd.split(x, num_outputs=3)
    assert isinstance(parts, list) and [p.shape for p in parts] == [(2, 1, 4)] * 3
    assert [p.shape for p in nd.split(x, num_outputs=2, axis=0, squeeze_axis=True)] == [(3, 4)] * 2
    assert [p.shape for p in nd.split_v2(x, (1, 1), axis=2)] == [(2, 3, 1), (2, 3, 0), (2, 3, 3)]


def test_gradient_of_some_parts():
    x = nd.array(X)
    x.attach_grad()
    with ag.record():
        parts = nd.split_v2(x, (1, 3), axis=2)
        y = parts[0] * 2 + parts[2] * 3
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy()[0, 0], [2, 0, 0, 3])
    with ag.record():
        y = nd.split(x, num_outputs=3)[1]
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy()[0, :, 0], [0, 1, 0])


def test_an_array_joined_with_itself_gets_both_gradients():
    x = nd.ones((2, 2))
    x.attach_grad()
    with ag.record():
        y = nd.concat(x, nd.ones((2, 1)), x)
    y.backward(nd.array([[1, 2, 9, 3, 4], [5, 6, 9, 7, 8]]))
    assert x.grad.asnumpy().tolist() == [[4, 6], [12, 14]]


def test_slice_bounds_are_clipped_as_in_python():
    x = nd.array(X)
    assert nd.slice(x, begin=(None, 2), end=(None, None), step=(None, -1)).shape == (2, 3, 4)
    assert nd.slice(x, begin=(-9,), end=(9,)).shape == (2, 3, 4)
    assert nd.slice(x, begin=(1,), end=(1,)).shape == (0, 3, 4)


def test_slice_assignment_in_place():
    x = nd.array(X)
    y = x.slice_assign_scalar(7.5, (0, 0), (1, 2), None)
    assert y is x and x.asnumpy()[0, :2].min() == 7.5 and x.asnumpy()[0, 2, 0] == 8
    x.slice_assign(nd.zeros((1, 2, 4)), (0, 0), (1, 2), None)
    assert x.asnumpy()[0, :2].max() == 0
    with pytest.raises(mx.MXNetError, match="shape of the slice"):
        x.slice_assign(nd.zeros((2, 2, 4)), (0, 0), (1, 2), None)


def test_nothing_repeated_has_one_dimension():
    x = nd.array(X)
    x.attach_grad()
    with ag.record():
        y = nd.repeat(x, repeats=0, axis=1)
    assert y.shape == (0,)
    y.backward()
    assert not x.grad.asnumpy().any()


def test_diagonals():
    x = nd.array(X[0])
    assert nd.diag(x, k=1).asnumpy().tolist() == [1, 6, 11]
    assert nd.diag(nd.array([1, 2]), k=-1).asnumpy().tolist() == [[0, 0, 0], [1, 0, 0], [0, 2, 0]]
    assert nd.diag(nd.array(X), axis1=0, axis2=2).asnumpy().tolist() == [[0, 13], [4, 17], [8, 21]]


def test_depth_and_space_are_inverse():
    x = nd.array(np.random.RandomState(0).normal(size=(2, 8, 2, 3)))
    np.testing.assert_array_equal(nd.space_to_depth(nd.depth_to_space(x, 2), 2).asnumpy(), x.asnumpy())
    assert nd.depth_to_space(nd.array(np.arange(4).reshape(1, 4, 1, 1)), 2).asnumpy().ravel().tolist() == [0, 1, 2, 3]


def test_patches_sum_back():
    x = nd.array(X.reshape(1, 2, 3, 4))
    cols = nd.im2col(x, kernel=(2, 2), pad=(1, 1))
    assert cols.shape == (1, 8, 20)
    back = nd.col2im(cols, output_size=(3, 4), kernel=(2, 2), pad=(1, 1))
    np.testing.assert_array_equal(back.asnumpy(), 4 * x.asnumpy())


@pytest.mark.parametrize("shape", [(700, 300), (40, 60, 70), (3, 500, 200), (20, 30, 10, 40)])
def test_large_transposes(shape):
    x = np.random.RandomState(0).normal(size=shape).astype("float32")
    order = tuple(range(len(shape)))[::-1]
    y = permuted(x, order)
    assert y.flags.c_contiguous
    np.testing.assert_array_equal(y, x.transpose(order))


# arrays from nothing


@pytest.mark.parametrize("shape", [(), (0, 3), (-1, 2)])
@pytest.mark.parametrize("name", ["zeros", "ones"])
def test_zeros_and_ones_want_elements(name, shape):
    with pytest.raises(mx.MXNetError):
        getattr(nd, name)(shape)


def test_ranges():
    assert nd.arange(2, 8, 3).asnumpy().tolist() == [2, 5]
    assert nd.arange(3, repeat=2).asnumpy().tolist() == [0, 0, 1, 1, 2, 2]
    assert nd.arange(5, 0, -2).asnumpy().tolist() == [5, 3, 1]
    assert nd.arange(0, 2, 0.5, dtype="int32").asnumpy().tolist() == [0, 0, 0, 0]  # the step is cut first
    assert nd.linspace(0, 10, 4, dtype="int32").asnumpy().tolist() == [0, 3, 6, 10]
    assert nd.linspace(0, 1, 4, endpoint=False).asnumpy().tolist() == [0, 0.25, 0.5, 0.75]
    for bad in ((5, 0), (0, 0), (0, 3, 0)):
        with pytest.raises(mx.MXNetError, match="_arange"):
            nd.arange(*bad)


def test_identity_and_kronecker_columns():
    assert nd.eye(2, 3, 1).asnumpy().tolist() == [[0, 1, 0], [0, 0, 1]]
    y = nd.khatri_rao(nd.array([[1, 2], [3, 4]]), nd.array([[5, 6]]), nd.array([[1, 1], [2, 2]]))
    assert y.asnumpy().tolist() == [[5, 12], [10, 24], [15, 24], [30, 48]]
    with pytest.raises(mx.MXNetError, match="khatri_rao"):
        nd.khatri_rao(nd.ones((2, 2)), nd.ones((2, 3)))
