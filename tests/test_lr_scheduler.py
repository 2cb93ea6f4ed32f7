"""Tests of ``mxnet_compat.lr_scheduler``."""
from .module_cases import check, recorded


@recorded("lr_scheduler")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)
