"""Key-value stores within one process: sums over contexts, updaters, rows, strings and numbers as keys."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

SHAPE = (4, 4)
KEYS, TEXTS = [5, 7, 11], ["b", "c", "d"]
CONTEXTS = [mx.cpu(i) for i in range(4)]


def store(single, several, kind="local", stype="default"):
    kv = mx.kv.create(kind)
    kv.init(single, nd.zeros(SHAPE).tostype(stype))
    kv.init(several, [nd.zeros(SHAPE).tostype(stype)] * len(several))
    return kv


@pytest.mark.parametrize(("single", "several"), [(3, KEYS), ("a", TEXTS)])
@pytest.mark.parametrize("kind", ["local", "device"])
def test_pairs_of_keys_and_values(single, several, kind, agree):
    kv = store(single, several, kind)
    kv.push(single, nd.ones(SHAPE))
    out = nd.empty(SHAPE)
    kv.pull(single, out=out)
    agree(out, np.ones(SHAPE))
    kv.push(several, [nd.ones(SHAPE) * 4] * 3)
    outs = [nd.empty(SHAPE)] * 3
    kv.pull(several, out=outs)
    for o in outs:
        agree(o, np.full(SHAPE, 4))


@pytest.mark.parametrize(("single", "several"), [(3, KEYS), ("a", TEXTS)])
@pytest.mark.parametrize("kind", ["local", "device"])
def test_values_of_several_contexts_are_added(single, several, kind, agree):
    kv = store(single, several, kind)
    values = [nd.ones(SHAPE, ctx) for ctx in CONTEXTS]
    kv.push(single, values)
    kv.pull(single, out=values)
    for v in values:
        agree(v, np.full(SHAPE, 4))
    groups = [[nd.ones(SHAPE, ctx) * 2 for ctx in CONTEXTS] for _ in several]
    kv.push(several, groups)
    kv.pull(several, out=groups)
    for group in groups:
        for v, ctx in zip(group, CONTEXTS):
            assert v.context == ctx
            agree(v, np.full(SHAPE, 8))


@pytest.mark.parametrize("single", [3, "a"])
def test_an_updater_of_the_user(single, agree):
    kv = store(single, KEYS if single == 3 else TEXTS)
    kv._set_updater(lambda key, received, local: local.__iadd__(received * 2))
    for round_ in range(1, 4):
        kv.push(single, [nd.ones(SHAPE, ctx) for ctx in CONTEXTS])
        out = nd.empty(SHAPE)
        kv.pull(single, out=out)
        agree(out, np.full(SHAPE, 8 * round_))


def test_an_optimizer_in_the_store(agree):
    kv = mx.kv.create("local")
    kv.init("w", nd.ones(SHAPE))
    kv.set_optimizer(mx.optimizer.create("test", rescale_grad=2))
    kv.push("w", nd.ones(SHAPE))
    out = nd.empty(SHAPE)
    kv.pull("w", out=out)
    agree(out, np.full(SHAPE, 3))
    assert kv.is_capable("optimizer")


def test_sparse_values_are_added(agree):
    kv = store("a", TEXTS, stype="row_sparse")
    value = nd.sparse.row_sparse_array((np.ones((2, 4), "float32"), [0, 2]), shape=SHAPE)
    kv.push("a", [value.as_in_context(ctx) for ctx in CONTEXTS])
    out = nd.sparse.zeros("row_sparse", SHAPE)
    kv.row_sparse_pull("a", out=out, row_ids=nd.array([0, 1, 2, 3]))
    want = np.zeros(SHAPE)
    want[[0, 2]] = 4
    agree(out, want)


@pytest.mark.parametrize("several", [False, True])
def test_rows_are_pulled(several, agree):
    kv = mx.kv.create("local")
    value = np.random.RandomState(0).rand(*SHAPE).astype("float32")
    kv.init("e", nd.array(value).tostype("row_sparse"))
    count = 3 if several else 1
    rows = [nd.array([i % 4, 2, 2], dtype="int64") for i in range(count)]
    outs = [nd.sparse.zeros("row_sparse", SHAPE) for _ in range(count)]
    kv.row_sparse_pull("e", out=outs if several else outs[0], row_ids=rows if several else rows[0])
    for o, r in zip(outs, rows):
        want = np.zeros(SHAPE)
        for k in set(r.asnumpy().astype(int).tolist()):
            want[k] = value[k]
        agree(o, want)


def test_what_is_refused():
    kv = store(3, KEYS)
    with pytest.raises(mx.MXNetError):
        kv.init(3, nd.zeros(SHAPE))
    with pytest.raises(mx.MXNetError):
        kv.init("text", nd.zeros(SHAPE))
    with pytest.raises(mx.MXNetError):
        kv.push(99, nd.ones(SHAPE))
    with pytest.raises(mx.MXNetError):
        kv.pull(99, out=nd.ones(SHAPE))
    with pytest.raises(AssertionError):
        kv.pull(3)
    with pytest.raises(AssertionError):
        kv.push([3, 5], [nd.ones(SHAPE)])


def test_sparse_arrays_are_pulled_whole_only_if_asked_for():
    kv = store("a", TEXTS, stype="row_sparse")
    kv.push("a", nd.ones(SHAPE).tostype("row_sparse"))
    out = nd.full(SHAPE, 7).tostype("row_sparse")
    kv.pull("a", out=out, ignore_sparse=True)
    assert (out.asnumpy() == 7).all()
    kv.pull("a", out=out, ignore_sparse=False)
    assert (out.asnumpy() == 1).all()


def test_kinds():
    kv = mx.kv.create("local")
    assert (kv.type, kv.rank, kv.num_workers) == ("local", 0, 1)
    assert mx.kv.create("device").type == "device"
    with pytest.raises(TypeError):
        mx.kv.create(3)


@pytest.mark.parametrize("name", ["local", "device", "teststore"])
@pytest.mark.parametrize("key", [3, "a"])
def test_pushing_and_pulling_at_once(name, key, agree):
    kv = mx.kv.create(name)
    outs = [nd.zeros(SHAPE, ctx) for ctx in CONTEXTS]
    kv.broadcast(key, nd.ones(SHAPE), out=outs)
    for o in outs:
        agree(o, np.ones(SHAPE))
    values = [nd.ones(SHAPE, ctx) * 2 for ctx in CONTEXTS]
    kv.pushpull(key, values, out=outs)
    for o in outs:
        agree(o, np.full(SHAPE, 8))
    kv.pushpull(key, values)
    for v in values:
        agree(v, np.full(SHAPE, 8))


def test_stores_of_the_user(agree):
    @mx.kv.KVStoreBase.register
    class Doubles(mx.kv.KVStoreBase):
        def broadcast(self, key, value, out, priority=0):
            for o in out if isinstance(out, list) else [out]:
                o[:] = value

        def pushpull(self, key, value, out=None, priority=0):
            total = sum(v.asnumpy() for v in (value if isinstance(value, list) else [value]))
            for o in (value if out is None else out) if isinstance(value, list) else [value if out is None else out]:
                o[:] = nd.array(total * 2)

        @staticmethod
        def is_capable(capability):
            return False

        @property
        def type(self):
            return "doubles"

        rank, num_workers = 0, 1

    kv = mx.kv.create("doubles")
    p = mx.gluon.Parameter("w", shape=(2,), init="ones")
    p.initialize()
    trainer = mx.gluon.Trainer([p], "sgd", {"learning_rate": 1.0}, kvstore=kv)
    with mx.autograd.record():
        loss = p.data().sum()
    loss.backward()
    trainer.step(1)
    agree(p.data(), [-1, -1])
