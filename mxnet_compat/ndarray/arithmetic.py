"""Operators of arrays: ``+``, ``-``, comparisons and the rest, with arrays or scalars on either side.

Two float32 arrays go straight to the ufunc; everything else, and what is large, goes to the operator's front.
"""
import operator as _py

import numpy as np

from ..backend.pool import SMALL
from ..base import MXNetError, numeric_types
from ..ops.declare import registry
from ..state import state

new = object.__new__
_f32 = np.dtype("float32")
_ndarray = np.ndarray
_FALL_BACK = (ValueError, OverflowError, FloatingPointError, RuntimeWarning)
NDArray = wrap = None       # set by core.py


# numbers as float32 arrays: numpy takes half a microsecond to look at a number of Python's
_known = {}


def _as_float32(number):
    """A float32 array of the number, kept for the next time (but for 0, which is also -0)."""
    a = np.array(number, _f32)
    if number and len(_known) < 4096:
        _known[number] = a
    return a


def _wrong(method, other):
    raise TypeError(f"{method}: an NDArray works with an NDArray or a number, not with {type(other).__name__}")


def _wrong_left(method, other):
    """What MXNet says of a left operand that is no array: it takes None for a missing one."""
    error = MXNetError if other is None else AssertionError
    raise error(f"{method}: an NDArray works with an NDArray or a number, not with {type(other).__name__}")


def _binary(method, array_op, scalar_op, ufunc=None, reverse=False):
    """The method of one binary operator; with a ufunc, float32 operands skip the front."""
    on_arrays = on_scalar = record_arrays = record_scalar = None
    # reversed sums and products are the plain ones
    wrong = _wrong_left if reverse and method not in ("__radd__", "__rmul__") else _wrong

    def slow(self, other):
        nonlocal on_arrays, on_scalar, record_arrays, record_scalar
        if on_arrays is None:
            on_arrays, on_scalar = registry.get(array_op), registry.get(scalar_op)
            record_arrays, record_scalar = on_arrays.record, on_scalar.record
        if isinstance(other, NDArray):
            return on_arrays.front(other, self) if reverse else on_arrays.front(self, other)
        if isinstance(other, numeric_types):
            return on_scalar.front(self, other)
        return wrong(method, other)

    def run(self, other):
        a = self._a
        if a.dtype is _f32 and a.nbytes < SMALL:
            kind = type(other)
            try:
                if kind is NDArray:
                    b = other._a
                    if b.dtype is _f32:
                        y = ufunc(a, b)
                        if type(y) is _ndarray:
                            r = new(NDArray)
                            r._a = y
                            r._ctx = self._ctx
                            r._node = None
                            r._i = 0
                            if state.recording and (self._node is not None or other._node is not None):
                                if record_arrays is None:
                                    return slow(self, other)
                                record_arrays(self, other, (), r)
                            return r
                elif kind is float or kind is int:
                    s = _known.get(other)
                    y = ufunc(a, _as_float32(other) if s is None else s)
                    if type(y) is _ndarray:
                        r = new(NDArray)
                        r._a = y
                        r._ctx = self._ctx
                        r._node = None
                        r._i = 0
                        if state.recording and self._node is not None:
                            if record_scalar is None:
                                return slow(self, other)
                            record_scalar(self, (float(other), True), r)
                        return r
            except _FALL_BACK:
                pass
        return slow(self, other)

    def run_reversed(self, other):
        a = self._a
        if a.dtype is _f32 and a.nbytes < SMALL and (type(other) is float or type(other) is int):
            try:
                s = _known.get(other)
                y = ufunc(_as_float32(other) if s is None else s, a)
                if type(y) is _ndarray:
                    r = wrap(y, self._ctx)
                    if state.recording and self._node is not None:
                        if record_scalar is None:
                            return slow(self, other)
                        record_scalar(self, (float(other), True), r)
                    return r
            except _FALL_BACK:
                pass
        return slow(self, other)

    fn = slow if ufunc is None else run_reversed if reverse else run
    fn.__name__ = method
    fn.__qualname__ = "NDArray." + method
    return fn


def _inplace(method, array_op, scalar_op, ufunc=None):
    """The in-place form: writes into the memory of the array and returns it."""
    def run(self, other):
        if ufunc is not None and not state.recording:
            a = self._a
            if a.dtype is _f32 and a.nbytes < SMALL:
                kind = type(other)
                try:
                    if kind is NDArray:
                        if other._a.dtype is _f32:
                            ufunc(a, other._a, a)
                            return self
                    elif kind is float or kind is int:
                        ufunc(a, other, a)
                        return self
                except _FALL_BACK:
                    pass
        self._writable(method)
        if isinstance(other, NDArray):
            registry.get(array_op).front(self, other, out=self)
        elif isinstance(other, numeric_types):
            registry.get(scalar_op).front(self, other, out=self)
        else:
            _wrong(method, other)
        return self
    run.__name__ = method
    run.__qualname__ = "NDArray." + method
    return run


class Arithmetic:
    """The operator methods of an array."""
    __slots__ = ()

    def __neg__(self):
        if self.dtype is np.bool_:
            return self * -1        # the operator refuses bool, the sign does not
        return registry.get("negative").front(self)

    def __abs__(self):
        return registry.get("abs").front(self)

    def __eq__(self, other):
        return _COMPARE["__eq__"](self, other)

    def __ne__(self, other):
        return _COMPARE["__ne__"](self, other)

    def __hash__(self):
        return id(self) >> 4


# name, array operator, scalar operator, reversed scalar operator, ufunc for float32 (None: the front does it)
_ARITHMETIC = (
    ("add", "broadcast_add", "_plus_scalar", "_plus_scalar", np.add),
    ("sub", "broadcast_sub", "_minus_scalar", "_rminus_scalar", np.subtract),
    ("mul", "broadcast_mul", "_mul_scalar", "_mul_scalar", np.multiply),
    ("truediv", "broadcast_div", "_div_scalar", "_rdiv_scalar", np.true_divide),
    ("mod", "broadcast_mod", "_mod_scalar", "_rmod_scalar", None),
    ("pow", "broadcast_power", "_power_scalar", "_rpower_scalar", np.power),
)
for _n, _array, _scalar, _rscalar, _u in _ARITHMETIC:
    setattr(Arithmetic, f"__{_n}__", _binary(f"__{_n}__", _array, _scalar, _u))
    setattr(Arithmetic, f"__r{_n}__", _binary(f"__r{_n}__", _array, _rscalar, _u, reverse=True))
    if _n != "pow":
        setattr(Arithmetic, f"__i{_n}__", _inplace(f"__i{_n}__", _array, _scalar, _u))
for _n in ("", "r", "i"):
    setattr(Arithmetic, f"__{_n}div__", getattr(Arithmetic, f"__{_n}truediv__"))

_COMPARE = {f"__{_n}__": _binary(f"__{_n}__", f"broadcast_{_word}", f"_{_word}_scalar")
            for _n, _word in (("eq", "equal"), ("ne", "not_equal"), ("gt", "greater"), ("ge", "greater_equal"),
                              ("lt", "lesser"), ("le", "lesser_equal"))}
for _n, _f in _COMPARE.items():
    setattr(Arithmetic, _n, _f)


def without_shortcuts(cls):
    """Give a class the operators in the form that always calls the fronts."""
    for n, array, scalar, rscalar, ufunc in _ARITHMETIC:
        if ufunc is None:
            continue
        setattr(cls, f"__{n}__", _binary(f"__{n}__", array, scalar))
        setattr(cls, f"__r{n}__", _binary(f"__r{n}__", array, rscalar, reverse=True))
        if n != "pow":
            setattr(cls, f"__i{n}__", _inplace(f"__i{n}__", array, scalar))
    for n in ("", "r", "i"):
        setattr(cls, f"__{n}div__", getattr(cls, f"__{n}truediv__"))


def _function(name, array_op, scalar_op, reversed_scalar_op, on_numbers, doc):
    """A function of two operands, each an array or a number, such as ``mx.nd.add``."""
    def fn(lhs, rhs):
        if isinstance(lhs, NDArray):
            if isinstance(rhs, NDArray):
                return registry.get(array_op).front(lhs, rhs)
            if isinstance(rhs, numeric_types):
                return registry.get(scalar_op).front(lhs, float(rhs))
        elif isinstance(lhs, numeric_types):
            if isinstance(rhs, NDArray):
                return registry.get(reversed_scalar_op).front(rhs, float(lhs))
            if isinstance(rhs, numeric_types):
                return on_numbers(lhs, rhs)
            _wrong_left(name, rhs)
        elif isinstance(rhs, (NDArray, *numeric_types)):
            _wrong_left(name, lhs)
        raise TypeError(f"{name} takes arrays and numbers, got {type(lhs).__name__} and {type(rhs).__name__}")
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = (f"{doc}, element by element, with broadcasting; either operand may be a number.\n\n"
                  "Raises MXNetError for arrays of different types or shapes that do not broadcast.")
    return fn


def _numbers_mod(a, b):
    return 0.0 if b == 0 else a % b


def _as_number(f):
    return lambda a, b: 1 if f(a, b) else 0


# name: array operator, scalar operator, reversed scalar operator, the same on two numbers, what it gives
_FUNCTIONS = {
    "add": ("broadcast_add", "_plus_scalar", "_plus_scalar", _py.add, "Sum"),
    "subtract": ("broadcast_sub", "_minus_scalar", "_rminus_scalar", _py.sub, "Difference"),
    "multiply": ("broadcast_mul", "_mul_scalar", "_mul_scalar", _py.mul, "Product"),
    "divide": ("broadcast_div", "_div_scalar", "_rdiv_scalar", _py.truediv, "Quotient"),
    "true_divide": ("broadcast_div", "_div_scalar", "_rdiv_scalar", _py.truediv, "Quotient"),
    "modulo": ("broadcast_mod", "_mod_scalar", "_rmod_scalar", _numbers_mod, "Remainder with the divisor's sign"),
    "power": ("broadcast_power", "_power_scalar", "_rpower_scalar", _py.pow, "Base to the power of exponent"),
    "maximum": ("broadcast_maximum", "_maximum_scalar", "_maximum_scalar", max, "The larger one"),
    "minimum": ("broadcast_minimum", "_minimum_scalar", "_minimum_scalar", min, "The smaller one"),
    "equal": ("broadcast_equal", "_equal_scalar", "_equal_scalar", _as_number(_py.eq), "1 where equal, else 0"),
    "not_equal": ("broadcast_not_equal", "_not_equal_scalar", "_not_equal_scalar", _as_number(_py.ne),
                  "1 where different, else 0"),
    "greater": ("broadcast_greater", "_greater_scalar", "_lesser_scalar", _as_number(_py.gt),
                "1 where greater, else 0"),
    "greater_equal": ("broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar", _as_number(_py.ge),
                      "1 where greater or equal, else 0"),
    "lesser": ("broadcast_lesser", "_lesser_scalar", "_greater_scalar", _as_number(_py.lt), "1 where less, else 0"),
    "lesser_equal": ("broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar", _as_number(_py.le),
                     "1 where less or equal, else 0"),
    "logical_and": ("broadcast_logical_and", "_logical_and_scalar", "_logical_and_scalar",
                    _as_number(lambda a, b: a and b), "1 where both are true, else 0"),
    "logical_or": ("broadcast_logical_or", "_logical_or_scalar", "_logical_or_scalar",
                   _as_number(lambda a, b: a or b), "1 where one is true, else 0"),
    "logical_xor": ("broadcast_logical_xor", "_logical_xor_scalar", "_logical_xor_scalar",
                    _as_number(lambda a, b: bool(a) ^ bool(b)), "1 where exactly one is true, else 0"),
}
functions = {n: _function(n, *spec) for n, spec in _FUNCTIONS.items()}


def _power(base, exp):
    return _base_power(base, exp)


_base_power = functions["power"]
_power.__name__ = _power.__qualname__ = "power"
_power.__doc__ = _base_power.__doc__
functions["power"] = _power
