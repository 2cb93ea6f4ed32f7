"""Images with pixels first: convolutions, and what lies between them, are run on arrays (H, W, N, C) within a plan.

``convert`` replaces steps of a trace by steps on such arrays, with kernels of ``pixels/``, and joins what belongs
together: a convolution with the batch normalisation, the shortcut and the relu behind it, relu's gradient with that of
batch normalisation, the two gradients of a convolution. Arrays change their layout where other steps meet them.
"""
import copy

import numpy as np

from ..ops.nn.conv import _geometry
from . import kernels
from .pixels import steps as pixels
from .pulls import Pulls
from .trace import Kernel, Step

__all__ = ["APPLY", "BESIDE", "TRAIN", "convert"]

#: Numbers of values that a trace does not have are multiples of this, and the number of one that it has.
BESIDE = 1 << 24

#: Fewer channels than so are left as they are: a pixel of one image would be too short a run of memory.
_CHANNELS = 8
#: Operators whose body works element by element, besides those that ``kernels.py`` writes as code.
_ALIKE = {"clip", "_lesser_scalar", "_greater_scalar", "_lesser_equal_scalar", "_greater_equal_scalar", "logical_not",
          "_backward_relu", "hard_sigmoid", "_equal", "_lesser", "_greater", "sign", "rsqrt", "softsign", "_copy",
          "BlockGrad", "zeros_like", "ones_like"}
_ADDS = {"elemwise_add", "broadcast_add", "_plus", "_grad_add"}


TO, FROM = Kernel("to_pixels", pixels.to_pixels), Kernel("from_pixels", pixels.from_pixels)
FLAT = Kernel("Reshape", lambda x, shape: x.reshape(shape))
CONV = Kernel("convolution", pixels.convolution)
CONV_NORM = Kernel("convolution, batch_norm", pixels.convolution, effect=True)
CONV_SUMS = Kernel("convolution, moments", pixels.convolution_moments, 3)
TRAIN = Kernel("batch_norm", pixels.batch_norm, 5, True)
APPLY = Kernel("batch_norm again", pixels.again)
FIXED = Kernel("batch_norm, moving", pixels.batch_norm_moving, 3, True)
POOL = Kernel("pooling", pixels.pooling)
CONCAT, PART = Kernel("concat", pixels.concat), Kernel("slice", pixels.part)
SUM = Kernel("channel_sums", pixels.channel_sums)


def _limits(step):
    """The least and the largest value that relu, or a clip, leaves; None for other steps."""
    if step.op.name == "relu" or (step.op.name == "Activation" and step.params["act_type"] == "relu"):
        return 0, None
    p = step.params
    return (p["a_min"], p["a_max"]) if step.op.name == "clip" and p["a_min"] <= p["a_max"] else None


class _Converter(Pulls):
    def __init__(self, trace, forward, backward, fixed):
        self.trace, self.kinds = trace, trace.kinds
        self.users, self.fixed = {}, fixed
        for s in (*forward, *backward):
            for i in s.ins:
                if i is not None:
                    self.users.setdefault(i, []).append(s)
        self.maker = {o: s for s in (*forward, *backward) for o in s.outs}
        self.forward, self.backward = forward, backward
        self.pixels = {}            # number of a value -> number of the same with pixels first
        self.plain = {n for n in self.kinds if n not in self.maker}
        self.gone = set()           # ids of steps that became part of others
        self.ends = {}              # id of the last step of a group -> what is joined there
        self.convs = {}             # (data, weight) of a converted convolution -> its step
        self.moments = {}           # result of a convolution -> mean and variance
        self.masks = {}             # gradient behind relu -> (head gradient, result of relu), whether it is needed itself
        self.out = []

    # values

    def fresh(self, n):
        """The number of the value ``n`` with pixels first, which the next step makes."""
        (b, c, h, w), dtype = self.kinds[n]
        m = self.pixels[n] = self.beside(1, n, (h, w, b, c), dtype)
        return m

    def beside(self, kind, n, shape, dtype):
        """A number that depends on ``n`` and the kind only, so that other traces of the computation have the same."""
        m = kind * BESIDE + n
        self.kinds[m] = shape, dtype
        return m

    def put(self, op, ins, outs, **params):
        """Add a step."""
        s = Step.__new__(Step)
        s.op, s.ins, s.outs, s.params = op, list(ins), list(outs), params
        s.plain, s.fixed, s.inplace, s.into, s.block = True, None, None, None, False
        s.fresh = [op is not FLAT] * len(outs)
        s.given = [self.kinds[i] for i in ins if i is not None]
        s.shapes, s.dtypes = [self.kinds[o][0] for o in outs], [self.kinds[o][1] for o in outs]
        self.out.append(s)
        return s

    def of(self, n):
        """The number of ``n`` with pixels first; it is made where there is none."""
        if n not in self.pixels:
            source, shape = n, self.kinds[n][0]
            m = self.fresh(n)
            if shape[2] == shape[3] == 1:
                self.put(FLAT, [source], [m], shape=self.kinds[m][0])
            else:
                self.put(TO, [source], [m])
        return self.pixels[n]

    def restore(self, n):
        """Make the value ``n`` itself, of which there are only pixels first."""
        if n is None or n in self.plain or n not in self.pixels:
            return
        self.plain.add(n)
        m = self.pixels[n]
        shape = self.kinds[n][0]
        if shape[2] == shape[3] == 1:
            self.put(FLAT, [m], [n], shape=shape)
        else:
            self.put(FROM, [m], [n])

    def image(self, n):
        """Whether a value can have pixels first at all."""
        shape, dtype = self.kinds[n]
        return len(shape) == 4 and all(shape) and dtype.name in ("float32", "float64")

    def here(self, n):
        """Whether a value has pixels first."""
        return n in self.pixels

    def only(self, n):
        """The one step that uses a value, None where there is not exactly one or the value is given back."""
        users = self.users.get(n, ())
        return users[0] if len(users) == 1 and n not in self.fixed else None

    # which steps

    def fits(self, s):
        """Whether a convolution can be converted."""
        p = s.params
        if s.op.name != "Convolution" or len(p["kernel"]) != 2 or not self.image(s.ins[0]):
            return False
        k = self.kinds[s.ins[1]][0][0]
        groups, channels = p["num_group"], self.kinds[s.ins[0]][0][1]
        # of groups only those of one channel each
        return min(k, channels) >= _CHANNELS and (groups == 1 or groups == k == channels) and \
            len({self.kinds[i][1] for i in s.ins if i is not None}) == 1

    def plan_groups(self):
        """Find what follows convolutions and normalisations and can be joined to them."""
        place = {id(s): k for k, s in enumerate(self.forward)}
        for s in self.forward:
            if id(s) in self.gone:
                continue
            conv = norm = add = bound = None
            last = s
            if self.fits(s):
                conv = s
                after = self.only(s.outs[0])
                if after is not None and after.op.name == "BatchNorm" and self.norm_fits(after) and \
                        not self.batch(after) and after.ins[0] == s.outs[0] and self.unread(after):
                    norm = last = after
            elif s.op.name == "BatchNorm" and self.norm_fits(s):
                norm = s
            else:
                continue
            after = self.only(last.outs[0])
            if after is not None and after.op.name in _ADDS and id(after) in place and self.same(after) and norm is not None:
                beyond = self.only(after.outs[0])
                if id(after) not in self.gone and beyond is not None and id(beyond) in place and _limits(beyond):
                    add = last = after
                    after = beyond
            if after is not None and id(after) in place and _limits(after):
                bound = last = after
            joined = [x for x in (conv, norm, add, bound) if x is not None]
            if conv is s and len(joined) == 1:
                continue
            self.gone.update(id(x) for x in joined)
            rest = None
            if add is not None:
                before = (norm or conv).outs[0]
                rest = add.ins[1] if add.ins[0] == before else add.ins[0]
            self.ends[id(last)] = conv, norm, rest, bound and _limits(bound), last.outs[0]

    def same(self, s):
        shapes = {self.kinds[i] for i in s.ins}
        return len(shapes) == 1 and len(set(s.ins)) == 2

    @staticmethod
    def batch(s):
        return s.params["training"] and not s.params["use_global_stats"]

    def unread(self, s):
        """Whether nobody asks for the statistics that batch normalisation gives."""
        return not any(o in self.users or o in self.fixed for o in s.outs[1:])

    def norm_fits(self, s):
        return self.image(s.ins[0]) and s.params["axis"] in (1, -3) and \
            self.kinds[s.ins[1]][1] == self.kinds[s.ins[0]][1] and len(set(s.ins[1:])) == 4

    def near(self, n):
        """Whether a value has pixels first, or comes from a convolution that cannot, having few input channels."""
        s = self.maker.get(n)
        return self.here(n) or (s is not None and s.op.name == "Convolution" and self.image(n) and
                                s.params["num_group"] == 1 and self.kinds[n][0][1] >= _CHANNELS)

    # steps

    def run(self):
        """The converted (forward, backward)."""
        self.plan_groups()
        for s in self.forward:
            group = self.ends.get(id(s))
            if group is not None:
                self.joined(*group)
            elif id(s) not in self.gone and not (self.fits(s) and self.convolution(s)) and not self.alike(s):
                self.keep(s)
        for n in self.fixed:
            if n in self.maker and self.maker[n] in self.forward:
                self.restore(n)
        forward, self.out = self.out, []
        mine = set(map(id, self.forward))
        self.relu_pulls()
        for s in self.backward:
            if id(s) in self.gone:
                continue
            change = getattr(self, s.op.name, None) if s.op.name.startswith("_backward_") else None
            if not (change is not None and change(s)) and not self.alike(s):
                self.keep(s)
        for n in self.fixed:
            if n in self.maker and id(self.maker[n]) not in mine:
                self.restore(n)
        return forward, self.out

    def keep(self, s):
        """A step as it is."""
        for i in s.ins:
            self.restore(i)
        self.plain.update(s.outs)
        self.out.append(s)

    def convolution(self, s, norm=None, rest=None, limits=None, result=None):
        """A convolution with what is joined to it."""
        p, (x, w), bias = s.params, s.ins[:2], s.ins[2] if len(s.ins) > 2 else None
        stride, dilate, pad = _geometry(p["kernel"], p["stride"], p["dilate"], p["pad"], None)
        self.convs[x, w] = s
        x = self.of(x)
        self.restore(w)
        where = {"out": self.kinds[s.outs[0]][0][2:], "stride": stride, "dilate": dilate, "pad": pad}
        after = self.only_norm(s) if norm is None and limits is None else None
        if after is not None:
            z, c = self.fresh(s.outs[0]), self.kinds[w][0][0]
            moments = [self.beside(k, s.outs[0], (c,), np.dtype(np.float64)) for k in (2, 3)]
            self.put(CONV_SUMS, [x, w, bias], [z, *moments], **where)
            self.moments[s.outs[0]] = moments
            return True
        others = [None] * 4
        if norm is not None:
            others = norm.ins[1:]
            where.update(eps=norm.params["eps"], fix_gamma=norm.params["fix_gamma"])
        rest = None if rest is None else self.of(rest)
        result = self.fresh(s.outs[0] if result is None else result)
        self.put(CONV if norm is None else CONV_NORM, [x, w, bias, *others, rest], [result], **where, limits=limits)
        return True

    def only_norm(self, s):
        """The batch normalisation in training that takes the result, or None."""
        found = [u for u in self.users.get(s.outs[0], ()) if u.op.name == "BatchNorm" and self.norm_fits(u) and self.batch(u)]
        return found[0] if found else None

    def joined(self, conv, norm, rest, limits, result):
        """A group of steps as one."""
        if conv is not None:
            self.convolution(conv, norm, rest, limits, result)
            return
        x = norm.ins[0]
        if not self.near(x):
            # as it was; the parts were set aside already
            for s in self.parts(norm, result):
                if not self.alike(s):
                    self.keep(s)
            return
        others, p = norm.ins[1:], norm.params
        z = self.of(x)
        rest = None if rest is None else self.of(rest)
        for i in others:
            self.restore(i)
        where = {"eps": p["eps"], "fix_gamma": p["fix_gamma"], "limits": limits}
        mean, inverse = norm.outs[1:3]
        self.plain.update((mean, inverse))
        if self.batch(norm):
            scale, shift = (self.beside(k, norm.outs[0], *self.kinds[norm.ins[1]]) for k in (2, 3))
            moments = self.moments.get(x, [None, None])
            self.put(TRAIN, [z, *others[:2], *moments, rest], [self.fresh(result), mean, inverse, scale, shift], **where)
        else:
            self.put(FIXED, [z, *others, rest], [self.fresh(result), mean, inverse], **where)

    def parts(self, norm, result):
        """The steps from a normalisation to the result of its group."""
        found, s = [norm], norm
        while result not in s.outs:
            s = self.only(s.outs[0])
            found.append(s)
        return found

    def alike(self, s):
        """Convert a step that works in either layout, if all that it takes has pixels first; whether that was so."""
        name, p = s.op.name, s.params
        if name == "Pooling" and self.near(s.ins[0]) and self.pools(p, self.kinds[s.ins[0]][0]):
            axes = self.pool_axes(self.kinds[s.ins[0]][0], p)
            self.put(POOL, [self.of(s.ins[0])], [self.fresh(s.outs[0])], axes=axes, kind=p["pool_type"],
                     with_pad=p["count_include_pad"] is not False)
            return True
        if name == "sum" and self.here(s.ins[0]) and p["axis"] in (1, (1,)) and p["exclude"] and not p["keepdims"]:
            self.plain.update(s.outs)
            self.put(SUM, [self.pixels[s.ins[0]]], s.outs)
            return True
        if not s.ins or not any(i in self.pixels for i in s.ins):
            return False
        if name == "Concat" and p["dim"] in (1, -3) and all(map(self.here, s.ins)):
            self.put(CONCAT, [self.pixels[i] for i in s.ins], [self.fresh(s.outs[0])])
            return True
        if name == "slice" and self.here(s.ins[0]):
            part = self.channel_part(p, *self.kinds[s.ins[0]])
            if part is None:
                return False
            self.put(PART, [self.pixels[s.ins[0]]], [self.fresh(s.outs[0])], begin=part[0], end=part[1])
            return True
        shape = s.shapes[0]
        known = kernels.elementwise(s) or name in _ALIKE or (
            name == "LeakyReLU" and len(s.outs) == 1 and sum(i is not None for i in s.ins) == 1)
        if not known or len(s.outs) != 1 or len(shape) != 4 or s.op.injected & {"rng"} or \
                not all(self.kinds[i][0] == shape or kernels.size_of(self.kinds[i][0]) == 1 for i in s.ins if i is not None):
            return False
        large = [i for i in s.ins if i is not None and self.kinds[i][0] == shape]
        if not all(i in self.pixels for i in large) or kernels.size_of(shape) == 1:
            return False
        t = copy.copy(s)
        t.ins = [self.pixels.get(i, i) for i in s.ins]
        t.outs = [self.fresh(s.outs[0])]
        t.shapes = [self.kinds[t.outs[0]][0]]
        t.given = [self.kinds[i] for i in t.ins if i is not None]
        for i in t.ins:
            self.restore(i)
        self.out.append(t)
        return True

    @staticmethod
    def channel_part(p, shape, dtype):
        """(begin, end) where a slice takes some channels and all else, or None."""
        n = len(p["begin"])
        sides = [range(d)[slice(b, e, s)] for d, b, e, s in zip(shape, p["begin"], p["end"], p["step"] or (None,) * n)]
        if any(len(r) != d for k, (r, d) in enumerate(zip(sides, shape)) if k != 1) or n < 2 or sides[1].step != 1:
            return None
        return sides[1].start, sides[1].stop


def convert(trace, forward, backward, fixed):
    """(forward, backward) steps with pixels first where there are convolutions that gain by it.

    ``fixed`` numbers must exist as they are.
    """
    c = _Converter(trace, forward, backward, fixed)
    found = [s for s in forward if s.op.name == "Convolution"]
    if not found or sum(map(c.fits, found)) * 2 < len(found):
        return forward, backward
    return c.run()
