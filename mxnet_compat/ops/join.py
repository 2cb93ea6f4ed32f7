"""Several arrays as one and one as several: Concat, stack, SliceChannel (split), split_v2."""
import numpy as np

from . import functional as F
from . import shapes
from .declare import ALL, Array, operator
from .params import Shape
from .slicing import _along


def _joined(known, dim):
    """The shape of arrays joined along ``dim``; ValueError where they do not fit."""
    first = known[0]
    axis = shapes.normalize_axis(dim, len(first), "dim")
    total = 0
    for k, s in enumerate(known):
        if len(s) != len(first) or s[:axis] != first[:axis] or s[axis + 1:] != first[axis + 1:]:
            raise ValueError(f"all arrays must have one shape but for axis {axis}, "
                             f"array 0 has {first}, array {k} has {s}")
        total += s[axis]
    return first[:axis] + (total,) + first[axis + 1:]


def _join(data, dim):
    if not data:
        raise ValueError("at least one array is needed")
    _joined([a.shape for a in data], dim)
    return np.concatenate(data, dim)


def _join_rule(*data, dim, **_):
    if not data or all(s is not None and all(s) for s in data):
        return data, (_joined(data, dim) if data else None,)
    known = [s for s in data if s is not None]
    if not known:
        return data, (None,)
    # lengths across the axis agree, so what one array tells holds for all
    axis = shapes.normalize_axis(dim, len(known[0]), "dim")
    across = shapes.unified(*(s[:axis] + (0,) + s[axis + 1:] for s in known))[0]
    along = [s[axis] if s is not None else 0 for s in data]
    whole = sum(along) if all(along) else 0
    return ([across[:axis] + (n,) + across[axis + 1:] for n in along],
            (across[:axis] + (whole,) + across[axis + 1:],))


def _join_gradient(dy, data_like, dim, need):
    axis = shapes.normalize_axis(dim, len(dy.shape))
    grads, at = [], 0
    for like, wanted in zip(data_like, need):
        n = like.shape[axis]
        grads.append(_part(dy, axis, at, at + n) if wanted else None)
        at += n
    return grads


def _part(dy, axis, begin, end):
    return F.slice(dy, **_along(axis, begin, end))


@operator("Concat", "concat", "_sparse_concat", key="num_args")
def concat(*data: Array, dim: int = 1):
    """The arrays joined along an existing axis."""
    return _join(data, dim)


@operator("_rnn_param_concat", key="num_args")
def rnn_param_concat(*data: Array, dim: int = 1):
    """As ``Concat``: the parameters of a recurrent layer in one array."""
    return _join(data, dim)


concat.shape_rule = rnn_param_concat.shape_rule = _join_rule
concat.gradient(_join_gradient)
rnn_param_concat.gradient(_join_gradient)


@operator("stack", dtypes=ALL, key="num_args")
def stack(*data: Array, axis: int = 0):
    """The arrays, all of one shape, joined along a new axis."""
    if not data:
        raise ValueError("at least one array is needed")
    _stacked([a.shape for a in data], axis)
    return np.stack(data, axis)


def _stacked(known, axis):
    first = known[0]
    for k, s in enumerate(known):
        if s != first:
            raise ValueError(f"all arrays must have one shape, array 0 has {first}, array {k} has {s}")
    at = shapes.normalize_axis(axis, len(first) + 1)
    return first[:at] + (len(known),) + first[at:]


@stack.shapes
def _(*data, axis, **_):
    known = next((s for s in data if s is not None), None)
    if known is None:
        return data, (None,)
    full = tuple([known if s is None else s for s in data])
    return full, (_stacked(full, axis),)


@stack.gradient
def _(dy, data_like, axis, need):
    shape = data_like[0].shape
    at = shapes.normalize_axis(axis, len(shape) + 1)
    return [F._backward_Reshape(_part(dy, at, k, k + 1), shape=shape) if wanted else None
            for k, wanted in enumerate(need)]


# splitting


def _cuts(n, indices, sections):
    """Where the parts of an axis of length n begin, and n."""
    if sections > 0:
        if n % sections:
            raise ValueError(f"an axis of length {n} cannot be split into {sections} equal parts")
        return list(range(0, n, n // sections)) + [n] if n else [0] * (sections + 1)
    cuts = [*indices, n]
    if not indices or cuts[0] < 0 or any(a > b for a, b in zip(cuts, cuts[1:])):
        raise ValueError(f"indices must rise from 0 or more to at most {n}, got {tuple(indices)}")
    return cuts


def _part_shapes(shape, axis, cuts, squeeze_axis):
    parts = [b - a for a, b in zip(cuts, cuts[1:])]
    if squeeze_axis:
        if set(parts) != {1}:
            raise ValueError(f"squeeze_axis needs parts of length 1, got {parts}")
        return [shape[:axis] + shape[axis + 1:] or (1,)] * len(parts)
    return [shape[:axis] + (n,) + shape[axis + 1:] for n in parts]


def _split(data, axis, cuts, squeeze_axis):
    out = _part_shapes(data.shape, axis, cuts, squeeze_axis)
    before = (slice(None),) * axis
    return [np.array(data[before + (slice(a, b),)], order="C").reshape(s) for a, b, s in zip(cuts, cuts[1:], out)]


def _split_gradient(dys, shape, axis, cuts):
    got = [(k, g) for k, g in enumerate(dys) if g is not None]
    if len(got) == 1:
        k, g = got[0]
        part = F._backward_Reshape(g, shape=shape[:axis] + (cuts[k + 1] - cuts[k],) + shape[axis + 1:])
        return F._backward_slice(part, shape=shape, **_along(axis, cuts[k], cuts[k + 1]))
    if len(got) == len(dys) and not cuts[0]:
        parts = [g if g.ndim == len(shape) else F.expand_dims(g, axis=axis) for g in dys]
        return F.Concat(*parts, dim=axis)
    return F.add_n(*[_split_gradient([None] * k + [g] + [None] * (len(dys) - k - 1), shape, axis, cuts)
                     for k, g in got])


def _channel(shape, num_outputs, axis):
    if num_outputs < 1:
        raise ValueError(f"num_outputs must be at least 1, got {num_outputs}")
    axis = shapes.normalize_axis(axis, len(shape))
    return axis, _cuts(shape[axis], (), num_outputs)


@operator("SliceChannel", "split", outputs=lambda p: p["num_outputs"])
def slice_channel(data: Array, *, num_outputs: int, axis: int = 1, squeeze_axis: bool = False):
    """The array cut into ``num_outputs`` equal parts along an axis; ``squeeze_axis`` drops the axis of length 1."""
    axis, cuts = _channel(data.shape, num_outputs, axis)
    return _split(data, axis, cuts, squeeze_axis)


@slice_channel.shapes
def _(data, *, num_outputs, axis, squeeze_axis):
    if data is None:
        return (None,), (None,) * num_outputs
    axis, cuts = _channel(data, num_outputs, axis)
    return (data,), tuple(_part_shapes(data, axis, cuts, squeeze_axis))


@slice_channel.gradient
def _(dys, data_like, num_outputs, axis, need):
    return [_split_gradient(dys, data_like.shape, *_channel(data_like.shape, num_outputs, axis))]


def _v2(shape, indices, axis, sections):
    axis = shapes.normalize_axis(axis, len(shape))
    return axis, _cuts(shape[axis], indices, sections)


@operator("_split_v2", dtypes=ALL, outputs=lambda p: p["sections"] or len(p["indices"]))
def split_v2(data: Array, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0):
    """The array cut before each of ``indices`` (the first is 0), or into ``sections`` equal parts, along an axis."""
    axis, cuts = _v2(data.shape, indices, axis, sections)
    return _split(data, axis, cuts, squeeze_axis)


@split_v2.shapes
def _(data, *, indices, axis, squeeze_axis, sections):
    if data is None:
        return (None,), (None,) * (sections or len(indices))
    axis, cuts = _v2(data, indices, axis, sections)
    return (data,), tuple(_part_shapes(data, axis, cuts, squeeze_axis))


@split_v2.gradient
def _(dys, data_like, indices, axis, sections, need):
    return [_split_gradient(dys, data_like.shape, *_v2(data_like.shape, indices, axis, sections))]
