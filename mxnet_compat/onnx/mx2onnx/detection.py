"""Boxes: decoding of predictions, non-maximum suppression; drawing by probabilities."""
import numpy as np

from ..package import number_of
from .graph import converts

_LEAST = -1e30


def _column(call, x, first, last):
    """Columns of the last dimension of a value."""
    return call.mid("Slice", x, call.ints(first), call.ints(last), call.ints(-1))


@converts("_contrib_box_decode")
def _box_decode(call):
    data, anchors = call.ins
    a, b = _column(call, anchors, 0, 2), _column(call, anchors, 2, 4)
    half = call.const(0.5)
    if call.p["format"] == "corner":
        size = call.mid("Sub", b, a)
        middle = call.mid("Add", a, call.mid("Mul", size, half))
    else:
        middle, size = a, b
    deviations = [np.array([call.p[k], call.p[m]], call.dtypes[0]) for k, m in (("std0", "std1"), ("std2", "std3"))]
    shift = call.mid("Mul", _column(call, data, 0, 2), call.const(deviations[0]))
    growth = call.mid("Mul", _column(call, data, 2, 4), call.const(deviations[1]))
    if call.p["clip"] > 0:
        growth = call.mid("Min", growth, call.const(call.p["clip"]))
    middle = call.mid("Add", call.mid("Mul", shift, size), middle)
    reach = call.mid("Mul", call.mid("Mul", call.mid("Exp", growth), size), half)
    call.emit("Concat", call.mid("Sub", middle, reach), call.mid("Add", middle, reach), axis=-1)


def _candidates(call, data, scores):
    """Scores (batch, rows) with those of rows that are out from the beginning far down."""
    p, least = call.p, call.const(_LEAST)
    scores = call.mid("Where", call.mid("Greater", scores, call.const(p["valid_thresh"])), scores, least)
    if p["id_index"] >= 0:
        kinds = call.reshaped(_column(call, data, p["id_index"], p["id_index"] + 1), 0, -1)
        background = call.mid("Equal", kinds, call.const(p["background_id"]))
        scores = call.mid("Where", background, least, scores)
    if 0 < p["topk"] < call.fixed()[-2]:
        best, _ = call.mid("TopK", scores, call.ints(p["topk"]), outputs=2, axis=1, largest=1, sorted=1)
        last = call.mid("Slice", best, call.ints(-1), call.ints(np.iinfo(np.int64).max), call.ints(1))
        scores = call.mid("Where", call.mid("Less", scores, last), least, scores)
    return scores


def _suppressed(call, data, scores):
    """Which rows (batch, rows) stay."""
    p, (batch, n, _) = call.p, call.fixed()
    boxes = _column(call, data, p["coord_start"], p["coord_start"] + 4)
    if p["id_index"] >= 0 and not p["force_suppress"]:
        # boxes of several classes are moved apart
        kinds = _column(call, data, p["id_index"], p["id_index"] + 1)
        span = call.mid("ReduceMax", call.mid("Abs", boxes), keepdims=1, axes=[1, 2])
        apart = call.mid("Mul", kinds, call.mid("Mul", call.mid("Add", span, call.const(1)), call.const(3)))
        if p["in_format"] == "center":
            apart = call.mid("Mul", apart, call.const(np.array([1, 1, 0, 0], call.dtypes[0])))
        boxes = call.mid("Add", boxes, apart)
    found = call.mid("NonMaxSuppression", boxes, call.unsqueezed(scores, 1), call.ints(n),
                     call.const(np.array([p["overlap_thresh"]], np.float32)), call.const(np.array([_LEAST / 2], np.float32)),
                     center_point_box=int(p["in_format"] == "center"))
    places = call.mid("Gather", found, call.ints(0, 2), axis=1)
    zeros = call.const(np.zeros((batch, n), call.dtypes[0]))
    count = call.mid("Gather", call.mid("Shape", places), call.ints(0))
    ones = call.mid("Expand", call.const(np.ones(1, call.dtypes[0])), count)
    return call.mid("ScatterND", zeros, places, ones)


@converts("_contrib_box_nms")
def _box_nms(call):
    p = call.p
    if p["in_format"] != p["out_format"] or p["topk"] == 0 or call.ndim() != 3:
        raise call.no("formats that differ, topk=0, data of other than three dimensions")
    if call.dtypes[0] != np.float32:
        raise call.no("types other than float32")
    data, width = call.ins[0], call.fixed()[-1]
    scores = call.reshaped(_column(call, data, p["score_index"], p["score_index"] + 1), 0, -1)
    stays = _suppressed(call, data, _candidates(call, data, scores))
    kept = call.mid("Where", call.cast(stays, bool), scores, call.const(_LEAST))
    _, order = call.mid("TopK", kept, call.ints(call.fixed()[1]), outputs=2, axis=1, largest=1, sorted=1)
    columns = call.mid("Tile", call.unsqueezed(order, 2), call.ints(1, 1, width))
    rows = call.mid("GatherElements", data, columns, axis=1)
    first = call.unsqueezed(call.cast(call.mid("GatherElements", stays, order, axis=1), bool), 2)
    call.emit("Where", first, rows, call.const(-1))


@converts("_sample_multinomial")
def _multinomial(call):
    if call.p["get_prob"]:
        raise call.no("get_prob=True")
    logs = call.mid("Log", call.ins[0])
    if call.ndim() == 1:
        logs = call.unsqueezed(logs, 0)
    count = int(np.prod(call.p["shape"] or (1,)))
    drawn = call.mid("Multinomial", logs, sample_size=count, dtype=number_of("int32"))
    call.emit_cast(call.reshaped(drawn, *call.fixed_out()))
