"""``SequentialModule``, ``PythonModule``, ``PythonLossModule``, and what ``BaseModule`` leaves to others."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable


def lower():
    return sym.Activation(sym.FullyConnected(V("data"), num_hidden=8, name="fc1"), act_type="relu", name="act")


def upper(data="data"):
    return sym.SoftmaxOutput(sym.FullyConnected(V(data), num_hidden=3, name="fc2"), name="softmax")


def chain(contexts):
    c = mx.mod.SequentialModule()
    c.add(mx.mod.Module(lower(), label_names=None, context=contexts)).add(mx.mod.Module(upper(), context=contexts),
                                                                          take_labels=True, auto_wiring=True)
    return c


def test_a_chain_is_as_good_as_one(problem, contexts, check):
    c = chain(contexts)
    c.bind([("data", (10, 4))], [("softmax_label", (10,))])
    c.init_params(arg_params=problem.params(), aux_params={})
    c.init_optimizer(optimizer_params={"learning_rate": 0.5})
    c.forward(problem.batch(), is_train=True)
    c.backward()
    c.update()
    check(c, problem.step(problem.values, 0.5))


def test_fit_of_a_chain(problem, contexts):
    c = chain(contexts)
    c.fit(problem.data(), eval_data=problem.data(), num_epoch=2, arg_params=problem.params())
    one = mx.mod.Module(problem.net(), context=contexts)
    one.fit(problem.data(), num_epoch=2, arg_params=problem.params())
    for n, a in one.get_params()[0].items():
        np.testing.assert_allclose(c.get_params()[0][n].asnumpy(), a.asnumpy(), rtol=1e-5, atol=1e-6)
    assert c.predict(problem.data()).shape == (50, 3) and c.score(problem.data(), "acc") == one.score(problem.data(), "acc")
    assert (c.data_names, c.output_names) == (["data"], ["softmax_output"])
    assert c.data_shapes == [("data", (10, 4))] and c.label_shapes == [("softmax_label", (10,))]


def test_wired_by_hand(problem):
    c = mx.mod.SequentialModule()
    c.add(mx.mod.Module(lower(), label_names=None)).add(mx.mod.Module(upper("act_output"), data_names=["act_output"]),
                                                        take_labels=True)
    c.bind([("data", (10, 4))], [("softmax_label", (10,))])
    c.init_params(arg_params=problem.params())
    c.forward(problem.batch())
    one = problem.module()
    one.forward(problem.batch())
    np.testing.assert_allclose(c.get_outputs()[0].asnumpy(), one.get_outputs()[0].asnumpy(), rtol=1e-6)


def test_refusals_of_chains(problem):
    with pytest.raises(AssertionError):
        mx.mod.SequentialModule().add(mx.mod.Module(lower(), label_names=None), unheard=True)
    empty = mx.mod.SequentialModule()
    assert empty.data_names == []
    for call in (lambda: empty.bind([("data", (2, 4))]), lambda: empty.data_shapes, empty.get_params):
        with pytest.raises(AssertionError):
            call()
    twice = mx.mod.SequentialModule()
    same = sym.FullyConnected(V("data"), num_hidden=4, name="fc")
    twice.add(mx.mod.Module(same, label_names=None)).add(mx.mod.Module(same, label_names=None), auto_wiring=True)
    twice.bind([("data", (2, 4))])
    with pytest.raises(AssertionError):
        twice.init_params()


def softmax_gradient(scores, labels):
    g = scores.asnumpy().copy()
    g[np.arange(len(g)), labels.asnumpy().astype(int)] -= 1
    return g


def test_a_loss_in_python(problem, check):
    scores = sym.FullyConnected(V("data"), num_hidden=8, name="fc1")
    scores = sym.FullyConnected(sym.Activation(scores, act_type="relu"), num_hidden=3, name="fc2")
    c = mx.mod.SequentialModule()

    def gradient(scores, labels):
        return softmax_gradient(nd.softmax(scores), labels)
    c.add(mx.mod.Module(scores, label_names=None))
    c.add(mx.mod.PythonLossModule(grad_func=gradient), take_labels=True, auto_wiring=True)
    c.bind([("data", (10, 4))], [("softmax_label", (10,))])
    c.init_params(arg_params=problem.params())
    c.init_optimizer(optimizer_params={"learning_rate": 0.5})
    c.forward(problem.batch())
    c.backward()
    c.update()
    check(c, problem.step(problem.values, 0.5))
    metric = mx.metric.create("acc")
    c.update_metric(metric, problem.batch().label)
    assert 0 <= metric.get()[1] <= 1 and c.output_names == ["pyloss_output"]
    assert c.output_shapes == [("pyloss_output", (10, 3))]


def test_a_loss_alone():
    loss = mx.mod.PythonLossModule(grad_func=lambda s, y: s * 2)
    loss.bind([("data", (4, 3))], [("softmax_label", (4,))])
    assert loss.output_shapes == [("pyloss_output", (4, 3))] and loss.get_params() == ({}, {})
    loss.init_params()
    loss.init_optimizer()
    loss.forward(mx.io.DataBatch([nd.ones((4, 3))], [nd.zeros((4,))]))
    loss.backward()
    loss.update()
    assert (loss.get_outputs()[0].asnumpy() == 1).all() and (loss.get_input_grads()[0].asnumpy() == 2).all()
    with pytest.raises(AssertionError):
        loss.backward([nd.ones((4, 3))])
    with pytest.raises(AssertionError):
        mx.mod.PythonLossModule(data_names=("a", "b"))
    bare = mx.mod.PythonLossModule()
    bare.bind([("data", (4, 3))], [("softmax_label", (4,))])
    bare.forward(mx.io.DataBatch([nd.ones((4, 3))], [nd.zeros((4,))]))
    with pytest.raises(NotImplementedError):
        bare.backward()


def test_own_python_modules():
    class Twice(mx.mod.PythonModule):
        def _compute_output_shapes(self):
            return [("twice_output", self._data_shapes[0][1])]

        def forward(self, data_batch, is_train=None):
            self.y = data_batch.data[0] * 2

        def get_outputs(self, merge_multi_context=True):
            return [self.y]
    m = Twice(["data"], [], ["twice_output"])
    m.bind([("data", (2, 3))])
    m.forward(mx.io.DataBatch([nd.ones((2, 3))]))
    assert (m.get_outputs()[0].asnumpy() == 2).all() and m.output_shapes == [("twice_output", (2, 3))]
    with pytest.raises(NotImplementedError):
        mx.mod.PythonModule(["data"], ["label"], ["out"]).bind([("data", (2, 3))], [("label", (2,))])


def test_the_base_leaves_much_open():
    base = mx.mod.BaseModule()
    assert not base.binded and base.symbol is None
    for call in (base.get_params, base.init_params, base.backward, base.update, base.get_outputs, base.get_input_grads,
                 base.init_optimizer, lambda: base.forward(1), lambda: base.bind([]), lambda: base.install_monitor(None),
                 lambda: base.update_metric(1, 2), lambda: base.forward_backward(1), lambda: base.data_names,
                 lambda: base.output_shapes):
        with pytest.raises(NotImplementedError):
            call()
