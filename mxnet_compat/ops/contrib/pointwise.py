"""Element by element: straight-through rounding and signs, scaled gradients, a quadratic, the scaling of attention."""
import numpy as np

from .. import functional as F
from .. import shapes
from ..declare import ALL, Array, operator
from ..elementwise import round_, sign, unary

round_ste = unary("_contrib_round_ste", round_.body, gradient=lambda dy: dy,
                  doc="Nearest integer, halves away from zero; the gradient passes as if it were the identity.")
sign_ste = unary("_contrib_sign_ste", sign.body, gradient=lambda dy: dy,
                 doc="-1, 0 or 1; the gradient passes as if it were the identity.")


@operator("_contrib_gradientmultiplier", dtypes=ALL)
def gradientmultiplier(data: Array, *, scalar: float = 1.0, is_int: bool = True):
    """A copy, whose gradient is multiplied by ``scalar`` (-1 reverses it); ``is_int`` has no effect."""
    return data.copy()


@operator("_contrib_backward_gradientmultiplier", dtypes=ALL)
def backward_gradientmultiplier(data: Array, *, scalar: float = 1.0, is_int: bool = True):
    """``data * scalar``; with integers the scalar is cut to one."""
    return data * np.array(scalar).astype(data.dtype)


gradientmultiplier.gradient(data=lambda dy, scalar: F._contrib_backward_gradientmultiplier(dy, scalar=scalar))
backward_gradientmultiplier.gradient(data=lambda dy, scalar: F._contrib_backward_gradientmultiplier(dy, scalar=scalar))


@operator("_contrib_quadratic")
def quadratic(data: Array, *, a: float = 0.0, b: float = 0.0, c: float = 0.0):
    """``a * x**2 + b * x + c``; integers are computed as floats and cut."""
    x = data if data.dtype.kind == "f" and data.dtype != np.float16 else data.astype(np.float32)
    t = x.dtype.type
    y = x * t(a)
    y += t(b)
    y *= x
    y += t(c)
    if data.dtype.kind != "f":
        return y.astype(np.int64).astype(data.dtype)
    return y.astype(data.dtype, copy=False)


quadratic.gradient(data=lambda dy, data, a, b: dy * (data * (2 * a) + b))


@operator("_contrib_div_sqrt_dim")
def div_sqrt_dim(data: Array):
    """``data`` over the square root of its last dimension, which integers cut to an integer first."""
    if data.ndim < 1:
        raise ValueError("data must have a dimension")
    scale = np.sqrt(float(data.shape[-1]))
    if data.dtype.kind == "f":
        return data / data.dtype.type(scale)
    return (data / int(scale)).astype(data.dtype)


div_sqrt_dim.gradient(data=lambda dy: F._contrib_div_sqrt_dim(dy))

for _op in (gradientmultiplier, backward_gradientmultiplier, quadratic, div_sqrt_dim):
    _op.shape_rule = shapes.same
