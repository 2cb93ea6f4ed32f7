"""Losses against what they are in numpy, with weights, masks and labels of their kinds."""

import numpy as np
import pytest
from mxnet.gluon import loss as L

import mxnet as mx
from mxnet import autograd, gluon, nd


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_softmax(x, axis=-1):
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def test_numbers_of_simple_losses(agree):
    output, label = nd.array([1, 2, 3, 4]), nd.array([1, 3, 5, 7])
    weight = nd.array([0.5, 1, 0.5, 1])
    assert L.L1Loss()(output, label).sum().asscalar() == 6
    assert L.L1Loss(weight=0.5)(output, label).sum().asscalar() == 3
    assert L.L1Loss()(output, label, weight).sum().asscalar() == 5
    assert L.L2Loss()(output, label).sum().asscalar() == 7
    assert L.L2Loss(weight=0.25)(output, label).sum().asscalar() == 1.75
    assert L.L2Loss()(output, label, weight).sum().asscalar() == 6
    output, label = nd.array([[0, 2], [1, 4]]), nd.array([0, 1])
    agree(L.SoftmaxCrossEntropyLoss()(output, label), [2.12692809, 0.04858733])
    agree(L.SoftmaxCrossEntropyLoss()(output, label, nd.array([[0.5], [1.0]])), [1.06346405, 0.04858733])


@pytest.mark.parametrize("from_sigmoid", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_cross_entropy(from_sigmoid, weighted, agree):
    rs = np.random.RandomState(0)
    x, y, pos = rs.randn(4, 5), rs.randint(0, 2, (4, 5)).astype("float32"), rs.rand(1, 5) * 3
    p = sigmoid(x)
    want = -(y * np.log(p) * (pos if weighted else 1) + (1 - y) * np.log(1 - p)).mean(axis=1)
    args = (None, nd.array(pos)) if weighted else ()
    got = L.SigmoidBCELoss(from_sigmoid=from_sigmoid)(nd.array(p if from_sigmoid else x), nd.array(y), *args)
    agree(got, want)


def test_binary_cross_entropy_equals_that_of_two_classes(agree):
    rs = np.random.RandomState(1)
    for _ in range(3):
        y, p = rs.randint(0, 2, (10,)).astype("float32"), rs.rand(10)
        both = nd.array(np.stack([1 - p, p], axis=1)).log()
        agree(
            L.SigmoidBinaryCrossEntropyLoss(from_sigmoid=True)(nd.array(p), nd.array(y)),
            L.SoftmaxCrossEntropyLoss(from_logits=True)(both, nd.array(y)),
            1e-3,
            1e-3,
        )


def test_logistic_loss_equals_binary_cross_entropy(agree):
    rs = np.random.RandomState(2)
    x, y = nd.array(rs.randn(10)), nd.array(rs.randint(0, 2, 10))
    agree(L.LogisticLoss(label_format="binary")(x, y), L.SigmoidBCELoss(from_sigmoid=False)(x, y))
    agree(L.LogisticLoss(label_format="signed")(x, 2 * y - 1), L.SigmoidBCELoss()(x, y))
    with pytest.raises(ValueError):
        L.LogisticLoss(label_format="int")


@pytest.mark.parametrize(
    ("sparse", "axis", "logits"), [(True, -1, False), (False, -1, False), (True, 1, False), (True, -1, True)]
)
def test_softmax_cross_entropy(sparse, axis, logits, agree):
    rs = np.random.RandomState(3)
    x = rs.randn(3, 4, 5)
    classes = x.shape[axis]
    y = rs.randint(0, classes, tuple(np.delete(x.shape, axis)))
    logs = log_softmax(x, axis)
    want = -np.take_along_axis(logs, np.expand_dims(y, axis), axis).mean(axis=(1, 2))
    label = y if sparse else np.moveaxis(np.eye(classes)[y], -1, axis)
    got = L.SoftmaxCELoss(sparse_label=sparse, axis=axis, from_logits=logits)(
        nd.array(logs if logits else x), nd.array(label)
    )
    agree(got, want)


@pytest.mark.parametrize("logits", [True, False])
def test_kl_divergence(logits, agree):
    rs = np.random.RandomState(4)
    x, y = rs.randn(3, 5), rs.dirichlet(np.ones(5), 3)
    want = (y * (np.log(y + 1e-12) - log_softmax(x))).sum(axis=1)
    agree(L.KLDivLoss(from_logits=logits)(nd.array(log_softmax(x) if logits else x), nd.array(y)), want)


@pytest.mark.parametrize("rho", [1, 0.5])
def test_huber(rho, agree):
    rs = np.random.RandomState(5)
    x, y = rs.randn(4, 6), rs.randn(4, 6)
    d = np.abs(x - y)
    agree(L.HuberLoss(rho=rho)(nd.array(x), nd.array(y)), np.where(d > rho, d - 0.5 * rho, 0.5 / rho * d**2).mean(axis=1))


@pytest.mark.parametrize("margin", [1, 0.3])
def test_hinges(margin, agree):
    rs = np.random.RandomState(6)
    x, y = rs.randn(4, 6), np.sign(rs.randn(4, 6))
    slack = np.maximum(0, margin - x * y)
    agree(L.HingeLoss(margin=margin)(nd.array(x), nd.array(y)), slack.mean(axis=1))
    agree(L.SquaredHingeLoss(margin=margin)(nd.array(x), nd.array(y)), (slack**2).mean(axis=1))


def test_triplets(agree):
    rs = np.random.RandomState(7)
    a, p, n = rs.randn(3, 4, 5)
    want = np.maximum(((a - p) ** 2 - (a - n) ** 2).sum(axis=1) + 0.7, 0)
    agree(L.TripletLoss(margin=0.7)(nd.array(a), nd.array(p), nd.array(n)), want)


@pytest.mark.parametrize("margin", [0, 0.2])
def test_cosine_embeddings(margin, agree):
    rs = np.random.RandomState(8)
    a, b, y = rs.randn(5, 4), rs.randn(5, 4), np.array([1, -1, 1, -1, -1])
    cos = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
    want = np.where(y == 1, 1 - cos, np.maximum(0, cos - margin))[:, None]
    agree(L.CosineEmbeddingLoss(margin=margin)(nd.array(a), nd.array(b), nd.array(y)), want)


@pytest.mark.parametrize("logits", [True, False])
def test_poisson(logits, agree):
    rs = np.random.RandomState(9)
    x, y = rs.rand(3, 4) + 0.2, rs.randint(0, 5, (3, 4))
    want = np.exp(x) - y * x if logits else x - y * np.log(x + 1e-8)
    agree(L.PoissonNLLLoss(from_logits=logits)(nd.array(x), nd.array(y)), [want.mean()])


def test_connectionist_temporal_classification(agree):
    loss = L.CTCLoss()
    agree(loss(nd.ones((2, 20, 4)), nd.array([[1, 0, -1, -1], [2, 1, 1, -1]])), [18.82820702, 16.50581741])
    loss = L.CTCLoss(layout="TNC")
    agree(loss(nd.ones((20, 2, 4)), nd.array([[1, 0, -1, -1], [2, 1, 1, -1]])), [18.82820702, 16.50581741])
    loss = L.CTCLoss(layout="TNC", label_layout="TN")
    agree(loss(nd.ones((20, 2, 4)), nd.array([[1, 0, -1, -1], [2, 1, 1, -1]]).T), [18.82820702, 16.50581741])
    loss = L.CTCLoss()
    agree(
        loss(nd.ones((2, 20, 4)), nd.array([[2, 1, 2, 2], [3, 2, 2, 2]]), None, nd.array([2, 3])), [18.82820702, 16.50581741]
    )
    agree(
        loss(nd.ones((2, 25, 4)), nd.array([[2, 1, -1, -1], [3, 2, 2, -1]]), nd.array([20, 20])), [18.82820702, 16.50581741]
    )
    agree(
        loss(nd.ones((2, 25, 4)), nd.array([[2, 1, 3, 3], [3, 2, 2, 3]]), nd.array([20, 20]), nd.array([2, 3])),
        [18.82820702, 16.50581741],
    )


def test_smoothed_deep_metric_learning():
    n, dim = 5, 10
    rs = np.random.RandomState(10)
    data = rs.randn(2, n, dim).astype("float32")
    same, other = nd.array(data[0] * 10), nd.array(data[0] * 10 + rs.randn(n, dim) * 0.01)
    loss = L.SDMLLoss(smoothing_parameter=0.3)
    close, far = loss(same, other), loss(same, nd.array(data[1] * 10))
    assert close.shape == (n,) and close.sum().asscalar() < far.sum().asscalar()


def losses():
    return {
        "l1": L.L1Loss,
        "l2": L.L2Loss,
        "huber": L.HuberLoss,
        "hinge": L.HingeLoss,
        "squared_hinge": L.SquaredHingeLoss,
        "logistic": L.LogisticLoss,
        "bce": L.SigmoidBCELoss,
    }


@pytest.mark.parametrize("name", sorted(losses()))
def test_weights_of_samples_leave_them_out(name, agree):
    rs = np.random.RandomState(11)
    x, y = nd.array(rs.randn(4, 3)), nd.array(np.sign(rs.randn(4, 3)))
    mask = nd.array([[1], [0], [2], [1]])
    plain = losses()[name]()(x, y).asnumpy()
    x.attach_grad()
    with autograd.record():
        got = losses()[name]()(x, y, mask)
    got.backward()
    agree(got, plain * [1, 0, 2, 1])
    assert np.abs(x.grad.asnumpy()[1]).max() == 0
    for hybrid in (False, True):
        f = losses()[name](weight=3)
        f.hybridize(hybrid)
        agree(f(x, y), plain * 3)


def fit_with(loss, data, label, num_hidden, epochs=12, lr=0.05, sparse=True):
    """Accuracy-free training: the value of the loss at the beginning and at the end."""
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Dense(16, activation="relu"), gluon.nn.Dense(num_hidden))
    net.initialize(mx.init.Xavier(magnitude=2))
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": lr})
    values = []
    for _ in range(epochs):
        with autograd.record():
            value = loss(net(data), label).mean()
        value.backward()
        trainer.step(1)
        values.append(value.asscalar())
    return values[0], values[-1]


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (L.L1Loss, 1),
        (L.L2Loss, 1),
        (L.HuberLoss, 1),
        (L.SoftmaxCELoss, 3),
        (L.SigmoidBCELoss, 1),
        (L.HingeLoss, 1),
        (L.SquaredHingeLoss, 1),
        (L.LogisticLoss, 1),
    ],
)
def test_losses_train(make, columns):
    rs = np.random.RandomState(12)
    x = rs.randn(40, 5)
    score = x.sum(axis=1)
    if columns == 3:
        y = np.digitize(score, [-1, 1])
    elif make in (L.HingeLoss, L.SquaredHingeLoss, L.LogisticLoss):
        y = np.sign(score)
    elif make is L.SigmoidBCELoss:
        y = score > 0
    else:
        y = score
    before, after = fit_with(make(), nd.array(x), nd.array(y), columns)
    assert after < 0.7 * before


def test_networks_with_losses_can_be_saved(tmp_path, agree):
    net = gluon.nn.Dense(2, in_units=3)
    net.initialize()
    mod = mx.mod.Module(
        mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"), name="softmax")
    )
    x = np.random.RandomState(0).randn(8, 3)
    it = mx.io.NDArrayIter(x, np.arange(8) % 2, 4)
    mod.fit(it, num_epoch=1, optimizer_params={"learning_rate": 0.1})
    prefix = str(tmp_path / "test")
    mod.save_checkpoint(prefix, 100, save_optimizer_states=True)
    again = mx.mod.Module.load(prefix, 100, load_optimizer_states=True)
    again.bind(it.provide_data, it.provide_label)
    for name, value in mod.get_params()[0].items():
        agree(again.get_params()[0][name], value)
    agree(again.predict(it), mod.predict(it))
    again.init_optimizer(optimizer_params={"learning_rate": 0.1})
    it.reset()
    for module in (mod, again):
        module.forward_backward(next(iter(it)))
        module.update()
        it.reset()
    agree(again.get_params()[0]["fc_weight"], mod.get_params()[0]["fc_weight"])
