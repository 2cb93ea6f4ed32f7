"""Normalisation of rows and channels, against numpy in float64."""
import numpy as np

from triton_kernels import normalize
from triton_kernels.spec import case, check

WIDE = {"float32": (1e-4, 1e-5), "float64": (1e-10, 1e-11), "float16": (1e-2, 1e-2)}


def _seen(x, axis, groups):
    return np.moveaxis(x, axis, -1) if groups is None else x.reshape(len(x), groups, -1)


def _by(v, groups):
    return v if groups is None else v[:, None]


def _back(y, x, axis, groups):
    return np.moveaxis(y, -1, axis) if groups is None else y.reshape(x.shape)


def rows(x, gamma, beta, eps, axis=-1, groups=None):
    v = _seen(x, axis, groups)
    mean, deviation = v.mean(-1, keepdims=True), np.sqrt(v.var(-1, keepdims=True) + eps)
    y = (v - mean) / deviation * _by(gamma, groups) + _by(beta, groups)
    return _back(y, x, axis, groups), mean.ravel(), deviation.ravel()


check(normalize.rows, [case((3, 5), (5,), (5,), 1e-5), case((2, 37, 3), (37,), (37,), 1e-5, axis=1),
                       case((2, 70), (70,), (70,), 0.1), case((2, 6, 3), (2,), (2,), 1e-3, groups=2),
                       case((2, 3, 40), (3,), (3,), 1e-3, groups=3), case((4, 1), (1,), (1,), 1e-5)], rows, tolerance=WIDE,
      real=[case((512, 768), (768,), (768,), 1e-5), case((32, 64, 56, 56), (32,), (32,), 1e-5, groups=32)])


def rows_pull(g, x, gamma, mean, deviation, axis=-1, groups=None):
    v, h = _seen(x, axis, groups), _seen(g, axis, groups)
    shape = (*v.shape[:-1], 1)
    mean, deviation = mean.reshape(shape), np.abs(deviation.reshape(shape)) + 0.5
    hat = (v - mean) / deviation
    w = h * _by(gamma, groups)
    dx = (w - w.mean(-1, keepdims=True) - hat * (w * hat).mean(-1, keepdims=True)) / deviation
    gone = tuple(range(v.ndim - 1)) if groups is None else (0, 2)
    return _back(dx, x, axis, groups), (h * hat).sum(gone), h.sum(gone)


def _rows_pull(g, x, gamma, mean, deviation, axis=-1, groups=None):
    return normalize.rows_pull(g, x, gamma, mean, abs(deviation) + 0.5, axis, groups)


check(_rows_pull, [case((3, 5), (3, 5), (5,), (3,), (3,)), case((2, 37, 3), (2, 37, 3), (37,), (6,), (6,), axis=1),
                   case((2, 6, 3), (2, 6, 3), (2,), (4,), (4,), groups=2),
                   case((2, 3, 40), (2, 3, 40), (3,), (6,), (6,), groups=3)], rows_pull, name="rows_pull", tolerance=WIDE,
      dtypes=("float32", "float64"),
      real=[case((512, 768), (512, 768), (768,), (512,), (512,)),
            case((32, 64, 56, 56), (32, 64, 56, 56), (32,), (1024,), (1024,), groups=32)])


def moments(x, eps, axis=1):
    gone = tuple(k for k in range(x.ndim) if k != axis % x.ndim)
    return x.mean(gone), 1 / np.sqrt(x.var(gone) + eps)


def _types(x, *_, **__):
    return np.float64 if x.dtype == np.float64 else np.float32


check(normalize.moments, [case((3, 5, 7), 1e-3), case((70, 3), 0.1), case((3, 41, 2), 1e-2, axis=-1), case((9, 1, 9), 1e-3)],
      moments, result=_types, tolerance=WIDE, real=[case((32, 64, 56, 56), 1e-3), case((4096, 300), 1e-3)])


def products(g, x, mean, scale, axis=1, by_row=False):
    gone = tuple(k for k in range(x.ndim) if k != axis % x.ndim)
    if by_row:
        shape = [1 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
        hat = (x - mean.reshape(shape)) / scale.reshape(shape)
    else:
        hat = (x - np.expand_dims(mean, gone)) * np.expand_dims(scale, gone)
    return np.stack([(g * hat).sum(gone), g.sum(gone)])


check(normalize.products, [case((3, 5, 7), (3, 5, 7), (5,), (5,)), case((70, 3), (70, 3), (3,), (3,)),
                           case((5, 3), (5, 3), np.ones(5, "f4"), np.full(5, 2, "f4"), by_row=True)], products, result=_types,
      tolerance=WIDE, real=[case((32, 64, 56, 56), (32, 64, 56, 56), (64,), (64,)),
            case((4096, 300), (4096, 300), (300,), (300,))])
