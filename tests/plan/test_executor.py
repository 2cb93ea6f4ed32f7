"""Bound symbols run by plans as well."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym


def network():
    x = sym.var("data")
    y = sym.Convolution(x, kernel=(3, 3), num_filter=4, name="conv")
    y = sym.Activation(sym.BatchNorm(y, fix_gamma=False, name="bn"), act_type="relu")
    y = sym.FullyConnected(sym.Dropout(y, p=0.3), num_hidden=3, name="fc")
    return sym.SoftmaxOutput(y, name="softmax")


def bound(planned, requests):
    e = network().simple_bind(mx.cpu(), data=(4, 2, 6, 6), softmax_label=(4,), grad_req=requests)
    if not planned:
        e._plans = None
    r = np.random.RandomState(1)
    for name, a in e.arg_dict.items():
        a[:] = nd.array(r.uniform(-0.5, 0.5, a.shape) if name != "softmax_label" else [0, 2, 1, 0])
    return e


@pytest.mark.parametrize("requests", ["write", "add", {"conv_weight": "write", "fc_bias": "add"}])
def test_same_as_imperative(requests):
    seen = []
    for planned in (False, True):
        e, found = bound(planned, requests), []
        mx.random.seed(3)
        for k in range(4):
            e.forward(is_train=True, data=nd.ones((4, 2, 6, 6)) * k)
            e.backward()
            found += [y.asnumpy() for y in e.outputs]
            found += [g.asnumpy() for g in e.grad_arrays if g is not None]
            found += [a.asnumpy() for a in e.aux_arrays]
            found.append(e.forward()[0].asnumpy())
        seen.append(found)
    assert all(e._plans.plans.values())
    for a, b in zip(*seen):
        np.testing.assert_allclose(b, a, rtol=1e-6, atol=1e-6)


def test_monitors_see_every_operator():
    e = bound(True, "write")
    for _ in range(3):
        e.forward(is_train=True)
    seen = []
    e.set_monitor_callback(lambda name, array: seen.append(name.decode()))
    e.forward(is_train=True)
    assert {"conv_output", "fc_output", "softmax_output"} <= set(seen)
