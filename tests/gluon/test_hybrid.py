"""Tests of ``gluon/hybrid.py``, ``symbol_block.py``, ``structure.py``."""
import warnings

import numpy as np
import pytest
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet_compat.gluon.structure import flatten, regroup

from ..scripts import replay
from . import scripts_hybrid


@replay("hybrid", scripts_hybrid.CASES)
def test_as_recorded(case, check):
    check(case)


def test_structures_come_back():
    a, b, c = (nd.ones((k,)) for k in (1, 2, 3))
    nested = [a, [b, [c], None]]
    flat, fmt = flatten(nested, "input")
    assert flat == [a, b, c, None] and fmt == [0, [0, [0], -1]]
    assert regroup(flat, fmt) == nested
    assert flatten((a, (b,)), "input") == ([a, b], [0, [0]])


def test_parameters_that_are_not_used_are_told_and_left_out(tmp_path):
    class Net(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Dense(2), nn.Dense(2)

        def hybrid_forward(self, F, x):
            return self.used(x)
    n = Net()
    n.initialize()
    n.hybridize()
    with pytest.warns(UserWarning, match="not used"):
        n(nd.ones((1, 3)))
    with pytest.warns(UserWarning, match="left out"):
        n.export(str(tmp_path / "n"))
    assert all(n.idle.prefix not in k for k in nd.load(str(tmp_path / "n-0000.params")))


def test_a_hybridized_block_uses_new_values_of_its_parameters():
    d = nn.Dense(1, in_units=2, use_bias=False)
    d.initialize("zeros")
    d.hybridize()
    x = nd.array([[1, 2]])
    assert d(x).asscalar() == 0
    d.weight.set_data(nd.array([[3, 4]]))
    assert d(x).asscalar() == 11
    d.initialize("ones", force_reinit=True)
    assert d(x).asscalar() == 3


def test_a_hybridized_block_is_initialized_anew_for_another_shape():
    d = nn.HybridSequential()
    d.add(nn.Dense(2))
    d.initialize()
    d.hybridize()
    d(nd.ones((1, 3)))
    e = gluon.SymbolBlock(d(mx.sym.var("x")), mx.sym.var("x"))
    e.initialize()
    assert e(nd.ones((1, 5))).shape == (1, 2)
    e.initialize(force_reinit=True)
    assert e(nd.ones((1, 5))).shape == (1, 2)


@pytest.mark.parametrize("train", [False, True])
def test_training_mode_is_that_of_the_call(train):
    n = nn.HybridSequential()
    n.add(nn.Dropout(0.5), nn.BatchNorm())
    n.initialize()
    n.hybridize()
    x = nd.ones((50, 4))
    n(x)
    with autograd.record(train_mode=train):
        y = n(x)
    assert (len(np.unique(y.asnumpy().round(4))) > 1) is train


def test_random_numbers_are_drawn_at_each_call():
    b = nn.HybridLambda(lambda F, x: F.broadcast_add(F.random.uniform(shape=(3,)), x))
    b.hybridize()
    x = nd.zeros((1,))
    assert (b(x).asnumpy() != b(x).asnumpy()).all()


def test_values_that_are_no_longer_needed_are_freed():
    sizes = []

    class Watch(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            for _ in range(30):
                x = x * 1.5
            return x
    w = Watch()
    w.hybridize()
    import tracemalloc
    x = nd.ones((1000, 100))
    w(x)
    tracemalloc.start()
    try:
        w(x)
        sizes.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert sizes[0] < 6 * x.size * 4


def test_second_order_gradients_through_a_hybridized_block():
    b = nn.HybridLambda(lambda F, x: F.exp(x * 2))
    b.hybridize()
    x = nd.array([0.5])
    x.attach_grad()
    with autograd.record():
        y = b(x)
        g = autograd.grad(y, x, create_graph=True)[0]
    g.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), 4 * np.exp([1.0]), rtol=1e-6)


def test_messages_of_bad_inputs_tell_what_came():
    with pytest.raises(ValueError, match="ndarray"):
        nn.Dense(2)(np.ones((1, 2)))
    d = nn.Dense(2)
    with pytest.raises(RuntimeError, match=r"hybridize\(\)"):
        d.export("x")


def test_optimize_for_says_that_there_is_no_backend():
    d = nn.Dense(2)
    d.initialize()
    with pytest.warns(UserWarning, match="no backend 'x'"):
        d.optimize_for(nd.ones((1, 2)), backend="x")
    assert d._active and d(nd.ones((1, 2))).shape == (1, 2)


def test_no_warnings_from_ordinary_use():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        d = nn.HybridSequential()
        d.add(nn.Dense(2, activation="relu"), nn.BatchNorm())
        d.initialize()
        d.hybridize()
        with autograd.record():
            y = d(nd.ones((2, 2)))
        y.backward()
