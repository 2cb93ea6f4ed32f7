"""Augmenters of images with boxes: called with an image and its boxes, they return both.

Boxes are rows of a float array: class, left, top, right, bottom in units of the image, and whatever else.
"""
import json
import random
import warnings
from math import sqrt

import numpy as np

from .. import ndarray as nd
from .augment import Augmenter, CastAug, ForceResizeAug, ResizeAug, colors, normalizer, plain
from .functions import copyMakeBorder, fixed_crop

__all__ = ["CreateDetAugmenter", "CreateMultiRandCropAugmenter", "DetAugmenter", "DetBorrowAug", "DetHorizontalFlipAug",
           "DetRandomCropAug", "DetRandomPadAug", "DetRandomSelectAug"]

_NUMBERS = (int, float, np.number)


class DetAugmenter:
    """The base: keeps what it was made with, for ``dumps``."""

    def __init__(self, **kwargs):
        self._kwargs = {k: plain(v) for k, v in kwargs.items()}

    def dumps(self):
        """Name and parameters as JSON."""
        return json.dumps([self.__class__.__name__.lower(), self._kwargs])

    def __call__(self, src, label):
        raise NotImplementedError(f"{type(self).__name__} does not say what to do with an image and its boxes")


class DetBorrowAug(DetAugmenter):
    """An augmenter of images that leaves boxes where they are; TypeError if it is none."""

    def __init__(self, augmenter):
        if not isinstance(augmenter, Augmenter):
            raise TypeError(f"DetBorrowAug: expected an Augmenter, got {type(augmenter).__name__}")
        super().__init__(augmenter=augmenter.dumps())
        self.augmenter = augmenter

    def dumps(self):
        """Name and the dump of the borrowed augmenter, as a list."""
        return [self.__class__.__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src, label):
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """One of several augmenters at random, or with ``skip_prob`` none; ValueError if they are of another kind."""

    def __init__(self, aug_list, skip_prob=0):
        super().__init__(skip_prob=skip_prob)
        aug_list = list(aug_list) if isinstance(aug_list, (list, tuple)) else [aug_list]
        for aug in aug_list:
            if not isinstance(aug, DetAugmenter):
                raise ValueError(f"DetRandomSelectAug: expected DetAugmenters, got {type(aug).__name__}")
        self.aug_list, self.skip_prob = aug_list, skip_prob if aug_list else 1

    def dumps(self):
        """Name and the dumps of the parts, as a list."""
        return [self.__class__.__name__.lower(), [a.dumps() for a in self.aug_list]]

    def __call__(self, src, label):
        if random.random() < self.skip_prob:
            return src, label
        random.shuffle(self.aug_list)
        return self.aug_list[0](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Mirrors with probability ``p``; the boxes in place."""

    def __init__(self, p):
        super().__init__(p=p)
        self.p = p

    def __call__(self, src, label):
        if random.random() < self.p:
            src = nd.flip(src, axis=1)
            self._flip_label(label)
        return src, label

    def _flip_label(self, label):
        label[:, 1], label[:, 3] = 1.0 - label[:, 3], 1.0 - label[:, 1]


def _areas(boxes):
    """Areas of boxes (n, 4 or more), 0 where they are turned inside out."""
    return np.maximum(0, boxes[:, 3] - boxes[:, 1]) * np.maximum(0, boxes[:, 2] - boxes[:, 0])


def _range(name, value):
    assert isinstance(value, (tuple, *_NUMBERS)), f"{name} must be a number or a pair of numbers, got {value!r}"
    return value if isinstance(value, tuple) else (float(value), float(value))


class _RandomWindow(DetAugmenter):
    """What crops and pads share: a window of random area and proportions."""

    def _enable(self, aspect_ratio_range, area_range, areas_are_fit):
        self.aspect_ratio_range = _range("aspect_ratio_range", aspect_ratio_range)
        self.area_range = _range("area_range", area_range)
        self._kwargs.update(aspect_ratio_range=self.aspect_ratio_range, area_range=self.area_range)
        self.enabled = False
        if not areas_are_fit(*self.area_range):
            warnings.warn(f"{type(self).__name__} does nothing with area_range {area_range}", stacklevel=3)
        elif not 0 < self.aspect_ratio_range[0] <= self.aspect_ratio_range[1]:
            warnings.warn(f"{type(self).__name__} does nothing with aspect_ratio_range {aspect_ratio_range}", stacklevel=3)
        else:
            self.enabled = True


class DetRandomCropAug(_RandomWindow):
    """A random part in which every box that it touches is covered by more than ``min_object_covered``.

    Boxes that keep at most ``min_eject_coverage`` of their area are left out; after ``max_attempts`` failures nothing
    happens. Ranges may be one number.
    """

    def __init__(self, min_object_covered=0.1, aspect_ratio_range=(0.75, 1.33), area_range=(0.05, 1.0),
                 min_eject_coverage=0.3, max_attempts=50):
        super().__init__(min_object_covered=min_object_covered, aspect_ratio_range=aspect_ratio_range,
                         area_range=area_range, min_eject_coverage=min_eject_coverage, max_attempts=max_attempts)
        self.min_object_covered, self.min_eject_coverage = min_object_covered, min_eject_coverage
        self.max_attempts = max_attempts
        self._enable(aspect_ratio_range, area_range, lambda low, high: 0 < high and low <= high)

    def __call__(self, src, label):
        crop = self._random_crop_proposal(label, src.shape[0], src.shape[1])
        if crop:
            *window, label = crop
            src = fixed_crop(src, *window)
        return src, label

    def _calculate_areas(self, label):
        return _areas(label)

    def _intersect(self, label, xmin, ymin, xmax, ymax):
        """The parts of boxes (n, 4) within a window; boxes outside are 0."""
        left, right = np.maximum(label[:, 0], xmin), np.minimum(label[:, 2], xmax)
        top, bottom = np.maximum(label[:, 1], ymin), np.minimum(label[:, 3], ymax)
        parts = np.stack([left, top, right, bottom], 1)
        parts[(left >= right) | (top >= bottom)] = 0
        return parts

    def _check_satisfy_constraints(self, label, xmin, ymin, xmax, ymax, width, height):
        """Whether the window, in pixels, covers enough of each box that it touches, and touches one."""
        if (xmax - xmin) * (ymax - ymin) < 2:
            return False
        areas = _areas(label[:, 1:])
        visible = areas * width * height > 2
        if not visible.any():
            return False
        parts = self._intersect(label[visible, 1:], xmin / width, ymin / height, xmax / width, ymax / height)
        covered = _areas(parts) / areas[visible]
        covered = covered[covered > 0]
        return covered.size > 0 and covered.min() > self.min_object_covered

    def _update_labels(self, label, crop_box, height, width):
        """The boxes as the window (x, y, width, height) sees them, without those that it ejects; None if none is left."""
        x, y, w, h = crop_box[0] / width, crop_box[1] / height, crop_box[2] / width, crop_box[3] / height
        out = label.copy()
        out[:, (1, 3)] = (out[:, (1, 3)] - x) / w
        out[:, (2, 4)] = (out[:, (2, 4)] - y) / h
        out[:, 1:5] = np.clip(out[:, 1:5], 0, 1)
        with np.errstate(all="ignore"):
            kept = _areas(out[:, 1:]) * w * h / _areas(label[:, 1:])
        good = (out[:, 3] > out[:, 1]) & (out[:, 4] > out[:, 2]) & (kept > self.min_eject_coverage)
        return out[good] if good.any() else None

    def _random_crop_proposal(self, label, height, width):
        """(x, y, width, height, boxes) of a window that will do, or ()."""
        if not self.enabled or height <= 0 or width <= 0:
            return ()
        low, high = (a * height * width for a in self.area_range)
        for _ in range(self.max_attempts):
            ratio = random.uniform(*self.aspect_ratio_range)
            most = int(round(sqrt(high / ratio)))
            if round(most * ratio) > width:
                most = int((width + 0.4999999) / ratio)
            most = min(most, height)
            h = min(int(round(sqrt(low / ratio))), most)
            if h < most:
                h = random.randint(h, most)
            w = int(round(h * ratio))
            # rounding may have left the range of areas
            if w * h < low:
                h += 1
            elif w * h > high:
                h -= 1
            w = int(round(h * ratio))
            if not (low <= w * h <= high and 0 <= h <= height and 0 <= w <= width):
                continue
            y, x = random.randint(0, max(0, height - h)), random.randint(0, max(0, width - w))
            if self._check_satisfy_constraints(label, x, y, x + w, y + h, width, height):
                boxes = self._update_labels(label, (x, y, w, h), height, width)
                if boxes is not None:
                    return x, y, w, h, boxes
        return ()


class DetRandomPadAug(_RandomWindow):
    """Puts the image at a random place of a larger one that is filled with ``pad_val``."""

    def __init__(self, aspect_ratio_range=(0.75, 1.33), area_range=(1.0, 3.0), max_attempts=50, pad_val=(128, 128, 128)):
        super().__init__(aspect_ratio_range=aspect_ratio_range, area_range=area_range, max_attempts=max_attempts,
                         pad_val=pad_val)
        assert isinstance(pad_val, (list, tuple, *_NUMBERS)), f"pad_val must be numbers, got {pad_val!r}"
        self.pad_val, self.max_attempts = pad_val, max_attempts
        self._enable(aspect_ratio_range, area_range, lambda low, high: high > 1 and low <= high)

    def __call__(self, src, label):
        height, width = src.shape[:2]
        pad = self._random_pad_proposal(label, height, width)
        if pad:
            x, y, w, h, label = pad
            values = self.pad_val if isinstance(self.pad_val, (list, tuple)) else (self.pad_val,)
            src = copyMakeBorder(src, y, h - y - height, x, w - x - width, type=0,
                                 values=tuple(values) if len(values) > 1 else tuple(values) * src.shape[2])
        return src, label

    def _update_labels(self, label, pad_box, height, width):
        """The boxes in units of the larger image, which starts ``pad_box`` (x, y, width, height) around the image."""
        out = label.copy()
        out[:, (1, 3)] = (out[:, (1, 3)] * width + pad_box[0]) / pad_box[2]
        out[:, (2, 4)] = (out[:, (2, 4)] * height + pad_box[1]) / pad_box[3]
        return out

    def _random_pad_proposal(self, label, height, width):
        """(x, y, width, height, boxes) of a larger image, or ()."""
        if not self.enabled or height <= 0 or width <= 0:
            return ()
        low, high = (a * height * width for a in self.area_range)
        for _ in range(self.max_attempts):
            ratio = random.uniform(*self.aspect_ratio_range)
            h, most = int(round(sqrt(low / ratio))), int(round(sqrt(high / ratio)))
            if round(h * ratio) < width:
                h = int((width + 0.499999) / ratio)
            h = min(max(h, height), most)
            if h < most:
                h = random.randint(h, most)
            w = int(round(h * ratio))
            if h - height < 2 or w - width < 2:
                continue
            y, x = random.randint(0, max(0, h - height)), random.randint(0, max(0, w - width))
            return x, y, w, h, self._update_labels(label, (x, y, w, h), height, width)
        return ()


def CreateMultiRandCropAugmenter(min_object_covered=0.1, aspect_ratio_range=(0.75, 1.33), area_range=(0.05, 1.0),
                                 min_eject_coverage=0.3, max_attempts=50, skip_prob=0):
    """One of several ``DetRandomCropAug`` at random: parameters may be lists, of one length or of one element."""
    params = [p if isinstance(p, list) else [p]
              for p in (min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts)]
    count = max(map(len, params))
    assert all(len(p) in (1, count) for p in params), f"lists must have one element or {count}"
    crops = [DetRandomCropAug(*values) for values in zip(*[p * count if len(p) == 1 else p for p in params])]
    return DetRandomSelectAug(crops, skip_prob=skip_prob)


def CreateDetAugmenter(data_shape, resize=0, rand_crop=0, rand_pad=0, rand_gray=0, rand_mirror=False, mean=None,
                       std=None, brightness=0, contrast=0, saturation=0, pca_noise=0, hue=0, inter_method=2,
                       min_object_covered=0.1, aspect_ratio_range=(0.75, 1.33), area_range=(0.05, 3.0),
                       min_eject_coverage=0.3, max_attempts=50, pad_val=(127, 127, 127)):
    """The usual list of augmenters for images of ``data_shape`` (channels, height, width) with boxes.

    ``rand_crop`` and ``rand_pad`` are probabilities. Shorter side, crop, mirror, pad, size, cast to float32, colors,
    normalisation; what has no amount is left out.
    """
    augs = [DetBorrowAug(ResizeAug(resize, inter_method))] if resize > 0 else []
    if rand_crop > 0:
        augs.append(CreateMultiRandCropAugmenter(min_object_covered, aspect_ratio_range, area_range, min_eject_coverage,
                                                 max_attempts, skip_prob=1 - rand_crop))
    augs += [DetHorizontalFlipAug(0.5)] if rand_mirror else []
    if rand_pad > 0:
        pad = DetRandomPadAug(aspect_ratio_range, (1.0, area_range[1]), max_attempts, pad_val)
        augs.append(DetRandomSelectAug([pad], 1 - rand_pad))
    rest = [ForceResizeAug((data_shape[2], data_shape[1]), inter_method), CastAug()]
    rest += colors(brightness, contrast, saturation, hue, pca_noise, rand_gray) + normalizer(mean, std)
    return augs + [DetBorrowAug(a) for a in rest]
