"""Bound symbols: forward, backward by request, arguments, outputs that stay, errors."""
import re

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable


def fill(ex, seed=0):
    rng = np.random.RandomState(seed)
    for name in sorted(ex.arg_dict):
        ex.arg_dict[name][:] = rng.uniform(-1, 1, ex.arg_dict[name].shape)


def mlp():
    h = sym.FullyConnected(V("data"), num_hidden=4, name="fc1")
    h = sym.FullyConnected(sym.Activation(h, act_type="relu", name="act"), num_hidden=3, name="fc2")
    return sym.SoftmaxOutput(h, name="softmax")


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1, 4), (1, 2, 1, 2, 2)])
@pytest.mark.parametrize(("function", "value", "grads"), [
    (lambda a, b: a + b, lambda a, b: a + b, lambda g, a, b: (g, g)),
    (lambda a, b: a - b, lambda a, b: a - b, lambda g, a, b: (g, -g)),
    (lambda a, b: a * b, lambda a, b: a * b, lambda g, a, b: (g * b, g * a)),
    (lambda a, b: a / b, lambda a, b: a / b, lambda g, a, b: (g / b, -g * a / b ** 2)),
    (sym.maximum, np.maximum, lambda g, a, b: (g * (a >= b), g * (a < b))),
    (sym.minimum, np.minimum, lambda g, a, b: (g * (a <= b), g * (a > b)))],
    ids=["add", "sub", "mul", "div", "max", "min"])
def test_bind_binary(function, value, grads, shape):
    rng = np.random.RandomState(0)
    a, b, head = (rng.uniform(0.5, 2, shape).astype("f") for _ in range(3))
    arrays, gradients = [nd.array(a), nd.array(b)], [nd.empty(shape), nd.empty(shape)]
    ex = function(V("a"), V("b")).bind(mx.cpu(), args=arrays, args_grad=gradients)
    np.testing.assert_allclose(ex.forward(is_train=True)[0].asnumpy(), value(a, b), rtol=1e-6)
    ex.backward([nd.array(head)])
    for got, expected in zip(gradients, grads(head, a, b)):
        np.testing.assert_allclose(got.asnumpy(), expected, rtol=1e-5)
    by_name = function(V("a"), V("b")).bind(mx.cpu(), args={"b": arrays[1], "a": arrays[0]})
    np.testing.assert_allclose(by_name.forward()[0].asnumpy(), value(a, b), rtol=1e-6)


def test_matrix_product():
    rng = np.random.RandomState(1)
    a, b, head = rng.normal(size=(3, 4)), rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    ex = sym.dot(V("a"), V("b")).simple_bind(mx.cpu(), a=(3, 4), b=(4, 5))
    ex.arg_dict["a"][:], ex.arg_dict["b"][:] = a, b
    np.testing.assert_allclose(ex.forward(is_train=True)[0].asnumpy(), a @ b, rtol=1e-5, atol=1e-6)
    ex.backward(nd.array(head))
    np.testing.assert_allclose(ex.grad_dict["a"].asnumpy(), head @ b.T, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ex.grad_dict["b"].asnumpy(), a.T @ head, rtol=1e-5, atol=1e-6)


def test_requests():
    a, b = nd.array([1.0, 2]), nd.array([3.0, 4])
    c = V("a") * V("b")
    ga, gb = nd.ones((2,)), nd.ones((2,))
    ex = c.bind(mx.cpu(), [a, b], args_grad={"a": ga, "b": gb}, grad_req={"a": "add", "b": "write"})
    for times in (1, 2):
        ex.forward(is_train=True)
        ex.backward(nd.array([1.0, 10]))
        assert ga.asnumpy().tolist() == [1 + 3 * times, 1 + 40 * times] and gb.asnumpy().tolist() == [1, 20]
    ex = c.bind(mx.cpu(), [a, b], args_grad=[ga, gb], grad_req="null")
    ex.forward(is_train=True)
    ex.backward(nd.ones((2,)))
    assert gb.asnumpy().tolist() == [1, 20]
    ex = c.bind(mx.cpu(), [a, b], args_grad={"b": gb})
    ex.forward(is_train=True)
    ex.backward(nd.ones((2,)))
    assert gb.asnumpy().tolist() == [1, 2] and ex.grad_dict["a"] is None
    ex = c.simple_bind(mx.cpu(), a=(2,), grad_req=["write", "null"])
    assert ex.grad_dict["a"].shape == (2,) and ex.grad_dict["b"] is None


def test_arguments_of_forward():
    ex = mlp().simple_bind(mx.cpu(), data=(2, 3))
    fill(ex)
    x = np.random.RandomState(3).normal(size=(2, 3)).astype("f")
    first = ex.forward(data=nd.array(x))[0].asnumpy()
    np.testing.assert_array_equal(ex.arg_dict["data"].asnumpy(), x)
    ex.arg_dict["data"][:] = x
    np.testing.assert_array_equal(ex.forward()[0].asnumpy(), first)
    for wrong, error in (({"data": nd.ones((3, 3))}, ValueError), ({"nothing": nd.ones((1,))}, TypeError),
                         ({"data": 1}, ValueError)):
        with pytest.raises(error):
            ex.forward(**wrong)


def test_outputs_stay_the_same_arrays():
    ex = (V("a") * 2).simple_bind(mx.cpu(), a=(2,))
    ex.arg_dict["a"][:] = 3
    kept = ex.forward()[0]
    ex.arg_dict["a"][:] = 4
    ex.forward()
    assert kept.asnumpy().tolist() == [8, 8] == ex.outputs[0].asnumpy().tolist()
    (name,) = ex.output_dict
    assert re.fullmatch(r"_mulscalar\d+_output", name)


def test_losses_need_no_gradient_and_others_do():
    ex = mlp().simple_bind(mx.cpu(), data=(2, 3))
    fill(ex)
    out = ex.forward(is_train=True, softmax_label=nd.array([0, 2]))[0].asnumpy()
    ex.backward()
    expected = out - np.eye(3)[[0, 2]]
    np.testing.assert_allclose(ex.grad_dict["fc2_bias"].asnumpy(), expected.sum(0), rtol=1e-5, atol=1e-6)
    other = (V("a") * 2).simple_bind(mx.cpu(), a=(2,))
    other.forward(is_train=True)
    with pytest.raises(mx.MXNetError):
        other.backward()
    loss = sym.MakeLoss(sym.sum((V("x") - V("y")) ** 2)).simple_bind(mx.cpu(), x=(3,), y=(3,))
    fill(loss)
    loss.forward(is_train=True)
    loss.backward()
    np.testing.assert_allclose(loss.grad_dict["x"].asnumpy(),
                               2 * (loss.arg_dict["x"] - loss.arg_dict["y"]).asnumpy(), rtol=1e-5)


def test_several_heads():
    x = V("x")
    ex = sym.Group([x * 2, sym.BlockGrad(x * 3), x * x]).simple_bind(mx.cpu(), x=(2,))
    ex.arg_dict["x"][:] = 3
    ex.forward(is_train=True)
    ex.backward([nd.ones((2,)), nd.ones((2,)), nd.ones((2,)) * 2])
    assert ex.grad_dict["x"].asnumpy().tolist() == [14, 14]
    for wrong, error in ((None, mx.MXNetError), ([nd.ones((2,))], mx.MXNetError), (1, TypeError), ([1, 2, 3], TypeError),
                         ({"nothing": nd.ones((2,))}, KeyError)):
        with pytest.raises(error):
            ex.backward(wrong)


def test_auxiliary_states():
    ex = sym.BatchNorm(V("x"), name="bn", fix_gamma=False, momentum=0.5).simple_bind(mx.cpu(), x=(4, 2))
    fill(ex)
    ex.aux_dict["bn_moving_mean"][:], ex.aux_dict["bn_moving_var"][:] = 0, 1
    x = ex.arg_dict["x"].asnumpy()
    ex.forward(is_train=False)
    assert ex.aux_dict["bn_moving_mean"].asnumpy().tolist() == [0, 0]
    ex.forward(is_train=True)
    ex.backward(nd.ones((4, 2)))
    nd.waitall()        # MXNet updates states in its own time
    np.testing.assert_allclose(ex.aux_dict["bn_moving_mean"].asnumpy(), x.mean(0) / 2, rtol=1e-5)
    np.testing.assert_allclose(ex.aux_dict["bn_moving_var"].asnumpy(), (x.var(0) + 1) / 2, rtol=1e-5)


def test_dropout_only_in_training():
    ex = sym.Dropout(V("x"), p=0.5).simple_bind(mx.cpu(), x=(1000,))
    ex.arg_dict["x"][:] = 1
    assert ex.forward()[0].asnumpy().sum() == 1000
    y = ex.forward(is_train=True)[0].asnumpy()
    assert set(y.tolist()) == {0.0, 2.0}
    ex.backward(nd.ones((1000,)))
    np.testing.assert_array_equal(ex.grad_arrays[0].asnumpy(), y)


def test_a_variable_alone():
    ex = V("a").simple_bind(mx.cpu(), a=(2,))
    ex.arg_dict["a"][:] = 3
    assert ex.forward(is_train=True)[0].asnumpy().tolist() == [3, 3]
    ex.backward(nd.ones((2,)) * 4)
    assert ex.grad_dict["a"].asnumpy().tolist() == [4, 4]


def test_eval():
    s = V("a") + V("b")
    assert s.eval(ctx=mx.cpu(), a=nd.ones((2,)), b=nd.ones((2,)))[0].asnumpy().tolist() == [2, 2]
    with pytest.raises(ValueError):
        s.eval(a=nd.ones((2,)))
    with pytest.raises(TypeError):
        s.eval(a=1, b=2)


def test_what_cannot_be_bound():
    s, a, b = V("a") * V("b"), nd.ones((2,)), nd.ones((2,))
    for args, more, error in (([a], {}, ValueError), ({"a": a}, {}, ValueError), ([a, b, a], {}, ValueError),
                              ([a, 1], {}, TypeError), ([a, b], {"args_grad": [a]}, ValueError),
                              ([a, b], {"args_grad": [a, b], "grad_req": "foo"}, ValueError),
                              (a, {}, TypeError), ([a, nd.ones((3,))], {}, mx.MXNetError)):
        with pytest.raises(error):
            s.bind(mx.cpu(), args, **more)
    for known in ({}, {"nothing": (2,)}, {"a": (2,), "b": (3,)}, {"a": (2,), "grad_req": "foo"},
                  {"a": (2,), "type_dict": {"a": "float16", "b": "float32"}}):
        with pytest.raises(RuntimeError):
            s.simple_bind(mx.cpu(), **known)
    with pytest.raises(RuntimeError):
        (V("a") + V("a")).simple_bind(mx.cpu(), a=(1,))
