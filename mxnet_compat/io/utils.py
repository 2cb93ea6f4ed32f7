"""Checking and naming the arrays that an iterator is given."""
import numpy as np

from ..ndarray import NDArray, array
from ..ndarray.sparse import CSRNDArray

__all__ = ["named_arrays"]


def named_arrays(data, allow_empty, default_name):
    """A sorted list of (name, array) from an array, a list or a dictionary of them; numpy arrays become float32.

    TypeError for anything else.
    """
    if data is None:
        assert allow_empty, "the data is missing"
        data = []
    if isinstance(data, (np.ndarray, NDArray)) or _is_dataset(data):
        data = [data]
    if isinstance(data, list):
        if not allow_empty:
            assert data, "the data is empty"
        data = {default_name: data[0]} if len(data) == 1 else {f"_{k}_{default_name}": d for k, d in enumerate(data)}
    if not isinstance(data, dict):
        raise TypeError("the data must be an NDArray, a numpy array, an h5py.Dataset, or a list or dictionary of them, not "
                        f"{type(data).__name__}")
    out = []
    for name, value in sorted(data.items()):
        if not isinstance(value, (NDArray, CSRNDArray)):
            try:
                value = array(np.asarray(value))
            except (TypeError, ValueError):
                raise TypeError(f"{name} must be an array, not {type(value).__name__}") from None
        out.append((name, value))
    return out


def _is_dataset(x):
    """Whether this is an h5py dataset, without importing h5py."""
    return type(x).__module__.startswith("h5py") and hasattr(x, "shape")
