"""ONNX's arithmetic, comparisons, logic and functions of one element."""
import numpy as np

from .... import symbol as sym
from ....onnx.package import dtype_of
from .graph import imports


def _number(call, k):
    """Input ``k`` as a number where it is a known array of one element that does not add dimensions; else None."""
    if not call.known(k) or call.ins[k].size != 1:
        return None
    other = call.shape_or_none(1 - k)
    if call.ins[k].ndim > 1 and (other is None or len(other) < call.ins[k].ndim):
        return None
    return call.ins[k].item()


def _pairs(kind, name, number, turned):
    function = getattr(sym, name)

    @imports(kind)
    def pair(call):
        if len(call.ins) != 2:
            return _many(call, function)
        right, left = _number(call, 1), _number(call, 0)
        if right is not None:
            return getattr(sym._internal, number)(call.sym(0), scalar=right, name=call.name)
        if left is not None:
            return getattr(sym._internal, turned)(call.sym(1), scalar=left, name=call.name)
        return function(call.sym(0), call.sym(1), name=call.name)


def _many(call, function):
    y = call.sym(0)
    for k in range(1, len(call.ins)):
        y = function(y, call.sym(k))
    return sym.identity(y, name=call.name)


for _kind, _name, _scalar, _turned in (
        ("Add", "broadcast_add", "_plus_scalar", "_plus_scalar"), ("Sub", "broadcast_sub", "_minus_scalar", "_rminus_scalar"),
        ("Mul", "broadcast_mul", "_mul_scalar", "_mul_scalar"), ("Div", "broadcast_div", "_div_scalar", "_rdiv_scalar"),
        ("Pow", "broadcast_power", "_power_scalar", "_rpower_scalar"),
        ("Max", "broadcast_maximum", "_maximum_scalar", "_maximum_scalar"),
        ("Min", "broadcast_minimum", "_minimum_scalar", "_minimum_scalar"),
        ("Equal", "broadcast_equal", "_equal_scalar", "_equal_scalar"),
        ("Greater", "broadcast_greater", "_greater_scalar", "_lesser_scalar"),
        ("Less", "broadcast_lesser", "_lesser_scalar", "_greater_scalar"),
        ("GreaterOrEqual", "broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar"),
        ("LessOrEqual", "broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar"),
        ("And", "broadcast_logical_and", "_logical_and_scalar", "_logical_and_scalar"),
        ("Or", "broadcast_logical_or", "_logical_or_scalar", "_logical_or_scalar"),
        ("Xor", "broadcast_logical_xor", "_logical_xor_scalar", "_logical_xor_scalar")):
    _pairs(_kind, _name, _scalar, _turned)


def _functions(kind, name):
    @imports(kind)
    def function(call):
        return getattr(sym, name)(call.sym(), name=call.name)


for _kind, _name in (
        ("Abs", "abs"), ("Neg", "negative"), ("Ceil", "ceil"), ("Floor", "floor"), ("Exp", "exp"), ("Log", "log"),
        ("Sqrt", "sqrt"), ("Reciprocal", "reciprocal"), ("Sign", "sign"), ("Sin", "sin"), ("Cos", "cos"), ("Tan", "tan"),
        ("Asin", "arcsin"), ("Acos", "arccos"), ("Atan", "arctan"), ("Sinh", "sinh"), ("Cosh", "cosh"), ("Tanh", "tanh"),
        ("Asinh", "arcsinh"), ("Acosh", "arccosh"), ("Atanh", "arctanh"), ("Erf", "erf"), ("Sigmoid", "sigmoid"),
        ("Relu", "relu"), ("Softsign", "softsign"), ("Identity", "identity"), ("Not", "logical_not")):
    _functions(_kind, _name)


@imports("Softplus")
def _softplus(call):
    return sym.Activation(call.sym(), act_type="softrelu", name=call.name)


@imports("Sum")
def _sum(call):
    return _many(call, sym.broadcast_add)


@imports("Mean")
def _mean(call):
    return _many(call, sym.broadcast_add) / len(call.ins)


@imports("Mod")
def _mod(call):
    if not call.attr("fmod", 0):
        return sym.broadcast_mod(call.sym(0), call.sym(1), name=call.name)
    # with fmod the sign is the dividend's
    rest = sym.broadcast_mod(sym.abs(call.sym(0)), sym.abs(call.sym(1)))
    return sym.broadcast_mul(rest, sym.sign(call.sym(0)), name=call.name)


@imports("Clip")
def _clip(call):
    low = call.attr("min") if not call.has(1) else call.array(1).item()
    high = call.attr("max") if not call.has(2) else call.array(2).item()
    return sym.clip(call.sym(), a_min=-np.inf if low is None else low, a_max=np.inf if high is None else high, name=call.name)


@imports("HardSigmoid")
def _hard_sigmoid(call):
    return sym.hard_sigmoid(call.sym(), alpha=call.attr("alpha", 0.2), beta=call.attr("beta", 0.5), name=call.name)


@imports("HardSwish")
def _hard_swish(call):
    return sym.elemwise_mul(call.sym(), sym.hard_sigmoid(call.sym(), alpha=1 / 6, beta=0.5), name=call.name)


@imports("Where")
def _where(call):
    condition, a, b = (call.sym(k) for k in range(3))
    shapes = [call.shape(k) for k in range(3)]
    whole = np.broadcast_shapes(*shapes)
    parts = [s if shape == whole else _spread(s, shape, whole) for s, shape in zip((condition, a, b), shapes)]
    return sym.where(*parts, name=call.name)


def _spread(s, shape, whole):
    return sym.broadcast_to(sym.reshape(s, shape=(1,) * (len(whole) - len(shape)) + shape), shape=whole)


@imports("Cast")
def _cast(call):
    dtype = dtype_of(call.attr("to"))
    if dtype.kind == "b":
        # truth is a number here: 0 or 1 of the type that there was
        return sym._internal._not_equal_scalar(call.sym(), scalar=0, name=call.name)
    return sym.cast(call.sym(), dtype=dtype.name, name=call.name)


@imports("Round")
def _round(call):
    # half goes to the even number
    x = call.sym()
    down = sym.floor(x)
    odd = sym._internal._mod_scalar(down, scalar=2)
    half = sym._internal._equal_scalar(x - down, scalar=0.5)
    up = sym.floor(x + 0.5)
    return sym.where(half, down + odd, up, name=call.name)


@imports("Celu")
def _celu(call):
    x, alpha = call.sym(), call.attr("alpha", 1.0)
    negative = sym.clip((sym.exp(x / alpha) - 1) * alpha, a_min=-np.inf, a_max=0)
    return sym.elemwise_add(sym.relu(x), negative, name=call.name)


@imports("Mish")
def _mish(call):
    x = call.sym()
    return sym.elemwise_mul(x, sym.tanh(sym.Activation(x, act_type="softrelu")), name=call.name)
