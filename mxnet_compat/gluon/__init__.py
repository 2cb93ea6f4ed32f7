"""``mx.gluon``: networks as blocks of layers, parameters, losses, trainers, data, models."""
import importlib as _importlib

from . import (
    block,
    loss,
    nn,
    parameter,
    trainer,
    utils,
)
from .block import Block, HybridBlock, SymbolBlock
from .parameter import Constant, DeferredInitializationError, Parameter, ParameterDict, tensor_types
from .trainer import Trainer

__all__ = ["Block", "Constant", "DeferredInitializationError", "HybridBlock", "Parameter", "ParameterDict", "SymbolBlock",
           "Trainer", "block", "contrib", "data", "loss", "model_zoo", "nn", "parameter", "rnn", "tensor_types", "trainer",
           "utils"]

_LAZY = ("contrib", "data", "model_zoo", "rnn")


def __getattr__(name):
    if name in _LAZY:
        # loaded when first touched: data and models bring much that plain training does not need
        target = f"{__name__}.{name}"
        try:
            return _importlib.import_module(target)
        except ModuleNotFoundError as e:
            if e.name != target:
                raise
            raise AttributeError(f"mx.gluon.{name} is not available in this version of mxnet-compat") from None
    raise AttributeError(f"module 'mxnet.gluon' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LAZY})
