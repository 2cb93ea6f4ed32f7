"""Graphs as JSON: what is written, what is read, from several versions, and what is refused."""
import json

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable


def net():
    x = sym.Convolution(V("data"), kernel=(3, 3), num_filter=2, name="conv")
    x = sym.BatchNorm(x, fix_gamma=False, name="bn")
    return sym.SoftmaxOutput(sym.FullyConnected(x, num_hidden=3, name="fc"), name="softmax")


def test_what_is_written():
    graph = json.loads(net().tojson())
    assert [n["name"] for n in graph["nodes"]] == [
        "data", "conv_weight", "conv_bias", "conv", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var", "bn",
        "fc_weight", "fc_bias", "fc", "softmax_label", "softmax"]
    assert [n["op"] for n in graph["nodes"] if n["op"] != "null"] == ["Convolution", "BatchNorm", "FullyConnected",
                                                                     "SoftmaxOutput"]
    assert graph["nodes"][3]["attrs"] == {"kernel": "(3, 3)", "num_filter": "2"}
    assert graph["nodes"][8]["inputs"] == [[3, 0, 0], [4, 0, 0], [5, 0, 0], [6, 0, 1], [7, 0, 1]]
    assert graph["arg_nodes"] == [0, 1, 2, 4, 5, 6, 7, 9, 10, 12] and graph["heads"] == [[13, 0, 0]]
    assert graph["node_row_ptr"] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16]
    assert graph["attrs"] == {"mxnet_version": ["int", 10901]}


def test_heads():
    parts = sym.split(V("x"), num_outputs=2, name="p")
    assert json.loads(sym.Group([parts[1], parts[0]]).tojson())["heads"] == [[1, 1, 0], [1, 0, 0]]
    assert json.loads(sym.Group([V("a"), V("b")]).tojson())["heads"] == [[0, 0, 0], [1, 0, 0]]
    back = sym.load_json((parts[0] + parts[1]).tojson())
    assert back.eval(x=nd.array([[1, 2]]))[0].asnumpy().tolist() == [[3]]


def test_files(tmp_path):
    path = str(tmp_path / "net-symbol.json")
    net().save(path)
    assert sym.load(path).tojson() == net().tojson()
    with pytest.raises(mx.MXNetError):
        net().save(str(tmp_path / "no" / "folder"))
    for wrong in (5, None):
        with pytest.raises(TypeError):
            sym.load(wrong)
        with pytest.raises(TypeError):
            net().save(wrong)
        with pytest.raises(TypeError):
            sym.load_json(wrong)


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"nodes": []}'])
def test_what_is_no_graph(text):
    with pytest.raises(mx.MXNetError):
        sym.load_json(text)


def test_saved_by_versions_of_old():
    nodes = [{"op": "null", "param": {}, "name": "data", "inputs": [], "backward_source_id": -1,
              "attr": {"ctx_group": "stage1", "lr_mult": "0.2"}},
             {"op": "null", "param": {}, "name": "fc_weight", "inputs": [], "backward_source_id": -1},
             {"op": "null", "param": {}, "name": "fc_bias", "inputs": [], "backward_source_id": -1},
             {"op": "FullyConnected", "param": {"num_hidden": "3"}, "name": "fc", "inputs": [[0, 0], [1, 0], [2, 0]],
              "backward_source_id": -1, "attr": {"wd_mult": "0.3"}},
             {"op": "null", "param": {}, "name": "bn_gamma", "inputs": [], "backward_source_id": -1},
             {"op": "null", "param": {}, "name": "bn_beta", "inputs": [], "backward_source_id": -1},
             {"op": "BatchNorm", "param": {"eps": "0.001"}, "name": "bn", "inputs": [[3, 0], [4, 0], [5, 0]],
              "backward_source_id": -1}]
    old = sym.load_json(json.dumps({"nodes": nodes, "arg_nodes": [0, 1, 2, 4, 5], "heads": [[6, 0]]}))
    assert old.list_arguments() == ["data", "fc_weight", "fc_bias", "bn_gamma", "bn_beta"]
    assert old.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    attrs = old.attr_dict()
    assert attrs["data"]["__ctx_group__"] == "stage1" and attrs["data"]["__lr_mult__"] == "0.2"
    assert attrs["fc"]["__wd_mult__"] == "0.3" and attrs["fc"]["num_hidden"] == "3"
    assert old.infer_shape(data=(2, 5))[1] == [(2, 3)]


def test_results_survive():
    s = net()
    shapes, _, aux = s.infer_shape(data=(2, 1, 5, 5), softmax_label=(2,))
    rng = np.random.RandomState(0)
    args = {n: nd.array(rng.uniform(0, 1, shape)) for n, shape in zip(s.list_arguments(), shapes)}
    states = {n: nd.array(rng.uniform(0.5, 1, shape)) for n, shape in zip(s.list_auxiliary_states(), aux)}
    first, second = (t.bind(mx.cpu(), args, aux_states=states).forward()[0].asnumpy() for t in (s, sym.load_json(s.tojson())))
    np.testing.assert_array_equal(first, second)
