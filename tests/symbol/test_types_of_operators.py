"""Of every operator: the types that a graph infers are those that a call on arrays has."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.symbol import compose, infer
from tests.laws.conftest import ROWS, Call

#: Rows by operator, but for operators that graphs do not show: gradients of sampling, and one without outputs.
BY_OPERATOR = {}
for _row in ROWS:
    if _row["op"] not in ("_psroi_rows", "_corner_rows", "reset_arrays"):
        BY_OPERATOR.setdefault(_row["op"], []).append(_row)


@pytest.mark.parametrize("name", sorted(BY_OPERATOR))
def test_inferred_types_are_the_real_ones(name):
    compared = 0
    for row in BY_OPERATOR[name]:
        for dtype in ("float32", "float64"):
            call = Call(row, dtype)
            try:
                arrays = call.arrays()
                real = [np.dtype(y.dtype) for y in call.run(arrays)]
            except mx.MXNetError:       # some take single precision only
                continue
            given = [(n, a) for n, a in zip(call.names, arrays) if a is not None]
            inputs = [mx.sym.Variable(f"input{k}") for k in range(len(given))]
            if call.op.variadic:
                s = compose.call(call.op, "n", tuple(inputs), dict(call.params))
            else:
                s = compose.call(call.op, "n", (), {**dict(zip((n for n, _ in given), inputs)), **call.params})
            node = s._outputs[0][0]
            found = infer.infer_types(s._outputs, {f"input{k}": a.dtype for k, (_, a) in enumerate(given)})
            assert [found.get((node, k)) for k in range(len(real))] == real, (row, dtype)
            compared += 1
    assert compared
