"""Checks of metrics, and the metric that suits a loss."""
from ....metric import Accuracy, EvalMetric
from ...loss import SoftmaxCrossEntropyLoss


def _check_metrics(metrics):
    """A list of metrics; ValueError for anything that is none."""
    if isinstance(metrics, EvalMetric):
        return [metrics]
    metrics = [] if metrics is None else metrics
    if isinstance(metrics, str) or not all(isinstance(m, EvalMetric) for m in metrics):
        raise ValueError(f"expected an EvalMetric or a list of them, got {metrics!r}")
    return list(metrics)


def _check_metric_known(handler, metric, known_metrics):
    if not any(metric is known for known in known_metrics):
        raise ValueError(f"{type(handler).__name__} refers to {metric}, which is none of the metrics of the estimator; use "
                         "those of estimator.train_metrics and estimator.val_metrics")


def _check_handler_metric_ref(handler, known_metrics):
    """ValueError where a handler has metrics that the estimator does not have: nobody would update them."""
    metrics = getattr(handler, "metrics", None)
    for metric in metrics if isinstance(metrics, (list, tuple)) else [metrics]:
        if isinstance(metric, EvalMetric):
            _check_metric_known(handler, metric, known_metrics)


def _suggest_metric_for_loss(loss):
    """Accuracy for a cross entropy of classes, else None."""
    return Accuracy() if isinstance(loss, SoftmaxCrossEntropyLoss) else None
