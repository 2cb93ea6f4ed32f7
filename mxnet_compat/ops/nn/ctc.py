"""``CTCLoss``: the connectionist temporal classification loss, over a whole batch at once in log space.

The states of a sample are blank, label, blank, label, ..., blank: 2 L + 1 of them. Both passes go once through time
with arrays over batch and states.
"""
import functools
from typing import Literal

import numpy as np

from ...state import state
from .. import functional as F
from ..declare import FLOAT, NONE, ZERO, Array, operator
from .softmax_kernels import log_softmax

_NEVER = -1e30  # the logarithm of 0, finite so that differences stay numbers


def _log_sum(*terms):
    top = functools.reduce(np.maximum, terms)
    total = np.exp(terms[0] - top)
    for t in terms[1:]:
        total += np.exp(t - top)
    return np.log(total, out=total) + top


class _Problem:
    """The batch in float64: log probabilities of each state at each time, lengths, and which steps are allowed."""

    def __init__(self, data, label, data_lengths, label_lengths, blank_label):
        steps, batch, classes = data.shape
        self.blank = 0 if blank_label == "first" else classes - 1
        label = label.astype(np.int64)
        width = label.shape[1]
        padding = label == (0 if blank_label == "first" else -1)
        if label_lengths is None:
            lengths = np.where(padding.any(1), padding.argmax(1), width)
        else:
            lengths = np.clip(label_lengths.astype(np.int64), 0, width)
        self.times = np.full(batch, steps) if data_lengths is None else np.clip(data_lengths.astype(np.int64), 0, steps)
        used = np.arange(width) < lengths[:, None]
        if ((label < 0) | (label >= classes))[used].any():
            raise ValueError(f"label holds class numbers outside of 0 to {classes - 1}")
        self.states = np.full((batch, 2 * width + 1), self.blank)
        self.states[:, 1::2] = np.where(used, label, self.blank)
        place = np.arange(2 * width + 1)
        self.last = 2 * lengths
        self.valid = place <= self.last[:, None]
        # a label may follow the one before it without a blank if it is another
        self.skips = np.zeros(self.states.shape, bool)
        self.skips[:, 3::2] = (self.states[:, 3::2] != self.states[:, 1:-2:2]) & used[:, 1:]
        self.log_p = log_softmax(data.astype(np.float64), 2)

    def emitted(self, t):
        """Log probabilities of the states' classes at time t, with those beyond the label excluded."""
        return np.where(self.valid, np.take_along_axis(self.log_p[t], self.states, 1), _NEVER)

    def forward(self):
        """Log probabilities of all paths into each state, (T, N, S)."""
        steps = len(self.log_p)
        alpha = np.empty((steps, *self.states.shape))
        shifted = np.full((2, *self.states.shape), _NEVER)
        for t in range(steps):
            e = self.emitted(t)
            if t == 0:
                alpha[0] = np.where(np.arange(e.shape[1]) < 2, e, _NEVER)
                continue
            a = alpha[t - 1]
            shifted[0, :, 1:] = a[:, :-1]
            shifted[1, :, 2:] = np.where(self.skips[:, 2:], a[:, :-2], _NEVER)
            alpha[t] = np.maximum(_log_sum(a, *shifted) + e, _NEVER)
        return alpha

    def total(self, alpha):
        """The log probability of each sample's label."""
        rows = np.arange(len(self.last))
        final = alpha[self.times - 1, rows] if len(alpha) else np.full(self.states.shape, _NEVER)
        ends = final[rows, self.last]
        before = np.where(self.last > 0, final[rows, np.maximum(self.last - 1, 0)], _NEVER)
        return np.where(self.times > 0, _log_sum(ends, before), _NEVER)

    def loss(self):
        """The loss of each sample; 0 where no path fits."""
        total = self.total(self.forward())
        return np.where(total <= _NEVER / 2, 0.0, -total)

    def gradient(self):
        """The gradient of each sample's loss, (T, N, C); 0 where no path fits or time is over."""
        alpha = self.forward()
        total = self.total(alpha)
        steps, batch, classes = self.log_p.shape
        grad = np.exp(self.log_p)
        flat = np.arange(batch)[:, None] * classes + self.states
        end = (np.arange(self.states.shape[1]) >= self.last[:, None] - 1) & self.valid
        shifted = np.full((2, *self.states.shape), _NEVER)
        skips = np.zeros_like(self.skips)
        skips[:, :-2] = self.skips[:, 2:]
        beta = np.full(self.states.shape, _NEVER)
        for t in range(steps - 1, -1, -1):
            # beta: paths from each state to the end, without what is emitted now
            if t < steps - 1:
                b = beta + self.emitted(t + 1)
                shifted[0, :, :-1] = b[:, 1:]
                shifted[1, :, :-2] = np.where(skips[:, :-2], b[:, 2:], _NEVER)
                beta = np.maximum(_log_sum(b, *shifted), _NEVER)
            beta = np.where((self.times == t + 1)[:, None], np.where(end, 0.0, _NEVER), beta)
            share = np.exp(np.minimum(alpha[t] + beta - total[:, None], 1.0))
            grad[t] -= np.bincount(flat.ravel(), share.ravel(), batch * classes).reshape(batch, classes)
        over = np.arange(steps)[:, None] >= self.times
        grad[over | (total <= _NEVER / 2)] = 0
        return grad


def _lengths(first, second, use_data_lengths, use_label_lengths):
    """The two inputs of lengths: a single one, given by position, is the one that is used."""
    return (None, first) if use_label_lengths and not use_data_lengths and second is None else (first, second)


def _check(data, label, data_lengths, label_lengths, use_data_lengths, use_label_lengths):
    if data.ndim != 3 or label.ndim != 2 or label.shape[0] != data.shape[1]:
        raise ValueError(f"data must be (T, N, C) and label (N, L), got {data.shape} and {label.shape}")
    if label.shape[1] > data.shape[0]:
        raise ValueError(f"label has {label.shape[1]} entries, more than the {data.shape[0]} steps of data")
    for name, given, used in (("data_lengths", data_lengths, use_data_lengths),
                              ("label_lengths", label_lengths, use_label_lengths)):
        if (given is not None) != used:
            raise ValueError(f"use_{name}={used} takes {'a' if used else 'no'} {name}")
        if used and given.shape != (data.shape[1],):
            raise ValueError(f"{name} must have shape {(data.shape[1],)}, got {given.shape}")


@operator("CTCLoss", "ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss", output_names=("output0",), dtypes=FLOAT,
          needs={"data_lengths": lambda p: p["use_data_lengths"], "label_lengths": lambda p: p["use_label_lengths"]})
def ctc_loss(data: Array, label: Array, data_lengths: Array | None = None, label_lengths: Array | None = None, *,
             use_data_lengths: bool = False, use_label_lengths: bool = False,
             blank_label: Literal["first", "last"] = "first"):
    """Minus the log probability that the softmax of ``data`` (T, N, C) emits ``label`` (N, L), of shape (N,).

    The blank is class 0 and labels end at a 0, or with ``blank_label="last"`` class C - 1 and at a -1, unless
    ``label_lengths`` (N,) says where; ``data_lengths`` (N,) are the steps that count. Where no path fits, loss and
    gradient are 0. MXNetError for classes that data does not have.
    """
    data_lengths, label_lengths = _lengths(data_lengths, label_lengths, use_data_lengths, use_label_lengths)
    _check(data, label, data_lengths, label_lengths, use_data_lengths, use_label_lengths)
    return _Problem(data, label, data_lengths, label_lengths, blank_label).loss().astype(data.dtype)


@ctc_loss.shapes
def _(data, label, *lengths, **_):
    if data is None:
        return (data, label, *lengths), (None,)
    n = data[1:2]
    return (data, label, *[n if s is None else s for s in lengths]), (n,)


@operator("_backward_CTCLoss", dtypes=FLOAT)
def backward_ctc_loss(head: Array, data: Array, label: Array, data_lengths: Array | None = None,
                      label_lengths: Array | None = None, *, blank_label: Literal["first", "last"]):
    """The gradient of ``CTCLoss`` with respect to its data."""
    problem = _Problem(data, label, data_lengths, label_lengths, blank_label)
    return (problem.gradient() * head[:, None]).astype(data.dtype)


backward_ctc_loss.gradient(
    head=lambda dy, head, data, label, data_lengths, label_lengths, blank_label: F.sum(
        dy * F._backward_CTCLoss(F.ones_like(head), data, label, data_lengths, label_lengths, blank_label=blank_label),
        axis=(0, 2)),
    data=NONE, label=ZERO, data_lengths=ZERO, label_lengths=ZERO)
ctc_loss.gradient(label=ZERO, data_lengths=ZERO, label_lengths=ZERO)


@ctc_loss.gradient
def _(dy, data, label, data_lengths, label_lengths, use_data_lengths, use_label_lengths, blank_label, need):
    if not need[0]:
        return {}
    data_lengths, label_lengths = _lengths(data_lengths, label_lengths, use_data_lengths, use_label_lengths)
    if state.recording:
        from ...autograd.recompute import gradients
        found = gradients(lambda x: _compose(x, label, data_lengths, label_lengths, blank_label), [data], [dy], [True])
        return {"data": found[0]}
    return {"data": F._backward_CTCLoss(dy, data, label, data_lengths, label_lengths, blank_label=blank_label)}


# the same in operators, for gradients of gradients

def _constant(values, like):
    from ...ndarray.creation import array
    return array(values, ctx=like.context, dtype=like.dtype)


def _log_sum_of(terms):
    top = F.BlockGrad(F.max(terms, axis=0))
    return F.log(F.sum(F.exp(F.broadcast_sub(terms, F.expand_dims(top, axis=0))), axis=0)) + top


def _compose(data, label, data_lengths, label_lengths, blank_label):
    lengths = [None if v is None else v.asnumpy() for v in (data_lengths, label_lengths)]
    problem = _Problem(data.asnumpy(), label.asnumpy(), *lengths, blank_label)
    steps, batch, classes = data.shape
    never = _constant(np.where(problem.valid, 0, _NEVER), data)
    pick = _constant(np.eye(classes)[problem.states], data)
    log_p = F.transpose(F.log_softmax(data, axis=2), axes=(1, 2, 0))
    emitted = F.batch_dot(pick, log_p)
    no_skip = _constant(np.where(problem.skips, 0, _NEVER), data)
    states = problem.states.shape[1]
    first = _constant(np.where(np.arange(states) < 2, 0, _NEVER) + np.zeros((batch, 1)), data)
    edge = _constant(np.full((batch, 2), _NEVER), data)
    end = np.zeros(problem.states.shape, bool)
    end[np.arange(batch), problem.last] = end[np.arange(batch), np.maximum(problem.last - 1, 0)] = True
    end = _constant(np.where(end, 0, _NEVER), data)
    possible = problem.total(problem.forward()) > _NEVER / 2
    alpha, total = None, F.sum(data, axis=(0, 2)) * 0
    for t in range(steps):
        e = F.slice_axis(emitted, axis=2, begin=t, end=t + 1).reshape((batch, states)) + never
        if alpha is None:
            alpha = e + first
        else:
            padded = F.Concat(edge, alpha, dim=1)
            one = F.slice_axis(padded, axis=1, begin=1, end=states + 1)
            two = F.slice_axis(padded, axis=1, begin=0, end=states) + no_skip
            alpha = F._maximum_scalar(_log_sum_of(F.stack(alpha, one, two, axis=0)) + e, scalar=_NEVER)
        if (problem.times == t + 1).any():
            ends = _log_sum_of(F.transpose(alpha + end))
            total = total + ends * _constant(possible & (problem.times == t + 1), data)
    return -total
