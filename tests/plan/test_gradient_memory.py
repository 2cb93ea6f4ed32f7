"""Large gradients are written straight into the buffers of parameters, where that gives what it should."""
import numpy as np
import pytest
from mxnet.gluon import nn

from mxnet import autograd, nd

from .nets import chain, plans


def made(hybrid):
    net = chain(nn.Conv2D(64, 3, padding=1), nn.Conv2D(128, 3, padding=1), nn.GlobalAvgPool2D(), nn.Dense(600),
                nn.Dense(300))
    net.initialize()
    r = np.random.RandomState(1)
    net(nd.zeros((2, 16, 6, 6)))
    for p in net.collect_params().values():
        p.set_data(nd.array(r.uniform(-0.1, 0.1, p.shape)))
    if hybrid:
        net.hybridize()
    x = nd.array(r.uniform(-1, 1, (2, 16, 6, 6)))
    if hybrid:
        for _ in range(2):
            with autograd.record():
                net(x)
    return net, x


def both(run):
    """What ``run`` gives for the network as it is and hybridized: lists of numpy arrays that must agree."""
    want, got = (run(*made(hybrid)) for hybrid in (False, True))
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


def grads(net):
    return [p.grad().asnumpy() for p in net.collect_params().values()]


def test_written_in_place():
    net, x = made(True)
    buffers = [p.grad()._a for p in net.collect_params().values()]
    for b in buffers:
        b[...] = np.nan
    with autograd.record():
        y = net(x)
    y.backward()
    plan, = plans(net)
    (program, _), = plan._backward.values()
    # both kernels and both matrices but the last are large
    assert len(program.into) == 3
    assert all(p.grad()._a is b and not np.isnan(b).any() for p, b in zip(net.collect_params().values(), buffers))


@pytest.mark.parametrize("req", ["write", "add"])
def test_two_calls_add_up(req):
    def run(net, x):
        for p in net.collect_params().values():
            p.grad_req = req
        for _ in range(2):
            with autograd.record():
                y = net(x) + net(x * 2) * 3
            y.backward()
        return grads(net)
    both(run)


def test_parameter_used_elsewhere_too():
    def run(net, x):
        w = list(net.collect_params().values())[2].data()
        found = []
        for first in (True, False):
            with autograd.record():
                extra = (w * w).sum()
                y = net(x).sum()
                total = extra + y if first else y + (w * 3).sum() + extra
            total.backward()
            found += grads(net)
        return found
    both(run)


def test_again_with_the_graph_retained():
    def run(net, x):
        with autograd.record():
            y = net(x)
        y.backward(retain_graph=True)
        first = grads(net)
        y.backward(nd.ones(y.shape) * 2)
        return first + grads(net)
    both(run)


def test_gradients_asked_for_leave_buffers_alone():
    net, x = made(True)
    w = list(net.collect_params().values())[2]
    w.grad()[:] = 7
    with autograd.record():
        y = net(x)
    g, = autograd.grad([y], [w.data()])
    assert (w.grad().asnumpy() == 7).all() and not np.array_equal(g.asnumpy(), w.grad().asnumpy())


def test_buffer_that_is_read():
    def run(net, x):
        w = list(net.collect_params().values())[6]
        with autograd.record():
            y = net(x)
        y.backward()
        # the gradient of the first call is the weight of the second
        w.data()._a = w.grad()._a
        with autograd.record():
            y = net(x)
        y.backward()
        return grads(net)
    both(run)
