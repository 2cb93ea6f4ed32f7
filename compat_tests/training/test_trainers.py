"""Trainers: several contexts, stores, states, schedules, stale gradients, what is refused."""

import numpy as np
import pytest
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd

TWO = [mx.cpu(0), mx.cpu(1)]


def parameter(ctx=None, **kwargs):
    p = gluon.Parameter("x", shape=(10,), **kwargs)
    p.initialize(ctx=ctx or TWO, init="zeros")
    return p


def step(p, trainer, batch=1, factor=1):
    with autograd.record():
        for w in p.list_data():
            y = w * factor + 1
            y.backward()
    trainer.step(batch)


@pytest.mark.parametrize("on_store", [True, False, None])
def test_contexts_stay_equal(on_store, agree):
    p = parameter()
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 1.0, "momentum": 0.5}, update_on_kvstore=on_store)
    step(p, trainer)
    for ctx in TWO:
        agree(p.data(ctx), np.full(10, -2))
    p.lr_mult = 0.5
    step(p, trainer)
    for ctx in TWO:
        agree(p.data(ctx), np.full(10, -4))
    if on_store is not False:
        with pytest.raises(AssertionError):
            trainer.update(1)
        with pytest.raises(AssertionError):
            trainer.allreduce_grads()


def test_reducing_and_updating_apart(agree):
    p = parameter()
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 1.0, "momentum": 0.5}, update_on_kvstore=False)
    with autograd.record():
        for k, w in enumerate(p.list_data()):
            (k * w).backward()
    assert [g.asnumpy()[0] for g in p.list_grad()] == [0, 1]
    trainer.allreduce_grads()
    assert [g.asnumpy()[0] for g in p.list_grad()] == [1, 1]
    trainer.update(1)
    agree(p.data(TWO[1]), np.full(10, -1))


def test_two_trainers_with_one_sparse_parameter():
    sparse = gluon.Parameter("y", shape=(4, 2), stype="row_sparse")
    sparse.initialize()
    gluon.Trainer([sparse], "sgd")
    with pytest.raises(RuntimeError):
        gluon.Trainer([sparse], "sgd")


def test_states_go_through_files(tmp_path, agree):
    path = str(tmp_path / "states")
    results = []
    for reload in (False, True):
        p = parameter()
        trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.1, "momentum": 0.9})
        step(p, trainer)
        if reload:
            trainer.save_states(path)
            trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.1, "momentum": 0.9})
            trainer.load_states(path)
        step(p, trainer)
        results.append(p.data(TWO[0]).asnumpy())
    agree(results[0], results[1])


@pytest.mark.parametrize("on_store", [True, False])
def test_learning_rates_follow_a_schedule(on_store):
    p = parameter()
    schedule = mx.lr_scheduler.FactorScheduler(2, factor=0.1, base_lr=1)
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 1, "lr_scheduler": schedule}, update_on_kvstore=on_store)
    lr = 1
    for i in range(10):
        step(p, trainer)
        if i % 2 == 0:
            assert trainer.learning_rate == pytest.approx(lr)
            lr *= 0.1
    with pytest.raises(UserWarning):
        trainer.set_learning_rate(1)


def test_setting_the_learning_rate(agree):
    p = parameter(ctx=[mx.cpu()])
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.5})
    step(p, trainer)
    trainer.set_learning_rate(0.25)
    assert trainer.learning_rate == 0.25
    step(p, trainer)
    agree(p.data(), np.full(10, -0.75))
    step(p, trainer, batch=5)
    agree(p.data(), np.full(10, -0.8))


def test_parameters_are_in_order():
    net = nn.Sequential()
    for n in (10, 5, 3):
        net.add(nn.Dense(n, in_units=n, use_bias=False))
    net.initialize()
    names = {p.name: i for i, p in enumerate(gluon.Trainer(net.collect_params(), "adam")._params)}
    assert [names[layer.weight.name] for layer in net] == [0, 1, 2]


def test_shared_parameters_are_updated_once(agree):
    class Net(gluon.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.first = nn.Dense(2, in_units=2, use_bias=False, weight_initializer="ones")
                self.second = nn.Dense(2, in_units=2, use_bias=False, params=self.first.params)

        def forward(self, x):
            return self.second(self.first(x))

    net = Net()
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        y = net(nd.ones((1, 2))).sum()
    y.backward()
    trainer.step(1)
    # y = 1' W W x: the gradient for each entry of W is 4
    agree(net.first.weight.data(), np.full((2, 2), 0.6))
    assert len(trainer._params) == 1


def test_gradients_that_are_stale():
    p = parameter(ctx=[mx.cpu()])
    trainer = gluon.Trainer([p], "sgd")
    step(p, trainer)
    before = p.data().asnumpy()
    with pytest.raises(UserWarning):
        trainer.step(1)
    trainer.step(1, ignore_stale_grad=True)
    np.testing.assert_array_equal(before, p.data().asnumpy())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda p: gluon.Trainer(3, "sgd"),
        lambda p: gluon.Trainer([3], "sgd"),
        lambda p: gluon.Trainer([p], mx.optimizer.SGD(), {"learning_rate": 1}),
        lambda p: gluon.Trainer([p], "none such"),
    ],
)
def test_what_trainers_do_not_take(wrong):
    with pytest.raises((ValueError, AssertionError)):
        wrong(parameter(ctx=[mx.cpu()]))


def test_sparse_gradients(agree):
    p = gluon.Parameter("x", shape=(6, 2), init="ones", grad_stype="row_sparse")
    p.initialize()
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 1.0})
    with autograd.record():
        y = nd.Embedding(nd.array([1, 4, 4]), p.data(), input_dim=6, output_dim=2, sparse_grad=True).sum()
    y.backward()
    assert p.grad().stype == "row_sparse"
    trainer.step(1)
    want = np.ones((6, 2))
    want[1], want[4] = 0, -1
    agree(p.data(), want)
