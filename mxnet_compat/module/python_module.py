"""Modules whose computation is Python: ``PythonModule`` without parameters, and ``PythonLossModule``."""
import logging

from .. import ndarray as nd
from ..initializer import Uniform
from .base_module import BaseModule
from .executor_group import descriptions

__all__ = ["PythonLossModule", "PythonModule"]


class PythonModule(BaseModule):
    """A module without parameters; subclasses define ``forward``, ``backward`` and ``_compute_output_shapes``."""
    __module__ = "mxnet.module.python_module"

    def __init__(self, data_names, label_names, output_names, logger=logging):
        super().__init__(logger=logger)
        self._data_names, self._label_names = data_names, label_names
        self._output_names = output_names
        self._data_shapes = self._label_shapes = self._output_shapes = None

    @property
    def data_names(self):
        """Names of the data."""
        return self._data_names

    @property
    def output_names(self):
        """Names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self):
        """Descriptions of the data."""
        return self._data_shapes

    @property
    def label_shapes(self):
        """Descriptions of the labels."""
        return self._label_shapes

    @property
    def output_shapes(self):
        """Pairs of name and shape of the outputs."""
        return self._output_shapes

    def get_params(self):
        """No parameters."""
        return {}, {}

    def init_params(self, initializer=Uniform(0.01), arg_params=None, aux_params=None, allow_missing=False, force_init=False,
                    allow_extra=False):
        """Nothing to initialise."""

    def update(self):
        """Nothing to update."""

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Give labels and outputs to a metric, if there are labels."""
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise RuntimeError("a PythonModule does not take labels cut by context")
        eval_metric.update_dict(dict(zip(self._label_names, labels)), dict(zip(self._output_names, self.get_outputs())))

    def bind(self, data_shapes, label_shapes=None, for_training=True, inputs_need_grad=False, force_rebind=False,
             shared_module=None, grad_req="write"):
        """Take note of the shapes."""
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        assert grad_req == "write", "Python modules only support grad_req='write'"
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        self._data_shapes = descriptions(data_shapes)
        self._label_shapes = label_shapes or None
        assert [d.name for d in self._data_shapes] == list(self._data_names), "data_shapes must follow data_names"
        self._output_shapes = self._compute_output_shapes()
        self.binded = True

    def _compute_output_shapes(self):
        raise NotImplementedError(f"{type(self).__name__} does not define _compute_output_shapes")

    def init_optimizer(self, kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),),
                       force_init=False):
        """No optimizer is needed."""
        self.optimizer_initialized = True


class PythonLossModule(PythonModule):
    """A loss on scores: forward hands them on, backward gives their gradient by ``grad_func(scores, labels)``."""
    __module__ = "mxnet.module.python_module"

    def __init__(self, name="pyloss", data_names=("data",), label_names=("softmax_label",), logger=logging, grad_func=None):
        super().__init__(data_names, label_names, [name + "_output"], logger=logger)
        assert len(data_names) == 1 and len(label_names) == 1, "a loss takes one score and one label"
        assert grad_func is None or callable(grad_func), "grad_func must be callable"
        self._name, self._grad_func = name, grad_func
        self._scores = self._labels = self._scores_grad = None

    def _compute_output_shapes(self):
        return [(self._name + "_output", self._data_shapes[0].shape)]

    def forward(self, data_batch, is_train=None):
        """Keep scores, and labels in training."""
        self._scores = data_batch.data[0]
        if self.for_training if is_train is None else is_train:
            self._labels = data_batch.label[0]

    def get_outputs(self, merge_multi_context=True):
        """The scores."""
        assert merge_multi_context
        return [self._scores]

    def backward(self, out_grads=None):
        """Compute the gradient of the scores."""
        assert out_grads is None, "a loss has no gradient from above"
        assert self.for_training, "bind with for_training=True"
        self._backward_impl()

    def _backward_impl(self):
        if self._grad_func is None:
            raise NotImplementedError("PythonLossModule needs grad_func, or a _backward_impl of its own")
        grad = self._grad_func(self._scores, self._labels)
        self._scores_grad = grad if isinstance(grad, nd.NDArray) else nd.array(grad)

    def get_input_grads(self, merge_multi_context=True):
        """The gradient of the scores."""
        assert merge_multi_context
        return [self._scores_grad]

    def install_monitor(self, mon):
        """Nothing to watch."""
        raise NotImplementedError("a PythonLossModule cannot be watched by a monitor")
