"""Descent with a learning rate for each layer, for large batches."""
import math
import os

from .. import ndarray as nd
from .base import Optimizer, check_arrays, register, zeros_like
from .descent import SGD, momentum_first

__all__ = ["LARS", "LBSGD"]


@register
@momentum_first
class LARS(Optimizer):
    """Layer-wise adaptive rate scaling (You et al., 2017): the rate of a layer is scaled by
    ``eta * |weight| / (|grad| + wd * |weight| + eps)``; gamma, beta and bias are left alone.

    With ``momentum_correction`` the momentum follows changes of the learning rate.
    """

    def __init__(self, momentum=0.0, lazy_update=True, eta=0.001, eps=0, momentum_correction=True, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = int(os.environ.get("MXNET_OPTIMIZER_AGGREGATION_SIZE", "4"))
        self.momentum_correction = momentum_correction
        self.eta = eta
        self.eps = eps
        self.skip = 0
        self.last_lr = None
        self.cur_lr = None

    def set_wd_mult(self, args_wd_mult):
        """Multipliers of the weight decay by name or index; names not ending in ``_weight`` have 0."""
        self.wd_mult = {n: 0.0 for n in self.idx2name.values() if not n.endswith("_weight")}
        self.wd_mult.update(self._from_symbol("__wd_mult__"))
        self.wd_mult.update(args_wd_mult)

    create_state = SGD.create_state
    _update_impl = SGD._update_impl

    def _get_lrs(self, indices):
        """The learning rates of some weights; also remembers the rate, for the momentum."""
        rate = self.learning_rate
        self.last_lr = rate if self.cur_lr is None else self.cur_lr
        self.cur_lr = rate
        return super()._get_lrs(indices)

    def _l2norm(self, v, rescale=False):
        norm = float(v.astype("float32").norm().asscalar())
        return norm * self.rescale_grad if rescale else norm

    def _get_lars(self, i, weight, g, lr, wd):
        """The scaled rate of a weight."""
        if self.idx2name.get(i, str(i)).endswith(("gamma", "beta", "bias")):
            return lr
        w_norm, g_norm = self._l2norm(weight), self._l2norm(g, rescale=True)
        if w_norm > 0.0 and g_norm > 0.0:
            return lr * self.eta * w_norm / (g_norm + wd * w_norm + self.eps)
        return lr

    def _steps(self, indices, weights, grads, states, lrs, wds, multi_precision, momentum):
        if self.momentum_correction and self.last_lr:
            momentum = momentum * (self.cur_lr / self.last_lr)
        lrs = [self._get_lars(*args) for args in zip(indices, weights, grads, lrs, wds)]
        SGD._steps(self, indices, weights, grads, states, lrs, wds, multi_precision, momentum)


@register
class LBSGD(Optimizer):
    """Descent for large batches: gradients of ``batch_scale`` calls are gathered for a step, and the rate warms up.

    ``warmup_strategy`` is ``'linear'``, ``'power2'``, ``'sqrt'`` or ``'lars'``, over ``warmup_epochs`` of
    ``updates_per_epoch``.
    """

    def __init__(self, momentum=0.0, multi_precision=False, warmup_strategy="linear", warmup_epochs=5, batch_scale=1,
                 updates_per_epoch=32, begin_epoch=0, num_epochs=60, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.multi_precision = multi_precision
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * updates_per_epoch
        self.num_epochs = num_epochs
        self.lbmult = 1
        self.cumgrads = {}
        self.adaptive = False
        self.admult = 1

    def create_state(self, index, weight):
        return None if self.momentum == 0.0 else zeros_like(weight, weight.stype)

    def _get_lbmult(self, nup):
        """How much the warm-up raises the rate after ``nup`` gradients."""
        warm = self.warmup_epochs * self.updates_per_epoch
        top = float(self.batch_scale)
        if nup >= warm:
            return top
        if warm <= 1:
            return 1.0
        done = float(nup) / warm
        shapes = {"linear": done, "power2": done * done, "sqrt": math.sqrt(done)}
        return 1.0 + (top - 1) * shapes[self.warmup_strategy] if self.warmup_strategy in shapes else 1.0

    def _get_lars(self, weight, g, wd):
        """The ratio of the norms of weight and gradient, within bounds."""
        w2, g2 = self._l2norm(weight), self._l2norm(g)
        return min(max(math.sqrt(w2 / (g2 + wd * w2 + 1e-18)), 0.01), 100)

    def _l2norm(self, v):
        """The sum of squares."""
        return float((v * v).asnumpy().sum())

    def _cumulate_gradient(self, grad, index):
        """Gather a gradient; (gradient to step by or None, how many there were)."""
        kept = self.cumgrads.get(index)
        if kept:
            count, total = kept["num_cums"] + 1, kept["cum_grad"] + grad
        else:
            count, total = self.init_updates + 1, grad.copy()
        self.cumgrads[index] = {"cum_grad": total, "num_cums": count}
        if count % self.batch_scale:
            return None, count
        self.cumgrads[index]["cum_grad"] = 0
        return total / self.batch_scale, count

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        # the rate is that before this update counts
        lr, wd = self._get_lr(index), self._get_wd(index)
        self._update_count(index)
        gathered, count = self._cumulate_gradient(grad, index)
        if gathered is None:
            return
        if self.warmup_strategy == "lars":
            self.lbmult = self._get_lars(weight, gathered, wd)
        else:
            self.lbmult = self._get_lbmult(count)
        kwargs = self._common(lr=lr * self.lbmult, wd=wd)
        if state is None:
            nd.sgd_update(weight, gathered, out=weight, **kwargs)
        else:
            nd.sgd_mom_update(weight, gathered, state, out=weight, momentum=self.momentum, **kwargs)


