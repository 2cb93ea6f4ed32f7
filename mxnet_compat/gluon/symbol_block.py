"""``SymbolBlock``: a block around a graph, of symbols or from the files of ``export``."""
import copy

from .. import symbol
from .hybrid import HybridBlock
from .parameter_dict import ParameterDict
from .structure import flatten, regroup, tensors

__all__ = ["SymbolBlock"]


def _common_start(names):
    """What all names begin with."""
    if not names:
        return ""
    low, high = min(names), max(names)
    n = next((k for k, (a, b) in enumerate(zip(low, high)) if a != b), min(len(low), len(high)))
    return low[:n]


class SymbolBlock(HybridBlock):
    """The graph of ``outputs`` as a block, with the variables ``inputs`` as its arguments; the others are parameters.

    ``params`` is a ParameterDict to take parameters from. AssertionError for inputs that are no variables.
    """

    @staticmethod
    def imports(symbol_file, input_names, param_file=None, ctx=None, allow_missing=False, ignore_extra=False):
        """The block of the files that ``export`` wrote, here or in MXNet.

        ``input_names`` is the name of an input or a list. MXNetError for bad files, AssertionError for parameters that are
        missing or too many.
        """
        graph = symbol.load(symbol_file)
        names = [input_names] if isinstance(input_names, str) else input_names
        block = SymbolBlock(graph, [symbol.var(n) for n in names])
        if param_file is not None:
            block.collect_params().load(param_file, ctx, allow_missing, ignore_extra, cast_dtype=True, dtype_source="saved")
        return block

    def __init__(self, outputs, inputs, params=None):
        super().__init__(prefix=None, params=None)
        self._prefix = ""
        self._params = ParameterDict("", params)
        if isinstance(inputs, symbol.Symbol) and len(inputs) == 1:
            inputs = [inputs]
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            outputs = outputs[0]
        flat, self._in_format = flatten(inputs, "input")
        out, self._out_format = flatten(outputs, "output")
        graph = symbol.Group(out)
        names = set()
        for s in flat:
            assert len(s) == 1 and s._outputs[0][0].op is None, \
                f"SymbolBlock: inputs must be variables, {s} is an output of an operator"
            names.add(s.name)
        arguments, aux = graph.list_arguments(), graph.list_auxiliary_states()
        kinds = self._types(graph, arguments, aux)
        for name in arguments:
            if name not in names:
                self.params.get(name, allow_deferred_init=True, dtype=kinds.get(name))
        for name in aux:
            if name not in names:
                self.params.get(name, grad_req="null", allow_deferred_init=True, dtype=kinds.get(name))
        self._cached_graph = flat, graph
        start = len(_common_start(list(self._params.keys())))
        self._reg_params = {name[start:]: p for name, p in self._params.items()}

    @staticmethod
    def _types(graph, arguments, aux):
        found, _, found_aux = graph.infer_type_partial()
        return {n: t or "float32" for n, t in (*zip(arguments, found), *zip(aux, found_aux))}

    def __repr__(self):
        inputs, graph = self._cached_graph
        return f"{type(self).__name__}(\n{graph!r} : {len(inputs)} -> {len(graph)}\n)"

    def forward(self, x, *args):
        """Run the graph on arrays, or put symbols in the place of its inputs."""
        symbolic, ctxs = tensors((x, *args))
        if not symbolic:
            if len(ctxs) > 1:
                raise ValueError(f"{self.name} takes inputs of one context, not of {ctxs}")
            with ctxs[0]:
                return self._call_cached_op(x, *args)
        flat, fmt = flatten((x, *args), "input")
        assert self._same_format(fmt), f"{self.name} takes arguments of the format {self._in_format}, got {fmt}"
        inputs, graph = self._cached_graph
        graph = copy.copy(graph)
        graph._compose(**{s.name: x for s, x in zip(inputs, flat)})
        return regroup(list(graph), self._out_format)

    def _clear_cached_op(self):
        # the graph is all that there is of the network
        graph = self._cached_graph
        super()._clear_cached_op()
        self._cached_graph = graph

    def reset_ctx(self, ctx):
        """Move all parameters to other contexts."""
        self.collect_params().reset_ctx(ctx)

    def cast(self, dtype):
        """Convert all parameters to another type."""
        super().cast(dtype)

    def hybrid_forward(self, F, x, *args, **kwargs):
        """Not used: the graph is given."""
        raise NotImplementedError("a SymbolBlock runs its graph")


SymbolBlock.__module__ = "mxnet.gluon.block"
