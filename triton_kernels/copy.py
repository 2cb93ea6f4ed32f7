"""Copies between strided places of one device: one kernel for slices, transposes, broadcasts, joins, pads and fills."""
import numpy as np

from .device import Buffer
from .pointwise import cast, run

__all__ = ["assign", "concatenate", "contiguous"]

_BITS = {1: np.dtype("uint8"), 2: np.dtype("int16"), 4: np.dtype("int32"), 8: np.dtype("int64")}


def contiguous(x):
    """The elements in new memory, one after the other."""
    y = x.device.empty(x.shape, x.dtype)
    _same_type(y, x)
    return y


def _same_type(target, source):
    # as whole numbers of that size, so that every nan stays what it is
    bits = _BITS[target.dtype.itemsize]
    run("x", (source.cast(bits),), outs=(target.cast(bits),), compute="raw")


def assign(target, value):
    """Write a number, a numpy array or a buffer into ``target``, with broadcasting and casting. ValueError for shapes."""
    if not isinstance(value, Buffer):
        if np.ndim(value) == 0:
            if target.size:
                number = np.asarray(value)
                if target.dtype.kind != "f":
                    number = number.astype(np.int64) if number.dtype.kind != "b" else number
                run("a", (), (number.item(),), outs=(target,))
            return
        value = target.device.upload(np.asarray(value), target.dtype)
    if value.shape != target.shape:
        lead = value.ndim - target.ndim
        if lead > 0 and value.shape[:lead] == (1,) * lead:
            value = value.reshape(value.shape[lead:])
        value = value.broadcast_to(target.shape)
    if value.owner is target.owner and value.owner is not None:
        if (value.ptr, value.strides, value.dtype) == (target.ptr, target.strides, target.dtype):
            return
        value = value.copy()
    if not target.size:
        return
    if value.dtype == target.dtype:
        _same_type(target, value)
    else:
        run("x", (value,), outs=(target,), compute=value.dtype if value.dtype.kind == "f" else None)


def concatenate(arrays, axis=0, out=None):
    """Buffers of one type joined along an existing axis."""
    first = arrays[0]
    axis = axis % first.ndim
    total = sum(a.shape[axis] for a in arrays)
    y = out if out is not None else first.device.empty(first.shape[:axis] + (total,) + first.shape[axis + 1:], first.dtype)
    at = 0
    for a in arrays:
        n = a.shape[axis]
        assign(y[(slice(None),) * axis + (slice(at, at + n),)], a)
        at += n
    return y


__all__ += ["cast"]
