"""``export_model``: a symbol with its parameters as an ONNX file."""
import importlib
import logging
import os

import numpy as np

from ... import ndarray, symbol
from ...base import MXNetError
from ...symbol.compose import node_params
from ...symbol.graph import topological
from ...symbol.infer import infer_shapes, infer_types
from ..package import number_of, onnx
from .graph import CONVERTERS, OPSET, Call, NotConvertible, Writer

__all__ = ["export_model", "get_operator_support"]

#: Files of converters, one a family.
_FAMILIES = ("arithmetic", "detection", "indexing", "init", "matrix", "nn", "norm", "output", "pool", "reduce", "resample",
             "rnn", "shape", "slicing")


def _converters():
    for family in _FAMILIES:
        importlib.import_module(f"{__package__}.{family}")
    return CONVERTERS


def get_operator_support(opset_version=None):
    """Names of the operators that can be exported; none for a version of ONNX's operators before 12."""
    if opset_version is not None and opset_version < 12:
        return []
    return sorted(_converters())


def _loaded(sym, params):
    """(symbol, arrays by name) from objects or from two file names. ValueError for anything else."""
    if isinstance(sym, (str, os.PathLike)) and isinstance(params, (str, os.PathLike)):
        if not (os.path.isfile(sym) and os.path.isfile(params)):
            raise ValueError(f"export_model: there are no files {sym!r} and {params!r}")
        sym, params = symbol.load(sym), ndarray.load(params)
    if isinstance(params, (list, tuple)) and all(isinstance(p, dict) for p in params):
        params = {k: v for p in params for k, v in p.items()}
    if not isinstance(sym, symbol.Symbol) or not isinstance(params, dict):
        raise ValueError("export_model: sym and params must be a Symbol and a dictionary of arrays, or names of their files")
    return sym, {k.split(":", 1)[-1] if k[:4] in ("arg:", "aux:") else k: v for k, v in params.items()}


def _edges(node):
    """The inputs of a node that a prediction needs: labels are there for gradients only."""
    if node.op is None or not node.op.name.endswith("Output"):
        return node.inputs
    names = [i.name for i in node.op.inputs]
    return [e for k, e in enumerate(node.inputs) if names[min(k, len(names) - 1)] != "label"]


def _needed(sym):
    """The nodes that predictions need, inputs first."""
    found, stack = set(), [n for n, _ in sym._outputs]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [m for m, _ in _edges(node)]
    return [n for n in topological(sym._outputs) if n in found]


def _inputs(sym, nodes, params, in_shapes, in_types):
    """{name of a data input: (shape, type)}; shapes may, but need not, be given for labels too."""
    if in_shapes is None:
        raise TypeError("export_model: in_shapes is missing")
    if isinstance(in_shapes, tuple) and all(isinstance(d, int) for d in in_shapes):
        in_shapes = [in_shapes]
    needed = [n.name for n in nodes if n.op is None and n.name not in params]
    names = needed if len(in_shapes) == len(needed) else [n for n in sym.list_inputs() if n not in params]
    if len(in_shapes) != len(names):
        raise ValueError(f"export_model: {len(in_shapes)} shapes were given for the inputs {', '.join(needed) or 'none'}")
    types = list(in_types) if isinstance(in_types, (list, tuple)) else [in_types]
    types = types * len(names) if len(types) == 1 else types
    if len(types) != len(names):
        raise ValueError(f"export_model: {len(types)} types were given for {len(names)} inputs")
    return {n: (tuple(s), np.dtype(t)) for n, s, t in zip(names, in_shapes, types) if n in needed}


class _Export:
    """One export: the graph, what is known of its values, and what is written."""

    def __init__(self, sym, nodes, params, inputs, dynamic):
        self.sym, self.nodes, self.writer = sym, nodes, Writer(dynamic)
        self.params = {k: v.asnumpy() if hasattr(v, "asnumpy") else np.asarray(v) for k, v in params.items()}
        self.inputs = inputs
        known = {**{n: a.shape for n, a in self.params.items()}, **{n: s for n, (s, _) in inputs.items()}}
        self.shapes = infer_shapes(sym._outputs, known)
        types = {**{n: a.dtype for n, a in self.params.items()}, **{n: t for n, (_, t) in inputs.items()}}
        self.types = infer_types(sym._outputs, types)
        # which nodes depend on parameters alone
        self.made_of_params = {}
        for n in self.nodes:
            self.made_of_params[n] = n.name in self.params if n.op is None else \
                bool(n.inputs) and all(self.made_of_params.get(m) for m, _ in n.inputs)

    def names(self, node):
        """What the visible outputs of a node are called: by the node, as MXNet does it."""
        return [node.name] if node.num_visible == 1 else [f"{node.name}{k}" for k in range(node.num_visible)]

    def _value(self, node, i):
        if not self.made_of_params[node]:
            return None
        if node.op is None:
            return self.params[node.name]
        part = symbol.Symbol([(node, i)])
        return part.eval(**{n: ndarray.array(self.params[n], dtype=self.params[n].dtype)
                            for n in part.list_inputs()})[0].asnumpy()

    def run(self, verbose):
        """Convert all nodes."""
        self.writer.reserve([name for n in self.nodes for name in self.names(n)])
        for n in self.nodes:
            if n.op is None:
                continue
            converter = CONVERTERS.get(n.op.name)
            if converter is None:
                raise NotConvertible(f"ONNX: operator {n.op.name} ({n.name}) is not converted; mx.onnx.get_operator_support() "
                                     "lists those that are")
            edges = _edges(n)
            call = Call(self.writer, n, node_params(n.op, n.attrs), [self.names(m)[i] for m, i in edges],
                        [self.shapes.get(e) for e in edges], [self.types.get(e) or np.dtype("float32") for e in edges],
                        self.names(n), [self.shapes.get((n, k)) for k in range(n.num_visible)],
                        [self.types.get((n, k)) or np.dtype("float32") for k in range(n.num_visible)],
                        lambda k, edges=edges: self._value(*edges[k]))
            converter(call)
            if verbose:
                logging.info("converted %s: %s", n.op.name, n.name)

    def model(self, dynamic_shapes):
        """The ONNX model."""
        helper = onnx().helper
        needed = {i for n in self.writer.nodes for i in n.input} | {self.names(n)[i] for n, i in self.sym._outputs}
        arrays = {**{k: a for k, a in self.params.items() if k in needed},
                  **{k: a for k, a in self.writer.initializers.items() if k in needed}}
        tensors = [onnx().numpy_helper.from_array(a.copy(order="C"), k) for k, a in arrays.items()]
        ins = []
        for k, (name, (shape, dtype)) in enumerate(self.inputs.items()):
            if dynamic_shapes is not None:
                shape = dynamic_shapes[k]
            elif self.writer.dynamic:
                shape = [None] * len(shape)
            ins.append(helper.make_tensor_value_info(name, number_of(dtype), shape))
        outs = []
        for n, i in self.sym._outputs:
            shape = self.shapes.get((n, i))
            if self.writer.dynamic and shape is not None:
                shape = [None] * len(shape)
            elif shape is not None and 0 in shape:
                shape = [d or None for d in shape]
            outs.append(helper.make_tensor_value_info(self.names(n)[i], number_of(self.types.get((n, i)) or "float32"), shape))
        graph = helper.make_graph(self.writer.nodes, "mxnet_converted_model", ins, outs, tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mxnet-compat")
        model.ir_version = 7
        return model


def export_model(sym, params, in_shapes=None, in_types=np.float32, onnx_file_path="model.onnx", verbose=False, dynamic=False,
                 dynamic_input_shapes=None, run_shape_inference=False, input_type=None, input_shape=None):
    """Write a symbol and its parameters as an ONNX model (operators of version 13); returns the path of the file.

    ``sym`` and ``params``: a Symbol and a dictionary of arrays (names with or without ``arg:`` and ``aux:``), or the names of
    the two files that ``export`` writes. ``in_shapes``: shapes of the inputs that are no parameters, in order; labels of
    losses may be left out. ``in_types``: a type, or one an input. With ``dynamic`` the file takes inputs of other shapes,
    ``dynamic_input_shapes`` names their dimensions (texts, numbers or None). ``input_shape`` and ``input_type`` are older
    names. Every output of the symbol is one of the model, called after its node.

    ImportError without the package onnx; ValueError for a wrong number of shapes or what is no model; NotImplementedError
    (also an AttributeError) for an operator that ONNX has no counterpart of here.
    """
    package = onnx()
    in_shapes = in_shapes if input_shape is None else input_shape
    in_types = in_types if input_type is None else input_type
    sym, params = _loaded(sym, params)
    _converters()
    nodes = _needed(sym)
    inputs = _inputs(sym, nodes, params, in_shapes, in_types)
    if dynamic_input_shapes is not None and len(dynamic_input_shapes) != len(inputs):
        raise ValueError(f"export_model: {len(dynamic_input_shapes)} dynamic shapes were given for {len(inputs)} inputs")
    work = _Export(sym, nodes, params, inputs, bool(dynamic))
    work.run(verbose)
    model = work.model(dynamic_input_shapes if dynamic else None)
    try:
        package.checker.check_model(model)
    except package.checker.ValidationError as e:
        raise MXNetError(f"export_model: what was made is no valid model: {e}") from None
    if run_shape_inference:
        model = package.shape_inference.infer_shapes(model)
    package.save_model(model, onnx_file_path)
    if verbose:
        logging.info("wrote %s", onnx_file_path)
    return onnx_file_path
