"""Marking arrays: ``attach_grad``, ``mark_variables``, gradient requests, ``detach``, cut graphs, fresh gradients."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd


def test_attach_grad(agree):
    x = nd.zeros((10,))
    assert x.grad is None
    x.attach_grad()
    agree(x.grad, np.zeros(10))
    with autograd.record():
        y = x * 2
        assert y.grad is None
        y.backward(nd.ones_like(y) * 2)
    agree(x.grad, np.full(10, 4))


@pytest.mark.parametrize("how", [(), ("write",), ("write", None), ("write", "default")])
def test_attach_grad_by_position(how, agree):
    x = nd.array([1, 2])
    assert x.attach_grad(*how) is None
    assert x.grad.stype == "default" and x.grad.shape == (2,) and x.grad.dtype == np.float32
    assert x.grad.context == x.context
    with autograd.record():
        y = x * x
    y.backward()
    agree(x.grad, [2, 4])


def test_attach_grad_null(leaf, agree):
    x, y = leaf([1, 2], grad_req="null"), leaf([3, 4])
    with autograd.record():
        z = x * y
    z.backward()
    assert x.grad is None
    agree(y.grad, [1, 2])


def test_attach_grad_null_still_allots_a_gradient(leaf, agree):
    agree(leaf([1, 2], grad_req="null").grad, [0, 0])


def test_nothing_is_recorded_for_null_alone(leaf):
    x = leaf([1, 2], grad_req="null")
    with autograd.record():
        y = x * x
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_attach_grad_again_starts_at_zero(leaf, agree):
    x = leaf([1, 2])
    x.grad[:] = 5
    x.attach_grad("add")
    agree(x.grad, [0, 0])
    for _ in range(2):
        with autograd.record():
            y = x * x
        y.backward()
    agree(x.grad, [4, 8])


def test_attach_grad_refuses_other_words():
    with pytest.raises(KeyError):
        nd.ones(2).attach_grad("nonsense")


def test_the_gradient_buffer_stays(leaf, agree):
    x = leaf([1, 2])
    held = x.grad
    with autograd.record():
        y = x * x
    y.backward()
    agree(held, [2, 4])
    held[:] = 9
    agree(x.grad, [9, 9])


def test_attach_grad_cuts_the_graph(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        middle = x * 2
        middle.attach_grad()
        y = middle * middle
    y.backward()
    agree(middle.grad, [4, 8])
    agree(x.grad, [0, 0])


# --- mark_variables


@pytest.mark.parametrize(
    "requests, of_x, of_y",
    [
        ("write", [3, 4], [1, 2]),
        ("add", [7, 9], [3, 5]),
        (["write", "add"], [3, 4], [3, 5]),
        (["null", "add"], [1, 1], [3, 5]),
        (("add", "null"), [7, 9], [1, 1]),
    ],
)
def test_mark_variables_requests(requests, of_x, of_y, agree):
    x, y = nd.array([1, 2]), nd.array([3, 4])
    into = nd.ones(2), nd.ones(2)
    assert autograd.mark_variables([x, y], list(into), requests) is None
    for _ in range(2):
        with autograd.record():
            z = x * y
        z.backward()
    agree(into[0], of_x)
    agree(into[1], of_y)


@pytest.mark.parametrize("requests, expected", [((), [2, 4]), (("write",), [2, 4]), (("add",), [3, 5])])
def test_mark_variables_takes_single_arrays(requests, expected, agree):
    x, into = nd.array([1, 2]), nd.ones(2)
    autograd.mark_variables(x, into, *requests)
    with autograd.record():
        y = x * x
    y.backward()
    agree(into, expected)
    agree(x.grad, expected)


def test_mark_variables_by_keyword(agree):
    x, into = nd.array([1, 2]), nd.ones(2)
    autograd.mark_variables(variables=[x], gradients=[into], grad_reqs="add")
    with autograd.record():
        y = x * x
    y.backward()
    agree(into, [3, 5])


def test_mark_variables_null_for_all_records_nothing():
    x, into = nd.array([1, 2]), nd.ones(2)
    autograd.mark_variables([x], [into], "null")
    with autograd.record():
        y = x * x
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_mark_variables_cuts_the_graph(leaf, agree):
    x = leaf([1, 2])
    into = nd.zeros(2)
    with autograd.record():
        middle = x * 2
        autograd.mark_variables(middle, into)
        y = middle * middle
    y.backward()
    agree(into, [4, 8])
    agree(x.grad, [0, 0])


@pytest.mark.parametrize("requests, error", [("nonsense", KeyError), (["write", "nonsense"], KeyError), (3, TypeError)])
def test_mark_variables_refuses_other_requests(requests, error):
    with pytest.raises(error):
        autograd.mark_variables([nd.ones(2), nd.ones(2)], [nd.zeros(2), nd.zeros(2)], requests)


def test_mark_variables_refuses_one_array_with_a_list():
    with pytest.raises(AssertionError):
        autograd.mark_variables(nd.ones(2), [nd.zeros(2)])


# --- detach


def test_detach_stops_the_gradient(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        middle = x * 2
        held = middle.detach()
        y = held * x
    y.backward()
    agree(x.grad, [2, 4])
    assert held.grad is None


def test_detach_shares_memory_and_no_gradient(leaf, agree):
    x = leaf([1, 2])
    held = x.detach()
    assert held is not x and held.grad is None
    held[:] = 7
    agree(x, [7, 7])


def test_detached_array_is_no_head(leaf):
    x = leaf([1, 2])
    with autograd.record():
        y = (x * 2).detach()
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_blockgrad_stops_the_gradient_on_the_tape(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = nd.BlockGrad(x * 2) * x
        z = nd.stop_gradient(x * x) + x
    autograd.backward([y, z])
    agree(x.grad, [3, 5])


# --- fresh gradients: True once backward wrote, until somebody says it is used


def test_fresh_gradient_and_detach(agree):
    x, y = nd.ones((2, 2)), nd.ones((2, 2))
    into_x, into_y = nd.zeros((2, 2)), nd.zeros((2, 2))
    autograd.mark_variables([x, y], [into_x, into_y])
    assert not x._fresh_grad and not y._fresh_grad

    with autograd.record():
        z = (x + 2) + y
    z.backward()
    agree(into_x, np.ones((2, 2)))
    assert x._fresh_grad and y._fresh_grad

    into_x[:] = 0
    x._fresh_grad = False
    y._fresh_grad = False
    assert not x._fresh_grad and not y._fresh_grad
    with autograd.record():
        z = (x + 2).detach() + y
    z.backward()
    agree(into_x, np.zeros((2, 2)))
    agree(into_y, np.ones((2, 2)))
    assert y._fresh_grad and not x._fresh_grad


def test_fresh_gradient_over_passes(leaf):
    x = leaf([1, 2])
    for _ in range(2):
        assert not x._fresh_grad
        with autograd.record():
            y = x * x
        assert not x._fresh_grad
        y.backward()
        assert x._fresh_grad
        x._fresh_grad = False
    x._fresh_grad = True
    assert x._fresh_grad
    x.attach_grad()
    assert not x._fresh_grad


def test_fresh_gradient_of_an_unmarked_array():
    x = nd.ones(2)
    assert not x._fresh_grad
    with pytest.raises(mx.MXNetError):
        x._fresh_grad = True
