"""Rows of a table by number."""
import numpy as np

from triton_kernels import lookup
from triton_kernels.spec import FLOATS, array, case, check


def _taken(x, index, axis=0, mode="clip"):
    with np.errstate(invalid="ignore"):
        return np.take(x, np.asarray(index).astype(np.int64), axis, mode=mode)


check(lookup.lookup,
      [case((7, 37), array((3, 5), "int64", low=-3, high=10)), case((4, 9, 3), array((6,), "int32", low=-9, high=30), axis=1,
                                                                  mode="wrap"),
       case((5, 6), np.array([0, 2.7, -1.5, 99, np.nan, np.inf, -np.inf], "float32"), axis=1), case((9,), array((), "uint8")),
       case((4, 6), array((0,), "int64")), case((0, 3), array((0, 2), "int64")),
       case((4, 6), array((5,), "float64", low=0, high=3.9), mode="raise")],
      _taken, dtypes=(*FLOATS, "int32", "bool"), real=[case((50000, 512), array((4096,), "float32"))])
