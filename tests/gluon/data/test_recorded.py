"""Data sets, samplers, the loader and transforms as recorded from real MXNet."""
from ...part_cases import check, recorded


@recorded("data")
def test_data(group, expression, expected):
    check(group, expression, expected)


@recorded("transforms")
def test_transforms(group, expression, expected):
    check(group, expression, expected)
