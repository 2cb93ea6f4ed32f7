"""``import_to_gluon``."""
from .import_model import import_model

__all__ = ["import_to_gluon"]


def import_to_gluon(model_file, ctx):
    """The model in an ONNX file as a SymbolBlock with its parameters on ``ctx``. Errors are those of ``import_model``."""
    from .... import symbol
    from ....gluon import SymbolBlock
    graph, arg_params, aux_params = import_model(model_file)
    arrays = {**arg_params, **aux_params}
    inputs = [symbol.var(n) for n in graph.list_inputs() if n not in arrays]
    block = SymbolBlock(graph, inputs)
    for name, p in block.collect_params().items():
        p.shape, p.dtype = arrays[name].shape, arrays[name].dtype
        p.initialize("zeros", ctx)
        p.set_data(arrays[name])
    return block
