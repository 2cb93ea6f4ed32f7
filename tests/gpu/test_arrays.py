"""Arrays on a GPU: making, moving, indexing, training with them."""
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd

GPU = mx.gpu(0)


@pytest.fixture
def x():
    return nd.array(np.arange(12).reshape(3, 4), ctx=GPU)


@pytest.mark.parametrize("make", [
    lambda: nd.zeros((2,), ctx=GPU), lambda: nd.ones((2,), GPU), lambda: nd.full((2,), 3, GPU), lambda: nd.eye(2, ctx=GPU),
    lambda: nd.empty((2,), GPU), lambda: nd.array([1, 2], ctx=GPU), lambda: nd.random.normal(shape=(3,), ctx=GPU),
    lambda: nd.arange(3, ctx=GPU), lambda: nd.linspace(0, 1, 3, ctx=GPU), lambda: nd.ones((1,)).as_in_context(GPU),
    lambda: nd.ones((1,), mx.gpu(1)).copyto(GPU)])
def test_what_is_made_there_is_there(make):
    y = make()
    assert y.context == GPU
    assert type(y).__name__ == "NDArray"
    assert isinstance(y + 1, nd.NDArray)
    assert (y + 1).context == GPU


def test_the_default_context_of_a_scope_holds():
    with GPU:
        assert nd.zeros((1,)).context == GPU
        assert nd.random.uniform(shape=(1,)).context == GPU


def test_text(x):
    assert repr(x[:1]) == "\n[[0. 1. 2. 3.]]\n<NDArray 1x4 @gpu(0)>"


def test_views_write_through(x):
    x[1][:] = 7
    x[:, 2] = nd.array([1, 2, 3], ctx=GPU)
    x[0, 0] = 9
    x.reshape((12,))[11] = -1
    want = np.array([[9, 1, 1, 3], [7, 7, 2, 7], [8, 9, 3, -1]], "f4")
    np.testing.assert_array_equal(x.asnumpy(), want)


def test_index_arrays_choose_and_write(x):
    i = nd.array([2, 0], ctx=GPU)
    np.testing.assert_array_equal(x[i].asnumpy(), np.arange(12).reshape(3, 4)[[2, 0]])
    x[i] = 5
    np.testing.assert_array_equal(x.asnumpy()[:, 0], [5, 4, 5])


def test_in_place_arithmetic_keeps_the_memory(x):
    y = x[1:]
    y += 1
    y *= y
    np.testing.assert_array_equal(x.asnumpy()[1], [25, 36, 49, 64])


def test_numbers_of_one_element(x):
    assert x.max().asscalar() == 11
    assert x.sum().asscalar() == 66
    assert bool(x[0, 1] > 0)


def test_copies_between_devices_carry_gradients():
    a = nd.ones((2, 2))
    a.attach_grad()
    with autograd.record():
        b = (a.as_in_context(GPU) * 3).as_in_context(mx.gpu(1)).sum()
    b.backward()
    np.testing.assert_array_equal(a.grad.asnumpy(), np.full((2, 2), 3))


def test_gradients_of_gradients(x):
    x.attach_grad()
    with autograd.record():
        y = autograd.grad((x ** 3).sum(), x, create_graph=True)[0]
        z = y.sum()
    z.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), 6 * np.arange(12).reshape(3, 4), rtol=1e-5)


def test_devices_are_not_mixed(x):
    with pytest.raises(mx.base.MXNetError, match=r"rhs is on cpu\(0\)"):
        x + nd.ones((3, 4))
    with pytest.raises(mx.base.MXNetError, match=r"gpu\(7\) is not available"):
        nd.ones((1,), mx.gpu(7))


def test_errors_are_those_of_the_processor(x):
    for wrong in (lambda c: nd.ones((2, 3), c) + nd.ones((4,), c), lambda c: nd.dot(nd.ones((2, 3), c), nd.ones((2, 3), c)),
                  lambda c: nd.reshape(nd.ones((2, 3), c), shape=(4,)), lambda c: nd.ones((2,), c)[5]):
        texts = []
        for ctx in (mx.cpu(0), GPU):
            with pytest.raises((mx.base.MXNetError, IndexError)) as e:
                wrong(ctx)
            texts.append((e.type, str(e.value)))
        assert texts[0] == texts[1]


def test_files_and_pickles(x, tmp_path):
    nd.save(str(tmp_path / "a"), {"x": x})
    np.testing.assert_array_equal(nd.load(str(tmp_path / "a"))["x"].asnumpy(), x.asnumpy())
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(x)).asnumpy(), x.asnumpy())


def test_one_seed_gives_the_numbers_of_the_processor():
    mx.random.seed(5)
    a = nd.random.normal(shape=(3,), ctx=mx.cpu(0))
    mx.random.seed(5)
    np.testing.assert_allclose(nd.random.normal(shape=(3,), ctx=GPU).asnumpy(), a.asnumpy(), rtol=1e-5)


def _net(ctx):
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Conv2D(3, 3, activation="relu"), gluon.nn.BatchNorm(), gluon.nn.MaxPool2D(), gluon.nn.Dense(3))
    net.initialize(ctx=ctx)
    net(nd.zeros((1, 1, 8, 8), ctx[0]))
    draw = np.random.RandomState(7)
    for p in net.collect_params(".*weight").values():
        p.set_data(nd.array(draw.randn(*p.shape) * 0.3))
    net.hybridize()
    return net


def _train(contexts):
    net = _net(contexts)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.02}, kvstore="device")
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    draw = np.random.RandomState(0)
    x, y = nd.array(draw.rand(4, 1, 8, 8)), nd.array([0, 1, 2, 1])
    values = []
    for _ in range(3):
        parts = zip(gluon.utils.split_and_load(x, contexts), gluon.utils.split_and_load(y, contexts))
        with autograd.record():
            losses = [loss(net(a), b) for a, b in parts]
        autograd.backward(losses)
        trainer.step(4)
        values.append(sum(v.sum().asscalar() for v in losses))
    return values


@pytest.mark.parametrize("n", [1, 2])
def test_training_goes_as_on_the_processor(n):
    want = _train([mx.cpu(k) for k in range(n)])
    np.testing.assert_allclose(_train([mx.gpu(k) for k in range(n)]), want, rtol=2e-4)
    assert want[-1] < want[0]


def test_module_trains_on_two_devices():
    out = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3, name="fc"), name="softmax")
    data = mx.io.NDArrayIter(np.eye(6, 4, dtype="f4"), np.array([0, 1, 2, 0, 1, 2], "f4"), 2, label_name="softmax_label")
    module = mx.mod.Module(out, context=[mx.gpu(0), mx.gpu(1)])
    module.fit(data, num_epoch=6, optimizer="sgd", optimizer_params={"learning_rate": 1.0})
    assert module.score(data, "acc")[0][1] >= 0.5


def test_custom_operators():
    class Twice(autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            return dy * 2
    x = nd.ones((2,), GPU)
    x.attach_grad()
    with autograd.record():
        y = Twice()(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [2, 2])


def test_sparse_gradients_of_embeddings():
    e = gluon.nn.Embedding(5, 3, sparse_grad=True)
    e.initialize(ctx=GPU)
    trainer = gluon.Trainer(e.collect_params(), "sgd", {"learning_rate": 1.0})
    before = e.weight.data(GPU).asnumpy()
    with autograd.record():
        y = e(nd.array([1, 2], ctx=GPU)).sum()
    y.backward()
    trainer.step(1)
    np.testing.assert_allclose(before - e.weight.data(GPU).asnumpy(), [[0] * 3, [1] * 3, [1] * 3, [0] * 3, [0] * 3], atol=1e-6)
