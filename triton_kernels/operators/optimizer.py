"""Optimizer steps: each weight in one launch, its states in place. Deterministic; roofline: bytes of weight, gradient, states.

In the texts ``a`` is the scale of the gradient and ``b`` the bound that it is clipped to, infinite where it is not.
"""
import math

import numpy as np

from ..device import Unsupported
from ..pointwise import run
from ..registry import implements

_F32 = np.dtype(np.float32)


def _alike(weight, *others, dtype=None):
    for a in others:
        if a.shape != weight.shape or a.dtype != (dtype or weight.dtype):
            raise Unsupported("other shapes or types")


def _bound(limit):
    return limit if limit >= 0 else math.inf


def _step(text, weight, states, inputs, numbers, out=None, wide=None, dtype=None):
    """Evaluate a text whose results are the new weight and the states; ``wide`` is a float32 copy of the weight."""
    new = weight.device.empty(weight.shape, dtype or weight.dtype) if out is None else out
    outs = (new, *states) if wide is None else (new, *states, wide)
    run(text, inputs, numbers, outs=outs)
    return new


_CLIPPED = "gr = nan_max(nan_min(y * a, b), -b); "
_DECAYED = "gr = nan_max(nan_min(y * a + x * c, b), -b); "
_SGD = _CLIPPED + "w = x - (gr * c + x * d); "
_MOM = _CLIPPED + "mo = z * e - gr * c - x * d; w = x + mo; "
# MXNet reads the weight again for the momentum, which an out= that is the weight has changed by then
_NAG = _CLIPPED + "de = (gr + x * d) * c; w = x + (z * e - de) * e - de; "
_NAG_NEW, _NAG_OLD = _NAG + "mo = z * e - (gr + w * d) * c; ", _NAG + "mo = z * e - de; "


def _sgd(w, g, lr, wd, rescale, limit, out=None, narrow=None):
    if narrow is None:
        return _step(_SGD + "w", w, (), (w, g), (rescale, _bound(limit), lr, lr * wd), out)
    return _step(_SGD + "w, w", narrow, (), (w, g), (rescale, _bound(limit), lr, lr * wd), out, w)


def _sgd_mom(w, g, mom, lr, wd, momentum, rescale, limit, out=None, narrow=None):
    numbers = (rescale, _bound(limit), lr, lr * wd, momentum)
    if narrow is None:
        return _step(_MOM + "w, mo", w, (mom,), (w, g, mom), numbers, out)
    return _step(_MOM + "w, mo, w", narrow, (mom,), (w, g, mom), numbers, out, w)


@implements("sgd_update")
def _sgd_update(weight, grad, *, lr, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, lazy_update=True, out=None):
    _alike(weight, grad)
    return _sgd(weight, grad, lr, wd, rescale_grad, clip_gradient, out)


@implements("mp_sgd_update")
def _mp_sgd_update(weight, grad, weight32, *, lr, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, lazy_update=True):
    _alike(weight, grad)
    _alike(weight, weight32, dtype=_F32)
    return _sgd(weight32, grad, lr, wd, rescale_grad, clip_gradient, None, weight)


@implements("sgd_mom_update")
def _sgd_mom_update(weight, grad, mom, *, lr, momentum=0.0, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, lazy_update=True,
                    out=None):
    _alike(weight, grad, mom)
    return _sgd_mom(weight, grad, mom, lr, wd, momentum, rescale_grad, clip_gradient, out)


@implements("mp_sgd_mom_update")
def _mp_sgd_mom_update(weight, grad, mom, weight32, *, lr, momentum=0.0, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0,
                       lazy_update=True):
    _alike(weight, grad)
    _alike(weight, mom, weight32, dtype=_F32)
    return _sgd_mom(weight32, grad, mom, lr, wd, momentum, rescale_grad, clip_gradient, None, weight)


@implements("nag_mom_update")
def _nag_mom_update(weight, grad, mom, *, lr, momentum=0.0, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, out=None):
    _alike(weight, grad, mom)
    text = _NAG_NEW if out is not None and out.ptr == weight.ptr else _NAG_OLD
    return _step(text + "w, mo", weight, (mom,), (weight, grad, mom),
                 (rescale_grad, _bound(clip_gradient), lr, wd, momentum), out)


@implements("mp_nag_mom_update")
def _mp_nag_mom_update(weight, grad, mom, weight32, *, lr, momentum=0.0, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0):
    _alike(weight, grad)
    _alike(weight, mom, weight32, dtype=_F32)
    return _step(_NAG_NEW + "w, mo, w", weight, (mom,), (weight32, grad, mom),
                 (rescale_grad, _bound(clip_gradient), lr, wd, momentum), None, weight32)


# z: mean, x3: variance
_ADAM = _DECAYED + ("mean = z * d + gr * (1 - d); var = x3 * e + gr * gr * (1 - e); "
                    "w = x - divide(mean * g, root(var) + f); w, mean, var")


@implements("adam_update")
def _adam_update(weight, grad, mean, var, *, lr, beta1=0.8999999761581421, beta2=0.9990000128746033,
                 epsilon=9.99999993922529e-09, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, lazy_update=True, out=None):
    _alike(weight, grad, mean, var)
    return _step(_ADAM, weight, (mean, var), (weight, grad, mean, var),
                 (rescale_grad, _bound(clip_gradient), wd, beta1, beta2, epsilon, lr), out)


# x3 (weight, mean, variance come first): the gradient's scale, which may say that nothing changes
_ADAMW = ("gr = nan_max(nan_min(y * x4, b), -b); mean = z * d + gr * (1 - d); var = x3 * e + gr * gr * (1 - e); "
          "w = x - g * (divide(c * mean, root(var) + f) + h * x); fine = (tl.abs(x4) < float('inf')) & (x4 != 0); "
          "w = tl.where(fine, w, {}); mean = tl.where(fine, mean, z); var = tl.where(fine, var, x3); w, mean, var")
_ADAMW_MP = _ADAMW.format("x5").replace("w = tl.where", "wide = tl.where(fine, w, x); w = tl.where") + ", wide"
_ADAMW = _ADAMW.format("x")


def _adamw(w, g, mean, var, scale, lr, beta1, beta2, epsilon, wd, eta, limit, narrow=None):
    scale = scale.ravel()[:1]
    numbers = (0.0, _bound(limit), lr, beta1, beta2, epsilon, eta, wd)
    if narrow is None:
        return _step(_ADAMW, w, (mean, var), (w, g, mean, var, scale), numbers)
    return _step(_ADAMW_MP, narrow, (mean, var), (w, g, mean, var, scale, narrow), numbers, None, w)


@implements("_adamw_update")
def _adamw_update(weight, grad, mean, var, rescale_grad, *, lr, beta1=0.8999999761581421, beta2=0.9990000128746033,
                  epsilon=9.99999993922529e-09, wd=0.0, eta, clip_gradient=-1.0):
    _alike(weight, grad, mean, var)
    if rescale_grad.dtype != _F32 or not rescale_grad.size:
        raise Unsupported("this scale")
    return _adamw(weight, grad, mean, var, rescale_grad, lr, beta1, beta2, epsilon, wd, eta, clip_gradient)


@implements("_mp_adamw_update")
def _mp_adamw_update(weight, grad, mean, var, weight32, rescale_grad, *, lr, beta1=0.8999999761581421,
                     beta2=0.9990000128746033, epsilon=9.99999993922529e-09, wd=0.0, eta, clip_gradient=-1.0):
    _alike(weight, grad)
    _alike(weight, mean, var, weight32, dtype=_F32)
    if rescale_grad.dtype != _F32 or not rescale_grad.size:
        raise Unsupported("this scale")
    return _adamw(weight32, grad, mean, var, rescale_grad, lr, beta1, beta2, epsilon, wd, eta, clip_gradient, weight)


_RMSPROP = _DECAYED + ("sq = z * d + gr * gr * (1 - d); w = x - divide(gr * f, root(sq + e)); "
                       "w = nan_max(nan_min(w, g), -g); w, sq")


@implements("rmsprop_update")
def _rmsprop_update(weight, grad, n, *, lr, gamma1=0.949999988079071, epsilon=9.99999993922529e-09, wd=0.0, rescale_grad=1.0,
                    clip_gradient=-1.0, clip_weights=-1.0, out=None):
    _alike(weight, grad, n)
    return _step(_RMSPROP, weight, (n,), (weight, grad, n),
                 (rescale_grad, _bound(clip_gradient), wd, gamma1, epsilon, lr,
                  clip_weights if clip_weights > 0 else math.inf), out)


# z: mean of squares, x3: mean, x4: delta
_RMSPROPALEX = _DECAYED + ("sq = z * d + gr * gr * (1 - d); mean = x3 * d + gr * (1 - d); "
                           "de = x4 * e - divide(gr * g, root(sq - mean * mean + f)); w = nan_max(nan_min(x + de, h), -h); "
                           "w, sq, mean, de")


@implements("rmspropalex_update")
def _rmspropalex_update(weight, grad, n, g, delta, *, lr, gamma1=0.949999988079071, gamma2=0.8999999761581421,
                        epsilon=9.99999993922529e-09, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, clip_weights=-1.0,
                        out=None):
    _alike(weight, grad, n, g, delta)
    return _step(_RMSPROPALEX, weight, (n, g, delta), (weight, grad, n, g, delta),
                 (rescale_grad, _bound(clip_gradient), wd, gamma1, gamma2, epsilon, lr,
                  clip_weights if clip_weights > 0 else math.inf), out)


# z, x3: z and n of the method
_FTRL = _CLIPPED + ("sq = x3 + gr * gr; rt = root(sq); su = z + gr - divide((rt - root(x3)) * x, c); "
                    "w = divide(sign(su) * d - su, divide(e + rt, c) + f) * tl.where(tl.abs(su) > d, 1.0, 0.0); w, su, sq")


@implements("ftrl_update")
def _ftrl_update(weight, grad, z, n, *, lr, lamda1=0.009999999776482582, beta=1.0, wd=0.0, rescale_grad=1.0,
                 clip_gradient=-1.0, out=None):
    _alike(weight, grad, z, n)
    return _step(_FTRL, weight, (z, n), (weight, grad, z, n),
                 (rescale_grad, _bound(clip_gradient), lr, lamda1, beta, wd), out)


# z: d, x3: v, x4: z of the method; f, g: (1 - beta1**t) / lr and 1 - beta2**t
_FTML = _DECAYED + ("sq = x3 * e + gr * gr * (1 - e); de = f * (root(divide(sq, g)) + h); "
                    "su = x4 * d + gr * (1 - d) - (de - z * d) * x; w = divide(-su, de); w, de, sq, su")


@implements("ftml_update")
def _ftml_update(weight, grad, d, v, z, *, lr, beta1=0.6000000238418579, beta2=0.9990000128746033,
                 epsilon=9.99999993922529e-09, t, wd=0.0, rescale_grad=1.0, clip_grad=-1.0, out=None):
    _alike(weight, grad, d, v, z)
    return _step(_FTML, weight, (d, v, z), (weight, grad, d, v, z),
                 (rescale_grad, _bound(clip_grad), wd, beta1, beta2, (1 - beta1 ** t) / lr, 1 - beta2 ** t, epsilon), out)


@implements("signsgd_update")
def _signsgd_update(weight, grad, *, lr, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, out=None):
    _alike(weight, grad)
    return _step("x * a - tl.where(y > 0, b, tl.where(y < 0, -b, 0))", weight, (), (weight, grad), (1 - lr * wd, lr), out)


_SIGNUM = _CLIPPED + ("mo = z * c - (gr + x * d) * (1 - c); w = x * e + tl.where(mo > 0, f, tl.where(mo < 0, -f, 0)); w, mo")


@implements("signum_update")
def _signum_update(weight, grad, mom, *, lr, momentum=0.0, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0, wd_lh=0.0, out=None):
    _alike(weight, grad, mom)
    return _step(_SIGNUM, weight, (mom,), (weight, grad, mom),
                 (rescale_grad, _bound(clip_gradient), momentum, wd, 1 - lr * wd_lh, lr), out)


# f, g: by what mean and variance are divided
_LAMB = _CLIPPED + ("mean = z * c + gr * (1 - c); var = x3 * d + gr * gr * (1 - d); "
                    "w = divide(divide(mean, f), root(divide(var, g)) + e) + x * h; w, mean, var")


def _lamb(w, g, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale, limit):
    f, s = (1 - beta1 ** t, 1 - beta2 ** t) if bias_correction else (1.0, 1.0)
    return _step(_LAMB, w, (mean, var), (w, g, mean, var), (rescale, _bound(limit), beta1, beta2, epsilon, f, s, wd))


@implements("lamb_update_phase1")
def _lamb_update_phase1(weight, grad, mean, var, *, beta1=0.8999999761581421, beta2=0.9990000128746033,
                        epsilon=9.999999974752427e-07, t, bias_correction=True, wd, rescale_grad=1.0, clip_gradient=-1.0):
    _alike(weight, grad, mean, var)
    return _lamb(weight, grad, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale_grad, clip_gradient)


@implements("mp_lamb_update_phase1")
def _mp_lamb_update_phase1(weight, grad, mean, var, weight32, *, beta1=0.8999999761581421, beta2=0.9990000128746033,
                           epsilon=9.999999974752427e-07, t, bias_correction=True, wd, rescale_grad=1.0, clip_gradient=-1.0):
    _alike(weight, grad)
    _alike(weight, mean, var, weight32, dtype=_F32)
    return _lamb(weight32, grad, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale_grad, clip_gradient)


# z, x3: the norms of weight and direction
_PHASE2 = ("r1 = nan_min(nan_max(z, b), c); w = x - y * (a * tl.where((r1 != 0) & (x3 != 0), divide(r1, x3), 1.0)); w")


def _phase2(w, d, r1, r2, lr, lower, upper, out=None, narrow=None):
    numbers = (lr, lower if lower >= 0 else -math.inf, upper if upper > 0 else math.inf)
    inputs = (w, d, r1.ravel()[:1], r2.ravel()[:1])
    if narrow is None:
        return _step(_PHASE2, w, (), inputs, numbers, out)
    return _step(_PHASE2 + ", w", narrow, (), inputs, numbers, out, w)


@implements("lamb_update_phase2")
def _lamb_update_phase2(weight, g, r1, r2, *, lr, lower_bound=-1.0, upper_bound=-1.0, out=None):
    _alike(weight, g)
    if r1.shape[:1] != (1,) or r2.shape[:1] != (1,):
        raise Unsupported("norms of several elements")
    return _phase2(weight, g, r1, r2, lr, lower_bound, upper_bound, out)


@implements("mp_lamb_update_phase2")
def _mp_lamb_update_phase2(weight, g, r1, r2, weight32, *, lr, lower_bound=-1.0, upper_bound=-1.0):
    _alike(weight, g, weight32, dtype=_F32)
    if r1.shape[:1] != (1,) or r2.shape[:1] != (1,) or r1.dtype != _F32 or r2.dtype != _F32:
        raise Unsupported("these norms")
    return _phase2(weight32, g, r1, r2, lr, lower_bound, upper_bound, None, weight)
