"""Records data, recurrent cells, estimators and printing: writes ``parts.json`` beside itself.

    python record_parts.py [FILE]          # with a Python that has real MXNet 1.9.1

How is in ``expressions.py``.
"""

_COMMON = '''
import json, logging, multiprocessing, os, random, re, sys, tempfile, warnings, zlib
import numpy as np
import mxnet as mx
from mxnet import autograd as ag, gluon, nd
warnings.simplefilter("ignore")

def N(*shape, seed=0):
    return nd.array(np.random.RandomState(seed).normal(size=shape))

def V(*values):
    return nd.array(values)

def flat(o):
    return [y for x in o for y in flat(x)] if isinstance(o, (list, tuple)) else [o]

def kind(x):
    return type(x).__name__

def graph(s):
    """Operators of a graph: kind, name, inputs."""
    s = s if isinstance(s, mx.sym.Symbol) else mx.sym.Group(flat(s))
    nodes = json.loads(s.tojson())["nodes"]
    return [[n["op"], n["name"], [nodes[i[0]]["name"] + (":%d" % i[1] if i[1] else "") for i in n["inputs"]]]
            for n in nodes if n["op"] != "null"]

def fill(block):
    """Values for all parameters, by their names and numbers."""
    for i, (k, p) in enumerate(block.collect_params().items()):
        values = np.random.RandomState(zlib.crc32(k.encode()) % 1000 + i).uniform(-.6, .6, p.shape)
        p.set_data(nd.array(values))

def execute(s, **shapes):
    """Outputs and gradients of a symbol with values for all arguments."""
    s = s if isinstance(s, mx.sym.Symbol) else mx.sym.Group(flat(s))
    ex = s.simple_bind(mx.cpu(), **shapes)
    for i, (k, a) in enumerate(sorted(ex.arg_dict.items())):
        a[:] = nd.array(np.random.RandomState(i).uniform(-.6, .6, a.shape))
    out = ex.forward(is_train=True)
    ex.backward([nd.ones(x.shape) for x in out])
    return out, [[k, g] for k, g in sorted(ex.grad_dict.items())]
'''

_DATA = '''
D = gluon.data
import mxnet.gluon.data.dataloader as dl
from mxnet.gluon.contrib.data import IntervalSampler

def items(d):
    return [d[i] for i in range(len(d))]

def L(*a, **k):
    return list(D.DataLoader(*a, **k))

class Order(D.Sampler):
    def __init__(self, order):
        self.order = order
    def __iter__(self):
        return iter(self.order)
    def __len__(self):
        return len(self.order)

def bad(x):
    raise KeyError("boom")

sd = D.SimpleDataset([1, 2, 3, 4, 5, 6, 7])
ad = D.ArrayDataset(np.arange(6).reshape(3, 2), [5, 6, 7])
fd = D.ArrayDataset(np.arange(10, dtype="float32").reshape(5, 2), np.arange(5))
'''

_TRANSFORMS = '''
T = gluon.data.vision.transforms
img = nd.array(np.random.RandomState(0).randint(0, 255, (6, 8, 3)), dtype="uint8")
batch = nd.array(np.random.RandomState(0).randint(0, 255, (2, 6, 8, 3)), dtype="uint8")
fimg = img.astype("float32")
ten = T.ToTensor()(img)
'''

_RNN = '''
R = gluon.rnn
from mxnet.gluon.contrib import rnn as C

def params(b):
    return [[k, p.shape, p.init if isinstance(p.init, str) else None] for k, p in b.collect_params().items()]

def step(c, *shape):
    """One step: outputs, and norms of gradients."""
    c.initialize()
    x = N(*shape)
    states = c.begin_state(batch_size=shape[0], func=nd.zeros) if hasattr(c, "base_cell") else c.begin_state(shape[0])
    c(x, states)
    fill(c)
    states = [N(*q.shape, seed=3) for q in states]
    c.reset()
    x.attach_grad()
    with ag.record():
        out, new = c(x, states)
        loss = sum([(q * q).sum() for q in flat([out, new])])
    loss.backward()
    return out, new, x.grad.norm(), [p.grad().norm() for p in c.collect_params().values()]

def unroll(c, *shape, grads=True, split=False, **k):
    """Outputs and states of unrolling, and gradients of the sum of their squares."""
    c.initialize()
    x = N(*shape)
    x.attach_grad()
    axis = k.get("layout", "NTC").index("T")
    length = shape[axis]
    c.unroll(length, x, **{q: v for q, v in k.items() if q != "merge_outputs"})
    fill(c)
    with ag.record():
        steps = [nd.squeeze(q, axis=axis) for q in nd.split(x, num_outputs=length, axis=axis)] if split else x
        out, states = c.unroll(length, steps, **k)
        loss = sum([(q * q).sum() for q in flat([out, states])])
    if not grads:
        return kind(out), out, states
    loss.backward()
    return kind(out), out, states, x.grad, [p.grad().norm() for p in c.collect_params().values()]

def layer(l, *shape, states=None, hybrid=False):
    l.initialize()
    x = N(*shape)
    x.attach_grad()
    l(x)
    fill(l)
    if hybrid:
        l.hybridize()
    with ag.record():
        out = l(x) if states is None else l(x, states)
        loss = sum([(q * q).sum() for q in flat(out)])
    loss.backward()
    return out, x.grad, [p.grad().norm() for p in l.collect_params().values()]

def keys(b):
    b.initialize()
    b.unroll(2, N(2, 2, 5)) if hasattr(b, "unroll") else b(N(4, 2, 5))
    return list(b._collect_params_with_prefix())

def both():
    return R.BidirectionalCell(R.LSTMCell(3, prefix="l_"), R.GRUCell(2, prefix="r_"))

def stack(hybrid=False):
    c = (R.HybridSequentialRNNCell if hybrid else R.SequentialRNNCell)(prefix="s_")
    with c.name_scope():
        c.add(R.LSTMCell(3))
        c.add(R.DropoutCell(0.0))
        c.add(R.GRUCell(2))
        c.add(R.ResidualCell(R.RNNCell(2)))
    return c

class Net(gluon.HybridBlock):
    def __init__(self, make, **k):
        super().__init__(**k)
        with self.name_scope():
            self.cell = make()
    def hybrid_forward(self, F, x):
        return self.cell.unroll(3, x, layout="NTC", merge_outputs=True)[0]

def hybrid(make):
    n = Net(make, prefix="n_")
    n.initialize(mx.init.Constant(0.1))
    x = N(2, 3, 4)
    plain = n(x)
    n.hybridize()
    return n(x), float(abs(n(x) - plain).max().asscalar()) < 1e-6, n(N(5, 3, 4)).sum()

sv = mx.sym.var
'''

_LEGACY = '''
R = mx.rnn
s = mx.sym
sv = mx.sym.var
words = [["a", "b", "c"], ["b", "c"], ["d", "a", "b", "c", "a"], ["a", "a"]]

def unroll(c, length=2, inputs=None, **k):
    return c.unroll(length, inputs=sv("data") if inputs is None else inputs, **k)

def stack():
    c = R.SequentialRNNCell()
    c.add(R.LSTMCell(3, prefix="l0_"))
    c.add(R.DropoutCell(0.0, prefix="d0_"))
    c.add(R.GRUCell(2, prefix="g0_"))
    return c

def fused(mode="lstm", **k):
    return R.FusedRNNCell(3, num_layers=2, mode=mode, prefix="f_", **k)

def shapes(d):
    return [[k, v.shape] for k, v in sorted(d.items())]

LSTM = {"lstm_i2h_weight": N(12, 4), "lstm_i2h_bias": N(12), "lstm_h2h_weight": N(12, 3), "lstm_h2h_bias": N(12)}

def sentences(**k):
    random.seed(2)
    np.random.seed(2)
    sys.stdout, out = open(os.devnull, "w"), sys.stdout
    try:
        return R.BucketSentenceIter([[1, 2, 3], [2, 3, 4], [4, 5], [1, 1, 1, 1], [3, 4, 5, 6], [7, 8, 9, 1, 2],
                                     [1, 2, 3, 4, 5, 6]], 2, **k)
    finally:
        sys.stdout = out

def batches(it):
    return [[b.bucket_key, b.pad, b.data, b.label, str(b.provide_data), str(b.provide_label)] for b in it]

def through_file(cell, args):
    """What comes back from a checkpoint, and the names in the file."""
    prefix = os.path.join(tempfile.mkdtemp(), "model")
    net = unroll(cell, merge_outputs=True)[0]
    R.save_rnn_checkpoint(cell, prefix, 3, net, args, {})
    symbol, back, aux = R.load_rnn_checkpoint(cell, prefix, 3)
    return symbol.list_arguments(), sorted(back.items()), aux, sorted(nd.load(prefix + "-0003.params"))
'''

_ESTIMATOR = '''
from mxnet.gluon.contrib import estimator as E

def data(n=8, b=4):
    r = np.random.RandomState(0)
    x = r.rand(n, 3).astype("float32")
    return gluon.data.DataLoader(gluon.data.ArrayDataset(x, (x.sum(1) > 1.5).astype("float32")), b)

def net(initialize=True):
    n = gluon.nn.HybridSequential(prefix="net_")
    with n.name_scope():
        n.add(gluon.nn.Dense(2, in_units=3))
    if initialize:
        n.initialize(mx.init.One())
    return n

def est(**k):
    n = k.pop("net", None) or net()
    e = E.Estimator(n, k.pop("loss", gluon.loss.SoftmaxCrossEntropyLoss()), **k)
    e.logger.handlers[:] = []
    e.lines = []
    class Handler(logging.Handler):
        def emit(self, record):
            e.lines.append(record.getMessage())
    e.logger.addHandler(Handler())
    return e

def names(metrics):
    return [m.name for m in metrics]

def scores(e):
    return [m.get() for m in e.train_metrics + e.val_metrics]

def weights(e):
    return e.net[0].weight.data()

def trained(**k):
    e = est(trainer=gluon.Trainer((n := net()).collect_params(), "sgd", {"learning_rate": .1}), net=n)
    e.fit(data(), **k)
    return e

def lines(e, pattern):
    """Lines of the log of one kind, without times."""
    return [re.sub(r"[0-9.]+s", "#s", line) for line in e.lines if re.match(pattern, line)]

class Events(E.TrainBegin, E.TrainEnd, E.EpochBegin, E.EpochEnd, E.BatchBegin, E.BatchEnd):
    def __init__(self):
        self.seen = []
    def train_begin(self, estimator, *args, **kwargs):
        self.seen.append(["train_begin", estimator.max_epoch, estimator.max_batch, sorted(kwargs)])
    def train_end(self, estimator, *args, **kwargs):
        self.seen.append(["train_end", sorted(kwargs)])
    def epoch_begin(self, estimator, *args, **kwargs):
        self.seen.append(["epoch_begin", sorted(kwargs)])
    def epoch_end(self, estimator, *args, **kwargs):
        self.seen.append(["epoch_end", sorted(kwargs)])
    def batch_begin(self, estimator, *args, **kwargs):
        self.seen.append(["batch_begin", sorted(kwargs)])
    def batch_end(self, estimator, *args, **kwargs):
        self.seen.append(["batch_end", {k: [kind(v), len(v)] for k, v in kwargs.items()}])

def events(**k):
    h = Events()
    est().fit(data(), event_handlers=[h], **k)
    return h.seen

def files(hybridize=False, monitor=False, fit=None, again=None, **k):
    """Names of the files that a CheckpointHandler leaves."""
    folder = tempfile.mkdtemp()
    e = est()
    if hybridize:
        e.net.hybridize()
    if monitor:
        k["monitor"] = e.train_metrics[0]
    e.fit(data(), event_handlers=[E.CheckpointHandler(folder, **k)], **(fit or {"epochs": 3}))
    if again:
        e = est()
        e.fit(data(), event_handlers=[E.CheckpointHandler(folder, resume_from_checkpoint=True, **k)], **again)
    return sorted(os.listdir(folder)), weights(e)

def early(**k):
    e = est()
    h = E.EarlyStoppingHandler(e.train_metrics[0], **k)
    e.fit(data(), epochs=6, event_handlers=[h])
    return h.current_epoch, h.stopped_epoch, h.wait, h.stop_training, h.best

def validations(**k):
    calls = []
    est().fit(data(), epochs=2, event_handlers=[E.ValidationHandler(data(), lambda **q: calls.append(sorted(q)), **k)])
    return calls
'''

_PRINTED = '''
import contextlib, io
s = mx.sym

def network():
    x, y = s.var("data"), s.var("softmax_label")
    x = s.Convolution(x, num_filter=4, kernel=(3, 3), name="conv1", pad=(1, 1))
    x = s.Activation(s.BatchNorm(x, name="bn1"), act_type="relu", name="relu1")
    x = s.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool1")
    x = s.Convolution(x, num_filter=6, kernel=(3, 3), name="conv2", no_bias=True, num_group=2)
    x = s.LeakyReLU(x, act_type="prelu", name="prelu")
    x = s.Deconvolution(x + x, num_filter=2, kernel=(2, 2), name="dec1")
    fc = s.FullyConnected(s.Flatten(x, name="flat"), num_hidden=10, name="fc1")
    x = s.LayerNorm(s.FullyConnected(fc, num_hidden=5, no_bias=True, name="fc2"), name="ln")
    return s.SoftmaxOutput(s.concat(x, fc, name="cat", dim=1), y, name="softmax")

def printed(symbol, **k):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        mx.viz.print_summary(symbol, **k)
    return out.getvalue().split("\\n")

def monitored(symbol, steps=2, **k):
    """What a Monitor saw of the forward passes of an executor."""
    m = mx.mon.Monitor(**k)
    ex = symbol.simple_bind(mx.cpu(), data=(2, 4))
    for i, a in enumerate(ex.arg_arrays):
        a[:] = nd.array(np.arange(a.size).reshape(a.shape) * .1 + i)
    m.install(ex)
    seen = []
    for _ in range(steps):
        m.tic()
        ex.forward(is_train=True)
        seen.append([[n, name, [float(v) for v in re.findall(r"[-0-9.e+]+", text)]] for n, name, text in m.toc()])
    return seen

small = s.SoftmaxOutput(s.Activation(s.FullyConnected(s.var("data"), num_hidden=3, name="fc"), act_type="relu",
                                     name="act"), name="sm")
'''

SETUPS = {"data": _COMMON + _DATA, "transforms": _COMMON + _TRANSFORMS, "cells": _COMMON + _RNN,
          "unroll": _COMMON + _RNN, "layers": _COMMON + _RNN, "contrib cells": _COMMON + _RNN,
          "legacy cells": _COMMON + _LEGACY, "sentences": _COMMON + _LEGACY, "estimator": _COMMON + _ESTIMATOR,
          "printed": _COMMON + _PRINTED}


def encode(v):
    """JSON for a value: numbers to six digits, arrays with their type, blocks as they print, other objects by class."""
    import numpy as np
    if hasattr(v, "asnumpy") and hasattr(v, "stype"):
        return {"array": encode(v.asnumpy()), "dtype": np.dtype(v.dtype).name}
    if hasattr(v, "hybridize"):
        return {"block": repr(v)}
    if isinstance(v, np.ndarray):
        return [encode(x) for x in v.tolist()] if v.shape else encode(v.item())
    if isinstance(v, np.generic):
        return encode(v.item())
    if isinstance(v, float):
        return float("%.6g" % v) if abs(v) < float("inf") else {"float": str(v)}
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, (list, tuple)):
        return [encode(x) for x in v]
    if isinstance(v, dict):
        return {"dict": sorted(([str(k), encode(x)] for k, x in v.items()), key=lambda p: p[0])}
    if isinstance(v, type):
        return {"class": v.__name__}
    return {"object": type(v).__name__}


if __name__ == "__main__":
    import expressions
    expressions.record("parts", SETUPS, encode)
