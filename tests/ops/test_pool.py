"""Pooling and resizing: what windows see at the edges, ties, nan, errors."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd, nd
from mxnet_compat.backend import parallel
from mxnet_compat.base import MXNetError
from mxnet_compat.ops.nn import maxima, pool, windows


def gradient(f, x):
    x.attach_grad()
    with autograd.record():
        y = f(x)
    y.backward()
    return y.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("kind", ["max", "avg", "sum"])
def test_planes_side_by_side(kind, monkeypatch):
    x = nd.array(np.random.RandomState(0).randint(0, 5, (3, 4, 9, 8)))
    setting = {"kernel": (3, 2), "stride": (2, 1), "pad": (1, 1), "pool_type": kind}
    expected = gradient(lambda a: nd.Pooling(a, **setting), x)
    monkeypatch.setattr(parallel, "SMALL", 0)
    monkeypatch.setattr(parallel, "_count", 3)
    monkeypatch.setattr(windows, "_BLOCK", 100)
    for a, b in zip(gradient(lambda a: nd.Pooling(a, **setting), x), expected):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("seed", range(75))
def test_windows_by_definition(seed, monkeypatch):
    r = np.random.RandomState(seed)
    n = r.randint(1, 4)
    shape, kernel, stride = (tuple(r.randint(1, high, n).tolist()) for high in (12, 7, 5))
    kernel = tuple(min(k, s) for k, s in zip(kernel, shape))
    pad = tuple(r.randint(0, k) for k in kernel)
    if seed >= 60:      # windows side by side
        stride = kernel = tuple(r.randint(1, 4, 2).tolist())
        shape, pad = tuple(k * r.randint(1, 5) for k in kernel), (0, 0)
    axes = pool._axes(shape, kernel, stride, pad, False, ["valid", "full"][r.randint(2)])
    monkeypatch.setattr(windows, "_BLOCK", int(r.choice([100, 1 << 18])))
    monkeypatch.setattr(windows, "_WIDE", int(r.choice([1, 24])))
    monkeypatch.setattr(maxima, "_MANY", int(r.choice([4, 16])))
    x = r.randint(-2, 3, (5, *shape)).astype(["f", "d"][r.randint(2)])
    if seed % 3 == 0:
        x[r.rand(*x.shape) < 0.2] = np.nan
        x[r.rand(*x.shape) < 0.2] = -np.inf
    lowest = np.finfo(x.dtype).min
    out = tuple(a[4] for a in axes)
    sums, most, spread, put = np.zeros((5, *out)), np.full((5, *out), lowest), np.zeros(x.shape), np.zeros(x.shape)
    dy = r.randint(-9, 10, (5, *out)).astype(x.dtype)
    for p, *o in np.ndindex(5, *out):
        inside = [slice(max(0, i * s - b), max(0, i * s - b + k)) for i, (_, k, s, b, _) in zip(o, axes)]
        part = x[(p, *inside)]
        sums[(p, *o)] = part.sum()
        spread[(p, *inside)] += dy[(p, *o)]
        most[(p, *o)] = np.fmax.reduce(part.ravel(), initial=lowest)
        first = np.argwhere(part == most[(p, *o)])
        if len(first):
            put[(p, *(i.start + j for i, j in zip(inside, first[0])))] += dy[(p, *o)]
    found = windows.largest(x, axes, lowest)
    np.testing.assert_array_equal(found, most)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(windows.sums(x, axes), sums)
        np.testing.assert_array_equal(windows.sums(x, axes, x.dtype.type(2)), sums / 2)
    np.testing.assert_array_equal(windows.spread_sums(dy, axes), spread)
    np.testing.assert_array_equal(maxima.put(dy, x, found, axes), put)
    v = r.randint(-9, 10, x.shape).astype(x.dtype)
    assert (maxima.pick(v, x, found, axes) * dy).sum() == (put * v).sum()


def test_values_that_are_not_finite_stay_at_the_maximum():
    x = nd.array([[[[1, 2, 3, 0], [0, 1, 1, 5]]]])
    x.attach_grad()
    with autograd.record():
        y = nd.Pooling(x, kernel=(2, 2), stride=(1, 1))
    y.backward(nd.array([[[[np.inf, np.nan, 1]]]]))
    g = x.grad.asnumpy()[0, 0]
    assert g[0, 1] == np.inf and np.isnan(g[0, 2]) and g[1, 3] == 1 and g[1, :3].tolist() == [0, 0, 0] and g[0, 0] == 0


def test_windows_beyond_the_data():
    x = nd.array([[[1, 2, 3]]])
    where = {"kernel": (2,), "stride": (2,), "pad": (1,), "pooling_convention": "full"}
    assert nd.Pooling(x, **where).asnumpy().tolist() == [[[1, 3, np.finfo("f").min]]]
    assert nd.Pooling(x, pool_type="sum", **where).asnumpy().tolist() == [[[1, 5, 0]]]
    assert nd.Pooling(x, pool_type="avg", **where).asnumpy().tolist() == [[[0.5, 2.5, 0]]]
    assert nd.Pooling(x, pool_type="avg", count_include_pad=False, **where).asnumpy().tolist() == [[[1, 2.5, 0]]]


@pytest.mark.parametrize("kind, expected", [("max", [2, 5, 6]), ("sum", [3, 12, 6]), ("avg", [1, 4, 6])])
def test_same_convention_starts_at_the_first_element(kind, expected):
    y = nd.Pooling(nd.arange(7).reshape((1, 1, 7)), kernel=(3,), stride=(3,), pooling_convention="same", pool_type=kind)
    assert y.asnumpy().ravel().tolist() == expected


def test_nan_is_passed_over():
    x = nd.array([[[[1, np.nan, 2], [-np.inf, -np.inf, np.inf], [3, np.nan, 0]]]])
    assert nd.Pooling(x, kernel=(2, 2)).asnumpy().tolist() == [[[[1, np.inf], [3, np.inf]]]]
    y, g = gradient(lambda a: nd.Pooling(a, kernel=(1, 1)), x)
    assert y[0, 0, 0, 1] == np.finfo("f").min
    assert g[0, 0].tolist() == [[1, 0, 1], [0, 0, 1], [1, 0, 1]]


def test_ties():
    x = nd.array([[[[1, 2, 2], [2, 1, 2], [2, 2, 2]]]])
    assert gradient(lambda a: nd.Pooling(a, kernel=(2, 2)), x)[1][0, 0].tolist() == [[0, 2, 0], [1, 0, 1], [0, 0, 0]]
    assert gradient(lambda a: nd.Pooling(a, global_pool=True), x)[1][0, 0].tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    _, g = gradient(lambda a: nd.Pooling_v1(a, kernel=(2, 2)), x)
    assert g[0, 0].tolist() == [[0, 2, 1], [2, 0, 2], [1, 2, 1]]


def test_older_pooling_has_zeros_around_the_data():
    x = nd.array([[[[-1, -2], [-2, -3]]]])
    y, g = gradient(lambda a: nd.Pooling_v1(a, kernel=(2, 2), pad=(1, 1)), x)
    assert y[0, 0].tolist() == [[0, 0, 0], [0, -1, 0], [0, 0, 0]]
    assert g[0, 0].tolist() == [[1, 0], [0, 0]]
    y = nd.Pooling_v1(x, kernel=(2, 2), pad=(1, 1), stride=(2, 2), pool_type="avg")
    assert y.asnumpy()[0, 0].tolist() == [[-0.25, -0.5], [-0.5, -0.75]]


@pytest.mark.parametrize("p", [2, 3])
def test_norms_of_zeros_have_no_gradient(p):
    y, g = gradient(lambda a: nd.Pooling(a, kernel=(2,), pool_type="lp", p_value=p), nd.zeros((1, 1, 4)))
    assert (y == 0).all() and (g == 0).all()


@pytest.mark.parametrize("shape, params, word", [
    ((2, 3, 7, 8), {}, "kernel"), ((2, 3, 7, 8), {"kernel": (2,)}, "dimensions"),
    ((2, 3, 7, 8), {"kernel": (9, 9)}, "exceeds"), ((2, 3, 7, 8), {"kernel": (2, 2), "pad": (2, 2)}, "pad"),
    ((2, 3, 7, 8), {"kernel": (2, 2), "stride": (2,)}, "stride"), ((3, 3), {"kernel": (2,)}, "dimensions"),
    ((2, 3, 7, 8), {"kernel": (2, 2), "layout": "NCW"}, "layout"),
    ((2, 3, 7, 8), {"kernel": (2, 2), "pooling_convention": "same"}, "same"),
    ((2, 3, 7, 8), {"kernel": (2, 2), "pool_type": "lp"}, "p_value"),
    ((2, 3, 7, 8), {"kernel": (2, 2), "pool_type": "lp", "p_value": 4}, "p_value"),
])
def test_refused(shape, params, word):
    with pytest.raises(MXNetError, match=f"(?s)Pooling.*{word}"):
        nd.Pooling(nd.ones(shape), **params)


def test_integers_are_refused():
    with pytest.raises(MXNetError, match="int32"):
        nd.Pooling(nd.ones((1, 1, 4, 4), dtype="int32"), kernel=(2, 2))


def test_inference():
    d = mx.sym.Variable("d")
    s = mx.sym.Pooling(d, kernel=(3, 3), stride=(2, 2), pooling_convention="full")
    assert s.infer_shape(d=(2, 3, 8, 9))[1] == [(2, 3, 4, 4)]
    w = mx.sym.Variable("w")
    s = mx.sym.UpSampling(d, w, scale=2, sample_type="bilinear", num_filter=3)
    assert s.infer_shape(d=(2, 3, 4, 5)) == ([(2, 3, 4, 5), (3, 1, 4, 4)], [(2, 3, 8, 10)], [])


def test_upsampling_brings_all_inputs_to_one_size():
    x, y = nd.ones((1, 2, 2, 3)), nd.ones((1, 1, 4, 6)) * 2
    z = nd.UpSampling(x, y, scale=2, sample_type="nearest", num_args=2)
    assert z.shape == (1, 3, 4, 6) and (z.asnumpy()[:, 2] == 2).all()
    with pytest.raises(MXNetError, match="scale"):
        nd.UpSampling(x, nd.ones((1, 1, 3, 3)), scale=2, sample_type="nearest", num_args=2)
    with pytest.raises(MXNetError, match="num_filter"):
        nd.UpSampling(x, y, scale=2, sample_type="bilinear", num_args=2)


@pytest.mark.parametrize("mode, expected", [
    ("odd_scale", (8, 9)), ("to_even_down", (4, 4)), ("to_even_up", (4, 6)), ("to_odd_down", (3, 5)), ("size", (8, 10)),
    ("to_odd_up", (5, 5))])
def test_sizes_of_resized_images(mode, expected):
    x = nd.ones((1, 1, 4, 5))
    assert nd.contrib.BilinearResize2D(x, mode=mode, scale_height=2, scale_width=2).shape[2:] == expected


def test_resizing_keeps_inf_and_nan_in_place():
    x = np.zeros((1, 1, 4, 4), "f")
    x[0, 0, 0, 0], x[0, 0, 3, 3] = np.inf, np.nan
    y = nd.contrib.BilinearResize2D(nd.array(x), height=7, width=7).asnumpy()[0, 0]
    assert np.isinf(y[:2, :2]).all() and np.isnan(y[5:, 5:]).all() and (y[2:5, 2:5] == 0).all() and y[0, 6] == 0
