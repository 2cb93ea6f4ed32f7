"""What a planned call does besides its result: the tape, random numbers, statistics, aliases, errors, threads."""
import threading

import numpy as np
import pytest
from mxnet.base import MXNetError
from mxnet.gluon import nn

from mxnet import autograd, gluon, nd
from mxnet import random as mx_random

from .nets import Branches, Function, chain, close, made, plans, step


def planned(name, train=True):
    """(plain network, the same hybridized and compiled, input)."""
    plain, x = made(name)
    net, _ = made(name)
    net.hybridize()
    for _ in range(2):
        step(net, x, train=train)
    assert plans(net)
    step(plain, x, train=train)
    step(plain, x, train=train)
    return plain, net, x


def recorded(net, x):
    x.attach_grad()
    with autograd.record():
        return net(x)


def test_one_node_a_call():
    _, net, x = planned("mlp")
    y = recorded(net, x)
    assert y._node.parents[0] is x._node
    assert y._node.op in plans(net)


def test_draws_are_those_of_the_plain_run():
    plain, net, x = planned("dropout")
    mx_random.seed(11)
    a = [plain(x).asnumpy() if k % 2 else recorded(plain, x).asnumpy() for k in range(6)]
    mx_random.seed(11)
    b = [net(x).asnumpy() if k % 2 else recorded(net, x).asnumpy() for k in range(6)]
    close(b, a)
    assert not np.allclose(a[0], a[2])


def test_statistics_move_in_backward_only():
    _, net, x = planned("batch_norm")
    p = next(p for n, p in net.collect_params().items() if n.endswith("running_mean"))
    before = p.data().asnumpy()
    y = recorded(net, x)
    assert np.array_equal(p.data().asnumpy(), before)
    y.backward()
    assert not np.array_equal(p.data().asnumpy(), before)


def test_retained_graph_gives_the_same_again():
    _, net, x = planned("dropout")
    y = recorded(net, x)
    y.backward(retain_graph=True)
    first = x.grad.asnumpy()
    y.backward(retain_graph=True)
    assert np.array_equal(x.grad.asnumpy(), first)
    y.backward()
    with pytest.raises(MXNetError, match="recorded graph"):
        y.backward()


def test_head_gradients():
    plain, net, x = planned("mlp")
    dy = nd.array(np.random.RandomState(0).uniform(size=(4, 3)))
    found = []
    for n in (plain, net):
        y = recorded(n, x)
        y.backward(dy)
        found.append(x.grad.asnumpy())
    close(found[1:], found[:1])


@pytest.mark.parametrize("used", [[0], [1], [0, 1]])
def test_some_outputs_used(used):
    plain, net, x = planned("two_outputs")
    found = []
    for n in (plain, net, net):
        for p in n.collect_params().values():
            p.zero_grad()
        ys = recorded(n, x)
        autograd.backward([ys[k] for k in used])
        found.append([x.grad.asnumpy()] + [p.grad().asnumpy() for p in n.collect_params().values()])
    close(found[1], found[0])
    close(found[2], found[0])


def test_unreached_parameters_stay_unwritten():
    _, net, x = planned("two_outputs")
    for p in net.collect_params().values():
        p.data()._fresh_grad = False
    recorded(net, x)[0].backward()
    written = {n.split("_")[-2][-1]: p.data()._fresh_grad for n, p in net.collect_params().items()}
    assert not all(written.values()) and any(written.values())


def test_backward_in_inference_mode():
    plain, net, x = planned("dropout")
    found = []
    for n in (plain, net):
        mx_random.seed(2)
        y = recorded(n, x)
        y.backward(train_mode=False)
        found.append(x.grad.asnumpy())
    close(found[1:], found[:1])


@pytest.mark.parametrize("name", ["mlp", "arithmetic", "two_outputs", "dropout", "batch_norm"])
def test_second_order(name):
    plain, net, x = planned(name)
    # some of these gradients are zero but for rounding
    x = x.astype("float64")
    found = []
    for n in (plain, net):
        n.cast("float64")
        for _ in range(2):
            n(x)
        mx_random.seed(4)
        x.attach_grad()
        with autograd.record():
            ys = n(x)
            ys = ys if isinstance(ys, (list, tuple)) else [ys]
            total = sum((nd.square(y)).sum() for y in ys)
            g, = autograd.grad([total], [x], create_graph=True)
            size = nd.square(g).sum()
        size.backward()
        found.append([g.asnumpy(), x.grad.asnumpy()] + [p.grad().asnumpy() for p in n.collect_params().values()
                                                         if p.grad_req != "null"])
    for a, b in zip(*found):
        np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-9)


def test_grad_of_some_variables():
    plain, net, x = planned("mlp")
    found = []
    for n in (plain, net):
        y = recorded(n, x)
        w = next(iter(n.collect_params().values())).data()
        found.append([g.asnumpy() for g in autograd.grad([y], [w, x])])
    close(found[1], found[0])


def test_gradients_are_arrays_of_their_own():
    net = Function(lambda F, x, w: x + w, (3, 2))
    net.initialize()
    net.hybridize()
    x = nd.ones((3, 2))
    for _ in range(3):
        y = recorded(net, x)
        dy = nd.ones((3, 2))
        gx, gw = autograd.grad([y], [x, net.w.data()], head_grads=[dy])
        gx[:] = 5
        assert (gw.asnumpy() == 1).all() and (dy.asnumpy() == 1).all()
    assert plans(net)


def test_outputs_are_arrays_of_their_own():
    net = Function(lambda F, x, w: [F.reshape(x, shape=(6,)), F.identity(x), F.broadcast_add(x, w)], (1, 2))
    net.initialize()
    net.hybridize()
    x = nd.ones((3, 2))
    for _ in range(3):
        a, b, c = net(x)
        a[:] = 7
        b[:] = 8
        assert (x.asnumpy() == 1).all() and (a.asnumpy() == 7).all()
    assert plans(net)


def test_inputs_and_kept_values_are_not_written():
    def function(F, x, w):
        y = F.exp(F.broadcast_mul(x, w))
        return F.relu(y * 2) + F.square(y)
    net = Function(function, (3, 2))
    net.initialize()
    net.hybridize()
    x = nd.array([[1, -2], [3, 4], [5, -6]])
    before, w = x.asnumpy(), net.w
    for _ in range(3):
        y = recorded(net, x)
        shown = y.asnumpy()
        y.backward(retain_graph=True)
        g = x.grad.asnumpy()
        y.backward()
        assert np.array_equal(y.asnumpy(), shown) and np.array_equal(x.grad.asnumpy(), g)
        assert np.array_equal(x.asnumpy(), before)
    assert plans(net) and w.data().shape == (3, 2)


def test_input_changed_before_backward():
    found = []
    for hybrid in (False, True):
        net = chain(nn.Flatten(), nn.Dense(3))
        net.initialize(init="ones")
        if hybrid:
            net.hybridize()
        for _ in range(3):
            x = nd.ones((2, 2, 2))
            x.attach_grad()
            with autograd.record():
                y = net(x)
            with autograd.pause():
                x[:] = 9
            y.backward()
        found.append([p.grad().asnumpy() for p in net.collect_params().values()])
    close(found[1], found[0])


def test_inner_use_of_a_planned_block():
    plain, net, x = planned("mlp")
    found = []
    for n in (plain, net):
        x.attach_grad()
        with autograd.record():
            y = (n(x * 2) * n(x)).sum() + x.sum()
        y.backward()
        found.append([x.grad.asnumpy()] + [p.grad().asnumpy() for p in n.collect_params().values()])
    for a, b in zip(*found):
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)


def test_what_cannot_be_planned_runs_as_it_is():
    def function(F, x, w):
        first = F.reshape(F.slice_axis(x, axis=1, begin=0, end=1), shape=(-1,))
        return F.broadcast_add(F.contrib.boolean_mask(x * 2, first > 0), w)
    net = Function(function, (1, 2))
    net.initialize(init="zeros")
    net.hybridize()
    for k in range(1, 4):
        x = nd.array([[1.0, 2]] * k + [[-1.0, 1]] * (3 - k))
        assert net(x).shape == (k, 2)
    assert not any(net._cached_op._plans.plans.values())


def test_random_operator_without_inputs():
    net = Function(lambda F, x, w: F.broadcast_add(x, w) + F.random.uniform(0, 1, shape=(3, 2)), (1, 2))
    net.initialize()
    net.hybridize()
    x = nd.zeros((3, 2))
    seen = [net(x).asnumpy() for _ in range(4)]
    assert all(not np.allclose(a, b) for a, b in zip(seen, seen[1:]))


def test_errors_are_those_of_the_operator():
    _, net, x = planned("mlp")
    for _ in range(3):
        with pytest.raises(MXNetError, match="FullyConnected"):
            net(nd.ones((4, 9)))


def test_numpy_error_settings():
    net = Function(lambda F, x, w: F.log(F.broadcast_mul(x, w)), (1,))
    net.initialize(init="ones")
    net.hybridize()
    x = nd.zeros((3,))
    with np.errstate(all="raise"):
        for _ in range(4):
            y = recorded(net, x)
            y.backward()
            assert np.isneginf(y.asnumpy()).all() and np.isinf(x.grad.asnumpy()).all()
    assert any(net._cached_op._plans.plans.values()) and "divide by zero" in net._cached_op._plans.failed


def test_hooks_see_every_operator():
    _, net, x = planned("mlp")
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append(name))
    net(x)
    assert len(seen) >= 5


def test_from_several_threads():
    plain, x = made("residual")
    net, _ = made("residual")
    net.hybridize()
    expected = plain(x).asnumpy()
    failed = []

    def work():
        try:
            for _ in range(6):
                np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-6, atol=1e-6)
        except Exception as e:
            failed.append(e)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed and plans(net)


def test_freed_without_the_garbage_collector():
    import gc
    import weakref
    _, net, x = planned("mlp")
    gc.collect()
    gc.disable()
    try:
        y = recorded(net, x)
        node = weakref.ref(y._node)
        del y
        assert node() is None
        y = recorded(net, x)
        node = weakref.ref(y._node)
        y.backward()
        del y
        assert node() is None
    finally:
        gc.enable()


def test_switched_off(monkeypatch):
    monkeypatch.setenv("MXNET_COMPAT_PLAN", "0")
    net, x = made("mlp")
    net.hybridize()
    for _ in range(3):
        step(net, x)
    assert net._cached_op._plans is None


def test_training_goes_on_as_it_would():
    losses = []
    for hybrid in (False, True):
        net, x = made("residual")
        if hybrid:
            net.hybridize()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.05, "momentum": 0.9})
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        seen = []
        for _ in range(6):
            with autograd.record():
                total = loss(net(x), nd.array([0, 2]))
            total.backward()
            trainer.step(2)
            seen.append(total.asnumpy())
        losses.append(seen)
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4, atol=1e-5)


def test_blocks_within_blocks():
    outer = chain(Branches(), Function(lambda F, x, w: F.broadcast_add(x[0], F.sum(x[1]) * w), (1,)))
    outer.initialize()
    outer.hybridize()
    x = nd.ones((2, 4))
    first = outer(x).asnumpy()
    for _ in range(3):
        close([outer(x).asnumpy()], [first])
    assert plans(outer)


@pytest.mark.parametrize("name", ["mlp", "residual", "two_outputs"])
def test_history_as_a_symbol(name):
    plain, net, x = planned(name)
    plain.hybridize()
    plain(x)
    plain._cached_op._plans = None
    graphs = []
    for n in (plain, net):
        y = recorded(n, x)
        y = y[1] if isinstance(y, (list, tuple)) else y
        with autograd.record():
            y = y * 2
        graphs.append(autograd.get_symbol(y))
    assert graphs[0].tojson() == graphs[1].tojson()


def test_sparse_gradients_run_as_they_are():
    found = []
    for hybrid in (False, True):
        net = chain(nn.Embedding(5, 3, sparse_grad=True))
        net.initialize(init="ones")
        if hybrid:
            net.hybridize()
        for _ in range(3):
            with autograd.record():
                y = net(nd.array([1, 3, 1]))
            y.backward()
        g = next(iter(net.collect_params().values())).grad()
        found.append((g.stype, g.asnumpy()))
    assert found[0][0] == found[1][0] == "row_sparse" and np.array_equal(found[0][1], found[1][1])
