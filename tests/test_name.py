"""Tests of ``mxnet_compat.name`` and ``attribute``."""
from .module_cases import check, recorded


@recorded("names")
def test_as_recorded(expression, expected):
    check(expression, expected)
