"""The base class of metrics, lists of metrics, and their registry. The metrics themselves are in the other files."""
import numpy

from .. import registry
from ..base import numeric_types, string_types

__all__ = ["CompositeEvalMetric", "EvalMetric", "alias", "as_numpy", "check_label_shapes", "create", "register"]


def as_numpy(x):
    """The values of an NDArray, or a numpy array as it is."""
    return x.asnumpy() if hasattr(x, "asnumpy") else numpy.asarray(x)


def check_label_shapes(labels, preds, wrap=False, shape=False):
    """ValueError unless labels and predictions agree in length (or in shape, with ``shape``).

    With ``wrap``, single arrays come back in lists. Returns both.
    """
    counted = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if counted[0] != counted[1]:
        what = "shape" if shape else "number"
        raise ValueError(f"the {what} of labels, {counted[0]}, is not the {what} of predictions, {counted[1]}")
    if wrap:
        labels = labels if isinstance(labels, (list, tuple)) else [labels]
        preds = preds if isinstance(preds, (list, tuple)) else [preds]
    return labels, preds


class EvalMetric:
    """Base class of metrics: two pairs of sum and count, one since the last ``reset_local``, one since ``reset``.

    ``output_names`` and ``label_names`` choose what ``update_dict`` uses; further keywords are kept for ``get_config``.
    Subclasses define ``update`` and call ``_add`` (or change ``sum_metric`` and ``num_inst`` themselves).
    """

    def __init__(self, name, output_names=None, label_names=None, **kwargs):
        self.name = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = kwargs.pop("has_global_stats", False)
        self._kwargs = kwargs
        self.reset()

    def __str__(self):
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self):
        """The keywords that ``create`` makes this metric from."""
        return {**self._kwargs, "metric": type(self).__name__, "name": self.name, "output_names": self.output_names,
                "label_names": self.label_names}

    def update_dict(self, label, pred):
        """Update from dictionaries of arrays; KeyError where a chosen name is absent."""
        preds = list(pred.values()) if self.output_names is None else [pred[n] for n in self.output_names]
        labels = list(label.values()) if self.label_names is None else [label[n] for n in self.label_names]
        self.update(labels, preds)

    def update(self, labels, preds):
        """Add a batch: lists of arrays (labels, predictions)."""
        raise NotImplementedError(f"{type(self).__name__} must define update(labels, preds)")

    def _add(self, total, count):
        self.sum_metric += total
        self.global_sum_metric += total
        self.num_inst += count
        self.global_num_inst += count

    def reset(self):
        """Forget everything."""
        self.num_inst = 0
        self.sum_metric = 0.0
        self.global_num_inst = 0
        self.global_sum_metric = 0.0

    def reset_local(self):
        """Forget what ``get`` tells of, but not what ``get_global`` does."""
        self.num_inst = 0
        self.sum_metric = 0.0

    def _value(self, total, count):
        """The metric from a sum and a count above zero."""
        return total / count

    def get(self):
        """(name, value) since the last reset of either kind; the value is nan before any update."""
        if self.num_inst == 0:
            return self.name, float("nan")
        return self.name, self._value(self.sum_metric, self.num_inst)

    def get_global(self):
        """(name, value) since the last ``reset``; ``get`` for metrics that do not keep both."""
        if not self._has_global_stats:
            return self.get()
        if self.global_num_inst == 0:
            return self.name, float("nan")
        return self.name, self._value(self.global_sum_metric, self.global_num_inst)

    def get_name_value(self):
        """``get`` as a list of pairs."""
        return _pairs(*self.get())

    def get_global_name_value(self):
        """``get_global`` as a list of pairs."""
        if not self._has_global_stats:
            return self.get_name_value()
        return _pairs(*self.get_global())


def _pairs(name, value):
    return list(zip(name if isinstance(name, list) else [name], value if isinstance(value, list) else [value]))


_register = registry.get_register_func(EvalMetric, "metric")
alias = registry.get_alias_func(EvalMetric, "metric")
_create = registry.get_create_func(EvalMetric, "metric")


def register(klass, name=None):
    """Make a metric class available to ``create`` by its name in lower case, or the given one. Returns the class."""
    return _register(klass, name)


def create(metric, *args, **kwargs):
    """A metric from a registered name with arguments, a function of (label, pred), an instance, or a list of these.

    AssertionError for an unknown name.
    """
    if callable(metric):
        from .user import CustomMetric
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        composite = CompositeEvalMetric()
        for child in metric:
            composite.add(create(child, *args, **kwargs))
        return composite
    return _create(metric, *args, **kwargs)


@alias("composite")
@register
class CompositeEvalMetric(EvalMetric):
    """Several metrics as one; ``metrics`` is a list of what ``create`` takes. Values come back as lists."""

    def __init__(self, metrics=None, name="composite", output_names=None, label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.metrics = [create(m) for m in metrics or []]

    def add(self, metric):
        """Append a metric."""
        self.metrics.append(create(metric))

    def get_metric(self, index):
        """The metric of that index (a ValueError object, not raised, when there is none)."""
        try:
            return self.metrics[index]
        except IndexError:
            return ValueError(f"there is no metric {index}: there are {len(self.metrics)}")

    def update_dict(self, labels, preds):
        """Update every metric from dictionaries of arrays."""
        if self.label_names is not None:
            labels = {n: a for n, a in labels.items() if n in self.label_names}
        if self.output_names is not None:
            preds = {n: a for n, a in preds.items() if n in self.output_names}
        for metric in self.metrics:
            metric.update_dict(labels, preds)

    def update(self, labels, preds):
        """Add a batch to every metric."""
        for metric in self.metrics:
            metric.update(labels, preds)

    # the base class resets before ``metrics`` exists

    def reset(self):
        """Reset every metric."""
        for metric in getattr(self, "metrics", ()):
            metric.reset()

    def reset_local(self):
        """Reset the local values of every metric."""
        for metric in getattr(self, "metrics", ()):
            metric.reset_local()

    def _collect(self, results):
        names, values = [], []
        for name, value in results:
            names.extend([name] if isinstance(name, string_types) else name)
            values.extend([value] if isinstance(value, numeric_types) else value)
        return names, values

    def get(self):
        """Lists of the names and the values."""
        return self._collect(m.get() for m in self.metrics)

    def get_global(self):
        """Lists of the names and the values since the last ``reset``."""
        return self._collect(m.get_global() for m in self.metrics)

    def get_config(self):
        """The keywords of this metric, with those of its parts under ``metrics``."""
        return {**super().get_config(), "metrics": [m.get_config() for m in self.metrics]}
