"""Objects with large arrays as one message and one segment of shared memory.

``dump`` writes the arrays of an object into a named segment, ``load`` maps it in another process, removes the name and
makes the object anew with its arrays on the mapped memory, which goes when the last of them goes. Nothing is copied on
the way back. Small objects, and all where shared memory is full, travel in the message itself.
"""
import contextlib
import errno
import io
import os
import pickle
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from ...context import cpu_shared, intern
from ...ndarray.core import NDArray, new

__all__ = ["dump", "load", "remove"]

_SMALL = 4096
_ALIGN = 64
_CTX = intern(cpu_shared(0))


class _Pickler(pickle.Pickler):
    """Dense arrays by their memory, whatever way they pickle into files."""

    def reducer_override(self, obj):
        if isinstance(obj, NDArray) and isinstance(obj._a, np.ndarray):
            return _restore, (type(obj), np.ascontiguousarray(obj._a))
        return NotImplemented


def _restore(cls, a):
    x = new(cls)
    x._a, x._ctx, x._node, x._i = a, _CTX, None, 0
    return x


class _Segment(SharedMemory):
    def release(self):
        """The mapping itself, for arrays to keep alive; the object lets go of it."""
        memory, self._mmap = self._mmap, None
        self._buf.release()
        self._buf = None
        self.close()
        return memory


def _places(sizes):
    """Where parts of these sizes start, and the end of the last."""
    starts, end = [], 0
    for size in sizes:
        starts.append(end)
        end += size + -size % _ALIGN
    return starts, max(end, 1)


def _create(name, size):
    """A new segment, or None where there is no room for it."""
    try:
        segment = SharedMemory(name, create=True, size=size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.ENOMEM):
            raise
        return None
    # Linux takes pages of a segment at the first write, and kills the writer when there are none.
    path = "/dev/shm/" + name
    if os.path.exists(path):
        fd = os.open(path, os.O_RDWR)
        try:
            os.posix_fallocate(fd, 0, size)
        except OSError:
            segment.close()
            segment.unlink()
            return None
        finally:
            os.close(fd)
    return segment


def dump(obj, name):
    """The message for ``obj``; its arrays are in the segment ``name``, if there are any of some size."""
    stream, parts = io.BytesIO(), []
    pickler = _Pickler(stream, protocol=5, buffer_callback=lambda part: parts.append(part.raw()))
    pickler.dump(obj)
    parts.append(stream.getbuffer())
    sizes = [part.nbytes for part in parts]
    starts, end = _places(sizes)
    segment = _create(name, end) if end > _SMALL else None
    if segment is None:
        return None, [bytes(part) for part in parts], end > _SMALL
    for start, size, part in zip(starts, sizes, parts):
        segment.buf[start:start + size] = part
    segment.close()
    return name, sizes, False


def load(message):
    """The object that ``dump`` wrote; the name of its segment is gone afterwards."""
    name, parts, _ = message
    if name is not None:
        segment = _Segment(name)
        segment.unlink()
        memory = memoryview(segment.release())
        starts, _ = _places(parts)
        parts = [memory[start:start + size] for start, size in zip(starts, parts)]
    else:
        # arrays are to be writable wherever they came from
        parts = [bytearray(part) for part in parts]
    return pickle.loads(parts[-1], buffers=parts[:-1])


def remove(name):
    """Remove the segment of this name if there is one."""
    with contextlib.suppress(FileNotFoundError, OSError):
        segment = SharedMemory(name)
        segment.close()
        segment.unlink()
