"""Memory for large results: buffers that were freed recently are handed out again.

The first touch of fresh memory costs more than most arithmetic on it. A buffer is free again when nobody but the pool
holds it, which its reference count tells, so nothing has to be given back. Small arrays are numpy's own business.
"""
import sys
import threading

import numpy as np

__all__ = ["SMALL", "clear", "empty"]

#: Results below so many bytes come straight from numpy.
SMALL = 1 << 20
#: So many bytes of free buffers are kept at most.
KEEP = 1 << 28

_lock = threading.Lock()
_buffers = {}       # size in bytes -> buffers of that size, in use or free


def _references_of_free():
    """What ``getrefcount`` says of a buffer that only a list and a loop variable hold; versions of Python differ."""
    count = 0
    for base in [np.empty(1)]:
        count = sys.getrefcount(base)
    return count


_FREE = _references_of_free()
# without the lock of the interpreter reference counts are no exact statement
_usable = getattr(sys, "_is_gil_enabled", lambda: True)()


def empty(shape, dtype):
    """A new C-contiguous array with arbitrary contents."""
    dtype = np.dtype(dtype)
    size = dtype.itemsize
    for d in shape:
        size *= d
    if size < SMALL or not _usable:
        return np.empty(shape, dtype)
    with _lock:
        known = _buffers.setdefault(size, [])
        for base in known:
            if sys.getrefcount(base) == _FREE:
                break
        else:
            base = np.empty(size, np.uint8)
            known.append(base)
            _trim()
        return base.view(dtype).reshape(shape)


def _trim():
    """Forget free buffers beyond the limit, those of other sizes first as they come, and stop following used ones."""
    free = 0
    for size in list(_buffers):
        kept = []
        for base in _buffers[size]:
            if sys.getrefcount(base) == _FREE:
                if free + size > KEEP:
                    continue
                free += size
            kept.append(base)
        if kept:
            _buffers[size] = kept
        else:
            del _buffers[size]


def clear():
    """Let go of all buffers; those in use live on with their users."""
    with _lock:
        _buffers.clear()
