"""``Estimator``: a network, a loss, metrics and a trainer, with ``fit`` and ``evaluate``."""
import copy
import logging
import sys
import warnings

from .... import metric as metrics
from ....context import Context, cpu, gpu, num_gpus
from ...data import DataLoader
from ...loss import Loss
from ...trainer import Trainer
from .batch_processor import BatchProcessor
from .event_handler import (
    BatchBegin,
    BatchEnd,
    EpochBegin,
    EpochEnd,
    GradientUpdateHandler,
    LoggingHandler,
    MetricHandler,
    StoppingHandler,
    TrainBegin,
    TrainEnd,
    ValidationHandler,
    _check_event_handlers,
)
from .utils import _check_handler_metric_ref, _check_metrics, _suggest_metric_for_loss

__all__ = ["Estimator"]


class Estimator:
    """Trains ``net`` with ``loss`` on the contexts of ``context`` (all GPUs, or the CPU, if not given).

    ``train_metrics`` are the loss itself, and what suits it, unless given; ``val_metrics`` are copies of them. Their names
    get 'training ' and 'validation ' before them. ``initializer`` is for a network that is not initialized,
    ``trainer`` SGD with learning rate 0.001 unless given, ``val_net`` and ``val_loss`` the network and the loss unless
    given. ValueError for arguments of a wrong kind.
    """

    logger = None

    def __init__(self, net, loss, train_metrics=None, val_metrics=None, initializer=None, trainer=None, context=None,
                 val_net=None, val_loss=None, batch_processor=None):
        self.net = net
        self.loss = self._check_loss(loss)
        self._train_metrics = _check_metrics(train_metrics)
        self._val_metrics = _check_metrics(val_metrics)
        self._add_default_training_metrics()
        self._add_validation_metrics()
        self.val_loss = self.loss if val_loss is None else self._check_loss(val_loss)
        self.val_net = net if val_net is None else val_net
        self.logger = logging.Logger(name="Estimator", level=logging.INFO)
        self.logger.addHandler(logging.StreamHandler(sys.stdout))
        self.context = self._check_context(context)
        self._initialize(initializer)
        self.trainer = self._check_trainer(trainer)
        self.batch_processor = self._check_batch_processor(batch_processor)

    def _check_loss(self, loss):
        if not isinstance(loss, Loss):
            raise ValueError(f"Estimator: loss must be a gluon.loss.Loss, got {loss!r}")
        return loss

    def _check_context(self, context):
        if not context:
            return [gpu(i) for i in range(num_gpus())] or [cpu()]
        context = [context] if isinstance(context, Context) else context
        if not isinstance(context, list) or not all(isinstance(c, Context) for c in context):
            raise ValueError(f"Estimator: context must be a Context or a list of them, got {context!r}")
        return context

    def _check_batch_processor(self, batch_processor):
        if batch_processor is None:
            return BatchProcessor()
        if not all(callable(getattr(batch_processor, name, None)) for name in ("fit_batch", "evaluate_batch")):
            raise ValueError("Estimator: a batch processor has the methods fit_batch and evaluate_batch, "
                             f"{batch_processor!r} has not")
        return batch_processor

    def _is_initialized(self):
        for param in self.net.collect_params().values():
            try:
                param.list_ctx()
            except RuntimeError:
                return False
        return True

    def _initialize(self, initializer):
        if not self._is_initialized():
            options = {} if initializer is None else {"init": initializer}
            self.net.initialize(ctx=self.context, **options)
        elif initializer is not None:
            warnings.warn("the network is initialized already and stays so; use net.initialize(..., force_reinit=True) to "
                          "begin anew", stacklevel=3)

    def _check_trainer(self, trainer):
        if trainer is None:
            warnings.warn("no trainer is given: it is SGD with learning rate 0.001", stacklevel=3)
            return Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.001})
        if not isinstance(trainer, Trainer):
            raise ValueError(f"Estimator: trainer must be a gluon.Trainer, got {trainer!r}")
        return trainer

    def _get_data_and_label(self, batch, ctx, batch_axis=0):
        return self.batch_processor._get_data_and_label(batch, ctx, batch_axis)

    def _add_default_training_metrics(self):
        if not self._train_metrics:
            suggested = _suggest_metric_for_loss(self.loss)
            self._train_metrics = [] if suggested is None else [suggested]
            self._train_metrics.append(metrics.Loss(self.loss.name.rstrip("1234567890")))
        for metric in self._train_metrics:
            metric.name = f"training {metric.name}"

    def _add_validation_metrics(self):
        if not self._val_metrics:
            self._val_metrics = [copy.deepcopy(metric) for metric in self._train_metrics]
        for metric in self._val_metrics:
            metric.name = f"validation {metric.name.removeprefix('training ')}"

    @property
    def train_metrics(self):
        """Metrics of training."""
        return self._train_metrics

    @property
    def val_metrics(self):
        """Metrics of validation."""
        return self._val_metrics

    def evaluate(self, val_data, batch_axis=0, event_handlers=None):
        """Metrics of validation over the batches of a DataLoader; ValueError for other data."""
        _check_data(val_data)
        for metric in self.val_metrics:
            metric.reset()
        self.batch_axis = batch_axis
        handlers = self._prepare_default_validation_handlers(event_handlers)
        _, epoch_begin, batch_begin, batch_end, epoch_end, _ = self._categorize_handlers(handlers)
        for handler in epoch_begin:
            handler.epoch_begin(self)
        for batch in val_data:
            for handler in batch_begin:
                handler.batch_begin(self, batch=batch)
            _, label, pred, loss = self.batch_processor.evaluate_batch(self, batch, batch_axis)
            for handler in batch_end:
                handler.batch_end(self, batch=batch, pred=pred, label=label, loss=loss)
        for handler in epoch_end:
            handler.epoch_end(self)

    def fit(self, train_data, val_data=None, epochs=None, event_handlers=None, batches=None, batch_axis=0):
        """Train with the batches of a DataLoader for so many epochs or batches; validate after each epoch.

        ``event_handlers`` take the place of default ones of their kind. ValueError unless exactly one of ``epochs`` and
        ``batches`` is given, and for other data.
        """
        _check_data(train_data)
        if (not epochs) == (not batches):
            raise ValueError(f"fit: give either epochs or batches, got epochs={epochs} and batches={batches}")
        self.max_epoch = epochs
        self.max_batch = batches
        self.batch_axis = batch_axis
        handlers = self._prepare_default_handlers(val_data, event_handlers)
        train_begin, epoch_begin, batch_begin, batch_end, epoch_end, train_end = self._categorize_handlers(handlers)
        for handler in train_begin:
            handler.train_begin(self)
        stopped = False
        while not stopped:
            for handler in epoch_begin:
                handler.epoch_begin(self)
            for batch in train_data:
                for handler in batch_begin:
                    handler.batch_begin(self, batch=batch)
                _, label, pred, loss = self.batch_processor.fit_batch(self, batch, batch_axis)
                # every handler is called, also after one that stops
                if any([handler.batch_end(self, batch=batch, pred=pred, label=label, loss=loss)
                        for handler in batch_end]):
                    break
            stopped = any([handler.epoch_end(self) for handler in epoch_end])
        for handler in train_end:
            handler.train_end(self)

    def _prepare_default_handlers(self, val_data, event_handlers):
        handlers = _check_event_handlers(event_handlers)
        for handler in handlers:
            _check_handler_metric_ref(handler, [*self.train_metrics, *self.val_metrics])

        def has(kind):
            return any(isinstance(handler, kind) for handler in handlers)
        added = [StoppingHandler(self.max_epoch, self.max_batch)]
        if not has(GradientUpdateHandler):
            added.append(GradientUpdateHandler())
        if not has(MetricHandler):
            added.append(MetricHandler(metrics=self.train_metrics))
        if val_data is not None and not has(ValidationHandler):
            added.append(ValidationHandler(val_data=val_data, eval_fn=self.evaluate))
        if not has(LoggingHandler):
            added.append(LoggingHandler(metrics=self.train_metrics))
        return sorted([*handlers, *added], key=lambda handler: getattr(handler, "priority", 0))

    def _prepare_default_validation_handlers(self, event_handlers):
        handlers = _check_event_handlers(event_handlers)
        for handler in handlers:
            _check_handler_metric_ref(handler, [*self.train_metrics, *self.val_metrics])
        if not any(isinstance(handler, MetricHandler) for handler in handlers):
            handlers.append(MetricHandler(metrics=self.val_metrics))
        if not any(isinstance(handler, LoggingHandler) for handler in handlers):
            handlers.append(LoggingHandler(metrics=self.val_metrics))
        return sorted(handlers, key=lambda handler: getattr(handler, "priority", 0))

    def _categorize_handlers(self, event_handlers):
        """Handlers by event, each list in their order."""
        return tuple([handler for handler in event_handlers if isinstance(handler, kind)]
                     for kind in (TrainBegin, EpochBegin, BatchBegin, BatchEnd, EpochEnd, TrainEnd))


def _check_data(data):
    if not isinstance(data, DataLoader):
        raise ValueError(f"an Estimator takes data as a gluon.data.DataLoader, got {type(data).__name__}")


Estimator.__module__ = "mxnet.gluon.contrib.estimator.estimator"
