"""Scalar functions that neither Triton nor libdevice has, element by element on blocks of float32 or float64."""
from .language import libdevice, tl, triton

__all__ = ["FUNCTIONS"]


@triton.jit
def add(a, b):
    """The sum, as a way to combine two values."""
    return a + b


@triton.jit
def multiply(a, b):
    """The product, as a way to combine two values."""
    return a * b


@triton.jit
def nan_max(a, b):
    """The larger one; nan where either is nan."""
    return tl.where((a > b) | (a != a), a, b)


@triton.jit
def nan_min(a, b):
    """The smaller one; nan where either is nan."""
    return tl.where((a < b) | (a != a), a, b)


@triton.jit
def sign(x):
    """-1, 0 or 1; nan stays nan."""
    return tl.where(x > 0, 1, tl.where(x < 0, -1, x)).to(x.dtype)


@triton.jit
def python_mod(a, b):
    """The remainder with the divisor's sign; nan where the divisor is 0."""
    r = libdevice.fmod(a, b)
    r = tl.where((r != 0) & ((r < 0) != (b < 0)), r + b, r)
    # a zero has the divisor's sign
    return tl.where(r == 0, libdevice.copysign(r, b), r)


@triton.jit
def floor_divide(a, b):
    """The whole part of the quotient, downwards, as numpy rounds it."""
    m = python_mod(a, b)
    q = (a - m) / b
    f = libdevice.floor(q)
    f = tl.where(q - f > 0.5, f + 1, f)
    f = tl.where(q == 0, libdevice.copysign(tl.zeros_like(q), a / b), f)
    return tl.where(b == 0, a / b, f)


@triton.jit
def int_floor_divide(a, b):
    """The quotient of whole numbers rounded down; 0 where the divisor is 0."""
    d = tl.where(b == 0, 1, b)
    q = a // d
    r = a - q * d
    return tl.where(b == 0, 0, tl.where((r != 0) & ((r < 0) != (d < 0)), q - 1, q))


@triton.jit
def int_mod(a, b):
    """The remainder of whole numbers with the divisor's sign; 0 where the divisor is 0."""
    return tl.where(b == 0, 0, a - int_floor_divide(a, b) * b)


@triton.jit
def divide(a, b):
    """The quotient, correctly rounded."""
    if b.dtype == tl.float32:
        r = tl.div_rn(tl.cast(a, tl.float32) + tl.zeros_like(b), b)
    else:
        r = a / b
    return r


@triton.jit
def root(x):
    """The square root, correctly rounded."""
    if x.dtype == tl.float32:
        r = tl.sqrt_rn(x)
    else:
        r = tl.sqrt(x)
    return r


@triton.jit
def cube_root(x):
    """The real cube root; libdevice has one for NVIDIA's cards only."""
    a = tl.abs(x)
    y = libdevice.exp(libdevice.log(a) / 3)
    # a step of Newton's method brings the last digits
    y = y - (y - a / (y * y)) / 3
    return tl.where((a == 0) | (a == float("inf")) | (x != x), x, libdevice.copysign(y, x))


@triton.jit
def int_power(a, b):
    """Whole numbers to whole powers, modulo 2**64; 0 for negative powers."""
    r = tl.zeros_like(a) + 1
    base = a
    e = b
    for _ in range(63):
        r = tl.where((e & 1) != 0, r * base, r)
        base = base * base
        e = e >> 1
    return tl.where(b < 0, 0, r)


@triton.jit
def logaddexp(a, b):
    """``log(exp(a) + exp(b))``."""
    hi, lo = nan_max(a, b), nan_min(a, b)
    return tl.where(hi == lo, hi + 0.6931471805599453, hi + libdevice.log1p(libdevice.exp(lo - hi)))


FUNCTIONS = {f.__name__: f for f in (
    add, divide, root, cube_root, int_power, multiply, nan_max, nan_min, sign, python_mod, floor_divide, int_floor_divide,
    int_mod, logaddexp)}
