"""Metrics of real-valued predictions: absolute and squared errors, correlation."""
import math

import numpy

from .base import EvalMetric, alias, as_numpy, check_label_shapes, register

__all__ = ["MAE", "MSE", "RMSE", "PearsonCorrelation"]


class _MeanError(EvalMetric):
    """The mean over batches of a mean error within each; vectors are taken as columns."""

    def __init__(self, name, output_names, label_names):
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def _error(self, difference):
        raise NotImplementedError

    def update(self, labels, preds):
        """Add lists of labels and predictions of one shape each; ValueError where their numbers or shapes differ."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            label, pred = (a.reshape(-1, 1) if a.ndim == 1 else a for a in (as_numpy(label), as_numpy(pred)))
            self._add(float(self._error(label - pred)), 1)


@register
class MAE(_MeanError):
    """The mean absolute error."""

    def __init__(self, name="mae", output_names=None, label_names=None):
        super().__init__(name, output_names, label_names)

    def _error(self, difference):
        return numpy.abs(difference).mean()


@register
class MSE(_MeanError):
    """The mean squared error."""

    def __init__(self, name="mse", output_names=None, label_names=None):
        super().__init__(name, output_names, label_names)

    def _error(self, difference):
        return (difference ** 2.0).mean()


@register
class RMSE(_MeanError):
    """The root of the mean squared error (the mean of the batches' roots)."""

    def __init__(self, name="rmse", output_names=None, label_names=None):
        super().__init__(name, output_names, label_names)

    def _error(self, difference):
        return numpy.sqrt((difference ** 2.0).mean())


@alias("pearsonr")
@register
class PearsonCorrelation(EvalMetric):
    """The correlation of labels and predictions: the mean of the batches' (``average='macro'``), or of all samples."""

    def __init__(self, name="pearsonr", output_names=None, label_names=None, average="macro"):
        self.average = average
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def reset_micro(self):
        """Forget the running moments of ``average='micro'``."""
        self._sse_p = self._mean_p = self._sse_l = self._mean_l = 0
        self._pred_nums = self._label_nums = self._conv = 0

    def reset(self):
        """Forget everything."""
        super().reset()
        if self.average == "micro":
            self.reset_micro()

    def update_variance(self, new_values, *aggregate):
        """(count, mean, sum of squared deviations) with ``new_values`` added, in one pass."""
        count, mean, squares = aggregate
        count += len(new_values)
        delta = new_values - mean
        mean += numpy.sum(delta / count)
        squares += numpy.sum(delta * (new_values - mean))
        return count, mean, squares

    def update_cov(self, label, pred):
        """Add to the covariance, of values whose means are already counted."""
        self._conv += numpy.sum((label - self._mean_l) * (pred - self._mean_p))

    def update(self, labels, preds):
        """Add lists of labels and predictions of one shape each; ValueError where their numbers or shapes differ."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds):
            check_label_shapes(label, pred, False, True)
            label, pred = as_numpy(label).ravel(), as_numpy(pred).ravel()
            if self.average == "macro":
                self._add(float(numpy.corrcoef(pred, label)[0, 1]), 1)
            else:
                self.num_inst += 1
                self.global_num_inst += 1
                label, pred = label.astype(numpy.float64), pred.astype(numpy.float64)
                self._label_nums, self._mean_l, self._sse_l = \
                    self.update_variance(label, self._label_nums, self._mean_l, self._sse_l)
                self.update_cov(label, pred)
                self._pred_nums, self._mean_p, self._sse_p = \
                    self.update_variance(pred, self._pred_nums, self._mean_p, self._sse_p)

    def _value(self, total, count):
        if self.average == "macro":
            return total / count
        n = self._label_nums
        return float(self._conv) / ((n - 1) * math.sqrt(self._sse_p / (n - 1)) * math.sqrt(self._sse_l / (n - 1)))
