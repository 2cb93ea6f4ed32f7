"""The recorder: per-thread state, leaves (marked variables) and nodes (recorded calls).

A node holds the *buffers* of outputs that its gradient needs, never the output arrays, so that there are no cycles and
everything is freed as soon as the last reference goes. Which arrays are kept is decided by the operator's gradient rules
(see ``ops/render.py``); nothing here knows an operator or numpy.
"""
import itertools

from ..state import state

__all__ = ["Leaf", "Like", "Node", "seq", "state"]


#: Nodes and leaves are numbered in the order in which they come to be; the backward walk goes down these numbers.
seq = itertools.count(1)

REQUESTS = {"null": 0, "write": 1, "add": 3}


class Leaf:
    """A marked variable: its gradient buffer and how to fill it (``req``: 0 null, 1 write, 3 add).

    One that wants no gradient is ``dead`` from the start: it takes no part in a graph.
    """
    __slots__ = ("__weakref__", "dead", "fresh", "grad", "req", "seq")
    parents = ()
    op = outs = None

    def __init__(self, grad, req):
        self.grad, self.req, self.fresh, self.dead = grad, req, False, not req
        self.seq = next(seq)


class Node:
    """A recorded call.

    ``parents`` and ``index``: per input, the node (or leaf, or None) and output number it comes from; ``saved``: what the
    gradient rules asked for; ``params``: parsed parameters; ``shapes``: of the inputs; ``outs``: (shape, dtype) of the
    outputs where there are several. ``dead`` once the walk has passed without ``retain_graph``.
    """
    __slots__ = ("__weakref__", "ctx", "dead", "index", "op", "outs", "params", "parents", "saved", "seq", "shapes")

    def free(self):
        """Drop all that the node keeps."""
        self.dead = True
        # the op too: for a Function it is the call itself, with all that forward saved
        self.op = self.saved = self.parents = self.index = self.params = self.shapes = None


class Like:
    """Shape, dtype and context of an array that is not kept itself."""
    __slots__ = ("context", "dtype", "shape")

    def __init__(self, shape, dtype, context):
        self.shape, self.dtype, self.context = shape, dtype, context
