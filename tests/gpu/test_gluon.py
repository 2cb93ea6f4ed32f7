"""Layers, losses and optimizers of Gluon on a GPU beside the same on the processor: results, gradients, weights."""
import numpy as np
import pytest
from mxnet.gluon import loss, nn, rnn

import mxnet as mx
from mxnet import autograd, gluon, nd

IMAGE, ROWS, LINE, SOLID = (2, 3, 6, 6), (2, 4), (2, 3, 8), (1, 2, 4, 4, 4)
SEQUENCE = (3, 2, 4)
LAYERS = {
    "Dense": (lambda: nn.Dense(3, activation="tanh"), ROWS), "Activation": (lambda: nn.Activation("sigmoid"), ROWS),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.1), ROWS), "PReLU": (nn.PReLU, ROWS), "ELU": (nn.ELU, ROWS), "SELU": (nn.SELU, ROWS),
    "GELU": (nn.GELU, ROWS), "Swish": (nn.Swish, ROWS), "BatchNorm": (nn.BatchNorm, IMAGE),
    "LayerNorm": (nn.LayerNorm, ROWS), "InstanceNorm": (nn.InstanceNorm, IMAGE), "GroupNorm": (lambda: nn.GroupNorm(3), IMAGE),
    "Conv1D": (lambda: nn.Conv1D(2, 3), LINE), "Conv2D": (lambda: nn.Conv2D(2, 3, groups=1, strides=2, padding=1), IMAGE),
    "Conv3D": (lambda: nn.Conv3D(2, 2), SOLID), "Conv1DTranspose": (lambda: nn.Conv1DTranspose(2, 3), LINE),
    "Conv2DTranspose": (lambda: nn.Conv2DTranspose(2, 3, strides=2), IMAGE),
    "Conv3DTranspose": (lambda: nn.Conv3DTranspose(2, 2), SOLID), "Embedding": (lambda: nn.Embedding(5, 3), None),
    "MaxPool1D": (nn.MaxPool1D, LINE), "MaxPool2D": (nn.MaxPool2D, IMAGE), "MaxPool3D": (nn.MaxPool3D, SOLID),
    "AvgPool1D": (nn.AvgPool1D, LINE), "AvgPool2D": (nn.AvgPool2D, IMAGE), "AvgPool3D": (nn.AvgPool3D, SOLID),
    "GlobalMaxPool2D": (nn.GlobalMaxPool2D, IMAGE), "GlobalAvgPool2D": (nn.GlobalAvgPool2D, IMAGE),
    "ReflectionPad2D": (lambda: nn.ReflectionPad2D(1), IMAGE), "Flatten": (nn.Flatten, IMAGE),
    "Dropout": (lambda: nn.Dropout(0.0), ROWS), "RNN": (lambda: rnn.RNN(3), SEQUENCE), "GRU": (lambda: rnn.GRU(3), SEQUENCE),
    "LSTM": (lambda: rnn.LSTM(3, num_layers=2, bidirectional=True), SEQUENCE),
}
CELLS = {"RNNCell": rnn.RNNCell, "LSTMCell": rnn.LSTMCell, "GRUCell": rnn.GRUCell}


def _fill(block):
    draw = np.random.RandomState(2)
    for name, p in block.collect_params().items():
        if "running" not in name:
            p.set_data(nd.array(draw.uniform(0.1, 0.9, p.shape)))


def _passed(block, x, ctx, run):
    """Outputs, gradients and all that the parameters hold after one recorded step."""
    x = nd.array(x, ctx)
    block.initialize(ctx=ctx)
    run(block, x)
    _fill(block)
    moves = not isinstance(block, nn.Embedding)
    if moves:
        x.attach_grad()
    with autograd.record():
        y = run(block, x)
    y.backward(nd.array(np.random.RandomState(3).randn(*y.shape), ctx))
    found = [y, *([x.grad] if moves else [])]
    assert {v.context for v in found} == {ctx}
    for p in block.collect_params().values():
        found += [p.data(ctx)] + ([p.grad(ctx)] if p.grad_req != "null" else [])
    return [v.asnumpy() for v in found]


def _same(make, x, run=lambda block, x: block(x)):
    want, got = _passed(make(), x, mx.cpu(0), run), _passed(make(), x, mx.gpu(0), run)
    assert len(want) == len(got)
    for a, b in zip(want, got):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, hybrid):
    make, shape = LAYERS[name]
    x = np.array([[1, 4, 1], [0, 2, 3]], "f4") if shape is None else np.random.RandomState(1).randn(*shape).astype("f4")

    def made():
        block = make()
        if hybrid:
            block.hybridize()
        return block
    _same(made, x)


@pytest.mark.parametrize("name", CELLS)
def test_unrolled_cells(name):
    _same(lambda: CELLS[name](3), np.random.RandomState(1).randn(2, 3, 4).astype("f4"),
          lambda cell, x: cell.unroll(3, x, layout="NTC", merge_outputs=True)[0])


LOSSES = {
    "L2Loss": (loss.L2Loss, "f"), "L1Loss": (loss.L1Loss, "f"), "HuberLoss": (loss.HuberLoss, "f"),
    "SigmoidBinaryCrossEntropyLoss": (loss.SigmoidBinaryCrossEntropyLoss, "01"), "LogisticLoss": (loss.LogisticLoss, "+-"),
    "SoftmaxCrossEntropyLoss": (loss.SoftmaxCrossEntropyLoss, "class"), "KLDivLoss": (lambda: loss.KLDivLoss(False), "p"),
    "HingeLoss": (loss.HingeLoss, "+-"), "SquaredHingeLoss": (loss.SquaredHingeLoss, "+-"),
    "PoissonNLLLoss": (loss.PoissonNLLLoss, "p"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    make, kind = LOSSES[name]
    draw = np.random.RandomState(4)
    label = {"f": draw.randn(3, 4), "01": draw.randint(0, 2, (3, 4)), "+-": draw.choice([-1, 1], (3, 4)),
             "class": np.array([0, 3, 1]), "p": draw.dirichlet(np.ones(4), 3)}[kind]
    _same(make, draw.randn(3, 4).astype("f4"), lambda block, x: block(x, nd.array(label, x.context)))


def test_ctc_and_triplets():
    draw = np.random.RandomState(4)
    _same(loss.CTCLoss, draw.randn(2, 6, 4).astype("f4"),
          lambda block, x: block(x, nd.array([[0, 1], [2, -1]], x.context)))
    others = draw.randn(2, 3, 4)
    _same(loss.TripletLoss, draw.randn(3, 4).astype("f4"),
          lambda block, x: block(x, *[nd.array(v, x.context) for v in others]))


def _trained(name, ctx):
    net = nn.Dense(2, in_units=3, use_bias=name != "groupadagrad")
    net.initialize(ctx=ctx)
    _fill(net)
    trainer = gluon.Trainer(net.collect_params(), name, {"learning_rate": 0.05, "wd": 0 if name == "groupadagrad" else 0.01})
    draw = np.random.RandomState(8)
    mx.random.seed(4)
    for _ in range(3):
        with autograd.record():
            y = (net(nd.array(draw.randn(4, 3), ctx)) ** 2).mean()
        y.backward()
        trainer.step(2)
    return [p.data(ctx).asnumpy() for p in net.collect_params().values()]


@pytest.mark.parametrize("name", sorted(mx.optimizer.Optimizer.opt_registry.keys() - {"test"}))
def test_optimizers(name):
    for want, got in zip(_trained(name, mx.cpu(0)), _trained(name, mx.gpu(0))):
        np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-5)
