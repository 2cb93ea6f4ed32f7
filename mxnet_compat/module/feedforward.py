"""``mx.model.FeedForward``: the trainer of before ``mx.mod``, which does its work here."""
import logging
import time
import warnings

import numpy as np

from .. import callback as _callback
from .. import context as _context
from .. import metric as _metric
from .. import ndarray as nd
from ..base import MXNetError, _as_list
from ..initializer import Uniform
from ..symbol import Symbol
from .bucketing_module import BucketingModule
from .module import Module

__all__ = ["FeedForward"]


def _call(callbacks, *args):
    for callback in _as_list(callbacks) if callbacks is not None else ():
        callback(*args)


class FeedForward:
    """A symbol that is trained on arrays or iterators: ``fit``, ``predict``, ``score``, ``save``, ``load``.

    ``symbol`` may be a function from a bucket key to a symbol. Further keywords are the optimizer's.
    """
    __module__ = "mxnet.model"

    def __init__(self, symbol, ctx=None, num_epoch=None, epoch_size=None, optimizer="sgd", initializer=Uniform(0.01),
                 numpy_batch_size=128, arg_params=None, aux_params=None, allow_extra_params=False, begin_epoch=0, **kwargs):
        warnings.warn("mx.model.FeedForward is deprecated; mx.mod.Module takes its place", DeprecationWarning, stacklevel=2)
        self.symbol, self.sym_gen = (symbol, None) if isinstance(symbol, Symbol) else (None, symbol)
        if self.symbol is None and not callable(symbol):
            raise TypeError(f"FeedForward takes a Symbol or a function that makes one, got {type(symbol).__name__}")
        ctx = _context.current_context() if ctx is None else ctx
        self.ctx = [ctx] if isinstance(ctx, _context.Context) else list(ctx)
        self.num_epoch, self.epoch_size, self.begin_epoch = num_epoch, epoch_size, begin_epoch
        self.optimizer, self.initializer, self.kwargs = optimizer, initializer, kwargs.copy()
        self.numpy_batch_size, self.allow_extra_params = numpy_batch_size, allow_extra_params
        self.arg_params, self.aux_params, self.argument_checked = arg_params, aux_params, False
        if allow_extra_params and self.symbol is not None:
            for which, names in (("arg_params", symbol.list_arguments()), ("aux_params", symbol.list_auxiliary_states())):
                given = getattr(self, which)
                if given:
                    setattr(self, which, {k: v for k, v in given.items() if k in names})

    # data

    def _iterator(self, X, y, is_train):
        from ..io import DataIter, NDArrayIter
        if isinstance(X, (np.ndarray, nd.NDArray)):
            if y is None:
                if is_train:
                    raise ValueError("fit: labels y are needed where X is an array")
                y = np.zeros(X.shape[0])
            y = y.asnumpy() if isinstance(y, nd.NDArray) else np.asarray(y)
            if X.shape[0] != y.shape[0]:
                raise ValueError(f"there are {X.shape[0]} samples and {y.shape[0]} labels")
            if y.ndim == 2 and y.shape[1] == 1:
                y = y.ravel()
            if y.ndim != 1:
                raise ValueError(f"labels must be one number a sample, got the shape {y.shape}")
            return NDArrayIter(X, y, min(X.shape[0], self.numpy_batch_size), shuffle=is_train,
                               last_batch_handle="roll_over" if is_train else "pad")
        if not isinstance(X, DataIter):
            raise TypeError(f"X must be a DataIter, NDArray or numpy array, got {type(X).__name__}")
        return X

    def _eval_iterator(self, data):
        from ..io import DataIter
        if data is None or isinstance(data, DataIter):
            return data
        if isinstance(data, (tuple, list)) and len(data) == 2:
            X, y = data
            if X is None:
                raise ValueError("eval_data has no data")
            if y is None and isinstance(X, DataIter):
                return X
            array = (np.ndarray, nd.NDArray)
            return self._iterator(*(v if isinstance(v, array) else np.array(v) for v in (X, y)), is_train=True)
        raise TypeError("eval_data must be a DataIter, or a pair of arrays, got "
                        f"{type(data).__name__}")

    # modules

    def _module(self, data, contexts, logger=logging, work_load_list=None, **bind):
        names = [d[0] for d in data.provide_data]
        options = {"context": contexts, "logger": logger, "work_load_list": work_load_list}
        if self.sym_gen is None:
            labels = [d[0] for d in data.provide_label or () if d[0] in self.symbol.list_arguments()]
            module = Module(self.symbol, names, labels, **options)
        else:
            labels = [d[0] for d in data.provide_label or ()]
            module = BucketingModule(lambda key: (self.sym_gen(key), names, labels), data.default_bucket_key, **options)
        module.bind(data.provide_data, [d for d in data.provide_label or () if d[0] in labels] or None, **bind)
        return module

    def _predictor(self, data):
        if self.arg_params is None:
            raise MXNetError("FeedForward: there are no parameters; call fit, or give arg_params")
        module = self._module(data, self.ctx[:1], for_training=False)
        module.init_params(None, self.arg_params, self.aux_params or {})
        return module

    def predict(self, X, num_batch=None, return_data=False, reset=True):
        """The outputs as a numpy array (a list of several); with ``return_data`` also the data and the labels."""
        X = self._iterator(X, None, False)
        if reset:
            X.reset()
        module, collected = self._predictor(X), ([], [], [])
        for n, batch in enumerate(X):
            if n == num_batch:
                break
            module.forward(batch, is_train=False)
            found = (module.get_outputs(), batch.data, batch.label or ()) if return_data else (module.get_outputs(),)
            for into, arrays in zip(collected, found):
                arrays = [a[:a.shape[0] - (batch.pad or 0)].asnumpy() for a in arrays]
                into.append(arrays)
        joined = [[np.concatenate(parts) for parts in zip(*batches)] for batches in collected]
        joined = [j[0] if len(j) == 1 else j for j in joined]
        return tuple(joined) if return_data else joined[0]

    def score(self, X, eval_metric="acc", num_batch=None, batch_end_callback=None, reset=True):
        """The value of a metric over the data."""
        X = self._iterator(X, None, False)
        if not isinstance(eval_metric, _metric.EvalMetric):
            eval_metric = _metric.create(eval_metric)
        self._predictor(X).score(X, eval_metric, num_batch, batch_end_callback, reset=reset)
        return eval_metric.get()[1]

    # training

    def fit(self, X, y=None, eval_data=None, eval_metric="acc", epoch_end_callback=None, batch_end_callback=None,
            kvstore="local", logger=None, work_load_list=None, monitor=None,
            eval_end_callback=_callback.LogValidationMetricsCallback(), eval_batch_end_callback=None):
        """Train for ``num_epoch`` epochs, of ``epoch_size`` batches if that is given, else of the data's length."""
        from .. import optimizer as opt
        data, eval_data = self._iterator(X, y, True), self._eval_iterator(eval_data)
        if self.num_epoch is None:
            raise TypeError("fit: num_epoch must be a number, FeedForward was made without")
        logger = logging if logger is None else logger
        if self.sym_gen is not None:
            self.symbol = self.sym_gen(data.default_bucket_key)
        if not isinstance(eval_metric, _metric.EvalMetric):
            eval_metric = _metric.create(eval_metric)
        module = self._module(data, self.ctx, logger, work_load_list)
        module.init_params(self.initializer, self.arg_params or {}, self.aux_params or {}, allow_missing=True)
        options = {} if isinstance(self.optimizer, opt.Optimizer) else self.kwargs
        module.init_optimizer(kvstore, self.optimizer, options)
        if monitor is not None:
            module.install_monitor(monitor)
        logger.info("Start training with %s", str(self.ctx))
        # from the beginning, in an order of its own: a shuffled iterator draws once more here, as in MXNet
        data.reset()
        for epoch in range(self.begin_epoch, self.num_epoch):
            start = time.time()
            eval_metric.reset()
            self._epoch(module, data, epoch, eval_metric, batch_end_callback, monitor, logger)
            logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - start)
            self.arg_params, self.aux_params = module.get_params()
            _call(epoch_end_callback, epoch, self.symbol, self.arg_params, self.aux_params)
            if eval_data is not None:
                module.score(eval_data, eval_metric, batch_end_callback=eval_batch_end_callback,
                             score_end_callback=eval_end_callback, epoch=epoch)
                eval_data.reset()

    def _epoch(self, module, train_data, epoch, eval_metric, batch_end_callback, monitor, logger):
        from ..model import BatchEndParam
        nbatch, epoch_size = 0, self.epoch_size
        while True:
            do_reset = True
            for data_batch in train_data:
                if monitor is not None:
                    monitor.tic()
                module.forward_backward(data_batch)
                module.update()
                if monitor is not None:
                    monitor.toc_print()
                module.update_metric(eval_metric, data_batch.label)
                nbatch += 1
                # callbacks look up local variables by the names that they have in MXNet
                _call(batch_end_callback, BatchEndParam(epoch=epoch, nbatch=nbatch, eval_metric=eval_metric,
                                                        locals=locals()))
                if epoch_size is not None and nbatch >= epoch_size:
                    do_reset = False
                    break
            if do_reset:
                logger.info("Epoch[%d] Resetting Data Iterator", epoch)
                train_data.reset()
            if epoch_size is None or nbatch >= epoch_size:
                return

    @staticmethod
    def create(symbol, X, y=None, ctx=None, num_epoch=None, epoch_size=None, optimizer="sgd", initializer=Uniform(0.01),
               eval_data=None, eval_metric="acc", epoch_end_callback=None, batch_end_callback=None, kvstore="local",
               logger=None, work_load_list=None, eval_end_callback=_callback.LogValidationMetricsCallback(),
               eval_batch_end_callback=None, **kwargs):
        """Make a trainer and fit it."""
        model = FeedForward(symbol, ctx=ctx, num_epoch=num_epoch, epoch_size=epoch_size, optimizer=optimizer,
                            initializer=initializer, **kwargs)
        model.fit(X, y, eval_data=eval_data, eval_metric=eval_metric, epoch_end_callback=epoch_end_callback,
                  batch_end_callback=batch_end_callback, kvstore=kvstore, logger=logger, work_load_list=work_load_list,
                  eval_end_callback=eval_end_callback, eval_batch_end_callback=eval_batch_end_callback)
        return model

    # files

    def save(self, prefix, epoch=None, remove_amp_cast=True):
        """Write a checkpoint, by default under the number ``num_epoch``."""
        from ..model import save_checkpoint
        epoch = self.num_epoch if epoch is None else epoch
        assert epoch is not None, "save needs the number of an epoch"
        save_checkpoint(prefix, epoch, self.symbol, self.arg_params, self.aux_params, remove_amp_cast)

    @staticmethod
    def load(prefix, epoch, ctx=None, **kwargs):
        """A trainer from a checkpoint; ``fit`` goes on with the next epoch."""
        from ..model import load_checkpoint
        symbol, args, aux = load_checkpoint(prefix, epoch)
        return FeedForward(symbol, ctx=ctx, arg_params=args, aux_params=aux, begin_epoch=epoch, **kwargs)
