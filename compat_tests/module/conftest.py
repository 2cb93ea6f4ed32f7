"""What the cases of modules share: a small problem, a network for it with fixed parameters; under real MXNet as well."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym


@pytest.fixture(autouse=True)
def fresh_names():
    with mx.name.NameManager():
        yield


class Problem:
    """Fifty samples of four numbers in three classes, networks for them and parameters of these."""

    def __init__(self):
        rng = np.random.RandomState(0)
        self.x = rng.uniform(-1, 1, (50, 4)).astype("float32")
        self.y = (self.x @ rng.uniform(-1, 1, (4, 3))).argmax(1).astype("float32")
        shapes = {"fc1_weight": (8, 4), "fc1_bias": (8,), "fc2_weight": (3, 8), "fc2_bias": (3,)}
        self.values = {n: rng.uniform(-0.5, 0.5, s).astype("float32") for n, s in shapes.items()}

    def params(self):
        """Fresh arrays of the parameters."""
        return {n: nd.array(v) for n, v in self.values.items()}

    def net(self, batch_norm=False):
        """Two layers and a softmax."""
        h = sym.FullyConnected(sym.Variable("data"), num_hidden=8, name="fc1")
        if batch_norm:
            h = sym.BatchNorm(h, fix_gamma=False, name="bn")
        h = sym.FullyConnected(sym.Activation(h, act_type="relu", name="act"), num_hidden=3, name="fc2")
        return sym.SoftmaxOutput(h, name="softmax")

    def data(self, batch_size=10, n=50):
        """An iterator."""
        return mx.io.NDArrayIter(self.x[:n], self.y[:n], batch_size)

    def batch(self, n=10, start=0):
        """One batch, without descriptions."""
        part = slice(start, start + n)
        return mx.io.DataBatch([nd.array(self.x[part])], [nd.array(self.y[part])])

    def module(self, batch_size=10, optimizer=None, **bind):
        """A bound, initialised module."""
        context = bind.pop("context", mx.cpu())
        m = mx.mod.Module(self.net(), context=context)
        m.bind([("data", (batch_size, 4))], [("softmax_label", (batch_size,))], **bind)
        m.init_params(arg_params=self.params(), aux_params={})
        if optimizer is not None:
            m.init_optimizer(optimizer_params=optimizer)
        return m

    def step(self, values, learning_rate, batch=10):
        """The parameters after a step of plain descent on the mean loss of the first samples, by numpy in double."""
        w1, b1, w2, b2 = (values[n].astype("float64") for n in ("fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias"))
        x, y = self.x[:batch].astype("float64"), self.y[:batch].astype(int)
        h = x @ w1.T + b1
        a = np.maximum(h, 0)
        z = a @ w2.T + b2
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        d = (p - np.eye(3)[y]) / batch
        dh = (d @ w2) * (h > 0)
        return {"fc1_weight": w1 - learning_rate * dh.T @ x, "fc1_bias": b1 - learning_rate * dh.sum(0),
                "fc2_weight": w2 - learning_rate * d.T @ a, "fc2_bias": b2 - learning_rate * d.sum(0)}


@pytest.fixture
def problem():
    return Problem()


@pytest.fixture(params=[1, 2], ids=["one", "two"])
def contexts(request):
    return [mx.cpu(k) for k in range(request.param)]


def numbers(params):
    """Arrays as numpy arrays."""
    return {n: a.asnumpy().copy() for n, a in params.items()}


def same(found, expected, rtol=1e-5, atol=1e-6):
    """AssertionError unless two dictionaries of numbers agree."""
    assert set(found) == set(expected)
    for n in expected:
        np.testing.assert_allclose(found[n], expected[n], rtol=rtol, atol=atol, err_msg=n)


@pytest.fixture
def check():
    """``check(module, expected)``: the module's parameters are these."""
    return lambda module, expected: same(numbers(module.get_params()[0]), expected)
