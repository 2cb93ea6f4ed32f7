"""``mx.contrib.autograd``: the first autograd API of MXNet, kept for scripts older than 0.12.

One switch turns recording and training on together here. Everything is expressed through ``mxnet_compat.autograd``,
which is where recording, marking and the backward pass live.
"""

import functools

from .. import autograd as _autograd
from .. import ndarray as _ndarray
from ..ndarray import NDArray

__all__ = [
    "TrainingStateScope",
    "backward",
    "compute_gradient",
    "grad",
    "grad_and_loss",
    "mark_variables",
    "set_is_training",
    "test_section",
    "train_section",
]


def set_is_training(is_train):
    """Turn recording and training on or off together, for this thread.

    Returns
    -------
    bool
        Whether this thread was recording before (not whether it was training).
    """
    _autograd.set_training(is_train)
    return _autograd.set_recording(is_train)


class TrainingStateScope:
    """Context manager that holds recording and training at ``enter_state`` and gives nothing to ``as``."""

    def __init__(self, enter_state):
        self._enter_state = enter_state
        self._previous = None

    def __enter__(self):
        self._previous = set_is_training(self._enter_state)

    def __exit__(self, ptype, value, trace):
        # A scope that changed nothing restores nothing: what its body switched stays switched, as in MXNet.
        if self._previous != self._enter_state:
            set_is_training(self._previous)


def train_section():
    """Scope in which operators are recorded and run in training mode.

    >>> import mxnet as mx
    >>> with mx.contrib.autograd.train_section():
    ...     mx.autograd.is_recording(), mx.autograd.is_training()
    (True, True)
    """
    return TrainingStateScope(True)


def test_section():
    """Scope in which nothing is recorded and operators run in prediction mode, also inside a :func:`train_section`."""
    return TrainingStateScope(False)


test_section.__test__ = False  # its name would make a test runner collect it wherever it is imported


def mark_variables(variables, gradients, grad_reqs="write"):
    """Make ``variables`` leaves whose gradients are put into ``gradients``.

    Parameters
    ----------
    variables, gradients : list of NDArray
        Pairwise of one shape and dtype.
    grad_reqs : str or list of str
        ``"write"``, ``"add"`` or ``"null"``; one for all, or one each. Another word is a ``KeyError``.
    """
    _autograd.mark_variables(variables, gradients, grad_reqs)


def backward(outputs, out_grads=None, retain_graph=False):
    """Run the backward pass from ``outputs`` into the marked variables.

    Parameters
    ----------
    outputs : list or tuple of NDArray
        A single array is an ``AssertionError`` in this API.
    out_grads : list or tuple of (NDArray or None), optional
        One a head; ``None`` stands for ones. Another length is an ``AssertionError``.
    retain_graph : bool
        Keep the graph for another pass. Without it a second pass raises ``MXNetError``.
    """
    assert isinstance(outputs, (list, tuple)), (
        f"backward: outputs must be a list or tuple of NDArray, got {type(outputs).__name__}"
    )
    if out_grads is not None:
        assert isinstance(out_grads, (list, tuple)) and len(out_grads) == len(outputs), (
            f"backward: out_grads must be a list or tuple of {len(outputs)}, one an output, got {out_grads!r}"
        )
        out_grads = list(out_grads)
    _autograd.backward(list(outputs), out_grads, retain_graph)


def compute_gradient(outputs):
    """Run the backward pass from ``outputs`` with head gradients of ones; the graph is not kept."""
    backward(outputs)


def _chosen(args, argnum):
    if argnum is None:
        return list(args)
    return [args[i] for i in (argnum if isinstance(argnum, list) else [argnum])]


def grad_and_loss(func, argnum=None):
    """Wrap ``func`` so that it returns the gradients of its positional arguments together with its result.

    Parameters
    ----------
    func : callable
        Takes arrays (and anything else that ``argnum`` leaves out); returns an NDArray, or a list or tuple of them.
    argnum : int or list of int, optional
        Which arguments to differentiate by, and in which order; all by default.

    Returns
    -------
    callable
        ``(*args) -> (list of NDArray, result)``. The arguments come out marked: ``arg.grad`` is the gradient too. An
        argument to differentiate by that is no NDArray is an ``AssertionError``.
    """

    @functools.wraps(func)
    def wrapped(*args):
        variables = _chosen(args, argnum)
        for variable in variables:
            assert isinstance(variable, NDArray), (
                f"grad_and_loss: can differentiate by NDArray arguments only, got {type(variable).__name__}"
            )
        gradients = [_ndarray.zeros_like(variable) for variable in variables]
        mark_variables(variables, gradients)
        with train_section():
            result = func(*args)
        compute_gradient([result] if isinstance(result, NDArray) else result)
        return gradients, result

    return wrapped


def grad(func, argnum=None):
    """Wrap ``func`` so that it returns the list of gradients alone; the rest is as in :func:`grad_and_loss`."""
    with_loss = grad_and_loss(func, argnum)

    @functools.wraps(with_loss)
    def wrapped(*args):
        return with_loss(*args)[0]

    return wrapped
