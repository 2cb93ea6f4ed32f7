"""The ``Symbol`` class: composing, naming, what goes in and out, inference, execution, files."""
import os
import warnings

import numpy as np

from .. import context as _context
from ..base import MXNetError, NotImplementedForSymbol, numeric_types
from ..ndarray.serialize import save_file
from ..ops.declare import registry
from . import compose, infer, jsonfile
from .graph import GraphNode, topological, without_casts

__all__ = ["Group", "Symbol", "Variable", "fromjson", "load", "load_json", "var"]

_DTYPE_NUMBERS = {np.dtype(t): i for i, t in enumerate(("float32", "float64", "float16", "uint8", "int32", "int8",
                                                        "int64", "bool"))}


class Symbol:
    """Outputs of a graph of operators. Made by ``Variable``, ``Group`` and the functions of ``mx.sym``."""
    __slots__ = ("__weakref__", "_outputs")
    __module__ = "mxnet.symbol.symbol"

    def __init__(self, outputs):
        self._outputs = list(outputs)

    # names

    @property
    def name(self):
        """The name of the node, or None for a group."""
        return self._outputs[0][0].name if len({id(n) for n, _ in self._outputs}) == 1 else None

    def _variables(self):
        """(arguments, auxiliary states) as nodes in order of appearance."""
        nodes = topological(self._outputs)
        aux = set()
        for n in nodes:
            for k in n.aux_inputs():
                if k < len(n.inputs) and n.inputs[k][0].op is None:
                    aux.add(n.inputs[k][0])
        variables = [n for n in nodes if n.op is None]
        return [n for n in variables if n not in aux], [n for n in variables if n in aux]

    def list_arguments(self):
        """Names of the arguments."""
        return [n.name for n in self._variables()[0]]

    def list_auxiliary_states(self):
        """Names of the inputs that operators change in place."""
        return [n.name for n in self._variables()[1]]

    def list_inputs(self):
        """Names of all arguments and auxiliary states."""
        return [n.name for n in topological(self._outputs) if n.op is None]

    def list_outputs(self):
        """Names of the outputs."""
        return [n.output_name(i) for n, i in self._outputs]

    def attr(self, key):
        """An attribute of the node as text, or None."""
        return self.list_attr().get(key)

    def list_attr(self, recursive=False):
        """The attributes of the node; known ones under their plain and their hidden name."""
        if recursive:
            raise DeprecationWarning("list_attr with recursive=True is gone; use attr_dict()")
        return _both_names(self._outputs[0][0].attrs)

    def attr_dict(self):
        """The attributes of every node that has some, by name."""
        return {n.name: _both_names(n.attrs) for n in topological(self._outputs) if n.attrs}

    def _set_attr(self, **kwargs):
        for key, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(f"the attribute {key} must be text, got {type(value).__name__}")
        self._outputs[0][0].attrs.update(compose.hidden(kwargs))

    # parts

    def get_internals(self):
        """A group of every output in the graph."""
        return Symbol([(n, i) for n in topological(self._outputs) for i in range(n.num_visible)])

    def get_children(self):
        """The direct inputs as a group, or None for a variable."""
        inputs = [e for n in dict.fromkeys(n for n, _ in self._outputs) for e in n.inputs]
        return Symbol(inputs) if inputs else None

    @property
    def num_outputs(self):
        """How many outputs there are."""
        return len(self._outputs)

    def __len__(self):
        return len(self._outputs)

    def __getitem__(self, index):
        if isinstance(index, str):
            names = self.list_outputs()
            found = [k for k, n in enumerate(names) if n == index]
            if len(found) != 1:
                raise ValueError(f"{'no output is' if not found else 'several outputs are'} called {index!r}")
            index = found[0]
        if isinstance(index, slice):
            return Group([self[i] for i in range(*index.indices(len(self)))])
        if not isinstance(index, int):
            raise TypeError("a symbol is indexed by an integer or an output's name")
        if not -len(self) <= index < len(self):
            raise IndexError(f"output {index} of {len(self)}")
        return Symbol([self._outputs[index]])

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        raise NotImplementedForSymbol(self.__bool__, "bool")

    def __repr__(self):
        name = self.name
        if name is None:
            return "<Symbol group [" + ", ".join(s.name for s in self) + "]>"
        return f"<Symbol {name}>"

    # composing

    def __call__(self, *args, **kwargs):
        """A copy with variables replaced: by position, or by name."""
        s = self.__copy__()
        s._compose(*args, **kwargs)
        return s

    def _compose(self, *args, **kwargs):
        name = kwargs.pop("name", None)
        if args and kwargs:
            raise TypeError("compose takes symbols by position or by name, not both")
        for s in (*args, *kwargs.values()):
            if not isinstance(s, Symbol):
                raise TypeError("compose takes symbols")
        names = self.list_arguments()
        if len(args) > len(names):
            raise MXNetError(f"compose: {len(args)} symbols for {len(names)} arguments")
        unknown = sorted(set(kwargs) - set(self.list_inputs()))
        if unknown:
            raise MXNetError(f"compose: there is no argument {unknown[0]!r}; there are {', '.join(names)}")
        if args:
            kwargs = dict(zip(names, args))
        with_ = {k: compose._single(_Named(self.name), k, s) for k, s in kwargs.items()}
        copies = {}
        for n in topological(self._outputs):
            if n.op is None and n.name in with_:
                continue
            inputs = [with_[m.name] if m.op is None and m.name in with_ else (copies[m], i) for m, i in n.inputs]
            copies[n] = GraphNode(n.op, n.name, dict(n.attrs), inputs, n.num_outputs, n.num_visible)
        self._outputs = [with_[n.name] if n.op is None and n.name in with_ else (copies[n], i) for n, i in self._outputs]
        if name:
            self._outputs[0][0].name = name

    def __copy__(self):
        return self.__deepcopy__(None)

    def __deepcopy__(self, memo):
        copies = {}
        for n in topological(self._outputs):
            copies[n] = GraphNode(n.op, n.name, dict(n.attrs), [(copies[m], i) for m, i in n.inputs], n.num_outputs,
                                  n.num_visible)
        return Symbol([(copies[n], i) for n, i in self._outputs])

    def __getstate__(self):
        return {"handle": self.tojson(remove_amp_cast=False)}

    def __setstate__(self, state):
        self._outputs = jsonfile.loads(state["handle"])

    def __reduce__(self):
        return load_json, (self.tojson(remove_amp_cast=False),)

    # inference

    def _known(self, args, kwargs, what):
        names = self.list_arguments()
        if args and kwargs:
            raise ValueError(f"{what} takes its arguments by position or by name, not both")
        if len(args) > len(names):
            raise MXNetError(f"{what}: {len(args)} values for {len(names)} arguments")
        for v in (*args, *kwargs.values()):
            if what == "infer_shape" and v is not None and not isinstance(v, (tuple, list)):
                raise TypeError(f"{what}: shapes must be tuples, got {v!r}")
        if args:
            return {n: v for n, v in zip(names, args) if v is not None}
        unknown = sorted(set(kwargs) - set(self.list_inputs()))
        if unknown:
            raise MXNetError(f"{what}: there is no argument {unknown[0]!r}; there are {', '.join(names)}")
        return {k: v for k, v in kwargs.items() if v is not None}

    def _infer_shape(self, partial, args, kwargs):
        known = self._known(args, kwargs, "infer_shape")
        found = infer.infer_shapes(self._outputs, known)
        arguments, aux = self._variables()
        groups = [[found.get((n, 0)) for n in arguments], [found.get(e) for e in self._outputs],
                  [found.get((n, 0)) for n in aux]]
        if partial:
            return tuple([() if s is None else s for s in g] for g in groups)
        if not all(infer._known(s) for g in groups for s in g):
            return None, None, None
        return tuple(groups)

    def infer_shape(self, *args, **kwargs):
        """Shapes of (arguments, outputs, auxiliary states) from those given; three times None where too little is known.

        MXNetError where shapes contradict an operator or each other.
        """
        return self._infer_shape(False, args, kwargs)

    def infer_shape_partial(self, *args, **kwargs):
        """As ``infer_shape``, with ``()`` for what stays unknown."""
        return self._infer_shape(True, args, kwargs)

    def _infer_type(self, partial, args, kwargs):
        known = self._known(args, kwargs, "infer_type")
        found = infer.infer_types(self._outputs, known)
        arguments, aux = self._variables()
        groups = [[found.get((n, 0)) for n in arguments], [found.get(e) for e in self._outputs],
                  [found.get((n, 0)) for n in aux]]
        if not partial and any(t is None for g in groups[:2] for t in g):
            return None, None, None
        return tuple([None if t is None else t.type for t in g] for g in groups)

    def infer_type(self, *args, **kwargs):
        """Types of (arguments, outputs, auxiliary states) from those given; three times None where too little is known."""
        return self._infer_type(False, args, kwargs)

    def infer_type_partial(self, *args, **kwargs):
        """As ``infer_type``, with None for what stays unknown."""
        return self._infer_type(True, args, kwargs)

    # execution

    def bind(self, ctx, args, args_grad=None, grad_req="write", aux_states=None, group2ctx=None, shared_exec=None):
        """An Executor on given arrays (lists in order, or dictionaries by name). ValueError for a missing argument."""
        from ..executor import Executor
        return Executor._bind(self, ctx, args, args_grad, grad_req, aux_states)

    def simple_bind(self, ctx, grad_req="write", type_dict=None, stype_dict=None, group2ctx=None, shared_arg_names=None,
                    shared_exec=None, shared_buffer=None, **kwargs):
        """An Executor on new arrays of the inferred shapes. RuntimeError where shapes cannot be inferred."""
        from ..executor import Executor
        return Executor._simple_bind(self, ctx, grad_req, type_dict, shared_exec, shared_buffer, kwargs, stype_dict,
                                     shared_arg_names)

    def eval(self, ctx=None, **kwargs):
        """The outputs for the arrays given by name, as a list."""
        return self.bind(ctx or _context.current_context(), kwargs).forward()

    def gradient(self, wrt):
        """Not available, as in MXNet: bind the symbol and call ``backward``."""
        raise MXNetError("Symbol.gradient is not available; use bind(...).backward()")

    # files

    def tojson(self, remove_amp_cast=True):
        """The graph as JSON text that real MXNet reads; casts that ``mx.contrib.amp`` put between nodes are left out unless
        ``remove_amp_cast`` is false."""
        return jsonfile.dumps(without_casts(self._outputs) if remove_amp_cast else self._outputs)

    def save(self, fname, remove_amp_cast=True):
        """Write the JSON text to a file."""
        if not isinstance(fname, (str, os.PathLike)):
            raise TypeError(f"save: the file name must be text, got {type(fname).__name__}")
        save_file(fname, self.tojson(remove_amp_cast).encode())

    def debug_str(self):
        """The graph in plain words, node by node."""
        lines = ["Symbol Outputs:"]
        lines += [f"\toutput[{k}]={n.name}({i})" for k, (n, i) in enumerate(self._outputs)]
        for n in topological(self._outputs):
            if n.op is None:
                lines.append(f"Variable:{n.name}")
                continue
            lines += ["--------------------", f"Op:{n.op.name}, Name={n.name}", "Inputs:"]
            lines += [f"\targ[{k}]={m.name}({i})" + (" version=0" if m.op is None else "")
                      for k, (m, i) in enumerate(n.inputs)]
            if n.attrs:
                lines.append("Attrs:")
                lines += [f"\t{k}={v}" for k, v in sorted(n.attrs.items())]
        return "\n".join(lines) + "\n"

    # refused, as MXNet does

    def asnumpy(self):
        """Symbols have no values."""
        raise NotImplementedForSymbol(self.asnumpy, None)

    def wait_to_read(self):
        """Symbols have no values."""
        raise NotImplementedForSymbol(self.wait_to_read, None)

    asscalar = copy = as_in_context = detach = backward = None

    # other fronts

    def split_v2(self, *args, **kwargs):
        """Parts along an axis, as ``mx.sym.split_v2``."""
        from .functions import split_v2
        return split_v2(self, *args, **kwargs)

    def as_nd_ndarray(self):
        """This symbol."""
        return self

    def as_np_ndarray(self):
        """Not available: graphs of ``mx.np`` operators."""
        raise NotImplementedError("Symbol.as_np_ndarray: mx.np has no symbols in this version of mxnet-compat")

    def optimize_for(self, backend, args=None, aux=None, ctx=None, shape_dict=None, type_dict=None, stype_dict=None,
                     skip_infer=False, **kwargs):
        """A copy. There are no backends here: the graph stays as it is (UserWarning)."""
        warnings.warn(f"optimize_for: there is no backend {backend!r}; the graph stays as it is", stacklevel=2)
        return self.__copy__()

    def get_backend_symbol(self, backend):
        """Not available: partitioning for another backend."""
        raise NotImplementedError(f"Symbol.get_backend_symbol: there is no backend {backend!r}")


def _refuse(name):
    def method(self, *args, **kwargs):
        raise NotImplementedForSymbol(method, None)
    method.__name__ = name
    return method


for _n in ("asscalar", "copy", "as_in_context", "detach", "backward"):
    setattr(Symbol, _n, _refuse(_n))


class _Named:
    def __init__(self, name):
        self.name = name


def _both_names(attrs):
    out = dict(attrs)
    for k in compose.HIDDEN_KEYS:
        if f"__{k}__" in attrs:
            out[k] = attrs[f"__{k}__"]
    return out


# operators and methods

def _arith(method, pair, scalar):
    def fn(self, other):
        if isinstance(other, Symbol):
            return compose.call(registry.get(pair), pair.lower(), (self, other), {})
        if isinstance(other, numeric_types):
            return compose.call(registry.get(scalar), scalar.lower(), (self,), {"scalar": other})
        raise TypeError(f"{method}: a Symbol works with a Symbol or a number, not with {type(other).__name__}")
    fn.__name__ = method
    return fn


for _n, _pair, _scalar, _reverse in (
        ("add", "_Plus", "_PlusScalar", "_PlusScalar"), ("sub", "_Minus", "_MinusScalar", "_RMinusScalar"),
        ("mul", "_Mul", "_MulScalar", "_MulScalar"), ("truediv", "_Div", "_DivScalar", "_RDivScalar"),
        ("mod", "_Mod", "_ModScalar", "_RModScalar"), ("pow", "_Power", "_PowerScalar", "_rpower_scalar")):
    setattr(Symbol, f"__{_n}__", _arith(f"__{_n}__", _pair, _scalar))
    setattr(Symbol, f"__r{_n}__", _arith(f"__r{_n}__", _pair, _reverse))
Symbol.__div__, Symbol.__rdiv__ = Symbol.__truediv__, Symbol.__rtruediv__
for _n, _word in (("eq", "equal"), ("ne", "not_equal"), ("gt", "greater"), ("ge", "greater_equal"), ("lt", "lesser"),
                  ("le", "lesser_equal")):
    setattr(Symbol, f"__{_n}__", _arith(f"__{_n}__", f"_{_word}", f"_{_word}_scalar"))
Symbol.__neg__ = lambda self: self * -1.0
Symbol.__abs__ = lambda self: compose.call(registry.get("abs"), "abs", (self,), {})
Symbol.__hash__ = object.__hash__


def _fluent(name):
    def method(self, *args, **kwargs):
        return compose.call(registry.get(name), name.lower(), (self, *args), kwargs)
    method.__name__ = name
    method.__doc__ = f"The operator ``mx.sym.{name}`` with this symbol as its first input."
    return method


def _methods():
    from ..ndarray.methods import FLUENT
    for name in (*FLUENT, "broadcast_to", "broadcast_like"):
        if not hasattr(Symbol, name):
            setattr(Symbol, name, _fluent(name))


_methods()


def _reshape(self, *shape, **kwargs):
    """The operator ``mx.sym.reshape``; the shape as a tuple or as separate numbers."""
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        kwargs["shape"] = tuple(shape[0])
    elif shape:
        kwargs["shape"] = shape
    return compose.call(registry.get("Reshape"), "reshape", (self,), kwargs)


def _astype(self, dtype, copy=True):
    """The operator ``mx.sym.cast``."""
    return compose.call(registry.get("Cast"), "cast", (self,), {"dtype": np.dtype(dtype).name})


def _diag(self, k=0, **kwargs):
    """The operator ``mx.sym.diag``."""
    return compose.call(registry.get("diag"), "diag", (self,), {"k": k, **kwargs})


def _expand_dims(self, axis, inplace=False, **kwargs):
    """The operator ``mx.sym.expand_dims``; ``inplace`` is for arrays and changes nothing."""
    return compose.call(registry.get("expand_dims"), "expand_dims", (self,), {"axis": axis, **kwargs})


def _flatten(self, inplace=False, **kwargs):
    """The operator ``mx.sym.flatten``; ``inplace`` is for arrays and changes nothing."""
    return compose.call(registry.get("Flatten"), "flatten", (self,), kwargs)


def _squeeze(self, axis=None, inplace=False, **kwargs):
    """The operator ``mx.sym.squeeze``; ``inplace`` is for arrays and changes nothing."""
    return compose.call(registry.get("squeeze"), "squeeze", (self,), {"axis": axis, **kwargs})


Symbol.reshape, Symbol.astype, Symbol.diag, Symbol.squeeze = _reshape, _astype, _diag, _squeeze
Symbol.expand_dims, Symbol.flatten = _expand_dims, _flatten
for _n in ("reshape", "astype", "diag", "expand_dims", "flatten", "squeeze"):
    getattr(Symbol, _n).__name__ = _n
compose.Symbol = Symbol


def Variable(name, attr=None, shape=None, lr_mult=None, wd_mult=None, dtype=None, init=None, stype=None,
             profiler_scope=None, **kwargs):
    """A symbol that stands for an input. TypeError for a name that is not text, ValueError for an unknown attribute."""
    from ..attribute import AttrScope
    if not isinstance(name, str):
        raise TypeError(f"Variable: the name must be text, got {type(name).__name__}")
    for key, value in (attr or {}).items():
        if not isinstance(value, str):
            raise ValueError(f"Variable: the attribute {key} must be text, got {type(value).__name__}")
    attrs = compose.hidden(dict(AttrScope.current.get(attr)))
    if shape is not None:
        attrs["__shape__"] = str(tuple(shape) if isinstance(shape, (list, tuple)) else (shape,))
    for key, value in (("__lr_mult__", lr_mult), ("__wd_mult__", wd_mult)):
        if value is not None:
            attrs[key] = str(value)
    if dtype is not None:
        attrs["__dtype__"] = str(_DTYPE_NUMBERS[np.dtype(dtype)])
    if init is not None:
        attrs["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype is not None:
        attrs["__storage_type__"] = str({"default": 0, "row_sparse": 1, "csr": 2}[stype])
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ValueError(f"Variable: the attribute {key!r} is unknown; own attributes begin and end with __")
        attrs[key] = str(value)
    return compose.variable(name, attrs)


var = Variable


def Group(symbols, create_fn=None):
    """One symbol with the outputs of several."""
    symbols = list(symbols) if symbols else []
    if not symbols or not all(isinstance(s, Symbol) for s in symbols):
        raise TypeError("Group takes a list of symbols")
    return Symbol([e for s in symbols for e in s._outputs])


def load_json(json_str):
    """The symbol of JSON text; MXNetError for text that is no graph."""
    if not isinstance(json_str, str):
        raise TypeError(f"load_json takes text, not {type(json_str).__name__}")
    return Symbol(jsonfile.loads(json_str))


fromjson = load_json


def load(fname):
    """The symbol in a JSON file."""
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(f"load: the file name must be text, got {type(fname).__name__}")
    try:
        with open(fname, encoding="utf-8") as f:
            return load_json(f.read())
    except (OSError, UnicodeDecodeError) as e:
        raise MXNetError(f"load: cannot read {os.fspath(fname)!r}: {e}") from None


def __getattr__(name):
    # MXNet has the functions of functions.py here, which need this module
    from . import functions
    if name not in functions.__all__ or name == "concatenate":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(functions, name)
