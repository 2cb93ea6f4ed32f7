"""Reductions and running results along axes."""
import numpy as np

from triton_kernels.spec import FLOATS, array, case, check_numpy

CASES = [case((3, 5, 7), axis=1), case((3, 5, 7), axis=(0, 2)), case((3, 5, 7), axis=None), case((1, 33), axis=1),
         case((40,), axis=0), case((2, 3), axis=0, keepdims=True), case((70, 3), axis=0)]
REAL = [case((1024, 1024), axis=1), case((1024, 1024), axis=0), case((64, 128, 56), axis=(0, 2)), case((1 << 22,), axis=0)]

check_numpy(np.sum, [*CASES, case((0, 3), axis=0), case((0, 3), axis=1)], dtypes=(*FLOATS, "int32"), real=REAL)
check_numpy(np.prod, [*CASES, case((0, 3), axis=0)], dtypes=FLOATS, real=REAL[:2])
for _f in (np.max, np.min):
    check_numpy(_f, CASES, name=f"{_f.__name__}", dtypes=(*FLOATS, "int32", "uint8"), real=REAL)
for _f in (np.argmax, np.argmin):
    check_numpy(_f, [case((3, 5, 7), axis=1), case((3, 5, 7), axis=None), case(array((40,), "int32"), axis=0),
                     case((70, 3), axis=0)],
                dtypes=(*FLOATS, "int32"), real=[case((1024, 1024), axis=1), case((1024, 1024), axis=0)])
for _f in (np.cumsum, np.cumprod):
    check_numpy(_f, [case((3, 5, 7), axis=1), case((40,), axis=0), case((2, 0), axis=1), case((70, 3), axis=0)],
                dtypes=("float32", "float64"), real=[case((1024, 1024), axis=1), case((1024, 1024), axis=0)])
