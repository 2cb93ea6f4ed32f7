"""Plans in words: steps, buffers and bytes."""
from .layout import BESIDE

__all__ = ["text"]


def _size(n):
    for unit in ("B", "KiB", "MiB"):
        if n < 1024:
            return f"{n:.4g} {unit}"
        n /= 1024
    return f"{n:.4g} GiB"


def _number(n):
    """A value's name; what stands beside a value of the trace has a letter, ``p`` for the same with pixels first."""
    kind, n = divmod(n, BESIDE) if n >= 0 else (0, n)
    return f"%{n}{' pqrs'[kind].strip()}"


def _value(program, n):
    shape, dtype = program.kinds[n]
    return f"{_number(n)} {dtype.name}{list(shape)}"


def _name(program, n):
    return "-" if n is None else f"const {_value(program, n)}" if n in program.constants else _number(n)


def peak(program):
    """(buffers, bytes together, bytes at most at a time) that the steps of a program allocate."""
    last = {}
    for k, s in enumerate(program.steps):
        for n in (*s.ins, *s.outs):
            if n is not None:
                last[program.root(n)] = k
    for n in (*program.results, *program.kept):
        if n is not None:
            last[program.root(n)] = len(program.steps)
    count = total = now = most = 0
    alive = {}
    for k, s in enumerate(program.steps):
        for o in s.outs:
            if program.root(o) == o:
                count, alive[o] = count + 1, program.nbytes(o)
                total, now = total + alive[o], now + alive[o]
        most = max(most, now)
        for n in [n for n in alive if last[n] == k]:
            now -= alive.pop(n)
    return count, total, most


def _program(program, title):
    count, total, most = peak(program)
    lines = [f"  {title}: {len(program.steps)} steps, {count} buffers of {_size(total)}, at most {_size(most)} at a time"]
    for s in program.steps:
        out = s.outs[0]
        note = ""
        if s.inplace is not None:
            note = f"  into {_number(s.inplace)}"
        elif out in program.views:
            note = "  view"
        params = ", ".join(f"{k}={v}" for k, v in s.params.items())
        lines.append(f"    {', '.join(_value(program, o) for o in s.outs)} = {s.op.name}"
                     f"({', '.join(_name(program, i) for i in s.ins)}{'; ' if params else ''}{params}){note}")
    return lines


def text(plans):
    """What the plans of one computation do, as text.

    A line for each step: results with type and shape, operator, inputs and parameters, and whether the result is
    written into an input or is a view of it.
    """
    lines = [] if plans.failed is None else [f"a call ran operator by operator after {plans.failed}"]
    for key, plan in list(plans.plans.items()):
        mode = ("recorded, " if key[0] else "") + ("training" if key[1] else "inference")
        if not plan:
            lines.append(f"{mode}: " + ("not compiled before it comes again" if plan == 0 else
                                        f"runs operator by operator ({plans.reason})"))
            continue
        p = plan.program
        kept = sum(p.nbytes(n) for n in p.kept if n not in p.inputs)
        lines.append(f"{mode}, inputs {', '.join(_value(p, n) for n in p.inputs)}; gives "
                     f"{', '.join(_number(n) for n in p.results)}; keeps {len(p.kept)} buffers of {_size(kept)}")
        lines += _program(p, "forward")
        for b, compiled in list(plan._backward.values()):
            if compiled is not None:
                lines += _program(b, "backward")
                lines.append(f"  gradients: {', '.join('none' if n is None else _number(n) for n in b.results)}")
    return "\n".join(lines)
