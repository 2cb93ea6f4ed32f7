"""Diagonals and triangles of stacks of matrices (``mx.nd.linalg``): taking them out, and making matrices of them."""
import numpy as np

from . import functional as F
from .declare import Array, _dtypes, operator


def _op(name, alias):
    return operator(name, alias, dtypes=_dtypes("float32", "float64"))


def _square(a):
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError("A must be square in its last two axes")


@_op("_linalg_sumlogdiag", "linalg_sumlogdiag")
def sumlogdiag(A: Array):
    """The sum of the logarithms of the diagonal, of shape (1,) for a single matrix."""
    _square(A)
    return np.atleast_1d(np.log(np.diagonal(A, axis1=-2, axis2=-1)).sum(-1))


def _sumlogdiag_gradient(dy, A):
    d = F._linalg_extractdiag(A)
    each = F.broadcast_to(F.reshape(dy, shape=A.shape[:-2] + (1,)), shape=d.shape)
    return F._linalg_makediag(each / d)


sumlogdiag.gradient(A=_sumlogdiag_gradient)


@_op("_linalg_extractdiag", "linalg_extractdiag")
def extractdiag(A: Array, *, offset: int = 0):
    """The diagonal ``offset`` places above the main one, as vectors."""
    _square(A)
    if abs(offset) >= A.shape[-1]:
        raise ValueError(f"offset {offset} lies outside of a matrix of {A.shape[-1]} rows")
    return np.array(np.diagonal(A, offset, -2, -1), order="C")


extractdiag.gradient(A=lambda dy, offset: F._linalg_makediag(dy, offset=offset))


@_op("_linalg_makediag", "linalg_makediag")
def makediag(A: Array, *, offset: int = 0):
    """Matrices of zeros with the vectors on the diagonal ``offset`` places above the main one."""
    n = A.shape[-1] + abs(offset)
    y = np.zeros(A.shape[:-1] + (n, n), A.dtype)
    i = np.arange(A.shape[-1])
    y[..., i + max(-offset, 0), i + max(offset, 0)] = A
    return y


makediag.gradient(A=lambda dy, offset: F._linalg_extractdiag(dy, offset=offset))


def _places(n, offset, lower):
    """Row and column numbers of a triangle: a lower one row by row, an upper one column by column.

    Off the main diagonal the offset's sign says which triangle it is.
    """
    if offset:
        lower = offset < 0
    i, j = np.tril_indices(n, -abs(offset))
    return (i, j) if lower else (j, i)


@_op("_linalg_extracttrian", "linalg_extracttrian")
def extracttrian(A: Array, *, offset: int = 0, lower: bool = True):
    """A triangle as vectors: a lower one row by row, an upper one column by column."""
    _square(A)
    if abs(offset) >= A.shape[-1]:
        raise ValueError(f"offset {offset} lies outside of a matrix of {A.shape[-1]} rows")
    return A[(..., *_places(A.shape[-1], offset, lower))]


extracttrian.gradient(A=lambda dy, offset, lower: F._linalg_maketrian(dy, offset=offset, lower=lower))


@_op("_linalg_maketrian", "linalg_maketrian")
def maketrian(A: Array, *, offset: int = 0, lower: bool = True):
    """Matrices of zeros with the vectors in a triangle: a lower one row by row, an upper one column by column."""
    k = int((np.sqrt(8 * A.shape[-1] + 1) - 1) / 2)
    if k * (k + 1) // 2 != A.shape[-1]:
        raise ValueError(f"{A.shape[-1]} numbers do not make a triangle")
    n = k + abs(offset)
    y = np.zeros(A.shape[:-1] + (n, n), A.dtype)
    y[(..., *_places(n, offset, lower))] = A
    return y


maketrian.gradient(A=lambda dy, offset, lower: F._linalg_extracttrian(dy, offset=offset, lower=lower))
