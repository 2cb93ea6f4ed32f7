"""Outputs with a gradient of their own, and losses: codes, conventions and what is refused."""
import itertools
import math

import numpy as np
import pytest

import mxnet_compat as mx

nd, ag = mx.nd, mx.autograd


def _gradient(op, x, label, head=None, **params):
    x = nd.array(x)
    x.attach_grad()
    with ag.record():
        y = op(x, nd.array(label), **params) if label is not None else op(x, **params)
    y.backward(head)
    return y.asnumpy(), x.grad.asnumpy()


def _data(*shape):
    return np.random.RandomState(3).normal(size=shape).astype("float32")


def test_softmax_output_ignores_the_head_gradient():
    x, label = _data(3, 4), [0, 3, 1]
    p, g = _gradient(nd.SoftmaxOutput, x, label, nd.ones((3, 4)) * 7, grad_scale=2)
    np.testing.assert_allclose(g, 2 * (p - np.eye(4)[label]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("options", "divisor"), [
    ({"normalization": "batch"}, 4), ({"normalization": "valid"}, 3), ({"normalization": "null"}, 1)])
def test_softmax_output_normalization(options, divisor):
    x, label = _data(4, 3), [0, -1, 2, 1]
    p, g = _gradient(nd.SoftmaxOutput, x, label, use_ignore=True, **options)
    expected = (p - np.eye(3)[[0, 0, 2, 1]]) / divisor
    expected[1] = 0
    np.testing.assert_allclose(g, expected, rtol=1e-5, atol=1e-6)


def test_softmax_output_layouts():
    x = _data(2, 3, 4)
    p, _ = _gradient(nd.SoftmaxOutput, x, np.zeros((2, 4)), multi_output=True)
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)
    p, _ = _gradient(nd.SoftmaxOutput, x, np.zeros((2, 3)), preserve_shape=True)
    np.testing.assert_allclose(p.sum(2), 1, rtol=1e-5)
    p, _ = _gradient(nd.SoftmaxOutput, x, np.zeros((2, 3)))
    np.testing.assert_allclose(p.sum((1, 2)), 1, rtol=1e-5)


def test_softmax_output_takes_probabilities_and_smooths():
    x, target = _data(2, 3), np.array([[.2, .3, .5], [1, 0, 0]], "float32")
    p, g = _gradient(nd.SoftmaxOutput, x, target)
    np.testing.assert_allclose(g, p - target, rtol=1e-5, atol=1e-6)
    p, g = _gradient(nd.SoftmaxOutput, x, [2, 0], smooth_alpha=0.2)
    np.testing.assert_allclose(g, p - [[.1, .1, .8], [.8, .1, .1]], rtol=1e-5, atol=1e-6)


def test_second_order_of_softmax_output_is_that_of_softmax():
    x, label, h = nd.array(_data(2, 3)), nd.array([1, 2]), nd.array(_data(2, 3))
    second = []
    for f in (lambda: nd.SoftmaxOutput(x, label), lambda: nd.log_softmax(x) * -nd.one_hot(label, 3)):
        x.attach_grad()
        with ag.record():
            g = ag.grad(f(), x, create_graph=True)[0]
        g.backward(h)
        second.append(x.grad.asnumpy())
    np.testing.assert_allclose(*second, rtol=1e-4, atol=1e-6)


def test_regression_outputs():
    x, label = _data(2, 3), np.array([[1, 0, 1], [0, 1, 0]], "float32")
    y, g = _gradient(nd.LinearRegressionOutput, x, label, grad_scale=6)
    np.testing.assert_allclose(g, 2 * (x - label), rtol=1e-5)
    y, g = _gradient(nd.LogisticRegressionOutput, x, label)
    np.testing.assert_allclose(g, (y - label) / 3, rtol=1e-5)
    _, g = _gradient(nd.MAERegressionOutput, [1, 2, 3], [1, 1, 4])
    assert g.tolist() == [-1, 1, -1]
    _, g = _gradient(nd.LinearRegressionOutput, x[:, :1], label[:, 0])
    np.testing.assert_allclose(g, x[:, :1] - label[:, :1], rtol=1e-5)


@pytest.mark.parametrize(("options", "divisor"), [
    ({}, 1), ({"normalization": "batch"}, 2), ({"normalization": "valid", "valid_thresh": 1.5}, 3)])
def test_make_loss(options, divisor):
    _, g = _gradient(nd.MakeLoss, [[1, 2], [3, 4]], None, nd.ones((2, 2)) * 9, grad_scale=6, **options)
    assert (g == 6 / divisor).all()


@pytest.mark.parametrize("call", [
    lambda: nd.SoftmaxOutput(nd.ones((2, 3)), nd.ones(3)),
    lambda: nd.SoftmaxOutput(nd.ones((2, 3)), nd.ones(2, dtype="int32")),
    lambda: nd.SoftmaxOutput(nd.ones(3), nd.ones(3)),
    lambda: nd.LinearRegressionOutput(nd.ones((2, 3)), nd.ones((3, 2))),
    lambda: nd.SVMOutput(nd.ones((2, 3)), nd.ones((2, 1))),
    lambda: nd.softmax_cross_entropy(nd.ones((2, 3)), nd.ones((2, 1))),
    lambda: nd.CTCLoss(nd.ones((2, 1, 3)), nd.ones((1, 3))),
    lambda: nd.CTCLoss(nd.ones((4, 1, 3)), nd.array([[1, 5]])),
    lambda: nd.CTCLoss(nd.ones((4, 1, 3)), nd.array([[1, 2]]), use_data_lengths=True),
])
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(mx.MXNetError):
        call()


def test_cross_entropy_has_no_gradient_for_its_label():
    x, label = nd.ones((2, 3)), nd.array([0, 2])
    label.attach_grad()
    with ag.record():
        y = nd.softmax_cross_entropy(x, label)
    assert abs(y.asscalar() - 2 * np.log(3)) < 1e-5
    with pytest.raises(mx.MXNetError, match="label"):
        y.backward()


def _ctc_by_hand(x, label, blank):
    """Minus the log of the sum over all alignments."""
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    total = 0.0
    for path in itertools.product(range(x.shape[1]), repeat=len(x)):
        merged = [k for k, _ in itertools.groupby(path) if k != blank]
        if merged == label:
            total += np.prod([p[t, k] for t, k in enumerate(path)])
    return -np.log(total)


@pytest.mark.parametrize(("label", "blank", "given"), [
    ([1, 2], "first", [1, 2, 0]), ([1, 1], "first", [1, 1, 0]), ([], "first", [0, 0, 0]),
    ([0, 1], "last", [0, 1, -1]), ([1, 1], "last", [1, 1, -1])])
def test_ctc_is_the_sum_over_alignments(label, blank, given):
    x = _data(4, 1, 3)
    y = nd.CTCLoss(nd.array(x), nd.array([given]), blank_label=blank).asscalar()
    assert abs(y - _ctc_by_hand(x[:, 0], label, 0 if blank == "first" else 2)) < 1e-4


def test_ctc_without_a_fitting_path_is_zero():
    y, g = _gradient(nd.CTCLoss, _data(3, 1, 3), [[1, 1, 1]])
    assert y.tolist() == [0] and (g == 0).all()


def test_ctc_stays_exact_where_probabilities_underflow():
    x = np.full((60, 1, 3), -200.0, "float32")
    x[:, :, 0] = 200
    y, g = _gradient(nd.CTCLoss, x, [[1, 2, 1, 2]])
    # four labels of probability exp(-400) at any four of the sixty steps
    assert abs(y[0] - (1600 - math.log(math.comb(60, 4)))) < 1e-3
    assert np.isfinite(g).all() and abs(g).max() > 0.01


def test_the_sparsity_penalty_moves_its_average_in_backward():
    x, average = nd.array([[.2, .6], [.4, .8]]), nd.array([.5, .5])
    x.attach_grad()
    op = mx.nd.IdentityAttachKLSparseReg
    with ag.record():
        y = op(x, average, penalty=2.0, sparseness_target=0.1, momentum=0.5)
    assert average.asnumpy().tolist() == [.5, .5]
    y.backward(nd.zeros((2, 2)))
    now = np.array([.4, .6])
    np.testing.assert_allclose(average.asnumpy(), now, rtol=1e-6)
    np.testing.assert_allclose(x.grad.asnumpy(), np.tile(2 * (.9 / (1 - now) - .1 / now), (2, 1)), rtol=1e-5)
