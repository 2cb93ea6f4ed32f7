"""Milliseconds of large operations by family: the same text under real MXNet, this package and, if asked for, PyTorch.

    python benchmarks/families.py --real PYTHON [--torch PYTHON] [--processor] [--rounds 3] [--only TEXT]

Each family runs in processes of its own, the packages in turn, round after round; a figure is the least over all
rounds, since other work on a machine only ever adds to it. With --processor every package has one thread, and a figure is the
processor's time, not the wall clock's. What a call costs beside its arithmetic is in `overhead.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from typing import NamedTuple

from processes import parser, pythons, refusals, run

SECONDS = 0.6  # how long a row is repeated in one process, for one sample at least
SAMPLE = 0.05  # how long a sample lasts at least, about


class Row(NamedTuple):
    """One line: the text to time under MXNet and under PyTorch ("" where it has no near equivalent)."""

    name: str
    mxnet: str
    torch: str = ""


class Family(NamedTuple):
    """Rows over common arrays."""

    mxnet: str
    torch: str
    rows: list[Row]


def trained(name: str, mxnet: str, torch: str, head: str = "h") -> Row:
    """Forward while recording, and backward from a head gradient."""
    return Row(
        f"{name}, backward", f"with ag.record(): y = {mxnet}\ny.backward({head})", f"y = {torch}\ny.backward({head})"
    )


IMAGES = "x = nd.random.normal(shape=(32,64,56,56)); x.attach_grad(); h = nd.random.normal(shape=(32,64,56,56))\n"
IMAGES_TORCH = "x = torch.randn(32,64,56,56, requires_grad=True); h = torch.randn(32,64,56,56)\n"
CONV3 = ("nd.Convolution(x, w, b, kernel=(3,3), pad=(1,1), num_filter=64)", "F.conv2d(x, w, b, padding=1)")
CONV1 = ("nd.Convolution(x, v, b, kernel=(1,1), num_filter=64)", "F.conv2d(x, v, b)")
DEPTH = (
    "nd.Convolution(x, d, b, kernel=(3,3), pad=(1,1), num_filter=64, num_group=64)",
    "F.conv2d(x, d, b, padding=1, groups=64)",
)
NORM = ("nd.BatchNorm(x, g, e, mm, s, fix_gamma=False)", "F.batch_norm(x, mm, s, g, e, training=True)")
POOL = {
    "max": ("nd.Pooling(x, kernel=(2,2), stride=(2,2), pool_type='max')", "F.max_pool2d(x, 2)"),
    "average": ("nd.Pooling(x, kernel=(2,2), stride=(2,2), pool_type='avg')", "F.avg_pool2d(x, 2)"),
}
LAYER = ("nd.LayerNorm(x, g, b)", "F.layer_norm(x, (768,), g, b)")
SOFT = ("nd.softmax(m)", "torch.softmax(m, -1)")
LSTM = ("nd.RNN(x, w, s, c, state_size=256, num_layers=1, mode='lstm')", "lstm(x)[0]")
GRU = ("nd.RNN(x, v, s, state_size=256, num_layers=1, mode='gru')", "gru(x)[0]")
FAMILIES = {
    "Elementwise, 10 million floats": Family(
        "x = nd.random.normal(shape=10**7); y = nd.random.normal(shape=10**7); c = x > 0\n",
        "x = torch.randn(10**7); y = torch.randn(10**7); c = x > 0\n",
        [
            Row("x + y", "x + y", "x + y"),
            Row("x * y", "x * y", "x * y"),
            Row("x / y", "x / y", "x / y"),
            Row("x * 2", "x * 2", "x * 2"),
            Row("x += y", "x += y", "x += y"),
            Row("exp", "nd.exp(y)", "torch.exp(y)"),
            Row("log of a square", "nd.log(nd.square(y))", "torch.log(torch.square(y))"),
            Row("sqrt", "nd.sqrt(y)", "torch.sqrt(y)"),
            Row("tanh", "nd.tanh(y)", "torch.tanh(y)"),
            Row("sigmoid", "nd.sigmoid(y)", "torch.sigmoid(y)"),
            Row("relu", "nd.relu(y)", "torch.relu(y)"),
            Row("LeakyReLU", "nd.LeakyReLU(y)", "F.leaky_relu(y, .25)"),
            Row("gelu", "nd.LeakyReLU(y, act_type='gelu')", "F.gelu(y)"),
            Row("x > y", "x > y", "(x > y).float()"),
            Row("x == 1", "x == 1", "(x == 1).float()"),
            Row("where", "nd.where(c, x, y)", "torch.where(c, x, y)"),
            Row("clip", "nd.clip(y, -1, 1)", "torch.clip(y, -1, 1)"),
            Row("cast to float16", "y.astype('float16')", "y.half()"),
            Row("copy", "y.copy()", "y.clone()"),
        ],
    ),
    "Reductions, 10 million floats": Family(
        "x = nd.random.normal(shape=(1000,10000))\n",
        "x = torch.randn(1000, 10000)\n",
        [
            Row("sum", "nd.sum(x)", "x.sum()"),
            Row("sum, axis 0", "nd.sum(x, axis=0)", "x.sum(0)"),
            Row("sum, axis 1", "nd.sum(x, axis=1)", "x.sum(1)"),
            Row("mean", "nd.mean(x)", "x.mean()"),
            Row("mean, axis 1", "nd.mean(x, axis=1)", "x.mean(1)"),
            Row("max", "nd.max(x)", "x.max()"),
            Row("max, axis 0", "nd.max(x, axis=0)", "x.amax(0)"),
            Row("max, axis 1", "nd.max(x, axis=1)", "x.amax(1)"),
            Row("norm", "nd.norm(x)", "x.norm()"),
            Row("argmax, axis 0", "nd.argmax(x, axis=0)", "x.argmax(0)"),
            Row("argmax, axis 1", "nd.argmax(x, axis=1)", "x.argmax(1)"),
            Row("prod, axis 1", "nd.prod(x, axis=1)", "x.prod(1)"),
        ],
    ),
    "Products": Family(
        "a = nd.random.normal(shape=(2048,2048)); p = nd.random.normal(shape=(64,256,256))\n"
        "x = nd.random.normal(shape=(256,1024)); w = nd.random.normal(shape=(1024,1024)); b = nd.zeros(1024)\n"
        "for z in (x, w, b): z.attach_grad()\nh = nd.ones((256,1024))\n",
        "a = torch.randn(2048, 2048); p = torch.randn(64, 256, 256)\n"
        "x, w, b, h = (torch.randn(*s, requires_grad=True) for s in ((256,1024), (1024,1024), (1024,), (256,1024)))\n",
        [
            Row("dot of 2048 x 2048", "nd.dot(a, a)", "a @ a"),
            Row("dot, transposed", "nd.dot(a, a, transpose_b=True)", "a @ a.T"),
            Row("batch_dot, 64 of 256 x 256", "nd.batch_dot(p, p)", "torch.bmm(p, p)"),
            Row("FullyConnected, 256 x 1024", "nd.FullyConnected(x, w, b, num_hidden=1024)", "F.linear(x, w, b)"),
            trained("FullyConnected, 256 x 1024", "nd.FullyConnected(x, w, b, num_hidden=1024)", "F.linear(x, w, b)"),
        ],
    ),
    "Softmax and normalisation": Family(
        IMAGES + "m = nd.random.normal(shape=(1000,10000)); m.attach_grad(); k = nd.ones((1000,10000))\n"
        "g, e, mm, s = nd.ones(64), nd.zeros(64), nd.zeros(64), nd.ones(64)\n"
        "for z in (g, e): z.attach_grad()\n",
        IMAGES_TORCH + "m = torch.randn(1000, 10000, requires_grad=True); k = torch.ones(1000, 10000)\n"
        "g, e = torch.ones(64, requires_grad=True), torch.zeros(64, requires_grad=True)\n"
        "mm, s = torch.zeros(64), torch.ones(64)\n",
        [
            Row("softmax, 1000 x 10000", *SOFT),
            trained("softmax, 1000 x 10000", *SOFT, head="k"),
            Row("log_softmax, 1000 x 10000", "nd.log_softmax(m)", "torch.log_softmax(m, -1)"),
            Row("BatchNorm, (32, 64, 56, 56), training", "with ag.record(): y = " + NORM[0], NORM[1]),
            trained("BatchNorm, (32, 64, 56, 56)", *NORM),
        ],
    ),
    "LayerNorm, 4096 x 768": Family(
        "x, h = nd.random.normal(shape=(4096,768)), nd.ones((4096,768)); g, b = nd.ones(768), nd.zeros(768)\n"
        "for z in (x, g, b): z.attach_grad()\n",
        "x = torch.randn(4096, 768, requires_grad=True); h = torch.ones(4096, 768)\n"
        "g, b = torch.ones(768, requires_grad=True), torch.zeros(768, requires_grad=True)\n",
        [Row("LayerNorm", *LAYER), trained("LayerNorm", *LAYER)],
    ),
    "Convolution and pooling, (32, 64, 56, 56), 64 filters": Family(
        IMAGES + "w, v = nd.random.normal(shape=(64,64,3,3)), nd.random.normal(shape=(64,64,1,1))\n"
        "d, b = nd.random.normal(shape=(64,1,3,3)), nd.zeros(64)\n"
        "for z in (w, v, d, b): z.attach_grad()\nq = nd.ones((32,64,28,28))\n",
        IMAGES_TORCH
        + "w, v, d, b = (torch.randn(*s, requires_grad=True) for s in ((64,64,3,3), (64,64,1,1), (64,1,3,3), (64,)))\n"
        "q = torch.ones(32,64,28,28)\n",
        [
            Row("3 x 3", *CONV3),
            trained("3 x 3", *CONV3),
            Row("1 x 1", *CONV1),
            trained("1 x 1", *CONV1),
            Row("depthwise 3 x 3", *DEPTH),
            trained("depthwise 3 x 3", *DEPTH),
            Row("max pooling 2 x 2", *POOL["max"]),
            trained("max pooling 2 x 2", *POOL["max"], head="q"),
            Row("average pooling 2 x 2", *POOL["average"]),
            trained("average pooling 2 x 2", *POOL["average"], head="q"),
        ],
    ),
    "Recurrent layers, 35 steps of 32 x 256": Family(
        "x, h = nd.random.normal(shape=(35,32,256)), nd.ones((35,32,256))\n"
        "s, c = nd.zeros((1,32,256)), nd.zeros((1,32,256))\n"
        "w, v = nd.random.uniform(-.1, .1, shape=526336), nd.random.uniform(-.1, .1, shape=394752)\n"
        "for z in (x, w, v): z.attach_grad()\n",
        "x = torch.randn(35, 32, 256, requires_grad=True); h = torch.ones(35, 32, 256)\n"
        "lstm, gru = torch.nn.LSTM(256, 256), torch.nn.GRU(256, 256)\n",
        [Row("LSTM", *LSTM), trained("LSTM", *LSTM), Row("GRU", *GRU), trained("GRU", *GRU)],
    ),
    "Indexing, joining, sorting": Family(
        "t = nd.random.normal(shape=(10000,256)); t.attach_grad()\n"
        "i = nd.random.randint(0, 10000, shape=(64,128)).astype('float32')\n"
        "h = nd.ones((64,128,256)); x = nd.random.normal(shape=(1000,10000)); z = nd.random.normal(shape=(32,64,56,56))\n",
        "t = torch.randn(10000, 256, requires_grad=True); i = torch.randint(0, 10000, (64, 128))\n"
        "h = torch.ones(64, 128, 256); x = torch.randn(1000, 10000); z = torch.randn(32,64,56,56)\n",
        [
            Row(
                "Embedding, 64 x 128 of 10000 x 256",
                "nd.Embedding(i, t, input_dim=10000, output_dim=256)",
                "F.embedding(i, t)",
            ),
            trained(
                "Embedding, 64 x 128 of 10000 x 256",
                "nd.Embedding(i, t, input_dim=10000, output_dim=256)",
                "F.embedding(i, t)",
            ),
            Row("take of 8192 rows", "nd.take(t, i)", "t[i]"),
            Row("topk of 10 in 1000 x 10000", "nd.topk(x, k=10)", "torch.topk(x, 10)[1]"),
            Row("sort of 1000 x 10000", "nd.sort(x)", "torch.sort(x)[0]"),
            Row("argsort of 1000 x 10000", "nd.argsort(x)", "torch.argsort(x)"),
            Row("concat of two, axis 0", "nd.concat(x, x, dim=0)", "torch.cat((x, x), 0)"),
            Row("concat of two, axis 1", "nd.concat(x, x, dim=1)", "torch.cat((x, x), 1)"),
            Row("transpose of 1000 x 10000", "nd.transpose(x)", "x.T.contiguous()"),
            Row("transpose to channels last", "nd.transpose(z, axes=(0,2,3,1))", "z.permute(0,2,3,1).contiguous()"),
            Row("slice of half of each row", "nd.slice_axis(x, axis=1, begin=0, end=5000)", "x[:, :5000].contiguous()"),
            Row("one_hot, 8192 of 1000", "nd.one_hot(i, 1000)", "F.one_hot(i % 1000, 1000).float()"),
        ],
    ),
    "Optimizer steps, 10 million floats": Family(
        "w, g, m, v = (nd.ones(10**7) for _ in range(4))\n",
        "w, g, m, v = (torch.ones(10**7) for _ in range(4))\n",
        [
            Row("sgd_update", "nd.sgd_update(w, g, out=w, lr=.1, wd=.01)", "w.mul_(.999).sub_(g, alpha=.1)"),
            Row(
                "sgd_mom_update",
                "nd.sgd_mom_update(w, g, m, out=w, lr=.1, momentum=.9, wd=.01)",
                "m.mul_(.9).sub_(g, alpha=.1).sub_(w, alpha=.001); w.add_(m)",
            ),
            Row(
                "adam_update",
                "nd.adam_update(w, g, m, v, out=w, lr=.1)",
                "m.mul_(.9).add_(g, alpha=.1); v.mul_(.999).addcmul_(g, g, value=.001); "
                "w.addcdiv_(m, v.sqrt().add_(1e-8), value=-.1)",
            ),
        ],
    ),
}


def measure(kind: str, family: str, only: str, processor: bool) -> dict:
    """Milliseconds of each row of a family in this process, or the text of its exception."""
    group = FAMILIES[family]
    env: dict = {}
    if kind == "torch":
        import torch

        if processor:
            torch.set_num_threads(1)
        env.update(torch=torch, F=torch.nn.functional)
        version, wait = f"torch {torch.__version__}", (lambda: None)
    else:
        import mxnet as mx

        mx.random.seed(0)
        env.update(nd=mx.nd, ag=mx.autograd)
        version, wait = f"mxnet {mx.__version__}", mx.nd.waitall
    exec(group.torch if kind == "torch" else group.mxnet, env)
    wait()
    times: dict[str, float | str | None] = {}
    clock = time.process_time if processor else time.perf_counter
    for row in group.rows:
        text = row.torch if kind == "torch" else row.mxnet
        if only not in f"{family}: {row.name}":
            continue
        try:
            times[row.name] = _time(compile(text, row.name, "exec"), env, wait, clock) if text else None
        except Exception as error:
            times[row.name] = f"{type(error).__name__}: {error}"[:120]
    import numpy

    return {"version": f"{version}, Python {platform.python_version()}, numpy {numpy.__version__}", "times": times}


def _time(code, env: dict, wait, clock) -> float:
    """The least of samples, after one that does not count; short calls are repeated for one sample.

    The system books the time of other threads (real MXNet computes in some) at its ticks, so that what is shorter than a
    few ticks would seem to take none at times.
    """
    best, count, calls, start = float("inf"), 0, 1, time.perf_counter()
    while count < 3 or time.perf_counter() - start < SECONDS:
        began, begin = time.perf_counter(), clock()
        for _ in range(calls):
            exec(code, env)
            wait()
        if count > 1:
            best = min(best, (clock() - begin) / calls)
        else:
            calls = max(1, round(calls * SAMPLE / (time.perf_counter() - began)))
        count += 1
    return 1000 * best


def least(rounds: list[dict], name: str) -> float | None:
    """The least over the rounds, or None where the row could not run."""
    found = [r["times"].get(name) for r in rounds]
    return None if any(not isinstance(t, (int, float)) for t in found) else min(found)


def table(family: str, rounds: dict[str, list[dict]], only: str = "") -> str:
    """A Markdown table of a family, in milliseconds; the ratio says how many times longer the other package takes."""
    titles = {"real": "MXNet", "torch": "torch"}
    others = [kind for kind in ("real", "torch") if kind in rounds]
    heads = ["ours", *(t for kind in others for t in (titles[kind], f"{titles[kind]} / ours"))]
    lines = [f"| {family} | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
    for row in FAMILIES[family].rows:
        if only not in f"{family}: {row.name}":
            continue
        mine = least(rounds["ours"], row.name)
        cells = [f"{mine:.2f}" if mine else "-"]
        for kind in others:
            other = least(rounds[kind], row.name)
            cells += [f"{other:.2f}" if other else "-", f"{other / mine:.1f}" if mine and other else "-"]
        lines.append(f"| {row.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    options = parser(__doc__, rounds=3, only="rows whose family and name contain this text")
    options.add_argument("--processor", action="store_true", help="one thread each, and the processor's time")
    options.add_argument("--family", help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.worker:
        print(json.dumps(measure(args.worker, args.family, args.only, args.processor)))
        return
    flags, variables = (["--processor"], {"OMP_NUM_THREADS": "1"}) if args.processor else ([], {})
    versions: dict[str, str] = {}
    said = []
    for family, group in FAMILIES.items():
        if not any(args.only in f"{family}: {row.name}" for row in group.rows):
            continue
        rounds: dict[str, list[dict]] = {kind: [] for kind in pythons(args)}
        for _ in range(args.rounds):
            for kind, python in pythons(args).items():
                rounds[kind].append(run(__file__, kind, python, "--family", family, "--only", args.only, *flags, **variables))
                versions[kind] = rounds[kind][0]["version"]
        print(table(family, rounds, args.only) + "\n", flush=True)
        said += [line for kind, r in rounds.items() for line in refusals(kind, r[0]["times"])]
    what = "processor time of one thread each, " if args.processor else ""
    print(
        f"{platform.machine()}, {os.cpu_count()} CPUs, {what}least of {args.rounds} rounds, {time.strftime('%Y-%m-%d')}; "
        + "; ".join(f"{kind}: {version}" for kind, version in versions.items())
    )
    print("".join(f"\n{line}" for line in said))


if __name__ == "__main__":
    main()
