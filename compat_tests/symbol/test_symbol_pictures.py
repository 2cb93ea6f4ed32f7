"""``mx.viz.print_summary``: the table of layers."""
import re

import pytest

import mxnet as mx
from mxnet import sym


def net():
    x = sym.Convolution(sym.Variable("data"), kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv")
    x = sym.BatchNorm(x, name="bn")
    x = sym.Pooling(sym.Activation(x, act_type="relu", name="act"), kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool")
    x = sym.FullyConnected(sym.Flatten(x, name="flat"), num_hidden=10, name="fc")
    return sym.SoftmaxOutput(x, name="softmax")


def rows(text):
    return [re.split(r"\s{2,}|\s(?=\d)", line.strip()) for line in text.splitlines() if "(" in line]


def test_counts_and_shapes(capsys):
    mx.viz.print_summary(net(), shape={"data": (1, 3, 8, 8)})
    text = capsys.readouterr().out
    assert "Total params: 770" in text
    flat = re.sub(r"\s", "", text)
    for piece in ("conv(Convolution)4x8x8112data", "bn(BatchNorm)4x8x88conv", "act(Activation)4x8x80bn",
                  "pool(Pooling)4x4x40act",
                  "flat(Flatten)640pool", "fc(FullyConnected)10650flat", "softmax(SoftmaxOutput)100fc"):
        assert piece in flat, piece


def test_without_shapes(capsys):
    mx.viz.print_summary(net())
    text = capsys.readouterr().out
    assert "conv (Convolution)" in text.replace("conv(", "conv (") and len(rows(text)) >= 7


def test_line_length(capsys):
    mx.viz.print_summary(net(), shape={"data": (1, 3, 8, 8)}, line_length=60)
    assert max(map(len, capsys.readouterr().out.splitlines())) == 60


def test_refusals():
    with pytest.raises(TypeError):
        mx.viz.print_summary("net")
    with pytest.raises(ValueError):
        mx.viz.print_summary(net(), shape={"softmax_label": (3,)})
