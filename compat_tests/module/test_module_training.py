"""``Module``: fit and its log, score, predict, forward, backward and update, on one context and on two."""
import collections
import logging
import re

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym


@pytest.mark.parametrize("kvstore", ["local", "device"])
def test_a_step_of_descent(problem, contexts, check, kvstore):
    m = problem.module(context=contexts)
    m.init_optimizer(kvstore=kvstore, optimizer_params={"learning_rate": 0.5})
    m.forward_backward(problem.batch())
    m.update()
    check(m, problem.step(problem.values, 0.5))
    m.forward(problem.batch(), is_train=True)
    m.backward()
    m.update()
    check(m, problem.step(problem.step(problem.values, 0.5), 0.5))


def test_without_a_store_contexts_learn_apart(problem, contexts, check):
    m = problem.module(context=contexts)
    m.init_optimizer(kvstore=None, optimizer_params={"learning_rate": 0.5})
    m.forward_backward(problem.batch())
    m.update()
    # the mean of the contexts, of which each went its part of the way
    check(m, problem.step(problem.values, 0.5 / len(contexts)))


@pytest.mark.parametrize(("optimizer", "params"), [("sgd", {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.01}),
                                                   ("adam", {"learning_rate": 0.01}), ("rmsprop", {"learning_rate": 0.01})])
def test_contexts_and_stores_make_no_difference(problem, optimizer, params):
    results = []
    for contexts, kvstore in ((mx.cpu(), None), (mx.cpu(), mx.kv.create("local")), ([mx.cpu(0), mx.cpu(1)], "local"),
                              ([mx.cpu(0), mx.cpu(1)], "device")):
        m = mx.mod.Module(problem.net(), context=contexts)
        m.fit(problem.data(), num_epoch=2, kvstore=kvstore, optimizer=optimizer, optimizer_params=params,
              arg_params=problem.params())
        results.append({n: a.asnumpy() for n, a in m.get_params()[0].items()})
    for other in results[1:]:
        for n, a in results[0].items():
            np.testing.assert_allclose(other[n], a, rtol=1e-3, atol=1e-4, err_msg=n)


def test_biases_do_not_decay(problem, contexts, check):
    m = problem.module(context=contexts, optimizer=None)
    m.init_optimizer(optimizer_params={"learning_rate": 1.0, "wd": 0.1, "rescale_grad": 0.0})
    m.forward_backward(problem.batch())
    m.update()
    check(m, {n: v * (0.9 if n.endswith("weight") else 1) for n, v in problem.values.items()})


def test_fit_and_its_log(problem, contexts, caplog):
    m = mx.mod.Module(problem.net(), context=contexts)
    with caplog.at_level(logging.INFO):
        m.fit(problem.data(), eval_data=problem.data(20, 40), num_epoch=2, arg_params=problem.params(),
              optimizer_params={"learning_rate": 0.1}, eval_metric=["acc", "ce"], validation_metric="acc")
    lines = [re.sub(r"=[0-9.]+$", "=#", r.getMessage()) for r in caplog.records]
    assert lines == [line for e in (0, 1) for line in (
        f"Epoch[{e}] Train-accuracy=#", f"Epoch[{e}] Train-cross-entropy=#", f"Epoch[{e}] Time cost=#",
        f"Epoch[{e}] Validation-accuracy=#")]
    assert all(re.fullmatch(r".*=\d+\.\d{6}", r.getMessage()) for r in caplog.records if "Time" not in r.getMessage())


def test_callbacks(problem):
    m, seen = mx.mod.Module(problem.net()), []
    m.fit(problem.data(10, 30), eval_data=problem.data(20, 40), num_epoch=2, begin_epoch=1, arg_params=problem.params(),
          batch_end_callback=[lambda p: seen.append(("batch", p.epoch, p.nbatch, p.eval_metric.get()[0]))],
          epoch_end_callback=lambda e, s, a, x: seen.append(("epoch", e, s.name, sorted(a), x)),
          eval_end_callback=lambda p: seen.append(("eval", p.epoch, p.nbatch)),
          eval_batch_end_callback=lambda p: seen.append(("eval batch", p.epoch, p.nbatch)))
    names = sorted(problem.values)
    assert seen == [("batch", 1, 0, "accuracy"), ("batch", 1, 1, "accuracy"), ("batch", 1, 2, "accuracy"),
                    ("epoch", 1, "softmax", names, {}), ("eval batch", 1, 0), ("eval batch", 1, 1), ("eval", 1, 2)]
    with pytest.raises(AssertionError):
        m.fit(problem.data())


def test_callbacks_find_local_variables_by_mxnets_names(problem):
    m, batches, scores = mx.mod.Module(problem.net()), [], []

    def after_batch(p):
        found = p.locals
        assert found["self"] is m and found["optimizer"] == "adam" and found["initializer"] is not None
        assert found["epoch"] == p.epoch and found["nbatch"] == p.nbatch and found["eval_metric"] is p.eval_metric
        assert found["train_data"] is train and found["eval_data"] is not None and found["tic"] > 0
        batches.append((found["data_batch"].data[0].asnumpy(), found["next_data_batch"].data[0].asnumpy(),
                        found["end_of_batch"]))

    def after_score(p):
        assert p.locals["self"] is m
        scores.append((p.nbatch, p.locals["actual_num_batch"], p.locals["eval_batch"].data[0].shape))

    train = problem.data(10, 30)
    m.fit(train, eval_data=problem.data(20, 40), num_epoch=1, optimizer="adam", batch_end_callback=after_batch,
          eval_batch_end_callback=after_score, eval_end_callback=after_score)
    order = [problem.x[i:i + 10] for i in (0, 10, 20)]
    for (this, following, ended), want, then in zip(batches, order, order[1:] + order[-1:]):
        np.testing.assert_array_equal(this, want)
        np.testing.assert_array_equal(following, then)
        assert ended == (then is want)
    assert scores == [(0, 0, (20, 4)), (1, 1, (20, 4)), (2, 2, (20, 4))]

    f, seen = mx.model.FeedForward(problem.net(), num_epoch=1), []
    f.fit(train, batch_end_callback=lambda p: seen.append((p.locals["nbatch"], p.locals["data_batch"].data[0].shape)))
    assert seen == [(n, (10, 4)) for n in (1, 2, 3)]


def test_learning(problem):
    m = mx.mod.Module(problem.net())
    mx.random.seed(3)
    m.fit(problem.data(), num_epoch=60, optimizer="adam", optimizer_params={"learning_rate": 0.03},
          initializer=mx.init.Xavier())
    assert m.score(problem.data(), "acc")[0][1] > 0.95


def test_a_batch_needs_no_label_where_none_is_bound(problem, contexts):
    batch = collections.namedtuple("Batch", ["data"])
    whole = problem.module(context=contexts).predict(problem.data()).asnumpy()
    m = mx.mod.Module(problem.net(), context=contexts)
    m.bind(data_shapes=[("data", (10, 4))], for_training=False)
    m.set_params(problem.params(), {})
    m.forward(batch([nd.array(problem.x[:10])]))
    np.testing.assert_allclose(m.get_outputs()[0].asnumpy(), whole[:10], rtol=1e-5)
    with pytest.raises(AttributeError):
        problem.module(context=contexts).forward(batch([nd.array(problem.x[:10])]))


def test_score(problem):
    m = problem.module()
    (name, value), = m.score(problem.data(20), "acc")
    p = m.predict(problem.data(20)).asnumpy()
    padded = np.concatenate([problem.y, problem.y[:10]])
    predicted = np.concatenate([p, p[:10]]).argmax(1)
    assert name == "accuracy" and value == pytest.approx((predicted == padded).mean())
    assert len(m.score(problem.data(), ["acc", "ce"])) == 2
    data = problem.data()
    list(data)
    assert np.isnan(m.score(data, "acc", reset=False)[0][1])
    assert m.score(data, "acc", num_batch=1) == m.score(problem.data(10, 10), "acc")


def test_predict(problem, contexts):
    m, data = problem.module(context=contexts), problem.data(20)
    whole = m.predict(data)
    assert whole.shape == (50, 3)
    np.testing.assert_allclose(whole.asnumpy().sum(1), 1, rtol=1e-5)
    assert m.predict(data, num_batch=1).shape == (20, 3)
    parts = m.predict(data, merge_batches=False)
    assert [[o.shape for o in p] for p in parts] == [[(20, 3)], [(20, 3)], [(10, 3)]]
    listed = m.predict(data, always_output_list=True)
    assert isinstance(listed, list) and listed[0].shape == (50, 3)
    np.testing.assert_array_equal(np.concatenate([p[0].asnumpy() for p in parts]), whole.asnumpy())
    walked = [(o[0].shape, n, b.pad) for o, n, b in m.iter_predict(data)]
    assert walked == [((20, 3), 0, 0), ((20, 3), 1, 0), ((10, 3), 2, 10)]
    assert m.predict(nd.array(problem.x[:20])).shape == (20, 3)
    for wrong in ([1], "data"):
        with pytest.raises(ValueError):
            m.predict(wrong)


def test_gradients_of_inputs(problem, contexts):
    m = problem.module(context=contexts, inputs_need_grad=True)
    m.forward_backward(problem.batch())
    grad, = m.get_input_grads()
    assert grad.shape == (10, 4) and len(m.get_input_grads(merge_multi_context=False)[0]) == len(contexts)
    alone = problem.module(inputs_need_grad=True)
    alone.forward_backward(problem.batch())
    np.testing.assert_allclose(grad.asnumpy(), alone.get_input_grads()[0].asnumpy(), rtol=1e-5, atol=1e-7)


def test_gradients_from_above(contexts):
    s = sym.FullyConnected(sym.Variable("data"), num_hidden=3, name="fc")
    m = mx.mod.Module(s, label_names=None, context=contexts)
    m.bind([("data", (4, 2))], inputs_need_grad=True)
    m.init_params(mx.init.One())
    m.forward(mx.io.DataBatch([nd.ones((4, 2))]))
    with pytest.raises(mx.MXNetError):
        m.backward()
    m.backward([nd.array(np.arange(12).reshape(4, 3))])
    assert m.get_input_grads()[0].asnumpy().tolist() == [[3, 3], [12, 12], [21, 21], [30, 30]]


def test_outputs_by_context(problem, contexts):
    m = problem.module(context=contexts)
    m.forward(problem.batch())
    parts = m.get_outputs(merge_multi_context=False)[0]
    assert [p.shape[0] for p in parts] == [10 // len(contexts)] * len(contexts)
    np.testing.assert_array_equal(np.concatenate([p.asnumpy() for p in parts]), m.get_outputs()[0].asnumpy())


def test_shares_of_work(problem):
    for count, work, sizes in ((2, [1, 3], [2, 8]), (3, None, [3, 3, 4]), (2, None, [5, 5])):
        m = mx.mod.Module(problem.net(), context=[mx.cpu(k) for k in range(count)], work_load_list=work)
        m.bind([("data", (10, 4))], [("softmax_label", (10,))])
        m.init_params(arg_params=problem.params())
        m.forward(problem.batch())
        parts = m.get_outputs(False)[0]
        assert [p.shape[0] for p in parts] == sizes and [p.context for p in parts] == [mx.cpu(k) for k in range(count)]


def test_a_batch_for_each_context(problem):
    m = problem.module(context=[mx.cpu(0), mx.cpu(1)])
    first, second = problem.batch(5), problem.batch(5, 5)
    m.forward([first, second])
    got = m.get_outputs()[0].asnumpy()
    m.forward(problem.batch(10))
    np.testing.assert_allclose(got, m.get_outputs()[0].asnumpy(), rtol=1e-6)
    metric = mx.metric.create("acc")
    m.update_metric(metric, [first.label, second.label], pre_sliced=True)
    assert metric.get()[1] == pytest.approx((got.argmax(1) == problem.y[:10]).mean())


def test_several_inputs_and_labels(contexts):
    rng = np.random.RandomState(0)
    f = sym.FullyConnected(sym.concat(sym.Variable("d1"), sym.Variable("d2"), dim=1), num_hidden=2, name="f")
    s = sym.Group([sym.LinearRegressionOutput(f, sym.Variable("l1"), name="o1"),
                   sym.SoftmaxOutput(f, sym.Variable("l2"), name="o2")])
    x1, x2 = rng.uniform(-1, 1, (8, 2)).astype("f"), rng.uniform(-1, 1, (8, 3)).astype("f")
    data = mx.io.NDArrayIter({"d1": x1, "d2": x2}, {"l1": x1, "l2": (x1.sum(1) > 0).astype("f")}, 4)
    m = mx.mod.Module(s, data_names=["d2", "d1"], label_names=["l2", "l1"], context=contexts)
    metric = mx.metric.CompositeEvalMetric([mx.metric.MSE(output_names=["o1_output"], label_names=["l1"]),
                                            mx.metric.Accuracy(output_names=["o2_output"], label_names=["l2"])])
    m.fit(data, num_epoch=1, eval_metric=metric, initializer=mx.init.Constant(0.1))
    f0 = np.concatenate([x1[:4], x2[:4]], 1).sum(1) * 0.1
    assert metric.get()[0] == ["mse", "accuracy"] and [o.shape for o in m.predict(data)] == [(8, 2), (8, 2)]
    m.init_params(mx.init.Constant(0.1), force_init=True)
    np.testing.assert_allclose(m.predict(data)[0].asnumpy()[:4, 0], f0 + 0.0, rtol=1e-4, atol=1e-6)


def test_an_iterator_that_uses_its_arrays_again(problem):
    class Reusing(mx.io.DataIter):
        def __init__(self):
            super().__init__(10)
            self.provide_data, self.provide_label = [("data", (10, 4))], [("softmax_label", (10,))]
            self.x, self.y, self.n = nd.zeros((10, 4)), nd.zeros((10,)), 0

        def reset(self):
            self.n = 0

        def next(self):
            if self.n == 5:
                raise StopIteration
            part = slice(10 * self.n, 10 * self.n + 10)
            self.x[:], self.y[:] = problem.x[part], problem.y[part]
            self.n += 1
            return mx.io.DataBatch([self.x], [self.y], pad=0)

    losses = []
    for data in (Reusing(), problem.data()):
        m = mx.mod.Module(problem.net())
        metric = mx.metric.create("ce")
        m.fit(data, num_epoch=1, arg_params=problem.params(), optimizer_params={"learning_rate": 0.1})
        m.score(data, metric)
        losses.append((metric.get()[1], m.predict(data).asnumpy()))
    # the next batch overwrites labels before the metric of training sees them, but never what is learnt
    np.testing.assert_allclose(losses[0][1], losses[1][1], rtol=1e-5)
    assert losses[0][0] == pytest.approx(losses[1][0], rel=1e-5)
