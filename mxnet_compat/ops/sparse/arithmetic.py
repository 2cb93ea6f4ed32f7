"""Sums, differences and products where one side is dense or broadcast; those of one storage work on what is stored."""
import numpy as np

from ...backend.storage import RowSparse, empty, stype_of
from ..broadcast import add_n
from ..declare import registry


def _one_shape(lhs, rhs):
    if lhs.shape != rhs.shape:
        raise ValueError(f"lhs and rhs must have the same shape, got {lhs.shape} and {rhs.shape}")


def _at(a, like):
    """The values of a dense array where a sparse one of its shape has its own."""
    return a[like.row_of(), like.indices] if like.stype == "csr" else a[like.indices]


def _product(op):
    def kernel(lhs, rhs):
        _one_shape(lhs, rhs)
        if stype_of(lhs) == "default":
            return rhs.with_data(op.body(_at(lhs, rhs), rhs.data))
        return lhs.with_data(op.body(lhs.data, _at(rhs, lhs)))
    return kernel


_mul = registry.get("elemwise_mul")
_mul.sparse("csr|row_sparse", "default")(_product(_mul))
_mul.sparse("default", "csr|row_sparse")(_product(_mul))


def _broadcast(op):
    """A csr matrix times or by a dense array that is broadcast to it."""
    def kernel(lhs, rhs):
        if rhs.ndim > 2 or np.broadcast_shapes(lhs.shape, rhs.shape) != lhs.shape:
            return NotImplemented
        if op.name == "broadcast_div" and rhs.shape == lhs.shape and 1 not in rhs.shape:
            raise ValueError("a csr array is divided by a row, a column or a number; for an array of its own shape "
                             "there is elemwise_div, whose result is dense")
        return lhs.with_data(op.body(lhs.data, _at(np.broadcast_to(rhs, lhs.shape), lhs)))
    return kernel


for _name in ("broadcast_mul", "broadcast_div"):
    registry.get(_name).sparse("csr", "default")(_broadcast(registry.get(_name)))


def _into_rows(op):
    """A dense array with the stored rows of a row_sparse one added or subtracted."""
    def kernel(lhs, rhs):
        if lhs.shape != rhs.shape:
            return NotImplemented
        if stype_of(lhs) == "default":
            y, rows = lhs.copy(), rhs.sorted()
            y[rows.indices] = op.body(y[rows.indices], rows.data)
        else:
            y, rows = op.body(np.zeros((), rhs.dtype), rhs), lhs.sorted()
            y[rows.indices] = op.body(rows.data, rhs[rows.indices])
        return y
    return kernel


for _name in ("broadcast_add", "broadcast_sub"):
    _op = registry.get(_name)
    for _pattern in (("default", "row_sparse"), ("row_sparse", "default")):
        _op.sparse(*_pattern)(_into_rows(_op))
for _name in ("elemwise_add", "elemwise_sub", "_grad_add"):
    _op = registry.get("broadcast_sub" if _name.endswith("sub") else "broadcast_add")
    for _pattern in (("default", "row_sparse"), ("row_sparse", "default")):
        registry.get(_name).sparse(*_pattern)(_into_rows(_op))


@add_n.sparse("default|row_sparse", ...)
def _(*args):
    for a in args:
        if a.shape != args[0].shape:
            raise ValueError("all arrays must have the same shape")
    dense = [a for a in args if stype_of(a) == "default"]
    rows = [a.sorted() for a in args if stype_of(a) != "default"]
    if dense:
        y = add_n.body(*dense)
        for a in rows:
            y[a.indices] += a.data
        return y
    some = [a for a in rows if len(a.indices)]
    if not some:
        return empty("row_sparse", args[0].shape, args[0].dtype)
    places = some[0].indices
    for a in some[1:]:
        places = np.union1d(places, a.indices)
    y = some[0].rows(places)
    for a in some[1:]:
        y[a.find(places)[1]] += a.data
    return RowSparse(y, places, args[0].shape)
