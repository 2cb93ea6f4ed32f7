"""The language in which operators are declared: ``@operator``, ``@composite``, and what an ``Operator`` knows of itself.

The annotated signature of the decorated function is the declaration: inputs (``Array``), parameters with types, defaults
and bounds, mutable inputs (``Aux``), and what dispatch injects (``Rng``, ``Training``, ``Out``). The body is the numpy
kernel. Everything else (fronts, recording, gradients on the tape) is rendered from it in ``render.py`` on first touch.
"""
import inspect
import threading
import types
import typing

import numpy as np

from ..base import _Null
from . import params as _params

__all__ = ["ALL", "FLOAT", "INTEGER", "NONE", "NUMERIC", "ZERO", "AnyArray", "Array", "Aux", "Kernel", "Operator",
           "Out", "Rng", "Training", "composite", "operator", "registry"]


class Array:
    """Annotation: an array input of the operator's common type."""


class AnyArray:
    """Annotation: an array input of any type of its own (indices, lengths, shapes to copy)."""


class Aux:
    """Annotation: an input that the operator may change in place, and that gets no gradient."""


class Rng:
    """Annotation: the context's random generator, handed in by dispatch."""


class Training:
    """Annotation: whether the thread trains, handed in by dispatch and remembered by the tape."""


class Out:
    """Annotation: the buffer that ``out=`` names, or None; a body that takes it writes there and returns it."""


def _dtypes(*names):
    return frozenset(np.dtype(n) for n in names)


FLOAT = _dtypes("float16", "float32", "float64")
INTEGER = _dtypes("int8", "uint8", "int32", "int64")
NUMERIC = FLOAT | INTEGER
ALL = NUMERIC | _dtypes("bool")


class _Rule:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


#: Gradient rule of an input whose gradient is zero everywhere (indices, labels).
ZERO = _Rule("ZERO")
#: Gradient rule of an input that cannot be differentiated; asking for it is an error at backward.
NONE = _Rule("NONE")


class Input:
    """One declared input: ``optional``, ``variadic``, ``aux`` (changed in place), ``common`` (of the shared type)."""
    __slots__ = ("aux", "common", "name", "optional", "variadic")

    def __init__(self, name, optional, variadic, aux, common):
        self.name, self.optional, self.variadic, self.aux, self.common = name, optional, variadic, aux, common


class Param:
    """One declared parameter: parser, type text, default, whether it is required."""
    __slots__ = ("annotation", "default", "name", "parse", "required", "text")

    def __init__(self, name, annotation, default):
        self.name, self.annotation = name, annotation
        self.parse, self.text = _params.parser(annotation)
        self.required = default is inspect.Parameter.empty
        self.default = _Null if self.required else default
        if not self.required and default is not None:
            self.default = self.parse(default)


class Kernel:
    """One kernel for sparse inputs: the storage types that it is for, and the keywords that it takes."""
    __slots__ = ("function", "names", "stypes")

    def __init__(self, stypes, function):
        self.stypes = [s if s is ... else s.split("|") for s in stypes]
        self.function = function
        kinds = inspect.signature(function).parameters.values()
        every = any(p.kind is p.VAR_KEYWORD for p in kinds)
        self.names = None if every else {p.name for p in kinds if p.kind is p.KEYWORD_ONLY}

    def fits(self, stypes):
        """Whether it is for inputs of these storage types (None for one that is left out)."""
        mine = self.stypes
        if mine[-1] is ...:
            mine = mine[:-1] + [mine[-2]] * (len(stypes) - len(mine) + 1)
        return len(mine) == len(stypes) and all(s is None or s in m for s, m in zip(stypes, mine))

    def __call__(self, op, buffers, params):
        names = self.names
        return self.function(*buffers, **(params if names is None else {k: v for k, v in params.items() if k in names}))


_INJECTED = {Rng: "rng", Training: "training", Out: "out"}


def _array_kind(annotation):
    """(class, optional) of an array annotation, or (None, False)."""
    optional = False
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        args = [a for a in typing.get_args(annotation) if a is not type(None)]
        optional, annotation = True, args[0]
    return (annotation, optional) if annotation in (Array, AnyArray, Aux) else (None, False)


class Operator:
    """A declared operator. Signature-derived attributes are worked out on first use.

    ``name`` and ``aliases`` are MXNet's; ``body`` is the numpy kernel (or the composition, when ``composite``);
    ``rules`` maps an input's name to its gradient rule, or ``joint`` holds one rule for all inputs.
    """

    def __init__(self, body, name, aliases=(), *, broadcasts=False, dtypes=NUMERIC, outputs=1, visible=None,
                 composite=False, nograd=False, key=None, hidden=(), needs=None, aux_init=None, keeps_zero=False,
                 gives_sparse=False,
                 output_names=None):
        self.body, self.name, self.aliases = body, name, tuple(aliases)
        self.broadcasts, self.dtypes = broadcasts, dtypes
        self.outputs, self.visible, self.composite = outputs, visible, composite
        self.nograd = nograd
        self.key = key                  # the parameter that counts the variadic inputs, as MXNet names it
        self.needs = needs or {}        # optional input: whether a call with these parsed parameters takes it
        self.aux_init = aux_init        # how a graph initialises inputs that it says that of, as MXNet writes it
        self.keeps_zero = keeps_zero    # zeros give zeros: True, or a function of the parsed parameters that tells
        self.gives_sparse = gives_sparse    # the body may return a sparse buffer
        self.kernels = []               # for sparse inputs, see sparse()
        self.output_names = output_names    # how a graph calls the outputs, where not output0, output1 …
        self.rules, self.joint = {}, None
        self.shape_rule = None
        self.type_rule = None
        self.hidden = frozenset(hidden)  # parameters that MXNet takes by keyword but does not show
        self._parts = None
        self.__doc__ = body.__doc__
        self.__name__ = name
        registry.add(self)

    # what the signature says

    def _resolve(self):
        inputs, parameters, injected = [], [], []
        # without its annotations evaluated a body of a module with postponed annotations would be text only
        for p in inspect.signature(self.body, eval_str=True).parameters.values():
            kind, optional = _array_kind(p.annotation)
            if kind is not None:
                inputs.append(Input(p.name, optional, p.kind is p.VAR_POSITIONAL, kind is Aux, kind is Array))
            elif p.annotation in _INJECTED:
                injected.append(_INJECTED[p.annotation])
            elif p.annotation is p.empty:
                raise TypeError(f"{self.name}: {p.name} has no annotation")
            else:
                parameters.append(Param(p.name, p.annotation, p.default))
        self._parts = tuple(inputs), tuple(parameters), frozenset(injected)
        return self._parts

    @property
    def inputs(self):
        """The declared inputs, in order."""
        return (self._parts or self._resolve())[0]

    @property
    def params(self):
        """The declared parameters, in order."""
        return (self._parts or self._resolve())[1]

    @property
    def injected(self):
        """What dispatch hands in: some of ``rng``, ``training``, ``out``."""
        return (self._parts or self._resolve())[2]

    @property
    def input_names(self):
        """Names of the inputs."""
        return tuple(i.name for i in self.inputs)

    @property
    def variadic(self):
        """Whether the operator takes any number of arrays."""
        return any(i.variadic for i in self.inputs)

    @property
    def differentiable(self):
        """Names of the inputs that have a gradient rule other than ``ZERO`` and ``NONE``."""
        if self.composite:
            return tuple(i.name for i in self.inputs if i.common and not i.aux and i.name not in self.rules)
        if self.joint is not None:
            return tuple(i.name for i in self.inputs if self.rules.get(i.name) is None and not i.aux)
        return tuple(i.name for i in self.inputs if callable(self.rules.get(i.name)))

    def takes(self, i, params):
        """Whether a call with these parsed parameters has the input ``i``."""
        return self.needs[i.name](params) if i.name in self.needs else not i.optional

    def num_outputs(self, params):
        """How many outputs (visible or not) a call with these parsed parameters has."""
        return self.outputs(params) if callable(self.outputs) else self.outputs

    def num_visible(self, params):
        """How many outputs a caller sees."""
        v = self.outputs if self.visible is None else self.visible
        return v(params) if callable(v) else v

    # completing the declaration

    def gradient(self, joint=None, /, **rules):
        """State gradient rules: one callable (or ``ZERO``/``NONE``) an input by keyword, or decorate one joint rule.

        The names of a rule's arguments decide what the tape keeps: ``dy`` (``dy0``, ``dy1``, ``dys``), ``y`` (``y0``,
        ``y1``), an input, ``<input>_like``, a parameter, ``training``; a joint rule also takes ``need``.
        """
        self.rules.update(rules)
        if joint is not None:
            self.joint = joint
        return joint if joint is not None else self

    def shapes(self, rule):
        """Decorate the shape rule: takes input shapes (None where unknown) and parameters by name."""
        self.shape_rule = rule
        return rule

    def types(self, rule):
        """Decorate the type rule: takes input dtypes (None where unknown) and parameters by name."""
        self.type_rule = rule
        return rule

    def sparse(self, *stypes):
        """Decorate a kernel for inputs of these storage types, one text an input in order, such as ``"csr"`` or
        ``"default|row_sparse"``; a last ``...`` repeats the one before it.

        The kernel gets numpy arrays and buffers of ``backend.storage``, and those parameters, ``out`` and ``training``
        that it names; it returns either, or NotImplemented where the next kernel, or the dense body, is to be called.
        """
        def declare(function):
            self.kernels.append(Kernel(stypes, function))
            return function
        return declare

    # calling

    @property
    def front(self):
        """The compiled ``mx.nd`` function."""
        from . import render
        fn = self.__dict__["front"] = render.front(self)
        return fn

    @property
    def vjp(self):
        """The compiled gradient of a recorded call; see ``render.vjp``."""
        from . import render
        fn = self.__dict__["vjp"] = render.vjp(self)
        return fn

    @property
    def record(self):
        """The compiled recorder; see ``render.recorder``."""
        from . import render
        fn = self.__dict__["record"] = render.recorder(self)
        return fn

    def __call__(self, *args, **kwargs):
        return self.front(*args, **kwargs)

    def invoke(self, arrays, params):
        """Call with a list of NDArrays (None where an optional one is left out) and parameters; list of outputs."""
        r = self.front(*arrays, **params)
        return r if isinstance(r, list) else [r]

    def parse(self, given):
        """Parsed parameters of a call: every parameter by name, defaults filled in. Values may be text."""
        from ..backend import dispatch
        return dispatch.parse_params(self, given)

    def __repr__(self):
        return f"<Operator {self.name}>"


#: Only one thread compiles, so that a name means one function everywhere.
_building = threading.RLock()


def _lazy(name):
    """Render on first touch: the plain attribute then hides this non-data descriptor."""
    prop = Operator.__dict__[name]
    fget = prop.fget

    class _OnTouch:
        __doc__ = fget.__doc__

        def __get__(self, op, owner=None):
            if op is None:
                return self
            with _building:
                return op.__dict__[name] if name in op.__dict__ else fget(op)
    return _OnTouch()


for _n in ("front", "vjp", "record"):
    setattr(Operator, _n, _lazy(_n))


class Registry:
    """All declared operators by name and alias."""

    def __init__(self):
        self.by_name = {}

    def add(self, op):
        for n in (op.name, *op.aliases):
            if n in self.by_name:
                raise TypeError(f"two operators called {n}")
            self.by_name[n] = op

    def get(self, name):
        """The operator of that name or alias; KeyError if there is none."""
        return self.by_name[name]

    def operators(self):
        """Every operator once, by name."""
        return sorted(set(self.by_name.values()), key=lambda op: op.name)

    def __contains__(self, name):
        return name in self.by_name


registry = Registry()


def operator(name=None, *aliases, **options):
    """Declare a primitive: the decorated function is its numpy body.

    ``broadcasts`` lets the executor sum gradients over broadcast axes; ``dtypes`` are the types that ``Array`` inputs
    may have; ``outputs`` and ``visible`` are numbers or functions of the parsed parameters; ``nograd`` says that no
    gradient can ever flow (an error at backward); ``needs`` maps optional inputs to a function of the parsed
    parameters that says whether a call takes them; ``keeps_zero`` (True, or a function of the parsed parameters) says
    that zeros give zeros, so that the body may run on the stored elements of sparse inputs; ``gives_sparse``, that
    the body may return a sparse buffer.
    """
    def declare(body):
        return Operator(body, name or body.__name__, aliases, **options)
    return declare


def composite(name=None, *aliases, **options):
    """Declare an operator as a composition of others: no kernel and no rule; both devices and every order follow."""
    return operator(name, *aliases, composite=True, **options)
