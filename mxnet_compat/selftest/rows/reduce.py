"""Reductions along axes, running sums, and their opposites that repeat along axes."""

AXES = ({}, {"axis": 1}, {"axis": (0, 2), "keepdims": True}, {"axis": -2, "exclude": True}, {"axis": ()})

ROWS = [
    *({"op": op, "inputs": {"data": "D(2,3,4)" if op in ("max", "min") else "N(2,3,4)"}, "params": params}
      for op in ("sum", "mean", "max", "min", "nansum", "_square_sum") for params in AXES),
    *({"op": op, "inputs": {"data": "P(2,2,3)"}, "params": params} for op in ("prod", "nanprod") for params in AXES),
    *({"op": op, "inputs": {"data": "A([[1,0,2],[3,0,0]])"}, "params": {"axis": 1}} for op in ("prod", "nanprod")),
    *({"op": op, "inputs": {"data": "A([[1,np.nan,2],[3,4,np.nan]])"}, "params": {"axis": 1}, "order": 1,
       "why": "the check itself multiplies the input by zero"} for op in ("nansum", "nanprod")),
    *({"op": "norm", "inputs": {"data": "N(2,3,4)"}, "params": params}
      for params in ({}, {"ord": 1}, {"axis": 1}, {"ord": 1, "axis": -1, "keepdims": True}, {"axis": (0, 2)})),
    *({"op": op, "inputs": {"data": "D(3,4)"}, "params": params}
      for op in ("argmax", "argmin") for params in ({}, {"axis": 0}, {"axis": 1, "keepdims": True})),
    {"op": "argmax_channel", "inputs": {"data": "D(3,4)"}},
    *({"op": "moments", "inputs": {"data": "N(2,3,4)"}, "params": params}
      for params in ({"axes": (0,)}, {"axes": (0, 2), "keepdims": True})),
    *({"op": "cumsum", "inputs": {"a": "N(2,3)"}, "params": params} for params in ({}, {"axis": 0}, {"axis": 1})),
    {"op": "_sum_to", "inputs": {"data": "N(2,3)"}, "params": {"shape": (1, 3)}},
    {"op": "broadcast_to", "inputs": {"data": "N(1,3)"}, "params": {"shape": (2, 3)}},
    {"op": "broadcast_to", "inputs": {"data": "N(2,1,1)"}, "params": {"shape": (0, 3, 0)}},
    {"op": "broadcast_axis", "inputs": {"data": "N(1,3,1)"}, "params": {"axis": (0, 2), "size": (2, 4)}},
    {"op": "broadcast_like", "inputs": {"lhs": "N(1,3)", "rhs": "N(2,3)"}},
    {"op": "broadcast_like", "inputs": {"lhs": "N(1,3)", "rhs": "N(5,6)"},
     "params": {"lhs_axes": (0,), "rhs_axes": (-1,)}},
]
