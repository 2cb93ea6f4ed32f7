"""Symbols: names, composing, groups, internals, copies, operators and methods."""
import copy
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable


def mlp():
    h = sym.FullyConnected(V("data"), num_hidden=4, name="fc1")
    h = sym.Activation(h, act_type="relu", name="act")
    return sym.SoftmaxOutput(sym.FullyConnected(h, num_hidden=3, name="fc2"), name="softmax")


def conv_net():
    x = sym.Convolution(V("data"), kernel=(3, 3), num_filter=4, name="conv")
    x = sym.BatchNorm(x, name="bn", fix_gamma=False)
    return sym.FullyConnected(sym.Flatten(x, name="flat"), num_hidden=2, name="fc")


def test_what_goes_in_and_out():
    net = mlp()
    assert net.list_arguments() == ["data", "fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias", "softmax_label"]
    assert net.list_outputs() == ["softmax_output"] and net.list_auxiliary_states() == [] and net.name == "softmax"
    net = conv_net()
    assert net.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    assert net.list_inputs() == ["data", "conv_weight", "conv_bias", "bn_gamma", "bn_beta", "bn_moving_mean",
                                 "bn_moving_var", "fc_weight", "fc_bias"]


def test_internals_and_children():
    net = mlp()
    inside = net.get_internals()
    assert inside.list_outputs() == ["data", "fc1_weight", "fc1_bias", "fc1_output", "act_output", "fc2_weight", "fc2_bias",
                                     "fc2_output", "softmax_label", "softmax_output"]
    hidden = inside["fc1_output"]
    assert hidden.list_arguments() == ["data", "fc1_weight", "fc1_bias"] and hidden.name == "fc1"
    assert net.get_children().list_outputs() == ["fc2_output", "softmax_label"]
    assert net.get_children()["fc2_output"].get_children().list_outputs() == ["act_output", "fc2_weight", "fc2_bias"]
    assert V("x").get_children() is None
    with pytest.raises(ValueError):
        inside["nothing"]
    with pytest.raises(IndexError):
        net[1]
    with pytest.raises(TypeError):
        net[1.0]


def test_automatic_names_count_by_kind():
    x = V("x")
    names = [sym.FullyConnected(x, num_hidden=1).name, sym.FullyConnected(x, num_hidden=1).name, (x + x).name, (x + 1).name,
             (1 - x).name, (x * x).name, (x / 2).name, (2 / x).name, (x ** 2).name, (x > x).name, (-x).name,
             sym.relu(x).name, sym.concat(x, x).name, sym.zeros((2,)).name, sym.random.uniform(shape=(2,)).name,
             sym.SliceChannel(x, num_outputs=2).name, sym.linalg.gemm2(x, x).name, sym.contrib.box_nms(x).name]
    assert names == ["fullyconnected0", "fullyconnected1", "_plus0", "_plusscalar0", "_rminusscalar0", "_mul0", "_divscalar0",
                     "_rdivscalar0", "_powerscalar0", "_greater0", "_mulscalar0", "relu0", "concat0", "_zeros0",
                     "_random_uniform0", "slicechannel0", "gemm20", "box_nms0"]


def test_prefixes():
    with mx.name.Prefix("part_"):
        first = sym.FullyConnected(V("data"), num_hidden=2)
        second = sym.FullyConnected(first, num_hidden=2, name="named")
    assert (first.name, second.name) == ("part_fullyconnected0", "part_named")
    assert second.list_arguments() == ["data", "part_fullyconnected0_weight", "part_fullyconnected0_bias",
                                       "part_named_weight", "part_named_bias"]


def test_composing_replaces_variables():
    below = sym.FullyConnected(V("data"), num_hidden=10, name="below")
    above = sym.FullyConnected(num_hidden=3, name="above")
    assert above.list_arguments() == ["above_data", "above_weight", "above_bias"]
    above = sym.Activation(above, act_type="relu", name="act")
    both = above(above_data=below, name="both")
    assert both.list_arguments() == ["data", "below_weight", "below_bias", "above_weight", "above_bias"]
    assert both.name == "both" and above.name == "act" and above.list_arguments()[0] == "above_data"
    with pytest.raises(mx.MXNetError):
        above(nothing=below)
    with pytest.raises(TypeError):
        above(below, above_data=below)
    with pytest.raises(TypeError):
        above(3)


def test_several_outputs():
    parts = sym.split(V("x"), num_outputs=3, axis=1, name="parts")
    assert parts.list_outputs() == ["parts_output0", "parts_output1", "parts_output2"] and len(parts) == 3
    assert [p.list_outputs() for p in parts] == [["parts_output0"], ["parts_output1"], ["parts_output2"]]
    assert parts["parts_output2"].list_outputs() == ["parts_output2"]
    total = parts[0] + parts[1] * parts[2]
    out = total.eval(x=nd.array([[2, 3, 4]]))[0]
    assert out.asnumpy().tolist() == [[14]]
    with pytest.raises(mx.MXNetError):
        sym.relu(parts)


def test_groups():
    a, b = V("a"), V("b")
    g = sym.Group([a + b, a * b, a])
    assert g.list_outputs() == ["_plus0_output", "_mul0_output", "a"] and g.name is None and len(g) == 3
    assert g.list_arguments() == ["a", "b"] and "group" in repr(g)
    assert [s.name for s in g] == ["_plus0", "_mul0", "a"]
    outs = g.eval(a=nd.array([2.0]), b=nd.array([5.0]))
    assert [o.asscalar() for o in outs] == [7, 10, 2]
    for wrong in ([], None, [1]):
        with pytest.raises(TypeError):
            sym.Group(wrong)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s)),
                                   lambda s: sym.load_json(s.tojson())])
def test_copies(again):
    for net in (mlp(), conv_net()):
        other = again(net)
        assert other.tojson() == net.tojson() and other.list_auxiliary_states() == net.list_auxiliary_states()
    other = again(net)
    other._set_attr(__mood__="changed")
    assert other.attr("__mood__") == "changed" and net.attr("__mood__") is None


def test_arithmetic_with_numbers_and_symbols():
    x, y = np.array([1.5, -2, 3], "f"), np.array([2, 2, -1], "f")
    a, b = V("a"), V("b")
    cases = [(a + b, x + y), (a - b, x - y), (a * b, x * y), (a / b, x / y), (a ** 2, x ** 2), (2 ** b, 2 ** y), (a + 1, x + 1),
             (1 - a, 1 - x), (3 * a, 3 * x), (3 / a, 3 / x), (-a, -x), (a > b, x > y), (a >= 1.5, x >= 1.5), (a < b, x < y),
             (a <= b, x <= y), (b == 2, y == 2), (a != b, x != y), (1 > a, 1 > x),
             (a % b, np.mod(x, y)), (sym.maximum(a, b), np.maximum(x, y)), (sym.minimum(a, 0), np.minimum(x, 0)),
             (sym.maximum(0, a), np.maximum(x, 0)),
             (sym.pow(b, 3), y ** 3), (sym.hypot(a, b), np.hypot(x, y)), (abs(a), abs(x))]
    for s, expected in cases:
        given = {n: v for n, v in (("a", nd.array(x)), ("b", nd.array(y))) if n in s.list_arguments()}
        np.testing.assert_allclose(s.eval(**given)[0].asnumpy(), expected, rtol=1e-6)
    assert sym.maximum(2, 3) == 3 and sym.pow(2, 3) == 8
    for wrong in ("x", None, nd.ones((1,)), np.ones(2)):
        with pytest.raises(TypeError):
            a + wrong


FLUENT = [("reshape", {"shape": (3, 2)}), ("transpose", {"axes": (1, 0)}), ("sum", {"axis": 1}), ("mean", {"axis": 0}),
          ("expand_dims", {"axis": 1}), ("slice_axis", {"axis": 1, "begin": 0, "end": 2}),
          ("clip", {"a_min": -0.5, "a_max": 0.5}), ("flatten", {}), ("relu", {}), ("sigmoid", {}), ("tanh", {}),
          ("softmax", {}), ("log_softmax", {}),
          ("argmax", {"axis": 1}), ("topk", {"k": 2}), ("sort", {}), ("tile", {"reps": (2, 1)}), ("repeat", {"repeats": 2}),
          ("square", {}),
          ("sign", {}), ("round", {}), ("norm", {}), ("max", {"axis": 0}), ("prod", {}), ("exp", {}), ("flip", {"axis": 1}),
          ("swapaxes", {"dim1": 0, "dim2": 1}), ("one_hot", {"depth": 3}), ("zeros_like", {}), ("astype", {"dtype": "float64"})]


@pytest.mark.parametrize(("name", "params"), FLUENT, ids=[n for n, _ in FLUENT])
def test_methods_are_the_operators(name, params):
    x = nd.array(np.random.RandomState(0).normal(size=(2, 3)))
    out = getattr(V("x"), name)(**params).eval(x=x)[0]
    expected = getattr(x, name)(**params)
    assert out.dtype == expected.dtype
    np.testing.assert_allclose(out.asnumpy(), expected.asnumpy(), rtol=1e-6)


def test_constants():
    for s, expected in ((sym.zeros((2, 3)), np.zeros((2, 3))), (sym.ones((2,), dtype="int32"), np.ones(2, "i")),
                        (sym.full((2,), 3.5), np.full(2, 3.5)), (sym.arange(2, 8, 2), [2, 4, 6]), (sym.arange(3), [0, 1, 2]),
                        (sym.eye(2, 3, 1), np.eye(2, 3, 1)), (sym.linspace(0, 1, 5), np.linspace(0, 1, 5))):
        assert s.list_arguments() == []
        out = s.eval()[0]
        np.testing.assert_allclose(out.asnumpy(), expected)
    assert sym.ones((2,), dtype="int32").eval()[0].dtype == np.int32


def test_optional_inputs():
    x = V("x")
    assert sym.FullyConnected(x, num_hidden=1, no_bias=True, name="f").list_arguments() == ["x", "f_weight"]
    assert sym.LeakyReLU(x, act_type="prelu", name="p").list_arguments() == ["x", "p_gamma"]
    assert sym.LeakyReLU(x, name="p").list_arguments() == ["x"]
    assert sym.UpSampling(x, scale=2, sample_type="bilinear", num_filter=2, name="u").list_arguments() == ["x", "u_weight"]
    assert sym.RNN(x, state_size=2, num_layers=1, mode="lstm", name="r").list_arguments() == [
        "x", "r_parameters", "r_state", "r_state_cell"]
    assert sym.RNN(x, state_size=2, num_layers=1, mode="gru", name="r").list_arguments() == ["x", "r_parameters", "r_state"]
    assert sym.CTCLoss(x, V("l"), name="c").list_arguments() == ["x", "l"]
    assert sym.SequenceMask(x, use_sequence_length=True, name="s").list_arguments() == ["x", "s_sequence_length"]


def test_refusals():
    x = V("x")
    refused = mx.base.NotImplementedForSymbol
    for method in ("asnumpy", "asscalar", "wait_to_read", "copy", "as_in_context", "detach", "backward"):
        with pytest.raises(refused):
            getattr(x, method)()
    with pytest.raises(refused):
        bool(x)
    with pytest.raises(AttributeError):
        x.no_such_method  # noqa: B018
    with pytest.raises(mx.MXNetError):
        x.gradient(["x"])
    with pytest.raises(TypeError):
        V(3)
    for wrong in ({"num_hidden": "many"}, {}, {"num_hidden": 3, "nonsense": 1}):
        with pytest.raises(mx.MXNetError):
            sym.FullyConnected(x, **wrong)
    for array in (3, nd.ones((2, 2))):
        with pytest.raises((TypeError, AssertionError)):
            sym.FullyConnected(array, num_hidden=1)


def test_debug_text_names_everything():
    text = mlp().debug_str()
    for word in ("Symbol Outputs:", "output[0]=softmax(0)", "Variable:data", "Op:FullyConnected, Name=fc1", "arg[0]=data(0)",
                 "num_hidden=4"):
        assert word in text


def test_methods_take_inplace_and_functions_their_names():
    x = V("x")
    shaped = lambda s: s.infer_shape(x=(2, 1, 3))[1][0]  # noqa: E731
    assert shaped(x.expand_dims(axis=0, inplace=True)) == (1, 2, 1, 3)
    assert shaped(x.flatten(inplace=True)) == (2, 3)
    assert shaped(x.squeeze(axis=1, inplace=True)) == shaped(x.squeeze()) == (2, 3)
    assert shaped(x.diag()) == (3, 1)
    assert x.diag(k=1).attr("k") == "1"
    assert sym.pow(base=x, exp=2).attr("scalar") in ("2", "2.0")
    assert sym.power(base=2, exp=x).list_arguments() == ["x"]
    with pytest.raises(TypeError):
        x.expand_dims()


def test_drawing_takes_parameters_shape_and_type_by_position():
    s = sym.random.normal(1, 2, (3, 4), "float64")
    assert (s.attr("loc"), s.attr("scale"), s.attr("shape"), s.attr("dtype")) in (
        ("1", "2", "(3, 4)", "float64"), ("1.0", "2.0", "(3, 4)", "float64"))
    with pytest.raises(TypeError):
        sym.random.normal(1, 2, (3,), "float32", "ctx", 5)
