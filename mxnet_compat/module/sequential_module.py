"""``SequentialModule``: modules in a chain, each fed with the outputs of the one before."""
import copy
import logging

from ..initializer import Uniform
from .base_module import BaseModule

__all__ = ["SequentialModule"]


class SequentialModule(BaseModule):
    """Modules in a chain. ``add(module, take_labels=True)`` gives a module the labels, ``auto_wiring=True`` renames inputs."""
    __module__ = "mxnet.module.sequential_module"

    META_TAKE_LABELS = "take_labels"
    META_AUTO_WIRING = "auto_wiring"

    def __init__(self, logger=logging):
        super().__init__(logger=logger)
        self._modules, self._metas = [], []
        self._label_shapes = self._data_shapes = None
        self._meta_keys = {self.META_TAKE_LABELS, self.META_AUTO_WIRING}

    def add(self, module, **kwargs):
        """Append a module; returns the chain."""
        for key in kwargs:
            assert key in self._meta_keys, f"add takes {', '.join(sorted(self._meta_keys))}, not {key}"
        self._modules.append(module)
        self._metas.append(kwargs)
        self.binded = self.params_initialized = self.optimizer_initialized = False
        return self

    @property
    def data_names(self):
        """Names of the data."""
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self):
        """Names of the outputs."""
        return self._modules[-1].output_names if self._modules else []

    @property
    def data_shapes(self):
        """Descriptions of the data."""
        assert self.binded, "bind comes first"
        return self._modules[0].data_shapes

    @property
    def label_shapes(self):
        """Descriptions of the labels."""
        assert self.binded, "bind comes first"
        return self._label_shapes

    @property
    def output_shapes(self):
        """Shapes of the outputs."""
        assert self.binded, "bind comes first"
        return self._modules[-1].output_shapes

    def get_params(self):
        """Parameters and auxiliary states of all modules."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        args, aux = {}, {}
        for module in self._modules:
            a, x = module.get_params()
            args.update(a)
            aux.update(x)
        return args, aux

    def init_params(self, initializer=Uniform(0.01), arg_params=None, aux_params=None, allow_missing=False, force_init=False,
                    allow_extra=False):
        """Initialise every module; two modules must not have parameters of one name."""
        if self.params_initialized and not force_init:
            return
        assert self.binded, "bind comes first"
        seen = {}
        for k, module in enumerate(self._modules):
            own = {}
            for given, key in ((arg_params, 0), (aux_params, 1)):
                own[key] = given
            module.init_params(initializer=initializer, arg_params=own[0], aux_params=own[1], allow_missing=allow_missing,
                               force_init=force_init, allow_extra=True if arg_params is not None else allow_extra)
            for names in module.get_params():
                for name in names:
                    assert name not in seen, f"modules {seen.get(name)} and {k} both have a parameter {name}"
                    seen[name] = k
        self.params_initialized = True

    def bind(self, data_shapes, label_shapes=None, for_training=True, inputs_need_grad=False, force_rebind=False,
             shared_module=None, grad_req="write"):
        """Bind each module to the outputs of the one before."""
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if inputs_need_grad:
            assert for_training, "gradients of inputs need for_training=True"
        assert shared_module is None, "a SequentialModule cannot share another module"
        assert self._modules, "add modules first"
        self.for_training, self.inputs_need_grad, self.binded = for_training, inputs_need_grad, True
        self._label_shapes = label_shapes
        shapes, labelled = data_shapes, False
        for k, (module, meta) in enumerate(zip(self._modules, self._metas)):
            labels = None
            if meta.get(self.META_TAKE_LABELS):
                labels, labelled = label_shapes, True
            if meta.get(self.META_AUTO_WIRING):
                assert len(module.data_names) == len(shapes), "auto_wiring needs as many inputs as there are outputs"
                shapes = [(n, s[1]) for n, s in zip(module.data_names, shapes)]
            module.bind(shapes, labels, for_training, bool(inputs_need_grad or (for_training and k > 0)), force_rebind,
                        grad_req=grad_req)
            shapes = module.output_shapes
        if not labelled:
            self._label_shapes = None

    def init_optimizer(self, kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),),
                       force_init=False):
        """Make an optimizer for each module."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        for module in self._modules:
            module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        self.optimizer_initialized = True

    def forward(self, data_batch, is_train=None):
        """Run a batch through the chain."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        batch = copy.copy(data_batch)
        for k, module in enumerate(self._modules):
            module.forward(batch, is_train=is_train)
            if k + 1 < len(self._modules):
                batch.data = module.get_outputs()
                if getattr(batch, "provide_data", None):
                    batch.provide_data = [(n, x.shape) for n, x in zip(module.output_names, batch.data)]

    def backward(self, out_grads=None):
        """Run backward through the chain."""
        for k in reversed(range(len(self._modules))):
            self._modules[k].backward(out_grads=out_grads)
            if k:
                out_grads = self._modules[k].get_input_grads()

    def update(self):
        """One step of every optimizer."""
        for module in self._modules:
            module.update()

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last module."""
        return self._modules[-1].get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data of the first module."""
        return self._modules[0].get_input_grads(merge_multi_context)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Give labels and outputs of the modules that take labels to a metric."""
        for module, meta in zip(self._modules, self._metas):
            if meta.get(self.META_TAKE_LABELS):
                module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon):
        """Watch all modules with a monitor."""
        for module in self._modules:
            module.install_monitor(mon)
