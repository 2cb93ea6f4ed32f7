"""The texts that benchmarks/overhead.py times must run on this package, and its table must hold its arithmetic."""
import importlib.util
import pathlib

import pytest

PATH = pathlib.Path(__file__).parents[1] / "benchmarks" / "overhead.py"
SPEC = importlib.util.spec_from_file_location("overhead", PATH)
overhead = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(overhead)


@pytest.mark.parametrize("row", overhead.ROWS, ids=lambda row: row.name)
def test_row_runs(row):
    env = {}
    exec(overhead.SETUP["mxnet"] + row.mxnet_setup + "\n" + row.mxnet + "\nmx.nd.waitall()", env)


def test_table_shows_medians_ratios_and_rows_that_cannot_run():
    def rounds(*pairs):
        return [{"times": {"a": list(pair), "b": "KeyError: 'b'"}} for pair in pairs]

    results = {"ours": rounds((1, 2), (3, 4), (100, 100)), "real": rounds((5, 8)), "torch": rounds((2, 2))}
    lines = overhead.table(results, ["a", "b"]).splitlines()
    assert lines[0] == "| us a call | ours | MXNet, issued | MXNet | MXNet / ours | torch | torch / ours |"
    assert lines[2:] == ["| a | 4.00 | 5.00 | 8.00 | 2.0 | 2.00 | 0.5 |", "| b | - | - | - | - | - | - |"]
