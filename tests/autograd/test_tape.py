"""The tape's promises: memory, order, threads, freed graphs. Behaviour that MXNet shares is in compat_tests/autograd."""
import gc
import threading
import weakref

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd as ag
from mxnet_compat import nd


@pytest.fixture
def no_gc():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _chain(x, n):
    refs, y = [], x
    for _ in range(n):
        y = nd.sin(y) * 0.5
        refs.append(weakref.ref(y))
    return y, refs


def test_intermediates_die_without_the_collector(no_gc):
    x = nd.ones((3,))
    x.attach_grad()
    with ag.record():
        y, refs = _chain(x, 5)
    del y
    assert all(r() is None for r in refs)
    with ag.record():
        y, refs = _chain(x, 5)
    node = weakref.ref(y._node)
    y.backward()
    assert all(r() is None for r in refs[:-1])
    del y
    assert node() is None


def test_second_order_leaves_no_cycles(no_gc):
    x = nd.ones((3,))
    x.attach_grad()
    with ag.record():
        y = nd.exp(nd.sin(x)) * x
        g = ag.grad(y, x, create_graph=True)[0]
        z = (g * g).sum()
    refs = [weakref.ref(a) for a in (y, g, z)]
    z.backward()
    del y, g, z
    assert all(r() is None for r in refs)


def test_saved_arrays_go_as_the_walk_passes():
    x = nd.ones((1000,))
    x.attach_grad()
    seen = []

    class Probe(ag.Function):
        def forward(self, a):
            return a * 1

        def backward(self, dy):
            seen.append(last._node.saved)
            return dy
    with ag.record():
        last = nd.exp(Probe()(x))
    last.backward()
    assert seen == [None]


def test_long_chains_neither_recurse_nor_leak():
    x = nd.ones((2,))
    x.attach_grad()
    with ag.record():
        y = x
        for _ in range(20000):
            y = y + 1
    y.backward()
    assert x.grad.asnumpy().tolist() == [1, 1]
    with ag.record():
        y = x
        for _ in range(20000):
            y = nd.relu(y)
    del y


def test_only_what_leads_to_a_wanted_variable_is_walked():
    called = []

    class Probe(ag.Function):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def forward(self, a):
            return a * 1

        def backward(self, dy):
            called.append(self.name)
            return dy
    a, b = nd.ones((2,)), nd.ones((2,))
    a.attach_grad()
    b.attach_grad()
    with ag.record():
        y = Probe("a")(a) * Probe("b")(b)
    ag.grad(y, a, retain_graph=True)
    assert called == ["a"]


def test_gradients_returned_are_arrays_of_their_own():
    x, w, head = nd.ones((2,)), nd.ones((2,)), nd.array([3.0, 4.0])
    x.attach_grad()
    w.attach_grad()
    with ag.record():
        y = x + w
    gx, gw = ag.grad(y, [x, w], head)
    gx[:] = 0
    assert gw.asnumpy().tolist() == [3, 4] and head.asnumpy().tolist() == [3, 4]


def test_a_graph_that_was_freed_counts_as_constant():
    """Truncated backpropagation: what is left of an earlier graph is data in the next one."""
    w, h = nd.array([2.0]), nd.array([1.0])
    w.attach_grad()
    for _ in range(3):
        with ag.record():
            h = h * w
        h.backward()
        assert w.grad.asscalar() == h.asscalar() / 2
    with pytest.raises(mx.MXNetError, match="retain_graph"):
        h.backward()


def test_state_is_restored_when_a_rule_fails():
    class Bad(ag.Function):
        def forward(self, a):
            return a * 1

        def backward(self, dy):
            raise KeyError("mine")
    x = nd.ones((2,))
    x.attach_grad()
    with ag.record(train_mode=False):
        y = Bad()(x)
        with pytest.raises(mx.MXNetError, match="KeyError.*mine"):
            y.backward()
        assert ag.is_recording() and not ag.is_training()
    assert not ag.is_recording()


def test_threads_record_apart():
    results, barrier = {}, threading.Barrier(4)

    def work(k):
        x = nd.array(np.full((5,), float(k + 1)))
        x.attach_grad()
        barrier.wait()
        for _ in range(200):
            with ag.record(train_mode=bool(k % 2)):
                y = x
                for _ in range(k + 1):
                    y = y * x
                assert ag.is_training() == bool(k % 2)
            y.backward()
            assert not ag.is_recording()
        results[k] = x.grad.asnumpy()[0]
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == {k: (k + 2) * float(k + 1) ** (k + 1) for k in range(4)}


def test_gradients_of_an_array_used_many_times_add_up_the_same_way():
    rng = np.random.RandomState(0)
    x = nd.array(rng.normal(size=(50,)))
    x.attach_grad()
    results = []
    for _ in range(3):
        with ag.record():
            y = sum((nd.sin(x * float(k)) * x for k in range(20)), nd.zeros((50,)))
        y.backward()
        results.append(x.grad.asnumpy())
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_head_gradients_of_another_shape():
    """Elements are taken in order where there are enough, as MXNet does; too few are refused, where it reads stray memory."""
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with ag.record():
        y = x * x
    with pytest.warns(UserWarning, match="head gradient"):
        y.backward(nd.array([[1.0, 10.0, 100.0]]), retain_graph=True)
    assert x.grad.asnumpy().tolist() == [2, 40]
    with pytest.raises(mx.MXNetError, match=r"\(1,\).*\(2,\)"):
        y.backward(nd.ones((1,)))


def test_a_constant_gradient_differentiates_to_zero():
    x = nd.ones((2,))
    x.attach_grad()
    with ag.record():
        g = ag.grad(x * 3, x, create_graph=True)[0]
    g.backward()
    assert x.grad.asnumpy().tolist() == [0, 0]


def test_a_function_may_give_no_gradient():
    class First(ag.Function):
        def forward(self, a, b):
            return a * b

        def backward(self, dy):
            return dy * 5, None
    a, b = nd.ones((2,)), nd.ones((2,))
    a.attach_grad()
    b.attach_grad()
    with ag.record():
        y = First()(a, b)
    y.backward()
    assert a.grad.asnumpy().tolist() == [5, 5] and b.grad.asnumpy().tolist() == [0, 0]
