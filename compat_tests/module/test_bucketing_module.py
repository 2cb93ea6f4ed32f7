"""``BucketingModule``: modules for sequences of different lengths over shared parameters."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable


def generate(length):
    e = sym.Embedding(V("data"), input_dim=10, output_dim=4, name="emb")
    f = sym.FullyConnected(sym.Reshape(e, shape=(-1, 4)), num_hidden=3, name="fc")
    return sym.SoftmaxOutput(f, sym.Reshape(V("softmax_label"), shape=(-1,)), name="softmax"), ("data",), ("softmax_label",)


def params():
    rng = np.random.RandomState(0)
    return {n: nd.array(rng.uniform(-1, 1, s)) for n, s in (("emb_weight", (10, 4)), ("fc_weight", (3, 4)), ("fc_bias", (3,)))}


def batch(length, n=4, seed=0):
    rng = np.random.RandomState(seed + length)
    return mx.io.DataBatch([nd.array(rng.randint(0, 10, (n, length)))], [nd.array(rng.randint(0, 3, (n, length)))], pad=0,
                           bucket_key=length, provide_data=[("data", (n, length))],
                           provide_label=[("softmax_label", (n, length))])


class Sentences(mx.io.DataIter):
    def __init__(self, lengths):
        super().__init__(4)
        self.lengths, self.n, self.default_bucket_key = lengths, 0, max(lengths)
        self.provide_data = [("data", (4, max(lengths)))]
        self.provide_label = [("softmax_label", (4, max(lengths)))]

    def reset(self):
        self.n = 0

    def next(self):
        if self.n == len(self.lengths):
            raise StopIteration
        self.n += 1
        return batch(self.lengths[self.n - 1], seed=self.n)


def bound(contexts=None, **bind):
    m = mx.mod.BucketingModule(generate, default_bucket_key=6, context=contexts or mx.cpu())
    m.bind([("data", (4, 6))], [("softmax_label", (4, 6))], **bind)
    m.init_params(arg_params=params(), aux_params={})
    return m


def values(m):
    return {n: a.asnumpy().copy() for n, a in m.get_params()[0].items()}


def same(a, b):
    assert set(a) == set(b)
    for n in a:
        np.testing.assert_allclose(a[n], b[n], rtol=1e-5, atol=1e-6, err_msg=n)


def test_all_buckets_train_the_same_parameters(contexts):
    m = bound(contexts)
    m.init_optimizer(optimizer_params={"learning_rate": 0.5})
    one = mx.mod.Module(*generate(3))
    one.bind([("data", (4, 3))], [("softmax_label", (4, 3))])
    one.init_params(arg_params=params(), aux_params={})
    one.init_optimizer(optimizer_params={"learning_rate": 0.5, "rescale_grad": 0.25})
    for n in (3, 3):
        for each in (m, one):
            each.forward(batch(n))
            each.backward()
            each.update()
        same(values(m), values(one))
    m.forward(batch(6))
    m.backward()
    m.update()
    assert any((values(m)[n] != v).any() for n, v in values(one).items())
    assert m.get_outputs()[0].shape == (24, 3) and sorted(m._buckets) == [3, 6]


def test_fit(contexts):
    m = mx.mod.BucketingModule(generate, default_bucket_key=6, context=contexts)
    metric = mx.metric.Perplexity(None)
    m.fit(Sentences([6, 3, 5, 3, 6, 2]), eval_data=Sentences([3, 2, 6]), num_epoch=30, arg_params=params(), eval_metric=metric,
          optimizer="adam", optimizer_params={"learning_rate": 0.02})
    before = bound(contexts).score(Sentences([6, 3, 5, 3, 6, 2]), metric)[0][1]
    after = m.score(Sentences([6, 3, 5, 3, 6, 2]), metric)[0][1]
    assert after < 0.8 * before
    assert m.predict(Sentences([3, 3])).shape == (24, 3)
    assert [[o.shape for o in p] for p in m.predict(Sentences([3, 2]), merge_batches=False)] == [[(12, 3)], [(8, 3)]]


def test_switching():
    m = bound()
    m.switch_bucket(3, [("data", (4, 3))], [("softmax_label", (4, 3))])
    assert m.data_shapes == [("data", (4, 3))] and m.label_shapes == [("softmax_label", (4, 3))] and m.symbol.name == "softmax"
    m.set_params({"fc_bias": nd.ones((3,))}, {}, allow_missing=True)
    m.switch_bucket(6, None, None)
    assert m.data_shapes == [("data", (4, 6))] and values(m)["fc_bias"].tolist() == [1, 1, 1]
    m.set_params(params(), {})
    m.forward(batch(3))
    same(values(m), {n: a.asnumpy() for n, a in params().items()})
    with pytest.raises(RuntimeError):
        m.set_params({"fc_bias": nd.ones((3,))}, {})
    with pytest.raises(ValueError):
        m.set_params({"unheard": nd.ones((3,))}, {}, allow_missing=True)


def test_batches_of_other_sizes():
    m = bound()
    for n, length in ((2, 3), (8, 3), (3, 6), (4, 6)):
        m.forward(batch(length, n))
        assert m.get_outputs()[0].shape == (n * length, 3)


def test_gradients_add_up_over_buckets():
    m = bound(grad_req="add")
    expected = {}
    for length in (3, 5, 3):
        m.forward(batch(length))
        m.backward()
        alone = mx.mod.Module(*generate(length))
        alone.bind([("data", (4, length))], [("softmax_label", (4, length))])
        alone.init_params(arg_params=params(), aux_params={})
        alone.forward_backward(batch(length))
        for n, g in zip(alone._param_names, alone._exec_group.grad_arrays):
            expected[n] = expected.get(n, 0) + g[0].asnumpy()
    same({n: g[0].asnumpy() for n, g in zip(m._curr_module._param_names, m._curr_module._exec_group.grad_arrays)}, expected)


def test_files(tmp_path):
    prefix = str(tmp_path / "model")
    m = bound()
    m.forward(batch(3))
    m.save_checkpoint(prefix, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model-0002.params", "model-3-symbol.json", "model-6-symbol.json",
                                                          "model.buckets"]
    assert mx.nd.load(prefix + ".buckets")[0].asnumpy().tolist() == [6, 3]
    back = mx.mod.BucketingModule.load(prefix, 2, sym_gen=generate, default_bucket_key=6)
    back.bind([("data", (4, 6))], [("softmax_label", (4, 6))], for_training=False)
    same(values(back), values(m))
    back.forward(batch(5), is_train=False)
    m.forward(batch(5), is_train=False)
    np.testing.assert_allclose(back.get_outputs()[0].asnumpy(), m.get_outputs()[0].asnumpy(), rtol=1e-6)
    with pytest.raises(AssertionError):
        mx.mod.BucketingModule.load(prefix, 2)
    with pytest.raises(AssertionError):
        mx.mod.BucketingModule(generate, default_bucket_key=6).save_checkpoint(prefix, 1)


def test_what_comes_before_what():
    m = mx.mod.BucketingModule(generate, default_bucket_key=6)
    assert tuple(m.data_names) == ("data",) and m.output_names == ["softmax_output"]
    for call in (m.get_params, m.init_params, m.update, lambda: m.forward(batch(3)), lambda: m.data_shapes, lambda: m.symbol,
                 lambda: m.switch_bucket(3, [], [])):
        with pytest.raises(AssertionError):
            call()
    with pytest.raises(AssertionError):
        mx.mod.BucketingModule(generate)
    with pytest.raises(ValueError):
        mx.mod.BucketingModule(lambda key: (generate(key)[0], ("x",), None), default_bucket_key=3)


def test_bound_again():
    m = bound()
    m.bind([("data", (2, 6))], [("softmax_label", (2, 6))])
    assert m.data_shapes == [("data", (4, 6))]
    m.bind([("data", (2, 6))], [("softmax_label", (2, 6))], force_rebind=True)
    same(values(m), {n: a.asnumpy() for n, a in params().items()})
    m.forward(batch(6, 2))
    assert m.get_outputs()[0].shape == (12, 3)


def test_monitors_and_gradients_of_inputs():
    def summed(length):
        f = sym.FullyConnected(sym.sum(V("data"), axis=1, keepdims=True), num_hidden=3, name="fc")
        return sym.SoftmaxOutput(f, name="softmax"), ("data",), ("softmax_label",)
    m = mx.mod.BucketingModule(summed, default_bucket_key=6)
    m.bind([("data", (4, 6))], [("softmax_label", (4,))], inputs_need_grad=True)
    m.init_params(mx.init.One())
    monitor = mx.mon.Monitor(1, stat_func=lambda x: x.sum(), pattern="fc_output")
    m.install_monitor(monitor)
    monitor.tic()
    m.forward(mx.io.DataBatch([nd.ones((4, 2))], [nd.zeros((4,))], bucket_key=2, provide_data=[("data", (4, 2))],
                              provide_label=[("softmax_label", (4,))]))
    assert [(name, float(text)) for _, name, text in monitor.toc()] == [("fc_output", 24.0)]
    m.backward()
    assert m.get_input_grads()[0].shape == (4, 2)
