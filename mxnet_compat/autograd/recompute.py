"""Gradients of gradients for fused operators: the operator is recorded anew as a composition, which differentiates freely.

A fused backward kernel is fast but has no rule of its own; its operator's joint rule calls ``gradients`` when the walk is
itself recorded, that is under ``create_graph``.
"""
from ..ops import functional as F
from ..state import state
from . import executor

__all__ = ["gradients"]


def gradients(compose, inputs, dys, need):
    """Gradients for ``inputs`` (None where not needed) of the outputs ``compose(*inputs)``, weighted by ``dys``.

    The results depend on inputs and ``dys`` through the graph. ``compose`` returns an array or a list of arrays.
    """
    # copies have places of their own on the tape, so that the walk stops there, even if one array comes in twice
    fresh = [F._copy(x) if n else x for x, n in zip(inputs, need)]
    heads = compose(*fresh)
    heads = heads if isinstance(heads, (list, tuple)) else [heads]
    pairs = [(h, dy) for h, dy in zip(heads, dys) if dy is not None and h._node is not None]
    targets = [x for x, n in zip(fresh, need) if n]
    if not pairs:
        found = [F.zeros_like(t) for t in targets]
    else:
        found = executor.gradients([h for h, _ in pairs], [dy for _, dy in pairs], targets, True, True, state.training,
                                   reached=False)
    found = iter(found)
    return [next(found) if n else None for n in need]
