"""Normalisation: of batches, layers, instances, groups, by length, across channels."""

_BN = {"data": "N(3,2,2)", "gamma": "P(2)", "beta": "N(2)", "moving_mean": "N(2)", "moving_var": "P(2)"}
_STATISTICS = "mean and deviation are returned for information: no gradient passes there, as in MXNet"

ROWS = [
    {"op": "BatchNorm", "inputs": _BN, "params": {"fix_gamma": False}, "train": True},
    {"op": "BatchNorm", "inputs": _BN, "params": {"fix_gamma": False}},
    {"op": "BatchNorm", "inputs": _BN, "params": {"fix_gamma": False, "use_global_stats": True}, "train": True},
    {"op": "BatchNorm", "inputs": {**_BN, "data": "N(3,2,2,2)*2+1"}, "train": True,
     "params": {"fix_gamma": False, "axis": -1, "eps": 0.1}},
    {"op": "BatchNorm", "inputs": {**_BN, "gamma": "O(2)"}, "grad": ["data", "beta"], "train": True},
    {"op": "BatchNorm", "inputs": {**_BN, "gamma": "O(2)"}, "grad": ["data", "beta"]},
    {"op": "BatchNorm", "inputs": _BN, "params": {"fix_gamma": False, "output_mean_var": True}, "train": True,
     "order": 0, "why": _STATISTICS},
    {"op": "BatchNorm_v1", "inputs": _BN, "params": {"fix_gamma": False}, "train": True},
    {"op": "_contrib_SyncBatchNorm", "inputs": _BN, "params": {"fix_gamma": False, "key": "k"}, "train": True},
    {"op": "_contrib_BatchNormWithReLU", "inputs": _BN, "params": {"fix_gamma": False}, "train": True},
    {"op": "LayerNorm", "inputs": {"data": "N(2,4)", "gamma": "P(4)", "beta": "N(4)"}},
    {"op": "LayerNorm", "inputs": {"data": "N(2,3,2)", "gamma": "P(3)", "beta": "N(3)"},
     "params": {"axis": 1, "eps": 0.1}},
    {"op": "LayerNorm", "inputs": {"data": "N(2,4)", "gamma": "P(4)", "beta": "N(4)"},
     "params": {"output_mean_var": True}, "order": 0, "why": _STATISTICS},
    {"op": "InstanceNorm", "inputs": {"data": "N(2,2,3)", "gamma": "P(2)", "beta": "N(2)"}},
    {"op": "GroupNorm", "inputs": {"data": "N(2,4,2)", "gamma": "P(2)", "beta": "N(2)"}, "params": {"num_groups": 2}},
    {"op": "GroupNorm", "inputs": {"data": "N(2,4,2)", "gamma": "P(2)", "beta": "N(2)"},
     "params": {"num_groups": 2, "output_mean_var": True}, "order": 0, "why": _STATISTICS},
    {"op": "L2Normalization", "inputs": {"data": "N(2,3,2)"}},
    {"op": "L2Normalization", "inputs": {"data": "N(2,3,2)"}, "params": {"mode": "channel", "eps": 0.5}},
    {"op": "L2Normalization", "inputs": {"data": "N(2,3,2)"}, "params": {"mode": "spatial"}},
    {"op": "LRN", "inputs": {"data": "N(2,4,2)"}, "params": {"nsize": 3, "alpha": 0.3, "beta": 0.6, "knorm": 1.5}},
    {"op": "_window_sum", "inputs": {"data": "N(2,4,2)"}, "params": {"half": 2}},
    {"op": "_normalized", "inputs": {"data": "N(2,3)", "mean": "Z(2)", "inverse": "O(2)"}, "grad": ["data"],
     "params": {"layout": "along", "axis": 1}, "order": 0, "why": "the mean must be that of the data"},
    {"op": "_inverse_deviation", "inputs": {"data": "N(2,3)", "mean": "Z(2)", "inverse": "O(2)"}, "grad": ["data"],
     "params": {"layout": "along", "axis": 1}, "order": 0, "why": "the mean must be that of the data"},
]
