"""Tests of mxnet_compat.ndarray."""
