"""Every operator's sample calls, with their gradients, by a plan and without."""
import numpy as np
import pytest

from mxnet import autograd, random
from mxnet_compat.plan import Plans
from tests.laws.conftest import ROWS, Call, row_id

#: Why a call may be without a plan.
_REASONS = ("shape depends on values", "without inputs", "sparse", "does not depend on the inputs",
            "an output is an input", "read-only")


def _run(function, call, arrays, wanted):
    train = call.row.get("train", False)
    for k in wanted:
        arrays[k].attach_grad()
    given = [a for a in arrays if a is not None]
    random.seed(1)
    with autograd.record(train_mode=train):
        ys = function(*given)
    heads = [y for y in ys if y._node is not None and np.dtype(y.dtype).kind == "f"]
    if wanted and heads:
        autograd.backward(heads, [y * 0.5 for y in heads], train_mode=train)
    return [y.asnumpy() for y in ys] + [arrays[k].grad.asnumpy() for k in wanted] + [a.asnumpy() for a in given]


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_same_by_plan(row):
    call = Call(row)
    if not any(v is not None for v in call.values):
        return
    there = [v is not None for v in call.values]

    def function(*given):
        given = iter(given)
        return call.op.invoke([next(given) if t else None for t in there], call.params)
    plans = Plans("call")
    wanted = [k for k, n in enumerate(call.names)
              if there[k] and n in row.get("grad", call.op.differentiable) and call.values[k].dtype.kind == "f"]
    for _ in range(3):
        expected = _run(function, call, call.arrays(), wanted)
        got = _run(lambda *given: plans(function, given), call, call.arrays(), wanted)
        for a, b in zip(got, expected):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
    if not any(plans.plans.values()):
        assert plans.reason is None or any(r in plans.reason for r in _REASONS), plans.reason
