"""Checkpoints of symbols and their parameters, and ``FeedForward``, the trainer of before ``mx.mod``."""
import logging
from collections import namedtuple

from . import ndarray as nd
from . import symbol as sym
from .base import MXNetError
from .context import Context, cpu  # noqa: F401

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]

#: What callbacks get after each batch.
BatchEndParam = namedtuple("BatchEndParams", ["epoch", "nbatch", "eval_metric", "locals"], module="mxnet.model")


def _params_file(prefix, epoch):
    return "%s-%04d.params" % (prefix, epoch)


def save_checkpoint(prefix, epoch, symbol, arg_params, aux_params, remove_amp_cast=True):
    """Write ``prefix-symbol.json`` (unless ``symbol`` is None) and the parameters into ``prefix-%04d.params``."""
    if symbol is not None:
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
    arrays = {f"arg:{name}": value.as_in_context(cpu()) for name, value in arg_params.items()}
    arrays.update({f"aux:{name}": value.as_in_context(cpu()) for name, value in aux_params.items()})
    path = _params_file(prefix, epoch)
    nd.save(path, arrays)
    logging.info("Saved checkpoint to %r", path)


def load_params(prefix, epoch):
    """(arguments, auxiliary states) by name, from ``prefix-%04d.params``.

    MXNetError for a file that holds no names, ValueError for a name that does not tell its kind.
    """
    path = _params_file(prefix, epoch)
    arrays = nd.load(path)
    if not arrays:
        logging.warning("%r holds no parameters", path)
        return {}, {}
    if not isinstance(arrays, dict):
        raise MXNetError(f"load_params: the arrays in {path} have no names")
    groups = {"arg": {}, "aux": {}}
    for key, value in arrays.items():
        kind, colon, name = key.partition(":")
        if not colon:
            raise ValueError(f"load_params: expected names like 'arg:weight' in {path}, found {key!r}")
        if kind in groups:
            groups[kind][name] = value
    return groups["arg"], groups["aux"]


def load_checkpoint(prefix, epoch):
    """(symbol, arguments, auxiliary states) of what ``save_checkpoint`` wrote; MXNetError where a file is missing."""
    return (sym.load(f"{prefix}-symbol.json"), *load_params(prefix, epoch))
