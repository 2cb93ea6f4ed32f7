"""Recurrent cells and layers, gluon's and the symbolic ones: names, shapes, agreement of the ways to compute one thing."""

import numpy as np
import pytest
from mxnet.gluon import rnn

import mxnet as mx
from mxnet import autograd, gluon, nd


def fill(params, seed=0):
    rs = np.random.RandomState(seed)
    for name in sorted(params.keys()):
        params[name].set_data(nd.array(rs.uniform(-0.3, 0.3, params[name].shape)))


@pytest.mark.parametrize(("cell", "gates", "states"), [(rnn.RNNCell, 1, 1), (rnn.LSTMCell, 4, 2), (rnn.GRUCell, 3, 1)])
def test_cells_in_graphs(cell, gates, states):
    c = cell(100, prefix="rnn_")
    outputs, _ = c.unroll(3, [mx.sym.Variable(f"rnn_t{i}_data") for i in range(3)])
    outputs = mx.sym.Group(outputs)
    assert sorted(c.collect_params().keys()) == ["rnn_h2h_bias", "rnn_h2h_weight", "rnn_i2h_bias", "rnn_i2h_weight"]
    assert outputs.list_outputs() == [f"rnn_t{i}_out_output" for i in range(3)]
    args, outs, _ = outputs.infer_shape(**{f"rnn_t{i}_data": (10, 50) for i in range(3)})
    assert outs == [(10, 100)] * 3
    assert dict(zip(outputs.list_arguments(), args))["rnn_i2h_weight"] == (100 * gates, 50)
    assert len(c.state_info(10)) == states and [s["shape"] for s in c.state_info(10)] == [(10, 100)] * states


def test_forget_bias():
    stack = rnn.SequentialRNNCell()
    stack.add(rnn.LSTMCell(100, i2h_bias_initializer=mx.init.LSTMBias(2.0), prefix="l0_"))
    stack.add(rnn.LSTMCell(100, i2h_bias_initializer=mx.init.LSTMBias(2.0), prefix="l1_"))
    stack.initialize()
    stack.unroll(2, nd.ones((4, 2, 20)))
    want = np.repeat([0, 2, 0, 0], 100)
    for i in range(2):
        np.testing.assert_array_equal(stack[i].i2h_bias.data().asnumpy(), want)


@pytest.mark.parametrize("kind", [rnn.SequentialRNNCell, rnn.HybridSequentialRNNCell])
def test_stacked_cells(kind, agree):
    stack = kind()
    for i in range(3):
        stack.add(rnn.ResidualCell(rnn.LSTMCell(4, prefix=f"l{i}_")) if i == 1 else rnn.LSTMCell(4, prefix=f"l{i}_"))
    stack.initialize()
    x = nd.array(np.random.RandomState(0).randn(2, 3, 4))
    stack.unroll(3, x)
    fill(stack.collect_params())
    outputs, states = stack.unroll(3, x)
    assert [o.shape for o in outputs] == [(2, 4)] * 3 and len(states) == 6
    merged, _ = stack.unroll(3, x, merge_outputs=True)
    agree(merged, nd.stack(*outputs, axis=1))
    state, one = stack.begin_state(batch_size=2, func=nd.zeros), []
    for t in range(3):
        o, state = stack(x[:, t], state)
        one.append(o)
    agree(nd.stack(*one, axis=1), merged)


def test_both_directions(agree):
    cell = rnn.BidirectionalCell(rnn.LSTMCell(5, prefix="l_"), rnn.LSTMCell(5, prefix="r_"), output_prefix="bi_")
    cell.initialize()
    x = nd.array(np.random.RandomState(0).randn(2, 4, 3))
    cell.unroll(4, x)
    fill(cell.collect_params())
    both, _ = cell.unroll(4, x, merge_outputs=True)
    forth, _ = cell._children["l_cell"].unroll(4, x, merge_outputs=True)
    cell._children["r_cell"].reset()
    back, _ = cell._children["r_cell"].unroll(4, x.flip(axis=1), merge_outputs=True)
    agree(both, nd.concat(forth, back.flip(axis=1), dim=2))
    with pytest.raises(NotImplementedError):
        cell(x[:, 0], cell.begin_state(batch_size=2))


def test_zoneout_without_chance_is_the_cell(agree):
    base = rnn.GRUCell(4)
    zone = rnn.ZoneoutCell(base, zoneout_outputs=0.0, zoneout_states=0.0)
    zone.initialize()
    x = nd.ones((2, 3, 4))
    zone.unroll(3, x)
    a, _ = zone.unroll(3, x, merge_outputs=True)
    zone.reset()
    b, _ = rnn.GRUCell(4, params=base.params).unroll(3, x, merge_outputs=True)
    agree(a, b)


@pytest.mark.parametrize("layout", ["NTC", "TNC"])
@pytest.mark.parametrize("merged", [True, False])
def test_layouts_of_unrolling(layout, merged):
    cell = rnn.GRUCell(5)
    cell.initialize()
    x = nd.ones((2, 3, 4) if layout == "NTC" else (3, 2, 4))
    outputs, _ = cell.unroll(3, x, layout=layout, merge_outputs=merged)
    if merged:
        assert outputs.shape == ((2, 3, 5) if layout == "NTC" else (3, 2, 5))
    else:
        assert [o.shape for o in outputs] == [(2, 5)] * 3


@pytest.mark.parametrize("cell", [rnn.RNNCell, rnn.LSTMCell, rnn.GRUCell])
def test_sequences_of_different_lengths(cell, agree):
    c = cell(4)
    c.initialize()
    x = nd.array(np.random.RandomState(0).randn(3, 5, 2))
    c.unroll(5, x)
    fill(c.collect_params())
    lengths = [2, 5, 3]
    outputs, states = c.unroll(5, x, merge_outputs=True, valid_length=nd.array(lengths))
    for i, n in enumerate(lengths):
        c.reset()
        alone, state = c.unroll(n, x[i : i + 1, :n], merge_outputs=True)
        agree(outputs[i : i + 1, :n], alone)
        assert (outputs.asnumpy()[i, n:] == 0).all()
        for s, all_ in zip(state, states):
            agree(all_[i : i + 1], s)


@pytest.mark.parametrize(
    ("layer", "cell", "mode"),
    [
        (rnn.LSTM, rnn.LSTMCell, "lstm"),
        (rnn.GRU, rnn.GRUCell, "gru"),
        (lambda *a, **k: rnn.RNN(*a, activation="tanh", **k), rnn.RNNCell, "rnn"),
    ],
)
def test_layers_equal_stacked_cells(layer, cell, mode, agree):
    fused = layer(6, 2, layout="NTC", input_size=3)
    fused.initialize()
    fill(fused.collect_params())
    stack = rnn.SequentialRNNCell()
    for i in range(2):
        stack.add(cell(6, input_size=3 if i == 0 else 6))
    stack.initialize()
    names = {k.split("_", 1)[1]: p for k, p in fused.collect_params().items()}
    for i in range(len(stack)):
        for part in ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias"):
            getattr(stack[i], part).set_data(names[f"l{i}_{part}"].data())
    x = nd.array(np.random.RandomState(1).randn(2, 4, 3))
    results = []
    for run in (lambda: fused(x), lambda: stack.unroll(4, x, merge_outputs=True)[0]):
        x.attach_grad()
        with autograd.record():
            y = run()
        y.backward(nd.ones_like(y))
        results.append((y.asnumpy(), x.grad.asnumpy()))
    agree(results[0][0], results[1][0], 1e-3, 1e-4)
    agree(results[0][1], results[1][1], 1e-3, 1e-4)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("both", [False, True])
def test_states_of_layers(hybrid, both):
    d = 2 if both else 1
    layer = rnn.LSTM(10, 2, bidirectional=both)
    layer.initialize()
    if hybrid:
        layer.hybridize()
    x = nd.ones((2, 3, 10))
    out, states = layer(x, layer.begin_state(batch_size=3))
    assert out.shape == (2, 3, 10 * d) and [s.shape for s in states] == [(2 * d, 3, 10)] * 2
    gru = rnn.GRU(10, 2)
    gru.initialize()
    out, states = gru(x, gru.begin_state(3))
    assert [s.shape for s in states] == [(2, 3, 10)]
    out, state = gru(x, gru.begin_state(3)[0])
    assert state[0].shape == (2, 3, 10)
    with pytest.raises(ValueError):
        gru(x, gru.begin_state(4))


def test_shapes_of_cells_at_the_first_call():
    cell = rnn.LSTMCell(10)
    cell.hybridize()
    cell.initialize()
    cell(nd.ones((2, 7)), cell.begin_state(batch_size=2))
    assert cell.i2h_weight.shape == (40, 7)
    layer = rnn.LSTM(10)
    layer.hybridize()
    layer.initialize()
    layer(nd.ones((3, 2, 7)))
    assert layer.l0_i2h_weight.shape[1] == 7


@pytest.mark.parametrize(("kind", "dims", "gates"), [("RNN", 1, 1), ("LSTM", 2, 4), ("GRU", 3, 3)])
def test_convolutional_cells(kind, dims, gates):
    size = (6,) * dims
    cell = getattr(gluon.contrib.rnn, f"Conv{dims}D{kind}Cell")((3, *size), 5, 3, 3, i2h_pad=1, prefix="c_")
    cell.initialize()
    outputs, states = cell.unroll(2, nd.ones((2, 2, 3, *size)), layout="NTC")
    assert [o.shape for o in outputs] == [(2, 5, *size)] * 2
    assert all(s.shape == (2, 5, *size) for s in states)
    assert cell.i2h_weight.shape == (5 * gates, 3, *(3,) * dims)


def test_symbolic_cells():
    cell = mx.rnn.LSTMCell(100, prefix="rnn_", forget_bias=1.0)
    outputs, _ = cell.unroll(3, [mx.sym.Variable(f"rnn_t{i}_data") for i in range(3)])
    outputs = mx.sym.Group(outputs)
    assert sorted(cell.params._params.keys()) == ["rnn_h2h_bias", "rnn_h2h_weight", "rnn_i2h_bias", "rnn_i2h_weight"]
    assert outputs.list_outputs() == [f"rnn_t{i}_out_output" for i in range(3)]
    assert outputs.infer_shape(**{f"rnn_t{i}_data": (10, 50) for i in range(3)})[1] == [(10, 100)] * 3


def test_fused_symbolic_cells_come_apart(agree):
    fused = mx.rnn.FusedRNNCell(10, num_layers=2, mode="lstm", prefix="test_", bidirectional=True)
    stack = fused.unfuse()
    x = mx.sym.Variable("x")
    a, _ = fused.unroll(3, x, layout="NTC", merge_outputs=True)
    b, _ = stack.unroll(3, x, layout="NTC", merge_outputs=True)
    assert a.infer_shape(x=(2, 3, 4))[1] == b.infer_shape(x=(2, 3, 4))[1] == [(2, 3, 20)]
    size = dict(zip(a.list_arguments(), a.infer_shape(x=(2, 3, 4))[0]))["test_parameters"]
    args = {"test_parameters": nd.array(np.random.RandomState(0).uniform(-0.2, 0.2, size))}
    apart = fused.unpack_weights(args)
    agree(fused.pack_weights(apart)["test_parameters"], args["test_parameters"])
    apart = stack.pack_weights(apart)
    data = nd.array(np.random.RandomState(1).randn(2, 3, 4))
    one = a.bind(mx.cpu(), {"x": data, **args}).forward()[0]
    two = b.bind(mx.cpu(), {"x": data, **apart}).forward()[0]
    agree(one, two, 1e-3, 1e-4)


def test_sentences_as_numbers():
    sentences = [["a", "b", "c"], ["b", "c", "d"]]
    dictionary = {"a": 1, "b": 2, "c": 3}
    result, vocab = mx.rnn.encode_sentences(
        sentences, vocab=dictionary, invalid_label=-1, invalid_key="\n", start_label=0, unknown_token="UNK"
    )
    assert result[0] == [1, 2, 3] and result[1][:2] == [2, 3] and result[1][2] == vocab["UNK"]
    result, vocab = mx.rnn.encode_sentences([["x", "y"], ["y", "z"]], start_label=1)
    assert result == [[1, 2], [2, 3]] and {vocab[w] for w in "xyz"} == {1, 2, 3}
