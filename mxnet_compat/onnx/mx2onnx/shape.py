"""Shapes: reshape with its codes, order of dimensions, repetition, broadcasting, blocks."""
import numpy as np

from .graph import converts


def _codes(call, codes):
    """ONNX's shape (0 as it was, -1 the rest) for MXNet's codes, or None where it cannot be said without the lengths."""
    out, src, ndim = [], 0, call.ndim()
    k = 0
    while k < len(codes):
        code = codes[k]
        if code == 0:
            if len(out) != src:
                return None
            out.append(0)
            src += 1
        elif code in (-1, -3):
            out.append(-1)
            src += 1 if code == -1 else 2
        elif code == -2:
            if len(out) != src:
                return None
            out += [0] * (ndim - src)
            src = ndim
        elif code == -4:
            out += codes[k + 1:k + 3]
            src, k = src + 1, k + 2
        else:
            out.append(code)
            src += 1
        k += 1
    return out if out.count(-1) <= 1 else None


@converts("Reshape")
def _reshape(call):
    shape = None if call.p["reverse"] or call.p["target_shape"] else _codes(call, list(call.p["shape"]))
    if shape is None:
        shape = call.fixed_out()
    call.emit("Reshape", call.ins[0], call.ints(*shape))


@converts("Flatten")
def _flatten(call):
    call.emit("Flatten", call.ins[0], axis=1)


@converts("reshape_like")
def _reshape_like(call):
    if any(call.p[k] is not None for k in ("lhs_begin", "lhs_end", "rhs_begin", "rhs_end")):
        call.emit("Reshape", call.ins[0], call.ints(*call.fixed_out()))
    else:
        call.emit("Reshape", call.ins[0], call.mid("Shape", call.ins[1]))


@converts("shape_array")
def _shape_array(call):
    call.emit("Shape", call.ins[0])


@converts("size_array")
def _size_array(call):
    call.emit("Reshape", call.mid("Size", call.ins[0]), call.ints(1))


@converts("transpose")
def _transpose(call):
    axes = call.p["axes"] or range(call.ndim())[::-1]
    call.emit("Transpose", call.ins[0], perm=[a % call.ndim() for a in axes])


@converts("SwapAxis")
def _swap(call):
    order = list(range(call.ndim()))
    a, b = call.p["dim1"], call.p["dim2"]
    order[a], order[b] = order[b], order[a]
    call.emit("Transpose", call.ins[0], perm=order)


@converts("expand_dims")
def _expand_dims(call):
    call.emit("Unsqueeze", call.ins[0], call.ints(call.p["axis"]))


@converts("squeeze")
def _squeeze(call):
    axis = call.p["axis"]
    axis = (axis,) if isinstance(axis, int) else axis
    if call.out_shapes[0] == (1,) and not axis and not call.dynamic:
        call.emit("Reshape", call.ins[0], call.ints(1))
    else:
        call.emit("Squeeze", call.ins[0], call.ints(*axis) if axis else None)


@converts("tile")
def _tile(call):
    x, reps, n = call.ins[0], list(call.p["reps"]), call.ndim()
    if len(reps) > n:
        x = call.unsqueezed(x, *range(len(reps) - n))
    call.emit("Tile", x, call.ints(*[1] * (n - len(reps)), *reps))


@converts("repeat")
def _repeat(call):
    times, axis, n = call.p["repeats"], call.p["axis"], call.ndim()
    x = call.ins[0]
    if axis is None:
        x, axis, n = call.reshaped(x, -1), 0, 1
    axis %= n
    many = call.mid("Tile", call.unsqueezed(x, axis + 1), call.ints(*[times if k == axis + 1 else 1 for k in range(n + 1)]))
    if n == 1:
        call.emit("Reshape", many, call.ints(-1))
    else:
        call.emit("Reshape", many, call.ints(*call.fixed_out()))


@converts("reverse")
def _reverse(call):
    axes = call.p["axis"]
    axes = (axes,) if isinstance(axes, int) else axes
    least = np.iinfo(np.int64).min
    call.emit("Slice", call.ins[0], call.ints(*[-1] * len(axes)), call.ints(*[least] * len(axes)), call.ints(*axes),
              call.ints(*[-1] * len(axes)))


@converts("broadcast_to")
def _broadcast_to(call):
    call.emit("Expand", call.ins[0], call.ints(*[d or 1 for d in call.p["shape"]]))


@converts("broadcast_axis")
def _broadcast_axis(call):
    axes, sizes = ((v,) if isinstance(v, int) else v for v in (call.p["axis"], call.p["size"]))
    shape = [1] * call.ndim()
    for a, s in zip(axes, sizes):
        shape[a] = s
    call.emit("Expand", call.ins[0], call.ints(*shape))


@converts("broadcast_like")
def _broadcast_like(call):
    if call.p["lhs_axes"] is not None or call.p["rhs_axes"] is not None:
        call.emit("Expand", call.ins[0], call.ints(*call.fixed_out()))
    else:
        call.emit("Expand", call.ins[0], call.mid("Shape", call.ins[1]))


@converts("depth_to_space", "space_to_depth")
def _blocks(call):
    kind = "DepthToSpace" if call.op == "depth_to_space" else "SpaceToDepth"
    call.emit(kind, call.ins[0], blocksize=call.p["block_size"])
