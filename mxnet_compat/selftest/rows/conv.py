"""Convolutions and transposed convolutions, and the operators that are their gradients."""

_C = {"kernel": (3, 3), "num_filter": 4}
_B = {"kernel": (3, 2), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 2)}

ROWS = [
    {"op": "Convolution", "inputs": {"data": "N(2,3,5,4)", "weight": "N(4,3,3,3)", "bias": "N(4)"}, "params": _C},
    {"op": "Convolution", "inputs": {"data": "N(2,3,6,5)", "weight": "N(4,3,3,3)"},
     "params": {**_C, "stride": (2, 1), "dilate": (1, 2), "pad": (1, 2), "no_bias": True}},
    {"op": "Convolution", "inputs": {"data": "N(2,4,5,5)", "weight": "N(6,2,3,3)", "bias": "N(6)"},
     "params": {"kernel": (3, 3), "num_filter": 6, "num_group": 2, "pad": (1, 1)}},
    {"op": "Convolution", "inputs": {"data": "N(2,3,5,5)", "weight": "N(3,1,3,3)", "bias": "N(3)"},
     "params": {"kernel": (3, 3), "num_filter": 3, "num_group": 3, "stride": (2, 2), "pad": (1, 1)}},
    {"op": "Convolution", "inputs": {"data": "N(2,3,4,4)", "weight": "N(5,3,1,1)", "bias": "N(5)"},
     "params": {"kernel": (1, 1), "num_filter": 5}},
    {"op": "Convolution", "inputs": {"data": "N(2,9,3,4)", "weight": "N(1,9,3,3)", "bias": "N(1)"},
     "params": {"kernel": (3, 3), "num_filter": 1, "pad": (1, 1)}},
    {"op": "Convolution", "inputs": {"data": "N(2,3,7)", "weight": "N(4,3,3)", "bias": "N(4)"},
     "params": {"kernel": (3,), "num_filter": 4, "stride": (2,), "pad": (1,), "dilate": (2,)}},
    {"op": "Convolution", "inputs": {"data": "N(1,2,3,4,3)", "weight": "N(3,2,2,3,2)", "bias": "N(3)"},
     "params": {"kernel": (2, 3, 2), "num_filter": 3, "stride": (1, 2, 1), "pad": (0, 1, 1)}},
    {"op": "Convolution_v1", "inputs": {"data": "N(2,2,5,4)", "weight": "N(3,2,3,2)", "bias": "N(3)"},
     "params": {"kernel": (3, 2), "num_filter": 3, "stride": (2, 1), "pad": (1, 0)}},
    {"op": "Deconvolution", "inputs": {"data": "N(2,3,3,4)", "weight": "N(3,2,3,3)"},
     "params": {"kernel": (3, 3), "num_filter": 2, "stride": (2, 2), "pad": (1, 1), "adj": (1, 0)}},
    {"op": "Deconvolution", "inputs": {"data": "N(2,4,3,3)", "weight": "N(4,2,2,3)", "bias": "N(4)"},
     "params": {"kernel": (2, 3), "num_filter": 4, "num_group": 2, "no_bias": False, "dilate": (2, 1)}},
    {"op": "Deconvolution", "inputs": {"data": "N(1,2,3,3)", "weight": "N(2,2,3,3)"},
     "params": {"kernel": (3, 3), "num_filter": 2, "stride": (2, 2), "target_shape": (6, 5)}},
    {"op": "Deconvolution", "inputs": {"data": "N(2,2,4)", "weight": "N(2,3,3)"},
     "params": {"kernel": (3,), "num_filter": 3, "stride": (3,)}},
    {"op": "Deconvolution", "inputs": {"data": "N(1,8,2,2)", "weight": "N(8,1,3,3)", "bias": "N(1)"},
     "params": {"kernel": (3, 3), "num_filter": 1, "stride": (2, 2), "no_bias": False}},
    {"op": "Deconvolution", "inputs": {"data": "N(1,2,2,2,2)", "weight": "N(2,2,2,3,2)"},
     "params": {"kernel": (2, 3, 2), "num_filter": 2, "stride": (1, 2, 2)}},
    {"op": "_backward_Convolution_data", "inputs": {"grad": "N(2,4,3,6)", "weight": "N(4,3,3,2)"},
     "params": {**_B, "shape": (2, 3, 6, 4)}},
    {"op": "_backward_Convolution_weight", "inputs": {"grad": "N(2,4,3,6)", "data": "N(2,3,6,4)"}, "params": _B},
]
