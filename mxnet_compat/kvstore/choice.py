"""Which store training uses, if any: what ``Trainer`` and ``Module`` are told, and what it comes to."""
import os
from math import prod

from .base import KVStoreBase, create

__all__ = ["for_dense", "for_sparse"]

#: Weights from this size on are not updated in a local store.
LARGE = 1024 * 1024 * 16


def for_dense(kvstore, num_device, arg_params):
    """(store or None, whether to update in it) for a name, a store or None. TypeError for anything else."""
    in_store = bool(int(os.environ.get("MXNET_UPDATE_ON_KVSTORE", "1")))
    if kvstore is None:
        kv = None
    elif isinstance(kvstore, KVStoreBase):
        kv = kvstore
    elif isinstance(kvstore, str):
        if num_device == 1 and "dist" not in kvstore:
            # one device has nothing to share
            kv = None
        else:
            kv = create(kvstore)
            if kvstore == "local" and max((prod(a.shape) for a in arg_params.values()), default=0) > LARGE:
                in_store = False
    else:
        raise TypeError(f"kvstore must be a KVStore, a name or None, got {type(kvstore).__name__}")
    if kv is None:
        return None, False
    return kv, in_store and kv.is_capable(KVStoreBase.OPTIMIZER)


def for_sparse(kvstore):
    """(store, True) for row_sparse weights, which live in a store. TypeError where there is none."""
    if isinstance(kvstore, KVStoreBase):
        return kvstore, True
    if isinstance(kvstore, str):
        return create(kvstore), True
    raise TypeError(f"row_sparse parameters need a kvstore: a KVStore or a name, got {type(kvstore).__name__}")
