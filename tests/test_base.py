"""``mx.base``: helpers around ctypes; values as real MXNet gives them."""
import array
import ctypes
import subprocess
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet import base


def test_arrays_for_c():
    assert list(base.c_array(ctypes.c_int, [1, 2, 3])) == [1, 2, 3]
    shared = array.array("i", [1, 2])
    view = base.c_array_buf(ctypes.c_int, shared)
    shared[0] = 7
    assert list(view) == [7, 2]
    assert list(base.c_str_array(["a", "bc"])) == [b"a", b"bc"]
    assert len(base.c_handle_array([])) == 0


def test_memory_of_c():
    text = (ctypes.c_char * 4)(*b"abcd")
    assert base.ctypes2buffer(ctypes.cast(text, ctypes.POINTER(ctypes.c_char)), 3) == bytearray(b"abc")
    with pytest.raises(TypeError):
        base.ctypes2buffer(3, 3)
    numbers = (ctypes.c_float * 6)(*range(6))
    seen = base.ctypes2numpy_shared(ctypes.cast(numbers, base.mx_float_p), (2, 3))
    numbers[5] = 9
    assert seen.dtype == np.float32
    assert seen.tolist() == [[0, 1, 2], [3, 4, 9]]
    with pytest.raises(RuntimeError):
        base.ctypes2numpy_shared(numbers, (2, 3))


def test_documents_and_return_codes():
    names, kinds, texts = ["a", "b", "a", "num_args"], ["int", "float, optional", "int", "int"], ["desc a", "", "x", "n"]
    assert base.build_param_doc(names, kinds, texts) == "Parameters\n----------\na : int\n    desc a\nb : float, optional\n"
    assert base.build_param_doc(["a", "a"], ["int", "int"], ["d", ""], remove_dup=False) == (
        "Parameters\n----------\na : int\n    d\na : int\n")
    assert base.check_call(0) is None
    assert base.add_fileline_to_docstring("math") is None
    with pytest.raises(mx.base.MXNetError):
        base.check_call(-1)
    assert [f[0] for f in base.MXCallbackList._fields_] == ["num_callbacks", "callbacks", "contexts"]


def test_they_are_loaded_when_asked_for():
    code = "import mxnet, sys; assert 'mxnet_compat._ctypes_base' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
