"""``LogMetricsCallback``: training metrics as TensorBoard scalars, by the optional package mxboard or tensorboardX."""
import importlib
import logging

__all__ = ["LogMetricsCallback"]


class LogMetricsCallback:
    """A callback that writes each metric to ``logging_dir``, named ``prefix-metric`` where there is a prefix.

    Where no package that writes such files is installed, an error is logged and calling the object raises AttributeError,
    as in MXNet; ``summary_writer`` may be set to anything with ``add_scalar(name, value, global_step=)``.
    """

    def __init__(self, logging_dir, prefix=None):
        self.prefix = prefix
        for package in ("mxboard", "tensorboardX"):
            try:
                writer = importlib.import_module(package).SummaryWriter
            except ImportError:
                continue
            self.summary_writer = writer(logging_dir)
            return
        logging.error("LogMetricsCallback: neither mxboard nor tensorboardX is installed; metrics cannot be written")

    def __call__(self, param):
        """Write the metrics of a ``BatchEndParam``; its epoch is the step."""
        if param.eval_metric is None:
            return
        for name, value in param.eval_metric.get_name_value():
            if self.prefix is not None:
                name = f"{self.prefix}-{name}"
            self.summary_writer.add_scalar(name, value, global_step=param.epoch)
