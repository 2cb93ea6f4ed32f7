"""Writes `recorded/` again from real MXNet: `python -m compat_tests.record --python PYTHON [--only PATTERN] [--check]`.

PYTHON is an interpreter of Python 3.10 with numpy 1.23.5 and mxnet 1.9.1 installed; this command itself needs only
numpy. After adding cases, run it with --only and commit what it wrote. With --check nothing is written: it says what
differs from the stored files and exits with 1 if anything does.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from compat_tests import compare, isolate, store


def record_values(python: str, pattern: str, check: bool) -> list[str]:
    """Run the cases on real MXNet and store (or compare) their outcomes; returns what differs from the stored ones."""
    run = isolate.run(store.matching(pattern), python, ours=False)
    if not run.real:
        raise SystemExit(f"{python} does not have the real MXNet but {run.versions}")
    changed = []
    for family in sorted({i.split("/")[0] for i in run.entries}):
        old = {i: store.entry_of(o) for i, o in store.recorded(family).items()}
        new = {i: e for i, e in run.entries.items() if i.split("/")[0] == family}
        changed += [f"{i}: {_change(old.get(i), e)}" for i, e in new.items() if not _same(old.get(i), e)]
        if not check:
            kept = {i: e for i, e in old.items() if i in store.cases(family)}
            store.write_recorded(family, {**kept, **new}, run.versions)
    return changed


def _same(old: dict | None, new: dict) -> bool:
    return json.dumps(old) == json.dumps(new)  # as text: nan equals nan, and 0.0 is not -0.0


def _change(old: dict | None, new: dict) -> str:
    if old is None:
        return "new"
    found = compare.disagreements(store.outcome_of(old), store.outcome_of(new))
    return "; ".join(found) or "changed within the tolerance"


def record_facts(python: str, check: bool) -> list[str]:
    """Store (or compare) recorded/signatures.json and recorded/operators.jsonl; returns what differs."""
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH="")
    script = Path(__file__).with_name("signatures.py")
    printed = subprocess.run([python, str(script)], env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
    facts = json.loads(printed)
    modules = []
    for module, functions in facts["signatures"].items():
        lines = [f" {json.dumps(name)}: {json.dumps(text)}" for name, text in functions.items()]
        modules.append(f"{json.dumps(module)}: {{\n" + ",\n".join(lines) + "}")
    texts = {
        store.SIGNATURES: "{\n" + ",\n".join(modules) + "}\n",
        store.OPERATORS: "".join(json.dumps(entry) + "\n" for entry in facts["operators"]),
    }
    changed = [f"{path.name}: changed" for path, text in texts.items() if not path.exists() or path.read_text() != text]
    if not check:
        for path, text in texts.items():
            path.write_text(text)
    return changed


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="compat_tests.record", description=__doc__.split("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="an interpreter with real MXNet 1.9.1")
    parser.add_argument("--only", default="*", help="shell pattern on case ids; signatures are then left alone")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where anything differs")
    args = parser.parse_args(argv)
    changed = record_values(args.python, args.only, args.check)
    if args.only == "*":
        changed += record_facts(args.python, args.check)
    print("\n".join([*changed, f"{len(changed)} differences from the stored results"]))
    return 1 if args.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
