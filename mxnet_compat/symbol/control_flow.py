"""``foreach``, ``while_loop`` and ``cond`` of ``mx.sym.contrib``: graphs inside of a node, cut out of what a function composes.

Whatever is made while the function runs carries the name of its scope in ``__subgraph_name__``. That belongs to the inner
graph; what lies outside becomes a variable of the inner graph and an input of the node.
"""
from itertools import count

from ..attribute import AttrScope
from ..name import NameManager
from ..ndarray.control_flow import regroup
from ..ops.declare import registry
from . import compose, subgraph
from .graph import GraphNode, topological
from .symbol import Symbol, Variable

__all__ = ["cond", "foreach", "while_loop"]

_SCOPE = "__subgraph_name__"
_numbers = {}


def _scope(name):
    """A scope for one inner graph; the name is unique, and says which scopes it is in."""
    outer = AttrScope.current.get(None).get(_SCOPE)
    full = name if outer is None else f"{outer}${name}"
    return AttrScope(**{_SCOPE: f"{full}{next(_numbers.setdefault(full, count()))}"})


def _listed(x, what):
    """``x`` with a symbol of several outputs as a list of them; AssertionError where there is something else than symbols."""
    if isinstance(x, Symbol):
        return x if len(x) == 1 else list(x)
    if not isinstance(x, (list, tuple)):
        raise AssertionError(f"{what} must be a Symbol or a (nested) list of Symbols, got {type(x).__name__}")
    return [_listed(part, what) for part in x]


def _entries(x):
    """The outputs of the symbols in a nested list, in order."""
    return list(x._outputs) if isinstance(x, Symbol) else [e for part in x for e in _entries(part)]


def _stand_ins(entries):
    """Variables in the place of outputs, called after them."""
    return [Variable(f"{node.name}-{k}") for node, k in entries]


def _inside(entry):
    return entry[0].attrs.get(_SCOPE) == AttrScope.current.get(None)[_SCOPE]


def _copied(entry):
    return compose.call(registry.get("_copy"), "identity", (Symbol([entry]),), {})._outputs[0]


def _own(entries, taken=()):
    """The heads of an inner graph: an output that is a variable, is made outside, or is of a node in ``taken``, is copied."""
    return [_copied(e) if e[0].op is None or e[0] in taken or not _inside(e) else e for e in entries]


class _Cut:
    """An inner graph and where its variables come from.

    ``sources``: by variable, in order, the stand-in's number, or the output outside that it is.
    """

    def __init__(self, heads, stand_ins):
        copies, cuts = {}, {}

        def inner(entry):
            node, i = entry
            if node in copies:
                return copies[node], i
            if entry not in cuts:
                cuts[entry] = GraphNode(None, node.output_name(i))
            return cuts[entry], 0
        for n in topological(heads):
            if _inside((n, 0)):
                copies[n] = GraphNode(n.op, n.name, dict(n.attrs), map(inner, n.inputs), n.num_outputs, n.num_visible)
        self.heads = [inner(e) for e in heads]
        sources = {**{c: (n, 0) for n, c in copies.items()}, **{v: e for e, v in cuts.items()}}
        sources.update((copies[s._outputs[0][0]], k) for k, s in enumerate(stand_ins) if s._outputs[0][0] in copies)
        variables = [n for n in topological(self.heads) if n.op is None]
        self.sources = [sources[v] for v in variables]
        if len({v.name for v in variables}) < len(variables):
            raise AssertionError("two inputs of an inner graph have one name: " + ", ".join(v.name for v in variables))


class _Inputs:
    """The inputs of a node with several inner graphs; sources with one key (None: none) are one input."""

    def __init__(self, key):
        self.sources, self._key, self._known = [], key, {}

    def places(self, cut):
        """Which input each variable of a graph is."""
        found = []
        for source in cut.sources:
            key = self._key(source)
            found.append(self._known.get(key, len(self.sources)))
            if found[-1] == len(self.sources):
                self.sources.append(source)
                if key is not None:
                    self._known[key] = found[-1]
        return found


def _node(name, attrs, cuts, inputs):
    """The outputs of a node with inner graphs, as an iterator over symbols."""
    attrs = {**{k: str(v) for k, v in attrs.items()}, "num_args": str(len(inputs) + len(cuts))}
    op = subgraph.from_attrs(name, attrs, [c.heads for c in cuts])
    attrs.update(compose.hidden(AttrScope.current.get(None)))
    node = GraphNode(op, NameManager.current.get(None, name), attrs, inputs, op.outputs, op.outputs)
    return iter(Symbol([(node, k) for k in range(op.outputs)]))


def foreach(body, data, init_states, name="foreach"):
    """Run ``body`` over the first axis of ``data``; returns (outputs, last states), nested as the body gives them.

    ``body(slices, states)`` is called once, with symbols, and returns (outputs, new states); it may use symbols from
    outside. Each output is stacked over the steps. AssertionError where something is no symbol, where data or states are
    not used, and where two inputs have one name.
    """
    data, init_states = _listed(data, "foreach: data"), _listed(init_states, "foreach: init_states")
    given, n = _entries(data) + _entries(init_states), len(_entries(data))
    with _scope(name):
        variables = _stand_ins(given)
        stand_ins = iter(variables)
        outputs, states = body(regroup(stand_ins, data), regroup(stand_ins, init_states))
        outputs = _listed(outputs, "foreach: the outputs of body")
        collected, last = _entries(outputs), _entries(_listed(states, "foreach: the states of body"))
        if len(last) != len(given) - n:
            raise AssertionError(f"foreach: body returned {len(last)} states, there are {len(given) - n}")
        cut = _Cut(_own(collected) + _own(last, {node for node, _ in collected}), variables)
    places = {s: k for k, s in enumerate(cut.sources) if isinstance(s, int)}
    if len(places) < len(given):
        raise AssertionError("foreach: all data and states must be used in the body")
    others = [k for k, s in enumerate(cut.sources) if not isinstance(s, int)]
    attrs = {"num_outputs": len(cut.heads), "num_out_data": len(collected), "in_data_locs": [places[k] for k in range(n)],
             "in_state_locs": [places[k] for k in range(n, len(given))], "remain_locs": others}
    ys = _node("_foreach", attrs, [cut], given + [cut.sources[k] for k in others])
    return regroup(ys, outputs), regroup(ys, init_states)


def while_loop(cond, func, loop_vars, max_iterations=None, name="while_loop"):
    """Run ``func`` while ``cond`` holds, at most ``max_iterations`` times; returns (outputs, last loop variables).

    Both are called once, with the loop variables; ``func`` returns (outputs, new loop variables). Each output is stacked
    over the steps and filled up with zeros to ``max_iterations``. Shapes of outputs are known when it has run. ValueError
    where ``max_iterations`` is missing, there are no loop variables or one is not used in ``func``, ``func`` changes their
    number, or ``cond`` gives no symbol; AssertionError where something else is none, or two inputs have one name.
    """
    if max_iterations is None:
        raise ValueError("while_loop: max_iterations must be given")
    try:
        limit = int(max_iterations)
    except (TypeError, ValueError):
        raise ValueError(f"while_loop: max_iterations must be an integer, got {max_iterations!r}") from None
    loop_vars = _listed(loop_vars, "while_loop: loop_vars")
    given = _entries(loop_vars)
    if not given:
        raise ValueError("while_loop: loop_vars must hold one symbol or more")

    def call(function, variables):
        nested = regroup(iter(variables), loop_vars)
        return function(*nested) if isinstance(nested, list) else function(nested)
    with _scope(f"{name}_cond"):
        variables = _stand_ins(given)
        holds = call(cond, variables)
        if not isinstance(holds, Symbol):
            raise ValueError(f"while_loop: cond must give a Symbol, got {type(holds).__name__}")
        of_cond = _Cut(_own(_entries(holds)), variables)
    with _scope(f"{name}_func"):
        variables = _stand_ins(given)
        outputs, new = call(func, variables)
        outputs = _listed([] if outputs is None else outputs, "while_loop: the outputs of func")
        new = _listed([] if new is None else new, "while_loop: the new loop_vars of func")
        collected, last = _entries(outputs), _entries(new)
        if len(last) != len(given):
            raise ValueError(f"while_loop: func returned {len(last)} loop_vars, there are {len(given)}")
        of_func = _Cut(_own(collected + last), variables)
    missing = [k + 1 for k in range(len(given)) if k not in of_func.sources]
    if missing:
        raise ValueError(f"while_loop: func does not use loop variable {missing[0]} of {len(given)}")
    # a loop variable is one input of both graphs; what comes from outside is an input of each
    inputs = _Inputs(lambda source: source if isinstance(source, int) else None)
    attrs = {"num_outputs": len(of_func.heads), "num_out_data": len(collected), "max_iterations": limit,
             "cond_input_locs": inputs.places(of_cond), "func_input_locs": inputs.places(of_func),
             "func_var_locs": [of_func.sources.index(k) for k in range(len(given))]}
    entries = [given[s] if isinstance(s, int) else s for s in inputs.sources]
    ys = _node("_while_loop", attrs, [of_cond, of_func], entries)
    return regroup(ys, outputs), regroup(ys, loop_vars)


def cond(pred, then_func, else_func, name="cond"):
    """The result of ``then_func()`` where ``pred``, a symbol of one element, is not zero, else of ``else_func()``.

    Both functions are called, and give symbols in one number (ValueError). Shapes of outputs are known when it has run.
    AssertionError where something is no symbol, or two inputs of an inner graph have one name.
    """
    cuts = []
    for part, function in (("cond", lambda: pred), ("then", then_func), ("else", else_func)):
        with _scope(f"{name}_{'pred' if part == 'cond' else part}"):
            outputs = _listed(function(), f"cond: the result of {part}")
            if not _entries(outputs):
                raise TypeError("cond: the functions must give one symbol or more")
            cuts.append(_Cut(_own(_entries(outputs)), ()))
            if part == "then":
                like = outputs
    # a variable is one input of all graphs
    inputs = _Inputs(lambda source: source[0].name if source[0].op is None else None)
    attrs = {f"{part}_input_locs": inputs.places(cut) for part, cut in zip(("cond", "then", "else"), cuts)}
    attrs["num_outputs"] = count = len(cuts[1].heads)
    if len(cuts[2].heads) != count:
        raise ValueError(f"cond: then_func gives {count} outputs, else_func {len(cuts[2].heads)}")
    return regroup(_node("_cond", attrs, cuts, inputs.sources), like)
