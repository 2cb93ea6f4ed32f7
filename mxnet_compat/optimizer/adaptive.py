"""Optimizers with a step size for each element."""
import math
import os

from .. import ndarray as nd
from ..ndarray import sparse
from .base import Optimizer, check_arrays, register, zeros_like

__all__ = ["FTML", "LAMB", "AdaDelta", "AdaGrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSProp"]


@register
class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015). Row_sparse gradients change their rows only, unless ``lazy_update=False``."""

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, lazy_update=True, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def create_state(self, index, weight):
        stype = weight.stype if self.lazy_update else "default"
        return zeros_like(weight, stype), zeros_like(weight, stype)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        t = self._index_update_count[index]
        lr *= math.sqrt(1.0 - self.beta2 ** t) / (1.0 - self.beta1 ** t)
        mean, var = state
        nd.adam_update(weight, grad, mean, var, out=weight, **self._common(
            lr=lr, wd=wd, beta1=self.beta1, beta2=self.beta2, epsilon=self.epsilon, lazy_update=self.lazy_update))


@register
class Adamax(Optimizer):
    """Adam with the largest gradient in the place of the mean square (Kingma and Ba, 2015)."""

    def __init__(self, learning_rate=0.002, beta1=0.9, beta2=0.999, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def create_state(self, index, weight):
        return zeros_like(weight), zeros_like(weight)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        lr /= 1.0 - self.beta1 ** self._index_update_count[index]
        grad = _clipped(self, grad * self.rescale_grad + wd * weight)
        mean, largest = state
        _average(mean, grad, self.beta1)
        largest[:] = nd.maximum(self.beta2 * largest, nd.abs(grad))
        weight -= lr * mean / largest


@register
class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2016)."""

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, schedule_decay=0.004, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.0

    def create_state(self, index, weight):
        return zeros_like(weight), zeros_like(weight)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        t = self._index_update_count[index]
        grad = _clipped(self, grad * self.rescale_grad + wd * weight)
        now, then = (self.beta1 * (1.0 - 0.5 * 0.96 ** (k * self.schedule_decay)) for k in (t, t + 1))
        self.m_schedule *= now
        mean, var = state
        _average(mean, grad, self.beta1)
        _average(var, grad * grad, self.beta2)
        ahead = mean / (1.0 - self.m_schedule * then) * then + grad / (1.0 - self.m_schedule) * (1.0 - now)
        weight -= lr * ahead / (nd.sqrt(var / (1.0 - self.beta2 ** t)) + self.epsilon)


def _clipped(optimizer, grad):
    limit = optimizer.clip_gradient
    return grad if limit is None else grad.clip(-limit, limit)


def _average(mean, x, beta):
    """``mean = beta * mean + (1 - beta) * x`` in place."""
    mean *= beta
    mean += (1.0 - beta) * x


@register
class AdaGrad(Optimizer):
    """AdaGrad (Duchi et al., 2011). Row_sparse gradients change their rows only; weight decay is not for them."""

    def __init__(self, eps=1e-7, **kwargs):
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index, weight):
        return zeros_like(weight, weight.stype)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        if grad.stype == "row_sparse":
            sparse.adagrad_update(weight, grad, state, out=weight, **self._common(lr=lr, wd=wd, epsilon=self.float_stable_eps))
            return
        grad = self._scaled(grad)
        state += grad * grad
        weight -= lr * (grad / nd.sqrt(state + self.float_stable_eps) + wd * weight)


@register
class AdaDelta(Optimizer):
    """AdaDelta (Zeiler, 2012); the learning rate is not used."""

    def __init__(self, rho=0.9, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def create_state(self, index, weight):
        return zeros_like(weight), zeros_like(weight)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        _, wd = self._begin(index)
        grad = self._scaled(grad)
        acc_g, acc_delta = state
        _average(acc_g, grad * grad, self.rho)
        delta = nd.sqrt(acc_delta + self.epsilon) / nd.sqrt(acc_g + self.epsilon) * grad
        _average(acc_delta, delta * delta, self.rho)
        weight -= delta + wd * weight


@register
class RMSProp(Optimizer):
    """RMSProp (Tieleman and Hinton, 2012), or the centred form with momentum ``gamma2`` (Graves, 2013)."""

    def __init__(self, learning_rate=0.001, gamma1=0.9, gamma2=0.9, epsilon=1e-8, centered=False, clip_weights=None,
                 **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1
        self.gamma2 = gamma2
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index, weight):
        return tuple(zeros_like(weight, weight.stype) for _ in range(3 if self.centered else 1))

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        kwargs = self._common(lr=lr, wd=wd, gamma1=self.gamma1, epsilon=self.epsilon)
        if self.clip_weights:
            kwargs["clip_weights"] = self.clip_weights
        if self.centered:
            nd.rmspropalex_update(weight, grad, *state, out=weight, gamma2=self.gamma2, **kwargs)
        else:
            nd.rmsprop_update(weight, grad, *state, out=weight, **kwargs)


@register
class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al., 2013); ``lamda1`` is the weight of the absolute values."""

    def __init__(self, lamda1=0.01, learning_rate=0.1, beta=1, **kwargs):
        super().__init__(**kwargs)
        # a scheduler keeps its own rate
        self.lr = learning_rate
        self.lamda1 = lamda1
        self.beta = beta

    def create_state(self, index, weight):
        return zeros_like(weight, weight.stype), zeros_like(weight, weight.stype)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        nd.ftrl_update(weight, grad, *state, out=weight, **self._common(lr=lr, wd=wd, lamda1=self.lamda1, beta=self.beta))


@register
class FTML(Optimizer):
    """Follow the moving leader (Zheng and Kwok, 2017)."""

    def __init__(self, beta1=0.6, beta2=0.999, epsilon=1e-8, **kwargs):
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index, weight):
        return zeros_like(weight), zeros_like(weight), zeros_like(weight)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        kwargs = {"clip_grad": self.clip_gradient} if self.clip_gradient else {}
        nd.ftml_update(weight, grad, *state, out=weight, lr=lr, wd=wd, t=self._index_update_count[index], beta1=self.beta1,
                       beta2=self.beta2, epsilon=self.epsilon, rescale_grad=self.rescale_grad, **kwargs)


@register
class LAMB(Optimizer):
    """Layer-wise Adam for large batches (You et al., 2020)."""

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-6, lower_bound=None, upper_bound=None,
                 bias_correction=True, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.bias_correction = bias_correction
        self.aggregate_num = max(1, min(45, int(os.environ.get("MXNET_OPTIMIZER_AGGREGATION_SIZE", "45"))))

    def create_state(self, index, weight):
        return zeros_like(weight).astype("float32"), zeros_like(weight).astype("float32")

    def update(self, index, weight, grad, state):
        self._update_impl(index, weight, grad, state, False)

    def update_multi_precision(self, index, weight, grad, state):
        """``update``, on the float32 copy where that is kept."""
        first = weight[0] if isinstance(weight, (list, tuple)) else weight
        self._update_impl(index, weight, grad, state, self._uses_float32(first))

    def _update_impl(self, indices, weights, grads, states, multi_precision):
        if not isinstance(indices, (list, tuple)):
            indices, weights, grads, states = [indices], [weights], [grads], [states]
        self._update_count(indices)
        for i, w, g, state, lr, wd in zip(indices, weights, grads, states, self._get_lrs(indices), self._get_wds(indices)):
            check_arrays(w, g)
            self._step(w, g, state, lr, wd, self._index_update_count[i], multi_precision)

    def _step(self, weight, grad, state, lr, wd, t, multi_precision):
        copy, (mean, var) = state if multi_precision else (weight, state)
        first = self._common(beta1=self.beta1, beta2=self.beta2, epsilon=self.epsilon, bias_correction=self.bias_correction,
                             t=t, wd=wd)
        second = {"lr": lr}
        if self.lower_bound:
            second["lower_bound"] = self.lower_bound
        if self.upper_bound:
            second["upper_bound"] = self.upper_bound
        if multi_precision:
            g = nd.mp_lamb_update_phase1(weight, grad, mean, var, copy, **first)
            nd.mp_lamb_update_phase2(weight, g, copy.norm(), g.norm(), copy, out=weight, **second)
        else:
            g = nd.lamb_update_phase1(weight, grad, mean, var, **first)
            nd.lamb_update_phase2(weight, g, weight.norm(), g.norm(), out=weight, **second)
