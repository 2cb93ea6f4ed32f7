"""The operators ``_foreach``, ``_while_loop`` and ``_cond`` of graphs: each holds graphs of its own and runs them on arrays.

A loop runs its body once a step, recorded operator by operator (or by the body's compiled plan), so gradients are the
tape's. Positions tell which variable of an inner graph is which input: MXNet's attributes, kept as it writes them.
"""
import ast

import numpy as np

from ..base import MXNetError
from ..ops.declare import Input, Operator
from ..state import state
from .graph import topological

__all__ = ["CLASSES", "flat", "from_attrs"]

#: A loop of more operator calls than this is not unrolled into a plan of the graph around it.
_MOST_UNROLLED = 400


def _integer(attrs, name, low):
    try:
        value = int(attrs[name])
    except (KeyError, ValueError):
        raise MXNetError(f"{name} must be an integer, got {attrs.get(name, 'nothing')[:40]!r}") from None
    if not low <= value <= 2**31:
        raise MXNetError(f"{name} must not be {value}")
    return value


def _places(attrs, name, count, below):
    """A list of ``count`` (None: any) different positions below a number, from an attribute."""
    try:
        value = ast.literal_eval(attrs[name])
    except (KeyError, ValueError, SyntaxError, MemoryError, RecursionError):
        raise MXNetError(f"{name} must be a list of integers, got {attrs.get(name, 'nothing')[:40]!r}") from None
    value = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if not all(type(v) is int and 0 <= v < below for v in value) or count not in (None, len(value)):
        raise MXNetError(f"{name} does not fit the graph: {value!r:.60}")
    return value


def flat(op):
    """Whether a flat list of kernel calls may stand for the operator: declared ones, and loops of a number of steps that
    shapes tell. Operators of users, and what looks at values, run Python of their own."""
    return type(op) is Operator or type(op) is Foreach and all(
        n.op is None or flat(n.op) for n in topological(op.graphs[0].heads))


class Subgraph:
    """A graph inside of a node: heads, and the variables that get arrays by position."""
    __slots__ = ("_op", "heads", "size", "variables")

    def __init__(self, heads):
        self.heads = list(heads)
        nodes = topological(self.heads)
        self.variables = [n for n in nodes if n.op is None]
        self.size = sum(getattr(n.op, "size", 1) for n in nodes if n.op is not None)
        self._op = None

    def changed(self):
        """Positions of the variables that operators inside write to."""
        found = set()
        for n in topological(self.heads):
            places = (*n.aux_inputs(), *getattr(n.op, "changed", ()))
            found.update(n.inputs[k][0] for k in places if k < len(n.inputs))
        return [k for k, v in enumerate(self.variables) if v in found]

    def __call__(self, arrays):
        """The outputs as a list."""
        if self._op is None:
            from ..gluon.cached_op import CachedOp
            from .symbol import Symbol
            self._op = CachedOp(Symbol(self.heads))
        y = self._op(*arrays)
        return y if type(y) is list else [y]

    def quietly(self, arrays):
        """The outputs, off the tape."""
        was, state.recording = state.recording, False
        try:
            return self(arrays)
        finally:
            state.recording = was

    def infer(self, how, known):
        """(values of the variables, values of the heads) where ``how`` is ``infer_shapes`` or ``infer_types``."""
        from . import infer
        found = getattr(infer, how)(self.heads, {v.name: k for v, k in zip(self.variables, known) if k is not None})
        return [found.get((v, 0)) for v in self.variables], [found.get(e) for e in self.heads]


class _Holder:
    """What a node with inner graphs is to the tape, the graph and the executor; see ``ops.declare.Operator``."""
    broadcasts = composite = variadic = False
    key = aux_init = joint = None
    rules, params = {}, ()

    def __init__(self, attrs, graphs):
        self.graphs = [Subgraph(heads) for heads in graphs]
        self.outputs = _integer(attrs, "num_outputs", 1)
        count = _integer(attrs, "num_args", 0) - len(self.graphs)
        if not 0 <= count <= sum(len(g.variables) for g in self.graphs):
            raise MXNetError(f"{self.name}: the inner graphs do not take {count} inputs")
        self._read(attrs, count)
        self.inputs = tuple(Input(f"data{k}", False, False, False, True) for k in range(count))
        self.input_names = tuple(i.name for i in self.inputs)
        self.size = sum(g.size for g in self.graphs)
        self.changed = sorted({places[k] for g, places in zip(self.graphs, self._wiring()) for k in g.changed()})

    def _heads(self, graph, count):
        if len(graph.heads) != count:
            raise MXNetError(f"{self.name}: an inner graph has {len(graph.heads)} outputs, not {count}")

    def num_outputs(self, params):
        """How many outputs."""
        return self.outputs

    num_visible = num_outputs

    def takes(self, i, params):
        """Every input is needed."""
        return True

    def parse(self, given):
        """The parameters say how the inner graphs are connected, and were read when the operator was made."""
        return {}

    def front(self, *arrays, **_):
        """Run on arrays; recorded while recording."""
        ys = self.run(arrays)
        return ys[0] if len(ys) == 1 else ys


def _agreed(a, b, what):
    """The more exact of two shapes or types; MXNetError where they contradict."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, tuple):
        if len(a) != len(b) or any(x and y and x != y for x, y in zip(a, b)):
            raise MXNetError(f"{what} begins as {a} and becomes {b}")
        return tuple(x or y for x, y in zip(a, b))
    if np.dtype(a) != np.dtype(b):
        raise MXNetError(f"{what} begins as {np.dtype(a)} and becomes {np.dtype(b)}")
    return a


def _same(a, b):
    # numpy takes None for float64
    return all((x is None) == (y is None) and x == y for x, y in zip(a, b))


class Foreach(_Holder):
    """A body over the first axis of arrays: inputs are data, states, and what the body takes from outside."""
    name = "_foreach"

    def _read(self, attrs, count):
        body, = self.graphs
        n = len(body.variables)
        self.collected = _integer(attrs, "num_out_data", 0)
        self.data = _places(attrs, "in_data_locs", None, n)
        self.states = _places(attrs, "in_state_locs", self.outputs - self.collected, n)
        self.others = _places(attrs, "remain_locs", None, n)
        self._heads(body, self.outputs)
        if sorted((*self.data, *self.states, *self.others)) != list(range(n)) or count != n or not self.data:
            raise MXNetError(f"{self.name}: the inputs do not fit the variables of the body")
        self._order = (*self.data, *self.states, *self.others)

    def _wiring(self):
        places = [0] * len(self._order)
        for k, p in enumerate(self._order):
            places[p] = k
        return [places]

    def _infer(self, how, known, of_slice, of_whole):
        """Fill in what is known of the inputs until nothing changes; a state is at the end what it is at the beginning."""
        body = self.graphs[0]
        inputs, n = list(known), len(self.data)
        for _ in range(len(self.states) + 2):
            slots = [None] * len(inputs)
            for k, p in enumerate(self._order):
                slots[p] = of_slice(inputs[k]) if k < n else inputs[k]
            slots, outs = body.infer(how, slots)
            new = [of_whole(inputs[k], slots[p]) if k < n else slots[p] for k, p in enumerate(self._order)]
            for k, y in enumerate(outs[self.collected:]):
                new[n + k] = _agreed(new[n + k], y, f"the state {body.variables[self.states[k]].name}")
            if _same(new, inputs):
                break
            inputs = new
        return inputs, outs

    def shape_rule(self, *shapes):
        """Shapes of a step, with the number of steps before them."""
        known = {s[0] for s in shapes[:len(self.data)] if s and s[0]}
        if len(known) > 1:
            raise ValueError(f"the data have different numbers of steps: {', '.join(map(str, sorted(known)))}")
        steps = known.pop() if known else 0

        def of_slice(s):
            return None if s is None else s[1:] or (1,)

        def of_whole(s, part):
            if s is not None and len(s) == 1:
                return (steps,)
            return s if part is None or not steps and s is None else (steps, *part)
        inputs, outs = self._infer("infer_shapes", shapes, of_slice, of_whole)
        return inputs, [None if s is None else (steps, *s) for s in outs[:self.collected]] + outs[self.collected:]

    def type_rule(self, *types):
        """Types of a step."""
        return self._infer("infer_types", types, lambda t: t, lambda t, part: part)

    def run(self, arrays):
        """The outputs of all steps, stacked, and the last states."""
        from ..ndarray import op as F
        from ..ndarray.control_flow import stacked
        n, slots = len(self.data), [None] * len(arrays)
        steps = len(arrays[0])
        if not steps or any(len(a) != steps for a in arrays[:n]):
            raise MXNetError(f"{self.name}: data must have the same number of steps, at least one; their shapes are "
                             + ", ".join(str(a.shape) for a in arrays[:n]))
        if arrays[0].stype == "traced" and steps * self.size > _MOST_UNROLLED:
            from ..plan.trace import NotTraceable
            raise NotTraceable("a loop is too long to be unrolled")
        for k, p in enumerate(self._order[n:], n):
            slots[p] = arrays[k]
        parts = [F.SliceChannel(a, num_outputs=steps, axis=0, squeeze_axis=a.ndim > 1) for a in arrays[:n]]
        parts = [p if type(p) is list else [p] for p in parts]
        body, rows = self.graphs[0], []
        for t in range(steps):
            for p, part in zip(self.data, parts):
                slots[p] = part[t]
            ys = body(slots)
            rows.append(ys[:self.collected])
            for p, y in zip(self.states, ys[self.collected:]):
                slots[p] = y
        return stacked(rows) + [slots[p] for p in self.states]


class WhileLoop(_Holder):
    """A function that runs while a condition of the loop variables holds, at most ``max_iterations`` times."""
    name = "_while_loop"

    def _read(self, attrs, count):
        cond, func = self.graphs
        self.collected, self.limit = _integer(attrs, "num_out_data", 0), _integer(attrs, "max_iterations", 1)
        self._of_cond = _places(attrs, "cond_input_locs", len(cond.variables), count)
        self._of_func = _places(attrs, "func_input_locs", len(func.variables), count)
        variables = _places(attrs, "func_var_locs", self.outputs - self.collected, len(func.variables))
        #: the inputs that are loop variables
        self._loop = [self._of_func[k] for k in variables]
        self._heads(cond, 1)
        self._heads(func, self.outputs)

    def _wiring(self):
        return [self._of_cond, self._of_func]

    def shape_rule(self, *shapes):
        """Nothing is known before it runs, as in MXNet."""
        return shapes, (None,) * self.outputs

    def type_rule(self, *types):
        """Types of a step; a loop variable keeps its type."""
        inputs = list(types)
        for _ in range(len(self._loop) + 2):
            before = list(inputs)
            for graph, places in zip(self.graphs, self._wiring()):
                found, outs = graph.infer("infer_types", [inputs[k] for k in places])
                for k, t in zip(places, found):
                    inputs[k] = _agreed(inputs[k], t, "an input")
            for k, t in zip(self._loop, outs[self.collected:]):
                inputs[k] = _agreed(inputs[k], t, "a loop variable")
            if _same(inputs, before):
                break
        return inputs, outs

    def run(self, arrays):
        """The outputs of all steps, stacked and filled up with zeros, and the last loop variables."""
        from ..ndarray.control_flow import filled, stacked
        cond, func = self.graphs
        values, rows = list(arrays), []
        while len(rows) < self.limit and _holds(self.name, cond.quietly([values[k] for k in self._of_cond])[0]):
            ys = func([values[k] for k in self._of_func])
            rows.append(ys[:self.collected])
            for k, y in zip(self._loop, ys[self.collected:]):
                values[k] = y
        if rows:
            outputs = [filled(a, self.limit) for a in stacked(rows)]
        else:
            outputs = self._nothing([arrays[k] for k in self._of_func]) if self.collected else []
        return outputs + [values[k] for k in self._loop]

    def _nothing(self, arrays):
        """The outputs where no step was made."""
        from ..ndarray import creation
        func = self.graphs[1]
        shapes = func.infer("infer_shapes", [a.shape for a in arrays])[1][:self.collected]
        types = func.infer("infer_types", [a.dtype for a in arrays])[1][:self.collected]
        if any(s is None or 0 in s for s in shapes):
            raise MXNetError(f"{self.name}: no step was made, and the shapes of the outputs do not follow from those of the "
                             "inputs")
        return [creation.zeros((self.limit, *s), arrays[0]._ctx, t or "float32") for s, t in zip(shapes, types)]


def _holds(name, x):
    if x.size != 1:
        raise MXNetError(f"{name}: a condition must have one element, its shape is {x.shape}")
    return bool(x.asnumpy().reshape(())[()])


class Cond(_Holder):
    """One of two graphs, as a condition says."""
    name = "_cond"

    def _read(self, attrs, count):
        self._places = [_places(attrs, f"{what}_input_locs", len(g.variables), count)
                        for what, g in zip(("cond", "then", "else"), self.graphs)]
        for g, n in zip(self.graphs, (1, self.outputs, self.outputs)):
            self._heads(g, n)

    def _wiring(self):
        return self._places

    def shape_rule(self, *shapes):
        """Nothing is known before it runs, as in MXNet."""
        return shapes, (None,) * self.outputs

    def type_rule(self, *types):
        """Types of both graphs, which must agree."""
        inputs, results = list(types), [None] * self.outputs
        for k, (graph, places) in enumerate(zip(self.graphs, self._places)):
            found, outs = graph.infer("infer_types", [inputs[p] for p in places])
            for p, t in zip(places, found):
                inputs[p] = _agreed(inputs[p], t, "an input")
            if k:
                results = [_agreed(a, b, "an output") for a, b in zip(results, outs)]
            elif len(places) == 1 and inputs[places[0]] is None:
                inputs[places[0]] = np.float32
        return inputs, results

    def run(self, arrays):
        """The outputs of the chosen graph."""
        pred, then, otherwise = ([arrays[k] for k in places] for places in self._places)
        if _holds(self.name, self.graphs[0].quietly(pred)[0]):
            return self.graphs[1](then)
        return self.graphs[2](otherwise)


#: operator's name -> (class, number of inner graphs)
CLASSES = {"_foreach": (Foreach, 1), "_while_loop": (WhileLoop, 2), "_cond": (Cond, 3)}


def from_attrs(name, attrs, graphs):
    """The operator of a node with inner graphs (lists of heads). MXNetError where they do not fit its attributes."""
    cls, count = CLASSES[name]
    if len(graphs) != count:
        raise MXNetError(f"{name}: {len(graphs)} inner graphs, not {count}")
    return cls(attrs, graphs)
