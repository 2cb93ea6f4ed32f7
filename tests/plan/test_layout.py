"""Convolutions and what lies between them run with pixels first, and give what they give operator by operator."""
import numpy as np
import pytest
from mxnet.gluon import nn

from mxnet import autograd, gluon, nd
from mxnet_compat.ops.nn import conv, pool
from mxnet_compat.plan.pixels import arrays, direct, pooling, winograd

from .nets import chain, close, plans, step


class Block(gluon.HybridBlock):
    """Two branches of the input and how they meet."""

    def __init__(self, left, right, meet, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.left, self.right = left(), right()
        self.meet = meet

    def hybrid_forward(self, F, x):
        return self.meet(F, self.left(x), self.right(x))


def plain(k=16, size=3, **kwargs):
    return lambda: nn.Conv2D(k, size, padding=size // 2, **kwargs)


def normed(k=16, size=3, strides=1, relu=True, **kwargs):
    return lambda: chain(nn.Conv2D(k, size, strides, size // 2, use_bias=False), nn.BatchNorm(**kwargs),
                         *([nn.Activation("relu")] * relu))


def body(k=16):
    return lambda: chain(normed(k)(), normed(k, relu=False)())


def added(F, a, b):
    return F.Activation(a + b, act_type="relu")


NETS = {
    "residual": lambda: chain(normed()(), Block(body(), nn.HybridSequential, added), nn.GlobalAvgPool2D(), nn.Dense(3)),
    "shortcut": lambda: chain(normed()(), Block(body(24), normed(24, 1, relu=False), added), nn.Dense(3)),
    "before": lambda: chain(plain()(), Block(lambda: chain(nn.BatchNorm(), nn.Activation("relu"), plain()()),
                                             nn.HybridSequential, lambda F, a, b: a + b), nn.Dense(3)),
    "biased": lambda: chain(plain(12, activation="relu")(), plain(16, activation="relu")(), nn.MaxPool2D(2), plain(20)(),
                            nn.AvgPool2D(3, 2, 1), nn.LeakyReLU(0.1), nn.Dense(3)),
    "joined": lambda: chain(plain()(), Block(plain(8), normed(12, 1), lambda F, a, b: F.concat(a, b, dim=1)),
                            nn.MaxPool2D(3, 2, 1), plain(8)(), nn.Dense(3)),
    "kernels": lambda: chain(nn.Conv2D(16, (5, 3), (2, 1), (2, 0)), nn.Conv2D(16, 3, dilation=2, padding=2),
                             nn.Conv2D(8, (1, 4), padding=(0, 3)), nn.Conv2D(64, 2, 2), nn.Dense(3)),
    "groups": lambda: chain(plain()(), nn.Conv2D(16, 3, groups=4), plain(16, 1)(), plain(8)(), nn.Dense(2)),
    "statistics": lambda: chain(plain()(), nn.BatchNorm(use_global_stats=True), nn.Activation("relu"),
                                plain()(), nn.BatchNorm(scale=False, center=False), nn.Dense(2)),
    "image": lambda: chain(plain()(), nn.Activation("tanh"), plain(8)()),
    "twice": lambda: chain(plain()(), Block(plain(16, 1), plain(16, 1), lambda F, a, b: [F.sqrt(F.square(a) + 1) * b, a])),
    "clipped": lambda: chain(normed()(), Block(nn.HybridSequential, plain(), lambda F, a, b: F.clip(b, -0.2, 0.3)),
                             nn.Dense(2)),
    "depthwise": lambda: chain(plain()(), nn.Conv2D(16, 3, padding=1, groups=16), nn.BatchNorm(), nn.Activation("relu"),
                               nn.Conv2D(16, (3, 2), (2, 1), groups=16, dilation=(1, 2)), plain(8, 1)(), nn.Dense(2)),
    "dropped": lambda: chain(plain()(), nn.Dropout(0.4), plain()(), nn.InstanceNorm(), nn.Dense(2)),
}


def made(name, shape=(3, 3, 9, 11), dtype="float32"):
    net = NETS[name]()
    net.initialize()
    r = np.random.RandomState(4)
    net(nd.zeros(shape))
    for p in net.collect_params().values():
        low, high = (0.5, 2) if p.name.endswith(("var", "gamma")) else (-0.5, 0.5)
        p.set_data(nd.array(r.uniform(low, high, p.shape)))
    net.cast(dtype)
    return net, nd.array(r.uniform(-1, 1, shape), dtype=dtype)


def program_names(net):
    plan, = plans(net)
    found = [s.op.name for s in plan.program.steps]
    return found + [s.op.name for b, _ in plan._backward.values() for s in b.steps]


@pytest.mark.parametrize("mode", ["train", "recorded_inference", "inference"])
@pytest.mark.parametrize("name", NETS)
def test_same_as_imperative(name, mode):
    record, train = mode != "inference", mode == "train"
    expected, x = made(name, dtype="float64")
    planned, _ = made(name, dtype="float64")
    planned.hybridize()
    for k in range(4):
        want, got = (step(n, x, record, train, seed=k) for n in (expected, planned))
        for a, b in zip(got, want):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
        x = x + 0.1
    assert any(n.startswith("convolution") for n in program_names(planned))


@pytest.mark.parametrize("name", ["residual", "biased", "kernels"])
def test_single_precision(name):
    expected, x = made(name)
    planned, _ = made(name)
    planned.hybridize()
    for train in (True, False):
        for k in range(3):
            want, got = (step(n, x, True, train, seed=k) for n in (expected, planned))
            for a, b in zip(got, want):
                # to 1e-6 of what the gradient of a parameter is about, with room for sums over a batch
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=3e-6 * max(1, np.abs(b).max()))


def test_head_gradients_of_some_outputs():
    expected, x = made("twice", dtype="float64")
    planned, _ = made("twice", dtype="float64")
    planned.hybridize()
    for which in (0, 1, 0, 1):
        found = []
        for net in (expected, planned):
            x.attach_grad()
            with autograd.record():
                y = net(x)[which]
            y.backward()
            found.append(x.grad.asnumpy())
        close(found[1:], found[:1])
    assert plans(planned)


def test_what_is_joined():
    net, x = made("residual")
    net.hybridize()
    for _ in range(3):
        step(net, x)
    names = program_names(net)
    assert names.count("batch_norm") == names.count("backward_batch_norm") == 3
    assert names.count("backward_convolution") == names.count("convolution, moments") == 2
    assert not {"Activation", "elemwise_add", "_backward_relu", "BatchNorm"} & set(names)
    net, x = made("residual")
    net.hybridize()
    for _ in range(3):
        step(net, x, False, False)
    names = program_names(net)
    assert names.count("convolution, batch_norm") == 2
    assert not {"elemwise_add", "BatchNorm"} & set(names)


def test_left_alone():
    net = chain(plain(4)(), nn.BatchNorm(), plain(4)())
    net.initialize()
    net.hybridize()
    for _ in range(3):
        net(nd.ones((2, 3, 8, 8)))
    assert program_names(net) == ["Convolution", "BatchNorm", "Convolution"]


CONVS = [(12, 9, 7, 8, (3, 3), (1, 1), (1, 1), (1, 1)), (8, 16, 5, 5, (3, 3), (1, 1), (1, 1), (0, 0)),
         (8, 10, 9, 6, (3, 3), (2, 2), (1, 1), (1, 1)), (9, 8, 8, 8, (1, 1), (1, 1), (1, 1), (0, 0)),
         (8, 8, 9, 9, (1, 1), (2, 2), (1, 1), (0, 0)), (8, 8, 12, 10, (3, 2), (1, 2), (2, 3), (2, 1)),
         (8, 200, 4, 3, (3, 3), (1, 1), (1, 1), (1, 1)), (8, 8, 1, 2, (3, 3), (1, 1), (1, 1), (1, 1)),
         (8, 8, 3, 3, (5, 5), (1, 1), (1, 1), (4, 4)), (64, 8, 40, 41, (3, 3), (1, 1), (1, 1), (1, 1))]


@pytest.mark.parametrize("case", CONVS)
@pytest.mark.parametrize("n", [1, 3])
def test_convolutions(case, n):
    c, k, h, w, kernel, stride, dilate, pad = case
    r = np.random.RandomState(7)
    x, weight = r.uniform(-1, 1, (n, c, h, w)), r.uniform(-1, 1, (k, c, *kernel))
    y = conv._forward(x, weight, None, kernel, stride, dilate, pad, k, 1, True, None)
    dy = r.uniform(-1, 1, y.shape)
    dx = conv.backward_data.body(dy, weight, shape=x.shape, kernel=kernel, stride=stride, dilate=dilate, pad=pad)
    dw = conv.backward_weight.body(dy, x, kernel=kernel, stride=stride, dilate=dilate, pad=pad)
    px, pdy, seen = arrays.to_pixels(x), arrays.to_pixels(dy), []
    ways = [(direct, (stride, dilate, pad))]
    if kernel == (3, 3) and stride == dilate == (1, 1) and max(pad) <= 1:
        ways.append((winograd, (pad,)))
    for module, where in ways:
        got = module.forward(px, weight, y.shape[2:], *where, lambda part: seen.append(len(part)))
        np.testing.assert_allclose(arrays.from_pixels(got), y, rtol=1e-10, atol=1e-10)
        assert sum(seen) == y.shape[2]
        seen.clear()
        into = np.full(weight.shape, np.nan)
        gx, gw = module.backward(pdy, px, weight, *where, True, into)
        assert gw is into
        np.testing.assert_allclose(arrays.from_pixels(gx), dx, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(gw, dw, rtol=1e-10, atol=1e-10)
        assert module.backward(pdy, px, weight, *where, False, None)[0] is None
        assert module.backward(pdy, px, weight, *where, True, False)[1] is None


@pytest.mark.parametrize("kernel,stride,pad,convention", [
    ((2, 2), (2, 2), (0, 0), "valid"), ((3, 3), (2, 2), (1, 1), "valid"), ((3, 2), (2, 1), (1, 0), "full"),
    ((3, 3), (2, 3), (0, 1), "full"), ((7, 5), (1, 1), (0, 0), "valid"), ((2, 2), (3, 3), (0, 0), "valid")])
def test_pooling(kernel, stride, pad, convention):
    r = np.random.RandomState(2)
    x = r.randint(0, 4, (3, 8, 7, 5)).astype("float32")
    x[0, 0, :2] = np.nan
    where = {"kernel": kernel, "stride": stride, "pad": pad, "pooling_convention": convention}
    axes = pool._axes(x.shape[2:], kernel, stride, pad, False, convention)
    px = arrays.to_pixels(x)
    for kind in ("max", "avg", "sum"):
        for with_pad in (True, False):
            if kind != "max":
                x = np.nan_to_num(x)
                px = arrays.to_pixels(x)
            y = pool.pooling.body(x, pool_type=kind, count_include_pad=with_pad, **where)
            dy = r.uniform(-1, 1, y.shape).astype("float32")
            if kind == "max":
                got = pooling.largest(px, axes)
                dx = pool.backward_max.body(dy, x, y, **where)
                back = pooling.largest_pull(arrays.to_pixels(dy), px, got, axes)
            else:
                got = pooling.average(px, axes, kind, with_pad)
                dx = pool.backward_sum.body(dy, shape=x.shape, pool_type=kind, count_include_pad=with_pad, **where)
                back = pooling.average_pull(arrays.to_pixels(dy), px.shape, axes, kind, with_pad)
            np.testing.assert_allclose(arrays.from_pixels(got), y, rtol=1e-6)
            np.testing.assert_allclose(arrays.from_pixels(back), dx, rtol=1e-5, atol=1e-6)
