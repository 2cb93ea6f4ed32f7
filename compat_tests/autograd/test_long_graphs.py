"""Graphs of any length, memory given back at once without the collector, and gradients where we differ from MXNet.

For mxnet_compat only: it looks at our own graph and at Python's memory. The other files hold for MXNet too; there,
``pytest compat_tests/autograd --ignore compat_tests/autograd/test_long_graphs.py``.
"""

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet_compat.backend import pool

# These look at the memory and the collector of the whole process.
one_thread = pytest.mark.parametrize("thread_count", [1], indirect=True, ids=["alone"])
LENGTH = 100_000


def chain(x, length=LENGTH):
    with autograd.record():
        y = x
        for _ in range(length):
            y = y + 1
    return y


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def shallow_stack():
    """Little recursion left, so that a walk that recurses fails early and not by chance."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    yield
    sys.setrecursionlimit(before)


@pytest.fixture
def level():
    """``level()``: bytes that Python and NumPy hold, and the peak since the last call."""
    tracemalloc.start()
    # Python keeps some thousand freed tuples and frames for reuse; fill that store before anything is measured.
    warm = nd.ones(2)
    warm.attach_grad()
    chain(warm, 5000).backward()
    del warm

    def measure():
        # what is kept for reuse is not held by a graph; a buffer that a graph does hold survives this
        pool.clear()
        now = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        return now

    yield measure
    tracemalloc.stop()


@one_thread
def test_backward_over_100_000_steps(leaf, agree, no_collector, shallow_stack, level):
    x = leaf([1, 2])
    before, _ = level()
    y = chain(x)
    held, _ = level()
    y.backward()
    after, _ = level()
    agree(y, [LENGTH + 1, LENGTH + 2])
    agree(x.grad, [1, 1])
    assert held - before > 100 * LENGTH
    assert after - before < 50_000


@one_thread
@pytest.mark.parametrize("retained", [False, True])
def test_dropping_100_000_steps(retained, leaf, no_collector, shallow_stack, level):
    x = leaf([1, 2])
    before, _ = level()
    y = chain(x)
    if retained:
        y.backward(retain_graph=True)
    del y
    assert level()[0] - before < 50_000


@one_thread
def test_grad_over_100_000_steps(leaf, agree, shallow_stack):
    x = leaf([1, 2])
    agree(autograd.grad(chain(x), x)[0], [1, 1])


def test_long_chains_in_threads(leaf, agree):
    x = leaf([1, 2])
    chain(x, 20_000).backward()
    agree(x.grad, [1, 1])


@one_thread
def test_a_wide_graph(leaf, agree, shallow_stack):
    x = leaf([1, 2], grad_req="add")
    with autograd.record():
        total = x * 0
        for _ in range(20_000):
            total = total + x * 2
    total.backward()
    agree(x.grad, [40_000, 40_000])


@one_thread
def test_intermediates_die_with_backward(leaf, no_collector):
    x = leaf([1, 2])
    with autograd.record():
        doubled = x * 2
        grown = nd.exp(doubled)
        y = grown.sum()
    graph = [weakref.ref(a._node) for a in (doubled, grown, y)]
    arrays = [weakref.ref(a) for a in (doubled, grown)]
    del doubled, grown
    assert [a() for a in arrays] == [None, None]
    assert all(node() is not None for node in graph)
    y.backward()
    assert [node() for node in graph[:-1]] == [None, None]
    last = weakref.ref(y)
    del y
    assert last() is None and graph[-1]() is None


class Failing(autograd.Function):
    def forward(self, x):
        return x * 1

    def backward(self, dy):
        raise ZeroDivisionError("in backward")


@one_thread
@pytest.mark.parametrize("how", ["backward", "backward-retained", "grad", "create_graph", "dropped", "failed"])
def test_buffers_are_given_back(how, leaf, no_collector, level):
    size = 1_000_000
    x = leaf(np.ones(size))
    x.grad[:] = 0
    before, _ = level()
    with autograd.record():
        y = nd.exp(nd.sin(x) * 2).sum()
        if how == "create_graph":
            (dx,) = autograd.grad(y, x, create_graph=True)
            assert dx.shape == x.shape
            del dx
    if how.startswith("backward"):
        y.backward(retain_graph=how == "backward-retained")
    elif how == "grad":
        autograd.grad(y, x)
    elif how == "failed":
        with autograd.record():
            y = Failing()(y)
        with pytest.raises(mx.MXNetError, match="in backward"):
            y.backward()
    assert level()[1] - before > 4 * size
    if how in ("backward", "grad"):
        assert level()[0] - before < 50_000
    del y
    assert level()[0] - before < 50_000


@one_thread
def test_the_arrays_of_a_function_die(leaf, no_collector):
    class Squared(autograd.Function):
        def forward(self, x):
            self.save_for_backward(x * 1)
            return x * x

        def backward(self, dy):
            return 2 * self.saved_tensors[0] * dy

    x = leaf([1, 2])
    function = Squared()
    with autograd.record():
        y = function(x)
    held = weakref.ref(function), weakref.ref(function.saved_tensors[0])
    del function
    y.backward()
    assert [h() for h in held] == [None, None]


@one_thread
def test_leaves_die(no_collector):
    x = nd.ones(2)
    x.attach_grad()
    with autograd.record():
        y = x * x
    y.backward()
    held = weakref.ref(x)
    del x
    assert held() is None


def test_function_adds_into_a_gradient(leaf, agree):
    class Tripled(autograd.Function):
        def forward(self, x):
            return x * 3

        def backward(self, dy):
            return dy * 3

    x = leaf([1, 2], grad_req="add")
    for _ in range(2):
        with autograd.record():
            y = Tripled()(x)
        y.backward()
    agree(x.grad, [6, 6])


@pytest.mark.parametrize("missing", ["first", "last"])
def test_none_from_a_function_is_no_gradient(missing, leaf, agree):
    class Product(autograd.Function):
        def forward(self, x, y):
            self.save_for_backward(x, y)
            return x * y

        def backward(self, dz):
            x, y = self.saved_tensors
            return (None, dz * x) if missing == "first" else (dz * y, None)

    x, y = leaf([1, 2]), leaf([3, 4])
    x.grad[:] = 7
    y.grad[:] = 7
    with autograd.record():
        z = Product()(x, y)
    z.backward()
    agree(x.grad, [7, 7] if missing == "first" else [3, 4])
    agree(y.grad, [7, 7] if missing == "last" else [1, 2])


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    "function, derivatives",
    [
        (lambda x: x * x * x, (lambda x: 3 * x**2, lambda x: 6 * x, lambda x: 6 + 0 * x)),
        (lambda x: x**4, (lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x)),
        (lambda x: 1 / x, (lambda x: -(x**-2), lambda x: 2 * x**-3, lambda x: -6 * x**-4)),
        (nd.exp, (np.exp, np.exp, np.exp)),
        (
            nd.arcsinh,
            (
                lambda x: (1 + x**2) ** -0.5,
                lambda x: -x * (1 + x**2) ** -1.5,
                lambda x: (2 * x**2 - 1) * (1 + x**2) ** -2.5,
            ),
        ),
    ],
    ids=["cube", "fourth", "quotient", "exp", "arcsinh"],
)
def test_higher_orders_beyond_mxnet(function, derivatives, order, leaf, agree):
    points = np.array([0.3, 0.5, 0.7])
    x = leaf(points)
    with autograd.record():
        y = function(x)
        for _ in range(order - 1):
            (y,) = autograd.grad(y, [x], create_graph=True, retain_graph=True)
    y.backward()
    agree(x.grad, derivatives[order - 1](points), rtol=2e-5)
