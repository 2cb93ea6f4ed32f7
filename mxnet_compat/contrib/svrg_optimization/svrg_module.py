"""``SVRGModule``: every few epochs the gradient over all data is taken at a snapshot of the weights, and steps in between
are corrected by it."""
import logging

from ... import ndarray as nd
from ... import optimizer as opt
from ...module import Module
from .svrg_optimizer import _SVRGOptimizer

__all__ = ["SVRGModule"]


class SVRGModule(Module):
    """A Module whose gradients are ``g(w) - g(snapshot) + full gradient at the snapshot``.

    ``update_freq``: a snapshot is taken every so many epochs. TypeError unless it is an int, ValueError unless positive.
    Differs from MXNet where weights are updated in a store: there they read as zero until the first step.
    """
    __module__ = "mxnet.contrib.svrg_optimization.svrg_module"

    def __init__(self, symbol, data_names=("data",), label_names=("softmax_label",), logger=logging, context=None,
                 work_load_list=None, fixed_param_names=None, state_names=None, group2ctxs=None, compression_params=None,
                 update_freq=None):
        if not isinstance(update_freq, int):
            raise TypeError(f"SVRGModule: update_freq must be an int, got {update_freq!r}")
        if update_freq <= 0:
            raise ValueError(f"SVRGModule: update_freq must be positive, got {update_freq}")
        given = (data_names, label_names, logger, context, work_load_list, fixed_param_names, state_names, group2ctxs,
                 compression_params)
        super().__init__(symbol, *given)
        #: the same computation at the snapshot
        self._mod_aux = Module(symbol, *given)
        self.update_freq = update_freq
        self._ctx_len = len(self._context)
        #: for each context the full gradient by parameter
        self._param_dict = None

    def _reset_bind(self):
        self._exec_group, self.binded = None, False
        self._mod_aux._exec_group, self._mod_aux.binded = None, False

    def bind(self, data_shapes, label_shapes=None, for_training=True, inputs_need_grad=False, force_rebind=False,
             shared_module=None, grad_req="write"):
        """As ``Module.bind``; the snapshot is bound as well when training."""
        super().bind(data_shapes, label_shapes, for_training, inputs_need_grad, force_rebind, shared_module, grad_req)
        if for_training:
            self._mod_aux.bind(data_shapes, label_shapes, for_training, inputs_need_grad, force_rebind, None, grad_req)

    def reshape(self, data_shapes, label_shapes=None):
        """Bind to other shapes; parameters stay."""
        super().reshape(data_shapes, label_shapes)
        if self._mod_aux.binded:
            self._mod_aux.reshape(data_shapes, label_shapes)

    def init_optimizer(self, kvstore="local", optimizer="sgd", optimizer_params=(("learning_rate", 0.01),),
                       force_init=False):
        """As ``Module.init_optimizer``; full gradients begin at zero."""
        assert self.binded and self.params_initialized, "bind and init_params come first"
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        scale = 1.0 / self._exec_group.batch_size
        # by position where weights are updated here; a store updates them by name
        idx2name = dict(enumerate(name for name in self._param_names for _ in self._context))
        if isinstance(optimizer, str):
            params = {"rescale_grad": scale, **dict(optimizer_params)}
            inner = opt.create(optimizer, sym=self.symbol, param_idx2name=idx2name, **params)
        else:
            assert isinstance(optimizer, opt.Optimizer), "optimizer must be a name or an Optimizer"
            inner = optimizer
            inner.idx2name = inner.idx2name or idx2name
        both = _SVRGOptimizer(inner, param_idx2name=idx2name, rescale_grad=scale, learning_rate=inner.lr, wd=inner.wd)
        super().init_optimizer(kvstore, both, force_init=force_init)
        self._param_dict = [{name: nd.zeros(weights[k].shape, weights[k].context, weights[k].dtype)
                             for name, weights in zip(self._param_names, self._exec_group.param_arrays)}
                            for k in range(self._ctx_len)]

    def forward(self, data_batch, is_train=None):
        """Run a batch forward, when training at the snapshot as well; ``update_full_grads`` makes the first one."""
        super().forward(data_batch, is_train)
        if self.for_training if is_train is None else is_train:
            self._mod_aux.forward(data_batch, True)

    def backward(self, out_grads=None):
        """Run backward, at the snapshot as well."""
        super().backward(out_grads)
        self._mod_aux.backward(out_grads)

    def update(self):
        """One step of the optimizer with corrected gradients."""
        self._update_svrg_gradients()
        super().update()

    def update_full_grads(self, train_data):
        """Take a snapshot of the weights and the mean over batches of the gradient there; padding counts as part of a batch.

        As in MXNet the last full gradient is added to the sum before the division, so that it fades instead of going.
        """
        self._mod_aux.set_params(*self.get_params())
        train_data.reset()
        total = [dict(full) for full in self._param_dict]
        count = pad = 0
        for batch in train_data:
            self._mod_aux.forward(batch, is_train=True)
            self._mod_aux.backward()
            for k, sums in enumerate(total):
                for name, grads in self._with_gradient(self._mod_aux):
                    sums[name] = sums[name] + grads[k]
            count, pad = count + 1, batch.pad or 0
        batches = count - pad / train_data.batch_size
        if self._kvstore is not None:
            for name in total[0]:
                mean = sum(sums[name] for sums in total) / self._ctx_len
                for sums in total:
                    sums[name] = mean
        for full, sums in zip(self._param_dict, total):
            for name, value in sums.items():
                full[name][:] = value / batches

    def _with_gradient(self, module):
        group = module._exec_group
        return [(name, grads) for name, grads in zip(group.param_names, group.grad_arrays) if grads[0] is not None]

    def _svrg_grads_update_rule(self, g_curr_batch_curr_weight, g_curr_batch_special_weight, g_special_weight_all_batch):
        """The corrected gradient."""
        return g_curr_batch_curr_weight - g_curr_batch_special_weight + g_special_weight_all_batch

    def _update_svrg_gradients(self):
        snapshot = dict(self._with_gradient(self._mod_aux))
        for name, grads in self._with_gradient(self):
            for k, grad in enumerate(grads):
                grad[:] = self._svrg_grads_update_rule(grad, snapshot[name][k], self._param_dict[k][name])

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Get ready for a batch."""
        super().prepare(data_batch, sparse_row_id_fn)
        self._mod_aux.prepare(data_batch, sparse_row_id_fn)

    def _fit_epoch(self, epoch, train_data, *rest):
        if epoch % self.update_freq == 0:
            self.update_full_grads(train_data)
            train_data.reset()
        super()._fit_epoch(epoch, train_data, *rest)
