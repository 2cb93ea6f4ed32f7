"""``mx.nd.contrib``: the operators of that namespace, and the functions that MXNet writes in Python.

Loops and conditions are in ``control_flow.py``.
"""
import math

import numpy as np

from . import fronts
from .control_flow import cond, foreach, while_loop  # noqa: F401
from .core import NDArray

__getattr__, __dir__ = fronts.namespace(globals(), "contrib")


def isinf(data):
    """1 where an element is infinite, else 0, in the type of ``data``."""
    return data.abs() == np.inf


def isnan(data):
    """1 where an element is not a number, else 0, in the type of ``data``."""
    return data != data


def isfinite(data):
    """1 where an element is neither infinite nor nan, else 0, in the type of ``data``."""
    from . import op
    return op.broadcast_logical_and(data == data, data.abs() != np.inf)


def rand_zipfian(true_classes, num_sampled, range_max, ctx=None):
    """Draw class numbers below ``range_max`` with probability ``log((k + 2) / (k + 1)) / log(range_max + 1)``.

    Returns (samples (num_sampled,) int64, expected counts of ``true_classes``, expected counts of the samples), float64.
    """
    from . import random
    ctx = ctx if ctx is not None else true_classes.context
    span = math.log(range_max + 1)
    sampled = (random.uniform(0, span, shape=(num_sampled,), dtype="float64", ctx=ctx).exp() - 1).astype("int64")
    sampled = sampled % range_max

    def expected(classes):
        k = classes.as_in_context(ctx).astype("float64")
        return ((k + 2) / (k + 1)).log() / span * num_sampled
    return sampled, expected(true_classes), expected(sampled)


# optimizer steps whose gradient scale may be a number

def _scale(rescale_grad, like):
    if isinstance(rescale_grad, NDArray):
        return rescale_grad.as_in_context(like.context)
    from . import creation
    return creation.full((1,), rescale_grad, like.context)


def adamw_update(weight, grad, mean, var, rescale_grad, lr, eta, beta1=0.9, beta2=0.999, epsilon=1e-8, wd=0,
                 clip_gradient=-1, out=None, name=None, **kwargs):
    """One AdamW step; where ``rescale_grad`` (a number or an array of one) is 0 or not finite, nothing changes."""
    from . import _internal
    return _internal._adamw_update(weight, grad, mean, var, _scale(rescale_grad, weight), lr=lr, eta=eta, beta1=beta1,
                                   beta2=beta2, epsilon=epsilon, wd=wd, clip_gradient=clip_gradient, out=out, name=name,
                                   **kwargs)


def mp_adamw_update(weight, grad, mean, var, weight32, rescale_grad, lr, eta, beta1=0.9, beta2=0.999, epsilon=1e-8,
                    wd=0, clip_gradient=-1, out=None, name=None, **kwargs):
    """As ``adamw_update`` on a float32 copy of a float16 weight."""
    from . import _internal
    return _internal._mp_adamw_update(weight, grad, mean, var, weight32, _scale(rescale_grad, weight), lr=lr, eta=eta,
                                      beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, clip_gradient=clip_gradient,
                                      out=out, name=name, **kwargs)


def _interleaved(*lists):
    return [a for group in zip(*lists) for a in group]


def multi_adamw_update(weights, grads, mean, var, rescale_grad, lrs, wds, etas, out=None, name=None, size=0, **kwargs):
    """``adamw_update`` of several weights."""
    from . import _internal
    return _internal._multi_adamw_update(*_interleaved(weights, grads, mean, var), _scale(rescale_grad, weights[0]),
                                         lrs=lrs, wds=wds, etas=etas, num_weights=size or len(weights), out=out,
                                         name=name, **kwargs)


def multi_mp_adamw_update(weights, grads, mean, var, weights32, rescale_grad, lrs, wds, etas, out=None, name=None,
                          size=0, **kwargs):
    """``mp_adamw_update`` of several weights."""
    from . import _internal
    return _internal._multi_mp_adamw_update(*_interleaved(weights, grads, mean, var, weights32),
                                            _scale(rescale_grad, weights[0]), lrs=lrs, wds=wds, etas=etas,
                                            num_weights=size or len(weights), out=out, name=name, **kwargs)


def multi_lamb_update(weights, grads, mean, var, step_count, lrs, wds, out=None, num_tensors=0, **kwargs):
    """LAMB steps of several weights."""
    from . import _internal
    return _internal._multi_lamb_update(*_interleaved(weights, grads, mean, var), learning_rates=lrs, wds=wds,
                                        step_count=step_count, num_tensors=num_tensors or len(weights), out=out,
                                        **kwargs)


def multi_mp_lamb_update(weights, grads, mean, var, weights32, step_count, lrs, wds, out=None, num_tensors=0, **kwargs):
    """LAMB steps of several float16 weights on their float32 copies."""
    from . import _internal
    return _internal._multi_mp_lamb_update(*_interleaved(weights, grads, mean, var, weights32), learning_rates=lrs,
                                           wds=wds, step_count=step_count, num_tensors=num_tensors or len(weights),
                                           out=out, **kwargs)
