"""Reductions along axes and their opposite, broadcasting: sums, products, extremes, norms, means, arguments of extremes."""
import numpy as np

from . import functional as F
from . import shapes
from .declare import ALL, Array, operator
from .params import Axis, Shape


def _add(x, axes, keepdims):
    """The sum over normalized axes in the array's type; float16 is added up in float32, integers wrap."""
    t = x.dtype
    wide = np.float32 if t == np.float16 else t
    return np.asarray(np.add.reduce(x, axes, wide, keepdims=keepdims)).astype(t, copy=False)


def _spread(y, shape, axes):
    """``y`` repeated along ``axes``, which a reduction of ``shape`` removed or made 1: new memory."""
    return np.broadcast_to(y.reshape(shapes.reduced(shape, axes, True)), shape).copy()


@operator("_sum_to", dtypes=ALL)
def sum_to(data: Array, *, shape: Shape):
    """The sum over those axes along which an array of ``shape`` was broadcast to the shape of ``data``."""
    lead = data.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, d in enumerate(shape) if d == 1 and data.shape[lead + i] != 1)
    return _add(data, axes, False).reshape(shape) if axes else data.copy()


@sum_to.shapes
def _(data, *, shape):
    return (data,), (shape,)


@operator("_backward_sum_to", dtypes=ALL)
def backward_sum_to(data: Array, *, shape: Shape):
    """``data`` repeated to ``shape``, with leading axes added where it has fewer."""
    return np.broadcast_to(data, shape).copy()


@backward_sum_to.shapes
def _(data, *, shape):
    return (data,), (shape,)


sum_to.gradient(data=lambda dy, data_like: F._backward_sum_to(dy, shape=data_like.shape))
backward_sum_to.gradient(data=lambda dy, data_like: F._sum_to(dy, shape=data_like.shape))
