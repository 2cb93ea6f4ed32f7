"""Gradients of every row against finite differences to second order, and how they reach their buffers."""
import numpy as np

import mxnet_compat as mx
from mxnet_compat.selftest import gradcheck

from .conftest import Call


def test_against_finite_differences(row):
    gradcheck.check(row, mx.cpu())


def _gradients(call, req, times=1, seed=3):
    """Gradient buffers after ``times`` recorded backwards."""
    arrays = call.arrays()
    wanted = [k for k, n in enumerate(call.names)
              if n in call.row.get("grad", call.op.differentiable) and arrays[k] is not None]
    for k in wanted:
        arrays[k].attach_grad(req)
    rng = np.random.RandomState(seed)
    heads = None
    for _ in range(times):
        mx.random.seed(1)
        with mx.autograd.record(train_mode=call.row.get("train", False)):
            ys = [y for y in call.op.invoke(arrays, call.params) if np.dtype(y.dtype).kind == "f"]
        if heads is None:
            heads = [mx.nd.array(rng.normal(size=y.shape), dtype=y.dtype) for y in ys]
        mx.autograd.backward(ys, heads, train_mode=call.row.get("train", False))
    return [arrays[k].grad for k in wanted], [arrays[k] for k in wanted]


def test_write_add_and_null(row):
    call = Call(row, "float64")
    if not [n for n in row.get("grad", call.op.differentiable) if n in row["inputs"]]:
        return
    once, arrays = _gradients(call, "write")
    for g, x in zip(once, arrays):
        assert (g.shape, g.dtype, g.context) == (x.shape, x.dtype, x.context)
    for a, b in zip(_gradients(call, "write", 2)[0], once):
        np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())
    for a, b in zip(_gradients(call, "add", 2)[0], once):
        np.testing.assert_allclose(a.asnumpy(), 2 * b.asnumpy(), rtol=1e-12)
