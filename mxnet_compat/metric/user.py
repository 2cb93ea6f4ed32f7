"""Metrics of losses and of functions that the user writes."""
from .base import EvalMetric, as_numpy, check_label_shapes, register

__all__ = ["Caffe", "CustomMetric", "Loss", "Torch", "np"]


@register
class Loss(EvalMetric):
    """The mean of the predictions themselves, for outputs that are losses. Labels do not matter."""

    def __init__(self, name="loss", output_names=None, label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def update(self, _, preds):
        """Add a list of arrays of losses, or one array."""
        for pred in [preds] if hasattr(preds, "asnumpy") else preds:
            assert hasattr(pred, "asnumpy"), f"Loss: expected NDArrays, got {type(pred).__name__}"
            pred = as_numpy(pred)
            self._add(float(pred.sum()), pred.size)


@register
class Torch(Loss):
    """``Loss`` under another name."""

    def __init__(self, name="torch", output_names=None, label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names)


@register
class Caffe(Loss):
    """``Loss`` under another name."""

    def __init__(self, name="caffe", output_names=None, label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names)


@register
class CustomMetric(EvalMetric):
    """The mean of ``feval(label, pred)`` over the updates; it takes numpy arrays and gives a value or (sum, count).

    ``allow_extra_outputs`` admits more predictions than labels; the surplus is left out.
    """

    def __init__(self, feval, name=None, allow_extra_outputs=False, output_names=None, label_names=None):
        if name is None:
            name = feval.__name__
            if "<" in name:
                name = f"custom({name})"
        super().__init__(name, feval=feval, allow_extra_outputs=allow_extra_outputs, output_names=output_names,
                         label_names=label_names, has_global_stats=True)
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels, preds):
        """Add lists of labels and predictions; ValueError where their numbers differ."""
        if not self._allow_extra_outputs:
            labels, preds = check_label_shapes(labels, preds, True)
        for pred, label in zip(preds, labels):
            result = self._feval(as_numpy(label), as_numpy(pred))
            if isinstance(result, tuple):
                self._add(*result)
            else:
                self._add(result, 1)

    def get_config(self):
        """NotImplementedError: a function has no configuration."""
        raise NotImplementedError("a CustomMetric holds a function, which has no configuration to write down")


def np(numpy_feval, name=None, allow_extra_outputs=False):
    """A ``CustomMetric`` from a function of (label, pred) as numpy arrays."""
    def feval(label, pred):
        return numpy_feval(label, pred)
    feval.__name__ = numpy_feval.__name__
    return CustomMetric(feval, name, allow_extra_outputs)
