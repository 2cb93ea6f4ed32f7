"""Shapes from inputs to outputs and back, wholly or partly known; what contradicts."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import sym

V = sym.Variable


def by_name(s, partial=False, **known):
    args, outs, aux = (s.infer_shape_partial if partial else s.infer_shape)(**known)
    if args is None:
        return None
    return {**dict(zip(s.list_arguments(), args)), **dict(zip(s.list_outputs(), outs)),
            **dict(zip(s.list_auxiliary_states(), aux))}


def mlp():
    h = sym.FullyConnected(V("data"), num_hidden=10, name="fc1")
    return sym.FullyConnected(sym.Activation(h, act_type="relu"), num_hidden=4, name="fc2")


def test_mlp():
    assert by_name(mlp(), data=(100, 50)) == {"data": (100, 50), "fc1_weight": (10, 50), "fc1_bias": (10,),
                                              "fc2_weight": (4, 10), "fc2_bias": (4,), "fc2_output": (100, 4)}
    assert mlp().infer_shape() == (None, None, None)
    assert mlp().infer_shape(fc1_weight=(10, 50)) == (None, None, None)


def test_contradictions():
    net = mlp()
    for wrong in ({"data": (100, 50), "fc1_weight": (7, 50)}, {"data": (100, 50), "fc2_bias": (5,)}, {"nothing": (1,)}):
        with pytest.raises(mx.MXNetError):
            net.infer_shape(**wrong)
    with pytest.raises(mx.MXNetError):
        (V("a") + V("b")).infer_shape(a=(2, 3), b=(3, 2))
    for wrong in (5, "ab", (5, 7.5)):
        with pytest.raises(TypeError):
            net.infer_shape(data=wrong)
    with pytest.raises(ValueError):
        net.infer_shape((5, 7), data=(5, 7))


def test_elementwise_back():
    a, b = V("a"), V("b")
    assert by_name(a + b, a=(2, 3)) == {"a": (2, 3), "b": (2, 3), "_plus0_output": (2, 3)}
    c = sym.elemwise_add(V("x", shape=(0, 10)), V("y", shape=(12, 0)), name="c")
    assert by_name(c) == {"x": (12, 10), "y": (12, 10), "c_output": (12, 10)}
    assert by_name(sym.relu(a * 2, name="r") + b, b=(2, 3))["a"] == (2, 3)


def test_a_layer_of_which_the_number_of_samples_is_known_elsewhere():
    a = sym.FullyConnected(V("a", shape=(0, 10)), num_hidden=21, name="fa")
    b = sym.FullyConnected(V("b"), num_hidden=21, name="fb")
    both = sym.elemwise_add(a, b, name="both")
    found = by_name(both, b=(5, 15))
    assert found["fa_weight"] == (21, 10) and found["fb_weight"] == (21, 15)
    assert found["both_output"] == (5, 21) and found["a"] == (5, 10)


def test_slices_back():
    a = sym.SliceChannel(V("a", shape=(0, 10)), num_outputs=10, squeeze_axis=True, name="parts")
    found = by_name(sym.elemwise_add(a[0], V("b", shape=(5,)), name="sum"))
    assert found["a"] == (5, 10) and found["sum_output"] == (5,)
    a = sym.SliceChannel(V("a", shape=(0, 10, 3)), num_outputs=10, squeeze_axis=True, name="parts")
    assert by_name(sym.elemwise_add(a[0], V("b", shape=(5, 3)), name="sum"))["a"] == (5, 10, 3)
    with pytest.raises(mx.MXNetError):
        sym.elemwise_add(a[0], V("b", shape=(5, 3, 2))).infer_shape()


def test_convolutions():
    conv = sym.Convolution(V("x"), kernel=(3, 3), num_filter=8, pad=(1, 1), stride=(2, 2), name="c")
    assert by_name(conv, x=(2, 3, 9, 9)) == {"x": (2, 3, 9, 9), "c_weight": (8, 3, 3, 3), "c_bias": (8,),
                                             "c_output": (2, 8, 5, 5)}
    assert by_name(conv, partial=True, x=(0, 3, 9, 0))["c_output"] == (0, 8, 5, 0)
    up = sym.Deconvolution(V("x"), kernel=(4, 4), num_filter=6, stride=(2, 2), pad=(1, 1), name="d")
    assert by_name(up, x=(2, 3, 5, 5))["d_output"] == (2, 6, 10, 10)
    pool = sym.Pooling(V("x"), kernel=(3, 3), stride=(2, 2), pool_type="max", pooling_convention="full", name="p")
    assert by_name(pool, x=(1, 2, 8, 8))["p_output"] == (1, 2, 4, 4)


def test_concat():
    a, b = V("a"), V("b")
    c = sym.concat(a, b, dim=1, name="c")
    assert by_name(c, a=(2, 3), b=(2, 5))["c_output"] == (2, 8)
    assert by_name(c, partial=True, a=(2, 3), b=(0, 5)) == {"a": (2, 3), "b": (2, 5), "c_output": (2, 8)}
    with pytest.raises(mx.MXNetError):
        c.infer_shape(a=(2, 3), b=(3, 3))


@pytest.mark.parametrize(("make", "known", "expected"), [
    (lambda x: sym.BatchNorm(x, name="n"), (2, 3, 4, 4), {"n_gamma": (3,), "n_moving_mean": (3,), "n_output": (2, 3, 4, 4)}),
    (lambda x: sym.LayerNorm(x, name="n"), (2, 5), {"n_gamma": (5,), "n_output": (2, 5)}),
    (lambda x: sym.Embedding(x, input_dim=9, output_dim=4, name="n"), (2, 3), {"n_weight": (9, 4), "n_output": (2, 3, 4)}),
    (lambda x: sym.RNN(x, state_size=2, num_layers=1, mode="lstm", state_outputs=True, name="n"), (5, 3, 4),
     {"n_parameters": (64,), "n_state": (1, 3, 2), "n_output": (5, 3, 2), "n_statecell_output": (1, 3, 2)}),
    (lambda x: sym.LeakyReLU(x, act_type="prelu", name="n"), (2, 3, 4), {"n_gamma": (3,), "n_output": (2, 3, 4)}),
    (lambda x: sym.SoftmaxOutput(x, name="n"), (4, 3), {"n_label": (4,), "n_output": (4, 3)}),
    (lambda x: sym.SoftmaxOutput(x, multi_output=True, name="n"), (4, 3, 5), {"n_label": (4, 5)}),
    (lambda x: sym.LinearRegressionOutput(x, name="n"), (4, 3), {"n_label": (4, 3)}),
    (lambda x: sym.Reshape(x, shape=(0, -1), name="n"), (2, 3, 4), {"n_output": (2, 12)}),
    (lambda x: sym.Flatten(x, name="n"), (2, 3, 4), {"n_output": (2, 12)}),
    (lambda x: sym.transpose(x, axes=(2, 0, 1), name="n"), (2, 3, 4), {"n_output": (4, 2, 3)}),
    (lambda x: sym.sum(x, axis=(0, 2), name="n"), (2, 3, 4), {"n_output": (3,)}),
    (lambda x: sym.mean(x, name="n"), (2, 3), {"n_output": (1,)}),
    (lambda x: sym.topk(x, k=2, ret_typ="both", name="n"), (2, 3), {"n_output0": (2, 2), "n_output1": (2, 2)}),
    (lambda x: sym.one_hot(x, depth=7, name="n"), (2, 3), {"n_output": (2, 3, 7)}),
    (lambda x: sym.tile(x, reps=(2, 2), name="n"), (3,), {"n_output": (2, 6)}),
    (lambda x: sym.expand_dims(x, axis=-1, name="n"), (2, 3), {"n_output": (2, 3, 1)}),
    (lambda x: sym.slice(x, begin=(0, 1), end=(None, 3), name="n"), (4, 5), {"n_output": (4, 2)}),
    (lambda x: sym.contrib.MultiBoxPrior(x, sizes=(0.2, 0.3), ratios=(1, 2), name="n"), (1, 2, 3, 3),
     {"n_output": (1, 27, 4)})])
def test_operators(make, known, expected):
    found = by_name(make(V("x")), x=known)
    assert {k: found[k] for k in expected} == expected


def test_declared_shapes():
    x = V("x", shape=(2, 3))
    assert by_name(x * 2)["x"] == (2, 3)
    assert by_name(x * 2, x=(4, 5))["x"] == (4, 5)      # what is given whole wins
    assert by_name(x * 2, x=(2, 0))["x"] == (2, 3)
    assert (V("x", shape=(2, 0)) * 2).infer_shape(x=(0, 3)) == (None, None, None)


def test_unknown_dimensions_of_constants():
    s = sym.zeros((0, 3)) + V("q")
    assert s.infer_shape(q=(4, 0))[0] == [(4, 3)]
    assert s.infer_shape_partial(q=(0, 0))[0] == [(0, 3)]


@pytest.mark.parametrize("both", [False, True])
def test_parameters_of_recurrent_layers_follow_from_the_input(both):
    sides = "lr" if both else "l"
    kinds = {"i2h_weight": (20, 0), "h2h_weight": (20, 5), "i2h_bias": (20,), "h2h_bias": (20,)}
    parts = [V(side + name, shape=shape).reshape(-1) for name, shape in kinds.items() for side in sides]
    net = sym.RNN(V("x"), sym._internal._rnn_param_concat(*parts, dim=0), V("h"), V("c"), state_size=5, num_layers=1,
                  bidirectional=both, mode="lstm")
    found = by_name(net, x=(3, 4, 8))
    assert [found[side + "i2h_weight"] for side in sides] == [(20, 8)] * len(sides)
    assert found["h"] == found["c"] == (len(sides), 4, 5)


def test_partial_leaves_blanks():
    net = mlp()
    found = by_name(net, partial=True, data=(0, 50))
    assert found["fc1_weight"] == (10, 50) and found["fc2_output"] == (0, 4)
    found = by_name(sym.relu(V("x"), name="r"), partial=True)
    assert found == {"x": (), "r_output": ()}


def test_numpy_integers():
    args, outs, _ = mlp().infer_shape(data=(np.int64(5), 7))
    assert args[0] == (5, 7) and outs == [(5, 4)]


@pytest.mark.parametrize(("name", "shape"), [("SequenceMask", (3, 2, 4)), ("SequenceReverse", (3, 2, 4)),
                                             ("SequenceLast", (2, 4))])
def test_sequences_without_lengths(name, shape):
    s = getattr(sym, name)(V("x"))
    assert s.list_arguments() == ["x"] and s.infer_shape(x=(3, 2, 4)) == ([(3, 2, 4)], [shape], [])
