"""Scripts on Block: names, parameters, children, hooks, files, summary."""
import contextlib
import io
import os
import tempfile

import numpy as np
from mxnet.gluon import Block, HybridBlock, nn

import mxnet as mx
from mxnet import gluon, nd
from tests.scripts import Cases, raises, warned

CASES = Cases()


class Net(HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.a = nn.Dense(2, in_units=3)
            self.b = nn.Dense(3)
            self.seq = nn.HybridSequential()
            self.seq.add(nn.Dense(1), nn.BatchNorm())
            with self.seq.name_scope():
                self.seq.add(nn.Dense(4))
            self.w = self.params.get("w", shape=(2,))
            self.c = self.params.get_constant("c", nd.array([1, 2]))
        self.out = nn.Dense(1)

    def hybrid_forward(self, F, x, w, c):
        return x


class Features(HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                self.features.add(nn.Conv2D(2, 3), nn.Dense(2))
            self.output = nn.Dense(3)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


class Plain(Block):
    def __init__(self):
        super().__init__()
        self.x = nn.Dense(2)

    def forward(self, x):
        return self.x(x)


def keys(block):
    return list(block.collect_params().keys())


@CASES.over(automatic={}, given={"prefix": "foo_"}, no_underscore={"prefix": "foo"}, empty={"prefix": ""})
def names(kwargs):
    n, m = Net(**kwargs), Features(**kwargs)
    return (repr(n), keys(n), n.prefix, n.name, repr(n.params), list(n._collect_params_with_prefix()), keys(m),
            list(m._collect_params_with_prefix()), m.features.prefix, m.features[0].name, repr(m))


@CASES
def names_count_by_class():
    a, b = Plain(), Plain()
    with mx.name.Prefix("pre_"):
        c = nn.Dense(2)
    with mx.name.NameManager():
        d = nn.Dense(2)
    return keys(a), keys(b), a.prefix, keys(c), keys(d), keys(nn.Dense(2, use_bias=False))


@CASES
def names_of_symbols():
    b = Plain()
    with b.name_scope():
        x = mx.sym.Variable("x")
        y = mx.sym.relu(x)
    return y.name, x.name


@CASES
def selected():
    n = Net(prefix="n_")
    return list(n.collect_params(".*bias|foo").keys()), list(n.collect_params("dense0_weight").keys()), \
        list(n.collect_params("n_dense.*weight").keys())


@CASES
def shared():
    s = nn.Dense(3, in_units=3)
    t = nn.Dense(3, in_units=3, params=s.params)
    u = nn.Dense(3, in_units=3, params=s.collect_params(), prefix="zz_")
    return keys(s), keys(t), t.prefix, s.weight is t.weight, keys(u), u.prefix


@CASES
def containers():
    class B(Block):
        def __init__(self):
            super().__init__()
            self.l = [nn.Dense(2)]
            self.d = {"x": nn.Dense(2)}
    b = B()
    found, kinds = warned(lambda: keys(b))
    return found, kinds, repr(b)


@CASES
def attributes():
    b = Plain()
    other = raises(lambda: setattr(b, "x", 3)), raises(lambda: setattr(b, "x", nn.Conv2D(2, 3)))
    b.x = nn.Dense(3)
    c = Block()
    c.p = 3
    c.p = nn.Dense(3)
    d = Block()
    d.p = gluon.Parameter("p", shape=(1,))
    again = raises(lambda: setattr(d, "p", gluon.Parameter("q", shape=(1,)))), raises(lambda: setattr(d, "p", 3))
    return other, list(b._children), b._children["x"] is b.x, list(c._children), again, keys(d), \
        list(d._collect_params_with_prefix())


@CASES
def attributes_before_init():
    class Late(Block):
        def __init__(self):
            self.x = nn.Dense(2)
    return Late()


@CASES.over(block=lambda: Block()(nd.ones((1,))), hybrid=lambda: HybridBlock()(nd.ones((1,))),
            numpy=lambda: nn.Dense(2)(np.ones((1, 2))), list=lambda: nn.Dense(2)([1]), nothing=lambda: nn.Dense(2)(),
            keyword=lambda: nn.Dense(2)(x=nd.ones((1, 2))), uninitialized=lambda: nn.Dense(2, in_units=2)(nd.ones((1, 2))),
            deferred=lambda: nn.Dense(2)(nd.ones((1, 2))), child=lambda: setattr(HybridBlock(), "x", Plain()),
            add=lambda: nn.HybridSequential().add(nn.Sequential()), summary=lambda: Block().summary(nd.ones((1,))))
def error(function):
    return function()


@CASES
def wrong_shapes():
    d, e, f = nn.Dense(2, in_units=3), nn.Dense(2), nn.Dense(2)
    for layer in (d, e, f):
        layer.initialize()
    e(nd.ones((1, 2)))
    e.hybridize()
    return raises(lambda: d(nd.ones((1, 2)))), raises(lambda: e(nd.ones((1, 3)))), \
        raises(lambda: f(nd.ones((1, 2)), nd.ones((1, 2))))


@CASES
def contexts():
    d, e = nn.Dense(2), nn.Dense(2)
    d.initialize(ctx=mx.cpu(1))
    e.initialize(ctx=[mx.cpu(1), mx.cpu(2)])
    return raises(lambda: d(nd.ones((1, 2)))), str(e(nd.ones((1, 2), ctx=mx.cpu(2))).context)


@CASES
def sequential():
    d = nn.Sequential()
    d.add(nn.Dense(2), nn.Dense(3, activation="relu"))
    part = d[0:1]
    d.register_child(nn.Dense(5))
    d.register_child(nn.Dense(5), "nm")
    return (repr(d), len(d), repr(d[0]), repr(d[-1]), repr(part), type(part), keys(part), part.prefix == d.prefix,
            raises(lambda: d[9]), [type(x).__name__ for x in d], list(d._children))


@CASES
def sequential_hybridized():
    d, e = nn.Sequential(), nn.Sequential()
    d.add(nn.Dense(2))
    e.add(Plain())
    return warned(d.hybridize)[1], warned(e.hybridize)[1], d[0]._active


@CASES
def hooks():
    n, calls = nn.Sequential(), []
    n.add(nn.Dense(2), nn.Dense(2))
    n.initialize()
    after = n[0].register_forward_hook(lambda b, i, o: calls.append(("after", b.name, len(i), o.shape)))
    n[0].register_forward_pre_hook(lambda b, i: calls.append(("before", b.name, i[0].shape)))
    n(nd.ones((1, 3)))
    after.detach()
    n(nd.ones((1, 3)))
    with n.register_forward_hook(lambda b, i, o: calls.append("with")):
        n(nd.ones((1, 3)))
    n(nd.ones((1, 3)))
    return calls


@CASES
def apply_and_cast():
    n, seen = Net(), []
    same = n.apply(lambda b: seen.append(type(b).__name__)) is n
    n.cast("float16")
    return seen, same, [(p.name, np.dtype(p.dtype).name) for p in n.collect_params().values()]


def sequence(prefix=None, units=3):
    n = nn.HybridSequential(prefix=prefix)
    n.add(nn.Dense(units), nn.BatchNorm())
    return n


def saved():
    path = os.path.join(tempfile.mkdtemp(), "p")
    n = sequence()
    n.initialize(mx.init.One())
    n(nd.ones((1, 2)))
    n.save_parameters(path)
    return path


@CASES
def save_parameters():
    return sorted((k, v.shape) for k, v in nd.load(saved()).items())


@CASES.over(plain={}, context={"ctx": mx.cpu(1)}, both={"ctx": [mx.cpu(0), mx.cpu(1)]}, saved={"cast_dtype": True})
def load_parameters(kwargs):
    n = sequence()
    n.load_parameters(saved(), **kwargs)
    return n[0].weight.data(n[0].weight.list_ctx()[0]), str(n.collect_params().list_ctx())


@CASES
def load_parameters_that_do_not_fit():
    path, other = saved(), sequence(units=4)
    few, many, typed = nn.HybridSequential(), sequence(), sequence()
    few.add(nn.Dense(3))
    many.add(nn.Dense(2))
    typed.cast("float64")
    found = [raises(b.load_parameters, path) for b in (few, many, other, typed, nn.Dense(2))]
    few.load_parameters(path, ignore_extra=True)
    many.load_parameters(path, allow_missing=True)
    typed.load_parameters(path, cast_dtype=True)
    return found, few[0].weight.data(), raises(many[2].weight.data), np.dtype(typed[0].weight.dtype).name, \
        raises(lambda: few.load_parameters(path + "absent"))


@CASES
def load_parameters_of_one_layer():
    path = os.path.join(tempfile.mkdtemp(), "p")
    d, e = nn.Dense(2, in_units=2), nn.Dense(2)
    d.initialize(mx.init.One())
    d.save_parameters(path)
    e.load_parameters(path)
    return sorted(nd.load(path)), e.weight.data(), raises(lambda: nn.Dense(2, use_bias=False).load_parameters(path))


@CASES
def load_former_files():
    folder = tempfile.mkdtemp()
    n, m = sequence("a_"), sequence("a_")
    n.initialize(mx.init.One())
    n(nd.ones((1, 2)))
    n.collect_params().save(os.path.join(folder, "full"))
    n.collect_params().save(os.path.join(folder, "cut"), strip_prefix="a_") if all(
        k.startswith("a_") for k in n.collect_params().keys()) else None
    m.collect_params().load(os.path.join(folder, "full")) if keys(m) == keys(n) else None
    return sorted(nd.load(os.path.join(folder, "full"))) == sorted(keys(n)), len(os.listdir(folder))


@CASES
def load_former_files_of_a_scope():
    folder = tempfile.mkdtemp()
    n, m = Features(prefix="a_"), Features(prefix="b_")
    n.initialize(mx.init.One())
    n(nd.ones((1, 2, 3, 3)))
    _, kinds = warned(lambda: n.save_params(os.path.join(folder, "f")))
    m.load_parameters(os.path.join(folder, "f"))
    return kinds, sorted(nd.load(os.path.join(folder, "f"))), m.output.weight.data()


@CASES
def deduplicate():
    class Twice(Block):
        def __init__(self):
            super().__init__()
            self.a = nn.Dense(2, in_units=2)
            self.b = self.a
    path, t = os.path.join(tempfile.mkdtemp(), "p"), Twice()
    t.initialize()
    t.save_parameters(path)
    every = sorted(nd.load(path))
    t.save_parameters(path, deduplicate=True)
    once = sorted(nd.load(path))
    t.load_parameters(path)
    return every, once


def printed(function):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        function()
    return out.getvalue()


@CASES
def summary():
    n = nn.HybridSequential()
    n.add(nn.Conv2D(4, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(), nn.Flatten(), nn.Dense(3), nn.Dropout(.5))
    n.initialize()
    text = printed(lambda: n.summary(nd.ones((1, 2, 8, 8))))
    n.hybridize()
    return text, raises(lambda: n.summary(nd.ones((1, 2, 8, 8))))


@CASES
def summary_of_shared_layers_and_several_outputs():
    class Twice(Block):
        def __init__(self):
            super().__init__()
            self.a = nn.Dense(2, in_units=2)
            self.b = self.a
            self.c = nn.Lambda(lambda x, y: [x, y, [x * 2]])

        def forward(self, x, y):
            return self.c(self.b(self.a(x)), y)
    t = Twice()
    t.initialize()
    t.a.bias.grad_req = "null"
    return printed(lambda: t.summary(nd.ones((1, 2)), nd.ones((3,))))
