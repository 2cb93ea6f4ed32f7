"""Gradients with pixels first: how ``layout.py`` converts the backward steps of a trace."""
from ..ops.nn import pool as pooling
from ..ops.nn.conv import _geometry
from .pixels import steps as pixels
from .trace import Kernel

__all__ = ["Pulls"]

CONV_PULL = Kernel("backward_convolution", pixels.convolution_pull, 2)
NORM_PULL = Kernel("backward_batch_norm", pixels.batch_norm_pull, 4, True)
MOVE_PULL = Kernel("backward_batch_norm", pixels.batch_norm_pull, 4)
POOL_PULL = Kernel("backward_pooling", pixels.pooling_pull)
_PULLS = {"_backward_Convolution_data", "_backward_Convolution_weight"}


class Pulls:
    """The part of the converter that knows gradients; values and their layouts are the other part's."""

    @staticmethod
    def pools(p, shape):
        return len(shape) == 4 and p.get("layout") in (None, "NCHW") and p.get("pool_type", "max") in ("max", "avg", "sum")

    @staticmethod
    def pool_axes(shape, p):
        return pooling._axes(tuple(shape[2:]), p["kernel"], p["stride"], p["pad"], p["global_pool"], p["pooling_convention"])

    def relu_pulls(self):
        """Find gradients of relu whose first user is the gradient of a batch normalisation."""
        order = {id(s): k for k, s in enumerate(self.backward)}
        for s in self.backward:
            g = s.outs[0]
            if s.op.name != "_backward_relu" or not self.image(g) or not self.here(s.ins[1]):
                continue
            users = [u for u in self.users.get(g, ()) if id(u) in order]
            first = min(users, key=lambda u: order[id(u)], default=None)
            if first is not None and first.op.name == "_backward_BatchNorm" and first.ins[0] == g and \
                    self.here(first.ins[1]) and first.params["axis"] in (1, -3):
                self.masks[g] = s.ins, len(users) > 1 or g in self.fixed
                self.gone.add(id(s))

    def _backward_BatchNorm(self, s):
        dy, x, gamma, mean, inverse, moving_mean, moving_var = s.ins
        if not self.here(x) or s.params["axis"] not in (1, -3):
            return False
        y, keep = None, False
        if dy in self.masks:
            (head, y), keep = self.masks[dy]
            y = self.of(y)
        else:
            head = dy
        head = self.of(head)
        kept = self.fresh(dy) if y is not None and keep else self.beside(4, s.outs[0], (0,), self.kinds[x][1])
        for i in s.ins[2:]:
            self.restore(i)
        batch = s.params["batch"]
        self.plain.update(s.outs[1:])
        self.put(NORM_PULL if batch else MOVE_PULL, [head, y, self.of(x), gamma, mean, inverse, moving_mean, moving_var],
                 [kept, self.fresh(s.outs[0]), *s.outs[1:]], eps=s.params["eps"], momentum=s.params["momentum"],
                 batch=batch, keep=keep)
        return True

    def _backward_Convolution_data(self, s):
        return self.pull(s.ins[0], s)

    def _backward_Convolution_weight(self, s):
        return self.pull(s.ins[0], s)

    def pull(self, dy, s):
        """The gradients of a convolution for its data and weight, in one step if both are wanted."""
        data = s.op.name.endswith("data")
        found = [k for k, conv in self.convs.items() if s.ins[1] == k[data] and self.pulls(s, dy, conv)]
        if not found:
            return False
        x, w = found[0]
        other = next((u for u in self.users[dy] if id(u) not in self.gone and u.ins[0] == dy and u.op.name in _PULLS and
                      u.op.name != s.op.name and (k := (u.ins[1], s.ins[1]) if data else (s.ins[1], u.ins[1])) in found and
                      self.pulls(u, dy, self.convs[k])), None)
        if other is not None:
            x, w = (other.ins[1], s.ins[1]) if data else (s.ins[1], other.ins[1])
            self.gone.add(id(other))
        d, w_ = (s, other) if data else (other, s)
        self.restore(w)
        p = s.params
        dx = self.fresh(d.outs[0]) if d is not None else self.beside(4, s.outs[0], (0,), self.kinds[x][1])
        dw = w_.outs[0] if w_ is not None else self.beside(4, s.outs[0], (0,), self.kinds[w][1])
        self.plain.add(dw)
        self.put(CONV_PULL, [self.of(dy), self.of(x), w], [dx, dw], stride=p["stride"], dilate=p["dilate"], pad=p["pad"],
                 need_x=d is not None, need_w=w_ is not None)
        return True

    def pulls(self, s, dy, conv):
        """Whether ``s`` is a gradient of a convolution of these parameters and shapes."""
        p, q = s.params, conv.params
        where = _geometry(q["kernel"], q["stride"], q["dilate"], q["pad"], None)
        return where == (p["stride"], p["dilate"], p["pad"]) and self.kinds[conv.outs[0]][0] == self.kinds[dy][0] and \
            all(q[k] == p[k] for k in ("kernel", "num_group")) and \
            (s.op.name.endswith("weight") or tuple(p["shape"]) == self.kinds[conv.ins[0]][0])

    def _backward_Pooling_max(self, s):
        dy, x, y = s.ins
        if not (self.here(x) and self.here(y)) or not self.pools(s.params, self.kinds[x][0]):
            return False
        axes = self.pool_axes(self.kinds[x][0], s.params)
        self.put(POOL_PULL, [self.of(dy), self.pixels[x], self.pixels[y]], [self.fresh(s.outs[0])], axes=axes, kind="max",
                 shape=self.kinds[self.pixels[x]][0], with_pad=False)
        return True

    def _backward_Pooling_sum(self, s):
        shape = s.shapes[0]
        if not self.pools(s.params, shape) or not self.images_wanted(s.outs[0]):
            return False
        axes = self.pool_axes(shape, s.params)
        b, c, h, w = shape
        self.put(POOL_PULL, [self.of(s.ins[0]), None, None], [self.fresh(s.outs[0])], axes=axes, kind=s.params["pool_type"],
                 shape=(h, w, b, c), with_pad=s.params["count_include_pad"] is not False)
        return True

    def images_wanted(self, n):
        """Whether the gradient ``n`` goes to something that has pixels first."""
        return self.image(n) and any(self.here(i) for u in self.users.get(n, ()) for i in u.ins if i is not None and i != n)
