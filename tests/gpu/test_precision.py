"""MXNET_COMPAT_GPU_PRECISION is read once, so each value has a process of its own."""
import os
import subprocess
import sys

import pytest

TEXT = """
import mxnet as mx
a = mx.nd.ones((2, 3), ctx=mx.gpu(0))
assert mx.nd.dot(a, a.T).asnumpy().tolist() == [[3, 3], [3, 3]]
from triton_kernels import matmul
print(matmul.PRECISION)
"""


def _run(value):
    env = {**os.environ, "MXNET_COMPAT_GPU": "interpret", "MXNET_COMPAT_GPU_PRECISION": value}
    return subprocess.run([sys.executable, "-c", TEXT], env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(("value", "taken"), [("", "ieee"), ("ieee", "ieee"), ("tf32x3", "tf32x3")])
def test_what_is_taken(value, taken):
    done = _run(value)
    assert done.stdout.strip() == taken, done.stderr


def test_what_is_refused():
    done = _run("tf32")
    assert done.returncode and "must be ieee or tf32x3, not 'tf32'" in done.stderr
