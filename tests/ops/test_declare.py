"""The declaration language: what is rendered, what is refused, what the tape keeps."""
import inspect

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.ops import declare, render
from mxnet_compat.ops import functional as F
from mxnet_compat.ops.declare import NONE, ZERO, Array, composite, operator


@pytest.fixture
def scratch(monkeypatch):
    """A registry of its own for declarations made in a test."""
    monkeypatch.setattr(declare, "registry", declare.Registry())


def test_front_has_the_declared_signature():
    p = inspect.signature(mx.nd.clip).parameters
    assert list(p) == ["data", "a_min", "a_max", "out", "name", "kwargs"]
    assert p["data"].default is None
    assert repr(p["a_min"].default) == "_Null"
    assert inspect.signature(mx.nd.hard_sigmoid).parameters["alpha"].default == 0.2


def test_a_rule_that_names_nothing_is_an_error(scratch):
    @operator("scratch_op")
    def op(data: Array):
        """Doc."""
        return data.copy()
    op.gradient(data=lambda dy, dta: dy)
    with pytest.raises(TypeError, match="dta"):
        render.recorder(op)


def test_two_operators_of_one_name_are_refused(scratch):
    @operator("scratch_op")
    def op(data: Array):
        """Doc."""
        return data
    with pytest.raises(TypeError, match="scratch_op"):
        operator("scratch_op")(op.body)


def test_the_tape_keeps_only_what_rules_name():
    x = mx.nd.array([1.0, 2.0])
    x.attach_grad()
    with mx.autograd.record():
        added, e, logged = x + x, mx.nd.exp(x), mx.nd.log(x)
    assert added._node.saved == ()
    assert e._node.saved[0] is e._a
    assert logged._node.saved[0] is x


def test_undifferentiable_inputs(scratch):
    @operator("scratch_op")
    def op(data: Array, index: Array, label: Array):
        """Doc."""
        return data * 2
    op.gradient(data=lambda dy: dy * 2, index=ZERO, label=NONE)
    data, index, label = (mx.nd.ones((2,)) for _ in range(3))
    data.attach_grad()
    index.attach_grad()
    index.grad[:] = 5
    with mx.autograd.record():
        y = op(data, index, label)
    y.backward()
    assert data.grad.asnumpy().tolist() == [2, 2] and index.grad.asnumpy().tolist() == [0, 0]
    label.attach_grad()
    with mx.autograd.record():
        y = op(data, index, label)
    with pytest.raises(mx.MXNetError, match="label"):
        y.backward()


def test_a_gradient_of_the_wrong_shape_names_operator_and_input(scratch):
    @operator("scratch_op")
    def op(data: Array):
        """Doc."""
        return data[:1].copy()
    op.gradient(data=lambda dy: dy)
    x = mx.nd.ones((3,))
    x.attach_grad()
    with mx.autograd.record():
        y = op(x)
    with pytest.raises(mx.MXNetError, match=r"scratch_op.*data.*\(1,\).*\(3,\)"):
        y.backward()


def test_composites_have_gradients_of_every_order(scratch):
    @composite("scratch_cube")
    def cube(data: Array, *, scale: float = 1.0):
        """Doc."""
        return data * data * data * scale
    x = mx.nd.array([2.0])
    x.attach_grad()
    with mx.autograd.record():
        y = cube(x, scale="2")
        first = mx.autograd.grad(y, x, create_graph=True)[0]
        second = mx.autograd.grad(first, x, create_graph=True)[0]
    second.backward()
    assert (first.asscalar(), second.asscalar(), x.grad.asscalar()) == (24, 24, 12)


@pytest.mark.parametrize(("call", "words"), [
    (lambda x: mx.nd.clip(x, 0), ["clip", "a_max", "missing"]),
    (lambda x: mx.nd.clip(x, 0, "a"), ["clip", "a_max", "number", "'a'"]),
    (lambda x: mx.nd.exp(), ["exp", "data", "missing"]),
    (lambda x: mx.nd.exp(x, scale=2), ["exp", "scale", "data"]),
    (lambda x: x + mx.nd.ones((5,)), ["broadcast_add", "(2, 3)", "(5,)"]),
    (lambda x: mx.nd.elemwise_add(x, mx.nd.ones((3,))), ["elemwise_add", "same shape", "(2, 3)", "(3,)"]),
    (lambda x: x + x.astype("float64"), ["broadcast_add", "float32", "float64"]),
    (lambda x: x.astype("bool") + x.astype("bool"), ["broadcast_add", "bool", "float32"]),
    (lambda x: mx.nd.exp(x, out=mx.nd.zeros((3,))), ["exp", "out", "(3,)", "(2, 3)"]),
])
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises(mx.MXNetError) as e:
        call(mx.nd.ones((2, 3)))
    assert all(w in str(e.value) for w in words), str(e.value)


@pytest.mark.parametrize("given", [np.ones(2), 1.0, [1, 2]])
def test_what_is_no_array_is_an_assertion_error(given):
    with pytest.raises(AssertionError, match="data"):
        mx.nd.exp(given)


def test_numpys_error_settings_do_not_reach_kernels():
    with np.errstate(all="raise"):
        assert mx.nd.log(mx.nd.array([0.0])).asscalar() == -np.inf
        assert np.isinf((mx.nd.array([1.0]) / 0).asscalar())


def test_functional_is_the_front():
    assert F.exp is mx.nd.exp
    with pytest.raises(AttributeError, match="no_such_operator"):
        F.no_such_operator  # noqa: B018
