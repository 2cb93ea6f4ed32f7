"""What hybridize() gains: training steps and inference, imperative and hybridized, on this package and real MXNet.

    python benchmarks/hybrid.py [--real PYTHON] [--rounds 3] [--only TEXT] [--wall]

The two networks of a row are equal and take turns in one process, which takes turns with the other package's, round after
round. A figure is the least time of all: of the processor with one thread, or with `--wall` of the clock. Memory is what
the process grows by in some steps at most, measured in processes of their own where everything was allocated, used and
given back before (Linux only).
"""
from __future__ import annotations

import gc
import json
import os
import platform
import time
from pathlib import Path
from typing import NamedTuple

from processes import parser, pythons, refusals, run

REPEAT = 8
WAYS = ("imperative", "hybridized")


class Row(NamedTuple):
    """A network with its batch: images of (batch, 3, side, side), or vectors of so many numbers.

    `network` is a name of the model zoo, or `mlp` and how many layers of 64 there are before the last.
    """

    name: str
    network: str
    batch: int
    side: int
    train: bool


ROWS = [
    Row("MLP of 3 x 64, batch 32, step", "mlp 3", 32, 64, True),
    Row("MLP of 10 x 64, batch 32, step", "mlp 10", 32, 64, True),
    Row("ResNet-18, 8 x 3 x 64 x 64, step", "resnet18_v1", 8, 64, True),
    Row("ResNet-18, 8 x 3 x 112 x 112, step", "resnet18_v1", 8, 112, True),
    Row("MobileNet, 8 x 3 x 64 x 64, step", "mobilenet1.0", 8, 64, True),
    Row("MobileNetV2, 8 x 3 x 64 x 64, step", "mobilenetv2_1.0", 8, 64, True),
    Row("ResNet-18, 1 x 3 x 224 x 224", "resnet18_v1", 1, 224, False),
    Row("MobileNet, 1 x 3 x 224 x 224", "mobilenet1.0", 1, 224, False),
    Row("MobileNetV2, 1 x 3 x 224 x 224", "mobilenetv2_1.0", 1, 224, False),
]


def runner(row: Row, hybridized: bool):
    """A function that makes a step, or a prediction, and waits for it."""
    import numpy as np

    import mxnet as mx

    random = np.random.RandomState(0)
    if row.network.startswith("mlp"):
        net = mx.gluon.nn.HybridSequential()
        net.add(*[mx.gluon.nn.Dense(64, activation="relu") for _ in range(int(row.network[4:]))], mx.gluon.nn.Dense(10))
        x = mx.nd.array(random.uniform(-1, 1, (row.batch, row.side)))
    else:
        net = mx.gluon.model_zoo.vision.get_model(row.network, classes=10)
        x = mx.nd.array(random.uniform(-1, 1, (row.batch, 3, row.side, row.side)))
    y = mx.nd.array(random.randint(0, 10, row.batch))
    net.initialize(mx.init.Xavier())
    if hybridized:
        net.hybridize(static_alloc=True, static_shape=True)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01, "momentum": 0.9})
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()

    def step() -> None:
        with mx.autograd.record():
            error = loss(net(x), y)
        error.backward()
        trainer.step(row.batch)
        error.asnumpy()
        mx.nd.waitall()

    return step if row.train else lambda: net(x).asnumpy()


def measure(only: str, wall: bool) -> dict:
    """Of each row the least milliseconds, imperative and hybridized."""
    import mxnet as mx

    clock = time.perf_counter if wall else time.process_time
    times: dict[str, list[float] | str] = {}
    for row in ROWS:
        if only in row.name:
            ways = [runner(row, hybridized) for hybridized in (False, True)]
            repeat = REPEAT * (20 if row.network.startswith("mlp") else 1)
            found: list[list[float]] = [[], []]
            for k in range(repeat + 3):
                for seen, way in zip(found, ways):
                    start = clock()
                    way()
                    if k >= 3:  # plans are made at the second call
                        seen.append(1000 * (clock() - start))
            times[row.name] = [min(seen) for seen in found]
    return {"version": f"mxnet {mx.__version__}, Python {platform.python_version()}", "times": times}


def resident(what: str) -> float:
    """A figure of the process's status in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1024


def memory(name: str, hybridized: bool) -> dict:
    """By how many MB three steps let the process grow at most."""
    import ctypes

    way = runner(next(row for row in ROWS if row.name == name), hybridized)
    for _ in range(3):
        way()
    try:
        from mxnet_compat.backend import pool

        pool.clear()
    except ImportError:
        pass
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(3):
        way()
    return {"grown": resident("VmHWM") - before, "most": resident("VmHWM")}


def table(results: dict[str, list[dict]], names: list[str], grown: dict) -> str:
    """A Markdown table; `gain` is imperative / hybridized."""
    kinds = list(results)
    head = [f"{kind}, {way}" for kind in kinds for way in (*WAYS, "gain")]
    head += [f"MB, {kind}, {way}" for kind in kinds for way in WAYS]
    lines = ["| ms | " + " | ".join(head) + " |", "| --- |" + " ---: |" * len(head)]
    for name in names:
        cells = []
        for kind in kinds:
            rounds = [r["times"][name] for r in results[kind]]
            plain, hybrid = (min(column) for column in zip(*rounds))
            cells += [f"{plain:.3g}", f"{hybrid:.3g}", f"{plain / hybrid:.2f}"]
        for kind in kinds:
            cells += [f"{grown[kind, name, way]['grown']:.0f}" if (kind, name, way) in grown else "-" for way in WAYS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    options = parser(__doc__, rounds=3, only="rows whose name contains this text")
    options.add_argument("--wall", action="store_true", help="the clock instead of the processor's time")
    options.add_argument("--memory", choices=WAYS, help="with --worker: the memory of the row that --only names")
    args = options.parse_args()
    if args.worker:
        found = memory(args.only, args.memory == WAYS[1]) if args.memory else measure(args.only, args.wall)
        print(json.dumps(found))
        return
    threads = {} if args.wall else {"OMP_NUM_THREADS": "1"}
    results: dict[str, list[dict]] = {kind: [] for kind in pythons(args)}
    given = ["--only", args.only] + ["--wall"] * args.wall
    for _ in range(args.rounds):
        for kind, python in pythons(args).items():
            results[kind].append(run(__file__, kind, python, *given, **threads))
    names = [row.name for row in ROWS if args.only in row.name]
    grown = {}
    if Path("/proc/self/clear_refs").exists():
        for name in (row.name for row in ROWS if row.name in names and row.train and not row.network.startswith("mlp")):
            for kind, python in pythons(args).items():
                for way in WAYS:
                    grown[kind, name, way] = run(__file__, kind, python, "--only", name, "--memory", way, **threads)
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, {args.rounds} rounds; "
          + "; ".join(f"{kind}: {rounds[0]['version']}" for kind, rounds in results.items()) + "\n")
    print(table(results, names, grown))
    for kind, rounds in results.items():
        for line in refusals(kind, rounds[0]["times"]):
            print(f"\n{line}")


if __name__ == "__main__":
    main()
