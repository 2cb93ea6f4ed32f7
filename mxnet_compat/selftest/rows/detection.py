"""Boxes, anchors, proposals."""

_NO = "boxes that are chosen or compared have no gradient"
_BOXES = "[[0,0,1,1],[0,0,1,.9],[.5,.5,1,1],[2,2,3,3]]"
_SCORED = "A([[[0,.5,0,0,1,1],[0,.9,0,0,1,.9],[1,.8,0,0,1,1],[0,.1,2,2,3,3],[-1,.7,0,0,.2,.2]]])"
_ANCHORS = "A([[[.1,.1,.4,.4],[.1,.1,.5,.5],[.5,.5,.9,.9],[0,0,1,1],[.6,.6,.7,.7]]])"
_INFO = "A([[44,30,1]])"

ROWS = [
    {"op": "_contrib_box_iou", "inputs": {"lhs": f"A({_BOXES})", "rhs": f"A({_BOXES})[:3]"}, "order": 0, "why": _NO},
    {"op": "_contrib_box_iou", "inputs": {"lhs": f"A([{_BOXES}])", "rhs": "P(2,2,4)"}, "params": {"format": "center"},
     "order": 0, "why": _NO},
    {"op": "_contrib_box_nms", "inputs": {"data": _SCORED}},
    {"op": "_contrib_box_nms", "inputs": {"data": _SCORED}, "params": {"id_index": 0}, "order": 0,
     "why": "classes are compared for equality"},
    {"op": "_contrib_box_nms", "inputs": {"data": _SCORED}, "params": {"topk": 2, "overlap_thresh": 0.95}},
    {"op": "_contrib_box_nms", "inputs": {"data": _SCORED}, "params": {"force_suppress": True, "id_index": 0,
                                                                       "background_id": 7}},
    {"op": "_contrib_box_nms", "inputs": {"data": _SCORED}, "params": {"in_format": "center", "out_format": "corner"},
     "order": 0, "why": "the gradient leaves the change of format out, as in MXNet"},
    {"op": "_contrib_box_encode", "inputs": {"samples": "A([[1,0,1,-1]])", "matches": "A([[0,1,1,0]])",
                                             "anchors": f"A([{_BOXES}])", "refs": "A([[[.1,0,.7,1],[.3,.2,.5,.5]]])",
                                             "means": "N(4)", "stds": "P(4)"}, "order": 0, "why": "zero as in MXNet"},
    {"op": "_contrib_box_decode", "inputs": {"data": "N(2,4,4)", "anchors": f"A([{_BOXES}])"},
     "params": {"std0": 0.1, "std2": 0.2, "clip": 0.3, "format": "corner"}, "order": 0, "why": "zero as in MXNet"},
    {"op": "_contrib_bipartite_matching", "inputs": {"data": "D(2,3,4)"}, "params": {"threshold": -1.0}, "order": 0,
     "why": _NO},
    {"op": "_contrib_bipartite_matching", "inputs": {"data": "D(4,3)"},
     "params": {"threshold": 1.0, "is_ascend": True, "topk": 1}, "order": 0, "why": _NO},
    {"op": "_contrib_MultiBoxPrior", "inputs": {"data": "N(1,2,3,4)"},
     "params": {"sizes": (0.5, 0.3), "ratios": (1.0, 2.0), "clip": True}, "order": 0, "why": _NO},
    {"op": "_contrib_MultiBoxPrior", "inputs": {"data": "N(1,2,3,2)"},
     "params": {"steps": (0.3, 0.2), "offsets": (0.4, 0.6)}, "order": 0, "why": _NO},
    {"op": "_contrib_MultiBoxTarget",
     "inputs": {"anchor": _ANCHORS, "label": "A([[[0,.1,.1,.45,.45],[1,.5,.5,1,1],[-1,-1,-1,-1,-1]]])",
                "cls_pred": "N(1,3,5)"}, "order": 0, "why": _NO},
    {"op": "_contrib_MultiBoxTarget",
     "inputs": {"anchor": _ANCHORS, "label": "A([[[0,.1,.1,.45,.45],[-1,-1,-1,-1,-1]]])", "cls_pred": "N(1,3,5)"},
     "params": {"negative_mining_ratio": 1.0}, "order": 0, "why": _NO},
    {"op": "_contrib_MultiBoxDetection", "inputs": {"cls_prob": "P(2,3,5)", "loc_pred": "N(2,20)", "anchor": _ANCHORS},
     "order": 0, "why": _NO},
    {"op": "_contrib_MultiBoxDetection", "inputs": {"cls_prob": "P(2,3,5)", "loc_pred": "N(2,20)", "anchor": _ANCHORS},
     "params": {"nms_topk": 3, "force_suppress": True, "clip": False}, "order": 0, "why": _NO},
    {"op": "_contrib_Proposal", "inputs": {"cls_prob": "P(1,4,3,2)", "bbox_pred": "N(1,8,3,2)*.1", "im_info": _INFO},
     "params": {"rpn_post_nms_top_n": 7, "scales": (1.0, 2.0), "ratios": (0.5,)}, "order": 0, "why": _NO},
    {"op": "_contrib_MultiProposal",
     "inputs": {"cls_prob": "P(1,4,3,2)", "bbox_pred": "N(1,8,3,2)*.1", "im_info": _INFO},
     "params": {"rpn_post_nms_top_n": 3, "scales": (1.0,), "ratios": (0.5, 1.0), "output_score": True,
                "iou_loss": True}, "order": 0, "why": _NO},
]
