"""``KVStoreBase``, what trainers ask of a store; ``create``; a store for tests."""
from ..base import MXNetError, c_str, string_types  # noqa: F401
from ..ndarray import NDArray  # noqa: F401

__all__ = ["KVStoreBase", "create"]

_DISTRIBUTED = ("dist", "p3", "horovod", "byteps")


class KVStoreBase:
    """Base class of stores. Subclasses define ``broadcast``, ``pushpull`` and the rest, and ``register`` themselves."""

    OPTIMIZER = "optimizer"
    kv_registry = {}

    @staticmethod
    def register(klass):
        """A class decorator: make a store available to ``create``, by its name in lower case."""
        assert isinstance(klass, type), f"register takes a class, got {type(klass).__name__}"
        KVStoreBase.kv_registry[klass.__name__.lower()] = klass
        return klass

    def _undefined(self, what):
        raise NotImplementedError(f"{type(self).__name__} does not define {what}")

    def broadcast(self, key, value, out, priority=0):
        """Store ``value`` under a new key and copy it into the arrays ``out``."""
        self._undefined("broadcast")

    def pushpull(self, key, value, out=None, priority=0):
        """Sum the arrays ``value`` and copy the result into ``out``, or into ``value`` itself."""
        self._undefined("pushpull")

    def set_optimizer(self, optimizer):
        """Let the store update weights with an optimizer."""
        self._undefined("set_optimizer")

    def is_capable(self, capability):
        """Whether the store can do something: so far ``KVStoreBase.OPTIMIZER``."""
        self._undefined("is_capable")

    def save_optimizer_states(self, fname, dump_optimizer=False):
        """Write the optimizer's states to a file."""
        self._undefined("save_optimizer_states")

    def load_optimizer_states(self, fname):
        """Read the optimizer's states from a file."""
        self._undefined("load_optimizer_states")

    @property
    def type(self):
        """The name of the store."""
        return self._undefined("type")

    @property
    def rank(self):
        """The number of this worker."""
        return self._undefined("rank")

    @property
    def num_workers(self):
        """How many workers there are."""
        return self._undefined("num_workers")


@KVStoreBase.register
class TestStore(KVStoreBase):
    """A store that keeps nothing; for tests of what calls stores."""

    def broadcast(self, key, value, out, priority=0):
        for o in out if isinstance(out, list) else [out]:
            o[:] = value

    def pushpull(self, key, value, out=None, priority=0):
        if not isinstance(value, list):
            if out is not None:
                for o in out if isinstance(out, list) else [out]:
                    o[:] = value
            return
        total = sum((v.as_in_context(value[0].context) for v in value[1:]), value[0])
        for o in value if out is None else out if isinstance(out, list) else [out]:
            o[:] = total

    @staticmethod
    def is_capable(capability):
        """False for the optimizer; MXNetError for a capability that is unknown."""
        if capability.lower() == KVStoreBase.OPTIMIZER:
            return False
        raise MXNetError(f"the capability {capability!r} is unknown")

    @property
    def type(self):
        return "teststore"

    @property
    def rank(self):
        return 0

    @property
    def num_workers(self):
        return 1


def create(name="local"):
    """A store by name, case does not matter: ``'local'`` or ``'device'`` (alike here), or one that was registered.

    TypeError for a name that is not text; MXNetError for stores that are distributed over processes.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a kvstore must be text, got {type(name).__name__}")
    name = name.lower()
    if name in KVStoreBase.kv_registry:
        return KVStoreBase.kv_registry[name]()
    if any(word in name for word in _DISTRIBUTED):
        raise MXNetError(f"kvstore {name!r}: stores over several processes are not available in this version of mxnet-compat; "
                         "'local' and 'device' work within one process, over several contexts")
    from .kvstore import KVStore
    return KVStore(name)


for _cls in (KVStoreBase, TestStore):
    _cls.__module__ = "mxnet.kvstore.base"
