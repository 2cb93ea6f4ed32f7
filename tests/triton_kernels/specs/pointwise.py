"""Copies and expressions."""
import numpy as np

from triton_kernels import copy, pointwise
from triton_kernels.spec import FLOATS, INTS, array, case, check

SHAPES = [(3, 5, 7), (), (1,), (0, 3), (33,), (2, 1, 3, 1, 2)]


def muladd(x, y, alpha):
    return pointwise.run("x * y + a", (x, y), (alpha,))


check(copy.contiguous, SHAPES, lambda x: x, dtypes=(*FLOATS, *INTS, "bool"), real=[(1 << 20,)])
check(muladd, [case((3, 5, 7), (5, 1), alpha=0.5), case((33,), (33,), alpha=2.0), case((), (2, 3), alpha=1.0),
               case((0, 3), (3,), alpha=1.5), case((1, 4), (4, 1), alpha=3.0)],
      lambda x, y, alpha: x * y + alpha, name="muladd", dtypes=FLOATS,
      real=[case((1 << 20,), (1 << 20,), alpha=2.0), case((64, 1, 256), (128, 1), alpha=2.0)])
check(pointwise.cast,
      [case(array((3, 7), low=0, high=100), dtype=np.dtype(t)) for t in ("float32", "int32", "uint8", "float16")],
      lambda x, dtype: x.astype(dtype), name="cast", dtypes=(*FLOATS, "int32", "bool"), result=lambda x, dtype: dtype,
      layouts=())
