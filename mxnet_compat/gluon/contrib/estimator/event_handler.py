"""Handlers of an estimator's events: when to stop, metrics, validation, logs, checkpoints, the update of parameters.

A handler derives from the classes of the events that it wants. Those with a lower ``priority`` are called first, 0 where
there is none. ``batch_end`` and ``epoch_end`` return True to stop the training.
"""
import os
import re
import time
import warnings

import numpy as np

from ....metric import EvalMetric, Loss
from .utils import _check_metrics

__all__ = ["BatchBegin", "BatchEnd", "CheckpointHandler", "EarlyStoppingHandler", "EpochBegin", "EpochEnd",
           "GradientUpdateHandler", "LoggingHandler", "MetricHandler", "StoppingHandler", "TrainBegin", "TrainEnd",
           "ValidationHandler"]


class EventHandler:
    """Base class of all handlers."""


def _check_event_handlers(handlers):
    """A list of handlers; ValueError for anything that is none."""
    if isinstance(handlers, EventHandler):
        return [handlers]
    handlers = list(handlers or [])
    if not all(isinstance(h, EventHandler) for h in handlers):
        raise ValueError(f"expected an EventHandler or a list of them, got {handlers!r}")
    return handlers


class TrainBegin(EventHandler):
    """Called once before training."""

    def train_begin(self, estimator, *args, **kwargs):
        """Training begins."""


class TrainEnd(EventHandler):
    """Called once after training."""

    def train_end(self, estimator, *args, **kwargs):
        """Training ends."""


class EpochBegin(EventHandler):
    """Called before each epoch, and before validation."""

    def epoch_begin(self, estimator, *args, **kwargs):
        """An epoch begins."""


class EpochEnd(EventHandler):
    """Called after each epoch, and after validation."""

    def epoch_end(self, estimator, *args, **kwargs):
        """An epoch ends. True stops the training."""
        return False


class BatchBegin(EventHandler):
    """Called before each batch, with ``batch``."""

    def batch_begin(self, estimator, *args, **kwargs):
        """A batch begins."""


class BatchEnd(EventHandler):
    """Called after each batch, with ``batch``, ``pred``, ``label`` and ``loss``."""

    def batch_end(self, estimator, *args, **kwargs):
        """A batch ends. True stops the training."""
        return False


class StoppingHandler(TrainBegin, BatchEnd, EpochEnd):
    """Stops after so many epochs or batches, those of ``fit``."""

    def __init__(self, max_epoch=None, max_batch=None):
        self.max_epoch = max_epoch
        self.max_batch = max_batch
        self.current_batch = 0
        self.current_epoch = 0
        self.stop_training = False

    def train_begin(self, estimator, *args, **kwargs):
        self.max_epoch = estimator.max_epoch
        self.max_batch = estimator.max_batch
        self.current_batch = 0
        self.current_epoch = 0

    def batch_end(self, estimator, *args, **kwargs):
        self.current_batch += 1
        if self.current_batch == self.max_batch:
            self.stop_training = True
        return self.stop_training

    def epoch_end(self, estimator, *args, **kwargs):
        self.current_epoch += 1
        if self.current_epoch == self.max_epoch:
            self.stop_training = True
        return self.stop_training


class MetricHandler(EpochBegin, BatchEnd):
    """Updates metrics after each batch and resets them before each epoch."""

    def __init__(self, metrics, priority=-1000):
        self.metrics = _check_metrics(metrics)
        self.priority = priority

    def epoch_begin(self, estimator, *args, **kwargs):
        for metric in self.metrics:
            metric.reset()

    def batch_end(self, estimator, *args, **kwargs):
        for metric in self.metrics:
            if isinstance(metric, Loss):
                metric.update(0, kwargs["loss"])
            else:
                metric.update(kwargs["label"], kwargs["pred"])


class ValidationHandler(TrainBegin, BatchEnd, EpochEnd):
    """Calls ``eval_fn(val_data=, batch_axis=, event_handlers=)`` every so many epochs, or batches; None is never."""

    def __init__(self, val_data, eval_fn, epoch_period=1, batch_period=None, priority=-1000, event_handlers=None):
        self.val_data = val_data
        self.eval_fn = eval_fn
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.current_batch = 0
        self.current_epoch = 0
        self.priority = priority
        self.event_handlers = event_handlers

    def _evaluate(self, estimator):
        self.eval_fn(val_data=self.val_data, batch_axis=estimator.batch_axis, event_handlers=self.event_handlers)

    def train_begin(self, estimator, *args, **kwargs):
        self.current_batch = 0
        self.current_epoch = 0

    def batch_end(self, estimator, *args, **kwargs):
        self.current_batch += 1
        if self.batch_period and self.current_batch % self.batch_period == 0:
            self._evaluate(estimator)

    def epoch_end(self, estimator, *args, **kwargs):
        self.current_epoch += 1
        if self.epoch_period and self.current_epoch % self.epoch_period == 0:
            self._evaluate(estimator)


class LoggingHandler(TrainBegin, TrainEnd, EpochBegin, EpochEnd, BatchBegin, BatchEnd):
    """Logs times and metrics: after each epoch, or with a number as ``log_interval`` also every so many batches.

    ValueError for another ``log_interval``.
    """

    def __init__(self, log_interval="epoch", metrics=None, priority=np.inf):
        if not isinstance(log_interval, int) and log_interval != "epoch":
            raise ValueError(f"LoggingHandler: log_interval must be a number or 'epoch', got {log_interval!r}")
        self.metrics = _check_metrics(metrics)
        self.batch_index = 0
        self.current_epoch = 0
        self.processed_samples = 0
        self.priority = priority
        self.log_interval = log_interval
        self.log_interval_time = 0

    def _metrics(self):
        return ", ".join("%s: %.4f" % metric.get() for metric in self.metrics)

    def train_begin(self, estimator, *args, **kwargs):
        self.train_start = time.time()
        trainer = estimator.trainer
        estimator.logger.info("Training with %s, learning rate %.4f, %s", type(trainer._optimizer).__name__,
                              trainer.learning_rate, "%d epochs" % estimator.max_epoch if estimator.max_epoch
                              else "%d batches" % estimator.max_batch)
        self.current_epoch = 0
        self.batch_index = 0
        self.processed_samples = 0
        self.log_interval_time = 0

    def train_end(self, estimator, *args, **kwargs):
        text = "Training ended after %d epochs, %ds" % (self.current_epoch, time.time() - self.train_start)
        estimator.logger.info(", ".join(filter(None, [text, self._metrics()])))

    def batch_begin(self, estimator, *args, **kwargs):
        if isinstance(self.log_interval, int):
            self.batch_start = time.time()

    def batch_end(self, estimator, *args, **kwargs):
        if isinstance(self.log_interval, int):
            self.log_interval_time += time.time() - self.batch_start
            self.processed_samples += kwargs["batch"][0].shape[0]
            if self.batch_index % self.log_interval == 0:
                text = "[Epoch %d][Batch %d][Samples %s] time/interval: %.3fs" % (
                    self.current_epoch, self.batch_index, self.processed_samples, self.log_interval_time)
                estimator.logger.info(" ".join(filter(None, [text, self._metrics()])))
                self.log_interval_time = 0
        self.batch_index += 1

    def epoch_begin(self, estimator, *args, **kwargs):
        self.epoch_start = time.time()
        if any("training" in metric.name for metric in self.metrics):
            estimator.logger.info("[Epoch %d] Begin, current learning rate: %.4f", self.current_epoch,
                                  estimator.trainer.learning_rate)
        elif self.metrics:
            estimator.logger.info("Validation Begin")

    def epoch_end(self, estimator, *args, **kwargs):
        text = "[Epoch %d] Finished in %.3fs" % (self.current_epoch, time.time() - self.epoch_start)
        estimator.logger.info(", ".join(filter(None, [text, self._metrics()])))
        self.current_epoch += 1
        self.batch_index = 0


def _comparison(handler, mode, monitor):
    """The function that says whether one value is better than another."""
    if mode not in ("auto", "min", "max"):
        warnings.warn(f"{handler}: the mode {mode!r} is unknown, 'auto' is taken", RuntimeWarning, stacklevel=3)
        mode = "auto"
    if mode == "auto":
        warnings.warn(f"{handler}: larger values of {monitor.get()[0]} are taken to be better; give mode='min' if smaller "
                      "ones are, mode='max' to see this no more", stacklevel=3)
    return np.less if mode == "min" else np.greater


def _worst(monitor_op):
    return np.inf if monitor_op is np.less else -np.inf


def _warn_not_updated(name):
    warnings.warn(f"{name} is not updated; monitor one of estimator.train_metrics and estimator.val_metrics",
                  RuntimeWarning, stacklevel=3)


class CheckpointHandler(TrainBegin, BatchEnd, EpochEnd):
    """Writes parameters and states of the trainer into ``model_dir``, every so many epochs or batches.

    Files are ``PREFIX-epochEbatchB.params`` and ``.states``, of which the last ``max_checkpoints`` are kept, and the graph
    of a hybridized network once. ``save_best`` writes ``PREFIX-best`` too where ``monitor`` has become better.
    ``resume_from_checkpoint`` begins with the last checkpoint and trains for what is left (ValueError where nothing is).
    """

    def __init__(self, model_dir, model_prefix="model", monitor=None, verbose=0, save_best=False, mode="auto",
                 epoch_period=1, batch_period=None, max_checkpoints=5, resume_from_checkpoint=False):
        self.monitor = monitor
        self.verbose = verbose
        self.model_dir = os.path.expanduser(model_dir)
        self.model_prefix = model_prefix
        self.save_best = save_best
        if save_best and not isinstance(monitor, EvalMetric):
            raise ValueError("CheckpointHandler: save_best needs one of estimator.train_metrics and "
                             "estimator.val_metrics as monitor")
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.current_batch = 0
        self.current_epoch = 0
        self.max_checkpoints = max_checkpoints
        self.resume_from_checkpoint = resume_from_checkpoint
        self.saved_checkpoints = []
        if save_best:
            self.monitor_op = _comparison("CheckpointHandler", mode, monitor)
            self.best = _worst(self.monitor_op)

    def train_begin(self, estimator, *args, **kwargs):
        self.current_epoch = 0
        self.current_batch = 0
        self.saved_checkpoints = []
        if self.save_best:
            self.best = _worst(self.monitor_op)
        os.makedirs(self.model_dir, exist_ok=True)
        if self.resume_from_checkpoint:
            assert not (estimator.max_batch and self.epoch_period), \
                "resuming a training that counts batches needs epoch_period=None"
            assert not (estimator.max_epoch and self.batch_period), \
                "resuming a training that counts epochs needs batch_period=None"
            self._resume_from_checkpoint(estimator)

    def batch_end(self, estimator, *args, **kwargs):
        # only after a batch does a hybridized network have its graph
        if self.current_batch == 0:
            self._save_symbol(estimator)
        if self.batch_period and (self.current_batch + 1) % self.batch_period == 0:
            self._save_checkpoint(estimator)
        self.current_batch += 1

    def epoch_end(self, estimator, *args, **kwargs):
        if self.epoch_period and (self.current_epoch + 1) % self.epoch_period == 0:
            self._save_checkpoint(estimator)
        self.current_epoch += 1

    def _log(self, estimator, text, *args):
        if self.verbose > 0:
            estimator.logger.info("[Epoch %d] CheckpointHandler: " + text, self.current_epoch, *args)

    def _save_checkpoint(self, estimator):
        prefix = f"{self.model_prefix}-epoch{self.current_epoch}batch{self.current_batch}"
        self._save_params_and_trainer(estimator, prefix)
        self._log(estimator, "wrote %s to %s", prefix, self.model_dir)
        if not self.save_best:
            return
        name, value = self.monitor.get()
        if np.isnan(value):
            _warn_not_updated(name)
        elif self.monitor_op(value, self.best):
            prefix = f"{self.model_prefix}-best"
            self._save_params_and_trainer(estimator, prefix)
            self._log(estimator, "%s improved from %.5f to %.5f, wrote %s", name, self.best, value, prefix)
            self.best = value
        else:
            self._log(estimator, "%s did not improve from %.5f", name, self.best)

    def _save_symbol(self, estimator):
        path = os.path.join(self.model_dir, self.model_prefix + "-symbol.json")
        graph = getattr(estimator.net, "_cached_graph", None)
        if graph:
            graph[1].save(path)
        else:
            estimator.logger.info("%s is not written: only a hybridized network has a graph", path)

    def _save_params_and_trainer(self, estimator, file_prefix):
        path = os.path.join(self.model_dir, file_prefix)
        estimator.net.save_parameters(path + ".params")
        estimator.trainer.save_states(path + ".states")
        if file_prefix.endswith("-best"):
            return
        self.saved_checkpoints.append(file_prefix)
        while len(self.saved_checkpoints) > self.max_checkpoints:
            old = self.saved_checkpoints.pop(0)
            for name in os.listdir(self.model_dir):
                # one prefix may begin another
                if name in (old + ".params", old + ".states"):
                    os.remove(os.path.join(self.model_dir, name))

    def _resume_from_checkpoint(self, estimator):
        pattern = re.compile(re.escape(self.model_prefix) + r"-epoch(\d+)batch(\d+)\.params\Z")
        found = sorted((int(m[1]), int(m[2])) for m in map(pattern.match, os.listdir(self.model_dir)) if m)
        if not found:
            estimator.logger.info("CheckpointHandler: there is no checkpoint in %s, training begins anew", self.model_dir)
            return
        epoch, batch = found[-1]
        self.saved_checkpoints = [f"{self.model_prefix}-epoch{e}batch{b}" for e, b in found]
        self.current_epoch = epoch + 1
        # after an epoch the count of batches has gone on already
        self.current_batch = batch + 1 if self.batch_period else batch
        done, wanted = ((self.current_epoch, estimator.max_epoch) if estimator.max_epoch
                        else (self.current_batch, estimator.max_batch))
        unit = "epochs" if estimator.max_epoch else "batches"
        if done >= wanted:
            raise ValueError(f"the checkpoint {self.saved_checkpoints[-1]} has {done} {unit} behind it, {wanted} are wanted; "
                             "use resume_from_checkpoint=False to train anew")
        if estimator.max_epoch:
            estimator.max_epoch -= done
        else:
            estimator.max_batch -= done
        path = os.path.join(self.model_dir, self.saved_checkpoints[-1])
        for suffix in (".params", ".states"):
            assert os.path.exists(path + suffix), f"the checkpoint {path}{suffix} is missing"
        estimator.net.load_parameters(path + ".params", ctx=estimator.context)
        estimator.trainer.load_states(path + ".states")
        estimator.logger.warning("CheckpointHandler: resumed from epoch %d batch %d, %d %s are left", epoch, batch,
                                 wanted - done, unit)


class EarlyStoppingHandler(TrainBegin, EpochEnd, TrainEnd):
    """Stops where ``monitor`` has not become better, by more than ``min_delta``, for ``patience`` epochs.

    ``baseline`` is what it must be better than at first. ValueError where ``monitor`` is no metric.
    """

    def __init__(self, monitor, min_delta=0, patience=0, mode="auto", baseline=None):
        if not isinstance(monitor, EvalMetric):
            raise ValueError("EarlyStoppingHandler: monitor must be one of estimator.train_metrics and "
                             f"estimator.val_metrics, got {monitor!r}")
        self.monitor = monitor
        self.baseline = baseline
        self.patience = patience
        self.min_delta = min_delta
        self.wait = 0
        self.stopped_epoch = 0
        self.current_epoch = 0
        self.stop_training = False
        self.monitor_op = _comparison("EarlyStoppingHandler", mode, monitor)
        if self.monitor_op is np.less:
            self.min_delta *= -1

    def train_begin(self, estimator, *args, **kwargs):
        self.wait = 0
        self.stopped_epoch = 0
        self.current_epoch = 0
        self.stop_training = False
        self.best = _worst(self.monitor_op) if self.baseline is None else self.baseline

    def epoch_end(self, estimator, *args, **kwargs):
        name, value = self.monitor.get()
        if np.isnan(value):
            _warn_not_updated(name)
        elif self.monitor_op(value - self.min_delta, self.best):
            self.best = value
            self.wait = 0
        else:
            self.wait += 1
            if self.wait >= self.patience:
                self.stopped_epoch = self.current_epoch
                self.stop_training = True
        self.current_epoch += 1
        return self.stop_training

    def train_end(self, estimator, *args, **kwargs):
        if self.stopped_epoch > 0:
            estimator.logger.info("[Epoch %d] stopped early: %s does not improve", self.stopped_epoch,
                                  self.monitor.get()[0])


class GradientUpdateHandler(BatchEnd):
    """Updates the parameters after each batch; comes before other handlers."""

    def __init__(self, priority=-2000):
        self.priority = priority

    def batch_end(self, estimator, *args, **kwargs):
        loss = kwargs["loss"]
        estimator.trainer.step(sum(part.shape[0] for part in (loss if isinstance(loss, list) else [loss])))


for _name in (*__all__, "EventHandler"):
    globals()[_name].__module__ = "mxnet.gluon.contrib.estimator.event_handler"
