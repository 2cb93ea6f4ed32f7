"""Small helpers: the switches of the NumPy interface, environment variables, counts of GPUs, decorators.

The NumPy interface itself is not here; turning it on is refused until it exists.
"""
import functools
import inspect
import os

import numpy as _numpy

from . import context as _context
from .base import MXNetError, c_str, py_str
from .state import state as _state

__all__ = ["c_str", "get_cuda_compute_capability", "get_gpu_count", "get_gpu_memory", "getenv", "is_np_array",
           "is_np_shape", "makedirs", "np_array", "np_shape", "np_ufunc_legal_option", "py_str", "reset_np",
           "set_module", "set_np", "set_np_shape", "setenv", "use_np", "use_np_array", "use_np_shape",
           "wrap_np_binary_func", "wrap_np_unary_func"]


def makedirs(d):
    """Make a directory and those above it; one that exists is fine."""
    os.makedirs(os.path.expanduser(d), exist_ok=True)


def get_gpu_count():
    """How many GPUs can be used."""
    return _context.num_gpus()


def get_gpu_memory(gpu_dev_id):
    """(free, total) bytes of a GPU; MXNetError where there is no such GPU."""
    return _context.gpu_memory_info(gpu_dev_id)


def get_cuda_compute_capability(ctx):
    """The compute capability of a GPU as a number such as 80; ValueError for another context, MXNetError without it."""
    if ctx.device_type != "gpu":
        raise ValueError(f"{ctx} is no GPU and has no compute capability")
    if ctx.device_id >= _context.num_gpus():
        raise MXNetError(f"there is no {ctx}; {_context.num_gpus()} GPUs are usable")
    import torch
    major, minor = torch.cuda.get_device_capability(ctx.device_id)
    return major * 10 + minor


def getenv(name):
    """An environment variable, or None."""
    return os.environ.get(name)


def setenv(name, value):
    """Set an environment variable; None removes it."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


# The NumPy interface. Its state belongs to the thread, and is kept with the tape's.

def _refuse(what):
    raise NotImplementedError(f"{what}: the NumPy interface (mx.np, mx.npx, NumPy's shapes and arrays) is "
                              "not available in this version of mxnet-compat")


def is_np_shape():
    """Whether this thread gives shapes NumPy's meaning, so that () is a scalar and 0 an empty axis."""
    return getattr(_state, "np_shape", False)


def is_np_array():
    """Whether this thread makes ``mx.np`` arrays instead of ``mx.nd`` arrays."""
    return getattr(_state, "np_array", False)


def set_np_shape(active):
    """Set what ``is_np_shape`` tells and return what it told. NotImplementedError for turning it on."""
    if not isinstance(active, (int, _numpy.bool_)):
        raise TypeError(f"set_np_shape: expected a bool, got {type(active).__name__}")
    before = is_np_shape()
    if active:
        _refuse("set_np_shape(True)")
    _state.np_shape = bool(active)
    return before


def _set_np_array(active):
    before = is_np_array()
    if active:
        _refuse("np_array")
    _state.np_array = bool(active)
    return before


class _Scope:
    """A ``with`` statement around one switch."""

    def __init__(self, switch, active):
        self._switch = switch
        self._active = active
        self._previous = None

    def __enter__(self):
        self._previous = self._switch(self._active)
        return self

    def __exit__(self, *exc):
        self._switch(self._previous)


def np_shape(active=True):
    """A scope within which ``is_np_shape()`` is ``active``."""
    return _Scope(set_np_shape, active)


def np_array(active=True):
    """A scope within which ``is_np_array()`` is ``active``."""
    return _Scope(_set_np_array, active)


def _scoped(func, scope, what):
    """``func`` (a class: its methods and properties) within ``scope()``. TypeError for what cannot be called."""
    if inspect.isclass(func):
        for name, member in list(vars(func).items()):
            if isinstance(member, property):
                parts = [f and _scoped(f, scope, what) for f in (member.fget, member.fset, member.fdel)]
                setattr(func, name, property(*parts, doc=member.__doc__))
            elif inspect.isfunction(member):
                setattr(func, name, _scoped(member, scope, what))
        return func
    if not callable(func):
        raise TypeError(f"{what} decorates classes and functions, not {type(func).__name__}")

    @functools.wraps(func)
    def within(*args, **kwargs):
        with scope():
            return func(*args, **kwargs)
    return within


def use_np_shape(func):
    """Decorate a function or class to run with NumPy's meaning of shapes. NotImplementedError when it is called."""
    return _scoped(func, np_shape, "use_np_shape")


def use_np_array(func):
    """Decorate a function or class to run with ``mx.np`` arrays. NotImplementedError when it is called."""
    return _scoped(func, np_array, "use_np_array")


def use_np(func):
    """``use_np_shape`` and ``use_np_array`` together."""
    return use_np_shape(use_np_array(func))


def set_np(shape=True, array=True):
    """Turn the NumPy interface on (refused for now) or off. ValueError for arrays without shapes."""
    if not shape and array:
        raise ValueError("set_np: array=True needs shape=True")
    _set_np_array(array)
    set_np_shape(shape)


def reset_np():
    """Turn the NumPy interface off."""
    set_np(shape=False, array=False)


def set_module(module):
    """A decorator that sets ``__module__``, unless ``module`` is None."""
    def decorate(func):
        if module is not None:
            func.__module__ = module
        return func
    return decorate


_UFUNC_DEFAULTS = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}
_CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
_DTYPES = ("int8", "uint8", "int32", "int64", "float16", "float32", "float64")


def np_ufunc_legal_option(key, value):
    """Whether ``value`` is one that NumPy's functions take for the keyword ``key``."""
    if key == "where":
        return True
    if key == "casting":
        return value in _CASTINGS
    if key == "order":
        return isinstance(value, str)
    if key == "dtype":
        return value in [getattr(_numpy, name) for name in _DTYPES] + list(_DTYPES)
    return key == "subok" and isinstance(value, bool)


def _check_ufunc(func, kwargs):
    """Drop keywords at NumPy's defaults; TypeError for unknown ones, NotImplementedError for other values."""
    for key in [k for k in kwargs if k != "out"]:
        value = kwargs.pop(key)
        if key not in _UFUNC_DEFAULTS:
            raise TypeError(f"{func.__name__} has no keyword {key!r}")
        default = _UFUNC_DEFAULTS[key]
        if value is default or (isinstance(value, type(default)) and value == default):
            continue
        if np_ufunc_legal_option(key, value):
            raise NotImplementedError(f"{func.__name__}: {key}={value!r} is not available, only {key}={default!r}")
        raise TypeError(f"{func.__name__}: {key}={value!r} is no value of this keyword")


def wrap_np_unary_func(func):
    """``func(x, out)`` as a NumPy function that takes, at their defaults only, ``where``, ``casting``, ``order`` ..."""
    @functools.wraps(func)
    def wrapped(x, out=None, **kwargs):
        _check_ufunc(func, kwargs)
        return func(x, out=out)
    return wrapped


def wrap_np_binary_func(func):
    """``func(x1, x2, out)`` as a NumPy function, see ``wrap_np_unary_func``."""
    @functools.wraps(func)
    def wrapped(x1, x2, out=None, **kwargs):
        _check_ufunc(func, kwargs)
        return func(x1, x2, out=out)
    return wrapped
