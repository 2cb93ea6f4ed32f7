"""Replays what ``compat_tests/recorded/record_parts.py`` recorded of real MXNet; no tests live here."""
import importlib.util
import json
import math
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parent.parent / "compat_tests" / "recorded"
_RECORDED = json.loads((_FOLDER / "parts.json").read_text(encoding="utf-8"))
_SPEC = importlib.util.spec_from_file_location("record_parts", _FOLDER / "record_parts.py")
_RECORDER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_RECORDER)


def recorded(group):
    """A decorator that parametrizes a test over the expressions of a group and their outcomes."""
    cases = [(group, expression, expected) for expression, expected in _RECORDED["groups"][group]]
    return pytest.mark.parametrize(("group", "expression", "expected"), cases, ids=[c[1][:60] for c in cases])


def agree(got, expected):
    """Equal, where numbers are float32 results kept to six digits."""
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return isinstance(got, (int, float)) and not isinstance(got, bool) and \
            math.isclose(got, expected, rel_tol=2e-5, abs_tol=2e-6)
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(agree, got, expected))
    if isinstance(expected, dict):
        return isinstance(got, dict) and list(got) == list(expected) and \
            all(agree(got[k], expected[k]) for k in expected)
    return type(got) is type(expected) and got == expected


def check(group, expression, expected):
    """AssertionError unless the outcome here is the recorded one."""
    got = _RECORDER.replay(expression, _RECORDED["setups"][group])
    assert agree(got, expected), f"{expression}\n  real MXNet: {expected}\n  here:       {got}"
