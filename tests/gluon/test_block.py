"""Tests of ``gluon/block.py``, ``summary.py`` and ``model_file.py``."""
import copy
import gc
import json
import pickle
import weakref

import pytest
from mxnet.gluon import nn

import mxnet as mx
from mxnet import gluon, nd

from ..scripts import replay
from . import scripts_block


@replay("block", scripts_block.CASES)
def test_as_recorded(case, check):
    check(case)


def network():
    n = nn.HybridSequential(prefix="n_")
    with n.name_scope():
        n.add(nn.Dense(3, activation="relu"), nn.BatchNorm(), nn.Dense(2))
    return n


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("make", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copies_of_networks_are_independent(make, hybrid):
    n, x = network(), nd.ones((2, 4))
    n.initialize()
    n.hybridize(hybrid)
    before = n(x).asnumpy()
    m = make(n)
    m[0].weight.set_data(m[0].weight.data() * 2)
    assert (n(x).asnumpy() == before).all()
    assert (m(x).asnumpy() != before).any()


def test_a_network_is_freed_without_the_garbage_collector():
    n = network()
    n.initialize()
    n(nd.ones((2, 4)))
    seen = weakref.ref(n)
    gc.disable()
    try:
        del n
        assert seen() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("hybrid", [False, True])
def test_save_and_load_of_the_model(tmp_path, hybrid):
    n, m, x = network(), nn.HybridSequential(prefix="other_"), nd.array([[1, 2, 3, 4]])
    with m.name_scope():
        m.add(nn.Dense(3, activation="relu"), nn.BatchNorm(), nn.Dense(2))
    n.initialize()
    n.hybridize(hybrid)
    want = n(x).asnumpy()
    n.save(str(tmp_path / "net"))
    m.load(str(tmp_path / "net"))
    assert m._active is hybrid
    assert (m(x).asnumpy() == want).all()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"a": 3}', '{"a": {"children": {}}}',
                                  '{"a": {"orig_name": "n", "children": {"x": "0", "y": "1", "z": "2"}}}'])
def test_load_refuses_files_of_other_structure(tmp_path, text):
    (tmp_path / "net-model.json").write_text(text)
    with pytest.raises(mx.MXNetError, match=r"Block\.load"):
        network().load(str(tmp_path / "net"))


def test_model_file_has_what_real_mxnet_reads(tmp_path):
    n = network()
    n.initialize()
    n.hybridize()
    n(nd.ones((1, 2)))
    n.save(str(tmp_path / "net"))
    entry = json.loads((tmp_path / "net-model.json").read_text())["hybridsequential0"]
    assert entry["orig_name"] == "n" and entry["in_format"] == [0] and entry["out_format"] == 0
    assert entry["children"] == {"n_dense0": "0", "n_batchnorm0": "1", "n_dense1": "2"} and entry["hybridized"] is True
    assert mx.sym.load_json(entry["symbol"]).list_arguments()[0] == "data"
    assert entry["dense1"]["hybridized"] is False


def test_a_hook_that_is_put_twice_is_taken_away_once():
    d, calls = nn.Lambda("relu"), []

    def hook(*args):
        calls.append(1)
    first, _ = d.register_forward_hook(hook), d.register_forward_hook(hook)
    d(nd.ones((1,)))
    first.detach()
    first.detach()
    d(nd.ones((1,)))
    assert len(calls) == 3


def test_message_of_missing_parameters_names_the_file(tmp_path):
    d = nn.Dense(2, in_units=2)
    d.initialize()
    path = str(tmp_path / "few.params")
    d.save_parameters(path)
    with pytest.raises(AssertionError, match=r"few\.params"):
        network().load_parameters(path)


def test_scopes_end_with_exceptions():
    n = network()
    with pytest.raises(ZeroDivisionError), n.name_scope():
        raise ZeroDivisionError
    assert not nn.Dense(2).prefix.startswith("n_")
    assert getattr(gluon.block._BlockScope._current, "value", None) is None
