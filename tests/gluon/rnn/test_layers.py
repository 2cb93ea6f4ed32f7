"""Layers on the fused operator against cells unrolled; lengths, projection, files, dropout with one mask."""
import numpy as np
import pytest
from mxnet.gluon import rnn
from mxnet.gluon.contrib.rnn import LSTMPCell, VariationalDropoutCell

import mxnet as mx
from mxnet import autograd, gluon, nd


def normal(*shape, seed=0):
    return nd.array(np.random.RandomState(seed).normal(size=shape))


def copy_values(layer, cell):
    """Give the cell the values that the layer has."""
    for name, p in cell.collect_params().items():
        p.set_data(layer.collect_params()[name].data())


def run(block, *args, **kwargs):
    """Outputs, states and gradients of parameters of a block that returns both."""
    with autograd.record():
        out, states = block(*args, **kwargs)
        loss = (out * out).sum()
        for s in states:
            loss = loss + (s * s).sum()
    loss.backward()
    return out.asnumpy(), [s.asnumpy() for s in states], \
        {name: p.grad().asnumpy() for name, p in block.__self__.collect_params().items()}


def agree(one, other):
    """Equal outputs, states up to the axis of layers, and gradients."""
    np.testing.assert_allclose(one[0], other[0], rtol=1e-5, atol=1e-6)
    for a, b in zip(one[1], other[1]):
        np.testing.assert_allclose(a.reshape(b.shape), b, rtol=1e-5, atol=1e-6)
    for name, grad in other[2].items():
        np.testing.assert_allclose(one[2][name], grad, rtol=1e-4, atol=1e-5)


LAYERS = {"relu": lambda **k: rnn.RNN(3, prefix="p_", **k), "lstm": lambda **k: rnn.LSTM(3, prefix="p_", **k),
          "tanh": lambda **k: rnn.RNN(3, activation="tanh", prefix="p_", **k), "gru": lambda **k: rnn.GRU(3, prefix="p_", **k)}


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("lengths", [None, [5, 2]])
@pytest.mark.parametrize("hybridized", [False, True])
def test_layer_is_its_stack_of_cells(kind, lengths, hybridized):
    layer = LAYERS[kind](num_layers=2, use_sequence_length=lengths is not None)
    layer.initialize(mx.init.Uniform(0.6))
    x, states = normal(5, 2, 4), layer.begin_state(2)
    more = [] if lengths is None else [nd.array(lengths)]
    layer(x, states, *more)
    cells = layer._unfuse()
    if hybridized:
        layer.hybridize()
    expected = run(cells.unroll, 5, x, layout="TNC", merge_outputs=True, valid_length=more[0] if more else None)
    out, new, grads = run(layer.__call__, x, states, *more)
    # cells list the states of one layer after those of another
    new = [s[i] for i in range(2) for s in new]
    agree((out, new, grads), expected)


def test_both_directions_go_over_the_valid_part():
    layer = rnn.GRU(3, bidirectional=True, use_sequence_length=True, layout="NTC", input_size=4)
    layer.initialize(mx.init.Uniform(0.6))
    x = normal(2, 5, 4)
    out, states = layer(x, layer.begin_state(2), nd.array([5, 2]))
    alone, alone_states = layer(x[1:, :2], layer.begin_state(1), nd.array([2]))
    np.testing.assert_allclose(out.asnumpy()[1, :2], alone.asnumpy()[0], rtol=1e-5, atol=1e-6)
    assert not out.asnumpy()[1, 2:].any()
    np.testing.assert_allclose(states[0].asnumpy()[:, 1], alone_states[0].asnumpy()[:, 0], rtol=1e-5, atol=1e-6)


def test_projection_is_the_cell_with_projection():
    layer = rnn.LSTM(4, projection_size=2, prefix="l_")
    layer.initialize(mx.init.Uniform(0.6))
    x = normal(3, 2, 5)
    layer(x)
    cell = LSTMPCell(4, 2, input_size=5, prefix="l_l0_")
    cell.initialize()
    copy_values(layer, cell)
    expected = run(cell.unroll, 3, x, layout="TNC", merge_outputs=True)
    agree(run(layer.__call__, x, layer.begin_state(2)), expected)


@pytest.mark.parametrize("make", [lambda: rnn.LSTM(3, 2, bidirectional=True, prefix="m_"), lambda: rnn.GRU(3, prefix="m_"),
                                  lambda: rnn.LSTM(3, projection_size=2, prefix="m_")])
def test_parameters_go_through_files(tmp_path, make):
    layer, x = make(), normal(4, 2, 5)
    layer.initialize()
    expected = layer(x).asnumpy()
    layer.save_parameters(str(tmp_path / "one"))
    layer.collect_params().save(str(tmp_path / "two"), "m_")
    layer.hybridize()
    layer(x)
    layer.export(str(tmp_path / "three"))
    for name in ("one", "two"):
        other = make()
        other.load_parameters(str(tmp_path / name))
        np.testing.assert_array_equal(other(x).asnumpy(), expected)
    states = layer.begin_state(2)
    names = [f"data{i}" for i in range(1 + len(states))]
    graph = gluon.SymbolBlock.imports(str(tmp_path / "three-symbol.json"), names, str(tmp_path / "three-0000.params"))
    np.testing.assert_allclose(graph(x, *states).asnumpy(), expected, rtol=1e-6)
    assert sorted(nd.load(str(tmp_path / "three-0000.params"))) == sorted(f"arg:{n}" for n in layer.collect_params().keys())


def test_states_are_of_the_type_that_the_layer_was_cast_to():
    layer = rnn.LSTM(3)
    layer.cast("float64")
    assert [info["dtype"] for info in layer.state_info(2)] == ["float64"] * 2
    layer.initialize()
    assert layer(normal(4, 2, 5).astype("float64")).dtype == np.float64


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"bidirectional": True, "num_layers": 2}])
@pytest.mark.parametrize("kind", [rnn.LSTM, rnn.GRU, rnn.RNN])
def test_widths_are_inferred_inside_a_hybridized_block(kind, options):
    net = gluon.nn.HybridSequential()
    net.add(kind(3, layout="NTC", **options), gluon.nn.Dense(2, flatten=False))
    net.initialize()
    net.hybridize()
    x = normal(2, 5, 4)
    out = net(x).asnumpy()
    weights = [p.shape for name, p in net.collect_params(".*[lr]0_i2h_weight").items()]
    assert out.shape == (2, 5, 2) and {shape[1] for shape in weights} == {4}
    net.hybridize(False)
    np.testing.assert_allclose(net(x).asnumpy(), out, rtol=1e-5)


def test_dropout_between_layers_is_for_training_only():
    layer = rnn.LSTM(8, 3, dropout=0.5)
    layer.initialize(mx.init.Uniform(1))
    x = normal(4, 2, 5)
    calm = layer(x).asnumpy()
    np.testing.assert_array_equal(layer(x).asnumpy(), calm)
    with autograd.record():
        assert np.abs(layer(x).asnumpy() - calm).max() > 1e-3


def test_one_mask_for_all_steps():
    class Passing(rnn.HybridRecurrentCell):
        def state_info(self, batch_size=0):
            return [{"shape": (batch_size, 50)}]

        def hybrid_forward(self, F, inputs, states):
            return inputs, [states[0] + 1]
    for options in ({"drop_inputs": 0.5}, {"drop_outputs": 0.5}, {"drop_inputs": 0.5, "drop_states": 0.5}):
        cell = VariationalDropoutCell(Passing(), **options)
        with autograd.record():
            out, states = cell.unroll(4, nd.ones((2, 4, 50)), merge_outputs=True)
        out = out.asnumpy()
        assert set(out.ravel()) == {0, 2}
        assert (out == out[:, :1]).all() and (out[0] != out[1]).any()
        kept = states[0].asnumpy()
        # a state is dropped at every step by one mask: 1 where it is, else ((0 * 2 + 1) * 2 + 1) ...
        assert set(kept.ravel()) == ({1, 15} if "drop_states" in options else {4})
    with pytest.raises(AssertionError, match="must be called in its place"):
        cell.base_cell.begin_state(1)


def test_zoneout_keeps_old_values():
    cell = rnn.ZoneoutCell(rnn.RNNCell(60), zoneout_outputs=0.5, zoneout_states=0.5)
    cell.initialize(mx.init.Uniform(1))
    x = normal(1, 3, 4)
    plain, _ = cell.unroll(3, x, merge_outputs=True)
    with autograd.record():
        out, states = cell.unroll(3, x, merge_outputs=True)
    out = out.asnumpy()[0]
    repeated = (out[1:] == out[:-1]).mean(1)
    assert (out[0] == 0).any() and (0.2 < repeated).all() and (repeated < 0.8).all()
    assert np.abs(plain.asnumpy() - out).max() > 0
    again, _ = cell.unroll(3, x, merge_outputs=True)
    np.testing.assert_array_equal(again.asnumpy(), plain.asnumpy())


def test_a_cell_that_a_script_writes():
    class Decay(rnn.RecurrentCell):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.dense = gluon.nn.Dense(3, in_units=4)
                self.inner = rnn.GRUCell(3, input_size=3)

        def state_info(self, batch_size=0):
            return self.inner.state_info(batch_size)

        def forward(self, x, states):
            return self.inner(self.dense(x), states)
    cell = Decay(prefix="d_")
    cell.initialize()
    out, states = cell.unroll(3, normal(2, 3, 4))
    assert [o.shape for o in out] == [(2, 3)] * 3 and states[0].shape == (2, 3)
    assert sorted(cell.collect_params().keys())[0] == "d_dense0_bias" and cell.inner.prefix == "d_gru0_"


def test_activation_may_be_a_block():
    cell = rnn.RNNCell(3, activation=gluon.nn.LeakyReLU(0.1))
    cell.initialize(mx.init.Constant(-1))
    out, _ = cell.unroll(2, nd.ones((1, 2, 1)))
    np.testing.assert_allclose(out[0].asnumpy(), -0.1, rtol=1e-6)
