"""ONNX's pooling."""
import numpy as np

from .... import symbol as sym
from .graph import imports
from .nn import padded, window


def _pooling(call, x, kind, kernel, stride, pad, name=None, **more):
    full = bool(call.attr("ceil_mode", 0))
    return sym.Pooling(x, kernel=kernel, stride=stride, pad=pad, pool_type=kind, name=name,
                       pooling_convention="full" if full else "valid", **more)


@imports("MaxPool", "AveragePool", "LpPool")
def _windows(call):
    kernel, stride, dilate, before, after = window(call, True)
    if any(d != 1 for d in dilate):
        raise call.no(f"dilations={dilate}")
    kind = {"MaxPool": "max", "AveragePool": "avg", "LpPool": "lp"}[call.kind]
    more = {"p_value": call.attr("p", 2)} if kind == "lp" else {}
    include = bool(call.attr("count_include_pad", 0))
    if kind == "avg":
        more["count_include_pad"] = include
    if before == after:
        return [_pooling(call, call.sym(), kind, kernel, stride, before, call.name, **more)]
    zero = (0,) * len(kernel)
    least = float(np.finfo(call.dtype()).min) if kind == "max" else 0.0
    y = _pooling(call, padded(call.sym(), before, after, least), kind, kernel, stride, zero, **more)
    if kind == "avg" and not include:
        # the share of each window that is not padding
        share = _pooling(call, padded(sym.ones_like(call.sym()), before, after), kind, kernel, stride, zero, **more)
        y = y / share
    return [sym.identity(y, name=call.name)]


@imports("GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool")
def _global(call):
    kind = {"GlobalMaxPool": "max", "GlobalAveragePool": "avg", "GlobalLpPool": "lp"}[call.kind]
    n = len(call.shape_or_none() or (1, 1, 1, 1)) - 2
    more = {"p_value": call.attr("p", 2)} if kind == "lp" else {}
    return sym.Pooling(call.sym(), kernel=(1,) * n, pool_type=kind, global_pool=True, name=call.name, **more)


@imports("MaxRoiPool")
def _roi_pool(call):
    return sym.ROIPooling(call.sym(0), call.sym(1), pooled_size=tuple(call.attr("pooled_shape")),
                          spatial_scale=call.attr("spatial_scale", 1.0), name=call.name)


@imports("RoiAlign")
def _roi_align(call):
    if call.attr("mode", "avg") != "avg":
        raise call.no("mode='max'")
    items = sym.expand_dims(sym.cast(call.sym(2), dtype=call.dtype(1).name), axis=1)
    return sym.contrib.ROIAlign(call.sym(0), sym.concat(items, call.sym(1), dim=1),
                                pooled_size=(call.attr("output_height", 1), call.attr("output_width", 1)),
                                spatial_scale=call.attr("spatial_scale", 1.0),
                                sample_ratio=call.attr("sampling_ratio", 0) or -1, name=call.name)
