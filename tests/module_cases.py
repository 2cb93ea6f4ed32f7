"""Replays what ``compat_tests/recorded/record_modules.py`` recorded of real MXNet; no tests live here."""
import importlib.util
import json
import math
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parent.parent / "compat_tests" / "recorded"
_RECORDED = json.loads((_FOLDER / "modules.json").read_text(encoding="utf-8"))
_SPEC = importlib.util.spec_from_file_location("record_modules", _FOLDER / "record_modules.py")
_RECORDER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_RECORDER)


def recorded(group):
    """A decorator that parametrizes a test over the expressions of a group and their outcomes."""
    pairs = _RECORDED["groups"][group]
    return pytest.mark.parametrize(("expression", "expected"), pairs, ids=[e[:60] for e, _ in pairs])


def agree(got, expected):
    """Equal, where numbers may differ by a millionth and an integer may stand for the float of its value."""
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return isinstance(got, (int, float)) and not isinstance(got, bool) and \
            math.isclose(got, expected, rel_tol=1e-6, abs_tol=1e-7)
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(agree, got, expected))
    if isinstance(expected, dict):
        return isinstance(got, dict) and list(got) == list(expected) and \
            all(agree(got[k], expected[k]) for k in expected)
    return type(got) is type(expected) and got == expected


def check(expression, expected):
    """AssertionError unless the outcome here is the recorded one."""
    got = _RECORDER.replay(expression, _RECORDED["setup"])
    assert agree(got, expected), f"{expression}\n  real MXNet: {expected}\n  here:       {got}"
