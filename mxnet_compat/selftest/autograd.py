"""The autograd guide as checks: each row is a few lines a script would have, and what real MXNet 1.9.1 gives for them.

``python autograd.py`` where the real package is installed prints what it gives beside what stands here. The checks take
the package as an argument and use nothing else of this one. Gradients of single operators are checked in `gradcheck`.
"""
import threading

import numpy as np

CHECKS = []  # (name, function of mx, expected)


def check(name, expected):
    """Add a check: a function of ``mx`` that returns numbers, flags or names in lists, to be equal to ``expected``."""
    def add(fn):
        CHECKS.append((name, fn, expected))
        return fn
    return add


def verify(mx, fn, expected):
    """Run one check; AssertionError with both sides unless they agree to 1e-5."""
    got = fn(mx)
    assert same(got, expected), f"expected {expected}, got {got}"


def same(got, expected):
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(expected, float):
        return isinstance(got, (int, float)) and abs(got - expected) <= 1e-5 * max(1, abs(expected))
    return got == expected


def flags(ag):
    return [ag.is_recording(), ag.is_training()]


def numbers(x):
    return x.asnumpy().tolist()


def leaf(mx, values, req="write"):
    x = mx.nd.array(values)
    x.attach_grad(req)
    return x


def refusal(fn):
    """The class name of what ``fn`` raises, or "accepted"."""
    try:
        fn()
    except Exception as e:
        return type(e).__name__
    return "accepted"


# scopes and flags -----------------------------------------------------------------------------------------------------

@check("the flags are off by default", [False, False])
def _(mx):
    return flags(mx.autograd)


@check("record(): both flags, restored after", [[True, True], [False, False]])
def _(mx):
    with mx.autograd.record():
        inside = flags(mx.autograd)
    return [inside, flags(mx.autograd)]


@check("record(train_mode=False): recording for inference", [True, False])
def _(mx):
    with mx.autograd.record(train_mode=False):
        return flags(mx.autograd)


@check("pause() and pause(train_mode=True) inside record()", [[False, False], [False, True], [True, True]])
def _(mx):
    ag = mx.autograd
    with ag.record():
        with ag.pause():
            a = flags(ag)
        with ag.pause(train_mode=True):
            b = flags(ag)
        return [a, b, flags(ag)]


@check("train_mode() and predict_mode() leave recording alone", [[False, True], [True, False], [True, True]])
def _(mx):
    ag = mx.autograd
    with ag.train_mode():
        a = flags(ag)
    with ag.record():
        with ag.predict_mode():
            b = flags(ag)
        return [a, b, flags(ag)]


@check("set_recording() and set_training() return the previous flag",
       [False, True, [True, False], False, True, [False, False]])
def _(mx):
    ag = mx.autograd
    a, b = ag.set_recording(True), ag.set_recording(True)
    c = flags(ag)
    ag.set_recording(False)
    d, e = ag.set_training(True), ag.set_training(False)
    return [a, b, c, d, e, flags(ag)]


@check("an exception inside record() restores the flags", ["ZeroDivisionError", [False, False]])
def _(mx):
    def fail():
        with mx.autograd.record():
            return 1 / 0
    return [refusal(fail), flags(mx.autograd)]


@check("each thread has its own flags", [[True, True], [False, False]])
def _(mx):
    seen = []
    with mx.autograd.record():
        thread = threading.Thread(target=lambda: seen.append(flags(mx.autograd)))
        thread.start()
        thread.join()
        return [flags(mx.autograd), *seen]


@check("Dropout acts under record() and train_mode(), not under predict_mode()", [True, True, False, False])
def _(mx):
    ag, x = mx.autograd, mx.nd.ones((100, 10))

    def dropped():
        return bool((mx.nd.Dropout(x, p=0.5).asnumpy() == 0).any())
    with ag.record():
        a = dropped()
        with ag.predict_mode():
            c = dropped()
    with ag.train_mode():
        b = dropped()
    return [a, b, c, dropped()]


# backward -------------------------------------------------------------------------------------------------------------

@check("x * x: gradient 2x", [[2.0, 4.0], [6.0, 8.0]])
def _(mx):
    x = leaf(mx, [[1, 2], [3, 4]])
    with mx.autograd.record():
        y = x * x
    y.backward()
    return numbers(x.grad)


@check("exp(2x): the chain rule", [2 * np.exp(2.0), 2 * np.exp(-1.0)])
def _(mx):
    x = leaf(mx, [1, -0.5])
    with mx.autograd.record():
        y = mx.nd.exp(2 * x)
    y.backward()
    return numbers(x.grad)


@check("head gradients weigh the outputs", [20.0, 1.0, 0.06])
def _(mx):
    x = leaf(mx, [1, 2, 3])
    with mx.autograd.record():
        y = x * x
    y.backward(mx.nd.array([10, 0.25, 0.01]))
    return numbers(x.grad)


@check("autograd.backward of two heads adds up", [[7.0, 9.0], [1.0, 2.0]])
def _(mx):
    x, w = leaf(mx, [1, 2]), leaf(mx, [5, 5])
    with mx.autograd.record():
        a, b = x * x, w * x
    mx.autograd.backward([a, b], [None, mx.nd.ones(2)])
    return [numbers(x.grad), numbers(w.grad)]


@check("branches and loops of Python are followed", [[8.0, 8.0], 3])
def _(mx):
    x = leaf(mx, [1, 2])
    steps = 0
    with mx.autograd.record():
        y = x
        while y.norm().asscalar() < 10:
            y, steps = y * 2, steps + 1
    y.backward()
    return [numbers(x.grad), steps]


@check("a value used twice collects both paths", [11.0])
def _(mx):
    x = leaf(mx, [2])
    with mx.autograd.record():
        y = x * 3
        z = y * x - x
    z.backward()
    return numbers(x.grad)


@check("the gradient of a broadcast array is summed over what was repeated", [[[2.0, 2.0, 2.0]], [[9.0], [9.0]]])
def _(mx):
    row, column = leaf(mx, [[2, 3, 4]]), leaf(mx, [[1], [1]])
    with mx.autograd.record():
        y = row * column
    y.backward()
    return [numbers(row.grad), numbers(column.grad)]


@check("what happens under pause() is a constant", [2.0, 2.0])
def _(mx):
    x = leaf(mx, [3, 4])
    with mx.autograd.record():
        y = x * 2
        with mx.autograd.pause():
            c = x * 100
        z = y + c
    z.backward()
    return numbers(x.grad)


@check("backward(train_mode) and inside record() are accepted", [[2.0], [2.0]])
def _(mx):
    x = leaf(mx, [1])
    with mx.autograd.record():
        y = x * x
        y.backward(train_mode=False)
    first = numbers(x.grad)
    with mx.autograd.record():
        y = x * x
    y.backward(retain_graph=False, train_mode=True)
    return [first, numbers(x.grad)]


@check("retain_graph=True allows a second backward, its absence refuses it", [[4.0], [4.0], "MXNetError"])
def _(mx):
    x = leaf(mx, [2])
    with mx.autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    first = numbers(x.grad)
    y.backward()
    return [first, numbers(x.grad), refusal(y.backward)]


@check("an array that was not recorded has no backward", ["MXNetError", "MXNetError"])
def _(mx):
    x = mx.nd.ones(2)
    y = leaf(mx, [1, 2]) * 2
    return [refusal(x.backward), refusal(y.backward)]


# leaves ---------------------------------------------------------------------------------------------------------------

@check("grad_req write, add, null over two passes", [[6.0], [12.0], None])
def _(mx):
    out = []
    for req in ("write", "add", "null"):
        x, w = leaf(mx, [3], req), leaf(mx, [0])
        for _i in range(2):
            with mx.autograd.record():
                y = x * x + w
            y.backward()
        out.append(None if x.grad is None else numbers(x.grad))
    return out


@check("attach_grad: a zero buffer of the array's shape; an unknown grad_req is a KeyError",
       [[[0.0, 0.0]], [1, 2], "KeyError"])
def _(mx):
    x = leaf(mx, [[1, 2]])
    return [numbers(x.grad), list(x.grad.shape), refusal(lambda: x.attach_grad("often"))]


@check("attach_grad on an intermediate cuts the graph there", [[0.0], [5.0]])
def _(mx):
    x = leaf(mx, [2])
    with mx.autograd.record():
        y = x * x
        y.attach_grad()
        z = y * 5
    z.backward()
    return [numbers(x.grad), numbers(y.grad)]


@check("detach() and BlockGrad stop the gradient", [[4.0], [4.0]])
def _(mx):
    out = []
    for stop in (lambda v: v.detach(), mx.nd.BlockGrad):
        x = leaf(mx, [2])
        with mx.autograd.record():
            y = x * x
            z = stop(y) * x
        z.backward()
        out.append(numbers(x.grad))
    return out


@check("mark_variables: own buffers, requests by name", [[2.0, 4.0], [7.0], "same buffer"])
def _(mx):
    ag = mx.autograd
    x, w = mx.nd.array([1, 2]), mx.nd.array([1])
    gx, gw = mx.nd.zeros(2), mx.nd.array([5])
    ag.mark_variables([x, w], [gx, gw], grad_reqs=["write", "add"])
    with ag.record():
        y = x * x + w
    y.backward()
    return [numbers(gx), numbers(gw), "same buffer" if numbers(x.grad) == numbers(gx) else "a copy"]


@check("a buffer that backward does not reach keeps its contents", [[1.0], [8.0]])
def _(mx):
    x, w = leaf(mx, [1]), leaf(mx, [4])
    w.grad[:] = 8
    with mx.autograd.record():
        y = x * 1
    y.backward()
    return [numbers(x.grad), numbers(w.grad)]


@check("writing into a recorded array while recording is refused, later it is not", ["MXNetError", "accepted", [2.0]])
def _(mx):
    x = leaf(mx, [1])

    def write():
        x[:] = 7
    with mx.autograd.record():
        y = x * 2
        refused = refusal(write)
    y.backward()
    return [refused, refusal(write), numbers(x.grad)]


# grad and higher orders -----------------------------------------------------------------------------------------------

@check("grad() returns a list and leaves .grad alone", ["list", 1, [3.0, 12.0], [0.0, 0.0]])
def _(mx):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * x * x
    g = mx.autograd.grad(y, x)
    return [type(g).__name__, len(g), numbers(g[0]), numbers(x.grad)]


@check("grad() of several variables with head gradients", [[10.0, 30.0], [5.0, 20.0]])
def _(mx):
    x, w = leaf(mx, [1, 2]), leaf(mx, [2, 3])
    with mx.autograd.record():
        y = x * w
    return [numbers(g) for g in mx.autograd.grad([y], [x, w], head_grads=[mx.nd.array([5, 10])])]


@check("second order of sin: -sin", [-float(np.sin(0.5)), -float(np.sin(2.0))])
def _(mx):
    ag, x = mx.autograd, leaf(mx, [0.5, 2])
    with ag.record():
        y = mx.nd.sin(x)
        dx = ag.grad(y, x, create_graph=True, retain_graph=True)[0]
    dx.backward()
    return numbers(x.grad)


@check("third order of expm1, log, tanh, reciprocal", [1.6487212, 16.0, -0.5652092, -96.0])
def _(mx):
    out = []
    for fn in (mx.nd.expm1, mx.nd.log, mx.nd.tanh, mx.nd.reciprocal):
        ag, x = mx.autograd, leaf(mx, [0.5])
        with ag.record():
            y = fn(x)
            for _i in range(2):
                y = ag.grad(y, x, create_graph=True, retain_graph=True)[0]
        y.backward()
        out += numbers(x.grad)
    return out


@check("a gradient added to the value it belongs to", [0.2080621])
def _(mx):
    ag, x = mx.autograd, leaf(mx, [0.3])
    with ag.record():
        y = mx.nd.sigmoid(x)
        dx = ag.grad(y, x, create_graph=True, retain_graph=True)[0]
        z = dx + y
    z.backward()
    return numbers(x.grad)


@check("grad() refuses an unmarked variable and too few head gradients", ["MXNetError", "AssertionError"])
def _(mx):
    ag, x, w = mx.autograd, leaf(mx, [1]), mx.nd.ones(1)
    with ag.record():
        y = x * w
    return [refusal(lambda: ag.grad(y, w)), refusal(lambda: ag.grad([y, y], [x], head_grads=[None]))]


# Function and get_symbol ----------------------------------------------------------------------------------------------

def sigmoid_of(mx):
    class Sigmoid(mx.autograd.Function):
        """The logistic function with a gradient by hand."""

        def forward(self, x):
            y = 1 / (1 + mx.nd.exp(-x))
            self.save_for_backward(y)
            return y

        def backward(self, dy):
            y, = self.saved_tensors
            return dy * y * (1 - y)
    return Sigmoid()


@check("Function: sigmoid by hand, in a chain", [[0.5, 0.880797], [1.5, 0.629962]])
def _(mx):
    x = leaf(mx, [0, 2])
    with mx.autograd.record():
        y = sigmoid_of(mx)(x)
        z = y * 3 * 2
    z.backward()
    return [numbers(y), numbers(x.grad)]


@check("Function: several inputs and outputs", [[12.0], [8.0], [3.0], [5.0]])
def _(mx):
    class Both(mx.autograd.Function):
        def forward(self, a, b):
            self.save_for_backward(a, b)
            return a * b, a + b

        def backward(self, d_product, d_sum):
            a, b = self.saved_tensors
            return d_product * b + d_sum, d_product * a + d_sum
    a, b = leaf(mx, [3]), leaf(mx, [5])
    with mx.autograd.record():
        p, s = Both()(a, b)
        y = p * 2 + s * 2
    y.backward()
    return [numbers(a.grad), numbers(b.grad), numbers(a), numbers(b)]


@check("Function: forward is not recorded, and does not record", [[False, True], [1.0]])
def _(mx):
    seen = []

    class Same(mx.autograd.Function):
        def forward(self, x):
            seen.extend(flags(mx.autograd))
            return x * 100

        def backward(self, dy):
            return dy
    x = leaf(mx, [1])
    with mx.autograd.record():
        y = Same()(x)
    y.backward()
    return [seen, numbers(x.grad)]


@check("get_symbol: the recorded graph", ["Symbol", 2, 1])
def _(mx):
    x, w = leaf(mx, [1]), leaf(mx, [2])
    with mx.autograd.record():
        y = mx.nd.exp(x * w)
    s = mx.autograd.get_symbol(y)
    return [type(s).__name__, len(s.list_arguments()), len(s.list_outputs())]


if __name__ == "__main__":
    import mxnet

    for title, function, wanted in CHECKS:
        result = function(mxnet)
        print("ok  " if same(result, wanted) else "DIFF", title, "" if same(result, wanted) else f"{wanted} | {result}")
