"""``sym.contrib.cond``: which function's result it is, what goes in, gradients of what was chosen."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V, cond = sym.Variable, sym.contrib.cond


def run(symbol, **arrays):
    """(outputs, gradients by name) under heads of ones; 9 where none is written."""
    arrays = {n: nd.array(a) for n, a in arrays.items()}
    grads = {n: nd.array(np.full(a.shape, 9)) for n, a in arrays.items()}
    ex = symbol.bind(mx.cpu(), arrays, grads)
    out = ex.forward(is_train=True)
    ex.backward([nd.ones(y.shape) for y in out])
    return [y.asnumpy().tolist() for y in out], {n: g.asnumpy().tolist() for n, g in grads.items()}


def test_both_ways():
    a, b, w = V("a"), V("b"), V("w")
    out = cond(a < b, lambda: a * w, lambda: b * w * w)
    assert out.list_arguments() == ["a", "b", "w"] and out.list_outputs() == ["_cond0_output"]
    assert run(out, a=[1], b=[2], w=[4]) == ([[4]], {"a": [4], "b": [9], "w": [1]})
    assert run(out, a=[3], b=[2], w=[4]) == ([[32]], {"a": [9], "b": [16], "w": [16]})


@pytest.mark.parametrize(("pred", "first"), [([1], True), ([0], False), ([-0.5], True), ([0.25], True), ([float("nan")], True),
                                             ([[2]], True), ([[[0]]], False)])
def test_what_holds(pred, first):
    out = cond(V("p"), lambda: V("a") * 1, lambda: V("b") * 1)
    assert out.eval(p=nd.array(pred), a=nd.array([1, 2]), b=nd.array([3, 4]))[0].asnumpy().tolist() == (
        [1, 2] if first else [3, 4])


def test_results_of_several_shapes():
    out = cond(V("p"), lambda: V("a"), lambda: V("b"))
    assert out.eval(p=nd.array([1]), a=nd.ones((2, 3)), b=nd.ones(4))[0].shape == (2, 3)
    assert out.eval(p=nd.array([0]), a=nd.ones((2, 3)), b=nd.ones(4))[0].shape == (4,)
    assert out.infer_shape(p=(1,), a=(2, 3), b=(2, 3)) == (None, None, None)
    assert out.infer_type(p="float32", a="float16", b="float16")[1] == [np.float16]


def test_nested_as_given():
    a, b = V("a"), V("b")
    out = cond(a < b, lambda: [b, [a]], lambda: [a * 3, [b * 2]])
    assert isinstance(out, list) and isinstance(out[1], list)
    one = cond(a < b, lambda: [a * b], lambda: [a + b])
    assert isinstance(one, list) and len(one) == 1
    flat = sym.Group([out[0], out[1][0]])
    assert run(flat, a=[1], b=[2])[0] == [[2], [1]]
    assert run(flat, a=[4], b=[2])[0] == [[12], [4]]


def test_what_is_outside():
    """Outputs, also of several, used by the condition and by both functions."""
    a = V("a")
    parts = sym.split(a * 2, num_outputs=2, axis=0)
    out = cond(parts[0] < parts[1], lambda: parts[0] * parts[1], lambda: parts[1] - parts[0])
    for a, expected in (([1, 2], 8), ([2, 1], -2)):
        assert out.eval(a=nd.array(a))[0].asnumpy().tolist() == [expected]


def test_variables_of_the_functions():
    def dense(name):
        return sym.FullyConnected(V("x"), num_hidden=2, no_bias=True, name=name)
    out = cond(V("p"), lambda: dense("f"), lambda: dense("g"))
    assert out.list_arguments() == ["p", "x", "f_weight", "g_weight"]
    arrays = {"x": [[1, 2]], "f_weight": [[1, 0], [0, 1]], "g_weight": [[2, 0], [0, 2]]}
    assert run(out, p=[1], **arrays)[1]["f_weight"] == [[1, 2], [1, 2]]
    assert run(out, p=[1], **arrays)[1]["g_weight"] == [[9, 9], [9, 9]]
    assert run(out, p=[0], **arrays)[0] == [[[2, 4]]]


def test_conditions_in_conditions():
    a, b = V("a"), V("b")
    out = cond(a < b, lambda: cond(a < 0, lambda: a * a, lambda: a * b), lambda: b * 2)
    assert run(out, a=[-3], b=[1]) == ([[9]], {"a": [-6], "b": [9]})
    assert run(out, a=[2], b=[5]) == ([[10]], {"a": [5], "b": [2]})
    assert run(out, a=[7], b=[5]) == ([[10]], {"a": [9], "b": [2]})


def test_a_loop_within():
    x = V("x")

    def total():
        return sym.contrib.foreach(lambda d, s: ([], s + d), x, V("start"))[1]
    out = cond(V("p"), total, lambda: sym.max(x, axis=0))
    for p, expected in ((1, 6), (0, 5)):
        assert out.eval(p=nd.array([p]), x=nd.array([[1], [5]]), start=nd.zeros(1))[0].asnumpy().tolist() == [expected]


@pytest.mark.parametrize(("make", "error"), [
    (lambda a: cond(True, lambda: a, lambda: a), AssertionError),
    (lambda a: cond(lambda: a < 1, lambda: a, lambda: a), AssertionError),
    (lambda a: cond(a, lambda: [a, a], lambda: a), ValueError),
    (lambda a: cond(a, lambda: None, lambda: a), AssertionError),
    (lambda a: cond(a, lambda: 2, lambda: a), AssertionError),
    (lambda a: cond(a, list, list), TypeError)],
    ids=["bool", "function", "numbers differ", "none", "number", "empty"])
def test_refused(make, error):
    with pytest.raises(error):
        make(V("a"))


def test_a_condition_has_one_element():
    with pytest.raises(mx.MXNetError):
        cond(V("p"), lambda: V("a"), lambda: V("b")).eval(p=nd.ones(2), a=nd.ones(1), b=nd.ones(1))[0].asnumpy()
