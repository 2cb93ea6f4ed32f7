"""``mx.contrib.autograd``, the API before 0.12: one switch for both flags, ``grad_and_loss``, ``compute_gradient``."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd

old = mx.contrib.autograd


def uniform(*shape, low=4.0, high=5.0, seed=0):
    return nd.array(np.random.RandomState(seed).uniform(low, high, shape))


def dropped(y):
    return set(np.unique(y.asnumpy())) == {0.0, 2.0}


def test_the_module_can_be_imported():
    from mxnet.contrib import autograd as imported

    assert imported is old


# --- grad_and_loss and grad


@pytest.mark.parametrize(
    "function, derivative",
    [
        (lambda x: nd.exp(x), np.exp),
        (lambda x: x / 2, lambda x: 0.5 + 0 * x),
        (lambda x: x**2, lambda x: 2 * x),
    ],
    ids=["exp", "half", "square"],
)
def test_function_of_one_array(function, derivative, agree):
    x = uniform(4, 5)
    gradients, loss = old.grad_and_loss(function)(x)
    assert type(gradients) is list and len(gradients) == 1
    agree(loss, function(x).asnumpy())
    agree(gradients[0], derivative(x.asnumpy().astype("float64")))


@pytest.mark.parametrize(
    "function, derivatives",
    [
        (lambda x, y: x + y, lambda x, y: (1 + 0 * x, 1 + 0 * y)),
        (lambda x, y: x * y, lambda x, y: (y, x)),
        (lambda x, y: x + x * y, lambda x, y: (1 + y, x)),
    ],
    ids=["add", "multiply", "multiply-add"],
)
def test_function_of_two_arrays(function, derivatives, agree):
    x, y = uniform(4, 5), uniform(4, 5, seed=1)
    gradients, loss = old.grad_and_loss(function)(x, y)
    agree(loss, function(x, y).asnumpy())
    expected = derivatives(x.asnumpy(), y.asnumpy())
    assert len(gradients) == 2
    for gradient, numbers in zip(gradients, expected):
        agree(gradient, numbers)


def test_operator_that_keeps_state(agree):
    def layer(a, b, weight, bias):
        return nd.FullyConnected(a * b, weight, bias, num_hidden=32)

    a, b = uniform(64, 50, low=0, high=1), uniform(64, 50, low=0, high=1, seed=1)
    weight, bias = uniform(32, 50, low=0, high=1, seed=2), uniform(32, low=0, high=1, seed=3)
    gradients, loss = old.grad_and_loss(layer)(a, b, weight, bias)
    agree(loss, layer(a, b, weight, bias).asnumpy())
    up = np.ones((64, 32))
    agree(gradients[0], up @ weight.asnumpy() * b.asnumpy(), rtol=1e-5)
    agree(gradients[1], up @ weight.asnumpy() * a.asnumpy(), rtol=1e-5)
    agree(gradients[2], up.T @ (a * b).asnumpy(), rtol=1e-5)
    agree(gradients[3], up.sum(0))


@pytest.mark.parametrize("add", [True, False])
def test_argnum_lets_other_arguments_be_anything(add, agree):
    def by_mode(a, b, mode):
        return a + b if mode else a * b

    a, b = uniform(3, 2), uniform(3, 2, seed=1)
    gradients, loss = old.grad_and_loss(by_mode, argnum=[0, 1])(a, b, add)
    agree(loss, by_mode(a, b, add).asnumpy())
    agree(gradients[0], np.ones((3, 2)) if add else b.asnumpy())
    agree(gradients[1], np.ones((3, 2)) if add else a.asnumpy())


@pytest.mark.parametrize("argnum, order", [(None, [0, 1]), (0, [0]), (1, [1]), (-1, [1]), ([1, 0], [1, 0]), ([1], [1])])
def test_argnum_chooses_and_orders(argnum, order, agree):
    x, y = nd.array([1, 2]), nd.array([3, 5])
    by = [[4, 6], [1, 2]]
    gradients, loss = old.grad_and_loss(lambda a, b: a * b + a, argnum=argnum)(x, y)
    alone = old.grad(lambda a, b: a * b + a, argnum)(x, y)
    assert type(alone) is list and len(alone) == len(gradients) == len(order)
    for one, other, i in zip(gradients, alone, order):
        agree(one, by[i])
        agree(other, by[i])
    agree(loss, [4, 12])


@pytest.mark.parametrize("container", [list, tuple])
def test_functions_with_several_results(container, agree):
    x, y = nd.array([1, 2]), nd.array([3, 5])
    gradients, loss = old.grad_and_loss(lambda a, b: container([a * b, a]))(x, y)
    assert type(loss) is container
    agree(gradients[0], [4, 6])
    agree(gradients[1], [1, 2])


def test_arguments_come_out_marked(leaf, agree):
    x = leaf([1, 2])
    held = x.grad
    gradients, _ = old.grad_and_loss(lambda a: a * a)(x)
    agree(x.grad, [2, 4])
    agree(held, [0, 0])
    x.grad[:] = 5
    agree(gradients[0], [5, 5])


def test_an_argument_that_is_not_used(agree):
    gradients = old.grad(lambda a, b: a * 2)(nd.ones(2), nd.ones(3))
    agree(gradients[0], [2, 2])
    agree(gradients[1], [0, 0, 0])


def test_gradients_keep_dtype():
    gradients = old.grad(lambda a: a * 2)(nd.ones(2, dtype="float64"))
    assert gradients[0].dtype == np.float64


def test_the_function_runs_recorded_and_in_training(flags):
    seen = []

    def function(x):
        seen.append(flags())
        return nd.Dropout(x, p=0.5)

    gradients, loss = old.grad_and_loss(function)(nd.ones(1000))
    assert seen == [(True, True)] and flags() == (False, False)
    assert dropped(loss)
    np.testing.assert_array_equal(gradients[0].asnumpy(), loss.asnumpy())


def test_wrappers_keep_the_name():
    def quadratic(x):
        """Of x."""
        return x * x

    for wrapped in (old.grad_and_loss(quadratic), old.grad(quadratic)):
        assert wrapped.__name__ == "quadratic" and wrapped.__doc__ == "Of x."


def test_what_grad_and_loss_refuses(flags):
    def failing(x):
        raise ZeroDivisionError("from the body")

    x = nd.ones(2)
    for error, function, argnum, args in [
        (AssertionError, lambda a, b: a * b, None, (x, 2.0)),
        (AssertionError, lambda a: a, None, (3.0,)),
        (IndexError, lambda a: a * 2, 3, (x,)),
        (TypeError, lambda a, b: a * b, (0, 1), (x, x)),
        (AssertionError, lambda a: iter([a * 2]), None, (x,)),
        (mx.MXNetError, lambda a: nd.ones(2), None, (x,)),
        (ZeroDivisionError, failing, None, (x,)),
    ]:
        with pytest.raises(error):
            old.grad_and_loss(function, argnum)(*args)
        assert flags() == (False, False)
    with pytest.raises(TypeError):
        old.grad_and_loss(lambda a, b=1: a * b, 0)(x, b=2.0)


# --- the switch and its scopes


def test_set_is_training_switches_both(flags):
    assert old.set_is_training(True) is False
    assert flags() == (True, True)
    assert old.set_is_training(True) is True
    assert old.set_is_training(False) is True
    assert flags() == (False, False)


@pytest.mark.parametrize("before", [(False, True), (True, False)])
@pytest.mark.parametrize("to", [True, False])
def test_set_is_training_returns_whether_it_recorded(before, to, flags):
    autograd.set_recording(before[0])
    autograd.set_training(before[1])
    assert old.set_is_training(to) is before[0]
    assert flags() == (to, to)
    old.set_is_training(False)


def test_sections(flags):
    with old.train_section() as given:
        assert given is None and flags() == (True, True)
        with old.test_section() as given:
            assert given is None and flags() == (False, False)
        assert flags() == (True, True)
    assert flags() == (False, False)


def test_sections_among_scopes_of_the_new_api(flags):
    with autograd.record(train_mode=False):
        with old.test_section():
            assert flags() == (False, False)
        assert flags() == (True, True)
    with autograd.train_mode():
        with old.train_section():
            assert flags() == (True, True)
        assert flags() == (False, False)
    assert flags() == (False, False)


def test_a_section_that_changed_nothing_restores_nothing(flags):
    with autograd.record():
        with old.train_section():
            old.set_is_training(False)
        assert flags() == (False, False)
    with old.test_section():
        autograd.set_recording(True)
    assert flags() == (True, False)
    autograd.set_recording(False)


def test_sections_restore_after_exceptions_and_can_be_entered_again(flags):
    section = old.train_section()
    for _ in range(2):
        with pytest.raises(KeyError), section:
            assert flags() == (True, True)
            raise KeyError("from the body")
        assert flags() == (False, False)


def test_dropout_in_sections():
    x = nd.ones((40, 40))
    with old.train_section():
        assert dropped(nd.Dropout(x, p=0.5))
        with old.test_section():
            np.testing.assert_array_equal(nd.Dropout(x, p=0.5).asnumpy(), x.asnumpy())
    np.testing.assert_array_equal(nd.Dropout(x, p=0.5).asnumpy(), x.asnumpy())


# --- mark_variables, compute_gradient, backward


def test_compute_gradient(agree):
    x, into = nd.array([1, 2]), nd.zeros(2)
    assert old.mark_variables([x], [into]) is None
    with old.train_section():
        y = x * x
    assert old.compute_gradient([y]) is None
    agree(into, [2, 4])
    with pytest.raises(mx.MXNetError):
        old.compute_gradient([y])


@pytest.mark.parametrize(
    "requests, of_x, of_y",
    [
        ("write", [3, 4], [1, 2]),
        ("add", [7, 9], [3, 5]),
        (["add", "null"], [7, 9], [1, 1]),
        (("write", "add"), [3, 4], [3, 5]),
    ],
)
def test_mark_variables(requests, of_x, of_y, agree):
    x, y = nd.array([1, 2]), nd.array([3, 4])
    into = [nd.ones(2), nd.ones(2)]
    old.mark_variables([x, y], into, requests)
    for _ in range(2):
        with old.train_section():
            z = x * y
        old.compute_gradient([z])
    agree(into[0], of_x)
    agree(into[1], of_y)


@pytest.mark.parametrize("requests, error", [("nonsense", KeyError), ([1], KeyError), (1, TypeError)])
def test_mark_variables_refuses_other_requests(requests, error):
    with pytest.raises(error):
        old.mark_variables([nd.ones(2)], [nd.zeros(2)], requests)


def test_heads_with_and_without_a_given_gradient(agree):
    x, into = nd.ones((3, 5)), nd.zeros((3, 5))
    old.mark_variables([x], [into])
    with old.train_section():
        parts = nd.SliceChannel(x, num_outputs=3, axis=0, squeeze_axis=True)
    old.backward(parts, [None, nd.array([1, 2, 3, 4, 5]), nd.array([5, 4, 3, 2, 1])])
    agree(into, [[1, 1, 1, 1, 1], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]])


def test_backward_takes_tuples(agree):
    x, into = nd.array([1, 2]), nd.zeros(2)
    old.mark_variables((x,), (into,))
    with old.train_section():
        y = x * x
    assert old.backward((y,), (nd.array([3, 4]),), True) is None
    agree(into, [6, 16])
    old.backward(outputs=[y], out_grads=None, retain_graph=False)
    agree(into, [2, 4])


def test_what_backward_refuses():
    x, into = nd.array([1, 2]), nd.zeros(2)
    old.mark_variables([x], [into])
    with old.train_section():
        y, z = x * x, x * 2
    for outputs, heads in [(y, None), ([y, z], [None]), ([y], [None, None]), ([y, z], nd.ones(3))]:
        with pytest.raises(AssertionError):
            old.backward(outputs, heads)
    with pytest.raises(mx.MXNetError):
        old.backward([nd.ones(2)])


def test_detach_and_fresh_gradients(agree):
    x, y = nd.ones((2, 2)), nd.ones((2, 2))
    into_x, into_y = nd.zeros((2, 2)), nd.zeros((2, 2))
    old.mark_variables([x, y], [into_x, into_y])
    assert not x._fresh_grad and not y._fresh_grad
    with old.train_section():
        z = (x + 2) + y
    old.backward([z])
    agree(into_x, np.ones((2, 2)))
    assert x._fresh_grad and y._fresh_grad
    into_x[:] = 0
    x._fresh_grad = y._fresh_grad = False
    with old.train_section():
        z = (x + 2).detach() + y
    old.backward([z])
    agree(into_x, np.zeros((2, 2)))
    assert y._fresh_grad and not x._fresh_grad


def test_retained_graph(agree):
    x, into = nd.ones((2, 2)), nd.zeros((2, 2))
    old.mark_variables([x], [into], "add")
    with old.train_section():
        y = x + 1
    old.backward([y], retain_graph=True)
    agree(into, np.ones((2, 2)))
    old.backward([y])
    agree(into, 2 * np.ones((2, 2)))
    with pytest.raises(mx.MXNetError):
        old.backward([y])
