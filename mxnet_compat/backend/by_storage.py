"""Calls in which an array is not dense: the kernel for the storage types at hand, or the dense body.

An operator states its kernels (``@op.sparse("csr", "default")``) and whether zeros stay zeros (``keeps_zero``), in
which case its body runs on what is stored. Where neither fits, inputs are made dense, as MXNet does; that is recorded
like any other. ``MXNET_STORAGE_FALLBACK_LOG_VERBOSE=1`` tells of it once an operator.
"""
import os
import warnings

import numpy as np

from ..ndarray.core import NDArray, wrap
from ..ops import load
from ..state import state
from . import dispatch, storage

__all__ = ["call", "to_dense"]


def call(op, arrays, given, out):
    """The result of ``op`` on ``arrays`` (None where an optional one is left out), of which some are not dense.

    ``given`` has the parameters as they came. Raises what the operator raises.
    """
    load()
    stypes = tuple([None if x is None else x.stype for x in arrays])
    if "traced" in stypes:
        from ..plan import trace
        return trace.call(op, arrays, given, out)
    kernels = [k for k in op.kernels if k.fits(stypes)]
    if kernels or op.keeps_zero:
        params = dispatch.parse_params(op, given)
        buffers = [None if x is None else x._a for x in arrays]
        dispatch.check_types(op, buffers)
        y = _run(op, kernels, stypes, buffers, params, out)
        if y is not NotImplemented:
            return dispatch.finish(op, arrays, params, y, out)
    return _dense(op, arrays, given, out, stypes)


def _run(op, kernels, stypes, buffers, params, out):
    """The buffers that a kernel gives, or NotImplemented."""
    extra = dict(params)
    if "training" in op.injected:
        extra["training"] = state.training
    if "out" in op.injected:
        extra["out"] = out._a if isinstance(out, NDArray) else None
        if extra["out"] is not None:
            out._writable(op.name)
    steps = list(kernels)
    if stypes in _ON_STORED and (op.keeps_zero is True or op.keeps_zero and op.keeps_zero(params)):
        steps.append(_ON_STORED[stypes])
    for step in steps:
        try:
            y = step(op, buffers, extra)
        except dispatch.KERNEL_ERRORS as e:
            y = dispatch.failed(op, e, buffers, params, lambda *a, step=step, **_: step(op, a, extra))
        if y is not NotImplemented:
            return y
    return NotImplemented


# stored elements only


# Kernels of operators that say ``keeps_zero``; an ``out`` buffer would be dense, so the body gets none.


def _one(op, buffers, params):
    a, = buffers
    return a.with_data(_body(op, params, a.data))


def _body(op, params, *data):
    return op.body(*data, **({**params, "out": None} if "out" in params else params))


def _two_csr(op, buffers, params):
    a, b = buffers
    _same_shape(a, b)
    key, da, db = aligned(a, b)
    y = _body(op, params, da, db)
    kept = y != 0
    if not kept.all():
        key, y = key[kept], y[kept]
    rows, columns = np.divmod(key, max(a.shape[1], 1))
    return storage.CSR(y, columns, storage.pointer(rows, a.shape[0]), a.shape)


def _two_rows(op, buffers, params):
    a, b = buffers
    _same_shape(a, b)
    a, b = a.sorted(), b.sorted()
    if len(a.indices) == len(b.indices) and (a.indices == b.indices).all():
        return a.with_data(_body(op, params, a.data, b.data))
    rows = np.union1d(a.indices, b.indices)
    return storage.RowSparse(_body(op, params, a.rows(rows), b.rows(rows)), rows, a.shape)


_ON_STORED = {("csr",): _one, ("row_sparse",): _one, ("csr", "csr"): _two_csr,
              ("row_sparse", "row_sparse"): _two_rows}


def _same_shape(a, b):
    if a.shape != b.shape:
        raise ValueError("lhs and rhs must have the same shape")


def aligned(a, b):
    """(places, values of ``a``, values of ``b``) over all places where one of two csr buffers has an entry.

    A place is row * columns + column; entries that one buffer has twice are added.
    """
    (ka, da), (kb, db) = _places(a.sorted()), _places(b.sorted())
    both = np.concatenate((ka, kb))
    # merges two runs that are in order already
    order = np.argsort(both, kind="stable")
    both = both[order]
    new = np.append(True, both[1:] != both[:-1])[:len(both)]
    place = np.empty(len(both), np.intp)
    place[order] = np.cumsum(new) - 1
    key = both[new]
    ya, yb = np.zeros(len(key), a.dtype), np.zeros(len(key), b.dtype)
    ya[place[:len(ka)]], yb[place[len(ka):]] = da, db
    return key, ya, yb


def _places(a):
    """(places, values) of a csr buffer in order, each place once."""
    key, data = a.row_of() * a.shape[1] + a.indices, a.data
    again = key[1:] == key[:-1]
    if again.any():
        first = np.flatnonzero(np.append(True, ~again))
        key, data = key[first], np.add.reduceat(data, first, dtype=data.dtype)
    return key, data


# the dense body


def _dense(op, arrays, given, out, stypes):
    """The call with every input made dense; an input that the operator changes gets its new value back."""
    if os.environ.get("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0") not in ("0", ""):
        _tell(op, stypes)
    dense = [x if x is None or x.stype == "default" else to_dense(x) for x in arrays]
    y = op.front(*dense, **given, out=out)
    for i, x, d in zip(op.inputs, arrays, dense):
        if i.aux and d is not x:
            storage.write(x._a, d._a)
    return y


def to_dense(x):
    """A sparse array as a dense one, recorded where ``x`` is on the tape."""
    if state.recording and x._node is not None:
        from ..ops import functional as F
        return F.cast_storage(x, stype="default")
    return wrap(x._a.dense(), x._ctx)


_told = set()


def _tell(op, stypes):
    if op.name not in _told:
        _told.add(op.name)
        warnings.warn(f"operator {op.name} has no kernel for storage types {', '.join(map(str, stypes))}: the inputs "
                      "are made dense, which may take much memory", stacklevel=4)
