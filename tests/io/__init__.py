"""Tests of mxnet_compat.io."""
