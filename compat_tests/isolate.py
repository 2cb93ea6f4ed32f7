"""Runs cases in one worker process of any Python, started again after a crash or a hang, which cost that one case only.

`run(cases, python)` is the driver, for `record.py` (real MXNet) and `refresh.py` (this package). Run as a script, this
file is the worker: cases as one JSON line on stdin, then one JSON line out for each event.
"""
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compat_tests.harness import Case

SCRIPT = Path(__file__).resolve()
ROOT = SCRIPT.parent.parent


@dataclasses.dataclass
class Run:
    """Entries by id (``store.entry_of``), messages of exceptions by id, and what was run."""

    entries: dict[str, dict] = dataclasses.field(default_factory=dict)
    messages: dict[str, str] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    real: bool = False


def run(
    cases: Iterable[Case], python: str, ours: bool, limit: int = 20, report: Callable[[str], None] = print
) -> Run:
    """Run the cases under ``python``: on this checkout's package if ``ours``, else on the ``mxnet`` installed there.

    Raises RuntimeError when the worker cannot even start (no mxnet there, say), with the end of its stderr.
    """
    left, done = {case.id: case for case in cases}, Run()
    while left:
        current, ended = _one_worker(left, done, python, ours, limit)
        if ended or not left:
            return done
        crashed = current or next(iter(left))
        report(f"{crashed}: the process ended")
        done.entries[crashed] = {"exception": "Crash"}
        del left[crashed]
    return done


def _one_worker(left: dict[str, Case], done: Run, python: str, ours: bool, limit: int) -> tuple[str | None, bool]:
    """Feed ``left`` to a new worker, taking off what it finishes: (the case it died in, whether it came to the end)."""
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH=str(ROOT) if ours else "")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        env["TMPDIR"] = folder
        command = [python, str(SCRIPT), str(limit)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=env, cwd=folder, text=True
        )
        with contextlib.suppress(BrokenPipeError):  # it ended before reading; what it said is reported below
            process.stdin.write(json.dumps([dataclasses.asdict(case) for case in left.values()]) + "\n")
            process.stdin.close()
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
        current, ended = None, False
        while True:
            try:
                line = lines.get(timeout=2 * limit + 10)
            except queue.Empty:  # hung in native code, where the worker's own alarm is not heard
                process.kill()
                break
            if not line:
                break
            event = json.loads(line)
            if "versions" in event:
                done.versions, done.real = event["versions"], event["real"]
            elif "start" in event:
                current = event["start"]
            elif "done" in event:
                done.entries[event["done"]] = event["entry"]
                done.messages[event["done"]] = event["message"]
                del left[event["done"]]
                current = None
            else:
                ended = True
        process.wait()
        if not done.versions:
            errors.seek(0)
            raise RuntimeError(f"{python} does not run cases:\n{errors.read().decode(errors='replace')[-2000:]}")
    return current, ended


def _pump(source: Iterable[str], lines: queue.Queue[str]) -> None:
    for line in source:
        lines.put(line)
    lines.put("")


def _work(limit: int) -> None:
    # the checkout goes last, so as not to hide an installed mxnet behind its own; `run` puts it first for ours
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != SCRIPT.parent] + [str(ROOT)]
    events = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what cases print must not mix with the events

    def send(**event):
        events.write(json.dumps(event) + "\n")

    import ctypes

    import numpy as np

    import mxnet as mx
    from compat_tests import harness, store

    versions = {"mxnet": mx.__version__, "numpy": np.__version__, "python": "%d.%d" % sys.version_info[:2]}
    send(versions=versions, real=isinstance(getattr(mx.base, "_LIB", None), ctypes.CDLL))
    for fields in json.loads(sys.stdin.readline()):
        send(start=fields["id"])
        outcome = harness.run_case(harness.Case(**fields), mx, limit)
        send(done=fields["id"], entry=store.entry_of(outcome), message=outcome.message[-600:])
    send(end=True)


if __name__ == "__main__":
    _work(int(sys.argv[1]))
