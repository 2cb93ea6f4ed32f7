"""Region proposals: anchors moved by predictions, the best of them after suppression, for one image or a batch."""
import numpy as np

from ..declare import ZERO, Array, operator
from ..params import Floats
from .boxes import overlaps, single, suppress

_SINGLE = frozenset([np.dtype("float32")])


def _base_anchors(stride, scales, ratios):
    """The anchors of the first position, ratio by ratio, in pixels with both ends counted."""
    center = 0.5 * (stride - 1)
    out = []
    for ratio in ratios:
        side = np.floor(np.sqrt(np.floor(stride * stride / ratio)) + 0.5)
        for scale in scales:
            w, h = side * scale, np.floor(side * ratio + 0.5) * scale
            out.append([center - 0.5 * (w - 1), center - 0.5 * (h - 1), center + 0.5 * (w - 1), center + 0.5 * (h - 1)])
    return np.array(out, np.float32)


def _moved(anchors, d, limits, iou_loss):
    """Anchors (n, 4) moved by predictions ``d`` (n, 4) and cut to the image; with ``iou_loss`` ``d`` are corners."""
    if iou_loss:
        boxes = anchors + d
    else:
        one, half = np.float32(1), np.float32(0.5)
        w, h = anchors[:, 2] - anchors[:, 0] + one, anchors[:, 3] - anchors[:, 1] + one
        x = d[:, 0] * w + (anchors[:, 0] + half * (w - one))
        y = d[:, 1] * h + (anchors[:, 1] + half * (h - one))
        pw, ph = (np.exp(d[:, 2]) * w - one) * half, (np.exp(d[:, 3]) * h - one) * half
        boxes = np.stack([x - pw, y - ph, x + pw, y + ph], 1)
    return np.clip(boxes, 0, limits)


def _propose(scores, d, anchors, info, grid, params):
    """The proposals (post_nms, 4) of one image and their scores (post_nms,)."""
    pre_nms, post_nms, threshold, min_size, stride, iou_loss = params
    height, width, scale = info
    boxes = _moved(anchors, d, np.array([width - 1, height - 1] * 2, np.float32), iou_loss)
    # positions beyond the image (it may be padded in the batch) and small boxes get the lowest score
    rows, columns = int(height / stride), int(width / stride)
    if rows > grid[0][-1] + 1 or columns > grid[1][-1] + 1:
        raise ValueError(f"an image of {height} by {width} has {rows} by {columns} positions of feature_stride "
                         f"{stride}, cls_prob has only {grid[0][-1] + 1} by {grid[1][-1] + 1}")
    outside = (grid[0] >= rows) | (grid[1] >= columns)
    scores = np.where(outside, np.float32(-1), scores)
    least = np.float32(min_size) * np.float32(scale)
    small = (boxes[:, 2] - boxes[:, 0] + 1 < least) | (boxes[:, 3] - boxes[:, 1] + 1 < least)
    boxes[small] += np.array([-1, -1, 1, 1], np.float32) * (least / 2)
    scores = np.where(small, np.float32(-1), scores)
    count = min(pre_nms, len(scores)) if pre_nms > 0 else len(scores)
    order = np.argsort(-scores, kind="stable")[:count]
    overlap = overlaps(boxes[order].T, 1)
    order = order[suppress(count, lambda i, j: overlap(i, j) > single(threshold), min(post_nms, count))]
    order = order[np.arange(post_nms) % len(order)]
    return boxes[order], scores[order]


def _check(cls_prob, bbox_pred, im_info, anchors):
    if cls_prob.ndim != 4 or cls_prob.shape[1] != 2 * anchors:
        raise ValueError(f"cls_prob must have the shape (batch, {2 * anchors}, height, width), got {cls_prob.shape}")
    b, _, h, w = cls_prob.shape
    if bbox_pred.shape != (b, 4 * anchors, h, w) or im_info.shape != (b, 3):
        raise ValueError(f"bbox_pred must have the shape {(b, 4 * anchors, h, w)} and im_info {(b, 3)}, got "
                         f"{bbox_pred.shape} and {im_info.shape}")


def _all(cls_prob, bbox_pred, im_info, pre_nms, post_nms, threshold, min_size, scales, ratios, stride, iou_loss):
    base = _base_anchors(stride, scales, ratios)
    _check(cls_prob, bbox_pred, im_info, len(base))
    batch, _, h, w = cls_prob.shape
    y, x = (a.ravel() for a in np.mgrid[:h, :w])
    shift = np.stack([x, y, x, y], 1).astype(np.float32) * np.float32(stride)
    anchors = (shift[:, None] + base).reshape(-1, 4)
    grid = np.repeat(y, len(base)), np.repeat(x, len(base))
    rois, scores = np.empty((batch, post_nms, 5), np.float32), np.empty((batch, post_nms), np.float32)
    params = pre_nms, post_nms, threshold, min_size, stride, iou_loss
    for b in range(batch):
        s = cls_prob[b, len(base):].transpose(1, 2, 0).ravel()
        d = bbox_pred[b].reshape(-1, 4, h, w).transpose(2, 3, 0, 1).reshape(-1, 4)
        rois[b, :, 0] = b
        rois[b, :, 1:], scores[b] = _propose(s, d, anchors, im_info[b], grid, params)
    return rois.reshape(-1, 5), scores.reshape(-1, 1)


_OPTIONS = {"output_names": ("output", "score"), "dtypes": _SINGLE, "outputs": 2,
            "visible": lambda p: 2 if p["output_score"] else 1}
_SCALES, _RATIOS = (4.0, 8.0, 16.0, 32.0), (0.5, 1.0, 2.0)


@operator("_contrib_Proposal", **_OPTIONS)
def proposal(cls_prob: Array, bbox_pred: Array, im_info: Array, *, rpn_pre_nms_top_n: int = 6000,
             rpn_post_nms_top_n: int = 300, threshold: float = 0.7, rpn_min_size: int = 16, scales: Floats = _SCALES,
             ratios: Floats = _RATIOS, feature_stride: int = 16, output_score: bool = False, iou_loss: bool = False):
    """Regions of interest (rpn_post_nms_top_n, 5: 0, corners in pixels) of one image, and their scores if asked.

    ``cls_prob`` has shape (1, 2 * anchors, height, width), background first, ``bbox_pred`` (1, 4 * anchors, height,
    width), ``im_info`` (1, 3: height, width, scale). Where suppression leaves too few, they are repeated in turn.
    """
    if len(cls_prob) != 1:
        raise ValueError(f"cls_prob must be of one image, got {cls_prob.shape}; MultiProposal takes several")
    return _all(cls_prob, bbox_pred, im_info, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold, rpn_min_size, scales,
                ratios, feature_stride, iou_loss)


@operator("_contrib_MultiProposal", **_OPTIONS)
def multi_proposal(cls_prob: Array, bbox_pred: Array, im_info: Array, *, rpn_pre_nms_top_n: int = 6000,
                   rpn_post_nms_top_n: int = 300, threshold: float = 0.7, rpn_min_size: int = 16,
                   scales: Floats = _SCALES, ratios: Floats = _RATIOS, feature_stride: int = 16,
                   output_score: bool = False, iou_loss: bool = False):
    """As ``Proposal`` for a batch: (batch * rpn_post_nms_top_n, 5), where the first column is the image's number."""
    return _all(cls_prob, bbox_pred, im_info, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold, rpn_min_size, scales,
                ratios, feature_stride, iou_loss)


def _shape(cls_prob, bbox_pred, im_info, *, rpn_post_nms_top_n, **_):
    if cls_prob is None:
        return (cls_prob, bbox_pred, im_info), (None, None)
    b, c, h, w = cls_prob
    n = b * rpn_post_nms_top_n
    return (cls_prob, (b, c * 2, h, w), (b, 3)), ((n, 5), (n, 1))


for _op in (proposal, multi_proposal):
    _op.shape_rule = _shape
    _op.gradient(**{i.name: ZERO for i in _op.inputs})
