"""numpy.linalg on buffers: factorisations and what follows from them, for any number of matrices at once.

Matrices of one call advance together, column by column; each step is a product of matrices or an expression, so that the
device is busy where there are many matrices or large ones. Deterministic. Sources: Golub and Van Loan, Matrix Computations.
"""
import numpy as np

from .matmul import matmul
from .numpy_api import on, serves

__all__ = ["cholesky", "det", "eigh", "inv", "qr", "slogdet", "solve"]


def _square(a):
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError("the last two axes of a stack of matrices must be equal")


@serves(np.linalg.cholesky)
def cholesky(a, **_):
    """Lower triangular factors of positive definite matrices; LinAlgError for others."""
    _square(a)
    y = a.device.zeros(a.shape, a.dtype)
    for j in range(a.shape[-1]):
        s = a[..., j:, j:j + 1]
        if j:
            s = s - matmul(y[..., j:, :j], np.swapaxes(y[..., j:j + 1, :j], -1, -2))
        y[..., j:, j:j + 1] = s / np.sqrt(s[..., :1, :])
    if bool(np.any(~np.isfinite(y))):
        raise np.linalg.LinAlgError("the matrix is not positive definite")
    return y


def _lu(a, b=None):
    """(factors L and U in one matrix, ``b`` with rows exchanged likewise, the sign of the exchanges)."""
    _square(a)
    n = a.shape[-1]
    a, rows = a.copy(), np.arange(n)
    sign = a.device.full(a.shape[:-2], 1, a.dtype)
    for j in range(n - 1):
        pivot = np.argmax(np.abs(a[..., j:, j]), axis=-1) + j
        p = pivot.reshape(*pivot.shape, 1)
        at = _exchanged(p, rows, j)
        a = np.take_along_axis(a, at, -2)
        if b is not None:
            b = np.take_along_axis(b, at, -2)
        sign = np.where(pivot == j, sign, -sign)
        pivot = a[..., j:j + 1, j:j + 1]
        # where the largest of a column is zero, so is the rest of it, and there is nothing to eliminate
        factor = a[..., j + 1:, j:j + 1] / np.where(pivot == 0, 1, pivot)
        a[..., j + 1:, j + 1:] -= factor * a[..., j:j + 1, j + 1:]
        a[..., j + 1:, j:j + 1] = factor
    return a, b, sign


def _exchanged(p, rows, j):
    """The row numbers (..., n, 1) with ``j`` and ``p`` exchanged."""
    p, at = on(p, rows)
    at = np.where(at == j, p, np.where(at == p, j, at))
    return at.reshape(*at.shape, 1)


@serves(np.linalg.solve)
def solve(a, b):
    """``x`` with ``a @ x = b``; LinAlgError where a matrix is singular."""
    a, b = on(a, b)
    vector = b.ndim == 1
    b = b.reshape(-1, 1) if vector else b
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = a.broadcast_to((*lead, *a.shape[-2:])), b.broadcast_to((*lead, *b.shape[-2:]))
    lu, x, _ = _lu(a, b.copy())
    n = a.shape[-1]
    if bool(np.any(np.diagonal(lu, 0, -2, -1) == 0)):
        raise np.linalg.LinAlgError("the matrix is singular")
    for j in range(n - 1):
        x[..., j + 1:, :] -= lu[..., j + 1:, j:j + 1] * x[..., j:j + 1, :]
    for j in reversed(range(n)):
        x[..., j:j + 1, :] = x[..., j:j + 1, :] / lu[..., j:j + 1, j:j + 1]
        if j:
            x[..., :j, :] -= lu[..., :j, j:j + 1] * x[..., j:j + 1, :]
    return x[..., 0] if vector else x


@serves(np.linalg.inv)
def inv(a):
    """Inverses; LinAlgError where a matrix is singular."""
    _square(a)
    from .creation import eye
    return solve(a, eye(a.device, a.shape[-1], dtype=a.dtype).broadcast_to(a.shape))


@serves(np.linalg.det)
def det(a):
    """Determinants, as products of pivots."""
    lu, _, sign = _lu(a)
    return sign * np.prod(np.diagonal(lu, 0, -2, -1), axis=-1)


@serves(np.linalg.slogdet)
def slogdet(a):
    """(signs, logarithms of the absolute values) of determinants."""
    lu, _, sign = _lu(a)
    d = np.diagonal(lu, 0, -2, -1)
    return sign * np.prod(np.sign(d), axis=-1), np.sum(np.log(np.abs(d)), axis=-1)


@serves(np.linalg.qr)
def qr(a, mode="reduced"):
    """(orthogonal, upper triangular) factors by Householder's reflections, with LAPACK's signs."""
    from .creation import eye
    m, n = a.shape[-2:]
    k = min(m, n)
    r = a.copy()
    q = eye(a.device, m, dtype=a.dtype).broadcast_to((*a.shape[:-2], m, m)).copy()
    for j in range(k):
        x = r[..., j:, j:j + 1]
        first = x[..., :1, :]
        tail = np.sum(np.square(x[..., 1:, :]), axis=-2, keepdims=True) if m - j > 1 else np.zeros_like(first)
        norm = np.sqrt(tail + np.square(first))
        v = x.copy()
        v[..., :1, :] = first + np.copysign(norm, first)
        # a column that is zero below the diagonal stays as it is
        scale = np.where(tail == 0, 0, 2 / np.sum(np.square(v), axis=-2, keepdims=True))
        vt = np.swapaxes(v, -1, -2)
        r[..., j:, j:] -= scale * v * matmul(vt, r[..., j:, j:])
        q[..., :, j:] -= scale * matmul(q[..., :, j:], v) * vt
    return q[..., :, :k].copy(), np.triu(r[..., :k, :])


@serves(np.linalg.eigh)
def eigh(a, UPLO="L"):
    """(rising eigenvalues, eigenvectors as columns) of symmetric matrices by Jacobi's rotations, n / 2 of them at once."""
    _square(a)
    from .creation import eye
    n = a.shape[-1]
    lower = np.tril(a, -1) if UPLO == "L" else np.swapaxes(np.triu(a, 1), -1, -2)
    d = np.diagonal(a, 0, -2, -1)
    unit = eye(a.device, n, dtype=a.dtype)
    a = lower + np.swapaxes(lower, -1, -2) + unit * d.reshape(*d.shape, 1)
    v = unit.broadcast_to(a.shape).copy()
    for _ in range(6 + 2 * n.bit_length()):
        for pairs in _rounds(n):
            p, q = (np.array(k) for k in zip(*pairs))
            app, aqq, apq = a[..., p, p], a[..., q, q], a[..., p, q]
            theta = (aqq - app) / (2 * np.where(apq == 0, 1, apq))
            t = np.copysign(1 / (np.abs(theta) + np.sqrt(np.square(theta) + 1)), theta)
            t = np.where(apq == 0, 0, t)
            c = 1 / np.sqrt(np.square(t) + 1)
            j = unit.broadcast_to(a.shape).copy()
            j[..., p, p] = c
            j[..., q, q] = c
            j[..., p, q] = t * c
            j[..., q, p] = -(t * c)
            a = matmul(np.swapaxes(j, -1, -2), matmul(a, j))
            v = matmul(v, j)
    d = np.diagonal(a, 0, -2, -1).copy()
    order = np.argsort(d, axis=-1)
    return np.take_along_axis(d, order, -1), np.take_along_axis(v, order.reshape(*order.shape[:-1], 1, n), -1)


def _rounds(n):
    """Pairs of 0 ... n - 1 in rounds in which each number comes once, as in a tournament."""
    players = list(range(n + n % 2))
    half = len(players) // 2
    for _ in range(len(players) - 1):
        found = [(min(p, q), max(p, q)) for p, q in zip(players[:half], reversed(players[half:])) if max(p, q) < n]
        if found:
            yield found
        players = [players[0], players[-1], *players[1:-1]]
