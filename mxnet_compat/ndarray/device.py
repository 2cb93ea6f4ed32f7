"""The dense array class of GPUs: an ``NDArray`` whose buffer is one of ``triton_kernels``.

To scripts it is ``mx.nd.NDArray`` like any other; it is a class of its own so that arrays in host memory need no check for it.
Buffers answer to numpy's names, so most methods are inherited; here are those that look at the memory itself.
"""
import numpy as np

from . import arithmetic, core, one_element, printing

__all__ = ["NDArray"]


class NDArray(core.NDArray):
    """A dense array on a GPU."""

    __slots__ = ()
    __module__ = "mxnet.ndarray.ndarray"

    def asnumpy(self):
        """A copy of the elements as a numpy array; waits for what computes them."""
        return one_element.as_scripts_expect(self._a.numpy())

    def asscalar(self):
        """The only element as a numpy scalar; ValueError unless there is exactly one."""
        if self._a.size != 1:
            raise ValueError(f"asscalar needs an array of one element, this one has shape {self.shape}")
        return self._a.numpy().reshape(-1)[0]

    def __repr__(self):
        return printing.text(self._a.numpy(), str(self._ctx))

    __str__ = __repr__

    def wait_to_read(self):
        """Return when the array's value is there."""
        self._a.device.synchronize()

    def __getstate__(self):
        from . import serialize
        ctx = self._ctx
        return {"handle": bytearray(serialize.dump_one(self._a.numpy(), context=(ctx.device_typeid, ctx.device_id)))}

    def __reduce__(self):
        return core.NDArray, (None,), self.__getstate__()

    def _sync_copyfrom(self, source_array):
        source = np.asarray(source_array, self._a.dtype)
        if source.shape != self._a.shape:
            raise ValueError(f"array of shape {source.shape} for one of shape {self._a.shape}")
        self._a[...] = source


arithmetic.without_shortcuts(NDArray)
