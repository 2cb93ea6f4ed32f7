"""Parameter types: Python values and MXNet's texts give the same, nonsense is refused."""
from typing import Annotated, Literal

import numpy as np
import pytest

from mxnet_compat.ops.params import Axis, DType, Floats, Ge, Le, OptInts, Shape, parser


@pytest.mark.parametrize(("annotation", "given", "expected"), [
    (int, "3", 3), (int, np.int64(3), 3), (int, True, 1),
    (float, "1e-3", 1e-3), (float, 2, 2.0), (float, np.float32(0.5), 0.5),
    (bool, "True", True), (bool, 0, False), (bool, "0", False), (bool, np.bool_(True), True),
    (str, 3, "3"),
    (Shape, "(3, 4)", (3, 4)), (Shape, [3, 4], (3, 4)), (Shape, "[3,4]", (3, 4)), (Shape, 5, (5,)), (Shape, "5", (5,)),
    (Shape, "(2,)", (2,)), (Shape, (np.int32(2), 3), (2, 3)), (Shape, None, ()),
    (Axis, 1, (1,)), (Axis, None, None), (Axis, "None", None), (Axis, "(0, 1)", (0, 1)), (Axis, -1, (-1,)),
    (OptInts, "(None, 2)", (None, 2)), (OptInts, (None, 2), (None, 2)), (OptInts, 3, (3,)),
    (Floats, "(0.1, 2)", (0.1, 2.0)), (Floats, 1, (1.0,)),
    (DType, np.float16, "float16"), (DType, "int32", "int32"), (DType, float, "float64"), (DType, bool, "bool"),
    (Literal["relu", "tanh"], "tanh", "tanh"), (Literal[1, 2], "2", 2),
    (int | None, "None", None), (float | None, None, None), (int | None, 4, 4),
    (Annotated[int, Ge(1)], 1, 1), (Annotated[float, Ge(0), Le(1)], "0.5", 0.5),
])
def test_parses(annotation, given, expected):
    value = parser(annotation)[0](given)
    assert value == expected and type(value) is type(expected)


@pytest.mark.parametrize(("annotation", "given"), [
    (int, 1.0), (int, "1.0"), (int, None), (int, "x"), (float, "x"), (float, None), (float, True and "True"),
    (bool, 2), (bool, "yes"), (bool, None), (Shape, "(1.5,)"), (Shape, (1.5,)), (Shape, "x"), (Axis, 2.0),
    (DType, "int16"), (DType, "complex64"), (Literal["relu", "tanh"], "elu"),
    (Annotated[int, Ge(1)], 0), (Annotated[float, Ge(0), Le(1)], 1.5), (OptInts, (1, "x")), (Floats, "a,b"),
])
def test_refuses(annotation, given):
    with pytest.raises(ValueError):
        parser(annotation)[0](given)


def test_a_type_that_numpy_does_not_know_is_a_type_error():
    with pytest.raises(TypeError):
        parser(DType)[0]("no_such_type")
