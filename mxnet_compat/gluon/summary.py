"""The table that ``Block.summary`` prints."""
from math import prod

from .structure import shapes

__all__ = ["show"]

_RULE = "=" * 80
_LINE = "-" * 80


def _row(layer, shape, count):
    return f"{layer:>20}  {shape:>42} {count:>15}"


def _shown(arrays):
    """The shape of an array, or those of several without the outer brackets."""
    found = shapes(arrays)
    return str(found)[1:-1] if isinstance(found, list) else str(found)


class _Rows:
    """Collects a row for each call of each layer."""

    def __init__(self):
        self.lines = []
        self.total = self.trainable = self.shared = 0
        self.seen = set()

    def input(self, args):
        self.lines.append(_row("Input", _shown(args[0] if len(args) == 1 else args), 0))

    def add(self, block, outputs):
        count = 0
        for p in block.params.values():
            size = prod(p.shape or ())
            count += size
            self.trainable += 0 if p.grad_req == "null" else size
            self.shared += size if p in self.seen else 0
            self.seen.add(p)
        self.total += count
        # the input is the first line
        self.lines.append(_row(f"{type(block).__name__}-{len(self.lines)}", _shown(outputs), count))


def show(block, inputs):
    """Run ``block`` on ``inputs`` and print its table. AssertionError where it or a child is hybridized."""
    from .nn.basic_layers import HybridSequential, Sequential
    rows, handles = _Rows(), []
    rows.input(inputs)

    def watch(b):
        assert not getattr(b, "_active", False), f"summary: {b.name} is hybridized, and its layers cannot be told apart"
        if isinstance(b, (Sequential, HybridSequential)):
            return
        handles.append(b.register_forward_hook(lambda b, _, outputs: rows.add(b, outputs)))
    try:
        block.apply(watch)
        block(*inputs)
    finally:
        for handle in handles:
            handle.detach()
    unique = sum(prod(p.shape or ()) for p in rows.seen)
    print("\n".join([
        _LINE, _row("Layer (type)", "Output Shape", "Param #"), _RULE, *rows.lines, _RULE,
        "Parameters in forward computation graph, duplicate included", f"   Total params: {rows.total}",
        f"   Trainable params: {rows.trainable}", f"   Non-trainable params: {rows.total - rows.trainable}",
        f"Shared params in forward computation graph: {rows.shared}", f"Unique parameters in model: {unique}", _LINE]))
