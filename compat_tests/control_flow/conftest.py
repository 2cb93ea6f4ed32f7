"""Every case starts with fresh automatic names; the cases use the public API only and run under real MXNet as well."""
import pytest

import mxnet as mx


@pytest.fixture(autouse=True)
def fresh_names():
    with mx.name.NameManager():
        yield
