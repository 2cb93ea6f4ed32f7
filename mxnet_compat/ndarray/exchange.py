"""Handing arrays to others: numpy, DLPack, pickles."""
import numpy as np

from .. import context as _context

NDArray = wrap = None       # set by core.py


class Exchange:
    """Conversions of an array to what other libraries take."""
    __slots__ = ()

    def __array__(self, dtype=None, copy=None):
        """A numpy copy of the elements (numpy must not change the array behind the tape's back)."""
        a = self.asnumpy()
        return a if dtype is None else a.astype(dtype, copy=False)

    def __dlpack__(self, **kwargs):
        """A DLPack capsule of the array's memory."""
        return self._a.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        """The DLPack device of the array's memory."""
        return self._a.__dlpack_device__()

    def to_dlpack_for_read(self):
        """A DLPack capsule of the array's memory, to be read only."""
        return self._a.__dlpack__()

    def to_dlpack_for_write(self):
        """A DLPack capsule of the array's memory, which may be written through."""
        self._writable("to_dlpack_for_write")
        return self._a.__dlpack__()

    def __getstate__(self):
        from . import serialize
        ctx = self._ctx
        return {"handle": bytearray(serialize.dump_one(self._a, context=(ctx.device_typeid, ctx.device_id)))
                if self._a is not None else None}

    def __setstate__(self, state):
        from . import serialize
        handle = state["handle"]
        if handle is not None:
            self._a = serialize.load_one(handle)

    def __reduce__(self):
        return type(self), (None,), self.__getstate__()


# numpy 1.22 has the function under another name
_import = getattr(np, "from_dlpack", None) or np._from_dlpack


class _Capsule:
    """What numpy wants of a bare DLPack capsule."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **kwargs):
        return self.capsule

    def __dlpack_device__(self):
        return (1, 0)


class _Memory:
    """Writable memory of an array that numpy imported read-only; keeps its owner alive."""

    def __init__(self, a):
        self.owner = a
        self.__array_interface__ = dict(a.__array_interface__, data=(a.__array_interface__["data"][0], False))


def from_dlpack(dlpack):
    """An array on the memory of a DLPack capsule, or of an object with ``__dlpack__``; nothing is copied."""
    a = _import(dlpack if hasattr(dlpack, "__dlpack__") else _Capsule(dlpack))
    if not a.flags.writeable:
        a = np.asarray(_Memory(a))
    return wrap(a, _context.CPU)


def to_dlpack_for_read(data):
    """``data.to_dlpack_for_read()``."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data):
    """``data.to_dlpack_for_write()``."""
    return data.to_dlpack_for_write()


def from_numpy(ndarray, zero_copy=True, array_cls=None):
    """An array from a C-contiguous numpy array; with ``zero_copy`` on the same memory, which then becomes read-only."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy takes a numpy array, not {type(ndarray).__name__}")
    if not zero_copy:
        from .creation import array
        return array(ndarray, dtype=ndarray.dtype)
    if not ndarray.flags["C_CONTIGUOUS"]:
        raise ValueError("from_numpy with zero_copy needs a C-contiguous array")
    a = ndarray.view()
    # numpy's name for the memory is closed, as MXNet does, so that only the array changes it
    ndarray.flags["WRITEABLE"] = False
    return wrap(a, _context.CPU)
