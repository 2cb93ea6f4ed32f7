"""Tests of ``mxnet_compat.callback``."""
from .module_cases import check, recorded


@recorded("callback")
def test_as_recorded(expression, expected):
    check(expression, expected)
