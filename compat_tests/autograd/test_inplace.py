"""Writing into arrays of a recorded graph: refused while recording, allowed outside of it."""

import operator

import pytest

import mxnet as mx
from mxnet import autograd, nd


def set_item(x):
    x[0] = 5


def set_all(x):
    x[:] = 5


WRITES = {
    "+=": lambda x: operator.iadd(x, 1),
    "-=": lambda x: operator.isub(x, 1),
    "*=": lambda x: operator.imul(x, 2),
    "/=": lambda x: operator.itruediv(x, 2),
    "%=": lambda x: operator.imod(x, 2),
    "+= array": lambda x: operator.iadd(x, nd.ones(2)),
    "*= itself": lambda x: operator.imul(x, x),
    "x[0] =": set_item,
    "x[:] =": set_all,
    "out=, of itself": lambda x: nd.exp(x, out=x),
    "out=, of others": lambda x: nd.broadcast_add(nd.ones(2), nd.ones(2), out=x),
    "out=, random": lambda x: nd.random.uniform(shape=(2,), out=x),
    "copyto": lambda x: nd.ones(2).copyto(x),
}


@pytest.mark.parametrize("target", ["leaf", "result"])
@pytest.mark.parametrize("name", WRITES)
def test_refused_while_recording(name, target, leaf, agree, flags):
    x = leaf([1, 2])
    with autograd.record():
        y = x * 2
        with pytest.raises(mx.MXNetError):
            WRITES[name](x if target == "leaf" else y)
        assert flags() == (True, True)
    y.backward()
    agree(x.grad, [2, 2])


@pytest.mark.parametrize("name", WRITES)
def test_allowed_outside(name, leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = x * 3
    WRITES[name](x)
    WRITES[name](y)
    y.backward()
    agree(x.grad, [3, 3])


def test_allowed_under_pause(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        with autograd.pause():
            x += 1
            x[0] = 7
        y = x * x
    y.backward()
    agree(x.grad, [14, 6])


def test_refused_into_part_of_a_constant(leaf):
    x, table = leaf([1, 2]), nd.zeros((2, 2))
    with autograd.record(), pytest.raises(mx.MXNetError):
        table[0] = x


def test_constants_may_be_written(agree, leaf):
    x, constant = leaf([1, 2]), nd.ones(2)
    with autograd.record():
        constant += 2
        constant[0] = 5
        y = x * constant
    y.backward()
    agree(x.grad, [5, 3])


def test_update_step_between_passes(leaf, agree):
    x = leaf([1, 2])
    for expected in ([1, 2], [0.5, 1], [0.25, 0.5]):
        agree(x, expected)
        with autograd.record():
            y = (x * x).sum()
        y.backward()
        x -= 0.25 * x.grad
