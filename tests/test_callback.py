"""Tests of ``mxnet_compat.callback``."""
from .module_cases import check, recorded


@recorded("callback")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)
