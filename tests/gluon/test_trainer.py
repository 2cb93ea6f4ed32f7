"""Tests of ``gluon/trainer.py`` and ``utils.py``."""
import os
import pickle

import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd

from ..scripts import replay
from . import scripts_trainer
from .scripts_trainer import back, made


@replay("trainer", scripts_trainer.CASES)
def test_as_recorded(case, check):
    check(case)


@pytest.mark.parametrize("kvstore", [None, "local", "device"])
def test_updating_in_a_store_needs_one(kvstore):
    with pytest.raises(ValueError, match="kvstore"):
        gluon.Trainer([made()], "sgd", kvstore=kvstore, update_on_kvstore=True).step(1)


def test_distributed_stores_say_that_they_are_not_there():
    p = made()
    back(p)
    with pytest.raises(mx.MXNetError, match="dist_sync"):
        gluon.Trainer([p], "sgd", kvstore="dist_sync").step(1)


def test_a_weight_shared_by_contexts_stays_the_same_everywhere():
    p = made(ctx=[mx.cpu(k) for k in range(4)], shape=(3,))
    t = gluon.Trainer([p], "adam")
    for k in range(5):
        for d in p.list_data():
            with autograd.record():
                y = (d * d * (k + 1)).sum()
            y.backward()
        t.step(4)
    first, *others = (d.asnumpy() for d in p.list_data())
    assert all((first == o).all() for o in others)


def test_stale_gradient_names_parameter_and_context():
    with pytest.raises(UserWarning, match=r"w on cpu\(0\)"):
        gluon.Trainer([made()], "sgd").step(1)


def test_states_of_a_schedule_go_on_where_they_were(tmp_path):
    path, rates = str(tmp_path / "s"), []
    for load in (False, True):
        p = made()
        t = gluon.Trainer([p], "sgd", {"lr_scheduler": mx.lr_scheduler.PolyScheduler(10, base_lr=1.0)})
        if load:
            t.load_states(path)
        for _ in range(3):
            back(p)
            t.step(1)
            rates.append(t.learning_rate)
        t.save_states(path)
    assert rates == pytest.approx([(1 - k / 10) ** 2 for k in range(1, 7)])


def test_states_that_ask_for_more_than_arrays_are_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)
    path = tmp_path / "s"
    path.write_bytes(pickle.dumps(({0: Evil()}, None)))
    t = gluon.Trainer([made()], "sgd")
    with pytest.raises(mx.MXNetError, match="MXNET_COMPAT_UNSAFE_PICKLE"):
        t.load_states(str(path))
    assert not (tmp_path / "made").exists()


def test_download_without_a_network_says_where_to_put_the_file(tmp_path):
    with pytest.raises(OSError, match=r"put the file at .*w\.params"):
        gluon.utils.download("http://localhost:1/w.params", path=str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_download_of_a_local_file(tmp_path):
    (tmp_path / "a").write_bytes(b"hello")
    (tmp_path / "out").mkdir()
    got = gluon.utils.download((tmp_path / "a").as_uri(), path=str(tmp_path / "out"),
                               sha1_hash="aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
    assert open(got, "rb").read() == b"hello"
    with pytest.raises(OSError, match="SHA-1"):
        gluon.utils.download((tmp_path / "a").as_uri(), path=str(tmp_path / "out"), overwrite=True, sha1_hash="0" * 40,
                             retries=0)


def test_clip_global_norm_of_half_precision():
    # the real package has no dot of float16 on a CPU
    a = [nd.array([300, 400], dtype="float16")]
    assert gluon.utils.clip_global_norm(a, 5.0) == 500
    assert a[0].asnumpy().tolist() == [3, 4]
