"""Metrics against their definitions, over several batches, local and global, and what they are called."""

import json
import math

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd


def pair(classes=3, n=8, seed=0):
    rs = np.random.RandomState(seed)
    return rs.randint(0, classes, n), rs.dirichlet(np.ones(classes), n)


def test_configurations_are_json():
    for m in (
        mx.metric.Accuracy(axis=0),
        mx.metric.TopKAccuracy(top_k=3),
        mx.metric.F1(),
        mx.metric.Perplexity(ignore_label=0),
        mx.metric.create("mse"),
        mx.metric.MCC(average="micro"),
    ):
        config = m.get_config()
        json.dumps(config)
        again = mx.metric.create(
            config.pop("metric").lower(),
            **{k: v for k, v in config.items() if k in ("axis", "top_k", "average", "ignore_label")},
        )
        assert type(again) is type(m)


def test_accuracy_over_batches():
    m, right, n = mx.metric.create("acc"), 0, 0
    for seed in range(3):
        label, pred = pair(seed=seed)
        m.update([nd.array(label)], [nd.array(pred)])
        right, n = right + (pred.argmax(axis=1) == label).sum(), n + len(label)
        assert m.get() == ("accuracy", pytest.approx(right / n))


def test_accuracy_of_pictures():
    label, pred = np.array([[0, 1], [1, 0]]), np.random.RandomState(0).rand(2, 3, 2)
    m = mx.metric.Accuracy()
    m.update([nd.array(label)], [nd.array(pred)])
    assert m.get()[1] == pytest.approx((pred.argmax(axis=1) == label).mean())
    with pytest.raises(ValueError):
        m.update([nd.ones((3,))], [nd.ones((2, 3))])


def test_several_best():
    label, pred = pair(classes=5)
    m = mx.metric.TopKAccuracy(top_k=2)
    m.update([nd.array(label)], [nd.array(pred)])
    best = np.argsort(pred, axis=1)[:, -2:]
    assert m.get() == ("top_k_accuracy_2", pytest.approx((best == label[:, None]).any(axis=1).mean()))
    with pytest.raises(AssertionError):
        mx.metric.TopKAccuracy(top_k=1)


def test_cross_entropy_and_likelihood():
    label, pred = pair()
    want = -np.log(pred[np.arange(8), label]).mean()
    for name, shown in (("ce", "cross-entropy"), ("nll_loss", "nll-loss")):
        m = mx.metric.create(name)
        m.update([nd.array(label)], [nd.array(pred)])
        assert m.get() == (shown, pytest.approx(want, rel=1e-4))


@pytest.mark.parametrize("ignored", [None, 1])
def test_perplexity(ignored):
    label, pred = pair()
    p = pred[np.arange(8), label]
    kept = label != ignored if ignored is not None else np.ones(8, bool)
    m = mx.metric.Perplexity(ignored)
    m.update([nd.array(label)], [nd.array(pred)])
    assert m.get()[1] == pytest.approx(math.exp(-np.log(p[kept]).sum() / kept.sum()), rel=1e-4)


def counts(label, pred):
    guess = pred.argmax(axis=1)
    return [((guess == a) & (label == b)).sum() for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_f1_and_correlation_of_two_classes(average):
    f1, mcc = mx.metric.F1(average=average), mx.metric.MCC(average=average)
    total, f1s, mccs = np.zeros(4), [], []

    def both(c):
        tp, fp, fn, tn = (float(v) for v in c)
        root = math.sqrt((tp + fp or 1) * (tp + fn or 1) * (tn + fp or 1) * (tn + fn or 1))
        return 2 * tp / (2 * tp + fp + fn) if tp else 0.0, (tp * tn - fp * fn) / root

    for seed in range(3):
        label, pred = pair(classes=2, n=12, seed=seed)
        for m in (f1, mcc):
            m.update([nd.array(label)], [nd.array(pred)])
        found = counts(label, pred)
        total += found
        f1s.append(both(found)[0])
        mccs.append(both(found)[1])
    want = (np.mean(f1s), np.mean(mccs)) if average == "macro" else both(total)
    assert f1.get()[1] == pytest.approx(want[0]) and mcc.get()[1] == pytest.approx(want[1])
    with pytest.raises(ValueError):
        f1.update([nd.array([0, 1, 2])], [nd.ones((3, 2))])


@pytest.mark.parametrize(
    ("name", "formula"),
    [("mae", lambda d: np.abs(d).mean()), ("mse", lambda d: (d**2).mean()), ("rmse", lambda d: math.sqrt((d**2).mean()))],
)
@pytest.mark.parametrize("shape", [(6,), (6, 1), (3, 2)])
def test_regression(name, formula, shape):
    rs = np.random.RandomState(0)
    label, pred = rs.rand(*shape), rs.rand(*shape)
    m = mx.metric.create(name)
    m.update([nd.array(label)], [nd.array(pred)])
    assert m.get() == (name, pytest.approx(formula(label - pred), rel=1e-5))


def test_correlations():
    rs = np.random.RandomState(0)
    label, pred = rs.rand(10), rs.rand(10)
    m = mx.metric.create("pearsonr")
    m.update([nd.array(label)], [nd.array(pred)])
    assert m.get()[1] == pytest.approx(np.corrcoef(label, pred)[0, 1], rel=1e-4)
    label, pred = pair(classes=2, n=20)
    pcc, mcc = mx.metric.create("pcc"), mx.metric.create("mcc")
    for m in (pcc, mcc):
        m.update([nd.array(label)], [nd.array(pred)])
    assert pcc.get()[1] == pytest.approx(mcc.get()[1])
    pcc.update([nd.array(pair(classes=5)[0])], [nd.array(pair(classes=5)[1])])
    assert -1 <= pcc.get()[1] <= 1


def test_losses_are_averaged():
    m = mx.metric.create("loss")
    m.update(None, [nd.array([1, 2, 3]), nd.array([[4]])])
    assert m.get() == ("loss", 2.5)


def test_several_metrics_at_once():
    m = mx.metric.CompositeEvalMetric([mx.metric.Accuracy()])
    m.add("mse")
    m.add(mx.metric.CustomMetric(lambda label, pred: 2.0, name="two"))
    label = nd.array([0, 1])
    m.metrics[0].update([label], [nd.array([[1, 0], [1, 0]])])
    m.metrics[2].update([label], [label])
    names, values = m.get()
    assert names == ["accuracy", "mse", "two"] and values[0] == 0.5 and math.isnan(values[1]) and values[2] == 2
    assert isinstance(m.get_metric(1), mx.metric.MSE)
    m.reset()
    assert all(math.isnan(v) for v in m.get()[1])


def test_dictionaries_choose_outputs():
    m = mx.metric.Accuracy(output_names=["a"], label_names=["x"])
    m.update_dict({"x": nd.array([1]), "y": nd.array([0])}, {"a": nd.array([[0.1, 0.9]]), "b": nd.array([[1, 0]])})
    assert m.get()[1] == 1


def test_local_and_global_values():
    m = mx.metric.Accuracy()
    m.update([nd.array([0, 0])], [nd.array([[1, 0], [1, 0]])])
    m.reset_local()
    assert math.isnan(m.get()[1]) and m.get_global()[1] == 1
    m.update([nd.array([1, 1])], [nd.array([[1, 0], [1, 0]])])
    assert m.get()[1] == 0 and m.get_global()[1] == 0.5 and m.get_global_name_value() == [("accuracy", 0.5)]
    m.reset()
    assert math.isnan(m.get_global()[1])


def test_functions_as_metrics():
    m = mx.metric.np(lambda label, pred: np.abs(label - pred).sum())
    m.update([nd.array([1, 2])], [nd.array([2, 4])])
    assert m.get()[1] == 3
    m = mx.metric.CustomMetric(lambda label, pred: (float(pred.sum()), pred.size), name="mean")
    m.update([nd.ones(2), nd.ones(2)], [nd.array([1, 2]), nd.array([3, 6])])
    assert m.get() == ("mean", 3.0)
    with pytest.raises(AssertionError):
        mx.metric.create("no such metric")


def test_single_arrays():
    m = mx.metric.create("acc")
    m.update(nd.array([1, 0]), nd.array([[0.3, 0.7], [0.6, 0.4]]))
    assert m.get()[1] == 1


@pytest.mark.parametrize("name", ["acc", "mae", "mse", "rmse", "ce", "nll_loss", "pearsonr", "f1", "loss"])
def test_nothing_seen_is_nan(name):
    value = mx.metric.create(name).get()[1]
    assert math.isnan(value)
