"""``Optimizer``, the base class: learning rates, weight decays, counts of updates, float32 copies of float16 weights."""
import warnings

import numpy as np

from ..ndarray import NDArray, zeros
from ..ndarray import abs as NDabs

__all__ = ["NDabs", "Optimizer", "Test", "check_arrays", "create", "register", "zeros_like"]


def zeros_like(weight, stype="default"):
    """A state of zeros for a weight."""
    return zeros(weight.shape, weight.context, dtype=weight.dtype, stype=stype)


def check_arrays(weight, grad):
    """AssertionError unless both are arrays."""
    assert isinstance(weight, NDArray), f"the weight must be an NDArray, got {type(weight).__name__}"
    assert isinstance(grad, NDArray), f"the gradient must be an NDArray, got {type(grad).__name__}"


class Optimizer:
    """Base class. Subclasses define ``create_state(index, weight)`` and ``update(index, weight, grad, state)``.

    ``rescale_grad`` and ``clip_gradient`` change gradients before all else; ``wd`` is the weight decay;
    ``param_idx2name`` gives names to indices, by which multipliers are found; ``sym`` is a symbol whose attributes
    ``__lr_mult__`` and ``__wd_mult__`` count; ``begin_num_update`` is where counting begins; ``multi_precision`` keeps a
    float32 copy of float16 weights; ``param_dict`` maps indices to Gluon parameters. AssertionError where
    ``param_idx2name`` is no dictionary.
    """

    opt_registry = {}

    def __init__(self, rescale_grad=1.0, param_idx2name=None, wd=0.0, clip_gradient=None, learning_rate=None,
                 lr_scheduler=None, sym=None, begin_num_update=0, multi_precision=False, param_dict=None):
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        if lr_scheduler is None and learning_rate is None:
            learning_rate = 0.01
        self.lr = learning_rate
        if lr_scheduler is not None and learning_rate is not None:
            if lr_scheduler.base_lr != learning_rate:
                print(UserWarning(f"the learning rate of the scheduler, {lr_scheduler.base_lr}, is replaced by that of the "
                                  f"optimizer, {learning_rate}"))
            lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.lr_mult = {}
        self.wd_mult = {}
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        # each device counts its own updates
        self._all_index_update_counts = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.clip_gradient = clip_gradient
        self.multi_precision = multi_precision
        self.aggregate_num = 0
        if param_idx2name is None:
            param_idx2name = {}
        assert isinstance(param_idx2name, dict), \
            f"param_idx2name must be a dictionary from indices to names, got {type(param_idx2name).__name__}"
        self.idx2name = param_idx2name.copy()
        self.sym_info = (sym.attr_dict(), sym.list_arguments()) if sym is not None else ()
        self.param_dict = param_dict if param_dict else {}
        self.allow_np_array = False
        self.set_lr_mult({})
        self.set_wd_mult({})

    # by name

    @staticmethod
    def register(klass):
        """A class decorator: make an optimizer available to ``create``, by its name in lower case."""
        assert isinstance(klass, type), f"register takes a class, got {type(klass).__name__}"
        name = klass.__name__.lower()
        old = Optimizer.opt_registry.get(name)
        if old is not None:
            warnings.warn(f"the new optimizer {klass.__module__}.{klass.__name__} replaces {old.__module__}.{old.__name__}",
                          stacklevel=2)
        Optimizer.opt_registry[name] = klass
        return klass

    @staticmethod
    def create_optimizer(name, **kwargs):
        """An optimizer by name, case does not matter. ValueError for an unknown one."""
        klass = Optimizer.opt_registry.get(name.lower())
        if klass is None:
            raise ValueError(f"there is no optimizer {name!r}; known are {', '.join(sorted(Optimizer.opt_registry))}")
        return klass(**kwargs)

    # learning rates and weight decays

    @property
    def learning_rate(self):
        """The learning rate now, without multipliers."""
        return self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)

    def set_learning_rate(self, lr):
        """Set the learning rate; raises UserWarning where a scheduler decides it."""
        if self.lr_scheduler is not None:
            raise UserWarning("the learning rate is decided by the scheduler and cannot be set")
        self.lr = lr

    def set_lr_scale(self, args_lrscale):
        """Gone: use ``set_lr_mult``."""
        raise DeprecationWarning("set_lr_scale is gone; use set_lr_mult")

    def set_lr_mult(self, args_lr_mult):
        """Multipliers of the learning rate by name or index, on top of those in the symbol's attributes."""
        self.lr_mult = self._from_symbol("__lr_mult__")
        self.lr_mult.update(args_lr_mult)

    def set_wd_mult(self, args_wd_mult):
        """Multipliers of the weight decay by name or index; names not ending in ``_weight`` or ``_gamma`` have 0."""
        self.wd_mult = {n: 0.0 for n in self.idx2name.values() if not n.endswith(("_weight", "_gamma"))}
        self.wd_mult.update(self._from_symbol("__wd_mult__"))
        self.wd_mult.update(args_wd_mult)

    def _from_symbol(self, key):
        if not self.sym_info:
            return {}
        attrs, names = self.sym_info
        return {n: float(attrs[n][key]) for n in names if key in attrs.get(n, ())}

    def _set_current_context(self, device_id):
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index):
        for i in index if isinstance(index, (list, tuple)) else (index,):
            n = self._index_update_count.get(i, self.begin_num_update) + 1
            self._index_update_count[i] = n
            if n > self.num_update:
                self.num_update = n

    def _multiplied(self, value, indices, own, by_name):
        result = []
        for i in indices:
            if i in self.param_dict:
                m = getattr(self.param_dict[i], own)
            elif i in by_name:
                m = by_name[i]
            else:
                m = by_name.get(self.idx2name[i], 1.0) if i in self.idx2name else 1.0
            result.append(value * m)
        return result

    def _get_lrs(self, indices):
        """The learning rates of some weights."""
        return self._multiplied(self.learning_rate, indices, "lr_mult", self.lr_mult)

    def _get_lr(self, index):
        """The learning rate of a weight."""
        return self._get_lrs([index])[0]

    def _get_wds(self, indices):
        """The weight decays of some weights."""
        return self._multiplied(self.wd, indices, "wd_mult", self.wd_mult)

    def _get_wd(self, index):
        """The weight decay of a weight."""
        return self._get_wds([index])[0]

    def _begin(self, index):
        """Count an update; (learning rate, weight decay) of the weight."""
        self._update_count(index)
        return self._get_lr(index), self._get_wd(index)

    def _common(self, **kwargs):
        """Keywords of an operator: the gradient's scale and limit, and ``kwargs``."""
        kwargs["rescale_grad"] = self.rescale_grad
        if self.clip_gradient:
            kwargs["clip_gradient"] = self.clip_gradient
        return kwargs

    def _scaled(self, grad):
        """The rescaled and clipped gradient, a new array."""
        grad = grad * self.rescale_grad
        return grad if self.clip_gradient is None else grad.clip(-self.clip_gradient, self.clip_gradient)

    # states and steps

    def _uses_float32(self, weight):
        return self.multi_precision and weight.dtype == np.float16

    def _warn_float16(self, weight):
        if weight.dtype == np.float16 and not self.multi_precision:
            warnings.warn("updating float16 weights in float16 loses much; multi_precision=True keeps a float32 copy",
                          stacklevel=4)

    def create_state(self, index, weight):
        """The state of a weight: None, an array or a tuple of arrays."""

    def create_state_multi_precision(self, index, weight):
        """The state of a weight, with its float32 copy before it where that is kept."""
        if self._uses_float32(weight):
            copy = weight.astype(np.float32)
            return copy, self.create_state(index, copy)
        self._warn_float16(weight)
        return self.create_state(index, weight)

    def update(self, index, weight, grad, state):
        """Change ``weight`` in place; to be defined."""
        raise NotImplementedError(f"{type(self).__name__} must define update")

    def update_multi_precision(self, index, weight, grad, state):
        """``update``, on the float32 copy where that is kept."""
        if self._uses_float32(weight):
            copy, own = state
            self.update(index, copy, grad.astype(np.float32), own)
            weight[:] = copy.astype(weight.dtype)
        else:
            self.update(index, weight, grad, state)

    def __getstate__(self):
        return {k: v for k, v in self.__dict__.items() if k != "param_dict"}

    def __setstate__(self, state):
        self.__dict__ = {**state, "param_dict": {}}


register = Optimizer.register
create = Optimizer.create_optimizer


@register
class Test(Optimizer):
    """Adds the gradient; for tests of what calls optimizers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def create_state(self, index, weight):
        return zeros(weight.shape, weight.context)

    def update(self, index, weight, grad, state):
        weight[:] += grad * self.rescale_grad
        state[:] = weight
