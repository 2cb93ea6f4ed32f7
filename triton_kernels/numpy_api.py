"""numpy's functions on buffers, by way of ``Buffer.__array_function__``: what has a kernel runs on the device.

``call`` is what numpy hands over; a function that is not here, or a form of one, raises Unsupported. The functions have
numpy's parameters as far as they are served. Creation (zeros, arange) is in ``creation.py``.
"""
import math

import numpy as np

from . import copy as _copy
from .device import Buffer, Unsupported
from .pointwise import run
from .reduce import argreduce
from .reduce import reduce as _reduce
from .ufuncs import result_type

__all__ = ["FUNCTIONS", "call", "method", "where"]

FUNCTIONS = {}
_METHODS = {"sum", "prod", "max", "min", "mean", "argmax", "argmin", "any", "all", "squeeze", "take", "repeat", "clip", "dot",
            "cumsum", "nonzero", "argsort", "round", "std", "var", "diagonal", "searchsorted", "trace", "cumprod"}


def serves(*functions):
    """Decorator: this is what ``functions`` of numpy's do for buffers."""
    def mark(f):
        for g in functions:
            FUNCTIONS[g] = f
        return f
    return mark


def call(function, args, kwargs):
    """One call that numpy hands over."""
    f = FUNCTIONS.get(function)
    if f is None:
        _load()
        f = FUNCTIONS.get(function)
    if f is None:
        raise Unsupported(f"numpy.{function.__name__} has no kernel")
    return f(*args, **kwargs)


def _load():
    from . import factor, linear, scan, sort  # noqa: F401  (which register functions)


def method(x, name):
    """The bound method of a buffer that is a function of numpy's."""
    if name not in _METHODS:
        raise AttributeError(f"a buffer has no attribute {name!r}")
    function = getattr(np, name)
    return lambda *args, **kwargs: call(function, (x, *args), kwargs)


def on(*arrays):
    """Arrays as buffers of the device that the first buffer among them is on."""
    device = next(a.device for a in arrays if isinstance(a, Buffer))
    return [a if isinstance(a, Buffer) else device.upload(np.asarray(a)) for a in arrays]


def _into(out, y):
    if out is None:
        return y
    out[...] = y
    return out


# reductions


def _reducing(how, ufunc):
    def f(a, axis=None, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
        first = initial is not np._NoValue and initial is not None
        if where is not np._NoValue and where is not True:
            if not first and how in ("max", "min"):
                raise ValueError("a maximum with where= needs initial=")
            rest = initial if how in ("max", "min") else 0 if how == "sum" else 1
            a = FUNCTIONS[np.where](where, a, a.dtype.type(rest))
        if first:
            n = 1 if axis is None else _count(a, axis)
            y = a.device.full(_kept(a.shape, axis, keepdims), initial, a.dtype) if not a.size or not n else \
                ufunc(f(a, axis, dtype, None, keepdims), a.dtype.type(initial))
            return _into(out, y)
        keepdims = keepdims is not np._NoValue and keepdims
        t = np.asarray(ufunc.reduce(np.ones(1, a.dtype), **({} if dtype is None else {"dtype": dtype}))).dtype
        return _into(out, _reduce(how, a, axis, keepdims, dtype=t, compute=t if t.kind == "f" else None))
    return f


def _kept(shape, axis, keepdims):
    axes = range(len(shape)) if axis is None else [k % len(shape) for k in (
        (axis,) if isinstance(axis, (int, np.integer)) else axis)]
    keepdims = keepdims is not np._NoValue and keepdims
    return tuple([1 if k in axes else n for k, n in enumerate(shape) if keepdims or k not in axes])


serves(np.sum)(_reducing("sum", np.add))
serves(np.prod)(_reducing("prod", np.multiply))


@serves(np.max, np.amax)
def maximum(a, axis=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
    return _reducing("max", np.maximum)(a, axis, None, out, keepdims, initial, where)


@serves(np.min, np.amin)
def minimum(a, axis=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
    return _reducing("min", np.minimum)(a, axis, None, out, keepdims, initial, where)


def _count(a, axis):
    if axis is None:
        return a.size
    return math.prod(a.shape[k] for k in ((axis,) if isinstance(axis, (int, np.integer)) else axis))


@serves(np.mean)
def mean(a, axis=None, dtype=None, out=None, keepdims=False, **_):
    t = np.dtype(dtype) if dtype else a.dtype if a.dtype.kind == "f" else np.dtype("float64")
    n = _count(a, axis)
    return _into(out, _reduce("sum", a, axis, keepdims is not np._NoValue and keepdims, then=f"v / {float(n)!r}", dtype=t,
                              compute=t))


@serves(np.var)
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **_):
    m = mean(a, axis, dtype, keepdims=True)
    d = a - m
    n = max(_count(a, axis) - ddof, 0)
    return _into(out, _reduce("sum", d, axis, keepdims is not np._NoValue and keepdims, of="x * x",
                              then=f"v / {float(n)!r}", dtype=m.dtype))


@serves(np.std)
def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **_):
    return np.sqrt(var(a, axis, dtype, out, ddof, keepdims))


@serves(np.any)
def any_(a, axis=None, out=None, keepdims=False, **_):
    return _into(out, np.logical_or.reduce(a, axis=axis, keepdims=keepdims is not np._NoValue and keepdims))


@serves(np.all)
def all_(a, axis=None, out=None, keepdims=False, **_):
    return _into(out, np.logical_and.reduce(a, axis=axis, keepdims=keepdims is not np._NoValue and keepdims))


@serves(np.count_nonzero)
def count_nonzero(a, axis=None, keepdims=False):
    y = _reduce("sum", run("x != 0", (a,), dtypes=(bool,)), axis, keepdims, dtype=np.int64)
    return int(y) if axis is None else y


@serves(np.argmax)
def argmax(a, axis=None, out=None, keepdims=False):
    return _into(out, argreduce("max", a, axis, keepdims is not np._NoValue and keepdims))


@serves(np.argmin)
def argmin(a, axis=None, out=None, keepdims=False):
    return _into(out, argreduce("min", a, axis, keepdims is not np._NoValue and keepdims))


# choosing


@serves(np.where)
def where(condition, x=None, y=None):
    if x is None:
        return np.nonzero(condition)
    t = result_type(np.add, (x, y)) if _kind(x) != "b" or _kind(y) != "b" else np.dtype(bool)
    numbers = [v for v in (x, y) if not isinstance(v, Buffer) and np.ndim(v) == 0]
    arrays = on(condition, *[v for v in (x, y) if isinstance(v, Buffer) or np.ndim(v)])
    names, k, n = [], 1, 0
    for v in (x, y):
        if isinstance(v, Buffer) or np.ndim(v):
            names.append(f"x{k}")
            k += 1
        else:
            names.append("ab"[n])
            n += 1
    return run(f"tl.where(x0 != 0, {names[0]}, {names[1]})", arrays, [float(v) if t.kind == "f" else int(v) for v in numbers],
               (t,), compute=t)


def _kind(v):
    return v.dtype.kind if hasattr(v, "dtype") else "b" if isinstance(v, bool) else "f"


@serves(np.choose)
def choose(a, choices, out=None, mode="raise"):
    y = choices[0]
    for k, c in enumerate(choices[1:], 1):
        y = where(a == k, c, y)
    return _into(out, y)


@serves(np.clip)
def clip(a, a_min=None, a_max=None, out=None, **kwargs):
    y = a
    if a_min is not None:
        y = np.maximum(y, a_min)
    if a_max is not None:
        y = np.minimum(y, a_max)
    return _into(out, y.copy() if y is a else y)


@serves(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    if not isinstance(dst, Buffer):
        raise Unsupported("a target in host memory")
    dst[...] = src if where is True else FUNCTIONS[np.where](where, src, dst)


@serves(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    info = np.finfo(x.dtype) if x.dtype.kind == "f" else None
    if info is None:
        return x.copy()
    high, low = info.max if posinf is None else posinf, info.min if neginf is None else neginf
    y = run("tl.where(x != x, a, tl.where(x == float('inf'), b, tl.where(x == -float('inf'), c, x)))", (x,),
            (float(nan), float(high), float(low)))
    return y if copy else _into(x, y)


@serves(np.isclose)
def isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    a, b = on(a, b)
    y = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b) | (a == b)
    return y | (np.isnan(a) & np.isnan(b)) if equal_nan else y


@serves(np.allclose)
def allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return bool(np.all(isclose(a, b, rtol, atol, equal_nan)))


@serves(np.array_equal)
def array_equal(a, b, equal_nan=False):
    a, b = on(a, b)
    return a.shape == b.shape and bool(np.all(a == b))


@serves(np.round, getattr(np, "round_", np.round), np.around)
def round_(a, decimals=0, out=None):
    if decimals:
        raise Unsupported("decimals")
    return _into(out, np.rint(a))


@serves(np.isposinf)
def isposinf(x, out=None):
    return _into(out, run("x == float('inf')", (x,), dtypes=(bool,)))


@serves(np.isneginf)
def isneginf(x, out=None):
    return _into(out, run("x == -float('inf')", (x,), dtypes=(bool,)))


@serves(np.sinc)
def sinc(x):
    return run("t = 3.141592653589793 * tl.where(x == 0, 1e-20, x);divide(libdevice.sin(t), t)", (x,))


# shapes


@serves(np.shape)
def shape(a):
    return a.shape


@serves(np.ndim)
def ndim(a):
    return a.ndim


@serves(np.size)
def size(a, axis=None):
    return a.size if axis is None else a.shape[axis]


@serves(np.result_type)
def result_type_(*args):
    return np.result_type(*[a.dtype if isinstance(a, Buffer) else a for a in args])


@serves(np.reshape)
def reshape(a, *args, **kwargs):
    return a.reshape(*(args or (next(iter(kwargs.values())),)))


@serves(np.ravel)
def ravel(a, order="C"):
    return a.ravel()


@serves(np.transpose)
def transpose(a, axes=None):
    return a.transpose() if axes is None else a.transpose(axes)


@serves(np.swapaxes)
def swapaxes(a, axis1, axis2):
    return a.swapaxes(axis1, axis2)


@serves(np.moveaxis)
def moveaxis(a, source, destination):
    marks = np.moveaxis(np.empty(tuple(range(2, a.ndim + 2)), np.bool_), source, destination).shape
    return a.transpose([m - 2 for m in marks])


@serves(np.expand_dims)
def expand_dims(a, axis):
    axes = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    n = a.ndim + len(axes)
    axes = {k % n for k in axes}
    return a[tuple([None if k in axes else slice(None) for k in range(n)])]


@serves(np.squeeze)
def squeeze(a, axis=None):
    if axis is None:
        gone = {k for k, n in enumerate(a.shape) if n == 1}
    else:
        gone = {k % a.ndim for k in ((axis,) if isinstance(axis, (int, np.integer)) else axis)}
    return a[tuple([0 if k in gone else slice(None) for k in range(a.ndim)])]


@serves(np.atleast_1d)
def atleast_1d(a):
    return a if a.ndim else a.reshape(1)


@serves(np.broadcast_to)
def broadcast_to(array, shape, subok=False):
    return array.broadcast_to((shape,) if isinstance(shape, int) else shape)


@serves(np.broadcast_arrays)
def broadcast_arrays(*args, subok=False):
    args = on(*args)
    s = np.broadcast_shapes(*[a.shape for a in args])
    return [a.broadcast_to(s) for a in args]


@serves(np.flip)
def flip(m, axis=None):
    axes = set(range(m.ndim)) if axis is None else {k % m.ndim for k in ((axis,) if isinstance(axis, int) else axis)}
    return m[tuple([slice(None, None, -1 if k in axes else None) for k in range(m.ndim)])]


@serves(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    axis1, axis2 = axis1 % a.ndim, axis2 % a.ndim
    rest = [k for k in range(a.ndim) if k not in (axis1, axis2)]
    rows, columns = a.shape[axis1] + min(offset, 0), a.shape[axis2] - max(offset, 0)
    n = max(0, min(rows, columns))
    at = max(offset, 0) * a.strides[axis2] + max(-offset, 0) * a.strides[axis1]
    return a.strided([a.shape[k] for k in rest] + [n], [a.strides[k] for k in rest] + [a.strides[axis1] + a.strides[axis2]],
                     at if n else 0)


@serves(np.diag)
def diag(v, k=0):
    if v.ndim == 2:
        return diagonal(v, k).copy()
    n = v.shape[0] + abs(k)
    y = v.device.zeros((n, n), v.dtype)
    diagonal(y, k)[...] = v
    return y


@serves(np.split, np.array_split)
def split(ary, indices_or_sections, axis=0):
    n = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        step = -(-n // indices_or_sections)
        cuts = list(range(0, n, step)) + [n]
    else:
        cuts = [0, *indices_or_sections, n]
    before = (slice(None),) * (axis % ary.ndim)
    return [ary[(*before, slice(p, q))] for p, q in zip(cuts, cuts[1:])]


# joins and repetitions


@serves(np.concatenate)
def concatenate(arrays, axis=0, out=None, **kwargs):
    arrays = on(*arrays)
    t = np.result_type(*[a.dtype for a in arrays])
    arrays = [a.astype(t, copy=False) for a in arrays]
    if axis is None:
        arrays, axis = [a.ravel() for a in arrays], 0
    return _copy.concatenate(arrays, axis, out)


@serves(np.stack)
def stack(arrays, axis=0, out=None, **kwargs):
    arrays = on(*arrays)
    axis %= arrays[0].ndim + 1
    return concatenate([expand_dims(a, axis) for a in arrays], axis, out)


@serves(np.append)
def append(arr, values, axis=None):
    return concatenate(on(arr, values), axis)


@serves(np.tile)
def tile(A, reps):
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    n = max(A.ndim, len(reps))
    shape, reps = (1,) * (n - A.ndim) + A.shape, (1,) * (n - len(reps)) + reps
    pairs = A.reshape([v for d in shape for v in (1, d)]).broadcast_to([v for d, r in zip(shape, reps) for v in (r, d)])
    return pairs.copy().reshape([d * r for d, r in zip(shape, reps)])


@serves(np.repeat)
def repeat(a, repeats, axis=None):
    if axis is None:
        a, axis = a.ravel(), 0
    axis %= a.ndim
    if not isinstance(repeats, (int, np.integer)):
        repeats = repeats.numpy() if isinstance(repeats, Buffer) else np.asarray(repeats)
        at = np.repeat(np.arange(a.shape[axis]), repeats)
        return a[(slice(None),) * axis + (at,)]
    s = a.shape
    pairs = a.reshape(s[:axis + 1] + (1,) + s[axis + 1:]).broadcast_to(s[:axis + 1] + (repeats,) + s[axis + 1:])
    return pairs.copy().reshape(s[:axis] + (s[axis] * repeats,) + s[axis + 1:])


@serves(np.pad)
def pad(array, pad_width, mode="constant", constant_values=0):
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    if mode != "constant":
        for axis, w in enumerate(widths):
            if any(w):
                at = np.pad(np.arange(array.shape[axis]), w, mode)
                array = array[(slice(None),) * axis + (at,)]
        return array
    if np.ndim(constant_values):
        raise Unsupported("several constants")
    y = array.device.full([n + p + q for n, (p, q) in zip(array.shape, widths)], constant_values, array.dtype)
    y[tuple([slice(p, p + n) for n, (p, _) in zip(array.shape, widths)])] = array
    return y


@serves(np.roll)
def roll(a, shift, axis=None):
    if not isinstance(axis, (int, np.integer)):
        raise Unsupported("several axes")
    k = shift % a.shape[axis]
    before = (slice(None),) * (axis % a.ndim)
    return concatenate([a[(*before, slice(a.shape[axis] - k, None))], a[(*before, slice(0, a.shape[axis] - k))]], axis)


@serves(np.diff)
def diff(a, n=1, axis=-1, **kwargs):
    for _ in range(n):
        before = (slice(None),) * (axis % a.ndim)
        a = a[(*before, slice(1, None))] - a[(*before, slice(None, -1))]
    return a


@serves(np.triu)
def triu(m, k=0):
    return _triangle(m, "c - r >= a", k)


@serves(np.tril)
def tril(m, k=0):
    return _triangle(m, "c - r <= a", k)


def _triangle(m, keep, k):
    n, w = m.shape[-2:]
    m = m.copy()
    return run(f"c = i % b;r = (i // b) % tl.cast(c_, tl.int64);tl.where({keep}, x, 0)", (m,), (k, w, n), compute="raw") \
        if m.size else m


@serves(np.zeros_like)
def zeros_like(a, dtype=None, **_):
    return a.device.zeros(a.shape, dtype or a.dtype)


@serves(np.ones_like)
def ones_like(a, dtype=None, **_):
    return a.device.full(a.shape, 1, dtype or a.dtype)


@serves(np.empty_like)
def empty_like(prototype, dtype=None, **_):
    return prototype.device.empty(prototype.shape, dtype or prototype.dtype)


@serves(np.full_like)
def full_like(a, fill_value, dtype=None, **_):
    return a.device.full(a.shape, fill_value, dtype or a.dtype)


@serves(np.copy)
def copied(a, **_):
    return a.copy()


# indices


@serves(np.take)
def take(a, indices, axis=None, out=None, mode="raise"):
    from .index import take as f
    return f(*(on(a, indices)), axis, mode, out)


@serves(np.take_along_axis)
def take_along_axis(arr, indices, axis):
    arr, indices = on(arr, indices)
    if axis is None:
        arr, axis = arr.ravel(), 0
    return arr[_along(arr, indices, axis)]


@serves(np.put_along_axis)
def put_along_axis(arr, indices, values, axis):
    arr[_along(arr, on(arr, indices)[1], axis)] = values


def _along(arr, indices, axis):
    axis %= arr.ndim
    keys = []
    for k in range(arr.ndim):
        if k == axis:
            keys.append(indices)
        else:
            n = indices.shape[k] if arr.shape[k] == 1 else arr.shape[k]
            keys.append(np.arange(n).reshape([-1 if d == k else 1 for d in range(arr.ndim)]))
    return tuple(keys)


@serves(np.unravel_index)
def unravel_index(indices, shape, order="C"):
    result = []
    for n in reversed(shape):
        result.append(indices % n)
        indices = indices // n
    return tuple(reversed(result))


@serves(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(x, window_shape, axis=None, **_):
    """Windows of each length along each axis, as a view."""
    window = (window_shape,) if isinstance(window_shape, (int, np.integer)) else tuple(window_shape)
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    shape = list(x.shape)
    for a, n in zip(axes, window):
        shape[a] -= n - 1
    return x.strided([*shape, *window], [*x.strides, *[x.strides[a] for a in axes]])


def as_strided(x, shape=None, strides=None, **_):
    """A view of that shape and those strides, which are in elements as those of buffers are."""
    return x.strided(x.shape if shape is None else shape, x.strides if strides is None else strides)
