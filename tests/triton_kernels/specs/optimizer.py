"""Optimizer steps that change states in place, against their formulas."""
import numpy as np

from triton_kernels.operators import optimizer
from triton_kernels.spec import array, case, check

WIDE = {"float32": (1e-4, 1e-5), "float16": (1e-2, 1e-2)}
SHAPE = (3, 5)


def momentum(w, g, mom, lr, momentum=0.0, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0):
    g = g * rescale_grad
    g = np.clip(g, -clip_gradient, clip_gradient) if clip_gradient >= 0 else g
    mom = momentum * mom - lr * (g + wd * w)
    return w + mom, mom


check(optimizer._sgd_mom_update, [
    case(SHAPE, SHAPE, SHAPE, lr=0.1),
    case(SHAPE, SHAPE, SHAPE, lr=0.1, momentum=0.9, wd=0.01, rescale_grad=0.5, clip_gradient=0.2),
    case((0,), (0,), (0,), lr=0.1)], momentum, name="sgd_mom_update", writes=(2,), layouts=(), tolerance=WIDE,
    dtypes=("float32", "float16"), real=[case((4096, 1024), (4096, 1024), (4096, 1024), lr=0.1)])


def adam(w, g, mean, var, lr, beta1=0.9, beta2=0.999, epsilon=1e-8, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0):
    g = g * rescale_grad + wd * w
    g = np.clip(g, -clip_gradient, clip_gradient) if clip_gradient >= 0 else g
    mean, var = beta1 * mean + (1 - beta1) * g, beta2 * var + (1 - beta2) * g * g
    return w - lr * mean / (np.sqrt(var) + epsilon), mean, var


POSITIVE = array(SHAPE, low=0.1, high=1)
check(optimizer._adam_update, [
    case(SHAPE, SHAPE, SHAPE, POSITIVE, lr=0.1, beta1=0.8, beta2=0.9, epsilon=1e-4, wd=0.1, rescale_grad=2.0,
         clip_gradient=0.5),
    case(SHAPE, SHAPE, SHAPE, POSITIVE, lr=0.1, beta1=0.5, beta2=0.5, epsilon=1e-4)], adam, name="adam_update", writes=(2, 3),
    layouts=(), tolerance=WIDE, dtypes=("float32", "float16"),
    real=[case((4096, 1024), (4096, 1024), (4096, 1024), (4096, 1024), lr=0.1)])
