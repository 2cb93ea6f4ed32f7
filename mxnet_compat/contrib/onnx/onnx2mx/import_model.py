"""``import_model`` and ``get_model_metadata``."""
from ....onnx.package import load_model
from .import_onnx import GraphProto

__all__ = ["get_model_metadata", "import_model"]


def read(model_file, *between):
    """(graph, what is given besides, version of its operators) of a file."""
    model = load_model(model_file)
    return model.graph, *between, {o.domain: o.version for o in model.opset_import}.get("", 1)


def import_model(model_file):
    """The model in an ONNX file as (Symbol, arg_params, aux_params): parameters are dictionaries of NDArrays.

    Inputs keep their names; outputs come in the file's order. ImportError without the package onnx, MXNetError for what is
    no model, NotImplementedError for an operator, or a way of calling it, that has no counterpart here.
    """
    return GraphProto().from_onnx(*read(model_file))


def get_model_metadata(model_file):
    """Inputs as (name, shape, number of the type) and outputs as (name, shape), each in a list of a dictionary.

    An unknown length is 0. Parameters are no inputs.
    """
    return GraphProto().get_graph_metadata(load_model(model_file).graph)
