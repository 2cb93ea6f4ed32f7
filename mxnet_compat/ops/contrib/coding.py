"""Boxes as targets of regression: encoding and decoding against anchors, and bipartite matching of scores."""
import numpy as np

from ..declare import FLOAT, ZERO, Array, operator
from .boxes import Format, single


def _centers(boxes, fmt="corner"):
    """The columns x, y, width, height of boxes (…, 4)."""
    a, b, c, d = np.moveaxis(boxes, -1, 0)
    if fmt == "center":
        return a, b, c, d
    w, h = c - a, d - b
    return a + w * w.dtype.type(0.5), b + h * h.dtype.type(0.5), w, h


def _wants(name, a, shape):
    if a.ndim != len(shape) or any(n is not None and n != d for n, d in zip(shape, a.shape)):
        text = ", ".join("…" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have the shape ({text}), got {a.shape}")


@operator("_contrib_box_encode", dtypes=FLOAT, outputs=2)
def box_encode(samples: Array, matches: Array, anchors: Array, refs: Array, means: Array, stds: Array):
    """Regression targets of anchors (batch, n, 4) against the boxes ``refs`` (batch, m, 4) that they match.

    ``samples`` (batch, n) is above 0.5 where an anchor counts, ``matches`` (batch, n) the number of its box. Returns
    the targets, normalised by ``means`` and ``stds`` (4,), and their mask of zeros and ones, both (batch, n, 4).
    """
    _wants("samples", samples, (None, None))
    batch, n = samples.shape
    _wants("matches", matches, (batch, n))
    _wants("anchors", anchors, (batch, n, 4))
    _wants("refs", refs, (batch, None, 4))
    _wants("means", means, (4,))
    _wants("stds", stds, (4,))
    at = np.clip(matches.astype(np.int64), 0, refs.shape[1] - 1)
    x, y, w, h = _centers(np.take_along_axis(refs, at[..., None], 1))
    ax, ay, aw, ah = _centers(anchors)
    with np.errstate(all="ignore"):
        t = np.stack([(x - ax) / aw, (y - ay) / ah, np.log(w / aw), np.log(h / ah)], -1)
        t = (t - means) / stds
    counts = (samples > 0.5)[..., None]
    mask = np.broadcast_to(counts, t.shape).astype(t.dtype)
    return np.where(counts, t, t.dtype.type(0)), mask


@operator("_contrib_box_decode", dtypes=FLOAT)
def box_decode(data: Array, anchors: Array, *, std0: float = 1.0, std1: float = 1.0, std2: float = 1.0,
               std3: float = 1.0, clip: float = -1.0, format: Format = "center"):
    """Corners of the boxes that predictions (batch, n, 4) mean for anchors (1, n, 4); sizes at most ``exp(clip)``."""
    _wants("data", data, (None, None, 4))
    _wants("anchors", anchors, (1, data.shape[1], 4))
    ax, ay, aw, ah = _centers(anchors, format)
    t = data.dtype.type
    dx, dy, dw, dh = (data[..., k] * t(s) for k, s in enumerate((std0, std1, std2, std3)))
    if clip > 0:
        dw, dh = np.minimum(dw, t(clip)), np.minimum(dh, t(clip))
    half = t(0.5)
    x, y = dx * aw + ax, dy * ah + ay
    w, h = np.exp(dw) * aw * half, np.exp(dh) * ah * half
    return np.stack([x - w, y - h, x + w, y + h], -1)


@operator("_contrib_bipartite_matching", dtypes=FLOAT, outputs=2)
def bipartite_matching(data: Array, *, is_ascend: bool = False, threshold: float, topk: int = -1):
    """Greedy matching of rows and columns of scores (…, rows, columns), best first, up to ``topk`` pairs and one more.

    Scores must be above ``threshold`` (below, with ``is_ascend``). Returns the column of each row and the row of each
    column, -1 where there is none.
    """
    if data.ndim < 2:
        raise ValueError(f"data must have at least two dimensions, got {data.shape}")
    r, c = data.shape[-2:]
    flat = data.reshape(-1, r * c)
    to_column, to_row = np.full((len(flat), r), -1, data.dtype), np.full((len(flat), c), -1, data.dtype)
    for scores, columns, rows in zip(flat, to_column, to_row):
        # real MXNet stops after the pair that exceeds topk
        _match(scores, columns, rows, c, is_ascend, threshold, topk + 1 if topk > 0 else min(r, c))
    return to_column.reshape(data.shape[:-1]), to_row.reshape(data.shape[:-2] + (c,))


def _match(scores, columns, rows, c, is_ascend, threshold, limit):
    order = np.argsort(scores if is_ascend else -scores, kind="stable")
    bound = single(threshold)
    good = scores[order] < bound if is_ascend else scores[order] > bound
    for at in order[good].tolist():
        i, j = divmod(at, c)
        if columns[i] < 0 and rows[j] < 0:
            columns[i], rows[j] = j, i
            limit -= 1
            if not limit:
                break


for _op in (box_encode, box_decode, bipartite_matching):
    _op.gradient(**{i.name: ZERO for i in _op.inputs})
