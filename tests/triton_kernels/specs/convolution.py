"""Correlations and their gradients, against sums over taps."""
import itertools

import numpy as np

from triton_kernels import convolution
from triton_kernels.spec import FLOATS, case, check


def _taps(x, taps, out, stride, dilate, start):
    """(tap, slice of results, slice of data) of each tap: what it sees of the data."""
    for t in itertools.product(*map(range, taps)):
        results, data = [], []
        for k, o, s, d, b, n in zip(t, out, stride, dilate, start, x.shape[3:]):
            seen = [j for j in range(o) if 0 <= j * s + k * d + b < n]
            results.append(slice(seen[0], seen[-1] + 1) if seen else slice(0, 0))
            data.append(slice(seen[0] * s + k * d + b, seen[-1] * s + k * d + b + 1, s) if seen else slice(0, 0))
        yield (..., *t), (..., *results), (..., *data)


def correlate(x, w, shape, stride, dilate, start):
    y = np.zeros((x.shape[0], *w.shape[:2], *shape), x.dtype)
    for t, out, seen in _taps(x, w.shape[3:], shape, stride, dilate, start):
        y[out] += np.einsum("ngc...,gkc->ngk...", x[seen], w[t])
    return y


def spread(dy, w, shape, stride, dilate, start):
    dx = np.zeros((dy.shape[0], w.shape[0], w.shape[2], *shape), dy.dtype)
    for t, out, seen in _taps(dx, w.shape[3:], dy.shape[3:], stride, dilate, start):
        dx[seen] += np.einsum("ngk...,gkc->ngc...", dy[out], w[t])
    return dx


def weigh(x, dy, taps, stride, dilate, start):
    dw = np.zeros((x.shape[1], dy.shape[2], x.shape[2], *taps), x.dtype)
    n = len(taps)
    for t, out, seen in _taps(x, taps, dy.shape[3:], stride, dilate, start):
        dw[t] = np.einsum("ngc{0},ngk{0}->gkc".format("xyz"[:n]), x[seen], dy[out])
    return dw


def _run_correlate(x, w, shape, **where):
    y = x.device.empty((x.shape[0], *w.shape[:2], *shape), x.dtype)
    return convolution.correlate(x, w, y, **where)


def _run_spread(dy, w, shape, **where):
    dx = dy.device.empty((dy.shape[0], w.shape[0], w.shape[2], *shape), dy.dtype)
    return convolution.spread(dy, w, dx, **where)


def _biased(x, w, b):
    y = x.device.empty((x.shape[0], *w.shape[:2], 4, 4), x.dtype)
    return convolution.correlate(x, w, y, (1, 1), (1, 1), (-1, -1), b)


ONE = {"stride": (2,), "dilate": (1,), "start": (-1,)}
TWO = {"stride": (2, 1), "dilate": (1, 2), "start": (-1, -2)}
THREE = {"stride": (1, 2, 1), "dilate": (1, 1, 1), "start": (0, -1, 0)}
PLAIN = {"stride": (1, 1), "dilate": (1, 1), "start": (-1, -1)}
TOLERANCE = {"float16": (4e-3, 4e-3), "float32": (1e-4, 1e-5), "float64": (1e-11, 1e-12)}

check(_run_correlate,
      [case((2, 2, 3, 7, 6), (2, 5, 3, 3, 2), shape=(4, 8), **TWO), case((2, 1, 3, 9), (1, 4, 3, 4), shape=(4,), **ONE),
       case((1, 1, 2, 4, 5, 3), (1, 3, 2, 2, 3, 1), shape=(3, 3, 3), **THREE),
       case((2, 6, 1, 5, 5), (6, 1, 1, 3, 3), shape=(5, 5), **PLAIN),
       case((0, 1, 2, 5, 5), (1, 3, 2, 3, 3), shape=(5, 5), **PLAIN)],
      correlate, name="correlate", dtypes=FLOATS, tolerance=TOLERANCE,
      real=[case((32, 1, 64, 56, 56), (1, 64, 64, 3, 3), shape=(56, 56), **PLAIN),
            case((32, 64, 1, 56, 56), (64, 1, 1, 3, 3), shape=(56, 56), **PLAIN)])
check(_biased, [case((2, 2, 3, 4, 4), (2, 5, 3, 3, 3), (2, 5, 1))],
      lambda x, w, b: correlate(x, w, (4, 4), (1, 1), (1, 1), (-1, -1)) + b[..., None], name="correlate, bias",
      dtypes=FLOATS, tolerance=TOLERANCE, layouts=())
check(_run_spread,
      [case((2, 2, 5, 4, 8), (2, 5, 3, 3, 2), shape=(7, 6), **TWO), case((2, 1, 4, 4), (1, 4, 3, 4), shape=(9,), **ONE),
       case((1, 1, 3, 3, 3, 3), (1, 3, 2, 2, 3, 1), shape=(4, 5, 3), **THREE)],
      spread, name="spread", dtypes=FLOATS, tolerance=TOLERANCE,
      real=[case((32, 1, 64, 56, 56), (1, 64, 64, 3, 3), shape=(56, 56), **PLAIN)])
check(convolution.weigh,
      [case((2, 2, 3, 7, 6), (2, 2, 5, 4, 8), taps=(3, 2), **TWO), case((2, 1, 3, 9), (2, 1, 4, 4), taps=(4,), **ONE),
       case((9, 1, 2, 8, 8), (9, 1, 3, 8, 8), taps=(3, 3), **PLAIN),
       case((1, 1, 2, 4, 5, 3), (1, 1, 3, 3, 3, 3), taps=(2, 3, 1), **THREE)],
      weigh, dtypes=FLOATS, tolerance=TOLERANCE,
      real=[case((32, 1, 64, 56, 56), (32, 1, 64, 56, 56), taps=(3, 3), **PLAIN)])
