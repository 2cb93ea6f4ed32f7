"""Metrics of class decisions: accuracy, F1 and the correlation coefficients of confusion matrices."""
import math

import numpy

from .base import EvalMetric, alias, as_numpy, check_label_shapes, register

__all__ = ["F1", "MCC", "PCC", "Accuracy", "TopKAccuracy", "_BinaryClassificationMetrics"]


def _need_ndarrays(arrays, what):
    for a in arrays:
        assert hasattr(a, "asnumpy"), f"{what}: expected NDArrays, got {type(a).__name__}"


@alias("acc")
@register
class Accuracy(EvalMetric):
    """The share of right predictions: class indices of the label's shape, or scores with the classes along ``axis``."""

    def __init__(self, axis=1, name="accuracy", output_names=None, label_names=None):
        super().__init__(name, axis=axis, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.axis = axis

    def update(self, labels, preds):
        """Add lists of labels and predictions; ValueError where their numbers or sizes differ."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            if pred.shape != label.shape:
                _need_ndarrays([pred], "Accuracy")
                chosen = as_numpy(pred).argmax(self.axis)
            else:
                chosen = as_numpy(pred)
            chosen, label = chosen.astype("int32").ravel(), as_numpy(label).astype("int32").ravel()
            check_label_shapes(label, chosen)
            self._add(float((chosen == label).sum()), len(chosen))


@alias("top_k_accuracy", "top_k_acc")
@register
class TopKAccuracy(EvalMetric):
    """The share of samples whose label is among the ``top_k`` (above 1) highest scores of a row."""

    def __init__(self, top_k=1, name="top_k_accuracy", output_names=None, label_names=None):
        super().__init__(name, top_k=top_k, output_names=output_names, label_names=label_names, has_global_stats=True)
        assert top_k > 1, f"top_k must be above 1, got {top_k}; for the best class alone use Accuracy"
        self.top_k = top_k
        self.name += f"_{top_k}"

    def update(self, labels, preds):
        """Add lists of labels and 2-D scores (or 1-D class indices); ValueError where numbers or sizes differ."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            assert len(pred.shape) <= 2, f"TopKAccuracy: scores must have 2 dimensions at most, got shape {pred.shape}"
            # the partition of float32 values, since it decides between equal scores
            scores = as_numpy(pred).astype("float32")
            order = numpy.argpartition(scores, -self.top_k) if scores.ndim == 2 else numpy.argsort(scores)
            label = as_numpy(label).astype("int32").ravel()
            check_label_shapes(label, order)
            if order.ndim == 1:
                hits = (order == label).sum()
            else:
                hits = (order[:, -min(order.shape[1], self.top_k):] == label[:, None]).sum()
            self._add(float(hits), len(order))


def _ratio(part, whole):
    return part / whole if whole > 0 else 0.0


class _BinaryClassificationMetrics:
    """Counts of true and false positives and negatives, and what follows from them, locally and globally."""

    _COUNTS = ("true_positives", "false_negatives", "false_positives", "true_negatives")

    def __init__(self):
        self.reset_stats()

    def update_binary_stats(self, label, pred):
        """Add labels of two classes and their scores; ValueError for more classes or other sizes."""
        chosen, label = as_numpy(pred).argmax(axis=1), as_numpy(label).astype("int32")
        check_label_shapes(label, chosen)
        if len(numpy.unique(label)) > 2:
            raise ValueError("F1 and MCC are for two classes; the labels hold more. PCC takes any number")
        yes, right = chosen == 1, label == 1
        for name, mask in zip(self._COUNTS, (yes & right, ~yes & right, yes & (label == 0), ~yes & (label == 0))):
            count = int(mask.sum())
            setattr(self, name, getattr(self, name) + count)
            setattr(self, "global_" + name, getattr(self, "global_" + name) + count)

    def _counts(self, use_global):
        return [getattr(self, "global_" + n if use_global else n) for n in self._COUNTS]

    def _precision(self, use_global):
        tp, _, fp, _ = self._counts(use_global)
        return _ratio(tp, tp + fp)

    def _recall(self, use_global):
        tp, fn, _, _ = self._counts(use_global)
        return _ratio(tp, tp + fn)

    def _fscore(self, use_global):
        p, r = self._precision(use_global), self._recall(use_global)
        return _ratio(2 * p * r, p + r)

    precision = property(lambda self: self._precision(False), doc="Share of the positive decisions that are right.")
    global_precision = property(lambda self: self._precision(True), doc="``precision`` since the full reset.")
    recall = property(lambda self: self._recall(False), doc="Share of the positive samples that were found.")
    global_recall = property(lambda self: self._recall(True), doc="``recall`` since the full reset.")
    fscore = property(lambda self: self._fscore(False), doc="Harmonic mean of precision and recall.")
    global_fscore = property(lambda self: self._fscore(True), doc="``fscore`` since the full reset.")
    total_examples = property(lambda self: sum(self._counts(False)), doc="Number of samples.")
    global_total_examples = property(lambda self: sum(self._counts(True)), doc="The same, globally.")

    def matthewscc(self, use_global=False):
        """Matthews' correlation coefficient; empty rows or columns of the matrix are left out of the denominator."""
        tp, fn, fp, tn = (float(c) for c in self._counts(use_global))
        if not tp + fn + fp + tn:
            return 0.0
        sums = [s for s in (tp + fp, tp + fn, tn + fp, tn + fn) if s]
        return (tp * tn - fp * fn) / math.sqrt(math.prod(sums))

    def local_reset_stats(self):
        """Zero the local counts."""
        for name in self._COUNTS:
            setattr(self, name, 0)

    def reset_stats(self):
        """Zero all counts."""
        self.local_reset_stats()
        for name in self._COUNTS:
            setattr(self, "global_" + name, 0)


class _Averaged(EvalMetric):
    """A score of binary counts: the mean over updates (``average='macro'``), or of all samples together."""

    _macro = True

    def __init__(self, name, output_names, label_names, average):
        self._macro, self._stats = average == "macro", _BinaryClassificationMetrics()
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def _score(self, use_global):
        raise NotImplementedError

    def update(self, labels, preds):
        """Add lists of labels and scores of two classes; ValueError for more classes, other numbers or sizes."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            self._stats.update_binary_stats(label, pred)
        if self._macro:
            self._add(self._score(False), 1)
            self._stats.reset_stats()
        else:
            self.num_inst, self.global_num_inst = self._stats.total_examples, self._stats.global_total_examples
            self.sum_metric = self._score(False) * self.num_inst
            self.global_sum_metric = self._score(True) * self.global_num_inst

    def reset(self):
        """Forget everything."""
        super().reset()
        self._stats.reset_stats()

    def reset_local(self):
        """Forget what ``get`` tells of."""
        super().reset_local()
        self._stats.local_reset_stats()


@register
class F1(_Averaged):
    """The F1 score of two classes: the mean of the updates (``average='macro'``), or of all samples (``'micro'``)."""

    def __init__(self, name="f1", output_names=None, label_names=None, average="macro"):
        super().__init__(name, output_names, label_names, average)
        self.average, self.metrics = average, self._stats

    def _score(self, use_global):
        return self._stats._fscore(use_global)


@register
class MCC(_Averaged):
    """Matthews' correlation coefficient of two classes, averaged as ``F1`` is."""

    def __init__(self, name="mcc", output_names=None, label_names=None, average="macro"):
        super().__init__(name, output_names, label_names, average)
        self._average, self._metrics = average, self._stats

    def _score(self, use_global):
        return self._stats.matthewscc(use_global)


@register
class PCC(EvalMetric):
    """Matthews' coefficient for any number of classes: the correlation of a confusion matrix that grows as needed."""

    def __init__(self, name="pcc", output_names=None, label_names=None, has_global_stats=True):
        self.k = 2
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=has_global_stats)

    @staticmethod
    def _calc_mcc(cmat):
        n = cmat.sum()
        predicted, true = cmat.sum(axis=1), cmat.sum(axis=0)
        cov_xx = numpy.sum(predicted * (n - predicted))
        cov_yy = numpy.sum(true * (n - true))
        if not cov_xx or not cov_yy:
            return float("nan")
        return float(numpy.sum(numpy.diag(cmat) * n - predicted * true) / (cov_xx * cov_yy) ** 0.5)

    def update(self, labels, preds):
        """Add lists of labels and scores (2-D) or class indices; ValueError where numbers or sizes differ."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            label, pred = as_numpy(label).astype("int32"), as_numpy(pred)
            if pred.shape != label.shape:
                pred = pred.argmax(axis=1)
            check_label_shapes(label, pred)
            label, pred = label.ravel(), pred.astype("int32").ravel()
            grow = max(pred.max(), label.max()) + 1 - self.k
            if grow > 0:
                self.k += int(grow)
                self.lcm, self.gcm = (numpy.pad(m, (0, int(grow))) for m in (self.lcm, self.gcm))
            counts = numpy.zeros((self.k, self.k))
            numpy.add.at(counts, (pred, label), 1)
            self.lcm += counts
            self.gcm += counts
        self.num_inst += 1
        self.global_num_inst += 1

    @property
    def sum_metric(self):
        """The local coefficient times the number of updates."""
        return self._calc_mcc(self.lcm) * self.num_inst

    @property
    def global_sum_metric(self):
        """The global coefficient times the number of updates."""
        return self._calc_mcc(self.gcm) * self.global_num_inst

    def reset(self):
        """Forget everything."""
        self.global_num_inst = 0.0
        self.gcm = numpy.zeros((self.k, self.k))
        self.reset_local()

    def reset_local(self):
        """Forget what ``get`` tells of."""
        self.num_inst = 0.0
        self.lcm = numpy.zeros((self.k, self.k))
