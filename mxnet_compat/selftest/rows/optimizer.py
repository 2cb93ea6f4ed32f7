"""Sample inputs of the optimizer steps (``ops/optimizer.py``, ``ops/optimizer_multi.py``)."""

_STEP = "a step of an optimizer is not differentiated"
_HYPER = {"wd": 0.01, "rescale_grad": 0.5, "clip_gradient": 0.6}


def _step(op, states=(), **params):
    inputs = {"weight": "N(2,3)", "grad": "N(2,3)", **{s: "P(2,3)" for s in states}}
    return {"op": op, "inputs": inputs, "params": params, "order": 0, "why": _STEP}


def _multi(op, arrays, **params):
    return {"op": op, "inputs": {"data": arrays}, "params": params, "order": 0, "why": _STEP}


_W, _S = "N(2,3)", "P(2,3)"
# states of steps in two precisions, norms and scales, which are float32 whatever the weight is
_SINGLE = ("mom", "mean", "var", "weight32", "g", "r1", "r2", "rescale_grad")
ROWS = [
    _step("sgd_update", lr=0.1, **_HYPER),
    _step("sgd_mom_update", ["mom"], lr=0.1, momentum=0.9, **_HYPER),
    _step("mp_sgd_update", ["weight32"], lr=0.1, **_HYPER),
    _step("mp_sgd_mom_update", ["mom", "weight32"], lr=0.1, momentum=0.9, **_HYPER),
    _step("nag_mom_update", ["mom"], lr=0.1, momentum=0.9, **_HYPER),
    _step("mp_nag_mom_update", ["mom", "weight32"], lr=0.1, momentum=0.9, **_HYPER),
    _step("adam_update", ["mean", "var"], lr=0.1, **_HYPER),
    _step("rmsprop_update", ["n"], lr=0.1, clip_weights=1.5, **_HYPER),
    {"op": "rmspropalex_update", "inputs": {"weight": _W, "grad": _W, "n": "P(2,3)+9", "g": "P(2,3)", "delta": _S},
     "params": {"lr": 0.1, **_HYPER}, "order": 0, "why": _STEP},
    _step("ftrl_update", ["z", "n"], lr=0.1, **_HYPER),
    _step("ftml_update", ["d", "v", "z"], lr=0.1, t=3, wd=0.01, rescale_grad=0.5, clip_grad=0.6),
    _step("signsgd_update", lr=0.1, **_HYPER),
    _step("signum_update", ["mom"], lr=0.1, momentum=0.9, wd_lh=0.02, **_HYPER),
    _step("lamb_update_phase1", ["mean", "var"], t=3, **_HYPER),
    _step("mp_lamb_update_phase1", ["mean", "var", "weight32"], t=3, **_HYPER),
    {"op": "lamb_update_phase2", "inputs": {"weight": _W, "g": _W, "r1": "P(1)", "r2": "P(1)"},
     "params": {"lr": 0.1, "lower_bound": 0.7, "upper_bound": 1.2}, "order": 0, "why": _STEP},
    {"op": "mp_lamb_update_phase2", "inputs": {"weight": _W, "g": _W, "r1": "P(1)", "r2": "P(1)", "weight32": _W},
     "params": {"lr": 0.1}, "order": 0, "why": _STEP},
    {"op": "_adamw_update", "inputs": {"weight": _W, "grad": _W, "mean": _S, "var": _S, "rescale_grad": "P(1)"},
     "params": {"lr": 0.1, "eta": 0.5, "wd": 0.01}, "order": 0, "why": _STEP},
    {"op": "_mp_adamw_update", "inputs": {"weight": _W, "grad": _W, "mean": _S, "var": _S, "weight32": _W,
                                          "rescale_grad": "P(1)"},
     "params": {"lr": 0.1, "eta": 0.5, "wd": 0.01}, "order": 0, "why": _STEP},
    _multi("multi_sgd_update", [_W] * 4, lrs=(0.1, 0.2), wds=(0.01, 0.0), num_weights=2),
    _multi("multi_sgd_mom_update", [_W] * 6, lrs=(0.1, 0.2), wds=(0.01, 0.0), momentum=0.9, num_weights=2),
    _multi("multi_mp_sgd_update", [_W] * 6, lrs=(0.1, 0.2), wds=(0.01, 0.0), num_weights=2),
    _multi("multi_mp_sgd_mom_update", [_W] * 8, lrs=(0.1, 0.2), wds=(0.01, 0.0), momentum=0.9, num_weights=2),
    _multi("preloaded_multi_sgd_update", [_W] * 4 + ["P(2)", "P(2)"], num_weights=2),
    _multi("preloaded_multi_sgd_mom_update", [_W] * 6 + ["P(2)", "P(2)"], momentum=0.9, num_weights=2),
    _multi("preloaded_multi_mp_sgd_update", [_W] * 6 + ["P(2)", "P(2)"], num_weights=2),
    _multi("preloaded_multi_mp_sgd_mom_update", [_W] * 8 + ["P(2)", "P(2)"], momentum=0.9, num_weights=2),
    _multi("_multi_lamb_update", [_W, _W, _S, _S], learning_rates=(0.1,), wds=(0.01,), step_count=(3,), num_tensors=1),
    _multi("_multi_mp_lamb_update", [_W, _W, _S, _S, _W], learning_rates=(0.1,), wds=(0.01,), step_count=(3,),
           num_tensors=1),
    _multi("_multi_adamw_update", [_W, _W, _S, _S, "P(1)"], lrs=(0.1,), wds=(0.01,), etas=(0.5,), num_weights=1),
    _multi("_multi_mp_adamw_update", [_W, _W, _S, _S, _W, "P(1)"], lrs=(0.1,), wds=(0.01,), etas=(0.5,), num_weights=1),
    {"op": "multi_lars", "inputs": {"lrs": "P(3)", "weights_sum_sq": "P(3)", "grads_sum_sq": "P(3)", "wds": "P(3)"},
     "params": {"eta": 0.01, "eps": 1e-3}, "order": 0, "why": _STEP},
    _multi("multi_sum_sq", [_W, "N(4)"]),
    _multi("multi_all_finite", [_W, "N(4)"]),
    _multi("reset_arrays", [_W, "N(4)"]),
    {"op": "all_finite", "inputs": {"data": _W}, "order": 0, "why": "a statement about the values"},
    {"op": "amp_multicast", "inputs": {"data": [_W, "N(4)"]}, "params": {"num_outputs": 2}},
]
for _row in ROWS:
    if _row["op"].startswith(("mp_", "_mp_")):
        _row["single"] = _SINGLE
    elif _row["op"] == "_adamw_update":
        _row["single"] = ("rescale_grad",)
