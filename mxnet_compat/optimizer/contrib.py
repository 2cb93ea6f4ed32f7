"""``mx.optimizer.contrib``: AdaGrad with one history a row."""
from ..ndarray import NDArray, contrib, zeros  # noqa: F401
from .base import Optimizer, check_arrays, register

__all__ = ["GroupAdaGrad"]


@register
class GroupAdaGrad(Optimizer):
    """AdaGrad with one step size a row, for embeddings. Weight decay is not supported (AssertionError)."""

    def __init__(self, eps=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index, weight):
        assert len(weight.shape) == 2, f"GroupAdaGrad is for matrices, the weight has shape {weight.shape}"
        return zeros((weight.shape[0], 1), weight.context, dtype=weight.dtype, stype=weight.stype)

    def update(self, index, weight, grad, state):
        check_arrays(weight, grad)
        lr, wd = self._begin(index)
        assert wd == 0, "GroupAdaGrad has no weight decay"
        contrib.group_adagrad_update(weight, grad, state, out=weight, epsilon=self.float_stable_eps, **self._common(lr=lr))


GroupAdaGrad.__module__ = "mxnet.optimizer.contrib"
