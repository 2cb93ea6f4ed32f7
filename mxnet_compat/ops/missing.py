"""Operators of MXNet that exist here by name only: they raise, saying which feature is missing.

One table, read by the namespaces of ``mx.nd`` and ``mx.sym``; there is no declaration, since there is nothing to declare.
"""
from ..base import MXNetError

__all__ = ["function", "names"]

_DGL = "graph sampling for DGL"
_INT8 = "int8 quantization"
_SUBGRAPH = "fused subgraphs of oneDNN and TensorRT"
_GRADIENT = "it is part of MXNet's own gradients; gradients here come from mx.autograd"

_INT8_NAMES = ("calibrate_entropy dequantize quantize quantize_asym quantize_v2 quantized_act quantized_batch_norm "
               "quantized_concat quantized_conv quantized_elemwise_add quantized_elemwise_mul quantized_embedding "
               "quantized_flatten quantized_fully_connected quantized_pooling quantized_rnn requantize")
_DGL_NAMES = ("dgl_adjacency dgl_csr_neighbor_non_uniform_sample dgl_csr_neighbor_uniform_sample dgl_graph_compact "
              "dgl_subgraph")

#: name -> (exception class, reason)
_TABLE = {
    **{"_contrib_" + n: (NotImplementedError, _INT8) for n in _INT8_NAMES.split()},
    **{"_contrib_" + n: (NotImplementedError, _DGL) for n in _DGL_NAMES.split()},
    **{"_contrib_backward_" + n: (NotImplementedError, _GRADIENT) for n in ("hawkesll", "index_copy", "quadratic")},
    **{"_sg_mkldnn_" + n: (NotImplementedError, _SUBGRAPH) for n in ("conv", "fully_connected", "selfatt_qk",
                                                                     "selfatt_valatt")},
    "_TensorRT": (NotImplementedError, _SUBGRAPH),
    # real MXNet refuses these on a CPU in the same way
    **{"_contrib_" + n: (MXNetError, "available on a GPU only, and not in this version")
       for n in ("count_sketch", "fft", "ifft")},
}


def names():
    """The registered names of all operators that are missing."""
    return _TABLE.keys()


def function(full, name):
    """A function called ``name`` that raises for the operator ``full``; None where the table does not know it."""
    if full not in _TABLE:
        return None
    error, reason = _TABLE[full]

    def missing(*args, **kwargs):
        raise error(f"operator {full} is not implemented: {reason}")
    missing.__name__ = missing.__qualname__ = name
    missing.__doc__ = f"Not implemented: {reason}."
    missing.not_implemented = reason
    return missing
