"""``add``, ``subtract``, ``multiply``, ``divide`` of ``mx.nd.sparse``, and the operator methods of sparse arrays.

Unlike those of ``mx.nd`` they take the elemwise operator for arrays of one shape, which keeps two arrays of one storage
sparse.
"""
import operator as _py

from ...base import numeric_types
from ...ops.declare import registry
from ..arithmetic import _ARITHMETIC, _COMPARE, _binary
from ..core import NDArray

__all__ = ["add", "divide", "install", "multiply", "subtract"]


def _function(name, word, scalar_op, reversed_scalar_op, on_numbers, doc):
    def fn(lhs, rhs):
        if isinstance(lhs, NDArray):
            if isinstance(rhs, NDArray):
                kind = "elemwise_" if lhs.shape == rhs.shape else "broadcast_"
                return registry.get(kind + word).front(lhs, rhs)
            if isinstance(rhs, numeric_types):
                return registry.get(scalar_op).front(lhs, float(rhs))
        elif isinstance(lhs, numeric_types):
            if isinstance(rhs, NDArray):
                return registry.get(reversed_scalar_op).front(rhs, float(lhs))
            if isinstance(rhs, numeric_types):
                return on_numbers(lhs, rhs)
        raise TypeError(f"{name} takes arrays and numbers, got {type(lhs).__name__} and {type(rhs).__name__}")
    fn.__name__ = fn.__qualname__ = name
    fn.__module__ = "mxnet.ndarray.sparse"
    fn.__doc__ = (f"{doc}, element by element, with broadcasting; either operand may be a number.\n\n"
                  "Arrays of one shape and one sparse storage give that storage. Raises MXNetError for arrays of\n"
                  "different types or shapes that do not broadcast, TypeError for what is neither array nor number.")
    return fn


add = _function("add", "add", "_plus_scalar", "_plus_scalar", _py.add, "Sum")
subtract = _function("subtract", "sub", "_minus_scalar", "_rminus_scalar", _py.sub, "Difference")
multiply = _function("multiply", "mul", "_mul_scalar", "_mul_scalar", _py.mul, "Product")
divide = _function("divide", "div", "_div_scalar", "_rdiv_scalar", _py.truediv, "Quotient")


def _method(name, function):
    def method(self, other):
        return function(self, other)
    method.__name__ = name
    method.__doc__ = f"``mx.nd.sparse.{function.__name__}`` of this array and another or a number."
    return method


def _inplace(name, plain):
    def method(self, other):
        self._writable(name)
        self._replace(getattr(self, plain)(other))
        return self
    method.__name__ = name
    return method


def install(cls):
    """Give the class its operator methods: none may reach for the dense buffer that the inherited ones expect."""
    for name, array_op, scalar_op, reversed_op, _ in _ARITHMETIC:
        setattr(cls, f"__{name}__", _binary(f"__{name}__", array_op, scalar_op))
        setattr(cls, f"__r{name}__", _binary(f"__r{name}__", array_op, reversed_op, reverse=True))
        if name != "pow":
            setattr(cls, f"__i{name}__", _inplace(f"__i{name}__", f"__{name}__"))
    for name, function in (("add", add), ("sub", subtract), ("mul", multiply), ("div", divide)):
        setattr(cls, f"__{name}__", _method(f"__{name}__", function))
    cls.__rdiv__, cls.__idiv__ = cls.__rtruediv__, cls.__itruediv__
    for name, function in _COMPARE.items():
        setattr(cls, name, function)
