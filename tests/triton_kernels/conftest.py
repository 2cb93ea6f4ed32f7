"""Kernels are interpreted in the tests' own process; compiled ones are the business of a child (``child.py``)."""
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from . import child

# read when the first kernel is decorated, so before anything of the package is imported
os.environ["MXNET_COMPAT_GPU"] = "interpret"


@pytest.fixture(scope="session")
def apart():
    """``apart(f, *args)`` calls a function of ``child.py`` in a process where kernels are compiled."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), child.begin) as pool:
        yield lambda f, *args: pool.submit(f, *args).result()
