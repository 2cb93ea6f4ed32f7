"""Random operators: moments, seeds, shapes and types, densities, what is refused."""
import math

import numpy as np
import pytest

import mxnet_compat as mx

nd, ag = mx.nd, mx.autograd

# call, mean, variance
MOMENTS = {
    "uniform": (lambda **k: nd.random.uniform(-1, 3, **k), 1, 16 / 12),
    "normal": (lambda **k: nd.random.normal(2, 3, **k), 2, 9),
    "gamma": (lambda **k: nd.random.gamma(2, 1.5, **k), 3, 4.5),
    "exponential": (lambda **k: nd.random.exponential(2, **k), 2, 4),
    "poisson": (lambda **k: nd.random.poisson(4, **k), 4, 4),
    "negative_binomial": (lambda **k: nd.random.negative_binomial(3, 0.4, **k), 4.5, 11.25),
    "generalized_negative_binomial": (lambda **k: nd.random.generalized_negative_binomial(2, 0.5, **k), 2, 4),
    "randint": (lambda **k: nd.random.randint(-2, 5, **k), 1, 4),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments(name):
    mx.random.seed(11)
    draw, mean, variance = MOMENTS[name]
    x = draw(shape=(200, 500)).asnumpy().astype("float64")
    deviation = math.sqrt(variance)
    assert abs(x.mean() - mean) < 5 * deviation / math.sqrt(x.size)
    assert abs(x.var() / variance - 1) < 0.05


@pytest.mark.parametrize("name", MOMENTS)
def test_a_seed_repeats_the_draws_and_numpys_does_not_matter(name):
    draw = MOMENTS[name][0]
    mx.random.seed(5)
    first, second = draw(shape=20).asnumpy(), draw(shape=20).asnumpy()
    mx.random.seed(5)
    np.random.seed(1)
    np.testing.assert_array_equal(draw(shape=20).asnumpy(), first)
    assert (first != second).any()


def test_shapes_and_types():
    assert nd.random.uniform().shape == (1,) and nd.random.uniform().dtype == np.float32
    assert nd.random.normal(shape=(2, 3), dtype="float64").dtype == np.float64
    assert nd.random.randint(0, 5).dtype == np.int32
    assert nd.random.randn(2, 3, loc=100, scale=0.1).asnumpy().min() > 90
    rows = nd.random.normal(nd.array([0, 100]), nd.array([1, 1]), shape=(3, 2))
    assert rows.shape == (2, 3, 2) and rows.asnumpy()[1].min() > 50
    out = nd.zeros((2, 2))
    assert nd.random.uniform(1, 2, out=out) is out and out.asnumpy().min() >= 1
    assert nd.random.uniform_like(nd.ones((2, 3), dtype="float16")).dtype == np.float16


@pytest.mark.parametrize(("call", "error"), [
    (lambda: nd.random.uniform(nd.array([0.]), 1), AssertionError),
    (lambda: nd.random.uniform(0, nd.array([1.])), AssertionError),
    (lambda: nd.random.uniform("0", 1), ValueError),
    (lambda: nd.random.uniform(1, 0), mx.MXNetError),
    (lambda: nd.random.normal(0, -1), mx.MXNetError),
    (lambda: nd.random.poisson(-1), mx.MXNetError),
    (lambda: nd.random.randint(5, 5), mx.MXNetError),
    (lambda: nd.random.uniform(shape=(2, 0)), mx.MXNetError),
    (lambda: nd.random.uniform(dtype="int32"), mx.MXNetError),
    (lambda: mx.random.seed("x"), ValueError),
])
def test_what_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_multinomial_draws_by_probability_and_tells_its_logarithm():
    mx.random.seed(2)
    p = nd.array([[.2, .8], [1, 0]])
    x, log_p = nd.random.multinomial(p, shape=5000, get_prob=True)
    assert x.shape == log_p.shape == (2, 5000) and x.dtype == np.int32
    assert abs(x.asnumpy()[0].mean() - .8) < .03 and (x.asnumpy()[1] == 0).all()
    np.testing.assert_allclose(log_p.asnumpy()[0], np.log(np.where(x.asnumpy()[0], .8, .2)), rtol=1e-5)


def test_the_likelihood_of_a_draw_has_a_gradient():
    p = nd.array([.2, .3, .5])
    p.attach_grad()
    with ag.record():
        x, log_p = nd.random.multinomial(p, shape=100, get_prob=True)
    log_p.backward()
    counts = np.bincount(x.asnumpy(), minlength=3)
    np.testing.assert_allclose(p.grad.asnumpy(), counts / p.asnumpy(), rtol=1e-5)


def test_shuffle_permutes_rows():
    x = nd.array(np.arange(300).reshape(100, 3))
    y = nd.random.shuffle(x).asnumpy()
    assert (y != x.asnumpy()).any() and (np.sort(y, 0) == x.asnumpy()).all() and (np.diff(y, axis=1) == 1).all()


def test_densities():
    x = nd.array([[0.5, 1.5]])
    y = nd.random_pdf_normal(x, nd.array([1.]), nd.array([2.])).asnumpy()
    np.testing.assert_allclose(y, np.exp(-0.5 * 0.25 ** 2) / (2 * math.sqrt(2 * math.pi)), rtol=1e-6)
    k = nd.array([[0, 1, 4]])
    y = nd.random_pdf_poisson(k, nd.array([2.5]), is_log=True).asnumpy()
    np.testing.assert_allclose(y, [[n * math.log(2.5) - 2.5 - math.lgamma(n + 1) for n in (0, 1, 4)]], rtol=1e-5)


def test_unique_zipfian_draws_do_not_repeat():
    x, tries = nd._internal._sample_unique_zipfian(50, shape=(2, 20))
    assert x.shape == (2, 20) and tries.shape == (2,)
    assert all(len(set(row)) == 20 for row in x.asnumpy().tolist()) and (tries.asnumpy() >= 20).all()
