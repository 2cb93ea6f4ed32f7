"""The backward executor: walks nodes newest first, calls gradient rules, adds up, writes gradient buffers.

It knows operators only through ``vjp(node, dys, need, create_graph)`` and never touches a buffer: sums over broadcast
axes, zeros and copies are operators or the backend's. The walk is a heap on sequence numbers, so chains of any length
neither recurse nor need sorting first.
"""
from heapq import heappop, heappush

from ..backend import dispatch
from ..backend.dispatch import accumulate, assign, ones
from ..base import MXNetError
from ..ops import functional as F
from .tape import Leaf, state

__all__ = ["backward", "gradients"]

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
    """Call the rules of one node that lead to wanted nodes, and hand the gradients on."""
    parents, op, shapes = node.parents, node.op, node.shapes
    need = [p is not None and p in wanted for p in parents]
    for i, g in enumerate(op.vjp(node, dys, need, create_graph)):
        if g is not None:
            if g.shape != shapes[i]:
                g = _fit(op, i, g, shapes[i])
            if parents[i].dead:
                raise MXNetError(_NOT_RECORDED)
            _put(grads, heap, parents[i], node.index[i], g)


def _start(heads, head_grads, wanted, grads, heap):
    """Put the head gradients on the heads' nodes (ones where there is none); the gradients used."""
    used = []
    for h, dy in zip(heads, head_grads):
        if dy is None:
            dy = ones(h)
        elif dy.shape != h.shape:
            dy = dispatch.reinterpret(dy, h)
        used.append(dy)
        node = h._node
        if wanted is None or node in wanted:
            if node.outs is None and node not in grads:
                grads[node] = dy
                heappush(heap, (-node.seq, node))
            else:
                _put(grads, heap, node, h._i, dy)
    return used


def _check(heads):
    for h in heads:
        n = h._node
        if n is None or n.dead:
            raise MXNetError(_NOT_RECORDED)
    if not heads:
        raise MXNetError("backward: there are no heads")


def backward(heads, head_grads, retain_graph=False, train_mode=True):
    """Fill the gradient buffers of all leaves that ``heads`` depend on, by their requests."""
    heap, walked = [], []
    # in a chain only one node waits at a time; it stays out of the heap
    waiting = None
    if len(heads) == 1 and (head := heads[0])._node is not None and head._node.outs is None and not head._node.dead:
        dy, waiting = head_grads[0], head._node
        if dy is None:
            dy = ones(head)
        elif dy.shape != head.shape:
            dy = dispatch.reinterpret(dy, head)
        grads = {waiting: dy}
    else:
        _check(heads)
        grads = {}
        _start(heads, head_grads, None, grads, heap)
    was = state.recording, state.training, state.filling
    if was[0]:
        state.recording = False
    state.training, state.filling = train_mode, set()
    if retain_graph:
        kept, state.retain = state.retain, True
    try:
        while True:
            if waiting is not None and (not heap or waiting.seq > -heap[0][0]):
                node, waiting = waiting, None
            elif heap:
                node = heappop(heap)[1]
            else:
                break
            dys = grads.pop(node)
            if type(node) is Leaf:
                if node.req == 3:
                    accumulate(node.grad, dys)
                else:
                    assign(node.grad, dys)
                node.fresh = True
                continue
            parents, op, shapes = node.parents, node.op, node.shapes
            need = [p is not None for p in parents] if None in parents else (True,) * len(parents)
            i = 0
            for g in op.vjp(node, dys, need, False):
                if g is not None:
                    if g.shape != shapes[i]:
                        g = _fit(op, i, g, shapes[i])
                    p = parents[i]
                    if p.dead:
                        raise MXNetError(_NOT_RECORDED)
                    if p.outs is not None:
                        _put(grads, heap, p, node.index[i], g)
                    elif p in grads:
                        grads[p] = grads[p] + g
                    else:
                        grads[p] = g
                        if waiting is None:
                            waiting = p
                        else:
                            heappush(heap, (-p.seq, p))
                i += 1
            if not retain_graph:
                walked.append(node)
                node.saved = None
    finally:
        if was[0]:
            state.recording = True
        state.training, state.filling = was[1:]
        if retain_graph:
            state.retain = kept
        for node in walked:
            node.free()


def gradients(heads, head_grads, variables, retain_graph=False, create_graph=False, train_mode=True, reached=True):
    """Gradients of ``heads`` for ``variables`` as new arrays; no buffer is written.

    Variables are leaves, or arrays anywhere in the graph, where the walk then stops. With ``reached``, a variable that no
    head depends on is an error. Recording state is restored on every way out.
    """
    _check(heads)
    targets = [v._node for v in variables]
    wanted, complete = _leads_to(heads, targets)
    if reached and not complete:
        raise MXNetError("grad: the heads do not depend on one of the variables")
    found = dict.fromkeys(targets)
    grads, heap, walked = {}, [], []
    used = _start(heads, head_grads, wanted, grads, heap)
    was = state.recording, state.training, state.retain, state.filling
    state.recording, state.training, state.retain, state.filling = create_graph, train_mode, state.retain or retain_graph, None
    try:
        while heap:
            node = heappop(heap)[1]
            dys = grads.pop(node)
            if node in found:
                found[node] = dys
            else:
                _step(node, dys, wanted, create_graph, grads, heap)
                walked.append(node)
        return _own([_result(found[t], v, create_graph) for t, v in zip(targets, variables)], used)
    finally:
        state.recording, state.training, state.retain, state.filling = was
        if not retain_graph:
            for node in walked:
                node.free()


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
