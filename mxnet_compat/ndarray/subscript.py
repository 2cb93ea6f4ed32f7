"""``x[key]`` and ``x[key] = value``: the array's side of indexing; what keys mean is in ``indexing.py``."""
import math

import numpy as np

from ..base import MXNetError
from ..ops import functional as F
from ..ops.declare import registry
from ..state import state
from . import indexing

NDArray = wrap = None       # set by core.py


class Subscript:
    """Indexing, iteration and the views that come from it."""
    __slots__ = ()

    def __getitem__(self, key):
        """A part of the array: a view where the key selects one contiguous stretch, else a copy."""
        a = self._a
        if type(key) is int and a.ndim > 1 and -len(a) <= key < len(a):
            kind, npkey = "view", key
        else:
            kind, npkey = indexing.resolve(key, a.shape)
            if kind == "self":
                return self
        y = a[npkey]
        if kind == "copy":
            y = y.copy()
        elif kind == "advanced" and type(y) is np.ndarray:
            # numpy may lay it out in another order, and reshape could not give views of it
            y = np.ascontiguousarray(y)
        r = wrap(y, self._ctx)
        if state.recording and self._node is not None:
            registry.get("_getitem").record(self, (npkey,), r)
        return r

    def __setitem__(self, key, value):
        """Write into a part of the array; refused for an array on the tape while recording."""
        self._writable("x[key] = value")
        if type(value) is NDArray and value._a is self._a and isinstance(key, slice) and key == slice(None):
            return
        if state.recording and isinstance(value, NDArray) and value._node is not None and not value._node.dead:
            self._record_assign(key, value)
        else:
            indexing.assign(self._a, key, value)

    def _record_assign(self, key, value):
        """Overwrite the whole array by one on the tape; a part cannot be, since the rest would lose its own history."""
        kind, npkey = indexing.resolve(key, self._a.shape)
        if kind not in ("self", "view") or (kind == "view" and self._a[npkey].size != self._a.size):
            raise MXNetError("x[key] = value: while recording, a part of an array cannot be overwritten by an array of "
                             "the recorded graph; build the result with operators such as concat or where")
        if value.shape != self.shape:
            value = value.broadcast_to(self.shape)
        F._copyto(value, out=self)

    def __iter__(self):
        for i in range(len(self)):
            yield self[i]

    def _slice(self, start, stop):
        return self[start:stop]

    def _at(self, idx):
        return self[idx]

    def _sync_copyfrom(self, source_array):
        source = np.asarray(source_array, self._a.dtype)
        if source.shape != self._a.shape:
            raise ValueError(f"array of shape {source.shape} for one of shape {self._a.shape}")
        np.copyto(self._a, source)

    def _full(self, value):
        self._a[...] = value

    def slice_assign(self, rhs, begin, end, step):
        """Write ``rhs`` into the slice in place and return the array."""
        return F._slice_assign(self, rhs, begin=begin, end=end, step=step or (), out=self)

    def slice_assign_scalar(self, value, begin, end, step):
        """Write a number into the slice in place and return the array."""
        return F._slice_assign_scalar(self, scalar=value, begin=begin, end=end, step=step or (), out=self)

    def reshape(self, *shape, **kwargs):
        """A view of another shape; the codes 0, -1, -2, -3 and -4 work as in the operator ``reshape``.

        Keywords: ``shape``, ``reverse``. Raises MXNetError for codes that mean nothing and for a shape of more elements
        than the array has, ValueError (MXNetError while recording) for one of fewer, AssertionError for other arguments
        or none.
        """
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        elif not shape:
            shape = kwargs.get("shape")
            if shape is None:
                raise AssertionError("reshape needs a shape")
            shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        unknown = kwargs.keys() - {"shape", "reverse"}
        if unknown:
            raise AssertionError(f"reshape has no argument {sorted(unknown)[0]!r}; it takes shape and reverse")
        reverse = bool(kwargs.get("reverse", False))
        a = self._a
        target = shape
        for d in shape:
            if type(d) is not int or d <= 0:
                try:
                    target = _SHAPES.reshape(a.shape, tuple(int(d) for d in shape), reverse)
                except _SHAPES.Misfit as e:
                    raise (MXNetError if state.recording else ValueError)(str(e)) from None
                except ValueError as e:
                    raise MXNetError(str(e)) from None
                break
        try:
            y = a.reshape(target)
        except ValueError:
            # too few elements and too many are different classes in the real package, but while it records
            error = MXNetError if state.recording or math.prod(target) > a.size else ValueError
            raise error(f"reshape: an array of shape {a.shape} cannot take the shape {shape}") from None
        r = wrap(y, self._ctx)
        if state.recording and self._node is not None:
            registry.get("Reshape").record(self, (tuple(shape), reverse, (), False), r)
        return r


from ..ops import shapes as _SHAPES  # noqa: E402
