"""Graphs as MXNet's JSON text, written for MXNet 1.9.1 and read from every version since 0.8; strangers' text is data."""
import json

from ..base import MXNetError
from ..ops import load as _load
from ..ops.declare import registry
from . import subgraph
from .compose import HIDDEN_KEYS, node_params
from .graph import GraphNode, topological

__all__ = ["dumps", "loads"]

LIMIT_BYTES = 1 << 28
LIMIT_NODES = 1_000_000
LIMIT_DEPTH = 32


def dumps(heads):
    """The JSON text of the graph under ``heads``, laid out as MXNet lays it out."""
    return _layout({**_graph(heads), "attrs": {"mxnet_version": ["int", 10901]}}, 0)


def _graph(heads):
    nodes = topological(heads)
    number = {n: k for k, n in enumerate(nodes)}
    rows, entries = [0], []
    for n in nodes:
        entry = {"op": "null" if n.op is None else n.op.name, "name": n.name}
        if n.attrs:
            entry["attrs"] = dict(sorted(n.attrs.items()))
        changed = n.aux_inputs() or getattr(n.op, "changed", ())
        entry["inputs"] = [[number[m], i, int(k in changed)] for k, (m, i) in enumerate(n.inputs)]
        if hasattr(n.op, "graphs"):
            entry["subgraphs"] = [_graph(g.heads) for g in n.op.graphs]
        entries.append(entry)
        rows.append(rows[-1] + n.num_outputs)
    return {"nodes": entries, "arg_nodes": [k for k, n in enumerate(nodes) if n.op is None], "node_row_ptr": rows,
            "heads": [[number[n], i, 0] for n, i in heads]}


def _layout(value, depth):
    """JSON with two blanks a level and a blank before line ends; short lists, and dictionaries of one entry, on one line."""
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {_layout(v, depth + 1)}" for k, v in value.items()]
        wide, open_, close = len(parts) > 1, "{", "}"
    elif isinstance(value, list):
        parts = [_layout(v, depth + 1) for v in value]
        wide, open_, close = len(parts) > 10 or (parts and isinstance(value[0], dict)), "[", "]"
    else:
        return json.dumps(value)
    if not wide:
        return open_ + ", ".join(parts) + close
    pad = "  " * (depth + 1)
    return f"{open_}\n{pad}" + f", \n{pad}".join(parts) + "\n" + "  " * depth + close


def _wrong(what):
    raise MXNetError(f"symbol JSON: {what}")


def _list(value, what):
    return value if isinstance(value, list) else _wrong(f"{what} must be a list")


def _entry(value, count, what):
    if not isinstance(value, list) or not 1 <= len(value) <= 3 or not all(type(v) is int for v in value):
        _wrong(f"{what} must be [node, output, version]")
    node, out = value[0], value[1] if len(value) > 1 else 0
    if not 0 <= node < count:
        _wrong(f"{what} refers to node {node} of {count}")
    return node, out


def _attrs(raw, where):
    merged = {}
    # before 1.0 operators' parameters were "param" and users' attributes "attr"
    for key in ("param", "attr", "attrs"):
        part = raw.get(key)
        if part is None:
            continue
        if not isinstance(part, dict) or not all(isinstance(v, str) for v in part.values()):
            _wrong(f"{where}: {key} must be a dictionary of text")
        merged.update(part)
    return {f"__{k}__" if k in HIDDEN_KEYS else k: v for k, v in merged.items()}


def loads(text):
    """The heads of the graph in JSON text; MXNetError for text that is none, refers to what is not there or has cycles."""
    if len(text) > LIMIT_BYTES:
        _wrong(f"longer than {LIMIT_BYTES} characters")
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise MXNetError(f"symbol JSON: not JSON ({e})") from None
    _load()
    return _heads(graph, 0)


def _heads(graph, depth):
    """The heads of a graph as it stands in a file; ``depth`` says how many graphs it is inside of."""
    if depth > LIMIT_DEPTH:
        _wrong(f"graphs are nested more than {LIMIT_DEPTH} deep")
    if not isinstance(graph, dict):
        _wrong("a dictionary was expected")
    raw_nodes = _list(graph.get("nodes"), "nodes")
    if len(raw_nodes) > LIMIT_NODES:
        _wrong(f"more than {LIMIT_NODES} nodes")
    nodes = []
    for k, raw in enumerate(raw_nodes):
        nodes.append(_node(k, raw, nodes, depth))
    heads = []
    for h in _list(graph.get("heads"), "heads"):
        k, out = _entry(h, len(nodes), "a head")
        if not 0 <= out < nodes[k].num_outputs:
            _wrong(f"a head refers to output {out} of {nodes[k].name}, which has {nodes[k].num_outputs}")
        heads.append((nodes[k], out))
    if not heads:
        _wrong("no heads")
    return heads


def _node(k, raw, before, depth):
    if not isinstance(raw, dict) or not isinstance(raw.get("op"), str) or not isinstance(raw.get("name"), str):
        _wrong(f"node {k} must have an op and a name")
    where = f"node {k} ({raw['name'][:60]})"
    attrs = _attrs(raw, where)
    inputs = []
    for e in _list(raw.get("inputs", []), f"{where}: inputs"):
        i, out = _entry(e, k, f"{where}: an input")
        if not 0 <= out < before[i].num_outputs:
            _wrong(f"{where}: an input refers to output {out} of {before[i].name}, which has {before[i].num_outputs}")
        inputs.append((before[i], out))
    if raw["op"] == "null":
        if inputs:
            _wrong(f"{where}: a variable has no inputs")
        return GraphNode(None, raw["name"], attrs)
    if raw["op"] == "Custom":
        from ..operator import from_attrs
        op = from_attrs(attrs)
    elif raw["op"] in subgraph.CLASSES:
        inner = [_heads(g, depth + 1) for g in _list(raw.get("subgraphs"), f"{where}: subgraphs")]
        op = subgraph.from_attrs(raw["op"], attrs, inner)
    elif raw["op"] not in registry:
        raise MXNetError(f"symbol JSON: {where}: the operator {raw['op'][:60]!r} is not known")
    else:
        op = registry.get(raw["op"])
    try:
        params = node_params(op, attrs)
        total, visible = op.num_outputs(params), op.num_visible(params)
    except (MXNetError, TypeError, ValueError, KeyError) as e:
        raise MXNetError(f"symbol JSON: {where}: {e}") from None
    if not 0 < total <= 100_000:
        _wrong(f"{where}: {total} outputs")
    inputs = _complete(op, params, raw["name"], inputs, attrs)
    if not op.variadic and len(inputs) > len(op.inputs):
        _wrong(f"{where}: {len(inputs)} inputs for {op.name}, which takes {len(op.inputs)}")
    return GraphNode(op, raw["name"], attrs, inputs, total, visible)


def _complete(op, params, name, inputs, attrs):
    """Old files leave auxiliary states out; they get variables as composing gives them."""
    if op.variadic:
        return inputs
    wanted = [i for i in op.inputs if op.takes(i, params)]
    for i in wanted[len(inputs):]:
        if not i.aux:
            _wrong(f"{name[:60]}: the input {i.name} of {op.name} is missing")
        inputs.append((GraphNode(None, f"{name}_{i.name}", {}), 0))
    return inputs
