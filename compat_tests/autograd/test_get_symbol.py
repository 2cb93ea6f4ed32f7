"""``autograd.get_symbol``: the recorded graph as a Symbol: its arguments, outputs, JSON, and what it computes."""

import json
import re

import pytest

import mxnet as mx
from mxnet import autograd, nd


@pytest.fixture
def parabola(leaf):
    x = leaf([1, 2])
    with autograd.record():
        return x * x + 2 * x - 1


def test_each_marked_array_is_one_argument(leaf):
    x, z = leaf([1]), leaf([1])
    with autograd.record():
        y = x * x + 2 * x - 1
    assert len(autograd.get_symbol(y).list_arguments()) == 1
    with autograd.record():
        y = x * x + 2 * z - 1
    assert len(autograd.get_symbol(y).list_arguments()) == 2


def test_type_and_names(parabola):
    symbol = autograd.get_symbol(parabola)
    assert type(symbol) is mx.sym.Symbol
    (argument,) = symbol.list_arguments()
    (output,) = symbol.list_outputs()
    assert re.fullmatch(r"var\d+", argument)
    assert re.fullmatch(r"node_\d+_output", output)
    assert output == symbol.name + "_output"
    assert symbol.list_auxiliary_states() == []


def test_internals_are_the_recorded_operators(parabola):
    outputs = autograd.get_symbol(parabola).get_internals().list_outputs()
    assert re.fullmatch(r"var\d+", outputs[0])
    assert all(re.fullmatch(r"node_\d+_output", name) for name in outputs[1:])
    assert len(set(outputs)) == 5


def test_json(parabola):
    graph = json.loads(autograd.get_symbol(parabola).tojson())
    nodes = graph["nodes"]
    assert [node["op"] for node in nodes] == [
        "null", "broadcast_mul", "_mul_scalar", "broadcast_add", "_minus_scalar"
    ]  # fmt: skip
    assert [float(node["attrs"]["scalar"]) for node in nodes if "attrs" in node] == [2, 1]
    assert nodes[1]["inputs"] == [[0, 0, 0], [0, 0, 0]]
    assert nodes[3]["inputs"] == [[1, 0, 0], [2, 0, 0]]
    assert graph["arg_nodes"] == [0]
    assert graph["heads"] == [[4, 0, 0]]
    assert graph["node_row_ptr"] == [0, 1, 2, 3, 4, 5]
    assert graph["attrs"]["mxnet_version"] == ["int", 10901]


def test_json_loads_again(parabola, agree):
    symbol = mx.sym.load_json(autograd.get_symbol(parabola).tojson())
    (argument,) = symbol.list_arguments()
    (y,) = symbol.eval(**{argument: nd.array([3, 4])})
    agree(y, [14, 23])


def test_constants_are_arguments_too(leaf, agree):
    x, constant = leaf([1, 2]), nd.array([3, 4])
    with autograd.record():
        y = nd.exp(x * constant)
    symbol = autograd.get_symbol(y)
    names = symbol.list_arguments()
    assert len(names) == 2 and re.fullmatch(r"var\d+", names[0]) and re.fullmatch(r"null\d+", names[1])
    agree(symbol.eval(**dict(zip(names, [x, constant])))[0], y.asnumpy())


def test_one_output_of_several(leaf):
    x = leaf([1, 2, 3, 4])
    with autograd.record():
        parts = nd.split(x, num_outputs=2, axis=0)
    assert [autograd.get_symbol(part).list_outputs()[0][-1] for part in parts] == ["0", "1"]
    assert re.fullmatch(r"node_\d+_output1", autograd.get_symbol(parts[1]).list_outputs()[0])


def test_parameters_are_attributes_and_shapes_follow(leaf):
    x, weight, bias = leaf([[1, 2, 3]] * 2), nd.ones((4, 3)), nd.zeros(4)
    with autograd.record():
        y = nd.FullyConnected(x, weight, bias, num_hidden=4)
    symbol = autograd.get_symbol(y)
    assert symbol.attr_dict()[symbol.name]["num_hidden"] == "4"
    arguments, outputs, auxiliaries = symbol.infer_shape(**{symbol.list_arguments()[0]: (2, 3)})
    assert arguments == [(2, 3), (4, 3), (4,)] and outputs == [(2, 4)] and auxiliaries == []


def test_a_marked_array_is_a_variable(leaf):
    symbol = autograd.get_symbol(leaf([1]))
    assert symbol.list_arguments() == symbol.list_outputs()
    assert re.fullmatch(r"var\d+", symbol.list_arguments()[0])


def test_arrays_off_the_tape_are_refused(leaf, parabola):
    with autograd.record():
        with autograd.pause():
            paused = leaf([1]) * 3
    used = leaf([1])
    with autograd.record():
        passed = used * used
    passed.backward()
    for y in (nd.ones(2), paused, passed):
        with pytest.raises(mx.MXNetError):
            autograd.get_symbol(y)
