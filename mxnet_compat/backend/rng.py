"""Random generators of each context: counter-based (Philox), seeded by ``mx.random.seed``, apart from numpy's own."""
import os
import threading

import numpy as np

from .. import context as _context

__all__ = ["context", "generator", "seed"]

_lock = threading.Lock()
_generators = {}
_for_all = None      # the seed of contexts that have not drawn yet


def context(ctx):
    """The context named by an operator's ``ctx`` parameter (a Context, text like ``'cpu(0)'``, or nothing)."""
    if not ctx:
        return _context.resolve(None)
    if isinstance(ctx, str):
        kind, _, number = ctx.rstrip(")").partition("(")
        try:
            ctx = _context.Context(kind, int(number or 0))
        except (KeyError, ValueError):
            raise ValueError(f"ctx must look like 'cpu(0)', got {ctx!r}") from None
    return _context.resolve(ctx)


def _make(seed, ctx):
    # a GPU gives the numbers of the processor of its index
    kind = 1 if ctx.device_typeid == 2 else ctx.device_typeid
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, kind, ctx.device_id])))


def generator(ctx):
    """The generator of a context; an unseeded one starts from the system's entropy."""
    g = _generators.get(ctx)
    if g is None:
        with _lock:
            g = _generators.get(ctx)
            if g is None:
                start = _for_all if _for_all is not None else int.from_bytes(os.urandom(8), "little")
                g = _generators[ctx] = _make(start, ctx)
    return g


def seed(value, ctx="all"):
    """Start the generator of ``ctx`` (or of every context) anew from ``value``."""
    global _for_all
    value = int(value) & 0xFFFFFFFFFFFFFFFF
    with _lock:
        if ctx == "all":
            _for_all = value
            _generators.clear()
        else:
            ctx = _context.intern(ctx)
            _generators[ctx] = _make(value, ctx)
