"""Affine maps and products of matrices: conventions and what is refused."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.ops import registry, shapes

nd = mx.nd


def _array(*shape, dtype="float32"):
    return nd.array(np.random.RandomState(len(shape)).normal(size=shape), dtype=dtype)


@pytest.mark.parametrize("ta", [False, True])
@pytest.mark.parametrize("tb", [False, True])
def test_dot_contracts_last_with_first_axis_and_flags_move_blocks(ta, tb):
    a = _array(*((4, 2, 3) if ta else (2, 3, 4)))
    b = _array(*((5, 6, 4) if tb else (4, 5, 6)))
    y = nd.dot(a, b, transpose_a=ta, transpose_b=tb)
    expected = np.tensordot(a.asnumpy(), b.asnumpy(), axes=(0 if ta else 2, 2 if tb else 0))
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_dot_of_vectors_has_one_element():
    assert nd.dot(nd.array([1, 2, 3]), nd.array([4, 5, 6])).asnumpy().tolist() == [32]


@pytest.mark.parametrize("call", [
    lambda: nd.dot(_array(3), _array(3), transpose_a=True),
    lambda: nd.dot(_array(2, 3), _array(2, 3)),
    lambda: nd.batch_dot(_array(2, 3), _array(3, 2)),
    lambda: nd.batch_dot(_array(1, 2, 3), _array(2, 3, 2)),
    lambda: nd.dot(_array(2, 3, dtype="int32"), _array(3, 2, dtype="int32")),
    lambda: nd.dot(_array(2, 3), _array(3, 2), forward_stype="dense"),
    lambda: nd.FullyConnected(_array(2, 3), _array(4, 2), num_hidden=4, no_bias=True),
    lambda: nd.FullyConnected(_array(2, 3), _array(4, 3), _array(3), num_hidden=4),
    lambda: nd.FullyConnected(_array(2, 3), _array(4, 3), num_hidden=4),
    lambda: nd.FullyConnected(_array(2, 3), _array(4, 3), _array(4), num_hidden=4, no_bias=True),
    lambda: nd.FullyConnected(_array(2, 3), _array(4, 3), _array(4), num_hidden=0),
])
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(mx.MXNetError, match="dot|FullyConnected"):
        call()


def test_half_precision_is_computed_in_single():
    x, w = nd.ones((1, 4096), dtype="float16"), nd.ones((1, 4096), dtype="float16")
    y = nd.FullyConnected(x, w, num_hidden=1, no_bias=True)
    assert y.dtype == np.float16 and y.asscalar() == 4096


def test_weight_and_bias_are_inferred_from_data():
    op = registry.get("FullyConnected")
    params = op.parse({"num_hidden": 5})
    assert shapes.infer(op, [(2, 3, 4), None, None], params) == ([(2, 3, 4), (5, 12), (5,)], [(2, 5)])
    params = op.parse({"num_hidden": 5, "flatten": False, "no_bias": True})
    assert shapes.infer(op, [(2, 3, 4), None], params)[0][:2] == [(2, 3, 4), (5, 4)]
    with pytest.raises(ValueError, match="weight"):
        shapes.infer(op, [(2, 3), (5, 4), None], op.parse({"num_hidden": 5}))
