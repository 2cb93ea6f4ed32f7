"""What the cases of training share. They use the public API only and run under real MXNet as well."""

import numpy as np
import pytest

import mxnet as mx


@pytest.fixture(autouse=True)
def fresh_names():
    mx.random.seed(11)
    np.random.seed(11)
    with mx.name.NameManager():
        yield


@pytest.fixture
def agree():
    """Compare an array with what is expected."""

    def check(got, want, rtol=1e-4, atol=1e-5):
        got = got.asnumpy() if hasattr(got, "asnumpy") else np.asarray(got)
        want = want.asnumpy() if hasattr(want, "asnumpy") else np.asarray(want)
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)

    return check
