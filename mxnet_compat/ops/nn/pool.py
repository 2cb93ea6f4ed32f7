"""``Pooling``: parameters, shapes and gradients. The kernels are in ``windows.py``, ``Pooling_v1`` in ``pool_v1.py``."""
import functools
from typing import Literal

import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, Array, operator
from ..params import Shape
from . import maxima, windows

_LAYOUTS = {3: ("NCW", "NWC"), 4: ("NCHW", "NHWC"), 5: ("NCDHW", "NDHWC")}


@functools.lru_cache(maxsize=1024)
def _axes(shape, kernel, stride, pad, global_pool, convention):
    """(size, kernel, stride, pad, out) of every spatial axis; unknown sizes (0, None) give an unknown ``out`` of 0."""
    if global_pool:
        return tuple([(n, n, 1, 0, 1) for n in shape])
    n = len(kernel)
    if not 1 <= n <= 3 or min(kernel) < 1:
        raise ValueError(f"kernel must be 1 to 3 positive integers, got {kernel}")
    if len(shape) != n:
        raise ValueError(f"data must have {n + 2} dimensions for kernel {kernel}, got {len(shape) + 2}")
    if stride and (len(stride) != n or min(stride) < 1):
        raise ValueError(f"stride must be {n} positive integers, as kernel {kernel} has, got {stride}")
    if convention == "same":
        # the real operator reads three numbers of the padding, whatever the kernel's length
        if n != 1 or any(pad):
            raise ValueError(f"pooling_convention 'same' is for a kernel of 1 dimension without pad, got kernel {kernel} "
                             f"and pad {pad}")
        pad = (0,)
    if pad and (len(pad) != n or not all(0 <= p < k for p, k in zip(pad, kernel))):
        raise ValueError(f"pad must be {n} integers smaller than kernel {kernel}, got {pad}")
    axes = []
    for size, k, s, p in zip(shape, kernel, stride or (1,) * n, pad or (0,) * n):
        if size and k > size + 2 * p:
            raise ValueError(f"kernel {kernel} exceeds the data, which has {size} padded to {size + 2 * p} on an axis")
        if convention == "same":
            out = -(-(size or 0) // s)
        else:
            room = (size or 0) + 2 * p - k
            out = (-(-room // s) if convention == "full" else room // s) + 1
        axes.append((size, k, s, p, out if size else 0))
    return tuple(axes)


def _last(ndim, layout):
    """Whether the channels come last."""
    if not 3 <= ndim <= 5:
        raise ValueError(f"data must have 3 to 5 dimensions, got {ndim}")
    if layout is not None and layout not in _LAYOUTS[ndim]:
        raise ValueError(f"layout must be one of {_LAYOUTS[ndim]} for data of {ndim} dimensions, got {layout}")
    return layout is not None and layout == _LAYOUTS[ndim][1]


def _power(pool_type, p_value):
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise ValueError(f"p_value must be 1, 2 or 3 for pool_type 'lp', got {p_value}")


def _spatial(shape, last):
    return tuple(shape[1:-1] if last else shape[2:])


def _result(shape, axes, last):
    out = tuple([a[4] for a in axes])
    return (shape[0], *out, shape[-1]) if last else (*shape[:2], *out)


def _to_planes(a, last):
    """Any array of the operator as (planes, *S), float16 widened."""
    if last:
        a = np.moveaxis(a, -1, 1)
    a = a.reshape(a.shape[0] * a.shape[1], *a.shape[2:])
    return a.astype(np.float32) if a.dtype == np.float16 else a


def _from_planes(a, shape, last, dtype):
    """(planes, *S) in the given shape of the operator."""
    if last:
        a = np.moveaxis(a.reshape(shape[0], shape[-1], *a.shape[1:]), 1, -1)
    return np.ascontiguousarray(a.reshape(shape), dtype)


def _counts(axes, with_pad, dtype):
    """What an average divides by: a number where windows are alike, else an array (*O); None where there are none."""
    n = windows.counts(axes, with_pad)
    if not n.size:
        return None
    first = n.flat[0]
    return np.dtype(dtype).type(first) if (n == first).all() else n.astype(dtype)


@operator("Pooling", dtypes=FLOAT)
def pooling(data: Array, *, kernel: Shape = (), pool_type: Literal["avg", "lp", "max", "sum"] = "max",
            global_pool: bool = False, cudnn_off: bool = False,
            pooling_convention: Literal["full", "same", "valid"] = "valid", stride: Shape = (), pad: Shape = (),
            p_value: int | None = None, count_include_pad: bool | None = None,
            layout: Literal[None, "NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] = None):
    """Maximum, sum, average or ``p_value``-norm over windows of ``data`` (N, C, *S), or (N, *S, C) by ``layout``.

    The number of windows on an axis of ``S`` elements is ``1 + (S + 2 pad - kernel) / stride``, rounded down (``valid``)
    or up (``full``), or ``S / stride`` rounded up (``same``: 1 axis, no ``pad``). ``global_pool`` takes all of an axis.
    A maximum passes over nan and padding; the average counts the padding unless ``count_include_pad`` is False. The
    norm is of the powers with their signs. MXNetError where ``kernel``, ``stride``, ``pad`` and data do not fit.
    """
    last = _last(data.ndim, layout)
    axes = _axes(_spatial(data.shape, last), kernel, stride, pad, global_pool, pooling_convention)
    _power(pool_type, p_value)
    x = _to_planes(data, last)
    if pool_type == "max":
        y = windows.largest(x, axes, np.finfo(data.dtype).min)
    elif pool_type == "lp" and p_value > 1:
        y = windows.sums(x ** p_value, axes)
        y = np.sqrt(y, out=y) if p_value == 2 else np.cbrt(y, out=y)
    else:
        y = windows.sums(x, axes, _counts(axes, count_include_pad is not False, x.dtype) if pool_type == "avg" else None)
    return _from_planes(y, _result(data.shape, axes, last), last, data.dtype)


@pooling.shapes
def _pooling_rule(data, *, kernel, pool_type, global_pool, pooling_convention, stride, pad, p_value, layout, **_):
    _power(pool_type, p_value)
    if data is None:
        return (data,), (None,)
    last = _last(len(data), layout)
    axes = _axes(_spatial(data, last), kernel, stride, pad, global_pool, pooling_convention)
    return (data,), (_result(data, axes, last),)


@pooling.gradient
def _pooling_gradient(dy, data, y, need, kernel, pool_type, global_pool, pooling_convention, stride, pad, p_value,
                      count_include_pad, layout):
    where = {"kernel": kernel, "global_pool": global_pool, "pooling_convention": pooling_convention, "stride": stride,
             "pad": pad, "layout": layout}
    if pool_type == "max":
        return [F._backward_Pooling_max(dy, data, y, **where)]
    kind = "avg" if pool_type == "avg" else "sum"

    def spread(g):
        return F._backward_Pooling_sum(g, shape=data.shape, pool_type=kind, count_include_pad=count_include_pad, **where)

    if pool_type == "lp" and p_value > 1:
        # a window of zeros has no gradient
        y = y + (y == 0)
        return [data * spread(dy / y) if p_value == 2 else F.square(data) * spread(dy / F.square(y))]
    return [spread(dy)]


def _flat(arrays, kernel, stride, pad, global_pool, convention, layout):
    """The arrays as planes, the axes of the first, and whether its channels are last."""
    last = _last(arrays[0].ndim, layout)
    axes = _axes(_spatial(arrays[0].shape, last), kernel, stride, pad, global_pool, convention)
    return [_to_planes(a, last) for a in arrays], axes, last


@operator("_backward_Pooling_sum", dtypes=FLOAT)
def backward_sum(grad: Array, *, shape: Shape, pool_type: Literal["avg", "sum"], kernel: Shape = (),
                 global_pool: bool = False, pooling_convention: str = "valid", stride: Shape = (), pad: Shape = (),
                 count_include_pad: bool | None = None, layout: str | None = None):
    """The gradient of a sum or an average over windows: each window's value to all its elements."""
    last = _last(len(shape), layout)
    axes = _axes(_spatial(shape, last), kernel, stride, pad, global_pool, pooling_convention)
    g = _to_planes(grad, last)
    by = _counts(axes, count_include_pad is not False, g.dtype) if pool_type == "avg" else None
    if global_pool:
        dx = np.broadcast_to(g if by is None else g / by, (g.shape[0], *_spatial(shape, last)))
    else:
        dx = windows.spread_sums(g, axes, by)
    return _from_planes(dx, shape, last, grad.dtype)


backward_sum.gradient(
    grad=lambda dy, pool_type, kernel, global_pool, pooling_convention, stride, pad, count_include_pad, layout:
        F.Pooling(dy, pool_type=pool_type, kernel=kernel, global_pool=global_pool, stride=stride, pad=pad,
                  pooling_convention=pooling_convention, count_include_pad=count_include_pad, layout=layout))


@operator("_backward_Pooling_max", dtypes=FLOAT)
def backward_max(grad: Array, data: Array, largest: Array, *, kernel: Shape = (), global_pool: bool = False,
                 pooling_convention: str = "valid", stride: Shape = (), pad: Shape = (), layout: str | None = None):
    """The gradient of a maximum over windows: each window's value to its first maximum in memory order."""
    (x, g, y), axes, last = _flat((data, grad, largest), kernel, stride, pad, global_pool, pooling_convention, layout)
    return _from_planes(maxima.put(g, x, y, axes), data.shape, last, grad.dtype)


@operator("_pick_Pooling_max", dtypes=FLOAT)
def pick_max(values: Array, data: Array, largest: Array, *, kernel: Shape = (), global_pool: bool = False,
             pooling_convention: str = "valid", stride: Shape = (), pad: Shape = (), layout: str | None = None):
    """Of ``values``, shaped as ``data``, those at the first maxima of the windows of ``data``."""
    (x, v, y), axes, last = _flat((data, values, largest), kernel, stride, pad, global_pool, pooling_convention, layout)
    return _from_planes(maxima.pick(v, x, y, axes), largest.shape, last, values.dtype)


def _linear(other):
    def rule(dy, data, largest, kernel, global_pool, pooling_convention, stride, pad, layout):
        return getattr(F, other)(dy, data, largest, kernel=kernel, global_pool=global_pool, stride=stride, pad=pad,
                                 pooling_convention=pooling_convention, layout=layout)
    return rule


backward_max.gradient(grad=_linear("_pick_Pooling_max"), data=ZERO, largest=ZERO)
pick_max.gradient(values=_linear("_backward_Pooling_max"), data=ZERO, largest=ZERO)
