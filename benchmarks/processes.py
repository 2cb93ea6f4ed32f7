"""What the benchmarks share: the interpreters that are named, and a process of one of them that measures."""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("ours", "real", "torch")


def parser(description: str, rounds: int, only: str) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--real", metavar="PYTHON", help="an interpreter with real MXNet 1.9.1")
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter with PyTorch")
    parser.add_argument("--ours", metavar="PYTHON", default=sys.executable, help="what to run this package under")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--only", default="", help=only)
    parser.add_argument("--worker", choices=KINDS, help=argparse.SUPPRESS)
    return parser


def pythons(args: argparse.Namespace) -> dict[str, str]:
    """Kind of package to the interpreter named for it."""
    return {kind: getattr(args, kind) for kind in KINDS if getattr(args, kind)}


def run(script: str, kind: str, python: str, *options: str, **variables: str) -> dict:
    """What ``script`` prints as JSON in a process of ``python``: this checkout's package for "ours", else what it has."""
    env = dict(os.environ, PYTHONPATH=str(ROOT) if kind == "ours" else "", **variables)
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # a setting for another processor slows numpy's products
        env.pop(name, None)
    command = [python, script, "--worker", kind, *options]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{kind} ({python}) failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def refusals(kind: str, times: dict) -> list[str]:
    """A line for each row that could not run."""
    return [f"{kind}: {name}: {text}" for name, text in times.items() if isinstance(text, str)]
