"""Graphs for people: ``print_summary`` as a table, ``plot_network`` as a picture, for which graphviz must be installed."""
import ast
import copy
import json
import math
import re

import numpy as np

from .symbol.symbol import Symbol

__all__ = ["plot_network", "print_summary"]


def _tuple(text):
    """A parameter such as ``(3, 3)`` as a tuple."""
    value = ast.literal_eval(text)
    return value if isinstance(value, tuple) else (value,)


def _output_shapes(symbol, shape):
    internals = symbol.get_internals()
    _, shapes, _ = internals.infer_shape(**shape)
    if shapes is None:
        raise ValueError(f"the shapes {shape} do not suffice to infer all others")
    return dict(zip(internals.list_outputs(), shapes))


def _key(node):
    return node["name"] if node["op"] == "null" else node["name"] + "_output"


def _filters(nodes, inputs, shapes):
    """Channels that come in, over all inputs."""
    found = [shapes[_key(nodes[i])] for i in inputs if _key(nodes[i]) in shapes]
    return sum(int(shape[1]) for shape in found)


def _count(node, filters, shapes):
    """Parameters of a layer; known are those of a few kinds only, as in MXNet."""
    attrs, op = node.get("attrs", {}), node["op"]
    bias = attrs.get("no_bias") != "True"
    if op == "Convolution":
        out = int(attrs["num_filter"])
        return filters * out * math.prod(_tuple(attrs["kernel"])) // int(attrs.get("num_group", "1")) + out * bias
    if op == "FullyConnected":
        return int(attrs["num_hidden"]) * (filters + bias)
    if op == "BatchNorm":
        return 2 * int(shapes[_key(node)][1]) if shapes else 0
    if op == "Embedding":
        return int(attrs["input_dim"]) * int(attrs["output_dim"])
    return 0


def print_summary(symbol, shape=None, line_length=120, positions=[.44, .64, .74, 1.]):  # noqa: B006
    """Print a table of layers with shapes of outputs, numbers of parameters and inputs.

    ``shape`` maps names of inputs to shapes; without it shapes are left out, and so are most parameters. ``positions``
    are the ends of columns, in parts of ``line_length`` or in characters. TypeError where ``symbol`` is none, ValueError
    where shapes cannot be inferred. Parameters of Convolution, FullyConnected, BatchNorm and Embedding are counted.
    """
    if not isinstance(symbol, Symbol):
        raise TypeError(f"print_summary takes a Symbol, not {type(symbol).__name__}")
    shapes = _output_shapes(symbol, shape) if shape is not None else {}
    graph = json.loads(symbol.tojson())
    nodes = graph["nodes"]
    # MXNet takes the numbers of the first head, its output among them, for numbers of nodes: hence an input that is node
    # 0 has a row and is named as an input, and others are not
    heads = set(graph["heads"][0])
    if positions[-1] <= 1:
        positions = [int(line_length * p) for p in positions]

    def row(fields):
        line = ""
        for field, end in zip(fields, positions):
            line = (line + str(field))[:end].ljust(end)
        print(line)

    print("_" * line_length)
    row(["Layer (type)", "Output Shape", "Param #", "Previous Layer"])
    print("=" * line_length)
    total = 0
    for i, node in enumerate(nodes):
        if node["op"] == "null" and i > 0:
            continue
        inputs = [k for k, *_ in node["inputs"] if nodes[k]["op"] != "null" or k in heads]
        out = shapes.get(_key(node), ())[1:]
        count = _count(node, _filters(nodes, inputs, shapes), shapes)
        total += count
        first, *rest = [nodes[k]["name"] for k in inputs] or [""]
        row([f"{node['name']}({node['op']})", "x".join(map(str, out)), count, first])
        for name in rest:
            row(["", "", "", name])
        print(("=" if i == len(nodes) - 1 else "_") * line_length)
    print(f"Total params: {total}")
    print("_" * line_length)


_COLORS = {"Convolution": "#fb8072", "FullyConnected": "#fb8072", "BatchNorm": "#bebada", "Activation": "#ffffb3",
           "LeakyReLU": "#ffffb3", "Pooling": "#80b1d3", "Concat": "#fdb462", "Flatten": "#fdb462",
           "Reshape": "#fdb462", "Softmax": "#b3de69"}
_OTHER, _INPUT = "#fccde5", "#8dd3c7"
_WEIGHTS = re.compile(r".*_(weight|bias|beta|gamma|moving_var|moving_mean|running_var|running_mean)$")


def _label(node):
    attrs, op = node.get("attrs", {}), node["op"]

    def size(key):
        return "x".join(map(str, _tuple(attrs[key]))) if key in attrs else "1"
    if op == "Convolution":
        return f"Convolution\n{size('kernel')}/{size('stride')}, {attrs['num_filter']}"
    if op == "FullyConnected":
        return f"FullyConnected\n{attrs['num_hidden']}"
    if op in ("Activation", "LeakyReLU"):
        return f"{op}\n{attrs.get('act_type', 'Leaky')}"
    if op == "Pooling":
        return f"Pooling\n{attrs.get('pool_type', 'max')}, {size('kernel')}/{size('stride')}"
    return node["name"]


def plot_network(symbol, title="plot", save_format="pdf", shape=None, dtype=None, node_attrs={}, hide_weights=True):  # noqa: B006
    """A ``graphviz.Digraph`` of the graph: boxes are operators, arrows carry shapes and types.

    ``shape`` and ``dtype`` map names of inputs; ``node_attrs`` are graphviz attributes of nodes; ``hide_weights`` leaves
    out inputs that are named like parameters. ImportError without graphviz, TypeError where ``symbol`` is none.
    """
    try:
        from graphviz import Digraph
    except ImportError as error:
        raise ImportError("plot_network needs graphviz; install it with: pip install graphviz") from error
    if not isinstance(symbol, Symbol):
        raise TypeError(f"plot_network takes a Symbol, not {type(symbol).__name__}")
    shapes = _output_shapes(symbol, shape) if shape else {}
    types = {}
    if dtype:
        internals = symbol.get_internals()
        _, found, _ = internals.infer_type_partial(**dtype)
        types = dict(zip(internals.list_outputs(), found or ()))
    nodes = json.loads(symbol.tojson())["nodes"]
    base = {"shape": "box", "fixedsize": "true", "width": "1.3", "height": "0.8034", "style": "filled", **node_attrs}
    dot = Digraph(name=title, format=save_format)
    hidden = set()
    for node in nodes:
        attrs = copy.copy(base)
        if node["op"] == "null":
            if _WEIGHTS.match(node["name"]):
                if hide_weights:
                    hidden.add(node["name"])
                continue
            attrs["shape"], attrs["fillcolor"] = "oval", _INPUT
        else:
            attrs["fillcolor"] = _COLORS.get(node["op"], _OTHER)
        dot.node(name=node["name"], label=_label(node), **attrs)
    for node in nodes:
        for k, output, *_ in node["inputs"]:
            source = nodes[k]
            if source["name"] in hidden:
                continue
            key = _key(source)
            if key not in shapes and f"{key}{output}" in shapes:
                key = f"{key}{output}"
            label = "x".join(map(str, shapes[key][1:])) if key in shapes else ""
            if types.get(key) is not None:
                label += f"({np.dtype(types[key]).name})"
            dot.edge(tail_name=node["name"], head_name=source["name"], dir="back", arrowtail="open", label=label)
    return dot
