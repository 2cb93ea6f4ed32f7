"""``mx.sym``: graphs of operators. In this version they come from recorded histories (``autograd.get_symbol``) only."""
from .symbol import Group, Symbol, Variable, var

__all__ = ["Group", "Symbol", "Variable", "var"]


def __getattr__(name):
    from ..ops import load
    from ..ops.declare import registry
    load()
    if name in registry:
        raise NotImplementedError(f"mx.sym.{name}: composing symbols is not available yet; use mx.nd.{name} with autograd")
    raise AttributeError(f"module 'mxnet.symbol' has no attribute {name!r}")
