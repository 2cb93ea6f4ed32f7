"""From the tape to a graph: the recorded history of an array as a Symbol."""
from ..autograd import tape
from ..base import MXNetError
from ..ops.render import kept_inputs
from ..plan import Plan
from .graph import GraphNode
from .symbol import Symbol

__all__ = ["from_tape"]


class _Edges:
    """Where the inputs of nodes come from; what ran by a plan, which is one node, is recorded anew operator by operator."""

    def __init__(self):
        self._again, self._since = {}, next(tape.seq)
        self._place = {}        # node recorded anew: number of the call that it is part of

    def __call__(self, n):
        return [self.resolve(p, i, self._place.get(n)) for p, i in zip(n.parents, n.index)] if n.parents else []

    def resolve(self, p, i, place=None):
        while p is not None and not p.dead and isinstance(p.op, Plan):
            if p not in self._again:
                self._again[p] = p.op.replay(p)
            head, place = self._again[p][i], p.seq
            p, i = head._node, head._i
        if p is not None and p.seq > self._since:
            self._place[p] = place
        return p, i

    def age(self, n):
        """What nodes are sorted by: what is recorded anew stands where it was recorded first."""
        return self._place.get(n, n.seq), n.seq


def _history(root, edges):
    """The nodes and leaves that led to ``root``, oldest first."""
    found, stack = {root}, [root]
    while stack:
        for p, _ in edges(stack.pop()):
            if p is not None and not p.dead and p not in found:
                found.add(p)
                stack.append(p)
    return sorted(found, key=edges.age)


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
    edges = _Edges()
    root, place = edges.resolve(root, x._i)
    names, made, constants = _Names(), {}, {}
    for n in _history(root, edges):
        if n.op is None:
            made.setdefault(n, None)
            continue
        inputs = []
        kept = kept_inputs(n)
        for k, (p, i) in enumerate(edges(n)):
            if p is not None and not p.dead:
                if made[p] is None:
                    made[p] = names.variable("var")
                inputs.append((made[p], i if p.op is not None else 0))
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
    return Symbol([(made[root], place if root.op is not None else 0)])
