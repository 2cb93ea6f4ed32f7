"""``BucketingModule``: one module a bucket key, over shared parameters; for sequences of different lengths."""
import logging
import warnings

from .. import context as _context
from .. import ndarray as nd
from ..initializer import Uniform
from .base_module import BaseModule, check_names
from .module import Module

__all__ = ["BucketingModule"]


class BucketingModule(BaseModule):
    """Modules made on demand by ``sym_gen(key) -> (symbol, data names, label names)``; the default key's owns everything."""
    __module__ = "mxnet.module.bucketing_module"

    def __init__(self, sym_gen, default_bucket_key=None, logger=logging, context=None, work_load_list=None,
                 fixed_param_names=None, state_names=None, group2ctxs=None, compression_params=None):
        super().__init__(logger=logger)
        assert default_bucket_key is not None, "BucketingModule needs default_bucket_key"
        self._sym_gen, self._default_bucket_key = sym_gen, default_bucket_key
        symbol, data_names, label_names = sym_gen(default_bucket_key)
        check_names(symbol, list(data_names or ()), "data", True)
        check_names(symbol, list(label_names or ()), "label", False)
        check_names(symbol, list(state_names or ()), "state", True)
        check_names(symbol, list(fixed_param_names or ()), "fixed_param", True)
        self._options = {"context": _context.current_context() if context is None else context,
                         "work_load_list": work_load_list, "fixed_param_names": fixed_param_names,
                         "state_names": state_names, "group2ctxs": group2ctxs, "compression_params": compression_params}
        self._reset_bind()
        self._monitor, self._params_dirty = None, False
        self._symbols, self._preloaded = {}, None

    def _reset_bind(self):
        self.binded, self._buckets, self._curr_module, self._curr_bucket_key = False, {}, None, None

    def _make(self, key):
        symbol, data_names, label_names = self._sym_gen(key)
        return Module(self._symbols.get(key, symbol), data_names, label_names, logger=self.logger, **self._options)

    @property
    def data_names(self):
        """Names of the data."""
        return self._curr_module.data_names if self.binded else self._sym_gen(self._default_bucket_key)[1]

    @property
    def output_names(self):
        """Names of the outputs."""
        if self.binded:
            return self._curr_module.output_names
        return self._sym_gen(self._default_bucket_key)[0].list_outputs()

    @property
    def data_shapes(self):
        """Descriptions of the data of the current bucket."""
        assert self.binded, "bind comes first"
        return self._curr_module.data_shapes

    @property
    def label_shapes(self):
        """Descriptions of the labels of the current bucket."""
        assert self.binded, "bind comes first"
        return self._curr_module.label_shapes

    @property
    def output_shapes(self):
        """Shapes of the outputs of the current bucket."""
        assert self.binded, "bind comes first"
        return self._curr_module.output_shapes

    @property
    def symbol(self):
        """The symbol of the current bucket."""
        assert self.binded, "bind comes first"
        return self._curr_module.symbol

    def bind(self, data_shapes, label_shapes=None, for_training=True, inputs_need_grad=False, force_rebind=False,
             shared_module=None, grad_req="write"):
        """Bind the default bucket."""
        assert shared_module is None, "a BucketingModule cannot share another module"
        if self.params_initialized:
            args, aux = self.get_params()
        if force_rebind:
            self._reset_bind()
        if self.binded:
            self.logger.warning("Already bound, ignoring bind()")
            return
        self.for_training, self.inputs_need_grad, self._grad_req = for_training, inputs_need_grad, grad_req
        self.binded = True
        module = self._make(self._default_bucket_key)
        module.bind(data_shapes, label_shapes, for_training, inputs_need_grad, grad_req=grad_req)
        self._curr_module, self._curr_bucket_key = module, self._default_bucket_key
        self._buckets[self._default_bucket_key] = module
        if self.params_initialized:
            self.set_params(args, aux)
        elif self._preloaded is not None:
            self.set_params(*self._preloaded)
            self._preloaded = None

    def switch_bucket(self, bucket_key, data_shapes, label_shapes=None):
        """Make the bucket current, binding it at first sight to these shapes."""
        assert self.binded, "bind comes first"
        if bucket_key not in self._buckets:
            module = self._make(bucket_key)
            module.bind(data_shapes, label_shapes, self._curr_module.for_training, self._curr_module.inputs_need_grad,
                        shared_module=self._buckets[self._default_bucket_key], grad_req=self._grad_req)
            if self._monitor is not None:
                module.install_monitor(self._monitor)
            self._buckets[bucket_key] = module
        self._curr_module, self._curr_bucket_key = self._buckets[bucket_key], bucket_key

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Bind the batch's bucket ahead of its turn."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        current = self._curr_bucket_key
        self.switch_bucket(data_batch.bucket_key, data_batch.provide_data, data_batch.provide_label)
        self._curr_module.prepare(data_batch, sparse_row_id_fn=sparse_row_id_fn)
        self.switch_bucket(current, None, None)

    def get_params(self):
        """Parameters and auxiliary states as dictionaries."""
        assert self.params_initialized, "init_params comes first"
        self._curr_module._params_dirty = self._params_dirty
        params = self._curr_module.get_params()
        self._params_dirty = False
        return params

    def init_params(self, initializer=Uniform(0.01), arg_params=None, aux_params=None, allow_missing=False, force_init=False,
                    allow_extra=False):
        """Give every parameter a value, as ``Module.init_params``."""
        if self.params_initialized and not force_init:
            return
        assert self.binded, "bind comes first"
        self._curr_module.init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra)
        self._params_dirty, self.params_initialized = False, True

    def set_params(self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False):
        """Set parameters and auxiliary states from dictionaries."""
        if not allow_missing:
            self.init_params(initializer=None, arg_params=arg_params, aux_params=aux_params, force_init=force_init,
                             allow_extra=allow_extra)
            return
        if self.params_initialized and not force_init:
            warnings.warn("Parameters already initialized and force_init=False: set_params call ignored.", stacklevel=2)
            return
        self._curr_module.set_params(arg_params, aux_params, allow_missing=True, force_init=force_init,
                                     allow_extra=allow_extra)
        self._params_dirty = self.params_initialized = True

    def init_optimizer(self, kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),),
                       force_init=False):
        """Make the optimizer; all buckets use it."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        self._curr_module.init_optimizer(kvstore, optimizer, optimizer_params, force_init=force_init)
        for module in self._buckets.values():
            if module is not self._curr_module:
                module.borrow_optimizer(self._curr_module)
        self.optimizer_initialized = True

    def forward(self, data_batch, is_train=None):
        """Run a batch forward in its bucket."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        self.switch_bucket(data_batch.bucket_key, data_batch.provide_data, data_batch.provide_label)
        self._curr_module.forward(data_batch, is_train=is_train)

    def backward(self, out_grads=None):
        """Run backward."""
        self._curr_module.backward(out_grads=out_grads)

    def update(self):
        """One step of the optimizer."""
        assert self.optimizer_initialized, "init_optimizer comes first"
        if not self._curr_module.optimizer_initialized:
            self._curr_module.borrow_optimizer(self._buckets[self._default_bucket_key])
        self._params_dirty = True
        self._curr_module.update()

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward."""
        return self._curr_module.get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data."""
        return self._curr_module.get_input_grads(merge_multi_context)

    def get_states(self, merge_multi_context=True):
        """The states."""
        return self._curr_module.get_states(merge_multi_context)

    def set_states(self, states=None, value=None):
        """Set the states."""
        self._curr_module.set_states(states, value)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Give labels and outputs to a metric."""
        self._curr_module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon):
        """Watch all buckets with a monitor."""
        assert self.binded, "bind comes first"
        self._monitor = mon
        for module in self._buckets.values():
            module.install_monitor(mon)

    def save_checkpoint(self, prefix, epoch, remove_amp_cast=False):
        """Write the symbols of all buckets, the parameters, and the keys (integers) into ``prefix.buckets``."""
        assert len(self._buckets) > 0, "there is no bucket to save"
        self.save_params(f"{prefix}-{epoch:04d}.params")
        for key, module in self._buckets.items():
            module.symbol.save(f"{prefix}-{key}-symbol.json", remove_amp_cast=remove_amp_cast)
        nd.save(f"{prefix}.buckets", nd.array(list(self._buckets), dtype="int32"))

    @staticmethod
    def load(prefix, epoch, sym_gen=None, default_bucket_key=None, **kwargs):
        """A module from the files of ``save_checkpoint``; ``sym_gen`` makes the symbols of further buckets."""
        from .. import symbol
        from ..model import load_params
        assert sym_gen is not None and default_bucket_key is not None, "load needs sym_gen and default_bucket_key"
        keys = nd.load(f"{prefix}.buckets")[0].asnumpy().tolist()
        symbols = {key: symbol.load(f"{prefix}-{key}-symbol.json") for key in keys}
        args, aux = load_params(prefix, epoch)
        return BucketingModule.load_dict(symbols, sym_gen, default_bucket_key, args, aux, **kwargs)

    @staticmethod
    def load_dict(sym_dict=None, sym_gen=None, default_bucket_key=None, arg_params=None, aux_params=None, **kwargs):
        """A module from symbols by bucket key and parameters, which it takes when it is bound."""
        assert sym_dict is not None and default_bucket_key in sym_dict, "sym_dict must have the default bucket's symbol"
        assert sym_gen is not None, "load_dict needs sym_gen"
        module = BucketingModule(sym_gen, default_bucket_key, **kwargs)
        module._symbols, module._preloaded = dict(sym_dict), (arg_params, aux_params)
        return module
