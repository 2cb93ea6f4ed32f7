"""Gradients against finite differences, for one row of sample inputs, on one device, to any order.

The scalar of order 1 is the sum of the outputs under fixed random weights; that of order n + 1 sums the gradients
of the scalar of order n, again under random weights, so that a rule that is itself not differentiable shows at order 2.
Which operators have rows is another matter (`selftest.gradients`).
"""
import zlib

import numpy as np

from . import rows

FULL = 16  # up to so many elements each has its own difference; above, one random direction stands for all
STEP = 1e-6
TOLERANCE = {"float64": (1e-5, 1e-6), "float32": (1e-3, 1e-4), "float16": (2e-2, 1e-2)}  # rtol, atol


def check(row, ctx, dtype="float64"):
    """Check the gradients of one row on the device ``ctx``; None if they are right.

    AssertionError names operator, order, input, position, expected and got. Differences are always taken in float64.
    """
    import mxnet_compat

    from ..ops import registry

    Checker(mxnet_compat, registry.get(row["op"]), row, ctx, dtype).run()


class Checker:
    """One check. ``mx`` is the package, ``op`` has ``name``, ``input_names``, ``differentiable`` and ``invoke``."""

    def __init__(self, mx, op, row, ctx, dtype="float64"):
        self.mx, self.op, self.row, self.ctx, self.dtype = mx, op, row, ctx, dtype
        self.seed = row.get("seed", zlib.crc32(row["op"].encode()) % 100000)
        self.rng = np.random.RandomState(self.seed)
        self.train = row.get("train", False)
        self.params = row.get("params", {})
        unknown = sorted(set(row["inputs"]) - set(op.input_names))
        assert not unknown, f"{op.name}: the row gives {unknown}, the inputs are {list(op.input_names)}"
        wanted = row.get("grad", op.differentiable)
        self.names, self.values, self.checked = [], [], []  # flat: a variadic input is as many entries as it has arrays
        for name in op.input_names:
            given = rows.make(row["inputs"][name], self.rng) if name in row["inputs"] else None
            many = isinstance(given, list)
            for i, value in enumerate(given if many else [given]):
                if name in wanted and value is not None:
                    self.checked.append(len(self.names))
                self.names.append(f"{name}[{i}]" if many else name)
                self.values.append(value)
        self.weights = {}

    def run(self):
        """The whole check, up to the order that the row asks for."""
        if not self.checked:
            return
        order = self.row.get("order", 2)
        first = self.backward(self.values)
        if order == 0:
            self.check_head(first)
        for k in range(1, order + 1):
            self.compare(k, first if k == 1 else self.higher(k, self.values, self.dtype)[1])

    # one evaluation ---------------------------------------------------------------------------------------------------

    def arrays(self, values, dtype):
        """Fresh arrays, since an operator may write into its auxiliary inputs; the checked ones are marked."""
        nd = self.mx.nd
        out = [None if v is None else nd.array(v, ctx=self.ctx, dtype=dtype if v.dtype.kind == "f" else v.dtype)
               for v in values]
        for i in self.checked:
            out[i].attach_grad()
        self.mx.random.seed(self.seed)
        return out

    def weight(self, key, shape):
        """The fixed random weights that go by ``key``."""
        if key not in self.weights:
            rng = np.random.RandomState(zlib.crc32(repr((self.seed, key)).encode()))
            self.weights[key] = np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
        return self.weights[key]

    def outputs(self, arrays):
        """The floating-point outputs."""
        return [y for y in self.op.invoke(arrays, dict(self.params)) if np.dtype(y.dtype).kind == "f"]

    def like(self, y, key):
        return self.mx.nd.array(self.weight(key, y.shape), ctx=self.ctx, dtype=y.dtype)

    def backward(self, values, shift=""):
        """First-order gradients as a script takes them: by head gradients; shape, dtype and device are checked."""
        ag = self.mx.autograd
        arrays = self.arrays(values, self.dtype)
        with ag.record(train_mode=self.train):
            ys = self.outputs(arrays)
        ag.backward(ys, [self.like(y, f"head{i}{shift}") for i, y in enumerate(ys)], train_mode=self.train)
        for i in self.checked:
            x, g = arrays[i], arrays[i].grad
            for what in ("shape", "dtype", "context"):
                got, expected = getattr(g, what), getattr(x, what)
                assert got == expected, f"{self.say(1, i)}: {what} expected {expected}, got {got}"
        return [arrays[i].grad.asnumpy() for i in self.checked]

    def higher(self, order, values, dtype, gradient=True):
        """(scalar of that order, its gradients or None), by ``autograd.grad`` with ``create_graph``."""
        ag = self.mx.autograd
        arrays = self.arrays(values, dtype)
        xs = [arrays[i] for i in self.checked]
        with ag.record(train_mode=self.train):
            s = self.total((y * self.like(y, f"head{i}")).sum() for i, y in enumerate(self.outputs(arrays)))
            for k in range(1, order):
                gs = ag.grad(s, xs, create_graph=True, retain_graph=True, train_mode=self.train)
                # the zero keeps the scalar on the tape where a gradient is constant
                s = self.total((g * self.like(g, f"order{k}:{i}") + x * 0).sum()
                               for i, (x, g) in enumerate(zip(xs, gs)))
        if gradient:
            s.backward(train_mode=self.train)
        return float(s.asnumpy().sum()), [x.grad.asnumpy() for x in xs] if gradient else None

    @staticmethod
    def total(terms):
        terms = iter(terms)
        s = next(terms)
        for t in terms:
            s = s + t
        return s

    def scalar(self, order, values):
        """The scalar of that order in float64."""
        if order > 1:
            return self.higher(order, values, "float64", gradient=False)[0]
        arrays = self.arrays(values, "float64")
        with self.mx.autograd.pause(train_mode=self.train):
            ys = [y.asnumpy().astype("float64") for y in self.outputs(arrays)]
        return sum(float((self.weight(f"head{i}", y.shape) * y).sum()) for i, y in enumerate(ys))

    # comparison -------------------------------------------------------------------------------------------------------

    def compare(self, order, got):
        """Analytic gradients ``got`` of the scalar of that order against central differences."""
        if sum(g.size for g in got) > FULL:
            direction = [self.rng.normal(size=g.shape) for g in got]
            expected = self.slope(order, direction)
            found = sum(float((d * g).sum(dtype="float64")) for d, g in zip(direction, got))
            scale = np.sqrt(sum(np.square(g, dtype="float64").sum() for g in got))
            if self.close(found, expected, scale):
                return
        for n, (i, g) in enumerate(zip(self.checked, got)):
            for at in np.ndindex(*g.shape):
                direction = [np.zeros(h.shape) for h in got]
                direction[n][at] = 1
                expected = self.slope(order, direction)
                assert self.close(g[at], expected, abs(expected)), (
                    f"{self.say(order, i)} at {list(at)}: expected {expected:.9g}, got {g[at]:.9g}")
        if sum(g.size for g in got) > FULL:
            raise AssertionError(f"{self.say(order, self.checked[0])} and the others: along a random direction "
                                 f"expected {expected:.9g}, got {found:.9g}")

    def slope(self, order, direction):
        step = self.row.get("eps", STEP)
        moved = []
        for sign in (1, -1):
            values = list(self.values)
            for i, d in zip(self.checked, direction):
                values[i] = values[i] + sign * step * d
            moved.append(self.scalar(order, values))
        return (moved[0] - moved[1]) / (2 * step)

    def close(self, got, expected, scale):
        rtol, atol = TOLERANCE[self.dtype]
        limit = self.row.get("atol", atol) + self.row.get("rtol", rtol) * scale
        return bool(abs(float(got) - expected) <= limit)

    def check_head(self, first):
        """Without differences there remain finite values, and no dependence on the head gradient where that is said."""
        for i, g in zip(self.checked, first):
            assert np.isfinite(g).all(), f"{self.say(1, i)}: not finite"
        if self.row.get("head", True) is False:
            for i, g, h in zip(self.checked, first, self.backward(self.values, "again")):
                assert np.array_equal(g, h), f"{self.say(1, i)}: depends on the head gradient, unlike its row says"

    def say(self, order, i):
        return f"{self.op.name}{self.params or ''} on {self.ctx}, order {order}: gradient of {self.names[i]}"
