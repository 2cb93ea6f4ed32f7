"""Buffers made from nothing: ranges and identity matrices, in one kernel each."""
import numpy as np

from .pointwise import run

__all__ = ["arange", "eye"]


def arange(device, start, stop=None, step=1, dtype=None):
    """numpy's ``arange``."""
    if stop is None:
        start, stop = 0, start
    n = max(0, int(np.ceil((stop - start) / step)))
    t = np.dtype(dtype) if dtype is not None else np.result_type(type(start), type(stop), type(step))
    y = device.empty((n,), t)
    if n:
        exact = t.kind != "f"
        run("i * b + a" if exact else "i.to(a.dtype) * b + a", (), (start, step), outs=(y,), compute=t)
    return y


def eye(device, n, m=None, k=0, dtype=float):
    """numpy's ``eye``."""
    y = device.zeros((n, n if m is None else m), dtype)
    d = np.diagonal(y, k)
    if d.size:
        d[...] = 1
    return y
