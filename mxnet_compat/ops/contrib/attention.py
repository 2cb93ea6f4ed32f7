"""Attention on interleaved projections, as transformers of the one-layer-for-all kind lay them out.

A projection has shape (length, batch, heads * parts * depth): head by head the query, key and value (or key and value)
vectors one after another. Scores have shape (batch * heads, queries, keys).
"""
import numpy as np

from .. import functional as F
from ..declare import FLOAT, Array, operator


def _check(name, a, heads, parts):
    if a.ndim != 3 or a.shape[2] % (heads * parts):
        raise ValueError(f"{name} must have the shape (length, batch, a multiple of {heads * parts}), got {a.shape}")


def _check_scores(attention, length, batch, heads, square):
    if attention.ndim != 3 or attention.shape[0] != batch * heads or attention.shape[2] != length or (
            square and attention.shape[1] != length):
        raise ValueError(f"attention must have the shape ({batch * heads}, {length if square else 'queries'}, "
                         f"{length}), got {attention.shape}")


def _views(a, heads, parts):
    """Views (batch * heads, length, depth) of the parts of a projection."""
    length, batch, width = a.shape
    x = a.reshape(length, batch * heads, parts, width // (heads * parts))
    return [x[:, :, k].transpose(1, 0, 2) for k in range(parts)]


def _scale(width, heads, parts):
    return 1 / np.sqrt(width / (heads * parts))


def _scores(q, k, scale):
    return np.matmul(q * q.dtype.type(scale), k.transpose(0, 2, 1))


def _weighed(attention, v, batch, heads):
    """(queries, batch, heads * depth): values summed by their weights."""
    out = np.empty((attention.shape[1], batch * heads, v.shape[2]), v.dtype)
    np.matmul(attention, v, out=out.transpose(1, 0, 2))
    return out.reshape(len(out), batch, -1)


@operator("_contrib_interleaved_matmul_selfatt_qk", dtypes=FLOAT)
def selfatt_qk(queries_keys_values: Array, *, heads: int):
    """Scaled scores (batch * heads, length, length) of queries against keys, from one projection of three parts."""
    _check("queries_keys_values", queries_keys_values, heads, 3)
    q, k, _ = _views(queries_keys_values, heads, 3)
    return _scores(q, k, _scale(queries_keys_values.shape[2], heads, 3))


@operator("_contrib_interleaved_matmul_selfatt_valatt", dtypes=FLOAT)
def selfatt_valatt(queries_keys_values: Array, attention: Array, *, heads: int):
    """Values of a projection of three parts, summed by ``attention``: (length, batch, heads * depth)."""
    _check("queries_keys_values", queries_keys_values, heads, 3)
    length, batch, _ = queries_keys_values.shape
    _check_scores(attention, length, batch, heads, True)
    return _weighed(attention, _views(queries_keys_values, heads, 3)[2], batch, heads)


@operator("_contrib_interleaved_matmul_encdec_qk", dtypes=FLOAT)
def encdec_qk(queries: Array, keys_values: Array, *, heads: int):
    """Scaled scores (batch * heads, queries, keys) of queries against the keys of a projection of two parts."""
    _check("queries", queries, heads, 1)
    _check("keys_values", keys_values, heads, 2)
    if keys_values.shape[1:] != (queries.shape[1], queries.shape[2] * 2):
        raise ValueError(f"keys_values must have the shape (length, {queries.shape[1]}, {queries.shape[2] * 2}), got "
                         f"{keys_values.shape}")
    return _scores(_views(queries, heads, 1)[0], _views(keys_values, heads, 2)[0], _scale(queries.shape[2], heads, 1))


@operator("_contrib_interleaved_matmul_encdec_valatt", dtypes=FLOAT)
def encdec_valatt(keys_values: Array, attention: Array, *, heads: int):
    """Values of a projection of two parts, summed by ``attention``: (queries, batch, heads * depth)."""
    _check("keys_values", keys_values, heads, 2)
    length, batch, _ = keys_values.shape
    _check_scores(attention, length, batch, heads, False)
    return _weighed(attention, _views(keys_values, heads, 2)[1], batch, heads)


# gradients, in operators

def _split(x, heads, parts):
    """The parts of a projection as (batch * heads, length, depth)."""
    length, batch, width = x.shape
    x = F.reshape(x, shape=(length, batch * heads, width // heads))
    found = F.SliceChannel(x, num_outputs=parts, axis=2) if parts > 1 else [x]
    return [F.transpose(p, axes=(1, 0, 2)) for p in found]


def _join(parts, batch):
    """A projection of parts (batch * heads, length, depth); None stands for zeros."""
    some = next(p for p in parts if p is not None)
    x = F.stack(*[F.zeros_like(some) if p is None else p for p in parts], axis=2)
    return F.reshape(F.transpose(x, axes=(1, 0, 2, 3)), shape=(some.shape[1], batch, -1))


@selfatt_qk.gradient
def _(dy, queries_keys_values, heads, need):
    x = queries_keys_values
    q, k, _ = _split(x, heads, 3)
    dy = dy * _scale(x.shape[2], heads, 3)
    return {"queries_keys_values": _join([F.batch_dot(dy, k), F.batch_dot(dy, q, transpose_a=True), None], x.shape[1])}


@encdec_qk.gradient
def _(dy, queries, keys_values, heads, need):
    batch = queries.shape[1]
    dy = dy * _scale(queries.shape[2], heads, 1)
    found = {}
    if need[0]:
        found["queries"] = _join([F.batch_dot(dy, _split(keys_values, heads, 2)[0])], batch)
    if need[1]:
        dk = F.batch_dot(dy, _split(queries, heads, 1)[0], transpose_a=True)
        found["keys_values"] = _join([dk, None], batch)
    return found


def _valatt_gradient(name, parts):
    def rule(dy, x, attention, heads, need):
        found = {}
        dy = _split(dy, heads, 1)[0]
        if need[0]:
            dv = F.batch_dot(attention, dy, transpose_a=True)
            found[name] = _join([None] * (parts - 1) + [dv], x.shape[1])
        if need[1]:
            found["attention"] = F.batch_dot(dy, _split(x, heads, parts)[-1], transpose_b=True)
        return found
    return rule


_selfatt, _encdec = _valatt_gradient("queries_keys_values", 3), _valatt_gradient("keys_values", 2)
selfatt_valatt.gradient(lambda dy, queries_keys_values, attention, heads, need: _selfatt(
    dy, queries_keys_values, attention, heads, need))
encdec_valatt.gradient(lambda dy, keys_values, attention, heads, need: _encdec(dy, keys_values, attention, heads, need))


@selfatt_qk.shapes
def _(x, *, heads):
    return (x,), (None if x is None else (x[1] * heads, x[0], x[0]),)


@encdec_qk.shapes
def _(q, kv, *, heads):
    return (q, kv), (None if q is None or kv is None else (q[1] * heads, q[0], kv[0]),)


@selfatt_valatt.shapes
def _(x, attention, *, heads):
    return ((x, attention if x is None else (x[1] * heads, x[0], x[0])),
            (None if x is None else (x[0], x[1], x[2] // 3),))


@encdec_valatt.shapes
def _(x, attention, *, heads):
    return (x, attention), (None if x is None or attention is None else (attention[1], x[1], x[2] // 2),)
