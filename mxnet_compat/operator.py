"""``mx.operator``: operators written in Python by the user (``CustomOp``, ``CustomOpProp``, ``register``), and ``Custom``."""
import collections

import numpy as np

from . import absent as _absent
from . import autograd as _autograd
from . import context as _context
from .autograd import tape as _tape
from .base import MXNetError
from .ndarray.core import NDArray, wrap
from .ops.declare import Input
from .state import state as _state

__all__ = ["CustomOp", "CustomOpProp", "get_all_registered_operators", "register"]

_registered = {}


class CustomOp:
    """The computation of a user's operator; subclasses define ``forward`` and ``backward``."""

    def forward(self, is_train, req, in_data, out_data, aux):
        """Compute ``out_data`` from ``in_data``; write with ``self.assign``."""
        raise NotImplementedError("a CustomOp defines forward")

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        """Compute ``in_grad`` from ``out_grad``; write with ``self.assign``."""

    def assign(self, dst, req, src):
        """Write ``src`` into ``dst`` as the request says: null, write, inplace or add."""
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] += src


class CustomOpProp:
    """What a user's operator is: names of inputs and outputs, shapes, types, and which ``CustomOp`` computes it."""

    def __init__(self, need_top_grad=True):
        self.need_top_grad_ = need_top_grad

    def infer_shape(self, in_shape):
        """(input shapes, output shapes, auxiliary shapes); by default every shape is that of the first input."""
        return in_shape, (in_shape[0],) * len(self.list_outputs()), ()

    def infer_type(self, in_type):
        """(input types, output types, auxiliary types); by default every type is that of the first input."""
        return (in_type, [in_type[0]] * len(self.list_outputs()), [in_type[0]] * len(self.list_auxiliary_states()))

    def infer_storage_type(self, in_stype):
        """(input, output, auxiliary) storage types: dense. AssertionError for a sparse input."""
        self._dense("in_stype", in_stype)
        return (in_stype, ["default"] * len(self.list_outputs()), ["default"] * len(self.list_auxiliary_states()))

    def infer_storage_type_backward(self, ograd_stype, in_stype, out_stype, igrad_stype, aux_stype):
        """The same five lists, all dense. AssertionError for a sparse gradient of an output."""
        self._dense("ograd_stype", ograd_stype)
        return tuple(["default"] * len(given) for given in (ograd_stype, in_stype, out_stype, igrad_stype, aux_stype))

    def _dense(self, what, stypes):
        for i, stype in enumerate(stypes):
            assert stype == "default", f"{type(self).__name__}: {what}[{i}] is {stype}; override the method to take it"

    def list_arguments(self):
        """Names of the inputs."""
        return ["data"]

    def list_outputs(self):
        """Names of the outputs."""
        return ["output"]

    def list_auxiliary_states(self):
        """Names of the auxiliary inputs."""
        return []

    def declare_backward_dependency(self, out_grad, in_data, out_data):
        """Which arrays ``backward`` needs."""
        return [*(out_grad if self.need_top_grad_ else []), *in_data, *out_data]

    def create_operator(self, ctx, in_shapes, in_dtypes):
        """The ``CustomOp`` for inputs of these shapes and types."""
        return CustomOp()


def register(reg_name):
    """A class decorator that makes a ``CustomOpProp`` known under a name."""
    def keep(prop_cls):
        _registered[reg_name] = prop_cls
        return prop_cls
    return keep


def get_all_registered_operators():
    """Names of the built-in operators and aliases."""
    from .ops import registry
    return list(registry.names())


class CustomOperator:
    """One user's operator with its parameters, seen as the tape, the graph and the executor see declared operators."""
    name = "Custom"
    broadcasts = composite = variadic = False
    key = aux_init = None

    def __init__(self, op_type, kwargs):
        if op_type not in _registered:
            raise MXNetError(f"Custom: no operator is registered as {op_type!r}; decorate its CustomOpProp with "
                             f"mx.operator.register({op_type!r})")
        self.prop = _registered[op_type](**kwargs)
        self.arguments, self.aux = list(self.prop.list_arguments()), list(self.prop.list_auxiliary_states())
        self.inputs = tuple([Input(n, False, False, False, True) for n in self.arguments]
                            + [Input(n, False, False, True, False) for n in self.aux])
        self.input_names = tuple(i.name for i in self.inputs)
        self.output_names = tuple(self.prop.list_outputs())
        self.outputs = len(self.output_names)
        self.params = ()

    def num_outputs(self, params):
        """How many outputs."""
        return self.outputs

    num_visible = num_outputs

    def takes(self, i, params):
        """Every input is needed."""
        return True

    def parse(self, given):
        """The parameters were given to the prop."""
        return {}

    def shape_rule(self, *shapes):
        """Shapes as the prop infers them."""
        n = len(self.arguments)
        if any(s is None for s in shapes[:n]):
            known = [list(s) if s is not None else [] for s in shapes[:n]]
            try:
                result = self.prop.infer_shape(known)
            except Exception:  # noqa: BLE001  (a prop that cannot work with unknown shapes says so in its own way)
                return shapes, (None,) * self.outputs
        else:
            result = self.prop.infer_shape([list(s) for s in shapes[:n]])
        ins, outs, aux = (*result, ())[:3]
        clean = lambda group: tuple(tuple(s) if len(s) else None for s in group)  # noqa: E731
        return (*clean(ins), *(clean(aux) or shapes[n:])), clean(outs)

    def type_rule(self, *types):
        """Types as the prop infers them."""
        n = len(self.arguments)
        if types and types[0] is None:
            return types, (None,) * self.outputs
        ins, outs, aux = self.prop.infer_type([None if t is None else np.dtype(t).type for t in types[:n]])
        return (*ins, *(aux or types[n:])), tuple(outs)

    def front(self, *arrays, **_):
        """Call the operator on arrays; recorded while recording."""
        n = len(self.arguments)
        if len(arrays) != len(self.inputs):
            raise MXNetError(f"Custom: {len(arrays)} arrays for the inputs {', '.join(self.input_names)}")
        shapes, types = [list(a.shape) for a in arrays[:n]], [a.dtype for a in arrays[:n]]
        out_shapes = self.prop.infer_shape(shapes)[1]
        out_types = self.prop.infer_type(types)[1]
        ctx = arrays[0]._ctx if arrays else _context.resolve(None)
        op = self.prop.create_operator(ctx, shapes, types)
        outs = [wrap(np.zeros(tuple(s), t), ctx) for s, t in zip(out_shapes, out_types)]
        ins, aux = [a.detach() for a in arrays[:n]], [a.detach() for a in arrays[n:]]
        recording = _state.recording
        with _autograd.pause(train_mode=_state.training):
            op.forward(is_train=_state.training, req=["write"] * len(outs), in_data=ins, out_data=outs, aux=aux)
        if recording:
            self._record(op, arrays, ins, outs, aux)
        return outs[0] if len(outs) == 1 else outs

    def _record(self, op, arrays, ins, outs, aux):
        parents = tuple(None if a._node is None or a._node.dead else a._node for a in arrays)
        if all(p is None for p in parents):
            return
        node = _tape.Node()
        node.op, node.seq, node.dead, node.params = _Call(self, op), next(_tape.seq), False, ()
        node.parents, node.index = parents, tuple(a._i for a in arrays)
        node.shapes, node.ctx = tuple(a.shape for a in arrays), outs[0]._ctx
        node.outs = tuple((o.shape, o._a.dtype) for o in outs)
        node.saved = (ins, [o.detach() for o in outs], aux)
        for k, o in enumerate(outs):
            o._node, o._i = node, k


class _Call:
    """One recorded call, for the executor."""
    broadcasts = False

    def __init__(self, declared, op):
        self.declared, self.op = declared, op
        self.name, self.input_names = declared.name, declared.input_names

    def vjp(self, node, dys, need, create_graph):
        ins, outs, aux = node.saved
        dys = [wrap(np.zeros(s, d), node.ctx) if g is None else g for g, (s, d) in zip(dys, node.outs)]
        grads = [wrap(np.zeros(a._a.shape, a._a.dtype), a._ctx) for a in ins]
        req = ["write" if n else "null" for n in need[:len(ins)]]
        with _autograd.pause(train_mode=_state.training):
            self.op.backward(req=req, out_grad=dys, in_data=ins, out_data=outs, in_grad=grads, aux=aux)
        return [g if n else None for g, n in zip(grads, need)] + [None] * len(aux)


def from_attrs(attrs):
    """The operator that a graph node's attributes name."""
    own = {k: v for k, v in attrs.items() if k != "op_type" and not (k.startswith("__") and k.endswith("__"))}
    if "op_type" not in attrs:
        raise MXNetError("Custom: the parameter op_type is missing")
    return CustomOperator(attrs["op_type"], own)


def Custom(*data, op_type=None, out=None, name=None, **kwargs):
    """Call a user's operator: arrays by position or by the names of its inputs, parameters by keyword (handed on as text).

    Raises MXNetError for an operator that is not registered.
    """
    arrays = {k: kwargs.pop(k) for k in list(kwargs) if isinstance(kwargs[k], NDArray)}
    if op_type is None:
        raise MXNetError("Custom: the parameter op_type is missing")
    op = CustomOperator(op_type, {k: str(v) for k, v in kwargs.items()})
    order = [n for n in op.input_names if n not in arrays]
    given = {**arrays, **dict(zip(order, data))}
    missing = [n for n in op.input_names if n not in given]
    if missing or len(data) > len(order):
        raise MXNetError(f"Custom: {op_type} takes {', '.join(op.input_names)}; missing {', '.join(missing) or 'none'}")
    result = op.front(*[given[n] for n in op.input_names])
    if out is None:
        return result
    for t, r in zip(out if isinstance(out, list) else [out], result if isinstance(result, list) else [result]):
        r.copyto(t)
    return out


#: what ``get_operator_arguments`` gives
OperatorArguments = collections.namedtuple("OperatorArguments", "narg names types")


def get_operator_arguments(op_name):
    """The inputs and parameters of an operator by its registered name, as (narg, names, types); the types are worded as in
    Python here. MXNetError for an unknown name."""
    from .ops import load, registry
    load()
    if op_name not in registry.names():
        raise MXNetError(f"get_operator_arguments: operator {op_name} is not registered")
    op = registry.get(op_name)
    pairs = [(i.name, "NDArray-or-Symbol") for i in op.inputs] + [(p.name, _type(p)) for p in op.params]
    return OperatorArguments(len(pairs), [n for n, _ in pairs], [t for _, t in pairs])


def _type(p):
    return f"{p.text}, required" if p.required else f"{p.text}, optional, default={p.default!r}"


_absent_name = _absent.getter(globals())


def __getattr__(name):
    if name in ("NDArrayOp", "NumpyOp", "PythonOp"):
        from . import python_op
        globals()[name] = found = getattr(python_op, name)
        return found
    return _absent_name(name)
