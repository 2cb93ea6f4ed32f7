"""Tests of mxnet_compat.image."""
