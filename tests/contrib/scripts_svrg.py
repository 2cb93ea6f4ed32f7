"""Scripts for SVRG modules: linear regression from given weights."""
import numpy as np
from mxnet.contrib.svrg_optimization import svrg_optimizer
from mxnet.contrib.svrg_optimization.svrg_module import SVRGModule

import mxnet as mx
from tests.scripts import Cases, raises

CASES = Cases()


def data(batch=4):
    rs = np.random.RandomState(0)
    x = rs.uniform(-1, 1, (10, 3)).astype("float32")
    return mx.io.NDArrayIter(x, x.dot(np.float32([1, 2, -1])) + .1, batch, label_name="lin_label")


def module(ctx=None, **k):
    out = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1, name="fc")
    out = mx.sym.LinearRegressionOutput(out, mx.sym.var("lin_label"), name="out")
    return SVRGModule(out, ["data"], ["lin_label"], context=ctx or mx.cpu(), **{"update_freq": 2, **k})


def weights():
    return {"fc_weight": mx.nd.array([[.1, .2, .3]]), "fc_bias": mx.nd.array([.5])}


def state(m):
    return [dict(sorted(m.get_params()[0].items())), [dict(sorted(d.items())) for d in m._param_dict]]


@CASES.over(sgd=("sgd", {"learning_rate": .1}, 2, "local"), momentum=("sgd", {"learning_rate": .1, "momentum": .9}, 1, None),
            adam=("adam", {}, 3, "device"), decay=("sgd", {"learning_rate": .1, "wd": .1}, 2, "local"))
def fit(name, params, freq, store):
    it, m = data(), module(update_freq=freq)
    m.fit(it, num_epoch=4, eval_metric="mse", kvstore=store, optimizer=name, optimizer_params=params, arg_params=weights(),
          initializer=None)
    return [*state(m), type(m._optimizer), type(m._optimizer.default_opt), m._update_on_kvstore, m.score(it, "mse")[0][1]]


@CASES
def fit_with_an_optimizer():
    it, m = data(5), module()
    m.fit(it, num_epoch=3, eval_metric="mse", optimizer=mx.optimizer.SGD(learning_rate=.1, rescale_grad=.25),
          arg_params=weights(), initializer=None)
    return state(m)


@CASES.over(one=None, two=[mx.cpu(0), mx.cpu(1)])
def by_hand(ctx):
    it, m = data(), module(ctx)
    m.bind(it.provide_data, it.provide_label)
    m.init_params(arg_params=weights(), initializer=None)
    early = raises(m.forward, next(it), True)
    m.init_optimizer(kvstore=None, optimizer="sgd", optimizer_params={"learning_rate": .1})
    m.update_full_grads(it)
    copied = lambda group: [[g.copy() for g in grads] for grads in group.grad_arrays]  # noqa: E731
    found = [early, [{k: v.copy() for k, v in d.items()} for d in m._param_dict]]
    it.reset()
    for batch in it:
        m.forward(batch, is_train=True)
        m.backward()
        found += [copied(m._exec_group), copied(m._mod_aux._exec_group)]
        m.update()
        found.append(copied(m._exec_group))
    m.update_full_grads(it)
    return [*found, *state(m), m.predict(it)]


@CASES.over(none=None, zero=0, negative=-1, fraction=1.5, text="2", two=2)
def frequencies(freq):
    return raises(lambda: module(update_freq=freq).update_freq)


@CASES
def other_shapes_bind_both():
    it, m = data(), module()
    m.bind(it.provide_data, it.provide_label)
    m.reshape([("data", (2, 3))], [("lin_label", (2,))])
    return m._exec_group.batch_size, m._mod_aux._exec_group.batch_size


@CASES
def optimizer_by_key():
    o = svrg_optimizer._SVRGOptimizer("sgd", learning_rate=1., momentum=.9, param_idx2name={0: "w", 1: "w_full"})
    w, v = mx.nd.ones(2), mx.nd.ones(2)
    o.update(0, w, mx.nd.ones(2) * 3, o.create_state(0, w))
    o.update(1, v, mx.nd.ones(2) * 3, o.create_state(1, v))
    return w, v, o.create_state(1, v), raises(o.create_state, 2, w), o.lr, type(o.default_opt), type(o.aux_opt), \
        o._check_params(learning_rate=1, momentum=2), raises(svrg_optimizer._SVRGOptimizer, "nope")
