"""Tests of ``mxnet_compat.registry``."""
from .module_cases import check, recorded


@recorded("registry")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)
