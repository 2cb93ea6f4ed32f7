"""numpy's ufuncs on buffers: each is one expression for floats and one for whole numbers, evaluated by ``pointwise``.

The types of results are those that numpy gives. 16 bit floats are computed as float32, whole numbers as int64.
"""
import numpy as np

from .device import Buffer, Unsupported
from .pointwise import broadcast, computing, run
from .reduce import reduce as _reduce

__all__ = ["call", "result_type"]


#: ufunc: (expression for floats, expression for whole numbers); None where there is none.
TABLE = {
    "add": ("x + y",) * 2, "subtract": ("x - y",) * 2, "multiply": ("x * y",) * 2, "true_divide": ("divide(x, y)", None),
    "floor_divide": ("floor_divide(x, y)", "int_floor_divide(x, y)"), "remainder": ("python_mod(x, y)", "int_mod(x, y)"),
    "fmod": ("libdevice.fmod(x, y)", None), "power": ("libdevice.pow(x, y)", "int_power(x, y)"),
    "float_power": ("libdevice.pow(x, y)", None), "hypot": ("libdevice.hypot(x, y)", None),
    "arctan2": ("libdevice.atan2(x, y)", None), "logaddexp": ("logaddexp(x, y)", None),
    "copysign": ("libdevice.copysign(x, y)", None), "nextafter": ("libdevice.nextafter(x, y)", None),
    "maximum": ("nan_max(x, y)", "tl.maximum(x, y)"), "minimum": ("nan_min(x, y)", "tl.minimum(x, y)"),
    "fmax": ("tl.where((x >= y) | (y != y), x, y)", "tl.maximum(x, y)"),
    "fmin": ("tl.where((x <= y) | (y != y), x, y)", "tl.minimum(x, y)"),
    "equal": ("x == y",) * 2, "not_equal": ("x != y",) * 2, "less": ("x < y",) * 2, "less_equal": ("x <= y",) * 2,
    "greater": ("x > y",) * 2, "greater_equal": ("x >= y",) * 2, "logical_and": ("(x != 0) & (y != 0)",) * 2,
    "logical_or": ("(x != 0) | (y != 0)",) * 2, "logical_xor": ("(x != 0) ^ (y != 0)",) * 2, "logical_not": ("x == 0",) * 2,
    "bitwise_and": (None, "x & y"), "bitwise_or": (None, "x | y"), "bitwise_xor": (None, "x ^ y"), "invert": (None, "~x"),
    "left_shift": (None, "x << y"), "right_shift": (None, "x >> y"),
    "negative": ("-x",) * 2, "positive": ("x",) * 2, "absolute": ("tl.abs(x)",) * 2, "fabs": ("tl.abs(x)", None),
    "sign": ("sign(x)", "tl.where(x > 0, 1, tl.where(x < 0, -1, 0))"), "square": ("x * x",) * 2,
    "reciprocal": ("divide(1.0, x)", "tl.where(tl.abs(x) == 1, x, 0)"),
    "exp": ("libdevice.exp(x)", None), "exp2": ("libdevice.exp2(x)", None), "expm1": ("libdevice.expm1(x)", None),
    "log": ("libdevice.log(x)", None), "log2": ("libdevice.log2(x)", None), "log10": ("libdevice.log10(x)", None),
    "log1p": ("libdevice.log1p(x)", None), "sqrt": ("root(x)", None), "cbrt": ("cube_root(x)", None),
    "sin": ("libdevice.sin(x)", None), "cos": ("libdevice.cos(x)", None), "tan": ("libdevice.tan(x)", None),
    "arcsin": ("libdevice.asin(x)", None), "arccos": ("libdevice.acos(x)", None), "arctan": ("libdevice.atan(x)", None),
    "sinh": ("libdevice.sinh(x)", None), "cosh": ("libdevice.cosh(x)", None), "tanh": ("libdevice.tanh(x)", None),
    "arcsinh": ("libdevice.asinh(x)", None), "arccosh": ("libdevice.acosh(x)", None), "arctanh": ("libdevice.atanh(x)", None),
    "degrees": ("x * 57.29577951308232", None), "rad2deg": ("x * 57.29577951308232", None),
    "radians": ("x * 0.017453292519943295", None), "deg2rad": ("x * 0.017453292519943295", None),
    "floor": ("libdevice.floor(x)", "x"), "ceil": ("libdevice.ceil(x)", "x"), "trunc": ("libdevice.trunc(x)", "x"),
    "rint": ("libdevice.nearbyint(x)", "x"), "isnan": ("x != x", "x != x"),
    "isinf": ("tl.abs(x) == float('inf')", "x != x"), "isfinite": ("tl.abs(x) < float('inf')", "x == x"),
    "signbit": ("libdevice.copysign(tl.full(x.shape, 1.0, x.dtype), x) < 0", "x < 0"), "conjugate": ("x",) * 2,
}
_PREDICATES = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and", "logical_or",
               "logical_xor", "logical_not", "isnan", "isinf", "isfinite", "signbit"}
_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_or": "max", "logical_and": "min"}
_types = {}


def result_type(ufunc, operands, dtype=None):
    """The type that numpy gives to the ufunc's result for these operands (buffers, arrays, numbers)."""
    key = [ufunc, dtype]
    for a in operands:
        if hasattr(a, "dtype"):
            key.append((a.dtype, getattr(a, "ndim", 0) > 0))
        else:
            # before numpy 2 the type depends on the number itself
            key.append(type(a) if type(a) is not int else (int, a))
    key = tuple(key)
    t = _types.get(key)
    if t is None:
        samples = [(np.ones((1,) if a.ndim else (), a.dtype) if hasattr(a, "dtype") else a) for a in operands]
        with np.errstate(all="ignore"):
            t = _types[key] = np.asarray(ufunc(*samples, **({} if dtype is None else {"dtype": dtype}))).dtype
    return t


def call(ufunc, method, operands, out=(), dtype=None, where=True, casting=None, **kwargs):
    """What ``Buffer.__array_ufunc__`` does. Unsupported for what has no kernel."""
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out or None
    name = ufunc.__name__
    name = {"divide": "true_divide", "mod": "remainder", "conj": "conjugate", "abs": "absolute"}.get(name, name)
    if name == "matmul" and method == "__call__":
        from .matmul import matmul
        return _into(out, matmul(*operands))
    if name not in TABLE or ufunc.nout != 1:
        raise Unsupported(f"numpy.{name} has no kernel")
    if method == "__call__":
        return _evaluate(ufunc, name, operands, out, dtype, where)
    if method == "reduce":
        return _reduced(ufunc, name, *operands, out=out, dtype=dtype, where=where, **kwargs)
    if method == "outer":
        a, b = operands
        a = a.reshape(a.shape + (1,) * np.ndim(b))
        return _evaluate(ufunc, name, (a, b), out, dtype, where)
    if method == "accumulate":
        from .scan import accumulate
        return _into(out, accumulate(name, *operands, dtype=dtype, **kwargs))
    if method == "at":
        from .index import scatter
        return scatter(*operands, how=name)
    raise Unsupported(f"numpy.{name}.{method} has no kernel")


def _into(out, y):
    if out is None:
        return y
    out[...] = y
    return out


def _evaluate(ufunc, name, operands, out, dtype, where):
    t = result_type(ufunc, operands, dtype)
    if name == "invert" and t.kind == "b":
        ufunc, name = np.logical_not, "logical_not"
    buffers, numbers, text = [], [], []
    device = next((a for a in (*operands, out) if isinstance(a, Buffer)), None).device
    for a in operands:
        if isinstance(a, Buffer):
            text.append(f"x{len(buffers)}")
            buffers.append(a)
        elif np.ndim(a):
            text.append(f"x{len(buffers)}")
            buffers.append(device.upload(np.asarray(a)))
        else:
            text.append("abcd"[len(numbers)])
            numbers.append(a)
    if name in _PREDICATES:
        common = np.result_type(*[a.dtype if np.ndim(a) or isinstance(a, Buffer) else a for a in operands])
        ct = computing(common)
    else:
        ct = computing(t)
    expression = TABLE[name][0 if ct.kind == "f" else 1]
    if expression is None:
        ct = np.dtype("float64")
        expression = TABLE[name][0]
    if len(operands) == 2:
        numbers_first = not text[0].startswith("x")
        lines = [f"u = {_full(text[0], 'x0') if numbers_first else text[0]}",
                 f"w = {_full(text[1], 'x0') if not text[1].startswith('x') else text[1]}", "x = u", "y = w"]
        expression = ";".join([*lines, expression])
    if ct.kind != "f":
        numbers = [int(n) for n in numbers]
    shape = broadcast(*[b.shape for b in buffers])
    if where is not True:
        if out is None:
            raise Unsupported("where= needs out=")
        y = run(expression, buffers, numbers, (t,), compute=ct)
        from .numpy_api import where as choose
        return _into(out, choose(where, y, out))
    if out is not None and isinstance(out, Buffer):
        if out.shape == shape and not _clashes(out, buffers):
            return run(expression, buffers, numbers, outs=(out,), compute=ct)
        return _into(out, run(expression, buffers, numbers, (t,), compute=ct))
    if out is not None:
        raise Unsupported("a result in host memory")
    return run(expression, buffers, numbers, (t,), compute=ct)


def _full(number, like):
    return f"tl.zeros_like({like}) + {number}"


def _clashes(out, buffers):
    """Whether writing ``out`` would change what another element still has to read."""
    return any([b.owner is out.owner and b.owner is not None and (b.ptr != out.ptr or b.strides != out.strides or
                                                                 b.shape != out.shape) for b in buffers])


def _reduced(ufunc, name, x, axis=0, out=None, dtype=None, where=True, keepdims=False, initial=None, **kwargs):
    if where is not True or name not in _REDUCTIONS:
        raise Unsupported(f"numpy.{name}.reduce has no kernel")
    if initial is not None and initial is not np._NoValue:
        raise Unsupported("initial=")
    of = "x"
    if name in ("logical_or", "logical_and"):
        t, of, ct = np.dtype(bool), "(x != 0).to(tl.int64)", np.dtype("int64")
        if x.dtype.kind == "f":
            x = run("x != 0", (x,), dtypes=(bool,))
            of = "x"
    else:
        t = np.asarray(ufunc.reduce(np.ones(1, x.dtype), **({} if dtype is None else {"dtype": dtype}))).dtype
        ct = computing(t if t.kind == "f" else x.dtype)
    return _into(out, _reduce(_REDUCTIONS[name], x, axis, keepdims, of, "v", t, ct))
