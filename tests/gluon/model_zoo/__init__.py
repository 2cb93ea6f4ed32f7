"""Tests of mxnet_compat.gluon.model_zoo."""
