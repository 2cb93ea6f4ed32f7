"""Networks of many kinds for the tests of plans, and a run of a network that notes all that comes of it."""
import numpy as np
from mxnet.gluon import nn

from mxnet import autograd, gluon, nd
from mxnet import random as mx_random


class Branches(gluon.HybridBlock):
    """Two outputs of a shared trunk."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.trunk = nn.Dense(6, activation="tanh")
            self.left, self.right = nn.Dense(3), nn.Dense(2)

    def hybrid_forward(self, F, x):
        h = self.trunk(x)
        return self.left(h), self.right(h) * 2


class Function(gluon.HybridBlock):
    """A function of ``F`` and the input as a block, with one parameter ``w`` of the input's shape or of one given."""

    def __init__(self, function, shape=None, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        with self.name_scope():
            self.w = self.params.get("w", shape=shape, allow_deferred_init=True)

    def hybrid_forward(self, F, x, w):
        return self.function(F, x, w)


def residual():
    class Residual(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.body = nn.HybridSequential()
                self.body.add(nn.Conv2D(4, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"),
                              nn.Conv2D(4, 3, padding=1, use_bias=False), nn.BatchNorm())
                self.down = nn.Conv2D(4, 1, use_bias=False)

        def hybrid_forward(self, F, x):
            return F.Activation(self.body(x) + self.down(x), act_type="relu")
    net = nn.HybridSequential()
    net.add(Residual(), Residual(), nn.GlobalAvgPool2D(), nn.Dense(3))
    return net


def chain(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def arithmetic(F, x, w):
    y = F.broadcast_mul(x, w) + 1
    z = F.exp(-y) * F.sqrt(F.abs(x) + 2) / (F.square(y) + 0.5)
    return F.concat(z, 3 - z, F.maximum(y, z), dim=1)


def shuffled(F, x, w):
    y = F.reshape(F.transpose(F.broadcast_add(x, w)), shape=(-1, 2))
    return F.dot(F.expand_dims(F.sum(y, axis=1), axis=0), F.stack(F.mean(y, axis=1), F.max(y, axis=1), axis=1))


def twice(F, x, w):
    a, b = F.tanh(F.broadcast_mul(x, w)), F.tanh(F.broadcast_mul(x, w))
    return a * b + F.BlockGrad(a)


IMAGE, MATRIX = (2, 3, 8, 8), (4, 6)
#: name: (a function that makes the network, the input's shape)
NETS = {
    "mlp": (lambda: chain(nn.Dense(8, activation="relu"), nn.Dense(8, activation="sigmoid"), nn.Dense(3)), MATRIX),
    "dense_keeps_axes": (lambda: chain(nn.Dense(5, flatten=False), nn.LeakyReLU(0.1), nn.Dense(2)), (2, 3, 4)),
    "no_bias": (lambda: chain(nn.Dense(5, use_bias=False), nn.ELU(), nn.SELU(), nn.GELU(), nn.Swish()), MATRIX),
    "conv": (lambda: chain(nn.Conv2D(4, 3, activation="relu"), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(2)), IMAGE),
    "deconv": (lambda: chain(nn.Conv2DTranspose(2, 3), nn.AvgPool2D(2), nn.PReLU()), IMAGE),
    "batch_norm": (lambda: chain(nn.Conv2D(4, 3), nn.BatchNorm(), nn.BatchNorm(scale=False), nn.Dense(2)), IMAGE),
    "norms": (lambda: chain(nn.LayerNorm(), nn.Dense(8), nn.LayerNorm()), MATRIX),
    "image_norms": (lambda: chain(nn.InstanceNorm(), nn.GroupNorm(num_groups=3)), IMAGE),
    "dropout": (lambda: chain(nn.Dense(16), nn.Dropout(0.5), nn.Dense(16), nn.Dropout(0.3)), MATRIX),
    "residual": (residual, IMAGE),
    "two_outputs": (Branches, MATRIX),
    "arithmetic": (lambda: Function(arithmetic, (1, 6)), MATRIX),
    "shuffled": (lambda: Function(shuffled, (1, 6)), MATRIX),
    "twice": (lambda: Function(twice, (4, 1)), MATRIX),
    "softmax": (lambda: Function(lambda F, x, w: F.log_softmax(F.broadcast_mul(x, w)) * F.softmax(x), (1, 6)), MATRIX),
    "embedding": (lambda: chain(nn.Embedding(7, 4), nn.Dense(3)), ("integers", 4, 6)),
    "split": (lambda: Function(lambda F, x, w: [a * b for a, b in zip(
        F.split(F.broadcast_add(x, w), num_outputs=2, axis=1), F.split(x, num_outputs=2, axis=1))], (1, 6)), MATRIX),
    "unused_output": (lambda: Function(lambda F, x, w: F.topk(F.broadcast_mul(x, w), k=2, ret_typ="value"), (1, 6)),
                      MATRIX),
    "reductions": (lambda: Function(lambda F, x, w: F.sum(x) * F.norm(F.broadcast_mul(x, w)) + F.mean(x, axis=(0, 1)),
                                    (1, 6)), MATRIX),
    "loss": (lambda: Function(lambda F, x, w: F.SoftmaxOutput(F.broadcast_mul(x, w), F.argmax(x, axis=1)), (1, 6)),
             MATRIX),
}


def made(name, seed=3):
    """A network with values that depend on the seed only, and an input."""
    make, shape = NETS[name]
    net = make()
    r = np.random.RandomState(seed)
    integers = shape[0] == "integers"
    x = nd.array(r.randint(0, 6, shape[1:]), dtype="int32") if integers else nd.array(r.uniform(-1, 1, shape))
    net.initialize()
    net(x)
    for p in net.collect_params().values():
        if p.name.endswith("running_var"):
            continue
        p.set_data(nd.array(r.uniform(-0.5, 0.5, p.shape)))
    return net, x


def step(net, x, record=True, train=True, seed=5):
    """What one run gives: outputs, the input's gradient, the parameters' gradients and values, as numpy arrays."""
    mx_random.seed(seed)
    leaf = x.dtype != np.int32
    if leaf:
        x.attach_grad()
    scope = autograd.record(train_mode=train) if record else autograd.predict_mode()
    with scope:
        ys = net(x)
        ys = ys if isinstance(ys, (list, tuple)) else [ys]
        total = sum((y * (k + 1)).sum() for k, y in enumerate(ys))
    seen = [y.asnumpy() for y in ys]
    if record:
        total.backward()
        seen += [x.grad.asnumpy()] if leaf else []
        seen += [p.grad().asnumpy() for p in net.collect_params().values() if p.grad_req != "null"]
    return seen + [p.data().asnumpy() for p in net.collect_params().values()]


def plans(net):
    """The plans that a hybridized network has compiled; AssertionError where one is missing, or failed to run."""
    found = net._cached_op._plans
    assert found.failed is None, found.failed
    got = [p for p in found.plans.values() if p]
    assert got and None not in found.plans.values(), found.reason
    return got


def close(got, expected):
    """AssertionError unless two runs gave the same to 1e-6."""
    assert len(got) == len(expected)
    for a, b in zip(got, expected):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
