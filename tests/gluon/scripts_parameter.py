"""Scripts on Parameter, Constant and ParameterDict."""
import os
import tempfile

import numpy as np

import mxnet as mx
from mxnet import autograd, gluon, nd
from tests.scripts import Cases, raises, warned

CASES = Cases()
P, C, D = gluon.Parameter, gluon.Constant, gluon.ParameterDict
TWO = [mx.cpu(0), mx.cpu(1)]


def made(*args, init="ones", ctx=None, **kwargs):
    p = P(*args, **kwargs)
    p.initialize(init=init, ctx=ctx)
    return p


def state(p):
    return p.shape, np.dtype(p.dtype).name, p.grad_req, str(p.list_ctx()), p.list_data()


@CASES
def texts():
    return [repr(P(*a, **k)) for a, k in ((("w",), {}), (("w",), {"shape": (2, 3)}), (("w",), {"shape": 5}),
                                          (("w",), {"shape": (0, 3), "dtype": "float16"}), (("w",), {"shape": (-1, 3)}))] + \
        [repr(C("c", [1, 2])), repr(D()), repr(D("p_"))]


@CASES
def defaults():
    p = P("w")
    return (p.name, p.shape, p.dtype, p.grad_req, p.lr_mult, p.wd_mult, p.init, p._data, p._grad, p._deferred_init,
            p._allow_deferred_init, p._stype, p._grad_stype)


@CASES.over(req=lambda: P("w", grad_req="x"), stype=lambda: P("w", stype="x"), grad_stype=lambda: P("w", grad_stype="x"),
            data=lambda: P("w").data(), grad=lambda: P("w").grad(), list_data=lambda: P("w").list_data(),
            list_grad=lambda: P("w").list_grad(), list_ctx=lambda: P("w").list_ctx(), zero_grad=lambda: P("w").zero_grad(),
            set_data=lambda: P("w").set_data(nd.ones((2,))), reset_ctx=lambda: P("w").reset_ctx(mx.cpu(1)),
            unknown=lambda: P("w").initialize(), zero=lambda: P("w", shape=(0, 2)).initialize(),
            init=lambda: made("w", shape=(2,), init="nope"), ctx=lambda: made("w", shape=(2,), ctx=3),
            rows=lambda: P("w").row_sparse_data(nd.array([0])), list_rows=lambda: P("w").list_row_sparse_data(nd.array([0])),
            shape=lambda: setattr(P("w", shape=(2, 3)), "shape", (2, 4)),
            rank=lambda: setattr(P("w", shape=(2, 3)), "shape", (2, 3, 1)),
            forget=lambda: setattr(P("w", shape=(2, 3)), "shape", (2, 0)),
            set_shape=lambda: made("w", shape=(2,)).set_data(nd.ones((3,))),
            absent=lambda: made("w", shape=(2,), ctx=TWO).data(mx.cpu(2)),
            current=lambda: made("w", shape=(2,), ctx=[mx.cpu(1), mx.cpu(2)]).data(),
            mixed=lambda: P("w", shape=(2,)).initialize(default_init=mx.init.Mixed([".*"], [mx.init.One()])))
def error(function):
    return function()


@CASES
def shape_completes():
    p = P("w", shape=(-1, 0, 3))
    p.shape = (2, 4, 3)
    q = P("q")
    q.shape = (1, 2)
    return p.shape, q.shape


@CASES
def undifferentiable():
    p = made("w", shape=(2,), differentiable=False)
    p.grad_req = "write"
    return p.grad_req, raises(p.grad)


@CASES
def twice():
    p = made("w", shape=(2,))
    (_, kinds) = warned(lambda: p.initialize(init="zeros"))
    kept = p.data().copy()
    p.initialize(init="zeros", force_reinit=True)
    return kinds, kept, p.data()


@CASES
def contexts():
    p = made("w", shape=(2,), ctx=TWO)
    with mx.cpu(1):
        here = p.data().context
    return state(p), p.list_grad(), p.data(mx.cpu(1)), str(here), str(p.data().context)


@CASES
def one_other_context():
    return str(made("w", shape=(2,), ctx=mx.cpu(1)).data().context)


@CASES
def reset_ctx():
    p = made("w", shape=(2,))
    p.reset_ctx(TWO)
    q = P("q", shape=(0,), allow_deferred_init=True)
    q.initialize()
    q.reset_ctx(mx.cpu(1))
    return state(p), str(q.list_ctx())


@CASES
def deferred():
    p = P("w", shape=(0, 2), allow_deferred_init=True)
    p.initialize(init="ones", ctx=TWO)
    before = raises(p.data), raises(p.grad), str(p.list_ctx()), raises(p._finish_deferred_init)
    q = P("w", shape=(0, 2), allow_deferred_init=True)
    q.initialize(init="ones", ctx=TWO)
    q.shape = (3, 2)
    still = raises(q.data)
    q._finish_deferred_init()
    return before, still, state(q)


@CASES
def deferred_set_data():
    p = P("w", shape=(0,), allow_deferred_init=True)
    p.initialize()
    p.set_data(nd.array([1, 2]))
    shape = p.shape
    p._finish_deferred_init()
    return shape, p.data()


@CASES
def grad_req_changes():
    p = made("w", shape=(2,))
    p.grad_req = "null"
    none = raises(p.grad), raises(p.list_grad)
    p.zero_grad()
    p.grad_req = "add"
    for _ in range(2):
        with autograd.record():
            y = (p.data() * 3).sum()
        y.backward()
    added = p.grad().copy()
    p.zero_grad()
    return none, added, p.grad()


@CASES
def cast():
    p, q = made("w", shape=(2,)), P("q", shape=(2,))
    p.cast("float16")
    q.cast("float64")
    q.initialize(init="ones")
    q.dtype = "float16"
    return state(p), np.dtype(p.grad().dtype).name, state(q)


@CASES
def set_data_writes_in_place():
    p = made("w", shape=(2,))
    a = p.data()
    p.set_data(nd.array([5, 6], dtype="float64"))
    b = a.copy()
    p.set_data(np.array([7, 8]))
    return b, a, p.data() is a


@CASES
def set_data_while_recording():
    p = made("w", shape=(2,))
    with autograd.record():
        p.set_data(nd.array([5, 6]))


@CASES
def fill_by_default_init_whatever_the_name():
    found = []
    for name in ("a_weight", "a_bias", "a_gamma", "zzz"):
        p = P(name, shape=(2,))
        p.initialize(default_init=mx.init.Constant(3))
        found.append(p.data())
    p = P("a_bias", shape=(2,), init="one")
    p.initialize()
    return found, p.data()


@CASES
def var():
    p = P("w", shape=(2,), lr_mult=2.0, wd_mult=3.0, dtype="float16", init=mx.init.Xavier())
    return sorted(p.var().list_attr().items()), p.var() is p.var(), sorted(P("w").var().list_attr().items()), \
        sorted(P("w", shape=(2,), stype="row_sparse").var().list_attr().items())


@CASES
def constant():
    c, i = C("c", [[1, 2], [3, 4]]), C("i", nd.array([1, 2], dtype="int32"))
    c.initialize(ctx=TWO)
    i.initialize()
    _, kinds = warned(lambda: setattr(i, "grad_req", "write"))
    return state(c), state(i), kinds, raises(c.grad), raises(C("d", [1]).data), c.lr_mult


def filled(prefix="net_", **shapes):
    d = D(prefix)
    for name, shape in shapes.items():
        d.get(name, shape=shape)
    return d


@CASES
def dictionary():
    d = filled(a=(2, 3), b=(3,))
    a = d.get("a")
    return (repr(d), list(d.keys()), list(d), d.prefix, a.name, a is d["net_a"], [n for n, _ in d.items()],
            "net_a" in d, "a" in d, raises(lambda: d["a"]), repr(filled("", a=(1,))))


@CASES.over(shape=({"shape": (2, 4)},), rank=({"shape": (2, 3, 1)},), dtype=({"dtype": "float16"},),
            lr_mult=({"lr_mult": 3.0},), more=({"shape": (0, 3)},), same=({"shape": (2, 3), "dtype": np.float32},),
            init=({"init": "zeros"},))
def get_again(kwargs):
    d = D("net_")
    d.get("w", shape=(2, 3), lr_mult=2.0, init="ones")
    p = d.get("w", **kwargs)
    return p.shape, p.lr_mult, p.init


@CASES
def get_completes_the_shape():
    d = filled(a=(0, 3))
    return d.get("a", shape=(2, 0)).shape


@CASES
def get_unknown():
    D("net_").get("w", bogus=2)


@CASES
def shared():
    s = filled(a=(2,))
    d, other = D("net_", s), D("other_", s)
    return d.get("a") is s.get("a"), list(other.keys()), other.get("a").name, list(d.keys()), list(s.keys())


@CASES
def get_constant():
    d = filled(a=(2,))
    c = d.get_constant("c", nd.array([1, 2]))
    return (d.get_constant("c") is c, d.get_constant("c", nd.array([1, 2])) is c, raises(lambda: d.get_constant("x")),
            raises(lambda: d.get_constant("c", nd.array([1, 3]))), raises(lambda: d.get_constant("a", nd.array([1, 3]))))


@CASES
def update():
    d, e = filled(a=(1,)), filled("e_", b=(1,))
    d.update(e)
    d.update({"x": d["net_a"]})
    return list(d.keys()), raises(lambda: d.update(filled(a=(1,))))


@CASES
def all_at_once():
    d = filled(a=(2,), b=(1,))
    d.initialize(init=mx.init.One(), ctx=TWO)
    d.setattr("lr_mult", 3)
    d["net_a"].grad(mx.cpu(0))[:] = 5
    d.zero_grad()
    grads = d["net_a"].list_grad()
    d.reset_ctx(mx.cpu(3))
    return grads, d["net_a"].lr_mult, str(d.list_ctx()), d["net_b"].data(), str(D().list_ctx())


@CASES
def contexts_of_all():
    d = filled(a=(2,), b=(1,))
    d["net_a"].initialize(ctx=mx.cpu(0))
    first = raises(d.list_ctx)
    d["net_b"].initialize(ctx=mx.cpu(1))
    return first, str(d.list_ctx())


def written(strip=""):
    path = os.path.join(tempfile.mkdtemp(), "p")
    d = filled(a=(2,), b=(3, 1))
    d.initialize(init=mx.init.One())
    d.save(path, strip)
    return path


@CASES
def save():
    d = filled(a=(2,))
    folder = tempfile.mkdtemp()
    missing = raises(lambda: d.save(os.path.join(folder, "x")))
    d.initialize()
    return (sorted(nd.load(written())), sorted(nd.load(written("net_"))), missing,
            raises(lambda: d.save(os.path.join(folder, "y"), "foo_")))


@CASES.over(plain=({"a": (2,), "b": (3, 1)}, {"restore_prefix": "net_"}), missing_prefix=({"a": (2,), "b": (3, 1)}, {}),
            context=({"a": (2,), "b": (3, 1)}, {"restore_prefix": "net_", "ctx": [mx.cpu(1), mx.cpu(0)]}),
            bad_prefix=({"a": (2,), "b": (3, 1)}, {"restore_prefix": "x_"}), extra=({"a": (2,)}, {"restore_prefix": "net_"}),
            extra_ignored=({"a": (2,)}, {"restore_prefix": "net_", "ignore_extra": True}),
            missing=({"a": (2,), "b": (3, 1), "c": (1,)}, {"restore_prefix": "net_"}),
            missing_allowed=({"a": (2,), "b": (3, 1), "c": (1,)}, {"restore_prefix": "net_", "allow_missing": True}),
            shape=({"a": (4,), "b": (3, 1)}, {"restore_prefix": "net_"}),
            unknown_shape=({"a": (0,), "b": None}, {"restore_prefix": "net_"}))
def load(shapes, kwargs):
    d = filled(**shapes)
    d.load(written("net_"), **kwargs)
    return d["net_a"].data(), str(d["net_a"].list_ctx()), d["net_a"].shape


@CASES.over(no={}, cast={"cast_dtype": True}, saved={"cast_dtype": True, "dtype_source": "saved"},
            bad={"cast_dtype": True, "dtype_source": "x"})
def load_other_type(kwargs):
    d = D("net_")
    for n, s in (("a", (2,)), ("b", (3, 1))):
        d.get(n, shape=s, dtype="float16")
    d.load(written("net_"), restore_prefix="net_", **kwargs)
    return d["net_a"].data(), np.dtype(d["net_a"].dtype).name


@CASES
def load_when_initialized():
    d = filled(a=(2,), b=(3, 1))
    d.initialize(init=mx.init.Zero(), ctx=mx.cpu(1))
    path = written("net_")
    d.load(path, restore_prefix="net_")
    return d["net_a"].data(), str(d.list_ctx()), raises(lambda: d.load(path, ctx=mx.cpu(0), restore_prefix="net_"))


@CASES
def load_dict():
    d = filled(a=(2,), b=(3, 1))
    d.load_dict({"arg:net_a": nd.ones((2,)), "aux:net_b": nd.ones((3, 1))})
    return d["net_a"].data(), d["net_b"].data(), \
        raises(lambda: d.load_dict({"net_a": nd.ones((2,)), "net_b": nd.ones((3, 1))}, restore_prefix="net_"))


@CASES
def keys_as_printed():
    return repr(filled(a=(2,), b=(3, 1)).keys())


@CASES
def known_shapes():
    f = gluon.parameter.shape_is_known
    return f((1, 2)), f((0, 2)), f(None), f(()), raises(lambda: f((-1, 2)))


@CASES
def errors_derive():
    return [k.__name__ for k in gluon.DeferredInitializationError.__mro__]
