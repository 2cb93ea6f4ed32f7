"""A law: every operator gives on a GPU what it gives on the processor: results, gradients, and what it changes in place."""
import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet_compat.selftest import rows

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
