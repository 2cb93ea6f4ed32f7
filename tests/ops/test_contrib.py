"""The contrib namespace beyond the laws: conventions of real MXNet, refusals, what exists by name only."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.ops import missing
from mxnet_compat.ops.declare import registry

C = nd.contrib


def grad(f, *xs, head=None):
    for x in xs:
        x.attach_grad()
    with mx.autograd.record():
        y = f(*xs)
    y.backward(head)
    return [x.grad.asnumpy().tolist() for x in xs]


def test_straight_through_gradients():
    x = nd.array([-2.5, -.5, 0, 1.5])
    assert C.round_ste(x).asnumpy().tolist() == [-3, -1, 0, 2]
    assert C.sign_ste(x).asnumpy().tolist() == [-1, -1, 0, 1]
    for f in (C.round_ste, C.sign_ste):
        assert grad(f, x, head=nd.array([1, 2, 3, 4])) == [[1, 2, 3, 4]]
    assert grad(lambda a: C.gradientmultiplier(a, scalar=-.5), x) == [[-.5] * 4]


def test_integers_of_pointwise_operators():
    x = nd.array([[1, -2, 6]], dtype="int32")
    assert C.quadratic(x, a=2, b=3.7, c=1).asnumpy().tolist() == [[6, 1, 95]]
    assert C.div_sqrt_dim(nd.array([[4, 5, 0, 0, 9]], dtype="int32")).asnumpy().tolist() == [[2, 2, 0, 0, 4]]


def test_rows_that_are_copied_in():
    old, new = nd.zeros((3, 2)), nd.array([[1, 2], [3, 4]])
    assert C.index_copy(old, nd.array([2, 0]), new).asnumpy().tolist() == [[3, 4], [0, 0], [1, 2]]
    d_old, d_index, d_new = grad(C.index_copy, old, nd.array([2, 0]), new, head=nd.array([[1, 2], [3, 4], [5, 6]]))
    assert (d_old, d_index, d_new) == ([[0, 0], [3, 4], [0, 0]], [0, 0], [[5, 6], [1, 2]])
    for index in ([0, 3], [-1, 0], [0]):
        with pytest.raises(mx.MXNetError, match="index_vector"):
            C.index_copy(old, nd.array(index), new)


def test_masks_and_their_shapes():
    x = nd.array([[1, 2], [3, 4], [5, 6]])
    assert C.boolean_mask(x, nd.array([0, 2, .5])).asnumpy().tolist() == [[3, 4], [5, 6]]
    assert C.boolean_mask(x, nd.zeros(3)).shape == (0, 2)
    with pytest.raises(mx.MXNetError, match="axis"):
        C.boolean_mask(x, nd.ones(2), axis=1)
    y = mx.sym.contrib.boolean_mask(mx.sym.var("x"), mx.sym.var("m"))
    assert y.eval(x=x, m=nd.array([0, 1, 0]))[0].shape == (1, 2)


def test_positions():
    x = nd.zeros((2, 3))
    assert C.arange_like(x, axis=1, repeat=2).asnumpy().tolist() == [0, 0, 1]
    assert C.arange_like(x.astype("int32"), step=.5).asnumpy().tolist() == [[0] * 3] * 2      # the step is cut
    assert C.index_array(x, axes=(1, 0)).asnumpy()[1, 2].tolist() == [2, 1]
    with pytest.raises(mx.MXNetError, match="repeat"):
        C.arange_like(x, repeat=0)
    with pytest.raises(mx.MXNetError, match="axes"):
        C.index_array(x, axes=(2,))


def test_allclose_has_no_dimensions():
    x = nd.array([1, np.nan])
    assert C.allclose(x, x).shape == () and C.allclose(x, x).dtype == np.uint8
    assert C.allclose(x, x).asnumpy() == 1 and C.allclose(x, x, equal_nan=False).asnumpy() == 0


def test_attention_is_what_loops_give():
    rng = np.random.RandomState(0)
    t, b, h, d = 3, 2, 2, 4
    x = rng.normal(size=(t, b, h * 3 * d)).astype("float32")
    q, k, v = x.reshape(t, b, h, 3, d).transpose(3, 1, 2, 0, 4).reshape(3, b * h, t, d)
    scores = C.interleaved_matmul_selfatt_qk(nd.array(x), heads=h)
    np.testing.assert_allclose(scores.asnumpy(), q @ k.swapaxes(1, 2) / 2, rtol=1e-5)
    y = C.interleaved_matmul_selfatt_valatt(nd.array(x), scores, heads=h)
    np.testing.assert_allclose(y.asnumpy(), (scores.asnumpy() @ v).reshape(b, h, t, d).transpose(2, 0, 1, 3).reshape(t, b, -1),
                               rtol=1e-4, atol=1e-5)
    with pytest.raises(mx.MXNetError, match="queries_keys_values"):
        C.interleaved_matmul_selfatt_qk(nd.array(x), heads=5)
    with pytest.raises(mx.MXNetError, match="attention"):
        C.interleaved_matmul_encdec_valatt(nd.array(x), nd.zeros((5, 3, 3)), heads=2)


def test_likelihood_of_a_poisson_process():
    """Without excitation the rates are constant."""
    lda = nd.array([[2.0, 3.0]])
    ll, state = C.hawkesll(lda, nd.zeros(2), nd.ones(2), nd.zeros((1, 2)), nd.array([[1, 1, 1]]),
                           nd.array([[0, 1, 1]], dtype="int32"), nd.array([3]), nd.array([5]))
    assert ll.asscalar() == pytest.approx(np.log(2) + 2 * np.log(3) - 5 * 5, rel=1e-5)
    np.testing.assert_allclose(state.asnumpy(), [[np.exp(-4), np.exp(-3) + np.exp(-2)]], rtol=1e-5)


def test_marks_must_be_kinds():
    args = [nd.ones((1, 2)), nd.ones(2), nd.ones(2), nd.ones((1, 2)), nd.ones((1, 1)), None, nd.ones(1), nd.ones(1)]
    for marks, match in ((nd.ones((1, 1)), "int32"), (nd.array([[2]], dtype="int32"), "between")):
        args[5] = marks
        with pytest.raises(mx.MXNetError, match=match):
            C.hawkesll(*args)


@pytest.mark.parametrize("full", sorted(missing.names()))
def test_missing_operators_say_so(full):
    assert full not in registry
    space, name = ("contrib", full[9:]) if full.startswith("_contrib_") else ("_internal", full)
    for module in (getattr(mx.nd, space), getattr(mx.sym, space)):
        assert name in dir(module)
        with pytest.raises((NotImplementedError, mx.MXNetError), match=full):
            getattr(module, name)(1, key="value")
