"""``mxnet.ndarray.ndarray``, the module in which pickles and imports look for the array class and the creation functions."""
import numpy as _np

from .arithmetic import functions as _functions
from .core import NDArray
from .creation import *  # noqa: F403
from .exchange import from_dlpack, from_numpy, to_dlpack_for_read, to_dlpack_for_write

__all__ = ["NDArray", "from_dlpack", "from_numpy", "to_dlpack_for_read", "to_dlpack_for_write"]

globals().update(_functions)

_DTYPE_NP_TO_MX = {None: -1, _np.float32: 0, _np.float64: 1, _np.float16: 2, _np.uint8: 3, _np.int32: 4, _np.int8: 5,
                   _np.int64: 6, _np.bool_: 7}
_DTYPE_MX_TO_NP = {v: k for k, v in _DTYPE_NP_TO_MX.items()}
_GRAD_REQ_MAP = {"null": 0, "write": 1, "add": 3}
_STORAGE_TYPE_STR_TO_ID = {"undefined": -1, "default": 0, "row_sparse": 1, "csr": 2}
_STORAGE_TYPE_ID_TO_STR = {v: k for k, v in _STORAGE_TYPE_STR_TO_ID.items()}
