"""``Block.save`` and ``Block.load``: the structure of a block, with its traced graphs, and its parameters."""
import json

from .. import symbol
from ..base import MXNetError
from ..ndarray.serialize import save_file
from ..symbol.graph import topological

__all__ = ["load", "save"]


def _structure(block, number, into):
    """The entry of ``block`` in ``into``, under a name that is unique in the file."""
    name = f"{type(block).__name__.lower()}{next(number)}"
    entry = into[name] = {"orig_name": block.name}
    graph = getattr(block, "_cached_graph", ())
    if graph:
        inputs, out = graph
        entry.update(in_format=block._in_format, out_format=block._out_format,
                     inputs=[s.tojson() for s in inputs if s is not None], symbol=out.tojson(remove_amp_cast=False))
    # real MXNet expects a graph wherever this is set
    entry["hybridized"] = bool(graph and block._active)
    children = entry["children"] = {}
    for key, child in block._children.items():
        children[child.name] = key
        _structure(child, number, entry)


def save(block, prefix):
    """Write ``prefix-model.json`` and ``prefix-model.params``."""
    from itertools import count
    model = {}
    _structure(block, count(), model)
    save_file(f"{prefix}-model.json", json.dumps(model).encode())
    block.save_parameters(f"{prefix}-model.params")


def _wrong(what):
    raise MXNetError(f"Block.load: {what}")


def _children(block, entry):
    """(child, its entry) for each child. MXNetError where the structure in the file is another."""
    if not isinstance(entry, dict) or not isinstance(entry.get("children"), dict):
        _wrong("the model file has an entry that is no block")
    keys = entry["children"]
    if set(keys.values()) != set(block._children):
        _wrong(f"{block.name} has the children {', '.join(block._children) or 'none'}, the file has "
               f"{', '.join(map(str, keys.values())) or 'none'}")
    parts = {e["orig_name"]: e for e in entry.values() if isinstance(e, dict) and "orig_name" in e}
    if set(parts) != set(keys):
        _wrong(f"the entries of the children of {block.name} are not all there")
    return [(block._children[key], parts[name]) for name, key in keys.items()]


def _renamed(block, entry, names):
    """Add to ``names`` what the parameters of the saved block were called: the name here by the name there."""
    for p in block._reg_params.values():
        own = p.name[len(block.prefix):] if p.name.startswith(block.prefix) else None
        if own is not None:
            names[f"{entry.get('orig_name', block.name)}_{own}"] = p.name
    for child, part in _children(block, entry):
        _renamed(child, part, names)


def _restore(block, entry, names):
    for child, part in _children(block, entry):
        _restore(child, part, names)
    if not hasattr(block, "_cached_graph"):
        return
    if entry.get("hybridized"):
        block._active = True
    if "symbol" not in entry:
        return
    try:
        inputs, texts = [symbol.load_json(s) for s in entry["inputs"]], entry["symbol"]
        graph = symbol.load_json(texts)
        block._in_format, block._out_format = entry["in_format"], entry["out_format"]
    except (KeyError, TypeError):
        _wrong(f"the entry of {block.name} has no graph")
    for node in topological(graph._outputs):
        if node.op is None:
            node.name = names.get(node.name, node.name)
    block._cached_graph, block._cached_op = (inputs, graph), None


def load(block, prefix):
    """Read what ``save`` wrote. MXNetError where the structure is another."""
    try:
        with open(f"{prefix}-model.json", encoding="utf-8") as f:
            model = json.load(f)
    except (OSError, ValueError) as e:
        raise MXNetError(f"Block.load: cannot read {prefix}-model.json: {e}") from None
    if not isinstance(model, dict) or len(model) != 1:
        _wrong("the model file must hold one block")
    entry = next(iter(model.values()))
    names = {}
    _renamed(block, entry, names)
    _restore(block, entry, names)
    block.load_parameters(f"{prefix}-model.params")
