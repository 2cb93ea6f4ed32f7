"""The affine layer ``FullyConnected``. Products of matrices by themselves are in ``ops/matmul.py``."""
from typing import Annotated

import numpy as np

from .. import functional as F
from ..declare import FLOAT, Array, operator
from ..params import Ge
from .infer import fitted, product


@operator("FullyConnected", "_sparse_FullyConnected", dtypes=FLOAT, needs={"bias": lambda p: not p["no_bias"]})
def fully_connected(data: Array, weight: Array, bias: Array | None = None, *, num_hidden: Annotated[int, Ge(1)],
                    no_bias: bool = False, flatten: bool = True):
    """``data @ weight.T + bias``.

    ``data`` is (N, ...), taken as (N, D), or with ``flatten=False`` (..., D); ``weight`` is (num_hidden, D), ``bias``
    (num_hidden,). The result is (N, num_hidden) or (..., num_hidden). MXNetError where shapes do not fit.
    """
    if not data.ndim:
        raise ValueError("data must have at least one dimension")
    x = data.reshape(len(data), product(data.shape[1:])) if flatten and data.ndim != 2 else data
    if weight.shape != (num_hidden, x.shape[-1]):
        raise ValueError(f"weight must have shape {(num_hidden, x.shape[-1])}, got {weight.shape}")
    if (bias is None) != no_bias:
        raise ValueError("bias is missing; give it, or no_bias=True" if bias is None else
                         "bias is given together with no_bias=True")
    if not no_bias and bias.shape != (num_hidden,):
        raise ValueError(f"bias must have shape {(num_hidden,)}, got {bias.shape}")
    if data.dtype == np.float16:
        y = np.matmul(x.astype(np.float32), weight.T.astype(np.float32))
        return (y if no_bias else y + bias).astype(np.float16)
    if data.size == 0:
        y = np.zeros((*x.shape[:-1], num_hidden), x.dtype)
    elif x.ndim > 2:
        # one product of matrices is faster than a stack of small ones
        y = np.matmul(x.reshape(-1, x.shape[-1]), weight.T).reshape(*x.shape[:-1], num_hidden)
    else:
        y = np.matmul(x, weight.T)
    return y if no_bias else np.add(y, bias, out=y)


def _rule(data, weight, bias=None, *, num_hidden, no_bias, flatten):
    if no_bias and bias is not None:
        raise ValueError("bias is given together with no_bias=True")
    if not no_bias:
        bias = fitted("bias", bias, (num_hidden,))
    if data is None:
        return (data, fitted("weight", weight, (num_hidden, 0)), bias), (None,)
    if not data:
        raise ValueError("data must have at least one dimension")
    width = product(data[1:]) if flatten else data[-1] or 0
    weight = fitted("weight", weight, (num_hidden, width))
    return (data, weight, bias), ((*(data[:1] if flatten else data[:-1]), num_hidden),)


fully_connected.shapes(_rule)


def _rows(x, flatten=False):
    """``x`` as a matrix: rows by the first axis, or by all but the last."""
    if x.ndim == 2:
        return x
    return F.reshape(x, shape=(x.shape[0], -1) if flatten else (-1, x.shape[-1]))


def _data(dy, weight, data_like):
    dx = F.dot(_rows(dy), weight)
    return dx if dx.shape == data_like.shape else F.reshape(dx, shape=data_like.shape)


fully_connected.gradient(
    data=_data,
    weight=lambda dy, data, flatten: F.dot(_rows(dy), _rows(data, flatten), transpose_a=True),
    bias=lambda dy: F.sum(_rows(dy), axis=0))
