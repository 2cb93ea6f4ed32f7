"""Graphs with loops and conditions: the text that real MXNet writes, reading it, and what it gives."""
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx

FOLDER = Path(__file__).resolve().parent.parent / "recorded"
RECORDED = json.loads((FOLDER / "loops.json").read_text(encoding="utf-8"))
_spec = importlib.util.spec_from_file_location("record_loops", FOLDER / "record_loops.py")
recorder = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recorder)


def check_results(got, expected):
    assert [shape for shape, _ in got] == [shape for shape, _ in expected]
    for (_, a), (_, b) in zip(got, expected):
        np.testing.assert_allclose(a, b, rtol=2e-5)


@pytest.mark.parametrize("case", RECORDED)
def test_composed(case):
    expected = dict(RECORDED[case])
    got = recorder.outcome(case)
    if "results" in expected:
        check_results(got.pop("results"), expected.pop("results"))
    assert got == expected


@pytest.mark.parametrize("case", RECORDED)
def test_read(case):
    """What real MXNet wrote is read, is written again as it was, and gives the same."""
    expected = RECORDED[case]
    symbol = mx.sym.load_json(expected["json"])
    assert recorder.numbered_anew(symbol.tojson()) == expected["json"]
    assert symbol.list_arguments() == expected["arguments"] and symbol.list_outputs() == expected["outputs"]
    if "results" in expected:
        check_results(recorder.run(symbol, recorder.CASES[case][1]), expected["results"])


def test_every_case_is_recorded():
    assert list(RECORDED) == list(recorder.CASES)
