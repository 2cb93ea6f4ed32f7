"""Arrays large enough to be worked on in blocks, by several threads, or by other means give what numpy gives."""
import numpy as np
import pytest

import mxnet_compat as mx

nd = mx.nd
TYPES = ("float32", "float64", "float16", "int32", "uint8", "int64", "int8")


@pytest.fixture(scope="module", params=TYPES)
def pair(request):
    rng = np.random.RandomState(0)
    a = rng.randint(0 if request.param == "uint8" else -3, 5, (1000, 1100)).astype(request.param)
    b = np.roll(a, 5, 1)
    return a, b, nd.array(a, dtype=request.param), nd.array(b, dtype=request.param)


def test_choices_and_comparisons(pair):
    a, b, x, y = pair
    cases = [(nd.where(x > 1, x, y), np.where(a > 1, a, b)), (x > y, a > b), (x == y, a == b), (x > 1, a > 1),
             (2 > x, 2 > a), (nd.logical_and(x, y), np.logical_and(a, b)),
             (nd.broadcast_greater(x, y[:1]), a > b[:1]),
             (nd.broadcast_lesser_equal(x[:, :1], y), a[:, :1] <= b)]
    for got, want in cases:
        assert got.dtype == a.dtype and (got.asnumpy() == want.astype(a.dtype)).all()


def test_casts_and_transposes(pair):
    a, _, x, _ = pair
    assert (x.astype("float16").asnumpy() == a.astype("float16")).all()
    assert (x.astype("int32").asnumpy() == a.astype("int32")).all()
    assert (x.T.asnumpy() == a.T).all()
    turned = nd.transpose(x.reshape((20, 50, 1100)), axes=(1, 2, 0))
    assert (turned.asnumpy() == a.reshape(20, 50, 1100).transpose(1, 2, 0)).all()


def test_order(pair):
    a, _, x, _ = pair
    if a.dtype == "float16":
        with pytest.raises(mx.base.MXNetError, match="float16"):
            nd.sort(x)
        return
    assert (nd.sort(x).asnumpy() == np.sort(a, 1)).all()
    assert (nd.argsort(x).asnumpy() == np.argsort(a, 1, kind="stable")).all()
    assert (nd.argsort(x, axis=0, dtype="int32").asnumpy() == np.argsort(a, 0, kind="stable")).all()
    best = nd.topk(x, k=10, ret_typ="both")
    order = a.shape[1] - 1 - np.argsort(a[:, ::-1], 1, kind="stable")[:, ::-1][:, :10]
    assert (best[1].asnumpy() == order).all() and (best[0].asnumpy() == np.take_along_axis(a, order, 1)).all()


def test_special_values():
    x = nd.array(np.tile(np.float32([np.nan, np.inf, -np.inf, -0.0, 2]), 100_000))
    assert np.array_equal(nd.relu(x)[:5].asnumpy(), np.float32([np.nan, np.inf, 0, 0, 2]), equal_nan=True)
    assert (x > 1)[:5].asnumpy().tolist() == [0, 1, 0, 0, 1]
    kept = nd.where(x > 1, x, nd.array(np.full(500_000, np.nan)))[:5].asnumpy()
    assert np.array_equal(kept, np.float32([np.nan, np.inf, np.nan, np.nan, 2]), equal_nan=True)
    erf = nd.erf(nd.array(np.tile(np.float32([50, -50, 3.9, 0, 0.5]), 100_000)))[:5].asnumpy()
    assert np.allclose(erf, [1, -1, 1, 0, 0.5204999], atol=2e-7)


@pytest.mark.parametrize("name, states, more", [
    ("sgd_update", 0, {"wd": 0.1}), ("sgd_mom_update", 1, {"momentum": 0.9, "wd": 0.1}),
    ("nag_mom_update", 1, {"momentum": 0.9}),
    ("adam_update", 2, {"wd": 0.1}), ("rmsprop_update", 1, {"clip_weights": 0.5})])
def test_steps_are_those_of_small_arrays(name, states, more):
    rng = np.random.RandomState(1)
    arrays = [rng.rand(500_000).astype("float32") for _ in range(2 + states)]
    step = getattr(nd, name)
    large = [nd.array(a) for a in arrays]
    small = [nd.array(a[:1000]) for a in arrays]
    for group in (large, small):
        assert step(*group, lr=0.1, out=group[0], **more) is group[0]
    fresh = step(*[nd.array(a) for a in arrays], lr=0.1, **more)
    assert (fresh == large[0]).asnumpy().all()
    for x, y in zip(large, small):
        assert (x[:1000] == y).asnumpy().all()
