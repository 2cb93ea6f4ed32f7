"""``autograd.grad``: its arguments and errors, and derivatives up to the third order with ``create_graph``."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd

# The derivatives of order one, two and three, by hand.
DERIVATIVES = {
    "sin": (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)),
    "cos": (lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin),
    "tan": (
        lambda x: 1 + np.tan(x) ** 2,
        lambda x: 2 * np.tan(x) * (1 + np.tan(x) ** 2),
        lambda x: (2 + 6 * np.tan(x) ** 2) * (1 + np.tan(x) ** 2),
    ),
    "sinh": (np.cosh, np.sinh, np.cosh),
    "cosh": (np.sinh, np.cosh, np.sinh),
    "tanh": (
        lambda x: 1 - np.tanh(x) ** 2,
        lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
        lambda x: (6 * np.tanh(x) ** 2 - 2) * (1 - np.tanh(x) ** 2),
    ),
    "arctan": (
        lambda x: 1 / (1 + x**2),
        lambda x: -2 * x / (1 + x**2) ** 2,
        lambda x: (6 * x**2 - 2) / (1 + x**2) ** 3,
    ),
    "arctanh": (
        lambda x: 1 / (1 - x**2),
        lambda x: 2 * x / (1 - x**2) ** 2,
        lambda x: (2 + 6 * x**2) / (1 - x**2) ** 3,
    ),
    "arcsin": (
        lambda x: (1 - x**2) ** -0.5,
        lambda x: x * (1 - x**2) ** -1.5,
        lambda x: (1 + 2 * x**2) * (1 - x**2) ** -2.5,
    ),
    "arccos": (
        lambda x: -((1 - x**2) ** -0.5),
        lambda x: -x * (1 - x**2) ** -1.5,
        lambda x: -(1 + 2 * x**2) * (1 - x**2) ** -2.5,
    ),
    "expm1": (np.exp, np.exp, np.exp),
    "log": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "log2": tuple(lambda x, k=k: (1, -1, 2)[k] / x ** (k + 1) / np.log(2) for k in range(3)),
    "log10": tuple(lambda x, k=k: (1, -1, 2)[k] / x ** (k + 1) / np.log(10) for k in range(3)),
    "log1p": (lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2, lambda x: 2 / (1 + x) ** 3),
    "sqrt": (lambda x: x**-0.5 / 2, lambda x: -(x**-1.5) / 4, lambda x: 3 * x**-2.5 / 8),
    "rsqrt": (lambda x: -(x**-1.5) / 2, lambda x: 3 * x**-2.5 / 4, lambda x: -15 * x**-3.5 / 8),
    "cbrt": (lambda x: x ** (-2 / 3) / 3, lambda x: -2 * x ** (-5 / 3) / 9, lambda x: 10 * x ** (-8 / 3) / 27),
    "rcbrt": (lambda x: -(x ** (-4 / 3)) / 3, lambda x: 4 * x ** (-7 / 3) / 9, lambda x: -28 * x ** (-10 / 3) / 27),
    "reciprocal": (lambda x: -(x**-2), lambda x: 2 * x**-3, lambda x: -6 * x**-4),
    "square": (lambda x: 2 * x, lambda x: 2 + 0 * x, lambda x: 0 * x),
    "relu": (lambda x: 1 + 0 * x, lambda x: 0 * x, lambda x: 0 * x),
    "abs": (lambda x: 1 + 0 * x, lambda x: 0 * x, lambda x: 0 * x),
    "radians": (lambda x: np.pi / 180 + 0 * x, lambda x: 0 * x, lambda x: 0 * x),
    "sigmoid": (
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        lambda x: -np.tanh(x / 2) * np.exp(-x) / (1 + np.exp(-x)) ** 2,
        lambda x: (1.5 * np.tanh(x / 2) ** 2 - 0.5) * np.exp(-x) / (1 + np.exp(-x)) ** 2,
    ),
}
POINTS = [0.3, 0.5, 0.7]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_up_to_the_third(name, order, leaf, agree):
    x = leaf(POINTS)
    with autograd.record():
        y = getattr(nd, name)(x)
        for _ in range(order - 1):
            (y,) = autograd.grad(y, [x], create_graph=True, retain_graph=True)
    y.backward()
    agree(x.grad, DERIVATIVES[name][order - 1](np.array(POINTS)), rtol=2e-5, atol=2e-6)


def test_gradient_of_a_gradient(leaf, agree):
    x = leaf([1])
    with autograd.record():
        z = nd.elemwise_add(nd.exp(x), x)
        (dx,) = autograd.grad(z, [x], create_graph=True)
        agree(dx, [np.e + 1])
    dx.backward()
    agree(x.grad, [np.e])


def test_gradient_penalty(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        (slope,) = autograd.grad(nd.square(x), x, create_graph=True)
        loss = slope.sum() + nd.square(slope).sum()
    loss.backward()
    agree(slope, [2, 4])
    agree(x.grad, [10, 18])


@pytest.mark.parametrize("retain", [None, True, False])
def test_create_graph_outside_record(retain, leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = nd.sin(x)
    (dx,) = autograd.grad(y, [x], create_graph=True, retain_graph=retain)
    agree(dx, np.cos([1, 2]))
    dx.backward()
    agree(x.grad, -np.sin([1, 2]))


def test_without_create_graph_the_gradient_is_a_constant(leaf):
    x = leaf([1, 2])
    with autograd.record():
        y = nd.sin(x)
        (dx,) = autograd.grad(y, [x])
    with pytest.raises(mx.MXNetError):
        dx.backward()


@pytest.mark.parametrize("request_", ["write", "add"])
def test_grad_leaves_the_buffers_alone(request_, leaf, agree):
    x = leaf([1, 2], grad_req=request_)
    x.grad[:] = 7
    with autograd.record():
        y = nd.sin(x)
    (dx,) = autograd.grad(y, x)
    agree(dx, np.cos([1, 2]))
    agree(x.grad, [7, 7])


@pytest.mark.parametrize("as_", ["bare", "list", "tuple"])
def test_grad_returns_a_list(as_, leaf, agree):
    x, y = leaf([1, 2]), leaf([3, 4])
    with autograd.record():
        z = x * y
    variables = {"bare": x, "list": [x, y], "tuple": (y, x)}[as_]
    found = autograd.grad(z, variables)
    assert type(found) is list
    expected = {"bare": [[3, 4]], "list": [[3, 4], [1, 2]], "tuple": [[1, 2], [3, 4]]}[as_]
    assert len(found) == len(expected)
    for gradient, numbers in zip(found, expected):
        agree(gradient, numbers)


def test_grad_of_several_heads(leaf, agree):
    x, y = leaf([1, 2, 3]), leaf([4, 5, 6])
    with autograd.record():
        heads = [x * y, x + y * y]
    of_x, of_y = autograd.grad(heads, [x, y], head_grads=[None, nd.array([10, 20, 30])])
    agree(of_x, [14, 25, 36])
    agree(of_y, [81, 202, 363])


def test_grad_by_position_and_by_keyword(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = nd.sin(x)
    agree(autograd.grad(y, x, nd.array([1, 2]), True)[0], np.cos([1, 2]) * [1, 2])
    found = autograd.grad(
        heads=[y], variables=(x,), head_grads=[None], retain_graph=False, create_graph=False, train_mode=True
    )
    agree(found[0], np.cos([1, 2]))


def test_grad_frees_the_graph_unless_told(leaf):
    x = leaf([1, 2])
    with autograd.record():
        y = nd.sin(x)
    autograd.grad(y, x, retain_graph=True)
    autograd.grad(y, x)
    with pytest.raises(mx.MXNetError):
        autograd.grad(y, x)


def test_grad_of_a_leaf_by_itself(leaf, agree):
    x = leaf([5])
    agree(autograd.grad(x, x)[0], [1])


@pytest.mark.parametrize("which", ["unmarked", "unreached", "intermediate", "null"])
def test_grad_refuses_other_variables(which, leaf):
    x = leaf([1, 2])
    null = leaf([1, 2], grad_req="null")
    with autograd.record():
        middle = x * 2
        y = nd.sin(middle) * null
    variable = {"unmarked": nd.ones(2), "unreached": leaf([1, 2]), "intermediate": middle, "null": null}[which]
    with pytest.raises(mx.MXNetError):
        autograd.grad(y, [variable])


def test_grad_refuses_wrong_counts(leaf):
    x = leaf([1, 2])
    with pytest.raises(AssertionError):
        autograd.grad(x, [])
    with pytest.raises(AssertionError):
        autograd.grad(x, x, [None, None])
    with pytest.raises(AssertionError):
        autograd.grad([x, x], x, [None])


@pytest.mark.parametrize("train", [True, False])
def test_grad_under_dropout_uses_the_mask_of_the_forward_pass(train, leaf):
    x = leaf(np.ones(1000))
    with autograd.record():
        y = nd.Dropout(x, p=0.5)
    (dx,) = autograd.grad(y, x, train_mode=train)
    np.testing.assert_array_equal(dx.asnumpy(), y.asnumpy())
