"""``gluon.data.vision.transforms``: changes of images as blocks. Images are (height, width, channels), one or a batch.

What is computed is in the operators ``mx.nd.image`` and in ``mx.image``.
"""
import itertools
import random

import numpy as np

from .... import image
from ....base import numeric_types
from ...block import Block, HybridBlock
from ...nn import HybridSequential, Sequential

__all__ = ["Cast", "CenterCrop", "Compose", "CropResize", "Normalize", "RandomApply", "RandomBrightness",
           "RandomColorJitter", "RandomContrast", "RandomFlipLeftRight", "RandomFlipTopBottom", "RandomHue",
           "RandomLighting", "RandomResizedCrop", "RandomRotation", "RandomSaturation", "Resize", "Rotate", "ToTensor"]


class Compose(Sequential):
    """Several transforms, one after the other; neighbours that are HybridBlocks are hybridized together."""

    def __init__(self, transforms):
        super().__init__()
        for hybrid, group in itertools.groupby(transforms, lambda t: isinstance(t, HybridBlock)):
            group = list(group)
            if hybrid and len(group) > 1:
                block = HybridSequential()
                block.add(*group)
                block.hybridize()
                group = [block]
            self.add(*group)


class Cast(HybridBlock):
    """The image in another type."""

    def __init__(self, dtype="float32"):
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F, x):
        return F.cast(x, self._dtype)


class RandomApply(Sequential):
    """With probability ``p`` what ``transforms``, a block or a list of them, makes of the image, else the image."""

    def __init__(self, transforms, p=0.5):
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, x):
        if self.p < random.random():
            return x
        for transform in self.transforms if isinstance(self.transforms, (list, tuple)) else [self.transforms]:
            x = transform(x)
        return x


class ToTensor(HybridBlock):
    """float32 from 0 to 1, of shape (channels, height, width), of an image with values from 0 to 255."""

    def __init__(self):
        super().__init__()

    def hybrid_forward(self, F, x):
        return F.image.to_tensor(x)


class Normalize(HybridBlock):
    """``(x - mean) / std`` of a float image of shape (channels, height, width); both a number or one for each channel."""

    def __init__(self, mean=0.0, std=1.0):
        super().__init__()
        self._mean = mean
        self._std = std

    def hybrid_forward(self, F, x):
        return F.image.normalize(x, self._mean, self._std)


class Rotate(Block):
    """A float32 image of shape (channels, height, width) turned by ``rotation_degrees``, counter-clockwise.

    Corners stay empty, unless ``zoom_in`` enlarges until none is seen, or ``zoom_out`` shrinks until all is seen.
    TypeError for another type.
    """

    def __init__(self, rotation_degrees, zoom_in=False, zoom_out=False):
        super().__init__()
        self._args = (rotation_degrees, zoom_in, zoom_out)

    def forward(self, x):
        _check_float(self, x)
        return image.imrotate(x, *self._args)


class RandomRotation(Block):
    """As ``Rotate``, by a random angle within ``angle_limits``, with probability ``rotate_with_proba``.

    ValueError for limits out of order and for a probability beyond 0 and 1.
    """

    def __init__(self, angle_limits, zoom_in=False, zoom_out=False, rotate_with_proba=1.0):
        super().__init__()
        low, high = angle_limits
        if low >= high:
            raise ValueError(f"RandomRotation: angle_limits must be in order, got {angle_limits}")
        if not 0 <= rotate_with_proba <= 1:
            raise ValueError(f"RandomRotation: rotate_with_proba must be between 0 and 1, got {rotate_with_proba}")
        self._args = (angle_limits, zoom_in, zoom_out)
        self._rotate_with_proba = rotate_with_proba

    def forward(self, x):
        if np.random.random() > self._rotate_with_proba:
            return x
        _check_float(self, x)
        return image.random_rotate(x, *self._args)


def _check_float(block, x):
    if np.dtype(x.dtype) != np.float32:
        raise TypeError(f"{type(block).__name__} takes float32 images, got {np.dtype(x.dtype)}; put it after ToTensor")


def _pair(size):
    return (size, size) if isinstance(size, numeric_types) else size


class RandomResizedCrop(Block):
    """A random part of the image, resized to ``size`` (a number or (width, height)).

    The part has a share ``scale`` of the image's area and a ``ratio`` of width to height, both ranges.
    """

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3.0 / 4.0, 4.0 / 3.0), interpolation=1):
        super().__init__()
        self._args = (_pair(size), scale, ratio, interpolation)

    def forward(self, x):
        return image.random_size_crop(x, *self._args)[0]


class CropResize(HybridBlock):
    """The part of ``width`` and ``height`` whose upper left corner is (x, y), resized to ``size`` if that is given."""

    def __init__(self, x, y, width, height, size=None, interpolation=None):
        super().__init__()
        self._x = x
        self._y = y
        self._width = width
        self._height = height
        self._size = size
        self._interpolation = interpolation

    def hybrid_forward(self, F, x):
        out = F.image.crop(x, self._x, self._y, self._width, self._height)
        return F.image.resize(out, self._size, False, self._interpolation) if self._size else out


class CenterCrop(Block):
    """The middle of the image, of ``size`` (a number or (width, height)); a smaller image is enlarged first."""

    def __init__(self, size, interpolation=1):
        super().__init__()
        self._args = (_pair(size), interpolation)

    def forward(self, x):
        return image.center_crop(x, *self._args)[0]


class Resize(HybridBlock):
    """The image at ``size``, (width, height); for one number a square, or with ``keep_ratio`` the shorter edge."""

    def __init__(self, size, keep_ratio=False, interpolation=1):
        super().__init__()
        self._keep = keep_ratio
        self._size = size
        self._interpolation = interpolation

    def hybrid_forward(self, F, x):
        return F.image.resize(x, self._size, self._keep, self._interpolation)


class RandomFlipLeftRight(HybridBlock):
    """The image or, with probability one half, its mirror image."""

    def __init__(self):
        super().__init__()

    def hybrid_forward(self, F, x):
        return F.image.random_flip_left_right(x)


class RandomFlipTopBottom(HybridBlock):
    """The image or, with probability one half, the image upside down."""

    def __init__(self):
        super().__init__()

    def hybrid_forward(self, F, x):
        return F.image.random_flip_top_bottom(x)


class _Jitter(HybridBlock):
    """A random factor between ``1 - amount`` (at least 0) and ``1 + amount``."""

    _operator = None

    def __init__(self, amount):
        super().__init__()
        self._args = (max(0, 1 - amount), 1 + amount)

    def hybrid_forward(self, F, x):
        return getattr(F.image, self._operator)(x, *self._args)


class RandomBrightness(_Jitter):
    """Brightness times a random factor within ``brightness`` of 1."""

    _operator = "random_brightness"

    def __init__(self, brightness):
        super().__init__(brightness)


class RandomContrast(_Jitter):
    """Contrast times a random factor within ``contrast`` of 1."""

    _operator = "random_contrast"

    def __init__(self, contrast):
        super().__init__(contrast)


class RandomSaturation(_Jitter):
    """Saturation times a random factor within ``saturation`` of 1."""

    _operator = "random_saturation"

    def __init__(self, saturation):
        super().__init__(saturation)


class RandomHue(_Jitter):
    """Hue changed by a random factor within ``hue`` of 1."""

    _operator = "random_hue"

    def __init__(self, hue):
        super().__init__(hue)


class RandomColorJitter(HybridBlock):
    """Brightness, contrast, saturation and hue changed at random, in random order, by factors within these of 1."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        self._args = (brightness, contrast, saturation, hue)

    def hybrid_forward(self, F, x):
        return F.image.random_color_jitter(x, *self._args)


class RandomLighting(HybridBlock):
    """Noise along the principal components of ImageNet's colours, of standard deviation ``alpha``."""

    def __init__(self, alpha):
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F, x):
        return F.image.random_lighting(x, self._alpha)


for _name in __all__:
    globals()[_name].__module__ = "mxnet.gluon.data.vision.transforms"
