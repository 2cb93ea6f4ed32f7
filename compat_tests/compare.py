"""Judges a result against the recorded one: names, shapes, dtypes, values within tolerance, classes of exceptions."""
from __future__ import annotations

import os

import numpy as np

from compat_tests.harness import Outcome

TOLERANCES = {"float16": (1e-2, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-6, 1e-8)}  # rtol, atol


def disagreements(want: Outcome, got: Outcome, tol: tuple[float, float] | None = None) -> list[str]:
    """Every way in which ``got`` is not ``want``, as short sentences; empty where they agree."""
    if want.exception or got.exception:
        if want.exception == got.exception:
            return []
        message = f": {got.message}" if got.message else ""
        return [f"{got.exception or 'no exception'}, not {want.exception or 'a result'}{message}"]
    found = []
    for name in sorted(want.results.keys() | got.results.keys()):
        if name not in got.results:
            found.append(f"{name}: absent")
        elif name not in want.results:
            found.append(f"{name}: not expected")
        elif problem := differ(want.results[name], got.results[name], tol):
            found.append(f"{name}: {problem}")
    return found


def differ(want: np.ndarray, got: np.ndarray, tol: tuple[float, float] | None = None) -> str:
    """What is different about ``got``, "" where it is close enough: text and integers must be equal, nan equals nan."""
    if got.shape != want.shape:
        return f"shape {got.shape}, not {want.shape}"
    if {got.dtype.kind, want.dtype.kind} & set("US"):
        return _differ_in_text(str(want), str(got))
    if got.dtype != want.dtype:
        return f"dtype {got.dtype}, not {want.dtype}"
    if want.dtype.kind != "f":
        wrong = want != got
        return f"{wrong.sum()} of {wrong.size} values differ" if wrong.any() else ""
    rtol, atol = tol or TOLERANCES[want.dtype.name]
    x, y = want.astype("float64"), got.astype("float64")
    wrong = ~np.isclose(y, x, rtol=rtol, atol=atol, equal_nan=True)
    if not wrong.any():
        return ""
    with np.errstate(invalid="ignore"):
        errors = np.abs(x - y)[wrong]
    worst = errors.max() if np.isfinite(errors).all() else np.inf
    return f"{wrong.sum()} of {wrong.size} values off, worst by {worst:.3g}"


def _differ_in_text(want: str, got: str) -> str:
    if got == want:
        return ""
    start = max(0, len(os.path.commonprefix([want, got])) - 20)  # long texts may be alike for pages
    shown = [("..." if start else "") + text[start : start + 100] for text in (got, want)]
    return f"{shown[0]!r}, not {shown[1]!r}"
