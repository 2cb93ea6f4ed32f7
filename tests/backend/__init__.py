"""Tests of mxnet_compat.backend."""
