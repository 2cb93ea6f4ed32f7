"""Tests of mxnet_compat.symbol."""
