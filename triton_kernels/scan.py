"""Running sums, products, maxima and minima along an axis, row by row in one pass with a carried value."""
import numpy as np

from .device import Unsupported, as_numbers
from .language import tl, triton
from .launch import INTERPRETED, block, launch
from .libm import add, multiply, nan_max, nan_min
from .numpy_api import serves
from .pointwise import computing

__all__ = ["accumulate"]


@triton.jit
def scan_kernel(p, q, M, N, inner, sm, sn, HOW: tl.constexpr, CT: tl.constexpr, INIT: tl.constexpr, B: tl.constexpr):
    """Row ``m`` of the result from row ``m`` of the input; rows lie at ``m // inner * sm + m % inner`` in both."""
    m = tl.program_id(0).to(tl.int64)
    at = m // inner * sm + m % inner
    carry = tl.full((1,), INIT, CT)
    for start in range(0, N, B):
        k = start + tl.arange(0, B).to(tl.int64)
        there = k < N
        x = tl.load(p + at + k * sn, mask=there, other=0).to(CT)
        x = tl.where(there, x, INIT)
        if HOW == "add":
            y = tl.associative_scan(x, 0, add) + carry
            carry = carry + tl.sum(x, 0)
        elif HOW == "multiply":
            y = tl.associative_scan(x, 0, multiply) * carry
            carry = carry * tl.reduce(x, 0, multiply)
        elif HOW == "maximum":
            y = nan_max(tl.associative_scan(x, 0, nan_max), carry)
            carry = nan_max(carry, tl.reduce(x, 0, nan_max))
        else:
            y = nan_min(tl.associative_scan(x, 0, nan_min), carry)
            carry = nan_min(carry, tl.reduce(x, 0, nan_min))
        tl.store(q + at + k * sn, y.to(q.dtype.element_ty), mask=there)


_START = {"add": 0, "multiply": 1, "maximum": None, "minimum": None}


def accumulate(how, x, axis=0, dtype=None, out=None):
    """numpy's ``ufunc.accumulate`` of add, multiply, maximum or minimum along ``axis``."""
    if how not in _START:
        raise Unsupported(f"numpy.{how}.accumulate has no kernel")
    axis %= x.ndim
    t = np.dtype(dtype) if dtype is not None else np.asarray(getattr(np, how).accumulate(np.ones(1, x.dtype))).dtype
    x = x.copy() if not x.contiguous else x
    y = x.device.empty(x.shape, t)
    if y.size:
        ct = computing(t)
        if how in ("add", "multiply"):
            init = _START[how]
        else:
            low = -float("inf") if ct.kind == "f" else -2 ** 63
            init = low if how == "maximum" else -low if ct.kind == "f" else 2 ** 63 - 1
        n, inner = x.shape[axis], x.strides[axis]
        launch(scan_kernel, x.size // n, as_numbers(x), y, x.size // n, n, inner, inner * n,
               inner, HOW=how, CT=getattr(tl, ct.name), INIT=init, B=block(n, 1024) if INTERPRETED else
               min(triton.next_power_of_2(n), 1024))
    return y


def _running(how):
    def f(a, axis=None, dtype=None, out=None):
        if axis is None:
            a, axis = a.ravel(), 0
        if dtype is None:
            dtype = np.asarray(getattr(np, "cumsum" if how == "add" else "cumprod")(np.ones(1, a.dtype))).dtype
        y = accumulate(how, a, axis, dtype)
        if out is None:
            return y
        out[...] = y
        return out
    return f


serves(np.cumsum)(_running("add"))
serves(np.cumprod)(_running("multiply"))
