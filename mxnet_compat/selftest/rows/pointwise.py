"""Small elementwise operators of ``contrib``."""

_STE = "the gradient passes straight through"

ROWS = [
    {"op": "_contrib_quadratic", "inputs": {"data": "N(2,3)"}, "params": {"a": 1.5, "b": -0.5, "c": 2.0}},
    {"op": "_contrib_div_sqrt_dim", "inputs": {"data": "N(2,3)"}},
    {"op": "_contrib_round_ste", "inputs": {"data": "D(2,3)"}, "order": 0, "why": _STE},
    {"op": "_contrib_sign_ste", "inputs": {"data": "D(2,3)"}, "order": 0, "why": _STE},
    {"op": "_contrib_gradientmultiplier", "inputs": {"data": "N(2,3)"}, "params": {"scalar": -2.0}, "order": 0,
     "why": "the gradient is a multiple of that of the identity, by intent"},
]
