"""Microseconds that one small call costs: the same text under real MXNet, this package and, if asked for, PyTorch.

    python benchmarks/overhead.py --real PYTHON [--torch PYTHON] [--rounds 5] [--only TEXT]

Each package runs in processes of its own, in turn, round after round; a figure is the median over rounds of the best of
three loops in a process. Real MXNet is asynchronous, so it has two figures: until its calls are issued, and until
`waitall` returns. What an operator costs on large arrays is not measured here.
"""
from __future__ import annotations

import json
import os
import platform
import statistics
import time
import timeit
from typing import NamedTuple

from processes import parser, pythons, refusals, run

LOOP_SECONDS = 0.05
RECORD = "with ag.record():\n    "
# the collector stays on, as it is in scripts: what a tape leaves to it is part of the cost
SETUP = {
    "mxnet": "import gc; gc.enable()\nimport mxnet as mx, numpy as np\nnd, ag = mx.nd, mx.autograd\n"
    "x = nd.array([1.0, 2, 3, 4]); a = nd.ones((4, 4)); n = np.ones(4, 'float32')\n"
    "v = nd.array([1.0, 2, 3, 4]); v.attach_grad()\n",
    "torch": "import gc; gc.enable()\nimport torch, numpy as np\n"
    "x = torch.tensor([1.0, 2, 3, 4]); a = torch.ones(4, 4); n = np.ones(4, 'float32')\n"
    "v = torch.tensor([1.0, 2, 3, 4], requires_grad=True); one = torch.ones(4)\n",
}


class Row(NamedTuple):
    """One line of the table: the text to time under MXNet and under PyTorch, with what must exist before it."""

    name: str
    mxnet: str
    torch: str
    mxnet_setup: str = ""
    torch_setup: str = ""


def chain(step: str) -> Row:
    return Row(
        f"100 x y = y + {step}, backward",
        f"{RECORD}y = v\n    for _ in range(100): y = y + {step}\ny.backward()",
        f"y = v\nfor _ in range(100): y = y + {step}\ny.backward(one)",
    )


ROWS = [
    Row("x + x", "x + x", "x + x"),
    Row("x + 1", "x + 1", "x + 1"),
    Row("exp(x)", "nd.exp(x)", "torch.exp(x)"),
    Row("sum(x)", "nd.sum(x)", "torch.sum(x)"),
    Row("dot of 4x4", "nd.dot(a, a)", "torch.mm(a, a)"),
    Row("x.reshape((2, 2))", "x.reshape((2, 2))", "x.reshape((2, 2))"),
    Row("x[1:3]", "x[1:3]", "x[1:3]"),
    Row("array from a list", "nd.array([1.0, 2, 3, 4])", "torch.tensor([1.0, 2, 3, 4])"),
    Row("array from numpy", "nd.array(n)", "torch.tensor(n)"),
    Row("x.asnumpy()", "x.asnumpy()", "x.numpy().copy()"),
    Row("attach_grad", "x.attach_grad()", "x.requires_grad_()"),
    Row("y = x*x + 1, backward", f"{RECORD}y = v * v + 1\ny.backward()", "y = v * v + 1\ny.backward(one)"),
    chain("x"),
    chain("1"),
    Row(
        "FullyConnected, backward",
        f"{RECORD}y = nd.FullyConnected(d, w, b, num_hidden=3)\ny.backward()",
        "y = torch.nn.functional.linear(d, w, b)\ny.backward(g)",
        "d, w, b = nd.ones((2, 4)), nd.ones((3, 4)), nd.ones(3)\nfor p in (d, w, b): p.attach_grad()",
        "d, w, b, g = (torch.ones(*s, requires_grad=True) for s in ((2, 4), (3, 4), (3,), (2, 3)))",
    ),
    Row(
        "sgd_update",
        "nd.sgd_update(w, g, out=w, lr=0.1, wd=0.01)",
        "w.mul_(1 - 0.1 * 0.01).sub_(g, alpha=0.1)",
        "w, g = nd.ones(4), nd.ones(4)",
        "w, g = torch.ones(4), torch.ones(4)",
    ),
]


def measure(kind: str, only: str) -> dict:
    """Times of every row in this process: name to [us a call issued, us done], or to the text of its exception."""
    if kind == "torch":
        import torch

        torch.set_num_threads(1)
        version, wait = f"torch {torch.__version__}", None
    else:
        import mxnet as mx

        version, wait = f"mxnet {mx.__version__}", mx.nd.waitall
    version += f", Python {platform.python_version()}"
    times: dict[str, list[float] | str] = {}
    for row in ROWS:
        if only in row.name:
            setup, text = (row.torch_setup, row.torch) if kind == "torch" else (row.mxnet_setup, row.mxnet)
            try:
                times[row.name] = _time(timeit.Timer(text, SETUP.get(kind, SETUP["mxnet"]) + setup), wait)
            except Exception as error:
                times[row.name] = f"{type(error).__name__}: {error}"[:120]
    return {"version": version, "times": times}


def _time(timer: timeit.Timer, wait) -> list[float]:
    timer.timeit(20)
    calls = max(20, int(20 * LOOP_SECONDS / timer.timeit(20)))
    loops = []
    for _ in range(3):
        issued = timer.timeit(calls)
        start = time.perf_counter()
        if wait:
            wait()
        loops.append((issued + time.perf_counter() - start, issued))
    done, issued = min(loops)
    return [1e6 * issued / calls, 1e6 * done / calls]


def medians(results: list[dict], name: str) -> list[float] | None:
    """Medians over the rounds: [issued, done], or None where the row could not run."""
    rounds = [r["times"][name] for r in results]
    if any(isinstance(t, str) for t in rounds):
        return None
    return [statistics.median(column) for column in zip(*rounds)]


def table(results: dict[str, list[dict]], names: list[str]) -> str:
    """A Markdown table, us a call; the ratios say how many times longer the other package takes than this one."""
    shown = [("ours", "ours")]
    if "real" in results:
        shown += [("real", "MXNet, issued"), ("real", "MXNet"), ("ratio", "MXNet / ours")]
    if "torch" in results:
        shown += [("torch", "torch"), ("ratio", "torch / ours")]
    lines = ["| us a call | " + " | ".join(title for _, title in shown) + " |", "| --- |" + " ---: |" * len(shown)]
    for name in names:
        times = {kind: medians(rounds, name) for kind, rounds in results.items()}
        cells = []
        for kind, title in shown:
            mine, other = times["ours"], times.get(title.split()[0].lower().replace("mxnet", "real"))
            if kind == "ratio":
                cells.append(f"{other[1] / mine[1]:.1f}" if mine and other else "-")
            else:
                cells.append(f"{times[kind]['issued' not in title]:.2f}" if times[kind] else "-")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    args = parser(__doc__, rounds=5, only="rows whose name contains this text").parse_args()
    if args.worker:
        print(json.dumps(measure(args.worker, args.only)))
        return
    results: dict[str, list[dict]] = {kind: [] for kind in pythons(args)}
    for _ in range(args.rounds):
        for kind, python in pythons(args).items():
            results[kind].append(run(__file__, kind, python, "--only", args.only, OMP_NUM_THREADS="1"))
    names = [row.name for row in ROWS if args.only in row.name]
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, {args.rounds} rounds; "
          + "; ".join(f"{kind}: {rounds[0]['version']}" for kind, rounds in results.items()) + "\n")
    print(table(results, names))
    for kind, rounds in results.items():
        for line in refusals(kind, rounds[0]["times"]):
            print(f"\n{line}")


if __name__ == "__main__":
    main()
