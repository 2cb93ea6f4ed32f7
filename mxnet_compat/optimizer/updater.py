"""``Updater``: an optimizer with the states of its weights, and the pickles of these that move to real MXNet and back."""
import importlib
import io
import os
import pickle
import sys

from ..base import MXNetError
from ..lr_scheduler import LRScheduler
from ..ndarray import NDArray
from .base import Optimizer

__all__ = ["Updater", "get_updater", "load_pickle"]

_REAL = __package__.partition(".")[0]
_SAFE = {
    "builtins": {"bytearray", "bytes", "complex", "dict", "frozenset", "list", "set", "slice", "tuple"},
    "collections": {"OrderedDict", "defaultdict"},
    "_codecs": {"encode"},
    "numpy": {"dtype", "ndarray", "float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool_"},
    **{f"numpy.{core}.multiarray": {"_reconstruct", "scalar"} for core in ("core", "_core")},
    **{f"numpy.{core}.numeric": {"_frombuffer"} for core in ("core", "_core")},
    "copyreg": {"_reconstructor"},
}
_SAFE["__builtin__"] = _SAFE["builtins"]
_SAFE["copy_reg"] = _SAFE["copyreg"]


class _Unpickler(pickle.Unpickler):
    """Takes arrays, plain containers, and optimizers and schedules that are defined already; nothing is called else."""

    def find_class(self, module, name):
        if module in _SAFE and name in _SAFE[module] or (module in ("builtins", "__builtin__") and name == "object"):
            return super().find_class(module, name)
        found = None
        if module.split(".")[0] == "mxnet":
            real = f"{_REAL}{module[len('mxnet'):]}"
            try:
                found = getattr(importlib.import_module(real), name, None)
            except ImportError:
                found = None
        elif module in sys.modules:
            # an optimizer of the script's own
            found = getattr(sys.modules[module], name, None)
        if isinstance(found, type) and issubclass(found, (NDArray, Optimizer, LRScheduler)):
            return found
        raise MXNetError(f"optimizer states: the pickle asks for {module}.{name}, neither an array nor an optimizer or "
                         "schedule that is defined here. Import or define it first; if you trust the file, "
                         "MXNET_COMPAT_UNSAFE_PICKLE=1 loads whatever it asks for")


def load_pickle(data):
    """What is in the bytes of a pickle of states. MXNetError for pickles that ask for anything else, or are damaged."""
    if os.environ.get("MXNET_COMPAT_UNSAFE_PICKLE") == "1":
        return pickle.loads(data)
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except MXNetError:
        raise
    except Exception as e:
        raise MXNetError(f"optimizer states: the pickle cannot be read: {type(e).__name__}: {e}") from e


class Updater:
    """Updates weights by index, making states as they are needed. Called as ``updater(index, grad, weight)``."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.states = {}
        self.states_synced = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    def __call__(self, index, grad, weight):
        """Update a weight, or lists of them."""
        if not isinstance(index, (list, tuple)):
            index, grad, weight = [index], [grad], [weight]
        if weight:
            self.optimizer._set_current_context(weight[0].context.device_id)
        for i, w in zip(index, weight):
            if i not in self.states:
                self.states[i] = self.optimizer.create_state_multi_precision(i, w)
            elif not self.states_synced[i]:
                self.states[i] = self.sync_state_context(self.states[i], w.context)
            self.states_synced[i] = True
        if not self.aggregate_updates:
            for i, g, w in zip(index, grad, weight):
                self.optimizer.update_multi_precision(i, w, g, self.states[i])
            return
        by_type = {}
        for i, g, w in zip(index, grad, weight):
            by_type.setdefault(w.dtype, []).append((i, w, g, self.states[i]))
        n = self.optimizer.aggregate_num
        for group in by_type.values():
            for k in range(0, len(group), n):
                self.optimizer.update_multi_precision(*map(list, zip(*group[k:k + n])))

    def sync_state_context(self, state, context):
        """A state with its arrays on a context."""
        if isinstance(state, NDArray):
            return state.as_in_context(context)
        if isinstance(state, (tuple, list)):
            return type(state)([self.sync_state_context(s, context) for s in state])
        return state

    def set_states(self, states):
        """Take the states (and the optimizer, if it is there) from the bytes of ``get_states``.

        MXNetError for pickles of anything else; MXNET_COMPAT_UNSAFE_PICKLE=1 loads them all the same.
        """
        states = load_pickle(states)
        if isinstance(states, tuple) and len(states) == 2:
            self.states, self.optimizer = states
        else:
            self.states = states
        self.states_synced = dict.fromkeys(self.states, False)

    def get_states(self, dump_optimizer=False):
        """The states as bytes, with the optimizer if ``dump_optimizer``; real MXNet reads them."""
        return pickle.dumps((self.states, self.optimizer) if dump_optimizer else self.states)


Updater.__module__ = "mxnet.optimizer.optimizer"


def get_updater(optimizer):
    """An ``Updater`` for an optimizer."""
    return Updater(optimizer)
