"""What every module has: the training loop, scoring and prediction, in terms of a few methods that subclasses define."""
import logging
import time
import warnings

from .. import ndarray as nd
from ..base import _as_list
from ..initializer import Uniform

__all__ = ["BaseModule", "check_names"]


def check_names(symbol, names, what, strict):
    """Every name must be an argument of the symbol; ValueError (or a warning unless ``strict``) otherwise."""
    args = symbol.list_arguments()
    for name in names:
        if name in args:
            continue
        params = ("_weight", "_bias", "_gamma", "_beta")
        candidates = [a for a in args if not a.endswith(params)]
        message = (f"{what}_names={names} contains {name!r}, which is no argument of the symbol; "
                   f"candidates are {', '.join(candidates)}")
        if strict:
            raise ValueError(message)
        warnings.warn(message, stacklevel=4)


class BaseModule:
    """A computation that can be bound to shapes, initialised, run forward and backward, and updated."""
    __module__ = "mxnet.module.base_module"

    def __init__(self, logger=logging):
        self.logger = logger
        self.binded = self.for_training = self.inputs_need_grad = False
        self.params_initialized = self.optimizer_initialized = False
        self._symbol, self._total_exec_bytes = None, 0

    # the loop

    def forward_backward(self, data_batch):
        """Forward in training mode, then backward."""
        self.forward(data_batch, is_train=True)
        self.backward()

    def score(self, eval_data, eval_metric, num_batch=None, batch_end_callback=None, score_end_callback=None, reset=True,
              epoch=0, sparse_row_id_fn=None):
        """Run over ``eval_data`` and return the metric's name and value pairs."""
        from .. import metric
        from ..model import BatchEndParam
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if reset:
            eval_data.reset()
        if not isinstance(eval_metric, metric.EvalMetric):
            eval_metric = metric.create(eval_metric)
        eval_metric.reset()
        # callbacks look up local variables by the names that they have in MXNet, here as in fit
        actual_num_batch = 0
        for nbatch, eval_batch in enumerate(eval_data):
            if nbatch == num_batch:
                break
            self.prepare(eval_batch, sparse_row_id_fn=sparse_row_id_fn)
            self.forward(eval_batch, is_train=False)
            self._update_metric_of(eval_metric, eval_batch)
            for callback in _as_list(batch_end_callback) if batch_end_callback is not None else ():
                callback(BatchEndParam(epoch=epoch, nbatch=nbatch, eval_metric=eval_metric, locals=locals()))
            actual_num_batch += 1
        for callback in _as_list(score_end_callback) if score_end_callback is not None else ():
            callback(BatchEndParam(epoch=epoch, nbatch=actual_num_batch, eval_metric=eval_metric, locals=locals()))
        return eval_metric.get_name_value()

    def _update_metric_of(self, eval_metric, batch):
        if isinstance(batch, list):
            self.update_metric(eval_metric, [b.label for b in batch], pre_sliced=True)
        else:
            self.update_metric(eval_metric, batch.label)

    def iter_predict(self, eval_data, num_batch=None, reset=True, sparse_row_id_fn=None):
        """Yield (outputs without padding, batch number, batch) for every batch."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if reset:
            eval_data.reset()
        for n, batch in enumerate(eval_data):
            if n == num_batch:
                break
            self.prepare(batch, sparse_row_id_fn=sparse_row_id_fn)
            self.forward(batch, is_train=False)
            pad = batch.pad or 0
            yield [out[0:out.shape[0] - pad] for out in self.get_outputs()], n, batch

    def predict(self, eval_data, num_batch=None, merge_batches=True, reset=True, always_output_list=False,
                sparse_row_id_fn=None):
        """The outputs for all batches: one array (or a list of outputs), or a list a batch unless ``merge_batches``."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if isinstance(eval_data, nd.NDArray) or type(eval_data).__module__ == "numpy":
            from ..io import DataBatch
            self.forward(DataBatch([eval_data if isinstance(eval_data, nd.NDArray) else nd.array(eval_data)]))
            return self.get_outputs()[0]
        if isinstance(eval_data, (list, tuple, str)) or not hasattr(eval_data, "__iter__"):
            raise ValueError(f"predict takes an iterator of batches or an array, got {type(eval_data).__name__}")
        batches = []
        for outputs, _, _ in self.iter_predict(eval_data, num_batch, reset, sparse_row_id_fn):
            batches.append([o.copy() for o in outputs])
        if not batches or not merge_batches:
            return batches
        count = len(batches[0])
        for b in batches:
            assert len(b) == count, "batches with different numbers of outputs cannot be merged; use merge_batches=False"
        merged = [nd.concatenate([b[k] for b in batches]) for k in range(count)]
        return merged[0] if count == 1 and not always_output_list else merged

    def fit(self, train_data, eval_data=None, eval_metric="acc", epoch_end_callback=None, batch_end_callback=None,
            kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),), eval_end_callback=None,
            eval_batch_end_callback=None, initializer=Uniform(0.01), arg_params=None, aux_params=None, allow_missing=False,
            force_rebind=False, force_init=False, begin_epoch=0, num_epoch=None, validation_metric=None, monitor=None,
            sparse_row_id_fn=None):
        """Train for ``num_epoch`` epochs, with callbacks, and validation on ``eval_data`` after each."""
        from .. import metric
        assert num_epoch is not None, "fit needs num_epoch"
        self.bind(data_shapes=train_data.provide_data, label_shapes=train_data.provide_label, for_training=True,
                  force_rebind=force_rebind)
        if monitor is not None:
            self.install_monitor(monitor)
        self.init_params(initializer=initializer, arg_params=arg_params,
                         aux_params=aux_params, allow_missing=allow_missing, force_init=force_init)
        self.init_optimizer(kvstore=kvstore, optimizer=optimizer, optimizer_params=optimizer_params)
        if validation_metric is None:
            validation_metric = eval_metric
        if not isinstance(eval_metric, metric.EvalMetric):
            eval_metric = metric.create(eval_metric)
        for epoch in range(begin_epoch, num_epoch):
            self._fit_epoch(epoch, train_data, eval_metric, batch_end_callback, monitor, sparse_row_id_fn, locals())
            arg_params, aux_params = self.get_params()
            self.set_params(arg_params, aux_params)
            for callback in _as_list(epoch_end_callback) if epoch_end_callback is not None else ():
                callback(epoch, self.symbol, arg_params, aux_params)
            if eval_data is not None:
                for name, value in self.score(eval_data, validation_metric, score_end_callback=eval_end_callback,
                                              batch_end_callback=eval_batch_end_callback, epoch=epoch):
                    self.logger.info("Epoch[%d] Validation-%s=%f", epoch, name, value)
            train_data.reset()

    def _fit_epoch(self, epoch, train_data, eval_metric, batch_end_callback, monitor, sparse_row_id_fn, of_fit):
        from ..model import BatchEndParam
        tic = time.time()
        eval_metric.reset()
        data_iter = iter(train_data)
        next_data_batch, nbatch, end_of_batch = next(data_iter), 0, False
        pairs = []
        while not end_of_batch:
            data_batch = next_data_batch
            if monitor is not None:
                monitor.tic()
            self.forward_backward(data_batch)
            self.update()
            self._update_metric_of(eval_metric, data_batch)
            # the next batch is fetched before callbacks, which may look at the iterator
            try:
                next_data_batch = next(data_iter)
                self.prepare(next_data_batch, sparse_row_id_fn=sparse_row_id_fn)
            except StopIteration:
                end_of_batch = True
                pairs = eval_metric.get_global_name_value()
            if monitor is not None:
                monitor.toc_print()
            for callback in _as_list(batch_end_callback) if batch_end_callback is not None else ():
                callback(BatchEndParam(epoch=epoch, nbatch=nbatch, eval_metric=eval_metric, locals={**of_fit, **locals()}))
            nbatch += 1
        for name, value in pairs:
            self.logger.info("Epoch[%d] Train-%s=%f", epoch, name, value)
        self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - tic)

    # parameters in files

    def set_params(self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False):
        """Set parameters and auxiliary states from dictionaries."""
        self.init_params(initializer=None, arg_params=arg_params, aux_params=aux_params, allow_missing=allow_missing,
                         force_init=force_init, allow_extra=allow_extra)

    def save_params(self, fname):
        """Write all parameters to a file."""
        arg_params, aux_params = self.get_params()
        named = {f"arg:{k}": v for k, v in arg_params.items()}
        named.update({f"aux:{k}": v for k, v in aux_params.items()})
        nd.save(fname, named)

    def load_params(self, fname):
        """Read all parameters from a file; ValueError for a file with other names."""
        arg_params, aux_params = {}, {}
        for key, value in nd.load(fname).items():
            kind, _, name = key.partition(":")
            if kind not in ("arg", "aux") or not name:
                raise ValueError(f"load_params: {fname} holds {key!r}; names begin with arg: or aux:")
            (arg_params if kind == "arg" else aux_params)[name] = value
        self.set_params(arg_params, aux_params)

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Get ready for a batch that will come next."""

    @property
    def symbol(self):
        """The symbol."""
        return self._symbol

    def get_states(self, merge_multi_context=True):
        """The states; none by default."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        assert not merge_multi_context
        return []

    def set_states(self, states=None, value=None):
        """Set the states; there are none by default."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        assert not states and not value

    # what subclasses define

    def _undefined(self, what):
        raise NotImplementedError(f"{type(self).__name__} does not define {what}")

    def get_params(self):
        """Parameters and auxiliary states as dictionaries."""
        self._undefined("get_params")

    def init_params(self, initializer=Uniform(0.01), arg_params=None, aux_params=None, allow_missing=False,
                    force_init=False, allow_extra=False):
        """Give every parameter a value."""
        self._undefined("init_params")

    def bind(self, data_shapes, label_shapes=None, for_training=True, inputs_need_grad=False, force_rebind=False,
             shared_module=None, grad_req="write"):
        """Bind to shapes."""
        self._undefined("bind")

    def init_optimizer(self, kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),),
                       force_init=False):
        """Make the optimizer."""
        self._undefined("init_optimizer")

    def forward(self, data_batch, is_train=None):
        """Run a batch forward."""
        self._undefined("forward")

    def backward(self, out_grads=None):
        """Run backward."""
        self._undefined("backward")

    def update(self):
        """Update the parameters by the last gradients."""
        self._undefined("update")

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward."""
        self._undefined("get_outputs")

    def get_input_grads(self, merge_multi_context=True):
        """Gradients of the inputs."""
        self._undefined("get_input_grads")

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Give labels and outputs to a metric."""
        self._undefined("update_metric")

    def install_monitor(self, mon):
        """Watch with a monitor."""
        self._undefined("install_monitor")


def _described(name):
    def fget(self):
        self._undefined(name)
    fget.__doc__ = f"``{name}``, as subclasses define them."
    return property(fget)


for _n in ("data_names", "output_names", "data_shapes", "label_shapes", "output_shapes"):
    setattr(BaseModule, _n, _described(_n))
