"""Weights that numpy draws, so that a run begins with the same ones on every installation and device."""
import numpy as np

import mxnet as mx


@mx.init.register
class FanIn(mx.init.Initializer):
    """Normal weights of variance ``magnitude`` / fan-in; the rest as every initializer has it."""
    def __init__(self, magnitude=2.0, seed=0):
        super(FanIn, self).__init__(magnitude=magnitude, seed=seed)
        self.magnitude = magnitude
        self.rng = np.random.RandomState(seed)

    def _init_weight(self, _, arr):
        scale = (self.magnitude / np.prod(arr.shape[1:])) ** 0.5
        arr[:] = mx.nd.array(self.rng.normal(scale=scale, size=arr.shape))
