"""Scripts on stores."""
import os
import tempfile

import numpy as np

import mxnet as mx
from mxnet import nd
from tests.scripts import Cases, raises

CASES = Cases()
kv = mx.kv
ONES = nd.ones((2, 3))


def made(name="local", key=3, value=ONES):
    k = kv.create(name)
    k.init(key, value)
    return k


def pulled(k, key=3, shape=(2, 3), **kwargs):
    out = nd.zeros(shape)
    k.pull(key, out=out, **kwargs)
    return out


def push_and_pull(value):
    k = made()
    k.push(3, value)
    return pulled(k)


@CASES
def created():
    names = "local", "device", "LOCAL", "local_allreduce_cpu", "local_allreduce_device", "local_update_cpu"
    k = made()
    return [kv.create(n).type for n in names], k.rank, k.num_workers, k.is_capable("optimizer"), \
        sorted(kv.KVStoreBase.kv_registry), type(kv.create("teststore")).__name__, raises(lambda: kv.create(3))


@CASES.over(twice=lambda: made().init(3, ONES), mixed=lambda: made().init("a", ONES),
            mixed_text=lambda: made(key="a").init(1, ONES),
            pull_absent=lambda: pulled(made(), 4), push_absent=lambda: made().push(4, ONES), no_out=lambda: made().pull(3),
            pull_shape=lambda: pulled(made(), shape=(3, 2)), push_shape=lambda: push_and_pull(nd.ones((3,))),
            mismatch=lambda: kv.create().init([1, 2], [ONES]), numpy=lambda: kv.create().init(1, np.ones((2,))),
            real_key=lambda: kv.create().init(1.5, ONES), capability=lambda: made().is_capable("x"),
            save=lambda: made().save_optimizer_states("x"), load=lambda: made().load_optimizer_states("x"),
            compression=lambda: made().set_gradient_compression({"type": "2bit"}),
            compression_type=lambda: made("device").set_gradient_compression({"type": "1bit", "threshold": .5}),
            compression_missing=lambda: made("device").set_gradient_compression({"threshold": .5}),
            compression_sign=lambda: made("device").set_gradient_compression({"type": "2bit", "threshold": -.5}),
            compression_number=lambda: made("device").set_gradient_compression(3),
            rows_no_ids=lambda: kv.create().row_sparse_pull("a", out=ONES),
            rows_no_out=lambda: kv.create().row_sparse_pull("a", row_ids=ONES),
            rows_of_dense=lambda: made().row_sparse_pull(3, out=ONES.tostype("row_sparse"), row_ids=nd.array([0])),
            base=lambda: kv.KVStoreBase().broadcast(1, ONES, ONES), base_rank=lambda: kv.KVStoreBase().rank,
            test_optimizer=lambda: kv.create("teststore").set_optimizer(3))
def error(function):
    return function()


@CASES
def init_and_pull():
    k = kv.create()
    k.init(["a", "b"], [nd.ones((2,)), nd.zeros((2,))])
    outs = [nd.zeros((2,)), nd.ones((2,))]
    k.pull(["a", "b"], out=outs)
    return outs, pulled(made()), made().pull(3, out=nd.zeros((2, 3)))


@CASES
def push():
    k = made()
    k.push(3, ONES * 8)
    one = pulled(k)
    k.push(3, [nd.ones((2, 3), ctx=mx.cpu(i)) * i for i in range(4)])
    several = pulled(k)
    k.push(3, nd.ones((2, 3), dtype="float16"))
    return one, several, pulled(k)


@CASES
def push_of_lists():
    k, one = kv.create(), nd.ones((2,))
    k.init([1, 2], [one, one * 0])
    k.push([1, 2], [[one, one], [one * 3, one]])
    outs = [[nd.zeros((2,)), nd.zeros((2,), ctx=mx.cpu(1))], [nd.zeros((2,))]]
    k.pull([1, 2], out=outs)
    k.push([1, 1, 2], [one, one, one * 3])
    return outs, pulled(k, 1, (2,)), pulled(k, 2, (2,))


@CASES
def updater():
    found = []
    for key in (3, "abc"):
        k, calls = made(key=key), []

        def update(i, g, w, calls=calls):
            calls.append((type(i).__name__, g.copy(), w.copy()))
            w += g * 2
        k._set_updater(update)
        k.push(key, [ONES, ONES])
        found.append((calls, pulled(k, key)))
    return found


@CASES
def optimizer():
    k = made()
    k.set_optimizer(mx.optimizer.create("test", rescale_grad=2.))
    k.push(3, [ONES, ONES])
    first = pulled(k)
    k.push(3, ONES)
    return first, pulled(k)


@CASES.over(local="local", device="device")
def pushpull(name):
    k, out = made(name), nd.zeros((2, 3))
    k.pushpull(3, ONES * 4, out=out)
    values, outs = [ONES.copy(), ONES * 2], [nd.zeros((2, 3)), nd.zeros((2, 3))]
    k.pushpull(3, values, out=outs)
    k.pushpull(3, values)
    b = [nd.zeros((2,)), nd.zeros((2,))]
    k2 = kv.create(name)
    k2.broadcast("x", nd.ones((2,)), out=b)
    return out, pulled(k), outs, values, b


@CASES
def optimizer_states():
    path = os.path.join(tempfile.mkdtemp(), "s")
    found = []
    for dump in (False, True):
        k, j = made(), made()
        k.set_optimizer(mx.optimizer.SGD(momentum=.9, learning_rate=.5))
        k.push(3, ONES)
        k.save_optimizer_states(path, dump_optimizer=dump)
        j.set_optimizer(mx.optimizer.SGD(momentum=.9))
        j.load_optimizer_states(path)
        j.push(3, ONES)
        found.append((j._updater.states, pulled(j)))
    return found


@CASES
def compression():
    k = made("device", value=nd.zeros((2, 3)))
    k.set_gradient_compression({"type": "2bit", "threshold": .5})
    g = nd.array([[.1, .5, -.7], [3, -.5, 0]])
    found = []
    for _ in range(4):
        k.push(3, [g, nd.array(g.asnumpy() * .6, ctx=mx.cpu(1))])
        found.append(pulled(k))
    return found


FOUR = nd.array([[1, 2], [3, 4], [5, 6], [7, 8.]])


@CASES
def rows():
    k = made(key="a", value=FOUR.tostype("row_sparse"))
    out = nd.zeros((4, 2), stype="row_sparse")
    k.row_sparse_pull("a", out=out, row_ids=nd.array([2, 0, 2]))
    outs = [nd.zeros((4, 2), stype="row_sparse") for _ in range(2)]
    k.row_sparse_pull("a", out=outs, row_ids=[nd.array([2]), nd.array([1, 3])])
    every = nd.zeros((4, 2))
    k.pull("a", out=every, ignore_sparse=False)
    return out.stype, out.indices, out.data, outs, every, \
        raises(lambda: k.row_sparse_pull("a", out=nd.zeros((4, 2)), row_ids=nd.array([0])))


@CASES.over(plain=False, optimizer=True)
def rows_pushed(optimizer):
    k = made(key="a", value=FOUR.tostype("row_sparse"))
    if optimizer:
        k.set_optimizer(mx.optimizer.SGD(learning_rate=1.))
    first, second = nd.array([[1, 0], [0, 0], [0, 0], [0, 0.]]), nd.array([[1, 1], [0, 0], [0, 0], [2, 0.]])
    k.push("a", [first.tostype("row_sparse"), second.tostype("row_sparse")])
    out = nd.zeros((4, 2), stype="row_sparse")
    k.row_sparse_pull("a", out=out, row_ids=nd.arange(4))
    return out


@CASES
def rows_pushed_to_dense():
    k = made()
    k.push(3, ONES.tostype("row_sparse"))
    return pulled(k)


@CASES
def store_for_tests():
    k, outs = kv.create("teststore"), [nd.zeros((2,)), nd.zeros((2,))]
    k.broadcast("x", nd.ones((2,)), out=outs)
    first = [o.copy() for o in outs]
    k.pushpull("x", [nd.ones((2,)), nd.ones((2,))], out=outs)
    return first, outs, k.rank, k.num_workers, k.type, k.is_capable("optimizer")
