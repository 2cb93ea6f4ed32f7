"""Shapes: the codes of ``reshape``, axis lists, broadcasting, and inference for any operator.

Rules state shapes as tuples, with 0 or None for an unknown dimension and None for an unknown shape. An operator without a
rule of its own is inferred by running its body on arrays that take no memory.
"""
import numpy as np

__all__ = ["Misfit", "axes", "broadcast", "infer", "normalize_axis", "reduced", "reshape", "same", "unified"]


def normalize_axis(axis, ndim, what="axis"):
    """A non-negative axis; ValueError when it is out of range."""
    if not -ndim <= axis < ndim:
        raise ValueError(f"{what} {axis} is out of range for an array of {ndim} dimensions")
    return axis % ndim


def axes(axis, ndim, exclude=False):
    """The reduced axes as a sorted tuple; None and () mean all."""
    if not axis:
        return () if exclude and axis == () and ndim == 0 else tuple(range(ndim))
    if len(axis) == 1 and not exclude:
        return (normalize_axis(axis[0], ndim),)
    picked = {normalize_axis(a, ndim) for a in axis}
    if len(picked) < len(axis):
        raise ValueError(f"axes {tuple(axis)} name one twice")
    if exclude:
        picked = set(range(ndim)) - picked
    return tuple(sorted(picked))


def reduced(shape, axis, keepdims=False):
    """The shape after a reduction over normalized axes."""
    if keepdims:
        return tuple(1 if i in axis else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axis)


class Misfit(ValueError):
    """The codes are well formed, but the number of elements leaves no whole length for -1."""


def reshape(shape, target, reverse=False):
    """The shape that MXNet's reshape codes give: 0 copy, -1 infer, -2 the rest, -3 merge two, -4 split in two.

    ValueError where the codes do not fit.
    """
    if reverse:
        # the codes are read backwards as they stand: the two lengths of a split come before its -4
        return tuple(_reshape(shape[::-1], target[::-1]))[::-1]
    return tuple(_reshape(shape, target))


def _reshape(shape, target):
    out, src, i, infer = [], 0, 0, None
    while i < len(target):
        code = target[i]
        if code > 0:
            out.append(code)
            src += 1
        elif code == 0:
            if src >= len(shape):
                raise ValueError(f"reshape: 0 at position {i} has no dimension to copy from {shape}")
            out.append(shape[src])
            src += 1
        elif code == -1:
            if infer is not None:
                raise ValueError("reshape: only one dimension can be -1")
            infer = len(out)
            out.append(1)
            src += 1
        elif code == -2:
            out += shape[src:]
            src = len(shape)
        elif code == -3:
            if src + 1 >= len(shape):
                raise ValueError(f"reshape: -3 at position {i} needs two dimensions of {shape}")
            out.append(shape[src] * shape[src + 1])
            src += 2
        elif code == -4:
            if src >= len(shape) or i + 2 >= len(target):
                raise ValueError(f"reshape: -4 at position {i} needs a dimension of {shape} and two lengths")
            a, b = target[i + 1], target[i + 2]
            d = shape[src]
            if a == -1 and b == -1:
                raise ValueError("reshape: only one of the two lengths after -4 can be -1")
            a = d // b if a == -1 else a
            b = d // a if b == -1 else b
            if a * b != d:
                raise ValueError(f"reshape: a dimension of {d} does not split into {a} and {b}")
            out += [a, b]
            src += 1
            i += 2
        else:
            raise ValueError(f"reshape: {code} is no code")
        i += 1
    size = int(np.prod(shape, dtype=np.int64))
    if infer is not None:
        rest = int(np.prod(out, dtype=np.int64))
        if rest == 0 or size % rest:
            raise Misfit(f"reshape: {shape} does not fit {tuple(target)}")
        out[infer] = size // rest
    return out


def broadcast(*shapes):
    """The common shape of arrays that broadcast; ValueError if they do not."""
    return np.broadcast_shapes(*shapes)


def same(*shapes, **_):
    """Rule of elementwise operators: every input and the output have one shape."""
    shapes = unified(*shapes)
    return shapes, shapes[:1]


def unified(*shapes):
    """As many copies of the one shape that all agree on, dimension by dimension; 0 and None are unknown."""
    known = [s for s in shapes if s is not None]
    if not known:
        return (None,) * len(shapes)
    if len({len(s) for s in known}) > 1:
        raise ValueError(f"shapes differ in their number of dimensions: {', '.join(map(str, known))}")
    merged = []
    for dims in zip(*known):
        sizes = {d for d in dims if d}
        if len(sizes) > 1:
            raise ValueError(f"shapes contradict each other: {', '.join(map(str, known))}")
        merged.append(sizes.pop() if sizes else 0)
    return (tuple(merged),) * len(shapes)


def _ghost(shape, dtype, written=False):
    """An array that takes no memory, of a value that most operators accept; a real one where the operator writes."""
    return np.full(shape, 0.5, dtype) if written else np.broadcast_to(np.full((), 0.5, dtype), shape)


def infer(op, shapes, params, dtypes=None):
    """``(input shapes, output shapes)`` completed from what is known; outputs are None where inputs are missing.

    ``params`` are parsed. Raises ValueError where shapes contradict the operator.
    """
    shapes = [None if s is None else tuple(s) for s in shapes]
    if op.shape_rule is not None:
        ins, outs = op.shape_rule(*shapes, **params)
        return list(ins), list(outs)
    if any(s is None or any(not d or d < 0 for d in s) for s in shapes):
        return shapes, [None] * op.num_outputs(params)
    declared = [*op.inputs, *[op.inputs[-1]] * (len(shapes) - len(op.inputs))] if op.inputs else []
    ghosts = [_ghost(s, dtypes[k] if dtypes and dtypes[k] else "float32", declared[k].aux) for k, s in enumerate(shapes)]
    extra = {}
    if "training" in op.injected:
        extra["training"] = False
    if "rng" in op.injected:
        extra["rng"] = np.random.Generator(np.random.Philox(0))
    if "out" in op.injected:
        extra["out"] = None
    with np.errstate(all="ignore"):
        y = op.body(*ghosts, **params, **extra)
    return shapes, [np.shape(a) for a in (y if isinstance(y, (tuple, list)) else (y,))]
