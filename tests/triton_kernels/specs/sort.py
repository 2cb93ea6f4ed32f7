"""Sorting and searching, stable, with nan last."""
import numpy as np

from triton_kernels.spec import array, case, check, check_numpy

DTYPES = ("float32", "float64", "float16", "int32", "uint8")


def _with_nans(rng, shape):
    x = rng.integers(-3, 4, shape).astype(np.float64)
    return np.where(rng.random(shape) < 0.2, np.nan, x)


def _stable(x, axis=-1):
    return np.argsort(x, axis, kind="stable")


CASES = [case((3, 9), axis=-1), case((5, 3), axis=0), case((1,), axis=0), case((2, 0), axis=1), case((40,), axis=-1)]
NANS = [case(array((3, 9), values=_with_nans))]
REAL = [case((64, 1000), axis=-1)]

check_numpy(np.sort, CASES, dtypes=DTYPES, real=REAL)
check_numpy(np.sort, NANS, name="sort, nan", dtypes=("float32", "float64"), layouts=())
check(np.argsort, [*CASES, case(array((4, 20), "int32", high=3))], _stable, dtypes=DTYPES, result=np.int64, real=REAL)
check(np.argsort, NANS, _stable, name="argsort, nan", dtypes=("float32",), result=np.int64, layouts=())
check_numpy(np.nonzero, [case(array((4, 7), "int32", 0, 2)), case(array((0, 3), "int32"))], dtypes=("int32",), layouts=())
check_numpy(np.searchsorted, [case(np.arange(0, 30, 3, np.float32), array((3, 5), low=-5, high=40)),
                              case(np.arange(0, 30, 3, np.float32), array((7,), low=-5, high=40), side="right")],
            dtypes=("float32",), layouts=(), real=[case((1024,), (1 << 16,))])
