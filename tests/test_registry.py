"""Tests of ``mxnet_compat.registry``."""
from .module_cases import check, recorded


@recorded("registry")
def test_as_recorded(expression, expected):
    check(expression, expected)
