"""One direction of one recurrent layer in numpy, forward and backward, for each kind of cell, and the parameter layout.

Gates come in MXNet's order: lstm input, forget, cell, output (Hochreiter and Schmidhuber, 1997); gru reset, update, new
(Cho et al., 2014, with the reset gate after the product, as cuDNN has it).

All that steps work on has the batch last: a gate is then one stretch of memory, and the weights multiply from the left
as they are stored.
"""
import numpy as np

from ...backend import pool
from ...backend.products import by_rows

__all__ = ["CELLS", "GATES", "layout", "parameter_count"]

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def parameter_count(mode, width, size, layers, d, projection=None):
    """Length of the parameter vector."""
    rows, out = GATES[mode] * size, projection or size
    total = 0
    for layer in range(layers):
        total += d * rows * ((width if layer == 0 else out * d) + out + 2)
        total += d * projection * size if projection else 0
    return total


def layout(vector, mode, width, size, layers, d, projection=None):
    """Views ``(w_input, w_state, b_input, b_state, w_projection)`` of the vector for each layer and direction."""
    rows, out = GATES[mode] * size, projection or size
    at, matrices = 0, []

    def take(*shape):
        nonlocal at
        n = int(np.prod(shape))
        part = vector[at:at + n].reshape(shape)
        at += n
        return part
    for layer in range(layers):
        for _ in range(d):
            matrices.append([take(rows, width if layer == 0 else out * d), take(rows, out),
                             take(projection, size) if projection else None])
    result = []
    for wi, wh, wp in matrices:
        result.append((wi, wh, take(rows), take(rows), wp))
    return result


def _sigmoid(x):
    """The sigmoid, written over ``x``: the hyperbolic tangent costs less than exponential and quotient."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5
    return x


def _swapped(x):
    """The last two axes exchanged, in memory too."""
    y = pool.empty(x.shape[:-2] + (x.shape[-1], x.shape[-2]), x.dtype)
    y[...] = np.swapaxes(x, -1, -2)
    return y


def _column(vector, batch):
    """A vector beside itself for each sample: adding this is quicker than broadcasting short rows."""
    return np.repeat(vector[:, None], batch, 1)


def _inputs(x, wi):
    """(steps, rows, batch): the products with the inputs of all steps."""
    steps, batch, width = x.shape
    m = by_rows(wi, batch)
    if len(m) == 1 and batch < 32:
        # one product with rows enough for its kernels
        return _swapped((x.reshape(-1, width) @ wi.T).reshape(steps, batch, -1))
    a = pool.empty((steps, len(wi), batch), x.dtype)
    np.matmul(m, _swapped(x)[:, None], out=a.reshape((steps,) + m.shape[:2] + (batch,)))
    return a


class _Cell:
    """The walk over the steps; subclasses define one step forward (``step``) and back (``back``).

    A step writes what it computes where it is told, in place of the products ``a`` too, and backward reads it there.
    """

    def forward(self, x, weights, h, c, mask, reverse):
        """(outputs, last state, last cell, what backward needs); ``mask`` has the shape (steps, batch)."""
        wi, wh, bi, bh, wp = weights
        steps, batch = x.shape[:2]
        a = _inputs(x, wi)
        h0, c0 = h, c = _swapped(h), None if c is None else _swapped(c)
        hs = pool.empty((steps,) + h.shape, x.dtype)
        cs, more = self.room(steps, len(wh), batch, x.dtype)
        m = by_rows(wh, batch)
        product = np.empty((len(wh), batch), x.dtype)
        blocks = product.reshape(m.shape[:2] + (batch,))
        biases = self.biases(bi, bh, batch)
        ended = None if mask is None else mask == 0
        for t in range(steps - 1, -1, -1) if reverse else range(steps):
            np.matmul(m, h, out=blocks)
            new_h, new_c = hs[t], None if c is None else cs[t]
            self.step(a[t], product, biases, h, c, new_h, new_c, more[t], wp)
            if ended is not None:
                np.copyto(new_h, h, where=ended[t])
                if c is not None:
                    np.copyto(new_c, c, where=ended[t])
            h, c = new_h, new_c
        ys = _swapped(hs)
        if mask is not None:
            ys *= mask[:, :, None]
        return ys, h.T, None if c is None else c.T, (a, hs, cs, more, h0, c0)

    def backward(self, x, weights, places, kept, dy, dh, dc, mask, reverse):
        """(gradient of x, of the first state, of the first cell); the weights' go into ``places``."""
        wi, wh, bi, bh, wp = weights
        a, hs, cs, more, h0, c0 = kept
        steps, batch, width = x.shape
        rows = len(wi)
        dx, dh, dc = _swapped(dy), _swapped(dh), None if dc is None else _swapped(dc)
        # over all steps, so that each gradient of weights is one product
        all_x = pool.empty((rows, steps, batch), x.dtype)
        all_h = self.own(rows, steps, batch, x.dtype)
        d = np.empty((rows, batch), x.dtype)
        m = by_rows(wh.T, batch)
        for t in range(steps) if reverse else range(steps - 1, -1, -1):
            before = t + 1 if reverse else t - 1
            first = before in (-1, steps)
            new = dx[t]
            new += dh
            if mask is not None:
                going = mask[t]
                keep_h, keep_c = dh * (1 - going), None if dc is None else dc * (1 - going)
                new *= going
                dc = None if dc is None else dc * going
            direct, dc = self.back(d, new, dc, a[t], h0 if first else hs[before], c0 if cs is None or first else cs[before],
                                   more[t], wp, places[4])
            all_x[:, t] = d
            if all_h is not None:
                d = self.of_product(d, a[t])
                all_h[:, t] = d[-len(all_h):]
            np.matmul(m, d, out=dh.reshape(m.shape[:2] + (batch,)))
            if direct is not None:
                dh += direct
            if mask is not None:
                dh += keep_h
                dc = None if dc is None else dc + keep_c
        flat = all_x.reshape(rows, -1)
        before = pool.empty((steps, batch, wh.shape[1]), x.dtype)
        if reverse:
            before[:-1], before[-1] = hs[1:].swapaxes(1, 2), h0.T
        else:
            before[1:], before[0] = hs[:-1].swapaxes(1, 2), h0.T
        before = before.reshape(-1, wh.shape[1])
        np.dot(flat, x.reshape(-1, width), out=places[0])
        np.sum(flat, 1, out=places[2])
        shared = rows
        if all_h is not None:
            shared -= len(all_h)
            np.dot(all_h.reshape(len(all_h), -1), before, out=places[1][shared:])
            np.sum(all_h, (1, 2), out=places[3][shared:])
        np.dot(flat[:shared], before, out=places[1][:shared])
        places[3][:shared] = places[2][:shared]
        return (flat.T @ wi).reshape(x.shape), dh.T, None if dc is None else dc.T

    def room(self, steps, rows, batch, dtype):
        """(cells, what else backward needs) of all steps, to be written by them."""
        return None, [None] * steps

    def biases(self, bi, bh, batch):
        return _column(bi + bh, batch)

    def own(self, rows, steps, batch, dtype):
        """Room for gradients of the state's products that differ from those of the inputs' products, or None."""


class _Plain(_Cell):
    def __init__(self, act, slope):
        self.act, self.slope = act, slope

    def step(self, a, product, bias, h, c, new_h, new_c, more, wp):
        a += product
        a += bias
        self.act(a, out=new_h)
        a[...] = new_h

    def back(self, d, dh, dc, a, h, c, more, wp, place):
        np.multiply(dh, self.slope(a), out=d)
        return None, None


class _Lstm(_Cell):
    def room(self, steps, rows, batch, dtype):
        return (pool.empty((steps, rows // 4, batch), dtype) for _ in range(2))

    def step(self, a, product, bias, h, c, new_h, new_c, tc, wp):
        n = len(c)
        a += product
        a += bias
        # the hyperbolic tangent of all four gates at once: the sigmoid is that of half its argument
        a[:2 * n] *= 0.5
        a[3 * n:] *= 0.5
        np.tanh(a, out=a)
        for gates in (a[:2 * n], a[3 * n:]):
            gates *= 0.5
            gates += 0.5
        i, f, g, o = a.reshape(4, n, -1)
        np.multiply(f, c, out=new_c)
        new_c += np.multiply(i, g, out=tc)
        np.tanh(new_c, out=tc)
        if wp is None:
            np.multiply(o, tc, out=new_h)
        else:
            np.matmul(wp, o * tc, out=new_h)

    def back(self, d, dh, dc, a, h, c, tc, wp, place):
        n = len(c)
        i, f, g, o = a.reshape(4, n, -1)
        if wp is not None:
            place += dh @ (o * tc).T
            dh = wp.T @ dh
        slope = tc * tc
        np.subtract(1, slope, out=slope)
        slope *= o
        slope *= dh
        dc = np.add(dc, slope, out=slope)
        # s * (1 - s) of all gates at once, then each gate's own factors
        np.subtract(1, a, out=d)
        d *= a
        di, df, dg, do = gates = d.reshape(4, n, -1)
        np.multiply(g, g, out=dg)
        np.subtract(1, dg, out=dg)
        dg *= i
        di *= g
        df *= c
        gates[:3] *= dc
        do *= tc
        do *= dh
        dc *= f
        return None, dc


class _Gru(_Cell):
    def room(self, steps, rows, batch, dtype):
        return None, pool.empty((steps, rows // 3, batch), dtype)

    def biases(self, bi, bh, batch):
        n = len(bi) // 3
        return _column(np.concatenate([bi[:2 * n] + bh[:2 * n], bi[2 * n:]]), batch), _column(bh[2 * n:], batch)

    def step(self, a, product, biases, h, c, new_h, new_c, hn, wp):
        n = len(h)
        bias, own = biases
        a += bias
        both, new = a[:2 * n], a[2 * n:]
        both += product[:2 * n]
        _sigmoid(both)
        np.add(product[2 * n:], own, out=hn)
        new += np.multiply(both[:n], hn, out=new_h)
        np.tanh(new, out=new)
        np.subtract(h, new, out=new_h)
        new_h *= both[n:]
        new_h += new

    def back(self, d, dh, dc, a, h, c, hn, wp, place):
        n = len(h)
        both, new = a[:2 * n], a[2 * n:]
        z = both[n:]
        dr, dz, da = d.reshape(3, n, -1)
        np.multiply(new, new, out=da)
        np.subtract(1, da, out=da)
        da *= dh
        direct = dh * z
        da -= np.multiply(da, z, out=dr)
        np.subtract(1, both, out=d[:2 * n])
        d[:2 * n] *= both
        dr *= da
        dr *= hn
        dz *= dh
        dz *= h - new
        return direct, None

    def own(self, rows, steps, batch, dtype):
        return pool.empty((rows // 3, steps, batch), dtype)

    def of_product(self, d, a):
        n = len(d) // 3
        d[2 * n:] *= a[:n]
        return d


def _relu(x, out):
    return np.maximum(x, 0, out=out)


CELLS = {"rnn_relu": _Plain(_relu, lambda y: (y > 0).astype(y.dtype)),
         "rnn_tanh": _Plain(np.tanh, lambda y: 1 - y * y), "lstm": _Lstm(), "gru": _Gru()}
