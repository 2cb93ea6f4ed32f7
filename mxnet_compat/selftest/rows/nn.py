"""Layers: affine maps, products of matrices."""

ROWS = [
    {"op": "FullyConnected", "inputs": {"data": "N(2,3)", "weight": "N(4,3)", "bias": "N(4)"},
     "params": {"num_hidden": 4}},
    {"op": "FullyConnected", "inputs": {"data": "N(2,3,2)", "weight": "N(3,6)"},
     "params": {"num_hidden": 3, "no_bias": True}},
    {"op": "FullyConnected", "inputs": {"data": "N(2,3,2)", "weight": "N(3,2)", "bias": "N(3)"},
     "params": {"num_hidden": 3, "flatten": False}},
    {"op": "dot", "inputs": {"lhs": "N(2,3)", "rhs": "N(3,4)"}},
    {"op": "dot", "inputs": {"lhs": "N(3,2)", "rhs": "N(4,3)"}, "params": {"transpose_a": True, "transpose_b": True}},
    {"op": "dot", "inputs": {"lhs": "N(3,2)", "rhs": "N(3,4)"}, "params": {"transpose_a": True}},
    {"op": "dot", "inputs": {"lhs": "N(2,3)", "rhs": "N(4,3)"}, "params": {"transpose_b": True}},
    {"op": "dot", "inputs": {"lhs": "N(3)", "rhs": "N(3)"}},
    {"op": "dot", "inputs": {"lhs": "N(2,3)", "rhs": "N(3)"}},
    {"op": "dot", "inputs": {"lhs": "N(3,2,2)", "rhs": "N(2,2,3)"}, "params": {"transpose_a": True,
                                                                              "transpose_b": True}},
    {"op": "batch_dot", "inputs": {"lhs": "N(2,2,3)", "rhs": "N(2,3,2)"}},
    {"op": "batch_dot", "inputs": {"lhs": "N(2,3,2)", "rhs": "N(2,2,3)"}, "params": {"transpose_a": True,
                                                                                    "transpose_b": True}},
    {"op": "batch_dot", "inputs": {"lhs": "N(1,2,3,2)", "rhs": "N(1,2,3,2)"}, "params": {"transpose_a": True}},
    {"op": "batch_dot", "inputs": {"lhs": "N(2,2,3)", "rhs": "N(2,2,3)"}, "params": {"transpose_b": True}},
]
