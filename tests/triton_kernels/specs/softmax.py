"""Softmax, its gradients and losses, against the formulas in float64."""
import numpy as np

from triton_kernels import softmax
from triton_kernels.spec import array, case, check


def forward(x, axis=-1, how="softmax", scale=1.0, length=None, dtype=None):
    x = x * scale
    there = np.ones(x.shape, bool)
    if length is not None:
        there = np.moveaxis(np.arange(x.shape[axis]) < length[..., None], -1, axis)
    top = np.where(there, x, -np.inf).max(axis, keepdims=True, initial=-np.inf)
    if length is not None:
        top = np.where(np.isneginf(top), 0, top)
    e = np.where(there, np.exp(x - top), 0)
    s = e.sum(axis, keepdims=True)
    if how == "log":
        return x - top - np.log(s)
    return e / np.where(s == 0, 1, s) if length is not None else e / s


def _odd(rng, shape):
    x = rng.standard_normal(shape)
    x[0], x[1, 3], x[2, 1], x[3, 2] = -np.inf, np.nan, np.inf, -np.inf
    return x


check(softmax.softmax, [
    (3, 5), (0, 4), (2, 0), case((2, 37, 3), axis=1, scale=-0.5), case((2, 3, 2), axis=0, how="log"),
    case((3, 70), how="log", scale=2.0), case(array((4, 41), low=-90, high=90)), (5, 1),
    case(array((5, 7), values=_odd)), case(array((5, 40), values=_odd), how="log"),
    case((3, 7), length=array((3,), "int32", 0, 9)), case((2, 40, 3), axis=1, length=array((2, 3), "int64", 0, 45))],
    forward, real=[(128, 1000), case((32, 64, 56, 56), axis=1), (64, 50000)])
check(softmax.softmax, [case((3, 5), dtype="float64"), case((3, 5), dtype="float16", how="log")], forward,
      name="softmax of another type", dtypes=("float32",), result=lambda x, dtype, **_: np.dtype(dtype))


def pull(head, result, axis=-1, log=False, scale=1.0):
    if log:
        return (head - np.exp(result) * head.sum(axis, keepdims=True)) * scale
    return result * (head - (head * result).sum(axis, keepdims=True)) * scale


check(softmax.pull, [((3, 5), (3, 5)), ((0, 4), (0, 4)), case((2, 37, 3), (2, 37, 3), axis=1, log=True),
                     case((3, 70), (3, 70), scale=-2.0), case((2, 3, 2), (2, 3, 2), axis=0, log=True, scale=0.5)], pull,
      tolerance={"float32": (1e-4, 1e-5), "float16": (1e-2, 2e-2)},
      real=[((128, 1000), (128, 1000)), case((64, 50000), (64, 50000), log=True)])


def cross_entropy(x, label):
    y = forward(x, 1, "log")[np.arange(len(x)), np.clip(label.astype(int), 0, x.shape[1] - 1)]
    return -np.maximum(y, np.log(1e-8))


check(softmax.cross_entropy, [((3, 5), array((3,), low=0, high=5)), ((2, 70), array((2,), low=-2, high=90)),
                              (array((4, 3), low=-90, high=90), array((4,), low=0, high=3)), ((0, 3), (0,))], cross_entropy,
      result=lambda x, _: np.float64 if x.dtype == np.float64 else np.float32,
      tolerance={"float32": (1e-4, 1e-5)}, real=[((128, 1000), (128,))])


def difference(p, label, scale=1.0, ignore=None, count=None, smooth=0.0, weight=False):
    n = p.shape[1]
    kept = np.broadcast_to(scale / (1 if count is None else max(1, float(count[0])))
                           * (1 if ignore is None else (label != ignore)[:, None]), p.shape)
    if weight:
        return kept
    smooth = smooth if n > 1 else 0
    hit = label.astype(int)[:, None] == np.arange(n)[:, None]
    return (p - np.where(hit, 1 - smooth, smooth / max(1, n - 1))) * kept


LABEL = array((3, 4), values=lambda rng, shape: rng.integers(-1, 6, shape))
check(softmax.difference, [
    ((3, 5, 4), LABEL), case((3, 5, 4), LABEL, scale=0.5, ignore=-1, smooth=0.1),
    case((3, 5, 4), LABEL, ignore=2, count=array((1,), values=lambda *_: [7])), case((3, 1, 4), LABEL, smooth=0.2),
    case((3, 5, 4), LABEL, scale=2.0, ignore=1, count=array((1,), values=lambda *_: [0]), weight=True),
    case((3, 5, 4), LABEL, weight=True), ((0, 5, 4), (0, 4))], difference,
    tolerance={"float32": (1e-5, 1e-6), "float64": (1e-6, 1e-7)}, real=[((128, 1000, 1), (128, 1))])
