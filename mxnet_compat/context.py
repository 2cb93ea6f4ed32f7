"""Devices: ``Context``, ``cpu()``, ``gpu()``, the current default context of each thread, and counts of GPUs.

Nothing here touches torch until a GPU is asked for.
"""
import os
import threading

from .base import MXNetError

__all__ = ["Context", "cpu", "cpu_pinned", "cpu_shared", "current_context", "gpu", "gpu_memory_info", "num_gpus"]

_TYPES = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
_IDS = {name: i for i, name in _TYPES.items()}
_interned = {}


class _Default(threading.local):
    stack = ()


_default = _Default()


class Context:
    """A device: type ``'cpu'``, ``'gpu'``, ``'cpu_pinned'`` or ``'cpu_shared'`` and an index.

    Used in a ``with`` statement it becomes the thread's default for new arrays. An unknown type is a KeyError.
    """

    devtype2str = _TYPES
    devstr2type = _IDS
    __slots__ = ("device_typeid", "device_id")
    __module__ = "mxnet.context"

    def __init__(self, device_type, device_id=0):
        if isinstance(device_type, Context):
            self.device_typeid, self.device_id = device_type.device_typeid, device_type.device_id
        else:
            self.device_typeid, self.device_id = _IDS[device_type], device_id

    @property
    def device_type(self):
        """The type as text."""
        return _TYPES[self.device_typeid]

    def __hash__(self):
        return hash((self.device_typeid, self.device_id))

    def __eq__(self, other):
        return (isinstance(other, Context) and self.device_typeid == other.device_typeid
                and self.device_id == other.device_id)

    def __str__(self):
        return f"{self.device_type}({self.device_id})"

    __repr__ = __str__

    def __reduce__(self):
        return Context, (self.device_type, self.device_id)

    def __enter__(self):
        _default.stack += (intern(self),)
        return self

    def __exit__(self, *exc):
        _default.stack = _default.stack[:-1]

    @classmethod
    def default_ctx(cls):
        """The thread's current context."""
        return current_context()

    def empty_cache(self):
        """Give the memory that is kept for reuse back to the system."""
        if self.device_typeid == 2:
            require(self)
        from .backend import pool
        pool.clear()


def intern(ctx):
    """The one object that stands for this device in arrays, so that contexts compare by identity there."""
    try:
        return _interned[ctx]
    except KeyError:
        return _interned.setdefault(ctx, Context(ctx))


CPU = intern(Context("cpu", 0))


def resolve(ctx):
    """The interned context for an optional ``ctx`` argument; a device that is absent is an MXNetError."""
    if ctx is None:
        stack = _default.stack
        ctx = stack[-1] if stack else CPU
    else:
        if not isinstance(ctx, Context):
            raise MXNetError(f"ctx: expected a Context such as mx.cpu(), got {type(ctx).__name__}")
        ctx = intern(ctx)
    if ctx.device_typeid == 2:
        require(ctx)
    return ctx


def require(ctx):
    """Raise MXNetError unless the GPU ``ctx`` can be used."""
    if ctx.device_id >= num_gpus():
        raise MXNetError(f"{ctx} is not available: {num_gpus()} GPUs can be used here; use mx.cpu(), or set "
                         "MXNET_COMPAT_GPU=interpret to run GPU kernels interpreted on the host; either wants Triton, "
                         "as in pip install 'mxnet[gpu]'")


def cpu(device_id=0):
    """The CPU; several ids may be used to imitate several devices."""
    return Context("cpu", device_id)


def cpu_pinned(device_id=0):
    """Page-locked host memory (plain memory where there is no GPU)."""
    return Context("cpu_pinned", device_id)


def cpu_shared(device_id=0):
    """Host memory that processes share."""
    return Context("cpu_shared", device_id)


def gpu(device_id=0):
    """The GPU of that index."""
    return Context("gpu", device_id)


def num_gpus():
    """How many GPUs can be used (interpreted ones too). No driver is loaded where there is none."""
    if os.environ.get("MXNET_COMPAT_GPU") == "interpret":
        from triton_kernels.device import count
        return count()
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1") or not os.path.exists("/dev/nvidia0"):
        return 0
    from triton_kernels.device import count
    return count()


def gpu_memory_info(device_id=0):
    """(free, total) bytes of a GPU; MXNetError where there is no such GPU."""
    if device_id >= num_gpus():
        raise MXNetError(f"gpu_memory_info: there is no gpu({device_id}); {num_gpus()} GPUs are usable")
    import torch
    return torch.cuda.mem_get_info(device_id)


def current_context():
    """The context that new arrays of this thread are made on."""
    stack = _default.stack
    return stack[-1] if stack else CPU
