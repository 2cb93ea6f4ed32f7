"""Products of matrices."""
import numpy as np

from triton_kernels.matmul import matmul
from triton_kernels.spec import FLOATS, array, case, check, check_numpy

check_numpy(np.matmul,
            [case((33, 18), (18, 40)), case((5, 7), (7,)), case((7,), (7, 5)), case((7,), (7,)), case((2, 1, 5, 6), (3, 6, 4)),
             case((5, 0), (0, 3)), case((0, 3), (3, 5)), case((1, 1), (1, 1)), case((17, 70), (70, 3))],
            tolerance={"float16": (5e-3, 5e-3), "float32": (1e-5, 1e-5)}, dtypes=FLOATS,
            real=[case((1024, 1024), (1024, 1024)), case((16, 512, 64), (16, 64, 512)), case((32, 1000), (1000, 10))])


def _finished(a, b, bias, alpha=1, act="", **_):
    y = alpha * (a @ b) + bias
    return {"": lambda: y, "relu": lambda: np.maximum(y, 0), "tanh": lambda: np.tanh(y), "sigmoid": lambda: 1 / (1 + np.exp(-y))
            }[act]()


check(matmul,
      [case((33, 18), (18, 40), bias=array((40,))), case((5, 7), (7, 3), bias=array((3,)), alpha=0.3, act="relu"),
       case((2, 5, 40), (2, 40, 6), bias=array((6,)), act="tanh"),
       case((5, 0), (0, 3), bias=array((3,)), act="sigmoid"),
       case((3, 4), (4, 2), bias=array((2,)), act="sigmoid", alpha=-2),
       case((5, 200), (200, 6), bias=array((6,)), alpha=2, act="tanh", parts=3)],
      lambda a, b, bias, **k: _finished(a, b, bias, **k), name="matmul, end",
      tolerance={"float16": (5e-3, 1e-2), "float32": (1e-4, 1e-5)}, dtypes=FLOATS, layouts=(),
      real=[case((4096, 1024), (1024, 4096), bias=array((4096,)), act="relu")])
check(matmul, [case((5, 200), (200, 6), parts=3), case((2, 3, 65), (2, 65, 4), parts=2)], lambda a, b, parts: a @ b,
      name="matmul, inner axis cut", tolerance={"float16": (5e-3, 1e-2), "float32": (1e-4, 1e-5)}, dtypes=FLOATS, layouts=(),
      real=[case((64, 8192), (8192, 64), parts=16)])
check(matmul, [case((33, 18), (18, 40), precision="tf32x3")], lambda a, b, precision: a @ b, name="matmul, tf32x3",
      tolerance={"float32": (1e-4, 1e-5)}, dtypes=("float32",), real=[case((4096, 1024), (1024, 4096), precision="tf32x3")],
      targets=("sm_80", "sm_90"))
