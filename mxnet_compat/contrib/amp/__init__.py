"""``mx.contrib.amp``: loss scaling as MXNet has it; computations stay in float32 (``amp.py`` says what that means)."""
from ... import absent as _absent
from . import amp, loss_scaler
from .amp import *  # noqa: F403
from .amp import __all__ as _names

__all__ = ["amp", "loss_scaler", *_names]
__getattr__ = _absent.getter(globals())
