"""Shapes and types of a graph from what is known of its inputs, to a fixed point."""
import ast
from operator import index

import numpy as np

from ..base import MXNetError
from ..ops import shapes as _shapes
from . import backwards, types
from .compose import node_params
from .graph import topological

__all__ = ["infer_shapes", "infer_types"]

_TYPES = {-1: None, 0: "float32", 1: "float64", 2: "float16", 3: "uint8", 4: "int32", 5: "int8", 6: "int64", 7: "bool"}


def _known(shape):
    return shape is not None and all(d is not None and d > 0 for d in shape)


def _merge(node, what, old, new):
    """The more exact of two shapes; MXNetError where they contradict."""
    if new is None:
        return old
    new = tuple(int(d) if d else 0 for d in new)
    if old is None or old == ():
        return new
    if len(old) != len(new):
        raise MXNetError(f"{node.name}: {what} has shape {old}, inferred {new}")
    merged = []
    for a, b in zip(old, new):
        if a and b and a != b:
            raise MXNetError(f"{node.name}: {what} has shape {old}, inferred {new}")
        merged.append(a or b)
    return tuple(merged)


def _integers(node, shape):
    try:
        return tuple(int(index(d)) if d is not None else 0 for d in shape)
    except TypeError:
        raise TypeError(f"the shape of {node.name} must be integers, got {shape!r}") from None


def declared_shape(node):
    """The shape that a variable's attributes state, or None."""
    given = node.attrs.get("__shape__") or node.attrs.get("shape") if node.op is None else None
    if not given:
        return None
    try:
        shape = ast.literal_eval(given)
    except (ValueError, SyntaxError):
        return None
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not all(d is None or isinstance(d, int) for d in shape):
        raise MXNetError(f"the declared shape of {node.name} must be integers, got {given[:60]!r}")
    return shape


def infer_shapes(heads, known):
    """``{(node, output): shape}`` for a graph; ``known`` maps variables' names to shapes (0 or None: unknown)."""
    nodes = topological(heads)
    found = {}
    for n in nodes:
        if n.op is None:
            shape, declared = known.get(n.name), declared_shape(n)
            # a shape that is given whole wins over the declared one; otherwise the declared one counts
            shape = declared if declared is not None and not _known(shape) else shape
            found[n, 0] = None if shape is None else _integers(n, shape)
    parsed = {n: node_params(n.op, n.attrs) for n in nodes if n.op is not None}
    for _ in range(len(nodes) + 1):
        changed = False
        for n in nodes:
            if n.op is None:
                continue
            ins = [found.get((m, i)) for m, i in n.inputs]
            ins = [s if s != () else None for s in ins]
            if all(_known(found.get((n, k))) for k in range(n.num_outputs)) and all(map(_known, ins)):
                continue
            try:
                if n.op.shape_rule is _shapes.same:
                    # one shape everywhere, so what is known of the output tells of the inputs
                    *got_in, last = _shapes.unified(*ins, found.get((n, 0)))
                    got_out = [last]
                else:
                    got_in, got_out = _shapes.infer(n.op, ins, parsed[n])
                    outs = [_merge(n, f"output {k}", found.get((n, k)), s) for k, s in enumerate(got_out)]
                    got_in = backwards.inputs_from_outputs(n.op, got_in, outs, parsed[n])
            except (ValueError, IndexError, TypeError, OverflowError, MemoryError, ArithmeticError) as e:
                # rules meet shapes with too few dimensions and other strangers' nonsense
                raise MXNetError(f"operator {n.op.name} ({n.name}): {e}; given shapes {ins}") from None
            for (m, i), s in zip(n.inputs, got_in):
                new = _merge(n, m.name, found.get((m, i)), s)
                changed |= new != found.get((m, i))
                found[m, i] = new
            for k, s in enumerate(got_out):
                new = _merge(n, f"output {k}", found.get((n, k)), s)
                changed |= new != found.get((n, k))
                found[n, k] = new
        if not changed:
            break
    return found


def _declared_type(node):
    given = node.attrs["__dtype__"]
    try:
        return _TYPES[int(given)]
    except (ValueError, KeyError):
        raise MXNetError(f"the declared type of {node.name} must be the number of a type, got {given[:60]!r}") from None


def infer_types(heads, known):
    """``{(node, output): dtype}``; ``known`` maps variables' names to types. Inputs of the common type agree both ways."""
    nodes = topological(heads)
    found = {}
    for n in nodes:
        if n.op is None:
            t = known.get(n.name)
            if t is None and "__dtype__" in n.attrs:
                t = _declared_type(n)
            found[n, 0] = None if t is None else np.dtype(t)
    for _ in range(len(nodes) + 1):
        changed = False
        for n in [*nodes, *reversed(nodes)]:
            if n.op is not None:
                changed |= _types_of(n, found)
        if not changed:
            break
    return found


def _common(n, op, ins):
    """Positions of the inputs that share one type."""
    declared = list(op.inputs)
    while len(declared) < len(ins):
        declared.append(declared[-1])
    return [k for k, i in enumerate(declared[:len(ins)]) if i.common or i.aux]


def _types_of(n, found):
    op, params = n.op, node_params(n.op, n.attrs)
    ins = [found.get(e) for e in n.inputs]
    rule = op.type_rule or types.RULES.get(op.name)
    if rule is not None:
        new_in, outs = rule(*ins, **params)
    else:
        common = _common(n, op, ins)
        named = params.get("dtype") if any(p.name == "dtype" for p in op.params) else None
        given = {ins[k] for k in common if ins[k] is not None}
        if len(given) > 1:
            shown = ", ".join(f"{n.inputs[k][0].name} {ins[k]}" for k in common if ins[k] is not None)
            raise MXNetError(f"operator {op.name} ({n.name}): its inputs must have one type, given {shown}")
        t = given.pop() if given else None
        if t is None and named is None and op.shape_rule is not None:
            t = found.get((n, 0))
        new_in = [t if k in common and ins[k] is None else d for k, d in enumerate(ins)]
        outs = [np.dtype(named) if isinstance(named, str) else t] * n.num_outputs
    changed = False
    for e, d in [*zip(n.inputs, new_in), *(((n, k), d) for k, d in enumerate(outs))]:
        if d is not None and found.get(e) is None:
            found[e] = np.dtype(d)
            changed = True
    return changed
