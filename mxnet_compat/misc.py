"""The learning rate schedules of the first releases; ``mx.lr_scheduler`` has their successors."""
import logging
import math

__all__ = ["FactorScheduler", "LearningRateScheduler"]


class LearningRateScheduler:
    """Base class: a function of the iteration; training sets ``base_lr``."""

    def __init__(self):
        self.base_lr = 0.01

    def __call__(self, iteration):
        """The learning rate of an iteration."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(iteration)")


class FactorScheduler(LearningRateScheduler):
    """Multiply the rate by ``factor`` (below 1) every ``step`` iterations. ValueError for other arguments."""

    def __init__(self, step, factor=0.1):
        super().__init__()
        if step < 1:
            raise ValueError(f"step must be 1 or more iterations, got {step}")
        if factor >= 1.0:
            raise ValueError(f"factor must be below 1, so that the rate falls; got {factor}")
        self.step = step
        self.factor = factor
        self.old_lr = self.base_lr
        self.init = False

    def __call__(self, iteration):
        if not self.init:
            self.init = True
            self.old_lr = self.base_lr
        lr = self.base_lr * math.pow(self.factor, int(iteration / self.step))
        if lr != self.old_lr:
            self.old_lr = lr
            logging.info("Iteration [%d]: the learning rate is now %.5f", iteration, lr)
        return lr
