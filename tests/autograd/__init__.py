"""Tests of mxnet_compat.autograd."""
