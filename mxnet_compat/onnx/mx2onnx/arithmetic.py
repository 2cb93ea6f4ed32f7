"""Arithmetic, comparisons, logic and functions of one element."""
import math

import numpy as np

from .graph import converts

# two arrays

_PAIRS = {"Add": "elemwise_add broadcast_add", "Sub": "elemwise_sub broadcast_sub", "Mul": "elemwise_mul broadcast_mul",
          "Div": "elemwise_div broadcast_div", "Pow": "_power broadcast_power", "Max": "_maximum broadcast_maximum",
          "Min": "_minimum broadcast_minimum"}
_NUMBERS = {"Add": ("_plus_scalar", None), "Sub": ("_minus_scalar", "_rminus_scalar"), "Mul": ("_mul_scalar", None),
            "Div": ("_div_scalar", "_rdiv_scalar"), "Pow": ("_power_scalar", "_rpower_scalar"),
            "Max": ("_maximum_scalar", None), "Min": ("_minimum_scalar", None)}
_COMPARISONS = {"Equal": "equal", "Greater": "greater", "GreaterOrEqual": "greater_equal", "Less": "lesser",
                "LessOrEqual": "lesser_equal"}
_FUNCTIONS = {"Abs": "abs", "Ceil": "ceil", "Floor": "floor", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Neg": "negative",
              "Reciprocal": "reciprocal", "Sign": "sign", "Sin": "sin", "Cos": "cos", "Tan": "tan", "Asin": "arcsin",
              "Acos": "arccos", "Atan": "arctan", "Sinh": "sinh", "Cosh": "cosh", "Tanh": "tanh", "Asinh": "arcsinh",
              "Acosh": "arccosh", "Atanh": "arctanh", "Erf": "erf", "Sigmoid": "sigmoid", "Relu": "relu",
              "Softsign": "softsign"}


def _scalar(call):
    return call.const(call.p["scalar"])


def _pairs(kind, names):
    @converts(*names.split())
    def pair(call):
        call.emit(kind, *call.ins)


def _numbers(kind, plain, reverse):
    @converts(plain)
    def number(call):
        call.emit(kind, call.ins[0], _scalar(call))
    if reverse:
        @converts(reverse)
        def turned(call):
            call.emit(kind, _scalar(call), call.ins[0])


def _comparisons(kind, name):
    @converts(f"_{name}", f"broadcast_{name}", f"_{name}_scalar")
    def compare(call):
        other = call.ins[1] if len(call.ins) > 1 else _scalar(call)
        call.emit_cast(call.mid(kind, call.ins[0], other))


def _functions(kind, name):
    @converts(name)
    def function(call):
        call.emit(kind, call.ins[0])


for _kind, _names in _PAIRS.items():
    _pairs(_kind, _names)
for _kind, _names in _NUMBERS.items():
    _numbers(_kind, *_names)
for _kind, _names in _COMPARISONS.items():
    _comparisons(_kind, _names)
for _kind, _names in _FUNCTIONS.items():
    _functions(_kind, _names)


@converts("_not_equal", "broadcast_not_equal", "_not_equal_scalar")
def _not_equal(call):
    other = call.ins[1] if len(call.ins) > 1 else _scalar(call)
    call.emit_cast(call.mid("Not", call.mid("Equal", call.ins[0], other)))


def _logic(kind, name):
    @converts(f"_logical_{name}", f"broadcast_logical_{name}", f"_logical_{name}_scalar")
    def logic(call):
        other = call.ins[1] if len(call.ins) > 1 else _scalar(call)
        call.emit_cast(call.mid(kind, call.cast(call.ins[0], bool), call.cast(other, bool)))


for _kind, _names in (("And", "and"), ("Or", "or"), ("Xor", "xor")):
    _logic(_kind, _names)


@converts("logical_not")
def _not(call):
    call.emit_cast(call.mid("Not", call.cast(call.ins[0], bool)))


def _modulo(call, a, b):
    # the sign is the divisor's
    if call.dtypes[0].kind == "f":
        call.emit("Sub", a, call.mid("Mul", call.mid("Floor", call.mid("Div", a, b)), b))
    else:
        call.emit("Mod", a, b)


@converts("broadcast_mod", "_mod", "_mod_scalar")
def _mod(call):
    _modulo(call, call.ins[0], call.ins[1] if len(call.ins) > 1 else _scalar(call))


@converts("_rmod_scalar")
def _rmod(call):
    _modulo(call, _scalar(call), call.ins[0])


@converts("_hypot", "broadcast_hypot", "_hypot_scalar")
def _hypot(call):
    other = call.ins[1] if len(call.ins) > 1 else _scalar(call)
    call.emit("Sqrt", call.mid("Add", *(call.mid("Mul", x, x) for x in (call.ins[0], other))))


@converts("add_n")
def _add_n(call):
    call.emit("Sum", *call.ins)


# one array

@converts("square")
def _square(call):
    call.emit("Mul", call.ins[0], call.ins[0])


@converts("rsqrt")
def _rsqrt(call):
    call.emit("Reciprocal", call.mid("Sqrt", call.ins[0]))


@converts("log2", "log10")
def _log_of_base(call):
    call.emit("Div", call.mid("Log", call.ins[0]), call.const(math.log(float(call.op[3:]))))


@converts("log1p")
def _log1p(call):
    call.emit("Log", call.mid("Add", call.ins[0], call.const(1)))


@converts("expm1")
def _expm1(call):
    call.emit("Sub", call.mid("Exp", call.ins[0]), call.const(1))


@converts("degrees", "radians")
def _angles(call):
    call.emit("Mul", call.ins[0], call.const(180 / math.pi if call.op == "degrees" else math.pi / 180))


@converts("trunc", "fix")
def _trunc(call):
    call.emit("Mul", call.mid("Sign", call.ins[0]), call.mid("Floor", call.mid("Abs", call.ins[0])))


@converts("round")
def _round(call):
    up = call.mid("Floor", call.mid("Add", call.mid("Abs", call.ins[0]), call.const(0.5)))
    call.emit("Mul", call.mid("Sign", call.ins[0]), up)


@converts("rint")
def _rint(call):
    # half goes down
    call.emit("Ceil", call.mid("Sub", call.ins[0], call.const(0.5)))


@converts("hard_sigmoid")
def _hard_sigmoid(call):
    call.emit("HardSigmoid", call.ins[0], alpha=call.p["alpha"], beta=call.p["beta"])


@converts("clip")
def _clip(call):
    call.emit("Clip", call.ins[0], call.const(call.p["a_min"]), call.const(call.p["a_max"]))


@converts("smooth_l1")
def _smooth_l1(call):
    x, s2 = call.ins[0], call.p["scalar"] ** 2
    size = call.mid("Abs", x)
    small = call.mid("Mul", call.mid("Mul", x, x), call.const(0.5 * s2))
    large = call.mid("Sub", size, call.const(0.5 / s2))
    call.emit("Where", call.mid("Less", size, call.const(1 / s2)), small, large)


@converts("where")
def _where(call):
    condition = call.cast(call.ins[0], bool)
    if call.ndim(0) < call.ndim(1):
        # one element chooses a row
        condition = call.unsqueezed(condition, *range(call.ndim(0), call.ndim(1)))
    call.emit("Where", condition, call.ins[1], call.ins[2])


@converts("Cast", "amp_cast")
def _cast(call):
    call.emit_cast(call.ins[0], call.p["dtype"])


@converts("zeros_like", "ones_like")
def _like(call):
    from ..package import onnx
    value = np.array([call.op == "ones_like"], call.dtypes[0])
    call.emit("ConstantOfShape", call.mid("Shape", call.ins[0]), value=onnx().numpy_helper.from_array(value))
