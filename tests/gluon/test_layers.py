"""Tests of ``gluon/nn`` and ``gluon/contrib`` layers."""
import numpy as np
import pytest
from mxnet.gluon import contrib, nn

import mxnet as mx
from mxnet import autograd, nd

from ..scripts import replay
from . import scripts_layers


@replay("layers", scripts_layers.CASES)
def test_as_recorded(case, check):
    check(case)


def test_selu_and_its_gradient():
    # the real package is off here: its gradient is that of another function below 0
    s = nn.SELU()
    x = nd.array([-2, -0.5, 0.5])
    x.attach_grad()
    with autograd.record():
        y = s(x)
    y.backward()
    scale, alpha, v = 1.0507009873554805, 1.6732632423543772, x.asnumpy()
    np.testing.assert_allclose(y.asnumpy(), scale * np.where(v > 0, v, alpha * np.expm1(v)), rtol=1e-5)
    np.testing.assert_allclose(x.grad.asnumpy(), scale * np.where(v > 0, 1, alpha * np.exp(v)), rtol=1e-5)


def test_batchnormrelu_is_batchnorm_and_relu():
    x = nd.array(np.random.RandomState(0).randn(4, 3, 5))
    a, b = nn.BatchNormReLU(in_channels=3), nn.BatchNorm(in_channels=3)
    for layer in (a, b):
        layer.initialize()
        layer.beta.set_data(nd.array([0.1, -0.2, 0]))
    grads = []
    for f in (a, lambda x: nd.relu(b(x))):
        x.attach_grad()
        with autograd.record():
            y = f(x)
        y.backward()
        grads.append((y.asnumpy(), x.grad.asnumpy()))
    for u, v in zip(*grads):
        np.testing.assert_allclose(u, v, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("groups", [2, 4])
def test_transposed_convolution_with_groups_and_deferred_channels(groups):
    c, d = nn.Conv2DTranspose(4, 3, groups=groups), nn.Conv2DTranspose(4, 3, groups=groups, in_channels=4)
    for layer in (c, d):
        layer.initialize("ones")
    x = nd.ones((1, 4, 3, 3))
    assert (c(x).asnumpy() == d(x).asnumpy()).all() and c.weight.shape == d.weight.shape == (4, 4 // groups, 3, 3)


def test_modulated_deformable_convolution_with_zero_offsets_is_half_a_convolution_doubled():
    # the mask is sigmoid(0) * 2 = 1 at the start
    x = nd.array(np.random.RandomState(0).randn(1, 2, 5, 5))
    m = contrib.cnn.ModulatedDeformableConvolution(3, (3, 3), padding=(1, 1), in_channels=2)
    c = nn.Conv2D(3, 3, padding=1, in_channels=2)
    m.initialize(mx.init.Xavier())
    c.initialize()
    c.weight.set_data(m.deformable_conv_weight.data())
    np.testing.assert_allclose(m(x).asnumpy(), c(x).asnumpy(), rtol=1e-4, atol=1e-5)


def test_dropout_drops_while_training_only():
    d = nn.Dropout(0.4)
    x = nd.ones((2000,))
    assert (d(x).asnumpy() == 1).all()
    with autograd.record():
        y = d(x).asnumpy()
    assert set(y.round(4)) == {0, np.float32(1 / 0.6).round(4)} and 0.3 < (y == 0).mean() < 0.5


@pytest.mark.parametrize(("make", "text"), [
    (lambda: nn.Conv2D(3, 3, groups=2, in_channels=4), "groups=2"), (lambda: nn.Conv2D(3, 3, strides=(1,)), "stride"),
    (lambda: nn.Conv2D(4, 3, groups=0), "groups=0"), (lambda: nn.MaxPool2D((1,)), "pool_size"),
    (lambda: nn.Lambda("nope"), "nope"), (lambda: nn.Conv2D(3, 3, layout="NCW"), "NCHW")])
def test_messages_name_the_option(make, text):
    with pytest.raises((mx.MXNetError, AssertionError), match=text):
        make()
