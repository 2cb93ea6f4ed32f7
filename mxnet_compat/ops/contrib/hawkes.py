"""Log likelihood of marked self-exciting (Hawkes) processes with exponential decay, step by step over the batch.

A fused backward serves first order; gradients of gradients come from the composition at the end of this file.
"""
import numpy as np

from ...state import state as _state
from .. import functional as F
from ..declare import FLOAT, NONE, ZERO, AnyArray, Array, operator


def _check(lda, alpha, beta, state, lags, marks, valid_length, max_time):
    if lda.ndim != 2 or lags.ndim != 2:
        raise ValueError(f"lda and lags must have two dimensions, got {lda.shape} and {lags.shape}")
    n, k = lda.shape
    t = lags.shape[1]
    wanted = {"alpha": (alpha, (k,)), "beta": (beta, (k,)), "state": (state, (n, k)), "lags": (lags, (n, t)),
              "marks": (marks, (n, t)), "valid_length": (valid_length, (n,)), "max_time": (max_time, (n,))}
    for name, (a, shape) in wanted.items():
        if a.shape != shape:
            raise ValueError(f"{name} must have the shape {shape}, got {a.shape}")
    if marks.dtype != np.int32:
        raise ValueError(f"marks must be int32, got {marks.dtype}")
    there = np.arange(marks.shape[1]) < valid_length[:, None]
    if marks.size and not ((marks[there] >= 0) & (marks[there] < k)).all():
        raise ValueError(f"marks must be between 0 and {k - 1}")


def _walk(lda, alpha, beta, state, lags, marks, valid_length, max_time):
    """(likelihoods, decayed states, what backward wants): events in turn, each for all samples that still have one."""
    t, last, s = np.zeros_like(max_time), np.zeros_like(lda), state.copy()
    ll = np.zeros(len(lda), lda.dtype)
    steps = []
    for j in range(lags.shape[1]):
        at = np.flatnonzero(j < valid_length)
        if not at.size:
            break
        m = marks[at, j]
        t[at] += lags[at, j]
        d = t[at] - last[at, m]
        e = np.exp(-beta[m] * d)
        before = s[at, m]
        rate = lda[at, m] + alpha[m] * beta[m] * before * e
        ll[at] += np.log(rate) - lda[at, m] * d - alpha[m] * before * (1 - e)
        s[at, m] = 1 + before * e
        last[at, m] = t[at]
        steps.append((at, m, d, e, before, rate))
    d = max_time[:, None] - last
    e = np.exp(-beta * d)
    ll -= (lda * d + alpha * s * (1 - e)).sum(1)
    return ll, e * s, (steps, d, e, s)


@operator("_contrib_hawkesll", output_names=("output", "out_state"), dtypes=FLOAT, outputs=2)
def hawkesll(lda: Array, alpha: Array, beta: Array, state: Array, lags: Array, marks: AnyArray, valid_length: Array,
             max_time: Array):
    """Log likelihoods (n,) of the first ``valid_length`` events of n sequences, and the state (n, k) at ``max_time``.

    ``lda`` (n, k) are background rates of the k kinds, ``alpha``, ``beta`` (k,) excitation and decay, ``state`` (n, k)
    what earlier events left, ``lags`` (n, t) the times between events, ``marks`` (n, t, int32) their kinds. Gradients
    are those of the likelihoods for ``lda``, ``alpha`` and ``beta``; none pass through the states, as in MXNet.
    """
    _check(lda, alpha, beta, state, lags, marks, valid_length, max_time)
    return _walk(lda, alpha, beta, state, lags, marks, valid_length, max_time)[:2]


hawkesll.shape_rule = lambda lda, *rest: ((lda, *rest), (None if lda is None else lda[:1], lda))


@operator("_backward_contrib_hawkesll", dtypes=FLOAT, outputs=3, nograd=True)
def backward_hawkesll(g: Array, lda: Array, alpha: Array, beta: Array, state: Array, lags: Array,
                      marks: AnyArray, valid_length: Array, max_time: Array):
    """Gradients for lda, alpha and beta, given those of the likelihoods ``g``."""
    steps, d, e, s = _walk(lda, alpha, beta, state, lags, marks, valid_length, max_time)[2]
    g = g[:, None]
    d_s = -g * alpha * (1 - e)
    d_lda = -g * d
    d_alpha = -(g * s * (1 - e)).sum(0)
    d_beta = -(g * alpha * s * d * e).sum(0)
    for at, m, d, e, before, rate in reversed(steps):
        ge, a, b, after = g[at, 0], alpha[m], beta[m], d_s[at, m]
        gr = ge / rate
        d_lda[at, m] += gr - ge * d
        np.add.at(d_alpha, m, gr * b * before * e - ge * before * (1 - e))
        d_e = gr * a * b * before + ge * a * before + after * before
        np.add.at(d_beta, m, gr * a * before * e - d_e * d * e)
        d_s[at, m] = gr * a * b * e - ge * a * (1 - e) + after * e
    return d_lda, d_alpha, d_beta


hawkesll.gradient(state=ZERO, lags=NONE, marks=NONE, valid_length=NONE, max_time=NONE)


@hawkesll.gradient
def _gradient(dy0, lda, alpha, beta, state, lags, marks, valid_length, max_time, need):
    inputs, given = [lda, alpha, beta], (state, lags, marks, valid_length, max_time)
    if _state.recording:
        from ...autograd.recompute import gradients
        found = gradients(lambda *a: _compose(*a, *given), inputs, [dy0], list(need)[:3])
    else:
        found = F._backward_contrib_hawkesll(dy0, *inputs, *given)
    return dict(zip(("lda", "alpha", "beta"), found))


def _compose(lda, alpha, beta, state, lags, marks, valid_length, max_time):
    """The same in operators; times are numbers, since they have no gradient."""
    kinds, ctx, dtype = lda.shape[1], lda.context, lda.dtype
    numbers = [a.asnumpy() for a in (lags, marks, valid_length, max_time)]
    t, last = np.zeros_like(numbers[3]), np.zeros(lda.shape, numbers[3].dtype)

    def constant(x):
        from ...ndarray import array
        return array(x, ctx=ctx, dtype=dtype)
    ll = 0
    for j in range(lags.shape[1]):
        on = (j < numbers[2]).astype(t.dtype)
        mask = np.eye(kinds, dtype=t.dtype)[np.where(on > 0, numbers[1][:, j], 0)] * on[:, None]
        t = t + numbers[0][:, j] * on
        d, m = constant((t[:, None] - last) * mask), constant(mask)
        last = last * (1 - mask) + t[:, None] * mask
        a, b = F.broadcast_mul(m, F.expand_dims(alpha, axis=0)), F.broadcast_mul(m, F.expand_dims(beta, axis=0))
        e = F.exp(-b * d)
        rate = F.sum(lda * m + a * b * state * e, axis=1)
        ll = ll + F.log(rate + constant(1 - on)) - F.sum(lda * d * m + a * state * (1 - e), axis=1)
        state = state * (1 - m) + m * (state * e + 1)
    d = constant(numbers[3][:, None] - last)
    e = F.exp(-F.broadcast_mul(d, F.expand_dims(beta, axis=0)))
    rest = lda * d + F.broadcast_mul(state * (1 - e), F.expand_dims(alpha, axis=0))
    return ll - F.sum(rest, axis=1)
