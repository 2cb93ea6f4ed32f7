"""Nested arguments and results of blocks: what is in them, and flat lists with a format from which they come back.

A format is 0 for an array or a symbol of one output, ``n`` for a symbol of ``n`` outputs, -1 for None, and a list of
formats for a list or tuple.
"""
from ..ndarray import NDArray
from ..symbol import Symbol

__all__ = ["flatten", "leaves", "regroup", "shapes", "tensors"]


def leaves(nested):
    """All that is in nested lists and tuples, in order."""
    for x in nested:
        if isinstance(x, (list, tuple)):
            yield from leaves(x)
        else:
            yield x


def tensors(args):
    """(whether symbols, list of contexts in order of appearance) of the inputs of a block.

    ValueError where there is neither array nor symbol, or both.
    """
    found = [x for x in leaves(args) if isinstance(x, (NDArray, Symbol))]
    if not found:
        raise ValueError("a HybridBlock takes NDArrays or Symbols (nested in lists, if need be), and there is none among its "
                         f"inputs: {', '.join(type(a).__name__ for a in args) or 'nothing was given'}")
    symbolic = isinstance(found[0], Symbol)
    if any(isinstance(x, Symbol) != symbolic for x in found):
        raise ValueError("a HybridBlock takes either NDArrays or Symbols, not both at once")
    return symbolic, None if symbolic else list(dict.fromkeys(x._ctx for x in found))


def flatten(nested, what):
    """(flat list, format) of arrays, symbols and None; ``what`` is ``'input'`` or ``'output'``, for the ValueError."""
    if isinstance(nested, NDArray):
        return [nested], 0
    if isinstance(nested, Symbol):
        n = len(nested)
        return [nested], n if n > 1 else 0
    if nested is None:
        return [None], -1
    if not isinstance(nested, (list, tuple)):
        raise ValueError(f"a hybridized block takes and gives arrays in (nested) lists; its {what} has a "
                         f"{type(nested).__name__}: {nested!r:.100}")
    flat, fmt = [], []
    for x in nested:
        part, f = flatten(x, what)
        flat += part
        fmt.append(f)
    return flat, fmt


def regroup(flat, fmt):
    """What the flat list and the format stand for; tuples come back as lists."""
    return _build(iter(flat), fmt)


def _build(flat, f):
    # no closure that calls itself: such a cycle would keep the arrays until the garbage collector comes
    if isinstance(f, list):
        return [_build(flat, g) for g in f]
    if f > 1:
        return [next(flat) for _ in range(f)]
    return next(flat)


def shapes(nested):
    """The shapes of arrays in the same nesting; other things as they are."""
    if isinstance(nested, NDArray):
        return nested.shape
    if isinstance(nested, (list, tuple)):
        return [shapes(x) for x in nested]
    return nested
