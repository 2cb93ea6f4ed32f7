"""Windows over planes, against loops over windows."""
import itertools

import numpy as np

from triton_kernels import pooling
from triton_kernels.spec import FLOATS, array, case, check

#: (size, kernel, stride, pad, out) of each axis.
ONE = ((9, 4, 2, 1, 4),)
TWO = ((7, 3, 2, 1, 4), (6, 2, 1, 0, 5))
THREE = ((4, 2, 2, 0, 2), (5, 3, 1, 1, 5), (3, 3, 3, 0, 1))
REAL = ((112, 3, 2, 1, 56), (112, 3, 2, 1, 56))
SHAPES = ((3, 7, 6), TWO), ((2, 9), ONE), ((2, 4, 5, 3), THREE)


def _windows(axes):
    """(place of a window, slices of the plane) of each window."""
    for o in itertools.product(*(range(a[4]) for a in axes)):
        yield (slice(None), *o), (slice(None), *(slice(max(j * s - p, 0), max(j * s - p + k, 0))
                                                 for j, (_, k, s, p, _) in zip(o, axes)))


def _out(x, axes):
    return np.zeros((x.shape[0], *(a[4] for a in axes)), x.dtype)


def sums(x, axes, by=1):
    y = _out(x, axes)
    for o, window in _windows(axes):
        y[o] = x[window].sum(tuple(range(1, x.ndim)))
    return y / by


def largest(x, axes, lowest):
    y = _out(x, axes)
    for o, window in _windows(axes):
        y[o] = np.fmax(np.fmax.reduce(x[window], tuple(range(1, x.ndim))), lowest)
    return y


def spread_sums(dy, axes, by=1):
    dx = np.zeros((dy.shape[0], *(a[0] for a in axes)), dy.dtype)
    dy = dy / by
    for o, window in _windows(axes):
        dx[window] += dy[o].reshape(-1, *[1] * len(axes))
    return dx


def first(x, y, axes):
    places = np.full(y.shape, -1, np.int64)
    at = np.arange(x[0].size).reshape(x.shape[1:])
    for o, window in _windows(axes):
        seen = at[window[1:]].reshape(-1)
        hit = x[window].reshape(len(x), -1) == y[o][:, None]
        places[o] = np.where(hit.any(1), seen[hit.argmax(1)], -1)
    return places


def put(dy, x, y, axes):
    dx, places = np.zeros(x.shape, x.dtype), first(x, y, axes)
    for k, (g, p) in enumerate(zip(dy.reshape(len(dy), -1), places.reshape(len(x), -1))):
        np.add.at(dx[k].reshape(-1), p[p >= 0], g[p >= 0])
    return dx


def pick(v, x, y, axes):
    places = first(x, y, axes).reshape(len(x), -1)
    got = np.take_along_axis(v.reshape(len(v), -1), np.maximum(places, 0), 1)
    return np.where(places < 0, 0, got).reshape(y.shape)


def _tied(shape):
    """Data with ties, and the maxima of its windows."""
    return array(shape, values=lambda rng, s: rng.integers(0, 3, s))


def _with_maxima(function):
    """``function(v, x, y, axes)`` with the maxima computed on the way."""
    def f(v, x, axes):
        return function(v, x, pooling.largest(x, axes, -1e4), axes)
    return f


def _of(reference):
    return lambda v, x, axes: reference(v, x, largest(x, axes, -1e4), axes)


COUNTS = np.arange(1, 21).reshape(4, 5).astype("float32")

check(pooling.sums, [*(case(s, axes=a) for s, a in SHAPES), case((3, 7, 6), axes=TWO, by=6), case((0, 9), axes=ONE, by=2)],
      sums, dtypes=FLOATS, real=[case((2048, 112, 112), axes=REAL)])
check(lambda x, by, axes: pooling.sums(x, axes, by),
      [case((3, 7, 6), COUNTS, axes=TWO)],
      lambda x, by, axes: sums(x, axes, by), name="means", dtypes=FLOATS, layouts=())
check(pooling.largest, [case(s, axes=a, lowest=-1e4) for s, a in SHAPES], largest, dtypes=FLOATS,
      real=[case((2048, 112, 112), axes=REAL, lowest=-1e4)])
check(pooling.spread_sums, [case((3, 4, 5), axes=TWO), case((2, 4), axes=ONE), case((2, 2, 5, 1), axes=THREE, by=3)],
      spread_sums, dtypes=FLOATS, real=[case((2048, 56, 56), axes=REAL)])
check(lambda dy, by, axes: pooling.spread_sums(dy, axes, by), [case((3, 4, 5), COUNTS, axes=TWO)],
      lambda dy, by, axes: spread_sums(dy, axes, by), name="spread means", dtypes=FLOATS, layouts=())
check(_with_maxima(pooling.put), [case((3, 4, 5), _tied((3, 7, 6)), axes=TWO), case((2, 4), _tied((2, 9)), axes=ONE)],
      _of(put), name="put", dtypes=FLOATS, layouts=(), real=[case((2048, 56, 56), (2048, 112, 112), axes=REAL)])
check(_with_maxima(pooling.pick), [case((3, 7, 6), _tied((3, 7, 6)), axes=TWO), case((2, 9), _tied((2, 9)), axes=ONE)],
      _of(pick), name="pick", dtypes=FLOATS, layouts=(), real=[case((2048, 112, 112), (2048, 112, 112), axes=REAL)])
