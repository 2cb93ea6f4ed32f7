"""Under this name MXNet has all of ``mx.image`` but detection: what the other files of this folder define."""
from .augment import *  # noqa: F403
from .augment import __all__ as _augment
from .functions import *  # noqa: F403
from .functions import __all__ as _functions
from .functions import _get_interp_method  # noqa: F401
from .iterator import ImageIter

__all__ = [*_augment, *_functions, "ImageIter"]

# classes pickle by the names that MXNet gives them
for _name in __all__:
    globals()[_name].__module__ = "mxnet.image.image"
