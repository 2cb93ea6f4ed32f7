"""FullyConnected, dot, batch_dot, _linalg_gemm2, take and Embedding: one launch each (three where the inner axis is cut)."""
import math

from ..device import Unsupported
from ..lookup import lookup
from ..matmul import matmul
from ..registry import implements

__all__ = ["batch_dot", "dot", "embedding", "fully_connected", "gemm2", "take"]


def _fit(fits, *arrays):
    if not fits:
        raise Unsupported(f"shapes {[a.shape for a in arrays]} do not fit together")


def _rows(a, rows, columns):
    return a if a.shape == (rows, columns) else a.reshape(rows, columns)


@implements("FullyConnected")
def fully_connected(data, weight, bias=None, *, num_hidden, no_bias=False, flatten=True):
    """``data @ weight.T + bias``."""
    _fit(data.ndim and (bias is None) == no_bias, data, weight)
    lead = data.shape[:1] if flatten else data.shape[:-1]
    width = math.prod(data.shape[len(lead):])
    _fit(weight.shape == (num_hidden, width) and (no_bias or bias.shape == (num_hidden,)), data, weight)
    x = _rows(data, math.prod(lead), width)
    return matmul(x, weight.T, bias=bias).reshape(*lead, num_hidden)


@implements("dot")
def dot(lhs, rhs, *, transpose_a=False, transpose_b=False, forward_stype=None):
    """The last axis of ``lhs`` (the first with ``transpose_a``) times the first of ``rhs`` (the last with ``transpose_b``)."""
    if forward_stype not in (None, "default"):
        raise Unsupported("results of other storage types")
    _fit(lhs.ndim and rhs.ndim and not ((transpose_a or transpose_b) and lhs.ndim == rhs.ndim == 1), lhs, rhs)
    inner, left = (lhs.shape[0], lhs.shape[1:]) if transpose_a else (lhs.shape[-1], lhs.shape[:-1])
    other, right = (rhs.shape[-1], rhs.shape[:-1]) if transpose_b else (rhs.shape[0], rhs.shape[1:])
    _fit(inner == other, lhs, rhs)
    m, n = math.prod(left), math.prod(right)
    a = _rows(lhs, inner, m).T if transpose_a else _rows(lhs, m, inner)
    b = _rows(rhs, n, inner).T if transpose_b else _rows(rhs, inner, n)
    return matmul(a, b).reshape((*left, *right) or (1,))


@implements("batch_dot")
def batch_dot(lhs, rhs, *, transpose_a=False, transpose_b=False, forward_stype=None):
    """Products of stacked matrices."""
    if forward_stype not in (None, "default"):
        raise Unsupported("results of other storage types")
    _fit(lhs.ndim >= 3, lhs, rhs)
    return _stacked(lhs, rhs, transpose_a, transpose_b)


def _stacked(a, b, transpose_a, transpose_b, alpha=1):
    a = a.swapaxes(-1, -2) if transpose_a else a
    b = b.swapaxes(-1, -2) if transpose_b else b
    _fit(a.ndim == b.ndim and a.shape[:-2] == b.shape[:-2] and a.shape[-1] == b.shape[-2], a, b)
    return matmul(a, b, alpha=alpha)


@implements("_linalg_gemm2")
def gemm2(A, B, *, transpose_a=False, transpose_b=False, alpha=1.0, axis=-2):
    """``alpha * op(A) @ op(B)``, the rows on ``axis``."""
    _fit(A.ndim >= 2 and A.ndim == B.ndim and axis != -1 and -A.ndim <= axis < A.ndim - 1, A, B)
    rows = axis % A.ndim
    if rows == A.ndim - 2:
        return _stacked(A, B, transpose_a, transpose_b, alpha)
    order = [k for k in range(A.ndim - 1) if k != rows] + [rows, A.ndim - 1]
    y = _stacked(A.transpose(order), B.transpose(order), transpose_a, transpose_b, alpha)
    return y.transpose([order.index(k) for k in range(A.ndim)]).copy()


@implements("take")
def take(a, indices, *, axis=0, mode="clip"):
    """The entries at ``indices`` along an axis."""
    _fit(-a.ndim <= axis < a.ndim, a, indices)
    return lookup(a, indices, axis, mode)


@implements("Embedding")
def embedding(data, weight, *, input_dim, output_dim, dtype="float32", sparse_grad=False):
    """The rows of ``weight`` at the numbers in ``data``, clipped into range."""
    _fit(weight.shape == (input_dim, output_dim) and data.dtype.kind != "b", data, weight)
    return lookup(weight, data)
