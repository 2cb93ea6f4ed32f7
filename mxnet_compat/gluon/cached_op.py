"""Running a graph on arrays, by a compiled plan where there can be one, else operator by operator.

``CachedOp`` is what hybridized blocks run. Recording is the operators' own, so that gradients need nothing here.
"""
from .. import plan
from ..base import MXNetError
from ..symbol import infer
from ..symbol.compose import input_names, node_params
from ..symbol.graph import topological
from ..symbol.subgraph import flat

__all__ = ["CachedOp"]


def _parameters(node):
    """Parsed parameters of a node that are not at their defaults."""
    defaults = {p.name: p for p in getattr(node.op, "params", ())}
    parsed = node_params(node.op, node.attrs)
    return {k: v for k, v in parsed.items() if k not in defaults or defaults[k].required or v != defaults[k].default}


class _Step:
    """One operator call: where its inputs are, where its outputs go, which values are of no use afterwards."""
    __slots__ = ("done", "front", "ins", "keywords", "node", "outs", "params")

    def __init__(self, node, ins, outs, done):
        self.node, self.ins, self.outs, self.done = node, ins, outs, done
        self.front, self.params, self.keywords = node.op.front, _parameters(node), input_names(node)


class CachedOp:
    """A graph to be called with the arrays of its variables, in the order of ``sym.list_inputs()``."""
    __module__ = "mxnet._ctypes.ndarray"

    def __init__(self, sym, flags=()):
        self.sym, self.flags = sym, tuple(flags)
        self._callback, self._monitor_all = None, False
        nodes = topological(sym._outputs)
        places, last = {}, {}
        self._variables = [n for n in nodes if n.op is None]
        for n in (*self._variables, *(n for n in nodes if n.op is not None)):
            for k in range(n.num_visible):
                places[n, k] = len(places)
            for e in n.inputs:
                last[e] = n
        heads = set(sym._outputs)
        self._size = len(places)
        self._heads = [places[e] for e in sym._outputs]
        self._steps = []
        for n in nodes:
            if n.op is not None:
                done = [places[e] for e in dict.fromkeys(n.inputs) if last[e] is n and e not in heads]
                outs = [places[n, k] for k in range(n.num_visible)]
                self._steps.append(_Step(n, [places[e] for e in n.inputs], outs, done))
        # constants whose shape is left to the graph, such as zeros of shape (0, 8) for a state
        self._open = [s for s in self._steps if not s.ins and 0 in tuple(s.params.get("shape") or ())]
        self._shapes = {}
        declared = all(flat(s.node.op) for s in self._steps)
        self._plans = plan.Plans("graph") if declared and plan.enabled() else None

    def _register_op_hook(self, callback, monitor_all=False):
        self._callback, self._monitor_all = callback, monitor_all

    def plan_text(self):
        """The compiled plans in words."""
        if self._plans is None:
            return "no plans: an operator runs Python of its own, or MXNET_COMPAT_PLAN is 0"
        return plan.text(self._plans)

    def _late(self, args):
        """Parameters of the steps whose shape follows from the inputs."""
        key = tuple(a.shape for a in args)
        found = self._shapes.get(key)
        if found is None:
            known = {n.name: a.shape for n, a in zip(self._variables, args)}
            shapes = infer.infer_shapes(self.sym._outputs, known)
            found = self._shapes[key] = {s: {**s.params, "shape": shapes[s.node, 0]} for s in self._open}
        return found

    def __call__(self, *args):
        """The outputs: an array, or a list of several."""
        if len(args) != len(self._variables):
            raise MXNetError(f"the graph has {len(self._variables)} variables, {len(args)} arrays were given")
        if self._plans is not None and self._callback is None:
            results = self._plans(self._imperative, args)
        else:
            results = self._imperative(*args)
        return results[0] if len(results) == 1 else results

    def _imperative(self, *args):
        """The list of outputs, by the operators in order; values are dropped after their last use."""
        values = [*args, *([None] * (self._size - len(args)))]
        late = self._late(args) if self._open else None
        watched = self._callback is not None
        for s in self._steps:
            ins = [values[i] for i in s.ins]
            if watched and self._monitor_all:
                self._tell_inputs(s, ins)
            params = late[s] if late and s in late else s.params
            if s.keywords is None:
                out = s.front(*ins, **params)
            else:
                out = s.front(**dict(zip(s.keywords, ins)), **params)
            if type(out) is list:
                for i, y in zip(s.outs, out):
                    values[i] = y
            else:
                values[s.outs[0]] = out
            if watched:
                self._tell_outputs(s, values)
            for i in s.done:
                values[i] = None
        return [values[i] for i in self._heads]

    def _tell_inputs(self, s, ins):
        op = s.node.op
        names = s.keywords or [i.name for i in getattr(op, "inputs", ())]
        for k, x in enumerate(ins):
            name = names[k] if k < len(names) else f"arg{k}"
            self._callback(f"{s.node.name}_{name}".encode(), op.name.encode(), x)

    def _tell_outputs(self, s, values):
        for k, i in enumerate(s.outs):
            number = str(k) if len(s.outs) > 1 else ""
            self._callback(f"{s.node.name}_output{number}".encode(), s.node.op.name.encode(), values[i])
