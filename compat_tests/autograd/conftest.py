"""What the autograd cases share: each runs alone and from four threads at once, and must leave its thread's flags off.

The cases themselves use the public API only, so that they run under the real package as well.
"""

import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd


@pytest.fixture(autouse=True, params=[1, 4], ids=["alone", "4-threads"])
def thread_count(request):
    return request.param


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run the case in as many fresh threads as ``thread_count`` says, started together; report the first failure."""
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    count = pyfuncitem.funcargs["thread_count"]
    start_line, failures = threading.Barrier(count), []

    def run():
        try:
            start_line.wait(60)
            pyfuncitem.obj(**arguments)
            assert not autograd.is_recording() and not autograd.is_training(), "the case left a flag on"
        except BaseException as failure:  # also pytest's own outcomes, which are no Exceptions
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return True


@pytest.fixture
def leaf():
    """``leaf(values, **how)``: an array with a gradient attached."""

    def make(values, dtype="float32", **how):
        x = mx.nd.array(values, dtype=dtype)
        x.attach_grad(**how)
        return x

    return make


@pytest.fixture
def agree():
    """``agree(array, numbers)``: same shape, and equal within a few float32 roundings."""

    def check(actual, expected, rtol=2e-6, atol=1e-7):
        actual, expected = actual.asnumpy(), np.asarray(expected, "float64")
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)

    return check


@pytest.fixture
def flags():
    """``flags()``: (recording, training) of the calling thread."""
    return lambda: (autograd.is_recording(), autograd.is_training())
