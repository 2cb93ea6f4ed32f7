"""``Dropout``."""
from typing import Annotated, Literal

import numpy as np

from ...backend import parallel
from .. import functional as F
from ..declare import FLOAT, Array, Rng, Training, operator
from ..params import Ge, Le, Shape
from .infer import product


def _mask_shape(shape, axes):
    if not axes:
        return shape
    out = list(shape)
    for a in axes:
        if not 0 <= a < len(shape):
            raise ValueError(f"axes name {a}, data has {len(shape)} dimensions")
        out[a] = 1
    return tuple(out)


@operator("Dropout", output_names=("output", "mask"), dtypes=FLOAT, outputs=2, visible=1)
def dropout(data: Array, *, p: Annotated[float, Ge(0), Le(1)] = 0.5, mode: Literal["always", "training"] = "training",
            axes: Shape = (), cudnn_off: bool | None = False, rng: Rng = None, training: Training = False):
    """Elements replaced by 0 with probability ``p``, the others divided by ``1 - p``, in training or ``mode="always"``.

    ``axes`` are those along which one draw is shared. Outside of training the data itself; ``p=1`` gives nan. The
    second output, which callers do not see, is the factor of each element.
    """
    t = data.dtype.type
    shape = _mask_shape(data.shape, axes)
    if (not training and mode == "training") or p == 0:
        return data.copy(), np.broadcast_to(t(1), shape)
    with np.errstate(all="ignore"):
        factor = np.divide(t(1), t(1 - p))
        mask = _mask(rng, shape, 1 - p, factor)
        return parallel.binary(np.multiply, data, mask), mask


def _mask(rng, shape, keep, factor):
    """``factor`` with probability ``keep``, else 0 times it.

    Four draws of 16 bits come of each number of the generator; those on the limit are decided by another.
    """
    n = product(shape)
    bits = rng.integers(0, 1 << 64, (n + 3) // 4, np.uint64).view(np.uint16)[:n]
    whole, rest = divmod(keep * 65536, 1)
    limit = np.uint32(whole)
    mask = parallel.blocks(lambda b: (b < limit) * factor, bits, dtype=factor.dtype)
    if rest:
        at = np.flatnonzero(bits == limit)
        mask[at] = (rng.random(len(at)) < rest) * factor
    return mask.reshape(shape)


@dropout.shapes
def _(data, *, axes, **_):
    return (data,), (data, None if data is None else _mask_shape(data, axes))


dropout.gradient(data=lambda dy0, y1: dy0 * y1 if dy0.shape == y1.shape else F.broadcast_mul(dy0, y1))
