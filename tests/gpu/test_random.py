"""One stream for both devices, whatever is drawn in whatever order."""
import numpy as np
import pytest

import mxnet as mx
from triton_kernels.device import device
from triton_kernels.random import Generator


@pytest.mark.parametrize("seed", range(4))
def test_draws_leave_the_hosts_generator_where_it_would_be(seed):
    alone, beside = (np.random.Generator(np.random.Philox(key=seed)) for _ in range(2))
    g = Generator(beside, device())
    choice = np.random.RandomState(seed)
    for _ in range(25):
        n = int(choice.choice([1, 2, 3, 4, 5, 8, 13, 40]))
        draws = [lambda r, n=n: r.random(n), lambda r, n=n: r.random(n, np.float32), lambda r: r.random(),
                 lambda r, n=n: r.integers(0, 1 << 64, n, np.uint64), lambda r: r.permutation(5)]
        draw = draws[choice.randint(len(draws))]
        want, got = draw(alone), draw(g)
        np.testing.assert_array_equal(got.numpy() if hasattr(got, "device") and hasattr(got, "owner") else got, want)


@pytest.mark.parametrize("draw", [
    lambda ctx: mx.nd.random.uniform(-1, 2, shape=(3, 5), ctx=ctx), lambda ctx: mx.nd.random.normal(1, 2, shape=(7,), ctx=ctx),
    lambda ctx: mx.nd.random.randint(-5, 9, shape=(11,), ctx=ctx), lambda ctx: mx.nd.random.exponential(2, shape=(4,), ctx=ctx),
    lambda ctx: mx.nd.random.gamma(2, 1, shape=(4,), ctx=ctx), lambda ctx: mx.nd.random.poisson(3, shape=(4,), ctx=ctx),
    lambda ctx: mx.nd.random.multinomial(mx.nd.array([[0.1, 0.5, 0.4]], ctx=ctx), shape=6),
    lambda ctx: mx.nd.random.shuffle(mx.nd.arange(9, ctx=ctx))])
def test_a_seed_means_the_same_numbers(draw):
    values = []
    for ctx in (mx.cpu(0), mx.gpu(0)):
        mx.random.seed(11)
        values.append([draw(ctx).asnumpy() for _ in range(3)])
    np.testing.assert_allclose(values[1], values[0], rtol=1e-5, atol=1e-6)


def test_dropout_drops_the_same():
    x = mx.nd.ones((5, 7))
    kept = []
    for ctx in (mx.cpu(0), mx.gpu(0)):
        mx.random.seed(3)
        with mx.autograd.record():
            kept.append(mx.nd.Dropout(x.as_in_context(ctx), p=0.4).asnumpy())
    np.testing.assert_array_equal(kept[0], kept[1])
    assert 0 < (kept[0] == 0).sum() < 35
