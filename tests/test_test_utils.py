"""Tests of ``mxnet_compat.test_utils``."""
from .module_cases import check, recorded


@recorded("test_utils")
def test_as_recorded(expression, expected):
    check(expression, expected)
