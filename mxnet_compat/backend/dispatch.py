"""What the compiled fronts call off their fast path: checking inputs, parsing, errors, ``out=``, wrapping results.

The fast path itself is rendered by ``ops/render.py``. Kernels never see an NDArray; this file is where buffers and arrays
meet.
"""
import warnings

import numpy as np

from ..base import MXNetError, _Null
from ..ndarray.core import NDArray, array_of, wrap
from ..state import state
from . import storage

__all__ = ["bad_kwargs", "failed", "finish", "into", "parse_params", "wrap_outputs"]

_ndarray = np.ndarray
_INPUT_ERRORS = (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError, NotImplementedError)
#: What a kernel may raise that is the caller's fault, or numpy's warning turned into an exception.
KERNEL_ERRORS = (*_INPUT_ERRORS, FloatingPointError, RuntimeWarning)


def describe(arrays, params):
    """Inputs by shape and type and parameters by value, as error messages show them."""
    parts = []
    for name, a in arrays:
        if isinstance(a, (list, tuple)):
            parts.append(f"{name}=[" + ", ".join(_one(i) for i in a) + "]")
        elif a is not None:
            parts.append(f"{name}={_one(a)}")
    parts += [f"{k}={v!r}" for k, v in params]
    return ", ".join(parts)


def _one(a):
    return f"{tuple(a.shape)} {np.dtype(a.dtype).name}"


def check_input(op, name, x):
    """``x`` as an NDArray input; what is not one is refused with the class that MXNet raises."""
    if isinstance(x, NDArray):
        return x._dense_for(op)
    if x is None or x is _Null:
        raise MXNetError(f"operator {op.name}: the array {name} is missing; "
                         f"it takes {', '.join(op.input_names)}")
    raise AssertionError(f"operator {op.name}: argument {name} must be an NDArray, got {type(x).__name__}")


def aside(op, inputs, given, out):
    """What a front does where its inputs are not all exactly ``NDArray``: the inputs, checked, as a tuple.

    Where one has a storage of its own, the call ends here: the result is that of ``by_storage.call``, no tuple.
    ``given`` has the parameters as they came.
    """
    names = op.inputs
    checked, stored, device = [], False, False
    for k, x in enumerate(inputs):
        if type(x) is not NDArray:
            i = names[min(k, len(names) - 1)]
            if x is not None or not i.optional:
                x = check_input(op, i.name, x)
                stored = stored or x.stype != "default"
                device = device or x._ctx.device_typeid == 2
        checked.append(x)
    if device and not op.composite:
        from . import gpu
        return gpu.call(op, checked, given, out)
    if not stored:
        return tuple(checked)
    from . import by_storage
    return by_storage.call(op, checked, given, out)


def check_types(op, buffers):
    """Refuse buffers of a type that the operator does not take, or of different types."""
    first, t = None, None
    for k, a in enumerate(buffers):
        i = op.inputs[min(k, len(op.inputs) - 1)]
        if a is None or not i.common:
            continue
        if t is None:
            first, t = i.name, a.dtype
            if t not in op.dtypes:
                refuse_type(op, first, t)
        elif a.dtype != t:
            same_type(op, first, t, i.name, a.dtype)


def bad_kwargs(op, kwargs):
    """Refuse keywords that the operator does not have; ``attr`` and dunder attributes are ignored as in MXNet."""
    for k in kwargs:
        if k in ("attr", "ctx", "lr_mult", "wd_mult") or (k.startswith("__") and k.endswith("__")):
            continue
        names = [*op.input_names, *(p.name for p in op.params if p.name not in op.hidden)]
        raise MXNetError(f"operator {op.name} has no argument {k!r}; it takes {', '.join(names) or 'none'}")


def refuse_type(op, name, dtype):
    """An input of a type that the operator does not take."""
    ok = ", ".join(sorted(d.name for d in op.dtypes))
    raise MXNetError(f"operator {op.name}: {name} has type {np.dtype(dtype).name}; expected one of {ok}")


def same_type(op, first, t, name, dtype):
    """Refuse two inputs of different types; equal types that are distinct objects pass."""
    if t != dtype:
        raise MXNetError(f"operator {op.name}: {name} has type {np.dtype(dtype).name}, but {first} has "
                         f"{np.dtype(t).name}; the types must be equal, use astype")


def param_parser(op, p):
    """A parser for one parameter of one operator: ``_Null`` is the default, a wrong value names operator and expectation."""
    parse, default, required, name, text = p.parse, p.default, p.required, p.name, p.text
    null_is_default = text == "dtype"

    def parsed(v):
        if v is _Null or (v is None and null_is_default):
            if required:
                raise MXNetError(f"operator {op.name}: the required parameter {name} ({text}) is missing")
            return default
        try:
            return parse(v)
        except ValueError as e:
            raise MXNetError(f"operator {op.name}: parameter {name} must be {e}, got {v!r}") from None
    return parsed


def parse_params(op, given):
    """All parameters by name, parsed from Python values or text, defaults filled in."""
    given = dict(given)
    out = {p.name: param_parser(op, p)(given.pop(p.name, _Null)) for p in op.params}
    if given:
        bad_kwargs(op, given)
    return out


def failed(op, error, args, kwargs, run=None):
    """A kernel raised: run it again where only numpy's error settings were in the way, else say what was wrong."""
    if isinstance(error, (FloatingPointError, RuntimeWarning)):
        with np.errstate(all="ignore"):
            return (run or op.body)(*args, **kwargs)
    if isinstance(error, MXNetError):
        raise error
    if isinstance(error, NotImplementedError):
        raise NotImplementedError(f"operator {op.name}: {error}") from None
    names = op.input_names
    arrays = [(names[-1], args)] if op.variadic else list(zip(names, args))
    shown = [(k, v) for k, v in kwargs.items() if k not in ("rng", "out", "training")]
    raise MXNetError(f"operator {op.name}: {error}; given {describe(arrays, shown)}") from error


def fix(y, dtype):
    """A kernel's result as an array of the operator's type (numpy gives scalars for zero-dimensional results)."""
    return np.asarray(y) if dtype is None else np.asarray(y, dtype)


def wrap_outputs(ys, ctx):
    """A list of arrays for a kernel's several results."""
    return [wrap(np.asarray(y), ctx) for y in ys]


def out_buffer(op, out, dtype):
    """The buffer that a kernel may write its result into, or None where it has to be checked and copied afterwards.

    Kernels without inputs (``dtype`` None) take shape and type from it and get one of any storage.
    """
    if isinstance(out, (list, tuple)):
        out = out[0] if len(out) == 1 else None
    if not isinstance(out, NDArray):
        return None
    out._writable(op.name)
    a = out._a
    return a if dtype is None or type(a) is _ndarray and a.dtype == dtype else None


def into(op, out, ys):
    """Write the results ``ys`` (a list of buffers) into ``out`` (an array or a list); the arrays written, as a list."""
    targets = list(out) if isinstance(out, (list, tuple)) else [out]
    if len(targets) != len(ys):
        raise MXNetError(f"operator {op.name}: out has {len(targets)} arrays, the operator gives {len(ys)}")
    for t, y in zip(targets, ys):
        if not isinstance(t, NDArray):
            raise TypeError(f"operator {op.name}: out must be an NDArray, got {type(t).__name__}")
        t._writable(op.name)
        if t._a is y:
            continue
        if t.shape != y.shape or t._a.dtype != y.dtype:
            raise MXNetError(f"operator {op.name}: out is {_one(t)}, the result is {_one(y)}")
    for t, y in zip(targets, ys):
        if t._a is not y:
            storage.write(t._a, y)
    return targets


def finish(op, arrays, params, y, out, ctx=None):
    """The results ``y`` of a call (a buffer, or several) as arrays, written into ``out`` and recorded."""
    single = op.outputs == 1
    ys = [y] if single else list(y)
    shown = 1 if single else op.num_visible(params)
    ctx = ctx or next(x for x in arrays if x is not None)._ctx
    if out is not None:
        rs = into(op, out, ys[:shown]) + [array_of(y, ctx) for y in ys[shown:]]
    else:
        rs = [array_of(y, ctx) for y in ys]
    if rs and state.recording and any([x is not None and x._node is not None for x in arrays]):
        values = tuple([params[p.name] for p in op.params])
        if "training" in op.injected:
            values += (state.training,)
        args = [tuple(arrays)] if op.variadic else arrays
        op.record(*args, values, rs[0] if single else rs)
    return rs[0] if shown == 1 else rs[:shown]


def assign(target, source):
    """Copy ``source`` into the memory of ``target`` (gradient buffers), whose storage decides; shapes must agree."""
    a, b = target._a, source._a
    if a is b:
        return
    if a.shape != b.shape:
        raise MXNetError(f"gradient of shape {source.shape} for a buffer of shape {target.shape}")
    if type(a) is _ndarray and type(b) is _ndarray:
        a[...] = b
    else:
        storage.write(a, b)


def accumulate(target, source):
    """Add ``source`` to the memory of ``target``."""
    a, b = target._a, source._a
    if a.shape != b.shape:
        raise MXNetError(f"gradient of shape {source.shape} for a buffer of shape {target.shape}")
    if type(a) is type(b) and target.stype == "default":
        np.add(a, b, out=a, casting="unsafe")
    else:
        storage.write(a, (target + source)._a)


def zeros(shape, dtype, ctx):
    """A new array of zeros."""
    if ctx.device_typeid == 2:
        from . import gpu
        return gpu.full(shape, 0, dtype, ctx)
    return wrap(np.zeros(shape, dtype), ctx)


def ones(like):
    """Ones like an array, as a head gradient: shared, since rules never write into a gradient."""
    a = like._a
    if like._ctx.device_typeid == 2:
        from . import gpu
        return gpu.full(a.shape, 1, a.dtype, like._ctx)
    key = a.shape, a.dtype
    y = _ones.get(key)
    if y is None:
        y = np.ones(a.shape, a.dtype)
        y.flags.writeable = False
        if a.size <= 4096:
            if len(_ones) > 256:
                _ones.clear()
            _ones[key] = y
    return wrap(y, like._ctx)


_ones = {}


def reinterpret(dy, head):
    """A head gradient of another shape than its head: MXNet takes its elements in order, and so do we if they suffice."""
    size = head._a.size
    if dy.stype != "default":
        dy = wrap(dy._a.dense(), dy._ctx)
    if dy._a.size < size:
        raise MXNetError(f"backward: the head gradient has shape {dy.shape}, the head {head.shape}")
    warnings.warn(f"backward: the head gradient has shape {dy.shape}, the head {head.shape}; its first {size} elements "
                  "are used", stacklevel=4)
    return wrap(dy._a.reshape(-1)[:size].reshape(head.shape), dy._ctx)


def unshared(x):
    """The array itself, or a copy if its memory is the shared one of ``ones``."""
    a = x._a
    return duplicate(x) if type(a) is _ndarray and not a.flags.writeable else x


def duplicate(x):
    """A copy of an array in the same place of the tape."""
    r = array_of(x._a.copy(), x._ctx)
    r._node, r._i = x._node, x._i
    return r
