"""Reductions along any axes: ``reduce("sum", x, axes, of="x * x", then="libdevice.sqrt(v)")``.

One generated kernel for each combination, expression and layout: the inputs are read once, along whichever of kept and
reduced axes is contiguous. Where few results come from many elements, the work is cut in two stages, whose second reduces
the first one's partial results: deterministic, since nothing is added atomically. Sums of 16 and 32 bit floats are float32.

Roofline: the bytes of the input at the bandwidth of the memory.
"""
import math

import numpy as np

from .device import as_numbers
from .language import triton
from .launch import INTERPRETED, block, launch
from .pointwise import computing, made, run

__all__ = ["argreduce", "reduce"]

#: The neutral element and how two values become one.
_COMBINE = {"sum": ("0", "{0} + {1}", "add"), "prod": ("1", "{0} * {1}", "multiply"),
            "max": ("LOWEST", "nan_max({0}, {1})", "nan_max"), "min": ("HIGHEST", "nan_min({0}, {1})", "nan_min")}
_LIMITS = {"f": ("-float('inf')", "float('inf')"), "i": (str(-2 ** 63), str(2 ** 63 - 1))}
_kernels = {}


def _merged(shape, strides, axes):
    """Lengths and strides of ``axes``, merged where one continues another, without those of length 1."""
    dims, steps = [], []
    for k in axes:
        n, s = shape[k], strides[k]
        if n == 1:
            continue
        if dims and steps[-1] == s * n:
            dims[-1] *= n
            steps[-1] = s
        else:
            dims.append(n)
            steps.append(s)
    return dims or [1], steps or [0]


def _address(lines, index, prefix, rank):
    """Code that turns ``index`` into an offset over ``rank`` merged axes."""
    lines.append(f"    {'    ' if prefix == 'r' else ''}at_{prefix} = tl.zeros_like({index})")
    pad = "        " if prefix == "r" else "    "
    lines.append(f"{pad}rest_{prefix} = {index}")
    for d in range(rank - 1, -1, -1):
        if d:
            lines.append(f"{pad}next_{prefix} = rest_{prefix} // {prefix}n{d}")
            lines.append(f"{pad}at_{prefix} += (rest_{prefix} - next_{prefix} * {prefix}n{d}) * {prefix}s{d}")
            lines.append(f"{pad}rest_{prefix} = next_{prefix}")
        else:
            lines.append(f"{pad}at_{prefix} += rest_{prefix} * {prefix}s{d}")


def _arguments(prefix, rank):
    return [f"{prefix}n{d}" for d in range(1, rank)] + [f"{prefix}s{d}" for d in range(rank)]


def _source(how, of, then, ct, kept, reduced, arg):
    init, combine, finish = _COMBINE[how]
    low, high = _LIMITS[ct.kind]
    init = init.replace("LOWEST", low).replace("HIGHEST", high)
    compute = "tl." + ct.name
    lines = ["@triton.jit",
             f"def reduce_kernel(p, q, M, N, chunk, {', '.join(_arguments('k', kept) + _arguments('r', reduced))}, "
             "BM: tl.constexpr, BN: tl.constexpr):",
             "    m = tl.program_id(0).to(tl.int64) * BM + tl.arange(0, BM)",
             "    part = tl.program_id(1).to(tl.int64)",
             "    first = part * chunk",
             "    last = tl.minimum(first + chunk, tl.cast(N, tl.int64))"]
    put = lines.append
    _address(lines, "m", "k", kept)
    put(f"    acc = tl.full((BM, BN), {init}, {compute})")
    if arg:
        put("    best = tl.full((BM, BN), 9223372036854775807, tl.int64)")
    put("    for start in range(first, last, BN):")
    put("        r = start + tl.arange(0, BN).to(tl.int64)")
    _address(lines, "r", "r", reduced)
    put("        there = (m < M)[:, None] & (r < last)[None, :]")
    put(f"        x = tl.load(p + at_k[:, None] + at_r[None, :], mask=there, other=1).to({compute})")
    *statements, value = of.split(";")
    for s in statements:
        put("        " + s.strip())
    put(f"        x = tl.where(there, {value.strip()}, {init}).to({compute})")
    if arg:
        better = ">" if how == "max" else "<"
        put(f"        new = there & ((x {better} acc) | ((x != x) & (acc == acc)) | (best == 9223372036854775807))")
        put("        best = tl.where(new, r[None, :], best)")
        put("        acc = tl.where(new, x, acc)")
    else:
        put(f"        acc = {combine.format('acc', 'x')}")
    put(f"    v = tl.reduce(acc, 1, {finish})")
    if arg:
        put("    same = (acc == v[:, None]) | ((acc != acc) & (v != v)[:, None])")
        put("    v = tl.min(tl.where(same, best, 9223372036854775807), 1)")
    else:
        *statements, last = then.split(";")
        for s in statements:
            put("    " + s.strip())
        put(f"    v = {last.strip()}")
    put("    tl.store(q + part * M + m, v.to(q.dtype.element_ty), mask=m < M)")
    return "\n".join(lines) + "\n"


def _kernel(*key):
    found = _kernels.get(key)
    if found is None:
        found = _kernels[key] = made("reduce_kernel", _source(*key))
    return found


def _plan(x, axes, arg):
    """(kept lengths, strides), (reduced lengths, strides), block sizes, number of parts."""
    kept = [k for k in range(x.ndim) if k not in axes]
    k_dims, k_steps = _merged(x.shape, x.strides, kept)
    r_dims, r_steps = _merged(x.shape, x.strides, axes)
    m, n = math.prod(k_dims), math.prod(r_dims)
    if INTERPRETED:
        bn = block(n, 0)
        bm = min(block(m, 0), max(16, (1 << 18) // bn))
    elif r_steps[-1] == 1 or k_steps[-1] != 1:
        bn = min(triton.next_power_of_2(n), 2048)
        bm = max(1, min(2048 // bn, 32))
    else:
        # the kept axis is contiguous: neighbouring threads take neighbouring columns
        bm = min(triton.next_power_of_2(m), 128)
        bn = max(1, min(triton.next_power_of_2(n), 2048 // bm))
    programs = -(-m // bm)
    parts = 1
    if not arg and programs < 256 and n >= 16 * bn:
        parts = min(-(-n // (4 * bn)), max(1, 1024 // programs))
    return (k_dims, k_steps), (r_dims, r_steps), (bm, bn), parts


def reduce(how, x, axes=None, keepdims=False, of="x", then="v", dtype=None, compute=None):
    """``how`` (sum, prod, max or min) over ``axes`` (all by default) of the expression ``of`` in ``x``.

    ``then`` is an expression in the result ``v``; ``dtype``: the result's type (by default that of ``x``).
    """
    axes = _axes(axes, x.ndim)
    shape = tuple([1 if k in axes else n for k, n in enumerate(x.shape) if keepdims or k not in axes])
    ct = computing(x.dtype if compute is None else compute)
    dtype = np.dtype(dtype or x.dtype)
    y = x.device.empty(shape, dtype)
    if not y.size:
        return y
    if not x.size:
        if how in ("max", "min"):
            raise ValueError(f"{how} of nothing: an axis has length 0")
        y.fill(0 if how == "sum" else 1)
        return y if then == "v" else run(then.replace("v", "x"), (y,), dtypes=(dtype,))
    _launch(how, x, axes, of, then, ct, y, False)
    return y


def _launch(how, x, axes, of, then, ct, y, arg):
    x = as_numbers(x)
    (k_dims, k_steps), (r_dims, r_steps), (bm, bn), parts = _plan(x, axes, arg)
    m, n = math.prod(k_dims), math.prod(r_dims)
    target = y if parts == 1 else x.device.empty((parts, m), ct)
    target = as_numbers(target)
    chunk = n if parts == 1 else -(-n // (parts * bn)) * bn
    fn = _kernel(how, of, then if parts == 1 else "v", ct, len(k_dims), len(r_dims), arg)
    launch(fn, (-(-m // bm), parts), x, target, m, n, chunk, *k_dims[1:], *k_steps, *r_dims[1:], *r_steps, BM=bm, BN=bn)
    if parts > 1:
        _launch(how, target, (0,), "x", then, ct, y.reshape(m), False)


def _axes(axes, ndim):
    if axes is None:
        return tuple(range(ndim))
    if isinstance(axes, (int, np.integer)):
        axes = (axes,)
    return tuple(sorted({int(a) % ndim if ndim else 0 for a in axes}))


def argreduce(how, x, axis=None, keepdims=False, dtype=np.int64):
    """The place of the first maximum (``how="max"``) or minimum along an axis, or in the flattened array."""
    if axis is None:
        x, axis = x.ravel(), 0
    axis %= x.ndim
    if not x.shape[axis]:
        raise ValueError(f"arg{how} of nothing: axis {axis} has length 0")
    shape = tuple([1 if k == axis else n for k, n in enumerate(x.shape) if keepdims or k != axis])
    y = x.device.empty(shape, dtype)
    if y.size:
        _launch(how, x, (axis,), "x", "v", computing(x.dtype), y, True)
    return y
