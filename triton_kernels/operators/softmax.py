"""softmax and its kin, and the outputs and losses that are made of it, by the kernels of ``triton_kernels/softmax.py``."""
import math

import numpy as np

from .. import softmax as kernels
from ..device import Unsupported
from ..reduce import reduce
from ..registry import implements


def _axis(axis, ndim):
    if not -ndim <= axis < ndim:
        raise Unsupported(f"axis {axis} of {ndim} dimensions")
    return axis % ndim


def _scale(temperature, sign=1):
    return float(sign if temperature is None else sign / temperature if temperature else math.inf)


@implements("softmax")
def _softmax(data, length=None, *, axis=-1, temperature=None, dtype=None, use_length=False):
    axis = _axis(axis, data.ndim)
    if bool(use_length) != (length is not None) or length is not None and (
            length.dtype.kind not in "iu" or length.shape != data.shape[:axis] + data.shape[axis + 1:]):
        raise Unsupported("this length")
    return kernels.softmax(data, axis, "softmax", _scale(temperature), length, dtype)


def _plain(how, sign):
    def function(data, *, axis=-1, temperature=None, dtype=None, use_length=False):
        if use_length:
            raise Unsupported("use_length")
        return kernels.softmax(data, _axis(axis, data.ndim), how, _scale(temperature, sign), None, dtype)
    return function


implements("softmin")(_plain("softmax", -1))
implements("log_softmax")(_plain("log", 1))


def _pull(log):
    def function(head, result, *, axis=-1, scale=1.0):
        if head.shape != result.shape:
            raise Unsupported("other shapes")
        return kernels.pull(head, result, _axis(axis, head.ndim), log, scale)
    return function


implements("_backward_softmax")(_pull(False))
implements("_backward_log_softmax")(_pull(True))


@implements("SoftmaxActivation")
def _activation(data, *, mode="instance"):
    if data.ndim < (3 if mode == "channel" else 2):
        raise Unsupported("too few dimensions")
    return kernels.softmax(data, 1 if mode == "channel" else -1)


def _layout(shape, multi_output, preserve_shape):
    if multi_output:
        return shape[0], shape[1], math.prod(shape[2:])
    return (math.prod(shape[:-1]), shape[-1], 1) if preserve_shape else (shape[0], math.prod(shape[1:]), 1)


@implements("SoftmaxOutput")
def _output(data, label, *, multi_output=False, preserve_shape=False, **_):
    s = data.shape
    if len(s) < 2 or label.shape not in (
            ((s[0], math.prod(s[2:])), (s[0], *s[2:]), (s[0], 1, *s[2:]), s) if multi_output else (s[:-1], s)):
        raise Unsupported("these shapes")
    return kernels.softmax(data.reshape(_layout(s, multi_output, preserve_shape)), 1).reshape(s)


def _gradient(p, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization, smooth_alpha,
              weight):
    if label.shape == p.shape:
        raise Unsupported("a label of probabilities")
    rows, n, places = _layout(p.shape, multi_output, preserve_shape)
    classes = label.ravel()[:rows * places].reshape(rows, places)
    scale, count = grad_scale, None
    if normalization == "valid":
        # the label is compared in its own type
        kept = repr(float(label.dtype.type(ignore_label)))
        count = reduce("sum", classes, of=f"tl.where(x == float('{kept}'), 0, 1)",
                       dtype=np.float64 if label.dtype == np.float64 else np.float32)
    else:
        if normalization == "batch":
            scale /= label.shape[0] if multi_output else rows
        if multi_output:
            scale /= places
    y = kernels.difference(p.reshape(rows, n, places), classes, scale,
                           float(label.dtype.type(ignore_label)) if use_ignore else None, count,
                           0.0 if multi_output else smooth_alpha, weight)
    return y.reshape(p.shape)


@implements("_softmax_output_difference")
def _difference(probability, label, *, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization,
                smooth_alpha):
    return _gradient(probability, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization,
                     smooth_alpha, False)


@implements("_softmax_output_weight")
def _weight(probability, label, *, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization):
    return _gradient(probability, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization,
                     0.0, True)


@implements("softmax_cross_entropy")
def _cross_entropy(data, label):
    if data.ndim != 2 or label.shape != data.shape[:1] or not data.shape[1]:
        raise Unsupported("these shapes")
    return reduce("sum", kernels.cross_entropy(data, label), keepdims=True, dtype=data.dtype)
