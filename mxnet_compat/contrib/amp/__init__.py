"""``mx.contrib.amp``: loss scaling, and models in mixed precision of float16 and float32."""
from . import amp, lists, loss_scaler
from .amp import *  # noqa: F403
from .amp import __all__ as _names

__all__ = ["amp", "lists", "loss_scaler", *_names]
