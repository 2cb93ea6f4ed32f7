"""Scripts on optimizers, updaters and their states."""
import numpy as np

import mxnet as mx
from mxnet import nd
from tests.scripts import Cases, raises, warned

CASES = Cases()
O = mx.optimizer  # noqa: E741

OPTIONS = {
    "sgd": [{}, {"momentum": .9}, {"momentum": .9, "lazy_update": False}], "ccsgd": [{"momentum": .5}],
    "nag": [{}, {"momentum": .9}], "adam": [{}, {"beta1": .8, "epsilon": 1e-3}], "adamax": [{}],
    "nadam": [{}, {"schedule_decay": .1}], "adadelta": [{}, {"rho": .5}], "adagrad": [{}, {"eps": 1e-2}],
    "rmsprop": [{}, {"centered": True}, {"clip_weights": .5}, {"centered": True, "clip_weights": .5, "gamma1": .8}],
    "ftrl": [{}, {"lamda1": .1, "beta": 2}], "ftml": [{}, {"beta1": .9}], "signum": [{}, {"momentum": 0.}, {"wd_lh": .1}],
    "dcasgd": [{}], "lamb": [{}, {"lower_bound": .5, "upper_bound": 3.}, {"bias_correction": False}],
    "lars": [{}, {"momentum": .9}, {"momentum": .9, "eta": .1, "momentum_correction": False}, {"eps": 1e-3}],
    "lbsgd": [{}, {"momentum": .9, "batch_scale": 2, "warmup_epochs": 1, "updates_per_epoch": 5},
              {"warmup_strategy": "lars", "momentum": .9},
              {"warmup_strategy": "power2", "batch_scale": 3, "updates_per_epoch": 4, "warmup_epochs": 2},
              {"warmup_strategy": "sqrt", "batch_scale": 3, "updates_per_epoch": 4, "warmup_epochs": 2, "begin_epoch": 1}],
    "test": [{}]}
COMMON = {"plain": {}, "decay": {"wd": .1},
          "clipped": {"learning_rate": .05, "wd": .01, "clip_gradient": .5, "rescale_grad": .5},
          "late": {"begin_num_update": 10}, "half": {"multi_precision": True}, "schedule": {"lr_scheduler": None}}
SHAPES = [(3, 4), (5,), (2, 2, 3)]


def flat(state):
    if state is None or hasattr(state, "asnumpy"):
        return state
    return [flat(s) for s in state]


@CASES.each({f"{n}{k}-{c}": (n, {**common, **options}, "float16" if c == "half" else "float32")
             for n, all_options in OPTIONS.items() for k, options in enumerate(all_options) for c, common in COMMON.items()})
def steps(name, options, dtype):
    options = dict(options)
    if "lr_scheduler" in options:
        options["lr_scheduler"] = mx.lr_scheduler.FactorScheduler(3, .7, base_lr=.2)
    r = np.random.RandomState(1)
    o = O.create(name, param_idx2name={0: "a_weight", 1: "a_bias", 2: "a_gamma"}, **options)
    u = O.get_updater(o)
    ws = [nd.array(r.randn(*s), dtype=dtype) for s in SHAPES]
    for t in range(8):
        gs = [nd.array(r.randn(*s) * .5, dtype=dtype) for s in SHAPES]
        if t % 2:
            u([0, 1, 2], gs, ws)
        else:
            for i, (g, w) in enumerate(zip(gs, ws)):
                u(i, g, w)
    return ws, [flat(u.states[i]) for i in range(3)], o.num_update, o._get_lr(0)


@CASES.each({f"{n}{k}-{stype}": (n, options, stype) for n, all_options in {
    "sgd": [{}, {"momentum": .9}, {"momentum": .9, "lazy_update": False}, {"wd": .1, "clip_gradient": .3}],
    "adam": [{}, {"lazy_update": False}, {"wd": .1}], "adagrad": [{}], "ftrl": [{}], "groupadagrad": [{}],
    "nag": [{"momentum": .9}],
    "rmsprop": [{}]}.items() for k, options in enumerate(all_options) for stype in ("default", "row_sparse")})
def sparse_steps(name, options, stype):
    r = np.random.RandomState(3)
    u = O.get_updater(O.create(name, **options))
    w = nd.array(r.randn(4, 2)).tostype(stype)
    for rows in ([0, 2], [2, 3], [0]):
        g = np.zeros((4, 2), "float32")
        g[rows] = r.randn(len(rows), 2)
        u(0, nd.array(g).tostype("row_sparse"), w)
    state = u.states[0]
    return w.stype, w, flat(state), [s.stype for s in (state if isinstance(state, tuple) else [state]) if s is not None]


@CASES.each({n: (n,) for n in sorted(OPTIONS) if n != "test"})
def instance(name):
    o = O.create(name)
    return sorted((k, str(v)) for k, v in vars(o).items() if k not in ("lr_scheduler", "param_dict")), type(o).__name__, \
        type(o).__mro__[1].__name__, sorted(o.__getstate__())


@CASES.each({n: (n,) for n in sorted(OPTIONS)})
def states(name):
    found = []
    for half in (False, True):
        o = O.create(name, **({"multi_precision": True} if half else {}))
        s = o.create_state_multi_precision(0, nd.ones((2, 3), dtype="float16" if half else "float32"))
        found.append((type(s).__name__, flat(s)))
    return found


@CASES
def half_precision_without_a_copy():
    return warned(lambda: O.SGD().create_state_multi_precision(0, nd.ones((1,), dtype="float16")))


@CASES
def multipliers():
    names = {0: "a_weight", 1: "a_bias", 2: "a_gamma", 3: "a_beta", 4: "foo"}
    o = O.SGD(param_idx2name=names, wd=.1)
    before = o.wd_mult, o._get_wds([0, 1, 2, 9]), o._get_lrs([0, 1])
    o.set_lr_mult({"a_weight": .5, 2: 3})
    o.set_wd_mult({"a_weight": .5, 2: 3})
    return before, o._get_wds([0, 1, 2]), o._get_lrs([0, 1, 2]), o._get_lr(0), o._get_wd(1), \
        sorted(map(str, o.wd_mult.items())), O.LARS(param_idx2name=names).wd_mult


@CASES
def multipliers_of_a_symbol():
    s = mx.sym.FullyConnected(mx.sym.var("x"), weight=mx.sym.var("w", lr_mult=.1, wd_mult=.2), num_hidden=2, name="fc")
    o = O.SGD(sym=s, param_idx2name={0: "w", 1: "fc_bias"}, wd=1., learning_rate=1.)
    return o.lr_mult, o.wd_mult, o._get_lrs([0, 1]), o._get_wds([0, 1])


@CASES
def learning_rates():
    def make(**kwargs):
        return O.SGD(lr_scheduler=mx.lr_scheduler.FactorScheduler(2, .5), **kwargs)
    a, b, c = make(), make(learning_rate=.7), O.SGD()
    c.set_learning_rate(.3)
    f = O.Ftrl(lr_scheduler=mx.lr_scheduler.FactorScheduler(2, .5))
    return (a.lr, a.learning_rate, b.lr, b.learning_rate, b.lr_scheduler.base_lr, c.lr, c.learning_rate, f.lr,
            f.learning_rate, raises(lambda: a.set_learning_rate(1)), O.create("SGD", learning_rate=.2).lr)


@CASES.over(names=lambda: O.SGD(param_idx2name=[1]), keyword=lambda: O.SGD(foo=3), unknown=lambda: O.create("foo"),
            instance=lambda: O.create(O.SGD()), scale=lambda: O.SGD().set_lr_scale({}),
            state=lambda: O.Optimizer().create_state(0, 1),
            update=lambda: O.Optimizer().update(0, nd.ones((1,)), nd.ones((1,)), None),
            weight=lambda: O.get_updater(O.SGD())(0, nd.ones((1,)), np.ones((1,))),
            grad=lambda: O.get_updater(O.SGD())(0, np.ones((1,)), nd.ones((1,))),
            shape=lambda: O.get_updater(O.SGD())(0, nd.ones((3,)), nd.ones((2,))),
            decay=lambda: O.get_updater(O.create("groupadagrad", wd=.1))(0, nd.ones((3, 2)), nd.ones((3, 2))),
            register=lambda: O.register(3))
def error(function):
    return function()


@CASES
def registered():
    known = sorted(O.Optimizer.opt_registry)

    class Own(O.Optimizer):
        def create_state(self, index, weight):
            return nd.zeros(weight.shape)

        def update(self, index, weight, grad, state):
            weight[:] = weight - grad * self._get_lr(index)
            state += 1
    _, first = warned(lambda: O.register(Own))
    _, second = warned(lambda: O.register(Own))
    u, w = O.get_updater(O.create("own", learning_rate=1.)), nd.ones((2,))
    u(3, nd.ones((2,)), w)
    u("k", nd.ones((2,)), w)
    del O.Optimizer.opt_registry["own"]
    return known, first, second, w, u.states


@CASES
def counts():
    u, w = O.get_updater(O.SGD(momentum=.9, begin_num_update=5)), nd.ones((2,))
    u(0, nd.ones((2,)), w)
    first = u.optimizer.num_update, dict(u.optimizer._index_update_count), dict(u.states_synced)
    u([0, 1, 2], [nd.ones((2,))] * 3, [nd.ones((2,)) for _ in range(3)])
    second = u.optimizer.num_update, dict(u.optimizer._index_update_count)
    u(0, nd.ones((2,), ctx=mx.cpu(1)), nd.ones((2,), ctx=mx.cpu(1)))
    return first, second, u.optimizer.num_update, u.optimizer._all_index_update_counts


@CASES
def states_as_bytes():
    u = O.get_updater(O.SGD(momentum=.9))
    u([0, 1], [nd.ones((2,)), nd.ones((1,))], [nd.ones((2,)), nd.ones((1,))])
    v, w = O.get_updater(O.SGD()), O.get_updater(O.SGD())
    v.set_states(u.get_states())
    w.set_states(u.get_states(dump_optimizer=True))
    return type(u.get_states()), v.states, v.states_synced, v.optimizer.momentum, w.states, w.optimizer.momentum, \
        w.optimizer.num_update, u.sync_state_context((nd.ones((1,)), None, [nd.ones((1,))], 5), mx.cpu(1))
