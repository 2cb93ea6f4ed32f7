"""Operators of two arrays, of an array and a scalar, and sums of many: arithmetic, comparison, logic."""
import numpy as np

from ..backend import parallel, pool
from . import functional as F
from . import shapes
from .declare import ALL, NUMERIC, ZERO, Array, Operator, Out, operator

# A comparison gives 0 and 1 in the type of its inputs. Integers divide towards zero, as in C.


def _divide(a, b, out=None):
    t = a.dtype if isinstance(a, np.ndarray) else b.dtype
    if t.kind == "f":
        return parallel.binary(np.true_divide, a, b, out)
    q = np.floor_divide(a, b)
    r = np.remainder(a, b)
    if t.kind == "i":
        # floor_divide rounds down; C rounds towards zero
        q = q + ((r != 0) & ((np.asarray(a) < 0) != (np.asarray(b) < 0)))
    return q.astype(t, copy=False)


def _mod(a, b, out=None):
    r = np.remainder(a, b)
    if r.dtype.kind == "f":
        # where the divisor is 0 the result is 0
        return np.where(b == 0, r.dtype.type(0), r)
    return r


def _power(a, b, out=None):
    t = a.dtype if isinstance(a, np.ndarray) else b.dtype
    if t.kind == "f":
        return parallel.binary(np.power, a, b, out)
    # an integer power of a negative exponent is refused by numpy; C computes in double and cuts
    return np.power(np.asarray(a, np.float64), np.asarray(b, np.float64)).astype(t)


def _hypot(a, b, out=None):
    return np.hypot(a, b, out=out) if a.dtype.kind == "f" else np.hypot(a, b).astype(a.dtype)


def _typed(f):
    """A predicate as a function that gives its inputs' type."""
    def compare(a, b, out=None):
        large = a if isinstance(a, np.ndarray) and (not isinstance(b, np.ndarray) or a.size >= b.size) else b
        if large.nbytes >= pool.SMALL and large.dtype.kind != "b":
            return parallel.binary(f, a, b, out)        # which writes numbers at once
        if not isinstance(a, np.ndarray):
            return parallel.blocks(lambda y: f(a, y).astype(y.dtype) if y.ndim else y.dtype.type(f(a, y)), b)
        if not isinstance(b, np.ndarray):
            return parallel.blocks(lambda x: f(x, b).astype(x.dtype) if x.ndim else x.dtype.type(f(x, b)), a)
        return parallel.blocks(lambda x, y: np.asarray(f(x, y)).astype(x.dtype), a, b)
    return compare


def _ufunc(f):
    def call(a, b, out=None):
        return parallel.binary(f, a, b, out)
    return call


_PAIRS = {
    "add": (_ufunc(np.add), NUMERIC), "sub": (_ufunc(np.subtract), NUMERIC), "mul": (_ufunc(np.multiply), NUMERIC),
    "div": (_divide, NUMERIC), "mod": (_mod, NUMERIC), "power": (_power, NUMERIC),
    "maximum": (_ufunc(np.maximum), NUMERIC), "minimum": (_ufunc(np.minimum), NUMERIC), "hypot": (_hypot, NUMERIC),
    "equal": (_typed(np.equal), NUMERIC), "not_equal": (_typed(np.not_equal), NUMERIC),
    "greater": (_typed(np.greater), NUMERIC), "greater_equal": (_typed(np.greater_equal), NUMERIC),
    "lesser": (_typed(np.less), NUMERIC), "lesser_equal": (_typed(np.less_equal), NUMERIC),
    "logical_and": (_typed(np.logical_and), NUMERIC), "logical_or": (_typed(np.logical_or), NUMERIC),
    "logical_xor": (_typed(np.logical_xor), NUMERIC),
}
#: Those whose elemwise form gives 0 for two zeros and keeps two arrays of one sparse storage sparse.
_ZERO_OF_ZEROS = {"add", "sub", "mul", "maximum", "minimum", "hypot"}
#: Whether 0 and the scalar give 0, for those that then keep a sparse array sparse (0 / 0 counts as 0 there).
_ZERO_WITH_SCALAR = {
    "_mul_scalar": True, "_div_scalar": True, "_plus_scalar": lambda p: p["scalar"] == 0,
    "_minus_scalar": lambda p: p["scalar"] == 0, "_equal_scalar": lambda p: p["scalar"] != 0,
    "_not_equal_scalar": lambda p: p["scalar"] == 0, "_greater_scalar": lambda p: p["scalar"] >= 0,
    "_greater_equal_scalar": lambda p: p["scalar"] > 0, "_lesser_scalar": lambda p: p["scalar"] <= 0,
    "_lesser_equal_scalar": lambda p: p["scalar"] < 0,
}
#: Gradients of (left, right) operand; operators without an entry have zero gradient.
_RULES = {
    "add": (lambda dy: dy, lambda dy: dy),
    "sub": (lambda dy: dy, lambda dy: -dy),
    "mul": (lambda dy, rhs: dy * rhs, lambda dy, lhs: dy * lhs),
    "div": (lambda dy, rhs: dy / rhs, lambda dy, lhs, rhs: -dy * lhs / F.square(rhs)),
    "mod": (lambda dy: dy, lambda dy, lhs, rhs: -dy * F.floor(lhs / rhs)),
    "power": (lambda dy, lhs, rhs: dy * rhs * F.broadcast_power(lhs, rhs - 1),
              lambda dy, lhs, y: dy * y * F.log(lhs)),
    # a tie goes to the left operand
    "maximum": (lambda dy, lhs, rhs: dy * (lhs >= rhs), lambda dy, lhs, rhs: dy * (lhs < rhs)),
    "minimum": (lambda dy, lhs, rhs: dy * (lhs <= rhs), lambda dy, lhs, rhs: dy * (lhs > rhs)),
    "hypot": (lambda dy, lhs, y: dy * lhs / y, lambda dy, rhs, y: dy * rhs / y),
}
_ALIASES = {
    "broadcast_add": ("broadcast_plus", "_sparse_broadcast_add", "_sparse_broadcast_plus"),
    "broadcast_sub": ("broadcast_minus", "_sparse_broadcast_sub", "_sparse_broadcast_minus"),
    "broadcast_mul": ("_sparse_broadcast_mul",), "broadcast_div": ("_sparse_broadcast_div",),
    "elemwise_add": ("_add", "_plus", "_Plus", "_sparse_elemwise_add"),
    "elemwise_sub": ("_sub", "_minus", "_Minus", "_sparse_elemwise_sub"),
    "elemwise_mul": ("_mul", "_Mul", "_sparse_elemwise_mul"),
    "elemwise_div": ("_div", "_Div", "_sparse_elemwise_div"), "_mod": ("_Mod",), "_power": ("_Power",),
    "_maximum": ("_Maximum",), "_minimum": ("_Minimum",), "_hypot": ("_Hypot",), "_equal": ("_Equal",),
    "_not_equal": ("_Not_Equal",), "_greater": ("_Greater",), "_greater_equal": ("_Greater_Equal",),
    "_lesser": ("_Lesser",), "_lesser_equal": ("_Lesser_Equal",), "_logical_and": ("_Logical_And",),
    "_logical_or": ("_Logical_Or",), "_logical_xor": ("_Logical_Xor",),
}


def _broadcasting(word, function, dtypes):
    def body(lhs: Array, rhs: Array, *, out: Out = None):
        return function(lhs, rhs, out)
    body.__doc__ = f"``{word}`` of two arrays element by element, with broadcasting."
    op = Operator(body, "broadcast_" + word, _ALIASES.get("broadcast_" + word, ()), broadcasts=True, dtypes=dtypes)
    op.shape_rule = _broadcast_rule
    return op


def _broadcast_rule(lhs, rhs):
    if lhs is None or rhs is None:
        return (lhs, rhs), (None,)
    return (lhs, rhs), (shapes.broadcast(lhs, rhs),)


def _equal_shapes(word, function, dtypes):
    name = ("elemwise_" if word in ("add", "sub", "mul", "div") else "_") + word

    def body(lhs: Array, rhs: Array, *, out: Out = None):
        if lhs.shape != rhs.shape:
            raise ValueError("lhs and rhs must have the same shape")
        return function(lhs, rhs, out)
    body.__doc__ = f"``{word}`` of two arrays of one shape, element by element."
    op = Operator(body, name, _ALIASES[name], dtypes=dtypes, keeps_zero=word in _ZERO_OF_ZEROS)
    op.shape_rule = shapes.same
    return op


def _scalar_of(t, value):
    """The scalar in the array's type: cut for integers; what does not fit is the least one, as processors convert."""
    if t.kind == "f":
        return t.type(value)
    wide = np.dtype(np.int64 if t.itemsize == 8 else np.int32)       # short ones are the low bits of these
    least = np.iinfo(wide).min
    return np.array(int(value) if least - 1 < value < -least else least, wide).astype(t)[()]


def _with_scalar(name, function, aliases, reverse, dtypes, gradient):
    def body(data: Array, *, scalar: float = 1.0, is_int: bool = True, out: Out = None):
        if data.dtype.kind == "b":
            # a number with booleans makes integers, or floats in np mode
            data, out = data.astype(np.int64 if is_int else np.float64), None
        t = data.dtype
        s = _scalar_of(t, scalar)
        y = function(s, data, out) if reverse else function(data, s, out)
        if reverse and function is _divide and t.kind in "iu" and not data.all():
            # the quotient of a number is taken in floating point: what is infinite there is the least integer
            y = np.where(data == 0, _scalar_of(t, np.inf), y)
        return y if y.dtype == t else np.asarray(y).astype(t)
    body.__doc__ = "The operation between each element and a number, in the array's type."
    op = Operator(body, name, aliases, dtypes=dtypes, keeps_zero=_ZERO_WITH_SCALAR.get(name, False))
    op.shape_rule = shapes.same
    return op.gradient(data=gradient)


for _word, (_function, _dtypes) in _PAIRS.items():
    _left, _right = _RULES.get(_word, (ZERO, ZERO))
    for _make in (_broadcasting, _equal_shapes):
        _make(_word, _function, _dtypes).gradient(lhs=_left, rhs=_right)

# name: word, reversed, gradient (None: zero)
_SCALAR = {
    "_plus_scalar": ("add", False, lambda dy: dy),
    "_minus_scalar": ("sub", False, lambda dy: dy),
    "_rminus_scalar": ("sub", True, lambda dy: -dy),
    "_mul_scalar": ("mul", False, lambda dy, scalar: dy * scalar),
    "_div_scalar": ("div", False, lambda dy, scalar: dy / scalar),
    "_rdiv_scalar": ("div", True, lambda dy, data, scalar: dy * (-scalar) / F.square(data)),
    "_mod_scalar": ("mod", False, lambda dy: dy),
    "_rmod_scalar": ("mod", True, lambda dy, data, scalar: -dy * F.floor(scalar / data)),
    "_power_scalar": ("power", False,
                      lambda dy, data, scalar: dy * (F._power_scalar(data, scalar=scalar - 1) * scalar)),
    "_rpower_scalar": ("power", True, lambda dy, y, scalar: dy * y * float(np.log(scalar))),
    "_maximum_scalar": ("maximum", False, lambda dy, data, scalar: dy * (data >= scalar)),
    "_minimum_scalar": ("minimum", False, lambda dy, data, scalar: dy * (data <= scalar)),
    "_hypot_scalar": ("hypot", False, lambda dy, data, y: dy * data / y),
    **{f"_{w}_scalar": (w, False, ZERO) for w in
       ("equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal", "logical_and", "logical_or",
        "logical_xor")},
}
for _name, (_word, _reverse, _rule) in _SCALAR.items():
    _function, _dtypes = _PAIRS[_word]
    _old = "".join(p.capitalize() for p in _name[1:-7].split("_"))
    _camel = {"_rminus_scalar": "_RMinusScalar", "_rdiv_scalar": "_RDivScalar", "_rmod_scalar": "_RModScalar",
              "_rpower_scalar": "_RPowerScalar"}.get(_name, f"_{_old}Scalar")
    _with_scalar(_name, _function, (_camel,), _reverse, ALL, _rule)


@operator("add_n", "ElementWiseSum", "_sum", "element_wise_sum", "_sparse_add_n", "_sparse_ElementWiseSum")
def add_n(*args: Array):
    """The sum of arrays of one shape."""
    first = args[0]
    for a in args[1:]:
        if a.shape != first.shape:
            raise ValueError("all arrays must have the same shape")
    y = first.copy()
    for a in args[1:]:
        y += a
    return y


add_n.shape_rule = shapes.same


@add_n.gradient
def _add_n_gradient(dy, need):
    return [dy] * len(need)


@operator("_grad_add", keeps_zero=True)
def grad_add(lhs: Array, rhs: Array):
    """The sum of two gradients of one shape."""
    if lhs.shape != rhs.shape:
        raise ValueError("lhs and rhs must have the same shape")
    return np.add(lhs, rhs)


grad_add.gradient(lhs=lambda dy: dy, rhs=lambda dy: dy)
