"""Pooling of windows, of everything, of regions."""
import math

from .graph import converts


def _global(call, kind):
    names = {"max": "GlobalMaxPool", "avg": "GlobalAveragePool", "lp": "GlobalLpPool"}
    if kind == "sum":
        call.emit("ReduceSum", call.ins[0], call.ints(*range(2, call.ndim())), keepdims=1)
    else:
        call.emit(names[kind], call.ins[0], p=call.p["p_value"] if kind == "lp" else None)


def _ends(call, kernel, stride, pad):
    """What the last windows reach beyond the padding where their number is rounded up."""
    if call.p["pooling_convention"] != "full":
        return [0] * len(kernel)
    sizes = call.fixed()[2:]
    return [max((math.ceil((d + 2 * p - k) / s)) * s + k - d - 2 * p, 0) for d, k, s, p in zip(sizes, kernel, stride, pad)]


@converts("Pooling", "Pooling_v1")
def _pooling(call):
    kind, n = call.p["pool_type"], call.ndim() - 2
    if call.p.get("layout") not in (None, "None", "NCW", "NCHW", "NCDHW"):
        raise call.no(f"layout={call.p['layout']!r}")
    if call.p["global_pool"]:
        _global(call, kind)
        return
    if call.p["pooling_convention"] == "same":
        raise call.no("pooling_convention='same'")
    kernel, stride, pad = call.p["kernel"], tuple(call.p["stride"] or ()) or (1,) * n, tuple(call.p["pad"] or ()) or (0,) * n
    full = call.p["pooling_convention"] == "full"
    attrs = {"kernel_shape": list(kernel), "strides": list(stride)}
    if kind == "max" and full and call.dynamic:
        call.emit("MaxPool", call.ins[0], pads=[*pad, *pad], ceil_mode=1, **attrs)
        return
    ends = _ends(call, kernel, stride, pad)
    pads = [*pad, *(p + e for p, e in zip(pad, ends))]
    if kind == "max":
        call.emit("MaxPool", call.ins[0], pads=pads, **attrs)
    elif kind == "lp":
        call.emit("LpPool", call.ins[0], pads=pads, p=call.p["p_value"], **attrs)
    else:
        # the padding counts, what lies beyond it does not
        include = kind == "sum" or call.p.get("count_include_pad") is not False
        x = call.ins[0]
        if any(ends) and any(pad) and include and kind == "avg":
            x, pads = call.mid("Pad", x, call.ints(0, 0, *pad, 0, 0, *pad)), [*[0] * n, *ends]
        counts = int(include and (not any(ends) or kind == "sum"))
        if kind == "avg":
            call.emit("AveragePool", x, pads=pads, count_include_pad=counts, **attrs)
        else:
            mean = call.mid("AveragePool", x, pads=pads, count_include_pad=1, **attrs)
            call.emit("Mul", mean, call.const(math.prod(kernel)))


@converts("_contrib_AdaptiveAvgPooling2D")
def _adaptive(call):
    size = tuple(call.p["output_size"] or ()) or (1, 1)
    size = size * 2 if len(size) == 1 else size
    if size == (1, 1):
        call.emit("GlobalAveragePool", call.ins[0])
        return
    height, width = call.fixed()[2:]
    if height % size[0] or width % size[1]:
        raise call.no(f"output_size={size} does not divide {(height, width)}")
    kernel = [height // size[0], width // size[1]]
    call.emit("AveragePool", call.ins[0], kernel_shape=kernel, strides=kernel)


@converts("ROIPooling")
def _roi_pooling(call):
    call.emit("MaxRoiPool", *call.ins, pooled_shape=list(call.p["pooled_size"]), spatial_scale=call.p["spatial_scale"])


@converts("_contrib_ROIAlign")
def _roi_align(call):
    if call.p["position_sensitive"] or call.p["aligned"]:
        raise call.no("position_sensitive or aligned")
    rois = call.ins[1]
    boxes = call.mid("Slice", rois, call.ints(1), call.ints(5), call.ints(1))
    items = call.cast(call.reshaped(call.mid("Slice", rois, call.ints(0), call.ints(1), call.ints(1)), -1), "int64")
    height, width = call.p["pooled_size"]
    call.emit("RoiAlign", call.ins[0], boxes, items, output_height=height, output_width=width, mode="avg",
              spatial_scale=call.p["spatial_scale"], sampling_ratio=max(call.p["sample_ratio"], 0))
