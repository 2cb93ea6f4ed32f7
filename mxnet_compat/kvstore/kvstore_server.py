"""``KVStoreServer``: servers of distributed stores. Not available: there are none in one process."""
from ..base import MXNetError

__all__ = ["KVStoreServer"]


class KVStoreServer:
    """The loop of a server."""

    def __init__(self, kvstore):
        self.kvstore = kvstore
        self.init_logging = False

    def run(self):
        """MXNetError: stores over several processes are not available."""
        raise MXNetError("KVStoreServer: stores over several processes are not available in this version of mxnet-compat")


KVStoreServer.__module__ = "mxnet.kvstore.kvstore_server"
