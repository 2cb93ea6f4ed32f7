"""Spatial transformers, cropping, correlation, pooling over regions, and sampling of pixels."""

_G = "R(-.9,.9,1,2,3,2)"
_C = {"kernel_size": 1, "max_displacement": 1, "stride1": 1, "stride2": 1, "pad_size": 1}
_D = {"kernel_size": 3, "max_displacement": 2, "stride1": 2, "stride2": 2, "pad_size": 2}
_R = "A([[0,0,0,6,6],[1,1,2,4,7],[0,3,3,2,2]])"
_P = {"pooled_size": (2, 2), "spatial_scale": 0.5}
_I = "I(0,4,3,2).astype('int64')"

ROWS = [
    {"op": "GridGenerator", "inputs": {"data": "N(2,6)"},
     "params": {"transform_type": "affine", "target_shape": (3, 2)}},
    {"op": "GridGenerator", "inputs": {"data": "N(2,2,3,4)"}, "params": {"transform_type": "warp"}},
    {"op": "_backward_GridGenerator", "inputs": {"grad": "N(1,2,3,2)"}, "params": {"transform_type": "affine"}},
    {"op": "_backward_GridGenerator", "inputs": {"grad": "N(1,2,3,2)"}, "params": {"transform_type": "warp"}},
    {"op": "BilinearSampler", "inputs": {"data": "N(1,2,4,3)", "grid": _G}},
    {"op": "BilinearSampler", "inputs": {"data": "N(2,8,3,4)", "grid": "R(-1.4,1.4,2,2,2,3)"}},
    {"op": "SpatialTransformer",
     "inputs": {"data": "N(2,2,4,5)", "loc": "A([[.8,.13,.05,-.1,.91,.02],[.71,-.23,.11,.31,.87,-.04]])"},
     "params": {"target_shape": (3, 4), "transform_type": "affine", "sampler_type": "bilinear"}},
    {"op": "Crop", "inputs": {"data": ["N(1,2,5,4)"]}, "params": {"h_w": (2, 3), "offset": (1, 1)}},
    {"op": "Crop", "inputs": {"data": ["N(1,2,5,4)", "N(1,1,3,2)"]}, "params": {"center_crop": True}},
    {"op": "_backward_Crop", "inputs": {"grad": "N(1,2,3,2)"}, "params": {"shape": (1, 2, 5, 4), "begin": (1, 2)}},
    {"op": "Correlation", "inputs": {"data1": "N(1,2,4,4)", "data2": "N(1,2,4,4)"}, "params": _C},
    {"op": "Correlation", "inputs": {"data1": "N(1,2,5,6)", "data2": "N(1,2,5,6)"}, "params": _D},
    {"op": "Correlation", "inputs": {"data1": "D(1,2,4,3)", "data2": "D(1,2,4,3)*1.3+.011"},
     "params": {**_C, "is_multiply": False}},
    {"op": "_backward_Correlation", "inputs": {"grad": "N(1,9,3,4)", "data1": "N(1,2,3,4)", "data2": "N(1,2,3,4)"},
     "params": {**_C, "which": 1, "is_multiply": True}},
    {"op": "_backward_Correlation", "inputs": {"grad": "N(1,9,3,4)", "data1": "N(1,2,3,4)", "data2": "N(1,2,3,4)"},
     "params": {**_C, "which": 2, "is_multiply": True}},
    {"op": "_backward_Correlation", "inputs": {"grad": "N(1,9,3,4)", "data1": "D(1,2,3,4)", "data2": "D(1,2,3,4)*1.3+.011"},
     "params": {**_C, "which": 2, "is_multiply": False}},
    {"op": "_signed_Correlation", "inputs": {"values": "N(1,2,3,4)", "data1": "D(1,2,3,4)", "data2": "D(1,2,3,4)*1.3+.011"},
     "params": {**_C, "which": 1}},
    {"op": "ROIPooling", "inputs": {"data": "D(2,3,4,5)", "rois": _R}, "params": _P, "grad": ["data"]},
    {"op": "_backward_ROIPooling", "inputs": {"grad": "N(3,3,2,2)", "data": "D(2,3,4,5)", "rois": _R}, "params": _P,
     "grad": ["grad"]},
    {"op": "_pick_ROIPooling", "inputs": {"values": "N(2,3,4,5)", "data": "D(2,3,4,5)", "rois": _R}, "params": _P,
     "grad": ["values"]},
    {"op": "_pixel_rows", "inputs": {"data": "N(2,3,2,2)"}},
    {"op": "_pixel_images", "inputs": {"data": "N(9,3)"}, "params": {"shape": (2, 3, 2, 2)}},
    {"op": "_mix_rows", "inputs": {"data": "N(4,3)", "weight": "N(3,2)", "index": _I}, "params": {"rows": 3}},
    {"op": "_mix_rows", "inputs": {"data": "N(3,9)", "weight": "N(3,2)", "index": _I},
     "params": {"rows": 4, "spread": True}},
    {"op": "_row_products", "inputs": {"lhs": "N(3,2)", "rhs": "N(4,2)", "index": _I}},
    {"op": "_corner_rows", "inputs": {"y": "R(-1,3,6)", "x": "R(-1,4,6)"},
     "params": {"height": 3, "width": 4, "images": 2}, "order": 0, "why": "numbers of rows, which are integers"},
]
