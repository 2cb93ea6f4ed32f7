"""``mx.model``: checkpoints of symbols and their parameters, and updates through stores.

``FeedForward``, the trainer of before ``mx.mod``, lives in ``module/feedforward.py``.
"""
import logging
from collections import namedtuple

from . import ndarray as nd
from . import symbol as sym
from .base import MXNetError
from .context import Context, cpu  # noqa: F401
from .kvstore import choice
from .module.feedforward import FeedForward

__all__ = ["BatchEndParam", "FeedForward", "load_checkpoint", "load_params", "save_checkpoint"]

#: What callbacks get after each batch.
BatchEndParam = namedtuple("BatchEndParams", ["epoch", "nbatch", "eval_metric", "locals"], module="mxnet.model")


# the names that training code, Module among it, knows the use of stores by

def _create_kvstore(kvstore, num_device, arg_params):
    """(store or None, whether weights are updated in it) for a store, a name or None."""
    return choice.for_dense(kvstore, num_device, arg_params)


def _create_sparse_kvstore(kvstore):
    """(store, True) for row_sparse weights."""
    return choice.for_sparse(kvstore)


def _initialize_kvstore(kvstore, param_arrays, arg_params, param_names, update_on_kvstore):
    """Put the parameters into the store, and its values into the arrays of all contexts where it updates them."""
    for name, arrays in zip(param_names, param_arrays):
        value = arg_params[name]
        if update_on_kvstore and value.stype == "default":
            kvstore.broadcast(name, value, out=arrays)
        else:
            kvstore.init(name, value)


def _update_params_on_kvstore(param_arrays, grad_arrays, kvstore, param_names):
    """Hand gradients to the store, which updates, and fetch the new weights."""
    for k, (name, weights, grads) in enumerate(zip(param_names, param_arrays, grad_arrays)):
        if grads[0] is None:
            continue
        if weights[0].stype == grads[0].stype == "default":
            kvstore.pushpull(name, grads, out=weights, priority=-k)
        else:
            kvstore.push(name, grads, priority=-k)
            kvstore.pull(name, out=weights, priority=-k)


_update_params_on_kvstore_nccl = _update_params_on_kvstore


def _update_params(param_arrays, grad_arrays, updater, num_device, kvstore=None, param_names=None):
    """Update the weights of every context; gradients are summed in the store before, if there is one.

    ``updater(indices, gradients, weights)`` is called once a context; the index of weight ``i`` on context ``k`` is
    ``i * num_device + k``.
    """
    calls = [([], [], []) for _ in range(num_device)]
    for i, (weights, grads) in enumerate(zip(param_arrays, grad_arrays)):
        if grads[0] is None:
            continue
        if kvstore:
            key = param_names[i]
            if grads[0].stype == "default" and weights[0].stype == "default":
                kvstore.pushpull(key, grads, priority=-i)
            else:
                kvstore.push(key, grads, priority=-i)
                kvstore.pull(key, out=grads, priority=-i, ignore_sparse=False)
        for k, (w, g) in enumerate(zip(weights, grads)):
            for into, value in zip(calls[k], (i * num_device + k, g, w)):
                into.append(value)
    for indices, grads, weights in calls:
        if indices:
            updater(indices, grads, weights)


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
    logging.info('Saved checkpoint to "%s"', path)


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
