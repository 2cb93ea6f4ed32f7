"""mx.contrib: text, io, tensorboard, amp. Values of text and amp are those of real MXNet for the same calls."""
import collections
import pickle
import types
import warnings

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.contrib import amp
from mxnet_compat.contrib.io import DataLoaderIter
from mxnet_compat.contrib.tensorboard import LogMetricsCallback
from mxnet_compat.contrib.text import embedding, utils, vocab

COUNTER = collections.Counter({"c": 10, "b": 2, "a": 2, "d": 1, "<x>": 5})


def test_tokens_are_counted():
    counted = utils.count_tokens_from_str(" Life is great ! \n life is good . \n", to_lower=True)
    assert counted == {"life": 2, "is": 2, "great": 1, "!": 1, "good": 1, ".": 1}
    assert utils.count_tokens_from_str("a b\nA", counter_to_update=collections.Counter(a=3)) == {"a": 4, "b": 1, "A": 1}


@pytest.mark.parametrize(("kwargs", "tokens"), [
    ({}, ["<unk>", "c", "<x>", "a", "b", "d"]),
    ({"most_freq_count": 2}, ["<unk>", "c", "<x>"]),
    ({"min_freq": 2, "reserved_tokens": ["<pad>", "<x>"]}, ["<unk>", "<pad>", "<x>", "c", "a", "b"]),
    ({"most_freq_count": 0}, ["<unk>"]),
    ({"most_freq_count": 3, "unknown_token": "<x>", "reserved_tokens": ["<pad>"]}, ["<x>", "<pad>", "c", "a", "b"]),
])
def test_a_vocabulary_orders_tokens_by_frequency_then_name(kwargs, tokens):
    v = vocab.Vocabulary(COUNTER, **kwargs)
    assert v.idx_to_token == tokens
    assert v.token_to_idx == {t: i for i, t in enumerate(tokens)}
    assert v.to_indices([tokens[-1], "not there"]) == [len(tokens) - 1, 0]


def test_bad_vocabularies_and_indices_are_refused():
    for kwargs in ({"min_freq": 0}, {"reserved_tokens": ["<unk>"]}, {"reserved_tokens": ["p", "p"]}):
        with pytest.raises(AssertionError):
            vocab.Vocabulary(COUNTER, **kwargs)
    with pytest.raises(AssertionError, match="Counter"):
        vocab.Vocabulary({"a": 1})
    for index in (99, 2.0):
        with pytest.raises(ValueError, match="not an index"):
            vocab.Vocabulary(COUNTER).to_tokens(index)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("a 0.1 0.2 0.3\nb 1 2 3\na 9 9 9\n<unk> 7 7 7\n")
    return str(path)


def test_vectors_are_read_looked_up_and_replaced(file):
    with pytest.warns(UserWarning, match="line 3 repeats the token a"):
        e = embedding.CustomEmbedding(file)
    assert e.idx_to_token == ["<unk>", "a", "b"] and e.vec_len == 3
    np.testing.assert_array_equal(e.idx_to_vec.asnumpy(), np.float32([[7, 7, 7], [0.1, 0.2, 0.3], [1, 2, 3]]))
    assert e.get_vecs_by_tokens(["B", "zz"], lower_case_backup=True).asnumpy().tolist() == [[1, 2, 3], [7, 7, 7]]
    e.update_token_vectors("b", mx.nd.array([4, 5, 6]))
    assert e.get_vecs_by_tokens("b").asnumpy().tolist() == [4, 5, 6]
    with pytest.raises(ValueError, match="zz"):
        e.update_token_vectors("zz", mx.nd.array([4, 5, 6]))
    v = vocab.Vocabulary(collections.Counter({"b": 2, "zz": 1}), reserved_tokens=["<pad>"])
    both = embedding.CompositeEmbedding(v, [e, e])
    assert both.idx_to_vec.asnumpy()[:, 2:4].tolist() == [[7, 7], [7, 7], [6, 4], [7, 7]]


def test_pretrained_files_are_taken_from_the_folder(tmp_path):
    assert len(embedding.get_pretrained_file_names("fasttext")) == 327
    with pytest.raises(KeyError, match="nothing.txt"):
        embedding.create("glove", pretrained_file_name="nothing.txt")
    with pytest.raises(NotImplementedError, match="not downloaded"):
        embedding.create("glove", pretrained_file_name="glove.6B.50d.txt", embedding_root=str(tmp_path))
    (tmp_path / "glove").mkdir()
    (tmp_path / "glove" / "glove.6B.50d.txt").write_text("a 1 2\n")
    e = embedding.create("glove", pretrained_file_name="glove.6B.50d.txt", embedding_root=str(tmp_path))
    assert e.idx_to_vec.asnumpy().tolist() == [[0, 0], [1, 2]]


def test_a_loader_serves_as_an_iterator():
    data = mx.gluon.data.ArrayDataset(np.arange(15, dtype="f").reshape(5, 3), np.arange(5, dtype="f"))
    it = DataLoaderIter(mx.gluon.data.DataLoader(data, batch_size=2), dtype="float64")
    assert it.batch_size == 2 and it.provide_data[0].shape == (2, 3)
    for _ in range(2):
        batches = list(it)
        assert [b.pad for b in batches] == [0, 0, 1]
        assert batches[2].data[0].asnumpy().tolist() == [[12, 13, 14], [0, 0, 0]]
        assert batches[2].label[0].dtype == np.float64
        it.reset()


def test_metrics_go_to_the_writer(tmp_path):
    callback = LogMetricsCallback(str(tmp_path), prefix="train")
    seen = []
    callback.summary_writer = types.SimpleNamespace(add_scalar=lambda *a, **k: seen.append((a, k)))
    metric = mx.metric.Accuracy()
    metric.update(mx.nd.array([1, 0]), mx.nd.array([[0.1, 0.9], [0.1, 0.9]]))
    callback(types.SimpleNamespace(eval_metric=metric, epoch=2))
    assert seen == [(("train-accuracy", 0.5), {"global_step": 2})]


def test_losses_are_scaled_and_overflowing_steps_left_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        amp.init()
    w = mx.gluon.Parameter("w", shape=(2,), init="ones")
    w.initialize()
    trainer = mx.gluon.Trainer([w], "sgd", {"learning_rate": 1.0})
    amp.init_trainer(trainer)
    for factor, weight, scale in ((1.0, 0.5, 65536.0), (float("inf"), 0.5, 65536.0), (1.0, 0.0, 32768.0)):
        with mx.autograd.record(), amp.scale_loss((w.data() * factor).sum(), trainer) as scaled:
            pass
        scaled.backward()
        trainer.step(2)
        assert w.data().asnumpy().tolist() == [weight] * 2
        assert trainer._amp_loss_scaler.loss_scale == scale
    with mx.autograd.record(), amp.scale_loss([w.data().sum(), w.data().sum() * 2], trainer) as scaled:
        pass
    mx.autograd.backward(scaled)
    amp.unscale(trainer)
    assert w.grad().asnumpy().tolist() == [3, 3]


def test_a_converted_network_computes_in_float16():
    # the real package has no float16 layers on a CPU
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(4, 3), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Activation("relu"), mx.gluon.nn.Dense(3))
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = mx.nd.random.uniform(shape=(2, 3, 8, 8))
    want = net(x)
    for optional in (False, True):
        made = amp.convert_hybrid_block(net, ctx=mx.cpu(), cast_optional_params=optional)
        kinds = {n.rpartition("_")[2]: np.dtype(p.dtype).name for n, p in made.collect_params().items()}
        assert kinds["weight"] == ("float16" if optional else "float32")
        assert kinds["gamma"] == "float32"
        got = made(x)
        assert got.dtype == np.float32
        difference = np.abs(got.asnumpy() - want.asnumpy()).max()
        assert 0 < difference < 1e-2
    again = mx.sym.load_json(made._cached_graph[1].tojson(remove_amp_cast=False))
    assert again.get_internals().list_outputs() == made._cached_graph[1].get_internals().list_outputs()
    with pytest.raises(NotImplementedError, match="bfloat16"):
        amp.convert_symbol(made._cached_graph[1], "bfloat16")


def test_a_converted_bucketing_module_computes_in_float16():
    def network(key):
        fc = mx.sym.FullyConnected(mx.sym.mean(mx.sym.var("data"), axis=1), num_hidden=2, name="fc")
        return mx.sym.SoftmaxOutput(fc, name="softmax"), ("data",), ("softmax_label",)

    def run(module, length):
        x = mx.nd.arange(4 * length * 3).reshape((4, length, 3)) / 10
        module.forward(mx.io.DataBatch([x], [mx.nd.zeros(4)], bucket_key=length, provide_data=[("data", x.shape)],
                                       provide_label=[("softmax_label", (4,))]), is_train=False)
        return module.get_outputs()[0].asnumpy()
    module = mx.mod.BucketingModule(network, default_bucket_key=5)
    with pytest.raises(AssertionError):
        amp.amp.convert_bucketing_module(module)
    module.bind([("data", (4, 5, 3))], [("softmax_label", (4,))])
    module.init_params(mx.init.Normal(1))
    want = [run(module, n) for n in (5, 3)]
    made = amp.amp.convert_bucketing_module(module)
    made.bind([("data", (4, 5, 3))], [("softmax_label", (4,))])
    assert "fc_output_amp_cast_float32_output" in made.symbol.get_internals().list_outputs()
    for n, y in zip((5, 3), want):
        np.testing.assert_allclose(run(made, n), y, rtol=2e-2, atol=1e-3)
    with pytest.raises(AssertionError, match="BucketingModule"):
        amp.amp.convert_bucketing_module(3)


def test_a_copied_graph_keeps_its_casts(tmp_path):
    s = amp.convert_symbol(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"))
    full = s.tojson(remove_amp_cast=False)
    assert pickle.loads(pickle.dumps(s)).tojson(remove_amp_cast=False) == full
    s.save(str(tmp_path / "with.json"), remove_amp_cast=False)
    s.save(str(tmp_path / "without.json"))
    assert (tmp_path / "with.json").read_text() == full
    assert "data_amp_cast_float16" not in (tmp_path / "without.json").read_text()
