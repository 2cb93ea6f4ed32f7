"""Optimizer steps on several weights in one call: a launch a weight."""
from ..device import Unsupported
from ..registry import implements
from .optimizer import _F32, _alike, _sgd, _sgd_mom


def _groups(data, size, count, *numbers, wide=False):
    """The arrays of each weight, which come one weight after the other; ``wide``: all but two of them are float32."""
    if len(data) != size * count or any(len(given) != count for given in numbers):
        raise Unsupported("as many arrays and numbers")
    groups = [data[k * size:(k + 1) * size] for k in range(count)]
    for weight, grad, *states in groups:
        _alike(weight, grad)
        _alike(weight, *states, dtype=_F32 if wide else None)
    return groups


@implements("multi_sgd_update")
def _multi_sgd_update(*data, lrs, wds, rescale_grad=1.0, clip_gradient=-1.0, num_weights=1):
    return [_sgd(w, g, lr, wd, rescale_grad, clip_gradient)
            for (w, g), lr, wd in zip(_groups(data, 2, num_weights, lrs, wds), lrs, wds)]


@implements("multi_sgd_mom_update")
def _multi_sgd_mom_update(*data, lrs, wds, momentum=0.0, rescale_grad=1.0, clip_gradient=-1.0, num_weights=1):
    return [_sgd_mom(w, g, m, lr, wd, momentum, rescale_grad, clip_gradient)
            for (w, g, m), lr, wd in zip(_groups(data, 3, num_weights, lrs, wds), lrs, wds)]


def _which(weight, wide):
    """(the weight to step on, the narrow one beside it): a float32 weight needs no copy, which stays as it is."""
    return (weight, None) if weight.dtype == _F32 else (wide, weight)


@implements("multi_mp_sgd_update")
def _multi_mp_sgd_update(*data, lrs, wds, rescale_grad=1.0, clip_gradient=-1.0, num_weights=1):
    results = []
    for (w, g, wide), lr, wd in zip(_groups(data, 3, num_weights, lrs, wds, wide=True), lrs, wds):
        on, narrow = _which(w, wide)
        results.append(_sgd(on, g, lr, wd, rescale_grad, clip_gradient, None, narrow))
    return results


@implements("multi_mp_sgd_mom_update")
def _multi_mp_sgd_mom_update(*data, lrs, wds, momentum=0.0, rescale_grad=1.0, clip_gradient=-1.0, num_weights=1):
    results = []
    for (w, g, m, wide), lr, wd in zip(_groups(data, 4, num_weights, lrs, wds, wide=True), lrs, wds):
        on, narrow = _which(w, wide)
        results.append(_sgd_mom(on, g, m, lr, wd, momentum, rescale_grad, clip_gradient, None, narrow))
    return results
