"""Worker processes of the loader: what they give, and that nothing is left of them."""
import gc
import multiprocessing
import os
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from mxnet.gluon import data

import mxnet as mx
from mxnet_compat.gluon.data import _segment

X = np.random.RandomState(0).rand(64, 3, 16, 16).astype("float32")
Y = np.arange(64)
SHM = Path("/dev/shm")


def segments():
    """Names of the shared memory of loaders of this process."""
    return [p.name for p in SHM.glob(f"mxb{os.getpid():x}-*")] if SHM.exists() else []


def nothing_left():
    """No worker and no shared memory, once what is dropped is collected."""
    gc.collect()
    assert multiprocessing.active_children() == []
    assert segments() == []


def stop_at_20(x):
    if (x == X[20]).all():
        raise KeyError("boom")
    return x


def sleep(x):
    time.sleep(20)
    return x


def kill(x):
    os.kill(os.getpid(), 9)


def draw(x):
    return np.array([np.random.rand(), random.random(), mx.nd.random.uniform().asscalar(), os.getpid()])


@pytest.mark.parametrize("options", [{"num_workers": 2}, {"num_workers": 3, "prefetch": 0}, {"num_workers": 2, "prefetch": 50},
                                     {"num_workers": 2, "thread_pool": True}])
def test_batches_arrive_whole_and_in_order(options):
    loader = data.DataLoader(data.ArrayDataset(X, Y), 8, **options)
    for _ in range(2):
        batches = list(loader)
        np.testing.assert_array_equal(np.concatenate([b[0].asnumpy() for b in batches]), X)
        np.testing.assert_array_equal(np.concatenate([b[1].asnumpy() for b in batches]), Y)
    del loader
    nothing_left()


def test_arrays_outlive_loader_and_can_be_written():
    batches = list(data.DataLoader(data.ArrayDataset(X, Y), 32, num_workers=2))
    nothing_left()
    batches[0][0][:] = 1
    assert batches[0][0].asnumpy().min() == 1
    np.testing.assert_array_equal(batches[1][0].asnumpy(), X[32:])


def test_iterator_dropped_midway():
    loader = data.DataLoader(data.ArrayDataset(X, Y), 8, num_workers=2)
    it = iter(loader)
    next(it)
    del it
    gc.collect()
    assert segments() == []
    assert len(list(loader)) == 8
    it = iter(loader)
    next(it)
    del loader
    assert len(list(it)) == 7
    del it
    nothing_left()


def test_two_rounds_at_once():
    loader = data.DataLoader(data.ArrayDataset(X, Y), 8, num_workers=2)
    pairs = list(zip(loader, loader))
    assert len(pairs) == 8
    for a, b in pairs:
        np.testing.assert_array_equal(a[1].asnumpy(), b[1].asnumpy())
    del loader
    nothing_left()


def test_error_comes_with_its_traceback_where_its_batch_is_due():
    loader = data.DataLoader(data.ArrayDataset(X, Y).transform_first(stop_at_20), 8, num_workers=2)
    for _ in range(2):
        it = iter(loader)
        assert len([next(it), next(it)]) == 2
        with pytest.raises(KeyError, match="boom") as error:
            next(it)
        assert "in stop_at_20" in str(error.value.__cause__)
    del loader, it, error
    nothing_left()


def test_error_that_does_not_pickle():
    class Local(Exception):
        pass

    def fail(x):
        raise Local("told")
    loader = data.DataLoader(data.ArrayDataset(X, Y).transform_first(fail), 8, num_workers=1)
    with pytest.raises(mx.MXNetError, match="(?s)in fail.*Local: told"):
        list(loader)
    del loader
    nothing_left()


def test_batch_that_does_not_pickle():
    loader = data.DataLoader([1], 1, batchify_fn=lambda x: (lambda: x), num_workers=1)
    with pytest.raises(Exception, match="(?i)pickle"):
        list(loader)
    del loader
    nothing_left()


def test_worker_that_is_killed():
    loader = data.DataLoader(data.ArrayDataset(X, Y).transform_first(kill), 8, num_workers=2)
    with pytest.raises(mx.MXNetError, match="ended unexpectedly with exit code -9"):
        list(loader)
    nothing_left()
    with pytest.raises(mx.MXNetError, match="-9"):
        list(loader)


def test_timeout():
    loader = data.DataLoader(data.ArrayDataset(X, Y).transform_first(sleep), 8, num_workers=2, timeout=0.2)
    with pytest.raises(multiprocessing.TimeoutError, match="0.2 seconds"):
        list(loader)
    nothing_left()


def test_threads_time_out():
    loader = data.DataLoader(data.SimpleDataset([1, 1]).transform(lambda x: time.sleep(1) or x), 1, num_workers=1,
                             thread_pool=True, timeout=0.1)
    with pytest.raises(multiprocessing.TimeoutError):
        list(loader)


def test_workers_draw_different_numbers_that_repeat():
    def rounds():
        np.random.seed(5)
        random.seed(5)
        mx.random.seed(5)
        return np.concatenate([b.asnumpy() for b in data.DataLoader(data.SimpleDataset(range(8)).transform(draw), 2,
                                                                    num_workers=2)])
    first, again = rounds(), rounds()
    np.testing.assert_array_equal(first[:, :3], again[:, :3])
    assert len(set(first[:, 3])) == 2
    for column in range(3):
        assert len(set(first[:, column])) == 8
    # the loader takes nothing from the generators of the main process
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    data.DataLoader(data.SimpleDataset(range(8)), 2, num_workers=1)
    assert np.random.rand() == expected


def test_next_round_begins_at_the_end_of_one():
    loader = data.DataLoader(data.ArrayDataset(X, Y), 8, num_workers=2, auto_reload=True)
    assert [len(list(loader)) for _ in range(3)] == [8, 8, 8]
    loader.clean()
    assert segments() == []
    del loader
    nothing_left()


def test_structures_come_back():
    sample = {"a": [mx.nd.ones((40, 40)), np.zeros(2000)], "b": ("text", 3, None)}
    loader = data.DataLoader(data.SimpleDataset([sample]), 1, batchify_fn=lambda x: x[0], num_workers=1)
    got = next(iter(loader))
    assert got["b"] == ("text", 3, None)
    assert got["a"][0].shape == (40, 40) and got["a"][0].asnumpy().min() == 1
    got["a"][1][0] = 5


def test_full_shared_memory_is_no_obstacle(monkeypatch):
    monkeypatch.setattr(_segment, "_create", lambda name, size: None)
    loader = data.DataLoader(data.ArrayDataset(X, Y), 8, num_workers=2)
    with pytest.warns(UserWarning, match="shared memory is full"):
        batches = list(loader)
    np.testing.assert_array_equal(np.concatenate([b[0].asnumpy() for b in batches]), X)
    batches[0][0][:] = 0


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "raise ValueError"])
def test_nothing_is_left_when_the_main_process_ends(end):
    script = textwrap.dedent(f"""
        import os, sys, time
        import numpy as np
        from mxnet.gluon import data
        loader = data.DataLoader(data.ArrayDataset(np.zeros((64, 3, 32, 32), "float32")), 8, num_workers=2, prefetch=8)
        it = iter(loader)
        next(it)
        print(os.getpid(), *[p.pid for p in loader._worker_pool.processes])
        sys.stdout.flush()
        {end}
    """)
    root = str(Path(mx.__file__).resolve().parents[1])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PYTHONPATH": root})
    main, *workers = map(int, done.stdout.split())
    deadline = time.monotonic() + 15

    def alive():
        running = [pid for pid in workers if Path(f"/proc/{pid}").exists()]
        return running or (SHM.exists() and list(SHM.glob(f"mxb{main:x}-*")))
    while alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive()


def test_record_files_are_read_by_processes_and_threads(tmp_path):
    writer = mx.recordio.MXIndexedRecordIO(str(tmp_path / "a.idx"), str(tmp_path / "a.rec"), "w")
    for i in range(40):
        writer.write_idx(i, b"%d" % i * 100)
    writer.close()
    records = data.RecordFileDataset(str(tmp_path / "a.rec"))
    assert len(records) == 40 and records[3] == b"3" * 100
    for threads in (False, True):
        loader = data.DataLoader(records, 4, batchify_fn=list, num_workers=3, thread_pool=threads)
        assert sum(loader, []) == [b"%d" % i * 100 for i in range(40)]


def test_record_file_without_an_index(tmp_path):
    (tmp_path / "a.rec").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="a.idx"):
        data.RecordFileDataset(str(tmp_path / "a.rec"))
