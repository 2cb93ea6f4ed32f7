"""The optimizer of an ``SVRGModule``: the user's, and plain assignment for keys that hold full gradients."""
from ... import optimizer as opt

__all__ = []


@opt.Optimizer.register
class _AssignmentOptimizer(opt.Optimizer):
    """Puts the gradient in the place of the weight."""

    def update(self, index, weight, grad, state):
        """``weight[:] = grad``."""
        weight[:] = grad


@opt.Optimizer.register
class _SVRGOptimizer(opt.Optimizer):
    """``default_opt`` (a name with its keywords, or an Optimizer) for weights, assignment for names that contain "full".

    KeyError for an index that ``param_idx2name`` does not have.
    """

    def __init__(self, default_optimizer, **kwargs):
        super().__init__(**self._check_params(**kwargs))
        named = isinstance(default_optimizer, str)
        self.default_opt = opt.create(default_optimizer, **kwargs) if named else default_optimizer
        self.aux_opt = opt.create(_AssignmentOptimizer.__name__)

    @staticmethod
    def _check_params(**kwargs):
        """Those keywords that every optimizer takes."""
        own = ("rescale_grad", "param_idx2name", "wd", "clip_gradient", "learning_rate", "lr_scheduler", "sym",
               "begin_num_update", "multi_precision", "param_dict")
        return {k: v for k, v in kwargs.items() if k in own}

    def _check_index(self, index):
        return index if index in self.idx2name.values() else self.idx2name[index]

    def _for(self, index):
        return self.aux_opt if "full" in self._check_index(index) else self.default_opt

    def create_state(self, index, weight):
        """The state that the optimizer for this key keeps."""
        return self._for(index).create_state(index, weight)

    def update(self, index, weight, grad, state):
        """A step of the optimizer for this key."""
        self._for(index).update(index, weight, grad, state)
