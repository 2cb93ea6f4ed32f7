"""Gradients of operators as executors show them to a monitor: under the names ``<node>_backward_output<k>``."""
from .autograd import pause
from .ndarray import zeros

__all__ = ["watch"]

#: Operators whose gradient is that of the output itself, so that MXNet has no node for it, or that have none.
_PASSED_ON = frozenset("""elemwise_add _grad_add _copy identity BlockGrad _NoGradient ElementWiseSum
                       add_n _identity_with_attr_like_rhs""".split())
_NAMED = {"MakeLoss": "data", "make_loss": "data"}


class _Watched:
    """An operator on the tape that hands the gradients of its inputs to a callback as well."""

    def __init__(self, op, node, callback):
        self.op, self.callback = op, callback
        count = len(node.inputs) - len(node.aux_inputs())
        names = [_NAMED[op.name]] if op.name in _NAMED else ["output"] if count == 1 else [f"output{k}" for k in range(count)]
        self.names = [f"{node.name}_backward_{n}" for n in names]

    def __getattr__(self, name):
        return getattr(self.op, name)

    def vjp(self, node, dys, need, create_graph):
        grads = list(self.op.vjp(node, dys, need, create_graph))
        with pause():
            for k, name in enumerate(self.names):
                g = grads[k] if k < len(grads) else None
                self.callback(name, zeros(node.shapes[k], ctx=node.ctx) if g is None else g.detach())
        return grads


def watch(node, result, inputs, callback):
    """Let ``callback(name, array)`` see the gradients of the call of graph node ``node`` that gave ``result``."""
    recorded = result._node
    if recorded is None or node.op.name in _PASSED_ON or any(recorded is x._node for x in inputs):
        return
    # an operator that is recorded as several has no node of its own
    if recorded.op is node.op:
        recorded.op = _Watched(recorded.op, node, callback)
