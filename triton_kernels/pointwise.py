"""Element-by-element kernels, written from an expression: ``run("x * y + a", inputs=(x, y), scalars=(a,))``.

In an expression ``x0, x1, ...`` (``x, y, z`` for the first three) are the inputs, broadcast against each other, and
``a, b, c, ...`` the numbers, all in the type in which is computed: float32 for 16 and 32 bits, float64, or int64 for whole
numbers. Each element of an input is read once and each of a result written once; a kernel is generated for each
expression, number of axes (after those that belong together are merged) and computing type, and deterministic. Several
statements are separated by ``;``, several results come as a tuple of last expressions.

Roofline: bytes of inputs and results at the bandwidth of the memory.
"""
import itertools
import linecache
import math
import sys
import types

import numpy as np

from . import libm
from .device import as_numbers
from .language import libdevice, tl, triton
from .launch import block, launch, of_type

__all__ = ["broadcast", "cast", "computing", "kernel", "made", "run"]

_FLOAT32, _FLOAT64, _INT64 = np.dtype("float32"), np.dtype("float64"), np.dtype("int64")
_SCALARS = "abcdefgh"
_kernels = {}
_serial = itertools.count()


def computing(*dtypes):
    """The type in which values of these types are computed."""
    t = np.result_type(*dtypes)
    return _FLOAT64 if t == _FLOAT64 else _FLOAT32 if t.kind == "f" else _INT64


def broadcast(*shapes):
    """The shape that these give together; ValueError where they do not fit."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError("shapes " + ", ".join(map(str, shapes)) + " cannot be broadcast together") from None


def cast(x, dtype):
    """``x`` in another type, in memory of its own; floats become whole numbers by cutting, through int64."""
    return run("x", (x,), dtypes=(dtype,), compute=x.dtype if x.dtype.kind == "f" else None)


def run(text, inputs, scalars=(), dtypes=None, outs=None, compute=None, shape=None, bare=(), stores=True,
        within=()):
    """Evaluate ``text`` on the device of ``inputs`` and return the result, or a tuple of several.

    ``dtypes``: the results' types (by default that of the first input); ``outs``: buffers of the right shape that take the
    results instead, any of which may be an input; ``compute``: the type to compute in; ``shape``: that of the results
    where it is more than the inputs', and ``"raw"`` to leave values as they are. Inputs whose numbers are in ``bare`` are
    not read: the text does it, from ``p0 + p0_at`` and so on, and without ``stores`` it also writes its results itself, to
    ``q0 + q0_at``, with the mask ``m``; ``within`` are the buffers that it reaches in doing so. ValueError for shapes that
    do not fit together.
    """
    first = inputs[0] if inputs else outs[0]
    shape = broadcast(*[x.shape for x in inputs], *(() if shape is None else (shape,)),
                      *([o.shape for o in outs] if not stores else ()))
    if outs is None:
        outs = tuple([first.device.empty(shape, t) for t in dtypes or (first.dtype,)])
    elif stores:
        if not inputs:
            shape = broadcast(*[o.shape for o in outs])
        for o in outs:
            if o.shape != shape:
                raise ValueError(f"a result of shape {shape} for a buffer of shape {o.shape}")
    if compute == "raw":
        ct = None
    else:
        ct = computing(*[x.dtype for x in inputs or outs]) if compute is None else computing(compute)
    n = math.prod(shape)
    if n:
        arrays = [as_numbers(a) for a in (*inputs, *outs)]
        strides, dims = _collapsed(shape, arrays)
        fn = kernel(text, len(inputs), len(outs), len(scalars), ct, len(dims) if strides else 0,
                    tuple([a.dtype.kind == "b" for a in (*inputs, *outs)]), bare, stores)
        numbers = [of_type(s, ct) if ct is not None and ct.kind == "f" else int(s) for s in scalars]
        width = block(n, 1024)
        extra = [*dims[1:], *[s for one in strides for s in one]] if strides else []
        launch(fn, -(-n // width), *arrays, *numbers, n, *extra, within=within, B=width)
    return outs[0] if len(outs) == 1 else outs


def _collapsed(shape, arrays):
    """(strides of each array over the merged axes, lengths of those), or (None, ()) where all are contiguous and whole."""
    if all([a.shape == shape and a.contiguous for a in arrays]):
        return None, ()
    every = []
    for a in arrays:
        lead = len(shape) - len(a.shape)
        every.append([0] * lead + [0 if n == 1 else s for n, s in zip(a.shape, a.strides)])
    dims, strides = [], [[] for _ in arrays]
    for k, n in enumerate(shape):
        if n == 1:
            continue
        # an axis that continues the one before in every array belongs to it
        if dims and all(s[-1] == e[k] * n for s, e in zip(strides, every)):
            dims[-1] *= n
            for s, e in zip(strides, every):
                s[-1] = e[k]
        else:
            dims.append(n)
            for s, e in zip(strides, every):
                s.append(e[k])
    if not dims:
        return [[0] for _ in arrays], [1]
    return strides, dims


def kernel(text, inputs, outputs, scalars, ct, rank, booleans=None, bare=(), stores=True):
    """The generated kernel of an expression; ``rank`` 0 is for contiguous arrays of one shape."""
    key = text, inputs, outputs, scalars, ct and ct.char, rank, booleans, bare, stores
    found = _kernels.get(key)
    if found is None:
        found = _kernels[key] = made("pointwise_kernel", _source(*key[:4], ct, *key[5:]))
    return found


def _source(text, inputs, outputs, scalars, ct, rank, booleans, bare, stores):
    names = [f"p{k}" for k in range(inputs)] + [f"q{k}" for k in range(outputs)]
    numbers = [_SCALARS[k] for k in range(scalars)]
    sizes = [f"n{d}" for d in range(1, rank)]
    steps = [f"{p}_{d}" for p in names for d in range(rank)]
    lines = ["@triton.jit",
             f"def pointwise_kernel({', '.join(names + [n + '_' for n in numbers] + ['n'] + sizes + steps)}, B: tl.constexpr):",
             "    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)", "    m = i < n"]
    put = lines.append
    at = {}
    if rank:
        put("    r = i")
        for d in range(rank - 1, -1, -1):
            if d:
                put(f"    t = r // n{d}")
                put(f"    k = r - t * n{d}")
                put("    r = t")
            for p in names:
                put(f"    {p}_at {'+' if p in at else ''}= {'k' if d else 'r'} * {p}_{d}")
                at[p] = f"{p}_at"
    else:
        lines += [f"    {p}_at = i" for p in names if p[0] == "q" or int(p[1:]) in bare]
    compute = ct and "tl." + ct.name
    for k in range(inputs):
        if k in bare:
            continue
        put(f"    x{k} = tl.load(p{k} + {at.get(f'p{k}', 'i')}, mask=m, other=1)" + (f".to({compute})" if ct else ""))
        if k < 3:
            put(f"    {'xyz'[k]} = x{k}")
    for name in numbers:
        if ct is not None and ct == _FLOAT64:
            put(f"    {name} = tl.cast({name}_, tl.int64).to(tl.float64, bitcast=True)")
        else:
            put(f"    {name} = tl.cast({name}_, {compute or 'tl.int64'})")
    *statements, last = text.split(";")
    lines += ["    " + s.strip() for s in statements]
    if not stores:
        return "\n".join([*lines, "    " + last.strip()]) + "\n"
    put(f"    v = {last.strip()}")
    if not inputs and outputs == 1:
        put("    v = v + tl.zeros_like(i).to(v.dtype)")
    for k in range(outputs):
        v = f"v[{k}]" if outputs > 1 else "v"
        if booleans and booleans[inputs + k]:
            put(f"    w{k} = ({v} != 0).to(tl.uint8)")
        else:
            put(f"    w{k} = {v}")
        put(f"    tl.store(q{k} + {at.get(f'q{k}', 'i')}, w{k}.to(q{k}.dtype.element_ty), mask=m)")
    return "\n".join(lines) + "\n"


def made(name, source):
    """The kernel ``name`` of a source text, which Triton reads again by way of the line cache."""
    module_name = f"_{name}_{next(_serial)}"
    path = f"<{module_name}>"
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    module = types.ModuleType(module_name)
    module.__file__ = path
    module.__dict__.update(triton=triton, tl=tl, libdevice=libdevice, **libm.FUNCTIONS)
    sys.modules[module_name] = module
    exec(compile(source, path, "exec"), module.__dict__)
    return module.__dict__[name]
