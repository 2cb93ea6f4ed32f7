"""Parameters and dictionaries of them: contexts, sharing, storage, files, what is refused."""

import numpy as np
import pytest
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd

TWO = [mx.cpu(1), mx.cpu(0)]


def test_parameter_on_two_contexts():
    p = gluon.Parameter("weight", shape=(10, 10))
    p.initialize(init="xavier", ctx=TWO)
    assert len(p.list_data()) == len(p.list_grad()) == 2
    assert p.data(mx.cpu(1)).context == mx.cpu(1)
    assert p.data(mx.cpu(0)).shape == (10, 10)
    assert p.var().name == "weight" and p.list_ctx() == TWO
    assert p.grad(mx.cpu(0)).stype == p.data(mx.cpu(1)).stype == "default"
    p.reset_ctx(ctx=[mx.cpu(1), mx.cpu(2)])
    assert p.list_ctx() == [mx.cpu(1), mx.cpu(2)]
    with pytest.raises(RuntimeError):
        p.data(mx.cpu(5))


def test_storage_types_that_are_no_choice():
    for wrong in ({"stype": "invalid"}, {"grad_stype": "invalid"}):
        with pytest.raises(AssertionError):
            gluon.Parameter("weight", shape=(10, 10), **wrong)


def test_row_sparse_parameters():
    p = gluon.Parameter("weight", shape=(10, 4), stype="row_sparse", grad_stype="row_sparse")
    p.initialize(init="xavier", ctx=TWO)
    rows = nd.arange(0, 10, ctx=mx.cpu(1))
    assert len(p.list_grad()) == 2
    with pytest.raises(RuntimeError):
        p.row_sparse_data(rows)  # rows come from a store, which a Trainer makes
    gluon.Trainer([p], "sgd")
    assert p.row_sparse_data(rows).context == mx.cpu(1)
    assert p.var().name == "weight" and p.var().attr("__storage_type__") == "1"
    assert p.grad(mx.cpu(0)).stype == "row_sparse"
    with pytest.raises(RuntimeError):
        p.data()
    with pytest.raises(RuntimeError):
        p.list_data()


def test_rows_of_a_parameter(agree):
    p = gluon.Parameter("x", shape=(10, 2), stype="row_sparse")
    p.initialize(ctx=mx.cpu(0), init="uniform")
    trainer = gluon.Trainer([p], "sgd")
    all_rows = p.row_sparse_data(nd.arange(0, 10))
    some = p.row_sparse_data(nd.array([1, 5, 9]))
    dense = all_rows.asnumpy()
    for i in range(10):
        agree(some.asnumpy()[i], dense[i] if i in (1, 5, 9) else np.zeros(2))
    assert trainer.learning_rate == 0.01


def test_dictionary_of_parameters(tmp_path):
    first = gluon.ParameterDict("net_")
    first.get("w0", shape=(10, 10))
    first.get("w1", shape=(10, 10), stype="row_sparse")
    all_rows = nd.arange(0, 10)
    first.initialize(ctx=mx.cpu())
    trainer = gluon.Trainer(first, "sgd")
    old = [first.get("w0").data(), first.get("w1").row_sparse_data(all_rows)]
    path = str(tmp_path / "net.params")
    first.save(path)
    for _ in range(2):
        first.load(path, mx.cpu())
    second = gluon.ParameterDict("net_")
    second.get("w0", shape=(10, 10), init="zeros")
    second.get("w1", shape=(10, 10), stype="row_sparse")
    second.load(path, mx.cpu())
    gluon.Trainer(second, "sgd")
    for was, name in zip(old, ("w0", "w1")):
        now = second.get(name)
        now = now.data() if name == "w0" else now.row_sparse_data(all_rows)
        np.testing.assert_array_equal(was.asnumpy(), now.asnumpy())
    dense = gluon.ParameterDict("net_")
    dense.get("w0", shape=(10, 10), stype="row_sparse")
    dense.get("w1", shape=(10, 10))
    dense.load(path, mx.cpu())
    assert dense.get("w1").data().stype == "default"
    third = gluon.ParameterDict("net_")
    third.get("w0", shape=(1, 1), init="zeros")
    with pytest.raises(AssertionError):
        third.load(path, mx.cpu())
    assert trainer.learning_rate == 0.01


def test_constants(agree):
    class Adds(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.value = np.asarray([[1, 2], [3, 4]])
            self.const = self.params.get_constant("const", self.value)

        def hybrid_forward(self, F, x, const):
            return x + const

    t = Adds()
    t.initialize()
    trainer = gluon.Trainer(t.collect_params(), "sgd", {"learning_rate": 1.0, "momentum": 0.5})
    with autograd.record():
        x = nd.ones((2, 2))
        x.attach_grad()
        y = t(x)
        y.backward()
    trainer.step(1)
    agree(t.const.data(), t.value)
    agree(x.grad, np.ones((2, 2)))


class Shares(gluon.Block):
    def __init__(self, in_units=0, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense0 = nn.Dense(5, in_units=in_units)
            self.dense1 = nn.Dense(5, in_units=in_units)

    def forward(self, x):
        return self.dense1(self.dense0(x))


def test_shared_parameters(tmp_path, agree):
    net1 = Shares(prefix="net1_", in_units=5)
    net2 = Shares(prefix="net2_", params=net1.collect_params())
    net1.collect_params().initialize()
    net2(nd.zeros((3, 5)))
    path = str(tmp_path / "net.params")
    net1.save_parameters(path)
    net3 = Shares(prefix="net3_")
    net3.load_parameters(path, mx.cpu())
    x = nd.ones((2, 5))
    agree(net1(x), net2(x))
    agree(net1(x), net3(x))
    net4 = Shares(prefix="net4_")
    net5 = Shares(prefix="net5_", in_units=5, params=net4.collect_params())
    net4.collect_params().initialize()
    net5(nd.zeros((3, 5)))
    net4.save_parameters(path)
    net6 = Shares(prefix="net6_")
    net6.load_parameters(path, mx.cpu())
    agree(net4(x), net6(x))


@pytest.mark.parametrize(("shape", "text"), [((10, 10), "(10, 10)"), (None, "None"), ((0, 3), "(0, 3)")])
def test_parameters_as_text(shape, text):
    p = gluon.Parameter("foo", shape=shape, dtype="float32", allow_deferred_init=True)
    assert str(p) == "Parameter foo (shape=" + text + ", dtype=float32)"


def test_collecting_by_pattern():
    net = nn.HybridSequential(prefix="test_")
    with net.name_scope():
        net.add(nn.Conv2D(10, 3), nn.Dense(10, activation="relu"))
    names = {"test_conv0_weight", "test_conv0_bias", "test_dense0_weight", "test_dense0_bias"}
    assert set(net.collect_params().keys()) == names
    assert set(net.collect_params(".*weight").keys()) == {n for n in names if n.endswith("weight")}
    assert set(net.collect_params("test_conv0_bias|test_dense0_bias").keys()) == {n for n in names if n.endswith("bias")}


def test_zeroing_gradients(agree):
    net = nn.Dense(2, in_units=2)
    net.initialize()
    net.collect_params().setattr("grad_req", "add")
    for _ in range(2):
        with autograd.record():
            net(nd.ones((1, 2))).backward()
    agree(net.weight.grad(), np.full((2, 2), 2))
    net.collect_params().zero_grad()
    agree(net.weight.grad(), np.zeros((2, 2)))
    agree(net.bias.grad(), np.zeros(2))


def test_requests_decide_what_is_computed(agree):
    data = nd.array(np.random.rand(1, 3))
    label = nd.array([[0, 0]])
    loss = gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)
    net = nn.HybridSequential()
    net.add(nn.Dense(4, activation="relu", in_units=3), nn.Dense(2, in_units=4))
    net.initialize()
    net.collect_params().setattr("grad_req", "null")
    with autograd.record():
        loss(net(data), label)
    assert all(p.grad_req == "null" for p in net.collect_params().values())
    with pytest.raises(RuntimeError):
        net[0].weight.grad()
    for p in net.collect_params().values():
        p.grad_req = "write"
    with autograd.record():
        net(data).sum().backward()
    once = net[0].weight.grad().asnumpy()
    net[0].weight.grad_req = "add"
    for _ in range(2):
        with autograd.record():
            net(data).sum().backward()
    agree(net[0].weight.grad(), 2 * once)


def test_loading_what_has_another_shape(tmp_path):
    path = str(tmp_path / "p.params")
    net = nn.Dense(3, in_units=2)
    net.initialize()
    net.save_parameters(path)
    with pytest.raises(AssertionError):
        nn.Dense(4, in_units=2).load_parameters(path)
    other = nn.Dense(3)
    other.load_parameters(path)
    assert other.weight.shape == (3, 2)
    wider = nn.HybridSequential()
    wider.add(nn.Dense(3, in_units=2))
    with pytest.raises(AssertionError):
        wider.load_parameters(path)


def test_shared_parameters_are_saved_once(tmp_path):
    net = nn.HybridSequential()
    first = nn.Dense(4, in_units=4)
    net.add(first, nn.Dense(4, in_units=4, params=first.params))
    net.initialize()
    path = str(tmp_path / "p.params")
    net.save_parameters(path)
    assert len(nd.load(path)) == 4
    net.save_parameters(path, deduplicate=True)
    assert len(nd.load(path)) == 2
    net.load_parameters(path)


def test_types_of_parameters(tmp_path):
    net = nn.Dense(2, in_units=2)
    net.initialize()
    net.cast("float64")
    assert net.weight.dtype in ("float64", np.float64) and net(nd.ones((1, 2), dtype="float64")).dtype == np.float64
    path = str(tmp_path / "p.params")
    net.save_parameters(path)
    single = nn.Dense(2, in_units=2)
    with pytest.raises(AssertionError):
        single.load_parameters(path)
    single.load_parameters(path, cast_dtype=True, dtype_source="saved")
    assert single.weight.data().dtype == np.float64
    again = nn.Dense(2, in_units=2)
    again.load_parameters(path, cast_dtype=True, dtype_source="current")
    assert again.weight.data().dtype == np.float32
