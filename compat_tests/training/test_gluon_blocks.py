"""Blocks: attributes, hooks, sequences, deferred shapes, graphs of hybridized blocks, files."""

import warnings

import numpy as np
import pytest
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd


def test_children_and_parameters_by_their_place(agree):
    model = nn.Sequential()
    model.add(
        nn.Dense(128, activation="tanh", in_units=10, flatten=False),
        nn.Dropout(0.5),
        nn.Dense(64, activation="tanh", in_units=256),
        nn.Dense(32, in_units=64),
        nn.Activation("relu"),
    )
    x = mx.sym.var("data")
    assert len(model(x).list_outputs()) == 1
    model.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    with autograd.predict_mode():
        assert model(nd.zeros((32, 2, 10))).shape == (32, 32)
    model.collect_params().setattr("grad_req", "null")
    assert next(iter(model.collect_params().values()))._grad is None
    model.collect_params().setattr("grad_req", "write")
    assert next(iter(model.collect_params().values()))._grad is not None


def test_a_dense_layer_for_each_position():
    model = nn.Dense(128, activation="tanh", in_units=10, flatten=False, prefix="test_")
    outputs = model(mx.sym.Variable("data"))
    assert set(model.collect_params().keys()) == {"test_weight", "test_bias"}
    assert outputs.list_outputs() == ["test_tanh_fwd_output"]
    assert outputs.infer_shape(data=(2, 3, 10))[1] == [(2, 3, 128)]
    model = nn.Dense(128, activation="relu", in_units=30, flatten=True, prefix="test2_")
    outputs = model(mx.sym.Variable("data"))
    assert outputs.list_outputs() == ["test2_relu_fwd_output"]
    assert outputs.infer_shape(data=(17, 2, 5, 3))[1] == [(17, 128)]


def test_arguments_that_are_none():
    class Foo(gluon.HybridBlock):
        def hybrid_forward(self, F, a, b):
            if a is None and b is not None:
                return b
            if b is None and a is not None:
                return a
            if a is not None and b is not None:
                return a + b
            raise NotImplementedError

    for make in (lambda: (nd.ones((10,)), None), lambda: (None, nd.ones((10,)))):
        foo = Foo()
        foo.hybridize()
        np.testing.assert_array_equal(foo(*make()).asnumpy(), np.ones(10))
    foo = Foo()
    foo.hybridize()
    foo(nd.ones((10,)), None)
    with pytest.raises(ValueError):
        foo(nd.ones((10,)), nd.ones((10,)))
    with pytest.raises(ValueError):
        Foo()(None, None)


def test_a_plain_child_of_a_hybrid_block_is_refused():
    class Plain(gluon.Block):
        def forward(self, x):
            return x

    net = nn.HybridSequential()
    with pytest.raises(ValueError):
        net.add(Plain())


def test_attributes_keep_their_kind():
    b = gluon.Block()
    b.a = None
    b.a = 1
    b.child = gluon.Block()
    with pytest.raises(TypeError):
        b.child = 2
    b.param = gluon.Parameter("p")
    with pytest.raises((TypeError, AssertionError)):
        b.param = 2
    b.c, c2 = gluon.Block(), gluon.Block()
    b.c = c2
    assert b.c is c2 and list(b._children.values())[-1] is c2


def test_lists_of_blocks_are_warned_about(recwarn):
    class Model(gluon.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.layers = [nn.Dense(i * 10) for i in range(6)]

    Model().collect_params()
    assert any("layers" in str(w.message) for w in recwarn)


@pytest.mark.parametrize("kind", [nn.Sequential, nn.HybridSequential])
def test_sequences(kind):
    net = kind()
    for n in (10, 10, 10):
        net.add(nn.Dense(n))
    assert net[1] is net[1] and net[0] is not net[2] and net[-1] is net[2]
    assert [s for s in net[1:3]] == [net[1], net[2]] and isinstance(net[1:3], kind) and len(net) == 3
    net.add(nn.Dense(5), nn.Dense(6))
    assert len(net) == 5


def test_slices_share_parameters(agree):
    net = nn.HybridSequential()
    net.add(nn.Dense(4, in_units=4), nn.Dense(4, in_units=4), nn.Dense(4, in_units=4))
    net.initialize()
    x = nd.ones((1, 4))
    agree(net[1:3](net[0](x)), net(x))


def test_shapes_known_at_the_first_call():
    layer = nn.Conv2D(10, 2)
    layer.collect_params().initialize()
    layer(nd.ones((5, 4, 10, 10)))
    assert layer.weight.shape == (10, 4, 2, 2)
    net = nn.HybridSequential()
    with net.name_scope():
        net.add(nn.Conv2D(64, kernel_size=2, padding=1), nn.BatchNorm(), nn.Dense(10))
    net.hybridize()
    net.initialize()
    net(nd.ones((2, 3, 5, 7)))
    assert net[0].weight.shape[1] == 3 and net[1].gamma.shape[0] == 64 and net[2].weight.shape[1] == 3072


def test_shapes_from_a_file(tmp_path):
    path = str(tmp_path / "net.params")

    def made():
        net = nn.HybridSequential()
        with net.name_scope():
            net.add(nn.Conv2D(64, kernel_size=2, padding=1), nn.BatchNorm(), nn.Dense(10))
        return net

    net1 = made()
    net1.hybridize()
    net1.initialize()
    net1(nd.ones((2, 3, 5, 7)))
    net1.save_parameters(path)
    net2 = made()
    net2.hybridize()
    net2.initialize()
    net2.load_parameters(path, mx.cpu())
    assert net2[0].weight.shape[1] == 3 and net2[1].gamma.shape[0] == 64 and net2[2].weight.shape[1] == 3072


def test_a_graph_is_traced_again_when_children_change(agree):
    net = nn.HybridSequential()
    with net.name_scope():
        net.add(nn.Dense(10, weight_initializer="zeros", bias_initializer="ones", flatten=False))
    net.hybridize()
    net.initialize()
    net(nd.ones((2, 3, 5)))
    net.add(nn.Flatten())
    assert net(nd.ones((2, 3, 5))).shape == (2, 30)
    net = nn.HybridSequential()
    with net.name_scope():
        net.fc1 = nn.Dense(10, weight_initializer="zeros", bias_initializer="ones", flatten=False)
        net.fc2 = nn.Dense(10, weight_initializer="zeros", bias_initializer="ones", flatten=False)
    net.hybridize()
    net.initialize()
    net(nd.ones((2, 3, 5)))
    net.fc2 = nn.Dense(10, weight_initializer="zeros", bias_initializer="ones", flatten=True)
    net.initialize()
    assert net(nd.ones((2, 3, 5))).shape == (2, 10)


def test_lambdas(agree):
    net1 = nn.HybridSequential()
    net1.add(nn.Activation("tanh"), nn.LeakyReLU(0.1))
    net2 = nn.HybridSequential()
    net2.add(nn.HybridLambda("tanh"), nn.HybridLambda(lambda F, x, *args: F.LeakyReLU(x, *args, slope=0.1), prefix="op"))
    net3 = nn.Sequential()
    net3.add(nn.Lambda("tanh"), nn.Lambda(lambda x, *args: nd.LeakyReLU(x, *args, slope=0.1), prefix="op2"))
    x = nd.random.uniform(shape=(2, 3, 5, 7))
    agree(net1(x), net2(x), 1e-3, 1e-3)
    agree(net1(x), net3(x), 1e-3, 1e-3)
    with pytest.raises((AssertionError, ValueError)):
        nn.Lambda("no_such_operator")
    with pytest.raises(ValueError):
        nn.HybridLambda(3)


def test_types_through_a_network():
    net = gluon.model_zoo.vision.resnet18_v1(classes=4)
    net.initialize()
    net.cast("float64")
    with autograd.record():
        y = net(nd.ones((1, 3, 32, 32), dtype="float64"))
        y.backward()
    assert y.dtype == np.float64
    net.hybridize()
    assert net(nd.ones((1, 3, 32, 32), dtype="float64")).dtype == np.float64
    net.cast("float32")
    assert net(nd.ones((1, 3, 32, 32))).dtype == np.float32


def test_hooks_are_called_and_leave():
    class Counts:
        def __init__(self):
            self.hook = self.pre = 0

        def call(self, block, inputs, outputs):
            self.hook += 1

        def call_pre(self, block, inputs):
            self.pre += 1

    counts = Counts()
    block = nn.Dense(10)
    block.initialize()
    handle, pre = block.register_forward_hook(counts.call), block.register_forward_pre_hook(counts.call_pre)
    block(nd.ones((3, 5)))
    assert (counts.hook, counts.pre) == (1, 1)
    handle.detach()
    block(nd.ones((3, 5)))
    assert (counts.hook, counts.pre) == (1, 2)
    pre.detach()
    block(nd.ones((3, 5)))
    assert (counts.hook, counts.pre) == (1, 2)


@pytest.mark.parametrize("inputs", [False, True])
def test_hooks_of_operators(inputs):
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Conv2D(2, 3, use_bias=False, prefix="conv0_"), nn.Activation("relu", prefix="relu0_"))
    net.initialize()
    net.hybridize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append((name.decode(), op.decode())), monitor_all=inputs)
    net(nd.ones((1, 1, 4, 4)))
    nd.waitall()
    conv = [("n_conv0_fwd_" + n, "Convolution") for n in (("data", "weight", "output") if inputs else ("output",))]
    assert seen[: len(conv)] == conv and seen[-1] == ("n_relu0_fwd_output", "Activation")
    assert len(seen) == (5 if inputs else 2)


def test_functions_applied_to_all_children():
    called = []
    block = nn.HybridSequential()
    with block.name_scope():
        block.add(nn.Dense(10), nn.Dropout(0.5))
    block.apply(lambda b: called.append(type(b)))
    assert called == [nn.Dense, nn.Dropout, nn.HybridSequential]


def test_summaries(capsys):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3), nn.BatchNorm(), nn.Dense(4))
    net.initialize()
    net.summary(nd.ones((1, 3, 5, 5)))
    out = capsys.readouterr().out
    assert "Total params: 140" in out and "Trainable params: 136" in out
    net.hybridize()
    with pytest.raises(AssertionError):
        net.summary(nd.ones((1, 3, 5, 5)))


def test_one_array_in_and_out(agree):
    class Same(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return x

    for static in ({}, {"static_alloc": True, "static_shape": True}):
        t = Same()
        t.hybridize(**static)
        for _ in range(3):
            agree(t(nd.ones((10,))), np.ones(10))
            with autograd.record():
                y = t(nd.ones((10,)))
            agree(y, np.ones(10))


def test_a_graph_that_changes_while_recording(agree):
    class Model(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.row = self.params.get("row", shape=(3, 4), init="ones")
                self.col = self.params.get("col", shape=(3, 4), init="ones")

        def hybrid_forward(self, F, x, row, col):
            return F.dot(x, row) if self.use_row else F.dot(x, col)

    m = Model()
    m.initialize()
    for use_row in (True, False):
        m.use_row = use_row
        with autograd.record():
            m(nd.ones((2, 3))).backward()
        agree((m.row if use_row else m.col).grad(), np.full((3, 4), 2))


def test_memory_that_is_kept(agree):
    x = nd.random.uniform(shape=(2, 3, 16, 16))
    plain, kept = None, None
    for static in (None, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}):
        net = nn.HybridSequential()
        net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(3))
        net.initialize(mx.init.Constant(0.1))
        if static is not None:
            net.hybridize(**static)
        for _ in range(3):
            with autograd.record():
                y = net(x)
            y.backward()
        kept = [y.asnumpy(), net[0].weight.grad().asnumpy(), net[1].running_mean.data().asnumpy()]
        plain = plain or kept
        for a, b in zip(kept, plain):
            agree(a, b, 1e-3, 1e-3)


def test_exported_files_run_as_modules(tmp_path, agree):
    net = gluon.model_zoo.vision.squeezenet1_1(classes=5, prefix="model_")
    net.initialize()
    net.hybridize()
    data = nd.random.normal(shape=(1, 3, 224, 224))
    out = net(data)
    path = str(tmp_path / "gluon")
    net.export(path)
    module = mx.mod.Module.load(path, 0, label_names=None)
    module.bind(data_shapes=[("data", data.shape)])
    module.forward(mx.io.DataBatch([data], None), is_train=False)
    agree(out, module.get_outputs()[0], 1e-3, 1e-3)
    again = gluon.SymbolBlock.imports(path + "-symbol.json", ["data"], path + "-0000.params", ctx=mx.cpu())
    agree(out, again(data), 1e-3, 1e-3)


def test_inner_layers_as_a_block(agree):
    model = nn.HybridSequential()
    model.add(
        nn.Dense(16, activation="tanh"), nn.Dropout(0.5), nn.Dense(8, activation="tanh"), nn.Dense(4), nn.Activation("relu")
    )
    model.initialize()
    inputs = mx.sym.var("data")
    outputs = model(inputs).get_internals()
    block = gluon.SymbolBlock(outputs, inputs, params=model.collect_params())
    assert len(block(nd.zeros((3, 10)))) == len(outputs.list_outputs())
    small = gluon.SymbolBlock(model(inputs), inputs, params=model.collect_params())
    agree(small(nd.ones((3, 10))), model(nd.ones((3, 10))))


def test_both_ways_of_saving(tmp_path, agree):
    net = nn.HybridSequential(prefix="old_")
    with net.name_scope():
        net.add(nn.Dense(4, in_units=3), nn.Dense(2, in_units=4))
    net.initialize()
    path, x = str(tmp_path / "p.params"), nd.ones((1, 3))
    net.collect_params().save(path, strip_prefix="old_")
    other = nn.HybridSequential(prefix="new_")
    with other.name_scope():
        other.add(nn.Dense(4, in_units=3), nn.Dense(2, in_units=4))
    other.load_parameters(path)
    agree(net(x), other(x))


def test_gradients_are_clipped_together(agree):
    for check in (True, False):
        x1, x2 = nd.ones((3, 3)), nd.ones((4, 4))
        norm = gluon.utils.clip_global_norm([x1, x2], 1.0, check_isfinite=check)
        norm = norm if check else norm.asscalar()
        assert norm == 5.0
        agree(x1, np.ones((3, 3)) / 5)
        agree(x2, np.ones((4, 4)) / 5)


def test_gradients_that_are_not_finite_are_warned_about():
    x = nd.array([1.0, 2.0, float("nan")])
    with pytest.warns(UserWarning):
        gluon.utils.clip_global_norm([nd.ones((2,)), x], 2.0, check_isfinite=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert np.isnan(gluon.utils.clip_global_norm([nd.ones((2,)), x], 2.0, check_isfinite=False).asscalar())


@pytest.mark.parametrize(("size", "parts", "axis"), [((4, 3, 4), 2, 0), ((12, 3, 4), 4, 0), ((3, 8, 2), 4, 1)])
def test_data_is_split(size, parts, axis, agree):
    x = nd.random.uniform(shape=size)
    got = gluon.utils.split_data(x, parts, axis)
    assert len(got) == parts
    agree(nd.concat(*got, dim=axis), x)
    with pytest.raises(ValueError):
        gluon.utils.split_data(x, 7, axis)


def test_data_that_does_not_split_evenly(agree):
    x = nd.arange(7)
    parts = gluon.utils.split_data(x, 3, even_split=False)
    agree(nd.concat(*parts, dim=0), x)
    assert [p.shape[0] for p in parts] == [3, 2, 2]
    assert [p.context for p in gluon.utils.split_and_load(nd.ones((4, 2)), [mx.cpu(0), mx.cpu(1)])] == [mx.cpu(0), mx.cpu(1)]
