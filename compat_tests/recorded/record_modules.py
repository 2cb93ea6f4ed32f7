"""Records the small modules (schedules, metrics, initializers, names, ...): writes ``modules.json`` beside itself.

    python record_modules.py [FILE]          # with a Python that has real MXNet 1.9.1

How is in ``expressions.py``. Left out is where the real package is plainly wrong: global values of ``PearsonCorrelation``
with ``average='micro'`` and of ``TopKAccuracy`` of class indices, quantized weights, ``FusedRNN`` of a JSON text.
"""

_SETUP = '''
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

SETUPS = dict.fromkeys(("lr_scheduler", "metric", "initializer", "names", "registry", "callback", "util", "test_utils"), _SETUP)


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


if __name__ == "__main__":
    import expressions
    expressions.record("modules", SETUPS, encode)
