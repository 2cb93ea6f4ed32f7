"""One direction of one recurrent layer in numpy, forward and backward, for each kind of cell, and the parameter layout.

Gates come in MXNet's order: lstm input, forget, cell, output (Hochreiter and Schmidhuber, 1997); gru reset, update, new
(Cho et al., 2014, with the reset gate after the product, as cuDNN has it).
"""
import numpy as np

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
    """The sigmoid, written over ``x``."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


class _Cell:
    """The walk over the steps; subclasses define one step forward (``step``) and back (``back``)."""

    def forward(self, x, weights, h, c, mask, reverse):
        """(outputs, last state, last cell, intermediate values)."""
        wi, wh, bi, bh, wp = weights
        steps, batch = x.shape[:2]
        gx = x.reshape(-1, x.shape[2]) @ wi.T
        gx += self.input_bias(bi, bh)
        gx = gx.reshape(steps, batch, -1)
        ys = np.empty((steps, batch, wh.shape[1]), x.dtype)
        mids = [None] * steps
        wht = np.ascontiguousarray(wh.T)
        for t in range(steps - 1, -1, -1) if reverse else range(steps):
            new_h, new_c, mid = self.step(gx[t], h @ wht, h, c, bh, wp)
            mids[t] = (h, c, mid)
            if mask is not None:
                m = mask[t]
                ys[t] = new_h * m
                new_h = new_h * m + h * (1 - m)
                new_c = None if c is None else new_c * m + c * (1 - m)
            else:
                ys[t] = new_h
            h, c = new_h, new_c
        return ys, h, c, mids

    def backward(self, x, weights, places, mids, dy, dh, dc, mask, reverse):
        """(gradient of x, of the first state, of the first cell); the weights' go into ``places``."""
        wi, wh, bi, bh, wp = weights
        steps, batch = x.shape[:2]
        dgx = np.empty((steps, batch, wi.shape[0]), x.dtype)
        dgh = dgx if self.shared else np.empty_like(dgx)
        for t in range(steps) if reverse else range(steps - 1, -1, -1):
            h, c, mid = mids[t]
            if mask is not None:
                m = mask[t]
                keep_h, keep_c = dh * (1 - m), None if dc is None else dc * (1 - m)
                dnew, dc_new = (dh + dy[t]) * m, None if dc is None else dc * m
            else:
                keep_h = keep_c = None
                dnew, dc_new = dh + dy[t], dc
            dgx[t], dgh_t, direct, dc = self.back(dnew, dc_new, h, c, mid, wp, places[4])
            if not self.shared:
                dgh[t] = dgh_t
            dh = dgh[t] @ wh
            if direct is not None:
                dh += direct
            if keep_h is not None:
                dh += keep_h
                dc = None if dc is None else dc + keep_c
        flat = dgx.reshape(-1, dgx.shape[2])
        flat_h = dgh.reshape(-1, dgh.shape[2])
        places[0][...] = flat.T @ x.reshape(-1, x.shape[2])
        before = np.stack([m[0] for m in mids]).reshape(-1, wh.shape[1])
        places[1][...] = flat_h.T @ before
        places[2][...] = flat.sum(0)
        places[3][...] = flat_h.sum(0)
        return (flat @ wi).reshape(x.shape), dh, dc


class _Plain(_Cell):
    shared = True

    def __init__(self, act, slope):
        self.act, self.slope = act, slope

    def input_bias(self, bi, bh):
        return bi + bh

    def step(self, gx, gh, h, c, bh, wp):
        y = self.act(gx + gh)
        return y, c, y

    def back(self, dh, dc, h, c, y, wp, place):
        g = dh * self.slope(y)
        return g, g, None, None


class _Lstm(_Cell):
    shared = True

    def input_bias(self, bi, bh):
        return bi + bh

    def step(self, gx, gh, h, c, bh, wp):
        n = c.shape[1]
        a = np.add(gx, gh, out=gh)
        g = np.tanh(a[:, 2 * n:3 * n])
        # over all gates at once, the one of the cell too: whole rows are quicker than parts of them
        _sigmoid(a)
        i, f, o = a[:, :n], a[:, n:2 * n], a[:, 3 * n:]
        c = f * c
        c += i * g
        tc = np.tanh(c)
        h = o * tc
        return (h if wp is None else h @ wp.T), c, (a, g, tc)

    def back(self, dh, dc, h, c, mid, wp, place):
        a, g, tc = mid
        n = c.shape[1]
        i, f, o = a[:, :n], a[:, n:2 * n], a[:, 3 * n:]
        if wp is not None:
            place += dh.T @ (o * tc)
            dh = dh @ wp
        slope = tc * tc
        np.subtract(1, slope, out=slope)
        slope *= o
        slope *= dh
        dc = np.add(dc, slope, out=slope)
        # s * (1 - s) of all gates at once, then each gate's own factors
        d = 1 - a
        d *= a
        d[:, 2 * n:3 * n] = i - i * g * g
        d[:, :n] *= g
        d[:, n:2 * n] *= c
        three = d[:, :3 * n].reshape(-1, 3, n)      # a view: the rows stay apart
        three *= dc[:, None]
        d[:, 3 * n:] *= tc
        d[:, 3 * n:] *= dh
        dc = dc * f
        return d, d, None, dc


class _Gru(_Cell):
    shared = False

    def input_bias(self, bi, bh):
        return bi

    def step(self, gx, gh, h, c, bh, wp):
        n = h.shape[1]
        gh += bh
        both = _sigmoid(gx[:, :2 * n] + gh[:, :2 * n])
        r, z = both[:, :n], both[:, n:]
        hn = gh[:, 2 * n:]
        new = r * hn
        new += gx[:, 2 * n:]
        np.tanh(new, out=new)
        y = h - new
        y *= z
        y += new
        return y, c, (r, z, new, hn)

    def back(self, dh, dc, h, c, mid, wp, place):
        r, z, new, hn = mid
        da = dh * (1 - z) * (1 - new * new)
        dr = da * hn * r * (1 - r)
        dz = dh * (h - new) * z * (1 - z)
        return np.concatenate([dr, dz, da], 1), np.concatenate([dr, dz, da * r], 1), dh * z, None


CELLS = {"rnn_relu": _Plain(lambda a: np.maximum(a, 0), lambda y: (y > 0).astype(y.dtype)),
         "rnn_tanh": _Plain(np.tanh, lambda y: 1 - y * y), "lstm": _Lstm(), "gru": _Gru()}
