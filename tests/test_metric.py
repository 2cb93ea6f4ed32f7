"""Tests of ``mxnet_compat.metric``."""
from .module_cases import check, recorded


@recorded("metric")
def test_as_recorded(expression, expected):
    check(expression, expected)
