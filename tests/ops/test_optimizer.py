"""Optimizer operators: formulas in float64, what is written where, several weights at once."""
import numpy as np
import pytest

import mxnet_compat as mx

nd = mx.nd


def _arrays(n, dtype="float32", seed=0):
    rng = np.random.RandomState(seed)
    return [nd.array(rng.uniform(0.1, 1, (3, 4)), dtype=dtype) for _ in range(n)]


def _values(arrays):
    return [a.asnumpy().astype("float64") for a in arrays]


def _clip(g):
    return np.clip(g * 0.5, -0.3, 0.3)


COMMON = {"lr": 0.1, "wd": 0.01, "rescale_grad": 0.5, "clip_gradient": 0.3}


def _sgd_mom(w, g, m):
    m = 0.9 * m - 0.1 * (_clip(g) + 0.01 * w)
    return w + m, m


def _adam(w, g, m, v):
    d = np.clip(g * 0.5 + 0.01 * w, -0.3, 0.3)
    m, v = 0.9 * m + 0.1 * d, 0.999 * v + 0.001 * d * d
    return w - 0.1 * m / (np.sqrt(v) + 1e-8), m, v


def _rmsprop(w, g, n):
    d = np.clip(g * 0.5 + 0.01 * w, -0.3, 0.3)
    n = 0.95 * n + 0.05 * d * d
    return w - 0.1 * d / np.sqrt(n + 1e-8), n


def _signum(w, g, m):
    m = 0.9 * m - 0.1 * (_clip(g) + 0.01 * w)
    return w + 0.1 * np.sign(m), m


def _ftrl(w, g, z, n):
    d = _clip(g)
    grown = n + d * d
    z = z + d - (np.sqrt(grown) - np.sqrt(n)) * w / 0.1
    return np.where(np.abs(z) <= 0.01, 0, -(z - np.sign(z) * 0.01) / ((1 + np.sqrt(grown)) / 0.1 + 0.01)), z, grown


@pytest.mark.parametrize(("name", "formula", "states", "options"), [
    ("sgd_update", lambda w, g: (w - 0.1 * (_clip(g) + 0.01 * w),), 0, {}),
    ("sgd_mom_update", _sgd_mom, 1, {"momentum": 0.9}),
    ("adam_update", _adam, 2, {}),
    ("rmsprop_update", _rmsprop, 1, {}),
    ("signsgd_update", lambda w, g: (w * (1 - 0.1 * 0.01) - 0.1 * np.sign(g),), 0, {}),
    ("signum_update", _signum, 1, {"momentum": 0.9}),
    ("ftrl_update", _ftrl, 2, {}),
])
def test_formulas(name, formula, states, options):
    weight, *others = _arrays(2 + states)
    expected = formula(*_values([weight, *others]))
    y = getattr(nd, name)(weight, *others, **COMMON, **options, out=weight)
    assert y is weight
    for got, wanted in zip([weight, *others[1:]], expected):
        np.testing.assert_allclose(got.asnumpy(), wanted, rtol=2e-5, atol=1e-6)


def test_without_out_the_weight_stays():
    w, g, m = _arrays(3)
    before = w.asnumpy(), m.asnumpy()
    y = nd.sgd_mom_update(w, g, m, lr=0.1, momentum=0.9)
    np.testing.assert_array_equal(w.asnumpy(), before[0])
    assert (y.asnumpy() != before[0]).all() and (m.asnumpy() != before[1]).all()


@pytest.mark.parametrize("name", ["sgd", "sgd_mom", "nag_mom"])
def test_mixed_precision_follows_single_precision(name):
    w32, g, m = _arrays(3)
    w, g = w32.astype("float16"), g.astype("float16")
    states = [m] if "mom" in name else []
    options = {"momentum": 0.9} if states else {}
    single = [w32.copy(), g.astype("float32"), *[s.copy() for s in states]]
    getattr(nd, f"{name}_update")(*single, **COMMON, **options, out=single[0])
    getattr(nd, f"mp_{name}_update")(w, g, *states, w32, **COMMON, **options, out=w)
    np.testing.assert_array_equal(w32.asnumpy(), single[0].asnumpy())
    np.testing.assert_array_equal(w.asnumpy(), single[0].asnumpy().astype("float16"))


def test_several_weights_are_as_many_single_steps():
    arrays = _arrays(6)
    w, g, m = arrays[:2], arrays[2:4], arrays[4:]
    expected = []
    for k in range(2):
        state = m[k].copy()
        expected.append(nd.sgd_mom_update(w[k], g[k], state, lr=0.1 * (k + 1), wd=0.01, momentum=0.9).asnumpy())
    nd.multi_sgd_mom_update(w[0], g[0], m[0], w[1], g[1], m[1], lrs=(0.1, 0.2), wds=(0.01, 0.01), momentum=0.9,
                            num_weights=2, out=w)
    for a, b in zip(w, expected):
        np.testing.assert_array_equal(a.asnumpy(), b)
    with pytest.raises(mx.MXNetError, match="2 weights"):
        nd.multi_sgd_update(w[0], g[0], w[1], g[1], lrs=(0.1,), wds=(0.0, 0.0), num_weights=2)
    with pytest.raises(mx.MXNetError, match="arrays"):
        nd.multi_sgd_update(w[0], g[0], w[1], lrs=(0.1, 0.1), wds=(0.0, 0.0), num_weights=2)


def test_lamb_scales_by_the_trust_ratio():
    w, g, m, v = _arrays(4)
    direction = nd.lamb_update_phase1(w, g, m, v, t=2, wd=0.1)
    y = nd.lamb_update_phase2(w, direction, nd.array([4.]), nd.array([2.]), lr=0.1, upper_bound=3.0)
    np.testing.assert_allclose(y.asnumpy(), w.asnumpy() - 0.1 * 1.5 * direction.asnumpy(), rtol=1e-5)


def test_adamw_skips_a_step_whose_scale_is_not_finite():
    w, g, m, v = _arrays(4)
    before = [a.asnumpy() for a in (w, m, v)]
    for scale in (np.nan, np.inf, 0):
        nd._internal._adamw_update(w, g, m, v, nd.array([scale]), lr=0.1, eta=1.0, out=w)
    for a, b in zip((w, m, v), before):
        np.testing.assert_array_equal(a.asnumpy(), b)


def test_finiteness():
    fine, bad = nd.array([1, 2]), nd.array([np.nan, 1])
    assert nd.all_finite(fine).asnumpy().tolist() == [1] and nd.all_finite(bad).asnumpy().tolist() == [0]
    assert nd.multi_all_finite(fine, bad, num_arrays=2).asnumpy().tolist() == [0]
    out = nd.zeros(1)
    nd.all_finite(fine, init_output=False, out=out)
    assert out.asscalar() == 0


def test_amp_multicast_widens_or_narrows():
    a, b = nd.ones(2, dtype="float16"), nd.ones(2)
    assert [x.dtype for x in nd.amp_multicast(a, b, num_outputs=2)] == [np.float32] * 2
    assert [x.dtype for x in nd.amp_multicast(a, b, num_outputs=2, cast_narrow=True)] == [np.float16] * 2


def test_shapes_must_agree():
    with pytest.raises(mx.MXNetError, match="sgd_update"):
        nd.sgd_update(nd.ones(3), nd.ones(4), lr=0.1)
