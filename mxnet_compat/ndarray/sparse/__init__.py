"""``mx.nd.sparse``: the sparse array classes, what makes them, and the operators that MXNet shows here."""
from .. import fronts as _fronts
from .arithmetic import add, divide, multiply, subtract  # noqa: F401
from .classes import CLASSES, BaseSparseNDArray, CSRNDArray, RowSparseNDArray, _from_record  # noqa: F401
from .creation import array, csr_matrix, empty, row_sparse_array, zeros  # noqa: F401

_operator, _names = _fronts.namespace(globals(), "sparse")
__all__ = ["BaseSparseNDArray", "CSRNDArray", "RowSparseNDArray", "add", "csr_matrix", "divide", "multiply",
           "row_sparse_array", "subtract"]


def __getattr__(name):
    if name == "retain":
        from ...ops.functional import _sparse_retain
        globals()[name] = _sparse_retain
        return _sparse_retain
    return _operator(name)


def __dir__():
    return sorted({*_names(), "retain"})
