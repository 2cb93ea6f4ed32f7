"""``foreach``, ``while_loop`` and ``cond`` of ``mx.nd.contrib``: plain Python loops, so gradients come from the tape.

The forms of ``mx.sym.contrib`` are in ``symbol/control_flow.py``.
"""
import numpy as np

from ..state import state
from .core import NDArray

__all__ = ["cond", "filled", "foreach", "regroup", "stacked", "while_loop"]


def _flatten(x, what):
    """The arrays of a nested list or tuple, in order; AssertionError where there is something else."""
    if isinstance(x, NDArray):
        return [x]
    if not isinstance(x, (list, tuple)):
        raise AssertionError(f"{what} must be an NDArray or a (nested) list of NDArrays, got {x!r} of type "
                             f"{type(x).__name__}")
    return [a for part in x for a in _flatten(part, what)]


def _map(function, x):
    """``x`` with every array replaced by the function's result."""
    return [_map(function, part) for part in x] if isinstance(x, (list, tuple)) else function(x)


def regroup(arrays, like):
    """Take arrays off an iterator, nested as ``like`` is."""
    return _map(lambda _: next(arrays), like)


def stacked(steps):
    """Lists of outputs by step as one array an output, with the steps as first axis."""
    from . import op
    return [op.stack(*column, axis=0) for column in zip(*steps)]


def foreach(body, data, init_states):
    """Run ``body`` over the first axis of ``data``; returns (outputs, last states).

    ``body(slices, states)`` returns (outputs, new states). Data, states and outputs are arrays or nested lists of them;
    each output is stacked over the steps. A loop without steps is a ValueError, what is no array an AssertionError.
    """
    flat = _flatten(data, "foreach: data")
    _flatten(init_states, "foreach: init_states")
    steps, states = len(flat[0]), init_states
    if not steps:
        raise ValueError("foreach: data has no slices, so that the outputs are unknown")
    found, parts = [], [_slices(a, steps) for a in flat]
    for i in range(steps):
        outputs, states = body(regroup(iter([p[i] for p in parts]), data), states)
        found.append(_flatten(outputs, "foreach: the output of body"))
    return regroup(iter(stacked(found)), outputs), states


def _slices(a, steps):
    """What gives the slices of an array by number: all at once where gradients may be wanted of them, which then are joined
    once and not added up."""
    if state.recording and a.stype == "default" and a.ndim > 1 and a.shape[0] == steps > 1:
        from . import op
        return op.SliceChannel(a, num_outputs=steps, axis=0, squeeze_axis=True)
    return a


def _scalar(x, kind, what):
    """The value of a condition or limit as a Python scalar, from an array of one element or anything that converts."""
    if isinstance(x, NDArray):
        x = x.asscalar()
    try:
        return kind(x)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be a scalar, got {x!r}") from None


def while_loop(cond, func, loop_vars, max_iterations=None):
    """Run ``func`` while ``cond`` holds, at most ``max_iterations`` times; returns (outputs, last loop variables).

    Both are called with the loop variables; ``func`` returns (outputs, new loop variables). Each output is stacked over
    the steps and filled up with zeros to ``max_iterations``; without any step there are no outputs. ValueError where
    ``max_iterations`` is missing, there are no loop variables, or ``func`` changes their number.
    """
    if max_iterations is None:
        raise ValueError("while_loop: max_iterations must be given")
    limit = _scalar(max_iterations, int, "while_loop: max_iterations")
    single = isinstance(loop_vars, NDArray)
    if not single and not len(loop_vars):
        raise ValueError("while_loop: loop_vars must hold one array or more")
    variables, outputs, found = [loop_vars] if single else list(loop_vars), [], []
    count = len(variables)
    while len(found) < limit and _scalar(cond(*variables), bool, "while_loop: the result of cond"):
        outputs, new = func(*variables)
        outputs = [] if outputs is None else outputs
        new = [] if new is None else new if isinstance(new, (list, tuple)) else [new]
        _flatten(new, "while_loop: the new loop_vars of func")
        if len(new) != count:
            raise ValueError(f"while_loop: func returned {len(new)} loop_vars, there are {count}")
        found.append(_flatten(outputs, "while_loop: the output of func"))
        variables = list(new)
    columns = iter([filled(a, limit) for a in stacked(found)])
    return (regroup(columns, outputs) if found else []), (variables[0] if single else variables)


def filled(a, length):
    """``a`` with rows of zeros added up to ``length``."""
    from . import creation, op
    if a.shape[0] == length:
        return a
    rest = creation.zeros((length - a.shape[0], *a.shape[1:]), a.context, np.dtype(a.dtype).name)
    return op.concat(a, rest, dim=0)


def cond(pred, then_func, else_func):
    """The result of ``then_func()`` where ``pred``, an array of one element or a scalar, holds, else of ``else_func()``.

    ValueError where ``pred`` has several elements.
    """
    return then_func() if _scalar(pred, bool, "cond: pred") else else_func()
