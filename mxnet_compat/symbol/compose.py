"""Making graphs: the ``mx.sym`` functions of operators, with automatic names and automatic variables for missing inputs."""
import inspect

import numpy as np

from ..base import MXNetError, _Null
from .graph import GraphNode

__all__ = ["call", "front", "input_names", "variable"]

Symbol = None       # set by symbol.py

#: Operators of any number of inputs that may have none, and those whose inputs are made where only their number is given.
_MAY_BE_EMPTY = ("Custom", "reset_arrays", "_contrib_boolean_mask")
_COUNTED = ("Concat", "stack", "_rnn_param_concat", "Crop")

#: Attributes that nodes also carry under their hidden names, as MXNet writes them.
HIDDEN_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "profiler_scope")


def hidden(attrs):
    """User attributes with the known ones renamed to ``__name__``."""
    return {f"__{k}__" if k in HIDDEN_KEYS else k: v for k, v in attrs.items()}


def variable(name, attrs=None):
    """A symbol that stands for an input."""
    return Symbol([(GraphNode(None, name, attrs), 0)])


def text(value):
    """A parameter as the text that stands in a node's attributes."""
    if isinstance(value, (type, np.dtype)):
        return np.dtype(value).name
    return str(value)


def _single(op, name, s):
    if len(s._outputs) != 1:
        raise MXNetError(f"operator {op.name}: the input {name} has {len(s._outputs)} outputs; pick one of them")
    return s._outputs[0]


def _arguments(op, args, kwargs):
    """(inputs by name or list when variadic, parameters) of a call."""
    params = {p.name: p for p in op.params}
    inputs, given = {}, {}
    if op.variadic:
        # a keyword symbol is an input too, in order
        symbols = [*args, *(v for v in kwargs.values() if isinstance(v, Symbol))]
        given = {k: v for k, v in kwargs.items() if not isinstance(v, Symbol)}
        fixed = [i.name for i in op.inputs if not i.variadic]
        inputs = dict(zip(fixed, symbols))
        inputs["*"] = symbols[len(fixed):]
        return inputs, given
    order = [*op.input_names, *params]
    if len(args) > len(order):
        raise TypeError(f"{op.name} takes at most {len(order)} arguments, {len(args)} were given")
    bound = dict(zip(order, args))
    for k, v in kwargs.items():
        if k in bound:
            raise TypeError(f"{op.name} got two values for {k}")
        bound[k] = v
    names = set(op.input_names)
    for k, v in bound.items():
        if k in names and k not in params:
            if v is not None:
                inputs[k] = v
        elif isinstance(v, Symbol):
            raise MXNetError(f"operator {op.name} has no input {k!r}; it takes {', '.join(op.input_names)}")
        elif v is not _Null:
            given[k] = v
    return inputs, given


def _check(op, name, s):
    if not isinstance(s, Symbol):
        raise AssertionError(f"operator {op.name}: {name} must be a Symbol, got {type(s).__name__}")
    return s


def call(op, hint, args, kwargs, attrs=None):
    """The symbol of one operator call. ``hint`` is what automatic names start with; ``attrs`` come on top as they are."""
    from ..attribute import AttrScope
    from ..name import NameManager
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    kwargs.pop("out", None)
    extra = {k: text(kwargs.pop(k)) for k in list(kwargs) if _is_users(k)}
    extra.update({k: text(kwargs.pop(k)) for k in ("ctx_group", "lr_mult", "wd_mult") if k in kwargs})
    inputs, given = _arguments(op, args, kwargs)
    user = {}
    for k, v in AttrScope.current.get({**(attr or {}), **extra}).items():
        (user if _is_users(k) or k in HIDDEN_KEYS or op.name == "Custom" else given)[k] = v
    user = hidden(user)
    given = {k: v for k, v in given.items() if not (v is None and _default_is_none(op, k))}
    if op.variadic:
        count = given.setdefault(op.key or "num_args", len(inputs["*"]))
        if not args and not inputs["*"] and not count and op.name not in _MAY_BE_EMPTY:
            raise MXNetError(f"operator {op.name}: at least one input is needed")
    attrs = {**{k: text(v) for k, v in given.items()}, **(attrs or {})}
    params = node_params(op, attrs)
    name = NameManager.current.get(name, hint)
    entries, inits = [], op.aux_init or {}
    for i in op.inputs:
        if i.variadic:
            entries += [_single(op, i.name, _check(op, i.name, s)) for s in inputs["*"]]
            if not entries and op.name in _COUNTED:
                entries = [variable(f"{name}_arg{k}", {**attrs, **user})._outputs[0] for k in range(int(count))]
            if op.name == "UpSampling" and params["sample_type"] == "bilinear" and len(entries) == 1:
                entries.append(variable(f"{name}_weight", {**attrs, **user})._outputs[0])
        elif i.name in inputs:
            entries.append(_single(op, i.name, _check(op, i.name, inputs[i.name])))
            if i.name in inits and entries[-1][0].op is None:
                entries[-1][0].attrs.setdefault("__init__", inits[i.name])
        elif op.takes(i, params):
            # what is said of a call is said of its parameters too, so that lr_mult and ctx_group reach them
            auto = {**attrs, **user}
            if i.name in inits:
                auto["__init__"] = inits[i.name]
            entries.append(variable(f"{name}_{i.name}", auto)._outputs[0])
    node = GraphNode(op, name, {**attrs, **user}, entries, op.num_outputs(params), op.num_visible(params))
    return Symbol([(node, k) for k in range(node.num_visible)])


def _is_users(key):
    return key.startswith("__") and key.endswith("__")


def _default_is_none(op, name):
    return any(p.name == name and not p.required for p in op.params)


def node_params(op, attrs):
    """Parsed parameters from a node's attributes; those that are the user's (``__x__``) or count inputs are passed over."""
    if op.name == "Custom":
        return {}
    names = {p.name for p in op.params}
    given = {}
    for k, v in attrs.items():
        if k in names:
            given[k] = v
        elif not (k.startswith("__") or k in HIDDEN_KEYS or (op.variadic and k == (op.key or "num_args"))
                  or k in ("dtype", "ctx", "name")):
            given[k] = v
    return op.parse(given)


def input_names(node):
    """Names of a node's inputs, to call its operator with them, or None where calling by position does."""
    op = node.op
    if not hasattr(op, "takes") or op.variadic or len(node.inputs) == len(op.inputs):
        return None
    parsed = node_params(op, node.attrs)
    names = [i.name for i in op.inputs if op.takes(i, parsed)]
    if len(names) != len(node.inputs) or names == [i.name for i in op.inputs[:len(names)]]:
        return None
    return names


def front(op, called):
    """The ``mx.sym`` function of an operator under the name it is called by."""
    hint = called.lower()

    def fn(*args, **kwargs):
        return call(op, hint, args, kwargs)
    fn.__name__ = fn.__qualname__ = called
    fn.__module__ = "mxnet.symbol.op"
    P = inspect.Parameter
    if op.variadic:
        ps = [P(op.inputs[-1].name, P.VAR_POSITIONAL)]
    else:
        ps = [P(i.name, P.POSITIONAL_OR_KEYWORD, default=None) for i in op.inputs]
        ps += [P(p.name, P.POSITIONAL_OR_KEYWORD, default=p.default) for p in op.params]
        ps += [P(n, P.POSITIONAL_OR_KEYWORD, default=None) for n in ("name", "attr", "out")]
    fn.__signature__ = inspect.Signature([*ps, P("kwargs", P.VAR_KEYWORD)])
    fn.__doc__ = op.front.__doc__.replace("NDArray", "Symbol")
    return fn
