"""Random numbers: seeds, shapes and types, moments of the distributions, multinomials, shuffles, integers."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

N = 40000


def moments(a):
    a = a.asnumpy().astype("float64")
    return a.mean(), a.std()


DRAWS = {
    "normal": (lambda **k: nd.random.normal(10.0, 2.0, **k), 10, 2),
    "randn": (lambda shape, **k: nd.random.randn(*shape, loc=10.0, scale=2.0, **k), 10, 2),
    "uniform": (lambda **k: nd.random.uniform(-2.0, 4.0, **k), 1, 6 / np.sqrt(12)),
    "gamma": (lambda **k: nd.random.gamma(9.0, 0.5, **k), 4.5, 1.5),
    "exponential": (lambda **k: nd.random.exponential(0.25, **k), 0.25, 0.25),
    "poisson": (lambda **k: nd.random.poisson(4.0, **k), 4, 2),
    "negative_binomial": (lambda **k: nd.random.negative_binomial(3, 0.4, **k), 4.5, np.sqrt(4.5 / 0.4)),
    "generalized": (lambda **k: nd.random.generalized_negative_binomial(2.0, 0.3, **k), 2, np.sqrt(2 + 0.3 * 4)),
}


@pytest.mark.parametrize("name", sorted(DRAWS))
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_moments(name, dtype):
    draw, mean, std = DRAWS[name]
    if name == "poisson" and dtype == "float16":
        dtype = "float32"
    a = draw(shape=(200, 200), dtype=dtype)
    assert a.shape == (200, 200) and a.dtype == np.dtype(dtype)
    got = moments(a)
    assert abs(got[0] - mean) < 5 * std / np.sqrt(N) + 0.01 * abs(mean)
    assert got[1] == pytest.approx(std, rel=0.05)


@pytest.mark.parametrize("name", sorted(DRAWS))
def test_seeds_repeat(name):
    draw = DRAWS[name][0]
    mx.random.seed(128)
    first = draw(shape=(10, 10)).asnumpy()
    other = draw(shape=(10, 10)).asnumpy()
    mx.random.seed(128)
    np.testing.assert_array_equal(first, draw(shape=(10, 10)).asnumpy())
    assert (first != other).any()


def test_seeds_of_one_context():
    mx.random.seed(1, ctx=mx.cpu(0))
    a = nd.random.uniform(shape=(20,), ctx=mx.cpu(0)).asnumpy()
    mx.random.seed(2, ctx=mx.cpu(0))
    b = nd.random.uniform(shape=(20,), ctx=mx.cpu(0)).asnumpy()
    mx.random.seed(1, ctx=mx.cpu(0))
    np.testing.assert_array_equal(a, nd.random.uniform(shape=(20,), ctx=mx.cpu(0)).asnumpy())
    assert (a != b).any()
    for wrong in ("text", None):
        with pytest.raises((ValueError, TypeError)):
            mx.random.seed(wrong)


def test_seeds_for_symbols():
    s = mx.sym.random.uniform(shape=(5,))
    ex = s.bind(mx.cpu(), {})
    seen = []
    for seed in (3, 4, 3):
        mx.random.seed(seed)
        seen.append(ex.forward()[0].asnumpy())
    np.testing.assert_array_equal(seen[0], seen[2])
    assert (seen[0] != seen[1]).any()


def test_parameters_that_are_arrays():
    low, high = nd.array([0, 10, -5]), nd.array([1, 20, 5])
    a = nd.random.uniform(low, high, shape=(10000,))
    assert a.shape == (3, 10000)
    np.testing.assert_allclose(a.asnumpy().mean(axis=1), [0.5, 15, 0], atol=0.3)
    assert (a.asnumpy() >= low.asnumpy()[:, None]).all() and (a.asnumpy() <= high.asnumpy()[:, None]).all()
    b = nd.random.normal(nd.array([[1, 100]]), nd.array([[0.1, 2]]), shape=(4, 2500))
    assert b.shape == (1, 2, 4, 2500)
    np.testing.assert_allclose(b.asnumpy().mean(axis=(2, 3)), [[1, 100]], atol=0.2)
    with pytest.raises((AssertionError, ValueError)):
        nd.random.uniform(low, 3.0)


def test_writing_into_an_array():
    out = nd.zeros((4, 5))
    result = nd.random.uniform(5, 6, out=out)
    assert result is out and (out.asnumpy() >= 5).all()
    like = nd.random.uniform_like(nd.ones((2, 3)), low=2, high=3)
    assert like.shape == (2, 3) and (like.asnumpy() >= 2).all()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float32", "float64"])
def test_multinomials(dtype):
    probs = nd.array([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]]) / 10
    a = nd.random.multinomial(probs, shape=20000, dtype=dtype)
    assert a.shape == (2, 20000) and a.dtype == np.dtype(dtype)
    for row, p in zip(a.asnumpy().astype(int), probs.asnumpy()):
        np.testing.assert_allclose(np.bincount(row, minlength=5) / 20000, p, atol=0.02)


def test_probabilities_of_what_was_drawn():
    probs = nd.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])
    probs.attach_grad()
    with mx.autograd.record():
        a, logs = nd.random.multinomial(probs, shape=4, get_prob=True)
    logs.backward()
    want = np.zeros((2, 3))
    for i in range(2):
        for k in a.asnumpy()[i]:
            want[i, k] += 1 / probs.asnumpy()[i, k]
    np.testing.assert_allclose(logs.asnumpy(), np.log(np.take_along_axis(probs.asnumpy(), a.asnumpy(), 1)), rtol=1e-4)
    np.testing.assert_allclose(probs.grad.asnumpy(), want, rtol=1e-4)
    assert nd.random.multinomial(nd.array([0, 0, 1])).asnumpy().tolist() in ([2], 2)


def test_shuffles():
    x = nd.arange(20).reshape((10, 2))
    seen = set()
    for _ in range(20):
        y = nd.random.shuffle(x).asnumpy()
        assert (y[:, 1] == y[:, 0] + 1).all() and sorted(y[:, 0]) == list(range(0, 20, 2))
        seen.add(tuple(y[:, 0]))
    assert len(seen) > 10
    assert sorted(nd.random.shuffle(nd.arange(100)).asnumpy()) == list(range(100))


def test_integers():
    a = nd.random.randint(-5, 10, shape=(100, 100))
    assert a.dtype == np.int32 and a.asnumpy().min() == -5 and a.asnumpy().max() == 9
    b = nd.random.randint(0, 2**40, shape=(50,), dtype="int64")
    assert b.dtype == np.int64 and b.asnumpy().max() > 2**31
    with pytest.raises(mx.MXNetError):
        nd.random.randint(0, 5, shape=(2,), dtype="float32").asnumpy()


def test_candidates_by_zipf():
    true = nd.array([3, 8])
    samples, expected_true, expected = nd.contrib.rand_zipfian(true, 4000, 20)
    p = np.log((np.arange(20) + 2) / (np.arange(20) + 1)) / np.log(21)
    np.testing.assert_allclose(expected_true.asnumpy(), p[[3, 8]] * 4000, rtol=1e-4)
    np.testing.assert_allclose(expected.asnumpy(), p[samples.asnumpy().astype(int)] * 4000, rtol=1e-4)
    np.testing.assert_allclose(np.bincount(samples.asnumpy().astype(int), minlength=20) / 4000, p, atol=0.03)


def test_dropout_keeps_its_share():
    x = nd.ones((200, 200))
    with mx.autograd.train_mode():
        y = nd.Dropout(x, p=0.3).asnumpy()
    assert abs((y == 0).mean() - 0.3) < 0.02
    np.testing.assert_allclose(y[y != 0], 1 / 0.7, rtol=1e-5)
    assert (nd.Dropout(x, p=0.3).asnumpy() == 1).all()
    with mx.autograd.train_mode():
        rows = nd.Dropout(x, p=0.5, axes=(1,)).asnumpy()
    assert ((rows == 0).all(axis=1) | (rows != 0).all(axis=1)).all()
