"""``Parameter`` and ``Constant``: weights on one or several contexts, made at once or when their shape is known.

Dictionaries of them are in ``parameter_dict.py``; what fills them is ``mx.init``.
"""
import itertools
import warnings

import numpy as np

from .. import autograd, context, initializer, ndarray, symbol
from ..base import MXNetError
from ..context import Context, cpu
from ..util import is_np_array, is_np_shape  # noqa: F401
from . import parameter_dict
from .parameter_dict import ParameterDict
from .utils import shape_is_known

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict", "tensor_types"]

#: What a block takes as input.
tensor_types = (symbol.Symbol, ndarray.NDArray)

_STYPES = ("default", "row_sparse", "csr")


class DeferredInitializationError(MXNetError):
    """A parameter whose shape is not known yet was asked for its value."""


def contexts(ctx):
    """A list of contexts from None (the current one), a context or a list."""
    if ctx is None:
        return [context.current_context()]
    return [ctx] if isinstance(ctx, Context) else list(ctx)


class Parameter:
    """A weight of a block: its value and gradient on each context.

    ``shape`` may have unknown dimensions (0 or -1) where ``allow_deferred_init`` is set: the value is then made at the
    first forward pass. ``grad_req`` is ``'write'``, ``'add'`` or ``'null'``; ``init`` goes before the initializer of the
    block. ``lr_mult`` and ``wd_mult`` scale the optimizer's learning rate and weight decay. AssertionError for an unknown
    ``grad_req``, ``stype`` or ``grad_stype``.
    """

    def __init__(self, name, grad_req="write", shape=None, dtype=np.float32, lr_mult=1.0, wd_mult=1.0, init=None,
                 allow_deferred_init=False, differentiable=True, stype="default", grad_stype="default"):
        self._var = self._data = self._grad = self._trainer = None
        self._ctx_list = self._ctx_map = None
        self._deferred_init = ()
        self._differentiable = differentiable
        self._allow_deferred_init = allow_deferred_init
        self._grad_req = None
        self._shape = (shape,) if isinstance(shape, int) else shape
        self.name = name
        self._dtype = dtype
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.grad_req = grad_req
        self.init = init
        for what, value in (("stype", stype), ("grad_stype", grad_stype)):
            assert value in _STYPES, f"Parameter {name}: {what} must be one of {', '.join(_STYPES)}, got {value!r}"
        self._stype = stype
        self._grad_stype = grad_stype

    def __repr__(self):
        return f"Parameter {self.name} (shape={self.shape}, dtype={self.dtype})"

    def __setstate__(self, state):
        self.__dict__.update(state)
        if self._data is not None:
            # copies of arrays come without their gradients
            self._ctx_map = {c: k for k, c in enumerate(self._ctx_list)}
            if self._grad is not None:
                autograd.mark_variables(self._data, self._grad, self.grad_req)

    # properties

    @property
    def grad_req(self):
        """How backward fills the gradient: ``'write'``, ``'add'`` or ``'null'``."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req):
        assert req in ("write", "add", "null"), f"grad_req must be 'write', 'add' or 'null', got {req!r}"
        if not self._differentiable:
            req = "null"
        if req == self._grad_req:
            return
        self._grad_req = req
        if self._data is None:
            return
        if req == "null":
            self._grad = None
            self._data = [a.detach() for a in self._data]
        else:
            self._init_grad()

    @property
    def dtype(self):
        """The type of the elements, as it was given; setting it casts."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype):
        self.cast(dtype)

    @property
    def shape(self):
        """The shape, or None; unknown dimensions may be set, known ones may not change (AssertionError)."""
        return self._shape

    @shape.setter
    def shape(self, new):
        if self._shape is not None:
            old = self._shape
            assert len(old) == len(new) and all(i in (0, -1, j) for i, j in zip(old, new)), \
                f"Parameter {self.name}: the shape {tuple(old)} cannot become {tuple(new)}"
        self._shape = new

    # making the arrays

    def initialize(self, init=None, ctx=None, default_init=initializer.Uniform(), force_reinit=False):
        """Make value and gradient on ``ctx`` (a context or a list; by default the current one).

        The value comes from ``init``, else from the parameter's own initializer, else from ``default_init``. An
        initialized parameter is left as it is (UserWarning) unless ``force_reinit``. ValueError for an unknown shape
        without ``allow_deferred_init``.
        """
        if self._data is not None and not force_reinit:
            warnings.warn(f"Parameter {self.name} is initialized already and left as it is; force_reinit=True would "
                          "initialize it again", stacklevel=2)
            return
        self._data = self._grad = None
        if init is None:
            init = default_init if self.init is None else self.init
        known = shape_is_known(self.shape)
        if not known and not self._allow_deferred_init:
            raise ValueError(f"Parameter {self.name} cannot be initialized: its shape {self.shape} is not known, and "
                             "allow_deferred_init is not set")
        self._deferred_init = init, contexts(ctx), default_init, None
        if known:
            self._finish_deferred_init()

    def _finish_deferred_init(self):
        """Make the arrays now that the shape is known."""
        if not self._deferred_init:
            return
        init, ctx, default_init, data = self._deferred_init
        self._deferred_init = ()
        assert shape_is_known(self.shape), \
            f"Parameter {self.name} cannot be initialized: its shape {self.shape} is not known. Give in_units, in_channels " \
            "and the like to the layers"
        with autograd.pause():
            if data is None:
                data = ndarray.zeros(self.shape, dtype=self.dtype, ctx=cpu(), stype=self._stype)
                initializer.create(default_init)(initializer.InitDesc(self.name, {"__init__": init}), data)
            self._init_impl(data, ctx)

    def _init_impl(self, data, ctx_list):
        self._ctx_list = [context.intern(c) for c in ctx_list]
        self._ctx_map = {c: k for k, c in enumerate(self._ctx_list)}
        self._data = [data.copyto(c) for c in self._ctx_list]
        self._init_grad()

    def _init_grad(self):
        if self.grad_req == "null":
            self._grad = None
            return
        stype = None if self._grad_stype == "default" else self._grad_stype
        self._grad = [ndarray.zeros(a.shape, dtype=a.dtype, ctx=a.context, stype=stype) for a in self._data]
        autograd.mark_variables(self._data, self._grad, self.grad_req)

    def _load_init(self, data, ctx, cast_dtype=False, dtype_source="current"):
        """Take ``data`` as the value, on ``ctx`` or where the parameter is; shape and type must fit."""
        data = self._fit(data, cast_dtype, dtype_source)
        if ctx is not None:
            ctx = contexts(ctx)
        if self._data is None:
            where = self._deferred_init[1] if self._deferred_init else None
            self._same_contexts(ctx, where)
            self._init_impl(data, where or ctx or [cpu()])
        else:
            self._same_contexts(ctx, self.list_ctx())
            self.set_data(data)
        self._deferred_init = ()

    def _same_contexts(self, ctx, where):
        assert ctx is None or where is None or set(ctx) == set(where), \
            f"Parameter {self.name} cannot be loaded on {ctx}: it was initialized on {where}"

    def _fit(self, data, cast_dtype, dtype_source):
        """``data`` in the type of the parameter (or the parameter in that of ``data``); AssertionError where it differs."""
        if cast_dtype:
            assert dtype_source in ("current", "saved"), f"dtype_source must be 'current' or 'saved', got {dtype_source!r}"
        if self.shape:
            fits = len(self.shape) == len(data.shape) and all(i in (0, -1, j) for i, j in zip(self.shape, data.shape))
            assert fits, f"Parameter {self.name} has shape {tuple(self.shape)}, what was saved has {data.shape}"
        self.shape = data.shape
        if self.dtype is not None and np.dtype(self.dtype) != data.dtype:
            assert cast_dtype, (f"Parameter {self.name} has type {np.dtype(self.dtype)}, what was saved has "
                                f"{np.dtype(data.dtype)}; cast_dtype=True would convert it")
            if dtype_source == "current":
                data = data.astype(self.dtype)
            else:
                self.dtype = data.dtype
        return data if data.stype == self._stype else data.tostype(self._stype)

    def reset_ctx(self, ctx):
        """Move to other contexts. ValueError where the parameter is not initialized."""
        ctx = contexts(ctx)
        if self._data:
            data = self._reduce()
            with autograd.pause():
                self._init_impl(data, ctx)
        elif self._deferred_init:
            init, _, default_init, data = self._deferred_init
            self._deferred_init = init, ctx, default_init, data
        else:
            raise ValueError(f"Parameter {self.name} is not initialized, so that it has no context to reset")

    def cast(self, dtype):
        """Convert value and gradient to another type."""
        self._dtype = dtype
        if self._data is None:
            return
        with autograd.pause():
            self._data = [a.astype(dtype) for a in self._data]
            if self._grad is not None:
                self._grad = [g.astype(dtype) for g in self._grad]
                autograd.mark_variables(self._data, self._grad, self.grad_req)

    # values

    def _missing(self):
        if self._deferred_init:
            raise DeferredInitializationError(
                f"Parameter {self.name} has no value yet: its shape becomes known in the first forward pass. Pass a batch "
                "through the network, or give in_units, in_channels and the like to the layers")
        raise RuntimeError(
            f"Parameter {self.name} has not been initialized: call initialize(). (Block.collect_params() has the "
            "parameters of a block and its children, Block.params only its own)")

    def _check_and_get(self, arrays, ctx):
        """The array of a context; all of them for ``list``."""
        if arrays is None:
            self._missing()
        if ctx is list:
            return arrays
        if ctx is None:
            if len(arrays) == 1:
                return arrays[0]
            ctx = context.current_context()
        k = self._ctx_map.get(ctx)
        if k is None:
            raise RuntimeError(f"Parameter {self.name} is not on {ctx}, only on {self._ctx_list}")
        return arrays[k]

    def data(self, ctx=None):
        """The value on a context (of one context, where it is the only one).

        RuntimeError if it is not initialized, not there or sparse; DeferredInitializationError if it is yet to come.
        """
        if self._stype != "default":
            raise RuntimeError(f"Parameter {self.name} is {self._stype}: its rows come from row_sparse_data(row_id)")
        arrays = self._data
        # the common case first: this is called for each parameter in each forward pass
        if arrays is not None and len(arrays) == 1 and (ctx is None or ctx is arrays[0]._ctx):
            return arrays[0]
        return self._check_and_get(arrays, ctx)

    def list_data(self):
        """The values on all contexts."""
        if self._stype != "default":
            raise RuntimeError(f"Parameter {self.name} is {self._stype}: its rows come from list_row_sparse_data(row_id)")
        return self._check_and_get(self._data, list)

    def _gradients(self, ctx):
        if self._data is not None and self._grad is None:
            raise RuntimeError(f"Parameter {self.name} has no gradient, since its grad_req is 'null'")
        return self._check_and_get(self._grad, ctx)

    def grad(self, ctx=None):
        """The gradient on a context; RuntimeError as for ``data``, and where ``grad_req`` is ``'null'``."""
        return self._gradients(ctx)

    def list_grad(self):
        """The gradients on all contexts."""
        return self._gradients(list)

    def list_ctx(self):
        """The contexts; RuntimeError if it is not initialized."""
        if self._data is None:
            if self._deferred_init:
                return self._deferred_init[1]
            raise RuntimeError(f"Parameter {self.name} has not been initialized")
        return self._ctx_list

    def zero_grad(self):
        """Fill the gradients with zeros."""
        for g in self._grad or ():
            g[:] = 0

    def set_data(self, data):
        """Copy ``data`` (of the same shape) into the values on all contexts."""
        self.shape = data.shape
        if self._data is None:
            assert self._deferred_init, f"Parameter {self.name} has not been initialized"
            self._deferred_init = (*self._deferred_init[:3], data)
            return
        trainer = self._trainer
        if trainer and trainer._kv_initialized and trainer._update_on_kvstore and self not in trainer._params_to_init:
            # the store holds the weight; it takes the new one at the next step
            trainer._reset_kvstore()
        for a in self._check_and_get(self._data, list):
            a[:] = data

    def _reduce(self):
        """The value on the CPU: the mean over contexts."""
        if self._stype != "default":
            rows = ndarray.arange(0, self.shape[0], dtype="int64", ctx=cpu())
            out = ndarray.zeros(self.shape, stype="row_sparse", ctx=cpu())
            self._trainer._row_sparse_pull(self, out, rows, full_idx=True)
            return out
        arrays = self.list_data()
        if len(arrays) == 1:
            return arrays[0].copyto(cpu())
        return ndarray.add_n(*[a.copyto(cpu()) for a in arrays]) / len(arrays)

    def var(self):
        """The symbol that stands for the parameter."""
        if self._var is None:
            self._var = symbol.var(self.name, shape=self.shape, dtype=self.dtype, lr_mult=self.lr_mult,
                                   wd_mult=self.wd_mult, init=self.init, stype=self._stype)
        return self._var

    # rows of sparse parameters

    def _set_trainer(self, trainer):
        if self._stype != "default" and self._trainer and trainer and self._trainer is not trainer:
            raise RuntimeError(f"Parameter {self.name} is {self._stype} and has a trainer already; it can have one only")
        self._trainer = trainer

    def _get_row_sparse(self, arrays, ctx, row_id):
        if not isinstance(row_id, ndarray.NDArray):
            raise TypeError(f"Parameter {self.name}: row_id must be an NDArray, got {type(row_id).__name__}")
        if not self._trainer:
            raise RuntimeError(f"Parameter {self.name} is sparse: make a Trainer before asking for its rows")
        results = self._check_and_get(arrays, ctx)
        self._trainer._row_sparse_pull(self, results, row_id)
        return results

    def _rows_only(self, what):
        if self._stype != "row_sparse":
            raise RuntimeError(f"Parameter {self.name} is {self._stype}: {what} is for row_sparse ones; use data()")

    def row_sparse_data(self, row_id):
        """The rows ``row_id`` of a row_sparse parameter, on the context of ``row_id``."""
        self._rows_only("row_sparse_data")
        return self._get_row_sparse(self._data, row_id.context, row_id)

    def list_row_sparse_data(self, row_id):
        """The rows ``row_id`` of a row_sparse parameter, on all contexts."""
        self._rows_only("list_row_sparse_data")
        return self._get_row_sparse(self._data, list, row_id)


_constants = itertools.count()


class Constant(Parameter):
    """A value that takes part in the computation but is not trained: it has no gradient."""

    def __init__(self, name, value):
        if not isinstance(value, ndarray.NDArray):
            value = ndarray.array(value)
        self.value = value

        class Value(initializer.Initializer):
            """Fills with the constant's value."""

            def _init_weight(self, _, arr):
                value.copyto(arr)
        # symbols name their initializers, so that this one must be known by a name of its own
        init = f"Constant_{name}_{next(_constants)}"
        initializer.alias(init)(Value)
        super().__init__(name, grad_req="null", shape=value.shape, dtype=value.dtype, init=init)

    def __repr__(self):
        return f"Constant {self.name} (shape={self.shape}, dtype={self.dtype})"

    @property
    def grad_req(self):
        """Always ``'null'``; setting another is a UserWarning."""
        return "null"

    @grad_req.setter
    def grad_req(self, req):
        self._grad_req = "null"
        if req != "null":
            warnings.warn(f"Constant {self.name} has no gradient; grad_req={req!r} is ignored", stacklevel=2)

    def _gradients(self, ctx):
        self._check_and_get(self._data, ctx)
        return super()._gradients(ctx)


parameter_dict.Parameter, parameter_dict.Constant = Parameter, Constant
for _cls in (DeferredInitializationError, Parameter, Constant, ParameterDict):
    _cls.__module__ = "mxnet.gluon.parameter"
