"""Linear algebra on stacks of matrices (``mx.nd.linalg``): products, factorizations, triangular solves, determinants.

The last two axes are the matrices. Products of other shapes (``dot``) are in ``matmul.py``; triangles and diagonals in
``triangles.py``.
"""
import numpy as np

from . import functional as F
from . import shapes
from .declare import Array, _dtypes, operator

_LAPACK = _dtypes("float32", "float64")


def _op(name, *aliases, **options):
    return operator(name, *aliases, dtypes=_LAPACK, **options)


def _matrices(*arrays, names=("A", "B", "C")):
    """Refuse arrays that are no stacks of matrices, or stacks of different shapes."""
    for n, a in zip(names, arrays):
        if a.ndim < 2:
            raise ValueError(f"{n} must have at least two dimensions")
        if a.shape[:-2] != arrays[0].shape[:-2]:
            raise ValueError(f"{n} must have the leading shape of A, {arrays[0].shape[:-2]}")


def _square(a, name="A"):
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"{name} must be square in its last two axes")


def _t(a):
    return np.swapaxes(a, -1, -2)


def T(x):
    """The transposed matrices."""
    return F.SwapAxis(x, dim1=-2 % len(x.shape), dim2=-1 % len(x.shape))


def mm(a, b, ta=False, tb=False, alpha=1.0, axis=-2):
    """``gemm2`` for rules."""
    return F._linalg_gemm2(a, b, transpose_a=ta, transpose_b=tb, alpha=alpha, axis=axis)


def _product(a, b, ta, tb, alpha, axis):
    """The product, with the rows on axis ``axis`` instead of the last but one."""
    if axis == -1 or axis >= a.ndim - 1:
        raise ValueError(f"axis must be that of the rows, not the last one, got {axis} of {a.ndim}")
    if axis % a.ndim != a.ndim - 2:
        a, b = np.moveaxis(a, axis, -2), np.moveaxis(b, axis, -2)
    _matrices(a, b)
    y = np.matmul(_t(a) if ta else a, _t(b) if tb else b)
    if alpha != 1:
        y *= y.dtype.type(alpha)
    return np.ascontiguousarray(np.moveaxis(y, -2, axis)) if axis % y.ndim != y.ndim - 2 else y


@_op("_linalg_gemm2", "linalg_gemm2")
def gemm2(A: Array, B: Array, *, transpose_a: bool = False, transpose_b: bool = False, alpha: float = 1.0,
          axis: int = -2):
    """``alpha * op(A) @ op(B)``."""
    return _product(A, B, transpose_a, transpose_b, alpha, axis)


def _dA(dy, B, transpose_a, transpose_b, alpha, axis):
    if transpose_a:
        return mm(B, dy, transpose_b, True, alpha, axis)
    return mm(dy, B, False, not transpose_b, alpha, axis)


def _dB(dy, A, transpose_a, transpose_b, alpha, axis):
    if transpose_b:
        return mm(dy, A, True, transpose_a, alpha, axis)
    return mm(A, dy, not transpose_a, False, alpha, axis)


gemm2.gradient(A=_dA, B=_dB)


@_op("_linalg_gemm", "linalg_gemm")
def gemm(A: Array, B: Array, C: Array, *, transpose_a: bool = False, transpose_b: bool = False, alpha: float = 1.0,
         beta: float = 1.0, axis: int = -2):
    """``alpha * op(A) @ op(B) + beta * C``."""
    y = _product(A, B, transpose_a, transpose_b, alpha, axis)
    if y.shape != C.shape:
        raise ValueError(f"C must have the shape of the product, {y.shape}")
    y += C * C.dtype.type(beta)
    return y


gemm.gradient(A=_dA, B=_dB, C=lambda dy, beta: dy * beta)


@_op("_linalg_syrk", "linalg_syrk")
def syrk(A: Array, *, transpose: bool = False, alpha: float = 1.0):
    """``alpha * A @ A.T``, or ``alpha * A.T @ A`` with ``transpose``."""
    _matrices(A)
    return np.matmul(_t(A), A) * A.dtype.type(alpha) if transpose else np.matmul(A, _t(A)) * A.dtype.type(alpha)


syrk.gradient(A=lambda dy, A, transpose, alpha: mm(A, dy + T(dy), alpha=alpha) if transpose
              else mm(dy + T(dy), A, alpha=alpha))


# triangular matrices

def _triangle(a, lower):
    return np.tril(a) if lower else np.triu(a)


def triangle(x, lower):
    """The triangle of a matrix as an operator on arrays, for rules."""
    return F._linalg_triangle(x, lower=lower)


@_op("_linalg_triangle")
def linalg_triangle(A: Array, *, lower: bool = True):
    """The matrices with zeros above (or below) the diagonal."""
    return _triangle(A, lower)


linalg_triangle.gradient(A=lambda dy, lower: triangle(dy, lower))


@_op("_linalg_trmm", "linalg_trmm")
def trmm(A: Array, B: Array, *, transpose: bool = False, rightside: bool = False, lower: bool = True,
         alpha: float = 1.0):
    """``alpha * op(A) @ B``, or ``alpha * B @ op(A)`` with ``rightside``; only the triangle of ``A`` is read."""
    _matrices(A, B)
    _square(A)
    a = _triangle(A, lower)
    a = _t(a) if transpose else a
    return (np.matmul(B, a) if rightside else np.matmul(a, B)) * A.dtype.type(alpha)


def _trmm_dA(dy, B, transpose, rightside, lower, alpha):
    if rightside:
        g = mm(dy, B, True, False) if transpose else mm(B, dy, True, False)
    else:
        g = mm(B, dy, False, True) if transpose else mm(dy, B, False, True)
    return triangle(g, lower) * alpha


trmm.gradient(A=_trmm_dA, B=lambda dy, A, transpose, rightside, lower, alpha: F._linalg_trmm(
    A, dy, transpose=not transpose, rightside=rightside, lower=lower, alpha=alpha))


@_op("_linalg_trsm", "linalg_trsm")
def trsm(A: Array, B: Array, *, transpose: bool = False, rightside: bool = False, lower: bool = True,
         alpha: float = 1.0):
    """The ``X`` with ``op(A) @ X = alpha * B`` (``X @ op(A) = alpha * B`` with ``rightside``), ``A`` triangular."""
    _matrices(A, B)
    _square(A)
    a = _triangle(A, lower)
    a = _t(a) if transpose else a
    b = B * B.dtype.type(alpha)
    return np.ascontiguousarray(_t(_solve(_t(a), _t(b)))) if rightside else _solve(a, b)


def _solve(a, b):
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise ValueError("A is singular") from None


def _trsm_dB(dy, A, transpose, rightside, lower, alpha):
    return F._linalg_trsm(A, dy, transpose=not transpose, rightside=rightside, lower=lower, alpha=alpha)


def _trsm_dA(dy, A, y, transpose, rightside, lower, alpha):
    g = F._linalg_trsm(A, dy, transpose=not transpose, rightside=rightside, lower=lower)
    if rightside:
        d = mm(g, y, True, False) if transpose else mm(y, g, True, False)
    else:
        d = mm(y, g, False, True) if transpose else mm(g, y, False, True)
    return -triangle(d, lower)


trsm.gradient(A=_trsm_dA, B=_trsm_dB)


# factorizations

@_op("_linalg_potrf", "linalg_potrf", hidden=("lower",))
def potrf(A: Array, *, lower: bool = True):
    """The Cholesky factor of symmetric positive definite matrices (Cholesky; gradient after Murray, 2016)."""
    _square(A)
    try:
        y = np.linalg.cholesky(A if lower else _t(A))
    except np.linalg.LinAlgError:
        raise ValueError("A is not positive definite") from None
    return y if lower else np.ascontiguousarray(_t(y))


def symmetrized(x):
    """The lower triangle mirrored to the upper."""
    low = triangle(x, True)
    return low + T(low) - F._linalg_makediag(F._linalg_extractdiag(x))


def _potrf_gradient(dy, y, lower):
    low, g = (y, dy) if lower else (T(y), T(dy))
    s = symmetrized(mm(low, g, True, False)) * 0.5
    s = F._linalg_trsm(low, s, transpose=True)
    return F._linalg_trsm(low, s, rightside=True)


potrf.gradient(A=_potrf_gradient)


@_op("_linalg_potri", "linalg_potri", hidden=("lower",))
def potri(A: Array, *, lower: bool = True):
    """The inverse of the matrix whose Cholesky factor is ``A``."""
    _square(A)
    a = _triangle(A, lower)
    inv = _solve(a, np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape))
    return np.matmul(_t(inv), inv) if lower else np.matmul(inv, _t(inv))


def _potri_gradient(dy, A, y, lower):
    s = dy + T(dy)
    if lower:
        return -triangle(mm(y, mm(s, F._linalg_potri_factor(A, lower=True))), True)
    return -triangle(mm(F._linalg_potri_factor(A, lower=False), mm(s, y)), False)


@_op("_linalg_potri_factor")
def potri_factor(A: Array, *, lower: bool = True):
    """The transposed inverse of a triangular factor."""
    a = _triangle(A, lower)
    inv = _solve(a, np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape))
    return np.ascontiguousarray(_t(inv))


potri_factor.gradient(A=lambda dy, y, lower: -triangle(mm(y, mm(dy, y, True, False)), lower))
potri.gradient(A=_potri_gradient)


@_op("_linalg_gelqf", "linalg_gelqf", outputs=2)
def gelqf(A: Array):
    """``A = L @ Q`` with ``L`` lower triangular and orthonormal rows of ``Q``; returns ``Q, L``."""
    _matrices(A)
    if A.shape[-2] > A.shape[-1]:
        raise ValueError("A must have no more rows than columns")
    q, r = np.linalg.qr(_t(A))
    return np.ascontiguousarray(_t(q)), np.ascontiguousarray(_t(r))


@gelqf.gradient
def _gelqf_gradient(dy0, dy1, y0, y1, need):
    m = mm(y1, dy1, True, False) - mm(dy0, y0, False, True)
    return {"A": F._linalg_trsm(y1, dy0 + mm(symmetrized(m), y0), transpose=True)}


@_op("_linalg_syevd", outputs=2)
def syevd(A: Array):
    """Eigenvectors (as rows) and ascending eigenvalues of symmetric matrices: ``A = U.T @ diag(L) @ U``.

    The largest component of each eigenvector is positive.
    """
    _square(A)
    values, vectors = np.linalg.eigh(A)
    u = np.ascontiguousarray(_t(vectors))
    top = np.take_along_axis(u, np.argmax(np.abs(u), axis=-1)[..., None], -1)
    return u * np.where(top < 0, -1, 1).astype(u.dtype), values


@syevd.gradient
def _syevd_gradient(dy0, dy1, y0, y1, need):
    n = y1.shape[-1]
    one = F.expand_dims(y1, axis=-1)
    other = F.expand_dims(y1, axis=-2)
    eye = F._linalg_makediag(F.ones_like(y1))
    gap = F.broadcast_sub(other, one)
    # the diagonal is kept off 0 and then cleared
    f = (1 - eye) / (gap + eye)
    s = f * mm(y0, dy0, False, True)
    inner = (s + T(s)) * 0.5 + F._linalg_makediag(dy1)
    return {"A": mm(y0, mm(inner, y0), True, False)} if n else {"A": dy0}


# inverses and determinants

@_op("_linalg_inverse", "linalg_inverse")
def inverse(A: Array):
    """The inverse matrices."""
    _square(A)
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError:
        raise ValueError("A is singular") from None


inverse.gradient(A=lambda dy, y: -mm(y, mm(dy, y, False, True), True, False))


def _scalars(y, dtype):
    return np.atleast_1d(np.asarray(y, dtype))


@_op("_linalg_det", "linalg_det", output_names=("output0",))
def det(A: Array):
    """Determinants, of shape (1,) for a single matrix."""
    _square(A)
    return _scalars(np.linalg.det(A), A.dtype)


def _per_matrix(x, A):
    """Numbers of each matrix spread over its elements."""
    return F.broadcast_to(F.reshape(x, shape=A.shape[:-2] + (1, 1)), shape=A.shape)


det.gradient(A=lambda dy, y, A: _per_matrix(dy * y, A) * T(F._linalg_inverse(A)))


@_op("_linalg_slogdet", "linalg_slogdet", outputs=2)
def slogdet(A: Array):
    """Sign and logarithm of the absolute value of determinants; no gradient passes the sign."""
    _square(A)
    sign, logabs = np.linalg.slogdet(A)
    return _scalars(sign, A.dtype), _scalars(logabs, A.dtype)


@slogdet.gradient
def _slogdet_gradient(dy1, A, need):
    return {"A": _per_matrix(dy1, A) * T(F._linalg_inverse(A))}


for _one in (potrf, potri, potri_factor, inverse):
    _one.shape_rule = shapes.same


@trsm.shapes
@trmm.shapes
def _like_b(A, B, **_):
    return (A, B), (B,)
