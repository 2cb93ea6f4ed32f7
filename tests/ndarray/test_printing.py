"""The text of arrays, against what real MXNet 1.9.1 printed (numpy 1.23)."""
import numpy as np
import pytest

from mxnet_compat.ndarray import printing

PRINTED = [
    (np.array(3.0, "float32"), "\n3.0\n<NDArray  @cpu(0)>"),
    (np.array(123456789, "float32"), "\n123456790.0\n<NDArray  @cpu(0)>"),
    (np.array(1e20, "float32"), "\n1e+20\n<NDArray  @cpu(0)>"),
    (np.array(1e-20, "float32"), "\n1e-20\n<NDArray  @cpu(0)>"),
    (np.array(0.1, "float64"), "\n0.1\n<NDArray  @cpu(0)>"),
    (np.array(3, "float16"), "\n3.0\n<NDArray  @cpu(0)>"),
    (np.array(np.nan, "float32"), "\nnan\n<NDArray  @cpu(0)>"),
    (np.array(-np.inf, "float32"), "\n-inf\n<NDArray  @cpu(0)>"),
    (np.array(3, "int64"), "\n3\n<NDArray  @cpu(0)>"),
    (np.array(True), "\nTrue\n<NDArray  @cpu(0)>"),
    (np.array([3.0], "float32"), "\n[3.]\n<NDArray 1 @cpu(0)>"),
    (np.array([[1, 2], [3, 4]], "float32"), "\n[[1. 2.]\n [3. 4.]]\n<NDArray 2x2 @cpu(0)>"),
    (np.array([1.5, 2, 1e10], "float32"), "\n[1.5e+00 2.0e+00 1.0e+10]\n<NDArray 3 @cpu(0)>"),
    (np.array([np.nan, np.inf, -1], "float32"), "\n[nan inf -1.]\n<NDArray 3 @cpu(0)>"),
    (np.array([1.1], "float16"), "\n[1.1]\n<NDArray 1 @cpu(0)>"),
    (np.array([1, 2], "int32"), "\n[1 2]\n<NDArray 2 @cpu(0)>"),
    (np.array([1, 0], "bool"), "\n[ True False]\n<NDArray 2 @cpu(0)>"),
    (np.zeros((0, 3), "float32"), "\n[]\n<NDArray 0x3 @cpu(0)>"),
    (np.zeros((2, 0), "float32"), "\n[]\n<NDArray 2x0 @cpu(0)>"),
    (np.array([[7824, -10312]], "float16"), "\n[[  7824. -10312.]]\n<NDArray 1x2 @cpu(0)>"),
    (np.array([-1145626], "float32"), "\n[-1145626.]\n<NDArray 1 @cpu(0)>"),
    (np.array([21488, -np.inf, 25168], "float16"), "\n[21488.   -inf 25168.]\n<NDArray 3 @cpu(0)>"),
    (np.arange(2000, dtype="float32"),
     "\n[0.000e+00 1.000e+00 2.000e+00 ... 1.997e+03 1.998e+03 1.999e+03]\n<NDArray 2000 @cpu(0)>"),
]


@pytest.mark.parametrize(("a", "expected"), PRINTED, ids=[f"{a.dtype}-{a.shape}" for a, _ in PRINTED])
def test_text(a, expected):
    assert printing.text(a, "cpu(0)") == expected


def test_context_is_shown():
    assert printing.text(np.ones(1, "float32"), "gpu(3)").endswith("<NDArray 1 @gpu(3)>")


def test_large_arrays_are_cut_short():
    text = printing.text(np.ones((30, 40, 2), "float32"), "cpu(0)")
    assert text.count("...") == 7
    assert text.endswith("]]]\n<NDArray 30x40x2 @cpu(0)>")


def test_print_options_apply():
    third = (np.arange(10) / 3).astype("float32")
    with np.printoptions(precision=2, threshold=5):
        assert printing.text(third, "cpu(0)") == "\n[0.   0.33 0.67 ... 2.33 2.67 3.  ]\n<NDArray 10 @cpu(0)>"
    with np.printoptions(formatter={"float_kind": lambda v: f"<{v:.0e}>"}):
        assert printing.text(np.array([1e7, 2], "float32"), "cpu(0)") == "\n[<1e+07> <2e+00>]\n<NDArray 2 @cpu(0)>"


def test_options_are_left_alone():
    before = np.get_printoptions()
    printing.text(np.array([1e7, 0.5], "float32"), "cpu(0)")
    assert np.get_printoptions() == before
