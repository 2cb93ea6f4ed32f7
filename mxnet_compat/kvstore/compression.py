"""Gradient compression to two bits an element: each becomes ``threshold``, 0 or ``-threshold``, the rest waits for the next
push."""
from .. import ndarray as nd
from ..base import MXNetError

__all__ = ["Compression"]


class Compression:
    """What compression does to the gradients of each key and device. MXNetError for bad parameters."""

    def __init__(self, **params):
        if "type" not in params:
            raise MXNetError("gradient compression: the type is missing; it is '2bit'")
        kind, threshold = params.pop("type"), float(params.pop("threshold", 0.5))
        if params:
            raise MXNetError(f"gradient compression: there is no parameter {sorted(params)[0]!r}; there are type and threshold")
        if kind not in ("2bit", "none"):
            raise MXNetError(f"gradient compression: the type {kind!r} is unknown; it is '2bit'")
        if threshold <= 0:
            raise MXNetError(f"gradient compression: the threshold must be above 0, got {threshold}")
        self.kind, self.threshold = kind, threshold
        self._rest = {}

    def through(self, key, gradients):
        """The gradients as they are when they have been compressed and expanded again."""
        if self.kind == "none":
            return gradients
        return [self._one((key, k), g) for k, g in enumerate(gradients)]

    def _one(self, place, gradient):
        t = self.threshold
        rest = self._rest.get(place)
        rest = gradient.copy() if rest is None else rest + gradient
        sent = ((rest >= t) - (rest <= -t)) * t
        self._rest[place] = nd.elemwise_sub(rest, sent)
        return sent
