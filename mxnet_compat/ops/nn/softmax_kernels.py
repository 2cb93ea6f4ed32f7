"""Numpy kernels of softmax along an axis, in blocks that fit the caches and on several threads where they are large."""
import numpy as np

from ...backend import parallel, pool

__all__ = ["log_softmax", "pull", "pull_log", "softmax"]

_BLOCK = 1 << 15    # elements


def _run(kernel, axis, *arrays):
    """``kernel(out, *blocks)`` for blocks of arrays of one shape, seen as (outer, classes, inner); float16 in float32."""
    first = arrays[0]
    if first.dtype == np.float16:
        return _run(kernel, axis, *[a.astype(np.float32) for a in arrays]).astype(np.float16)
    shape = first.shape
    out = pool.empty(shape, first.dtype)
    if out.nbytes < parallel.SMALL:
        kernel(out, *arrays, axis)
        return out
    outer, inner = 1, 1
    for d in shape[:axis]:
        outer *= d
    for d in shape[axis + 1:]:
        inner *= d
    n = shape[axis]
    views = [a.reshape((outer, n) if inner == 1 else (outer, n, inner)) for a in (out, *arrays)]
    step = max(1, _BLOCK // max(1, n * inner))
    # the inner axis is cut too where one row is more than a block
    width = inner if n * inner <= 2 * _BLOCK else max(64, _BLOCK // max(1, n))

    def work(begin, end):
        for i in range(begin, end, step):
            j = min(i + step, end)
            if width >= inner:
                kernel(*[v[i:j] for v in views], 1)
            else:
                for k in range(0, inner, width):
                    kernel(*[v[i:j, :, k:k + width] for v in views], 1)
    parallel.split(outer, work)
    return out


def _softmax(out, x, axis):
    np.subtract(x, x.max(axis, keepdims=True, initial=-np.inf), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis, keepdims=True)


def _log_softmax(out, x, axis):
    np.subtract(x, x.max(axis, keepdims=True, initial=-np.inf), out=out)
    out -= np.log(np.exp(out).sum(axis, keepdims=True))


def _pull(out, head, result, axis):
    np.multiply(head, result, out=out)
    out -= result * out.sum(axis, keepdims=True)


def _pull_log(out, head, result, axis):
    np.exp(result, out=out)
    out *= head.sum(axis, keepdims=True)
    np.subtract(head, out, out=out)


def softmax(x, axis):
    """The softmax along a non-negative axis, in the type of ``x``."""
    return _run(_softmax, axis, x)


def log_softmax(x, axis):
    """The logarithm of the softmax along an axis."""
    return _run(_log_softmax, axis, x)


def pull(head, result, axis):
    """``result * (head - sum(head * result))``: the gradient of softmax."""
    return _run(_pull, axis, head, result)


def pull_log(head, result, axis):
    """``head - exp(result) * sum(head)``: the gradient of log_softmax."""
    return _run(_pull_log, axis, head, result)
