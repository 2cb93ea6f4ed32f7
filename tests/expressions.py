"""Replays what the recorders of expressions in ``compat_tests/recorded`` recorded of real MXNet; no tests live here."""
import importlib
import json
import math
from pathlib import Path

import pytest

from compat_tests.recorded import expressions

_FOLDER = Path(expressions.HERE)


def _agree(got, expected, rel, abs_):
    """Equal, where numbers may differ a little and an integer may stand for the float of its value."""
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return isinstance(got, (int, float)) and not isinstance(got, bool) and \
            math.isclose(got, expected, rel_tol=rel, abs_tol=abs_)
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and \
            all(_agree(a, b, rel, abs_) for a, b in zip(got, expected))
    if isinstance(expected, dict):
        return isinstance(got, dict) and list(got) == list(expected) and \
            all(_agree(got[k], expected[k], rel, abs_) for k in expected)
    return type(got) is type(expected) and got == expected


def suite(name, rel, abs_):
    """(a decorator that parametrizes a test over the expressions of a group, what checks one) for ``<name>.json``."""
    groups = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))["groups"]
    recorder = importlib.import_module(f"compat_tests.recorded.record_{name}")

    def recorded(group):
        cases = [(group, expression, expected) for expression, expected in groups[group]]
        return pytest.mark.parametrize(("group", "expression", "expected"), cases, ids=[c[1][:60] for c in cases])

    def check(group, expression, expected):
        got = expressions.replay(expression, recorder.SETUPS[group], recorder.encode)
        assert _agree(got, expected, rel, abs_), f"{expression}\n  real MXNet: {expected}\n  here:       {got}"
    return recorded, check
