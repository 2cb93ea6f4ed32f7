"""The dense array class. Its operators, indexing and operator methods are mixed in from the files beside this one.

``_a`` is the buffer (a numpy array on the CPU), ``_ctx`` the interned context, ``_node`` and ``_i`` the place on the tape.
"""
import numpy as np

from .. import context as _context
from ..base import MXNetError
from ..state import state
from . import arithmetic, exchange, methods, one_element, printing, subscript

__all__ = ["NDArray", "array_of", "class_of", "new", "wrap"]

new = object.__new__
_ndarray = np.ndarray


def wrap(a, ctx):
    """An array around the buffer ``a``, off the tape; the values go to the device of ``ctx`` if they are elsewhere."""
    if ctx.device_typeid == 2 or type(a) is not _ndarray:
        return _elsewhere(a, ctx)
    r = new(NDArray)
    r._a = a
    r._ctx = ctx
    r._node = None
    r._i = 0
    return r


def _elsewhere(a, ctx):
    """``wrap`` where a GPU or a buffer that is none of numpy's takes part."""
    device = getattr(a, "stype", None) == "device"
    if ctx.device_typeid == 2 or device:
        from ..backend import gpu
        a = gpu.place(a, ctx)
        device = isinstance(a, gpu.Buffer)
    r = new(class_of(a) if device else NDArray)
    r._a, r._ctx, r._node, r._i = a, ctx, None, 0
    return r


def class_of(a):
    """The array class for a buffer that is none of numpy's."""
    if a.stype == "device":
        from .device import NDArray
        return NDArray
    from .sparse import CLASSES
    return CLASSES[a.stype]


def array_of(a, ctx):
    """An array around a buffer of any storage, off the tape."""
    if type(a) is np.ndarray or a.stype == "device":
        return wrap(a, ctx)
    r = new(class_of(a))
    r._a, r._ctx, r._node, r._i = a, ctx, None, 0
    return r


class NDArray(arithmetic.Arithmetic, subscript.Subscript, methods.Methods, exchange.Exchange):
    """A dense array on one device, of a fixed type and shape.

    Made by ``mx.nd.array``, ``zeros``, ``ones`` and the operators, not by its constructor.
    """

    __slots__ = ("__weakref__", "_a", "_ctx", "_i", "_node")
    __module__ = "mxnet.ndarray.ndarray"
    # a numpy array on the left leaves the operator to this class
    __array_priority__ = 1000.0
    writable = True

    def __init__(self, handle=None, writable=True):
        # None is what pickles give; the array is empty until its state comes
        if handle is not None and not isinstance(handle, np.ndarray):
            raise TypeError("NDArray is made by mx.nd.array and the operators")
        self._a, self._ctx, self._node, self._i = handle, _context.CPU, None, 0

    # attributes

    @property
    def shape(self):
        """Tuple of the dimensions."""
        return self._a.shape

    @property
    def size(self):
        """Number of elements."""
        return self._a.size

    @property
    def ndim(self):
        """Number of dimensions."""
        return self._a.ndim

    @property
    def dtype(self):
        """The NumPy type class of the elements."""
        return self._a.dtype.type

    @property
    def context(self):
        """The device."""
        return self._ctx

    ctx = context

    @property
    def stype(self):
        """Storage type: ``'default'`` for dense arrays."""
        return "default"

    @property
    def handle(self):
        """An opaque object, for scripts that only test for it."""
        return self

    @property
    def grad(self):
        """The gradient buffer of a marked array, or None."""
        return getattr(self._node, "grad", None)

    @property
    def _fresh_grad(self):
        """Whether backward has written the gradient buffer since this was last cleared."""
        return getattr(self._node, "fresh", False)

    @_fresh_grad.setter
    def _fresh_grad(self, value):
        if not hasattr(self._node, "fresh"):
            raise MXNetError("_fresh_grad: the array is not marked with attach_grad()")
        self._node.fresh = bool(value)

    @property
    def T(self):
        """The transposed array (a copy)."""
        return self.transpose()

    # values

    def asnumpy(self):
        """A copy of the elements as a numpy array."""
        return one_element.as_scripts_expect(np.array(self._a, order="C"))

    def asscalar(self):
        """The only element as a numpy scalar; ValueError unless there is exactly one."""
        if self._a.size != 1:
            raise ValueError(f"asscalar needs an array of one element, this one has shape {self.shape}")
        return self._a.reshape(-1)[0]

    def __bool__(self):
        if self._a.size == 0:
            return False
        if self._a.size != 1:
            raise ValueError(f"the truth value of an array of shape {self.shape} is ambiguous")
        return bool(self.asscalar())

    __nonzero__ = __bool__

    def __len__(self):
        return self._a.shape[0]

    def __repr__(self):
        return printing.text(self._a, str(self._ctx))

    __str__ = __repr__

    def __hash__(self):
        return id(self) >> 4

    # waiting: every operation has ended when its call returns

    def wait_to_read(self):
        """Return when the array's value is there."""

    # the tape

    def attach_grad(self, grad_req="write", stype=None):
        """Mark the array as a variable, with a gradient buffer of zeros; cuts what led to it.

        ``grad_req`` is ``'write'``, ``'add'`` or ``'null'`` (a KeyError otherwise).
        """
        _autograd.attach(self, grad_req, stype)

    def detach(self):
        """The same memory off the tape."""
        return wrap(self._a, self._ctx)

    def backward(self, out_grad=None, retain_graph=False, train_mode=True):
        """Gradients of this array with respect to all marked variables, into their buffers."""
        _backward((self,), (out_grad,), retain_graph, train_mode)

    def _writable(self, what):
        """Refuse to change memory that the tape needs."""
        if state.recording and self._node is not None and not self._node.dead:
            raise MXNetError(f"{what}: an array that is part of a recorded graph cannot be written in place while "
                             "recording; use autograd.pause(), write before recording, or use an out-of-place operator")

    def _dense_for(self, op):
        """This array as an input of an operator that takes plain arrays."""
        return self


for _mixin in (arithmetic, subscript, methods, exchange):
    _mixin.NDArray = NDArray
    _mixin.wrap = wrap
subscript.indexing.NDArrayTypes = (NDArray,)

from .. import autograd as _autograd  # noqa: E402  (the executor needs the class above)
from ..autograd.executor import backward as _backward  # noqa: E402
