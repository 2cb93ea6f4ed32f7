"""Tests of ``mxnet_compat.initializer``."""
from .module_cases import check, recorded


@recorded("initializer")
def test_as_recorded(expression, expected):
    check(expression, expected)
