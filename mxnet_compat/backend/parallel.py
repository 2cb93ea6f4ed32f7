"""Large elementwise work split over a few threads: numpy releases the interpreter's lock while it computes.

The threads are started at first need, and again in a forked child. ``MXNET_CPU_WORKER_NTHREADS`` or ``OMP_NUM_THREADS``
bounds their number. Results are written where ``out`` says or into memory of the pool.
"""
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import pool

__all__ = ["binary", "blocks", "split", "threads", "unary"]

#: Results below so many bytes are computed by the calling thread alone.
SMALL = pool.SMALL

# The C library asks the system for each piece of 128 KiB or more and gives it back at once, page faults and all, until
# it has seen a larger piece freed: from then on it keeps pieces up to that size for the next request.
np.empty(4 << 20, np.uint8)

_state = threading.local()
_executor = None
_start = threading.Lock()


def threads():
    """How many threads share large work, the caller included."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for name in ("MXNET_CPU_WORKER_NTHREADS", "OMP_NUM_THREADS"):
        given = os.environ.get(name, "")
        if given.isdigit() and int(given) > 0:
            return min(available, int(given))
    return available


_count = threads()


def _workers():
    global _executor
    if _executor is None:
        with _start:
            if _executor is None:
                _executor = ThreadPoolExecutor(max(_count - 1, 1), thread_name_prefix="mxnet_compat")
    return _executor


def _forget():
    global _executor, _start
    _executor, _start = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def split(n, work):
    """Call ``work(begin, end)`` for parts of ``range(n)``, side by side. Exceptions come through."""
    parts = min(_count, n)
    if parts < 2 or getattr(_state, "inside", False):
        work(0, n)
        return
    bounds = [n * k // parts for k in range(parts + 1)]
    futures = [_workers().submit(_inside, work, bounds[k], bounds[k + 1]) for k in range(1, parts)]
    try:
        work(0, bounds[1])
    finally:
        # the others write into the same result, so it is not left before they have ended
        errors = [f.exception() for f in futures]
    for e in errors:
        if e is not None:
            raise e


def _inside(work, begin, end):
    # work that comes to a worker is not split again
    _state.inside = True
    with np.errstate(all="ignore"):
        work(begin, end)


#: Elements of a block: a few arrays of so many stay in the cache of a core.
BLOCK = 1 << 15


def blocks(function, *arrays, dtype=None):
    """``function(*arrays)`` for an elementwise function of arrays of one shape, block by block where they are large.

    What the function allocates on its way then never leaves the cache. The result has ``dtype``, or the first array's.
    """
    first = arrays[0]
    if not first.ndim:
        # without dimensions numpy computes scalars, which nothing can be written over
        return function(*[a.reshape(1) for a in arrays]).reshape(())
    if first.nbytes < SMALL or not all(a.shape == first.shape and a.flags.c_contiguous for a in arrays):
        return function(*arrays)
    out = pool.empty(first.shape, dtype or first.dtype)
    flat, y = [a.reshape(-1) for a in arrays], out.reshape(-1)

    def work(begin, end):
        for i in range(begin, end, BLOCK):
            j = min(i + BLOCK, end)
            y[i:j] = function(*[a[i:j] for a in flat])
    split(y.size, work)
    return out


def unary(ufunc, x, out=None):
    """``ufunc(x)``, in parts where ``x`` is large."""
    if x.nbytes < SMALL:
        return ufunc(x, out=out)
    if out is None:
        out = pool.empty(x.shape, x.dtype)
    if not (x.flags.c_contiguous and out.flags.c_contiguous):
        return ufunc(x, out=out)
    a, y = x.reshape(-1), out.reshape(-1)
    split(a.size, lambda i, j: ufunc(a[i:j], out=y[i:j]))
    return out


def binary(ufunc, a, b, out=None):
    """``ufunc(a, b)`` with broadcasting, in parts where the result is large. Either operand may be a scalar."""
    plain = isinstance(a, np.ndarray), isinstance(b, np.ndarray)
    big = a if plain[0] and (not plain[1] or a.size >= b.size) else b
    if big.nbytes < SMALL:
        return ufunc(a, b, out=out)
    same = plain[0] and plain[1] and a.shape == b.shape
    shape = big.shape if same or not all(plain) else np.broadcast_shapes(a.shape, b.shape)
    if out is None:
        out = pool.empty(shape, big.dtype)
    elif out.shape != shape:
        return ufunc(a, b, out=out)
    if (same or not all(plain)) and out.flags.c_contiguous and all(
            x.flags.c_contiguous for x, p in zip((a, b), plain) if p):
        flat = [x.reshape(-1) if p else None for x, p in zip((a, b), plain)]
        y = out.reshape(-1)

        def work(i, j):
            ufunc(flat[0][i:j] if plain[0] else a, flat[1][i:j] if plain[1] else b, out=y[i:j])
        split(y.size, work)
        return out
    n = shape[0]
    rows = [p and x.ndim == len(shape) and x.shape[0] == n for x, p in zip((a, b), plain)]

    def work_rows(i, j):
        ufunc(a[i:j] if rows[0] else a, b[i:j] if rows[1] else b, out=out[i:j])
    split(n, work_rows)
    return out
