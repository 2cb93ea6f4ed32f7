"""Graphs in mixed precision: ``convert_symbol`` puts casts where operators of float16 and of float32 meet.

Each output of the old graph is known to be float16, known to be float32, or neither; which casts are made follows from that
as in MXNet, so that the graphs are equal node by node and can be read there.
"""
import logging

from ...base import MXNetError
from ...ndarray import NDArray
from ...ops.declare import registry
from ...symbol import Group, Symbol
from ...symbol import infer as _infer
from ...symbol.graph import GraphNode, topological
from .lists import symbol_fp16

__all__ = ["convert_bucketing_module", "convert_hybrid_block", "convert_model", "convert_symbol"]

_LOW, _FULL = "float16", "float32"
_DTYPES = {_FULL: "0", _LOW: "2"}
_FLOATS = ("0", "1", "2")

#: Operators after whose outputs casts are called by the output's name; after others by its number.
_NAMED = frozenset("""
    Activation BatchNorm BatchNorm_v1 BilinearSampler Concat Convolution Convolution_v1 Correlation Crop Deconvolution Dropout
    FullyConnected GridGenerator GroupNorm IdentityAttachKLSparseReg InstanceNorm L2Normalization LRN LayerNorm LeakyReLU
    MakeLoss Pad Pooling Pooling_v1 RNN ROIPooling SVMOutput SequenceLast SequenceMask SequenceReverse SliceChannel
    SoftmaxActivation SoftmaxOutput SpatialTransformer SwapAxis UpSampling _CrossDeviceCopy _contrib_BatchNormWithReLU
    _contrib_DeformableConvolution _contrib_DeformablePSROIPooling _contrib_ModulatedDeformableConvolution
    _contrib_MultiBoxDetection _contrib_MultiBoxPrior _contrib_MultiBoxTarget _contrib_MultiProposal _contrib_PSROIPooling
    _contrib_Proposal _contrib_ROIAlign _contrib_RROIAlign _contrib_SyncBatchNorm _contrib_interleaved_matmul_encdec_qk
    _contrib_interleaved_matmul_encdec_valatt _contrib_interleaved_matmul_selfatt_qk
    _contrib_interleaved_matmul_selfatt_valatt _rnn_param_concat col2im elemwise_add im2col make_loss softmax softmin
""".split())
#: Operators that do not tell the type of their output from that of one input.
_UNTOLD = ("slice_like",)


class _Lists:
    """Which operators go where; AssertionError for an operator in two lists, or one that MXNet's lists do not know."""

    def __init__(self, low, full, conditional):
        own = symbol_fp16
        self.low = list(own.FP16_FUNCS if low is None else low)
        self.full = list(own.FP32_FUNCS if full is None else full)
        self.conditional = list(own.CONDITIONAL_FP32_FUNCS if conditional is None else conditional)
        self.widest = own.WIDEST_TYPE_CASTS
        known = {*own.FP16_FUNCS, *own.FP32_FUNCS, *own.FP16_FP32_FUNCS, *own.WIDEST_TYPE_CASTS,
                 *(c[0] for c in own.CONDITIONAL_FP32_FUNCS)}
        groups = {"target_dtype_ops": set(self.low), "fp32_ops": set(self.full),
                  "conditional_fp32_ops": {c[0] for c in self.conditional}}
        names = list(groups)
        for i, a in enumerate(names):
            for b in names[i + 1:]:
                both = groups[a] & groups[b]
                assert not both, f"amp: {', '.join(sorted(both))} in both {a} and {b}"
        unknown = set().union(*groups.values()) - known
        assert not unknown, f"amp: {', '.join(sorted(unknown))} not in any list of operators that amp knows"

    def of(self, node, excluded):
        """``float16``, ``float32``, ``widest`` or None for a node."""
        name = node.op.name
        if node.name in excluded or name in self.full:
            return _FULL
        if any(name == op and node.attrs.get(param) in values for op, param, values in self.conditional):
            return _FULL
        return _LOW if name in self.low else "widest" if name in self.widest else None


class _Conversion:
    """One walk over a graph. Keys are outputs of the old graph, (node, number)."""

    def __init__(self, low_params):
        self.low_params = low_params
        self.new = {}                           # old node -> new node
        self.known = {}                         # output -> its type in the new graph, where it is known
        self.casts = {_LOW: {}, _FULL: {}}      # type -> {output: the entry of its cast}

    def has(self, e, dtype):
        return self.known.get(e) == dtype or e in self.casts[dtype]

    def entry(self, e):
        return self.new[e[0]], e[1]

    def name(self, e):
        node, i = e
        return node.output_name(i) if node.op is None or node.op.name in _NAMED else f"{node.name}_{i}"

    def cast(self, e, dtype):
        """The output in a type: itself, the cast that there is, or a new one."""
        if self.known.get(e) == dtype:
            return self.entry(e)
        made = self.casts[dtype]
        if e not in made:
            made[e] = GraphNode(registry.get("amp_cast"), f"{self.name(e)}_amp_cast_{dtype}", {"dtype": dtype},
                                [self.entry(e)]), 0
        return made[e]

    def widest(self, node):
        """(inputs of the new node, type of its outputs) for operators that compute in the widest type."""
        low = [self.has(e, _LOW) for e in node.inputs]
        full = [self.has(e, _FULL) for e in node.inputs]
        if any(low) and any(full):
            return [self.cast(e, _FULL) for e in node.inputs], _FULL
        for dtype, all_have in ((_LOW, all(low)), (_FULL, all(full))):
            if all_have:
                return [self.cast(e, dtype) for e in node.inputs], dtype
        n = len(node.inputs)
        both = GraphNode(registry.get("amp_multicast"), f"{self.name(node.inputs[0])}_amp_multicast", {"num_outputs": str(n)},
                         [self.entry(e) for e in node.inputs], n, n)
        return [(both, k) for k in range(n)], None

    def told(self, node):
        """Types of the outputs of a node that goes by its inputs."""
        if node.op.name in _UNTOLD or not any(e in self.known for e in node.inputs):
            return [None] * node.num_outputs
        found = {e: _infer.np.dtype(self.known[e]) for e in node.inputs if e in self.known}
        try:
            _infer._types_of(node, found)
        except MXNetError:
            pass
        return [found[node, k].name if found.get((node, k)) is not None else None for k in range(node.num_outputs)]

    def add(self, node, kind):
        """Make the new node for an old one."""
        if node.op is None:
            self.new[node] = GraphNode(None, node.name, dict(node.attrs))
            if node.name in self.low_params:
                self.known[node, 0] = _LOW
            return
        if kind == _LOW:
            inputs, types = [self.cast(e, _LOW) for e in node.inputs], [_LOW] * node.num_outputs
        elif kind == _FULL:
            # variables are taken for float32
            inputs = [self.entry(e) if e[0].op is None else self.cast(e, _FULL) for e in node.inputs]
            types = [_FULL] * node.num_outputs
        elif kind == "widest":
            inputs, dtype = self.widest(node)
            types = [dtype] * node.num_outputs
        else:
            inputs, types = [self.entry(e) for e in node.inputs], self.told(node)
        self.new[node] = GraphNode(node.op, node.name, dict(node.attrs), inputs, node.num_outputs, node.num_visible)
        self.known.update({(node, k): t for k, t in enumerate(types) if t in (_LOW, _FULL)})


def _float16_only(target_dtype):
    name = target_dtype if isinstance(target_dtype, str) else getattr(target_dtype, "__name__", str(target_dtype))
    if name == "bfloat16":
        raise NotImplementedError("amp: models are not converted to bfloat16, which numpy does not have; use "
                                  "target_dtype='float16'")
    assert name == _LOW, f"amp: target_dtype must be 'float16', got {target_dtype}"


def convert_symbol(sym, target_dtype="float16", target_dtype_ops=None, fp32_ops=None, conditional_fp32_ops=None,
                   excluded_sym_names=None, data_names=None, cast_optional_params=False):
    """The graph with operators of ``target_dtype_ops`` in float16, those of ``fp32_ops`` and ``excluded_sym_names`` in float32.

    ``conditional_fp32_ops`` lists (operator, parameter, values for which it stays in float32). Lists that are None are
    MXNet's. Where ``data_names`` is given, the other variables are parameters and say their type; with
    ``cast_optional_params`` those that operators of float16 take become float16 themselves. AssertionError for what is no
    Symbol, other types and bad lists, MXNetError for data that the graph does not have, NotImplementedError for bfloat16.
    """
    assert isinstance(sym, Symbol), f"amp.convert_symbol: expected a Symbol, got {type(sym).__name__}"
    _float16_only(target_dtype)
    lists = _Lists(target_dtype_ops, fp32_ops, conditional_fp32_ops)
    excluded = set(excluded_sym_names or ())
    nodes = topological(sym._outputs)
    strangers = excluded - {n.name for n in nodes}
    if strangers:
        logging.warning("amp.convert_symbol: the graph has no %s", ", ".join(sorted(strangers)))
    variables = {n.name for n in nodes if n.op is None}
    for name in data_names or ():
        if name not in variables:
            raise MXNetError(f"amp.convert_symbol: {name} is not among the inputs {', '.join(sorted(variables))}")
    kinds = {n: lists.of(n, excluded) for n in nodes if n.op is not None}
    params = variables - set(data_names) if data_names is not None else set()
    low = {e.name for n, kind in kinds.items() if kind == _LOW for e, _ in n.inputs if e.op is None} & params \
        if cast_optional_params else set()
    walk = _Conversion(low)
    for n in nodes:
        walk.add(n, kinds.get(n))
    heads = [walk.cast(e, _FULL) for e in sym._outputs]
    for n in nodes:
        if n.op is None and (n.name in params or data_names is None and n.attrs.get("__dtype__") in _FLOATS):
            walk.new[n].attrs.pop("__dtype__", None)
    found = _infer.infer_types(heads, dict.fromkeys(data_names or (), _FULL))
    for n in nodes:
        if n.op is None and (n.name in params or n.attrs.get("__dtype__") in _FLOATS):
            dtype = found.get((walk.new[n], 0)) if n.name in params else None
            walk.new[n].attrs.setdefault("__dtype__", _DTYPES.get(getattr(dtype, "name", None), _DTYPES[_FULL]))
    return Symbol(heads)


def convert_model(sym, arg_params, aux_params, target_dtype="float16", target_dtype_ops=None, fp32_ops=None,
                  conditional_fp32_ops=None, excluded_sym_names=None, cast_optional_params=False):
    """(symbol, arguments, auxiliary states) of a model in mixed precision; see ``convert_symbol``.

    Parameters that the new graph wants in float16 are cast. AssertionError for what is no Symbol or no dictionary.
    """
    assert isinstance(sym, Symbol), f"amp.convert_model: expected a Symbol, got {type(sym).__name__}"
    for what, params in (("arg_params", arg_params), ("aux_params", aux_params)):
        assert isinstance(params, dict) and all(isinstance(v, NDArray) for v in params.values()), \
            f"amp.convert_model: {what} must be a dictionary of NDArrays"
    data_names = [n for n in sym.list_inputs() if n not in arg_params and n not in aux_params]
    sym = convert_symbol(sym, target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, data_names,
                         cast_optional_params)
    low = {n for n, attrs in sym.attr_dict().items() if attrs.get("__dtype__") == _DTYPES[_LOW]}
    return sym, *({k: v.astype(_LOW) if k in low else v for k, v in params.items()} for params in (arg_params, aux_params))


def convert_bucketing_module(bucketing_mod, target_dtype="float16", target_dtype_ops=None, fp32_ops=None,
                             conditional_fp32_ops=None, excluded_sym_names=None, cast_optional_params=False):
    """A BucketingModule, not bound yet, with the converted symbols of the buckets that were used and the parameters.

    AssertionError for what is no BucketingModule, or one that is not bound or has no parameters yet.
    """
    from ...module import BucketingModule
    assert isinstance(bucketing_mod, BucketingModule), \
        f"amp.convert_bucketing_module: expected a BucketingModule, got {type(bucketing_mod).__name__}"
    args, aux = bucketing_mod.get_params()
    symbols = {}
    for key, module in bucketing_mod._buckets.items():
        symbols[key], new_args, new_aux = convert_model(module.symbol, args, aux, target_dtype, target_dtype_ops, fp32_ops,
                                                        conditional_fp32_ops, excluded_sym_names, cast_optional_params)
    return BucketingModule.load_dict(symbols, bucketing_mod._sym_gen, bucketing_mod._default_bucket_key, new_args, new_aux,
                                     logger=bucketing_mod.logger, **bucketing_mod._options)


def convert_hybrid_block(block, target_dtype="float16", target_dtype_ops=None, fp32_ops=None, conditional_fp32_ops=None,
                         excluded_sym_names=None, ctx=None, cast_optional_params=False):
    """A ``SymbolBlock`` that computes what a HybridBlock does in mixed precision; see ``convert_symbol``.

    The block must have been hybridized and run once (RuntimeError). ``ctx`` is where the parameters go, by default GPU 0 as
    in MXNet; name ``mx.cpu()`` where there is none. AssertionError for what is no HybridBlock.
    """
    from ... import context
    from ...gluon import HybridBlock, SymbolBlock
    assert isinstance(block, HybridBlock), f"amp.convert_hybrid_block: expected a HybridBlock, got {type(block).__name__}"
    if not block._cached_graph:
        raise RuntimeError("amp.convert_hybrid_block: call hybridize() and run the block once before")
    inputs, graph = block._cached_graph
    names = set(graph.list_inputs())
    values = {p.name: p._reduce() for p in block.collect_params().values() if p.name in names}
    aux = set(graph.list_auxiliary_states())
    parts = ({k: v for k, v in values.items() if k not in aux}, {k: v for k, v in values.items() if k in aux})
    graph, args, states = convert_model(graph, *parts, target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops,
                                        excluded_sym_names, cast_optional_params)
    made = SymbolBlock(Group(list(graph)), inputs)
    for name, p in made.collect_params().items():
        value = {**args, **states}[name]
        p.dtype = value.dtype
        p._load_init(value, [ctx or context.gpu(0)])
    return made
