"""``Trainer``: applies an optimizer to parameters, summing gradients over contexts first."""
from .. import optimizer as opt
from ..kvstore import KVStore, choice  # noqa: F401
from ..kvstore.base import KVStoreBase
from ..ndarray.serialize import save_file
from .parameter import Parameter
from .parameter_dict import ParameterDict

__all__ = ["Trainer"]


def _in_order(params):
    """The parameters of a list, or of a dictionary by name. ValueError for anything else."""
    if isinstance(params, (dict, ParameterDict)):
        params = [params[name] for name in sorted(params.keys())]
    if not isinstance(params, (list, tuple)):
        raise ValueError(f"Trainer: params must be a list or dictionary of Parameters, got {type(params).__name__}")
    for p in params:
        if not isinstance(p, Parameter):
            raise ValueError(f"Trainer: params must be a list or dictionary of Parameters, there is a {type(p).__name__} in it")
    return list(params)


class Trainer:
    """Updates parameters with an optimizer, given by name with ``optimizer_params``, or an Optimizer.

    ``kvstore`` (a name, a store or None) sums gradients where there are several contexts; ``update_on_kvstore`` says whether
    it holds the weights too, by default it does. ValueError for bad ``params`` or an unknown optimizer, AssertionError for
    parameters on different contexts.
    """

    def __init__(self, params, optimizer, optimizer_params=None, kvstore="device", compression_params=None,
                 update_on_kvstore=None):
        self._params = _in_order(params)
        self._contains_sparse_weight = any(p._stype != "default" for p in self._params)
        self._contains_sparse_grad = any(p._grad_stype != "default" for p in self._params)
        self._param2idx = {p.name: i for i, p in enumerate(self._params)}
        for p in self._params:
            p._set_trainer(self)
        self._compression_params = compression_params
        self._contexts = self._check_contexts()
        self._init_optimizer(optimizer, optimizer_params or {})
        self._scale = self._optimizer.rescale_grad
        self._kvstore_params = {"kvstore": kvstore, "update_on_kvstore": update_on_kvstore}
        self._kvstore = None
        self._reset_kvstore()

    def _check_contexts(self):
        contexts = None
        for p in self._params:
            ctx = p.list_ctx()
            assert contexts is None or contexts == ctx, \
                f"Trainer: all parameters must be on the same contexts; {p.name} is on {ctx}, those before on {contexts}"
            contexts = ctx
        if contexts is None:
            raise TypeError("Trainer: there are no parameters")
        return contexts

    def _init_optimizer(self, optimizer, optimizer_params):
        by_index = dict(enumerate(self._params))
        if isinstance(optimizer, opt.Optimizer):
            assert not optimizer_params, "Trainer: optimizer_params go with the name of an optimizer, not with an Optimizer"
            self._optimizer = optimizer
            self._optimizer.param_dict = by_index
        else:
            self._optimizer = opt.create(optimizer, param_dict=by_index, **optimizer_params)
        self._updaters = [opt.get_updater(self._optimizer) for _ in self._contexts]

    # the store

    def _reset_kvstore(self):
        if self._kvstore and "dist" in self._kvstore.type:
            raise RuntimeError("Trainer: weights in a distributed store cannot be set anew")
        self._kv_initialized = False
        self._kvstore = None
        self._distributed = None
        self._update_on_kvstore = None
        self._params_to_init = list(self._params)

    def _init_kvstore(self):
        wanted = self._kvstore_params["update_on_kvstore"]
        if self._contains_sparse_weight:
            kvstore, in_store = choice.for_sparse(self._kvstore_params["kvstore"])
            if wanted is False:
                raise ValueError("Trainer: update_on_kvstore=False is not possible with row_sparse weights")
        else:
            arrays = {p.name: p.data(self._contexts[0]) for p in self._params}
            kvstore, in_store = choice.for_dense(self._kvstore_params["kvstore"], len(self._contexts), arrays)
            if wanted is not None:
                if wanted and not (kvstore and kvstore.is_capable(KVStoreBase.OPTIMIZER)):
                    raise ValueError("Trainer: update_on_kvstore=True needs a kvstore that updates; "
                                     f"{'there is none' if kvstore is None else 'this one does not'}")
                in_store = wanted
        if kvstore is not None:
            if self._compression_params:
                kvstore.set_gradient_compression(self._compression_params)
            self._distributed = "dist" in kvstore.type
            if in_store:
                kvstore.set_optimizer(self._optimizer)
        self._kvstore = kvstore
        self._update_on_kvstore = None if kvstore is None else in_store
        self._kv_initialized = True

    def _init_params(self):
        """Put the parameters that have arrays by now into the store."""
        later = []
        for p in self._params_to_init:
            if p._deferred_init:
                later.append(p)
            elif self._kvstore is not None:
                arrays = p._check_and_get(p._data, list)
                key = self._param2idx[p.name]
                if p._stype == "default":
                    self._kvstore.broadcast(key, arrays[0], arrays)
                else:
                    self._kvstore.init(key, arrays[0])
        self._params_to_init = later

    def _ready(self):
        if not self._kv_initialized:
            self._init_kvstore()
        if self._params_to_init:
            self._init_params()

    def _row_sparse_pull(self, parameter, out, row_id, full_idx=False):
        """Rows of a row_sparse parameter from the store, all of them with ``full_idx``."""
        self._ready()
        key = self._param2idx[parameter.name]
        if full_idx and "dist" not in self._kvstore.type:
            self._kvstore.pull(key, out=out, priority=-key, ignore_sparse=False)
        else:
            self._kvstore.row_sparse_pull(key, out=out, row_ids=row_id, priority=-key)

    # learning rate

    @property
    def learning_rate(self):
        """The learning rate now."""
        return self._optimizer.learning_rate

    @property
    def optimizer(self):
        """The Optimizer."""
        return self._optimizer

    def set_learning_rate(self, lr):
        """Set the learning rate; raises UserWarning where a scheduler decides it."""
        self._optimizer.set_learning_rate(lr)

    # steps

    def step(self, batch_size, ignore_stale_grad=False):
        """Sum gradients over contexts and update, with gradients divided by ``batch_size``.

        Raises UserWarning for a gradient that backward has not written since the last step, unless ``ignore_stale_grad``:
        then its parameter is left as it is.
        """
        self._check_and_rescale_grad(self._scale / batch_size)
        self._ready()
        self._allreduce_grads()
        self._update(ignore_stale_grad)

    def _check_and_rescale_grad(self, scale):
        if self._update_on_kvstore and self._distributed and self._kv_initialized and self._optimizer.rescale_grad != scale:
            raise UserWarning("the batch size cannot change while a distributed store updates; use update_on_kvstore=False")
        self._optimizer.rescale_grad = scale

    def allreduce_grads(self):
        """Sum gradients over contexts, without updating; AssertionError where the store updates."""
        self._ready()
        assert not (self._kvstore and self._update_on_kvstore), \
            "allreduce_grads: the kvstore updates the weights; make the Trainer with update_on_kvstore=False"
        self._allreduce_grads()

    def _allreduce_grads(self):
        if self._kvstore is None:
            return
        for p in self._params:
            if p.grad_req == "null":
                continue
            key, grads = self._param2idx[p.name], p.list_grad()
            if not self._update_on_kvstore and grads[0].stype == "default":
                # the one call that every store has, the user's too
                self._kvstore.pushpull(key, grads, priority=-key)
            elif not self._update_on_kvstore:
                self._kvstore.push(key, grads, priority=-key)
                self._kvstore.pull(key, grads, priority=-key, ignore_sparse=False)
            elif p._stype == "default":
                self._kvstore.pushpull(key, grads, out=p.list_data(), priority=-key)
            else:
                # rows are fetched when they are asked for
                self._kvstore.push(key, grads, priority=-key)

    def update(self, batch_size, ignore_stale_grad=False):
        """Update after ``allreduce_grads``; otherwise as ``step``."""
        self._ready()
        assert not (self._kvstore and self._update_on_kvstore), \
            "update: the kvstore updates the weights; make the Trainer with update_on_kvstore=False"
        self._check_and_rescale_grad(self._scale / batch_size)
        self._update(ignore_stale_grad)

    def _update(self, ignore_stale_grad=False):
        updates = [([], [], []) for _ in self._updaters]
        in_store = self._kvstore is not None and self._update_on_kvstore
        for i, p in enumerate(self._params):
            if p.grad_req == "null":
                continue
            arrays = p._check_and_get(p._data, list)
            if not ignore_stale_grad:
                for a in arrays:
                    if not a._fresh_grad:
                        self._stale(p, a)
            if in_store:
                continue
            for (indices, grads, weights), a, g in zip(updates, arrays, p.list_grad()):
                if a._fresh_grad:
                    indices.append(i)
                    grads.append(g)
                    weights.append(a)
                    a._fresh_grad = False
        for updater, (indices, grads, weights) in zip(self._updaters, updates):
            if indices:
                updater(indices, grads, weights)

    @staticmethod
    def _stale(p, array):
        raise UserWarning(f"the gradient of the parameter {p.name} on {array.context} has not been written by backward since "
                          "the last step: the network may use some of its parameters only. Where that is meant, call step with "
                          "ignore_stale_grad=True, or make the Trainer for the parameters that are used")

    # files

    def save_states(self, fname):
        """Write the optimizer with its states to a file that ``load_states`` reads, here or in MXNet."""
        self._ready()
        if self._update_on_kvstore:
            assert not self._params_to_init, "save_states: some parameters have no arrays yet"
            self._kvstore.save_optimizer_states(fname, dump_optimizer=True)
        else:
            save_file(fname, self._updaters[0].get_states(dump_optimizer=True))

    def load_states(self, fname):
        """Read the optimizer with its states. MXNetError for a file that asks for anything else than these."""
        self._ready()
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            self._optimizer = self._kvstore._updater.optimizer
        else:
            with open(fname, "rb") as f:
                states = f.read()
            for updater in self._updaters:
                updater.set_states(states)
                updater.optimizer = self._updaters[0].optimizer
            self._optimizer = self._updaters[0].optimizer
        self._optimizer.param_dict = dict(enumerate(self._params))


Trainer.__module__ = "mxnet.gluon.trainer"
