"""Reading and writing at indices, slices and masks."""
import numpy as np

from triton_kernels.spec import FLOATS, array, case, check, check_numpy

ROWS = array((7,), "int64", low=-4, high=4)
PLACES = array((4, 9), "int64", low=0, high=9)


def _read(x, i):
    return x[i, 1:]


def _write(x, i, v):
    x[i] = v
    return x[:1].copy()


def _written(x, i, v):
    x = x.copy()
    x[i] = v
    return x[:1], x


def _add(x, i, v):
    np.add.at(x, i, v)
    return x[:1].copy()


def _added(x, i, v):
    x = x.copy()
    np.add.at(x, i, v)
    return x[:1], x


check(_read, [case((4, 6), ROWS), case((4, 6), array((2, 3), "int64", low=0, high=4)),
              case((4, 6), np.array([True, False, True, True]))], _read,
      name="read at indices", dtypes=(*FLOATS, "int32", "bool"), real=[case((1000, 512), array((4096,), "int64"))])
check(_write, [case((4, 6), np.array([2, 0, -1]), (3, 6)), case((4, 6), np.array([1, 3]), (6,))], _written,
      name="write at indices", dtypes=(*FLOATS, "int32"), writes=(0,), layouts=(),
      real=[case((1000, 512), array((100,), "int64"), (100, 512))])
check(_add, [case((4, 6), ROWS, (7, 6)), case((4, 6), np.array([1, 1, 1]), (6,))], _added, name="add at indices",
      dtypes=("float32", "float64", "int32"), writes=(0,), layouts=(), tolerance=(1e-5, 1e-5),
      real=[case((1000, 512), array((4096,), "int64"), (4096, 512))])
check_numpy(np.take, [case((4, 6), array((7,), "int64", low=0, high=4), axis=0),
                      case((4, 6), array((2, 3), "int64", low=0, high=6), axis=1),
                      case((4, 6), array((5,), "int64", low=-9, high=9), axis=0, mode="wrap"),
                      case((4, 6), array((5,), "int64", low=-9, high=9), axis=0, mode="clip")],
            dtypes=(*FLOATS, "int32"), real=[case((1000, 512), array((4096,), "int64"), axis=0)])
check_numpy(np.take_along_axis, [case((4, 9), PLACES, axis=1), case((9, 4), array((2, 4), "int64", low=0, high=9), axis=0)],
            dtypes=("float32", "int32"), real=[case((64, 1000), array((64, 100), "int64"), axis=1)])
