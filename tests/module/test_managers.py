"""Executor managers and groups against what real MXNet gave for the same scripts."""
from tests.module import scripts_managers
from tests.scripts import replay


@replay("managers", scripts_managers.CASES)
def test_as_recorded(case, check):
    check(case)
