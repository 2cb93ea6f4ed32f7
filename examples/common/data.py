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
