"""Tests of mxnet_compat.gluon."""
