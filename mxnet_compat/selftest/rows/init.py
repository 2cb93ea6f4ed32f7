"""Arrays from nothing, and the column-wise product of matrices."""

_NO_INPUT = "there is no input"

ROWS = [
    {"op": "_zeros", "inputs": {}, "params": {"shape": (2, 3), "dtype": "int32"}, "order": 0, "why": _NO_INPUT},
    {"op": "_zeros_without_dtype", "inputs": {}, "params": {"shape": (2, 3)}, "order": 0, "why": _NO_INPUT},
    {"op": "_ones", "inputs": {}, "params": {"shape": (2, 3), "ctx": "cpu(0)"}, "order": 0, "why": _NO_INPUT},
    {"op": "_full", "inputs": {}, "params": {"shape": (2,), "value": 2.5}, "order": 0, "why": _NO_INPUT},
    {"op": "_arange", "inputs": {}, "params": {"start": 1.0, "stop": 4.0, "step": 0.5, "repeat": 2}, "order": 0,
     "why": _NO_INPUT},
    {"op": "_arange", "inputs": {}, "params": {"start": 5.0, "dtype": "uint8"}, "order": 0, "why": _NO_INPUT},
    {"op": "_linspace", "inputs": {}, "params": {"start": 0.0, "stop": 1.0, "num": 5}, "order": 0, "why": _NO_INPUT},
    {"op": "_eye", "inputs": {}, "params": {"N": 3, "M": 4, "k": 1}, "order": 0, "why": _NO_INPUT},
    {"op": "khatri_rao", "inputs": {"args": ["N(2,3)", "N(2,3)"]}},
    {"op": "khatri_rao", "inputs": {"args": ["N(2,2)", "N(1,2)", "N(3,2)"]}},
]
