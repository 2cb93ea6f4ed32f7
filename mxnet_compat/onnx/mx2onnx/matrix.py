"""Products of matrices, attention's fused products among them."""
import numpy as np

from .graph import converts


def _turned(call, k, turn):
    """An input with its last two dimensions exchanged where that is wanted."""
    if not turn:
        return call.ins[k]
    n = call.ndim(k)
    return call.transposed(call.ins[k], (*range(n - 2), n - 1, n - 2))


@converts("dot")
def _dot(call):
    a, b, (m, n) = call.ins[0], call.ins[1], (call.ndim(0), call.ndim(1))
    if call.p["transpose_a"]:
        a = call.transposed(a, range(m)[::-1] if m <= 2 else (*range(1, m), 0))
    if call.p["transpose_b"]:
        b = call.transposed(b, range(n)[::-1] if n <= 2 else (n - 1, *range(n - 1)))
    if m == n == 1:
        call.emit("Reshape", call.mid("MatMul", a, b), call.ints(1))
    elif n <= 2:
        call.emit("MatMul", a, b)
    else:
        rows = call.mid("MatMul", a, call.mid("Flatten", b, axis=1))
        call.emit("Reshape", rows, call.ints(*call.fixed_out()))


@converts("batch_dot")
def _batch_dot(call):
    call.emit("MatMul", _turned(call, 0, call.p["transpose_a"]), _turned(call, 1, call.p["transpose_b"]))


def _product(call):
    if call.p["axis"] != -2:
        raise call.no(f"axis={call.p['axis']}")
    y = call.mid("MatMul", _turned(call, 0, call.p["transpose_a"]), _turned(call, 1, call.p["transpose_b"]))
    return y if call.p["alpha"] == 1 else call.mid("Mul", y, call.const(call.p["alpha"]))


@converts("_linalg_gemm2")
def _gemm2(call):
    call.emit("Identity", _product(call))


@converts("_linalg_gemm")
def _gemm(call):
    call.emit("Add", _product(call), call.mid("Mul", call.ins[2], call.const(call.p["beta"])))


def _heads(call, part):
    """(batch x heads, steps, size) of queries (0), keys (1) or values (2) from (steps, batch, heads x 3 x size)."""
    steps, batch, width = call.fixed()
    heads = call.p["heads"]
    size = width // heads // 3
    split = call.reshaped(call.ins[0], steps, batch, heads, 3, size)
    one = call.mid("Gather", split, call.const(np.array(part, np.int64)), axis=3)
    return call.reshaped(call.transposed(one, (1, 2, 0, 3)), batch * heads, steps, size), size


@converts("_contrib_interleaved_matmul_selfatt_qk")
def _selfatt_qk(call):
    (queries, size), (keys, _) = _heads(call, 0), _heads(call, 1)
    scaled = call.mid("Div", queries, call.const(size ** 0.5))
    call.emit("MatMul", scaled, call.transposed(keys, (0, 2, 1)))


@converts("_contrib_interleaved_matmul_selfatt_valatt")
def _selfatt_valatt(call):
    values, size = _heads(call, 2)
    heads, (steps, batch, _) = call.p["heads"], call.fixed()
    y = call.reshaped(call.mid("MatMul", call.ins[1], values), batch, heads, steps, size)
    call.emit("Reshape", call.transposed(y, (2, 0, 1, 3)), call.ints(steps, batch, heads * size))
