"""Kernels and training steps on a GPU beside torch (eager) on the same card, with the roofline: one JSON line a row.

    python benchmarks/gpu.py [--only TEXT] [--seconds 0.5] [--json FILE]

A row's figure is the median over rounds in which both packages take turns; each round launches until the seconds are filled
and waits for the card now and then. ``roofline`` is the time that the bytes (at the measured bandwidth of a copy) and the
operations (at the measured rate of torch's product of this type, where torch is there) need at least. ``--tiny`` takes small
shapes, which tests run interpreted: then figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from importlib.metadata import version

import numpy as np

import mxnet as mx
from mxnet import autograd, gluon, nd

try:
    import torch
except ImportError:
    torch = None

ctx = mx.gpu(0)


class Row:
    """What is timed: ``ours`` and ``theirs`` (None without torch) are called without arguments."""

    def __init__(self, name, ours, theirs=None, moved=0, operations=0, dtype="float32"):
        self.name, self.ours, self.theirs, self.moved = name, ours, theirs, moved
        self.operations, self.dtype = operations, dtype


def array(*shape, dtype="float32"):
    """A pair of arrays of the same normal values: (ours, torch's or None)."""
    a = np.random.RandomState(0).standard_normal(shape).astype(dtype)
    return nd.array(a, ctx=ctx, dtype=dtype), torch.from_numpy(a).cuda() if torch else None


def of_type(tiny, dtype):
    """Single operators in one type."""
    m, n, size = *((32, 4096) if tiny else (4096, 1 << 26)), np.dtype(dtype).itemsize
    (a, ta), (b, tb) = array(m, m, dtype=dtype), array(m, m, dtype=dtype)
    x, tx = array(n, dtype=dtype)
    yield Row(f"dot {m}x{m}x{m} {dtype}", lambda: nd.dot(a, b), torch and (lambda: ta @ tb), 3 * m * m * size, 2 * m**3, dtype)
    bias, tbias = array(m, dtype=dtype)
    yield Row(f"FullyConnected {m}x{m}x{m} {dtype}", lambda: nd.FullyConnected(a, b, bias, num_hidden=m),
              torch and (lambda: torch.nn.functional.linear(ta, tb, tbias)), 3 * m * m * size, 2 * m**3, dtype)
    yield Row(f"x + x {dtype}", lambda: x + x, torch and (lambda: tx + tx), 2 * x.size * size, 0, dtype)
    yield Row(f"exp {dtype}", lambda: nd.exp(x), torch and (lambda: tx.exp()), 2 * x.size * size, 0, dtype)
    yield Row(f"sum {dtype}", lambda: nd.sum(x), torch and (lambda: tx.sum()), x.size * size, 0, dtype)
    yield Row(f"softmax {m}x{m} {dtype}", lambda: nd.softmax(a), torch and (lambda: ta.softmax(-1)), 2 * m * m * size, 0, dtype)
    c, s = (2, 5) if tiny else (64, 56)
    (d, td), (w, tw) = array(c, c, s, s, dtype=dtype), array(c, c, 3, 3, dtype=dtype)
    yield Row(f"Convolution 3x3 {c}x{c}x{s}x{s} {dtype}",
              lambda: nd.Convolution(d, w, kernel=(3, 3), pad=(1, 1), num_filter=c, no_bias=True),
              torch and (lambda: torch.nn.functional.conv2d(td, tw, padding=1)), 2 * d.size * size, 18 * c * d.size, dtype)


def kernels(tiny):
    """Single operators."""
    for dtype in ("float32", "float16"):
        yield from of_type(tiny, dtype)
    v, e, k = (20, 8, 6) if tiny else (50000, 512, 65536)
    (table, ttable), index = array(v, e), np.random.RandomState(1).randint(0, v, k)
    i, ti = nd.array(index, ctx=ctx, dtype="int32"), torch.from_numpy(index).cuda() if torch else None
    yield Row(f"Embedding {k} of {v}x{e}", lambda: nd.Embedding(i, table, input_dim=v, output_dim=e),
              torch and (lambda: torch.nn.functional.embedding(ti, ttable)), 8 * k * e)


def stepper(net, x, rows, width):
    """A training step of a gluon network on classes."""
    net.initialize(ctx=ctx)
    loss, label = gluon.loss.SoftmaxCrossEntropyLoss(), nd.zeros((rows,), ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})

    def step():
        with autograd.record():
            y = loss(net(x).reshape((-1, width)), label)
        y.backward()
        trainer.step(rows)
    return step


def torch_stepper(net, x, rows, width):
    """The same step in torch."""
    net = net.cuda()
    optimizer, label = torch.optim.SGD(net.parameters(), 0.01), torch.zeros(rows, dtype=torch.int64, device="cuda")

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x).reshape(-1, width), label).backward()
        optimizer.step()
    return step


class Language(gluon.nn.HybridBlock):
    """Embedding, LSTM, output layer; words are (time, batch)."""

    def __init__(self, words, size, layers):
        super().__init__()
        self.embedding, self.lstm = gluon.nn.Embedding(words, size), gluon.rnn.LSTM(size, layers, input_size=size)
        self.out = gluon.nn.Dense(words, flatten=False, in_units=size)

    def forward(self, x):
        return self.out(self.lstm(self.embedding(x)))


class Block(gluon.nn.HybridBlock):
    """A transformer's encoder layer, norms behind."""

    def __init__(self, size, heads):
        super().__init__()
        self.size, self.heads = size, heads
        self.qkv, self.proj = gluon.nn.Dense(3 * size, flatten=False), gluon.nn.Dense(size, flatten=False)
        self.up, self.down = gluon.nn.Dense(4 * size, "relu", flatten=False), gluon.nn.Dense(size, flatten=False)
        self.first, self.second = gluon.nn.LayerNorm(), gluon.nn.LayerNorm()

    def forward(self, x):
        n, t, size = x.shape
        q, k, v = [p.reshape((n, t, self.heads, -1)).transpose((0, 2, 1, 3)) for p in nd.split(self.qkv(x), 3, axis=2)]
        weights = nd.softmax(nd.batch_dot(q, k, transpose_b=True) * (size // self.heads) ** -0.5)
        x = self.first(x + self.proj(nd.batch_dot(weights, v).transpose((0, 2, 1, 3)).reshape((n, t, size))))
        return self.second(x + self.down(self.up(x)))


def models(tiny):
    """Training steps."""
    from mxnet.gluon.model_zoo import vision
    if tiny:
        net, shape, name = vision.ResNetV1(vision.BasicBlockV1, [1], [4, 4], classes=4, thumbnail=True), (2, 3, 6, 6), "ResNet"
    else:
        net, shape, name = vision.resnet50_v1(), (64, 3, 224, 224), "ResNet-50"
    x, tx = array(*shape)
    theirs = None
    if torch and not tiny:
        try:
            from torchvision.models import resnet50
            theirs = torch_stepper(resnet50(), tx, shape[0], 1000)
        except ImportError:
            print("ResNet-50: torchvision is missing, so torch has no twin", file=sys.stderr)
    yield Row(f"{name} step, batch {shape[0]}", stepper(net, x, shape[0], 4 if tiny else 1000), theirs)
    words, size, t, n = (9, 4, 3, 2) if tiny else (10000, 650, 35, 64)
    text = np.random.RandomState(2).randint(0, words, (t, n))

    def twin():
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding, self.lstm = torch.nn.Embedding(words, size), torch.nn.LSTM(size, size, 2)
                self.out = torch.nn.Linear(size, words)

            def forward(self, x):
                return self.out(self.lstm(self.embedding(x))[0])
        return torch_stepper(Net(), torch.from_numpy(text).cuda(), t * n, words)
    yield Row("LSTM language model step", stepper(Language(words, size, 2), nd.array(text, ctx=ctx), t * n, words),
              twin() if torch else None)
    n, t, size, heads = (2, 3, 8, 2) if tiny else (32, 512, 512, 8)
    x, tx = array(n, t, size)
    theirs = None
    if torch:
        theirs = torch_stepper(torch.nn.TransformerEncoderLayer(size, heads, 4 * size, 0.0, batch_first=True), tx, n * t, size)
    yield Row("transformer block step", stepper(Block(size, heads), x, n * t, size), theirs)


def timed(call, wait, seconds):
    """Seconds a call."""
    wait()
    start, count = time.perf_counter(), 0
    while not count or time.perf_counter() - start < seconds:
        call()
        count += 1
        # the host runs ahead of the card: what it has queued counts
        if count % 16 == 0:
            wait()
    wait()
    return (time.perf_counter() - start) / count


def main():
    """Time all rows and print them."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--only", default="")
    p.add_argument("--seconds", type=float, default=0.5)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--json")
    p.add_argument("--tiny", action="store_true")
    args = p.parse_args()
    if not mx.context.num_gpus():
        sys.exit("there is no GPU here, or torch or Triton is missing: nothing is timed")
    card = torch.cuda.get_device_name(0) if torch else "interpreted"
    about = {"card": card, "triton": version("triton"), "python": sys.version.split()[0], "numpy": np.__version__}
    if torch:
        import subprocess
        driver = subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"], capture_output=True,
                                text=True, check=False).stdout.strip().split("\n")[0]
        about.update(torch=torch.__version__, cuda=torch.version.cuda, driver=driver)
    wait = torch.cuda.synchronize if torch else nd.waitall
    n = 1 << (12 if args.tiny else 28)
    a, _ = array(n)
    a.copy()
    bandwidth = 8 * n / timed(lambda: a.copy(), wait, args.seconds)
    about["bytes_per_second"], rates = bandwidth, {}
    if torch:
        for t in ("float32", "float16"):
            x = torch.randn(8192, 8192, dtype=getattr(torch, t), device="cuda")
            rates[t] = 2 * 8192**3 / min(timed(lambda x=x: x @ x, wait, args.seconds) for _ in range(3))
    about["operations_per_second"], rows = rates, []
    for make in (kernels, models):
        for row in make(args.tiny):
            if args.only not in row.name:
                continue
            ours, theirs = [], []
            for f in (row.ours, row.theirs):
                if f:
                    f()  # compiled here
            for _ in range(args.rounds):
                ours.append(timed(row.ours, wait, args.seconds))
                theirs += [timed(row.theirs, wait, args.seconds)] if row.theirs else []
            bound = max(row.moved / bandwidth, row.operations / rates[row.dtype] if row.dtype in rates else 0)
            found = {"name": row.name, "ours": statistics.median(ours), "torch": statistics.median(theirs) if theirs else None,
                     "roofline": bound or None}
            rows.append(found)
            print(json.dumps(found), flush=True)
    if args.json:
        with open(args.json, "w") as f:
            json.dump({**about, "rows": rows}, f, indent=1)


if __name__ == "__main__":
    main()
