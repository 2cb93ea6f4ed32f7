"""Automatic differentiation: recording scopes, marked variables, ``backward`` and ``grad``, custom functions.

The recorder is in ``tape.py``, the walk in ``executor.py``, ``Function`` in ``function.py``. State is per thread.
"""
from ..base import MXNetError
from ..state import state
from . import tape

__all__ = ["Function", "backward", "get_symbol", "grad", "is_recording", "is_training", "mark_variables", "pause",
           "predict_mode", "record", "set_recording", "set_training", "train_mode"]


def set_recording(is_recording):
    """Switch recording on or off; returns what it was."""
    was, state.recording = state.recording, bool(is_recording)
    return was


def set_training(train_mode):
    """Switch training mode on or off; returns what it was."""
    was, state.training = state.training, bool(train_mode)
    return was


def is_recording():
    """Whether this thread records."""
    return state.recording


def is_training():
    """Whether this thread is in training mode."""
    return state.training


class _RecordingStateScope:
    """A scope that sets recording and training (None: leaves as it is) and restores both on every way out."""
    __slots__ = ("_record", "_train", "_was")

    def __init__(self, is_record, train_mode):
        self._record, self._train = is_record, train_mode
        self._was = None

    def __enter__(self):
        # linked to what it was before, since one scope object may be entered again while it is open
        self._was = state.recording, state.training, self._was
        if self._record is not None:
            state.recording = self._record
        if self._train is not None:
            state.training = self._train

    def __exit__(self, ptype, value, trace):
        recording, training, self._was = self._was
        if self._record is not None:
            state.recording = recording
        if self._train is not None:
            state.training = training


def record(train_mode=True):
    """Scope in which operators are recorded, in training mode unless told otherwise."""
    return _RecordingStateScope(True, train_mode)


def pause(train_mode=False):
    """Scope in which nothing is recorded."""
    return _RecordingStateScope(False, train_mode)


def train_mode():
    """Scope in training mode; recording stays as it is."""
    return _RecordingStateScope(None, True)


def predict_mode():
    """Scope in inference mode; recording stays as it is."""
    return _RecordingStateScope(None, False)


_GRAD_REQ_MAP = dict(tape.REQUESTS)


def _mark(array, gradient, req):
    array._node, array._i = tape.Leaf(gradient, req), 0


def attach(array, grad_req, stype=None):
    """``NDArray.attach_grad``."""
    req = tape.REQUESTS[grad_req]
    stype = array.stype if stype is None else stype
    if stype != "default":
        from ..ndarray import sparse
        gradient = sparse.zeros(stype, array.shape, ctx=array._ctx, dtype=array.dtype)
    else:
        a = array._a
        gradient = dispatch.zeros(a.shape, a.dtype, array._ctx)
    array._node = tape.Leaf(gradient, req)
    array._i = 0


def mark_variables(variables, gradients, grad_reqs="write"):
    """Mark arrays as variables with these gradient buffers; ``grad_reqs`` is one request or one a variable."""
    if isinstance(variables, NDArray):
        assert isinstance(gradients, NDArray), "mark_variables: one variable takes one gradient array"
        variables, gradients = [variables], [gradients]
    reqs = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else list(grad_reqs)
    for v, g, r in zip(variables, gradients, reqs, strict=True):
        code = tape.REQUESTS[r]
        if code and g.shape != v.shape:
            raise MXNetError(f"mark_variables: the gradient has shape {g.shape}, the variable {v.shape}")
        _mark(v, g, code)


def _parse_heads(heads, head_grads):
    if isinstance(heads, (list, tuple)):
        heads = list(heads)
        if head_grads is None:
            head_grads = [None] * len(heads)
        assert isinstance(head_grads, (list, tuple)) and len(head_grads) == len(heads), \
            f"{len(heads)} heads need as many head gradients"
    else:
        assert not isinstance(head_grads, (list, tuple)) or len(head_grads) == 1, "one head needs one head gradient"
        heads = [heads]
        head_grads = list(head_grads) if isinstance(head_grads, (list, tuple)) else [head_grads]
    for h in heads:
        assert isinstance(h, NDArray), f"a head must be an NDArray, got {type(h).__name__}"
    for g in head_grads:
        assert g is None or isinstance(g, NDArray), f"a head gradient must be an NDArray or None, got {type(g).__name__}"
    return heads, head_grads


def backward(heads, head_grads=None, retain_graph=False, train_mode=True):
    """Gradients of ``heads`` with respect to all marked variables, into their buffers.

    A head gradient that is None counts as ones. Raises MXNetError for a head that is not on the tape; the graph is freed
    unless ``retain_graph``.
    """
    heads, head_grads = _parse_heads(heads, head_grads)
    executor.backward(heads, head_grads, retain_graph, train_mode)


def grad(heads, variables, head_grads=None, retain_graph=None, create_graph=False, train_mode=True):
    """Gradients of ``heads`` with respect to ``variables`` as new arrays; buffers are left alone.

    With ``create_graph`` the gradients can be differentiated again. Raises MXNetError for an unmarked variable.
    """
    heads, head_grads = _parse_heads(heads, head_grads)
    if not isinstance(variables, (list, tuple)):
        variables = [variables]
    if not variables:
        raise AssertionError("grad needs at least one variable")
    for v in variables:
        assert isinstance(v, NDArray), f"a variable must be an NDArray, got {type(v).__name__}"
        if type(v._node) is not tape.Leaf or v._node.dead:
            raise MXNetError("grad: a variable is not marked, or wants no gradient; call attach_grad() on it before "
                             "recording")
    retain = create_graph if retain_graph is None else retain_graph
    return executor.gradients(heads, head_grads, variables, retain, create_graph, train_mode)


def get_symbol(x):
    """The recorded history of ``x`` as a Symbol."""
    from ..symbol.trace import from_tape
    assert isinstance(x, NDArray), f"get_symbol takes an NDArray, not {type(x).__name__}"
    return from_tape(x)


# the array class needs this module and the executor the array class, so these come last
from ..ndarray.core import NDArray  # noqa: E402, I001
from . import executor  # noqa: E402
from ..backend import dispatch  # noqa: E402
from .function import Function  # noqa: E402
