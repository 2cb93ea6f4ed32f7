"""Products of matrices."""
import numpy as np

from triton_kernels.spec import FLOATS, case, check_numpy

check_numpy(np.matmul,
            [case((33, 18), (18, 40)), case((5, 7), (7,)), case((7,), (7, 5)), case((7,), (7,)), case((2, 1, 5, 6), (3, 6, 4)),
             case((5, 0), (0, 3)), case((0, 3), (3, 5)), case((1, 1), (1, 1)), case((17, 70), (70, 3))],
            tolerance={"float16": (5e-3, 5e-3), "float32": (1e-5, 1e-5)}, dtypes=FLOATS,
            real=[case((1024, 1024), (1024, 1024)), case((16, 512, 64), (16, 64, 512)), case((32, 1000), (1000, 10))])
