"""Operators about sparse storage, on dense arrays: what their kernels for csr and row_sparse must agree with."""

_STEP = "a step of an optimizer is not differentiated"
_COUNT = "counts and entries found do not depend on the values"

ROWS = [
    {"op": "cast_storage", "inputs": {"data": "N(3,4)"}, "params": {"stype": "default"}},
    {"op": "_sparse_retain", "inputs": {"data": "N(4,3)", "indices": "A([0,3])"}},
    {"op": "_sparse_retain", "inputs": {"data": "N(4)", "indices": "A([2])"}},
    {"op": "_contrib_getnnz", "inputs": {"data": "A([[0,1,2],[0,0,3]])"}, "order": 0, "why": _COUNT},
    {"op": "_contrib_getnnz", "inputs": {"data": "A([[0,1,2],[0,0,3]])"}, "params": {"axis": 1},
     "order": 0, "why": _COUNT},
    {"op": "_contrib_edge_id", "inputs": {"data": "A([[0,1,2],[0,0,3]])", "u": "A([0,1,1])", "v": "A([2,0,2])"},
     "order": 0, "why": _COUNT},
    {"op": "_scatter_plus_scalar", "inputs": {"data": "N(3,2)"}, "params": {"scalar": 1.5}},
    {"op": "_scatter_minus_scalar", "inputs": {"data": "N(3,2)"}, "params": {"scalar": 1.5}},
    {"op": "_scatter_elemwise_div", "inputs": {"lhs": "N(3,2)", "rhs": "P(3,2)"}},
    {"op": "_contrib_SparseEmbedding", "inputs": {"data": "A([[0,2],[2,1]])", "weight": "N(4,3)"},
     "params": {"input_dim": 4, "output_dim": 3}},
    {"op": "Embedding", "inputs": {"data": "A([3,0,3])", "weight": "N(4,3)"},
     "params": {"input_dim": 4, "output_dim": 3, "sparse_grad": True}},
    {"op": "_sparse_adagrad_update", "inputs": {"weight": "N(3,2)", "grad": "N(3,2)", "history": "P(3,2)"},
     "params": {"lr": 0.1, "rescale_grad": 0.5, "clip_gradient": 0.4}, "grad": [], "order": 0, "why": _STEP},
    {"op": "_contrib_group_adagrad_update", "inputs": {"weight": "N(3,2)", "grad": "N(3,2)", "history": "P(3,1)"},
     "params": {"lr": 0.1}, "grad": [], "order": 0, "why": _STEP},
]
