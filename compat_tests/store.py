"""The files: cases/<family>.json (inputs), recorded/<family>.json (what real MXNet gave), and the lists of exceptions.

Everything is text with one result a line, so that additions merge and a changed value shows in a diff. Reading is lazy
by family; values are exact (a float is its shortest text that reads back to the same bits).
"""
from __future__ import annotations

import fnmatch
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np

from compat_tests.harness import Case, Outcome

HERE = Path(__file__).parent
CASES, RECORDED = HERE / "cases", HERE / "recorded"
SIGNATURES, OPERATORS = RECORDED / "signatures.json", RECORDED / "operators.jsonl"
EXPECTED_FAILURES, DIFFERENCES = HERE / "expected_failures.txt", HERE / "differences.json"


def encode(value: np.ndarray) -> list:
    """An array as [dtype, shape, flat values], text as ["text", it].

    Raises TypeError for a dtype that would not read back exactly.
    """
    if value.dtype.kind in "US":
        return ["text", str(value)]
    if value.dtype.kind not in "biuf":
        raise TypeError(f"an array of {value.dtype} cannot be written exactly")
    flat = value.ravel()
    numbers = [float(str(v)) for v in flat] if value.dtype.kind == "f" else flat.tolist()
    return [value.dtype.name, list(value.shape), numbers]


def decode(coded: list) -> np.ndarray:
    """What ``encode`` was given."""
    if coded[0] == "text":
        return np.array(coded[1])
    dtype, shape, numbers = coded
    return np.array(numbers, dtype=dtype).reshape(shape)


def families() -> list[str]:
    return sorted(path.stem for path in CASES.glob("*.json"))


@functools.cache
def cases(family: str) -> dict[str, Case]:
    """The cases of a family by id, in the order of its file."""
    read = [_case_of(entry) for entry in json.loads((CASES / f"{family}.json").read_text())]
    return {case.id: case for case in read}


def all_cases() -> dict[str, Case]:
    return {case_id: case for family in families() for case_id, case in cases(family).items()}


def matching(pattern: str) -> list[Case]:
    """The cases whose id matches a shell pattern, or one of several separated by commas."""
    patterns = pattern.split(",")
    return [case for i, case in all_cases().items() if any(fnmatch.fnmatch(i, p) for p in patterns)]


def case(case_id: str) -> Case:
    return cases(case_id.split("/")[0])[case_id]


def _case_of(entry: dict[str, Any]) -> Case:
    entry = dict(entry)
    source = entry.pop("op", None)
    if source is None:
        lines = entry.pop("code")
        source = "\n".join([lines] if isinstance(lines, str) else lines)
    else:
        entry.setdefault("inputs", {})
    if "tol" in entry:
        entry["tol"] = tuple(entry["tol"])
    return Case(source=source, **entry)


@functools.cache
def recorded(family: str) -> dict[str, Outcome]:
    """What real MXNet gave for each case of a family, without its messages (they are its own prose)."""
    path = RECORDED / f"{family}.json"
    if not path.exists():
        return {}
    return {i: outcome_of(entry) for i, entry in json.loads(path.read_text())["cases"].items()}


def outcome_of(entry: dict[str, Any]) -> Outcome:
    if "exception" in entry:
        return Outcome(exception=entry["exception"])
    return Outcome(results={name: decode(coded) for name, coded in entry.items()})


def entry_of(outcome: Outcome) -> dict[str, Any]:
    if outcome.exception:
        return {"exception": outcome.exception}
    return {name: encode(outcome.results[name]) for name in sorted(outcome.results)}


def write_recorded(family: str, entries: dict[str, dict[str, Any]], versions: dict[str, str]) -> None:
    """Write recorded/<family>.json: ``entries`` by id, as ``entry_of`` makes them."""
    blocks = []
    for case_id in sorted(entries):
        lines = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in entries[case_id].items()]
        blocks.append(f"{json.dumps(case_id)}: {{\n" + ",\n".join(lines) + "}")
    text = f'{{"recorded_with": {json.dumps(versions)},\n"cases": {{\n' + ",\n".join(blocks) + "}}\n"
    (RECORDED / f"{family}.json").write_text(text)


def read_failures() -> dict[str, str]:
    """Cases that do not pass yet: id to reason."""
    lines = EXPECTED_FAILURES.read_text().splitlines() if EXPECTED_FAILURES.exists() else []
    pairs = [line.split(None, 1) for line in lines if line.strip() and not line.startswith("#")]
    return {case_id: reason for case_id, reason in pairs}


def write_failures(failures: dict[str, str]) -> None:
    header = (
        "# Recorded cases that do not agree with real MXNet yet: id, then what was seen. Strict: a listed case that\n"
        "# agrees fails the tests. Rewritten by `python -m compat_tests.refresh`; deliberate differences stand in\n"
        "# differences.json.\n"
    )
    width = max(map(len, failures), default=0)
    lines = [f"{i:{width}}  {' '.join(failures[i].split())[:150]}\n" for i in sorted(failures)]
    EXPECTED_FAILURES.write_text(header + "".join(lines))


@functools.cache
def differences() -> dict[str, dict[str, Any]]:
    """Cases where real MXNet is plainly broken and we differ: id to {"reason": ..., "expect": an entry}.

    The entry is ``{"exception": class}``, or those named results that replace the recorded ones.
    """
    return json.loads(DIFFERENCES.read_text()) if DIFFERENCES.exists() else {}


def expected(case_id: str) -> Outcome:
    """What this package should give: the recorded outcome, changed where ``differences`` says so.

    Raises KeyError for a case that was never recorded.
    """
    real = recorded(case_id.split("/")[0])[case_id]
    if case_id not in differences():
        return real
    ours = outcome_of(differences()[case_id]["expect"])
    if ours.exception:
        return ours
    return Outcome(results={**real.results, **ours.results})
