"""``Module``: a symbol with parameters, an optimizer, and one executor a context."""
import logging
import warnings

from .. import context as _context
from .. import ndarray as nd
from ..base import MXNetError
from ..initializer import Uniform
from .base_module import BaseModule, check_names
from .executor_group import DataParallelExecutorGroup, descriptions

__all__ = ["Module"]


class _Shaped:
    def __init__(self, shape):
        self.shape = tuple(shape)


def _together(batches, axes, data_names, label_names):
    """What a list of batches, one a context, comes to in shapes."""
    from ..io import DataBatch

    def joined(names, parts):
        out = []
        for name, arrays in zip(names, zip(*parts)):
            shape, axis = list(arrays[0].shape), max(axes.get(name, 0), 0)
            shape[axis] = sum(a.shape[axis] for a in arrays)
            out.append(_Shaped(shape))
        return out
    labels = [getattr(b, "label", None) or () for b in batches]
    return DataBatch(joined(data_names, [b.data for b in batches]), joined(label_names, labels))


class Module(BaseModule):
    """A symbol that is trained. Arguments that are neither data, labels nor states are its parameters."""
    __module__ = "mxnet.module.module"

    def __init__(self, symbol, data_names=("data",), label_names=("softmax_label",), logger=logging, context=None,
                 work_load_list=None, fixed_param_names=None, state_names=None, group2ctxs=None, compression_params=None):
        super().__init__(logger=logger)
        context = _context.current_context() if context is None else context
        self._context = [context] if isinstance(context, _context.Context) else list(context)
        self._work_load_list = work_load_list or [1] * len(self._context)
        assert len(self._work_load_list) == len(self._context), "work_load_list needs one number a context"
        self._symbol = symbol
        data_names, label_names = list(data_names or ()), list(label_names or ())
        state_names, fixed = list(state_names or ()), list(fixed_param_names or ())
        check_names(symbol, data_names, "data", True)
        check_names(symbol, label_names, "label", False)
        check_names(symbol, state_names, "state", True)
        check_names(symbol, fixed, "fixed_param", True)
        inputs = {*data_names, *label_names, *state_names}
        self._param_names = [a for a in symbol.list_arguments() if a not in inputs]
        self._fixed_param_names, self._aux_names = fixed, symbol.list_auxiliary_states()
        self._data_names, self._label_names, self._state_names = data_names, label_names, state_names
        self._output_names = symbol.list_outputs()
        self._compression_params = compression_params
        self._arg_params = self._aux_params = None
        self._params_dirty = False
        self._optimizer = self._kvstore = self._update_on_kvstore = self._updater = self._preload_opt_states = None
        self._exec_group = None
        self._data_shapes = self._label_shapes = None

    # files

    @staticmethod
    def load(prefix, epoch, load_optimizer_states=False, **kwargs):
        """A module from a checkpoint's files."""
        from ..model import load_checkpoint
        symbol, args, aux = load_checkpoint(prefix, epoch)
        module = Module(symbol=symbol, **kwargs)
        module._arg_params, module._aux_params, module.params_initialized = args, aux, True
        if load_optimizer_states:
            module._preload_opt_states = f"{prefix}-{epoch:04d}.states"
        return module

    def save_checkpoint(self, prefix, epoch, save_optimizer_states=False, remove_amp_cast=True):
        """Write symbol, parameters and, if asked, the optimizer's states."""
        self._symbol.save(f"{prefix}-symbol.json")
        self.save_params(f"{prefix}-{epoch:04d}.params")
        logging.info('Saved checkpoint to "%s"', f"{prefix}-{epoch:04d}.params")
        if save_optimizer_states:
            self.save_optimizer_states(f"{prefix}-{epoch:04d}.states")
            logging.info('Saved optimizer state to "%s"', f"{prefix}-{epoch:04d}.states")

    # descriptions

    @property
    def data_names(self):
        """Names of the data."""
        return self._data_names

    @property
    def label_names(self):
        """Names of the labels."""
        return self._label_names

    @property
    def output_names(self):
        """Names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self):
        """Descriptions of the data bound."""
        assert self.binded, "bind comes first"
        return self._data_shapes

    @property
    def label_shapes(self):
        """Descriptions of the labels bound."""
        assert self.binded, "bind comes first"
        return self._label_shapes

    @property
    def output_shapes(self):
        """Pairs of name and shape of the outputs."""
        assert self.binded, "bind comes first"
        return self._exec_group.get_output_shapes()

    # binding

    def bind(self, data_shapes, label_shapes=None, for_training=True, inputs_need_grad=False, force_rebind=False,
             shared_module=None, grad_req="write"):
        """Make executors for batches of these shapes; parameters of ``shared_module`` are shared."""
        if force_rebind:
            self._exec_group, self.binded = None, False
        if self.binded:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if not for_training:
            assert not inputs_need_grad, "gradients of inputs need for_training=True"
        if shared_module is not None:
            assert isinstance(shared_module, Module) and shared_module.binded and shared_module.params_initialized, \
                "the shared module must be a Module that is bound and initialised"
        self.for_training, self.inputs_need_grad, self._grad_req = for_training, inputs_need_grad, grad_req
        self._bind_shapes(data_shapes, label_shapes, None if shared_module is None else shared_module._exec_group)
        self.binded = True
        if shared_module is not None:
            self.params_initialized = True
            self._arg_params, self._aux_params = shared_module._arg_params, shared_module._aux_params
            if shared_module.optimizer_initialized:
                self.borrow_optimizer(shared_module)
        elif self.params_initialized:
            self._exec_group.set_params(self._arg_params, self._aux_params)

    def _bind_shapes(self, data_shapes, label_shapes, shared_group):
        self._data_shapes = descriptions(data_shapes)
        self._label_shapes = descriptions(label_shapes) or None
        wrong = {d.name for d in self._data_shapes} ^ set(self._data_names)
        if wrong:
            raise ValueError(f"data_shapes give {[d.name for d in self._data_shapes]}, data_names are {self._data_names}")
        for d in self._label_shapes or ():
            if d.name not in self._label_names:
                raise KeyError(f"label_shapes give {d.name!r}, label_names are {self._label_names}")
        self._exec_group = DataParallelExecutorGroup(
            self._symbol, self._context, self._work_load_list, self._data_shapes, self._label_shapes, self._param_names,
            self.for_training, self.inputs_need_grad, shared_group, self.logger, self._fixed_param_names,
            self._grad_req, self._state_names)

    def reshape(self, data_shapes, label_shapes=None):
        """Bind to other shapes; parameters stay."""
        assert self.binded, "bind comes first"
        self._bind_shapes(data_shapes, label_shapes, self._exec_group)

    # parameters

    def get_params(self):
        """Parameters and auxiliary states as dictionaries of arrays."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if self._params_dirty:
            self._sync_params_from_devices()
        return self._arg_params, self._aux_params

    def _sync_params_from_devices(self):
        self._exec_group.get_params(self._arg_params, self._aux_params)
        self._params_dirty = False

    def init_params(self, initializer=Uniform(0.01), arg_params=None, aux_params=None, allow_missing=False, force_init=False,
                    allow_extra=False):
        """Give every parameter a value: the given one, else the initializer's.

        RuntimeError for one that is not given, unless ``allow_missing``; then, or where nothing is given, the
        initializer's value is taken, and without one (None) what was there stays. Names that the symbol does not have are
        passed over. TypeError where there is neither a dictionary nor an initializer; MXNetError for a wrong shape.
        """
        from .. import initializer as init
        if self.params_initialized and not force_init:
            warnings.warn("Parameters already initialized and force_init=False: init_params call ignored.", stacklevel=2)
            return
        assert self.binded, "bind comes first"
        executor, attrs = self._exec_group.execs[0], self._symbol.attr_dict()

        def zeros(names, bound):
            return {n: nd.sparse.zeros(bound[n].stype, bound[n].shape, dtype=bound[n].dtype) for n in names}

        if self._arg_params is None:
            self._arg_params = zeros(self._param_names, executor.arg_dict)
        if self._aux_params is None:
            self._aux_params = zeros(self._aux_names, executor.aux_dict)
        for own, given in ((self._arg_params, arg_params), (self._aux_params, aux_params)):
            for name in sorted(own):
                target = own[name]
                if given is not None and name in given:
                    source = given[name]
                    if source is target:
                        continue
                    if source.shape != target.shape:
                        raise MXNetError(f"init_params: {name} has shape {source.shape}, bound was {target.shape}")
                    source.copyto(target)
                elif given is not None and not allow_missing:
                    raise RuntimeError(f"init_params: {name} is not among the given parameters")
                elif initializer is not None:
                    initializer(init.InitDesc(name, attrs.get(name)), target)
                elif given is None:
                    raise TypeError(f"init_params: there is neither a value nor an initializer for {name}")
        self.params_initialized, self._params_dirty = True, False
        self._exec_group.set_params(self._arg_params, self._aux_params, allow_extra=allow_extra)

    def set_params(self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False):
        """Set parameters and auxiliary states from dictionaries."""
        if not allow_missing:
            self.init_params(initializer=None, arg_params=arg_params, aux_params=aux_params, allow_missing=allow_missing,
                             force_init=force_init, allow_extra=allow_extra)
            return
        if self.params_initialized and not force_init:
            warnings.warn("Parameters already initialized and force_init=False: set_params call ignored.", stacklevel=2)
            return
        self._exec_group.set_params(arg_params, aux_params, allow_extra=allow_extra)
        self._params_dirty = self.params_initialized = True

    # the optimizer

    def init_optimizer(self, kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),),
                       force_init=False):
        """Make the optimizer; gradients are divided by the batch size unless ``rescale_grad`` is given."""
        from .. import optimizer as opt
        from ..model import _create_kvstore, _initialize_kvstore
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        if self._params_dirty:
            self._sync_params_from_devices()
        kv, on_kvstore = _create_kvstore(kvstore, len(self._context), self._arg_params)
        batch = self._exec_group.batch_size
        if kv is not None and "dist" in kv.type and "_sync" in kv.type:
            batch *= kv.num_workers
        idx2name = dict(enumerate(self._param_names))
        if not on_kvstore:
            n = len(self._context)
            idx2name = {i * n + k: name for i, name in enumerate(self._param_names) for k in range(n)}
        if isinstance(optimizer, str):
            params = dict(optimizer_params)
            params.setdefault("rescale_grad", 1.0 / batch)
            optimizer = opt.create(optimizer, sym=self.symbol, param_idx2name=idx2name, **params)
        else:
            assert isinstance(optimizer, opt.Optimizer), "optimizer must be a name or an Optimizer"
            if optimizer.rescale_grad != 1.0 / batch:
                warnings.warn(f"the optimizer's rescale_grad is {optimizer.rescale_grad}, not 1 over the batch size "
                              f"({1.0 / batch}); is that meant?", stacklevel=2)
            if not optimizer.idx2name:
                optimizer.idx2name = idx2name.copy()
        self._optimizer, self._kvstore, self._update_on_kvstore = optimizer, kv, on_kvstore
        self._updater = None
        if kv is not None:
            if self._compression_params:
                kv.set_gradient_compression(self._compression_params)
            if on_kvstore:
                kv.set_optimizer(optimizer)
            _initialize_kvstore(kvstore=kv, param_arrays=self._exec_group.param_arrays, arg_params=self._arg_params,
                                param_names=self._param_names, update_on_kvstore=on_kvstore)
        if not on_kvstore:
            self._updater = opt.get_updater(optimizer)
        self.optimizer_initialized = True
        if self._preload_opt_states is not None:
            self.load_optimizer_states(self._preload_opt_states)
            self._preload_opt_states = None

    def borrow_optimizer(self, shared_module):
        """Use the optimizer of another module."""
        assert shared_module.optimizer_initialized, "the other module has no optimizer yet"
        for name in ("_optimizer", "_kvstore", "_update_on_kvstore", "_updater"):
            setattr(self, name, getattr(shared_module, name))
        self.optimizer_initialized = True

    def update(self):
        """One step of the optimizer with the last gradients."""
        from ..model import _update_params, _update_params_on_kvstore
        assert self.binded and self.params_initialized and self.optimizer_initialized, "init_optimizer comes first"
        self._params_dirty = True
        group = self._exec_group
        if self._update_on_kvstore:
            _update_params_on_kvstore(group.param_arrays, group.grad_arrays, self._kvstore, self._param_names)
        else:
            _update_params(group.param_arrays, group.grad_arrays, updater=self._updater, num_device=len(self._context),
                           kvstore=self._kvstore, param_names=self._param_names)

    def save_optimizer_states(self, fname):
        """Write the optimizer's states."""
        assert self.optimizer_initialized, "init_optimizer comes first"
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
        else:
            with open(fname, "wb") as f:
                f.write(self._updater.get_states())

    def load_optimizer_states(self, fname):
        """Read the optimizer's states."""
        assert self.optimizer_initialized, "init_optimizer comes first"
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
        else:
            with open(fname, "rb") as f:
                self._updater.set_states(f.read())

    # running

    def forward(self, data_batch, is_train=None):
        """Run a batch forward; a batch of other shapes binds anew."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if isinstance(data_batch, list):
            assert data_batch, "forward needs at least one batch"
            whole = _together(data_batch, self._exec_group.batch_axis, self._data_names, self._label_names)
        else:
            whole = data_batch
        new = tuple(a.shape for a in whole.data[:len(self._data_shapes)])
        if len(new) < len(self._data_shapes):
            raise MXNetError(f"forward: the batch has {len(new)} arrays of data for {len(self._data_shapes)} names")
        if new != tuple(d.shape for d in self._data_shapes):
            self._follow(whole, new)
        self._exec_group.forward(data_batch, is_train)

    def _follow(self, batch, shapes):
        from ..io import DataDesc
        data = batch.provide_data if getattr(batch, "provide_data", None) else [
            DataDesc(d.name, s, d.dtype, d.layout) for d, s in zip(self._data_shapes, shapes)]
        labels = None
        if getattr(batch, "provide_label", None):
            labels = batch.provide_label
        elif getattr(batch, "label", None) and self._label_shapes:
            labels = [DataDesc(d.name, a.shape, d.dtype, d.layout) for d, a in zip(self._label_shapes, batch.label)]
        elif self._label_shapes:
            size = shapes[0][0]
            labels = [DataDesc(d.name, (size, *d.shape[1:]), d.dtype, d.layout) for d in self._label_shapes]
        self.reshape(data, labels)

    def backward(self, out_grads=None):
        """Run backward."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        self._exec_group.backward(out_grads=out_grads)

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        return self._exec_group.get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data after backward."""
        assert self.binded and self.params_initialized and self.inputs_need_grad, "bind with inputs_need_grad=True"
        return self._exec_group.get_input_grads(merge_multi_context)

    def get_states(self, merge_multi_context=True):
        """The states."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        return self._exec_group.get_states(merge_multi_context)

    def set_states(self, states=None, value=None):
        """Set the states from arrays, or all to a number."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        self._exec_group.set_states(states, value)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Give labels and outputs to a metric."""
        self._exec_group.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon):
        """Watch with a monitor."""
        assert self.binded, "bind comes first"
        self._exec_group.install_monitor(mon)

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Get ready for a batch; with ``sparse_row_id_fn``, pull the rows of sparse parameters that it needs."""
        assert self.binded, "bind comes first"
        if sparse_row_id_fn is not None:
            if not self._kvstore or not self._update_on_kvstore:
                warnings.warn("parameters are not updated in the KVStore: there are no rows to pull", stacklevel=2)
            else:
                for name, rows in sparse_row_id_fn(data_batch).items():
                    index = self._param_names.index(name)
                    self._kvstore.row_sparse_pull(name, out=self._exec_group.param_arrays[index], row_ids=rows)
