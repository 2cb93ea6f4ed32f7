"""Products of matrices: ``dot`` over whole blocks of axes, ``batch_dot`` over stacks of matrices."""
from typing import Literal

import numpy as np

from ..backend import storage
from . import functional as F
from .declare import FLOAT, Array, operator

Stype = Literal["default", "csr", "row_sparse"]


def _blocks(lhs, rhs, transpose_a, transpose_b):
    """(left free shape, right free shape) of ``dot``; ValueError where the contracted lengths differ."""
    if (transpose_a or transpose_b) and len(lhs) == len(rhs) == 1:
        raise ValueError("two vectors cannot be transposed")
    inner, left = (lhs[0], lhs[1:]) if transpose_a else (lhs[-1], lhs[:-1])
    other, right = (rhs[-1], rhs[:-1]) if transpose_b else (rhs[0], rhs[1:])
    if inner != other:
        raise ValueError(f"lhs {lhs} and rhs {rhs} do not fit: the contracted lengths are {inner} and {other} "
                         f"(transpose_a={transpose_a}, transpose_b={transpose_b})")
    return left, right


def _matrix(a, first):
    """``a`` with its first (or its last) axis for itself and the others as one."""
    if a.ndim == 2:
        return a
    return a.reshape(a.shape[0], -1) if first else a.reshape(-1, a.shape[-1])


def _multiply(a, b):
    if a.dtype == np.float16:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    return np.matmul(a, b)


@operator("dot", "_sparse_dot", dtypes=FLOAT, gives_sparse=True)
def dot(lhs: Array, rhs: Array, *, transpose_a: bool = False, transpose_b: bool = False,
        forward_stype: Stype | None = None):
    """The last axis of ``lhs`` times the first of ``rhs``; ``transpose_a`` takes the first of ``lhs``,
    ``transpose_b`` the last of ``rhs``.

    (A..., K) and (K, B...) give (A..., B...); two vectors give shape (1,). MXNetError where the lengths differ.
    """
    if not lhs.ndim or not rhs.ndim:
        raise ValueError("lhs and rhs must have at least one dimension")
    left, right = _blocks(lhs.shape, rhs.shape, transpose_a, transpose_b)
    a, b = _matrix(lhs, transpose_a), _matrix(rhs, not transpose_b)
    y = _multiply(a.T if transpose_a else a, b.T if transpose_b else b)
    shape = left + right
    y = y if y.shape == shape else y.reshape(shape or (1,))
    return y if forward_stype in (None, "default") else storage.cast(y, forward_stype)


@dot.shapes
def _(lhs, rhs, *, transpose_a, transpose_b, forward_stype):
    if lhs is None or rhs is None:
        return (lhs, rhs), (None,)
    if all(lhs) and all(rhs):
        left, right = _blocks(lhs, rhs, transpose_a, transpose_b)
    else:
        left, right = (lhs[1:] if transpose_a else lhs[:-1]), (rhs[:-1] if transpose_b else rhs[1:])
    return (lhs, rhs), (left + right or (1,),)


def _shaped(x, like):
    return x if x.shape == like.shape else F.reshape(x, shape=like.shape)


def _block(x, rows, columns):
    """A gradient of ``dot`` as a matrix."""
    shape = rows or x.size // (columns or 1), columns or x.size // (rows or 1)
    return x if x.shape == shape else F.reshape(x, shape=shape)


def _flat(x, transposed, left):
    """An operand of ``dot`` as a matrix, its contracted axis where it was."""
    if x.ndim == 2:
        return x
    first = transposed if left else not transposed
    return F.reshape(x, shape=(x.shape[0], -1) if first else (-1, x.shape[-1]))


def _dot_left(dy, lhs_like, rhs, transpose_a, transpose_b):
    b = _flat(rhs, transpose_b, False)
    dy = _block(dy, None, b.shape[0 if transpose_b else 1])
    dx = F.dot(b, dy, transpose_a=transpose_b, transpose_b=True) if transpose_a else \
        F.dot(dy, b, transpose_b=not transpose_b)
    return _shaped(dx, lhs_like)


def _dot_right(dy, lhs, rhs_like, transpose_a, transpose_b):
    a = _flat(lhs, transpose_a, True)
    dy = _block(dy, a.shape[1 if transpose_a else 0], None)
    dx = F.dot(dy, a, transpose_a=True, transpose_b=transpose_a) if transpose_b else \
        F.dot(a, dy, transpose_a=not transpose_a)
    return _shaped(dx, rhs_like)


dot.gradient(lhs=_dot_left, rhs=_dot_right)


def _stacks(lhs, rhs, transpose_a, transpose_b):
    """The shape of ``batch_dot``."""
    if len(lhs) < 3 or len(lhs) != len(rhs):
        raise ValueError(f"lhs and rhs must have one number of dimensions, 3 or more; got {lhs} and {rhs}")
    if lhs[:-2] != rhs[:-2]:
        raise ValueError(f"the leading dimensions of lhs {lhs} and rhs {rhs} must be equal")
    inner, rows = (lhs[-2], lhs[-1]) if transpose_a else (lhs[-1], lhs[-2])
    other, columns = (rhs[-1], rhs[-2]) if transpose_b else (rhs[-2], rhs[-1])
    if inner != other:
        raise ValueError(f"lhs {lhs} and rhs {rhs} do not fit: the contracted lengths are {inner} and {other} "
                         f"(transpose_a={transpose_a}, transpose_b={transpose_b})")
    return (*lhs[:-2], rows, columns)


@operator("batch_dot", dtypes=FLOAT)
def batch_dot(lhs: Array, rhs: Array, *, transpose_a: bool = False, transpose_b: bool = False,
              forward_stype: Stype | None = None):
    """Products of stacked matrices: (..., M, K) and (..., K, N) give (..., M, N).

    The flags transpose the last two axes of an operand first. MXNetError where shapes do not fit.
    """
    _stacks(lhs.shape, rhs.shape, transpose_a, transpose_b)
    return _multiply(lhs.swapaxes(-1, -2) if transpose_a else lhs, rhs.swapaxes(-1, -2) if transpose_b else rhs)


@batch_dot.shapes
def _(lhs, rhs, *, transpose_a, transpose_b, forward_stype):
    if lhs is None or rhs is None or not all(lhs) or not all(rhs):
        return (lhs, rhs), (None,)
    return (lhs, rhs), (_stacks(lhs, rhs, transpose_a, transpose_b),)


def _batch_left(dy, rhs, transpose_a, transpose_b):
    return F.batch_dot(rhs, dy, transpose_a=transpose_b, transpose_b=True) if transpose_a else \
        F.batch_dot(dy, rhs, transpose_b=not transpose_b)


def _batch_right(dy, lhs, transpose_a, transpose_b):
    return F.batch_dot(dy, lhs, transpose_a=True, transpose_b=transpose_a) if transpose_b else \
        F.batch_dot(lhs, dy, transpose_a=not transpose_a)


batch_dot.gradient(lhs=_batch_left, rhs=_batch_right)
