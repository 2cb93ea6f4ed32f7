"""Initializers: by symbol attributes, by names, by patterns; their texts."""

import json

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd


def test_defaults_come_from_what_is_given():
    data = mx.sym.Variable("data")
    x = mx.sym.LeakyReLU(data=data, act_type="prelu", name="pr")
    mod = mx.mod.Module(x, label_names=None)
    mod.bind(data_shapes=[("data", (10, 10))])
    mod.init_params(initializer=mx.init.Constant(0.25))
    assert (list(mod.get_params()[0].values())[0].asnumpy() == 0.25).all()


def test_attributes_of_variables_win():
    x = mx.sym.LeakyReLU(mx.sym.Variable("data"), gamma=mx.sym.Variable("gamma", init=mx.init.One()), act_type="prelu")
    mod = mx.mod.Module(x, label_names=None)
    mod.bind(data_shapes=[("data", (10, 10))])
    mod.init_params(initializer=mx.init.Zero())
    assert (list(mod.get_params()[0].values())[0].asnumpy() == 1).all()


def test_auxiliary_states():
    x = mx.sym.BatchNorm(mx.sym.Variable("data"), name="bn")
    mod = mx.mod.Module(x, label_names=None)
    mod.bind(data_shapes=[("data", (10, 10, 3, 3))])
    mod.init_params(initializer=mx.init.Xavier())
    aux = mod.get_params()[1]
    assert (aux["bn_moving_var"].asnumpy() == 1).all() and (aux["bn_moving_mean"].asnumpy() == 0).all()


def test_row_sparse_weights_get_constants():
    for init, value in ((mx.init.Constant(2.0), 2), (mx.init.Zero(), 0), (mx.init.One(), 1)):
        w = mx.sym.Variable("weight", shape=(10, 4), init=init, stype="row_sparse")
        e = mx.sym.sparse.Embedding(mx.sym.Variable("data"), weight=w, input_dim=10, output_dim=4)
        mod = mx.mod.Module(e, label_names=[])
        mod.bind(data_shapes=[("data", (10, 2))])
        mod.init_params()
        got = mod.get_params()[0]["weight"]
        assert got.stype == "row_sparse" and (got.asnumpy() == value).all()


def test_bilinear_upsampling():
    a = nd.zeros((1, 1, 4, 4))
    mx.init.Bilinear()(mx.init.InitDesc("up_weight", {"__init__": mx.init.Bilinear().dumps()}), a)
    row = np.array([0.25, 0.75, 0.75, 0.25])
    np.testing.assert_allclose(a.asnumpy()[0, 0], np.outer(row, row))


def test_constants_in_text():
    assert json.loads(mx.init.Constant(1.5).dumps()) == ["constant", {"value": 1.5}]
    a = nd.zeros((2,))
    mx.init.create("constant", value=3)(mx.init.InitDesc("a_weight"), a)
    assert a.asnumpy().tolist() == [3, 3]


@pytest.mark.parametrize(("name", "value"), [("x_weight", 5), ("x_bias", 0), ("x_gamma", 1), ("x_beta", 0)])
def test_names_decide(name, value):
    a = nd.full((2, 2), 9)
    (mx.init.Constant(5) if name == "x_weight" else mx.init.Normal())(mx.init.InitDesc(name), a)
    assert (a.asnumpy() == value).all()


def test_unknown_names_are_refused():
    with pytest.raises(ValueError):
        mx.init.Normal()(mx.init.InitDesc("something"), nd.zeros((2,)))
    with pytest.raises(TypeError):
        mx.init.Normal()(3, nd.zeros((2,)))


def test_patterns():
    init = mx.init.Mixed([".*bias", "fc2.*", ".*"], [mx.init.Zero(), mx.init.Constant(2), mx.init.Constant(3)])
    for name, value in (("fc2_weight", 2), ("fc1_weight", 3)):
        a = nd.ones((2, 2))
        init(name, a)
        assert (a.asnumpy() == value).all()
    a = nd.ones((2,))
    init("fc2_bias", a)
    assert (a.asnumpy() == 0).all()
    with pytest.raises(ValueError):
        mx.init.Mixed(["a"], [mx.init.Zero()])("b", a)


def test_values_from_a_dictionary():
    init = mx.init.Load({"arg:a": nd.full((2,), 4)}, default_init=mx.init.One())
    a, w = nd.zeros((2,)), nd.zeros((2,))
    init("a", a)
    init("w_weight", w)
    assert a.asnumpy().tolist() == [4, 4] and w.asnumpy().tolist() == [1, 1]
    with pytest.raises(AssertionError):
        init("a", nd.zeros((3,)))
    with pytest.raises(AssertionError):
        mx.init.Load({})("b", a)


def test_forget_gates_have_a_bias():
    a = nd.zeros((8,))
    mx.init.LSTMBias(1.5)(mx.init.InitDesc("lstm_bias", {"__init__": mx.init.LSTMBias(1.5).dumps()}), a)
    assert a.asnumpy().tolist() == [0, 0, 1.5, 1.5, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("init", "spread"),
    [
        (lambda: mx.init.Uniform(0.1), 0.1 / np.sqrt(3)),
        (lambda: mx.init.Normal(0.2), 0.2),
        (lambda: mx.init.Xavier(rnd_type="uniform", factor_type="avg", magnitude=3), np.sqrt(2 / (100 + 200))),
        (lambda: mx.init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2), np.sqrt(2 / 200)),
        (lambda: mx.init.MSRAPrelu("in", 0), np.sqrt(2 / 200)),
    ],
)
def test_how_wide_draws_are(init, spread):
    a = nd.zeros((100, 200))
    init()(mx.init.InitDesc("x_weight"), a)
    assert a.asnumpy().std() == pytest.approx(spread, rel=0.03) and abs(a.asnumpy().mean()) < spread * 0.05


def test_orthogonal_rows():
    a = nd.zeros((5, 20))
    mx.init.Orthogonal(scale=2)(mx.init.InitDesc("x_weight"), a)
    np.testing.assert_allclose(a.asnumpy() @ a.asnumpy().T, 4 * np.eye(5), atol=1e-4)
