"""Calls with arrays on a GPU: the operator's kernel, its numpy body on buffers of the device, or the host.

``triton_kernels`` has the buffers and all that computes; this file brings them together with operators, contexts and the
tape. An operator that the device cannot do is computed on the host, with one warning an operator;
``MXNET_COMPAT_GPU_STRICT=1`` makes that an error.
"""
import logging
import os
import warnings

import numpy as np

from triton_kernels import registry
from triton_kernels.device import Buffer, Unsupported, device
from triton_kernels.random import Generator

from .. import context as _context
from ..autograd import tape
from ..base import MXNetError, _Null
from ..ndarray.core import array_of, wrap
from ..state import state
from . import dispatch, rng, storage

_log = logging.getLogger(__name__)
__all__ = ["Buffer", "call", "full", "on", "place", "transfer", "way"]


def on(ctx):
    """The device of a context."""
    return device(ctx.device_id)


def place(a, ctx):
    """A buffer (numpy's or a device's) with the values of ``a`` on the device of ``ctx``, itself where it is there."""
    if ctx.device_typeid != 2:
        return a.numpy() if isinstance(a, Buffer) else a
    there = on(ctx)
    if isinstance(a, Buffer):
        if a.device is there:
            return a
        return there.receive(a) if hasattr(there, "receive") else there.upload(a.numpy())
    return there.upload(a) if isinstance(a, np.ndarray) else a


class _Transfer:
    """What the executor sees of a recorded copy between devices: its gradient is copied back."""
    broadcasts = False
    name = "_CrossDeviceCopy"
    input_names = ("data",)

    def vjp(self, node, dys, need, create_graph):
        return [transfer(dys, node.saved)]


def transfer(x, ctx):
    """A copy of an array on the device of ``ctx``, recorded where ``x`` is on the tape."""
    a = x._a
    if isinstance(a, storage.Sparse):
        y = array_of(a.copy(), ctx)
    else:
        y = place(a, ctx)
        y = wrap(y.copy() if y is a else y, ctx)
    if state.recording and x._node is not None and not x._node.dead:
        n = tape.Node()
        n.op, n.seq, n.dead, n.params = _Transfer(), next(tape.seq), False, ()
        n.parents, n.index, n.shapes = (x._node,), (x._i,), (a.shape,)
        n.ctx, n.saved, n.outs = ctx, x._ctx, None
        y._node = n
    return y


def full(shape, value, dtype, ctx):
    """A new array of one value."""
    return wrap(on(ctx).full(shape, value, dtype), ctx)


def call(op, arrays, given, out):
    """The result of ``op`` on ``arrays``, at least one of which is on a GPU (None where an optional one is left out).

    ``given`` has the parameters as they came. Raises what the operator raises; MXNetError for arrays on several devices.
    """
    ctx = next(x._ctx for x in arrays if x is not None and x._ctx.device_typeid == 2)
    for x, i in zip(arrays, _inputs(op, arrays)):
        if x is not None and x._ctx is not ctx:
            raise MXNetError(f"operator {op.name}: {i.name} is on {x._ctx}, another input on {ctx}; copy it there with "
                             "as_in_context")
    if any(x is not None and x.stype != "default" for x in arrays):
        return _stored(op, arrays, given, out, ctx)
    if op.variadic and given.get(op.key) is _Null:
        given = {**given, op.key: len(arrays)}
    params = dispatch.parse_params(op, given)
    buffers = [None if x is None else x._a for x in arrays]
    dispatch.check_types(op, buffers)
    extra = dict(params)
    if "training" in op.injected:
        extra["training"] = state.training
    target = None if out is None else dispatch.out_buffer(op, out, buffers[0].dtype if buffers else None)
    if "out" in op.injected:
        extra["out"] = target
    y = _computed(op, buffers, extra, ctx, target if target is not None else _written(out, buffers))
    if y is NotImplemented:
        return _on_host(op, arrays, params, out, ctx, target)
    return dispatch.finish(op, arrays, params, y, out)


def _written(out, buffers):
    """The buffer of ``out`` for a kernel to write, where it is an input: steps of optimizers tell that by their results."""
    a = out[0]._a if isinstance(out, (list, tuple)) and len(out) == 1 else getattr(out, "_a", None)
    return next((b for b in buffers if b is a), None)


_ways = {}


def way(op):
    """How calls of an operator were computed: kernel, numpy (its body on the device), host if some were; None if none was."""
    return _ways.get(op.name)


def forget_ways():
    """Start anew to note how operators are computed."""
    _ways.clear()


_RANK = {"kernel": 0, "numpy": 1, "host": 2}


def _note(op, how):
    # the worst of all calls
    if _RANK[how] >= _RANK.get(_ways.get(op.name), 0):
        _ways[op.name] = how


def made(op, params, ctx, out):
    """The result of an operator without inputs on the GPU ``ctx``; ``params`` are parsed."""
    target = None if out is None else dispatch.out_buffer(op, out, None)
    y = _computed(op, (), params, ctx, target)
    if y is NotImplemented:
        return _on_host(op, (), params, out, ctx, target)
    return dispatch.finish(op, (), params, y, out, ctx)


def _computed(op, buffers, params, ctx, target):
    """The buffers of the results, or NotImplemented."""
    kernel = registry.find(op.name)
    if kernel is not None:
        plain = {k: v for k, v in params.items() if k not in ("out", "rng")}
        if registry.takes_out(kernel):
            plain["out"] = target
        y = _tried(op, kernel, buffers, plain)
        if y is not NotImplemented:
            _note(op, "kernel")
            return y
    host = rng.generator(ctx) if "rng" in op.injected else None
    if host is not None:
        before = host.bit_generator.state
        params = {**params, "rng": Generator(host, on(ctx))}
    changed = [k for k, i in enumerate(_inputs(op, buffers)) if i.aux and buffers[k] is not None]
    own = list(buffers)
    for k in changed:
        # until it is known that the body comes to its end
        own[k] = buffers[k].copy()

    def body(*args, **kwargs):
        from .bodies import on_device
        return on_device(op.body, on(ctx), args, kwargs)
    y = _tried(op, body, own, params)
    if y is NotImplemented and host is not None:
        # the host draws anew
        host.bit_generator.state = before
    if y is not NotImplemented:
        for k in changed:
            buffers[k][...] = own[k]
        _note(op, "numpy")
        results = y if isinstance(y, (list, tuple)) else [y]
        if not all(isinstance(r, Buffer) for r in results):
            y = type(results)([on(ctx).upload(np.asarray(r)) if not isinstance(r, Buffer) else r for r in results])
            y = y if op.outputs != 1 else y[0]
    return y


def _tried(op, function, buffers, params):
    try:
        return function(*buffers, **params)
    except (Unsupported, AttributeError, MXNetError, *dispatch.KERNEL_ERRORS) as e:
        # perhaps the caller's fault: the host says so, in its words
        _why[op.name] = f"{type(e).__name__}: {e}"
        _log.debug("operator %s on the device", op.name, exc_info=True)
        return NotImplemented


#: Why an operator's call went to the host, by name.
_why = {}


def _on_host(op, arrays, params, out, ctx, target):
    """The call on copies in host memory; what it changes in place is copied back."""
    host = [None if x is None else x._a.numpy() for x in arrays]
    extra = dict(params)
    if "training" in op.injected:
        extra["training"] = state.training
    if "out" in op.injected:
        extra["out"] = None if target is None else np.empty(target.shape, target.dtype)
    if "rng" in op.injected:
        extra["rng"] = rng.generator(ctx)
    try:
        y = op.body(*host, **extra)
    except dispatch.KERNEL_ERRORS as e:
        y = dispatch.failed(op, e, host, extra)
    _tell(op)
    _note(op, "host")
    for i, x, h in zip(_inputs(op, arrays), arrays, host):
        if i.aux:
            x._a[...] = h
    dtype = host[0].dtype if host and op.inputs[0].common and host[0] is not None else None
    if op.outputs != 1:
        y = [place(np.asarray(v), ctx) for v in y]
    elif not isinstance(y, storage.Sparse):
        y = place(dispatch.fix(y, dtype), ctx)
    return dispatch.finish(op, arrays, params, y, out, ctx)


def _stored(op, arrays, given, out, ctx):
    """A call with sparse arrays, whose buffers are in host memory whatever their context."""
    from . import by_storage
    host = [None if x is None else array_of(x._a if x.stype != "default" else x._a.numpy(), _context.CPU) for x in arrays]
    was, state.recording = state.recording, False
    try:
        ys = by_storage.call(op, host, given, None)
    finally:
        state.recording = was
    _tell(op)
    for i, x, h in zip(_inputs(op, arrays), arrays, host):
        if i.aux:
            storage.write(x._a, h._a)
    ys = [y._a if y.stype != "default" else place(y._a, ctx) for y in (ys if isinstance(ys, list) else [ys])]
    return dispatch.finish(op, arrays, dispatch.parse_params(op, given), ys[0] if op.outputs == 1 else ys, out)


def _inputs(op, arrays):
    return [*op.inputs, *op.inputs[-1:] * (len(arrays) - len(op.inputs))]


_told = set()


def _tell(op):
    if os.environ.get("MXNET_COMPAT_GPU_STRICT", "0") not in ("", "0"):
        raise MXNetError(f"operator {op.name} has no GPU kernel for this call ({_why.get(op.name, 'sparse arrays')}), and "
                         "MXNET_COMPAT_GPU_STRICT=1 forbids the host")
    if op.name not in _told:
        _told.add(op.name)
        warnings.warn(f"operator {op.name} has no GPU kernel for this call and is computed on the host: its inputs and "
                      "results are copied", stacklevel=5)
