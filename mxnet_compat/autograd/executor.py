"""The backward executor: walks nodes newest first, calls gradient rules, adds up, writes gradient buffers.

It knows operators only through ``vjp(node, dys, need, create_graph)`` and never touches a buffer: sums over broadcast
axes, zeros and copies are operators or the backend's. The walk is a heap on sequence numbers, so chains of any length
neither recurse nor need sorting first.
"""
from heapq import heappop, heappush

from ..backend import dispatch
from ..base import MXNetError
from ..ops import functional as F
from .tape import Leaf, state

__all__ = ["run"]

_NOT_RECORDED = ("cannot differentiate: the array is not in a recorded graph. It was computed outside "
                 "autograd.record(), leads to no array with attach_grad(), or its graph was freed by an earlier "
                 "backward without retain_graph=True")


def _leads_to(heads, targets):
    """The nodes between ``heads`` and the nodes ``targets``, both included; (nodes, whether all targets were met)."""
    wanted = set(targets)
    seen, order, stack = set(), [], [h._node for h in heads]
    while stack:
        n = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        order.append(n)
        if n not in wanted:
            stack.extend([p for p in n.parents if p is not None and not p.dead])
    complete = wanted <= seen
    for n in sorted(order, key=lambda n: n.seq):
        if any(p in wanted for p in n.parents):
            wanted.add(n)
    return wanted, complete


def _put(grads, heap, node, i, g):
    """Add ``g`` to what has arrived for output ``i`` of ``node``."""
    got = grads.get(node)
    if got is None:
        heappush(heap, (-node.seq, node))
        if node.outs is not None:
            got = [None] * len(node.outs)
            got[i] = g
            g = got
        grads[node] = g
    elif type(got) is list:
        got[i] = g if got[i] is None else got[i] + g
    else:
        grads[node] = got + g


def _fit(op, i, g, shape):
    """Sum a gradient over the axes along which its input was broadcast."""
    if not op.broadcasts:
        names = op.input_names
        raise MXNetError(f"operator {op.name}: the gradient of {names[min(i, len(names) - 1)]} has shape "
                         f"{g.shape}, the input {shape}")
    return F._sum_to(g, shape=shape)


def _step(node, dys, wanted, create_graph, grads, heap):
    """Call the rules of one node and hand the gradients on."""
    parents, op = node.parents, node.op
    if wanted is None:
        need = [p is not None for p in parents]
    else:
        need = [p is not None and p in wanted for p in parents]
    i = 0
    shapes, index = node.shapes, node.index
    for g in op.vjp(node, dys, need, create_graph):
        if g is not None:
            if g.shape != shapes[i]:
                g = _fit(op, i, g, shapes[i])
            p = parents[i]
            if p.dead:
                raise MXNetError(_NOT_RECORDED)
            if p in grads or p.outs is not None:
                _put(grads, heap, p, index[i], g)
            else:
                heappush(heap, (-p.seq, p))
                grads[p] = g
        i += 1


def run(heads, head_grads, retain_graph=False, create_graph=False, train_mode=True, variables=None, reached=True):
    """Backward from ``heads``.

    With ``variables`` (leaves, or arrays anywhere in the graph, where the walk then stops) their gradients are returned as
    new arrays and no buffer is written; else gradient buffers of all leaves reached are filled by their requests. With
    ``reached``, a variable that no head depends on is an error. Recording state is restored on every way out.
    """
    wanted = None
    if not heads:
        raise MXNetError("backward: there are no heads")
    for h in heads:
        n = h._node
        if n is None or n.dead:
            raise MXNetError(_NOT_RECORDED)
    if variables is not None:
        leaves = [v._node for v in variables]
        wanted, complete = _leads_to(heads, leaves)
        if reached and not complete:
            raise MXNetError("grad: the heads do not depend on one of the variables")
        found = dict.fromkeys(leaves)
    grads, heap, walked = {}, [], []
    was = state.recording, state.training
    state.recording, state.training = create_graph, train_mode
    try:
        head_grads = [dispatch.ones(h) if dy is None else dy for h, dy in zip(heads, head_grads)]
        for h, dy in zip(heads, head_grads):
            if dy.shape != h.shape:
                dy = dispatch.reinterpret(dy, h)
            if wanted is None or h._node in wanted:
                _put(grads, heap, h._node, h._i, dy)
        while heap:
            node = heappop(heap)[1]
            dys = grads.pop(node)
            if wanted is not None:
                if node in found:
                    found[node] = dys
                    continue
            elif type(node) is Leaf:
                if node.req:
                    _write(node, dys)
                continue
            _step(node, dys, wanted, create_graph, grads, heap)
            if not retain_graph:
                walked.append(node)
                if wanted is None:
                    node.saved = None
        if variables is not None:
            results = _own([_result(found[leaf], v, create_graph) for leaf, v in zip(leaves, variables)], head_grads)
    finally:
        state.recording, state.training = was
        if not retain_graph:
            for node in walked:
                node.free()
    return None if variables is None else results


def _result(g, variable, create_graph):
    """The gradient for one variable; zeros where nothing arrived."""
    if g is None:
        g = dispatch.zeros(variable.shape, variable._a.dtype, variable._ctx)
    if create_graph and g._node is None:
        # a constant gradient can be differentiated again all the same, and gives zeros
        g = F._identity_with_attr_like_rhs(g, variable)
    return g


def _own(results, head_grads):
    """Results as arrays of their own: rules may hand a gradient on as it is, to several inputs even."""
    taken = {id(g) for g in head_grads}
    for k, r in enumerate(results):
        if id(r) in taken or type(r._node) is Leaf:
            results[k] = r = dispatch.duplicate(r)
        taken.add(id(r))
    return results


def _write(leaf, g):
    if leaf.req == 3:
        dispatch.accumulate(leaf.grad, g)
    else:
        dispatch.assign(leaf.grad, g)
    leaf.fresh = True
