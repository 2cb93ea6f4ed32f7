"""Parameter types of operators: from an annotation to one parser that takes Python values and MXNet's strings alike.

``parser(annotation)`` returns ``(parse, text)``: ``parse(value)`` gives the value in canonical form or raises
``ValueError`` with what was expected; ``text`` names the type in documentation. Operators and arrays are not known here.
"""
import types
import typing
from typing import Annotated, Literal

import numpy as np

__all__ = ["Axis", "DType", "Floats", "Ge", "Gt", "Le", "Lt", "Not", "Opaque", "OneOf", "OptInts", "Shape", "parser"]

DTYPES = ("float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool")


class Shape(tuple):
    """Annotation: a tuple of integers; an integer stands for a tuple of one."""


class Axis(tuple):
    """Annotation: one axis or several, always handed on as a tuple, or None."""


class OptInts(tuple):
    """Annotation: a tuple of integers or None, as ``begin``, ``end`` and ``step`` of slice."""


class Floats(tuple):
    """Annotation: a tuple of floats."""


class Opaque:
    """Annotation: a Python object handed on as it is, such as the key of ``x[key]``."""


class DType(str):
    """Annotation: the name of one of MXNet's types, given as text, NumPy type or Python type."""


class Bound:
    """A limit in ``Annotated[int, Ge(1)]``."""

    def __init__(self, limit):
        self.limit = limit

    def __repr__(self):
        return f"{self.word} {self.limit}"


class Ge(Bound):
    """At least."""
    word = ">="

    def ok(self, v):
        return v >= self.limit


class Gt(Bound):
    """More than."""
    word = ">"

    def ok(self, v):
        return v > self.limit


class Le(Bound):
    """At most."""
    word = "<="

    def ok(self, v):
        return v <= self.limit


class Lt(Bound):
    """Less than."""
    word = "<"

    def ok(self, v):
        return v < self.limit


class Not(Bound):
    """Anything else."""
    word = "other than"

    def ok(self, v):
        return v != self.limit


class OneOf(Bound):
    """One of a few values."""
    word = "in"

    def __init__(self, *values):
        super().__init__(values)

    def ok(self, v):
        return v in self.limit


def _int(v):
    if type(v) is int:
        return v
    if isinstance(v, (bool, np.bool_, np.integer)):
        return int(v)
    if isinstance(v, str):
        try:
            return int(v)
        except ValueError:
            # the boolean texts are what old scripts pass for flags declared as int
            if v in ("True", "False"):
                return int(v == "True")
    raise ValueError("an integer")


def _float(v):
    if type(v) is float:
        return v
    if isinstance(v, (int, float, np.number)):
        return float(v)
    if isinstance(v, str):
        try:
            return float(v)
        except ValueError:
            pass
    raise ValueError("a number")


_TRUE = {"True", "true", "1"}
_FALSE = {"False", "false", "0"}


def _bool(v):
    if v is True or v is False:
        return v
    if isinstance(v, (int, np.integer, np.bool_)) and v in (0, 1):
        return bool(v)
    if isinstance(v, str):
        if v in _TRUE:
            return True
        if v in _FALSE:
            return False
    raise ValueError("a boolean")


def _str(v):
    return v if type(v) is str else str(v)


def _items(v, what):
    """The elements of a tuple-like value or of its text, as a list."""
    if isinstance(v, (tuple, list)):
        return v
    if isinstance(v, str):
        body = v.strip()
        if body[:1] in ("(", "[") and body[-1:] in (")", "]"):
            body = body[1:-1]
        return [s for s in (s.strip() for s in body.split(",")) if s]
    if isinstance(v, np.ndarray) and v.ndim == 1:
        return v.tolist()
    raise ValueError(what)


def _shape(v):
    if type(v) is tuple:
        for d in v:
            if type(d) is not int:
                break
        else:
            return v
    if v is None or v == "None":
        return ()
    if isinstance(v, (int, np.integer)):
        return (int(v),)
    try:
        return tuple([_int(i) for i in _items(v, "a shape")])
    except ValueError:
        raise ValueError("a shape (a tuple of integers)") from None


def _axis(v):
    if type(v) is int:
        return (v,)
    if v is None or v == "None":
        return None
    return _shape(v)


def _opt_ints(v):
    if v is None or v == "None":
        return ()
    if isinstance(v, (int, np.integer)):
        return (int(v),)
    try:
        return tuple([None if i is None or i == "None" else _int(i) for i in _items(v, "")])
    except ValueError:
        raise ValueError("a tuple of integers or None") from None


def _floats(v):
    if isinstance(v, (int, float, np.number)):
        return (float(v),)
    try:
        return tuple([_float(i) for i in _items(v, "")])
    except ValueError:
        raise ValueError("a tuple of numbers") from None


def _dtype(v):
    if type(v) is not str:
        # a TypeError of numpy's is what the real package gives for nonsense here
        v = np.dtype(v).name
    elif v not in DTYPES:
        v = np.dtype(v).name
    if v in DTYPES:
        return v
    raise ValueError("one of " + ", ".join(DTYPES))


_BASIC = {int: (_int, "int"), float: (_float, "float"), bool: (_bool, "boolean"), str: (_str, "string"),
          Shape: (_shape, "Shape(tuple)"), Axis: (_axis, "Shape or None"), OptInts: (_opt_ints, "tuple of <int or None>"),
          Floats: (_floats, "tuple of <float>"), DType: (_dtype, "dtype"), Opaque: (lambda v: v, "index")}


def _literal(values):
    by_text = {str(v): v for v in values}
    expected = "one of " + ", ".join(repr(v) for v in values)

    def parse(v):
        try:
            return by_text[v if type(v) is str else str(v)]
        except KeyError:
            raise ValueError(expected) from None
    return parse, "{" + ", ".join(repr(v) for v in values) + "}"


def _bounded(parse, text, bounds):
    expected = f"{text} with " + " and ".join(repr(b) for b in bounds)

    def bounded(v):
        v = parse(v)
        for b in bounds:
            if v is not None and not b.ok(v):
                raise ValueError(expected)
        return v
    return bounded, text


def _optional(parse, text):
    def optional(v):
        return None if v is None or v == "None" else parse(v)
    return optional, f"{text} or None"


def parser(annotation):
    """``(parse, text)`` for an annotation: a basic type, ``Literal``, ``X | None`` or ``Annotated[X, bounds…]``."""
    if annotation in _BASIC:
        return _BASIC[annotation]
    origin = typing.get_origin(annotation)
    args = typing.get_args(annotation)
    if origin is Literal:
        return _literal(args)
    if origin is Annotated:
        parse, text = parser(args[0])
        return _bounded(parse, text, args[1:])
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        return _optional(*parser(args[0] if args[1] is type(None) else args[1]))
    raise TypeError(f"no parameter type for the annotation {annotation!r}")
