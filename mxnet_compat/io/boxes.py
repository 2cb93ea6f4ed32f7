"""``ImageDetRecordIter``: images of record files with their boxes, which follow crops, pads and mirrors.

A label is a vector: its header's length, the width of a box, the rest of the header, then boxes (class, left, top, right,
bottom in units of the image, …).
"""
import numpy as np

from ..base import MXNetError
from ..ops import image_color
from ..ops.params import Floats, Shape
from .augment import Options, lightness, normalized, resized, shorter_side
from .records import NORMALIZING, RecordIter, parse

__all__ = ["ImageDetRecordIter"]

_TABLE = {"path_imglist": (str, ""), "path_imgrec": (str, "./data/imgrec.rec"), "path_imgidx": (str, ""),
          "label_width": (int, -1), "data_shape": (Shape, None), "preprocess_threads": (int, 4), "num_parts": (int, 1),
          "part_index": (int, 0), "seed_aug": (int | None, None), "shuffle": (bool, False), "seed": (int, 0),
          "batch_size": (int, None), "round_batch": (bool, True), "dtype": (str, "float32"), "data_name": (str, "data"),
          "label_name": (str, "softmax_label"), "label_pad_width": (int, 0), "label_pad_value": (float, -1.0),
          "resize": (int, -1), "resize_mode": (str, "force"), "inter_method": (int, 1), "fill_value": (int, 127),
          "rand_crop_prob": (float, 0.0), "num_crop_sampler": (int, 1), "crop_emit_mode": (str, "center"),
          "emit_overlap_thresh": (float, 0.3), "max_crop_trials": (Shape, (25,)),
          **{f"{end}_crop_{what}": (Floats, (value,)) for end, values in (("min", (0.0, 1.0, 0.0, 0.0, 0.0)),
                                                                          ("max", (1.0, 1.0, 1.0, 1.0, 1.0)))
             for what, value in zip(("scales", "aspect_ratios", "overlaps", "sample_coverages", "object_coverages"), values)},
          "rand_pad_prob": (float, 0.0), "max_pad_scale": (float, 1.0), "rand_mirror_prob": (float, 0.0),
          "max_random_hue": (int, 0), "random_hue_prob": (float, 0.0), "max_random_saturation": (int, 0),
          "random_saturation_prob": (float, 0.0), "max_random_illumination": (int, 0),
          "random_illumination_prob": (float, 0.0), "max_random_contrast": (float, 0.0),
          "random_contrast_prob": (float, 0.0),
          **{k: v for k, v in NORMALIZING.items() if k.startswith(("mean_", "std_")) or k == "scale"}}

def _overlaps(boxes, window):
    """(shared, own) areas of boxes (n, 4) with a window of four corners."""
    w = np.minimum(boxes[:, 2], window[2]) - np.maximum(boxes[:, 0], window[0])
    h = np.minimum(boxes[:, 3], window[3]) - np.maximum(boxes[:, 1], window[1])
    return np.maximum(w, 0) * np.maximum(h, 0), (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _seen(boxes, window, o):
    """The boxes that a window keeps, in its units."""
    x0, y0, x1, y1 = window
    if o.crop_emit_mode == "center":
        x, y = (boxes[:, 1] + boxes[:, 3]) / 2, (boxes[:, 2] + boxes[:, 4]) / 2
        keep = (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
    else:
        shared, own = _overlaps(boxes[:, 1:5], window)
        keep = shared > o.emit_overlap_thresh * own
    out = boxes[keep].copy()
    out[:, (1, 3)] = (out[:, (1, 3)] - x0) / (x1 - x0)
    out[:, (2, 4)] = (out[:, (2, 4)] - y0) / (y1 - y0)
    out[:, 1:5] = np.clip(out[:, 1:5], 0, 1)
    return out


def _sampled(boxes, o, k, rng):
    """A window of the ``k``-th sampler that covers a box as it asks, and the boxes in it; None after all trials."""
    def option(name):
        values = o[name]
        return values[min(k, len(values) - 1)]

    def between(name, values):
        return (option("min_crop_" + name) <= values) & (values <= option("max_crop_" + name))
    for _ in range(option("max_crop_trials")):
        scale = rng.uniform(option("min_crop_scales"), option("max_crop_scales")) + 1e-12
        low = max(option("min_crop_aspect_ratios"), scale * scale)
        high = min(option("max_crop_aspect_ratios"), 1 / (scale * scale))
        ratio = np.sqrt(rng.uniform(low, max(low, high)))
        w, h = min(1.0, scale * ratio), min(1.0, scale / ratio)
        x, y = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
        window = x, y, x + w, y + h
        shared, own = _overlaps(boxes[:, 1:5], window)
        fits = between("overlaps", shared / (own + w * h - shared)) & between("sample_coverages", shared / (w * h)) & between(
            "object_coverages", shared / np.maximum(own, 1e-12))
        if fits.any():
            found = _seen(boxes, window, o)
            if len(found):
                return window, found
    return None


def _cropped(image, boxes, o, rng):
    if rng.random_sample() >= o.rand_crop_prob:
        return image, boxes
    for k in rng.permutation(max(1, o.num_crop_sampler)):
        found = _sampled(boxes, o, k, rng)
        if found is not None:
            (x0, y0, x1, y1), boxes = found
            h, w = image.shape[:2]
            top, left = int(y0 * h), int(x0 * w)
            return image[top:max(top + 1, int(y1 * h)), left:max(left + 1, int(x1 * w))], boxes
    return image, boxes


def _padded(image, boxes, o, rng):
    if o.max_pad_scale <= 1 or rng.random_sample() >= o.rand_pad_prob:
        return image, boxes
    scale = rng.uniform(1, o.max_pad_scale)
    h, w, c = image.shape
    new_h, new_w = int(h * scale), int(w * scale)
    y, x = rng.randint(0, new_h - h + 1), rng.randint(0, new_w - w + 1)
    out = np.full((new_h, new_w, c), o.fill_value, np.uint8)
    out[y:y + h, x:x + w] = image
    boxes = boxes.copy()
    boxes[:, (1, 3)] = (boxes[:, (1, 3)] * w + x) / new_w
    boxes[:, (2, 4)] = (boxes[:, (2, 4)] * h + y) / new_h
    return out, boxes


def _colored(image, o, rng):
    """Hue in half degrees, saturation and illumination of 255, contrast as a factor; each with its probability."""
    if image.shape[2] != 3:
        return image
    shifts = np.zeros(3)
    for k, name in enumerate(("hue", "saturation", "illumination")):
        if rng.random_sample() < o[f"random_{name}_prob"]:
            shifts[k] = rng.uniform(-1, 1) * o[f"max_random_{name}"]
    if shifts.any():
        image = lightness(image, shifts).astype(np.uint8)
    if rng.random_sample() < o.random_contrast_prob:
        image = image_color._brightness(image, 1 + rng.uniform(-1, 1) * o.max_random_contrast)
    return image


def _sized(image, o, rng):
    """The image in the data shape (``force``), or within it (``fit``; ``shrink`` if it is larger)."""
    _, h, w = o.data_shape
    if o.resize_mode == "force":
        return resized(image, w, h, o.inter_method, rng)
    ratio = min(h / image.shape[0], w / image.shape[1])
    if o.resize_mode == "shrink" and ratio >= 1:
        return image
    return resized(image, int(image.shape[1] * ratio), int(image.shape[0] * ratio), o.inter_method, rng)


class _Boxes(RecordIter):
    """Labels are (channels, height, width of the image in the data, length), then the label vector, filled up."""

    def __init__(self, name, o):
        super().__init__(name, o, (1,))
        widest = 0
        for k in range(len(self._records)):
            number, label, _ = self._records.read(k)
            if o.label_width > 0 and label.size != o.label_width:
                raise MXNetError(f"{name}: image {number} has {label.size} labels, label_width is {o.label_width}")
            self._split(number, label)
            widest = max(widest, label.size)
        if 0 < o.label_pad_width < widest:
            raise MXNetError(f"{name}: label_pad_width must be {widest} or more, got {o.label_pad_width}")
        self._width = max(o.label_pad_width, widest) + 4
        self._label = np.broadcast_to(np.zeros((), np.float32), (len(self._records), self._width))
        # contrast and illumination have been changed by then
        self._fixed = Options(o, max_random_contrast=0.0, max_random_illumination=0.0)
        mean = [o.mean_r, o.mean_g, o.mean_b, o.mean_a][:o.data_shape[0]]
        self._mean = np.array(mean, np.float32).reshape(-1, 1, 1) if any(mean) else None

    def _split(self, number, label):
        """(header, boxes (n, width)) of a label vector."""
        if label.size < 7:
            raise MXNetError(f"{self._records.name}: the label of image {number} has no box")
        header, width = int(label[0]), int(label[1])
        if header < 2 or width < 5 or (label.size - header) % width:
            raise MXNetError(f"{self._records.name}: the label of image {number}, of {label.size} numbers, has no boxes of "
                             f"{width} after a header of {header}")
        return label[:header], label[header:].reshape(-1, width)

    def _work(self, number, label, encoded, rng):
        o = self._o
        header, boxes = self._split(number, label)
        image = self._decode(number, encoded)
        if o.resize > 0:
            image = shorter_side(image, o.resize, o.inter_method, rng)
        image = _colored(image, o, rng)
        if rng.random_sample() < o.rand_mirror_prob:
            image, boxes = image[:, ::-1], boxes.copy()
            boxes[:, 1], boxes[:, 3] = 1 - boxes[:, 3], 1 - boxes[:, 1]
        image, boxes = _padded(image, boxes, o, rng)
        image, boxes = _cropped(image, boxes, o, rng)
        image = _sized(np.ascontiguousarray(image), o, rng)
        h, w = image.shape[:2]
        data = np.zeros(o.data_shape, np.float32)
        data[:, :h, :w] = normalized(image, self._fixed, self._mean, rng)
        vector = np.concatenate([header, boxes.ravel()])
        out = np.full(self._width, o.label_pad_value, np.float32)
        out[:4] = o.data_shape[0], h, w, vector.size
        out[4:4 + vector.size] = vector
        return data, out


def ImageDetRecordIter(**kwargs):
    """Batches of images with boxes from a record file: data float32 (batch, channels, height, width), labels (batch, n).

    A label is the image's channels, height and width in the data, the length of its vector, the vector (see above), and
    ``label_pad_value``. Keywords are those of MXNet: reading as ``ImageRecordIter``, ``label_pad_width``, ``resize_mode``
    (force, fit, shrink), random crops (``rand_crop_prob`` and the samplers' lists), pads, mirrors and colors with their
    probabilities, ``mean_r`` …, ``std_r`` …, ``scale``. MXNetError for damaged files, images and labels.
    """
    name = "ImageDetRecordIter"
    o = parse(name, _TABLE, kwargs)
    if o.dtype != "float32":
        raise MXNetError(f"{name}: dtype must be float32, got {o.dtype}")
    for key, values in (("resize_mode", ("force", "fit", "shrink")), ("crop_emit_mode", ("center", "overlap"))):
        if o[key] not in values:
            raise MXNetError(f"{name}: {key} must be one of {values}, got {o[key]!r}")
    o.update({k: 1.0 for k in ("std_r", "std_g", "std_b", "std_a") if o[k] == 0})
    return _Boxes(name, o)


ImageDetRecordIter.__module__ = "mxnet.io.io"
