"""Helpers of ``mx.base`` around ctypes, for scripts that call C libraries of their own with them."""
import ctypes

import numpy as np

from .base import MXNetError

__all__ = ["MXCallbackList", "add_fileline_to_docstring", "build_param_doc", "c_array", "c_array_buf", "c_handle_array",
           "c_str_array", "check_call", "ctypes2buffer", "ctypes2numpy_shared", "mx_float_p"]

mx_float_p = ctypes.POINTER(ctypes.c_float)


class MXCallbackList(ctypes.Structure):
    """Callbacks and their contexts, as C sees them."""
    __module__ = "mxnet.base"
    _fields_ = (("num_callbacks", ctypes.c_int), ("callbacks", ctypes.POINTER(ctypes.CFUNCTYPE(ctypes.c_int))),
                ("contexts", ctypes.POINTER(ctypes.c_void_p)))


def c_array(ctype, values):
    """A C array of values."""
    return (ctype * len(values))(*values)


def c_array_buf(ctype, buf):
    """A C array that shares the memory of a buffer."""
    return (ctype * len(buf)).from_buffer(buf)


def c_str_array(strings):
    """A C array of texts."""
    return c_array(ctypes.c_char_p, [s.encode("utf-8") for s in strings])


def c_handle_array(objs):
    """A C array of the ``handle`` of each object."""
    return c_array(ctypes.c_void_p, [o.handle for o in objs])


def ctypes2buffer(cptr, length):
    """A bytearray of what a pointer to char points at. TypeError for another pointer."""
    if not isinstance(cptr, ctypes.POINTER(ctypes.c_char)):
        raise TypeError(f"ctypes2buffer takes a pointer to char, got {type(cptr).__name__}")
    return bytearray(ctypes.string_at(cptr, length))


def ctypes2numpy_shared(cptr, shape):
    """A numpy array over the memory of a pointer to float. RuntimeError for another pointer."""
    if not isinstance(cptr, mx_float_p):
        raise RuntimeError(f"ctypes2numpy_shared takes a pointer to float, got {type(cptr).__name__}")
    return np.ctypeslib.as_array(cptr, shape=tuple(shape))


def check_call(ret):
    """MXNetError unless a C function returned 0."""
    if ret != 0:
        raise MXNetError(f"a C function returned {ret}")


def build_param_doc(arg_names, arg_types, arg_descs, remove_dup=True):
    """The section of a docstring that lists parameters; ``num_args``, and names that came before, are left out."""
    seen, lines = set(), []
    for name, kind, desc in zip(arg_names, arg_types, arg_descs):
        if name == "num_args" or remove_dup and name in seen:
            continue
        seen.add(name)
        lines.append(f"{name} : {kind}\n" + (f"    {desc}\n" if desc else ""))
    return "Parameters\n----------\n" + "".join(lines)


def add_fileline_to_docstring(module, incursive=True):
    """Docstrings stay as they are: nothing is added here."""
