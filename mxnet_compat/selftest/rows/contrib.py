"""The contrib namespace beyond detection: attention, Hawkes processes, straight-through, rows, masks, positions."""

_STE, _AT = "the gradient is that of the identity", "positions do not depend on values"

ROWS = [
    {"op": "_contrib_quadratic", "inputs": {"data": "N(2,3)"}, "params": {"a": 2.0, "b": -1.5, "c": 0.3}},
    {"op": "_contrib_div_sqrt_dim", "inputs": {"data": "N(2,3)"}},
    {"op": "_contrib_gradientmultiplier", "inputs": {"data": "N(2,3)"}, "params": {"scalar": 1.0}},
    {"op": "_contrib_gradientmultiplier", "inputs": {"data": "N(2,3)"}, "params": {"scalar": -2.5}, "order": 0,
     "why": "its gradient is meant to be another one"},
    {"op": "_contrib_backward_gradientmultiplier", "inputs": {"data": "N(2,3)"}, "params": {"scalar": -2.5}},
    {"op": "_contrib_round_ste", "inputs": {"data": "N(2,3)"}, "order": 0, "why": _STE},
    {"op": "_contrib_sign_ste", "inputs": {"data": "N(2,3)"}, "order": 0, "why": _STE},
    # rows and positions
    {"op": "_contrib_index_copy",
     "inputs": {"old_tensor": "N(4,2)", "index_vector": "A([2,0]).astype('int32')", "new_tensor": "N(2,2)"}},
    {"op": "_contrib_boolean_mask", "inputs": {"data": "N(3,2)", "index": "A([1,0,2])"},
     "grad": ["data"]},
    {"op": "_contrib_index_array", "inputs": {"data": "N(2,3)"}, "order": 0, "why": _AT},
    {"op": "_contrib_index_array", "inputs": {"data": "N(2,3)"}, "params": {"axes": (-1, 0)}, "order": 0,
     "why": _AT},
    {"op": "_contrib_arange_like", "inputs": {"data": "N(2,3)"}, "params": {"start": 2.0, "step": 0.5, "repeat": 2},
     "order": 0, "why": _AT},
    {"op": "_contrib_arange_like", "inputs": {"data": "N(2,3)"}, "params": {"axis": -1}, "order": 0,
     "why": _AT},
    {"op": "_contrib_allclose", "inputs": {"a": "N(2,3)", "b": "O(2,3)"}, "order": 0, "why": "a comparison"},
    # attention
    {"op": "_contrib_interleaved_matmul_selfatt_qk", "inputs": {"queries_keys_values": "N(3,2,12)"},
     "params": {"heads": 2}},
    {"op": "_contrib_interleaved_matmul_selfatt_valatt",
     "inputs": {"queries_keys_values": "N(3,2,6)", "attention": "N(4,3,3)"}, "params": {"heads": 2}},
    {"op": "_contrib_interleaved_matmul_encdec_qk", "inputs": {"queries": "N(2,1,6)", "keys_values": "N(3,1,12)"},
     "params": {"heads": 3}},
    {"op": "_contrib_interleaved_matmul_encdec_valatt", "inputs": {"keys_values": "N(3,2,4)", "attention": "N(2,4,3)"},
     "params": {"heads": 1}},
    # processes; by the end the states have faded, since their gradient is left out
    {"op": "_contrib_hawkesll",
     "inputs": {"lda": "P(2,3)", "alpha": "R(.1,.3,3)", "beta": "P(3)", "state": "P(2,3)", "lags": "P(2,4)",
                "marks": "I(0,3,2,4).astype('int32')", "valid_length": "A([3,4])", "max_time": "A([60,60])"},
     "grad": ["lda", "alpha", "beta"]},
]
