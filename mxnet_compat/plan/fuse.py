"""Chains of elementwise steps on large arrays become one step that goes over them in blocks which stay in the cache."""
from ..backend.pool import SMALL
from . import kernels

__all__ = ["Fused", "code", "fuse"]


class _Chain:
    """What stands for an operator in a fused step."""
    outputs, composite = 1, False
    injected, inputs = frozenset(), ()

    def __init__(self, parts):
        self.name = "chain of " + ", ".join(s.op.name for s in parts)


class Fused:
    """Elementwise steps of one shape and type as one step; has the attributes of ``trace.Step``, and its ``parts``."""
    plain, inplace, into, block = True, None, None, False

    def __init__(self, parts, needed):
        self.parts, self.op, self.params = parts, _Chain(parts), {}
        made = {p.outs[0]: p for p in parts}
        self.ins = list(dict.fromkeys(i for p in parts for i in p.ins if i not in made))
        self.outs = [o for o in made if o in needed]
        self.shapes = [made[o].shapes[0] for o in self.outs]
        self.dtypes = [made[o].dtypes[0] for o in self.outs]
        self.fresh = [True] * len(self.outs)
        self.given = [next(g for p in parts for j, g in zip(p.ins, p.given) if j == i) for i in self.ins]


def _fits(step, program):
    return step.outs[0] not in program.views and program.nbytes(step.outs[0]) >= SMALL and kernels.elementwise(step)


def fuse(program, protected):
    """Replace runs of two or more such steps; ``protected`` values are needed after all steps."""
    steps, runs = program.steps, []
    for s in steps:
        if not _fits(s, program):
            runs.append(s)
            continue
        last = runs[-1] if runs else None
        if type(last) is list and last[0].shapes == s.shapes and last[0].dtypes == s.dtypes:
            last.append(s)
        else:
            runs.append([s])
    users = {}
    for k, run in enumerate(runs):
        for s in run if type(run) is list else [run]:
            for i in s.ins:
                users.setdefault(i, set()).add(k)
    program.steps = []
    for k, run in enumerate(runs):
        if type(run) is not list or len(run) == 1:
            program.steps += run if type(run) is list else [run]
            continue
        needed = {s.outs[0] for s in run if s.outs[0] in protected or users.get(s.outs[0], set()) - {k}}
        if needed:
            program.steps.append(Fused(run, needed))


def code(step, name, put, constant, define):
    """Write a fused step: ``define`` takes the lines of a function and gives its name."""
    size = kernels.size_of(step.shapes[0])
    over = {} if step.inplace is None else {step.outs[0]: step.inplace}
    for o, shape, dtype in zip(step.outs, step.shapes, step.dtypes):
        put(f"{name(o)} = " + (name(over[o]) if o in over else f"empty({shape}, {constant(dtype)})"))
    arrays = [i for i, (s, _) in zip(step.ins, step.given) if kernels.size_of(s) == size and size > 1]
    single = [i for i in step.ins if i not in arrays]
    local = {n: f"x{k}" for k, n in enumerate((*arrays, *single))}
    body = [f"{local[i]} = a{k}[i_:e_]" for k, i in enumerate(arrays)]
    local.update((p.outs[0], f"y{k}") for k, p in enumerate(step.parts))
    direct = [o for o in step.outs if o not in over]
    body += [f"{local[o]} = o{step.outs.index(o)}[i_:e_]" for o in direct]
    last = {i: k for k, p in enumerate(step.parts) for i in p.ins}
    made = {}       # value -> the temporary in whose memory it is, None for a result's own
    for k, p in enumerate(step.parts):
        out = p.outs[0]
        p.block = True
        if out in direct:
            p.inplace, made[out] = out, None
        else:
            # a temporary that is not read again takes the result
            free = [i for i in p.ins if made.get(i) is not None and i not in step.outs and last[i] == k]
            free = [i for place, i in enumerate(p.ins) if i in free and place in kernels.writes_over(p)]
            p.inplace = free[0] if free else None
            made[out] = out
        kernels.code(p, local.get, body.append, constant)
    body += [f"o{step.outs.index(o)}[i_:e_] = {local[o]}" for o in over]
    flat = [f"a{k}" for k in range(len(arrays))] + [local[i] for i in single] + [f"o{k}" for k in range(len(step.outs))]
    function = define([f"({', '.join(flat)}):", "    def work(i_, j_):", "        while i_ < j_:",
                       "            e_ = min(i_ + block, j_)", *["            " + line for line in body],
                       "            i_ = e_", f"    split({size}, work)"])
    given = [f"{name(i)}.reshape(-1)" for i in arrays] + [f"{name(i)}.reshape(())" for i in single]
    put(f"{function}({', '.join([*given, *[f'{name(o)}.reshape(-1)' for o in step.outs]])})")
