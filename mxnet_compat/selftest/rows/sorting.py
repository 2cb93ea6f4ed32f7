"""Order, and counts by order."""

ROWS = [
    {"op": "sort", "inputs": {"data": "D(2,3)"}},
    {"op": "sort", "inputs": {"data": "D(3,2,2)"}, "params": {"axis": 0, "is_ascend": False}},
    {"op": "sort", "inputs": {"data": "D(2,3)"}, "params": {"axis": None}},
    {"op": "argsort", "inputs": {"data": "D(2,3)"}, "order": 0, "why": "positions are constant"},
    {"op": "topk", "inputs": {"data": "D(2,4)"}, "params": {"k": 2, "ret_typ": "value"}},
    {"op": "topk", "inputs": {"data": "D(4,2)"},
     "params": {"k": 3, "axis": 0, "ret_typ": "both", "is_ascend": True, "dtype": "float64"}},
    {"op": "topk", "inputs": {"data": "D(2,3)"}, "params": {"k": 2, "axis": None, "ret_typ": "value"}},
    {"op": "topk", "inputs": {"data": "D(2,3)"}, "params": {"k": 2, "ret_typ": "mask"}},
    {"op": "topk", "inputs": {"data": "D(2,3)"}, "order": 1, "why": "positions are constant"},
    {"op": "_histogram", "inputs": {"data": "N(9)"}, "params": {"bin_cnt": 4, "range": (-2.0, 2.0)}, "grad": [],
     "order": 0, "why": "counts have no gradient, as in MXNet"},
    {"op": "_histogram", "inputs": {"data": "N(9)", "bins": "A([-1,0,1.5])"}, "grad": [],
     "order": 0, "why": "counts have no gradient, as in MXNet"},
]
