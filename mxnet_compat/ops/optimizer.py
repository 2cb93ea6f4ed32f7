"""Optimizer steps on one weight: SGD and its kin, Adam, RMSProp, Ftrl, FTML, sign methods, LAMB, AdamW.

States (``Aux``) change in place; the new weight is the result, written straight into ``out=`` where that is given.
Several weights at once are in ``optimizer_multi.py``. Formulas are those of MXNet's operators; ``rescale_grad`` comes
before clipping, and clipping is off for a negative ``clip_gradient``.
"""
from typing import Annotated

import numpy as np

from ..backend import parallel, pool
from .declare import FLOAT, AnyArray, Array, Aux, Out, operator
from .params import Ge, Le

__all__ = ["adam_terms", "alike", "clipped", "lamb_direction", "momentum_step", "single", "trust_ratio"]


Share = Annotated[float, Ge(0), Le(1)]


def _step(name, *aliases, **options):
    return operator(name, *aliases, dtypes=FLOAT, nograd=True, **options)


def alike(weight, *states, dtype=None):
    """ValueError unless all have the shape of the weight and its type, or ``dtype``."""
    shape, dtype = weight.shape, dtype or weight.dtype
    for s in states:
        if s.shape != shape or s.dtype != dtype:
            raise ValueError(f"gradient and states of a weight {shape} must have its shape and be {dtype}, "
                             f"got {s.shape} {s.dtype}")


def _in_parts(step, out, *arrays):
    """``step(*arrays, out)``, block by block where the arrays are large: what it allocates then stays in the cache."""
    first = arrays[0]
    alike(*arrays)
    plain = first.nbytes >= pool.SMALL and all(
        a is None or a.shape == first.shape and a.flags.c_contiguous for a in (*arrays, out))
    if not plain:
        return step(*arrays, out)
    if out is None:
        out = pool.empty(first.shape, first.dtype)
    flat = [a.reshape(-1) for a in (*arrays, out)]

    def work(begin, end):
        for i in range(begin, end, parallel.BLOCK):
            step(*(a[i:min(i + parallel.BLOCK, end)] for a in flat))
    parallel.split(first.size, work)
    return out


def clipped(grad, rescale, limit):
    """A new array: the gradient rescaled, then clipped to ``[-limit, limit]`` unless ``limit`` is negative."""
    g = grad * grad.dtype.type(rescale)
    if limit >= 0:
        np.clip(g, -limit, limit, out=g)
    return g


def _decayed(weight, grad, wd, rescale, limit):
    """Rescaled gradient with the weight decay added before clipping."""
    g = grad * grad.dtype.type(rescale)
    if wd:
        g += weight * weight.dtype.type(wd)
    if limit >= 0:
        np.clip(g, -limit, limit, out=g)
    return g


def _add(weight, delta, out):
    return np.add(weight, delta, out=out)


def sgd_step(weight, grad, lr, wd, rescale, limit, out=None):
    """``w - lr * (clip(rescale * g) + wd * w)``."""
    g = clipped(grad, rescale, limit)
    g *= g.dtype.type(-lr)
    if wd:
        g += weight * g.dtype.type(-lr * wd)
    return np.add(weight, g, out=out)


def momentum_step(weight, grad, mom, lr, momentum, wd, rescale, limit, out=None):
    """``mom`` in place: ``momentum * mom - lr * (clip(rescale * g) + wd * w)``; the weight plus it."""
    g = clipped(grad, rescale, limit)
    g *= g.dtype.type(lr)
    mom *= mom.dtype.type(momentum)
    mom -= g
    if wd:
        mom -= weight * mom.dtype.type(lr * wd)
    return np.add(weight, mom, out=out)


@_step("sgd_update", "_sparse_sgd_update")
def sgd_update(weight: Array, grad: Array, *, lr: float, wd: float = 0.0, rescale_grad: float = 1.0,
               clip_gradient: float = -1.0, lazy_update: bool = True, out: Out = None):
    """A step of stochastic gradient descent."""
    return _in_parts(lambda w, g, o: sgd_step(w, g, lr, wd, rescale_grad, clip_gradient, o), out, weight, grad)


@_step("sgd_mom_update", "_sparse_sgd_mom_update")
def sgd_mom_update(weight: Array, grad: Array, mom: Aux, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
                   rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, out: Out = None):
    """A step of stochastic gradient descent with momentum."""
    return _in_parts(lambda w, g, m, o: momentum_step(w, g, m, lr, momentum, wd, rescale_grad, clip_gradient, o),
                     out, weight, grad, mom)


def _wide(weight, grad, *states):
    """What steps on a float32 copy need: states and copy in float32."""
    alike(weight, grad)
    alike(weight, *states, dtype=np.float32)


def _narrow(weight32, new, dtype):
    weight32[...] = new
    return new.astype(dtype)


@_step("mp_sgd_update")
def mp_sgd_update(weight: Array, grad: Array, weight32: Aux, *, lr: float, wd: float = 0.0, rescale_grad: float = 1.0,
                  clip_gradient: float = -1.0, lazy_update: bool = True):
    """``sgd_update`` on a float32 copy of the weight."""
    _wide(weight, grad, weight32)
    new = sgd_step(weight32, grad.astype(np.float32), lr, wd, rescale_grad, clip_gradient)
    return _narrow(weight32, new, weight.dtype)


@_step("mp_sgd_mom_update")
def mp_sgd_mom_update(weight: Array, grad: Array, mom: Aux, weight32: Aux, *, lr: float, momentum: float = 0.0,
                      wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True):
    """``sgd_mom_update`` on a float32 copy of the weight."""
    _wide(weight, grad, mom, weight32)
    new = momentum_step(weight32, grad.astype(np.float32), mom, lr, momentum, wd, rescale_grad, clip_gradient)
    return _narrow(weight32, new, weight.dtype)


def _nag(weight, grad, mom, lr, momentum, wd, rescale, limit, out=None):
    g = clipped(grad, rescale, limit)
    t = g.dtype.type
    d = g + weight * t(wd)
    d *= t(lr)
    look_ahead = (mom * t(momentum) - d) * t(momentum) - d
    new = np.add(weight, look_ahead, out=out)
    mom *= t(momentum)
    # MXNet reads the weight again, which an out= that is the weight has changed by now
    mom -= (g + weight * t(wd)) * t(lr)
    return new


@_step("nag_mom_update")
def nag_mom_update(weight: Array, grad: Array, mom: Aux, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
                   rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Out = None):
    """A step of Nesterov's accelerated gradient."""
    return _in_parts(lambda w, g, m, o: _nag(w, g, m, lr, momentum, wd, rescale_grad, clip_gradient, o),
                     out, weight, grad, mom)


@_step("mp_nag_mom_update")
def mp_nag_mom_update(weight: Array, grad: Array, mom: Aux, weight32: Aux, *, lr: float, momentum: float = 0.0,
                      wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0):
    """``nag_mom_update`` on a float32 copy of the weight."""
    _wide(weight, grad, mom, weight32)
    new = _nag(weight32, grad.astype(np.float32), mom, lr, momentum, wd, rescale_grad, clip_gradient, weight32)
    return new.astype(weight.dtype)


def adam_terms(g, mean, var, beta1, beta2):
    """Update the running mean and variance of ``g`` in place."""
    t = mean.dtype.type
    mean *= t(beta1)
    mean += g * t(1 - beta1)
    var *= t(beta2)
    var += np.square(g) * t(1 - beta2)


@_step("adam_update", "_sparse_adam_update")
def adam_update(weight: Array, grad: Array, mean: Aux, var: Aux, *, lr: float, beta1: float = 0.8999999761581421,
                beta2: float = 0.9990000128746033, epsilon: float = 9.99999993922529e-09, wd: float = 0.0,
                rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, out: Out = None):
    """A step of Adam (Kingma and Ba, 2015) without bias correction, which is the caller's, in ``lr``."""
    def step(weight, grad, mean, var, out):
        g = _decayed(weight, grad, wd, rescale_grad, clip_gradient)
        adam_terms(g, mean, var, beta1, beta2)
        d = np.sqrt(var)
        d += d.dtype.type(epsilon)
        np.divide(mean, d, out=d)
        d *= d.dtype.type(-lr)
        return np.add(weight, d, out=out)
    return _in_parts(step, out, weight, grad, mean, var)


def _clip_weights(w, limit):
    return np.clip(w, -limit, limit, out=w) if limit > 0 else w


@_step("rmsprop_update")
def rmsprop_update(weight: Array, grad: Array, n: Aux, *, lr: float, gamma1: float = 0.949999988079071,
                   epsilon: float = 9.99999993922529e-09, wd: float = 0.0, rescale_grad: float = 1.0,
                   clip_gradient: float = -1.0, clip_weights: float = -1.0, out: Out = None):
    """A step of RMSProp (Tieleman and Hinton, 2012)."""
    def step(weight, grad, n, out):
        g = _decayed(weight, grad, wd, rescale_grad, clip_gradient)
        t = n.dtype.type
        n *= t(gamma1)
        n += np.square(g) * t(1 - gamma1)
        g *= t(-lr)
        g /= np.sqrt(n + t(epsilon))
        return _clip_weights(_add(weight, g, out), clip_weights)
    return _in_parts(step, out, weight, grad, n)


@_step("rmspropalex_update")
def rmspropalex_update(weight: Array, grad: Array, n: Aux, g: Aux, delta: Aux, *, lr: float,
                       gamma1: float = 0.949999988079071, gamma2: float = 0.8999999761581421,
                       epsilon: float = 9.99999993922529e-09, wd: float = 0.0, rescale_grad: float = 1.0,
                       clip_gradient: float = -1.0, clip_weights: float = -1.0, out: Out = None):
    """A step of centred RMSProp with momentum (Graves, 2013)."""
    alike(weight, grad, n, g, delta)
    gr = _decayed(weight, grad, wd, rescale_grad, clip_gradient)
    t = n.dtype.type
    n *= t(gamma1)
    n += np.square(gr) * t(1 - gamma1)
    g *= t(gamma1)
    g += gr * t(1 - gamma1)
    delta *= t(gamma2)
    delta -= t(lr) * gr / np.sqrt(n - np.square(g) + t(epsilon))
    return _clip_weights(_add(weight, delta, out), clip_weights)


@_step("ftrl_update", "_sparse_ftrl_update")
def ftrl_update(weight: Array, grad: Array, z: Aux, n: Aux, *, lr: float, lamda1: float = 0.009999999776482582,
                beta: float = 1.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
                out: Out = None):
    """A step of Follow-the-Regularized-Leader (McMahan et al., 2013)."""
    alike(weight, grad, z, n)
    g = clipped(grad, rescale_grad, clip_gradient)
    t = n.dtype.type
    old = np.sqrt(n)
    n += np.square(g)
    root = np.sqrt(n)
    z += g - (root - old) * weight / t(lr)
    new = (np.sign(z) * t(lamda1) - z) / ((t(beta) + root) / t(lr) + t(wd)) * (np.abs(z) > t(lamda1))
    return _into(new, out)


def _into(new, out):
    if out is None:
        return new
    out[...] = new
    return out


@_step("ftml_update")
def ftml_update(weight: Array, grad: Array, d: Aux, v: Aux, z: Aux, *, lr: float, beta1: Share = 0.6000000238418579,
                beta2: Share = 0.9990000128746033, epsilon: float = 9.99999993922529e-09, t: int, wd: float = 0.0,
                rescale_grad: float = 1.0, clip_grad: float = -1.0, out: Out = None):
    """A step of Follow-the-Moving-Leader (Zheng and Kwok, 2017)."""
    alike(weight, grad, d, v, z)
    g = _decayed(weight, grad, wd, rescale_grad, clip_grad)
    f = v.dtype.type
    v *= f(beta2)
    v += np.square(g) * f(1 - beta2)
    new_d = f((1 - beta1 ** t) / lr) * (np.sqrt(v / f(1 - beta2 ** t)) + f(epsilon))
    z *= f(beta1)
    z += g * f(1 - beta1) - (new_d - d * f(beta1)) * weight
    d[...] = new_d
    return _into(-z / new_d, out)


def _sign(x):
    """The sign, 0 for nan."""
    s = np.sign(x)
    s[s != s] = 0
    return s


@_step("signsgd_update")
def signsgd_update(weight: Array, grad: Array, *, lr: float, wd: float = 0.0, rescale_grad: float = 1.0,
                   clip_gradient: float = -1.0, out: Out = None):
    """A step by the sign of the gradient (Bernstein et al., 2018)."""
    alike(weight, grad)
    t = weight.dtype.type
    return _into(weight * t(1 - lr * wd) - _sign(grad) * t(lr), out)


@_step("signum_update")
def signum_update(weight: Array, grad: Array, mom: Aux, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
                  rescale_grad: float = 1.0, clip_gradient: float = -1.0, wd_lh: float = 0.0, out: Out = None):
    """A step by the sign of the momentum, with optional decoupled decay ``wd_lh``."""
    alike(weight, grad, mom)
    t = weight.dtype.type
    g = clipped(grad, rescale_grad, clip_gradient)
    mom *= t(momentum)
    mom -= (g + weight * t(wd)) * t(1 - momentum)
    return _into(weight * t(1 - lr * wd_lh) + _sign(mom) * t(lr), out)


def lamb_direction(weight, grad, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale, limit):
    """The LAMB direction (You et al., 2020); ``mean`` and ``var`` change in place."""
    g = clipped(grad, rescale, limit)
    adam_terms(g, mean, var, beta1, beta2)
    f = mean.dtype.type
    m, v = (mean / f(1 - beta1 ** t), var / f(1 - beta2 ** t)) if bias_correction else (mean, var)
    return m / (np.sqrt(v) + f(epsilon)) + weight * f(wd)


def trust_ratio(r1, r2, lower, upper):
    """``r1 / r2`` with ``r1`` kept within its bounds; 1 where either is 0."""
    if lower >= 0:
        r1 = max(r1, lower)
    if upper > 0:
        r1 = min(r1, upper)
    return r1 / r2 if r1 and r2 else 1.0


def _number(norm, name):
    if norm.shape[:1] != (1,):
        raise ValueError(f"{name} must have one element, got the shape {norm.shape}")
    return float(norm.reshape(-1)[0])


def single(scale):
    """The number that an array of float32 begins with; ValueError where it has another type."""
    if scale.dtype != np.float32:
        raise ValueError(f"scales and norms must be float32, got {scale.dtype}")
    return float(scale.reshape(-1)[0])


@_step("lamb_update_phase1")
def lamb_update_phase1(weight: Array, grad: Array, mean: Aux, var: Aux, *, beta1: float = 0.8999999761581421,
                       beta2: float = 0.9990000128746033, epsilon: float = 9.999999974752427e-07, t: int,
                       bias_correction: bool = True, wd: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0):
    """The direction of a LAMB step."""
    alike(weight, grad, mean, var)
    return lamb_direction(weight, grad, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale_grad,
                          clip_gradient)


@_step("lamb_update_phase2")
def lamb_update_phase2(weight: Array, g: Array, r1: Array, r2: Array, *, lr: float, lower_bound: float = -1.0,
                       upper_bound: float = -1.0, out: Out = None):
    """A LAMB step along ``g``, scaled by the norms of weight (``r1``) and direction (``r2``)."""
    alike(weight, g)
    ratio = trust_ratio(_number(r1, "r1"), _number(r2, "r2"), lower_bound, upper_bound)
    return np.subtract(weight, g * g.dtype.type(lr * ratio), out=out)


@_step("mp_lamb_update_phase1")
def mp_lamb_update_phase1(weight: Array, grad: Array, mean: Aux, var: Aux, weight32: Aux, *,
                          beta1: float = 0.8999999761581421, beta2: float = 0.9990000128746033,
                          epsilon: float = 9.999999974752427e-07, t: int, bias_correction: bool = True, wd: float,
                          rescale_grad: float = 1.0, clip_gradient: float = -1.0):
    """``lamb_update_phase1`` on a float32 copy of the weight; the direction is float32."""
    _wide(weight, grad, mean, var, weight32)
    return lamb_direction(weight32, grad.astype(np.float32), mean, var, beta1, beta2, epsilon, t, bias_correction, wd,
                          rescale_grad, clip_gradient)


@_step("mp_lamb_update_phase2")
def mp_lamb_update_phase2(weight: Array, g: Aux, r1: Aux, r2: Aux, weight32: Aux, *, lr: float,
                          lower_bound: float = -1.0, upper_bound: float = -1.0):
    """``lamb_update_phase2`` on a float32 copy of the weight."""
    alike(weight, g, weight32, dtype=np.float32)
    for r in (r1, r2):
        single(r)
    ratio = trust_ratio(_number(r1, "r1"), _number(r2, "r2"), lower_bound, upper_bound)
    return _narrow(weight32, weight32 - g * np.float32(lr * ratio), weight.dtype)


def adamw_step(weight, grad, mean, var, scale, lr, beta1, beta2, epsilon, wd, eta, limit):
    """AdamW (Loshchilov and Hutter, 2019); None where the gradient's scale says that the step is to be skipped."""
    if not np.isfinite(scale) or scale == 0:
        return None
    g = clipped(grad, scale, limit)
    adam_terms(g, mean, var, beta1, beta2)
    f = mean.dtype.type
    return weight - f(eta) * (f(lr) * mean / (np.sqrt(var) + f(epsilon)) + f(wd) * weight)


@_step("_adamw_update")
def adamw_update(weight: Array, grad: Array, mean: Aux, var: Aux, rescale_grad: AnyArray, *, lr: float,
                 beta1: float = 0.8999999761581421, beta2: float = 0.9990000128746033,
                 epsilon: float = 9.99999993922529e-09, wd: float = 0.0, eta: float, clip_gradient: float = -1.0):
    """A step of AdamW; nothing changes where ``rescale_grad`` (an array of one element) is 0 or not finite."""
    alike(weight, grad, mean, var)
    new = adamw_step(weight, grad, mean, var, single(rescale_grad), lr, beta1, beta2, epsilon, wd, eta,
                     clip_gradient)
    return weight.copy() if new is None else new


@_step("_mp_adamw_update")
def mp_adamw_update(weight: Array, grad: Array, mean: Aux, var: Aux, weight32: Aux, rescale_grad: Aux, *, lr: float,
                    beta1: float = 0.8999999761581421, beta2: float = 0.9990000128746033,
                    epsilon: float = 9.99999993922529e-09, wd: float = 0.0, eta: float, clip_gradient: float = -1.0):
    """``_adamw_update`` on a float32 copy of the weight."""
    _wide(weight, grad, mean, var, weight32)
    new = adamw_step(weight32, grad.astype(np.float32), mean, var, single(rescale_grad), lr, beta1, beta2,
                     epsilon, wd, eta, clip_gradient)
    return weight.copy() if new is None else _narrow(weight32, new, weight.dtype)


def _wide_types(own, result=None):
    """The rule of types of a step on a float32 copy, whose first ``own`` inputs are of the weight's type."""
    def rule(*given, **_):
        weight = next((t for t in given[:own] if t is not None), None)
        return (weight,) * own + (np.float32,) * (len(given) - own), (result or weight,)
    return rule


for _op in (mp_sgd_update, mp_sgd_mom_update, mp_nag_mom_update, mp_adamw_update):
    _op.type_rule = _wide_types(2)
mp_lamb_update_phase1.type_rule = _wide_types(2, np.float32)
mp_lamb_update_phase2.type_rule = _wide_types(1)
adamw_update.type_rule = lambda *given, **_: ((given[0],) * 4 + (np.float32,), given[:1])
