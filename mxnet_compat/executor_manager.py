"""``mx.executor_manager``: data parallel training by hand, as it was before ``mx.mod``."""
import logging

from . import ndarray as nd
from .context import cpu
from .executor import Executor
from .module.executor_group import _slices

__all__ = ["DataParallelExecutorGroup", "DataParallelExecutorManager"]


def _split_input_slice(batch_size, work_load_list):
    """The part of a batch for each context by its load; ValueError where one would be empty."""
    return _slices(batch_size, work_load_list)


def _check_arguments(symbol):
    """ValueError where two arguments, or two auxiliary states, have one name."""
    for what, names in (("argument", symbol.list_arguments()), ("auxiliary state", symbol.list_auxiliary_states())):
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(f"several {what}s are called {', '.join(sorted(twice))}: {names}")


def _load_general(data, targets):
    """Copy arrays, or their parts, into targets: an array, or pairs of slice and array."""
    for source, into in zip(data, targets):
        if isinstance(into, nd.NDArray):
            source.copyto(into)
        else:
            for part, target in into:
                source[part].copyto(target)


def _load_data(batch, targets):
    _load_general(batch.data, targets)


def _load_label(batch, targets):
    _load_general(batch.label, targets)


class DataParallelExecutorGroup:
    """One executor a context for a part (``slices``) of each batch that ``train_data`` provides.

    Parameters are shared with ``shared_group``, whose executors for other shapes they may be.
    """

    def __init__(self, sym, arg_names, param_names, ctx, slices, train_data, shared_group=None):
        _check_arguments(sym)
        self.slices, self.sym = slices, sym
        self.data_names = [x[0] for x in train_data.provide_data]
        self.label_names = [x[0] for x in train_data.provide_label]
        self.aux_names = sym.list_auxiliary_states()
        self.param_idx = [k for k, n in enumerate(arg_names) if n in param_names]
        self.param_names = [arg_names[k] for k in self.param_idx]
        reqs = {n: "write" if n in self.param_names else "null" for n in sym.list_arguments()}
        described = [*train_data.provide_data, *train_data.provide_label]
        self.train_execs = []
        for k, (context, part) in enumerate(zip(ctx, slices)):
            shapes = {d[0]: (part.stop - part.start, *d[1][1:]) for d in described}
            types = {d.name: d.dtype for d in described if hasattr(d, "dtype")}
            shared = None if shared_group is None else shared_group.train_execs[k]
            self.train_execs.append(Executor._simple_bind(sym, context, reqs, types, shared, None, shapes,
                                                          shared_names=self.param_names))
        by_part = lambda n: [(s, e.arg_dict[n]) for s, e in zip(slices, self.train_execs)]  # noqa: E731
        self.data_arrays = [by_part(n) for n in self.data_names]
        self.label_arrays = [by_part(n) for n in self.label_names]
        self.param_arrays = [[e.arg_dict[n] for e in self.train_execs] for n in self.param_names]
        self.grad_arrays = [[e.grad_dict[n] for e in self.train_execs] for n in self.param_names]
        self.aux_arrays = [[e.aux_dict[n] for e in self.train_execs] for n in self.aux_names]

    def load_data_batch(self, data_batch):
        """Copy a batch into the inputs of the executors."""
        _load_data(data_batch, self.data_arrays)
        _load_label(data_batch, self.label_arrays)

    def forward(self, is_train=False):
        """Run all executors forward."""
        for e in self.train_execs:
            e.forward(is_train=is_train)

    def backward(self):
        """Run all executors backward."""
        for e in self.train_execs:
            e.backward()

    def update_metric(self, metric, labels, pre_sliced=False):
        """Give each executor's labels and outputs to a metric; with ``pre_sliced``, labels are a list a context."""
        for k, (e, part) in enumerate(zip(self.train_execs, self.slices)):
            metric.update(labels[k] if pre_sliced else [label[part] for label in labels], e.outputs)


class DataParallelExecutorManager:
    """Executors of a symbol, or, with ``sym_gen``, of the symbol of each batch's ``bucket_key``, on several contexts.

    AssertionError unless ``work_load_list`` has one number a context.
    """

    def __init__(self, symbol, ctx, train_data, arg_names, param_names, aux_names, work_load_list=None, logger=None,
                 sym_gen=None):
        logger = logger or logging
        loads = work_load_list or [1] * len(ctx)
        logger.info("Start training with %s", str(ctx))
        assert isinstance(loads, list) and len(loads) == len(ctx), "work_load_list needs one number a context"
        self.slices = _split_input_slice(train_data.batch_size, loads)
        self.arg_names, self.param_names, self.aux_names = arg_names, param_names, aux_names
        self.ctx, self.symbol, self.sym_gen = ctx, symbol, sym_gen
        self.execgrp = DataParallelExecutorGroup(symbol, arg_names, param_names, ctx, self.slices, train_data)
        self.curr_execgrp = None
        if sym_gen is not None:
            self.execgrp_bucket = {train_data.default_bucket_key: self.execgrp}

    def install_monitor(self, monitor):
        """Watch all executors. NotImplementedError with ``sym_gen``, as in MXNet."""
        if self.sym_gen is not None:
            raise NotImplementedError("install_monitor: monitors are not available with sym_gen; use mx.mod.BucketingModule")
        for e in self.execgrp.train_execs:
            monitor.install(e)

    def set_params(self, arg_params, aux_params):
        """Copy parameters into every executor."""
        for e in self.execgrp.train_execs:
            e.copy_params_from(arg_params, aux_params)

    def copy_to(self, arg_params, aux_params):
        """Average the parameters over contexts into the arrays of the given dictionaries."""
        for names, arrays, into in ((self.param_names, self.param_arrays, arg_params),
                                    (self.aux_names, self.aux_arrays, aux_params)):
            for name, parts in zip(names, arrays):
                mean = sum(p.copyto(cpu()) for p in parts) / len(parts)
                mean.astype(into[name].dtype).copyto(into[name])

    @property
    def param_arrays(self):
        """Arrays of the parameters, a list of contexts each."""
        return self.execgrp.param_arrays

    @property
    def grad_arrays(self):
        """Gradients of the parameters, a list of contexts each."""
        return self.execgrp.grad_arrays

    @property
    def aux_arrays(self):
        """Auxiliary states, a list of contexts each."""
        return self.execgrp.aux_arrays

    def load_data_batch(self, data_batch):
        """Copy a batch into the executors; with ``sym_gen``, into those of its bucket."""
        if self.sym_gen is None:
            self.curr_execgrp = self.execgrp
        else:
            key = data_batch.bucket_key
            if key not in self.execgrp_bucket:
                self.execgrp_bucket[key] = DataParallelExecutorGroup(
                    self.sym_gen(key), self.arg_names, self.param_names, self.ctx, self.slices, data_batch, self.execgrp)
            self.curr_execgrp = self.execgrp_bucket[key]
        self.curr_execgrp.load_data_batch(data_batch)

    def forward(self, is_train=False):
        """Run the current executors forward."""
        self.curr_execgrp.forward(is_train=is_train)

    def backward(self):
        """Run the current executors backward."""
        self.curr_execgrp.backward()

    def update_metric(self, metric, labels, pre_sliced=False):
        """Give labels and outputs to a metric."""
        self.curr_execgrp.update_metric(metric, labels, pre_sliced)
