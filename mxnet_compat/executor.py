"""``mx.executor.Executor``: a symbol bound to arrays. Runs the graph operator by operator; gradients are the tape's."""
from inspect import signature

import numpy as np

from . import autograd, plan, watched
from . import context as _context
from .autograd import tape
from .base import MXNetError
from .ndarray.core import NDArray, wrap
from .state import state
from .symbol import infer
from .symbol.compose import input_names, node_params
from .symbol.graph import topological
from .symbol.subgraph import flat

__all__ = ["Executor"]


#: Storage types by the number that the attribute of a variable has.
_STYPES = {"0": "default", "1": "row_sparse", "2": "csr"}


def _zeros(stype, shape, dtype, ctx):
    if stype == "default":
        return wrap(np.zeros(shape, dtype), ctx)
    from .ndarray import sparse
    return sparse.zeros(stype, shape, ctx, dtype)


def _by_name(what, given, names, needed=True):
    """A list of arrays in the order of ``names`` from a list or a dictionary."""
    if given is None:
        return [None] * len(names)
    if isinstance(given, dict):
        missing = [n for n in names if n not in given]
        if missing and needed:
            raise ValueError(f"{what}: the array of {missing[0]!r} is missing")
        return [given.get(n) for n in names]
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"{what}: expected a list or a dictionary of NDArrays, got {type(given).__name__}")
    given = list(given)
    if len(given) != len(names):
        raise ValueError(f"{what}: {len(given)} arrays for {len(names)} names ({', '.join(names)})")
    return given


def _wants_head(op):
    """Whether a gradient rule of the operator asks for the gradient of its output; those of losses do not."""
    if op is None or op.name == "Custom":
        return op is None
    if op.name in ("BlockGrad", "zeros_like", "ones_like", "MakeLoss", "make_loss"):
        return False
    rules = [r for r in (op.joint, *op.rules.values()) if callable(r)]
    return op.composite or not rules or any(n.startswith("dy") for r in rules for n in signature(r).parameters)


class Executor:
    """A graph with its argument, gradient and auxiliary arrays.

    ``forward`` fills ``outputs``; ``backward`` fills the gradient arrays by the request of each argument.
    """
    __module__ = "mxnet.executor"

    def __init__(self, symbol, ctx, args, grads, reqs, aux):
        self._symbol, self._ctx = symbol, _context.resolve(ctx)
        self._arg_names, self._aux_names = symbol.list_arguments(), symbol.list_auxiliary_states()
        for names in (self._arg_names, self._aux_names):
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                raise MXNetError(f"bind: two variables are called {twice[0]!r}")
        self.arg_arrays, self.grad_arrays, self.aux_arrays = args, grads, aux
        self._reqs = reqs
        self._nodes = topological(symbol._outputs)
        self._params = {n: node_params(n.op, n.attrs) for n in self._nodes if n.op is not None}
        self._keywords = {n: input_names(n) for n in self._params}
        self._close_shapes()
        self._heads = None
        self._monitor, self._monitor_all = None, False
        self._results = None
        declared = all(n.op is None or flat(n.op) for n in self._nodes)
        self._plans = plan.Plans("graph") if declared and plan.enabled() else None

    def _close_shapes(self):
        """Give constants the shapes that the graph left open, such as zeros of shape (0, 8) for a state."""
        left = [n for n, p in self._params.items() if not n.inputs and 0 in tuple(p.get("shape") or ())]
        if left:
            shapes = {n: a.shape for n, a in (*zip(self._arg_names, self.arg_arrays),
                                              *zip(self._aux_names, self.aux_arrays))}
            found = infer.infer_shapes(self._symbol._outputs, shapes)
            for n in left:
                self._params[n] = {**self._params[n], "shape": found[n, 0]}

    # making one

    @classmethod
    def _bind(cls, symbol, ctx, args, args_grad, grad_req, aux_states):
        names, aux_names = symbol.list_arguments(), symbol.list_auxiliary_states()
        arrays = _by_name("bind args", args, names) if args is not None else _by_name("bind args", (), names)
        for n, a in zip(names, arrays):
            if not isinstance(a, NDArray):
                raise TypeError(f"bind: {n} must be an NDArray, got {type(a).__name__}")
        grads = _by_name("bind args_grad", args_grad, names, needed=False)
        aux = _by_name("bind aux_states", aux_states if aux_states is not None else {}, aux_names)
        reqs = cls._requests(grad_req, names, grads)
        bound = cls(symbol, ctx, arrays, grads, reqs, aux)
        infer.infer_shapes(symbol._outputs, {n: a.shape for n, a in (*zip(names, arrays), *zip(aux_names, aux))})
        return bound

    @staticmethod
    def _requests(grad_req, names, grads):
        if isinstance(grad_req, str):
            reqs = [grad_req] * len(names)
        elif isinstance(grad_req, dict):
            reqs = [grad_req.get(n, "null") for n in names]
        else:
            reqs = list(grad_req)
        for r in reqs:
            if r not in tape.REQUESTS:
                raise ValueError(f"grad_req must be write, add or null, got {r!r}")
        return [r if g is not None else "null" for r, g in zip(reqs, grads)]

    @classmethod
    def _simple_bind(cls, symbol, ctx, grad_req, type_dict, shared_exec, shared_buffer, shapes, stype_dict=None,
                     shared_names=None):
        try:
            twice = [n for n in symbol.list_arguments() if symbol.list_arguments().count(n) > 1]
            if twice:
                raise MXNetError(f"two variables are called {twice[0]!r}")
            found = infer.infer_shapes(symbol._outputs, {k: v for k, v in shapes.items() if v is not None})
            types = infer.infer_types(symbol._outputs, type_dict or {})
            cls._requests(grad_req, symbol.list_arguments(), symbol.list_arguments())
        except (MXNetError, TypeError, ValueError) as e:
            raise RuntimeError(f"simple_bind: {e}") from e
        arguments, aux = symbol._variables()
        unknown = [n.name for n in [*arguments, *aux] if not infer._known(found.get((n, 0)))]
        if unknown:
            raise RuntimeError(f"simple_bind: the shape of {', '.join(unknown)} cannot be inferred; give more shapes")
        ctx = _context.resolve(ctx)
        reuse, gradients = {}, {}
        if shared_exec is not None:
            own, names = shared_exec.arg_dict, set(shared_names or ())
            reuse = {**{n: own[n] for n in own if n in names}, **shared_exec.aux_dict}
            gradients = {n: g for n, g in shared_exec.grad_dict.items() if n in names and g is not None}

        stypes = {n.name: _STYPES[n.attrs.get("__storage_type__", "0")] for n in arguments}
        stypes.update(stype_dict or {})

        def make(n, pool=True):
            shape, dtype = found[n, 0], types.get((n, 0)) or np.dtype("float32")
            old = reuse.get(n.name) if pool else None
            if old is None and pool and shared_buffer is not None:
                old = shared_buffer.get(n.name)
            stype = stypes.get(n.name, "default")
            if old is not None and old.shape == shape and old._a.dtype == dtype and old.stype == stype:
                return old
            new = _zeros(stype, shape, dtype, ctx)
            if pool and shared_buffer is not None:
                shared_buffer[n.name] = new
            return new
        args = [make(n) for n in arguments]
        names = [n.name for n in arguments]
        reqs = cls._requests(grad_req, names, args)

        def gradient(name, a):
            old = gradients.get(name)
            if old is not None and old.shape == a.shape and old.dtype == a.dtype:
                return old
            return _zeros("default", a.shape, a._a.dtype, ctx)
        grads = [gradient(n, a) if r != "null" else None for n, a, r in zip(names, args, reqs)]
        bound = cls(symbol, ctx, args, grads, reqs, [make(n) for n in aux])
        if any(a.stype != "default" for a in args) or any(p.get("sparse_grad") or n.op.name == "_contrib_SparseEmbedding"
                                                          for n, p in bound._params.items()):
            bound._choose_storage()
        return bound

    def _choose_storage(self):
        """Give gradient arrays the storage in which gradients come, which one walk on zeros tells."""
        values, marked = self._values([a.copy() for a in self.aux_arrays])
        was = state.recording, state.training
        state.recording = state.training = True
        try:
            results = self._run(values)
            heads = [results[e] for e in self._symbol._outputs if results[e]._node is not None]
            found = autograd.executor.gradients(heads, [None] * len(heads), [own for _, own in marked], reached=False)
        except MXNetError:
            return
        finally:
            state.recording, state.training = was
        for (k, _), g in zip(marked, found):
            if g.stype != "default":
                self.grad_arrays[k] = _zeros(g.stype, g.shape, g._a.dtype, g._ctx)

    # dictionaries

    @property
    def arg_dict(self):
        """Argument arrays by name."""
        return dict(zip(self._arg_names, self.arg_arrays))

    @property
    def grad_dict(self):
        """Gradient arrays by argument name (None where none is wanted)."""
        return dict(zip(self._arg_names, self.grad_arrays))

    @property
    def aux_dict(self):
        """Auxiliary arrays by name."""
        return dict(zip(self._aux_names, self.aux_arrays))

    @property
    def outputs(self):
        """The outputs. The arrays stay the same ones: each ``forward`` gives them new values; zeros before the first."""
        if self._results is None:
            arguments, aux = self._symbol._variables()
            known = {n.name: a.shape for n, a in (*zip(arguments, self.arg_arrays), *zip(aux, self.aux_arrays))}
            shapes = infer.infer_shapes(self._symbol._outputs, known)
            types = infer.infer_types(self._symbol._outputs, {
                n.name: a._a.dtype for n, a in (*zip(arguments, self.arg_arrays), *zip(aux, self.aux_arrays))})
            self._results = [wrap(np.zeros(shapes.get(e) or (), types.get(e) or "float32"), self._ctx)
                             for e in self._symbol._outputs]
        return self._results

    @property
    def output_dict(self):
        """Outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs))

    # running

    def forward(self, is_train=False, **kwargs):
        """Run the graph and return the outputs; keywords are new values of arguments."""
        arguments = self.arg_dict
        for name, value in kwargs.items():
            if name not in arguments:
                raise TypeError(f"forward: there is no argument {name!r}")
            if not isinstance(value, (NDArray, np.ndarray)):
                raise ValueError(f"forward: {name} must be an NDArray, got {type(value).__name__}")
            if value.shape != arguments[name].shape:
                raise ValueError(f"forward: {name} has shape {value.shape}, bound was {arguments[name].shape}")
            arguments[name][:] = value
        self._heads = None
        results = self._forward(bool(is_train), self.aux_arrays)
        if is_train:
            self._heads = results
        new = [y.detach() for y in results]
        if self._results is None or any(type(old) is not type(y) for old, y in zip(self._results, new)):
            self._results = new
        else:
            # callers keep these arrays and look at them after later calls
            for old, y in zip(self._results, new):
                old._a, old._ctx = y._a, y._ctx
        return self._results

    def _forward(self, training, aux):
        values, _ = self._values(aux)
        was = state.recording, state.training
        state.recording, state.training = training, training
        try:
            if _context.current_context() is self._ctx:
                return self._computed(values)
            # constants are made where the executor is
            with self._ctx:
                return self._computed(values)
        finally:
            state.recording, state.training = was

    def _computed(self, values):
        if self._plans is not None and self._monitor is None:
            return self._plans(self._imperative, list(values.values()))
        return self._imperative(*values.values())

    def _imperative(self, *arrays):
        """The outputs, by the operators in order, for arrays in the order of arguments and auxiliary states."""
        results = self._run(dict(zip((*self._arg_names, *self._aux_names), arrays)))
        return [results[e] for e in self._symbol._outputs]

    def _values(self, aux):
        """Arrays by name over the memory of the bound ones, and those that are marked, with their place."""
        values, marked = {}, []
        # the tape works on arrays of its own over the same memory, so that the caller's are not marked
        for k, (name, a, g, r) in enumerate(zip(self._arg_names, self.arg_arrays, self.grad_arrays, self._reqs)):
            values[name] = own = a.detach()
            if r != "null":
                autograd._mark(own, g, tape.REQUESTS[r])
                marked.append((k, own))
        values.update({n: a.detach() for n, a in zip(self._aux_names, aux)})
        return values, marked

    def _run(self, values):
        results = {}
        for n in self._nodes:
            if n.op is None:
                results[n, 0] = values[n.name]
                continue
            ins = [results[m, i] for m, i in n.inputs]
            if self._monitor is not None and self._monitor_all:
                self._watch_inputs(n, ins)
            keywords = self._keywords[n]
            if keywords is None:
                out = n.op.front(*ins, **self._params[n])
            else:
                out = n.op.front(**dict(zip(keywords, ins)), **self._params[n])
            for k, y in enumerate(out if isinstance(out, list) else [out]):
                results[n, k] = y
                if self._monitor is not None:
                    self._monitor(n.output_name(k), y)
            if self._monitor is not None and state.recording:
                watched.watch(n, results[n, 0], ins, self._monitor)
        return results

    def _watch_inputs(self, n, ins):
        for k, ((m, _), x) in enumerate(zip(n.inputs, ins)):
            if m.op is None:
                self._monitor(m.name, x)
            name = n.op.inputs[min(k, len(n.op.inputs) - 1)].name
            self._monitor(f"{n.name}_{name}" if not n.op.variadic else f"{n.name}_arg{k}", x)

    def backward(self, out_grads=None, is_train=True):
        """Gradients of the outputs, weighted by ``out_grads``, into the gradient arrays.

        Losses need no ``out_grads``; MXNetError where another output has none. A training forward is run first where the
        last one was none; it does not touch auxiliary states.
        """
        if out_grads is None:
            out_grads = []
        elif isinstance(out_grads, NDArray):
            out_grads = [out_grads]
        elif isinstance(out_grads, dict):
            out_grads = [out_grads[n] for n in self._symbol.list_outputs()]
        out_grads = list(out_grads)
        for g in out_grads:
            if g is not None and not isinstance(g, NDArray):
                raise TypeError(f"backward: out_grads must be NDArrays, got {type(g).__name__}")
        out_grads = [g if g is None else g.as_in_context(self._ctx) for g in out_grads]
        heads = self._heads
        if heads is None:
            heads = self._forward(True, [a.copy() for a in self.aux_arrays])
        out_grads += [None] * (len(heads) - len(out_grads))
        pairs = [(h, g) for h, g in zip(heads, out_grads) if h._node is not None]
        for (n, _), h, g in zip(self._symbol._outputs, heads, out_grads):
            if g is None and h._node is not None and _wants_head(n.op):
                raise MXNetError(f"backward: {n.name} is no loss, so its gradient must be given in out_grads")
        if pairs:
            autograd.executor.backward([h for h, _ in pairs], [g for _, g in pairs], True, is_train)

    # changing

    def set_monitor_callback(self, callback, monitor_all=False):
        """Call ``callback(name, array)`` for every output of every operator (and every input, if ``monitor_all``), and in
        ``backward`` for the gradients that operators give their inputs. Names are bytes, as in MXNet."""
        self._monitor = None if callback is None else lambda name, array: callback(name.encode(), array)
        self._monitor_all = monitor_all

    def copy_params_from(self, arg_params, aux_params=None, allow_extra_params=False):
        """Copy arrays by name into arguments and auxiliary states; ValueError for an unknown name."""
        for what, source, own in (("argument", arg_params, self.arg_dict), ("auxiliary state", aux_params, self.aux_dict)):
            for name, array in (source or {}).items():
                if name in own:
                    array.astype(own[name].dtype).copyto(own[name])
                elif not allow_extra_params:
                    raise ValueError(f"copy_params_from: there is no {what} {name!r}")

    def reshape(self, partial_shaping=False, allow_up_sizing=False, **kwargs):
        """An executor for other input shapes. It shares the arrays whose shapes stay, and the memory of those that shrink.

        MXNetError where a shape that was not given changes (unless ``partial_shaping``) or an array grows (unless
        ``allow_up_sizing``).
        """
        arguments, aux = self._symbol._variables()
        unknown = sorted(set(kwargs) - {n.name for n in arguments} - {n.name for n in aux})
        if unknown:
            raise MXNetError(f"reshape: there is no argument {unknown[0]!r}")
        found = infer.infer_shapes(self._symbol._outputs, kwargs)
        if not all(infer._known(found.get((n, 0))) for n in [*arguments, *aux]):
            raise MXNetError("reshape: shapes cannot be inferred from those given")

        def fit(n, a, given):
            shape = found[n, 0]
            if a is None or a.shape == shape:
                return a
            if not (given or partial_shaping):
                raise MXNetError(f"reshape: the shape of {n.name} changes from {a.shape} to {shape}, but it was not "
                                 "given; set partial_shaping=True if that is meant")
            size = int(np.prod(shape))
            if size > a.size:
                if not allow_up_sizing:
                    raise MXNetError(f"reshape: {n.name} grows from {a.shape} to {shape}; set allow_up_sizing=True if "
                                     "that is meant")
                return _zeros(a.stype, shape, a._a.dtype, a._ctx)
            if a.stype != "default" or not a._a.flags.c_contiguous:
                return _zeros(a.stype, shape, a._a.dtype, a._ctx)
            return a.reshape((-1,))[:size].reshape(shape)
        args = [fit(n, a, n.name in kwargs) for n, a in zip(arguments, self.arg_arrays)]
        grads = [fit(n, g, n.name in kwargs) for n, g in zip(arguments, self.grad_arrays)]
        return Executor(self._symbol, self._ctx, args, grads, list(self._reqs),
                        [fit(n, a, False) for n, a in zip(aux, self.aux_arrays)])

    def get_optimized_symbol(self):
        """The symbol that is run."""
        return self._symbol

    def debug_str(self):
        """The graph in plain words."""
        return self._symbol.debug_str()
