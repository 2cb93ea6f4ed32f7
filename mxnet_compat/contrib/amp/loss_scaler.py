"""``LossScaler``: a factor for the loss that halves when gradients overflow and doubles after many steps without."""
from ... import ndarray as nd

__all__ = ["LossScaler"]


class LossScaler:
    """The factor starts at 65536, at most 2**24, and doubles after 2000 steps in a row without overflow."""

    def __init__(self):
        self._loss_scale = self._next_loss_scale = 65536.0
        self._max_loss_scale = 2.0**24
        self._scale_seq_len = 2000
        self._unskipped = 0

    @property
    def loss_scale(self):
        """The factor for the next loss."""
        return self._loss_scale

    def has_overflow(self, params):
        """Whether a gradient of these Parameters is infinite or nan; decides the factor that ``loss_scale`` gives after
        the next check, one later than one might think."""
        self._loss_scale = self._next_loss_scale
        by_context = {}
        for p in params:
            if p.grad_req != "null":
                for g in p.list_grad():
                    by_context.setdefault(g.context, []).append(g)
        overflow = not all(nd.multi_all_finite(*grads, num_arrays=len(grads)).asscalar() for grads in by_context.values())
        if overflow:
            self._next_loss_scale = self._loss_scale / 2.0
            self._unskipped = 0
        else:
            self._unskipped += 1
        if self._unskipped == self._scale_seq_len:
            self._unskipped = 0
            self._next_loss_scale = min(self._max_loss_scale, self._loss_scale * 2.0)
        return overflow
