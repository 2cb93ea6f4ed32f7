"""One executor a context: batches are cut along the batch axis, outputs and gradients are put together again."""
import logging

from .. import ndarray as nd
from ..base import MXNetError
from ..context import cpu
from ..executor import Executor
from ..symbol import infer

__all__ = ["DataParallelExecutorGroup", "descriptions"]


def descriptions(shapes):
    """Data descriptions from pairs of name and shape, or from what an iterator provides."""
    from ..io import DataDesc
    return [s if isinstance(s, DataDesc) else DataDesc(*s) for s in shapes or ()]


def _slices(batch_size, workload):
    """The part of a batch for each context, by workload; the last takes what rounding leaves."""
    total, bounds = sum(workload), [0]
    for w in workload:
        bounds.append(min(bounds[-1] + round(batch_size * w / total), batch_size))
    bounds[-1] = batch_size
    if any(a == b for a, b in zip(bounds, bounds[1:])):
        raise ValueError(f"a batch of {batch_size} cannot be cut for {len(workload)} contexts")
    return [slice(a, b) for a, b in zip(bounds, bounds[1:])]


class DataParallelExecutorGroup:
    """The executors of a module and the arrays that they share with it."""

    def __init__(self, symbol, contexts, workload, data_shapes, label_shapes, param_names, for_training, inputs_need_grad,
                 shared_group=None, logger=logging, fixed_param_names=None, grad_req="write", state_names=None,
                 group2ctxs=None):
        self.symbol, self.contexts = symbol, contexts
        self.workload = workload or [1] * len(contexts)
        self.param_names, self.for_training, self.inputs_need_grad = param_names, for_training, inputs_need_grad
        self.state_names = list(state_names or ())
        self.output_names = symbol.list_outputs()
        self._grad_req, self._fixed = grad_req, fixed_param_names or ()
        self.execs = []
        self.bind_exec(data_shapes, label_shapes, shared_group)

    def bind_exec(self, data_shapes, label_shapes, shared_group=None, reshape=False):
        """Make the executors for batches of these shapes; parameters are those of ``shared_group``, or, with ``reshape``,
        those that were bound before. AssertionError where executors are there and ``reshape`` is false."""
        from ..io import DataDesc
        assert reshape or not self.execs, "the group has executors; give reshape=True"
        self.data_shapes, self.label_shapes = descriptions(data_shapes), descriptions(label_shapes)
        self.data_names = [d.name for d in self.data_shapes]
        self.label_names = [d.name for d in self.label_shapes]
        self.batch_axis = {d.name: DataDesc.get_batch_axis(d.layout) for d in [*self.data_shapes, *self.label_shapes]}
        self.output_axes = [DataDesc.get_batch_axis(self.symbol[k].attr("__layout__")) for k in range(len(self.symbol))]
        self.batch_size = None
        for d in (self.data_shapes, self.label_shapes):
            if d:
                self.decide_slices(d)
        self.grad_req = self._requests(self.symbol, self._grad_req, self._fixed)
        before = self.execs if shared_group is None else shared_group.execs
        self.execs = [self._executor(k, before[k] if before else None) for k in range(len(self.contexts))]

    def decide_slices(self, data_shapes):
        """The batch axes of these descriptions; the first batch size met decides which part of a batch each context has.

        AssertionError for another batch size.
        """
        from ..io import DataDesc
        axes = [DataDesc.get_batch_axis(d.layout) for d in data_shapes]
        for d, axis in zip(data_shapes, axes):
            if self.batch_size is None:
                self.batch_size = d.shape[max(axis, 0)]
                self.slices = _slices(self.batch_size, self.workload)
            assert axis < 0 or d.shape[axis] == self.batch_size, \
                f"all arrays must have one batch size: it is {self.batch_size}, {d.name} has shape {d.shape}"
        return axes

    def reshape(self, data_shapes, label_shapes):
        """Bind to other shapes; parameters stay."""
        data_shapes, label_shapes = descriptions(data_shapes), descriptions(label_shapes)
        if (data_shapes, label_shapes) != (self.data_shapes, self.label_shapes):
            self.bind_exec(data_shapes, label_shapes, reshape=True)

    def get_output_shapes(self):
        """Pairs of name and shape of the outputs."""
        names = set(self.symbol.list_arguments())
        given = {d.name: d.shape for d in [*self.data_shapes, *self.label_shapes] if d.name in names}
        shapes = []
        for name, shape, axis in zip(self.output_names, self.symbol.infer_shape(**given)[1], self.output_axes):
            # MXNet states the batch size along the batch axis, whatever the output has there
            if 0 <= axis < len(shape):
                shape = (*shape[:axis], self.batch_size, *shape[axis + 1:])
            shapes.append((name, shape))
        return shapes

    def _requests(self, symbol, grad_req, fixed):
        reqs = {}
        for k, name in enumerate(symbol.list_arguments()):
            given = grad_req if isinstance(grad_req, str) else grad_req.get(name, "write") if isinstance(
                grad_req, dict) else grad_req[k]
            if not self.for_training or name in fixed or name in self.label_names or name in self.state_names:
                reqs[name] = "null"
            elif name in self.data_names:
                reqs[name] = given if self.inputs_need_grad else "null"
            else:
                reqs[name] = given
        return reqs

    def _part(self, d, k):
        """The shape of a description's part on context ``k``."""
        axis, shape = self.batch_axis[d.name], list(d.shape)
        if axis >= 0 and len(self.contexts) > 1:
            shape[axis] = self.slices[k].stop - self.slices[k].start
        return tuple(shape)

    def _executor(self, k, shared):
        inputs = [*self.data_shapes, *self.label_shapes]
        names = set(self.symbol.list_arguments())
        shapes = {d.name: self._part(d, k) for d in inputs if d.name in names}
        types = {d.name: d.dtype for d in inputs if d.name in names}
        if shared is not None:
            self._check_shared(shapes, shared.arg_dict)
        return Executor._simple_bind(self.symbol, self.contexts[k], self.grad_req, types, shared, None, shapes,
                                     shared_names=self.param_names)

    def _check_shared(self, shapes, own):
        args = dict(zip(self.symbol.list_arguments(), self.symbol.infer_shape_partial(**shapes)[0]))
        for name in self.param_names:
            if name in own and infer._known(args[name]) and args[name] and own[name].shape != args[name]:
                raise MXNetError(f"the shape of the parameter {name} would change from {own[name].shape} to {args[name]} "
                                 f"with inputs of shapes {shapes}")

    # arrays by parameter, one a context

    def arrays(self, names):
        """For each name the argument arrays of all contexts."""
        return [[e.arg_dict[n] for e in self.execs] for n in names]

    @property
    def param_arrays(self):
        """Arrays of the parameters, a list of contexts each."""
        return self.arrays(self.param_names)

    @property
    def grad_arrays(self):
        """Gradients of the parameters, a list of contexts each (None where none is wanted); None unless training."""
        return None if not self.for_training else [[e.grad_dict[n] for e in self.execs] for n in self.param_names]

    @property
    def aux_arrays(self):
        """Auxiliary states, a list of contexts each."""
        return [[e.aux_dict[n] for e in self.execs] for n in self.symbol.list_auxiliary_states()]

    def set_params(self, arg_params, aux_params, allow_extra=False):
        """Copy parameters into every context."""
        for e in self.execs:
            e.copy_params_from(arg_params, aux_params, allow_extra_params=allow_extra)

    def get_params(self, arg_params, aux_params):
        """Average the contexts' parameters into the arrays of the given dictionaries."""
        for names, arrays, into in ((self.param_names, self.param_arrays, arg_params),
                                    (self.symbol.list_auxiliary_states(), self.aux_arrays, aux_params)):
            for name, parts in zip(names, arrays):
                if len(parts) == 1:
                    parts[0].copyto(into[name])
                else:
                    mean = sum(p.as_in_context(cpu()).astype("float32") for p in parts) / len(parts)
                    mean.astype(parts[0].dtype).copyto(into[name])

    # running

    def _load(self, names, arrays, only=None):
        for name, source in zip(names, arrays):
            axis = self.batch_axis[name]
            for k, e in enumerate(self.execs):
                target = e.arg_dict.get(name)
                if target is None or only not in (None, k):
                    continue
                part = source
                if axis >= 0 and len(self.execs) > 1 and only is None:
                    key = (slice(None),) * axis + (self.slices[k],)
                    part = source[key]
                if part.shape != target.shape:
                    raise MXNetError(f"{name}: a batch of shape {part.shape}, bound to {target.shape}")
                target[:] = part

    def forward(self, data_batch, is_train=None):
        """Run a batch forward on all contexts, or a list of batches, one a context.

        Where no labels are bound, a batch needs no attribute ``label``.
        """
        batches = enumerate(data_batch) if isinstance(data_batch, list) else [(None, data_batch)]
        for k, batch in batches:
            self._load(self.data_names, batch.data, k)
            if self.label_names:
                self._load(self.label_names, batch.label or (), k)
        train = self.for_training if is_train is None else is_train
        for e in self.execs:
            e.forward(is_train=train)

    def backward(self, out_grads=None):
        """Run backward on all contexts."""
        assert self.for_training, "bind with for_training=True to run backward"
        for k, e in enumerate(self.execs):
            grads = out_grads
            if out_grads is not None:
                grads = [out_grads] if isinstance(out_grads, nd.NDArray) else list(out_grads)
                if len(self.execs) > 1:
                    grads = [g[(slice(None),) * max(axis, 0) + (self.slices[k],)] if axis >= 0 else g
                             for g, axis in zip(grads, self.output_axes)]
            e.backward(out_grads=grads)

    def _merged(self, parts, axis):
        if len(parts) == 1:
            return parts[0]
        return nd.concat(*[p.as_in_context(parts[0].context) for p in parts], dim=axis) if axis >= 0 else parts[0]

    def get_outputs(self, merge_multi_context=True, begin=0, end=None):
        """The outputs ``begin`` to ``end``: whole, or a list of contexts each."""
        chosen = range(len(self.symbol))[begin:end]
        parts = [[e.outputs[k] for e in self.execs] for k in chosen]
        return [self._merged(p, self.output_axes[k]) for k, p in zip(chosen, parts)] if merge_multi_context else parts

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data: whole, or a list of contexts each."""
        assert self.inputs_need_grad, "bind with inputs_need_grad=True to get gradients of inputs"
        parts = [[e.grad_dict[n] for e in self.execs] for n in self.data_names]
        return [self._merged(p, self.batch_axis[n]) for n, p in zip(self.data_names, parts)] if merge_multi_context else parts

    def get_states(self, merge_multi_context=True):
        """The states: whole, or a list of contexts each."""
        parts = self.arrays(self.state_names)
        return [self._merged(p, 0) for p in parts] if merge_multi_context else parts

    def set_states(self, states=None, value=None):
        """Set states from arrays (a list of contexts each), or all to a number. AssertionError unless one is given."""
        assert (states is None) != (value is None), "set_states takes either states or a value"
        for k, parts in enumerate(self.arrays(self.state_names)):
            for j, target in enumerate(parts):
                target[:] = value if states is None else states[k][j]

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Give each context's labels and outputs to a metric."""
        for k, e in enumerate(self.execs):
            if pre_sliced:
                part = labels[k]
            else:
                part = [x if len(self.execs) == 1 or self.batch_axis[n] < 0 else
                        x[(slice(None),) * self.batch_axis[n] + (self.slices[k],)]
                        for n, x in zip(self.label_names, labels)]
            eval_metric.update_dict(dict(zip(self.label_names, part)), dict(zip(self.symbol.list_outputs(), e.outputs)))

    def install_monitor(self, mon):
        """Watch all executors."""
        for e in self.execs:
            mon.install(e)
