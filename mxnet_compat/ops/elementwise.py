"""Operators of one array, element by element: mathematics, rounding, activations, casts, copies."""
import numpy as np

from ..backend import parallel, pool
from . import functional as F
from . import shapes
from .declare import ALL, FLOAT, NUMERIC, ZERO, AnyArray, Array, Operator, Out, operator
from .params import DType


def unary(name, function, *aliases, zero=None, gradient=None, dtypes=NUMERIC, doc=""):
    """Declare an elementwise operator; integers are computed in float64 and cut back to their type.

    ``zero`` says whether 0 gives 0, for those that ``nd.sparse`` has too.
    """
    is_ufunc = isinstance(function, np.ufunc) or function is _relu      # which take out=

    def body(data: Array, *, out: Out = None):
        if data.dtype.kind == "f":
            return parallel.unary(function, data, out) if is_ufunc else parallel.blocks(function, data)
        return _integer(function, data)
    body.__doc__ = doc
    if zero is not None:
        aliases += (f"_sparse_{name}",)
    op = Operator(body, name, aliases, dtypes=dtypes, keeps_zero=bool(zero))
    op.shape_rule = shapes.same
    return op.gradient(data=gradient) if gradient is not None else op


def _integer(function, data):
    y = np.asarray(function(data))
    if y.dtype == data.dtype:
        return y
    y = np.asarray(function(data.astype(np.float64)))
    with np.errstate(all="ignore"):
        return y.astype(data.dtype)


def _half_away(x):
    if x.dtype.kind != "f":
        return x.copy()
    y = np.trunc(x)
    # not floor(|x| + 0.5): the sum rounds just below a half, and where floats are integers
    y += np.copysign(np.abs(x - y) >= x.dtype.type(0.5), x)
    return y


def _rint_down(x):
    """The nearest integer, halves downwards."""
    if x.dtype.kind != "f":
        return x.copy()
    below, above = np.floor(x), np.ceil(x)
    return np.where(x - below <= above - x, below, above)


def _sign(x):
    # numpy keeps nan, MXNet gives 0
    return np.nan_to_num(np.sign(x), copy=False) if x.dtype.kind == "f" else np.sign(x)


def _sigmoid(x):
    return np.reciprocal(1 + np.exp(-x))


def _relu(x, out=None):
    return np.maximum(x, x.dtype.type(0), out=out)


def _softsign(x):
    return x / (1 + np.abs(x))


def _rsqrt(x):
    return np.reciprocal(np.sqrt(x))


def _rcbrt(x):
    return np.reciprocal(np.cbrt(x))


def _logical_not(x):
    return np.logical_not(x).astype(x.dtype)


_PI180 = float(np.pi / 180)
_LN2, _LN10 = float(np.log(2)), float(np.log(10))

negative = unary("negative", np.negative, "_np_negative", zero=True, gradient=lambda dy: -dy, doc="``-x``.")
abs_ = unary("abs", np.abs, zero=True, gradient=lambda dy, data: dy * F.sign(data), doc="Absolute value.")
sign = unary("sign", _sign, zero=True, gradient=ZERO, doc="-1, 0 or 1; 0 for nan.")
round_ = unary("round", _half_away, zero=True, gradient=ZERO, doc="Nearest integer, halves away from zero.")
rint = unary("rint", _rint_down, zero=True, gradient=ZERO, doc="Nearest integer, halves downwards.")
ceil = unary("ceil", np.ceil, zero=True, gradient=ZERO, doc="The integer above.")
floor = unary("floor", np.floor, zero=True, gradient=ZERO, doc="The integer below.")
trunc = unary("trunc", np.trunc, zero=True, gradient=ZERO, doc="The integer towards zero.")
fix = unary("fix", np.trunc, zero=True, gradient=ZERO, doc="The integer towards zero.")
exp = unary("exp", np.exp, zero=False, gradient=lambda dy, y: dy * y, doc="``e**x``.")
expm1 = unary("expm1", np.expm1, zero=True, gradient=lambda dy, y: dy * (y + 1), doc="``e**x - 1``, exact near 0.")
log = unary("log", np.log, zero=False, gradient=lambda dy, data: dy / data, doc="Natural logarithm.")
log2 = unary("log2", np.log2, zero=False, gradient=lambda dy, data: dy / (data * _LN2), doc="Logarithm to base 2.")
log10 = unary("log10", np.log10, zero=False, gradient=lambda dy, data: dy / (data * _LN10), doc="Logarithm to base 10.")
log1p = unary("log1p", np.log1p, zero=True, gradient=lambda dy, data: dy / (data + 1),
              doc="``log(1 + x)``, exact near 0.")
sqrt = unary("sqrt", np.sqrt, zero=True, gradient=lambda dy, y: dy / (y * 2), doc="Square root.")
rsqrt = unary("rsqrt", _rsqrt, zero=False, gradient=lambda dy, data, y: dy * y / data * -0.5, doc="``1 / sqrt(x)``.")
cbrt = unary("cbrt", np.cbrt, zero=True, gradient=lambda dy, y: dy / (F.square(y) * 3), doc="Cube root.")
rcbrt = unary("rcbrt", _rcbrt, gradient=lambda dy, data, y: dy * y / data * (-1.0 / 3), doc="``1 / cbrt(x)``.")
square = unary("square", np.square, zero=True, gradient=lambda dy, data: dy * (data * 2), doc="``x**2``.")
reciprocal = unary("reciprocal", np.reciprocal, gradient=lambda dy, y: -dy * F.square(y), doc="``1 / x``.")
sin = unary("sin", np.sin, zero=True, gradient=lambda dy, data: dy * F.cos(data), doc="Sine of radians.")
cos = unary("cos", np.cos, zero=False, gradient=lambda dy, data: -dy * F.sin(data), doc="Cosine of radians.")
tan = unary("tan", np.tan, zero=True, gradient=lambda dy, y: dy * (F.square(y) + 1), doc="Tangent of radians.")
arcsin = unary("arcsin", np.arcsin, zero=True, gradient=lambda dy, data: dy / F.sqrt(1 - F.square(data)),
               doc="Inverse sine.")
arccos = unary("arccos", np.arccos, zero=False, gradient=lambda dy, data: -dy / F.sqrt(1 - F.square(data)),
               doc="Inverse cosine.")
arctan = unary("arctan", np.arctan, zero=True, gradient=lambda dy, data: dy / (F.square(data) + 1),
               doc="Inverse tangent.")
sinh = unary("sinh", np.sinh, zero=True, gradient=lambda dy, data: dy * F.cosh(data), doc="Hyperbolic sine.")
cosh = unary("cosh", np.cosh, zero=False, gradient=lambda dy, data: dy * F.sinh(data), doc="Hyperbolic cosine.")
tanh = unary("tanh", np.tanh, zero=True, gradient=lambda dy, y: F._backward_tanh(dy, y), doc="Hyperbolic tangent.")
arcsinh = unary("arcsinh", np.arcsinh, zero=True, gradient=lambda dy, data: dy / F.sqrt(F.square(data) + 1),
                doc="Inverse hyperbolic sine.")
arccosh = unary("arccosh", np.arccosh, zero=False, gradient=lambda dy, data: dy / F.sqrt(F.square(data) - 1),
                doc="Inverse hyperbolic cosine.")
arctanh = unary("arctanh", np.arctanh, zero=True, gradient=lambda dy, data: dy / (1 - F.square(data)),
                doc="Inverse hyperbolic tangent.")
degrees = unary("degrees", np.degrees, zero=True, gradient=lambda dy: dy * (1 / _PI180), doc="Radians as degrees.")
radians = unary("radians", np.radians, zero=True, gradient=lambda dy: dy * _PI180, doc="Degrees as radians.")
sigmoid = unary("sigmoid", _sigmoid, zero=False, gradient=lambda dy, y: F._backward_sigmoid(dy, y),
                doc="``1 / (1 + exp(-x))``.")
relu = unary("relu", _relu, zero=True, gradient=lambda dy, y: F._backward_relu(dy, y),
             doc="``max(x, 0)``; nan stays nan.")
softsign = unary("softsign", _softsign, gradient=lambda dy, data: dy / F.square(F.abs(data) + 1),
                 doc="``x / (1 + |x|)``.")
logical_not = unary("logical_not", _logical_not, gradient=ZERO, doc="1 where zero, else 0.")


@operator("hard_sigmoid", dtypes=FLOAT)
def hard_sigmoid(data: Array, *, alpha: float = 0.2, beta: float = 0.5):
    """``clip(alpha * x + beta, 0, 1)``."""
    t = data.dtype.type
    return parallel.blocks(lambda x: np.clip(x * t(alpha) + t(beta), t(0), t(1)), data)


hard_sigmoid.shape_rule = shapes.same
hard_sigmoid.gradient(data=lambda dy, y, alpha: dy * ((y > 0) * (y < 1)) * alpha)


@operator("clip", "_sparse_clip", keeps_zero=lambda p: p["a_min"] <= 0 <= p["a_max"])
def clip(data: Array, *, a_min: float, a_max: float):
    """Values below ``a_min`` become it, those above ``a_max`` become that; the gradient passes at both ends."""
    t = data.dtype
    if t.kind == "f" and not a_min > a_max:
        lo, hi = t.type(a_min), t.type(a_max)
        return parallel.blocks(lambda x: np.minimum(np.maximum(x, lo), hi), data)
    # the comparison is of floats; where the bounds cross, the upper one is looked at first
    y, above = data.copy(), data > a_max
    for where, bound in ((above, a_max), ((data < a_min) & ~above, a_min)):
        if where.any():
            y[where] = np.array(bound).astype(t)
    return y


clip.shape_rule = shapes.same
# written so that it passes at nan too
clip.gradient(data=lambda dy, data, a_min, a_max: dy * F.logical_not((data < a_min) + (data > a_max)))


@operator("smooth_l1")
def smooth_l1(data: Array, *, scalar: float = 1.0):
    """``x**2 * s**2 / 2`` where ``|x| < 1/s**2``, else ``|x| - 0.5/s**2``, with ``s`` the scalar."""
    x = data if data.dtype.kind == "f" else data.astype(np.float64)
    t, s2 = x.dtype.type, scalar * scalar
    a = np.abs(x)
    return np.where(a > t(1 / s2), a - t(0.5 / s2), t(0.5 * s2) * np.square(x)).astype(data.dtype, copy=False)


smooth_l1.shape_rule = shapes.same
smooth_l1.gradient(data=lambda dy, data, scalar: dy * F.clip(data * (scalar * scalar), a_min=-1.0, a_max=1.0))


def _cast(data, dtype):
    # out-of-range floats wrap as C conversions through int64 do; numpy leaves that to the machine
    if data.dtype.kind == "f" and dtype.kind in "iu":
        with np.errstate(all="ignore"):
            return parallel.blocks(lambda x: x.astype(np.int64).astype(dtype), data, dtype=dtype)
    if data.nbytes < pool.SMALL:
        return np.array(data, dtype)
    return parallel.blocks(lambda x: x, data, dtype=dtype) if data.flags.c_contiguous else np.array(data, dtype)


@operator("Cast", "cast", dtypes=ALL)
def cast(data: Array, *, dtype: DType):
    """The values in another type; to bool means "not zero"."""
    return _cast(data, np.dtype(dtype))


cast.shape_rule = shapes.same
cast.gradient(data=lambda dy, data_like: F.Cast(dy, dtype=data_like.dtype.name))


@operator("amp_cast", dtypes=ALL)
def amp_cast(data: Array, *, dtype: DType):
    """As ``Cast``, but integer arrays stay as they are."""
    return _cast(data, np.dtype(dtype)) if data.dtype.kind == "f" else data.copy()


amp_cast.shape_rule = shapes.same
amp_cast.gradient(data=lambda dy, data_like: F.Cast(dy, dtype=data_like.dtype.name))


@operator("_copy", "identity", dtypes=ALL, keeps_zero=True)
def copy(data: Array):
    """A copy."""
    return data.copy()


copy.shape_rule = shapes.same
copy.gradient(data=lambda dy: dy)


@operator("_copyto", dtypes=ALL, keeps_zero=True)
def copyto(data: Array):
    """A copy, as ``copyto`` records it."""
    return data.copy()


copyto.shape_rule = shapes.same
copyto.gradient(data=lambda dy: dy)


@operator("BlockGrad", "stop_gradient", "_sparse_stop_gradient", dtypes=ALL, keeps_zero=True)
def block_grad(data: Array):
    """The same values; no gradient passes."""
    return data.copy()


block_grad.shape_rule = shapes.same
block_grad.gradient(data=ZERO)


@operator("make_loss", "_sparse_make_loss", output_names=("loss",), dtypes=ALL, keeps_zero=True)
def make_loss(data: Array):
    """The same values, marked as a loss: the gradient is 1 whatever the head gradient."""
    return data.copy()


make_loss.shape_rule = shapes.same
make_loss.gradient(data=lambda dy: F.ones_like(dy))


@operator("zeros_like", "_sparse_zeros_like", dtypes=ALL)
def zeros_like(data: Array):
    """Zeros of the same shape and type."""
    return np.zeros(data.shape, data.dtype)


zeros_like.shape_rule = shapes.same
zeros_like.gradient(data=ZERO)


@operator("ones_like", dtypes=ALL)
def ones_like(data: Array):
    """Ones of the same shape and type."""
    return np.ones(data.shape, data.dtype)


ones_like.shape_rule = shapes.same
ones_like.gradient(data=ZERO)


@operator("shape_array", dtypes=ALL)
def shape_array(data: Array):
    """The shape as an int64 array."""
    return np.array(data.shape, np.int64)


shape_array.gradient(data=ZERO)


@operator("size_array", dtypes=ALL)
def size_array(data: Array):
    """The number of elements as an int64 array of one element."""
    return np.array([data.size], np.int64)


size_array.gradient(data=ZERO)


@operator("_identity_with_attr_like_rhs", dtypes=ALL)
def identity_with_attr_like_rhs(lhs: Array, rhs: AnyArray):
    """A copy of ``lhs``, which has the shape of ``rhs``."""
    return lhs.copy()


identity_with_attr_like_rhs.gradient(lhs=lambda dy: dy, rhs=ZERO)
