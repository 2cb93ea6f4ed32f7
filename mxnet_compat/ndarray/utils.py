"""``mx.nd.save`` and ``load``: lists and dictionaries of arrays in MXNet's file format (see ``serialize.py``)."""
import os

from .. import context as _context
from . import serialize
from .core import NDArray, wrap

__all__ = ["load", "load_frombuffer", "save"]


def save(fname, data):
    """Write an array, a list or a dictionary of arrays to a file.

    TypeError for another ``fname`` than text or a path, ValueError for other data.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(f"save: the file name must be text, got {type(fname).__name__}")
    names = ()
    if isinstance(data, NDArray):
        data = [data]
    if isinstance(data, dict):
        names, arrays = list(data), list(data.values())
        if not all(isinstance(n, str) for n in names):
            raise TypeError("save: the keys of a dictionary of arrays must be text")
    elif isinstance(data, (list, tuple)):
        arrays = list(data)
    else:
        raise ValueError(f"save takes an NDArray, a list or a dictionary of them, not {type(data).__name__}")
    if not all(isinstance(a, NDArray) for a in arrays):
        raise TypeError("save takes NDArrays only")
    contexts = [(a._ctx.device_typeid, a._ctx.device_id) for a in arrays]
    serialize.save_file(fname, serialize.dump_chunks([_record(a) for a in arrays], names, contexts=contexts))


def _record(a):
    if a.stype != "default":
        return a._record()
    return a._a.numpy() if a._ctx.device_typeid == 2 else a._a


def _array(record):
    if isinstance(record, serialize.SparseRecord):
        from . import sparse
        return sparse._from_record(record)
    return wrap(record, _context.CPU)


def _result(records, names):
    arrays = [_array(r) for r in records]
    return dict(zip(names, arrays)) if names else arrays


def load(fname):
    """The list or dictionary of arrays in a file; MXNetError for a file that is none or is damaged."""
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(f"load: the file name must be text, got {type(fname).__name__}")
    return _result(*serialize.load_file(fname))


def load_frombuffer(buf):
    """The list or dictionary of arrays in the bytes of a file."""
    if not isinstance(buf, (bytes, bytearray, memoryview, str)):
        raise TypeError(f"load_frombuffer takes bytes, not {type(buf).__name__}")
    return _result(*serialize.loads(buf.encode() if isinstance(buf, str) else buf, "<buffer>"))


def __getattr__(name):
    if name not in ("array", "empty", "zeros"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .. import ndarray
    return getattr(ndarray, name)  # these know the storage types
