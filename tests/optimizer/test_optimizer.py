"""Tests of ``mxnet_compat/optimizer``."""
import math
import os
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

from ..scripts import replay
from . import scripts_optimizer


@replay("optimizer", scripts_optimizer.CASES, tolerance=(1e-4, 1e-5))
def test_as_recorded(case, check):
    check(case)


@pytest.mark.parametrize("wd", [0.0, 0.1])
def test_dcasgd_with_momentum(wd):
    # the real package raises here
    o = mx.optimizer.create("dcasgd", momentum=0.9, lamda=0.5, wd=wd, learning_rate=0.1)
    u = mx.optimizer.get_updater(o)
    w, mom, before = np.array([1.0, -2.0]), np.zeros(2), np.array([1.0, -2.0])
    weight = nd.array(w)
    for k in range(4):
        g = np.array([0.5, k])
        mom = 0.9 * mom - 0.1 * (g + wd * w + 0.5 * g * g * (w - before))
        before = w
        w = w + mom
        u(0, nd.array(g), weight)
    np.testing.assert_allclose(weight.asnumpy(), w, rtol=1e-5)


def test_sgld_steps_down_with_noise_of_the_rates_variance():
    o = mx.optimizer.create("sgld", learning_rate=0.04)
    w = nd.zeros((20000,))
    mx.optimizer.get_updater(o)(0, nd.ones((20000,)), w)
    values = w.asnumpy()
    assert abs(values.mean() + 0.02) < 0.01 and abs(values.std() - math.sqrt(0.04)) < 0.01


def test_an_optimizer_keeps_weights_in_place():
    for name in sorted(mx.optimizer.Optimizer.opt_registry):
        w = nd.ones((3, 2))
        view = w[0:2]
        mx.optimizer.get_updater(mx.optimizer.create(name))(0, nd.ones((3, 2)), w)
        assert (view.asnumpy() == w.asnumpy()[:2]).all() and (view.asnumpy() != 1).any(), name


class Own(mx.optimizer.SGD):
    """An optimizer of the script's own."""


class Evil:
    """What a pickle must not be able to call."""

    def __reduce__(self):
        return os.getenv, ("HOME",)


def state(value):
    return pickle.dumps({0: value})


def test_states_with_an_optimizer_of_ones_own():
    u = mx.optimizer.get_updater(Own(momentum=0.9))
    u(0, nd.ones((2,)), nd.ones((2,)))
    v = mx.optimizer.get_updater(mx.optimizer.SGD())
    v.set_states(u.get_states(dump_optimizer=True))
    assert type(v.optimizer) is Own and v.states[0].asnumpy().tolist() == u.states[0].asnumpy().tolist()


@pytest.mark.parametrize("data", [state(Evil()), state(os.system), state(Evil), pickle.dumps(({}, Evil())), b"", b"\x80\x04.",
                                  b"no pickle", state(nd.ones((2,)))[:-20]])
def test_other_pickles_are_refused(data):
    with pytest.raises(mx.MXNetError, match="optimizer states"):
        mx.optimizer.get_updater(mx.optimizer.SGD()).set_states(data)


def test_other_pickles_may_be_allowed(monkeypatch):
    monkeypatch.setenv("MXNET_COMPAT_UNSAFE_PICKLE", "1")
    u = mx.optimizer.get_updater(mx.optimizer.SGD())
    u.set_states(state(Evil()))
    assert u.states == {0: os.getenv("HOME")}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_states_of_every_protocol_are_read(protocol):
    u = mx.optimizer.get_updater(mx.optimizer.SGD())
    value = (nd.array([1, 2]), None, [np.float32(3), np.arange(3)])
    u.set_states(pickle.dumps({0: value, b"w": None}, protocol))
    assert u.states[0][0].asnumpy().tolist() == [1, 2] and u.states[0][2][0] == 3 and b"w" in u.states


def test_a_state_moves_to_the_context_of_its_weight():
    u = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.9))
    u(0, nd.ones((2,)), nd.ones((2,)))
    u.set_states(u.get_states())
    w = nd.ones((2,), ctx=mx.cpu(1))
    u(0, nd.ones((2,), ctx=mx.cpu(1)), w)
    assert u.states[0].context == mx.cpu(1)


def test_aggregation_is_the_same_as_one_by_one():
    r = np.random.RandomState(0)
    values, grads = [r.randn(3, k) for k in range(1, 8)], [r.randn(3, k) for k in range(1, 8)]
    for name in ("sgd", "lamb", "lars"):
        results = []
        for together in (False, True):
            u = mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=0.1))
            ws, gs = [nd.array(v) for v in values], [nd.array(g) for g in grads]
            if together:
                u(list(range(7)), gs, ws)
            else:
                for k in range(7):
                    u(k, gs[k], ws[k])
            results.append([w.asnumpy() for w in ws])
        for a, b in zip(*results):
            np.testing.assert_array_equal(a, b)


def test_unknown_optimizer_lists_the_known_ones():
    with pytest.raises(ValueError, match="adadelta, adagrad"):
        mx.optimizer.create("sdg")
