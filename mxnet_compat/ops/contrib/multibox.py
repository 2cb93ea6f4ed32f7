"""Single-shot detection: anchors over a feature map, their training targets, and detections from predictions.

The overlap and the greedy suppression are those of ``boxes.py``; region proposals are in ``proposal.py``.
"""
import numpy as np

from ..declare import ZERO, Array, operator
from ..params import Floats
from .boxes import iou, overlaps, single, suppress, suppress_by_class

_SINGLE = frozenset([np.dtype("float32")])
_VARIANCES = (0.1, 0.1, 0.2, 0.2)


@operator("_contrib_MultiBoxPrior", dtypes=_SINGLE)
def multibox_prior(data: Array, *, sizes: Floats = (1.0,), ratios: Floats = (1.0,), clip: bool = False,
                   steps: Floats = (-1.0, -1.0), offsets: Floats = (0.5, 0.5)):
    """Anchors for every position of a feature map (batch, channels, height, width): corners in units of the image.

    A position has a box of each size at the first ratio, then one of each further ratio at the first size. The result
    has shape (1, height * width * (sizes + ratios - 1), 4).
    """
    if data.ndim < 4:
        raise ValueError(f"data must have four dimensions, got {data.shape}")
    for name, value, count in (("sizes", sizes, 0), ("ratios", ratios, 0), ("steps", steps, 2),
                               ("offsets", offsets, 2)):
        if len(value) != count if count else not value:
            raise ValueError(f"{name} must have {count or 'one or more'} numbers, got {value}")
    height, width = data.shape[2:4]
    if steps[0] * steps[1] <= 0:
        raise ValueError(f"steps must both be given or both be left out, got {steps}")
    step_y, step_x = steps if steps[0] > 0 and steps[1] > 0 else (1 / height, 1 / width)
    f = np.float32
    y = (np.arange(height, dtype=f) + f(offsets[0])) * f(step_y)
    x = (np.arange(width, dtype=f) + f(offsets[1])) * f(step_x)
    size = np.array([*sizes] + [sizes[0]] * (len(ratios) - 1), f)
    ratio = np.sqrt(np.array([ratios[0]] * len(sizes) + [*ratios[1:]], f))
    w, h = size * f(height) / f(width) * ratio / f(2), size / ratio / f(2)
    out = np.empty((height, width, len(size), 4), f)
    out[..., 0], out[..., 2] = x[:, None] - w, x[:, None] + w
    out[..., 1], out[..., 3] = y[:, None, None] - h, y[:, None, None] + h
    if clip:
        np.clip(out, 0, 1, out=out)
    return out.reshape(1, -1, 4)


def _prior_shape(data, *, sizes, ratios, **_):
    return (data,), (None if data is None else (1, data[2] * data[3] * (len(sizes) + len(ratios) - 1), 4),)


multibox_prior.shape_rule = _prior_shape


@operator("_contrib_MultiBoxTarget", output_names=("loc_target", "loc_mask", "cls_target"), dtypes=_SINGLE, outputs=3)
def multibox_target(anchor: Array, label: Array, cls_pred: Array, *, overlap_threshold: float = 0.5,
                    ignore_label: float = -1.0, negative_mining_ratio: float = -1.0,
                    negative_mining_thresh: float = 0.5, minimum_negative_samples: int = 0,
                    variances: Floats = _VARIANCES):
    """What each anchor (1, n, 4) should predict for the boxes ``label`` (batch, m, 5 or more: class, corners).

    Every box takes the free anchor that overlaps it most; further anchors take the box that they overlap by more than
    ``overlap_threshold``. The rest are background, or with mining those to which ``cls_pred`` (batch, classes, n) gives
    the least probability of it, the others ``ignore_label``. Boxes end at the first class of -1. Returns box targets
    and their mask (batch, 4n), and classes (batch, n), where 0 is background. ``minimum_negative_samples`` is ignored,
    as MXNet does on the CPU.
    """
    if anchor.ndim != 3 or anchor.shape[0] != 1 or anchor.shape[2] != 4:
        raise ValueError(f"anchor must have the shape (1, n, 4), got {anchor.shape}")
    if label.ndim != 3 or label.shape[2] < 5:
        raise ValueError(f"label must have the shape (batch, boxes, 5 or more), got {label.shape}")
    batch, n = len(label), anchor.shape[1]
    if cls_pred.ndim != 3 or cls_pred.shape[0] != batch or cls_pred.shape[2] != n:
        raise ValueError(f"cls_pred must have the shape ({batch}, classes, {n}), got {cls_pred.shape}")
    _four(variances)
    loc, mask = np.zeros((batch, n, 4), np.float32), np.zeros((batch, n, 4), np.float32)
    cls = np.full((batch, n), ignore_label, np.float32)
    for b in range(batch):
        truth = _valid(label[b])
        if not len(truth):
            continue
        overlap = iou([c[:, None] for c in anchor[0].T], [c[None] for c in truth[:, 1:5].T])
        match = _matches(overlap, overlap_threshold)
        positive = match >= 0
        if negative_mining_ratio > 0:
            wanted = min(int(negative_mining_ratio * positive.sum()), n - int(positive.sum()))
            cls[b, _hard(cls_pred[b], ~positive & (overlap.max(1) < single(negative_mining_thresh)), wanted)] = 0
        else:
            cls[b] = 0
        cls[b, positive] = truth[match[positive], 0] + 1
        loc[b, positive] = _encoded(anchor[0, positive], truth[match[positive], 1:5], variances)
        mask[b, positive] = 1
    return loc.reshape(batch, -1), mask.reshape(batch, -1), cls


def _valid(label):
    """The boxes before the first row of -1."""
    end = np.flatnonzero(label[:, 0] == -1)
    if not end.size:
        return label
    if (label[end[0], 1:5] != -1).any():
        raise ValueError(f"a box of class -1 ends label and must be -1 throughout, got {label[end[0], :5].tolist()}")
    return label[:end[0]]


def _four(variances):
    if len(variances) != 4:
        raise ValueError(f"variances must have four numbers, got {variances}")


def _matches(overlap, threshold):
    """The box of each anchor, or -1."""
    n, m = overlap.shape
    match, free = np.full(n, -1), overlap.copy()
    for _ in range(min(n, m)):
        i, j = np.unravel_index(np.argmax(free), free.shape)
        if not free[i, j] > 1e-6:
            break
        match[i] = j
        free[i], free[:, j] = -1, -1
    if threshold > 0:
        best = overlap.argmax(1)
        take = (match < 0) & (overlap[np.arange(n), best] > single(threshold))
        match[take] = best[take]
    return match


def _hard(scores, candidates, wanted):
    """The ``wanted`` candidates with the least softmax probability of background, which is row 0 of ``scores``."""
    at = np.flatnonzero(candidates)
    if wanted > at.size:
        raise ValueError(f"negative mining wants {wanted} anchors, only {at.size} overlap by less than "
                         "negative_mining_thresh")
    e = np.exp(scores[:, at] - scores[:, at].max(0))
    return at[np.argsort(e[0] / e.sum(0), kind="stable")[:wanted]]


def _encoded(anchors, boxes, variances):
    aw, ah, w, h = (b[:, k + 2] - b[:, k] for b in (anchors, boxes) for k in (0, 1))
    half = np.float32(0.5)
    ax, ay, x, y = ((b[:, k + 2] + b[:, k]) * half for b in (anchors, boxes) for k in (0, 1))
    t = np.stack([(x - ax) / aw, (y - ay) / ah, np.log(w / aw), np.log(h / ah)], -1)
    return t / np.array(variances, np.float32)


def _target_shape(anchor, label, cls_pred, **_):
    if anchor is None or label is None:
        return (anchor, label, cls_pred), (None,) * 3
    b, n = label[0], anchor[1]
    return (anchor, label, cls_pred), ((b, n * 4), (b, n * 4), (b, n))


multibox_target.shape_rule = _target_shape


@operator("_contrib_MultiBoxDetection", dtypes=_SINGLE)
def multibox_detection(cls_prob: Array, loc_pred: Array, anchor: Array, *, clip: bool = True, threshold: float = 0.01,
                       background_id: int = 0, nms_threshold: float = 0.5, force_suppress: bool = False,
                       variances: Floats = _VARIANCES, nms_topk: int = -1):
    """Detections (batch, n, 6: class, score, corners) from probabilities (batch, classes, n) and predicted offsets.

    ``loc_pred`` has shape (batch, 4n), ``anchor`` (1, n, 4). Class 0 of ``cls_prob`` is background
    (``background_id`` is ignored, as in real MXNet) and the classes of the result count from the one after it.
    Detections are sorted by score; suppressed ones keep their score and corners under class -1, missing ones are rows
    of -1.
    """
    if cls_prob.ndim != 3 or loc_pred.ndim != 2 or anchor.ndim != 3:
        raise ValueError("cls_prob, loc_pred and anchor must have 3, 2 and 3 dimensions, got "
                         f"{cls_prob.shape}, {loc_pred.shape}, {anchor.shape}")
    batch, _, n = cls_prob.shape
    if anchor.shape[1:] != (n, 4) or loc_pred.shape != (batch, n * 4):
        raise ValueError(f"for {n} anchors and a batch of {batch} loc_pred must have the shape ({batch}, {n * 4}) and "
                         f"anchor (1, {n}, 4), got {loc_pred.shape} and {anchor.shape}")
    _four(variances)
    boxes = _decoded(loc_pred.reshape(batch, n, 4), anchor[0], variances, clip)
    out = np.full((batch, n, 6), -1, np.float32)
    for b in range(batch):
        best = cls_prob[b, 1:].argmax(0)
        score = cls_prob[b, 1:].max(0)
        valid = np.flatnonzero(score >= single(threshold))
        found = np.concatenate([best[valid, None], score[valid, None], boxes[b, valid]], 1).astype(np.float32)
        out[b, :len(valid)] = found
        if len(valid) and 0 < nms_threshold <= 1:
            _sorted(out[b], found, nms_threshold, force_suppress, nms_topk)
    return out


def _decoded(offsets, anchors, variances, clip):
    v, half = np.array(variances, np.float32), np.float32(0.5)
    ax, ay = (anchors[:, 0] + anchors[:, 2]) * half, (anchors[:, 1] + anchors[:, 3]) * half
    aw, ah = anchors[:, 2] - anchors[:, 0], anchors[:, 3] - anchors[:, 1]
    x, y = offsets[..., 0] * v[0] * aw + ax, offsets[..., 1] * v[1] * ah + ay
    w, h = np.exp(offsets[..., 2] * v[2]) * aw * half, np.exp(offsets[..., 3] * v[3]) * ah * half
    boxes = np.stack([x - w, y - h, x + w, y + h], -1)
    return np.clip(boxes, 0, 1, out=boxes) if clip else boxes


def _sorted(out, found, threshold, force, topk):
    """Sort and suppress the rows ``found`` into ``out``; rows beyond ``topk`` stay where they were, without a class."""
    keep = min(topk, len(found)) if topk > 0 else len(found)
    out[:keep] = found[np.argsort(-found[:, 1], kind="stable")][:keep]
    out[keep:len(found), 0] = -1
    rows = out[:keep].copy()
    overlap = overlaps(rows[:, 2:].T)

    def beats(i, j):
        return overlap(i, j) >= single(threshold)
    stays = suppress(keep, beats) if force else suppress_by_class(rows[:, 0], beats)
    out[:keep, 0] = -1
    out[stays, 0] = rows[stays, 0]


multibox_detection.shape_rule = lambda cls_prob, loc_pred, anchor, **_: (
    (cls_prob, loc_pred, anchor), (None if cls_prob is None else (cls_prob[0], cls_prob[2], 6),))

for _op in (multibox_prior, multibox_target, multibox_detection):
    _op.gradient(**{i.name: ZERO for i in _op.inputs})
