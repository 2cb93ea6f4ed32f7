"""Memory of a device: ``Buffer``, a typed strided view of it, and where the bytes come from.

On a GPU torch's allocator gives them (allocation, copies to and from the host, and nothing else of torch); interpreted
kernels work on numpy's memory. Offsets and strides are counted in elements.
"""
import contextlib
import importlib.util
import math
import os
import threading

import numpy as np

__all__ = ["Buffer", "Device", "Host", "Shapes", "Torch", "Unsupported", "as_numbers", "device"]


class Unsupported(TypeError):
    """What this package has no kernel for."""


class _Guard(threading.local):
    on = False


_guard = _Guard()


@contextlib.contextmanager
def guarded():
    """Within, no function of numpy's may take the values of a buffer to the host unasked: that is Unsupported."""
    was, _guard.on = _guard.on, True
    try:
        yield
    finally:
        _guard.on = was


class Buffer(np.lib.mixins.NDArrayOperatorsMixin):
    """``shape`` elements of ``dtype`` (a numpy type) at ``ptr``, ``strides`` elements apart; ``owner`` keeps the bytes.

    The same names as numpy's where the meaning is the same, and numpy's functions take buffers (``numpy_api.py``): what has
    a kernel runs on the device, the rest raises Unsupported. Views share memory.
    """
    __slots__ = ("__weakref__", "device", "dtype", "owner", "ptr", "shape", "strides")
    stype = "device"

    def __init__(self, device, owner, ptr, shape, strides, dtype):
        self.device, self.owner, self.ptr = device, owner, ptr
        self.shape, self.strides, self.dtype = shape, strides, dtype

    def __repr__(self):
        return f"<Buffer {self.shape} {self.dtype.name} on {self.device}>"

    @property
    def ndim(self):
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self):
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def itemsize(self):
        """Bytes of an element."""
        return self.dtype.itemsize

    @property
    def nbytes(self):
        """Bytes of all elements."""
        return self.size * self.dtype.itemsize

    @property
    def contiguous(self):
        """Whether the elements lie one after the other in C order."""
        step = 1
        for n, s in zip(reversed(self.shape), reversed(self.strides)):
            if n != 1 and s != step:
                return 0 in self.shape
            step *= n
        return True

    def __len__(self):
        if not self.shape:
            raise TypeError("a buffer without dimensions has no length")
        return self.shape[0]

    # views

    def strided(self, shape, strides, offset=0):
        """A view of another shape and other strides, from ``offset`` elements on."""
        return Buffer(self.device, self.owner, self.ptr + offset * self.dtype.itemsize, tuple(shape), tuple(strides),
                      self.dtype)

    def cast(self, dtype):
        """The same bytes as elements of another type of the same size."""
        dtype = np.dtype(dtype)
        if dtype.itemsize != self.dtype.itemsize:
            raise ValueError(f"a buffer of {self.dtype} cannot be seen as {dtype}")
        return Buffer(self.device, self.owner, self.ptr, self.shape, self.strides, dtype)

    def reshape(self, *shape):
        """A view of another shape; a copy where the elements do not lie one after the other. ValueError where it cannot be."""
        if len(shape) == 1 and not isinstance(shape[0], (int, np.integer)):
            shape = tuple(shape[0])
        shape = tuple([int(n) for n in shape])
        if -1 in shape:
            rest = -math.prod(shape)
            if rest <= 0 or self.size % rest:
                raise ValueError(f"a buffer of shape {self.shape} cannot take the shape {shape}")
            shape = tuple([self.size // rest if n == -1 else n for n in shape])
        if math.prod(shape) != self.size:
            raise ValueError(f"a buffer of shape {self.shape} cannot take the shape {shape}")
        a = self if self.contiguous else self.copy()
        return a.strided(shape, packed(shape))

    def ravel(self):
        """All elements in one dimension."""
        return self.reshape(-1) if self.size else self.reshape(0)

    def transpose(self, *axes):
        """A view with the axes in another order (reversed by default)."""
        if len(axes) == 1 and not isinstance(axes[0], (int, np.integer)):
            axes = tuple(axes[0])
        axes = axes or tuple(reversed(range(self.ndim)))
        return self.strided([self.shape[k] for k in axes], [self.strides[k] for k in axes])

    T = property(transpose)

    def swapaxes(self, a, b):
        """A view with two axes exchanged."""
        axes = list(range(self.ndim))
        axes[a], axes[b] = axes[b], axes[a]
        return self.transpose(axes)

    def broadcast_to(self, shape):
        """A view repeated along axes of length 1 and new leading ones; ValueError where it does not fit."""
        shape = tuple(shape)
        lead = len(shape) - self.ndim
        strides = [0] * lead
        for n, s, want in zip(self.shape, self.strides, shape[max(lead, 0):]):
            if n not in (1, want):
                raise ValueError(f"shape {self.shape} cannot be broadcast to {shape}")
            strides.append(s if n == want else 0)
        if lead < 0:
            raise ValueError(f"shape {self.shape} cannot be broadcast to {shape}")
        return self.strided(shape, strides)

    def __getitem__(self, key):
        """A view for a basic key of numpy's (numbers, slices, None, Ellipsis), a copy for one with index arrays."""
        key = key if type(key) is tuple else (key,)
        for k in key:
            if not (k is None or k is Ellipsis or isinstance(k, (int, np.integer, slice))):
                from .index import gather
                return gather(self, key)
        given = sum(k is not None and k is not Ellipsis for k in key)
        if given > self.ndim:
            raise IndexError(f"{given} indices for a buffer of {self.ndim} dimensions")
        if Ellipsis not in key:
            key += (Ellipsis,)
        shape, strides, offset, axis = [], [], 0, 0
        for k in key:
            if k is None:
                shape.append(1)
                strides.append(0)
            elif k is Ellipsis:
                stop = axis + self.ndim - given
                shape += self.shape[axis:stop]
                strides += self.strides[axis:stop]
                axis = stop
            elif isinstance(k, slice):
                start, stop, step = k.indices(self.shape[axis])
                n = len(range(start, stop, step))
                shape.append(n)
                strides.append(self.strides[axis] * step)
                offset += start * self.strides[axis] if n else 0
                axis += 1
            else:
                n = self.shape[axis]
                if not -n <= k < n:
                    raise IndexError(f"index {k} is out of range for axis {axis} of size {n}")
                offset += int(k) % n * self.strides[axis]
                axis += 1
        return self.strided(shape, strides, offset)

    # values

    def numpy(self):
        """A copy of the elements in host memory."""
        return self.device.download(self)

    def __array__(self, dtype=None, copy=None):
        if _guard.on and self.shape:
            raise Unsupported("values are wanted in host memory")
        a = self.numpy()
        return a if dtype is None else a.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        from .ufuncs import call
        return call(ufunc, method, inputs, **kwargs)

    def __array_function__(self, function, types, args, kwargs):
        from .numpy_api import call
        return call(function, args, kwargs)

    def __getattr__(self, name):
        # methods that are functions of numpy's with the array first
        from .numpy_api import method
        return method(self, name)

    def copy(self, order="C"):
        """The elements in memory of their own, one after the other."""
        from . import copy
        return copy.contiguous(self)

    def astype(self, dtype, copy=True, **_):
        """The elements in another type, in memory of their own (itself for the same type without ``copy``)."""
        from .pointwise import cast
        return self if not copy and dtype == self.dtype else cast(self, dtype)

    def view(self, dtype=None):
        """The same bytes as another type; ValueError where the last axis cannot be cut or joined for it."""
        dtype = self.dtype if dtype is None else np.dtype(dtype)
        if dtype.itemsize == self.dtype.itemsize:
            return self.cast(dtype)
        if not self.shape or not self.contiguous or self.shape[-1] * self.itemsize % dtype.itemsize:
            raise ValueError(f"a buffer of {self.dtype} of shape {self.shape} cannot be seen as {dtype}")
        shape = (*self.shape[:-1], self.shape[-1] * self.itemsize // dtype.itemsize)
        return Buffer(self.device, self.owner, self.ptr, shape, packed(shape), dtype)

    @property
    def flags(self):
        """What numpy's flags tell of contiguity and writing."""
        return Flags(self.contiguous)

    def item(self):
        """The only element as a number of Python's."""
        return self.numpy().item()

    def __bool__(self):
        return bool(self.numpy())

    def __int__(self):
        return int(self.item())

    def __index__(self):
        if self.dtype.kind not in "iu" or self.size != 1:
            raise TypeError("only a whole number can be an index")
        return int(self.item())

    def __float__(self):
        return float(self.item())

    def tolist(self):
        """The elements as lists of numbers."""
        return self.numpy().tolist()

    def __iter__(self):
        for k in range(len(self)):
            yield self[k]

    def __setitem__(self, key, value):
        """Write a number, a numpy array or a buffer of the same device into a part, with broadcasting and casting."""
        for k in key if type(key) is tuple else (key,):
            if not (k is None or k is Ellipsis or isinstance(k, (int, np.integer, slice))):
                if isinstance(k, Buffer) and k.dtype.kind == "b" and k.shape == self.shape and np.ndim(value) == 0:
                    from .numpy_api import where
                    self[...] = where(k, value, self)
                    return
                from .index import scatter
                scatter(self, key, value)
                return
        from . import copy
        copy.assign(self[key], value)

    def fill(self, value):
        """Write one number everywhere."""
        self[...] = value


class Flags:
    """The part of numpy's ``flags`` that is asked for."""
    __slots__ = ("c_contiguous",)
    writeable = True

    def __init__(self, contiguous):
        self.c_contiguous = contiguous

    def __getitem__(self, name):
        return getattr(self, name.lower())


def as_numbers(b):
    """A buffer as kernels take it: booleans as bytes."""
    return b.cast(np.uint8) if b.dtype.kind == "b" else b


def packed(shape):
    """The strides of a contiguous buffer of this shape."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


class Device:
    """Where bytes come from; subclasses say how they are allocated and copied."""

    def empty(self, shape, dtype):
        """A contiguous buffer of arbitrary contents."""
        shape = tuple([int(n) for n in shape])
        dtype = np.dtype(dtype)
        owner, ptr = self.allocate(math.prod(shape) * dtype.itemsize)
        return Buffer(self, owner, ptr, shape, packed(shape), dtype)

    def upload(self, array, dtype=None):
        """A contiguous buffer with the elements of a numpy array (copied)."""
        array = np.ascontiguousarray(array, dtype).reshape(np.shape(array))
        b = self.empty(array.shape, array.dtype)
        if array.size:
            self.write(b, array)
        return b

    def full(self, shape, value, dtype):
        """A contiguous buffer with one value everywhere."""
        b = self.empty(shape, dtype)
        b.fill(value)
        return b

    def zeros(self, shape, dtype):
        """A contiguous buffer of zeros."""
        return self.full(shape, 0, dtype)


class Host(Device):
    """The host's memory, for interpreted kernels. New memory is filled with a pattern, so that what no kernel wrote shows."""

    def __init__(self, index=0):
        self.index = index

    def __repr__(self):
        return f"interpreted({self.index})"

    def allocate(self, nbytes):
        """(owner, address) of ``nbytes`` bytes, aligned to 64."""
        owner = np.empty(nbytes + 64, np.uint8)
        start = -owner.ctypes.data % 64
        # 0xff is a nan in every floating type, and -1
        owner[start:] = 0xFF
        return owner, owner.ctypes.data + start

    def live(self, b):
        """The memory of a buffer as a numpy array."""
        at = b.ptr - b.owner.ctypes.data
        size = b.dtype.itemsize
        if not b.size:
            return np.empty(b.shape, b.dtype)
        return np.ndarray(b.shape, b.dtype, b.owner, at, [s * size for s in b.strides])

    def download(self, b):
        """A numpy copy of a buffer."""
        return self.live(b).copy()

    def write(self, b, array):
        """Copy a contiguous numpy array of the same type and shape into a contiguous buffer."""
        self.live(b)[...] = array

    def stream(self):
        """Interpreted kernels have no stream."""
        return 0

    def synchronize(self):
        """Interpreted kernels have ended when their launch returns."""


class Shapes(Device):
    """Buffers without memory, with which functions run to see what they would launch (``launch.collect``)."""

    def __repr__(self):
        return "shapes"

    def allocate(self, nbytes):
        """No memory, and an address that looks as one of an allocator's does."""
        return None, 1 << 40

    def download(self, b):
        """There are no values; zeros stand for them."""
        return np.zeros(b.shape, b.dtype)

    def write(self, b, array):
        """Nothing to write to."""

    def stream(self):
        """No stream."""
        return 0

    def synchronize(self):
        """Nothing runs."""


class Torch(Device):
    """A GPU: its memory comes from torch's caching allocator. Nothing else of torch is used."""

    def __init__(self, index):
        import torch
        self.index, self._torch = index, torch
        self._where = torch.device("cuda", index)
        # without the objects that torch.cuda.current_stream makes for each call
        self._raw_stream = torch._C._cuda_getCurrentRawStream

    def __repr__(self):
        return f"cuda:{self.index}"

    def allocate(self, nbytes):
        """(tensor, address) of ``nbytes`` bytes."""
        t = self._torch.empty(nbytes, dtype=self._torch.uint8, device=self._where)
        return t, t.data_ptr()

    def _bytes(self, b):
        """The bytes of a contiguous buffer as a view of its tensor."""
        start = b.ptr - b.owner.data_ptr()
        return b.owner[start:start + b.nbytes]

    def download(self, b):
        """A numpy copy of a buffer; waits for what computes it."""
        if not b.size:
            return np.empty(b.shape, b.dtype)
        b = b if b.contiguous else b.copy()
        return self._bytes(b).cpu().numpy().view(b.dtype).reshape(b.shape)

    def write(self, b, array):
        """Copy a contiguous numpy array of the same type and shape into a contiguous buffer."""
        self._bytes(b).copy_(self._torch.from_numpy(np.array(array).reshape(-1).view(np.uint8)))

    def receive(self, b):
        """A buffer of another GPU copied to this one."""
        b = b if b.contiguous else b.copy()
        y = self.empty(b.shape, b.dtype)
        if b.size:
            self._bytes(y).copy_(b.device._bytes(b))
        return y

    def stream(self):
        """The stream that torch's allocator orders its memory by; launches go to the current device, so this one becomes it."""
        if self._torch.cuda.current_device() != self.index:
            self._torch.cuda.set_device(self.index)
        return self._raw_stream(self.index)

    def synchronize(self):
        """Wait until the device has computed all that was launched."""
        self._torch.cuda.synchronize(self.index)


_devices = {}


def device(index=0):
    """The device of this number, or None where there is none."""
    d = _devices.get(index)
    if d is None and index < count():
        from .language import INTERPRETED
        d = _devices.setdefault(index, Host(index) if INTERPRETED else Torch(index))
    return d


def count():
    """How many devices there are: of interpreted ones two, so that work can be spread over them; none without Triton."""
    if os.environ.get("MXNET_COMPAT_GPU") == "interpret":
        return 2 if importlib.util.find_spec("triton") else 0
    try:
        import torch
        import triton  # noqa: F401
    except ImportError:
        return 0
    return torch.cuda.device_count() if torch.cuda.is_available() else 0
