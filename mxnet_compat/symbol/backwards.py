"""What the shape of an operator's output tells of its inputs, for the operators where networks rely on it.

States of recurrent cells begin as zeros whose batch is not known, and the parameters of a fused layer are the parts of one
vector: both follow from what comes after them. 0 is an unknown dimension. Rules of one shape everywhere are not needed here.
"""
import math

__all__ = ["inputs_from_outputs"]


def _fully_connected(ins, outs, params):
    data, out = ins[0], outs[0]
    if data is None or out is None:
        return ins
    if params["flatten"]:
        data = (data[0] or out[0], *data[1:])
    elif len(data) == len(out):
        data = (*(a or b for a, b in zip(data[:-1], out[:-1])), data[-1])
    return [data, *ins[1:]]


def _reshape(ins, outs, params):
    data, out = ins[0], outs[0]
    if params["shape"] in ((-1,), -1) and data and out and out[0] and data.count(0) == 1:
        rest = math.prod(d for d in data if d)
        if out[0] % rest == 0:
            data = tuple(d or out[0] // rest for d in data)
    return [data]


def _joined(ins, outs, params):
    """Arrays along an axis: what the others leave is that of one that is not known, or halves of two (both directions)."""
    out, axis = outs[0], params["dim"]
    if out is None:
        return ins
    axis += len(out) if axis < 0 else 0
    ins = [tuple(a or (0 if k == axis else b) for k, (a, b) in enumerate(zip(s or (0,) * len(out), out))) for s in ins]
    unknown = [k for k, s in enumerate(ins) if not s[axis]]
    rest = out[axis] - sum(s[axis] for s in ins)
    if len(unknown) in (1, 2) and rest > 0 and rest % len(unknown) == 0:
        for k in unknown:
            ins[k] = (*ins[k][:axis], rest // len(unknown), *ins[k][axis + 1:])
    return ins


def _stacked(ins, outs, params):
    out = outs[0]
    if out is None:
        return ins
    axis = params["axis"] % len(out)
    return [out[:axis] + out[axis + 1:] for _ in ins]


def _swapped(ins, outs, params):
    out = outs[0]
    if out is None:
        return ins
    found = list(out)
    a, b = params["dim1"], params["dim2"]
    found[a], found[b] = found[b], found[a]
    return [tuple(found)]


def _expanded(ins, outs, params):
    out = outs[0]
    if out is None:
        return ins
    axis = params["axis"] % len(out)
    return [out[:axis] + out[axis + 1:]]


def _split(ins, outs, params):
    """Parts of one array: what any of them is across the axis, the array is too; along it, that many times as long."""
    data = ins[0]
    if data is None:
        return ins
    axis = params["axis"] % len(data)
    for out in outs:
        if out is None:
            continue
        if params["squeeze_axis"]:
            out = (*out[:axis], 1, *out[axis:])
        if len(out) == len(data):
            whole = (*out[:axis], out[axis] * params["num_outputs"], *out[axis + 1:])
            data = tuple(a or b for a, b in zip(data, whole))
    return [data]


_RULES = {"FullyConnected": _fully_connected, "Reshape": _reshape, "_rnn_param_concat": _joined, "stack": _stacked,
          "SliceChannel": _split,
          "SwapAxis": _swapped, "expand_dims": _expanded}


def inputs_from_outputs(op, ins, outs, params):
    """Shapes of inputs, completed from those of outputs; contradictions are left to the operator's own rule."""
    rule = _RULES.get(op.name)
    return ins if rule is None else rule(list(ins), list(outs), params)
