"""Cutting arrays into parts and joining them."""
import numpy as np

from .graph import converts

_MOST, _LEAST = np.iinfo(np.int64).max, np.iinfo(np.int64).min


@converts("slice")
def _slice(call):
    begin, end = call.p["begin"], call.p["end"]
    n = max(len(begin), len(end))
    step = [s or 1 for s in call.p["step"] or ()] + [1] * n
    starts, stops, axes, steps = [], [], [], []
    for k in range(n):
        b = begin[k] if k < len(begin) else None
        e = end[k] if k < len(end) else None
        if b is None and e is None and step[k] == 1:
            continue
        axes.append(k)
        steps.append(step[k])
        starts.append((0 if step[k] > 0 else _MOST) if b is None else b)
        stops.append((_MOST if step[k] > 0 else _LEAST) if e is None else e)
    if axes:
        call.emit("Slice", call.ins[0], *map(lambda v: call.ints(*v), (starts, stops, axes, steps)))
    else:
        call.emit("Identity", call.ins[0])


@converts("slice_axis")
def _slice_axis(call):
    end = call.p["end"]
    call.emit("Slice", call.ins[0], call.ints(call.p["begin"] or 0), call.ints(_MOST if end is None else end),
              call.ints(call.p["axis"]))


@converts("slice_like")
def _slice_like(call):
    axes = call.p["axes"]
    axes = (axes,) if isinstance(axes, int) else axes or range(call.ndim())
    axes = [a % call.ndim() for a in axes]
    ends = call.mid("Gather", call.mid("Shape", call.ins[1]), call.ints(*axes))
    call.emit("Slice", call.ins[0], call.ints(*[0] * len(axes)), ends, call.ints(*axes))


def _parts(call, axis, sizes=None):
    """Emit the parts of the input: equal ones, or of these sizes; without the axis where that is wanted."""
    x, squeeze = call.ins[0], call.p["squeeze_axis"]
    n = len(call.outs)
    if n == 1:
        parts = [x]
    else:
        parts = call.mid("Split", x, None if sizes is None else call.ints(*sizes), outputs=n, axis=axis)
    if squeeze:
        parts = [call.mid("Squeeze", p, call.ints(axis)) for p in parts]
    call.give(*parts)


@converts("SliceChannel")
def _slice_channel(call):
    _parts(call, call.p["axis"])


@converts("_split_v2")
def _split_v2(call):
    axis = call.p["axis"]
    if call.p["sections"]:
        _parts(call, axis)
        return
    marks = [*call.p["indices"], call.fixed()[axis]]
    if marks[0] != 0:
        marks = [0, *marks]
    _parts(call, axis, [b - a for a, b in zip(marks, marks[1:])])


@converts("Concat", "_rnn_param_concat")
def _concat(call):
    call.emit("Concat", *call.ins, axis=call.p["dim"])


@converts("stack")
def _stack(call):
    axis = call.p["axis"] % (call.ndim() + 1)
    call.emit("Concat", *[call.unsqueezed(x, axis) for x in call.ins], axis=axis)
