"""Loops and conditions in graphs beyond what real MXNet computes right: gradients, no steps, plans, modules, strangers' files.
What it does is in ``compat_tests/control_flow``."""
import copy
import json
import pickle

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd, gluon, nd, sym
from mxnet_compat.symbol import subgraph

V, C = sym.Variable, sym.contrib
RNG = np.random.RandomState(5)


@pytest.fixture(autouse=True)
def fresh_names():
    with mx.name.NameManager():
        yield


def random(*shape):
    return nd.array(RNG.uniform(0.5, 1.5, shape))


def gradients(symbol, arrays, heads=None):
    grads = {n: nd.zeros(a.shape) for n, a in arrays.items()}
    ex = symbol.bind(mx.cpu(), dict(arrays), grads)
    out = ex.forward(is_train=True)
    ex.backward(heads or [nd.ones(y.shape) for y in out])
    return [y.asnumpy() for y in out], {n: g.asnumpy() for n, g in grads.items()}


def test_a_condition_in_a_loop():
    w = V("w")
    out = sym.Group(list(C.foreach(lambda d, s: (C.cond(d < w, lambda: d * w, lambda: s + d), s + d), V("d"), V("s"))))
    arrays = {"d": nd.array([[1], [5], [2]]), "s": nd.array([10]), "w": nd.array([3])}
    for _ in range(3):
        (rows, last), grads = gradients(out, arrays)
        assert rows.tolist() == [[3], [16], [6]] and last.tolist() == [18]
        assert {n: g.tolist() for n, g in grads.items()} == {"d": [[5], [2], [4]], "s": [2], "w": [3]}


def test_a_loop_in_a_loop():
    def body(d, s):
        _, (_, power) = C.while_loop(lambda i, p: i > 0, lambda i, p: ([], [i - 1, p * 2]), [d, s * 0 + 1], max_iterations=9)
        return power, s + power
    out = sym.Group(list(C.foreach(body, V("d"), V("s"))))
    got = out.eval(d=nd.array([[1], [3], [0]]), s=nd.array([10]))
    assert [y.asnumpy().tolist() for y in got] == [[[2], [8], [1]], [21]]


def test_gradients_of_what_is_merely_added_in_while_loop():
    """Real MXNet leaves out all steps but one."""
    _, (_, s) = C.while_loop(lambda i, s: i < 3, lambda i, s: ([], [i + 1, s + V("b")]), [V("i"), V("s")], max_iterations=5)
    _, grads = gradients(s, {"i": nd.zeros(1), "s": nd.ones(1), "b": nd.ones(1)})
    assert grads["b"].tolist() == [3] and grads["s"].tolist() == [1]


def test_several_uses_of_an_output_from_outside():
    a = V("a")
    parts = sym.split(a * 2, num_outputs=2, axis=0)
    out = C.cond(parts[0] < parts[1], lambda: parts[0] * parts[1], lambda: parts[1] - parts[0])
    assert gradients(out, {"a": nd.array([1, 2])})[1]["a"].tolist() == [8, 4]
    assert gradients(out, {"a": nd.array([2, 1])})[1]["a"].tolist() == [-2, 2]


def test_no_steps():
    rows, (_, x) = C.while_loop(lambda i, x: i < 0, lambda i, x: (sym.dot(x, V("w")), [i + 1, x]), [V("i"), V("x")],
                                max_iterations=3)
    arrays = {"i": nd.zeros(1), "x": nd.ones((2, 3)), "w": nd.ones((3, 4))}
    (got, last), grads = gradients(sym.Group([rows, x]), arrays)
    assert got.tolist() == np.zeros((3, 2, 4)).tolist() and last.tolist() == np.ones((2, 3)).tolist()
    assert (grads["x"] == 1).all() and (grads["w"] == 0).all()
    double = rows.eval(i=nd.zeros(1, dtype="float64"), x=nd.ones((2, 3), dtype="float64"), w=nd.ones((3, 4), dtype="float64"))
    assert double[0].dtype == np.float64


def test_types():
    out = sym.Group(list(C.foreach(lambda d, s: (d.astype("int32"), s + d), V("d"), V("s"))))
    got = out.eval(d=nd.ones((2, 3), dtype="float64"), s=nd.zeros(3, dtype="float64"))
    assert [y.dtype for y in got] == [np.int32, np.float64]
    with pytest.raises(mx.MXNetError, match="state"):
        C.foreach(lambda d, s: (d, (s + d).astype("int32")), V("d"), V("s"))[0].infer_type(d="float32")
    with pytest.raises(mx.MXNetError, match="output"):
        C.cond(V("p"), lambda: V("a"), lambda: V("b").astype("int32")).infer_type(p="float32", a="float32", b="float32")


def test_copies_run():
    out = sym.Group(list(C.foreach(lambda d, s: (d * V("w"), s + d), V("d"), V("s"))))
    arrays = {"d": random(3, 2), "s": random(2), "w": random(2)}
    expected = [y.asnumpy() for y in out.eval(**arrays)]
    for again in (copy.deepcopy(out), pickle.loads(pickle.dumps(out)), sym.load_json(out.tojson()), out(d=V("d") * 1)):
        for got, want in zip(again.eval(**arrays), expected):
            np.testing.assert_array_equal(got.asnumpy(), want)
    assert out.get_internals()["_foreach0_output1"].list_outputs() == ["_foreach0_output1"]
    assert out.attr_dict()["_foreach0"]["num_out_data"] == "1"


def test_names_of_the_graph_may_change():
    """Renaming variables of the graph leaves the inner one alone."""
    out = C.foreach(lambda d, s: (d * V("inner"), s + d), V("d"), V("s"))[0]
    renamed = out(inner=V("outer"))
    assert renamed.list_arguments() == ["d", "s", "outer"]
    got = renamed.eval(d=nd.array([[1], [2]]), s=nd.zeros(1), outer=nd.array([3]))
    assert got[0].asnumpy().tolist() == [[3], [6]]


class Over(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense = gluon.nn.Dense(3, flatten=False)
            self.norm = gluon.nn.BatchNorm()

    def hybrid_forward(self, F, x):
        outputs, total = F.contrib.foreach(lambda d, s: (self.norm(self.dense(d)), s + d), x, F.zeros((2, 3)))
        return outputs, total


def test_layers_without_shapes_and_moving_averages():
    """Parameters inside of a loop get their shapes from the loop's; a moving average moves at each step."""
    x, nets = random(4, 2, 3), []
    for hybrid in (False, True):
        net = Over(prefix="over_")
        net.initialize(mx.init.One())
        if hybrid:
            net.hybridize()
        for _ in range(3):
            with autograd.record():
                outputs, total = net(x)
                (outputs * outputs * x + total).sum().backward()
        nets.append([outputs, total, *(p.data() for _, p in sorted(net.collect_params().items())),
                     *(p.grad() for _, p in sorted(net.collect_params().items()) if p.grad_req != "null")])
    for plain, hybrid in zip(*nets):
        np.testing.assert_allclose(hybrid.asnumpy(), plain.asnumpy(), rtol=1e-4, atol=1e-5)


class Chosen(gluon.HybridBlock):
    """In each step of a loop, a cell that is unrolled, or nothing."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.cell = gluon.rnn.LSTMCell(4, input_size=4)

    def hybrid_forward(self, F, x, h, c):
        def body(d, states):
            y = F.contrib.cond(F.sum(d) > 0, lambda: self.cell.unroll(3, d, states, layout="TNC", merge_outputs=True)[0],
                               lambda: d * 1)
            return y, [states[0] + F.mean(y, axis=0), states[1] * 1]
        return F.contrib.foreach(body, x, [h, c])


def test_cells_in_conditions_in_loops():
    signs = np.array([1, -2, 1, -2]).reshape(4, 1, 1, 1)
    args, found = [nd.array(RNG.uniform(-1, 1, (4, 3, 2, 4)) + signs), nd.ones((2, 4)), nd.ones((2, 4))], []
    net = Chosen(prefix="net_")
    net.initialize(mx.init.Uniform(0.5))
    for hybrid in (False, True, True, True):
        if hybrid:
            net.hybridize()
        for a in args:
            a.attach_grad()
        with autograd.record():
            outputs, states = net(*args)
            sum((y * y).sum() for y in (outputs, *states)).backward()
        found.append([outputs, *states, *(a.grad for a in args), *(p.grad() for p in net.collect_params().values())])
    for other in found[1:]:
        for a, b in zip(found[0], other):
            np.testing.assert_allclose(b.asnumpy(), a.asnumpy(), rtol=1e-5, atol=1e-6)


def test_short_loops_are_unrolled_into_plans(capsys, monkeypatch):
    net = Over(prefix="over_")
    net.initialize()
    net.hybridize()
    x = random(4, 2, 3)
    expected = net(x)[0].asnumpy()
    np.testing.assert_allclose(net(x)[0].asnumpy(), expected, rtol=1e-6)
    net.plan()
    assert capsys.readouterr().out.count("FullyConnected") == 4
    monkeypatch.setattr(subgraph, "_MOST_UNROLLED", 4)
    net.hybridize()
    for _ in range(3):
        np.testing.assert_allclose(net(x)[0].asnumpy(), expected, rtol=1e-6)
    net.plan()
    assert "too long" in capsys.readouterr().out


def test_second_order():
    x = nd.array([2.0])
    x.attach_grad()
    block = gluon.SymbolBlock(C.foreach(lambda d, s: (d, s * V("x")), V("d"), V("x"))[1], [V("d"), V("x")])
    block.hybridize()
    for _ in range(3):
        with autograd.record():
            y = block(nd.zeros((3, 1)), x)
            first = autograd.grad(y, x, create_graph=True)[0]
        first.backward()
        assert (y.asscalar(), first.asscalar(), x.grad.asscalar()) == (16, 32, 48)


def test_in_a_module():
    outputs, _ = C.foreach(lambda d, s: (sym.broadcast_add(sym.FullyConnected(d, num_hidden=2, name="fc"), s), s), V("data"),
                           sym.zeros((1, 2)))
    net = sym.SoftmaxOutput(sym.reshape(outputs, (-1, 2)), sym.reshape(V("softmax_label"), (-1,)), name="softmax")
    x = RNG.uniform(-1, 1, (3, 8, 2)).astype("f")
    y = (x[..., 0] > x[..., 1]).astype("f")
    module = mx.mod.Module(net, data_names=["data"], label_names=["softmax_label"])
    module.bind([("data", x.shape)], [("softmax_label", y.shape)])
    module.init_params(mx.init.Constant(0.1))
    module.init_optimizer("sgd", optimizer_params={"learning_rate": 0.5})
    batch = mx.io.DataBatch([nd.array(x)], [nd.array(y)])
    for _ in range(100):
        module.forward_backward(batch)
        module.update()
    module.forward(batch, is_train=False)
    assert (module.get_outputs()[0].asnumpy().argmax(1) == y.ravel()).mean() > 0.9


def test_contexts():
    """Constants, in loops and outside, are made where the executor is."""
    there = mx.cpu(1)
    outside = sym.zeros((2,)) + V("d")
    inside = C.foreach(lambda d, s: (d + sym.ones((2,)), s + d), V("d"), V("s"))[0]
    never = C.while_loop(lambda i: i < 0, lambda i: (i * 2, i + 1), V("i"), max_iterations=2)[0]
    for symbol, shapes in ((outside, {"d": (2,)}), (inside, {"d": (3, 2), "s": (2,)}), (never, {"i": (1,)})):
        ex = symbol.bind(there, {n: nd.ones(s, ctx=there) for n, s in shapes.items()})
        for _ in range(3):
            assert ex.forward()[0].context == there


def test_other_shapes():
    out = sym.Group(list(C.foreach(lambda d, s: (sym.FullyConnected(d, num_hidden=3, name="f"), s + d), V("d"), V("s"))))
    ex = out.simple_bind(mx.cpu(), d=(4, 2, 3)).reshape(d=(6, 5, 3), s=(5, 3), allow_up_sizing=True)
    assert [y.shape for y in ex.forward(is_train=True)] == [(6, 5, 3), (5, 3)]


def test_monitors_see_the_loop():
    out = C.foreach(lambda d, s: (d * 2, s + d), V("d") * 1, V("s"))[0] + 1
    ex = out.bind(mx.cpu(), {"d": nd.ones((2, 1)), "s": nd.zeros(1)})
    seen = []
    ex.set_monitor_callback(lambda name, array: seen.append(name.decode()), monitor_all=True)
    ex.forward()
    assert "_foreach0_output0" in seen and "_foreach0_output1" in seen


GRAPHS = {
    "_foreach": C.foreach(lambda d, s: (d * V("w"), s + d), V("d"), V("s"))[0],
    "_while_loop": C.while_loop(lambda i: i < V("n"), lambda i: (i, i + 1), V("i"), max_iterations=2)[0],
    "_cond": C.cond(V("p"), lambda: V("a"), lambda: V("b"))}


@pytest.mark.parametrize(("op", "attr", "value"), [
    ("_foreach", "num_outputs", "3"), ("_foreach", "num_outputs", "0"), ("_foreach", "num_outputs", None),
    ("_foreach", "num_args", "9"), ("_foreach", "num_args", "2147483647"), ("_foreach", "num_out_data", "-1"),
    ("_foreach", "num_out_data", "7"), ("_foreach", "in_data_locs", "[5]"), ("_foreach", "in_data_locs", "[]"),
    ("_foreach", "in_state_locs", "[0, 1]"), ("_foreach", "remain_locs", "[0]"), ("_foreach", "remain_locs", "()("),
    ("_while_loop", "max_iterations", "0"), ("_while_loop", "max_iterations", "many"), ("_while_loop", "func_var_locs", "[4]"),
    ("_while_loop", "cond_input_locs", "[0]"), ("_while_loop", "func_input_locs", "[9]"), ("_while_loop", "num_outputs", "1"),
    ("_cond", "then_input_locs", "[1, 1]"), ("_cond", "else_input_locs", "[-1]"), ("_cond", "num_outputs", "2"),
    ("_cond", "subgraphs", 2), ("_cond", "subgraphs", None), ("_foreach", "inputs", 2)])
def test_graphs_that_do_not_fit(op, attr, value):
    graph = json.loads(GRAPHS[op].tojson())
    node = next(n for n in graph["nodes"] if n["op"] == op)
    if attr in node:
        node[attr] = None if value is None else node[attr][:value]
    elif value is None:
        del node["attrs"][attr]
    else:
        node["attrs"][attr] = value
    with pytest.raises(mx.MXNetError):
        sym.load_json(json.dumps(graph))


def test_graphs_nested_too_deep():
    def nested(depth):
        return V("x") if not depth else C.cond(V("p"), lambda: nested(depth - 1), lambda: V("x"))
    assert sym.load_json(nested(20).tojson()).list_arguments() == ["p", "x"]
    with pytest.raises(mx.MXNetError, match="nested"):
        sym.load_json(nested(40).tojson())


def test_log_uniform_classes():
    sampled, expected_true, expected = C.rand_zipfian(V("t"), 20000, 9)
    got = sym.Group([sampled, expected_true, expected]).eval(t=nd.array([3]))
    assert [y.dtype for y in got] == [np.int64, np.float64, np.float64] and got[0].shape == (20000,)
    assert got[1].asscalar() == pytest.approx(20000 * np.log(5 / 4) / np.log(10))
    counts = np.bincount(got[0].asnumpy().astype(int), minlength=9)
    assert counts[3] == pytest.approx(got[1].asscalar(), rel=0.1) and counts.argmax() == 0
