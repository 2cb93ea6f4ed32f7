"""Loads damaged files: `python -m compat_tests.fuzz --count 100000 [--json] [--seed 1]`.

Mutations of real `.params` files go through `mx.nd.load`, with ``--json`` those of graphs through `mx.sym.load_json`.
The only exception allowed is MXNetError, and memory may grow by 10 times the file and 10 MB at most, which a limit on
the address space of a child process enforces for each file. Prints one line of figures; exits with 1 on any failure.
A mutation depends on the seed and its number alone, so that a failure can be repeated with ``--first``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

HERE = Path(__file__).resolve().parent
BATCH = 10_000
ALLOWED, FACTOR = 10 << 20, 10
BYTES = [0, 1, 2, 3, 7, 12, 31, 33, 127, 128, 200, 201, 202, 255]
WORDS = [
    b"\0",
    b"\xff" * 8,
    bytes(8),
    bytes.fromhex("c9fa93f9"),
    (2**40).to_bytes(8, "little"),
    (2**63 - 1).to_bytes(8, "little"),
]
TEXTS = [
    "0",
    "-1",
    "99999999999999999999",
    "1e999",
    "null",
    "true",
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\\",
    "\x00",
    "\ud800",
    "[" * 5000,
    '{"a":' * 3000,
    '"op": "Custom"',
    '"op": "null"',
    "[[0, 0, 0]]",
    '"attrs": []',
    "NaN",
]


def params_seeds() -> list[bytes]:
    """Whole files as real MXNet wrote or reads them: dense, sparse, every version and type."""
    golden = json.loads((HERE / "recorded" / "params_golden.json").read_text())
    return [bytes.fromhex(case["hex"]) for part in ("saved", "read") for case in golden[part].values()]


def json_seeds() -> list[bytes]:
    """Graphs of layers, of branches, of several outputs, with attributes and with loops, as text."""
    import mxnet as mx

    x = mx.sym.Variable("data")
    dense = mx.sym.SoftmaxOutput(
        mx.sym.FullyConnected(
            mx.sym.Activation(mx.sym.FullyConnected(x, num_hidden=8, name="fc1"), act_type="relu"),
            num_hidden=3,
            name="fc2",
        ),
        name="softmax",
    )
    conv = mx.sym.Convolution(x, kernel=(3, 3), num_filter=4, name="conv")
    conv = mx.sym.Pooling(mx.sym.BatchNorm(conv, name="bn"), kernel=(2, 2), pool_type="max") + conv.sum()
    with mx.AttrScope(ctx_group="one", lr_mult="2"):
        parts = mx.sym.split(x * 2 + mx.sym.Variable("y", shape=(2, 4)), num_outputs=2, axis=1)
    group = mx.sym.Group([parts[0], parts[1], mx.sym.concat(parts[0], parts[1], dim=0)])
    v, loops = mx.sym.Variable, mx.sym.contrib
    outputs, states = loops.foreach(lambda d, s: (loops.cond(d < s, lambda: d * v("w"), lambda: s), s + d), x, v("s"))
    rows, last = loops.while_loop(lambda i, y: i < 3, lambda i, y: (y * 2, [i + 1, y]), [v("i"), v("z")], max_iterations=3)
    nested = mx.sym.Group([outputs, states, rows, *last])
    return [s.tojson().encode() for s in (dense, conv, group, x, nested)]


def mutated(seeds: list[bytes], seed: int, number: int, text: bool) -> bytes:
    """The mutation of a number: a file with one to three places changed, removed, repeated, inserted or cut."""
    rng = random.Random(seed * 1_000_003 + number)
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.randint(1, 3)):
        kind, at = rng.random(), rng.randrange(len(data) or 1)
        length = rng.choice([1, 1, 4, 8, rng.randint(1, 64)])
        if kind < 0.35 and data:
            data[at] = rng.choice(b'0123456789-+.eE"[]{},:ntf\\ ') if text else rng.choice(BYTES)
        elif kind < 0.5 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind < 0.65:
            del data[at : at + length]
        elif kind < 0.75:
            data[at:at] = data[at : at + length]
        elif kind < 0.92:
            data[at:at] = rng.choice(TEXTS).encode("utf-8", "surrogatepass") if text else rng.choice(WORDS)
        else:
            del data[at:]
    return bytes(data)


def address_space() -> int:
    """Bytes of the process's address space as of now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def work(first: int, count: int, seed: int, text: bool) -> dict:
    """Load the mutations of so many numbers in this process: counts of outcomes, other errors, and the most memory."""
    import mxnet as mx

    seeds = json_seeds() if text else params_seeds()
    found = {"refused": 0, "read": 0, "other": [], "most": 0}
    path = Path(tempfile.mkdtemp()) / "x.params"

    def load(data: bytes) -> None:
        if text:
            graph = mx.sym.load_json(data.decode("utf-8", "replace"))
            graph.list_arguments(), graph.tojson()
        else:
            path.write_bytes(data)
            mx.nd.load(str(path))

    for data in seeds:
        load(data)  # whatever is imported or kept on first use is no cost of a file
    tracemalloc.start()
    for number in range(first, first + count):
        data = mutated(seeds, seed, number, text)
        limit = FACTOR * len(data) + ALLOWED
        resource.setrlimit(resource.RLIMIT_AS, (address_space() + limit, resource.RLIM_INFINITY))
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        try:
            load(data)
            found["read"] += 1
        except mx.MXNetError:
            found["refused"] += 1
        except Exception as error:
            found["other"].append(f"{number}: {type(error).__name__}: {str(error)[:200]}")
        grown = tracemalloc.get_traced_memory()[1] - before
        found["most"] = max(found["most"], grown)
        if grown > limit:
            found["other"].append(f"{number}: {grown} bytes for a file of {len(data)}")
    path.unlink(missing_ok=True)
    path.parent.rmdir()
    return found


def run(count: int, seed: int, text: bool, first: int = 0) -> dict:
    """``work`` in child processes, a batch each; one that ends otherwise than with its figures is a crash."""
    total = {"refused": 0, "read": 0, "other": [], "most": 0, "crashes": []}
    for begin in range(first, first + count, BATCH):
        size = min(BATCH, first + count - begin)
        command = [
            sys.executable,
            "-m",
            "compat_tests.fuzz",
            "--worker",
            f"--first={begin}",
            f"--count={size}",
            f"--seed={seed}",
        ]
        done = subprocess.run(
            command + ["--json"] * text,
            capture_output=True,
            text=True,
            cwd=HERE.parent,
            env=dict(os.environ, OMP_NUM_THREADS="1"),
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [""]
            total["crashes"].append(f"{begin} to {begin + size - 1}: status {done.returncode}: {last[0]}")
            continue
        part = json.loads(done.stdout.splitlines()[-1])
        total["refused"] += part["refused"]
        total["read"] += part["read"]
        total["other"] += part["other"]
        total["most"] = max(total["most"], part["most"])
    return total


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="compat_tests.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many mutations")
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="graphs instead of .params files")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.worker:
        print(json.dumps(work(args.first, args.count, args.seed, args.json)))
        return 0
    import numpy as np

    start = time.monotonic()
    total = run(args.count, args.seed, args.json, args.first)
    what = "graphs" if args.json else ".params files"
    print(
        f"{args.count} {what}: {total['refused']} refused with MXNetError, {total['read']} read, "
        f"{len(total['other'])} other errors, {len(total['crashes'])} crashes; most memory {total['most'] / 1024:.0f} KiB; "
        f"{time.monotonic() - start:.0f} s; Python {platform.python_version()}, numpy {np.__version__}, seed {args.seed}"
    )
    print("".join(line + "\n" for line in [*total["crashes"][:20], *total["other"][:20]]), end="")
    return 1 if total["other"] or total["crashes"] else 0


if __name__ == "__main__":
    sys.exit(main())
