"""Large values that backward needs and that cost little are computed again instead of kept.

A value comes again where a chain of steps of one large input each (elementwise ones, batch normalisation in training)
leads to it from a value that is kept anyway. It is computed just before its first use, by the same kernels, so that it is
the same to the bit. ``MXNET_BACKWARD_DO_MIRROR=0`` keeps everything.
"""
import copy
import os

from ..backend.pool import SMALL
from ..ops.declare import registry
from . import kernels, layout
from .trace import Step

__all__ = ["recompute", "snapshot"]


def snapshot(n):
    """The number of the copy of the small input ``n`` that forward keeps for backward."""
    return -1 - n


def _source(step, out, trace):
    """The large input from which a step can be run again for ``out``, or None."""
    if step.op.name == "BatchNorm":
        batch = step.params["training"] and not step.params["use_global_stats"]
        small = all(i < trace.inputs for i in step.ins[1:])
        return step.ins[0] if batch and small and out == step.outs[0] else None
    if step.op is layout.TRAIN:
        return step.ins[0] if step.ins[5] is None and out == step.outs[0] else None
    return step.ins[0] if len(step.ins) == 1 and kernels.elementwise(step) else None


def _again(step, source, new, trace):
    """A copy of a step for the backward program: its own results, ``source`` replaced."""
    s = copy.copy(step)
    if step.op is layout.TRAIN:
        # with mean, scale and shift as they were
        s.op, s.params = layout.APPLY, {"limits": step.params["limits"]}
        s.ins, s.outs = [new.get(step.ins[0], step.ins[0]), step.outs[1], *step.outs[3:]], [trace.fresh(step.outs[0])]
        s.given, s.shapes, s.dtypes = [trace.kinds[i] for i in s.ins], step.shapes[:1], step.dtypes[:1]
        s.fresh = [True]
        new[step.outs[0]] = s.outs[0]
        return s
    s.outs = [trace.fresh(o) for o in step.outs]
    s.ins = [new.get(i, i) for i in step.ins]
    if step.op.name == "BatchNorm":
        gamma, beta = (snapshot(i) for i in step.ins[1:3])
        # the moving statistics take no part in training
        s.ins = [s.ins[0], gamma, beta, beta, beta]
    new[step.outs[0]] = s.outs[0]
    return s


def recompute(trace, forward, backward, kept, fixed, nbytes):
    """(forward steps, backward steps, kept numbers) with large values computed again; ``fixed`` ones stay."""
    if os.environ.get("MXNET_BACKWARD_DO_MIRROR", "1") == "0":
        return forward, backward, kept
    made = {o: s for s in forward for o in s.outs}
    stay, copies, first = set(kept), {}, {}
    for k, s in enumerate(backward):
        for i in s.ins:
            first.setdefault(i, k)
    before = {}         # place in backward -> steps to be put there
    renamed = {}
    for v in kept:
        if nbytes(v) < SMALL or v not in first or v in fixed:
            continue
        chain, n = [], v
        while n in made and (n == v or n not in stay):
            source = _source(made[n], n, trace)
            if source is None:
                break
            chain.append(made[n])
            n = source
        if not chain or n not in stay or n == v:
            continue
        stay.discard(v)
        new = {}
        steps = [_again(s, n, new, trace) for s in reversed(chain)]
        for s in chain:
            if s.op.name == "BatchNorm":
                copies.update((snapshot(i), i) for i in s.ins[1:3])
        before.setdefault(first[v], []).extend(steps)
        renamed[v] = new[v]
    if not renamed:
        return forward, backward, kept
    result = []
    for k, s in enumerate(backward):
        result += before.get(k, ())
        s.ins = [renamed.get(i, i) for i in s.ins]
        result.append(s)
    op = registry.get("_copy")
    for c, i in sorted(copies.items(), reverse=True):
        trace.kinds[c] = trace.kinds[i]
        forward = [*forward, Step(op, [i], [c], {}, [trace.like(i)], True, None, [trace.like(i)])]
    return forward, result, sorted({*stay, *copies})
