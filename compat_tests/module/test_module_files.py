"""``Module``: checkpoints, parameters and states of optimizers in files; monitors."""
import logging
import os
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

MOMENTUM = {"learning_rate": 0.1, "momentum": 0.9}


def trained(problem, contexts, kvstore):
    m = problem.module(context=contexts)
    m.init_optimizer(kvstore, "sgd", MOMENTUM)
    for batch in problem.data():
        m.forward_backward(batch)
        m.update()
    return m


def values(m):
    return {n: a.asnumpy().copy() for n, a in m.get_params()[0].items()}


def test_checkpoints(problem, contexts, tmp_path, caplog):
    prefix, kvstore = str(tmp_path / "model"), "local"
    m = trained(problem, contexts, kvstore)
    with caplog.at_level(logging.INFO):
        m.save_checkpoint(prefix, 3, save_optimizer_states=True)
    assert [r.getMessage() for r in caplog.records] == [f'Saved checkpoint to "{prefix}-0003.params"',
                                                        f'Saved optimizer state to "{prefix}-0003.states"']
    assert sorted(os.listdir(tmp_path)) == ["model-0003.params", "model-0003.states", "model-symbol.json"]
    back = mx.mod.Module.load(prefix, 3, load_optimizer_states=True, context=contexts)
    assert back.params_initialized and not back.binded
    back.bind([("data", (10, 4))], [("softmax_label", (10,))])
    back.init_optimizer(kvstore, "sgd", MOMENTUM)
    for each in (m, back):
        for batch in problem.data():
            each.forward_backward(batch)
            each.update()
    for n, v in values(m).items():
        np.testing.assert_allclose(values(back)[n], v, rtol=1e-5, atol=1e-6)


def test_states_have_keys(problem, tmp_path):
    path = str(tmp_path / "states")
    trained(problem, mx.cpu(), None).save_optimizer_states(path)
    with open(path, "rb") as f:
        assert sorted(pickle.load(f)) == [0, 1, 2, 3]
    trained(problem, [mx.cpu(0), mx.cpu(1)], "local").save_optimizer_states(path)
    with open(path, "rb") as f:
        assert sorted(pickle.load(f)) == ["fc1_bias", "fc1_weight", "fc2_bias", "fc2_weight"]


def test_training_goes_on_from_a_checkpoint(problem, tmp_path):
    prefix = str(tmp_path / "model")
    m = mx.mod.Module(problem.net())
    m.fit(problem.data(), num_epoch=2, arg_params=problem.params(), epoch_end_callback=mx.callback.do_checkpoint(prefix))
    assert sorted(os.listdir(tmp_path)) == ["model-0001.params", "model-0002.params", "model-symbol.json"]
    symbol, args, aux = mx.model.load_checkpoint(prefix, 1)
    assert symbol.tojson() == problem.net().tojson() and aux == {}
    again = mx.mod.Module(symbol)
    again.fit(problem.data(), num_epoch=2, begin_epoch=1, arg_params=args, aux_params=aux)
    for n, v in values(m).items():
        np.testing.assert_allclose(values(again)[n], v, rtol=1e-6)


def test_files_of_parameters(problem, tmp_path):
    path = str(tmp_path / "params")
    m = trained(problem, mx.cpu(), None)
    m.save_params(path)
    assert sorted(nd.load(path)) == ["arg:fc1_bias", "arg:fc1_weight", "arg:fc2_bias", "arg:fc2_weight"]
    other = problem.module()
    other.load_params(path)
    for n, v in values(m).items():
        np.testing.assert_array_equal(values(other)[n], v)
    nd.save(path, {"fc1_bias": nd.ones((8,))})
    with pytest.raises(ValueError):
        other.load_params(path)
    nd.save(path, {"arg:fc1_bias": nd.ones((8,))})
    with pytest.raises(RuntimeError):
        other.load_params(path)


def test_what_is_not_there(problem, tmp_path):
    m = trained(problem, mx.cpu(), None)
    with pytest.raises(mx.MXNetError):
        mx.mod.Module.load(str(tmp_path / "nothing"), 1)
    with pytest.raises(mx.MXNetError):
        m.load_params(str(tmp_path / "nothing"))
    with pytest.raises(OSError):
        m.load_optimizer_states(str(tmp_path / "nothing"))
    with pytest.raises(OSError):
        m.save_optimizer_states(str(tmp_path / "no" / "folder"))


def test_optimizers(problem):
    m = problem.module()
    m.init_optimizer(optimizer="sgd")
    assert m._optimizer.rescale_grad == pytest.approx(0.1)      # 1 / 10 samples
    m.init_optimizer(optimizer="adam")                          # there is one already
    assert isinstance(m._optimizer, mx.optimizer.SGD)
    m.init_optimizer(optimizer="adam", force_init=True)
    assert isinstance(m._optimizer, mx.optimizer.Adam)
    own = mx.optimizer.SGD(learning_rate=0.1, rescale_grad=0.1)
    m.init_optimizer(optimizer=own, force_init=True)
    assert m._optimizer is own and sorted(own.idx2name.values()) == sorted(problem.values)
    for wrong, error in (({"optimizer": "unheard"}, ValueError), ({"optimizer": 5}, AssertionError),
                         ({"kvstore": 5}, TypeError), ({"optimizer_params": {"foo": 1}}, TypeError)):
        with pytest.raises(error):
            m.init_optimizer(force_init=True, **wrong)


def test_a_monitor_in_fit(problem, caplog):
    monitor = mx.mon.Monitor(2, stat_func=lambda x: x.sum(), pattern="softmax_output|fc2_bias")
    with caplog.at_level(logging.INFO):
        mx.mod.Module(problem.net()).fit(problem.data(), num_epoch=1, monitor=monitor, arg_params=problem.params())
    seen = [tuple(r.getMessage().split()[:3]) for r in caplog.records if r.getMessage().startswith("Batch")]
    assert seen == [("Batch:", str(n), name) for n in (1, 3, 5) for name in ("softmax_output", "fc2_bias")]
    with pytest.raises(AssertionError):
        mx.mod.Module(problem.net()).install_monitor(monitor)
