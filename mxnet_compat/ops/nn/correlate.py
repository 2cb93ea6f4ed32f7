"""The numpy kernels of convolutions in any number of spatial axes: the sum over taps, its transpose, the tap weights.

Arrays are grouped: inputs (N, G, C, *S), weights (G, K, C, *taps), outputs (N, G, K, *O). Operators and parameters are
in ``conv.py``. The input is copied in blocks that fit the caches, once per tap of all spatial axes but the first; a tap
along the first axis is then a shift within the copy, hence a matrix as it stands, and costs a product without a copy.
"""
import functools
import itertools
from math import gcd, prod

import numpy as np

from ...backend import parallel, pool
from . import depthwise
from .grid import pieces, reach, steps
from .taps import Taps, scratch

__all__ = ["correlate", "spread", "weigh"]

_PIXELS = 4096         # output positions in a block, which is a matrix's length
_MERGED = 2048         # images are taken together up to so many output positions
_FLOATS = 1 << 21      # size of a block's copy
_FILTERS = 128         # the gradient of so few filters is computed with rows and columns exchanged
_SMALL = 100           # images of so few pixels are multiplied together where there is one tap, and channels are
_MANY = 256            # so many at least
_THIN = 8              # a product with fewer rows than so is slow


class _Plan(Taps):
    """The geometry, and sizes of blocks; ``full`` says that all taps are copied, not those along other axes only."""

    def __init__(self, shape, k, taps, out, stride, dilate, start, full):
        super().__init__(shape, taps, out, stride, dilate, start)
        self.full = full
        n, g, c = shape[:3]
        rest = prod(out[1:])
        height = max(c * len(self.columns) * (taps[0] if full else len(self.phases)), k)
        width = max(1, g * height * rest)
        self.rows = max(1, min(out[0], _PIXELS // max(rest, 1), _FLOATS // width))
        self.images = 1
        if self.rows == out[0]:
            self.images = max(1, min(n, _MERGED // max(out[0] * rest, 1), _FLOATS // (width * out[0])))


_plan = functools.lru_cache(maxsize=1024)(_Plan)


def _blocks(plan, x):
    """(images, rows, copies) of each block: two slices, and a copy (G, other taps, C, rows, images, *O[1:]) a phase."""
    n, g, c = x.shape[:3]
    last = None
    for r in range(0, plan.out[0], plan.rows):
        rows = slice(r, min(r + plan.rows, plan.out[0]))
        for i in range(0, n, plan.images):
            images = slice(i, min(i + plan.images, n))
            size = rows.stop - r, images.stop - i
            if size != last:
                copies = [scratch(("copy", p), (g, len(plan.columns), c, size[0] + depth, size[1], *plan.out[1:]),
                                  x.dtype) for p, depth in enumerate(plan.depth)]
                # the borders beside the image are zeros once and for all: each copy writes the same columns
                for b in copies:
                    b.fill(0)
                last = size
            for p, b in enumerate(copies):
                _fill(plan, x[images], b, r * plan.stride + plan.phases[p] + plan.start)
            yield images, rows, copies


def _fill(plan, x, b, at):
    """Copy the rows from position ``at`` on into the block ``b``, shifted for every tap of the other axes."""
    lo, hi, first = reach(b.shape[3], x.shape[3], plan.stride, at)
    if lo:
        b[:, :, :, :lo] = 0
    if hi < b.shape[3]:
        b[:, :, :, hi:] = 0
    if hi > lo:
        x = x[:, :, :, steps(first, hi - lo, plan.stride)].transpose(1, 2, 3, 0, *range(4, x.ndim))
        for j, (to, source) in enumerate(plan.columns):
            b[(slice(None), j, slice(None), slice(lo, hi), slice(None), *to)] = x[(..., *source)]


def _matrices(plan, copies, rows, images):
    """The matrices (G, other taps * C, pixels) of the taps along the first axis, or all of them as one."""
    line = (images.stop - images.start) * prod(plan.out[1:])
    length = (rows.stop - rows.start) * line
    flat = [b.reshape(b.shape[0], -1, b.shape[3] * line) for b in copies]
    views = [flat[p][:, :, o * line:o * line + length] for p, o in plan.moves]
    if not plan.full or len(views) == 1:
        return views
    # channels first, as weights lie in memory
    g, others, c = copies[0].shape[:3]
    whole = scratch("whole", (g, c, len(views), others, length), views[0].dtype)
    for k, v in enumerate(views):
        whole[:, :, k] = v.reshape(g, others, c, length).swapaxes(1, 2)
    return [whole.reshape(g, -1, length)]


def _pointwise(shape, taps, out, stride, start):
    """Whether each output position sees the input at the same position only."""
    return shape[3:] == out and all(t == 1 for t in taps) and all(s == 1 for s in stride) and not any(start)


def _few(g, k, c):
    """Whether groups are so thin that products of matrices waste their time."""
    return g > 1 and c == 1 and k <= 2


def _apart(a, g, k, c):
    """Whether work is to be split over threads here: products of small matrices are not split by the library."""
    return g > 1 and k * c <= 256 and a.size * a.itemsize >= parallel.SMALL


def _shape(x, k, taps, out, stride, dilate, start, reorder):
    n, g, c = x.shape[:3]
    width, pixels, more = c * prod(taps[1:]), n * prod(out), taps[0] - 1
    # copying all taps is dear, but so are adding up their products, thin matrices and putting weights in another order
    full = more and (
        width < 32 or width * more * pixels < k * (1.5 * more * pixels + reorder * width * taps[0]))
    return _plan(x.shape, k, taps, out, stride, dilate, start, bool(full))


def _tap_weights(w, full):
    """Weights (G, K, C, *taps) as matrices (G, K, ...) to go with ``_matrices``."""
    g, k, c = w.shape[:3]
    taps = w.shape[3]
    if full:
        return w.reshape(1, g, k, -1)
    if w.strides[1] >= w.strides[2]:
        return np.moveaxis(w, (3, 2), (0, -1)).reshape(taps, g, k, -1)
    return np.moveaxis(w, (3, 2, 1), (0, -2, -1)).reshape(taps, g, -1, k).swapaxes(2, 3)


def correlate(x, w, y, stride, dilate, start, bias=None):
    """``y[n,g,k,o] = sum over c, t of w[g,k,c,t] * x[n,g,c, o*stride + t*dilate + start]``, zero outside ``x``.

    Writes ``y`` (any strides) and returns it; ``bias`` is (G, K, 1).
    """
    g, k, c = w.shape[:3]
    taps, out = w.shape[3:], y.shape[3:]
    if not (y.size and x.size and w.size):
        y[...] = 0 if bias is None else bias.reshape(g, k, *[1] * len(out))
        return y
    plain = y.flags.c_contiguous
    if plain and _pointwise(x.shape, taps, out, stride, start):
        _multiply(x.reshape(*x.shape[:3], -1), w.reshape(g, k, c), y.reshape(*y.shape[:3], -1), bias)
        return y
    if k * _THIN <= c and k <= _THIN and all(s == 1 for s in stride):
        return _fold(x, w.swapaxes(1, 2), y, stride, [-d for d in dilate], [-p for p in start], bias)
    work, shaped = _correlate, y
    if _few(g, k, c):
        work = depthwise.correlate
        if len(out) == 1:
            x, w, y = (a[..., None, :] for a in (x, w, y))
            stride, dilate, start = (1, *stride), (1, *dilate), (0, *start)
    if not _apart(y, g, k, c):
        work(x, w, y, stride, dilate, start, bias)
    elif len(x) > 1:
        parallel.split(len(x), lambda i, j: work(x[i:j], w, y[i:j], stride, dilate, start, bias))
    else:
        parallel.split(g, lambda i, j: work(x[:, i:j], w[i:j], y[:, i:j], stride, dilate, start,
                                            None if bias is None else bias[i:j]))
    return shaped


def _multiply(x, w, y, bias):
    """One tap: ``x`` (N, G, C, pixels) to ``y`` (N, G, K, pixels)."""
    n, g, c, length = x.shape
    many = min(n, 8 * _SMALL // length)
    if n == 1 or length > _SMALL or min(c, w.shape[1]) < _MANY:
        np.matmul(w, x, out=y)
        if bias is not None:
            y += bias
        return
    # a product with many pixels is quicker than many with few
    x = np.ascontiguousarray(x)
    for i in range(0, n, many):
        count = min(many, n - i)
        a, total = (scratch(key, (g, rows, count, length), x.dtype) for key, rows in (("pixels", c), ("total", w.shape[1])))
        pieces(a, a)[...] = pieces(x[i:i + count].transpose(1, 2, 0, 3), x)
        np.matmul(w, a.reshape(g, c, -1), out=total.reshape(g, -1, count * length))
        if bias is not None:
            total += bias[..., None]
        pieces(y[i:i + count].transpose(1, 2, 0, 3), y)[...] = pieces(total, total)


def _correlate(x, w, y, stride, dilate, start, bias):
    g, k, c = w.shape[:3]
    taps, out = w.shape[3:], y.shape[3:]
    plain = y.flags.c_contiguous
    plan = _shape(x, k, taps, out, stride, dilate, start, 2)
    m = _tap_weights(w, plan.full)
    for images, rows, copies in _blocks(plan, x):
        target = y[images, :, :, rows]
        length = prod(target.shape[3:]) * target.shape[0]
        direct = plain and target.shape[0] == 1
        total = target[0].reshape(g, k, length) if direct else scratch("total", (g, k, length), y.dtype)
        _add_products(m, _matrices(plan, copies, rows, images), total)
        if bias is not None:
            total += bias
        if not direct:
            shape = g, k, target.shape[3], target.shape[0], *out[1:]
            target.transpose(1, 2, 3, 0, *range(4, target.ndim))[...] = total.reshape(shape)
    return y


def _add_products(weights, matrices, total):
    np.matmul(weights[0], matrices[0], out=total)
    for w, x in zip(weights[1:], matrices[1:]):
        total += np.matmul(w, x, out=scratch("term", total.shape, total.dtype))


def weigh(x, dy, taps, stride, dilate, start):
    """The gradient of the weights (G, K, C, *taps) of ``correlate`` for the output gradient ``dy`` (N, G, K, *O)."""
    g, k, c = x.shape[1], dy.shape[2], x.shape[2]
    if not (dy.size and x.size):
        return np.zeros((g, k, c, *taps), x.dtype)
    if _pointwise(x.shape, taps, dy.shape[3:], stride, start):
        return _weigh_pointwise(x, dy).reshape(g, k, c, *taps)
    by = _weigh
    if _few(g, k, c):
        by = depthwise.weigh
        if len(taps) == 1:
            x, dy = x[..., None, :], dy[..., None, :]
            dw = weigh(x, dy, (1, *taps), (1, *stride), (1, *dilate), (0, *start))
            return dw.reshape(g, k, c, *taps)
    if not _apart(dy, g, k, c):
        return by(x, dy, taps, stride, dilate, start)
    dw = np.empty((g, k, c, *taps), x.dtype)

    def work(i, j):
        dw[i:j] = by(x[:, i:j], dy[:, i:j], taps, stride, dilate, start)
    parallel.split(g, work)
    return dw


def _weigh(x, dy, taps, stride, dilate, start):
    g, k, c = x.shape[1], dy.shape[2], x.shape[2]
    out = dy.shape[3:]
    plan = _shape(x, k, taps, out, stride, dilate, start, 8)
    width = prod(taps[1:]) * c
    count, length = (1, taps[0] * width) if plan.full else (taps[0], width)
    turned = _turned(k, length)
    dw = pool.empty((count, g, length, k) if turned else (count, g, k, length), x.dtype)
    term = None
    for images, rows, copies in _blocks(plan, x):
        part = dy[images, :, :, rows]
        if part.shape[0] > 1:
            part = part.transpose(1, 2, 3, 0, *range(4, part.ndim))
        part = part.reshape(g, k, -1)
        for total, v in zip(dw, _matrices(plan, copies, rows, images)):
            a, b = (v, part.transpose(0, 2, 1)) if turned else (part, v.transpose(0, 2, 1))
            if term is None:
                np.matmul(a, b, out=total)
            else:
                total += np.matmul(a, b, out=term)
        if term is None:
            term = pool.empty(dw.shape[1:], x.dtype)
    if turned:
        dw = np.ascontiguousarray(dw.swapaxes(2, 3))
    if plan.full:
        return dw.reshape(g, k, c, *taps)
    return np.moveaxis(dw.reshape(taps[0], g, k, *taps[1:], c), (0, -1), (3, 2))


def _turned(k, rows):
    """Whether a gradient of ``k`` rows is better computed as columns: that is quicker, but many are dear to put back."""
    return k <= _FILTERS and k < rows


def _weigh_pointwise(x, dy):
    n, g, c = x.shape[:3]
    k, length = dy.shape[2], prod(x.shape[3:])
    if _turned(k, c):
        return np.ascontiguousarray(_weigh_pointwise(dy, x).swapaxes(1, 2))
    x, dy = x.reshape(n, g, c, length), dy.reshape(n, g, k, length)
    if n > 1 and length < 1024:
        x, dy = (np.moveaxis(a, 0, 2).reshape(g, -1, n * length) for a in (x, dy))
        return np.matmul(dy, x.transpose(0, 2, 1))
    dw = np.matmul(dy[0], x[0].transpose(0, 2, 1))
    for i in range(1, n):
        dw += np.matmul(dy[i], x[i].transpose(0, 2, 1))
    return dw


def spread(dy, w, dx, stride, dilate, start, bias=None):
    """The transpose of ``correlate``: from ``dy`` (N, G, K, *O) into ``dx`` (N, G, C, *S), which it returns.

    Positions of ``dx`` with one remainder by the stride see a regular subset of the taps, and are a correlation by
    themselves. ``bias`` is (G, C, 1).
    """
    axes = range(len(stride))
    k, c = w.shape[1:3]
    # with few pixels it is the weights that are dear to put into another order
    if dy.size and prod(w.shape[3:]) > 1 and (c * _THIN <= k and c <= _THIN or len(dy) == 1 and prod(dy.shape[3:]) <= k):
        return _fold(dy, w, dx, stride, dilate, start, bias)
    w = w.swapaxes(1, 2)
    for r in itertools.product(*map(range, stride)):
        view = _every(dx, r, stride)
        if not view.size:
            continue
        picks = [_picks(w.shape[3 + a], stride[a], dilate[a], start[a], r[a]) for a in axes]
        sub = w[(..., *(p[0] for p in picks))]
        correlate(dy, sub, view, (1,) * len(stride), tuple([p[1] for p in picks]), tuple([p[2] for p in picks]), bias)
    return dx


def _fold(x, w, y, stride, dilate, start, bias):
    """``spread`` by one product with the weights of all taps as they lie, its parts added up where they belong.

    With few channels in ``y`` a product that gives these only would be slow, and copying the many of ``x`` dear.
    """
    n, g, k = x.shape[:3]
    c, taps = w.shape[2], w.shape[3:]
    rest = prod(x.shape[4:])
    m = np.moveaxis(w, 1, -1).reshape(g, -1, k)
    row = g * m.shape[1] * rest
    rows = max(1, min(x.shape[3], _FLOATS // row))
    many = max(1, min(n, _FLOATS // (4 * row * rows)))
    # positions of one remainder by the stride lie side by side while terms are added to them
    sums = {r: np.empty((many, *_every(y[0], r, stride).shape), y.dtype)
            for r in itertools.product(*map(range, stride))}
    for i in range(0, n, many):
        end = min(i + many, n)
        for a in sums.values():
            a.fill(0)
        for r in range(0, x.shape[3], rows):
            part = x[i:end, :, :, r:r + rows]
            z = scratch("fold", (end - i, g, m.shape[1], part.shape[3] * rest), x.dtype)
            z = np.matmul(m, part.reshape(end - i, g, k, -1), out=z).reshape(end - i, g, c, *taps, *part.shape[3:])
            for t in np.ndindex(*taps):
                at = [j * d + b for j, d, b in zip(t, dilate, start)]
                total = sums[tuple([p % s for p, s in zip(at, stride)])]
                to, source = [], []
                for a, (p, s) in enumerate(zip(at, stride)):
                    lo, hi, first = reach(part.shape[3 + a], total.shape[3 + a], 1, p // s + (0 if a else r))
                    to.append(slice(first, first + hi - lo))
                    source.append(slice(lo, hi))
                v = total[(slice(end - i), slice(None), slice(None), *to)]
                v += z[(slice(None), slice(None), slice(None), *t, *source)]
        for r, a in sums.items():
            if bias is not None:
                a += bias.reshape(g, c, *[1] * len(stride))
            _every(y[i:end], r, stride)[...] = a[:end - i]
    return y


def _every(a, remainders, stride):
    """The spatial positions of ``a`` that have these remainders by the stride."""
    return a[(..., *(slice(r, None, s) for r, s in zip(remainders, stride)))]


def _picks(taps, stride, dilate, start, remainder):
    """Of the taps along one axis those that reach positions ``q * stride + remainder``, last first.

    A slice of them, and the dilation and start of the correlation that they are.
    """
    found = [t for t in range(taps) if (t * dilate + start - remainder) % stride == 0]
    if not found:
        return slice(0, 0), 1, 0
    step = stride // gcd(stride, dilate)
    end = found[0] - step
    e = -((found[-1] * dilate + start - remainder) // stride)
    return slice(found[-1], None if end < 0 else end, -step), dilate // gcd(stride, dilate), e
