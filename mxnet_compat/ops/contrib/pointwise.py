"""Small elementwise operators of ``contrib``: straight-through estimators, gradient scaling, the quadratic example."""
import numpy as np

from .. import functional as F
from .. import shapes
from ..declare import NUMERIC, Array, operator
from ..elementwise import _half_away, _sign


@operator("_contrib_round_ste", "_sparse__contrib_round_ste", dtypes=NUMERIC)
def round_ste(data: Array):
    """The nearest integer, halves away from zero; the gradient passes as if nothing had been rounded."""
    return _half_away(data)


@operator("_contrib_sign_ste", "_sparse__contrib_sign_ste", dtypes=NUMERIC)
def sign_ste(data: Array):
    """-1, 0 or 1; the gradient passes as if the data had been returned."""
    return _sign(data)


@operator("_contrib_gradientmultiplier", dtypes=NUMERIC)
def gradient_multiplier(data: Array, *, scalar: float = 1.0, is_int: bool = True):
    """The data itself; the gradient is multiplied by ``scalar``."""
    return data.copy()


@operator("_contrib_quadratic", dtypes=NUMERIC)
def quadratic(data: Array, *, a: float = 0.0, b: float = 0.0, c: float = 0.0):
    """``a * x**2 + b * x + c``."""
    x = data if data.dtype.kind == "f" else data.astype(np.float64)
    return ((x * x.dtype.type(a) + x.dtype.type(b)) * x + x.dtype.type(c)).astype(data.dtype, copy=False)


@operator("_contrib_div_sqrt_dim", dtypes=NUMERIC)
def div_sqrt_dim(data: Array):
    """The data over the square root of the length of its last axis."""
    root = np.sqrt(data.shape[-1])
    return data / data.dtype.type(root) if data.dtype.kind == "f" else (data / root).astype(data.dtype)


for _op in (round_ste, sign_ste, gradient_multiplier, quadratic, div_sqrt_dim):
    _op.shape_rule = shapes.same
for _op in (round_ste, sign_ste):
    _op.gradient(data=lambda dy: dy)
gradient_multiplier.gradient(data=lambda dy, scalar: dy * scalar)
quadratic.gradient(data=lambda dy, data, a, b: dy * (data * (2 * a) + b))
div_sqrt_dim.gradient(data=lambda dy: F._contrib_div_sqrt_dim(dy))
