"""Tests of ``gluon/parameter.py`` and ``parameter_dict.py``."""
import copy
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd

from ..scripts import replay
from . import scripts_parameter


@replay("parameter", scripts_parameter.CASES)
def test_as_recorded(case, check):
    check(case)


@pytest.mark.parametrize("make", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_have_their_own_gradients(make):
    p = gluon.Parameter("w", shape=(2,))
    p.initialize(init="ones")
    q = make(p)
    with autograd.record():
        y = (q.data() * nd.array([3, 4])).sum()
    y.backward()
    assert q.grad().asnumpy().tolist() == [3, 4]
    assert p.grad().asnumpy().tolist() == [0, 0]


def test_constants_are_compared_by_value_whatever_they_are_given_as():
    d = gluon.ParameterDict("n_")
    c = d.get_constant("c", [1, 2])
    assert d.get_constant("c", np.array([1, 2])) is c
    with pytest.raises(AssertionError, match="n_c"):
        d.get_constant("c", [1, 3])


def test_the_mean_over_contexts_is_saved(tmp_path):
    p = gluon.Parameter("w", shape=(2,))
    p.initialize(init="zeros", ctx=[mx.cpu(0), mx.cpu(1)])
    p.data(mx.cpu(1))[:] = 4
    assert p._reduce().asnumpy().tolist() == [2, 2]


@pytest.mark.parametrize(("call", "text"), [
    (lambda p: p.data(), "n_w"), (lambda p: p.list_grad(), "initialize"), (lambda p: p.reset_ctx(mx.cpu()), "n_w"),
    (lambda p: setattr(p, "grad_req", "x"), "'x'"), (lambda p: p.initialize(), "shape"),
    (lambda p: p.row_sparse_data(nd.array([0])), "default")])
def test_messages_name_the_parameter_and_the_cause(call, text):
    with pytest.raises((RuntimeError, ValueError, AssertionError), match=text):
        call(gluon.Parameter("n_w"))
