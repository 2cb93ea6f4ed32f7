"""The nodes of a symbolic graph and walks over them, all iterative so that depth does not matter."""

__all__ = ["GraphNode", "topological", "without_casts"]


#: Operators whose outputs have numbers in their names though there is one, or none though MXNet counts more.
_NUMBERED = {"SliceChannel": lambda attrs: True, "topk": lambda attrs: attrs.get("ret_typ") in ("value", "both")}


class GraphNode:
    """A variable (``op`` is None) or a call of an operator with attributes as text."""
    __slots__ = ("attrs", "inputs", "name", "num_outputs", "num_visible", "op")

    def __init__(self, op, name, attrs=None, inputs=(), num_outputs=1, num_visible=1):
        self.op, self.name, self.attrs, self.inputs = op, name, attrs or {}, list(inputs)
        self.num_outputs, self.num_visible = num_outputs, num_visible

    def output_name(self, i):
        """What output ``i`` is called."""
        if self.op is None:
            return self.name
        names = getattr(self.op, "output_names", None)
        numbered = _NUMBERED.get(self.op.name)
        if names:
            return f"{self.name}_{names[i]}"
        # counted are all outputs, those that are not seen too
        several = self.num_outputs > 1 if numbered is None else numbered(self.attrs)
        return f"{self.name}_output" + (str(i) if several else "")

    def aux_inputs(self):
        """Positions of the inputs that the operator changes in place."""
        if self.op is None:
            return ()
        return tuple(k for k, i in enumerate(getattr(self.op, "inputs", ())) if i.aux)


def topological(heads):
    """The nodes that ``heads`` (pairs of node and output number) need, each after its inputs, first inputs first."""
    order, seen = [], set()
    for head, _ in heads:
        stack = [(head, 0)]
        while stack:
            node, k = stack.pop()
            if k == 0:
                if node in seen:
                    continue
                seen.add(node)
            if k < len(node.inputs):
                stack.append((node, k + 1))
                child = node.inputs[k][0]
                if child not in seen:
                    stack.append((child, 0))
            else:
                order.append(node)
    return order


def without_casts(heads):
    """The heads of the same graph without the casts of mixed precision between nodes; those that are heads stay."""
    nodes = topological(heads)
    if not any(n.op is not None and n.op.name in ("amp_cast", "amp_multicast") for n in nodes):
        return heads
    new = {}

    def source(e):
        while e[0].op is not None and e[0].op.name in ("amp_cast", "amp_multicast"):
            e = e[0].inputs[0 if e[0].op.name == "amp_cast" else e[1]]
        return new[e[0]], e[1]
    for n in nodes:
        new[n] = GraphNode(n.op, n.name, n.attrs, [source(e) for e in n.inputs], n.num_outputs, n.num_visible)
    return [(new[n], i) for n, i in heads]
