"""Operators of special functions: ``erf``, ``erfinv``, ``gamma``, ``gammaln`` and its derivatives."""
from typing import Annotated

import numpy as np

from . import functional as F
from . import shapes
from . import special_functions as special
from .declare import FLOAT, Array, operator
from .elementwise import unary
from .params import Ge


def _double(function):
    """``function`` with integers taken as float64."""
    return lambda x: function(x if x.dtype.kind == "f" else x.astype(np.float64))


_ROOT_PI = float(np.sqrt(np.pi))

erf = unary("erf", _double(special.erf), gradient=lambda dy, data: dy * F.exp(-F.square(data)) * (2 / _ROOT_PI),
            doc="The error function.")
erfinv = unary("erfinv", _double(special.erfinv), gradient=lambda dy, y: dy * F.exp(F.square(y)) * (_ROOT_PI / 2),
               doc="The inverse of the error function: nan outside of -1 to 1.")
gamma = unary("gamma", _double(special.gamma), "_sparse_gamma", gradient=lambda dy, data, y: dy * y * F._digamma(data),
              doc="The gamma function.")
gammaln = unary("gammaln", _double(special.lgamma), "_sparse_gammaln", gradient=lambda dy, data: dy * F._digamma(data),
                doc="The logarithm of the absolute value of the gamma function.")
digamma = unary("_digamma", _double(special.digamma), gradient=lambda dy, data: dy * F._polygamma(data, n=1),
                doc="The derivative of ``gammaln``.")


@operator("_polygamma", dtypes=FLOAT)
def polygamma(data: Array, *, n: Annotated[int, Ge(1)]):
    """The ``n``-th derivative of ``_digamma``, in the type of ``data``."""
    return special.polygamma(n, data)


polygamma.shape_rule = shapes.same
polygamma.gradient(data=lambda dy, data, n: dy * F._polygamma(data, n=n + 1))
