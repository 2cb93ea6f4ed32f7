"""Executors: reshape, copied and shared parameters, monitors, several devices."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable


def layer():
    ex = sym.FullyConnected(V("x"), num_hidden=4, name="fc").simple_bind(mx.cpu(), x=(5, 4))
    ex.arg_dict["x"][:], ex.arg_dict["fc_weight"][:], ex.arg_dict["fc_bias"][:] = 1, 1, 0
    return ex


def test_reshape_shares_memory():
    ex = layer()
    smaller = ex.reshape(x=(3, 4))
    assert (smaller.forward()[0].asnumpy() == 4).all() and smaller.outputs[0].shape == (3, 4)
    smaller.arg_dict["x"][:] = 2
    assert ex.arg_dict["x"].asnumpy()[:, 0].tolist() == [2, 2, 2, 1, 1]
    assert (ex.forward()[0].asnumpy()[:3] == 8).all()
    smaller.arg_dict["fc_weight"][:] = 3
    assert (ex.arg_dict["fc_weight"].asnumpy() == 3).all()


def test_reshape_to_more():
    ex = layer()
    with pytest.raises(mx.MXNetError):
        ex.reshape(x=(6, 4))
    bigger = ex.reshape(x=(6, 4), allow_up_sizing=True)
    assert bigger.forward()[0].shape == (6, 4)
    bigger.arg_dict["x"][:] = 1
    assert (bigger.forward()[0].asnumpy() == 4).all()


def test_reshape_of_what_was_not_named():
    ex = layer()
    for shape in ((5, 5), (10, 2)):
        with pytest.raises(mx.MXNetError):
            ex.reshape(x=shape)
    narrower = ex.reshape(x=(5, 3), partial_shaping=True)
    assert narrower.arg_dict["fc_weight"].shape == (4, 3)
    wider = ex.reshape(x=(5, 5), partial_shaping=True, allow_up_sizing=True)
    assert wider.arg_dict["fc_weight"].shape == (4, 5)
    with pytest.raises(mx.MXNetError):
        ex.reshape()


def test_gradients_after_reshape():
    ex = layer()
    smaller = ex.reshape(x=(2, 4))
    smaller.forward(is_train=True)
    smaller.backward(nd.ones((2, 4)))
    for e in (smaller, ex):
        assert e.grad_dict["fc_bias"].asnumpy().tolist() == [2, 2, 2, 2]


def test_copying_parameters():
    ex = layer()
    ex.copy_params_from({"fc_weight": nd.ones((4, 4)) * 7, "fc_bias": nd.ones((4,), dtype="float64")})
    assert (ex.arg_dict["fc_weight"].asnumpy() == 7).all() and ex.arg_dict["fc_bias"].dtype == np.float32
    ex.copy_params_from({"nothing": nd.ones((1,))}, {"nobody": nd.ones((1,))}, allow_extra_params=True)
    for args, aux in (({"nothing": nd.ones((1,))}, None), ({}, {"nobody": nd.ones((1,))})):
        with pytest.raises(ValueError):
            ex.copy_params_from(args, aux)
    with pytest.raises(mx.MXNetError):
        ex.copy_params_from({"fc_weight": nd.ones((4, 5))})


def monitored(monitor_all):
    h = sym.Activation(sym.FullyConnected(V("data"), num_hidden=4, name="fc"), act_type="relu", name="act")
    ex = sym.SoftmaxOutput(h, name="softmax").simple_bind(mx.cpu(), data=(2, 3))
    monitor = mx.mon.Monitor(1, stat_func=lambda x: x.sum(), monitor_all=monitor_all)
    monitor.install(ex)
    monitor.tic()
    ex.forward(is_train=False)
    return [name for _, name, _ in monitor.toc()]


def test_monitors_see_outputs_and_arguments():
    assert monitored(False) == ["fc_output", "act_output", "softmax_output", "data", "fc_weight", "fc_bias", "softmax_label"]


def test_monitors_see_inputs_too():
    seen = monitored(True)
    assert {"fc_data", "fc_weight", "fc_bias", "softmax_data", "softmax_label", "fc_output"} <= set(seen)
    assert seen.index("fc_data") < seen.index("fc_output") < seen.index("softmax_data") < seen.index("softmax_output")


def test_two_devices():
    with mx.AttrScope(ctx_group="one"):
        h = sym.FullyConnected(V("data"), num_hidden=3, name="fc1")
        h = sym.FullyConnected(h, num_hidden=4, name="fc2")
    with mx.AttrScope(ctx_group="two"):
        out = sym.FullyConnected(h, num_hidden=2, name="fc3")
    alone = out.simple_bind(mx.cpu(), data=(5, 6))
    apart = out.simple_bind(mx.cpu(), data=(5, 6), group2ctx={"one": mx.cpu(1), "two": mx.cpu(2)})
    rng = np.random.RandomState(0)
    for name in alone.arg_dict:
        value = rng.normal(size=alone.arg_dict[name].shape)
        alone.arg_dict[name][:] = value
        apart.arg_dict[name][:] = value
    head = rng.normal(size=(5, 2))
    for ex in (alone, apart):
        ex.forward(is_train=True)
        ex.backward(nd.array(head, ctx=ex.outputs[0].context))
    np.testing.assert_array_equal(alone.outputs[0].asnumpy(), apart.outputs[0].asnumpy())
    for name, g in alone.grad_dict.items():
        np.testing.assert_allclose(apart.grad_dict[name].asnumpy(), g.asnumpy(), rtol=1e-6)


def test_other_contexts_for_every_array():
    s = sym.elemwise_add(V("a"), V("b"))
    ex = s.bind(mx.cpu(1), {"a": nd.ones((2,), mx.cpu(1)), "b": nd.ones((2,), mx.cpu(1))})
    assert ex.forward()[0].context == mx.cpu(1) and ex.outputs[0].asnumpy().tolist() == [2, 2]


def test_text():
    text = layer().debug_str()
    assert "FullyConnected" in text and "fc_weight" in text
