"""Scripts on Trainer and gluon.utils."""
import os
import tempfile

import numpy as np
from mxnet.gluon import Parameter, Trainer, nn

import mxnet as mx
from mxnet import autograd, gluon, nd
from tests.scripts import Cases, raises, warned

CASES = Cases()
TWO = [mx.cpu(0), mx.cpu(1)]
RATE = {"learning_rate": .1}


def made(name="w", shape=(2,), ctx=None, **kwargs):
    p = Parameter(name, shape=shape, **kwargs)
    p.initialize(init="ones", ctx=ctx)
    return p


def back(*params):
    for p in params:
        for d in p.list_data():
            with autograd.record():
                y = (d * d).sum()
            y.backward()


@CASES.over(text=lambda: Trainer("x", "sgd"), numbers=lambda: Trainer([3], "sgd"), none=lambda: Trainer(None, "sgd"),
            optimizer=lambda: Trainer([made()], "foo"), empty=lambda: Trainer([], "sgd"),
            both=lambda: Trainer([made()], mx.optimizer.SGD(), RATE), keyword=lambda: Trainer([made()], "sgd", {"x": 1}),
            uninitialized=lambda: Trainer([Parameter("w", shape=(2,))], "sgd"),
            contexts=lambda: Trainer([made(ctx=TWO), made("q")], "sgd"), stale=lambda: Trainer([made()], "sgd").step(1),
            store=lambda: Trainer([made()], "sgd", kvstore=3).step(1),
            sparse_outside=lambda: Trainer([sparse()], "sgd", update_on_kvstore=False).step(1),
            sparse_no_store=lambda: Trainer([sparse()], "sgd", kvstore=None).step(1),
            sparse_data=lambda: sparse().data(), sparse_list=lambda: sparse().list_data(),
            sparse_rows=lambda: sparse().row_sparse_data(nd.array([1])))
def error(function):
    return type(function()).__name__


def sparse():
    return made(shape=(4, 2), stype="row_sparse", grad_stype="row_sparse")


@CASES
def deferred():
    p = Parameter("w", shape=(0,), allow_deferred_init=True)
    p.initialize()
    Trainer([p], "sgd").step(1)


@CASES
def attributes():
    t = Trainer([made(lr_mult=.5)], "nag", {"momentum": .3, "rescale_grad": 2.})
    return (sorted(t.__dict__), type(t.optimizer).__name__, t.optimizer.idx2name,
            [p.name for p in t.optimizer.param_dict.values()],
            t._scale, t.learning_rate)


@CASES
def order():
    d = gluon.ParameterDict()
    for name in "ba":
        d.get(name, shape=(1,))
    d.initialize()
    return [[p.name for p in Trainer(ps, "sgd")._params]
            for ps in (d, {"b": made("b"), "a": made("a")}, [made("b"), made("a")])]


STORES = {"default": {}, "none": {"kvstore": None}, "local": {"kvstore": "local"}, "device": {"kvstore": "device"},
          "outside": {"update_on_kvstore": False}, "none-outside": {"kvstore": None, "update_on_kvstore": False}}


@CASES.each({f"{n}-{c}": (k, ctx) for n, k in {**STORES, "inside": {"update_on_kvstore": True}}.items()
             for c, ctx in (("one", None), ("two", TWO)) if (n, c) != ("inside", "one")})
def step(kwargs, ctx):
    p = made(ctx=ctx)
    t = Trainer([p], "sgd", RATE, **kwargs)
    back(p)
    t.step(2)
    return p.list_data(), p.list_grad(), type(t._kvstore).__name__, t._update_on_kvstore, t._optimizer.rescale_grad


@CASES
def step_with_a_store():
    found = []
    for ctx in (None, TWO):
        p = made(ctx=ctx)
        t = Trainer([p], "sgd", RATE, kvstore=mx.kv.create("local"))
        back(p)
        t.step(2)
        found.append((p.list_data(), t._update_on_kvstore))
    return found


@CASES
def stale_gradients():
    p, q = made(), made("q")
    t = Trainer([p, q], "sgd", RATE)
    back(p)
    first = raises(lambda: t.step(1))
    t.step(1, ignore_stale_grad=True)
    once = p.data().copy(), q.data().copy()
    t.step(1, ignore_stale_grad=True)
    back(p, q)
    t.step(1)
    return first, once, p.data(), q.data()


@CASES
def parameters_without_gradient():
    p, q = made(), made("q", grad_req="null")
    t = Trainer([p, q], "sgd", RATE)
    back(p)
    t.step(1)
    return p.data(), q.data()


@CASES
def added_gradients():
    p = made(grad_req="add")
    t = Trainer([p], "sgd", RATE)
    back(p)
    back(p)
    t.step(1)
    return p.data(), p.grad(), raises(lambda: t.step(1))


@CASES
def multipliers():
    p = made(lr_mult=.5, wd_mult=2.)
    t = Trainer([p], "sgd", {"learning_rate": .1, "wd": .1})
    back(p)
    t.step(1)
    first = p.data().copy()
    p.lr_mult = 0
    back(p)
    t.step(1)
    return first, p.data()


@CASES
def learning_rates():
    p = made()
    t = Trainer([p], "sgd", {"lr_scheduler": mx.lr_scheduler.FactorScheduler(1, .5, base_lr=.4)})
    rates = []
    for _ in range(3):
        back(p)
        t.step(1)
        rates.append(t.learning_rate)
    u = Trainer([made("u")], "sgd", RATE)
    u.set_learning_rate(.5)
    return rates, p.data(), raises(lambda: t.set_learning_rate(1.)), u.learning_rate


@CASES.each({n: (k,) for n, k in STORES.items()})
def allreduce_and_update(kwargs):
    p = made(ctx=TWO)
    t = Trainer([p], "sgd", RATE, **kwargs)
    back(p)
    t.allreduce_grads()
    reduced = [g.copy() for g in p.list_grad()]
    p.grad(mx.cpu(0))[:] *= .5
    t.update(1)
    return reduced, p.list_data()


@CASES.over(adam=("adam", None, {}), nag=("nag", None, {}), two=("sgd", TWO, {}),
            outside=("adam", TWO, {"update_on_kvstore": False}))
def states(optimizer, ctx, kwargs):
    path, p = os.path.join(tempfile.mkdtemp(), "s"), made(ctx=ctx)
    t = Trainer([p], optimizer, RATE, **kwargs)
    for _ in range(2):
        back(p)
        t.step(1)
    t.save_states(path)
    back(p)
    t.step(1)
    u = Trainer([p], optimizer, **kwargs)
    u.load_states(path)
    back(p)
    u.step(1)
    return p.list_data(), u.learning_rate, u.optimizer.num_update, [q.name for q in u.optimizer.param_dict.values()]


@CASES
def set_data_between_steps():
    found = []
    for ctx, kwargs in ((None, {}), (TWO, {}), (TWO, {"update_on_kvstore": False})):
        p = made(ctx=ctx)
        t = Trainer([p], "sgd", {"learning_rate": .1, "momentum": .5}, **kwargs)
        back(p)
        t.step(1)
        p.set_data(nd.array([5, 6]))
        back(p)
        t.step(1)
        found.append(p.list_data())
    return found


@CASES
def reset_ctx_between_steps():
    p = made()
    t = Trainer([p], "sgd", RATE)
    back(p)
    t.step(1)
    p.reset_ctx(mx.cpu(1))
    back(p)
    t.step(1)
    return p.data(), str(p.list_ctx())


@CASES
def two_trainers():
    p = made()
    t, u = Trainer([p], "sgd", RATE), Trainer([p], "sgd", RATE)
    back(p)
    t.step(1)
    back(p)
    u.step(1)
    return p.data()


@CASES
def sparse_weight():
    p = sparse()
    t = Trainer([p], "sgd", {"learning_rate": 1.})
    with autograd.record():
        w = p.row_sparse_data(nd.array([1, 3]))
        y = nd.sparse.dot(nd.sparse.csr_matrix(nd.array([[0, 1, 0, 2.]])), w).sum()
    y.backward()
    g = p.grad().copy()
    t.step(1)
    return g.stype, g, p.row_sparse_data(nd.array([0, 1, 3])), t._update_on_kvstore


@CASES
def sparse_gradient():
    net = nn.Embedding(4, 2, sparse_grad=True)
    net.initialize(mx.init.One())
    t = Trainer(net.collect_params(), "sgd", {"learning_rate": 1., "momentum": .5})
    for indices in ([1, 1, 3], [0, 1, 1]):
        with autograd.record():
            y = net(nd.array(indices)).sum()
        y.backward()
        t.step(1)
    return net.weight.grad().stype, net.weight.grad(), net.weight.data()


@CASES
def compression():
    p = made(ctx=TWO)
    t = Trainer([p], "sgd", {"learning_rate": 1.}, compression_params={"type": "2bit", "threshold": .5}, kvstore="device")
    back(p)
    t.step(1)
    q = made(ctx=TWO)
    u = Trainer([q], "sgd", compression_params={"type": "2bit", "threshold": .5}, kvstore="local")
    back(q)
    return p.list_data(), raises(lambda: u.step(1))


TEN = nd.array(np.arange(20).reshape(10, 2))
U = gluon.utils


@CASES.over(three=lambda: U.split_data(TEN, 3, even_split=False), two=lambda: U.split_data(TEN, 2),
            one=lambda: U.split_data(TEN, 1), axis=lambda: U.split_data(TEN, 2, batch_axis=1),
            uneven_axis=lambda: U.split_data(nd.ones((2, 7)), 3, batch_axis=1, even_split=False),
            uneven=lambda: U.split_data(TEN, 3), many=lambda: U.split_data(TEN, 11), no_axis=lambda: U.split_data(TEN, 2, 5),
            load=lambda: U.split_and_load(TEN, TWO), numpy=lambda: U.split_and_load(np.zeros((4, 2)), TWO),
            list=lambda: U.split_and_load([[1, 2], [3, 4]], TWO), context=lambda: U.split_and_load(TEN, mx.cpu(0)))
def split(function):
    return [(p, str(p.context)) for p in function()]


@CASES
def split_gives_views():
    x = TEN.copy()
    U.split_data(x, 2)[1][:] = 9
    return x, U.split_and_load(x, [mx.cpu(0)])[0] is x


@CASES.over(small=(1., {}), large=(100., {}), lazy=(1., {"check_isfinite": False}))
def clip_global_norm(limit, kwargs):
    arrays = [nd.array([3., 4.]), nd.array([[0., 12.]], ctx=mx.cpu(1))]
    return U.clip_global_norm(arrays, limit, **kwargs), arrays


@CASES
def clip_global_norm_of_strange_values():
    a = [nd.array([3., np.nan])]
    return warned(lambda: str(U.clip_global_norm(a, 1.))), raises(lambda: U.clip_global_norm([], 1.))


@CASES
def files():
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "a")
    with open(path, "wb") as f:
        f.write(b"hello")
    good = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
    return (U.check_sha1(path, good), U.check_sha1(path, good[:-1]), raises(lambda: U.check_sha1(path + "x", good)),
            U.download("http://localhost:1/a", path=path) == path, U.download("http://localhost:1/a", path=folder) == path,
            U.download("http://localhost:1/b", path=path, sha1_hash=good) == path,
            raises(lambda: U.download("http://localhost:1/a", path=path + "q", retries=-1)),
            raises(lambda: U.download("http://localhost:1/", path=None)), U.replace_file(path, path + "2"),
            os.listdir(folder))
