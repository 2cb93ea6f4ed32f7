"""``import_to_gluon``."""
from .import_model import read
from .import_onnx import GraphProto

__all__ = ["import_to_gluon"]


def import_to_gluon(model_file, ctx):
    """The model in an ONNX file as a SymbolBlock with its parameters on ``ctx``. Errors are those of ``import_model``."""
    return GraphProto().graph_to_gluon(*read(model_file, ctx))
