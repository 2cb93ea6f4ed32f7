"""Draws of the Philox generator: the stream of numpy's, from any place in it."""
import numpy as np

from triton_kernels.random import Generator
from triton_kernels.spec import array, case, check


def _host(skip):
    host = np.random.Generator(np.random.Philox(key=[2 ** 63 + 5, 7]))
    host.random(skip)
    host.random(skip % 2, np.float32)
    return host


def draw(x, kind, skip):
    """As many numbers as ``x`` has, after ``skip`` others."""
    g = Generator(_host(skip), x.device)
    if kind == "raw":
        return g.integers(0, 1 << 64, x.shape, np.uint64).cast(np.int64)
    return g.random(x.shape, np.float32 if kind == "single" else np.float64)


def reference(x, kind, skip):
    g = _host(skip)
    if kind == "raw":
        return g.integers(0, 1 << 64, x.shape, np.uint64).view(np.int64)
    return g.random(x.shape, np.float32 if kind == "single" else np.float64)


TYPES = {"raw": "int64", "single": "float32", "double": "float64"}
check(draw, [case(array(shape), kind=kind, skip=skip) for kind in TYPES
             for shape, skip in (((7,), 0), ((1,), 1), ((3, 11), 2), ((40,), 3), ((5,), 4), ((0,), 1))],
      reference, name="random", dtypes=("float32",), result=lambda x, kind, skip: TYPES[kind], layouts=(), tolerance=(0, 0),
      real=[case(array((1 << 20,)), kind=kind, skip=0) for kind in TYPES])

