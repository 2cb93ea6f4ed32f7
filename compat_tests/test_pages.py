"""Generated files are current: the pages, the cases of the grids; and every operator that is there has recorded cases."""
import pytest

from compat_tests import grids, pages, since, store

UNRECORDED = {
    "_cvcopyMakeBorder", "_cvimresize",     # the recorded build has no OpenCV
    "_zeros_without_dtype",                 # no way to it from mx.nd
    "_image_random_color_jitter",           # real MXNet gives other results from run to run even where nothing is random
    "_scatter_minus_scalar", "_sparse_adagrad_update",  # recorded with the sparse arrays, in sparse_golden.json
}


@pytest.mark.parametrize("path, page", [(pages.OPERATORS, pages.operators_page), (pages.README, pages.readme_page)],
                         ids=lambda value: getattr(value, "name", ""))
def test_page_is_current(path, page):
    assert path.read_text() == page(), f"{path.name} is stale: python -m compat_tests.pages"


@pytest.mark.parametrize("family", sorted(grids.grids()))
def test_cases_of_the_grid_are_current(family):
    grid = grids.grids()[family]
    assert grids.path_of(family).read_text() == grids.text_of(grid), f"{family} is stale: python -m compat_tests.grids"


def test_every_case_file_of_a_grid_has_its_grid():
    assert {f for f in store.families() if f.startswith("grid_")} == grids.grids().keys()


def test_every_operator_that_is_there_has_recorded_cases():
    from mxnet_compat.ops import registry
    cases, without = pages.recorded(), set()
    for fact in pages.facts():
        names = (fact["name"], *fact.get("aliases", ()))
        if fact["name"] in registry.names() and not any(cases.get(c) for n in names for c in pages.called(n)):
            without.add(fact["name"])
    assert without <= UNRECORDED


def test_recorded_cases_are_as_many_as_promised():
    assert len(store.all_cases()) >= 2500


def test_versions():
    assert since.first_seen({"1.0": ["a"], "1.1": ["a", "b", "gone"], "1.2": ["a", "b"]}) == {"a": "1.0", "b": "1.1"}
    assert since.of_operator(["b", "a"], {"a": "1.0", "b": "0.12"}) == "0.12"
    assert since.of_operator(["c"], {"a": "1.0"}) == ""
    assert since.load()["since"]["Convolution"] == "0.9" and since.load()["since"]["LayerNorm"] == "1.2"
