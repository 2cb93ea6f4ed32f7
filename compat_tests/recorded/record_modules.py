"""Records the small modules (schedules, metrics, initializers, names, ...): writes ``modules.json`` beside itself.

    python record_modules.py [FILE]          # with a Python that has real MXNet 1.9.1

The file holds the text of ``SETUP`` and, for each group, pairs of an expression and its outcome: what ``encode`` makes of
the value, or ``["raises", class]``. Each expression is evaluated by itself. Left out is where the real package is plainly
wrong (global values of ``PearsonCorrelation(average='micro')`` and of ``TopKAccuracy`` of class indices, quantized
weights, ``FusedRNN`` of a JSON text).
"""
import json
import os
import sys

SETUP = '''
import logging, random, warnings
import numpy as np
import mxnet as mx
import mxnet.misc, mxnet.log, mxnet.registry, mxnet.error
nd, M, I, L, T, U = mx.nd, mx.metric, mx.init, mx.lr_scheduler, mx.test_utils, mx.util
warnings.simplefilter("ignore")
f = lambda *a, dt="float32": np.array(a, dtype=dt)
P = nd.array([[.1, .9], [.2, .8], [.7, .3]])
Q = nd.array([[.1, .9, .3], [.2, .8, 0], [.5, .1, .4]])
Y = nd.array([0, 1, 1])
Z = nd.array([0, 2, 1])

def run(schedule, counts):
    return [schedule(i) for i in counts]

def state(schedule):
    return dict(sorted(vars(schedule).items()))

def up(metric, *batches):
    for labels, preds in batches:
        metric.update(labels, preds)
    return metric.get(), metric.get_global(), metric.get_name_value()

def local(metric, labels, preds):
    metric.update([labels], [preds])
    a = metric.get(), metric.get_global()
    metric.reset_local()
    b = metric.get(), metric.get_global()
    metric.update([labels[:2]], [preds[:2]])
    c = metric.get(), metric.get_global()
    metric.reset()
    return a, b, c, metric.get(), metric.get_global()

def classes(n, k, seed):
    r = np.random.RandomState(seed)
    p = r.rand(n, k).astype("float32")
    return nd.array(r.randint(0, k, n)), nd.array(p / p.sum(1, keepdims=True))

def reals(shape, seed):
    r = np.random.RandomState(seed)
    return nd.array(r.rand(*shape)), nd.array(r.rand(*shape))

def fill(init, name, shape=(2, 3), **kw):
    a = nd.full(shape, 7)
    init(I.InitDesc(name, **kw), a)
    return a

def fill_text(init, name, shape=(2, 3)):
    a = nd.full(shape, 7)
    init(name, a)
    return a

def moments(init, shape=(400, 300)):
    a = fill(init, "w_weight", shape).asnumpy()
    return [round(float(np.abs(a).max()), 1), round(float(a.std()), 1), round(float(a.mean()), 1)]

def names(manager, *pairs):
    return [manager.get(name, hint) for name, hint in pairs]

class Base:
    def __init__(self, x=1):
        self.x = x
class Child(Base):
    pass
class Stranger:
    pass
register = mx.registry.get_register_func(Base, "thing")
create = mx.registry.get_create_func(Base, "thing")
alias = mx.registry.get_alias_func(Base, "thing")
register(Child)
alias("one", "Two")(Child)

class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []
    def emit(self, record):
        self.lines.append(record.getMessage())

def logged(function):
    root, handler = logging.getLogger(), Records()
    old, level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(10)
    try:
        function()
    finally:
        root.handlers[:], root.level = old, level
    return handler.lines

class Param:
    def __init__(self, epoch, nbatch, eval_metric=None):
        self.epoch, self.nbatch, self.eval_metric, self.locals = epoch, nbatch, eval_metric, None

def scored():
    m = M.Accuracy()
    m.update([Y], [P])
    return m

def speed(**kw):
    s, m = mx.callback.Speedometer(10, frequent=2, **kw), scored()
    lines = logged(lambda: [s(Param(1, i, m)) for i in (0, 1, 2, 3, 4, 0, 1, 2)])
    return [line.split("Speed")[0] + line.split("samples/sec")[1] for line in lines]

def saved(period):
    calls = []
    class Module:
        def save_checkpoint(self, *args):
            calls.append(args)
    callback = mx.callback.module_checkpoint(Module(), "prefix", period, True)
    for epoch in range(5):
        callback(epoch, None, None, None)
    return calls

def environment(*args):
    with T.environment(*args):
        return T.getenv("COMPAT_A"), T.getenv("COMPAT_B")

def attempts(n, good):
    calls = []
    @T.retry(n)
    def test():
        calls.append(1)
        assert len(calls) >= good
    try:
        test()
    except AssertionError:
        return len(calls), False
    return len(calls), True

def wrap1(**kw):
    return U.wrap_np_unary_func(lambda x, out=None: (x, out))(3, **kw)

a, b = mx.sym.var("a"), mx.sym.var("b")
S = a * b
x, y = f(1, 2), f(3, 4)
'''

_NAMES = """fc_weight fc_bias fc_gamma fc_beta a_min a_max a_moving_mean a_running_var a_moving_inv_var foo weight bias
upsampling0 stn_loc_weight a_weight_min amin xmax c_weight_ x_running_mean a_parameters""".split()
_OLD_NAMES = """foo a_bias a_gamma a_beta a_weight a_moving_mean a_moving_var a_moving_inv_var a_moving_avg upsampling3
stn_loc_weight stn_loc_bias x_min x_max x_running_mean x_running_var""".split()

CASES = {
    "lr_scheduler": """
        L.FactorScheduler(0)|L.FactorScheduler(-1)|L.FactorScheduler(1, factor=1.1)|L.MultiFactorScheduler([])
        L.MultiFactorScheduler([3, 2])|L.MultiFactorScheduler([0, 2])|L.MultiFactorScheduler((1, 2))
        L.MultiFactorScheduler(5)|L.MultiFactorScheduler([1, 2], factor=2)|L.MultiFactorScheduler([1, 1])
        L.PolyScheduler(0)|L.PolyScheduler(1.5)|L.CosineScheduler(0)|L.LRScheduler()(1)|L.LRScheduler(warmup_mode="x")
        L.LRScheduler(warmup_steps=-1)|L.LRScheduler(warmup_steps=1.5)|L.LRScheduler(base_lr=0.1, warmup_begin_lr=1)
        L.LRScheduler(warmup_steps=3).get_warmup_lr(5)|L.LRScheduler(warmup_steps=3).get_warmup_lr(2)
        L.LRScheduler(warmup_steps=3, warmup_mode="constant", warmup_begin_lr=.001).get_warmup_lr(1)
        state(L.LRScheduler())|state(L.FactorScheduler(3))|state(L.MultiFactorScheduler([3, 4]))
        state(L.PolyScheduler(5))|state(L.CosineScheduler(5, warmup_steps=2))
        run(L.FactorScheduler(2, factor=.5, stop_factor_lr=.004, warmup_steps=2, warmup_begin_lr=.001), range(14))
        run(L.FactorScheduler(2, factor=.5), [7, 8, 9, 30])|run(L.FactorScheduler(3.5, factor=.1), range(9))
        run(L.MultiFactorScheduler([2, 5], factor=.5), range(9))|run(L.MultiFactorScheduler([2, 5], factor=.5), [9])
        run(L.MultiFactorScheduler([2, 5], .5, warmup_steps=4, warmup_begin_lr=.005), range(9))
        run(L.PolyScheduler(6, warmup_steps=2, final_lr=.001), range(9))|run(L.PolyScheduler(6), [10, 3, 20])
        run(L.PolyScheduler(9, base_lr=.3, pwr=1), range(11))
        run(L.CosineScheduler(6, warmup_steps=2, final_lr=.001, warmup_mode="constant", warmup_begin_lr=.005), range(9))
        run(L.CosineScheduler(10, base_lr=1), range(12))|L.PolyScheduler(10, warmup_steps=10)(10)
        mx.misc.FactorScheduler(0)|mx.misc.FactorScheduler(1, 1.0)|mx.misc.LearningRateScheduler()(1)
        state(mx.misc.FactorScheduler(3))|run(mx.misc.FactorScheduler(2, .5), range(9))""",
    "metric": """
        M.EvalMetric("a").get()|M.EvalMetric("a").update(1, 2)|M.EvalMetric("a", b=3).get_config()
        str(M.EvalMetric("a"))|M.EvalMetric(["a", "b"]).name|M.TopKAccuracy()|M.TopKAccuracy(3).name
        M.TopKAccuracy(2, name="x").name|sorted(mx.registry.get_registry(M.EvalMetric))|M.create("foo")|M.create(3)
        M.create("acc")|M.create("top_k_acc", 3).name|M.create({"metric": "acc"})|M.create(M.F1().get_config())
        M.create(["acc", "mse"]).get()|M.create(lambda a, b: 3).name|M.create([lambda a, b: 1., "acc"]).get()
        M.create("nll_loss").name|M.create("nll-loss")|M.create("ce", eps=3).eps|M.create("rmse", name="hi").name
        M.check_label_shapes([1], [1, 2])|M.check_label_shapes(nd.ones(2), nd.ones(3))|M.check_label_shapes([1], [2])
        M.check_label_shapes(nd.ones((2, 3)), nd.ones((2, 4)), shape=True)
        M.check_label_shapes(nd.ones((2, 3)), nd.ones((2, 3)), wrap=True)
        M.Accuracy().get_config()|M.TopKAccuracy(2).get_config()|M.Perplexity(0).get_config()
        M.CustomMetric(lambda a, b: 1).get_config()|M.PCC().get_config()|M.np(abs).name|M.np(1)
        M.CompositeEvalMetric(["acc", "f1"]).get_config()|M.CompositeEvalMetric(["acc", "f1"]).get_metric(1)
        M.CompositeEvalMetric(["acc"]).get_metric(5)|M.CompositeEvalMetric("acc")|M.CompositeEvalMetric([]).get()
        str(M.CompositeEvalMetric(["acc", "mse"]))|M.CompositeEvalMetric(["acc", "ce"]).get_name_value()
        up(M.Accuracy(), ([Y], [P]))|up(M.Accuracy(), (Y, P), ([Z], [Q]))|up(M.Accuracy(), ([Y], [Y]))
        up(M.Accuracy(axis=0), ([nd.array([0, 1])], [P[:2]]))|up(M.Accuracy(), ([Y], [P, P]))|up(M.Accuracy(), ([Y], [P[:2]]))
        up(M.Accuracy(), ([Y.asnumpy()], [P.asnumpy()]))|up(M.Accuracy(), ([nd.array([0.7, 1])], [P[:2]]))
        up(M.Accuracy(), ([nd.array([[0, 1]])], [nd.array([[[.1, .9], [.2, .8]]])]))|up(M.Accuracy(), ([1], [2]))
        up(M.TopKAccuracy(2), ([Z], [Q]))|up(M.TopKAccuracy(2), (Z, Q))|up(M.TopKAccuracy(5), ([Z], [Q]))
        up(M.TopKAccuracy(2), ([Z[:2]], [Q]))|up(M.TopKAccuracy(2), ([Z], [Q.reshape((1, 3, 3))]))
        up(M.TopKAccuracy(3), ([classes(50, 9, 1)[0]], [classes(50, 9, 1)[1]]))
        up(M.F1(), ([Y], [P]))|up(M.F1(), ([Z], [P]))|up(M.F1(average="micro"), ([Y], [P]), ([Y[:2]], [P[:2]]))
        up(M.F1(), ([Y], [P]), ([Y[:2]], [P[1:]]))|up(M.F1(), ([Y], [Q]))|up(M.F1(), ([Y], [Y]))
        up(M.F1(), ([Y * 0], [P]))|up(M.MCC(), ([Y], [P]), ([Y[1:]], [P[1:]]))|up(M.MCC(average="micro"), ([Y], [P]))
        up(M.MCC(), ([Y * 0], [P]))|up(M.MCC(), ([Y * 0 + 1], [P]))|up(M.MCC(average="foo"), ([Y], [P]))
        up(M.PCC(), ([Y], [P]))|up(M.PCC(), ([Z], [Q]))|up(M.PCC(), ([Z], [Z]))|up(M.PCC(), ([Y * 0], [P]))
        up(M.PCC(), ([Y], [P]), ([classes(40, 4, 2)[0]], [classes(40, 4, 2)[1]]))
        up(M.Perplexity(None), ([Y], [P]))|up(M.Perplexity(0), ([Y], [P]))|up(M.Perplexity(1), ([Y * 0 + 1], [P]))
        up(M.Perplexity(None), ([Y], [P[:2]]))|up(M.Perplexity(None), ([Y, Y], [P, P]))|up(M.Perplexity(None), ([Y], [P, P]))
        up(M.Perplexity(-1), ([classes(60, 5, 3)[0]], [classes(60, 5, 3)[1]]))|up(M.Perplexity(None), (Y, P))
        up(M.MAE(), ([Y], [nd.array([.1, .2, .4])]))|up(M.MAE(), ([Y], [nd.array([[.1], [.2], [.4]])]))
        up(M.MAE(), (Y, nd.array([.1, .2, .4])))|up(M.MAE(), ([Y], [nd.array([[.1], [.2]])]))|up(M.MAE(), ([Y[:2]], [P[:2]]))
        up(M.MSE(), ([reals((4, 3), 4)[0]], [reals((4, 3), 4)[1]]), ([Y], [Z]))
        up(M.RMSE(), ([reals((4, 3), 5)[0]], [reals((4, 3), 5)[1]]), ([Y], [Z]))|up(M.MSE(), ([Y], [P, P]))
        up(M.MAE(), ([nd.array([1, 2], dtype="int32")], [nd.array([3, 5], dtype="int32")]))
        up(M.MSE(), ([nd.array([1, 2], dtype="float16")], [nd.array([3, 5.1], dtype="float16")]))
        up(M.CrossEntropy(), ([Y], [P]))|up(M.CrossEntropy(), (Y, P))|up(M.CrossEntropy(), ([Y], [P[:2]]))
        up(M.CrossEntropy(), ([nd.array([0, 1])], [nd.array([[0, .9], [.2, 0]])]))
        up(M.CrossEntropy(eps=.1), ([Y], [P]))|up(M.NegativeLogLikelihood(), ([Y], [P]))
        up(M.NegativeLogLikelihood(), ([Y], [P[:2]]))|up(M.PearsonCorrelation(), ([Z], [nd.array([.1, .9, .2])]))
        up(M.PearsonCorrelation(), ([reals((4, 3), 6)[0]], [reals((4, 3), 6)[1]]), ([Z], [nd.array([.1, .9, .2])]))
        up(M.PearsonCorrelation(), ([Y[:2]], [nd.array([.1, .9, .2])]))
        (lambda m: [m.update([l], [p]) for l, p in (reals((9,), 7), reals((5,), 8))] and m.get())(M.PearsonCorrelation(average="micro"))
        up(M.Loss(), (None, [nd.array([1, 2, 3]), nd.array([5])]))|up(M.Loss(), (None, Y))|up(M.Loss(), (None, []))
        up(M.Loss(), ([1], np.ones(3)))|up(M.Torch(), (None, [Y]))|up(M.Caffe(), (None, [Y]))
        up(M.CustomMetric(lambda l, p: float((l == p).mean())), ([Y], [Z]))|up(M.CustomMetric(lambda l, p: (3, 4)), ([Y], [Z]))
        up(M.CustomMetric(lambda l, p: 3), ([Y], [Z, Z]))|up(M.CustomMetric(lambda l, p: 3, None, True), ([Y], [Z, Z]))
        up(M.np(lambda l, p: 3, allow_extra_outputs=True), ([Y], [Z, Z]))|up(M.CompositeEvalMetric(["acc", "f1"]), ([Y], [P]))
        (lambda m: (m.add("mse"), m.get()))(M.CompositeEvalMetric(["acc"]))
        (lambda m: (m.update_dict({"l": Y}, {"p": P}), m.get()))(M.Accuracy())
        (lambda m: (m.update_dict({"l": Y, "k": 0}, {"p": P, "q": 0}), m.get()))(M.Accuracy(output_names=["p"], label_names=["l"]))
        (lambda m: m.update_dict({"k": 0}, {"p": P}))(M.Accuracy(output_names=["p"], label_names=["l"]))
        (lambda m: m.update_dict({"l": Y}, {"q": P}))(M.Accuracy(output_names=["p"], label_names=["l"]))
        local(M.Accuracy(), Y, P)|local(M.F1(), Y, P)|local(M.F1(average="micro"), Y, P)|local(M.MCC(), Y, P)
        local(M.MCC(average="micro"), Y, P)|local(M.PCC(), Y, P)|local(M.Perplexity(0), Y, P)|local(M.CrossEntropy(), Y, P)
        local(M.MSE(), Y, Z)|local(M.Loss(), Y, Z)|local(M.CompositeEvalMetric(["acc", "mcc"]), Y, P)""",
    "initializer": "|".join(
        [f"fill(I.Constant(3), {n!r})" for n in _NAMES] + [f"fill(I.Zero(), {n!r})" for n in _NAMES[:8]]
        + [f"fill_text(I.Constant(5), {n!r}, (1, 1, 2, 3))" for n in _OLD_NAMES]) + """
        fill_text(I.Zero(), "stn_loc_bias", (6,))|fill_text(I.Zero(), 3)|fill(I.Bilinear(), "fc_weight", (1, 1, 3, 4))
        fill(I.Bilinear(), "w_weight", (2, 1, 4, 4))|fill(I.Bilinear(), "w_weight", (2, 1, 3, 2))
        fill(I.Bilinear(), "w_weight", (3,))|I.Uniform().dumps()|I.Xavier().dumps()|I.MSRAPrelu().dumps()|I.Zero().dumps()
        I.Constant(3).dumps()|I.Constant(nd.ones(2)).dumps()|I.Normal(.5).dumps()|I.Orthogonal().dumps()
        I.LSTMBias().dumps()|I.FusedRNN(I.Xavier(), 2, 1, "lstm").dumps()|I.FusedRNN(None, 2, 1, "lstm").dumps()
        I.FusedRNN("xavier", 2, 1, "lstm")|I.Initializer(a=3).dumps()|I.Xavier().magnitude|I.MSRAPrelu().magnitude
        sorted(I.Load({"arg:w": 1, "aux:x": 3}).param)|I.Mixed(["a"], ["b", "c"])|I.Mixed(["a"], [I.Zero()])("b", nd.ones(2))
        fill_text(I.Mixed(["a.*", ".*"], [I.Zero(), I.Constant(2)]), "b_weight")|vars(I.InitDesc("x"))
        I.create("xavier")|I.create("zeros")|I.create("ones")|I.create("msra")|I.create("foo")
        I.create('["constant", {"value": 3}]').value|I.create(I.Zero())
        sorted(mx.registry.get_registry(I.Initializer))|I.Zero() == "a"|I.Zero() == I.Zero()
        I.Constant(3) == I.Constant(3)|I.Constant(3) == I.Constant(4)|I.Zero() == I.One()|hash(I.Zero())
        fill(I.Xavier("foo"), "w_weight")|fill(I.Xavier(factor_type="foo"), "w_weight")|fill(I.Xavier(), "w_weight", (3,))
        fill(I.Orthogonal(), "w_weight", (3,))|fill(I.LSTMBias(), "l_i2h_bias", (8,))|fill(I.LSTMBias(), "l_weight", (8,))
        fill(I.One(), "l_i2h_bias", (8,), attrs={"__init__": I.LSTMBias().dumps()})
        fill(I.LSTMBias(2.0), "l_i2h_bias", (8,), attrs={"__init__": ""}, global_init=I.One())
        fill(I.Zero(), "l_weight", (8,), attrs={"__init__": I.One().dumps()})
        fill(I.Zero(), "l_weight", (8,), global_init=I.One())|fill(I.Constant(nd.array([[1, 2, 3], [4, 5, 6]])), "w_weight")
        fill(I.Constant([[1, 2, 3], [4, 5, 6]]), "w_weight")|fill(I.Constant(nd.array([1, 2, 3])), "w_weight")
        fill(I.Constant(nd.array([1, 2])), "w_weight")|fill(I.Constant("x"), "w_weight")
        I.Load({"w": nd.ones(3)})("w", nd.zeros(4))|I.Load({"w": nd.ones(3)})("v", nd.zeros(4))
        fill_text(I.Load({"arg:w": nd.ones((2, 3))}), "w")|fill_text(I.Load({"w": nd.ones(3)}, I.One()), "v_weight")
        I.Initializer()("x_weight", nd.ones(2))|fill_text(I.Initializer(), "x_bias")
        logged(lambda: fill(I.One().set_verbosity(True), "q_weight"))
        logged(lambda: fill(I.One().set_verbosity(True, lambda x: "norm"), "q_bias", attrs={"__init__": I.One().dumps()}))
        logged(lambda: fill(I.One().set_verbosity(True, lambda x: "norm"), "q_bias"))
        moments(I.Uniform())|moments(I.Uniform(2))|moments(I.Normal(2))[1:]|moments(I.Xavier())|moments(I.Xavier(magnitude=300))
        moments(I.Xavier("gaussian", "in", 300))[1:]|moments(I.Xavier("uniform", "out", 300))
        moments(I.MSRAPrelu("in", .5))[1:]|moments(I.Xavier(magnitude=9), (20, 10, 5, 5))
        (lambda w: np.abs(np.dot(w, w.T) - 4 * np.eye(5)).max() < 1e-5)(fill(I.Orthogonal(2), "w_weight", (5, 7)).asnumpy())
        (lambda w: np.abs(np.dot(w.T, w) - 4 * np.eye(5)).max() < 1e-5)(fill(I.Orthogonal(2, "normal"), "w_weight", (7, 5)).asnumpy())
        fill(I.FusedRNN(I.Constant(3), 2, 1, "lstm"), "rnn_weight", (64,))
        fill(I.FusedRNN(I.Constant(3), 2, 2, "gru", True), "rnn_weight", (264,))
        fill(I.FusedRNN(I.Constant(3), 2, 1, "rnn_tanh"), "rnn_weight", (14,))
        fill(I.FusedRNN(None, 2, 2, "lstm", forget_bias=5.), "rnn_weight", (112,), global_init=I.One())
        fill(I.FusedRNN(I.Constant(3), 2, 2, "lstm", True), "rnn_weight", (352,))""",
    "names": """
        names(mx.name.NameManager(), (None, "fc"), (None, "fc"), ("x", "fc"), ("", "fc"), (None, "conv"))
        names(mx.name.Prefix("pre_"), (None, "fc"), ("abc", "fc"), (None, "fc"))
        (lambda p: [p.__enter__() is p, mx.name.NameManager.current is p, (a + 1).name, (a + 1).name, p.__exit__(0, 0, 0)])(mx.name.Prefix("q_"))
        mx.AttrScope(x=1)|mx.AttrScope(x="1").get({"y": "2"})|mx.AttrScope(x="1").get({"x": "2"})|mx.AttrScope(x="1").get(None)
        mx.AttrScope().get(None)|mx.AttrScope(x="1").get({})|mx.AttrScope.current.get(None)
        (lambda s, t: [s.__enter__() is s, t.__enter__().get(None), mx.AttrScope.current is t, mx.sym.var("v").list_attr(),
        t.__exit__(0, 0, 0), mx.AttrScope.current is s, s.__exit__(0, 0, 0), mx.AttrScope.current.get(None)])(mx.AttrScope(__x__="1", __y__="2"), mx.AttrScope(__y__="3"))""",
    "registry": """
        sorted(mx.registry.get_registry(Base))|mx.registry.get_registry(Stranger)|register(Stranger)|create("child").x
        create("child", 6).x|create("CHILD", x=5).x|create("two")|create("zzz")|create(Base())|create(Base(), 1)
        create({"thing": "child", "x": 3}).x|create({"x": 3})|create('["child", {"x": 9}]').x
        create('{"thing": "child", "x": 9}').x|create()|create(thing="child", x=4).x|create(5)|create(None)
        create('["child", {"x": 3}]', 3)|create('{"child"')|create(x=5)|create(thing=Base())|create(Child)""",
    "callback": """
        speed()|speed(auto_reset=False)|saved(2.7)|saved(0)|saved(1)
        logged(lambda: [mx.callback.ProgressBar(7, 10)(Param(0, i)) for i in range(9)])
        logged(lambda: [mx.callback.log_train_metric(2)(Param(1, i, scored())) for i in range(4)])
        (lambda m, c: logged(lambda: [c(Param(1, i, m)) for i in range(4)]))(scored(), mx.callback.log_train_metric(2, True))
        logged(lambda: mx.callback.log_train_metric(1)(Param(1, 3)))
        logged(lambda: mx.callback.LogValidationMetricsCallback()(Param(1, 3, scored())))
        logged(lambda: mx.callback.LogValidationMetricsCallback()(Param(1, 3)))""",
    "util": """
        U.is_np_shape()|U.is_np_array()|U.set_np_shape(False)|U.set_np_shape("a")|U.set_np(False, False)|U.set_np(False, True)
        U.reset_np()|U.use_np(5)|U.use_np_shape(5)|U.use_np_array(5)|U.getenv("COMPAT_NONE")
        (U.setenv("COMPAT_C", "bar"), U.getenv("COMPAT_C"), U.setenv("COMPAT_C", None), U.getenv("COMPAT_C"))
        U.np_ufunc_legal_option("dtype", np.float32)|U.np_ufunc_legal_option("dtype", "float64")
        U.np_ufunc_legal_option("dtype", "foo")|U.np_ufunc_legal_option("where", False)|U.np_ufunc_legal_option("subok", True)
        U.np_ufunc_legal_option("casting", "safe")|U.np_ufunc_legal_option("casting", "xx")|U.np_ufunc_legal_option("order", "C")
        U.np_ufunc_legal_option("zzz", 1)|U.get_cuda_compute_capability(mx.cpu())|U.set_module("q.r")(lambda: 0).__module__
        wrap1(subok=True)|wrap1(subok=False)|wrap1(foo=True)|wrap1(where=True)|wrap1(where=0)|wrap1(out=5)|wrap1(casting="safe")
        U.wrap_np_binary_func(lambda x, y, out=None: (x, y, out))(3, 4, 5)
        U.wrap_np_binary_func(lambda x, y, out=None: (x, y, out))(3, 4, 5, 6)
        list(mx.runtime.Features())|len(mx.runtime.feature_list())|mx.runtime.Features().is_enabled("FOO")
        mx.runtime.Features().is_enabled("cuda_rtc")|mx.runtime.Features().is_enabled(3)|repr(mx.runtime.Features()["CUDA_RTC"])
        mx.runtime.Features()["FOO"]|mx.runtime.Features() is mx.runtime.Features()|mx.libinfo.__version__
        mx.libinfo.find_conf_path()|mx.libinfo.find_lib_path("foo")
        (mx.engine.set_bulk_size(5), mx.engine.set_bulk_size(7), mx.engine.set_bulk_size(0))[1:]|mx.engine.set_bulk_size("a")
        mx.engine.set_bulk_size(2.5)|mx.log.get_logger("compat_log", level=mx.log.DEBUG).level|mx.log.INFO
        mx.log.get_logger("compat_log2").level|len(mx.log.get_logger("compat_log3").handlers)
        mx.error.register(Stranger)|mx.error.InternalError("x").__class__|isinstance(mx.error.InternalError("x"), mx.MXNetError)""",
    "test_utils": """
        T.default_rtols()|T.default_atols()|T.default_numeric_eps()|T.get_rtol()|T.get_rtol(.1)|T.get_atol()|T.get_etol()|T.get_etol(.1)
        T.get_rtol(None, np.dtype("float16"))|T.get_atol(None, np.dtype("float32"))|T.default_dtype()|str(T.default_context())
        T.get_tolerance(nd.ones(2), None, T.default_rtols())|T.get_tolerance(np.ones(2), .3, T.default_rtols())
        T.get_tolerance(np.ones(2), {np.dtype("float64"): .3}, T.default_rtols())|T.get_tols(nd.ones(2), np.ones(2), None, None)
        T.get_tols(nd.ones(2).astype("float16"), np.ones(2), None, None)|T.get_tols(1, 2, None, None)|T.get_tols(1, 2, .1, None)
        T.effective_dtype(nd.ones(2, dtype="float16"))|T.assert_almost_equal(x, x)|T.assert_almost_equal(x, y)
        T.assert_almost_equal(x, f(1, 2.1))|T.assert_almost_equal(x, f(1, 2.1), rtol=.1)|T.assert_almost_equal(x, f(1, 2.1), atol=.11)
        T.assert_almost_equal(f(1, np.nan), f(1, np.nan))|T.assert_almost_equal(f(1, np.nan), f(1, np.nan), equal_nan=True)
        T.assert_almost_equal(f(1, np.nan), f(2, np.nan), equal_nan=True)|T.assert_almost_equal(f(1, np.inf), f(1, np.inf))
        T.assert_almost_equal(f(1, np.inf), f(1, -np.inf))|T.assert_almost_equal(x, f(1, 2, 3))|T.assert_almost_equal(f(1, 1), 1)
        T.assert_almost_equal(f(1, 1), np.ones((2, 1)))|T.assert_almost_equal(f(1, 1), np.ones((2, 1)), use_broadcast=False)
        T.assert_almost_equal(1, 1.0)|T.assert_almost_equal(1, 1.1)|T.assert_almost_equal(np.zeros((2, 0)), np.zeros((2, 0)))
        T.assert_almost_equal(np.array([True]), np.array([False]))|T.assert_almost_equal(f(1, dt="int32"), f(2, dt="int32"))
        T.assert_almost_equal(f(255, dt="uint8"), f(0, dt="uint8"), atol=1)|T.assert_almost_equal(f(1), f(1.0005, dt="float16"))
        T.assert_almost_equal(nd.array([1, 2]), nd.array([1, 2.001]))|T.assert_almost_equal(nd.array([1, 2]), np.array([1, 2.1]))
        T.assert_almost_equal(f(1000, dt="float64"), f(1000.009, dt="float64"))|T.assert_almost_equal(f(1000), f(1000.11))
        T.assert_almost_equal(f(1000, dt="float64"), f(1000.011, dt="float64"))|T.assert_almost_equal(f(1000), f(1000.09))
        T.almost_equal(x, f(1, 2.1))|T.almost_equal(x, x)|T.almost_equal(f(1, np.nan), f(1, np.nan))|T.almost_equal(f(1, 1), 1)
        T.same(f(1), f(1))|T.same(nd.ones(1), nd.ones(1))|T.same(f(np.nan), f(np.nan))|T.same(f(1), f(1, dt="float64"))|T.same(x, y)
        T.assert_exception(lambda: 1 / 0, ZeroDivisionError)|T.assert_exception(lambda: 1, ZeroDivisionError)
        T.assert_exception(lambda: {}["a"], ZeroDivisionError)|T.assert_exception(lambda x, y=1: x / 0, ZeroDivisionError, 3, y=4)
        T.assert_almost_equal_with_err(f(1, 2, 3, 4), f(1, 2, 3, 5), etol=.3)
        T.assert_almost_equal_with_err(f(1, 2, 3, 4), f(1, 2, 3, 5), etol=.2)
        T.assert_almost_equal_with_err(f(1, 2, 3, 4), f(1, 2, 3, 5))|T.assert_almost_equal_with_err(nd.ones(2), nd.ones(2), etol=.1)
        T.assert_almost_equal_ignore_nan(f(1, np.nan), f(1, 3))|T.assert_almost_equal_ignore_nan(f(1, np.nan), f(2, 3))
        T.checkShapes(f(1), f(1, 2))|T.checkShapes(x, y)|T.assert_allclose(f(1), f(1.1))|T.assert_allclose(nd.ones(1), nd.ones(1))
        T.locationError(x, y, (1,), ("a", "b"))|T.locationError(x, y, (1,), ("a", "b"), True)
        T.compare_ndarray_tuple((nd.ones(1), (nd.ones(2), None)), (nd.ones(1), (nd.ones(2), None)))
        T.compare_ndarray_tuple((nd.ones(1),), (nd.zeros(1),))|T.compare_ndarray_tuple(None, None)
        T._find_max_violation(np.array([[1, 2.]]), np.array([[1, 3.]]), .1, .1)|T.random_arrays((2, 3)).dtype
        [z.shape for z in T.random_arrays((2, 3), (4,), ())]|T.random_arrays(()).shape
        [(z.min() >= 5, z.max() < 6, z.dtype) for z in T.random_uniform_arrays((2, 3), low=5, high=6, dtype="float64")]
        T.rand_shape_2d(1, 1)|T.rand_shape_3d(1, 1, 1)|T.rand_shape_nd(4, 1)|T.rand_coord_2d(0, 1, 5, 6)|T.rand_ndarray((2, 3)).shape
        T.rand_ndarray((2, 3), dtype="int32").dtype|T.rand_ndarray((2,), "foo")|T.create_vector(4)|T.create_2d_tensor(3, 2)
        T.create_vector(4, np.float32).dtype|T.np_reduce(np.ones((2, 3)), 1, True, np.sum)|T.np_reduce(np.ones((2, 3)), (0, 1), False, np.sum)
        T.np_reduce(np.ones((2, 3)), None, 1, np.sum)|T.np_reduce(np.ones((2, 3)), (), 0, np.sum)|list(T.list_gpus())
        T.has_tvm_ops()|T.is_op_runnable()|T.is_cd_run()|T.get_identity_mat(2)|T.get_identity_mat_batch(2)
        T.new_matrix_with_real_eigvals_nd((2, 3, 3)).shape|np.abs(np.linalg.eigvals(T.new_matrix_with_real_eigvals_2d(4)).imag).max()
        (lambda q: np.abs(q.dot(q.T) - np.eye(4)).max() < 1e-6)(T.new_orthonormal_matrix_2d(4))
        (lambda q: np.abs(q - q.transpose(0, 2, 1)).max() < 1e-6)(T.new_sym_matrix_with_real_eigvals_nd((2, 3, 3)))
        T.collapse_sum_like(np.ones((2, 3)), (1, 3))|T.collapse_sum_like(np.ones((2, 3)), (3,))|T.collapse_sum_like(np.ones((2, 3)), ())
        T.collapse_sum_like(np.ones((2, 3)), (2, 2))|T.collapse_sum_like(nd.ones((2, 3)), (1, 3))|T.same_array(nd.ones(2), nd.ones(2))
        (lambda z: T.same_array(z, z[:]))(nd.ones(2))|T.assign_each(np.ones((2, 2)), lambda v: v + 1)|T.assign_each(np.ones((2, 2)), None)
        T.assign_each2(np.ones((2, 2)), np.ones((2, 2)), lambda v, w: v + w)|T.gen_buckets_probs_with_ppf(lambda v: v, 3)
        T.same_symbol_structure(a + 1, b + 1)|T.same_symbol_structure(a + 1, b * 1)|attempts(3, 3)|attempts(2, 3)|T.retry(0)
        environment("COMPAT_A", "1")|environment({"COMPAT_A": "1", "COMPAT_B": None})|environment(1)|environment("a", "b", "c")
        T.simple_forward(a + b, a=f(1), b=f(2))|T.check_symbolic_forward(S, [x, y], [x * y])
        T.check_symbolic_forward(S, {"a": x, "b": nd.array(y)}, {"_mul0_output": x * y})|T.check_symbolic_forward(S, [x, y], [x])
        T.check_symbolic_forward(S, [x], [x])|T.check_symbolic_forward(S, {"a": x, "c": y}, [x])|T.check_symbolic_forward(S, {"a": x}, [x])
        T.check_symbolic_backward(S, [x, y], [f(1, 1)], [y, x])|T.check_symbolic_backward(S, [x, y], [f(1, 1)], {"a": y})
        T.check_symbolic_backward(S, [x, y], [f(1, 1)], {"a": x})|T.check_symbolic_backward(S, [x, y], {"_mul0_output": f(1, 2)}, [y, x])
        len(T.check_symbolic_backward(S, [x, y], [f(1, 1)], {"a": y}, grad_req="add"))
        len(T.check_symbolic_backward(S, [x, y], [f(1, 1)], [y, x], grad_req=["write", "null"]))
        T.check_symbolic_backward(S, [x, y], 3, [y, x])|T.check_numeric_gradient(S, [x, y])
        T.check_numeric_gradient(S, {"a": x, "b": y}, grad_nodes=["a"])|T.check_numeric_gradient(mx.sym.BlockGrad(S), [x, y])
        T.check_numeric_gradient(S, {"a": x, "b": y}, grad_nodes={"a": "add", "b": "null"})
        T.check_numeric_gradient(S, [x.astype("f8"), y.astype("f8")], dtype=np.float64)|T.check_numeric_gradient(S, [x, y], dtype=np.int32)
        T.check_numeric_gradient(S, [x, y], grad_nodes="a")|T.check_numeric_gradient(S, [x, y], numeric_eps=1e-2, use_forward_train=False)
        T._parse_location(S, [x, y], mx.cpu())|T._parse_location(S, 3, mx.cpu())|T._parse_aux_states(S, None, mx.cpu())
        sorted(T.check_consistency(S, [{"ctx": mx.cpu(0), "a": (2,), "b": (2,)}, {"ctx": mx.cpu(0), "a": (2,), "b": (2,), "type_dict": {"a": np.float64, "b": np.float64}}]))
        T.check_consistency([S, b * a], [{"ctx": mx.cpu(0), "a": (2,), "b": (2,)}] * 2)
        T.check_consistency(S, [{"ctx": mx.cpu(0), "a": (2,), "b": (2,)}])
        sorted(T.check_consistency(S, [{"ctx": mx.cpu(0), "a": (2,), "b": (2,)}] * 2, grad_req="null"))
        T.check_speed(S, N=2, a=(2,), b=(2,)) > 0|T.check_speed(S, {"a": x, "b": y}, N=2, typ="zzz")|T.check_speed(S, [x, y], N=2)
        T.mean_check(lambda n: np.linspace(-1, 1, n), 0, 1, 100)|T.mean_check(lambda n: np.linspace(-1, 1, n), 3, 1, 100)
        T.var_check(lambda n: np.linspace(-1, 1, n), 3 ** -.5, 1000)|T.var_check(lambda n: np.linspace(-1, 1, n), 2, 1000)""",
}


def encode(v):
    """JSON for a value: arrays with their dtype, numbers that JSON lacks as text, objects by their class."""
    import numpy as np
    if hasattr(v, "asnumpy"):
        return {"array": encode(v.asnumpy().tolist()), "dtype": np.dtype(v.dtype).name}
    if isinstance(v, np.ndarray):
        return {"array": encode(v.tolist()), "dtype": v.dtype.name}
    if isinstance(v, np.generic):
        return encode(v.item())
    if isinstance(v, float):
        return v if abs(v) < float("inf") else {"float": str(v)}
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, (list, tuple)):
        return [encode(x) for x in v]
    if isinstance(v, dict):
        return {"dict": sorted(([str(k), encode(x)] for k, x in v.items()), key=lambda p: p[0])}
    if isinstance(v, np.dtype):
        return {"dtype": v.name}
    if isinstance(v, type):
        return {"class": v.__name__}
    return {"object": type(v).__name__}


def split(text):
    """The expressions of a group: they are separated by bars and ends of lines outside brackets and quotes."""
    out, start, depth, quote = [], 0, 0, ""
    for i, c in enumerate(text + "\n"):
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c in "|\n" and depth == 0:
            out.append(text[start:i].strip())
            start = i + 1
    return [e for e in out if e]


def replay(expression, setup=SETUP):
    """What an expression came to, in a fresh scope with fresh names and seeds."""
    import mxnet as mx
    import numpy as np
    manager = mx.name.NameManager.current
    mx.name.NameManager.current = mx.name.NameManager()
    mx.random.seed(1)
    np.random.seed(1)
    scope = {}
    try:
        exec(setup, scope)
        mx.name.NameManager.current = mx.name.NameManager()
        return encode(eval(expression, scope))
    except Exception as e:
        return ["raises", type(e).__name__]
    finally:
        mx.name.NameManager.current = manager


def main():
    """Record every expression."""
    found = {}
    for group, text in CASES.items():
        found[group] = [[expression, replay(expression)] for expression in split(text)]
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "modules.json")
    with open(target, "w", encoding="utf-8") as file:
        file.write('{"setup": ' + json.dumps(SETUP) + ',\n"groups": {')
        file.write(",".join(f'\n"{g}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]" for g, cases in found.items()))
        file.write("}}\n")
    print({g: len(c) for g, c in found.items()})


if __name__ == "__main__":
    main()
