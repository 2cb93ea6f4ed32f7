"""Scripts that train small networks: losses, results and parameters, on one context and several."""
import numpy as np
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd
from tests.scripts import Cases

CASES = Cases()


class Residual(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.a = nn.Dense(10, flatten=False)
            self.b = nn.Dense(4)

    def hybrid_forward(self, F, x):
        return self.b(F.relu(x + self.a(x)))


def stack(*layers):
    n = nn.HybridSequential()
    n.add(*layers)
    return n


NETWORKS = {
    "dense": (lambda: stack(nn.Dense(16, activation="relu"), nn.Dropout(0.), nn.LayerNorm(), nn.Dense(4)), (8, 10)),
    "convolution": (lambda: stack(
        nn.Conv2D(4, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(),
        nn.Conv2D(6, 3, groups=2), nn.InstanceNorm(scale=True), nn.LeakyReLU(.1), nn.GlobalAvgPool2D(), nn.Flatten(),
        nn.Dense(4)), (8, 3, 8, 8)),
    "transposed": (lambda: stack(
        nn.Conv2D(4, 3, strides=2), nn.Conv2DTranspose(3, 3, strides=2), nn.BatchNorm(), nn.Swish(), nn.AvgPool2D(2),
        nn.GroupNorm(), nn.ELU(), nn.GELU(), nn.Flatten(), nn.Dense(4)), (8, 3, 8, 8)),
    "residual": (Residual, (8, 10)),
    "embedding": (lambda: stack(nn.Embedding(12, 5), nn.Dense(6, flatten=False, activation="tanh"), nn.Dense(4)), (8, 3)),
}
TWO = {"ctx": [mx.cpu(0), mx.cpu(1)]}
WAYS = {
    "sgd": ("sgd", {"learning_rate": .1, "momentum": .9, "wd": .01}, {}),
    "rmsprop": ("rmsprop", {"learning_rate": .003}, {}),
    "two": ("sgd", {"learning_rate": .1}, TWO),
    "two-local": ("nag", {"learning_rate": .1, "momentum": .5}, dict(TWO, kvstore="local")),
    "two-none": ("sgd", {"learning_rate": .1}, dict(TWO, kvstore=None)),
    "two-outside": ("adagrad", {"learning_rate": .1}, dict(TWO, update_on_kvstore=False)),
}


def values(net):
    r = np.random.RandomState(0)
    for name, p in sorted(net._collect_params_with_prefix().items()):
        if "running" not in name:
            p.set_data(nd.array(r.uniform(-.3, .3, p.shape) + (1 if "gamma" in name else 0)))


@CASES.each({f"{n}-{w}-{h}": (*NETWORKS[n], *WAYS[w], h == "hybrid")
             for n in NETWORKS for w in WAYS for h in ("plain", "hybrid")})
def trained(make, shape, optimizer, options, where, hybrid):
    where = dict(where)
    ctx = where.pop("ctx", [mx.cpu()])
    r = np.random.RandomState(5)
    data = r.randint(0, 12, shape) if len(shape) == 2 and shape[1] == 3 else r.randn(*shape)
    xs = gluon.utils.split_and_load(nd.array(data), ctx)
    ys = gluon.utils.split_and_load(nd.array(r.randint(0, 4, shape[0])), ctx)
    net, loss = make(), gluon.loss.SoftmaxCrossEntropyLoss()
    net.initialize(ctx=ctx)
    net(xs[0])
    values(net)
    if hybrid:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), optimizer, options, **where)
    losses = []
    for _ in range(4):
        with autograd.record():
            parts = [loss(net(x), y) for x, y in zip(xs, ys)]
        for part in parts:
            part.backward()
        trainer.step(shape[0])
        losses.append(sum(float(part.sum().asscalar()) for part in parts))
    return losses, net(xs[0]), {n: [d.abs().sum() for d in p.list_data()]
                                for n, p in sorted(net._collect_params_with_prefix().items()) if "conv" not in n}
