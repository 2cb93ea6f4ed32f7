"""From the tape to a graph: the recorded history of an array as a Symbol."""
from ..base import MXNetError
from ..ops.render import kept_inputs
from .graph import GraphNode
from .symbol import Symbol

__all__ = ["from_tape"]


def _history(root):
    """The nodes and leaves that led to ``root``, oldest first."""
    found, stack = {root}, [root]
    while stack:
        for p in stack.pop().parents:
            if p is not None and not p.dead and p not in found:
                found.add(p)
                stack.append(p)
    return sorted(found, key=lambda n: n.seq)


class _Names:
    def __init__(self):
        self.variables = self.calls = 0

    def variable(self, kind):
        name = f"{kind}{self.variables}"
        self.variables += 1
        return GraphNode(None, name)

    def call(self):
        name = f"node_{self.calls}"
        self.calls += 1
        return name


def _attributes(op, params):
    """The parameters that are not at their defaults, as text; the number that an operator works with always."""
    return {p.name: str(v) for p, v in zip(op.params, params) if p.required or v != p.default or p.name == "scalar"}


def from_tape(x):
    """The history of ``x``: marked arrays are variables ``varN``, other inputs ``nullN``, calls ``node_N``."""
    root = x._node
    if root is None or root.dead:
        raise MXNetError("get_symbol: the array is not in a recorded graph")
    names, made, constants = _Names(), {}, {}
    for n in _history(root):
        if n.op is None:
            made.setdefault(n, None)
            continue
        inputs = []
        kept = kept_inputs(n)
        for k, p in enumerate(n.parents):
            if p is not None and not p.dead:
                if made[p] is None:
                    made[p] = names.variable("var")
                inputs.append((made[p], n.index[k] if p.op is not None else 0))
            elif n.shapes[k] is not None:
                # two uses of one constant are one variable where the tape still holds the array
                key = id(kept[k]) if k in kept else object()
                if key not in constants:
                    constants[key] = names.variable("null")
                inputs.append((constants[key], 0))
        op = n.op
        params = dict(zip((p.name for p in getattr(op, "params", ())), n.params or ()))
        attrs = _attributes(op, n.params) if params else {}
        total = len(n.outs) if n.outs is not None else 1
        visible = op.num_visible(params) if hasattr(op, "num_visible") else total
        made[n] = GraphNode(op, names.call(), attrs, inputs, total, visible)
    if made[root] is None:
        made[root] = names.variable("var")
    return Symbol([(made[root], x._i if root.op is not None else 0)])
