"""``KVStore``: the store within one process. Pushed arrays are summed; an updater, if there is one, changes the stored array
by the sum, which otherwise takes its place."""
import functools
import warnings

import numpy as np

from .. import autograd
from .. import ndarray as nd
from .. import optimizer as opt
from ..base import MXNetError, c_str, py_str  # noqa: F401
from ..ndarray import NDArray
from ..ndarray.serialize import save_file
from .base import KVStoreBase
from .compression import Compression

__all__ = ["KVStore"]


def _pairs(keys, values):
    """(key, list of arrays) for one key and its arrays, or lists of both; AssertionError where they do not fit."""
    if isinstance(keys, (tuple, list)):
        assert len(keys) == len(values), f"{len(keys)} keys for {len(values)} values"
        return [pair for k, v in zip(keys, values) for pair in _pairs(k, v)]
    assert isinstance(keys, (int, str)), f"a key must be a number or text, got {type(keys).__name__}"
    values = [values] if isinstance(values, NDArray) else values
    for v in values:
        assert isinstance(v, NDArray), f"key {keys}: expected NDArrays, got {type(v).__name__}"
    return [(keys, list(values))]


def _by_key(pairs):
    groups = {}
    for key, values in pairs:
        groups.setdefault(key, []).extend(values)
    return groups


def _sum(arrays, ctx):
    """The sum of arrays as a new array on a context."""
    total = arrays[0].copyto(ctx)
    for a in arrays[1:]:
        total = total + a.as_in_context(ctx)
    return total


def _distinct(ids):
    """The different numbers of an array in rising order; of the few rows of a batch sooner than by ``np.unique``."""
    ids = np.sort(ids, axis=None)
    first = np.ones(len(ids), bool)
    np.not_equal(ids[1:], ids[:-1], out=first[1:])
    return ids[first]


def _unrecorded(method):
    """The store's copies are no part of what is recorded, wherever they are made."""
    @functools.wraps(method)
    def quiet(*args, **kwargs):
        with autograd.pause():
            return method(*args, **kwargs)
    return quiet


class KVStore(KVStoreBase):
    """Arrays by key, numbers or text but not both; made by ``mx.kv.create``. Several contexts of one process share it."""

    def __init__(self, handle):
        self.handle = handle
        self._store = {}
        self._key_type = None
        self._updater = self._updater_func = self._str_updater_func = None
        self._is_p3 = False
        self._compression = None

    # keys

    def _check_key(self, key):
        kind = int if isinstance(key, int) else str
        if self._key_type not in (None, kind):
            raise MXNetError(f"kvstore: the keys are of type {self._key_type.__name__}, got {key!r}")
        self._key_type = kind

    def _stored(self, key):
        self._check_key(key)
        if key not in self._store:
            raise MXNetError(f"kvstore: the key {key!r} has not been initialized")
        return self._store[key]

    @staticmethod
    def _check_shape(key, stored, array):
        if stored.shape != array.shape:
            raise MXNetError(f"kvstore: the array of key {key!r} has shape {stored.shape}, got {array.shape}")

    # arrays

    @_unrecorded
    def init(self, key, value):
        """Store arrays under new keys. MXNetError for a key that is there."""
        for k, values in _pairs(key, value):
            self._check_key(k)
            if k in self._store:
                raise MXNetError(f"kvstore: the key {k!r} is initialized already")
            self._store[k] = values[0].copy()

    def broadcast(self, key, value, out, priority=0):
        """``init`` and ``pull``."""
        self.init(key, value)
        self.pull(key, out=out, priority=priority)

    @_unrecorded
    def push(self, key, value, priority=0):
        """Sum the arrays of each key, and update the stored one with the sum (without an updater, replace it)."""
        for k, values in _by_key(_pairs(key, value)).items():
            stored = self._stored(k)
            for v in values:
                self._check_shape(k, stored, v)
            if self._compression is not None and all(v.stype == "default" for v in values):
                values = self._compression.through(k, values)
            total = _sum(values, stored.context)
            if self._updater is None:
                self._replace(k, stored, total)
            else:
                # text reaches the updaters of scripts as bytes, as it does in MXNet, but optimizers by its name: weight
                # decay and learning rate by parameter hang on it, and files of states have such keys
                named = isinstance(k, str) and not isinstance(self._updater, opt.Updater)
                self._updater(k.encode() if named else k, total, stored)

    def _replace(self, key, stored, total):
        if total.dtype != stored.dtype:
            total = total.astype(stored.dtype)
        self._store[key] = total if total.stype == stored.stype else total.tostype(stored.stype)

    @_unrecorded
    def pull(self, key, out=None, priority=0, ignore_sparse=True):
        """Copy the stored arrays into ``out``; row_sparse ones are left out (with a warning) while ``ignore_sparse``."""
        assert out is not None, "pull: out is needed"
        for k, outs in _pairs(key, out):
            stored = self._stored(k)
            if stored.stype != "default" and ignore_sparse:
                warnings.warn(f"pull: the array of key {k!r} is {stored.stype} and is not pulled; use row_sparse_pull",
                              stacklevel=2)
                continue
            for o in outs:
                self._check_shape(k, stored, o)
                o[:] = stored.as_in_context(o.context)

    def pushpull(self, key, value, out=None, priority=0):
        """``push`` and ``pull`` into ``out``, or into ``value`` itself."""
        self.push(key, value, priority)
        self.pull(key, out=value if out is None else out, priority=priority)

    @_unrecorded
    def row_sparse_pull(self, key, out=None, priority=0, row_ids=None):
        """Copy the rows ``row_ids`` (one array, or one for each array of ``out``) of row_sparse arrays into ``out``."""
        assert out is not None, "row_sparse_pull: out is needed"
        assert row_ids is not None, "row_sparse_pull: row_ids are needed"
        pairs = [(k, o) for k, outs in _pairs(key, out) for o in outs]
        rows = [row_ids] if isinstance(row_ids, NDArray) else list(row_ids)
        rows = rows * len(pairs) if len(rows) == 1 else rows
        assert len(rows) == len(pairs), f"row_sparse_pull: {len(rows)} row_ids for {len(pairs)} arrays"
        for (k, o), r in zip(pairs, rows):
            stored = self._stored(k)
            for what, a in (("the stored array", stored), ("out", o)):
                if a.stype != "row_sparse":
                    raise MXNetError(f"row_sparse_pull: {what} of key {k!r} must be row_sparse, it is {a.stype}")
            rows_once = nd.array(_distinct(r.asnumpy()), ctx=stored.context, dtype="int64")
            nd.sparse.retain(stored, rows_once).copyto(o)

    # updating

    def set_gradient_compression(self, compression_params):
        """Compress pushed gradients: ``{'type': '2bit', 'threshold': 0.5}``. Only for stores of the type ``device``.

        MXNetError for an unknown type or a threshold that is not positive.
        """
        if "device" not in self.type:
            raise Exception(f"a kvstore of type {self.type} has no gradient compression")
        assert isinstance(compression_params, dict), \
            f"compression_params must be a dictionary, got {type(compression_params).__name__}"
        self._compression = Compression(**compression_params)

    def set_optimizer(self, optimizer):
        """Update weights in the store with an optimizer."""
        self._set_updater(opt.get_updater(optimizer))

    def _set_updater(self, updater):
        """Call ``updater(key, sum, stored)`` at each push."""
        self._updater = self._updater_func = self._str_updater_func = updater

    def is_capable(self, capability):
        """True for ``KVStoreBase.OPTIMIZER``; ValueError for what is unknown."""
        if capability.lower() == KVStoreBase.OPTIMIZER:
            return True
        raise ValueError(f"the capability {capability!r} is unknown")

    def save_optimizer_states(self, fname, dump_optimizer=False):
        """Write the optimizer's states (and the optimizer itself) to a file; AssertionError without an optimizer."""
        assert self._updater is not None, "save_optimizer_states: the store has no optimizer"
        save_file(fname, self._updater.get_states(dump_optimizer))

    def load_optimizer_states(self, fname):
        """Read the optimizer's states from a file; AssertionError without an optimizer."""
        assert self._updater is not None, "load_optimizer_states: the store has no optimizer"
        with open(fname, "rb") as f:
            self._updater.set_states(f.read())

    # the only worker

    @property
    def type(self):
        """The name of the store."""
        return self.handle

    @property
    def rank(self):
        """0: there is one worker."""
        return 0

    @property
    def num_workers(self):
        """1."""
        return 1

    def _barrier(self):
        """Nothing to wait for."""

    def _send_command_to_servers(self, head, body):
        """There are no servers."""


KVStore.__module__ = "mxnet.kvstore.kvstore"
