"""Functions of ``mx.sym`` that take symbols or numbers, and those that make constants."""
from ..base import numeric_types
from ..ops.declare import registry
from .compose import call, text
from .symbol import Symbol

__all__ = ["arange", "concatenate", "eye", "full", "histogram", "hypot", "linspace", "maximum", "minimum", "ones", "pow",
           "power", "split_v2", "zeros"]


def _make(op, *args, **kwargs):
    return call(registry.get(op), op.lower(), args, kwargs)


def _two(name, pair, scalar, reverse, numbers):
    def fn(left, right):
        if isinstance(left, Symbol):
            return _make(pair, left, right) if isinstance(right, Symbol) else _make(scalar, left, scalar=right)
        if isinstance(left, numeric_types):
            return _make(reverse, right, scalar=left) if isinstance(right, Symbol) else numbers(left, right)
        raise TypeError(f"{name} takes symbols and numbers, got {type(left).__name__} and {type(right).__name__}")
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"``{name}`` of two symbols of one shape, or of a symbol and a number."
    return fn


maximum = _two("maximum", "_Maximum", "_MaximumScalar", "_MaximumScalar", max)
minimum = _two("minimum", "_Minimum", "_MinimumScalar", "_MinimumScalar", min)
_power = _two("pow", "_Power", "_PowerScalar", "_RPowerScalar", lambda a, b: a ** b)


def pow(base, exp):
    """``base`` to the power of ``exp``: two symbols of one shape, or a symbol and a number."""
    return _power(base, exp)


power = pow
hypot = _two("hypot", "_hypot", "_HypotScalar", "_HypotScalar", lambda a, b: (a * a + b * b) ** 0.5)


def zeros(shape, dtype=None, **kwargs):
    """Zeros of a shape."""
    return _make("_zeros", shape=shape, dtype="float32" if dtype is None else dtype, **kwargs)


def ones(shape, dtype=None, **kwargs):
    """Ones of a shape."""
    return _make("_ones", shape=shape, dtype="float32" if dtype is None else dtype, **kwargs)


def full(shape, val, dtype=None, **kwargs):
    """A constant of a shape."""
    return _make("_full", shape=shape, dtype="float32" if dtype is None else dtype, value=float(val), **kwargs)


def arange(start, stop=None, step=1.0, repeat=1, infer_range=False, name=None, dtype=None):
    """Evenly spaced values."""
    return _make("_arange", start=start, stop=stop, step=step, repeat=repeat, infer_range=infer_range, name=name,
                 dtype="float32" if dtype is None else dtype)


def linspace(start, stop, num, endpoint=True, name=None, dtype=None):
    """``num`` evenly spaced values."""
    return _make("_linspace", start=start, stop=stop, num=num, endpoint=endpoint, name=name,
                 dtype="float32" if dtype is None else dtype)


def eye(N, M=0, k=0, dtype=None, **kwargs):
    """A matrix with ones on a diagonal."""
    return _make("_eye", N=N, M=M, k=k, dtype="float32" if dtype is None else dtype, **kwargs)


def concatenate(symbols, axis=0):
    """The symbols joined along an axis."""
    return call(registry.get("Concat"), "concat", tuple(symbols), {"dim": axis})


def histogram(a, bins=10, range=None, **kwargs):
    """Counts of the values of ``a`` in bins, and the edges of the bins; ``bins`` is a number, with ``range``, or edges.

    ValueError for a number without a range.
    """
    if isinstance(bins, Symbol):
        return _make("_histogram", data=a, bins=bins, **kwargs)
    if not isinstance(bins, int):
        raise ValueError(f"histogram: bins must be an int or a Symbol, got {type(bins).__name__}")
    if range is None:
        raise ValueError("histogram: range is needed where bins is a number")
    return _make("_histogram", data=a, bin_cnt=bins, range=range, **kwargs)


def split_v2(ary, indices_or_sections, axis=0, squeeze_axis=False):
    """Parts of a symbol: equal ones for a number, or cut before the given indices. ValueError for anything else."""
    indices, sections = [], 0
    if isinstance(indices_or_sections, int):
        sections = indices_or_sections
    elif isinstance(indices_or_sections, (tuple, list)):
        indices = [0, *indices_or_sections]
    else:
        raise ValueError(f"split_v2: expected an int or a tuple of ints, got {type(indices_or_sections).__name__}")
    return _make("_split_v2", ary, indices=indices, axis=axis, squeeze_axis=squeeze_axis, sections=sections)


def custom(*data, op_type=None, **kwargs):
    """A user's operator (see ``mx.operator``) in a graph."""
    from ..operator import CustomOperator
    own = {k: text(v) for k, v in kwargs.items() if not isinstance(v, Symbol) and k not in ("name", "attr")}
    op = CustomOperator(op_type, own)
    rest = {k: v for k, v in kwargs.items() if isinstance(v, Symbol) or k in ("name", "attr")}
    return call(op, "custom", data, rest, {"op_type": op_type, **own})
