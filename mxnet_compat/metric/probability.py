"""Metrics of predicted probabilities: cross entropy, negative log likelihood, perplexity."""
import math

import numpy

from .base import EvalMetric, alias, as_numpy, check_label_shapes, register

__all__ = ["CrossEntropy", "NegativeLogLikelihood", "Perplexity"]


@register
class Perplexity(EvalMetric):
    """``exp`` of the mean negative log probability of the labels; labels equal to ``ignore_label`` do not count.

    Predictions hold the classes along their last axis.
    """

    def __init__(self, ignore_label, axis=-1, name="perplexity", output_names=None, label_names=None):
        super().__init__(name, ignore_label=ignore_label, output_names=output_names, label_names=label_names,
                         has_global_stats=True)
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels, preds):
        """Add lists of labels and probabilities; AssertionError where numbers or sizes differ."""
        assert len(labels) == len(preds), f"Perplexity: {len(labels)} labels but {len(preds)} predictions"
        loss, count = 0.0, 0
        for label, pred in zip(labels, preds):
            assert label.size == pred.size / pred.shape[-1], \
                f"Perplexity: labels of shape {label.shape} do not fit predictions of shape {pred.shape}"
            pred = as_numpy(pred)
            label = as_numpy(label).reshape(-1).astype("int32")
            rows = pred.reshape(-1, pred.shape[-1])
            # a label out of range takes the nearest class, as nd.pick does
            prob = rows[numpy.arange(len(label)), label.clip(0, rows.shape[1] - 1)]
            weight = numpy.ones_like(prob)
            if self.ignore_label is not None:
                ignore = label == self.ignore_label
                weight -= ignore
                prob = prob * weight + ignore.astype(prob.dtype)
            loss -= float(numpy.log(numpy.maximum(1e-10, prob)).sum())
            count += int(weight.sum())
        self._add(loss, count)

    def _value(self, total, count):
        return math.exp(total / count)


class _LogProbability(EvalMetric):
    """Mean of ``-log(probability of the label + eps)``; labels are class indices, predictions rows of probabilities."""

    def __init__(self, eps, name, output_names, label_names):
        super().__init__(name, eps=eps, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.eps = eps

    def update(self, labels, preds):
        """Add lists of labels and probabilities; ValueError for other numbers, AssertionError for other sizes."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            label, pred = as_numpy(label).ravel(), as_numpy(pred)
            assert len(label) == len(pred), f"{type(self).__name__}: {len(label)} labels but {len(pred)} predictions"
            prob = pred[numpy.arange(len(label)), label.astype("int64")]
            self._add(float((-numpy.log(prob + self.eps)).sum()), len(label))


@alias("ce")
@register
class CrossEntropy(_LogProbability):
    """The mean negative log of the labels' probabilities; ``eps`` keeps zero probabilities finite."""

    def __init__(self, eps=1e-12, name="cross-entropy", output_names=None, label_names=None):
        super().__init__(eps, name, output_names, label_names)


@alias("nll_loss")
@register
class NegativeLogLikelihood(_LogProbability):
    """The same measure as ``CrossEntropy`` under another name."""

    def __init__(self, eps=1e-12, name="nll-loss", output_names=None, label_names=None):
        super().__init__(eps, name, output_names, label_names)
