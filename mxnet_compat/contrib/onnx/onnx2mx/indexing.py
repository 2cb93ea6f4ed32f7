"""ONNX's choosing by index and sorting."""
import numpy as np

from .... import symbol as sym
from ....onnx.package import dtype_of
from .graph import imports


@imports("Gather")
def _gather(call):
    axis, index = call.attr("axis", 0), call.ins[1]
    if call.known(1) and index.ndim == 0:
        k = int(index)
        return sym.squeeze(sym.slice_axis(call.sym(), axis=axis, begin=k, end=None if k == -1 else k + 1), axis=axis,
                           name=call.name)
    # indices from the end are allowed
    return sym.take(call.sym(0), call.sym(1), axis=axis, mode="wrap", name=call.name)


@imports("GatherElements")
def _gather_elements(call):
    axis, shape, picked = call.attr("axis", 0), call.shape(0), call.shape(1)
    axis %= len(shape)
    if picked[axis] == 1 and all(a == b for k, (a, b) in enumerate(zip(shape, picked)) if k != axis):
        return sym.pick(call.sym(0), sym.squeeze(call.sym(1), axis=axis), axis=axis, keepdims=True, mode="wrap", name=call.name)
    index = [sym.cast(call.sym(1), dtype="int64")]
    for k, n in enumerate(picked):
        grid = np.arange(n).reshape([n if j == k else 1 for j in range(len(picked))])
        index.insert(k, call.param(np.broadcast_to(grid, picked).astype(np.int64), f"grid{k}"))
    chosen = index.pop(len(picked))
    index[axis] = chosen
    return sym.gather_nd(call.sym(0), sym.stack(*index, axis=0), name=call.name)


@imports("GatherND")
def _gather_nd(call):
    n, batch = len(call.shape(1)), call.attr("batch_dims", 0)
    index = call.sym(1)
    if batch == 1 and n == 2:
        rows = call.param(np.arange(call.shape(0)[0], dtype=np.int64).reshape(-1, 1), "rows")
        index = sym.concat(rows, sym.cast(index, dtype="int64"), dim=1)
    elif batch:
        raise call.no(f"batch_dims={batch}")
    return sym.gather_nd(call.sym(0), sym.transpose(index, axes=(n - 1, *range(n - 1))), name=call.name)


@imports("OneHot")
def _one_hot(call):
    if call.attr("axis", -1) not in (-1, len(call.shape_or_none() or ())):
        raise call.no("an axis that is not the last")
    off, on = call.array(2).ravel()
    return sym.one_hot(call.sym(), depth=call.ints(1)[0], on_value=float(on), off_value=float(off),
                       dtype=call.array(2).dtype.name, name=call.name)


@imports("TopK")
def _topk(call):
    k = call.ints(1)[0] if call.has(1) else call.attr("k")
    found = sym.topk(call.sym(), axis=call.attr("axis", -1), k=k, ret_typ="both", is_ascend=not call.attr("largest", 1),
                     dtype="int64", name=call.name)
    return [found[0], found[1]]


@imports("Hardmax")
def _hardmax(call):
    shape = call.shape()
    axis = call.attr("axis", -1 if call.version >= 13 else 1) % len(shape)
    if axis != len(shape) - 1:
        raise call.no("an axis that is not the last")
    return sym.one_hot(sym.argmax(call.sym(), axis=axis), depth=shape[axis], dtype=call.dtype().name, name=call.name)


@imports("Multinomial")
def _multinomial(call):
    dtype = dtype_of(call.attr("dtype", 6)).name
    drawn = sym.sample_multinomial(sym.softmax(call.sym()), shape=call.attr("sample_size", 1), dtype="int32")
    return sym.cast(drawn, dtype=dtype, name=call.name)


@imports("ReverseSequence")
def _reverse_sequence(call):
    x, lengths = call.sym(0), call.sym(1)
    time = call.attr("time_axis", 0)
    if {time, call.attr("batch_axis", 1)} != {0, 1}:
        raise call.no("axes other than 0 and 1")
    if time == 1:
        x = sym.SwapAxis(x, dim1=0, dim2=1)
    y = sym.SequenceReverse(x, sym.cast(lengths, dtype=call.dtype().name), use_sequence_length=True)
    return sym.SwapAxis(y, dim1=0, dim2=1) if time == 1 else y


@imports("Range")
def _range(call):
    raise call.no("limits that depend on data")
