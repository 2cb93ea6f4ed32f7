"""Large work in parts, and memory that is handed out again."""
import gc
import multiprocessing
import threading

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.backend import parallel, pool

N = pool.SMALL // 4 + 3        # just over the limit in float32, and odd


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(parallel, "_count", 2)


@pytest.fixture
def x():
    return np.random.RandomState(0).uniform(0.5, 2, N).astype("float32")


def test_parts_give_what_the_whole_gives(x):
    y = x[::-1].copy()
    np.testing.assert_array_equal(parallel.unary(np.exp, x), np.exp(x))
    for a, b in ((x, y), (x, np.float32(3)), (np.float32(3), x), (x, x[:1]), (x[None, :], y[:1]),
                 (x[:N // 2 * 2].reshape(2, -1), y[:N // 2])):
        np.testing.assert_array_equal(parallel.binary(np.subtract, a, b), np.subtract(a, b))
    np.testing.assert_array_equal(parallel.blocks(lambda a, b: a * 2 + b, x, y), x * 2 + y)
    strided = np.repeat(x, 2)[::2]
    np.testing.assert_array_equal(parallel.unary(np.sqrt, strided), np.sqrt(x))


def test_results_go_where_out_says(x):
    out = np.empty_like(x)
    assert parallel.binary(np.add, x, x, out) is out and out[5] == 2 * x[5]
    parallel.binary(np.add, out, x, out)
    np.testing.assert_allclose(out, 3 * x, rtol=1e-6)


def test_exceptions_of_parts_come_through():
    def work(i, j):
        if i:
            raise KeyError("second part")
    with pytest.raises(KeyError, match="second part"):
        parallel.split(10, work)


def test_nested_work_is_not_split_again():
    seen = []

    def inner(i, j):
        seen.append((i, j))
    parallel.split(2, lambda i, j: parallel.split(4, inner) if i else None)
    assert seen == [(0, 4)]


def test_operators_take_the_same_way_at_any_size(x):
    a = nd.array(x)
    a.attach_grad()
    with mx.autograd.record():
        y = nd.sigmoid(a) * a / (a + 1.5)
    y.backward()
    s = 1 / (1 + np.exp(-x.astype("float64")))
    np.testing.assert_allclose(y.asnumpy(), s * x / (x + 1.5), rtol=1e-5)
    expected = s * (1 - s) * x / (x + 1.5) + s * 1.5 / (x + 1.5) ** 2
    np.testing.assert_allclose(a.grad.asnumpy(), expected, rtol=1e-4)
    a += 1
    np.testing.assert_array_equal(a.asnumpy(), x + 1)
    assert (nd.array(x) > 1).asnumpy().sum() == (x > 1).sum()


def test_free_memory_is_handed_out_again_and_used_memory_is_not():
    pool.clear()
    a = pool.empty((N,), "float32")
    view = a[3:7]
    where = a.ctypes.data
    assert pool.empty((N,), "float32").ctypes.data != where
    del a
    assert pool.empty((N,), "float32").ctypes.data != where
    del view
    gc.collect()
    taken = [pool.empty((N,), "float32").ctypes.data for _ in range(1)]
    both = {pool.empty((N,), "float32").ctypes.data for _ in range(2)}
    assert taken[0] in both | {where}


def test_kept_memory_is_bounded(monkeypatch):
    pool.clear()
    monkeypatch.setattr(pool, "KEEP", 3 * pool.SMALL)
    for k in range(20):
        pool.empty((pool.SMALL + 16 * k,), "uint8")
    assert sum(size * len(b) for size, b in pool._buffers.items()) <= 6 * pool.SMALL


def test_many_threads_at_once(x):
    errors = []

    def work(k):
        try:
            for _ in range(10):
                a = nd.array(x + k)
                np.testing.assert_array_equal((a + a).asnumpy(), 2 * (x + np.float32(k)))
        except AssertionError as e:
            errors.append(e)
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors


def _tell_whether_parts_agree(x, pipe):
    parallel._count = 2
    pipe.send(np.array_equal(parallel.unary(np.exp, x), np.exp(x)))


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_child_process_starts_its_own_threads(x, method):
    parallel.unary(np.exp, x)       # a fork inherits the executor of these threads, but not the threads
    context = multiprocessing.get_context(method)
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_tell_whether_parts_agree, args=(x, there), daemon=True)
    child.start()
    there.close()
    assert here.poll(60) and here.recv()
    child.join(60)
    assert child.exitcode == 0
