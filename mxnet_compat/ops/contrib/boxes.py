"""Boxes: overlap, non-maximum suppression, encoding against anchors, matching of rows and columns.

What works on grids of anchors is in ``multibox.py`` and ``proposal.py``; ``suppress`` here serves them too.
"""
from typing import Literal

import numpy as np

from .. import functional as F
from ..declare import FLOAT, ZERO, AnyArray, Array, operator

Format = Literal["corner", "center"]


def single(x):
    """A threshold as MXNet compares with it: in float32, also where the data is float16."""
    return np.full(1, x, np.float32)


def corners(boxes, fmt):
    """The four columns x1, y1, x2, y2 of boxes (…, 4)."""
    a, b, c, d = np.moveaxis(boxes, -1, 0)
    if fmt == "corner":
        return a, b, c, d
    w, h = c / 2, d / 2
    return a - w, b - h, a + w, b + h


def areas(x1, y1, x2, y2, extra=0):
    """Areas, 0 for boxes that are turned inside out; ``extra`` is added to both sides (1 where pixels are counted)."""
    w, h = x2 - x1 + x1.dtype.type(extra), y2 - y1 + x1.dtype.type(extra)
    return np.where((w < 0) | (h < 0), w.dtype.type(0), w * h)


def iou(one, two, extra=0):
    """Intersection over union of two tuples of corner columns, broadcast against each other; 0 where they are apart."""
    t = one[0].dtype.type
    sides = []
    for lo, hi in ((0, 2), (1, 3)):
        side = np.minimum(one[hi], two[hi])
        side -= np.maximum(one[lo], two[lo])
        if extra:
            side += t(extra)
        sides.append(np.maximum(side, t(0), out=side))
    both = np.multiply(*sides, out=sides[0])
    union = np.add(areas(*one, extra), areas(*two, extra), out=sides[1])
    union -= both
    # only where nothing is shared can the union be 0
    np.maximum(union, np.finfo(union.dtype).tiny, out=union)
    return np.divide(both, union, out=both)


def overlaps(box, extra=0):
    """A function of two index arrays that gives the matrix of overlaps between those of ``box``, a tuple of columns."""
    def matrix(rows, columns):
        return iou([c[rows, None] for c in box], [c[None, columns] for c in box], extra)
    return matrix


def suppress(n, beats, limit=None, block=64):
    """Greedy suppression among ``n`` items, best first: the numbers of those that stay, at most ``limit``.

    ``beats(rows, columns)`` is a boolean matrix for two index arrays: whether the one would remove the other. Items are
    taken in blocks, so that overlaps are computed as matrices, and only against those still there.
    """
    left, kept, found = np.arange(n), [], 0
    while left.size and (limit is None or found < limit):
        head, left = left[:block], left[block:]
        inner, stays = np.triu(beats(head, head), 1), np.ones(head.size, bool)
        for k in np.flatnonzero(inner.any(1)):
            if stays[k]:
                stays &= ~inner[k]
        head = head[stays]
        if left.size:
            left = left[~beats(head, left).any(0)]
        kept.append(head)
        found += head.size
    return np.concatenate(kept)[:limit] if kept else left


def suppress_by_class(classes, beats):
    """As ``suppress``, where items remove only those of their class."""
    kept = []
    for value in np.unique(classes):
        of = np.flatnonzero(classes == value)
        kept.append(of[suppress(of.size, lambda i, j, of=of: beats(of[i], of[j]))])
    return np.sort(np.concatenate(kept)) if kept else np.arange(0)


@operator("_contrib_box_iou", dtypes=FLOAT)
def box_iou(lhs: Array, rhs: Array, *, format: Format = "corner"):
    """Overlap of every box of ``lhs`` (…, 4) with every one of ``rhs`` (…, 4): shape of lhs's rows, then of rhs's."""
    for name, a in (("lhs", lhs), ("rhs", rhs)):
        if a.ndim < 2 or a.shape[-1] != 4:
            raise ValueError(f"{name} must have the shape (…, 4), got {a.shape}")
    one = [c.reshape(-1, 1) for c in corners(lhs, format)]
    two = [c.reshape(1, -1) for c in corners(rhs, format)]
    y = np.empty((one[0].size, two[0].size), lhs.dtype)
    # stripes that stay in the cache
    step = max(1, 32768 // max(two[0].size, 1))
    for k in range(0, len(y), step):
        y[k:k + step] = iou([c[k:k + step] for c in one], two)
    return y.reshape(lhs.shape[:-1] + rhs.shape[:-1])


box_iou.gradient(lhs=ZERO, rhs=ZERO)


def _check_columns(width, coord_start, score_index, id_index):
    if not 0 <= coord_start <= width - 4:
        raise ValueError(f"coord_start must leave room for four coordinates in {width} columns, got {coord_start}")
    taken = range(coord_start, coord_start + 4)
    if not 0 <= score_index < width or score_index in taken:
        raise ValueError(f"score_index must be one of {width} columns and no coordinate, got {score_index}")
    if id_index >= 0 and (id_index >= width or id_index in taken or id_index == score_index):
        raise ValueError(f"id_index must be one of {width} columns, no coordinate and not the score, got {id_index}")


@operator("_contrib_box_nms", "_contrib_box_non_maximum_suppression", output_names=("output0", "output1"), dtypes=FLOAT,
          outputs=2, visible=1)
def box_nms(data: Array, *, overlap_thresh: float = 0.5, valid_thresh: float = 0.0, topk: int = -1,
            coord_start: int = 2, score_index: int = 1, id_index: int = -1, background_id: int = -1,
            force_suppress: bool = False, in_format: Format = "corner", out_format: Format = "corner"):
    """Non-maximum suppression of the rows of ``data`` (…, rows, columns), batch by batch.

    Rows with a score above ``valid_thresh`` that are not background are sorted by score, at most ``topk`` go on, and
    each removes the later ones of its class (of any, with ``force_suppress``) that overlap it by more than
    ``overlap_thresh``. The result has what stays first, then rows of -1.
    """
    if data.ndim < 2:
        raise ValueError(f"data must have at least two dimensions, got {data.shape}")
    n, width = data.shape[-2:]
    _check_columns(width, coord_start, score_index, id_index)
    flat = data.reshape(-1, n, width)
    rows = np.full(flat.shape[:2], -1, np.int32)
    if topk == 0:
        # nothing is compared, and real MXNet hands the rows on as they are
        rows[:] = np.arange(n)
        return data.copy(), rows.reshape(data.shape[:-1])
    y = np.full_like(flat, -1)
    for b, batch in enumerate(flat):
        valid = batch[:, score_index] > single(valid_thresh)
        if id_index >= 0:
            valid &= batch[:, id_index] != background_id
        order = np.flatnonzero(valid)
        order = order[np.argsort(-batch[order, score_index], kind="stable")]
        order = order[:topk] if topk > 0 else order
        overlap = overlaps(corners(batch[order, coord_start:coord_start + 4], in_format))

        def beats(i, j, overlap=overlap):
            return overlap(i, j) > single(overlap_thresh)
        if id_index < 0 or force_suppress:
            order = order[suppress(len(order), beats)]
        else:
            order = order[suppress_by_class(batch[order, id_index], beats)]
        rows[b, :len(order)] = order
        y[b, :len(order)] = batch[order]
    if in_format != out_format:
        there = rows >= 0
        y[..., coord_start:coord_start + 4][there] = _converted(y[..., coord_start:coord_start + 4][there], out_format)
    return y.reshape(data.shape), rows.reshape(data.shape[:-1])


def _converted(boxes, out_format):
    if out_format == "corner":
        return np.stack(corners(boxes, "center"), -1)
    a, b, c, d = np.moveaxis(boxes, -1, 0)
    return np.stack([(a + c) / 2, (b + d) / 2, c - a, d - b], -1)


@operator("_backward_contrib_box_nms", dtypes=FLOAT)
def backward_box_nms(data: Array, rows: AnyArray):
    """Rows of ``data`` (…, rows, columns) put where ``rows`` (…, rows) says they came from; the others are 0."""
    width = data.shape[-1]
    out, flat = np.zeros_like(data), data.reshape(-1, width)
    at, there = _places(rows)
    out.reshape(-1, width)[at] = flat[there]
    return out


@operator("_backward_contrib_box_nms_rows", dtypes=FLOAT)
def backward_box_nms_rows(data: Array, rows: AnyArray):
    """The reverse of ``_backward_contrib_box_nms``: the row that each came from, 0 where there is none."""
    width = data.shape[-1]
    out, flat = np.zeros_like(data), data.reshape(-1, width)
    at, there = _places(rows)
    out.reshape(-1, width)[there] = flat[at]
    return out


def _places(rows):
    """Flat row numbers: where each kept row came from, and where it is now."""
    n = rows.shape[-1]
    flat = rows.reshape(-1, n)
    there = np.flatnonzero(flat >= 0)
    return flat.ravel()[there] + there // n * n, there


for _op in (backward_box_nms, backward_box_nms_rows):
    _op.shape_rule = lambda data, rows: ((data, rows), (data,))
box_nms.gradient(data=lambda dy0, y1: F._backward_contrib_box_nms(dy0, y1))
backward_box_nms.gradient(data=lambda dy, rows: F._backward_contrib_box_nms_rows(dy, rows), rows=ZERO)
backward_box_nms_rows.gradient(data=lambda dy, rows: F._backward_contrib_box_nms(dy, rows), rows=ZERO)
