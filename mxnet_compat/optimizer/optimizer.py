"""All optimizers under the name that MXNet has them by; they live in ``base.py``, ``descent.py``, ``layerwise.py`` and
``adaptive.py``, the updater in ``updater.py``."""
from ..base import py_str  # noqa: F401
from ..ndarray import NDArray, array, maximum, multiply, sparse, zeros  # noqa: F401
from ..ndarray.contrib import multi_lamb_update, multi_mp_lamb_update  # noqa: F401
from ..ndarray.random import normal  # noqa: F401
from ..util import is_np_array  # noqa: F401
from .adaptive import FTML, LAMB, AdaDelta, AdaGrad, Adam, Adamax, Ftrl, Nadam, RMSProp
from .base import NDabs, Optimizer, Test, create, register
from .descent import DCASGD, NAG, SGD, SGLD, Signum, ccSGD
from .layerwise import LARS, LBSGD
from .updater import Updater, get_updater

__all__ = ["DCASGD", "FTML", "LAMB", "LARS", "LBSGD", "NAG", "SGD", "SGLD", "AdaDelta", "AdaGrad", "Adam", "Adamax", "Ftrl",
           "NDabs", "Nadam", "Optimizer", "RMSProp", "Signum", "Test", "Updater", "ccSGD", "create", "get_updater", "register"]

for _n in __all__:
    if isinstance(globals()[_n], type):
        # states are pickled with their optimizer, also for and by real MXNet
        globals()[_n].__module__ = "mxnet.optimizer.optimizer"
