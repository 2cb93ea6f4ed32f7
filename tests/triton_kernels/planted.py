"""Small kernels with and without mistakes, for the tests of the tests."""
from triton_kernels.language import libdevice, tl, triton


@triton.jit
def add(x, y, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    tl.store(o + i, tl.load(x + i, mask=m, other=0) + tl.load(y + i, mask=m, other=0), mask=m)


@triton.jit
def load_unmasked(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i), mask=i < n)


@triton.jit
def store_one_over(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i, mask=i < n, other=0), mask=i < n + 1)


@triton.jit
def count_without_atomics(x, o, n, B: tl.constexpr):
    tl.store(o, tl.load(o) + 1)


@triton.jit
def count(x, o, n, B: tl.constexpr):
    tl.atomic_add(o, 1)


@triton.jit
def read_the_neighbour(x, o, n, B: tl.constexpr):
    p = tl.program_id(0)
    tl.store(o + p + 1, tl.load(o + p) + 1)


@triton.jit
def read_what_is_counted(x, o, n, B: tl.constexpr):
    tl.atomic_add(o, 1)
    tl.store(o + 1 + tl.program_id(0), tl.load(o))


@triton.jit
def two_lanes_one_place(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    tl.store(o + i // 2, tl.load(x + i, mask=i < n, other=0), mask=i < n)


@triton.jit
def reverse_in_place(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    tl.store(o + n - 1 - i, tl.load(o + i, mask=i < n, other=0), mask=i < n)


@triton.jit
def read_back(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    m = i < n
    tl.store(o + i, tl.load(x + i, mask=m, other=0), mask=m)
    v = tl.load(o + n - 1 - i, mask=m, other=0)
    tl.debug_barrier()
    tl.store(o + i, v, mask=m)


@triton.jit
def read_back_after_a_barrier(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    m = i < n
    tl.store(o + i, tl.load(x + i, mask=m, other=0), mask=m)
    tl.debug_barrier()
    v = tl.load(o + n - 1 - i, mask=m, other=0)
    tl.debug_barrier()
    tl.store(o + i, v, mask=m)


@triton.jit
def double_in_place(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, 2 * tl.load(o + i, mask=i < n, other=0), mask=i < n)


@triton.jit
def sum_without_other(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    tl.store(o, tl.sum(tl.load(x + i, mask=i < n), 0))


@triton.jit
def order(x, o, n, B: tl.constexpr):
    tl.store(o + tl.program_id(0), tl.atomic_add(x, 1))


@triton.jit
def _later(a, i, b, j):
    # associative and not commutative: the value with the larger place
    return tl.where(j >= i, b, a), tl.maximum(i, j)


@triton.jit
def last_by_reduce(x, o, M: tl.constexpr, N: tl.constexpr):
    i, k = tl.arange(0, M), tl.arange(0, N)
    v = tl.load(x + i[:, None] * N + k[None, :])
    last, _ = tl.reduce((v, tl.broadcast_to(k[None, :], (M, N))), 1, _later)
    tl.store(o + i, last)


@triton.jit
def _affine(a, b, c, d):
    # x -> a x + b, then x -> c x + d
    return a * c, b * c + d


@triton.jit
def recurrence(x, y, o, N: tl.constexpr):
    k = tl.arange(0, N)
    _, s = tl.associative_scan((tl.load(x + k), tl.load(y + k)), 0, _affine)
    tl.store(o + k, s)


@triton.jit
def bfloat16(x, y, o, N: tl.constexpr):
    k = tl.arange(0, N)
    a, b = tl.load(x + k).to(tl.bfloat16), tl.load(y + k).to(tl.bfloat16)
    tl.store(o + k, (a * b + a).to(tl.float32))


@triton.jit
def bfloat16_product(x, y, o, N: tl.constexpr):
    k = tl.arange(0, N)
    at = k[:, None] * N + k[None, :]
    tl.store(o + at, tl.dot(tl.load(x + at).to(tl.bfloat16), tl.load(y + at).to(tl.bfloat16)))


@triton.jit
def numbers(o, i, j, f, N: tl.constexpr):
    k = tl.arange(0, N)
    total = tl.cast(i, tl.float64) + tl.cast(j, tl.float64) + f
    for _ in range(i):
        total += 1
    if i > 2:
        total += 0.5
    tl.store(o + k, tl.full((N,), 0, tl.float64) + total)


@triton.jit
def extremes(x, y, o, N: tl.constexpr):
    k = tl.arange(0, N)
    a, b = tl.load(x + k), tl.load(y + k)
    tl.store(o + k, tl.maximum(a, b))
    tl.store(o + N + k, tl.minimum(a, b))


@triton.jit
def library(x, o, n, B: tl.constexpr, F: tl.constexpr):
    i = tl.arange(0, B)
    v = tl.load(x + i, mask=i < n, other=1)
    tl.store(o + i, getattr(libdevice, F)(v), mask=i < n)


@triton.jit
def number_as_tensor(x, o, n, B: tl.constexpr):
    # Triton makes a constant of a number that is 1
    i = tl.arange(0, B).to(tl.int64) + n.to(tl.int64) * 0
    tl.store(o + i, tl.load(x + i))


@triton.jit
def type_changes_in_a_loop(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    total = 0
    for k in range(n):
        total += tl.load(x + i + k)
    tl.store(o + i, total)


@triton.jit
def much_shared_memory(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    at = i[:, None] * B + i[None, :]
    total = tl.zeros((B, B), tl.float32)
    for k in tl.range(0, n, num_stages=4):
        total = tl.dot(tl.load(x + at + k).to(tl.float16), tl.load(o + at + k).to(tl.float16), total)
    tl.store(o + at, total)


@triton.jit
def many_registers(x, o, n, B: tl.constexpr):
    i = tl.arange(0, B)
    a, b, c, d = tl.load(x + i), tl.load(x + B + i), tl.load(x + 2 * B + i), tl.load(x + 3 * B + i)
    for k in range(n):
        a, b, c, d = a * b + k, b * c + a, c * d + b, d * a + c
    tl.store(o + i, a + b + c + d)
