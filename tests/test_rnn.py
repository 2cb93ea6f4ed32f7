"""Recurrent cells of symbols, and sentences in buckets, as recorded from real MXNet."""
from .part_cases import check, recorded


@recorded("legacy cells")
def test_legacy_cells(group, expression, expected):
    check(group, expression, expected)


@recorded("sentences")
def test_sentences(group, expression, expected):
    check(group, expression, expected)
