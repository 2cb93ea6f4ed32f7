"""Softmax, activations, dropout: conventions at the edges and what is refused."""
import numpy as np
import pytest

import mxnet_compat as mx

nd, ag = mx.nd, mx.autograd


def test_softmax_beyond_a_length_is_zero():
    y = nd.softmax(nd.ones((3, 4)), nd.array([2, 0, 9], dtype="int32"), use_length=True)
    assert y.asnumpy().tolist() == [[.5, .5, 0, 0], [0, 0, 0, 0], [.25] * 4]


def test_softmax_of_large_numbers():
    x = nd.array([[1000, 1001, -1000]])
    assert np.isfinite(nd.softmax(x).asnumpy()).all()
    np.testing.assert_allclose(nd.log_softmax(x).asnumpy()[0], [-1.3132617, -0.3132617, -2001.3132], rtol=1e-6)


def test_softmax_in_another_type():
    x = nd.array([[1, 2]], dtype="float16")
    y = nd.softmax(x, dtype="float32")
    assert y.dtype == np.float32 and abs(y.asnumpy()[0, 0] - 0.26894143) < 1e-6
    x.attach_grad()
    with ag.record():
        y = nd.softmax(x, dtype="float64")
    y.backward()
    assert x.grad.dtype == np.float16


@pytest.mark.parametrize("call", [
    lambda x: nd.softmax(x, axis=2),
    lambda x: nd.softmax(x, use_length=True),
    lambda x: nd.softmax(x, nd.array([1, 2]), use_length=True),
    lambda x: nd.softmax(x, nd.array([1], dtype="int32"), use_length=True),
    lambda x: nd.softmax(x, nd.array([1, 2], dtype="int32")),
    lambda x: nd.log_softmax(x, use_length=True),
    lambda x: nd.softmax(x, dtype="int32"),
    lambda x: nd.softmax(x.astype("int32")),
    lambda x: nd.SoftmaxActivation(x, mode="channel"),
    lambda x: nd.Activation(x, act_type="swish"),
    lambda x: nd.LeakyReLU(x, nd.ones(3)),
    lambda x: nd.LeakyReLU(x, act_type="prelu"),
    lambda x: nd.LeakyReLU(x, nd.ones(4), act_type="prelu"),
    lambda x: nd.Dropout(x, p=1.5),
    lambda x: nd.Dropout(x, axes=(2,)),
])
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(mx.MXNetError):
        call(nd.ones((2, 3)))


def test_prelu_slopes_go_along_the_second_axis():
    y = nd.LeakyReLU(-nd.ones((2, 3, 2)), nd.array([1, 2, 3]), act_type="prelu")
    assert y.asnumpy()[0].tolist() == [[-1, -1], [-2, -2], [-3, -3]]


def test_rrelu_draws_in_training_and_takes_the_mean_otherwise():
    x = -nd.ones((50, 20))
    y, slopes = nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.2, upper_bound=0.4)
    assert np.allclose(y.asnumpy(), -0.3) and np.allclose(slopes.asnumpy(), 0.3)
    x.attach_grad()
    with ag.record():
        y, slopes = nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.2, upper_bound=0.4)
    y.backward()
    drawn = slopes.asnumpy()
    assert 0.2 <= drawn.min() < 0.22 and 0.38 < drawn.max() <= 0.4
    np.testing.assert_array_equal(x.grad.asnumpy(), drawn)


def test_activations_at_extremes():
    x = nd.array([-1000, 0, 1000])
    assert nd.Activation(x, act_type="softrelu").asnumpy().tolist() == [0, np.float32(np.log(2)), 1000]
    assert nd.Activation(x, act_type="sigmoid").asnumpy().tolist() == [0, .5, 1]
    x.attach_grad()
    with ag.record():
        y = nd.LeakyReLU(x, act_type="leaky", slope=0.25)
    y.backward()
    assert x.grad.asnumpy().tolist() == [.25, .25, 1]


def test_dropout_scales_what_it_keeps_and_its_gradient_alike():
    x = nd.ones((100, 100))
    x.attach_grad()
    with ag.record():
        y = nd.Dropout(x, p=0.25)
    y.backward()
    kept = y.asnumpy() > 0
    assert 0.7 < kept.mean() < 0.8
    assert set(np.unique(y.asnumpy())) == {0, np.float32(4 / 3)}
    np.testing.assert_array_equal(x.grad.asnumpy(), y.asnumpy())


def test_dropout_outside_of_training():
    x = nd.ones((10, 10))
    assert (nd.Dropout(x).asnumpy() == 1).all()
    assert (nd.Dropout(x, mode="always").asnumpy() != 1).any()
    assert np.isnan(nd.Dropout(x, p=1, mode="always").asnumpy()).all()


def test_dropout_shares_a_draw_along_axes():
    y = nd.Dropout(nd.ones((50, 20)), mode="always", axes=(0,)).asnumpy()
    assert (y == y[:1]).all() and len(np.unique(y)) == 2


def test_dropout_repeats_with_the_seed():
    draws = []
    for _ in range(2):
        mx.random.seed(5)
        draws.append(nd.Dropout(nd.ones((20, 20)), mode="always").asnumpy())
    np.testing.assert_array_equal(*draws)
