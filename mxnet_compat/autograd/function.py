"""``Function``: an operation whose forward and backward are the user's Python."""
from ..backend import dispatch
from ..base import MXNetError
from ..ndarray.core import NDArray, array_of
from ..state import state
from . import tape

__all__ = ["Function"]


class _CallOperator:
    """What the executor sees of one call of a Function: the same attributes as a declared operator."""
    broadcasts = False

    def __init__(self, function, count):
        self.function = function
        self.name = type(function).__name__
        self.input_names = tuple(f"input{i}" for i in range(count))

    def vjp(self, node, dys, need, create_graph):
        # they are the user's to change, and a default head gradient is shared
        dys = [dispatch.zeros(s, d, node.ctx) if g is None else dispatch.unshared(g) for g, (s, d) in zip(dys, node.outs)]
        was = state.recording
        state.recording = False
        try:
            grads = self.function.backward(*dys)
        except MXNetError:
            raise
        except Exception as e:
            raise MXNetError(f"{self.name}.backward raised {type(e).__name__}: {e}") from e
        finally:
            state.recording = was
        grads = list(grads) if isinstance(grads, (list, tuple)) else [grads]
        if len(grads) != len(self.input_names):
            raise MXNetError(f"{self.name}.backward returned {len(grads)} gradients for {len(self.input_names)} inputs")
        for g in grads:
            if g is not None and not isinstance(g, NDArray):
                raise MXNetError(f"{self.name}.backward must return arrays or None, not {type(g).__name__}")
        grads = [g if n else None for g, n in zip(grads, need)]
        if create_graph:
            grads = [None if g is None else _once(self, node, g) for g in grads]
        return grads


class _Once:
    """The gradient of a Function in a graph of gradients: what its Python computed cannot be differentiated again."""
    broadcasts = False
    input_names = ("input",)

    def __init__(self, name):
        self.name = name

    def vjp(self, node, dys, need, create_graph):
        raise MXNetError(f"the gradient of the Function {self.name} cannot be differentiated again; state its "
                         "computation in operators instead")


def _once(call, node, g):
    n = tape.Node()
    n.op, n.seq, n.dead = _Once(call.name), next(tape.seq), False
    n.params = n.saved = ()
    n.parents, n.index, n.shapes = node.parents, node.index, node.shapes
    n.ctx, n.outs = g._ctx, None
    r = array_of(g._a, g._ctx)
    r._node = n
    return r


class Function:
    """An operation with its own gradient. Subclasses define ``forward(*inputs)`` and ``backward(*output_grads)``.

    ``forward`` runs unrecorded and returns one array or several; ``backward`` gets a gradient for each output and returns
    one for each input (None: no gradient).
    """

    _bwd_functions = None
    _fwd_functions = None

    def __init__(self):
        self._used = False
        self._saved = ()

    def save_for_backward(self, *args):
        """Keep arrays for ``backward``, where they are ``self.saved_tensors``."""
        self._saved = args

    @property
    def saved_tensors(self):
        """What ``save_for_backward`` was given."""
        return self._saved

    def __call__(self, *inputs):
        if getattr(self, "_used", False):
            raise AssertionError("each Function instance can be called once; make another one")
        self._used = True
        was = state.recording
        state.recording = False
        try:
            outputs = self.forward(*inputs)
        finally:
            state.recording = was
        if not was:
            return outputs
        results = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        arrays = [x for x in inputs if isinstance(x, NDArray)]
        if any(r is x for r in results for x in arrays):
            raise MXNetError(f"{type(self).__name__}.forward returned one of its inputs; return a copy of it")
        results = [array_of(r._a, r._ctx) for r in results]
        self._record(arrays, results)
        return type(outputs)(results) if isinstance(outputs, (list, tuple)) else results[0]

    def _record(self, inputs, outputs):
        parents = [None if x._node is None or x._node.dead else x._node for x in inputs]
        if not any(p is not None for p in parents):
            return
        n = tape.Node()
        n.op, n.seq, n.dead = _CallOperator(self, len(inputs)), next(tape.seq), False
        n.params = n.saved = ()
        n.parents, n.index = tuple(parents), tuple(x._i for x in inputs)
        n.shapes = tuple(x.shape for x in inputs)
        n.ctx = outputs[0]._ctx
        n.outs = tuple((o.shape, o._a.dtype) for o in outputs)
        for i, o in enumerate(outputs):
            o._node, o._i = n, i

    def forward(self, *inputs):
        """Compute the outputs; to be defined."""
        raise NotImplementedError("a Function defines forward")

    def backward(self, *output_grads):
        """Compute the inputs' gradients from the outputs'; to be defined."""
        raise NotImplementedError("a Function defines backward")
