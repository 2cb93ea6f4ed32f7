"""``GraphProto``: an ONNX graph becomes a symbol, node by node."""
import importlib

import numpy as np

from .... import ndarray, symbol
from ....base import MXNetError
from ....onnx.package import dtype_of, onnx
from .fold import FOLDED
from .graph import IMPORTERS, Call, NotImportable, State

__all__ = ["GraphProto"]

#: ONNX's operator -> how it is imported
convert_map = IMPORTERS

_FAMILIES = ("arithmetic", "indexing", "nn", "norm", "pool", "reduce", "rnn", "shape", "slicing")


def _declared(info):
    """(shape with 0 for unknown lengths, number of the type) of an input or output."""
    tensor = info.type.tensor_type
    return tuple(d.dim_value if d.HasField("dim_value") else 0 for d in tensor.shape.dim), tensor.elem_type


class GraphProto:
    """Reads one graph."""

    def __init__(self):
        for family in _FAMILIES:
            importlib.import_module(f"{__package__}.{family}")

    def get_graph_metadata(self, graph):
        """Names, shapes and types of what goes in and out; see ``get_model_metadata``."""
        params = {t.name for t in graph.initializer}
        return {"input_tensor_data": [(i.name, *_declared(i)) for i in graph.input if i.name not in params],
                "output_tensor_data": [(o.name, _declared(o)[0]) for o in graph.output]}

    def from_onnx(self, graph, opset_version):
        """(Symbol, arg_params, aux_params) of a graph, whose operators are of this version."""
        try:
            return self._read(graph, State(opset_version))
        except (MXNetError, NotImplementedError):
            raise
        except (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as e:
            # nodes and tensors that are not what ONNX says they should be
            raise MXNetError(f"ONNX: the graph is not valid: {type(e).__name__}: {e}") from e

    def _read(self, graph, state):
        for tensor in graph.initializer:
            dtype_of(tensor.data_type)
            state.values[tensor.name] = onnx().numpy_helper.to_array(tensor)
        for info in graph.input:
            if info.name not in state.values:
                shape, number = _declared(info)
                state.values[info.name] = symbol.var(info.name)
                state.known[info.name], state.types[info.name] = shape, dtype_of(number)
        for node in graph.node:
            self._convert(state, node)
        heads = []
        for out in graph.output:
            if out.name not in state.values:
                raise MXNetError(f"ONNX: the output {out.name} is not computed")
            head = state.symbol_of(state.values[out.name], out.name)
            # an output that is an input, or a parameter, is a copy of it
            heads.append(symbol.identity(head, name=out.name) if head._outputs[0][0].op is None else head)
        whole = heads[0] if len(heads) == 1 else symbol.Group(heads)
        aux = set(whole.list_auxiliary_states())
        used = set(whole.list_inputs())
        arrays = {n: ndarray.array(a, dtype=a.dtype) for n, a in state.params.items() if n in used}
        return whole, {n: a for n, a in arrays.items() if n not in aux}, {n: a for n, a in arrays.items() if n in aux}

    def graph_to_gluon(self, graph, ctx, opset_version):
        """The graph as a SymbolBlock with its parameters on ``ctx``."""
        from ....gluon import SymbolBlock
        whole, arg_params, aux_params = self.from_onnx(graph, opset_version)
        arrays = {**arg_params, **aux_params}
        block = SymbolBlock(whole, [symbol.var(n) for n in whole.list_inputs() if n not in arrays])
        for name, p in block.collect_params().items():
            p.shape, p.dtype = arrays[name].shape, arrays[name].dtype
            p.initialize("zeros", ctx)
            p.set_data(arrays[name])
        return block

    def _convert(self, state, node):
        helper = onnx().helper
        if not node.output:
            raise MXNetError(f"ONNX: operator {node.op_type} has no output")
        if node.domain not in ("", "ai.onnx"):
            raise NotImportable(f"ONNX: operator {node.op_type} of the domain {node.domain} is not available")
        missing = [i for i in node.input if i and i not in state.values]
        if missing:
            raise MXNetError(f"ONNX: operator {node.op_type} needs {missing[0]}, which is not computed before")
        attrs = {}
        for a in node.attribute:
            value = helper.get_attribute_value(a)
            attrs[a.name] = onnx().numpy_helper.to_array(value) if isinstance(value, onnx().TensorProto) else value
        ins = [state.values[i] if i else None for i in node.input]
        call = Call(state, node.op_type, node.output[0], ins, list(node.input), attrs, len(node.output))
        if node.op_type in FOLDED and all(i is None or isinstance(i, np.ndarray) for i in ins):
            function = FOLDED[node.op_type]
        elif node.op_type in IMPORTERS:
            function = IMPORTERS[node.op_type]
        else:
            raise NotImportable(f"ONNX: operator {node.op_type} ({node.output[0]}) is not available")
        found = function(call)
        found = found if isinstance(found, list) else [found]
        # numpy gives numbers where arrays without dimensions are meant
        found = [v if isinstance(v, symbol.Symbol) else np.asarray(v) for v in found]
        for name, value in zip(node.output, found):
            state.values[name] = value
        for name in list(node.output)[len(found):]:
            if name:
                # an output that nobody may ask for, such as the mask of Dropout
                state.values.pop(name, None)
