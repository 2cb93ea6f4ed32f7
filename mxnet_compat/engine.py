"""Bulking of operators. Calls run at once here, so the size is only remembered, for each thread."""
import operator
import threading

__all__ = ["bulk", "set_bulk_size"]


class _Size(threading.local):
    value = 0


_size = _Size()


def set_bulk_size(size):
    """Remember how many operators to run as one; returns the size before. TypeError unless ``size`` is an integer."""
    before, _size.value = _size.value, operator.index(size)
    return before


class _BulkScope:
    def __init__(self, size):
        self._size = size
        self._old_size = None

    def __enter__(self):
        self._old_size = set_bulk_size(self._size)
        return self

    def __exit__(self, ptype, value, trace):
        set_bulk_size(self._old_size)


def bulk(size):
    """A scope with another bulk size, for loops of many small operators."""
    return _BulkScope(size)
