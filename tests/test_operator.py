"""Operators of users, as recorded from real MXNet."""
from . import scripts_operator
from .scripts import replay


@replay("operator", scripts_operator.CASES)
def test_operator(case, check):
    check(case)
