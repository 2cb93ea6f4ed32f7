"""Images as tensors, parts and sizes of them, changes of color. The random ones repeat by the seed that a check sets."""

_IMG = "R(0,255,4,5,3)"
_HUE = "hues have no gradient here"

ROWS = [
    {"op": "_image_to_tensor", "inputs": {"data": _IMG}, "order": 0, "why": "the result is float32 whatever comes in"},
    {"op": "_image_to_tensor", "inputs": {"data": "R(0,255,2,3,2,1)"}, "order": 0, "why": "the result is float32"},
    {"op": "_image_normalize", "inputs": {"data": "R(0,1,3,4,5)"},
     "params": {"mean": (0.1, 0.2, 0.3), "std": (1.0, 2.0, 0.5)}},
    {"op": "_image_normalize", "inputs": {"data": "R(0,1,2,1,4,5)"}, "params": {"mean": (0.1,), "std": (2.0,)}},
    {"op": "_image_flip_left_right", "inputs": {"data": _IMG}},
    {"op": "_image_flip_top_bottom", "inputs": {"data": "R(0,255,3,2,1)"}},
    {"op": "_image_crop", "inputs": {"data": _IMG}, "params": {"x": 1, "y": 2, "width": 3, "height": 1}},
    {"op": "_image_crop", "inputs": {"data": "R(0,1,2,3,4,1)"}, "params": {"x": 0, "y": 1, "width": 2, "height": 2}},
    {"op": "_image_resize", "inputs": {"data": "R(0,1,4,5,3)"}, "params": {"size": (3, 7)}},
    {"op": "_image_resize", "inputs": {"data": "R(0,1,2,5,4,1)"}, "params": {"size": (3,), "keep_ratio": True,
                                                                             "interp": 3}},
    {"op": "_image_resize", "inputs": {"data": "R(0,1,4,3,1)"}, "params": {"size": (7, 5), "interp": 2}},
    {"op": "_image_resize", "inputs": {"data": "R(0,1,4,3,1)"}, "params": {"size": (7, 5), "interp": 4}},
    {"op": "_image_resize", "inputs": {"data": "R(0,1,4,3,1)"}, "params": {"size": (7, 5), "interp": 0}},
    {"op": "_cvimresize", "inputs": {"src": _IMG}, "params": {"w": 3, "h": 2}, "order": 0, "why": "zero"},
    {"op": "_cvcopyMakeBorder", "inputs": {"src": _IMG},
     "params": {"top": 1, "bot": 0, "left": 2, "right": 1, "values": (1.0, 2.0, 3.0)}, "order": 0, "why": "zero"},
    {"op": "_cvcopyMakeBorder", "inputs": {"src": _IMG},
     "params": {"top": 1, "bot": 2, "left": 2, "right": 1, "type": 4}, "order": 0, "why": "zero"},
    # colors
    {"op": "_image_adjust_lighting", "inputs": {"data": "R(0,1,2,3,3)"}, "params": {"alpha": (0.1, -0.2, 0.3)}},
    {"op": "_image_random_lighting", "inputs": {"data": "R(0,1,2,3,3)"}, "params": {"alpha_std": 0.01}},
    {"op": "_image_random_brightness", "inputs": {"data": "R(0,1,2,3,3)"},
     "params": {"min_factor": 0.5, "max_factor": 1.5}},
    {"op": "_image_random_contrast", "inputs": {"data": "R(0,1,2,3,3)"},
     "params": {"min_factor": 0.5, "max_factor": 1.5}},
    {"op": "_image_random_contrast", "inputs": {"data": "R(0,1,2,3,1)"},
     "params": {"min_factor": 0.5, "max_factor": 1.5}},
    {"op": "_image_random_saturation", "inputs": {"data": "R(0,1,2,3,3)"},
     "params": {"min_factor": 0.5, "max_factor": 1.5}},
    {"op": "_image_random_hue", "inputs": {"data": _IMG}, "params": {"min_factor": 0.1, "max_factor": 0.2}, "order": 0,
     "why": _HUE},
    {"op": "_image_random_color_jitter", "inputs": {"data": _IMG},
     "params": {"brightness": 0.1, "contrast": 0.2, "saturation": 0.3, "hue": 0.1}, "order": 0, "why": _HUE},
    {"op": "_image_random_flip_left_right", "inputs": {"data": _IMG}},
    {"op": "_image_random_flip_top_bottom", "inputs": {"data": _IMG}},
]
