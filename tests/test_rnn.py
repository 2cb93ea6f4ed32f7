"""Recurrent cells of symbols, and sentences in buckets, as recorded from real MXNet."""
import numpy as np
import pytest

import mxnet as mx

from .part_cases import check, recorded


@recorded("legacy cells")
def test_legacy_cells(group, expression, expected):
    check(group, expression, expected)


@recorded("sentences")
def test_sentences(group, expression, expected):
    check(group, expression, expected)


def outputs(cell, args, x):
    """What unrolling gives with these parameters."""
    net = cell.unroll(x.shape[1], inputs=mx.sym.var("data"), merge_outputs=True)[0]
    ex = net.bind(mx.cpu(), {"data": x, **args})
    return ex.forward()[0].asnumpy()


@pytest.mark.parametrize("mode", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_fused_cell_is_its_unfused_stack(mode, bidirectional, tmp_path):
    fused = mx.rnn.FusedRNNCell(3, num_layers=2, mode=mode, bidirectional=bidirectional, prefix="f_")
    stack = fused.unfuse()
    net = fused.unroll(4, inputs=mx.sym.var("data"), merge_outputs=True)[0]
    shapes, _, _ = net.infer_shape(data=(2, 4, 5))
    vector = mx.nd.array(np.random.RandomState(0).uniform(-0.6, 0.6, dict(zip(net.list_arguments(), shapes))["f_parameters"]))
    x = mx.nd.array(np.random.RandomState(1).normal(size=(2, 4, 5)))
    expected = outputs(fused, {"f_parameters": vector}, x)
    args = stack.pack_weights(fused.unpack_weights({"f_parameters": vector}))
    np.testing.assert_allclose(outputs(stack, args, x), expected, rtol=1e-5, atol=1e-6)
    # a checkpoint of the one can be taken up by the other
    prefix = str(tmp_path / "model")
    mx.rnn.save_rnn_checkpoint(stack, prefix, 1, net, args, {})
    _, back, _ = mx.rnn.load_rnn_checkpoint(fused, prefix, 1)
    np.testing.assert_array_equal(back["f_parameters"].asnumpy(), vector.asnumpy())


def test_checkpoint_callback(tmp_path):
    cell = mx.rnn.LSTMCell(3)
    net = cell.unroll(2, inputs=mx.sym.var("data"), merge_outputs=True)[0]
    shapes, _, _ = net.infer_shape(data=(1, 2, 4))
    args = {n: mx.nd.ones(s) for n, s in zip(net.list_arguments(), shapes) if n != "data"}
    callback = mx.rnn.do_rnn_checkpoint([cell], str(tmp_path / "model"), period=2)
    for epoch in range(4):
        callback(epoch, net, args, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model-0002.params", "model-0004.params", "model-symbol.json"]


def test_cells_that_share_variables():
    one = mx.rnn.LSTMCell(3, prefix="a_")
    stack = mx.rnn.SequentialRNNCell(params=one.params)
    stack.add(mx.rnn.LSTMCell(3, prefix="a_"))
    assert stack.params.get("i2h_weight") is one.params.get("i2h_weight")
    with pytest.raises(AssertionError, match="shared already"):
        stack.add(one)


def test_unknown_words_have_the_number_of_the_unknown_token():
    words = [["a", "b"], ["c", "a"]]
    assert mx.rnn.encode_sentences(words, vocab={"a": 0, "?": 5}, unknown_token="?")[0] == [[0, 5], [5, 0]]
    coded, vocab = mx.rnn.encode_sentences(words, vocab={"a": 0}, unknown_token="?")
    assert coded == [[0, 1], [1, 0]] and vocab == {"a": 0, "?": 1}


def test_long_sentences_are_left_out():
    with pytest.warns(UserWarning, match="1 sentences are longer"):
        it = mx.rnn.BucketSentenceIter([[1, 2], [3, 4], [1, 2, 3]], 2, buckets=[2])
    assert len(list(it)) == 1


def test_the_old_way_to_unroll():
    with pytest.warns(DeprecationWarning):
        out, _ = mx.rnn.rnn_unroll(mx.rnn.RNNCell(3), 2, input_prefix="p_")
    assert {"p_t0_data", "p_t1_data"} <= set(out[1].list_arguments())
