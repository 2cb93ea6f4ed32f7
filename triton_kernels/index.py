"""Elements by index arrays: gathers and scatters of any dimensions, in one kernel each.

A gather reads each index and each chosen element once. A scatter that sets is not ordered: where an index comes twice, one of
its values stays. One that adds does so atomically, so that sums of floats may differ in their last bits from run to run.
"""
import numpy as np

from .device import Buffer, Unsupported, as_numbers
from .lookup import lookup
from .pointwise import broadcast, run
from .registry import replaces

__all__ = ["gather", "scatter", "take"]

_SET = "tl.store(q0 + q0_at + at, {v}.to(q0.dtype.element_ty), mask=m)"
_SCATTERS = {"set": _SET, "add": "tl.atomic_add(q0 + q0_at + at, {v}.to(q0.dtype.element_ty), mask=m, sem='relaxed')",
             "maximum": "tl.atomic_max(q0 + q0_at + at, {v}.to(q0.dtype.element_ty), mask=m, sem='relaxed')",
             "minimum": "tl.atomic_min(q0 + q0_at + at, {v}.to(q0.dtype.element_ty), mask=m, sem='relaxed')"}


def _parsed(x, key):
    """(view of ``x`` over the result's shape with stride 0 along index arrays, index buffers, their strides and lengths)."""
    key = list(key) if type(key) is tuple else [key]
    flat = []
    for k in key:
        if isinstance(k, (list, np.ndarray)):
            k = np.asarray(k)
            k = x.device.upload(k if k.size or k.dtype.kind in "bi" else k.astype(np.int64))
        if isinstance(k, Buffer) and k.dtype.kind == "b":
            from .sort import nonzero
            flat += nonzero(k)
        elif isinstance(k, Buffer) and k.ndim == 0:
            flat.append(k.reshape(1)[0])
        else:
            flat.append(k)
    key = flat
    given = sum(k is not None and k is not Ellipsis for k in key)
    if given > x.ndim:
        raise IndexError(f"{given} indices for a buffer of {x.ndim} dimensions")
    dots = next((i for i, k in enumerate(key) if k is Ellipsis), None)
    whole = [slice(None)] * (x.ndim - given)
    key = key + whole if dots is None else key[:dots] + whole + key[dots + 1:]
    # numbers beside index arrays are index arrays too
    some = any(isinstance(k, Buffer) for k in key)
    basic, arrays, places = [], [], []
    for k in key:
        if isinstance(k, Buffer) or (some and isinstance(k, (int, np.integer))):
            arrays.append(k)
            places.append(len(basic))
            basic.append(slice(None))
        else:
            basic.append(k)
    v = x[tuple(basic)]
    lost = [sum(isinstance(b, (int, np.integer)) for b in basic[:p]) for p in places]
    axes = [p - n for p, n in zip(places, lost)]
    block = broadcast(*[k.shape if isinstance(k, Buffer) else () for k in arrays])
    together = axes == list(range(axes[0], axes[0] + len(axes)))
    rest = [k for k in range(v.ndim) if k not in axes]
    at = axes[0] if together else 0
    before = [k for k in rest if k < axes[0]] if together else []
    after = [k for k in rest if k not in before]
    shape = tuple([v.shape[k] for k in before]) + block + tuple([v.shape[k] for k in after])
    strides = [v.strides[k] for k in before] + [0] * len(block) + [v.strides[k] for k in after]
    indices = []
    for k in arrays:
        if not isinstance(k, Buffer):
            k = x.device.upload(np.asarray(k, np.int64))
        lead = len(block) - k.ndim
        own = (0,) * lead + tuple([0 if n == 1 else s for n, s in zip(k.shape, k.strides)])
        indices.append(k.strided(shape, (0,) * at + own + (0,) * len(after)))
    return v.strided(shape, strides), indices, [(v.strides[a], v.shape[a]) for a in axes]


def _offset(count, first):
    """Code for the offset that the index arrays x{first}... add up to, with strides and lengths as numbers."""
    lines = ["at = tl.zeros_like(i)"]
    for j in range(count):
        step, length = "abcdefgh"[2 * j], "abcdefgh"[2 * j + 1]
        lines.append(f"k{j} = x{first + j}.to(tl.int64)")
        lines.append(f"at += tl.where(k{j} < 0, k{j} + {length}, k{j}) * {step}")
    return ";".join(lines)


def gather(x, key):
    """``x[key]`` with at least one index array; indices below 0 count from the end and are not checked further."""
    v, indices, sizes = _parsed(x, key)
    y = x.device.empty(v.shape, x.dtype)
    if y.size:
        numbers = [n for pair in sizes for n in pair]
        run(_offset(len(indices), 1) + ";tl.load(p0 + p0_at + at, mask=m, other=0)", (as_numbers(v), *indices), numbers,
            outs=(as_numbers(y),), compute="raw", bare=(0,), within=(x,))
    return y


def scatter(x, key, value, how="set"):
    """``x[key] = value``, or ``x[key] += value`` with every repeated index counted (``how="add"``), also maximum, minimum."""
    if how not in _SCATTERS:
        raise Unsupported(f"numpy.{how}.at has no kernel")
    v, indices, sizes = _parsed(x, key)
    if not v.size:
        return
    if not isinstance(value, Buffer):
        value = x.device.upload(np.asarray(value, x.dtype if np.ndim(value) == 0 else None))
    if value.dtype != x.dtype:
        value = value.astype(x.dtype)
    value = value.broadcast_to(v.shape)
    if value.owner is x.owner and x.owner is not None:
        value = value.copy()
    numbers = [n for pair in sizes for n in pair]
    text = _offset(len(indices), 1) + ";" + _SCATTERS[how].format(v="x0")
    run(text, (as_numbers(value), *indices), numbers, outs=(as_numbers(v),), compute="raw", stores=False, within=(x,))


@replaces("indexing.add_rows")
def add_rows(n, index, rows):
    """An array of n rows, to which each of ``rows`` is added at its index (1-D, in range): a scatter that sums."""
    wide = np.dtype(np.float32) if rows.dtype == np.float16 else rows.dtype
    y = rows.device.zeros((n, *rows.shape[1:]), wide)
    if rows.size:
        scatter(y, (index,), rows.astype(wide, copy=False), "add")
    return y.astype(rows.dtype, copy=False)


def take(x, indices, axis=None, mode="raise", out=None):
    """numpy's ``take``; indices out of range are clipped or wrapped by ``mode``, and not checked with ``"raise"``."""
    if axis is None:
        x, axis = x.ravel(), 0
    axis %= x.ndim
    if not isinstance(indices, Buffer):
        indices = x.device.upload(np.asarray(indices))
    y = gather(x, (slice(None),) * axis + (indices,)) if mode == "raise" else lookup(x, indices, axis, mode)
    if out is not None:
        out[...] = y
        return out
    return y
