"""Stochastic gradient descent and its near kin."""
import math
import os

from .. import ndarray as nd
from ..ndarray import random
from .base import Optimizer, check_arrays, register, zeros_like

__all__ = ["DCASGD", "NAG", "SGD", "SGLD", "Signum", "ccSGD", "momentum_first"]


def momentum_first(klass):
    """A class decorator for optimizers whose state is a momentum, with the float32 copy of the weight after it.

    They define ``_update_impl(index, weight, grad, state, multi_precision)``.
    """
    def create_state_multi_precision(self, index, weight):
        """The momentum (or None), with the float32 copy of the weight after it where that is kept."""
        if self._uses_float32(weight):
            copy = weight.astype("float32")
            return self.create_state(index, copy), copy
        self._warn_float16(weight)
        return self.create_state(index, weight)

    def update(self, index, weight, grad, state):
        """Change ``weight`` in place."""
        self._update_impl(index, weight, grad, state, False)

    def update_multi_precision(self, index, weight, grad, state):
        """``update``, on the float32 copy where that is kept."""
        first = weight[0] if isinstance(weight, (list, tuple)) else weight
        self._update_impl(index, weight, grad, state, self._uses_float32(first))

    for method in (create_state_multi_precision, update, update_multi_precision):
        setattr(klass, method.__name__, method)
    return klass


@register
@momentum_first
class SGD(Optimizer):
    """``v = momentum * v - lr * (clip(rescale * grad) + wd * weight)``, ``weight += v``.

    Row_sparse gradients change their rows only, unless ``lazy_update=False``. ``update`` also takes lists.
    """

    def __init__(self, momentum=0.0, lazy_update=True, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = int(os.environ.get("MXNET_OPTIMIZER_AGGREGATION_SIZE", "4"))

    def create_state(self, index, weight):
        if self.momentum == 0.0:
            return None
        return zeros_like(weight, weight.stype if self.lazy_update else "default")

    def _update_impl(self, indices, weights, grads, states, multi_precision=False):
        if not isinstance(indices, (list, tuple)):
            indices, weights, grads, states = [indices], [weights], [grads], [states]
        for w, g in zip(weights, grads):
            check_arrays(w, g)
        self._update_count(indices)
        lrs, wds = self._get_lrs(indices), self._get_wds(indices)
        self._steps(indices, weights, grads, states, lrs, wds, multi_precision, self.momentum)

    def _steps(self, indices, weights, grads, states, lrs, wds, multi_precision, momentum):
        kwargs = self._common(lazy_update=self.lazy_update)
        for w, g, state, lr, wd in zip(weights, grads, states, lrs, wds):
            mom, copy = state if multi_precision else (state, None)
            if mom is None:
                if multi_precision:
                    nd.mp_sgd_update(w, g, copy, out=w, lr=lr, wd=wd, **kwargs)
                else:
                    nd.sgd_update(w, g, out=w, lr=lr, wd=wd, **kwargs)
            elif multi_precision:
                nd.mp_sgd_mom_update(w, g, mom, copy, out=w, momentum=momentum, lr=lr, wd=wd, **kwargs)
            else:
                nd.sgd_mom_update(w, g, mom, out=w, momentum=momentum, lr=lr, wd=wd, **kwargs)


@register
class ccSGD(SGD):
    """The old name of ``SGD``."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


@register
@momentum_first
class NAG(Optimizer):
    """Nesterov's accelerated gradient."""

    def __init__(self, momentum=0.0, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def create_state(self, index, weight):
        return None if self.momentum == 0.0 else zeros_like(weight)

    def _update_impl(self, index, weight, grad, state, multi_precision=False):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        kwargs = self._common(lr=lr, wd=wd)
        mom, copy = state if multi_precision else (state, None)
        if mom is None:
            if multi_precision:
                nd.mp_sgd_update(weight, grad, copy, out=weight, **kwargs)
            else:
                nd.sgd_update(weight, grad, out=weight, **kwargs)
        elif multi_precision:
            nd.mp_nag_mom_update(weight, grad, mom, copy, out=weight, momentum=self.momentum, **kwargs)
        else:
            nd.nag_mom_update(weight, grad, mom, out=weight, momentum=self.momentum, **kwargs)


@register
class Signum(Optimizer):
    """Steps by the sign of the momentum (Bernstein et al., 2018); ``wd_lh`` is a decoupled weight decay."""

    def __init__(self, learning_rate=0.01, momentum=0.9, wd_lh=0.0, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.wd_lh = wd_lh

    def create_state(self, index, weight):
        return None if self.momentum == 0.0 else zeros_like(weight, weight.stype)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        kwargs = self._common(lr=lr, wd=wd)
        if state is None:
            nd.signsgd_update(weight, grad, out=weight, **kwargs)
            return
        if self.wd_lh:
            kwargs["wd_lh"] = self.wd_lh
        nd.signum_update(weight, grad, state, out=weight, momentum=self.momentum, **kwargs)


@register
class SGLD(Optimizer):
    """Stochastic gradient Langevin dynamics (Patterson and Teh, 2013): half a step and noise of variance ``lr``."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def create_state(self, index, weight):
        return None

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        noise = random.normal(0, math.sqrt(lr), shape=weight.shape, dtype=weight.dtype, ctx=weight.context)
        weight[:] += (self._scaled(grad) + wd * weight) * (-lr / 2) + noise


@register
class DCASGD(Optimizer):
    """Delay-compensated asynchronous descent (Zheng et al., 2016)."""

    def __init__(self, momentum=0.0, lamda=0.04, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.weight_previous = {}
        self.lamda = lamda

    def create_state(self, index, weight):
        return None if self.momentum == 0.0 else zeros_like(weight), weight.copy()

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        grad = self._scaled(grad)
        mom, previous = state
        step = (grad + wd * weight + self.lamda * grad * grad * (weight - previous)) * -lr
        if mom is not None:
            mom *= self.momentum
            mom += step
            step = mom
        previous[:] = weight
        weight += step
