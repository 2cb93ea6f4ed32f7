"""Estimators and handlers of events as recorded from real MXNet."""
from ...part_cases import check, recorded


@recorded("estimator")
def test_estimator(group, expression, expected):
    check(group, expression, expected)
