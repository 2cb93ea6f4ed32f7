"""Operators over sequences of different lengths: SequenceMask, SequenceLast, SequenceReverse.

``data`` has the time on ``axis`` 0 or 1 and the batch on the other; ``sequence_length`` has one entry a sequence.
"""
import numpy as np

from . import functional as F
from .declare import NUMERIC, ZERO, AnyArray, Array, operator
from .indexing import integers
from .params import Shape


def _check(shape, length, use, axis):
    """Whether lengths count; ValueError where data and lengths do not fit."""
    if axis not in (0, 1):
        raise ValueError(f"axis must be 0 or 1, got {axis}")
    if len(shape) < 2:
        raise ValueError(f"data must have at least 2 dimensions, got shape {shape}")
    if not use:
        if length is not None:
            raise ValueError("sequence_length is given, but use_sequence_length is False")
        return False
    if length is None:
        raise ValueError("with use_sequence_length, sequence_length must be given")
    if length != (shape[1 - axis],):
        raise ValueError(f"sequence_length must have one entry a sequence, {(shape[1 - axis],)}, got {length}")
    return True


def _lengths(data, sequence_length, use, axis):
    given = None if sequence_length is None else sequence_length.shape
    return integers(sequence_length, "sequence_length") if _check(data.shape, given, use, axis) else None


def _length_rule(result):
    def rule(data, sequence_length=None, *, use_sequence_length, axis, **_):
        if data is None:
            return (None, sequence_length), (None,)
        wanted = (data[1 - axis],) if use_sequence_length and len(data) > 1 else sequence_length
        _check(data, sequence_length or wanted, use_sequence_length, axis)
        return (data, sequence_length or wanted), (result(data, axis),)
    return rule


@operator("SequenceMask", needs={"sequence_length": lambda p: p["use_sequence_length"]}, dtypes=NUMERIC)
def sequence_mask(data: Array, sequence_length: AnyArray | None = None, *, use_sequence_length: bool = False,
                  value: float = 0.0, axis: int = 0):
    """``value`` in place of all beyond each sequence's length, or a copy unless ``use_sequence_length``."""
    lengths = _lengths(data, sequence_length, use_sequence_length, axis)
    y = data.copy()
    if lengths is not None:
        time = np.arange(data.shape[axis])
        beyond = time[:, None] >= lengths if axis == 0 else time >= lengths[:, None]
        y[beyond] = np.array(value).astype(data.dtype)
    return y


@operator("SequenceLast", needs={"sequence_length": lambda p: p["use_sequence_length"]}, dtypes=NUMERIC)
def sequence_last(data: Array, sequence_length: AnyArray | None = None, *, use_sequence_length: bool = False,
                  axis: int = 0):
    """The last entry of each sequence, by its length or, unless ``use_sequence_length``, that of the time axis."""
    lengths = _lengths(data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return np.take(data, -1, axis)
    return data[_last(data.shape, lengths, axis)]


def _last(shape, lengths, axis):
    if lengths.size and not (1 <= lengths.min() and lengths.max() <= shape[axis]):
        raise ValueError(f"sequence_length must lie between 1 and {shape[axis]}")
    batch = np.arange(shape[1 - axis])
    return (lengths - 1, batch) if axis == 0 else (batch, lengths - 1)


@operator("_backward_SequenceLast", dtypes=NUMERIC)
def backward_sequence_last(data: Array, sequence_length: AnyArray | None = None, *, shape: Shape,
                           use_sequence_length: bool = False, axis: int = 0):
    """Zeros of ``shape`` with ``data`` where the sequences end."""
    y = np.zeros(shape, data.dtype)
    lengths = _lengths(y, sequence_length, use_sequence_length, axis)
    key = (slice(None),) * axis + (-1,) if lengths is None else _last(shape, lengths, axis)
    y[key] = data
    return y


@operator("SequenceReverse", needs={"sequence_length": lambda p: p["use_sequence_length"]}, dtypes=NUMERIC)
def sequence_reverse(data: Array, sequence_length: AnyArray | None = None, *, use_sequence_length: bool = False,
                     axis: int = 0):
    """Each sequence backwards up to its length, what lies beyond staying; or, unless ``use_sequence_length``, all."""
    if axis != 0:
        raise ValueError(f"axis must be 0, got {axis}")
    lengths = _lengths(data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data[::-1].copy()
    if lengths.size and not (0 <= lengths.min() and lengths.max() <= len(data)):
        raise ValueError(f"sequence_length must lie between 0 and {len(data)}")
    time = np.arange(len(data))[:, None]
    return data[np.where(time < lengths, lengths - 1 - time, time), np.arange(data.shape[1])]


sequence_mask.shape_rule = _length_rule(lambda data, axis: data)
sequence_reverse.shape_rule = _length_rule(lambda data, axis: data)
sequence_last.shape_rule = _length_rule(lambda data, axis: data[:axis] + data[axis + 1:])
backward_sequence_last.shape_rule = lambda data, sequence_length, *, shape, **_: ((data, sequence_length), (shape,))
sequence_mask.gradient(data=lambda dy, sequence_length, use_sequence_length, axis: F.SequenceMask(
    dy, sequence_length, use_sequence_length=use_sequence_length, axis=axis), sequence_length=ZERO)
sequence_last.gradient(
    data=lambda dy, sequence_length, data_like, use_sequence_length, axis: F._backward_SequenceLast(
        dy, sequence_length, shape=data_like.shape, use_sequence_length=use_sequence_length, axis=axis),
    sequence_length=ZERO)
backward_sequence_last.gradient(
    data=lambda dy, sequence_length, use_sequence_length, axis: F.SequenceLast(
        dy, sequence_length, use_sequence_length=use_sequence_length, axis=axis), sequence_length=ZERO)
sequence_reverse.gradient(data=lambda dy, sequence_length, use_sequence_length: F.SequenceReverse(
    dy, sequence_length, use_sequence_length=use_sequence_length), sequence_length=ZERO)
