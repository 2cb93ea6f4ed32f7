"""numpy's products of more than two axes on buffers: dot, tensordot, einsum, by way of ``matmul``."""
import math

import numpy as np

from .matmul import matmul
from .numpy_api import on, serves
from .reduce import reduce

__all__ = ["dot", "einsum", "tensordot"]


@serves(np.dot)
def dot(a, b, out=None):
    a, b = on(a, b)
    if not a.ndim or not b.ndim:
        y = a * b
    elif b.ndim == 1 or a.ndim == 1 and b.ndim == 2 or a.ndim == b.ndim == 2:
        y = matmul(a, b)
    else:
        y = tensordot(a, b, ((a.ndim - 1,), (b.ndim - 2 if b.ndim > 1 else 0,)))
    if out is None:
        return y
    out[...] = y
    return out


@serves(np.tensordot)
def tensordot(a, b, axes=2):
    a, b = on(a, b)
    if isinstance(axes, (int, np.integer)):
        left, right = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    else:
        left, right = ((v,) if isinstance(v, (int, np.integer)) else tuple(v) for v in axes)
    left, right = [k % a.ndim for k in left], [k % b.ndim for k in right]
    rest_a = [k for k in range(a.ndim) if k not in left]
    rest_b = [k for k in range(b.ndim) if k not in right]
    k = math.prod(a.shape[i] for i in left)
    y = matmul(a.transpose(rest_a + left).reshape(-1, k) if a.size else a.reshape(0, k),
               b.transpose(right + rest_b).reshape(k, -1) if b.size else b.reshape(k, 0))
    return y.reshape([a.shape[i] for i in rest_a] + [b.shape[i] for i in rest_b])


@serves(np.einsum)
def einsum(subscripts, *operands, out=None, **_):
    if out is not None:
        out[...] = einsum(subscripts, *operands)
        return out
    operands = on(*operands)
    left, _, target = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if "." in subscripts:
        terms, target, operands = _spelled(terms, target, operands)
        left = ",".join(terms)
    for i, (x, t) in enumerate(zip(operands, terms)):
        for c in set(t):
            while t.count(c) > 1:
                # an axis named twice is a diagonal, which comes last
                p = t.index(c)
                q = t.index(c, p + 1)
                x = np.diagonal(x, 0, p, q)
                t = t[:p] + t[p + 1:q] + t[q + 1:] + c
        operands[i], terms[i] = x, t
    left = ",".join(terms)
    if len(terms) > 2:
        # from the left, two at a time
        keep = "".join(dict.fromkeys(c for c in terms[0] + terms[1] if c in target or any(c in t for t in terms[2:])))
        y = einsum(f"{terms[0]},{terms[1]}->{keep}", operands[0], operands[1])
        return einsum(",".join([keep, *terms[2:]]) + "->" + target, y, *operands[2:])
    if "->" not in subscripts:
        target = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    if len(operands) == 1:
        return _permuted(*_summed(operands[0], terms[0], target), target)
    (a, b), (s, t) = operands, terms
    a, s = _summed(a, s, t + target)
    b, t = _summed(b, t, s + target)
    batch = [c for c in s if c in t and c in target]
    inner = [c for c in s if c in t and c not in target]
    rows, columns = [c for c in s if c not in t], [c for c in t if c not in s]
    size = {**dict(zip(s, a.shape)), **dict(zip(t, b.shape))}
    a = a.transpose([s.index(c) for c in batch + rows + inner])
    b = b.transpose([t.index(c) for c in batch + inner + columns])

    def length(names):
        return math.prod(size[c] for c in names)
    y = matmul(a.reshape(length(batch), length(rows), length(inner)), b.reshape(length(batch), length(inner), length(columns)))
    return _permuted(y.reshape([size[c] for c in batch + rows + columns]), "".join(batch + rows + columns), target)


def _spelled(terms, target, operands):
    """The terms with letters in the place of their dots."""
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in "".join(terms) + target]
    most = max((x.ndim - len(t) + 3 for x, t in zip(operands, terms) if "..." in t), default=0)
    letters = "".join(free[:most])
    spelled = [t.replace("...", letters[most - (x.ndim - len(t) + 3):]) for x, t in zip(operands, terms)]
    return spelled, target.replace("...", letters), operands


def _summed(x, names, wanted):
    gone = tuple(k for k, c in enumerate(names) if c not in wanted)
    return (reduce("sum", x, gone), "".join(c for c in names if c in wanted)) if gone else (x, names)


def _permuted(x, names, target):
    return x.transpose([names.index(c) for c in target]) if names != target else x
