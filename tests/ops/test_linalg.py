"""Linear algebra beyond the laws: symmetric inputs, factorizations put together again, refusals."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd

L = nd.linalg


@pytest.fixture
def spd():
    rng = np.random.RandomState(0)
    a = rng.normal(size=(2, 4, 4))
    return nd.array(a @ a.swapaxes(1, 2) + 4 * np.eye(4), dtype="float64")


def _slope(f, x, direction, step=1e-6):
    up, down = (f(nd.array(x.asnumpy() + s * step * direction, dtype="float64")).asnumpy() for s in (1, -1))
    return (up - down) / (2 * step)


@pytest.mark.parametrize("f", [lambda a: (L.potrf(a) * w(a)).sum(), lambda a: (L.potrf(a, lower=False) * w(a)).sum(),
                               lambda a: (L.syevd(a)[1] * nd.array([1.0, 2, 3, 4], dtype="float64")).sum(),
                               lambda a: (nd.abs(L.syevd(a)[0]) * w(a)).sum()],
                         ids=["potrf", "potrf-upper", "eigenvalues", "eigenvectors"])
def test_gradients_along_symmetric_directions(f, spd):
    rng = np.random.RandomState(1)
    d = rng.normal(size=spd.shape)
    d = d + d.swapaxes(1, 2)
    spd.attach_grad()
    with mx.autograd.record():
        y = f(spd)
    y.backward()
    assert (spd.grad.asnumpy() * d).sum() == pytest.approx(float(_slope(f, spd, d)[0]), rel=1e-5)


def w(a):
    return nd.array(np.random.RandomState(2).normal(size=a.shape), dtype="float64")


def test_factors_give_the_matrix(spd):
    low, up = L.potrf(spd), L.potrf(spd, lower=False)
    u, values = L.syevd(spd)
    for back in (L.gemm2(low, low, transpose_b=True), L.gemm2(up, up, transpose_a=True),
                 L.gemm2(u, L.gemm2(L.makediag(values), u), transpose_a=True)):
        np.testing.assert_allclose(back.asnumpy(), spd.asnumpy(), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(L.potri(low).asnumpy(), np.linalg.inv(spd.asnumpy()), rtol=1e-8)
    a = nd.array(np.random.RandomState(3).normal(size=(3, 5)), dtype="float64")
    q, lq = L.gelqf(a)
    np.testing.assert_allclose(L.gemm2(lq, q).asnumpy(), a.asnumpy(), atol=1e-12)
    np.testing.assert_allclose(L.gemm2(q, q, transpose_b=True).asnumpy(), np.eye(3), atol=1e-12)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: L.potrf(nd.array([[1.0, 2], [2, 1]])), "positive definite"),
    (lambda: L.inverse(nd.zeros((2, 2))), "singular"),
    (lambda: L.gemm2(nd.ones((2, 3, 4)), nd.ones((1, 4, 5))), "leading shape"),
    (lambda: L.gelqf(nd.ones((3, 2))), "rows"),
    (lambda: L.potrf(nd.ones((2, 3))), "square"),
    (lambda: L.gemm2(nd.ones((2, 2), dtype="float16"), nd.ones((2, 2), dtype="float16")), "float16"),
])
def test_refusals(call, words):
    with pytest.raises(mx.MXNetError, match=words):
        call()
