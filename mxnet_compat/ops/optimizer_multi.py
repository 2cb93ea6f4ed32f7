"""Optimizer steps on several weights in one call, and what is computed over many gradients: norms, finiteness, LARS.

The arrays come interleaved: (weight, grad[, states][, float32 weight]) for each weight. States change in place.
"""
import numpy as np

from .declare import ALL, FLOAT, ZERO, AnyArray, Array, Aux, Out, operator
from .optimizer import adamw_step, alike, lamb_direction, momentum_step, sgd_step, trust_ratio
from .params import Floats, Shape


def _groups(op, data, size, count, extra=0, *numbers):
    """The arrays of each weight; ``extra`` shared ones come last. ``numbers`` are tuples with one entry a weight."""
    if len(data) != size * count + extra:
        raise ValueError(f"{count} weights need {size * count + extra} arrays, got {len(data)}")
    for given in numbers:
        if len(given) != count:
            raise ValueError(f"{count} weights need as many numbers of each kind, got {given}")
    for k in range(count):
        group = data[k * size:(k + 1) * size]
        if "mp_" in op:
            alike(*group[:2])
            alike(group[0], *group[2:], dtype=np.float32)
        else:
            alike(*group)
    for a in data[size * count:]:
        if a.dtype != (data[0].dtype if op == "_multi_adamw_update" else np.float32):
            raise ValueError(f"scales, rates and decays must not be {a.dtype}")
    return [data[k * size:(k + 1) * size] for k in range(count)], data[size * count:]


def _many(name):
    return operator(name, nograd=True, outputs=lambda p: p.get("num_weights", p.get("num_tensors", 1)))


def _sgd(groups, lrs, wds, rescale, limit):
    return tuple(sgd_step(w, g, lr, wd, rescale, limit) for (w, g), lr, wd in zip(groups, lrs, wds))


def _sgd_mom(groups, lrs, wds, momentum, rescale, limit):
    return tuple(momentum_step(w, g, m, lr, momentum, wd, rescale, limit)
                 for (w, g, m), lr, wd in zip(groups, lrs, wds))


def _mp(groups, step):
    """Steps on the float32 copies, which come last in each group; on the weights where these are float32 themselves."""
    out = []
    for k, group in enumerate(groups):
        w, g, *states, w32 = group
        if w.dtype == np.float32:
            out.append(step(k, w, g, *states))
            continue
        new = step(k, w32, g.astype(np.float32), *states)
        w32[...] = new
        out.append(new.astype(w.dtype))
    return tuple(out)


@_many("multi_sgd_update")
def multi_sgd_update(*data: Aux, lrs: Floats, wds: Floats, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
                     num_weights: int = 1):
    """``sgd_update`` of several weights."""
    groups, _ = _groups("multi_sgd_update", data, 2, num_weights, 0, lrs, wds)
    return _sgd(groups, lrs, wds, rescale_grad, clip_gradient)


@_many("multi_sgd_mom_update")
def multi_sgd_mom_update(*data: Aux, lrs: Floats, wds: Floats, momentum: float = 0.0, rescale_grad: float = 1.0,
                         clip_gradient: float = -1.0, num_weights: int = 1):
    """``sgd_mom_update`` of several weights."""
    groups, _ = _groups("multi_sgd_mom_update", data, 3, num_weights, 0, lrs, wds)
    return _sgd_mom(groups, lrs, wds, momentum, rescale_grad, clip_gradient)


@_many("multi_mp_sgd_update")
def multi_mp_sgd_update(*data: Aux, lrs: Floats, wds: Floats, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
                        num_weights: int = 1):
    """``mp_sgd_update`` of several weights."""
    groups, _ = _groups("multi_mp_sgd_update", data, 3, num_weights, 0, lrs, wds)
    return _mp(groups, lambda k, w, g: sgd_step(w, g, lrs[k], wds[k], rescale_grad, clip_gradient))


@_many("multi_mp_sgd_mom_update")
def multi_mp_sgd_mom_update(*data: Aux, lrs: Floats, wds: Floats, momentum: float = 0.0, rescale_grad: float = 1.0,
                            clip_gradient: float = -1.0, num_weights: int = 1):
    """``mp_sgd_mom_update`` of several weights."""
    groups, _ = _groups("multi_mp_sgd_mom_update", data, 4, num_weights, 0, lrs, wds)
    return _mp(groups, lambda k, w, g, m: momentum_step(w, g, m, lrs[k], momentum, wds[k], rescale_grad, clip_gradient))


@_many("preloaded_multi_sgd_update")
def preloaded_multi_sgd_update(*data: Aux, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1):
    """``multi_sgd_update`` with learning rates and decays as the last two arrays."""
    groups, (lrs, wds) = _groups("preloaded_multi_sgd_update", data, 2, num_weights, 2)
    return _sgd(groups, lrs, wds, rescale_grad, clip_gradient)


@_many("preloaded_multi_sgd_mom_update")
def preloaded_multi_sgd_mom_update(*data: Aux, momentum: float = 0.0, rescale_grad: float = 1.0,
                                   clip_gradient: float = -1.0, num_weights: int = 1):
    """``multi_sgd_mom_update`` with learning rates and decays as the last two arrays."""
    groups, (lrs, wds) = _groups("preloaded_multi_sgd_mom_update", data, 3, num_weights, 2)
    return _sgd_mom(groups, lrs, wds, momentum, rescale_grad, clip_gradient)


@_many("preloaded_multi_mp_sgd_update")
def preloaded_multi_mp_sgd_update(*data: Aux, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
                                  num_weights: int = 1):
    """``multi_mp_sgd_update`` with learning rates and decays as the last two arrays."""
    groups, (lrs, wds) = _groups("preloaded_multi_mp_sgd_update", data, 3, num_weights, 2)
    return _mp(groups, lambda k, w, g: sgd_step(w, g, lrs[k], wds[k], rescale_grad, clip_gradient))


@_many("preloaded_multi_mp_sgd_mom_update")
def preloaded_multi_mp_sgd_mom_update(*data: Aux, momentum: float = 0.0, rescale_grad: float = 1.0,
                                      clip_gradient: float = -1.0, num_weights: int = 1):
    """``multi_mp_sgd_mom_update`` with learning rates and decays as the last two arrays."""
    groups, (lrs, wds) = _groups("preloaded_multi_mp_sgd_mom_update", data, 4, num_weights, 2)
    return _mp(groups, lambda k, w, g, m: momentum_step(w, g, m, lrs[k], momentum, wds[k], rescale_grad, clip_gradient))


def _lamb(k, w, g, mean, var, learning_rates, beta1, beta2, epsilon, wds, rescale_grad, lower_bound, upper_bound,
          clip_gradient, bias_correction, step_count, narrow=None):
    """One weight's step; ``narrow`` is the weight that ``w`` is the float32 copy of, whose norm counts."""
    d = lamb_direction(w, g, mean, var, beta1, beta2, epsilon, step_count[k], bias_correction, wds[k], rescale_grad,
                       clip_gradient)
    norm = lambda a: float(np.sqrt(np.sum(np.square(a), dtype=np.float32)))  # noqa: E731
    ratio = trust_ratio(norm(w if narrow is None else narrow), norm(d), lower_bound, upper_bound)
    return w - d * d.dtype.type(learning_rates[k] * ratio)


@_many("_multi_lamb_update")
def multi_lamb_update(*data: Aux, learning_rates: Floats, beta1: float = 0.8999999761581421,
                      beta2: float = 0.9990000128746033, epsilon: float = 9.999999974752427e-07, wds: Floats,
                      rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0,
                      clip_gradient: float = -1.0, bias_correction: bool = True, step_count: Shape, num_tensors: int = 1):
    """Both phases of a LAMB step for several weights."""
    groups, _ = _groups("_multi_lamb_update", data, 4, num_tensors, 0, learning_rates, wds, step_count)
    return tuple(_lamb(k, *group, learning_rates, beta1, beta2, epsilon, wds, rescale_grad, lower_bound, upper_bound,
                       clip_gradient, bias_correction, step_count) for k, group in enumerate(groups))


@_many("_multi_mp_lamb_update")
def multi_mp_lamb_update(*data: Aux, learning_rates: Floats, beta1: float = 0.8999999761581421,
                         beta2: float = 0.9990000128746033, epsilon: float = 9.999999974752427e-07, wds: Floats,
                         rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0,
                         clip_gradient: float = -1.0, bias_correction: bool = True, step_count: Shape,
                         num_tensors: int = 1):
    """``_multi_lamb_update`` on float32 copies of the weights."""
    groups, _ = _groups("_multi_mp_lamb_update", data, 5, num_tensors, 0, learning_rates, wds, step_count)
    return _mp(groups, lambda k, w, g, m, v: _lamb(k, w, g, m, v, learning_rates, beta1, beta2, epsilon, wds,
                                                   rescale_grad, lower_bound, upper_bound, clip_gradient,
                                                   bias_correction, step_count, groups[k][0]))


@_many("_multi_adamw_update")
def multi_adamw_update(*data: Aux, lrs: Floats, beta1: float = 0.8999999761581421, beta2: float = 0.9990000128746033,
                       epsilon: float = 9.99999993922529e-09, wds: Floats, etas: Floats, clip_gradient: float = -1.0,
                       num_weights: int = 1):
    """``_adamw_update`` of several weights; the last array is the gradient's scale."""
    groups, (scale,) = _groups("_multi_adamw_update", data, 4, num_weights, 1, lrs, wds, etas)
    scale, out = float(scale.reshape(-1)[0]), []
    for k, (w, g, m, v) in enumerate(groups):
        new = adamw_step(w, g, m, v, scale, lrs[k], beta1, beta2, epsilon, wds[k], etas[k], clip_gradient)
        out.append(w.copy() if new is None else new)
    return tuple(out)


@_many("_multi_mp_adamw_update")
def multi_mp_adamw_update(*data: Aux, lrs: Floats, beta1: float = 0.8999999761581421, beta2: float = 0.9990000128746033,
                          epsilon: float = 9.99999993922529e-09, wds: Floats, etas: Floats,
                          clip_gradient: float = -1.0, num_weights: int = 1):
    """``_mp_adamw_update`` of several weights; the last array is the gradient's scale."""
    groups, (scale,) = _groups("_multi_mp_adamw_update", data, 5, num_weights, 1, lrs, wds, etas)
    scale = float(scale.reshape(-1)[0])

    def step(k, w, g, m, v):
        new = adamw_step(w, g, m, v, scale, lrs[k], beta1, beta2, epsilon, wds[k], etas[k], clip_gradient)
        return w.copy() if new is None else new
    return _mp(groups, step)


@operator("multi_lars", dtypes={np.dtype(np.float32)}, nograd=True)
def multi_lars(lrs: Array, weights_sum_sq: Array, grads_sum_sq: Array, wds: Array, *, eta: float, eps: float,
               rescale_grad: float = 1.0):
    """Learning rates scaled by the ratio of the norms of weights and gradients (LARS; You et al., 2017)."""
    w, g = np.sqrt(weights_sum_sq), np.sqrt(grads_sum_sq) * rescale_grad
    with np.errstate(all="ignore"):
        scaled = lrs * eta * w / (g + wds * w + eps)
    return np.where((w > 0) & (g > 0), scaled, lrs).astype(lrs.dtype)


def _some(arrays, count, types=ALL):
    if not arrays or len(arrays) != count:
        raise ValueError(f"data must be {count} arrays, as the parameter says, and at least one, got {len(arrays)}")
    found = {a.dtype for a in arrays}
    if not found <= types:
        raise ValueError(f"data must not be {', '.join(sorted(t.name for t in found - types))}")
    return found


def _one_type(arrays, count, types=FLOAT):
    if len(_some(arrays, count, types)) > 1:
        raise ValueError("the arrays must have one type")


@operator("multi_sum_sq", key="num_arrays", nograd=True, dtypes=FLOAT)
def multi_sum_sq(*data: AnyArray, num_arrays: int):
    """The sum of squares of each array, as one float32 array."""
    _one_type(data, num_arrays)
    return np.array([np.sum(np.square(a, dtype=np.float32)) for a in data], np.float32)


@operator("all_finite", dtypes=FLOAT)
def all_finite(data: Array, *, init_output: bool = True, out: Out = None):
    """1 if every element is finite, else 0; float32 of shape (1,). Without ``init_output`` also what ``out`` holds counts."""
    return _and(np.isfinite(data).all(), init_output, out)


def _and(fine, init_output, out):
    return np.array([fine and (init_output or out is None or out.all())], np.float32)


all_finite.gradient(data=ZERO)
all_finite.type_rule = lambda data, **_: ((data,), (np.float32,))


@operator("multi_all_finite", key="num_arrays", nograd=True, dtypes=FLOAT)
def multi_all_finite(*data: AnyArray, num_arrays: int = 1, init_output: bool = True, out: Out = None):
    """1 if every element of every array is finite, else 0; float32 of shape (1,). As ``all_finite`` without ``init_output``."""
    _one_type(data, len(data) if num_arrays == 1 else num_arrays)      # 1 is what is not given
    return _and(all(np.isfinite(a).all() for a in data), init_output, out)


@operator("reset_arrays", key="num_arrays", nograd=True, dtypes=ALL, outputs=0)
def reset_arrays(*data: Aux, num_arrays: int):
    """Fill the arrays with zeros in place."""
    _one_type(data, num_arrays, ALL)
    for a in data:
        a[...] = 0
    return ()


@operator("amp_multicast", key="num_outputs", dtypes=ALL, outputs=lambda p: p["num_outputs"])
def amp_multicast(*data: AnyArray, num_outputs: int, cast_narrow: bool = False):
    """The floating arrays in one type: the widest among them, or the narrowest with ``cast_narrow``. Others as they are."""
    _some(data, num_outputs)
    pick = min if cast_narrow else max
    t = pick((a.dtype for a in data if a.dtype in FLOAT), key=lambda d: d.itemsize, default=None)
    return tuple(np.array(a, t if a.dtype in FLOAT else a.dtype) for a in data)


@amp_multicast.gradient
def _amp_multicast_gradient(dys, data_like, need):
    from . import functional as F
    return [None if dy is None else F.Cast(dy, dtype=like.dtype.name) for dy, like in zip(dys, data_like)]
