"""ONNX's slices, parts and joints."""
import numpy as np

from .... import symbol as sym
from .graph import imports

_FAR = 2**31 - 1


@imports("Slice")
def _slice(call):
    if call.has(1):
        starts, ends = call.ints(1), call.ints(2)
        axes = call.ints(3) if call.has(3) else tuple(range(len(starts)))
        steps = call.ints(4) if call.has(4) else (1,) * len(starts)
    else:
        starts, ends = call.attr("starts"), call.attr("ends")
        axes, steps = call.attr("axes", tuple(range(len(starts)))), (1,) * len(starts)
    if len(axes) == 1 and steps[0] == 1:
        end = None if ends[0] >= _FAR else ends[0]
        shape = call.shape_or_none()
        if end is not None and shape is not None:
            end = min(end, shape[axes[0]])
        return sym.slice_axis(call.sym(), axis=axes[0], begin=starts[0], end=end, name=call.name)
    shape = call.shape()
    begin, end, step = ([None] * len(shape) for _ in range(3))
    for a, b, e, s in zip(axes, starts, ends, steps):
        part = slice(b, None if s < 0 and e < -shape[a] else e, s).indices(shape[a])
        begin[a], end[a], step[a] = part[0], part[1] if part[1] >= 0 else None, s
    return sym.slice(call.sym(), begin=tuple(begin), end=tuple(end), step=tuple(step), name=call.name)


@imports("Concat")
def _concat(call):
    return sym.concat(*[call.sym(k) for k in range(len(call.ins))], dim=call.attr("axis", 1), name=call.name)


@imports("Split")
def _split(call):
    axis, sizes = call.attr("axis", 0), call.attr("split")
    if sizes is None and call.has(1):
        sizes = call.ints(1)
    if call.outputs == 1:
        return [sym.identity(call.sym(), name=call.name)]
    if sizes is None or len(set(sizes)) == 1:
        return list(sym.split(call.sym(), num_outputs=call.outputs, axis=axis, name=call.name))
    marks = tuple(int(v) for v in np.cumsum(sizes)[:-1])
    return list(sym.split_v2(call.sym(), marks, axis=axis))
