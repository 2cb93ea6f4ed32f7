"""Tests of mxnet_compat.ops."""
