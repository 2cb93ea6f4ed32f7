"""Data that are at hand without a network."""
from __future__ import print_function

import os

import numpy as np


def find_digits():
    """The file of handwritten digits inside mxnet-compat."""
    try:
        import mxnet_compat
    except ImportError:
        raise SystemExit('mxnet-compat is not installed, so give the data file: --data FILE.npz') from None
    return os.path.join(os.path.dirname(mxnet_compat.__file__), 'selftest', 'digits.npz')


def digits(path=None, seed=1):
    """Images (1797, 8, 8) of 0..1 and labels (1797,), both float32, in an order that the seed decides.

    The file holds ``images``, 1797 x 64 bytes of 0..16, and ``labels``.
    """
    with np.load(path or find_digits()) as f:
        images, labels = f['images'].reshape(-1, 8, 8) / 16.0, f['labels']
    order = np.random.RandomState(seed).permutation(len(images))
    return images[order].astype('float32'), labels[order].astype('float32')


SHAPES = ('disc', 'square', 'triangle', 'ring', 'cross', 'stripes')


def _inside(kind, u, v):
    """Which points belong to a shape that the circle of radius 1 surrounds."""
    square = np.maximum(abs(u), abs(v))
    return {
        'disc': u ** 2 + v ** 2 < 0.8,
        'square': square < 0.75,
        'triangle': (v > -0.5) & (3 ** 0.5 * abs(u) + v < 1),
        'ring': abs(u ** 2 + v ** 2 - 0.65) < 0.3,
        'cross': (np.minimum(abs(u), abs(v)) < 0.25) & (square < 0.9),
        'stripes': (square < 0.8) & (np.sin(9 * u) > 0),
    }[kind]


def shapes(count, size, seed, noise=8.0):
    """Drawings of `SHAPES`: colour images (count, size, size, 3), uint8, and the numbers of their shapes, int64.

    Place, size, angle and colours, bright on dark, are random, edges are smooth, and there is noise of the given deviation.
    """
    rng = np.random.RandomState(seed)
    labels = rng.randint(len(SHAPES), size=count)
    # twice as many points a side as pixels, then means of four
    y, x = np.mgrid[:2 * size, :2 * size] / (2.0 * size)
    images = np.empty((count, size, size, 3), np.uint8)
    for image, label in zip(images, labels):
        (cx, cy), radius, angle = rng.uniform(0.35, 0.65, 2), rng.uniform(0.22, 0.34), rng.uniform(-0.6, 0.6)
        u, v = (x - cx) / radius, (cy - y) / radius
        u, v = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
        mask = _inside(SHAPES[label], u, v).reshape(size, 2, size, 2).mean((1, 3))[:, :, None]
        ground, colour = rng.uniform(20, 110, 3), rng.uniform(130, 240, 3)
        image[:] = np.clip(ground + (colour - ground) * mask + rng.normal(scale=noise, size=image.shape), 0, 255)
    return images, labels
