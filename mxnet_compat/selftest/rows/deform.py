"""Deformable convolutions, and pooling of interpolated values over regions."""

_C = {"kernel": (2, 2), "num_filter": 2}
_W = {"kernel": (3, 2), "num_filter": 4, "num_group": 2, "num_deformable_group": 2, "stride": (2, 1), "pad": (1, 0),
      "dilate": (1, 2), "no_bias": True}
_T = {"kernel": (2, 1), "stride": (1, 2), "dilate": (1, 1), "pad": (1, 0), "groups": 2}
_R = "A([[0,.3,.4,6.2,6.7],[1,1.1,2.6,4.3,7.9],[0,3.2,3.3,4.1,2.7]])"
_A = {"pooled_size": (2, 3), "spatial_scale": 0.5}
_Q = "A([[0,2.2,2.4,3.3,2.7,30],[1,1.1,1.6,4.3,3.9,-70]])"
_P = {"spatial_scale": 0.5, "output_dim": 2, "pooled_size": 2, "group_size": 2}
_B = "A([[0,0,0,6,6],[1,1,2,4,7]])"

ROWS = [
    {"op": "_contrib_DeformableConvolution",
     "inputs": {"data": "N(1,2,4,4)", "offset": "R(-.7,.7,1,8,3,3)+.13", "weight": "N(2,2,2,2)", "bias": "N(2)"},
     "params": _C},
    {"op": "_contrib_DeformableConvolution",
     "inputs": {"data": "N(2,4,5,5)", "offset": "R(-.4,.4,2,24,3,3)*.9+.45", "weight": "N(4,2,3,2)"}, "params": _W},
    {"op": "_contrib_ModulatedDeformableConvolution",
     "inputs": {"data": "N(1,2,4,4)", "offset": "R(-.4,.4,1,8,3,3)+.5", "mask": "P(1,4,3,3)", "weight": "N(2,2,2,2)",
                "bias": "N(2)"}, "params": _C},
    {"op": "_contrib_ModulatedDeformableConvolution",
     "inputs": {"data": "N(2,4,5,5)", "offset": "R(-.4,.4,2,24,3,3)+.5", "mask": "P(2,12,3,3)",
                "weight": "N(4,2,3,2)"}, "params": _W},
    {"op": "_tap_places", "inputs": {"offset": "N(1,8,2,3)"}, "params": _T},
    {"op": "_inside", "inputs": {"y": "R(-2,4,5)", "x": "R(-2,4,5)"}, "params": {"height": 3, "width": 2}},
    {"op": "_contrib_ROIAlign", "inputs": {"data": "N(2,2,4,5)", "rois": _R}, "params": _A, "grad": ["data"]},
    {"op": "_contrib_ROIAlign", "inputs": {"data": "N(2,2,4,5)", "rois": "A([[0,.3,.4,6.2,6.7],[1,1.1,2.6,4.3,7.9]])"},
     "params": {**_A, "sample_ratio": 2, "aligned": True}, "grad": ["data"]},
    {"op": "_contrib_ROIAlign", "inputs": {"data": "N(2,6,4,5)", "rois": _R},
     "params": {**_A, "position_sensitive": True}, "grad": ["data"]},
    {"op": "_backward_ROIAlign", "inputs": {"grad": "N(3,2,2,3)", "rois": _R},
     "params": {**_A, "shape": (2, 2, 4, 5), "sample_ratio": 1, "position_sensitive": False, "aligned": False},
     "grad": ["grad"]},
    {"op": "_contrib_RROIAlign", "inputs": {"data": "N(2,2,4,5)", "rois": _Q}, "params": _A, "grad": ["data"]},
    {"op": "_backward_RROIAlign", "inputs": {"grad": "N(2,2,2,3)", "rois": _Q},
     "params": {**_A, "shape": (2, 2, 4, 5), "sampling_ratio": 2}, "grad": ["grad"]},
    {"op": "_contrib_PSROIPooling", "inputs": {"data": "N(2,8,4,5)", "rois": _B}, "params": _P, "grad": ["data"]},
    {"op": "_backward_PSROIPooling", "inputs": {"grad": "N(2,2,2,2)", "rois": _B},
     "params": {**_P, "shape": (2, 8, 4, 5)}, "grad": ["grad"]},
    {"op": "_contrib_DeformablePSROIPooling",
     "inputs": {"data": "N(2,8,4,5)", "rois": _B, "trans": "R(-1,1,2,4,2,2)"},
     "params": {**_P, "sample_per_part": 2, "trans_std": 0.1}, "grad": ["data", "trans"]},
    {"op": "_contrib_DeformablePSROIPooling", "inputs": {"data": "N(2,8,4,5)", "rois": _B},
     "params": {**_P, "sample_per_part": 3, "no_trans": True}, "grad": ["data"]},
    {"op": "_psroi_moves", "inputs": {"trans": "N(1,2,2,2)"}, "params": {"pooled_size": 3, "part_size": 2}},
    {"op": "_backward_psroi_moves", "inputs": {"grad": "N(1,2,3,3)"},
     "params": {"pooled_size": 3, "part_size": 2, "shape": (1, 2, 2, 2)}},
    {"op": "_psroi_lattice", "inputs": {"rois": _B}, "params": {"spatial_scale": 0.5, "pooled_size": 2, "samples": 2},
     "order": 0, "why": "regions have no gradient"},
    {"op": "_psroi_rows",
     "inputs": {"y": "R(0,3,1,1,2,2,1,1)", "x": "R(0,3,1,1,2,2,1,1)", "rois": "A([[0,0,0,6,6]])"},
     "params": {"shape": (1, 4, 4, 4), "group_size": 2}, "order": 0, "why": "numbers of rows, which are integers"},
]
