"""``NumpyOp`` and ``NDArrayOp``: operators in Python as before ``CustomOp``, carried by it. In MXNet 1.9.1 they crash."""
import itertools
import warnings

from . import operator
from . import symbol as sym

__all__ = ["NDArrayOp", "NumpyOp", "PythonOp"]

_numbers = itertools.count()


class PythonOp:
    """Base class: inputs, outputs and shapes of an operator whose ``forward`` and ``backward`` are the user's."""
    __module__ = "mxnet.operator"

    def __init__(self, need_top_grad=True):
        warnings.warn(f"{type(self).__name__} is one of the old kinds of operators; new ones derive from CustomOp",
                      stacklevel=2)
        self.info_ = None
        self.need_top_grad_ = need_top_grad

    def __call__(self, *args, **kwargs):
        """The symbol of a call."""
        return self.get_symbol(*args, **kwargs)

    def get_symbol(self, *args, **kwargs):
        """The symbol of a call; NumpyOp and NDArrayOp have it."""
        raise NotImplementedError("derive from NumpyOp or NDArrayOp, whose calls make symbols")

    def forward(self, in_data, out_data):
        """Write the outputs; by default a copy of the first input."""
        out_data[0][:] = in_data[0]

    def backward(self, out_grad, in_data, out_data, in_grad):
        """Write the gradients of the inputs; by default ones."""
        in_grad[0][:] = 1.0

    def infer_shape(self, in_shape):
        """(shapes of inputs, shapes of outputs); by default one output like the first input."""
        return in_shape, [in_shape[0]]

    def list_outputs(self):
        """Names of the outputs."""
        return ["output"]

    def list_arguments(self):
        """Names of the inputs."""
        return ["data"]

    def need_top_grad(self):
        """Whether ``backward`` reads the gradients of the outputs."""
        return self.need_top_grad_

    def _seen(self, arrays):
        """What ``forward`` and ``backward`` are given for these NDArrays."""
        return arrays


class _Carried(operator.CustomOp):
    def __init__(self, op):
        self.op = op

    def _run(self, function, *groups, reqs):
        given = [self.op._seen(g) for g in groups]
        function(*given[:-1], given[-1])
        for target, req, value in zip(groups[-1], reqs, given[-1]):
            if value is not target:
                self.assign(target, req, value)

    def forward(self, is_train, req, in_data, out_data, aux):
        self._run(self.op.forward, in_data, out_data, reqs=req)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self._run(self.op.backward, out_grad, in_data, out_data, in_grad, reqs=req)


def _prop(op):
    class Prop(operator.CustomOpProp):
        def __init__(self):
            super().__init__(need_top_grad=op.need_top_grad())

        def list_arguments(self):
            return op.list_arguments()

        def list_outputs(self):
            return op.list_outputs()

        def infer_shape(self, in_shape):
            return (*op.infer_shape(in_shape), [])

        def create_operator(self, ctx, in_shapes, in_dtypes):
            return _Carried(op)
    return Prop


class _Carries(PythonOp):
    def get_symbol(self, *args, **kwargs):
        """The symbol of a call: symbols by position or by the names of the inputs, and ``name``."""
        if self.info_ is None:
            self.info_ = f"{type(self).__name__}_{next(_numbers)}"
            operator.register(self.info_)(_prop(self))
        kwargs.setdefault("name", None)
        return sym.Custom(*args, op_type=self.info_, **kwargs)


class NumpyOp(_Carries):
    """An operator on numpy arrays, which ``forward`` and ``backward`` write in place."""
    __module__ = "mxnet.operator"

    def _seen(self, arrays):
        return [a.asnumpy() for a in arrays]


class NDArrayOp(_Carries):
    """An operator on NDArrays, which ``forward`` and ``backward`` write in place."""
    __module__ = "mxnet.operator"

    def declare_backward_dependency(self, out_grad, in_data, out_data):
        """Which arrays ``backward`` needs."""
        return [*(out_grad if self.need_top_grad() else []), *in_data, *out_data]
