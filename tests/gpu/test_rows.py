"""A law: every operator gives on a GPU what it gives on the processor: results, gradients, and what it changes in place."""
import importlib
import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet_compat.ops import registry as operators
from mxnet_compat.selftest import rows
from triton_kernels import registry

from . import ways

ROWS = list(rows.load())


def _name(k, row):
    return f"{row['family']}-{k}-{row['op']}"


@pytest.mark.parametrize("row", [pytest.param(row, id=_name(k, row)) for k, row in enumerate(ROWS)])
def test_row(row):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*computed on the host")
        want, got = ways.outcome(row, mx.cpu(0)), ways.outcome(row, mx.gpu(0))
    assert len(want) == len(got)
    for a, b in zip(want, got):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b.astype("f8"), a.astype("f8"), rtol=2e-4, atol=2e-5)


def test_the_table_of_ways_is_current():
    """``gpu_ways.json`` says how each operator is computed; ``python -m tests.gpu.ways`` writes it anew."""
    assert ways.measured() == ways.written()


@pytest.mark.parametrize("name", registry.replaced())
def test_stand_ins_stand_for_something(name):
    module, _, function = name.rpartition(".")
    assert callable(getattr(importlib.import_module(f"mxnet_compat.ops.{module}"), function))


@pytest.mark.parametrize("name", registry.names())
def test_implementations_are_of_operators(name):
    assert name in operators.names()
