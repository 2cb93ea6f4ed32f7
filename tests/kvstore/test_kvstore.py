"""Tests of ``mxnet_compat/kvstore``."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd

from ..scripts import replay
from . import scripts_kvstore


@replay("kvstore", scripts_kvstore.CASES)
def test_as_recorded(case, check):
    check(case)


@pytest.mark.parametrize("name", ["dist_sync", "dist_async", "dist_device_sync", "p3", "horovod", "byteps"])
def test_distributed_stores_are_refused_with_their_name(name):
    with pytest.raises(mx.MXNetError, match=name):
        mx.kv.create(name)


def test_servers_are_refused():
    with pytest.raises(mx.MXNetError, match="several processes"):
        mx.kv.KVStoreServer(mx.kv.create()).run()


def test_stores_work_while_recording():
    k, x = mx.kv.create(), nd.ones((2,))
    k.init(0, x)
    x.attach_grad()
    with autograd.record():
        y = (x * 3).sum()
        k.push(0, x)
        k.pull(0, out=x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [3, 3]


def test_what_compression_holds_back_is_sent_later():
    k = mx.kv.create("device")
    k.init(0, nd.zeros((3,)))
    k.set_gradient_compression({"type": "2bit", "threshold": 0.5})
    total, sent = np.zeros(3), np.zeros(3)
    r, out = np.random.RandomState(0), nd.zeros((3,))
    for _ in range(50):
        g = r.uniform(-0.4, 0.4, 3).astype("float32")
        k.push(0, nd.array(g))
        k.pull(0, out=out)
        total += g
        sent += out.asnumpy()
        assert set(np.abs(out.asnumpy())) <= {0, 0.5}
    assert (np.abs(total - sent) < 0.5 + 1e-4).all()


def test_a_store_of_ones_own():
    @mx.kv.KVStoreBase.register
    class OwnStore(mx.kv.KVStoreBase):
        type = "ownstore"
    try:
        assert isinstance(mx.kv.create("OwnStore"), OwnStore)
        with pytest.raises(NotImplementedError, match="OwnStore"):
            mx.kv.create("ownstore").pushpull(0, nd.ones((1,)))
    finally:
        del mx.kv.KVStoreBase.kv_registry["ownstore"]


def test_sparse_arrays_are_not_pulled_unawares():
    k = mx.kv.create()
    k.init("a", nd.ones((2, 2)).tostype("row_sparse"))
    with pytest.warns(UserWarning, match="row_sparse_pull"):
        k.pull("a", out=nd.zeros((2, 2)))


def test_pushed_and_pulled_arrays_are_copies():
    # the real package keeps an array that is pushed alone, and sees what is written into it later
    k, a, out = mx.kv.create(), nd.ones((2,)), nd.zeros((2,))
    k.init(0, a)
    k.push(0, a)
    a[:] = 5
    k.pull(0, out=out)
    out[:] = 7
    k.pull(0, out=a)
    assert a.asnumpy().tolist() == [1, 1]
