"""Plans in words, and what the passes did to programs."""
import pytest

from mxnet import nd

from .nets import Function, close, made, plans, step


def program(function, x, shape=(1,)):
    """The forward program for a function of ``F``, an input and a parameter of ones."""
    net = Function(function, shape)
    net.initialize(init="ones")
    net.hybridize()
    for _ in range(2):
        net(x)
    return plans(net)[0].program


def names(p):
    return [s.op.name for s in p.steps]


def test_text(capsys):
    net, x = made("mlp")
    with pytest.raises(RuntimeError, match="hybridize"):
        net.plan()
    net.hybridize()
    net(x)
    net.plan()
    assert "not compiled" in capsys.readouterr().out
    for _ in range(2):
        step(net, x)
    net.plan()
    out = capsys.readouterr().out
    assert "forward: 5 steps, 3 buffers of 304 B" in out and "backward:" in out
    assert "into %7" in out and "FullyConnected(%0, %1, %2; num_hidden=8" in out
    assert "keeps 3 buffers" in out or "keeps 2 buffers" in out


def test_reason_is_told(capsys):
    net = Function(lambda F, x, w: F.broadcast_add(F.contrib.boolean_mask(x, x), w), (1,))
    net.initialize()
    net.hybridize()
    for _ in range(2):
        net(nd.ones((2,)))
    net.plan()
    assert "shape depends on values" in capsys.readouterr().out


def test_equal_calls_are_made_once():
    p = program(lambda F, x, w: F.exp(F.broadcast_mul(x, w)) + F.exp(F.broadcast_mul(x, w)) * 2, nd.ones((2, 3)))
    assert names(p).count("exp") == names(p).count("broadcast_mul") == 1


def test_random_calls_are_not_merged():
    p = program(lambda F, x, w: F.Dropout(F.broadcast_mul(x, w), mode="always") +
                F.Dropout(F.broadcast_mul(x, w), mode="always"), nd.ones((2, 3)))
    assert names(p).count("Dropout") == 2 and names(p).count("broadcast_mul") == 1


def test_results_go_into_memory_of_no_use():
    p = program(lambda F, x, w: F.sqrt(F.exp(F.broadcast_mul(x, w)) + 1), nd.ones((2, 3)))
    assert [s.inplace is not None for s in p.steps] == [False, True, True, True]


def test_copies_within_are_views():
    p = program(lambda F, x, w: F.exp(F.reshape(F.broadcast_mul(x, w), shape=(-1,))) + 0, nd.ones((2, 3)))
    assert p.steps[1].outs[0] in p.views and p.steps[1].inplace is None


def chained(F, x, w):
    y = F.sigmoid(F.broadcast_mul(x, w) * 2 + 1)
    return F.tanh(y) * F.exp(-y) + F.relu(y - 0.5) / (F.square(y) + 1), y + x


@pytest.mark.parametrize("rows", [1 << 17, (1 << 18) + 3])
def test_chains_on_large_arrays_are_one_step(rows):
    plain, planned = Function(chained, (1,)), Function(chained, (1,))
    x = nd.random.uniform(-2, 2, (rows, 3))
    for net in (plain, planned):
        net.initialize(init="ones")
    planned.hybridize()
    for _ in range(3):
        close(step(planned, x)[:2], step(plain, x)[:2])
    p = plans(planned)[0].program
    assert len(p.steps) == 1 and names(p)[0].startswith("chain of broadcast_mul, _mul_scalar")
    back, _ = plans(planned)[0]._backward[(True, True), True]
    assert any(n.startswith("chain") for n in names(back)) and len(back.steps) < 8


def test_chains_write_into_memory_of_no_use():
    p = program(lambda F, x, w: F.exp(F.softmax(F.broadcast_mul(x, w)) * 2 + 1), nd.ones((1 << 18, 2)))
    assert names(p) == ["broadcast_mul", "softmax", "chain of _mul_scalar, _plus_scalar, exp"]
    assert p.steps[-1].inplace == p.steps[1].outs[0]


def test_what_depends_on_constants_only_is_computed_once():
    p = program(lambda F, x, w: F.broadcast_mul(x, w) * F.exp(F.arange(3) - 1).reshape((1, 3)).broadcast_to((2, 3)),
                nd.ones((2, 3)))
    assert names(p) == ["broadcast_mul", "elemwise_mul"] and len(p.constants) == 1


def test_what_nobody_needs_is_left_out():
    p = program(lambda F, x, w: [F.broadcast_add(x, w), F.sqrt(F.exp(x))][0], nd.ones((2, 3)))
    assert names(p) == ["broadcast_add"]
