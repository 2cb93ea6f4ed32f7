"""Numpy bodies of operators, run on buffers of a device.

A body is written against ``np`` and the helpers of ``backend``. Numpy's own functions take buffers of ``triton_kernels``
through numpy's protocols; what makes arrays out of nothing does not know the device. So a body runs with globals in which
``np``, ``parallel`` and ``pool`` are those of the device, and in which every function of the operators' files that it
calls is likewise. What has no kernel raises Unsupported, a TypeError.
"""
import functools
import sys
import threading
import types

import numpy as np

from triton_kernels import creation, numpy_api, registry
from triton_kernels.device import Buffer, guarded

from ..ops.declare import Operator

__all__ = ["on_device"]

_state = threading.local()
_OPS = __name__.rpartition(".")[0].rpartition(".")[0] + ".ops"


class _Numpy(types.ModuleType):
    """``np`` with arrays made on the device of the running call."""
    ndarray = Buffer
    lib = types.SimpleNamespace(stride_tricks=types.SimpleNamespace(
        as_strided=numpy_api.as_strided, sliding_window_view=numpy_api.sliding_window_view))

    def __getattr__(self, name):
        value = getattr(np, name)
        self.__dict__[name] = value
        return value

    @staticmethod
    def zeros(shape, dtype=float, order="C", **_):
        return _state.device.zeros(_shape(shape), dtype)

    @staticmethod
    def ones(shape, dtype=float, order="C", **_):
        return _state.device.full(_shape(shape), 1, dtype)

    @staticmethod
    def empty(shape, dtype=float, order="C", **_):
        return _state.device.empty(_shape(shape), dtype)

    @staticmethod
    def full(shape, fill_value, dtype=None, order="C", **_):
        if isinstance(fill_value, Buffer):
            y = _state.device.empty(_shape(shape), dtype or fill_value.dtype)
            y[...] = fill_value
            return y
        return _state.device.full(_shape(shape), fill_value, np.asarray(fill_value).dtype if dtype is None else dtype)

    @staticmethod
    def arange(start, stop=None, step=1, dtype=None, **_):
        return creation.arange(_state.device, *(v.item() if isinstance(v, Buffer) else v for v in (start, stop, step)),
                               dtype=dtype)

    @staticmethod
    def eye(N, M=None, k=0, dtype=float, **_):
        return creation.eye(_state.device, N, M, k, dtype)

    @staticmethod
    def array(object, dtype=None, copy=True, order="K", ndmin=0, **_):  # noqa: A002  (numpy's name)
        if isinstance(object, Buffer):
            return object.astype(object.dtype if dtype is None else dtype)
        if isinstance(object, (list, tuple)) and any(isinstance(v, Buffer) for v in object):
            y = np.stack(object)
            return y if dtype is None else y.astype(dtype, copy=False)
        return _state.device.upload(np.array(object, dtype, ndmin=ndmin))

    @staticmethod
    def asarray(a, dtype=None, **_):
        if isinstance(a, Buffer):
            return a if dtype is None else a.astype(dtype, copy=False)
        return _Numpy.array(a, dtype)

    @staticmethod
    def ascontiguousarray(a, dtype=None, **_):
        a = _Numpy.asarray(a, dtype)
        return a if a.contiguous else a.copy()

    @staticmethod
    def prod(a, *args, **kwargs):
        return np.prod(a, *args, **kwargs)


def _shape(shape):
    return (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)


class _Parallel(types.ModuleType):
    """``backend.parallel`` where the device itself is parallel."""
    BLOCK = 1 << 62
    SMALL = 1 << 62

    @staticmethod
    def threads():
        return 1

    @staticmethod
    def split(n, work):
        work(0, n)

    @staticmethod
    def blocks(function, *arrays, dtype=None):
        y = function(*arrays)
        return y if dtype is None or y.dtype == dtype else y.astype(dtype)

    @staticmethod
    def unary(ufunc, x, out=None):
        return ufunc(x, out=out)

    @staticmethod
    def binary(ufunc, a, b, out=None):
        return ufunc(a, b, out=out)


class _Pool(types.ModuleType):
    """``backend.pool`` on the device, whose allocator keeps memory itself."""
    SMALL = 1 << 62

    @staticmethod
    def empty(shape, dtype):
        return _state.device.empty(_shape(shape), dtype)


def _replacements():
    from . import parallel, pool
    device_np = _Numpy("numpy")
    return {id(np): device_np, id(parallel): _Parallel("parallel"), id(pool): _Pool("pool"), id(np.ndarray): Buffer,
            **{id(getattr(parallel, n)): getattr(_Parallel, n) for n in ("split", "blocks", "unary", "binary", "threads")},
            id(pool.empty): _Pool.empty, id(np.lib.stride_tricks.as_strided): numpy_api.as_strided}


class _Globals(dict):
    """The globals of one module of operators as its functions see them on a device."""

    def __init__(self, module):
        super().__init__(__builtins__=module.__dict__["__builtins__"], __name__=module.__name__)
        self.module = module

    def __missing__(self, name):
        if name not in self.module.__dict__:
            raise KeyError(name)
        value = self[name] = _for_device(self.module.__dict__[name])
        return value


@functools.cache
def _globals(module_name):
    return _Globals(sys.modules[module_name])


@functools.cache
def _known():
    return _replacements()


_functions = {}
#: Helpers that make small arrays from shapes alone, which stay in host memory.
_OF_SHAPES = {"nn.windows.counts"}


def _for_device(value):
    """A function, or a container with functions, as it is on a device; other values as they are."""
    known = _known().get(id(value))
    if known is not None:
        return known
    if isinstance(value, types.FunctionType):
        return _function(value)
    if isinstance(value, type) and value.__module__.startswith(_OPS):
        return _class(value)
    if type(value) is dict:
        # a copy: what a body keeps there from call to call is of one device
        return {k: _for_device(v) for k, v in value.items() if not isinstance(v, np.ndarray)}
    if type(value) is threading.local:
        return threading.local()
    if type(value) in (tuple, list) and any(callable(v) for v in value):
        return type(value)([_for_device(v) for v in value])
    if isinstance(value, Operator):
        return _Operator(value)
    if type(value).__module__.startswith(_OPS) and hasattr(value, "__dict__") and not isinstance(value, type):
        copy = object.__new__(_class(type(value)))
        copy.__dict__.update({k: _for_device(v) for k, v in vars(value).items()})
        return copy
    if isinstance(value, types.ModuleType) and value.__name__.startswith(_OPS):
        return _Module(value)
    return value


class _Operator:
    """A declared operator whose body is as on a device."""

    def __init__(self, op):
        self._op, self.body = op, _for_device(op.body)

    def __getattr__(self, name):
        return getattr(self._op, name)


class _Module:
    """A module of operators, its functions as they are on a device."""

    def __init__(self, module):
        self._globals = _globals(module.__name__)

    def __getattr__(self, name):
        try:
            return self._globals[name]
        except KeyError:
            raise AttributeError(name) from None


def _class(cls):
    """A class of the operators' files whose methods are as on a device."""
    found = _functions.get(cls)
    if found is None:
        file = sys.modules[cls.__module__].__file__
        own = {k: _method(v, file) for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__") and
               not isinstance(v, types.MemberDescriptorType)}
        found = _functions[cls] = type(cls)(cls.__name__, tuple([_for_device(b) for b in cls.__bases__]), own)
    return found


def _method(v, file):
    if isinstance(v, (staticmethod, classmethod)):
        return type(v)(_method(v.__func__, file))
    if isinstance(v, property):
        return property(*[f and _method(f, file) for f in (v.fget, v.fset, v.fdel)])
    # what a decorator of the standard library wrote has globals of its own
    return _function(v) if isinstance(v, types.FunctionType) and v.__code__.co_filename == file else v


def _function(f):
    found = _functions.get(f)
    if found is None:
        if not (f.__module__ or "").startswith(_OPS):
            return f
        name = f"{f.__module__[len(_OPS) + 1:]}.{f.__qualname__}"
        found = f if name in _OF_SHAPES else registry.replacement(name)
        if found is not None:
            _functions[f] = found
            return found
        inner = getattr(f, "__wrapped__", None)
        if inner is not None:
            # caches hold results that depend on the arguments alone, but arrays among them would be of one device
            f = inner
        cells = None
        if f.__closure__:
            cells = tuple([types.CellType(_for_device(c.cell_contents)) for c in f.__closure__])
        found = types.FunctionType(f.__code__, _globals(f.__module__), f.__name__, f.__defaults__, cells)
        found.__kwdefaults__ = f.__kwdefaults__
        _functions[f] = found
    return found


def on_device(body, device, args, kwargs):
    """``body(*args, **kwargs)`` on buffers of ``device``."""
    was = getattr(_state, "device", None)
    _state.device = device
    try:
        with guarded():
            return _function(body)(*args, **kwargs)
    finally:
        _state.device = was
