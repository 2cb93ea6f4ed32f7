"""Blocks whose computation loops or chooses: hybridized they compute what they compute operator by operator; exported graphs
read back; cells as bodies and unrolled."""
import json

import numpy as np
import pytest
from mxnet.gluon import nn, rnn

from mxnet import autograd, gluon, nd

RNG = np.random.RandomState(3)


def flat(x):
    return [y for part in x for y in flat(part)] if isinstance(x, (list, tuple)) else [x]


def random(*shape):
    return nd.array(RNG.uniform(0.1, 1, shape))


def fill(net):
    for k, (_, p) in enumerate(sorted(net.collect_params().items())):
        if p.grad_req != "null":
            p.set_data(nd.array(np.random.RandomState(k).uniform(-1, 1, p.shape)))


def outcome(net, args):
    """(outputs, gradients of arguments, gradients of parameters)."""
    for a in flat(args):
        a.attach_grad()
    with autograd.record():
        outputs = flat(net(*args))
        loss = sum((y * y).sum() * (k + 1) for k, y in enumerate(outputs))
    loss.backward()
    return ([y.asnumpy() for y in outputs], [a.grad.asnumpy() for a in flat(args)],
            [p.grad().asnumpy() for _, p in sorted(net.collect_params().items()) if p.grad_req != "null"])


def same_hybridized(net, args, rounds=3):
    net.initialize()
    fill(net)
    expected = outcome(net, args)
    net.hybridize()
    for _ in range(rounds):
        for got, want in zip(outcome(net, args), expected):
            assert len(got) == len(want)
            for g, w in zip(got, want):
                np.testing.assert_allclose(g, w, rtol=1e-4, atol=1e-5)


class Over(gluon.HybridBlock):
    """``foreach`` of a cell, and a dense layer on the last states."""

    def __init__(self, cell, size=4, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.cell = cell()
            self.dense = nn.Dense(2, in_units=size)

    def hybrid_forward(self, F, x, states):
        outputs, last = F.contrib.foreach(self.cell, x, states)
        return outputs, [self.dense(s) for s in last]


def stack_of_cells():
    cell = rnn.HybridSequentialRNNCell(prefix="stack_")
    cell.add(rnn.LSTMCell(4, input_size=3))
    cell.add(rnn.GRUCell(4, input_size=4))
    return cell


@pytest.mark.parametrize(("cell", "width", "states"), [
    (lambda: rnn.RNNCell(4, input_size=3), 3, 1), (lambda: rnn.LSTMCell(4, input_size=3), 3, 2),
    (lambda: rnn.GRUCell(4, input_size=3), 3, 1), (lambda: rnn.ResidualCell(rnn.GRUCell(4, input_size=4)), 4, 1),
    (stack_of_cells, 3, 3)], ids=["rnn", "lstm", "gru", "residual", "stack"])
def test_cells_as_bodies(cell, width, states):
    net = Over(cell, prefix="over_")
    x, s = random(3, 2, width), [random(2, 4) for _ in range(states)]
    same_hybridized(net, [x, s])
    # the loop is the unrolled cell
    outputs, last = net.cell.unroll(3, x, s, layout="TNC", merge_outputs=True)
    got, tops = net(x, s)
    np.testing.assert_allclose(got.asnumpy(), outputs.asnumpy(), rtol=1e-4, atol=1e-5)
    for a, b in zip(tops, last):
        np.testing.assert_allclose(a.asnumpy(), net.dense(b).asnumpy(), rtol=1e-4, atol=1e-5)


def test_exported_loops(tmp_path):
    net = Over(lambda: rnn.LSTMCell(4, input_size=3), prefix="over_")
    x, s = random(3, 2, 3), [random(2, 4) for _ in range(2)]
    same_hybridized(net, [x, s], rounds=1)
    path = str(tmp_path / "net")
    net.export(path)
    names = ["data0", "data1", "data2"]
    back = gluon.SymbolBlock.imports(path + "-symbol.json", names, path + "-0000.params")
    for got, expected in zip(flat(back(x, *s)), flat(net(x, s))):
        np.testing.assert_allclose(got.asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)
    with open(path + "-symbol.json", encoding="utf-8") as file:
        graph = json.load(file)
    loop, = (n for n in graph["nodes"] if n["op"] == "_foreach")
    assert loop["name"] == "over__foreach0"
    assert [n["name"][-4:] for n in loop["subgraphs"][0]["nodes"] if n["op"] == "FullyConnected"] == ["_i2h", "_h2h"]
    # another length, another batch: nothing of them is in the graph
    longer = back(random(5, 1, 3), *[random(1, 4) for _ in range(2)])
    assert longer[0].shape == (5, 1, 4)


class Choice(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.a, self.b = nn.Dense(3, in_units=3), nn.Dense(3, in_units=3)

    def hybrid_forward(self, F, x):
        return F.contrib.cond(F.sum(x) > 0, lambda: self.a(x), lambda: self.b(x) * 2)


@pytest.mark.parametrize("sign", [1, -1])
def test_chosen_layers(sign, tmp_path):
    net = Choice(prefix="choice_")
    x = random(2, 3) * sign
    net.initialize()
    fill(net)
    expected = net.a(x) if sign > 0 else net.b(x) * 2
    net.hybridize()
    for _ in range(3):
        np.testing.assert_allclose(net(x).asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)
    with autograd.record():
        net(x).sum().backward()
    assert (net.a.bias.grad().asnumpy() == (2 if sign > 0 else 0)).all()
    assert (net.b.bias.grad().asnumpy() == (0 if sign > 0 else 4)).all()
    net.export(str(tmp_path / "net"))
    back = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), "data", str(tmp_path / "net-0000.params"))
    np.testing.assert_allclose(back(x).asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)
    other = net.b(-x) * 2 if sign > 0 else net.a(-x)
    np.testing.assert_allclose(back(-x).asnumpy(), other.asnumpy(), rtol=1e-5, atol=1e-6)


class Repeated(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense = nn.Dense(3, in_units=3)

    def hybrid_forward(self, F, x, n):
        return F.contrib.while_loop(lambda i, y: i < n, lambda i, y: (y, (i + 1, self.dense(y))), (F.zeros((1,)), x),
                                    max_iterations=5)


def test_repeated_layers(tmp_path):
    net = Repeated(prefix="rep_")
    net.initialize()
    fill(net)
    x = random(2, 3)
    steps = [x]
    for _ in range(3):
        steps.append(net.dense(steps[-1]))
    net.hybridize()
    for _ in range(3):
        outputs, (i, last) = net(x, nd.array([3]))
        assert outputs.shape == (5, 2, 3) and i.asscalar() == 3
        np.testing.assert_allclose(outputs[:3].asnumpy(), nd.stack(*steps[:3]).asnumpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(last.asnumpy(), steps[3].asnumpy(), rtol=1e-5, atol=1e-6)
    assert net(x, nd.array([9]))[1][0].asscalar() == 5
    net.export(str(tmp_path / "net"))
    back = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data0", "data1"], str(tmp_path / "net-0000.params"))
    np.testing.assert_allclose(back(x, nd.array([3]))[2].asnumpy(), steps[3].asnumpy(), rtol=1e-5, atol=1e-6)


class Shared(gluon.HybridBlock):
    """One layer inside of a loop and after it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense = nn.Dense(3, in_units=3, flatten=False)
            self.scale = self.params.get("scale", shape=(3,))

    def hybrid_forward(self, F, x, scale):
        outputs, total = F.contrib.foreach(lambda d, s: (F.broadcast_mul(self.dense(d), scale), s + d), x, F.zeros((2, 3)))
        return self.dense(outputs), self.dense(total)


def test_layers_shared_with_the_loop():
    net = Shared(prefix="shared_")
    net.initialize()
    fill(net)
    x = random(4, 2, 3)
    expected = [y.asnumpy() for y in net(x)]
    net.hybridize()
    for _ in range(3):
        for got, want in zip(net(x), expected):
            np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5, atol=1e-6)


def test_fused_layers_after_a_loop():
    class Net(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.lstm = rnn.LSTM(4, input_size=3)

        def hybrid_forward(self, F, x, s):
            outputs, total = F.contrib.foreach(lambda d, s: (d * s, s + d), x, s)
            return self.lstm(outputs), total
    net = Net(prefix="net_")
    net.initialize()
    fill(net)
    x, s = random(3, 2, 3), random(2, 3)
    expected = [y.asnumpy() for y in net(x, s)]
    net.hybridize()
    for _ in range(3):
        for got, want in zip(net(x, s), expected):
            np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lengths", [None, [3, 1]])
def test_dynamic_unroll(lengths):
    from mxnet.gluon.contrib.rnn.rnn_cell import dynamic_unroll

    class Net(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.cell = rnn.LSTMCell(4, input_size=3)

        def hybrid_forward(self, F, x, s, *lengths):
            return dynamic_unroll(self.cell, x, s, layout="TNC", valid_length=lengths[0] if lengths else None)
    net = Net(prefix="net_")
    net.initialize()
    fill(net)
    args = [random(3, 2, 3), [random(2, 4), random(2, 4)]] + ([nd.array(lengths)] if lengths else [])
    expected = [y.asnumpy() for y in flat(net(*args))]
    outputs, states = net.cell.unroll(3, args[0], args[1], layout="TNC", merge_outputs=True,
                                      valid_length=args[2] if lengths else None)
    np.testing.assert_allclose(expected[0], outputs.asnumpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(expected[1], states[0].asnumpy(), rtol=1e-5, atol=1e-6)
    net.hybridize()
    for _ in range(3):
        for got, want in zip(flat(net(*args)), expected):
            np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5, atol=1e-6)


class LayersInLoops(gluon.HybridBlock):
    """A fused layer in the body of a loop, then an unrolled cell."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.lstm, self.cell = rnn.LSTM(4, input_size=3), rnn.GRUCell(5, input_size=4)

    def hybrid_forward(self, F, x, h, c, s):
        def body(d, states):
            y, new = self.lstm(d, list(states))
            return y, list(new)
        outputs, (h, c) = F.contrib.foreach(body, x, [h, c])
        steps = F.slice_axis(F.reshape(outputs, shape=(-3, 0, 0)), axis=0, begin=0, end=2)
        return outputs, self.cell.unroll(2, steps, [s], layout="TNC", merge_outputs=True)[0], h


def test_fused_layers_in_loops_and_unrolled_cells_after_them():
    same_hybridized(LayersInLoops(prefix="net_"), [random(2, 3, 2, 3), random(1, 2, 4), random(1, 2, 4), random(2, 5)])
