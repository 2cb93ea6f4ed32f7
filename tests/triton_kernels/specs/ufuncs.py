"""numpy's ufuncs: every expression of ``ufuncs.TABLE``, for floats and for whole numbers."""
import numpy as np

from triton_kernels import ufuncs
from triton_kernels.spec import FLOATS, array, case, check_numpy

#: Where a function is defined, when not everywhere.
DOMAIN = {"log": (0.1, 9), "log2": (0.1, 9), "log10": (0.1, 9), "log1p": (-0.9, 9), "sqrt": (0, 9), "arcsin": (-1, 1),
          "arccos": (-1, 1), "arccosh": (1, 9), "arctanh": (-0.9, 0.9), "power": (0.1, 3), "float_power": (0.1, 3)}
SHIFTS = ("left_shift", "right_shift", "power")

for _name, (_floats, _whole) in ufuncs.TABLE.items():
    _f = getattr(np, _name)
    if _floats is not None:
        _low, _high = DOMAIN.get(_name, (None, None))
        _a, _b = array((5, 9), low=_low, high=_high), array((9,), low=_low, high=_high)
        check_numpy(_f, [case(*(_a, _b)[:_f.nin])], name=_name, dtypes=FLOATS if _name != "float_power" else ("float64",),
                    layouts=("turned",), real=[case(*((1 << 20,), (1 << 20,))[:_f.nin])])
    if _whole is not None and _name not in ("square",):
        # numpy gives the lowest number for 1 / 0
        _low = 0 if _name in SHIFTS else 1 if _name == "reciprocal" else None
        check_numpy(_f, [case(*(array((5, 9), low=_low), array((9,), low=_low, high=6))[:_f.nin])], name=f"{_name}-whole",
                    dtypes=("int32", "int64", "uint8"), layouts=(), real=[case(*((1 << 20,), (1 << 20,))[:_f.nin])])
