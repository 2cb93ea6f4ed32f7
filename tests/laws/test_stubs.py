"""The committed type stubs are what the declarations give."""
import pathlib

import pytest

from mxnet_compat.ndarray import stubs

HERE = pathlib.Path(stubs.__file__).parent


@pytest.mark.parametrize("name", sorted(stubs.render()))
def test_current(name):
    assert (HERE / name).read_text() == stubs.render()[name], "run python -m mxnet_compat.ndarray.stubs"
