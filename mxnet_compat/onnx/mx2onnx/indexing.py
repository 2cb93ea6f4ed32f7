"""Choosing by index, sorting, sequences of several lengths."""
import numpy as np

from .graph import converts


def _within(call, index, data, axis, mode):
    """Indices as int64; those outside are drawn in, or counted around, as the mode says."""
    index = call.cast(index, "int64")
    if mode == "raise":
        return index
    last = call.mid("Sub", call.mid("Gather", call.mid("Shape", data), call.ints(axis)), call.ints(1))
    if mode == "clip":
        return call.mid("Max", call.mid("Min", index, last), call.ints(0))
    return call.mid("Mod", index, call.mid("Add", last, call.ints(1)))


@converts("take")
def _take(call):
    axis = call.p["axis"]
    call.emit("Gather", call.ins[0], _within(call, call.ins[1], call.ins[0], axis, call.p["mode"]), axis=axis)


@converts("Embedding", "_contrib_SparseEmbedding")
def _embedding(call):
    index = _within(call, call.ins[0], call.ins[1], 0, "clip")
    call.emit("Gather", call.ins[1], index, axis=0)


@converts("batch_take")
def _batch_take(call):
    index = call.unsqueezed(_within(call, call.ins[1], call.ins[0], 1, "clip"), 1)
    call.emit("Squeeze", call.mid("GatherElements", call.ins[0], index, axis=1), call.ints(1))


@converts("pick")
def _pick(call):
    axis, n = call.p["axis"], call.ndim()
    if axis is None:
        raise call.no("axis=None")
    axis %= n
    index = _within(call, call.ins[1], call.ins[0], axis, call.p["mode"])
    if call.ndim(1) < n:
        index = call.unsqueezed(index, axis)
    found = call.mid("GatherElements", call.ins[0], index, axis=axis)
    if call.p["keepdims"]:
        call.emit("Identity", found)
    elif n == 1:
        call.emit("Reshape", found, call.ints(1))
    else:
        call.emit("Squeeze", found, call.ints(axis))


@converts("gather_nd")
def _gather_nd(call):
    n = call.ndim(1)
    call.emit("GatherND", call.ins[0], call.cast(call.transposed(call.ins[1], (*range(1, n), 0)), "int64"))


@converts("one_hot")
def _one_hot(call):
    dtype = np.dtype(call.p["dtype"])
    values = call.const(np.array([call.p["off_value"], call.p["on_value"]], dtype))
    call.emit("OneHot", call.cast(call.ins[0], "int64"), call.ints(call.p["depth"]), values, axis=-1)


def _sorted(call, axis, k, ascending):
    """(values, positions) of the first ``k`` along an axis, or of all; an axis of None means the flat array."""
    x = call.ins[0]
    if axis is None:
        x, axis = call.reshaped(x, -1), 0
    count = call.ints(k) if k else call.mid("Gather", call.mid("Shape", x), call.ints(axis))
    return call.mid("TopK", x, count, outputs=2, axis=axis, largest=int(not ascending), sorted=1)


@converts("topk")
def _topk(call):
    kind = call.p["ret_typ"]
    if kind == "mask":
        raise call.no("ret_typ='mask'")
    values, positions = _sorted(call, call.p["axis"], call.p["k"], call.p["is_ascend"])
    if kind == "value":
        call.give(values)
    elif kind == "both":
        call.give(values, call.cast(positions, call.p["dtype"]))
    else:
        call.emit_cast(positions, call.p["dtype"])


@converts("sort")
def _sort(call):
    call.give(_sorted(call, call.p["axis"], 0, call.p["is_ascend"])[0])


@converts("argsort")
def _argsort(call):
    call.emit_cast(_sorted(call, call.p["axis"], 0, call.p["is_ascend"])[1], call.p["dtype"])


def _lengths(call):
    return call.cast(call.ins[1], "int64")


@converts("SequenceMask")
def _sequence_mask(call):
    if not call.p["use_sequence_length"]:
        call.emit("Identity", call.ins[0])
        return
    axis, n = call.p["axis"], call.ndim()
    length = call.mid("Squeeze", call.mid("Gather", call.mid("Shape", call.ins[0]), call.ints(axis)), call.ints(0))
    zero, one = (call.const(np.array(v, np.int64)) for v in (0, 1))
    steps = call.unsqueezed(call.mid("Range", zero, length, one), 1 - axis)
    lengths = call.unsqueezed(_lengths(call), axis)
    inside = call.mid("Less", steps, lengths)
    if n > 2:
        inside = call.unsqueezed(inside, *range(2, n))
    call.emit("Where", inside, call.ins[0], call.const(call.p["value"]))


@converts("SequenceReverse")
def _sequence_reverse(call):
    if not call.p["use_sequence_length"]:
        call.emit("Slice", call.ins[0], call.ints(-1), call.ints(np.iinfo(np.int64).min), call.ints(0), call.ints(-1))
    else:
        call.emit("ReverseSequence", call.ins[0], _lengths(call), time_axis=0, batch_axis=1)


@converts("SequenceLast")
def _sequence_last(call):
    axis = call.p["axis"]
    if not call.p["use_sequence_length"]:
        call.emit("Gather", call.ins[0], call.const(np.array(-1, np.int64)), axis=axis)
        return
    x = call.ins[0] if axis == 1 else call.transposed(call.ins[0], (1, 0, *range(2, call.ndim())))
    last = call.unsqueezed(call.mid("Sub", _lengths(call), call.ints(1)), 1)
    call.emit("GatherND", x, last, batch_dims=1)
