"""From a trace to two programs: what forward computes, and what backward computes from what forward keeps.

Equal calls are made once, what nobody needs is dropped, calls that only copy become views, and results are written into
inputs that nobody needs afterwards. Nothing here runs or writes code.
"""
import numpy as np

from ..backend.pool import SMALL
from . import again, fuse, kernels, layout

__all__ = ["Program", "split"]


class Program:
    """Steps with what goes in and out, as numbers of values.

    ``inputs`` come from the caller, ``kept`` from the forward program (whose ``kept`` are what it hands on), ``heads``
    are the gradients of outputs; ``results`` are given back (None: no such result). ``views``: numbers that share
    memory with the number they map to.
    """

    def __init__(self, trace, steps, results):
        self.constants, self.kinds, self.steps, self.results = trace.constants, trace.kinds, steps, results
        self.inputs, self.kept, self.heads, self.views = [], [], [], {}
        self.repeats = False
        self.into = []              # places of results that are written into memory which the caller may hand in

    def root(self, n):
        """The number of the value whose memory ``n`` shows."""
        while n in self.views:
            n = self.views[n]
        return n

    def nbytes(self, n):
        """Size of a value in bytes."""
        shape, dtype = self.kinds[n]
        return int(np.prod(shape, dtype=np.int64)) * dtype.itemsize


def has_effect(step):
    """Whether a call does more than give its results: it draws numbers, or changes an input."""
    return "rng" in step.op.injected or any(i.aux for i in step.op.inputs)


def _key(step, ins):
    params = step.params
    return step.op, tuple(ins), tuple([(k, repr(v)) for k, v in params.items()])


def _merge(steps, fixed):
    """Equal calls once; ``fixed`` numbers keep their own call. The steps left and what replaces what."""
    seen, new, left = {}, {}, []
    for s in steps:
        s.ins = [new.get(i, i) for i in s.ins]
        if has_effect(s) or any(o in fixed for o in s.outs):
            left.append(s)
            continue
        key = _key(s, s.ins)
        before = seen.get(key)
        if before is None:
            seen[key] = s
            left.append(s)
        else:
            new.update(zip(s.outs, before.outs))
    return left, new


def _needed(steps, wanted):
    """The steps that lead to ``wanted`` or have an effect, in order."""
    wanted, left = set(wanted), []
    for s in reversed(steps):
        if has_effect(s) or any(o in wanted for o in s.outs):
            left.append(s)
            wanted.update(i for i in s.ins if i is not None)
    return left[::-1]


def _use(steps):
    return {i for s in steps for i in s.ins if i is not None}


def split(trace, forward_steps, backward_steps, inputs, heads, dys, grads):
    """(forward program, backward program) of a trace; ``grads`` are numbers, or None for inputs that get none."""
    forward, new = _merge(forward_steps, set(heads))
    for s in backward_steps:
        s.ins = [new.get(i, i) for i in s.ins]
    grads = [new.get(g, g) for g in grads]
    backward, new = _merge(backward_steps, ())
    grads = [new.get(g, g) for g in grads]
    backward = _needed(backward, [g for g in grads if g is not None])
    results = {g for g in grads if g is not None}
    forward, backward = layout.convert(trace, forward, backward, {*heads, *results})
    made = {o for s in forward for o in s.outs}
    used = _use(backward) | results
    kept = sorted(used & made)
    forward, backward, kept = again.recompute(trace, forward, backward, kept, set(grads), Program(trace, [], []).nbytes)
    used = _use(backward) | results
    kept = sorted(used & {o for s in forward for o in s.outs})
    forward = _needed(forward, [*heads, *kept])
    f, b = Program(trace, forward, list(heads)), Program(trace, backward, grads)
    f.inputs, f.kept = list(inputs), kept
    b.inputs, b.kept, b.heads = [i for i in inputs if i in used], kept, list(dys)
    # memory that the caller may change before backward comes must have been copied
    outside = set(inputs) | set(trace.constants)
    _make_views(f, set(heads), lambda n: n in outside and bool(kept))
    _make_views(b, {g for g in grads if g is not None}, lambda n: False)
    # run again after an error it would change things twice; and what is large is let go at once
    b.repeats = not any(map(has_effect, b.steps)) and sum(map(b.nbytes, kept)) < SMALL
    for p, protected in ((f, [*heads, *kept]), (b, [g for g in grads if g is not None])):
        fuse.fuse(p, set(protected))
        _reuse(p, protected)
    _into(b)
    return f, b


def _into(program):
    """Large results that a step can write straight into memory of the caller's."""
    for s in program.steps:
        for n in kernels.given_memory(s):
            if program.results.count(n) == 1 and program.nbytes(n) >= SMALL // 4 and n not in program.views and s.plain:
                s.into = program.results.index(n)
                program.into.append(s.into)


def _make_views(program, fixed, foreign):
    """Calls that only copy become views, unless the result is ``fixed`` or shows ``foreign`` memory that is kept."""
    kept = set(program.kept)
    for s in program.steps:
        source = kernels.copies(s)
        if source is None:
            continue
        out = s.outs[0]
        if out in fixed or (foreign(program.root(source)) and out in kept):
            continue
        program.views[out] = source


def _reuse(program, protected):
    """Choose for each step that can write into an input's memory an input of no use afterwards."""
    root = program.root
    last, owner = {}, {}
    for k, s in enumerate(program.steps):
        for i in s.ins:
            if i is not None:
                last[root(i)] = k
        for j, o in enumerate(s.outs):
            if o not in program.views and s.fresh[j]:
                owner[o] = s
    held = {root(n) for n in protected}
    for k, s in enumerate(program.steps):
        if s.outs[0] in program.views or not kernels.writes_over(s):
            continue
        shape, dtype = s.shapes[0], s.dtypes[0]
        for place in kernels.writes_over(s):
            i = s.ins[place]
            if i is None:
                continue
            r = root(i)
            if r in owner and r not in held and last[r] == k and program.kinds[i] == (shape, dtype) and \
                    not any(root(j) == r and j != i for j in s.ins if j is not None):
                s.inplace = i
                # the result lives in that memory from now on
                program.views[s.outs[0]] = i
                last[r] = max(last[r], last.get(s.outs[0], k))
                if s.outs[0] in held:
                    held.add(r)
                break
