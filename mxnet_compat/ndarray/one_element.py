"""Numpy arrays of one element that still convert to numbers.

Scripts of MXNet's time write ``float(loss.asnumpy())`` or ``'%f' % loss.asnumpy()`` for results of shape ``(1,)``. NumPy
1.25 began to warn of that and 2.4 refuses it, so ``asnumpy`` hands out this subclass in that one case.
"""
import warnings

import numpy as np

__all__ = ["as_scripts_expect"]


def _refused():
    """Whether this numpy minds."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            float(np.ones(1))
        except (TypeError, DeprecationWarning):
            return True
    return False


class ndarray(np.ndarray):  # noqa: N801  (scripts look at the name of the type)
    """A numpy array that converts to a Python number while it has one element, whatever its dimensions."""

    def _only(self):
        if self.size != 1:
            raise TypeError("only arrays of one element can be converted to Python scalars")
        return self.reshape(-1).view(np.ndarray)[0]

    def __float__(self):
        return float(self._only())

    def __int__(self):
        return int(self._only())

    def __complex__(self):
        return complex(self._only())

    def __array_wrap__(self, array, context=None, return_scalar=False):
        # what numpy reduces to no dimensions is a scalar, as it is for a plain array
        return array[()] if array.ndim == 0 else array.view(type(self))

    def __repr__(self):
        return repr(self.view(np.ndarray))

    def __reduce__(self):
        return self.view(np.ndarray).__reduce__()


ndarray.__module__ = "numpy"
_REFUSED = _refused()


def as_scripts_expect(a):
    """The array itself, or a view of it that converts to numbers where this numpy would refuse to."""
    return a.view(ndarray) if _REFUSED and a.size == 1 and a.ndim else a
