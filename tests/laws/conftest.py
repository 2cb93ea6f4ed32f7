"""What the laws share: rows by readable ids, and one call of a row."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.ops import registry
from mxnet_compat.selftest import rows

ROWS = list(rows.load())


def row_id(row):
    """The operator, its family and parameters."""
    params = ",".join(f"{k}={v}" for k, v in row.get("params", {}).items())
    return f"{row['family']}:{row['op']}({params})"[:120]


class Call:
    """The inputs of one row as arrays, ready to be called as often as a law needs."""

    def __init__(self, row, dtype="float32"):
        self.row, self.op = row, registry.get(row["op"])
        self.params = row.get("params", {})
        rng = np.random.RandomState(row.get("seed", 7))
        self.values, self.names = [], []
        for i in self.op.inputs:
            spec = row["inputs"].get(i.name)
            made = None if spec is None else rows.make(spec, rng)
            many = made if isinstance(made, list) else [made]
            self.values += many
            self.names += [i.name] * len(many)
        self.dtype = dtype

    def arrays(self, dtype=None):
        """Fresh NDArrays of the row's values (None where an optional input is left out).

        Floating ones come in ``dtype``, but for those that the row says are always single.
        """
        dtype, single = dtype or self.dtype, self.row.get("single", ())
        return [None if v is None else
                mx.nd.array(v, dtype="float32" if n in single else dtype if v.dtype.kind == "f" else v.dtype)
                for n, v in zip(self.names, self.values)]

    def run(self, arrays=None, **params):
        """The visible outputs."""
        mx.random.seed(1)
        with mx.autograd.pause(train_mode=self.row.get("train", False)):
            return self.op.invoke(self.arrays() if arrays is None else arrays, {**self.params, **params})


@pytest.fixture(params=ROWS, ids=row_id)
def row(request):
    return request.param


@pytest.fixture
def call(row):
    return Call(row)
