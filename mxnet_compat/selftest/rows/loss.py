"""Losses: outputs that bring a gradient of their own, and losses that the forward pass computes."""

_OWN = "the gradient is that of a loss, not of the output"


def _output(op, inputs, **params):
    return {"op": op, "inputs": inputs, "params": params, "grad": ["data"], "order": 0, "why": _OWN, "head": False}


_SM = {"data": "N(3,4)", "label": "A([0,3,1])"}
_MULTI = {"data": "N(2,3,2)", "label": "A([[0,2],[1,-1]])"}

ROWS = [
    _output("SoftmaxOutput", _SM),
    _output("SoftmaxOutput", _SM, grad_scale=2.0, smooth_alpha=0.1),
    _output("SoftmaxOutput", _SM, use_ignore=True, ignore_label=3, normalization="valid"),
    _output("SoftmaxOutput", _MULTI, multi_output=True, use_ignore=True),
    _output("SoftmaxOutput", {"data": "N(2,3,4)", "label": "A([[0,3,1],[1,2,2]])"}, preserve_shape=True),
    _output("SoftmaxOutput", {"data": "N(2,3)", "label": "P(2,3)"}),
    _output("SoftmaxOutput", _SM, out_grad=True),
    {"op": "_softmax_output_difference", "inputs": {"probability": "N(2,3,2)", "label": "A([[0,2],[1,-1]])"},
     "params": {"grad_scale": 2.0, "ignore_label": -1.0, "multi_output": True, "use_ignore": True,
                "preserve_shape": False, "normalization": "null", "smooth_alpha": 0.0}, "grad": ["probability"]},
    {"op": "_softmax_output_weight", "inputs": {"probability": "N(3,4)", "label": "A([0,3,1])"},
     "params": {"grad_scale": 2.0, "ignore_label": -1.0, "multi_output": False, "use_ignore": False,
                "preserve_shape": False, "normalization": "batch"}, "grad": ["probability"]},
    *[_output(f"{n}RegressionOutput", {"data": "N(3,2)", "label": "N(3,2)"}, grad_scale=1.5)
      for n in ("Linear", "Logistic", "MAE")],
    _output("SVMOutput", _SM, regularization_coefficient=0.5),
    _output("SVMOutput", _SM, use_linear=True, margin=0.7),
    _output("MakeLoss", {"data": "N(3,2)"}, grad_scale=2.0, normalization="batch"),
    _output("MakeLoss", {"data": "N(3,2)"}, normalization="valid", valid_thresh=0.1),
    {"op": "softmax_cross_entropy", "inputs": {"data": "N(3,4)", "label": "A([0,3,1])"}, "grad": ["data"]},
    {"op": "IdentityAttachKLSparseReg", "inputs": {"data": "R(.2,.8,3,2)", "moving_avg": "R(.2,.8,2)"}, "order": 0,
     "params": {"penalty": 0.1, "momentum": 1.0}, "why": "the backward pass adds a penalty and moves the average"},
    {"op": "CTCLoss", "inputs": {"data": "N(4,2,3)", "label": "A([[1,2],[1,0]])"}, "grad": ["data"]},
    {"op": "CTCLoss", "inputs": {"data": "N(5,2,3)", "label": "A([[1,1],[0,1]])", "data_lengths": "A([5,4])",
                                 "label_lengths": "A([2,1])"}, "grad": ["data"],
     "params": {"use_data_lengths": True, "use_label_lengths": True, "blank_label": "last"}},
]
