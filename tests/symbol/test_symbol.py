"""Symbols: composing, names, inference both ways, JSON of many versions and of strangers, executors."""
import copy
import json
import pickle
import random

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.name import NameManager

sym = mx.sym


@pytest.fixture(autouse=True)
def fresh_names():
    with NameManager():
        yield


@pytest.fixture
def net():
    data = sym.Variable("data")
    hidden = sym.Activation(sym.FullyConnected(data, num_hidden=4, name="fc1"), act_type="relu")
    return sym.FullyConnected(hidden, num_hidden=3, name="fc2")


def test_automatic_names_and_variables(net):
    assert net.list_arguments() == ["data", "fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias"]
    assert net.list_outputs() == ["fc2_output"]
    assert net.get_internals().list_outputs()[:4] == ["data", "fc1_weight", "fc1_bias", "fc1_output"]
    assert net.get_children().list_outputs() == ["activation0_output", "fc2_weight", "fc2_bias"]
    assert sym.FullyConnected(net, num_hidden=2, no_bias=True).list_arguments()[-1] == "fullyconnected0_weight"


def test_arithmetic_names():
    a, b = sym.Variable("a"), sym.Variable("b")
    names = [s.name for s in (a + b, a + 1, 1 - a, a > b, a == 1, -a, a ** b, 2 ** a, a / 2)]
    assert names == ["_plus0", "_plusscalar0", "_rminusscalar0", "_greater0", "_equal_scalar0", "_mulscalar0", "_power0",
                     "_rpower_scalar0", "_divscalar0"]


def test_composing(net):
    other = net(data=sym.Variable("x") * 2)
    assert other.list_arguments()[0] == "x" and net.list_arguments()[0] == "data"
    parts = sym.split(sym.Variable("x"), num_outputs=3, name="parts")
    assert len(parts) == 3 and parts[1].list_outputs() == ["parts_output1"] == parts["parts_output1"].list_outputs()
    with pytest.raises(mx.MXNetError, match="3 outputs"):
        sym.relu(parts)
    assert sym.concat(*parts, dim=1).list_arguments() == ["x"]


def test_shapes_go_both_ways(net):
    args, outs, aux = net.infer_shape(data=(5, 7))
    assert args == [(5, 7), (4, 7), (4,), (3, 4), (3,)] and outs == [(5, 3)] and aux == []
    assert net.infer_shape() == (None, None, None)
    a, b = sym.Variable("a", shape=(2, 0)), sym.Variable("b")
    assert (a + b).infer_shape_partial(b=(0, 3)) == ([(2, 3), (2, 3)], [(2, 3)], [])
    assert sym.relu(a + b).infer_shape(b=(2, 3))[0] == [(2, 3), (2, 3)]
    with pytest.raises(mx.MXNetError, match="fc1"):
        net.infer_shape(data=(5, 7), fc1_weight=(4, 8))
    with pytest.raises(mx.MXNetError, match="nothing"):
        net.infer_shape(nothing=(1,))


def test_types(net):
    assert net.infer_type(data="float16")[0] == [np.float16] * 5
    assert net.infer_type() == (None, None, None)


def test_attributes():
    with mx.AttrScope(ctx_group="dev1"):
        a = sym.Variable("a", lr_mult=2.0, shape=(2, 3), dtype="float16", __foo__="x")
        r = sym.relu(a, name="r", attr={"__mine__": "1"})
    assert a.attr("__lr_mult__") == a.attr("lr_mult") == "2.0" and a.attr("__dtype__") == "2"
    assert r.list_attr() == {"__ctx_group__": "dev1", "ctx_group": "dev1", "__mine__": "1"}
    assert set(r.attr_dict()) == {"a", "r"}
    with pytest.raises(ValueError, match="foo"):
        sym.Variable("b", foo=1)
    with pytest.raises(mx.MXNetError, match="mine"):
        sym.relu(a, attr={"mine": "1"})


@pytest.mark.parametrize("again", [lambda s: sym.load_json(s.tojson()), copy.deepcopy,
                                   lambda s: pickle.loads(pickle.dumps(s))])
def test_round_trips(net, again):
    back = again(net)
    assert back.tojson() == net.tojson() and back.list_arguments() == net.list_arguments()


def test_files(net, tmp_path):
    net.save(tmp_path / "net-symbol.json")
    assert sym.load(str(tmp_path / "net-symbol.json")).tojson() == net.tojson()
    with pytest.raises(mx.MXNetError, match="missing"):
        sym.load(str(tmp_path / "missing"))


@pytest.mark.parametrize("key", ["attr", "attrs", "param"])
def test_old_spellings_are_read(key):
    nodes = [{"op": "null", key: {"lr_mult": "2"}, "name": "x", "inputs": [], "backward_source_id": -1},
             {"op": "null", key: {}, "name": "w", "inputs": [], "backward_source_id": -1},
             {"op": "FullyConnected", key: {"num_hidden": "3", "no_bias": "True"}, "name": "fc",
              "inputs": [[0, 0], [1, 0]], "backward_source_id": -1}]
    s = sym.load_json(json.dumps({"nodes": nodes, "arg_nodes": [0, 1], "heads": [[2, 0]]}))
    assert s.list_arguments() == ["x", "w"] and s.get_internals()["x"].attr("lr_mult") == "2"
    assert s.infer_shape(x=(2, 5))[1] == [(2, 3)]


def _graph(net):
    return json.loads(net.tojson())


@pytest.mark.parametrize(("change", "words"), [
    (lambda g: g.pop("nodes"), "nodes"), (lambda g: g["nodes"][3].update(inputs=[[3, 0, 0]]), "refers"),
    (lambda g: g["nodes"][3].update(inputs=[[7, 0, 0]]), "refers"), (lambda g: g["nodes"][3].update(op="nope"), "nope"),
    (lambda g: g["nodes"][3]["attrs"].update(num_hidden="-3"), "num_hidden"),
    (lambda g: g["nodes"][3].update(inputs=[[0, 4, 0]]), "output 4"), (lambda g: g.update(heads=[]), "heads"),
    (lambda g: g["nodes"][3].update(attrs=[1]), "dictionary"), (lambda g: g["nodes"][0].update(name=3), "name"),
    (lambda g: g["nodes"][3].update(inputs=[[0, 0, 0]]), "missing")])
def test_what_is_no_graph_is_refused(net, change, words):
    g = _graph(net)
    change(g)
    with pytest.raises(mx.MXNetError, match=words):
        sym.load_json(json.dumps(g))


def test_mutated_graphs_only_give_mxnet_errors(net):
    rng = random.Random(0)
    text = net.tojson()
    alphabet = '{}[]",:0123456789-abcdefgnull \n'
    for _ in range(3000):
        chars = list(text)
        for _ in range(rng.randint(1, 4)):
            k = rng.randrange(len(chars))
            how = rng.random()
            if how < 0.5:
                chars[k] = rng.choice(alphabet)
            elif how < 0.75:
                del chars[k]
            else:
                chars.insert(k, rng.choice(alphabet))
        try:
            sym.load_json("".join(chars)).list_arguments()
        except mx.MXNetError:
            pass


def test_executor_trains(net):
    rng = np.random.RandomState(0)
    ex = net.simple_bind(mx.cpu(), data=(6, 5), grad_req={"fc1_weight": "write", "fc2_weight": "add"})
    for a in ex.arg_dict.values():
        a[:] = rng.normal(size=a.shape)
    out = ex.forward(is_train=True)[0]
    x, w1, b1, w2, b2 = (ex.arg_dict[n].asnumpy() for n in net.list_arguments())
    h = np.maximum(x @ w1.T + b1, 0)
    np.testing.assert_allclose(out.asnumpy(), h @ w2.T + b2, rtol=1e-5)
    head = rng.normal(size=out.shape).astype("float32")
    for times in (1, 2):
        ex.backward(nd.array(head))
        np.testing.assert_allclose(ex.grad_dict["fc2_weight"].asnumpy(), times * head.T @ h, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(ex.grad_dict["fc1_weight"].asnumpy(), ((head @ w2) * (h > 0)).T @ x, rtol=1e-4, atol=1e-5)
    assert ex.grad_dict["data"] is None and set(ex.output_dict) == {"fc2_output"}


def test_executor_refusals(net):
    with pytest.raises(ValueError, match="fc1_weight"):
        net.bind(mx.cpu(), {"data": nd.ones((2, 3))})
    with pytest.raises(RuntimeError, match="shape"):
        net.simple_bind(mx.cpu())
    ex = net.simple_bind(mx.cpu(), data=(2, 3))
    with pytest.raises(mx.MXNetError, match="no loss"):
        ex.backward()
    with pytest.raises(TypeError, match="other"):
        ex.forward(other=nd.ones((1,)))
    two = sym.Variable("a") + sym.Variable("a")
    with pytest.raises(RuntimeError, match="two variables"):
        two.bind(mx.cpu(), {"a": nd.ones((2,))})


def test_monitor_and_reshape(net):
    ex = net.simple_bind(mx.cpu(), data=(2, 3))
    seen = []
    ex.set_monitor_callback(lambda name, array: seen.append(name.decode()))
    ex.forward()
    assert seen == ["fc1_output", "activation0_output", "fc2_output"]
    wider = ex.reshape(data=(4, 3), allow_up_sizing=True)
    assert wider.arg_dict["fc1_weight"] is ex.arg_dict["fc1_weight"] and wider.forward()[0].shape == (4, 3)


def test_custom_operators():
    class Twice(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], in_data[0] * self.factor)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_grad[0] * self.factor)

    @mx.operator.register("test_times")
    class TwiceProp(mx.operator.CustomOpProp):
        def __init__(self, factor="2"):
            super().__init__(need_top_grad=True)
            self.factor = float(factor)

        def create_operator(self, ctx, shapes, dtypes):
            op = Twice()
            op.factor = self.factor
            return op
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Custom(x, op_type="test_times", factor=3)
    y.backward()
    assert y.asnumpy().tolist() == [3, 6] and x.grad.asnumpy().tolist() == [3, 3]
    s = sym.load_json(sym.Custom(sym.Variable("x"), op_type="test_times", factor=5, name="c").tojson())
    assert s.infer_shape(x=(2, 3))[1] == [(2, 3)] and s.eval(x=x)[0].asnumpy().tolist() == [5, 10]
    with pytest.raises(mx.MXNetError, match="no_such_type"):
        nd.Custom(x, op_type="no_such_type")
