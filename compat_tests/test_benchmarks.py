"""What the benchmarks time must run on this package (the texts of families.py: compile), and tables hold their sums."""
import importlib.util
import pathlib
import sys

import pytest


def _loaded(name):
    path = pathlib.Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)     # where named tuples look for their module
    spec.loader.exec_module(module)
    return module


_loaded("processes")     # which the others import
overhead, families = _loaded("overhead"), _loaded("families")


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


@pytest.mark.parametrize("family", families.FAMILIES)
def test_rows_of_a_family_compile(family):
    group = families.FAMILIES[family]
    names = [row.name for row in group.rows]
    assert len(set(names)) == len(names)
    for row in group.rows:
        for text in (group.mxnet, group.torch, row.mxnet, row.torch):
            compile(text, row.name, "exec")


def test_a_row_of_a_family_runs_and_is_timed():
    found = families.measure("ours", "Recurrent layers, 35 steps of 32 x 256", "GRU", processor=True)
    assert sorted(found["times"]) == ["GRU", "GRU, backward"] and all(t > 0 for t in found["times"].values())


def test_table_of_a_family_shows_the_least_and_ratios():
    names = [row.name for row in families.FAMILIES["LayerNorm, 4096 x 768"].rows]
    rounds = {"ours": [{"times": {names[0]: 2.0, names[1]: 5.0}}, {"times": {names[0]: 1.0, names[1]: 6.0}}],
              "real": [{"times": {names[0]: 3.0, names[1]: "KeyError: 1"}}] * 2}
    assert families.table("LayerNorm, 4096 x 768", rounds).splitlines() == [
        "| LayerNorm, 4096 x 768 | ours | MXNet | MXNet / ours |", "| --- | ---: | ---: | ---: |",
        f"| {names[0]} | 1.00 | 3.00 | 3.0 |", f"| {names[1]} | 5.00 | - | - |"]


hybrid = _loaded("hybrid")


def test_rows_of_hybridize_are_measured_and_shown():
    name = "MLP of 3 x 64, batch 32, step"
    found = hybrid.measure(name, wall=False)
    assert list(found["times"]) == [name] and all(t > 0 for t in found["times"][name])
    rounds = [{"times": {name: [4.0, 2.0]}}, {"times": {name: [3.0, 2.5]}}]
    lines = hybrid.table({"ours": rounds}, [name], {("ours", name, "hybridized"): {"grown": 7.2}}).splitlines()
    assert lines[0] == "| ms | ours, imperative | ours, hybridized | ours, gain | MB, ours, imperative | MB, ours, hybridized |"
    assert lines[2] == f"| {name} | 3 | 2 | 1.50 | - | 7 |"
