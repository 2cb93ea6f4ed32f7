"""First-order gradients of expressions: functions of one and two arrays, heads, accumulation, second passes.

How arrays are marked is in test_marking.py, ``autograd.grad`` and higher orders in test_grad.py.
"""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd

UNARY = {
    "exp": (lambda x: nd.exp(x), np.exp),
    "half": (lambda x: x / 2, lambda x: 0.5 + 0 * x),
    "square": (lambda x: x**2, lambda x: 2 * x),
    "times-itself": (lambda x: x * x, lambda x: 2 * x),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2),
    "sigmoid": (lambda x: 1 / (1 + nd.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
    "log-of-sum": (lambda x: nd.log(x + x), lambda x: 1 / x),
    "constant-base": (lambda x: 2**x, lambda x: np.log(2) * 2**x),
}
BINARY = {
    "add": (lambda x, y: x + y, lambda x, y: (1 + 0 * x, 1 + 0 * y)),
    "subtract": (lambda x, y: x - y, lambda x, y: (1 + 0 * x, -1 + 0 * y)),
    "multiply": (lambda x, y: x * y, lambda x, y: (y, x)),
    "divide": (lambda x, y: x / y, lambda x, y: (1 / y, -x / y**2)),
    "power": (lambda x, y: x**y, lambda x, y: (y * x ** (y - 1), np.log(x) * x**y)),
    "multiply-add": (lambda x, y: x + x * y, lambda x, y: (1 + y, x)),
    "elemwise": (lambda x, y: nd.elemwise_mul(x, y), lambda x, y: (y, x)),
}


def uniform(*shape, low=4.0, high=5.0, seed=0):
    return np.random.RandomState(seed).uniform(low, high, shape).astype("float32")


@pytest.mark.parametrize("name", UNARY)
def test_function_of_one_array(name, leaf, agree):
    function, derivative = UNARY[name]
    numbers = uniform(4, 5)
    x = leaf(numbers)
    with autograd.record():
        y = function(x)
    y.backward()
    agree(y, function(x).asnumpy())
    agree(x.grad, derivative(numbers.astype("float64")), rtol=2e-5)


@pytest.mark.parametrize("name", BINARY)
def test_function_of_two_arrays(name, leaf, agree):
    function, derivatives = BINARY[name]
    numbers = uniform(4, 5), uniform(4, 5, low=1, high=2, seed=1)
    x, y = leaf(numbers[0]), leaf(numbers[1])
    with autograd.record():
        z = function(x, y)
    z.backward()
    for array, expected in zip((x, y), derivatives(*(n.astype("float64") for n in numbers))):
        agree(array.grad, expected, rtol=2e-5)


@pytest.mark.parametrize("shapes", [((3, 4), (1, 4)), ((3, 1), (1, 4)), ((2, 3, 4), (4,)), ((1,), (3, 4))], ids=str)
def test_broadcast_axes_are_summed_in_the_gradient(shapes, leaf, agree):
    numbers = [uniform(*shape, low=1, high=2, seed=i) for i, shape in enumerate(shapes)]
    x, y = map(leaf, numbers)
    with autograd.record():
        z = x * y
    z.backward()
    ones = np.ones(z.shape)
    for array, other in ((x, numbers[1]), (y, numbers[0])):
        full = ones * other
        missing = full.ndim - array.ndim
        full = full.sum(axis=tuple(range(missing)))
        stretched = tuple(i for i, n in enumerate(array.shape) if n == 1 and full.shape[i] > 1)
        agree(array.grad, full.sum(axis=stretched, keepdims=True), rtol=1e-5)


def test_fully_connected_of_a_product(leaf, agree):
    numbers = {name: uniform(*shape, low=0, high=1, seed=len(shape) + shape[0]) for name, shape in
               {"a": (64, 50), "b": (64, 50), "weight": (32, 50), "bias": (32,)}.items()}
    a, b, weight, bias = (leaf(n) for n in numbers.values())
    with autograd.record():
        y = nd.FullyConnected(a * b, weight, bias, num_hidden=32)
    y.backward()
    up = np.ones((64, 32))
    product = numbers["a"] * numbers["b"]
    agree(y, product @ numbers["weight"].T + numbers["bias"], rtol=1e-5)
    agree(a.grad, up @ numbers["weight"] * numbers["b"], rtol=1e-5)
    agree(b.grad, up @ numbers["weight"] * numbers["a"], rtol=1e-5)
    agree(weight.grad, up.T @ product, rtol=1e-5)
    agree(bias.grad, up.sum(0))


def test_slices_copies_and_casts_pass_gradients(leaf, agree):
    x = leaf([[1, 2], [3, 4]])
    with autograd.record():
        row = x[0]
        y = row * row + x[1:2].reshape((2,)) + x.copy().astype("float64").astype("float32")[1]
    y.backward()
    agree(x.grad, [[2, 4], [2, 2]])


def test_out_and_copyto_are_recorded(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        there, copied = nd.zeros(2), nd.zeros(2)
        nd.square(x, out=there)
        x.copyto(copied)
        y = there * 3 + copied
    y.backward()
    agree(x.grad, [7, 13])


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "int64"])
def test_gradients_have_the_dtype_of_their_array(dtype, leaf, agree):
    x = leaf([1, 2], dtype=dtype)
    with autograd.record():
        y = x * x
    y.backward()
    assert x.grad.dtype == np.dtype(dtype)
    agree(x.grad, [2, 4])


# --- heads


def test_heads_with_and_without_a_given_gradient(agree):
    x = nd.ones((3, 5))
    into = nd.zeros((3, 5))
    autograd.mark_variables([x], [into])
    up, down = nd.array([1, 2, 3, 4, 5]), nd.array([5, 4, 3, 2, 1])
    with autograd.record():
        parts = nd.split(x, num_outputs=3, axis=0, squeeze_axis=True)
    autograd.backward(parts, [None, up, down])
    agree(into, [[1, 1, 1, 1, 1], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]])


@pytest.mark.parametrize(
    "given, of_a, of_b",
    [
        (None, [5, 6, 7], [9, 12, 15]),
        ([None, [10, 20, 30]], [14, 25, 36], [81, 202, 363]),
        ([[10, 20, 30], None], [41, 101, 181], [18, 50, 102]),
        (([1, 1, 1], [0, 0, 0]), [4, 5, 6], [1, 2, 3]),
    ],
)
def test_gradients_of_several_heads_add_up(given, of_a, of_b, leaf, agree):
    a, b = leaf([1, 2, 3]), leaf([4, 5, 6])
    with autograd.record():
        y = a * b
        z = a + b * b
    heads = None if given is None else type(given)(g and nd.array(g) for g in given)
    assert autograd.backward([y, z], heads) is None
    agree(a.grad, of_a)
    agree(b.grad, of_b)


def test_one_head_may_come_bare(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = x * x
    autograd.backward(y, nd.array([3, 4]), retain_graph=True)
    agree(x.grad, [6, 16])
    autograd.backward(y, [nd.array([1, 10])])
    agree(x.grad, [2, 40])


def test_method_takes_a_head_gradient(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = x * x
    y.backward(nd.array([3, 4]), True, True)
    agree(x.grad, [6, 16])
    y.backward(out_grad=nd.array([1, 10]), retain_graph=False, train_mode=False)
    agree(x.grad, [2, 40])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_wrong_number_of_head_gradients(count, leaf):
    x = leaf([1, 2])
    with autograd.record():
        heads = [x * 2, x * 3]
    with pytest.raises(AssertionError):
        autograd.backward(heads, [None] * count)


def test_marked_leaf_is_a_head_too(leaf, agree):
    x = leaf([1, 2])
    x.backward()
    agree(x.grad, [1, 1])
    x.backward(nd.array([5, 6]))
    agree(x.grad, [5, 6])


@pytest.mark.parametrize("where", ["unmarked", "constant-in-record", "no-heads"])
def test_heads_off_the_tape_are_refused(where):
    x = nd.ones(3)
    with autograd.record():
        y = x * 2
    heads = {"unmarked": x, "constant-in-record": y, "no-heads": []}[where]
    with pytest.raises(mx.MXNetError):
        autograd.backward(heads)


# --- second passes and accumulation


def test_second_pass_needs_retain_graph(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    agree(x.grad, [2, 4])
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_shared_graph_is_freed_for_other_heads_too(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        shared = x * x
        y, z = shared * 2, shared * 3
    y.backward(retain_graph=True)
    agree(x.grad, [4, 8])
    z.backward()
    agree(x.grad, [6, 12])
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_retained_passes_add_up(agree):
    x, into = nd.ones((2, 2)), nd.zeros((2, 2))
    autograd.mark_variables([x], [into], grad_reqs="add")
    with autograd.record():
        y = x + 1
    y.backward(retain_graph=False)
    agree(into, np.ones((2, 2)))
    into[:] = 0
    with autograd.record():
        y = x + 1
    y.backward(retain_graph=True)
    y.backward(retain_graph=False)
    agree(into, 2 * np.ones((2, 2)))
    with pytest.raises(mx.MXNetError):
        y.backward()


@pytest.mark.parametrize("request_, before, expected", [("write", 100, 101), ("add", 100, 201)])
def test_an_array_used_a_hundred_times(request_, before, expected, leaf, agree):
    x = leaf([1, 2], grad_req=request_)
    x.grad[:] = before
    with autograd.record():
        y = x
        for _ in range(100):
            y = y + x
    y.backward()
    agree(x.grad, [expected, expected])


def test_add_over_many_passes_and_mixed_uses(leaf, agree):
    x = leaf([1, 2, 3], grad_req="add")
    for _ in range(4):
        with autograd.record():
            y = x * x + x[0] + x.sum() + nd.concat(x, x, dim=0)[:3]
        y.backward()
    agree(x.grad, 4 * np.array([2 + 3 + 3 + 1, 4 + 3 + 1, 6 + 3 + 1]))


def test_write_replaces_what_was(leaf, agree):
    x = leaf([1, 2])
    for factor in (3, 5):
        with autograd.record():
            y = x * factor
        y.backward()
        agree(x.grad, [factor, factor])


def test_gradient_not_reached_keeps_its_numbers(leaf, agree):
    x, y = leaf([1, 2]), leaf([1, 2])
    y.grad[:] = 7
    with autograd.record():
        z = x * x
    z.backward()
    agree(x.grad, [2, 4])
    agree(y.grad, [7, 7])


def test_backward_inside_record(leaf, agree, flags):
    x = leaf([1, 2])
    with autograd.record():
        y = x * x
        y.backward()
        assert flags() == (True, True)
    agree(x.grad, [2, 4])


def test_backward_of_a_pass_that_failed_before(leaf, agree):
    x = leaf([1, 2])
    with pytest.raises(ZeroDivisionError), autograd.record():
        y = x * x
        y = y / (1 // 0)
    y.backward()
    agree(x.grad, [2, 4])
