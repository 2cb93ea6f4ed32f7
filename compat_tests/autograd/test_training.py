"""Dropout under every combination of the flags: identity when predicting, one mask both ways when training."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd

SIDE = 40  # 1600 elements: the chance that a mask keeps or drops all is nothing


@pytest.fixture
def dropped():
    """``dropped(y)``: y holds zeros and twos, and both (Dropout of ones with p=0.5)."""
    return lambda y: set(np.unique(y.asnumpy())) == {0.0, 2.0}


def halve(x):
    return mx.nd.Dropout(x, p=0.5)


@pytest.mark.parametrize("scope", ["predict_mode", "pause"])
def test_identity_inside_record(scope, dropped):
    x = mx.nd.ones((SIDE, SIDE))
    with autograd.record():
        assert dropped(halve(x))
        with getattr(autograd, scope)():
            np.testing.assert_array_equal(halve(x).asnumpy(), x.asnumpy())
        assert dropped(halve(x))


def test_recording_for_training(dropped):
    x = mx.nd.ones((SIDE, SIDE))
    x.attach_grad()
    with autograd.record(train_mode=True):
        assert autograd.is_recording() and autograd.is_training()
        y = halve(x)
        assert dropped(y)
        y.backward()
        np.testing.assert_array_equal(x.grad.asnumpy(), y.asnumpy())
        with autograd.predict_mode():
            assert autograd.is_recording() and not autograd.is_training()
            y = halve(x)
            np.testing.assert_array_equal(y.asnumpy(), x.asnumpy())
            y.backward(train_mode=False)
            np.testing.assert_array_equal(x.grad.asnumpy(), x.asnumpy())


def test_recording_for_prediction(dropped):
    x = mx.nd.ones((SIDE, SIDE))
    x.attach_grad()
    with autograd.record(train_mode=False):
        assert autograd.is_recording() and not autograd.is_training()
        y = halve(x)
        np.testing.assert_array_equal(y.asnumpy(), x.asnumpy())
        y.backward(train_mode=False)
        np.testing.assert_array_equal(x.grad.asnumpy(), x.asnumpy())
        with autograd.train_mode():
            assert autograd.is_recording() and autograd.is_training()
            y = halve(x)
            assert dropped(y)
            y.backward()
            np.testing.assert_array_equal(x.grad.asnumpy(), y.asnumpy())


def test_training_without_recording(dropped):
    x = mx.nd.ones((SIDE, SIDE))
    np.testing.assert_array_equal(halve(x).asnumpy(), x.asnumpy())
    with autograd.train_mode():
        assert not autograd.is_recording() and autograd.is_training()
        assert dropped(halve(x))
    with autograd.pause(train_mode=True):
        assert dropped(halve(x))


@pytest.mark.parametrize("backward_trains", [True, False])
@pytest.mark.parametrize("forward_trains", [True, False])
def test_the_mask_of_the_forward_pass_decides(forward_trains, backward_trains, dropped):
    x = mx.nd.ones((SIDE, SIDE))
    x.attach_grad()
    with autograd.record(train_mode=forward_trains):
        y = halve(x)
    y.backward(train_mode=backward_trains)
    assert dropped(y) is forward_trains
    np.testing.assert_array_equal(x.grad.asnumpy(), y.asnumpy())


def test_always_drops_outside_training_too(dropped):
    assert dropped(mx.nd.Dropout(mx.nd.ones((SIDE, SIDE)), p=0.5, mode="always"))


def test_masks_differ_between_calls():
    x = mx.nd.ones((SIDE, SIDE))
    with autograd.train_mode():
        assert (halve(x).asnumpy() != halve(x).asnumpy()).any()


def test_batchnorm_reads_the_flag(agree):
    data = mx.nd.array([[1.0], [3.0]])
    one, zero = mx.nd.ones(1), mx.nd.zeros(1)

    def normalise():
        return mx.nd.BatchNorm(data, one, zero, mx.nd.zeros(1), mx.nd.ones(1), eps=1e-5, fix_gamma=False)

    agree(normalise(), [[1], [3]], rtol=1e-5)
    with autograd.train_mode():
        agree(normalise(), [[-1], [1]], rtol=1e-5)
    with autograd.record(train_mode=False):
        agree(normalise(), [[1], [3]], rtol=1e-5)
