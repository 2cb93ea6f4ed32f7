"""Reductions, norms, sums along an axis, positions of extremes."""
from ...ops import shapes
from .graph import converts


def _axes(call, axis, exclude=False):
    """The reduced axes as a list; None for all."""
    if axis is None or axis == () or isinstance(axis, int) and not exclude:
        return None if axis is None or axis == () else [shapes.normalize_axis(axis, call.ndim())]
    axis = (axis,) if isinstance(axis, int) else tuple(axis)
    return list(shapes.axes(axis, call.ndim(), exclude))


def _reduced(call, kind, x, axes, keepdims):
    """Emit the reduction of a value; where everything is summed up, there is one element and not none."""
    whole = not keepdims and (axes is None or len(axes) == call.ndim())
    if kind == "ReduceSum":
        ins, attrs = [x, None if axes is None else call.ints(*axes)], {"keepdims": int(keepdims)}
    else:
        ins, attrs = [x], {"axes": axes, "keepdims": int(keepdims)}
    if whole:
        call.emit("Reshape", call.mid(kind, *ins, **attrs), call.ints(1))
    else:
        call.emit(kind, *ins, **attrs)


_KINDS = {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax", "min": "ReduceMin", "prod": "ReduceProd"}


@converts(*_KINDS)
def _reduce(call):
    axes = _axes(call, call.p["axis"], call.p["exclude"])
    if axes == []:
        call.emit("Identity", call.ins[0])
    else:
        _reduced(call, _KINDS[call.op], call.ins[0], axes, call.p["keepdims"])


@converts("norm")
def _norm(call):
    if call.p["ord"] not in (1, 2):
        raise call.no(f"ord={call.p['ord']}")
    _reduced(call, f"ReduceL{call.p['ord']}", call.ins[0], _axes(call, call.p["axis"]), call.p["keepdims"])


@converts("argmax", "argmin")
def _position(call):
    x, axis, keep = call.ins[0], call.p["axis"], call.p["keepdims"]
    kind = "ArgMax" if call.op == "argmax" else "ArgMin"
    if axis is None:
        found = call.mid(kind, call.reshaped(x, -1), axis=0, keepdims=1)
        if keep:
            found = call.reshaped(found, *[1] * call.ndim())
    else:
        found = call.mid(kind, x, axis=int(axis), keepdims=int(keep or call.ndim() == 1))
    call.emit_cast(found)


@converts("argmax_channel")
def _channel(call):
    call.emit_cast(call.mid("ArgMax", call.ins[0], axis=1, keepdims=0))


@converts("cumsum")
def _cumsum(call):
    x, axis = call.ins[0], call.p["axis"]
    if call.p["dtype"] is not None:
        x = call.cast(x, call.p["dtype"])
    if axis is None:
        x, axis = call.reshaped(x, -1), 0
    call.emit("CumSum", x, call.ints(axis))
