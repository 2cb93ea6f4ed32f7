"""Tests of ``mxnet_compat.util``, ``runtime``, ``libinfo``, ``engine``, ``log`` and ``error``."""
from .module_cases import check, recorded


@recorded("util")
def test_as_recorded(expression, expected):
    check(expression, expected)
