"""``mx.model.FeedForward``, the trainer of before modules."""
import logging
import re

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

FeedForward = mx.model.FeedForward


def values(params):
    return {n: a.asnumpy().copy() for n, a in params.items()}


def test_it_trains_as_a_module_does(problem, contexts, caplog):
    f = FeedForward(problem.net(), ctx=contexts, num_epoch=2, arg_params=problem.params(), learning_rate=0.1, momentum=0.9)
    with caplog.at_level(logging.INFO):
        f.fit(problem.data(), eval_data=problem.data(10, 40))
    lines = [re.sub(r"=[0-9.]+$", "=#", r.getMessage()) for r in caplog.records]
    assert lines == [f"Start training with {contexts}"] + [line for e in (0, 1) for line in (
        f"Epoch[{e}] Resetting Data Iterator", f"Epoch[{e}] Time cost=#", f"Epoch[{e}] Validation-accuracy=#")]
    m = mx.mod.Module(problem.net(), context=contexts)
    m.fit(problem.data(), num_epoch=2, arg_params=problem.params(), optimizer_params={"learning_rate": 0.1, "momentum": 0.9})
    for n, v in values(m.get_params()[0]).items():
        np.testing.assert_allclose(values(f.arg_params)[n], v, rtol=1e-5, atol=1e-6)


def test_predictions(problem):
    f = FeedForward(problem.net(), num_epoch=1, arg_params=problem.params(), aux_params={})
    whole = f.predict(problem.data(20))
    assert isinstance(whole, np.ndarray) and whole.shape == (50, 3)
    np.testing.assert_allclose(f.predict(problem.x[:13]), whole[:13], rtol=1e-5)
    assert f.predict(problem.data(20), num_batch=1).shape == (20, 3)
    out, x, y = f.predict(problem.data(20), return_data=True)
    np.testing.assert_array_equal(x, problem.x)
    np.testing.assert_array_equal(y, problem.y)
    assert f.score(problem.data()) == pytest.approx((out.argmax(1) == problem.y).mean())
    with pytest.raises(TypeError):
        f.predict("data")


def test_arrays(problem):
    f = FeedForward(problem.net(), num_epoch=40, numpy_batch_size=10, optimizer="adam", learning_rate=0.03,
                    arg_params=problem.params())
    f.fit(problem.x, problem.y, eval_data=(problem.x, problem.y))
    assert f.score(problem.data()) > 0.9
    for args, options, error in (((problem.x,), {}, ValueError), ((problem.x, problem.y[:10]), {}, ValueError),
                                 ((problem.x, problem.y), {"eval_data": 3}, TypeError)):
        with pytest.raises(error):
            f.fit(*args, **options)


def test_epochs_of_a_size(problem, caplog):
    f = FeedForward(problem.net(), num_epoch=2, epoch_size=3, arg_params=problem.params(), learning_rate=0.1)
    batches = []
    with caplog.at_level(logging.INFO):
        f.fit(problem.data(), batch_end_callback=lambda p: batches.append((p.epoch, p.nbatch)))
    assert batches == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert [r.getMessage() for r in caplog.records if "Reset" in r.getMessage()] == ["Epoch[1] Resetting Data Iterator"]


def test_training_begins_with_a_reset(problem):
    resets = []

    class Data(mx.io.NDArrayIter):
        def reset(self):
            resets.append(len(seen))
            super().reset()

    seen = []
    data = Data(problem.x, problem.y, 25)
    next(data)
    del resets[:]
    with pytest.warns(DeprecationWarning):
        f = FeedForward(problem.net(), num_epoch=2, arg_params=problem.params(), learning_rate=0.1)
    f.fit(data, batch_end_callback=seen.append)
    assert resets == [0, 2, 4] and len(seen) == 4


@pytest.mark.parametrize("seed", [0, 1])
def test_arrays_are_shuffled_as_an_iterator_made_and_reset_is(problem, seed):
    labels = []
    np.random.seed(seed)
    f = FeedForward(problem.net(), num_epoch=1, arg_params=problem.params(), learning_rate=0.1, numpy_batch_size=25)
    f.fit(problem.x, problem.y, batch_end_callback=lambda p: labels.extend(p.locals["data_batch"].label[0].asnumpy()))
    np.random.seed(seed)
    data = mx.io.NDArrayIter(problem.x, problem.y, 25, shuffle=True)
    data.reset()
    assert labels == [x for batch in data for x in batch.label[0].asnumpy()]
    assert labels != problem.y.tolist()


def test_files(problem, tmp_path):
    prefix = str(tmp_path / "model")
    f = FeedForward.create(problem.net(), problem.data(), num_epoch=1, learning_rate=0.1, initializer=mx.init.One())
    f.save(prefix)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model-0001.params", "model-symbol.json"]
    back = FeedForward.load(prefix, 1)
    assert back.begin_epoch == 1
    np.testing.assert_allclose(back.predict(problem.data()), f.predict(problem.data()), rtol=1e-6)
    with pytest.raises(AssertionError):
        FeedForward(problem.net()).save(prefix)


def test_an_optimizer_and_names_too_many(problem):
    f = FeedForward(problem.net(), num_epoch=1, optimizer=mx.optimizer.SGD(learning_rate=0.1, rescale_grad=0.1),
                    arg_params={**problem.params(), "unheard": nd.ones((1,))}, allow_extra_params=True)
    assert sorted(f.arg_params) == sorted(problem.values)
    f.fit(problem.data())
    assert any((values(f.arg_params)[n] != v).any() for n, v in problem.values.items())
    with pytest.raises(TypeError):
        FeedForward(problem.net()).fit(problem.data())
