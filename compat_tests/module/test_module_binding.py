"""``Module``: what it is bound to, parameters and where they come from, batches of other shapes, states, refusals."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V = sym.Variable
Batch = mx.io.DataBatch


def bn_module(problem):
    m = mx.mod.Module(problem.net(batch_norm=True))
    m.bind([("data", (10, 4))], [("softmax_label", (10,))])
    return m, {**problem.params(), "bn_gamma": nd.ones((8,)), "bn_beta": nd.zeros((8,))}, {
        "bn_moving_mean": nd.zeros((8,)), "bn_moving_var": nd.ones((8,))}


def test_descriptions(problem):
    m = mx.mod.Module(problem.net())
    assert (m.data_names, m.label_names, m.output_names) == (["data"], ["softmax_label"], ["softmax_output"])
    assert not m.binded and not m.params_initialized and not m.optimizer_initialized and m.symbol.name == "softmax"
    for what in ("data_shapes", "label_shapes", "output_shapes"):
        with pytest.raises(AssertionError):
            getattr(m, what)
    m.bind(problem.data().provide_data, problem.data().provide_label)
    assert m.data_shapes == [("data", (10, 4))] and m.label_shapes == [("softmax_label", (10,))]
    assert m.output_shapes == [("softmax_output", (10, 3))] and m.binded and m.for_training and not m.inputs_need_grad


def test_what_comes_before_what(problem):
    m = mx.mod.Module(problem.net())
    for call in (m.get_params, m.init_params, m.init_optimizer, m.update, m.backward, m.get_outputs,
                 lambda: m.forward(problem.batch()), lambda: m.score(problem.data(), "acc"), lambda: m.predict(problem.data()),
                 lambda: m.set_params(problem.params(), {}), lambda: m.save_optimizer_states("x")):
        with pytest.raises(AssertionError):
            call()
    m.bind([("data", (10, 4))], [("softmax_label", (10,))])
    with pytest.raises(AssertionError):
        m.forward(problem.batch())
    m.init_params()
    for call in (m.update, m.get_input_grads):
        with pytest.raises(AssertionError):
            call()


def test_names_that_the_symbol_does_not_have(problem):
    for names in ({"data_names": ("x",)}, {"fixed_param_names": ["x"]}, {"state_names": ["x"]}):
        with pytest.raises(ValueError):
            mx.mod.Module(problem.net(), **names)
    mx.mod.Module(problem.net(), label_names=("x",))
    with pytest.raises(AssertionError):
        mx.mod.Module(problem.net(), work_load_list=[1, 2])


def test_shapes_that_do_not_fit(problem):
    def bind(*shapes, context=mx.cpu(), **options):
        mx.mod.Module(problem.net(), context=context).bind(*shapes, **options)
    label = [("softmax_label", (10,))]
    bind([("data", (10, 4))])
    for shapes, error in (([[("x", (10, 4))], label], ValueError), ([[("data", (10, 4)), ("z", (10,))], label], ValueError),
                          ([[("data", (10, 4))], [("softmax_label", (5,))]], AssertionError),
                          ([[("data", (10, 4))], [("other", (10,))]], KeyError), ([[("data", 10)], label], TypeError)):
        with pytest.raises(error):
            bind(*shapes)
    with pytest.raises(AssertionError):
        bind([("data", (10, 4))], label, for_training=False, inputs_need_grad=True)
    with pytest.raises(RuntimeError):
        bind([("data", (10, 4))], label, grad_req="foo")
    with pytest.raises(ValueError):
        bind([("data", (1, 4))], [("softmax_label", (1,))], context=[mx.cpu(0), mx.cpu(1)])


def test_init_params(problem):
    m, args, aux = bn_module(problem)
    with pytest.raises(RuntimeError):
        m.init_params(arg_params=problem.params())
    m.init_params(mx.init.One(), arg_params=problem.params(), allow_missing=True)
    found, states = m.get_params()
    np.testing.assert_array_equal(found["fc1_weight"].asnumpy(), problem.values["fc1_weight"])
    assert (found["bn_gamma"].asnumpy() == 1).all() and (found["bn_beta"].asnumpy() == 0).all()
    assert (states["bn_moving_var"].asnumpy() == 1).all()
    m.init_params(mx.init.Zero())                       # there is something already
    assert (m.get_params()[0]["fc1_weight"].asnumpy() != 0).any()
    m.init_params(mx.init.Zero(), force_init=True)
    assert (m.get_params()[0]["fc1_weight"].asnumpy() == 0).all()
    m, args, aux = bn_module(problem)
    m.init_params(arg_params={**args, "unheard": nd.ones((1,))}, aux_params=aux)
    m, args, aux = bn_module(problem)
    with pytest.raises(mx.MXNetError):
        m.init_params(arg_params={**args, "fc1_weight": nd.ones((8, 5))}, aux_params=aux)
    m, args, aux = bn_module(problem)
    with pytest.raises(TypeError):
        m.init_params(initializer=None)


def test_set_params(problem, check):
    m, args, aux = bn_module(problem)
    m.set_params(args, aux)
    with pytest.raises(RuntimeError):
        m.set_params(problem.params(), aux)
    m.set_params({"fc1_bias": nd.ones((8,))}, {}, allow_missing=True)
    values = {n: a.asnumpy() for n, a in args.items()}
    check(m, {**values, "fc1_bias": np.ones(8)})
    m.set_params({"fc1_bias": nd.zeros((8,))}, {}, allow_missing=True, force_init=False)
    check(m, {**values, "fc1_bias": np.ones(8)})
    with pytest.raises(ValueError):
        m.set_params({"unheard": nd.ones((1,))}, {}, allow_missing=True)
    m.set_params({"unheard": nd.ones((1,))}, {}, allow_missing=True, allow_extra=True)
    m.set_params(args, aux)
    check(m, values)


def test_parameters_given_are_copied(problem):
    m, mine = problem.module(optimizer={"learning_rate": 1.0}), problem.params()
    m.set_params(mine, {})
    m.forward_backward(problem.batch())
    m.update()
    for n, a in mine.items():
        np.testing.assert_array_equal(a.asnumpy(), problem.values[n])


def test_parameters_got_follow(problem):
    m = problem.module(optimizer={"learning_rate": 1.0})
    first, _ = m.get_params()
    before = first["fc2_weight"].asnumpy().copy()
    m.forward_backward(problem.batch())
    m.update()
    again, _ = m.get_params()
    assert again is first and (first["fc2_weight"].asnumpy() != before).any()


def test_initial_values_by_variable(problem):
    w, b = V("fc_weight", init=mx.init.Constant(3), lr_mult=0.0, wd_mult=2), V("fc_bias", init="ones")
    s = sym.SoftmaxOutput(sym.FullyConnected(V("data"), weight=w, bias=b, num_hidden=3, name="fc"), name="softmax")
    m = mx.mod.Module(s)
    m.bind([("data", (10, 4))], [("softmax_label", (10,))])
    m.init_params()
    args, _ = m.get_params()
    assert (args["fc_weight"].asnumpy() == 3).all() and (args["fc_bias"].asnumpy() == 1).all()
    m.init_optimizer(optimizer_params={"learning_rate": 1.0})
    m.forward_backward(problem.batch())
    m.update()
    args, _ = m.get_params()
    assert (args["fc_weight"].asnumpy() == 3).all() and (args["fc_bias"].asnumpy() != 1).all()


def test_fixed_parameters(problem):
    fixed = ["fc1_weight", "fc1_bias"]
    m = mx.mod.Module(problem.net(), fixed_param_names=fixed)
    m.fit(problem.data(), num_epoch=1, arg_params=problem.params(), optimizer_params={"learning_rate": 0.5})
    for n, a in m.get_params()[0].items():
        assert (a.asnumpy() == problem.values[n]).all() == (n in fixed), n


def test_requests(problem):
    m = problem.module(grad_req="add")
    m.forward_backward(problem.batch())
    once = [g[0].asnumpy() for g in m._exec_group.grad_arrays]
    m.forward_backward(problem.batch())
    for g, one in zip(m._exec_group.grad_arrays, once):
        np.testing.assert_allclose(g[0].asnumpy(), 2 * one, rtol=1e-6)


def test_batches_of_other_sizes(problem, contexts, check):
    m = problem.module(context=contexts, optimizer={"learning_rate": 0.1})
    values = problem.values
    for n in (10, 6, 20, 4):
        m.forward_backward(problem.batch(n))
        m.update()
        assert m.get_outputs()[0].shape == (n, 3) and m.data_shapes == [("data", (n, 4))]
        assert m.label_shapes == [("softmax_label", (n,))] and m.output_shapes == [("softmax_output", (n, 3))]
        values = problem.step(values, 0.1 * n / 10, n)      # gradients are still divided by the size bound at first
    check(m, values)
    with pytest.raises(mx.MXNetError):
        m.forward(Batch([nd.ones((4, 3))], [nd.zeros((4,))]))


def test_images_of_other_sizes():
    x = sym.Pooling(sym.Convolution(V("data"), kernel=(3, 3), num_filter=2, name="c"), global_pool=True, kernel=(2, 2),
                    pool_type="avg")
    m = mx.mod.Module(sym.SoftmaxOutput(sym.FullyConnected(x, num_hidden=2, name="f"), name="softmax"))
    m.bind([("data", (2, 1, 6, 6))], [("softmax_label", (2,))])
    m.init_params(mx.init.One())
    for shape in ((4, 1, 8, 10), (2, 1, 5, 5), (2, 1, 6, 6)):
        m.forward_backward(Batch([nd.ones(shape)], [nd.zeros((shape[0],))]))
        assert m.get_outputs()[0].shape == (shape[0], 2)


def test_reshape(problem):
    m = problem.module(optimizer={"learning_rate": 1.0})
    m.forward_backward(problem.batch())
    m.update()
    m.reshape([("data", (14, 4))], [("softmax_label", (14,))])
    m.forward(problem.batch(14))
    m.backward()
    m.update()
    assert m.get_outputs()[0].shape == (14, 3)


def test_bound_again(problem):
    m = problem.module()
    m.bind([("data", (5, 4))], [("softmax_label", (5,))])           # bound already: nothing happens
    assert m.data_shapes == [("data", (10, 4))]
    m.bind([("data", (5, 4))], [("softmax_label", (5,))], force_rebind=True)
    assert m.data_shapes == [("data", (5, 4))] and m.params_initialized
    np.testing.assert_array_equal(m.get_params()[0]["fc1_weight"].asnumpy(), problem.values["fc1_weight"])


def test_shared_parameters(problem):
    m = problem.module()
    other = mx.mod.Module(problem.net())
    other.bind([("data", (5, 4))], [("softmax_label", (5,))], shared_module=m)
    assert other.params_initialized and not other.optimizer_initialized
    m.init_optimizer(optimizer_params={"learning_rate": 1.0})
    other.borrow_optimizer(m)
    other.forward_backward(problem.batch(5))
    other.update()
    m.forward(problem.batch(10))
    other.forward(problem.batch(5))
    np.testing.assert_allclose(m.get_outputs()[0].asnumpy()[:5], other.get_outputs()[0].asnumpy(), rtol=1e-6)
    with pytest.raises(AssertionError):
        mx.mod.Module(problem.net()).bind([("data", (5, 4))], shared_module=mx.mod.Module(problem.net()))


def test_without_training(problem):
    m = problem.module(for_training=False)
    m.forward(problem.batch())
    with pytest.raises(AssertionError):
        m.backward()


def test_states(contexts):
    state = V("state")
    s = sym.Group([V("data") * 2 + state, sym.BlockGrad(state + 1)])
    m = mx.mod.Module(s, label_names=None, state_names=["state"], context=contexts)
    m.bind([("data", (4, 2))], None)
    m.init_params()
    m.set_states(value=3)
    m.forward(Batch([nd.ones((4, 2))]))
    assert (m.get_outputs()[0].asnumpy() == 5).all()
    m.set_states(states=m.get_outputs(merge_multi_context=False)[1:])
    m.forward(Batch([nd.ones((4, 2))]))
    assert (m.get_outputs()[0].asnumpy() == 6).all()
    states, = m.get_states(merge_multi_context=False)
    assert len(states) == len(contexts) and (states[0].asnumpy() == 4).all()
    for wrong in ({}, {"states": [], "value": 1}):
        with pytest.raises(AssertionError):
            m.set_states(**wrong)


def test_layouts():
    with mx.AttrScope(__layout__="TNC"):
        s = V("data") * 2
    m = mx.mod.Module(s, label_names=None, context=[mx.cpu(0), mx.cpu(1)])
    m.bind([mx.io.DataDesc("data", (5, 4, 3), layout="TNC")])
    m.init_params()
    m.forward(Batch([nd.array(np.arange(60).reshape(5, 4, 3))]))
    assert [p.shape for p in m.get_outputs(False)[0]] == [(5, 2, 3), (5, 2, 3)]
    np.testing.assert_array_equal(m.get_outputs()[0].asnumpy(), np.arange(60).reshape(5, 4, 3) * 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_types(dtype):
    m = mx.mod.Module(sym.FullyConnected(V("data"), num_hidden=2, name="f"), label_names=None)
    m.bind([mx.io.DataDesc("data", (2, 3), dtype=dtype)], for_training=False)
    m.init_params(mx.init.One())
    m.forward(Batch([nd.ones((2, 3), dtype="float32")]))
    assert m.get_outputs()[0].dtype == np.dtype(dtype) and (m.get_outputs()[0].asnumpy() == 3).all()
