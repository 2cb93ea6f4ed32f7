"""Recurrent cells and layers as recorded from real MXNet."""
from ...part_cases import check, recorded


@recorded("cells")
def test_cells(group, expression, expected):
    check(group, expression, expected)


@recorded("unroll")
def test_unroll(group, expression, expected):
    check(group, expression, expected)


@recorded("layers")
def test_layers(group, expression, expected):
    check(group, expression, expected)


@recorded("contrib cells")
def test_contrib_cells(group, expression, expected):
    check(group, expression, expected)
