"""Sums, means and norms of sparse arrays: only stored elements are looked at."""
import numpy as np

from ...backend import storage
from .. import shapes
from ..declare import registry
from ..reduce import count, norm, square_sum


def _wide(t):
    return np.dtype(np.float32) if t == np.float16 else t


def _entries(a, data, axes, keepdims):
    """Sums over axes of a matrix that has ``data`` where ``a``, a CSR, has its entries; in the type of ``data``."""
    m, n = a.shape
    if len(axes) == 2:
        y = np.add.reduce(data, dtype=data.dtype).reshape((1, 1) if keepdims else 1)
    elif axes == (1,):
        y = storage.segments(np.add, data, a.indptr, data.dtype)
        y = y[:, None] if keepdims else y
    else:
        y = np.zeros(n, data.dtype)
        if data.dtype.kind == "f":
            y[:] = np.bincount(a.indices, data, n)
        else:
            np.add.at(y, a.indices, data)
        y = y[None] if keepdims else y
    return y


def _reduced(op, mean):
    def kernel(data, *, axis, keepdims, exclude):
        axes = shapes.axes(axis, data.ndim, exclude)
        if not axes:
            return NotImplemented
        t = data.dtype
        s = _entries(data, data.data.astype(_wide(t), copy=False), axes, keepdims)
        if mean:
            n = count(data.shape, axes)
            s = s / n if t.kind == "f" else np.trunc(s / n)
        return s.astype(t, copy=False)
    op.sparse("csr")(kernel)


_reduced(registry.get("sum"), False)
_reduced(registry.get("mean"), True)


@norm.sparse("csr")
def _(data, *, ord, axis, out_dtype, keepdims):
    if ord not in (1, 2):
        raise ValueError(f"ord must be 1 or 2, got {ord}")
    t = np.dtype(out_dtype or data.dtype)
    wide = _wide(data.dtype) if data.dtype.kind == "f" else np.dtype(np.float64)
    wide = np.promote_types(wide, t) if t.kind == "f" else wide
    x = data.data.astype(wide, copy=False)
    y = _entries(data, np.abs(x) if ord == 1 else np.square(x), shapes.axes(axis, 2), keepdims)
    return (np.sqrt(y) if ord == 2 else y).astype(t, copy=False)


@norm.sparse("row_sparse")
def _(data, *, ord, axis, out_dtype, keepdims):
    axes = shapes.axes(axis, data.ndim)
    if not data.data.size:
        return np.zeros(shapes.reduced(data.shape, axes, keepdims) or (1,), out_dtype or data.dtype)
    y = norm.body(data.data, ord=ord, axis=axes, out_dtype=out_dtype, keepdims=keepdims)
    return y if 0 in axes else _all_rows(y, data)


def _all_rows(y, like):
    """Values of the stored rows of ``like`` among zeros for the others."""
    whole = np.zeros((like.shape[0], *y.shape[1:]), y.dtype)
    whole[like.indices] = y
    return whole


@square_sum.sparse("row_sparse")
def _(data, *, axis, keepdims, exclude):
    axes = shapes.axes(axis, data.ndim, exclude)
    y = square_sum.body(data.data, axis=axes, keepdims=keepdims)
    if 0 in axes:
        return y
    return storage.RowSparse(y, data.indices, (data.shape[0], *y.shape[1:])) if keepdims else _all_rows(y, data)
