"""Augmenters: changes of images as callable objects, which say by ``dumps`` what they are. Boxes are in ``boxes.py``."""
import json
import random

import numpy as np

from .. import ndarray as nd
from .functions import _get_interp_method, center_crop, color_normalize, imresize, random_crop, random_size_crop, resize_short

__all__ = ["Augmenter", "BrightnessJitterAug", "CastAug", "CenterCropAug", "ColorJitterAug", "ColorNormalizeAug",
           "ContrastJitterAug", "CreateAugmenter", "ForceResizeAug", "HorizontalFlipAug", "HueJitterAug", "LightingAug",
           "RandomCropAug", "RandomGrayAug", "RandomOrderAug", "RandomSizedCropAug", "ResizeAug", "SaturationJitterAug",
           "SequentialAug"]


def plain(value):
    """A parameter as JSON takes it: arrays become lists."""
    if isinstance(value, nd.NDArray):
        value = value.asnumpy()
    return value.tolist() if isinstance(value, np.ndarray) else value


class Augmenter:
    """The base: keeps what it was made with, for ``dumps``."""

    def __init__(self, **kwargs):
        self._kwargs = {k: plain(v) for k, v in kwargs.items()}

    def dumps(self):
        """Name and parameters as JSON."""
        return json.dumps([self.__class__.__name__.lower(), self._kwargs])

    def __call__(self, src):
        raise NotImplementedError(f"{type(self).__name__} does not say what to do with an image")


class SequentialAug(Augmenter):
    """Augmenters one after the other."""

    def __init__(self, ts):
        super().__init__()
        self.ts = ts

    def dumps(self):
        """Name and the dumps of the parts, as a list."""
        return [self.__class__.__name__.lower(), [t.dumps() for t in self.ts]]

    def __call__(self, src):
        for t in self.ts:
            src = t(src)
        return src


class RandomOrderAug(SequentialAug):
    """Augmenters in random order; the order stays in ``ts``."""

    def __call__(self, src):
        random.shuffle(self.ts)
        return super().__call__(src)


class ResizeAug(Augmenter):
    """Resizes the shorter side to ``size``."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src):
        return resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """Resizes to ``size`` (width, height), whatever the proportions."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src):
        sizes = (src.shape[0], src.shape[1], self.size[1], self.size[0])
        return imresize(src, *self.size, interp=_get_interp_method(self.interp, sizes))


class RandomCropAug(Augmenter):
    """``random_crop``."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src):
        return random_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """``random_size_crop``; ``min_area`` is an old name of ``area``."""

    def __init__(self, size, area, ratio, interp=2, **kwargs):
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size, self.area, self.ratio, self.interp = size, kwargs.pop("min_area", area), ratio, interp
        assert not kwargs, f"RandomSizedCropAug has no argument {', '.join(kwargs)}"

    def __call__(self, src):
        return random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class CenterCropAug(Augmenter):
    """``center_crop``."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src):
        return center_crop(src, self.size, self.interp)[0]


class BrightnessJitterAug(Augmenter):
    """Multiplies by a factor within ``brightness`` of 1, in place."""

    def __init__(self, brightness):
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src):
        src *= 1.0 + random.uniform(-self.brightness, self.brightness)
        return src


def _grey():
    return nd.array([[[0.299, 0.587, 0.114]]])


class ContrastJitterAug(Augmenter):
    """Blends with the mean grey value, by a factor within ``contrast`` of 1, in place."""

    def __init__(self, contrast):
        super().__init__(contrast=contrast)
        self.contrast, self.coef = contrast, _grey()

    def __call__(self, src):
        alpha = 1.0 + random.uniform(-self.contrast, self.contrast)
        grey = src * self.coef
        mean = nd.sum(grey) * (3.0 * (1.0 - alpha) / grey.size)
        src *= alpha
        src += mean
        return src


class SaturationJitterAug(Augmenter):
    """Blends with the grey values, by a factor within ``saturation`` of 1, in place."""

    def __init__(self, saturation):
        super().__init__(saturation=saturation)
        self.saturation, self.coef = saturation, _grey()

    def __call__(self, src):
        alpha = 1.0 + random.uniform(-self.saturation, self.saturation)
        grey = nd.sum(src * self.coef, axis=2, keepdims=True) * (1.0 - alpha)
        src *= alpha
        src += grey
        return src


class HueJitterAug(Augmenter):
    """Turns the plane of colors in YIQ by an angle within ``hue`` of a half circle."""

    def __init__(self, hue):
        super().__init__(hue=hue)
        self.hue = hue
        self.tyiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
        self.ityiq = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])

    def __call__(self, src):
        angle = random.uniform(-self.hue, self.hue) * np.pi
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
        return nd.dot(src, nd.array((self.ityiq @ turn @ self.tyiq).T))


class ColorJitterAug(RandomOrderAug):
    """Jitter of brightness, contrast and saturation in random order; an amount of 0 leaves one out."""

    def __init__(self, brightness, contrast, saturation):
        amounts = (BrightnessJitterAug, brightness), (ContrastJitterAug, contrast), (SaturationJitterAug, saturation)
        super().__init__([aug(amount) for aug, amount in amounts if amount > 0])


class LightingAug(Augmenter):
    """Adds a color along the main directions of variation, in place."""

    def __init__(self, alphastd, eigval, eigvec):
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd, self.eigval, self.eigvec = alphastd, eigval, eigvec

    def __call__(self, src):
        alpha = np.random.normal(0, self.alphastd, size=(3,))
        src += nd.array(np.dot(self.eigvec * alpha, self.eigval))
        return src


class ColorNormalizeAug(Augmenter):
    """``color_normalize``, in place."""

    def __init__(self, mean, std):
        super().__init__(mean=mean, std=std)
        self.mean, self.std = (v if v is None or isinstance(v, nd.NDArray) else nd.array(v) for v in (mean, std))

    def __call__(self, src):
        return color_normalize(src, self.mean, self.std)


class RandomGrayAug(Augmenter):
    """Makes an image grey with probability ``p``."""

    def __init__(self, p):
        super().__init__(p=p)
        self.p = p
        self.mat = nd.array([[0.21] * 3, [0.72] * 3, [0.07] * 3])

    def __call__(self, src):
        return nd.dot(src, self.mat) if random.random() < self.p else src


class HorizontalFlipAug(Augmenter):
    """Mirrors an image with probability ``p``."""

    def __init__(self, p):
        super().__init__(p=p)
        self.p = p

    def __call__(self, src):
        return nd.flip(src, axis=1) if random.random() < self.p else src


class CastAug(Augmenter):
    """Casts to another type."""

    def __init__(self, typ="float32"):
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src):
        return src.astype(self.typ)


_MEAN, _STD = (123.68, 116.28, 103.53), (58.395, 57.12, 57.375)
_EIGVAL = (55.46, 4.794, 1.148)
_EIGVEC = ((-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203))


def normalizer(mean, std, as_array=np.array):
    """``ColorNormalizeAug`` of what ``mean`` and ``std`` say (True: ImageNet's), as a list of at most one."""
    chosen = []
    for value, usual in ((mean, _MEAN), (std, _STD)):
        if value is True:
            value = as_array(usual)
        elif value is not None:
            assert isinstance(value, (np.ndarray, nd.NDArray)) and value.shape[0] in (1, 3), \
                "mean and std must be True or arrays of 1 or 3 numbers"
        chosen.append(value)
    return [] if all(v is None for v in chosen) else [ColorNormalizeAug(*chosen)]


def colors(brightness, contrast, saturation, hue, pca_noise, rand_gray):
    """The augmenters of color with an amount above 0."""
    augs = [ColorJitterAug(brightness, contrast, saturation)] if brightness or contrast or saturation else []
    augs += [HueJitterAug(hue)] if hue else []
    augs += [LightingAug(pca_noise, np.array(_EIGVAL), np.array(_EIGVEC))] if pca_noise > 0 else []
    return augs + ([RandomGrayAug(rand_gray)] if rand_gray > 0 else [])


def CreateAugmenter(data_shape, resize=0, rand_crop=False, rand_resize=False, rand_mirror=False, mean=None, std=None,
                    brightness=0, contrast=0, saturation=0, hue=0, pca_noise=0, rand_gray=0, inter_method=2):
    """The usual list of augmenters for images of ``data_shape`` (channels, height, width).

    Shorter side, crop (in the middle unless ``rand_crop``, of random size with ``rand_resize``), mirror, cast to float32,
    colors, normalisation; what has no amount is left out.
    """
    size = data_shape[2], data_shape[1]
    augs = [ResizeAug(resize, inter_method)] if resize > 0 else []
    if rand_resize:
        assert rand_crop, "rand_resize is a kind of rand_crop"
        augs.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    else:
        augs.append((RandomCropAug if rand_crop else CenterCropAug)(size, inter_method))
    augs += [HorizontalFlipAug(0.5)] if rand_mirror else []
    augs.append(CastAug())
    return augs + colors(brightness, contrast, saturation, hue, pca_noise, rand_gray) + normalizer(mean, std, nd.array)
