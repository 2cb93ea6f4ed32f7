"""Tests of ``mxnet_compat.metric``."""
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet_compat import registry

from .module_cases import check, recorded


@recorded("metric")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)


def test_global_values_cover_everything_since_reset():
    """Two places where real MXNet's global value is wrong, see differences."""
    label, pred = mx.nd.array([0, 1]), mx.nd.array([1, 1])
    top = mx.metric.TopKAccuracy(2)
    top.update([label], [pred])
    assert top.get_global() == top.get() == ("top_k_accuracy_2", 1.0)
    x, y = np.arange(6.0), np.array([0.0, 2, 1, 5, 3, 4])
    micro = mx.metric.PearsonCorrelation(average="micro")
    for part in (slice(0, 2), slice(2, 6)):
        micro.update([mx.nd.array(x[part])], [mx.nd.array(y[part])])
    assert micro.get_global()[1] == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_values_are_python_numbers():
    """So that they print alike under every numpy."""
    label, pred = mx.nd.array([0, 1, 1]), mx.nd.array([[.1, .9], [.2, .8], [.7, .3]])
    for name in ("acc", "f1", "mcc", "pcc", "ce", "nll_loss"):
        metric = mx.metric.create(name)
        metric.update([label], [pred])
        assert type(metric.get()[1]) is float, name


def test_a_subclass_that_counts_for_itself():
    class Largest(mx.metric.EvalMetric):
        def __init__(self):
            super().__init__("largest")

        def update(self, labels, preds):
            self.sum_metric = max(self.sum_metric, preds[0].max().asscalar())
            self.num_inst = 1

    metric = mx.metric.create(Largest())
    metric.update(None, [mx.nd.array([3, 8])])
    assert metric.get_global_name_value() == [("largest", 8.0)]


def test_registered_metrics_are_created_by_name(request):
    # other tests look at what is registered
    request.addfinalizer(lambda: registry._REGISTRY[mx.metric.EvalMetric].pop("always"))

    @mx.metric.register
    class Always(mx.metric.EvalMetric):
        def __init__(self, value, name="always"):
            super().__init__(name, value=value)
            self.sum_metric, self.num_inst = value, 1

    assert mx.metric.create("always", 4).get() == ("always", 4.0)
    assert mx.metric.create("ALWAYS", value=5).get_config()["value"] == 5


def test_metrics_survive_pickling():
    metric = mx.metric.create(["acc", "f1"])
    metric.update([mx.nd.array([0, 1])], [mx.nd.array([[.1, .9], [.2, .8]])])
    again = pickle.loads(pickle.dumps(metric))
    assert again.get() == metric.get()
    assert type(again.get_metric(0)).__module__ == "mxnet.metric"
