"""Activation functions and their gradients, one expression each: a launch that reads inputs and writes the result once."""
from ..device import Unsupported
from ..pointwise import run
from ..registry import implements

_SIGMOID = "divide(1.0, 1.0 + libdevice.exp(-x))"
_SOFTSIGN = "divide(x, 1.0 + tl.abs(x))"
_FORWARD = {"relu": "nan_max(x, 0.0)", "sigmoid": _SIGMOID, "tanh": "libdevice.tanh(x)", "softsign": _SOFTSIGN,
            "softrelu": "libdevice.log1p(libdevice.exp(-tl.abs(x))) + nan_max(x, 0.0)"}
#: of the gradient x and the result y
_BACKWARD = {"_backward_sigmoid": "(1.0 - y) * y * x", "_backward_tanh": "(1.0 - y * y) * x"}
_SELU = 1.0507009873554805
_RECTIFIERS = {"leaky": "tl.where(x > 0, x, x * a)",
               "elu": "tl.where(x > 0, x, libdevice.expm1(tl.where(x > 0, 0.0, x)) * a)",
               "selu": "tl.where(x > 0, x * b, libdevice.expm1(tl.where(x > 0, 0.0, x)) * a)",
               "gelu": "0.5 * libdevice.erfc(x * -0.7071067811865476) * x"}


def _float(x):
    if x.dtype.kind != "f":
        raise Unsupported("whole numbers")
    return x


@implements("Activation")
def _activation(data, *, act_type):
    return run(_FORWARD[act_type], (_float(data),))


implements("sigmoid")(lambda data: run(_SIGMOID, (_float(data),)))
implements("softsign")(lambda data: run(_SOFTSIGN, (_float(data),)))


@implements("relu")
def _relu(data):
    return run("nan_max(x, 0.0)" if data.dtype.kind == "f" else "tl.where(x > 0, x, 0)", (data,))


def _same(head, result):
    if head.shape != result.shape or head.dtype != result.dtype:
        raise Unsupported("other shapes or types")


@implements("_backward_relu")
def _backward_relu(head, result):
    _same(head, result)
    whole = "tl.where(y > 0, x, 0)"
    return run("tl.where(y != y, y, x * tl.where(y > 0, 1.0, 0.0))" if head.dtype.kind == "f" else whole, (head, result))


def _backward(text):
    def function(head, result):
        _same(head, result)
        return run(text, (_float(head), result))
    return function


for _name, _text in _BACKWARD.items():
    implements(_name)(_backward(_text))


@implements("LeakyReLU")
def _leaky_relu(data, gamma=None, *, act_type="leaky", slope=0.25, lower_bound=0.125, upper_bound=0.334, training=False):
    if act_type not in _RECTIFIERS or gamma is not None:
        raise Unsupported(act_type)
    numbers = {"selu": (_SELU * 1.6732632423543772, _SELU), "gelu": ()}.get(act_type, (slope,))
    # a list, since the number of results depends on the kind
    return [run(_RECTIFIERS[act_type], (_float(data),), numbers)]
