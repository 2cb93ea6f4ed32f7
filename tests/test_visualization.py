"""Printed summaries and monitors as recorded from real MXNet, and plots."""
import sys
import types

import pytest

import mxnet as mx

from .part_cases import check, recorded


@recorded("printed")
def test_printed(group, expression, expected):
    check(group, expression, expected)


class Digraph:
    """Takes down what is drawn."""

    def __init__(self, name, format):
        self.name, self.format, self.nodes, self.edges = name, format, {}, []

    def node(self, name, label, **attrs):
        self.nodes[name] = label, attrs

    def edge(self, tail_name, head_name, label, **attrs):
        self.edges.append((tail_name, head_name, label))


@pytest.fixture
def graphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", types.SimpleNamespace(Digraph=Digraph))


def network():
    x = mx.sym.Convolution(mx.sym.var("data"), num_filter=4, kernel=(3, 3), stride=(2, 2), name="conv")
    x = mx.sym.Activation(mx.sym.BatchNorm(x, name="bn"), act_type="relu", name="relu")
    x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", name="pool")
    parts = mx.sym.SliceChannel(mx.sym.FullyConnected(x, num_hidden=6, name="fc"), num_outputs=2, name="parts")
    return mx.sym.LeakyReLU(parts[1], act_type="elu", name="elu")


def test_plot(graphviz):
    dot = mx.viz.plot_network(network(), title="net", save_format="png", shape={"data": (1, 3, 10, 10)},
                              node_attrs={"shape": "oval"})
    assert (dot.name, dot.format) == ("net", "png")
    assert {name: label for name, (label, _) in dot.nodes.items()} == {
        "data": "data", "conv": "Convolution\n3x3/2x2, 4", "bn": "bn", "relu": "Activation\nrelu",
        "pool": "Pooling\navg, 2x2/2x2", "fc": "FullyConnected\n6", "parts": "parts", "elu": "LeakyReLU\nelu"}
    assert dot.edges == [("conv", "data", "3x10x10"), ("bn", "conv", "4x4x4"), ("relu", "bn", "4x4x4"),
                         ("pool", "relu", "4x4x4"), ("fc", "pool", "4x2x2"), ("parts", "fc", "6"), ("elu", "parts", "3")]
    assert dot.nodes["conv"][1]["shape"] == "oval" and dot.nodes["conv"][1]["fillcolor"] == "#fb8072"


def test_plot_with_weights_and_types(graphviz):
    dot = mx.viz.plot_network(mx.sym.Embedding(mx.sym.var("data"), input_dim=10, output_dim=4, name="emb"),
                              hide_weights=False, dtype={"data": "int32"})
    assert dot.edges == [("emb", "data", "(int32)"), ("emb", "emb_weight", "(float32)")]
    assert "emb_weight" not in dot.nodes


def test_plot_is_refused(graphviz, monkeypatch):
    with pytest.raises(TypeError, match="not int"):
        mx.viz.plot_network(3)
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match="pip install graphviz"):
        mx.viz.plot_network(network())


def test_monitor_prints_what_it_saw(caplog):
    ex = mx.sym.exp(mx.sym.var("data"), name="e").simple_bind(mx.cpu(), data=(2,))
    monitor = mx.mon.Monitor(1, pattern="e_.*")
    monitor.install(ex)
    monitor.tic()
    ex.forward()
    with caplog.at_level("INFO"):
        monitor.toc_print()
    assert [r.getMessage() for r in caplog.records] == ["Batch:       1 e_output                       1.0\t"]
    assert monitor.toc() == []
