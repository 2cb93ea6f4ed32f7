"""``Block.save`` and ``Block.load``: the structure of a block, with its traced graphs, and its parameters."""
import json

from .. import symbol
from ..base import MXNetError
from ..ndarray.serialize import save_file

__all__ = ["load", "save"]


def _structure(block, number, into):
    """The entry of ``block`` in ``into``, under a name that is unique in the file; returns the name."""
    name = f"{type(block).__name__.lower()}{next(number)}"
    entry = into[name] = {"orig_name": block.name}
    graph = getattr(block, "_cached_graph", ())
    if graph:
        inputs, out = graph
        entry.update(in_format=block._in_format, out_format=block._out_format,
                     inputs=[s.tojson() for s in inputs if s is not None], symbol=out.tojson(), hybridized=True)
    else:
        entry["hybridized"] = False
    children = entry["children"] = {}
    for key, child in block._children.items():
        children[_structure(child, number, entry)] = key
    return name


def save(block, prefix):
    """Write ``prefix-model.json`` and ``prefix-model.params``."""
    from itertools import count
    model = {}
    _structure(block, count(), model)
    save_file(f"{prefix}-model.json", json.dumps(model).encode())
    block.save_parameters(f"{prefix}-model.params")


def _wrong(what):
    raise MXNetError(f"Block.load: {what}")


def _restore(block, entry):
    if not isinstance(entry, dict) or not isinstance(entry.get("children"), dict):
        _wrong("the model file has an entry that is no block")
    names = entry["children"]
    if set(names.values()) != set(block._children):
        _wrong(f"{block.name} has the children {', '.join(block._children) or 'none'}, the file has "
               f"{', '.join(map(str, names.values())) or 'none'}")
    block._name = str(entry.get("orig_name", block.name))
    for name, key in names.items():
        _restore(block._children[key], entry.get(name))
    if entry.get("hybridized") and hasattr(block, "_cached_graph"):
        block._cached_graph = [symbol.load_json(s) for s in entry["inputs"]], symbol.load_json(entry["symbol"])
        block._in_format, block._out_format = entry["in_format"], entry["out_format"]
        block._active = True


def load(block, prefix):
    """Read what ``save`` wrote. MXNetError where the structure is another."""
    try:
        with open(f"{prefix}-model.json", encoding="utf-8") as f:
            model = json.load(f)
    except (OSError, ValueError) as e:
        raise MXNetError(f"Block.load: cannot read {prefix}-model.json: {e}") from None
    if not isinstance(model, dict) or len(model) != 1:
        _wrong("the model file must hold one block")
    _restore(block, next(iter(model.values())))
    block.load_parameters(f"{prefix}-model.params")
