"""Turning, shearing and scaling of uint8 images as OpenCV's ``warpAffine`` does it, bilinear, on plain numpy arrays."""
import math

import numpy as np

__all__ = ["affine", "warp"]

#: OpenCV places pixels in 1/1024, then takes weights from a table in 1/32.
_PLACE, _TABLE = 1024, 32


def warp(image, matrix, width, height, fill):
    """The image (height, width, channels) seen through a matrix (2, 3) that takes its places to those of the result."""
    back = np.linalg.inv(matrix[:, :2])
    shift = -back @ matrix[:, 2]
    x, y = np.arange(width), np.arange(height)[:, None]
    places = []
    for k in (0, 1):
        along = np.rint(back[k, 0] * x * _PLACE).astype(int)
        down = np.rint((back[k, 1] * y + shift[k]) * _PLACE).astype(int)
        places.append((along + down + _PLACE // _TABLE // 2) // (_PLACE // _TABLE))
    (left, fx), (top, fy) = (np.divmod(p[..., None], _TABLE) for p in places)
    h, w, c = image.shape
    framed = np.full((h + 2, w + 2, c), fill, np.int32)
    framed[1:-1, 1:-1] = image

    def at(dy, dx):
        return framed[np.clip(top[..., 0] + 1 + dy, 0, h + 1), np.clip(left[..., 0] + 1 + dx, 0, w + 1)]
    total = at(0, 0) * ((_TABLE - fx) * (_TABLE - fy)) + at(0, 1) * (fx * (_TABLE - fy))
    total += at(1, 0) * ((_TABLE - fx) * fy) + at(1, 1) * (fx * fy)
    return ((total + _TABLE * _TABLE // 2) // (_TABLE * _TABLE)).astype(np.uint8)


def affine(image, angle, shear, scale, ratio, smallest, largest, fill):
    """An image turned by ``angle`` degrees, sheared, scaled, and stretched to the proportions ``ratio``, around its middle.

    The result's sides are ``scale`` times the image's, at least ``smallest`` and at most ``largest``.
    """
    rows, columns = image.shape[:2]
    cos, sin = math.cos(angle / 180 * math.pi), math.sin(angle / 180 * math.pi)
    high = 2 * scale / (1 + ratio)
    wide = ratio * high
    width, height = (max(smallest, min(largest, scale * n)) for n in (columns, rows))
    matrix = np.array([[high * cos - shear * sin * wide, high * sin + shear * cos * wide, 0],
                       [-sin * wide, cos * wide, 0]])
    matrix[:, 2] = (np.array([width, height]) - matrix[:, :2] @ [columns, rows]) / 2
    return warp(image, matrix, int(width), int(height), fill)
