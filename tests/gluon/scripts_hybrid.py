"""Scripts on HybridBlock and SymbolBlock: graphs, formats of arguments, export and import."""
import json
import os
import tempfile

import numpy as np
from mxnet.gluon import HybridBlock, SymbolBlock, nn

import mxnet as mx
from mxnet import autograd, gluon, nd, sym
from tests.scripts import Cases, raises, warned

CASES = Cases()


def block(function, **parameters):
    """A HybridBlock with this hybrid_forward(self, F, ...) and parameters of these shapes, filled with ones."""
    class B(HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                for name, shape in parameters.items():
                    setattr(self, name, self.params.get(name, shape=shape, init="ones", allow_deferred_init=True))
    B.hybrid_forward = function
    b = B()
    b.initialize()
    return b


def both(function, *inputs, **parameters):
    """Results (or exceptions) of a block, plain and hybridized."""
    b = block(function, **parameters)
    plain = raises(lambda: b(*inputs))
    b.hybridize()
    return plain, raises(lambda: b(*inputs)), b._in_format, b._out_format


X, Y = nd.array([[1, 2, 3], [4, 5, 6]]), nd.array([[1, 0, 1], [0, 1, 0]])


@CASES
def outputs():
    return (both(lambda s, F, x: (x * 1, x * 2), X), both(lambda s, F, x: [x * 1], X), both(lambda s, F, x: F.split(x, 3), X),
            both(lambda s, F, x: [x * 1, [x * 2, (x * 3,)]], X), both(lambda s, F, x: {"a": x * 1}, X)[1:])


@CASES
def inputs():
    f = lambda s, F, x, y, z=None: F.identity(x) + y if z is None else x + y + z  # noqa: E731
    return (both(f, X, Y), both(f, X, Y, X), both(f, X, Y, None), both(lambda s, F, x, y: x + y[0] * y[1], X, [Y, X]),
            both(lambda s, F, x, a=1: x * a, X, 3))


@CASES
def formats_must_stay():
    b = block(lambda s, F, x, y, z=None: x + y)
    b.hybridize()
    b(X, Y)
    return [raises(b, *args) for args in ((X, Y, None), (X, [Y]), (X, None), (X, Y, X), (X,), ([X, Y],))]


@CASES
def symbols_and_arrays():
    b = block(lambda s, F, x, y: [x + y, x * 2])
    out = b(sym.var("x"), sym.var("y"))
    return ([type(o).__name__ for o in out], out[0].list_arguments(), raises(lambda: b(sym.var("x"), X)),
            raises(lambda: b(X, sym.var("x"))), raises(lambda: b(np.ones((1,)), 3)))


@CASES
def contexts():
    b, far = block(lambda s, F, x, y=None: F.identity(x) if y is None else x + y), nd.ones((2, 3), ctx=mx.cpu(1))
    plain = raises(lambda: b(X, far))
    b.hybridize()
    z = block(lambda s, F, x: [F.broadcast_add(x, F.zeros((1,))), F.ones((2, 2)), F.random.uniform(shape=(2,))])
    found = [str(a.context) for a in z(nd.ones((1,), ctx=mx.cpu(3)))]
    z.hybridize()
    return plain, raises(lambda: b(X, far)), found, [str(a.context) for a in z(nd.ones((1,), ctx=mx.cpu(3)))]


@CASES
def what_symbols_lack():
    return both(lambda s, F, x: x.reshape((x.shape[0], -1)), X)[:2]


@CASES
def python_runs_once():
    calls = []
    b = block(lambda s, F, x: calls.append(F.__name__.split(".")[-1]) or x * 2)
    for _ in range(2):
        b(X)
    b.hybridize()
    for _ in range(3):
        b(X)
    return calls


@CASES
def shapes_that_the_graph_completes():
    return both(lambda s, F, x: x + F.zeros((0, 3)), X)[1]


@CASES
def gradients():
    found = []
    for hybrid in (False, True):
        b = block(lambda s, F, x, w: F.dot(x, w) ** 2, w=(3, 2))
        if hybrid:
            b.hybridize()
        x = X.copy()
        x.attach_grad()
        for _ in range(2):
            with autograd.record():
                y = b(x)
            y.backward()
        found.append((y, x.grad, b.w.grad()))
    return found


@CASES
def deferred_shapes():
    b = block(lambda s, F, x, w: F.FullyConnected(x, w, num_hidden=4, no_bias=True), w=(4, 0))
    c = block(lambda s, F, x, w: F.FullyConnected(x, w, num_hidden=4, no_bias=True), w=(4, 0))
    c.hybridize()
    n = nn.HybridSequential()
    n.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Flatten(), nn.Dense(3))
    n.infer_shape(nd.ones((1, 2, 8, 8)))
    return b(X), b.w.shape, c(X), c.w.shape, [p.shape for p in n.collect_params().values()]


@CASES
def infer_type():
    n = nn.HybridSequential()
    n.add(nn.Dense(3))
    n.infer_type(nd.ones((1, 2), dtype="float64"))
    return [np.dtype(p.dtype).name for p in n.collect_params().values()]


@CASES
def after_changes():
    n = nn.HybridSequential()
    n.add(nn.Dense(2))
    n.initialize(mx.init.One())
    n.hybridize()
    first = n(X).shape
    n.add(nn.Dense(5))
    n[1].initialize(mx.init.One())
    second = n(X)
    n.cast("float64")
    third = n(X.astype("float64"))
    n.hybridize(False)
    return first, second, third, [c._active for c in n], n(X.astype("float64"))


@CASES
def flags():
    n = nn.HybridSequential()
    n.add(nn.Dense(2))
    n.hybridize()
    first = n._flags, n[0]._flags
    n.hybridize(static_alloc=True, static_shape=True, forward_bulk_size=3)
    n.add(nn.Dense(3))
    return first, n._flags, n[0]._flags, n[1]._active, n._active


@CASES
def hooks_when_hybridized():
    n, calls = nn.HybridSequential(), []
    n.add(nn.Dense(2))
    n.initialize()
    n(X)
    n[0].register_forward_hook(lambda *_: calls.append("child"))
    n.register_forward_hook(lambda *_: calls.append("own"))
    _, kinds = warned(n.hybridize)
    n(X)
    n(X)
    return kinds, calls


@CASES.over(outputs=False, inputs=True)
def op_hook(monitor_all):
    n, calls = nn.HybridSequential(prefix="n_"), []
    with n.name_scope():
        n.add(nn.Dense(2), nn.BatchNorm())
    n.initialize()
    n(X)
    n.register_op_hook(lambda name, op, a: calls.append((name.decode(), op.decode())), monitor_all)
    plain = list(calls)
    n.hybridize()
    n(X)
    return plain, calls


def nodes(path):
    with open(path) as f:
        graph = json.load(f)
    return [(n["op"], n["name"], sorted(n.get("attrs", {}).items()), [i[:2] for i in n["inputs"]]) for n in graph["nodes"]], \
        graph["heads"], graph["arg_nodes"]


def convolutional():
    n = nn.HybridSequential(prefix="n_")
    with n.name_scope():
        n.add(nn.Conv2D(4, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(), nn.Flatten(), nn.Dropout(.5),
              nn.Dense(3, use_bias=False))
    return n, [nd.ones((1, 2, 8, 8))]


def several():
    def forward(self, F, x, y, w):
        z = F.broadcast_mul(F.dot(x, w), F.ones((1, 2)))
        return z, [F.sum(x + y, axis=1), F.concat(x, F.softmax(x), dim=1), -x ** 2 / 3 - 1, F.slice_axis(x, axis=1, begin=1,
                   end=None), F.split(x, 3, axis=1)[1], F.transpose(x).reshape((-1,)), F.where(x > 1, x, F.zeros_like(x))]
    return block(forward, w=(3, 2)), [X, Y]


@CASES.over(convolutional=convolutional, several=several)
def export(make):
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "m")
    n, args = make()
    n.initialize(mx.init.One())
    before = raises(lambda: n.export(path))
    n(*args)
    n.hybridize()
    n(*args)
    n.export(path, epoch=7)
    return before, sorted(os.listdir(folder)), nodes(path + "-symbol.json"), \
        [(k, v.shape) for k, v in sorted(nd.load(path + "-0007.params").items())]


def exported():
    path = os.path.join(tempfile.mkdtemp(), "m")
    n, args = convolutional()
    n.initialize(mx.init.One())
    n.hybridize()
    y = n(*args)
    n.export(path)
    return path, args[0], y


@CASES
def imports():
    path, x, y = exported()
    b = SymbolBlock.imports(path + "-symbol.json", ["data"], path + "-0000.params")
    c = SymbolBlock.imports(path + "-symbol.json", "data", path + "-0000.params", ctx=mx.cpu(1))
    return (b(x), y, list(b.collect_params()), b.prefix, repr(b), [p.grad_req for p in b.collect_params().values()],
            str(c.collect_params().list_ctx()), list(b._collect_params_with_prefix()))


@CASES
def imports_that_fail():
    path, x, _ = exported()
    return [raises(SymbolBlock.imports, *args) for args in (
        (path + "-symbol.json", "nope", path + "-0000.params"), (path + "-absent.json", "data"),
        (path + "-symbol.json", "data", path + "-absent.params"))] + \
        [raises(lambda: SymbolBlock.imports(path + "-symbol.json", "data")(x))]


@CASES
def symbol_block():
    x = sym.var("data")
    z = sym.FullyConnected(x, num_hidden=3, name="fc")
    b = SymbolBlock([z, z * 2], [x])
    before = list(b.collect_params()), raises(lambda: b(X)), repr(b)
    b.initialize(mx.init.One())
    y = b(X)
    other = b(sym.var("q"))
    b.cast("float64")
    return before, y, [p.shape for p in b.collect_params().values()], other[0].list_arguments(), \
        b(X.astype("float64"))[0], raises(lambda: SymbolBlock(z, [z]))


@CASES
def symbol_block_with_given_parameters():
    x = sym.var("data")
    z = sym.FullyConnected(x, num_hidden=3, name="fc", no_bias=True)
    d = gluon.ParameterDict()
    d.get("fc_weight", shape=(3, 3), init="ones")
    b = SymbolBlock(z, x, params=d)
    b.initialize()
    return b(X), b.collect_params()["fc_weight"] is d["fc_weight"]


@CASES
def backends():
    b = block(lambda s, F, x: x * 2)
    return raises(lambda: b.optimize_for(X))


@CASES
def exported_files_are_in_the_order_of_the_graph():
    class Scaled(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.bn, self.last, self.first = nn.BatchNorm(), nn.Dense(2), nn.Dense(3)
                self.scale = self.params.get("scale", shape=(1,), init="ones")

        def hybrid_forward(self, F, x, scale):
            return F.broadcast_mul(self.last(self.bn(self.first(x))), scale)
    b = Scaled(prefix="n_")
    b.initialize()
    b.hybridize()
    b(nd.ones((1, 2)))
    with tempfile.TemporaryDirectory() as folder:
        b.export(folder + "/net")
        return list(nd.load(folder + "/net-0000.params")), list(b.collect_params().keys())
