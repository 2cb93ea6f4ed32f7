"""Convolutions: blocks of every size, errors, shapes found by inference, float16."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd, nd
from mxnet_compat.backend import parallel
from mxnet_compat.base import MXNetError
from mxnet_compat.ops.nn import correlate as kernels
from mxnet_compat.ops.nn import depthwise


def by_definition(x, w, out, stride, dilate, start):
    """The sum over taps, position by position."""
    y = np.zeros((*x.shape[:2], w.shape[1], *out))
    for o in np.ndindex(*out):
        for t in np.ndindex(*w.shape[3:]):
            at = [a * s + b * d + c for a, s, b, d, c in zip(o, stride, t, dilate, start)]
            if all(0 <= p < n for p, n in zip(at, x.shape[3:])):
                y[(..., *o)] += np.einsum("ngc,gkc->ngk", x[(..., *at)], w[(..., *t)])
    return y


@pytest.mark.parametrize("seed", range(40))
def test_kernels_in_blocks(seed, monkeypatch):
    r = np.random.RandomState(seed)
    axes = r.randint(1, 4)
    several = lambda lo, hi: tuple(r.randint(lo, hi, axes).tolist())
    monkeypatch.setattr(kernels, "_PIXELS", int(r.choice([3, 4096])))
    monkeypatch.setattr(kernels, "_MERGED", int(r.choice([20, 2048])))
    monkeypatch.setattr(kernels, "_FLOATS", int(r.choice([100, 1 << 19])))
    monkeypatch.setattr(kernels, "_plan", kernels._Plan)
    monkeypatch.setattr(parallel, "SMALL", int(r.choice([0, 1 << 30])))
    monkeypatch.setattr(parallel, "_count", 2)
    n, g, c, k = r.randint(1, 4), r.randint(1, 3), int(r.choice([1, 3, 9])), int(r.choice([1, 2, 9]))
    taps, out, stride, dilate, start = several(1, 4), several(1, 6), several(1, 4), several(1, 4), several(-3, 3)
    x, w, dy = r.randn(n, g, c, *several(1, 6)), r.randn(g, k, c, *taps), r.randn(n, g, k, *out)
    y = by_definition(x, w, out, stride, dilate, start)
    bias = r.randn(g, k, 1)
    got = kernels.correlate(x, w, np.empty_like(y), stride, dilate, start, bias)
    np.testing.assert_allclose(got, y + bias.reshape(g, k, *[1] * axes), rtol=1e-9, atol=1e-9)
    # the transpose and the gradient of the weights are the adjoints of the map
    dx = kernels.spread(dy, w, np.empty_like(x), stride, dilate, start)
    dw = kernels.weigh(x, dy, taps, stride, dilate, start)
    v, u = r.randn(*x.shape), r.randn(*w.shape)
    np.testing.assert_allclose((dx * v).sum(), (by_definition(v, w, out, stride, dilate, start) * dy).sum(), rtol=1e-8)
    np.testing.assert_allclose((dw * u).sum(), (by_definition(x, u, out, stride, dilate, start) * dy).sum(), rtol=1e-8)


@pytest.mark.parametrize("seed", range(30))
def test_one_channel_a_group_in_blocks(seed, monkeypatch):
    r = np.random.RandomState(seed)
    axes = r.randint(1, 4)
    several = lambda lo, hi: tuple(r.randint(lo, hi, axes).tolist())
    monkeypatch.setattr(depthwise, "_FLOATS", int(r.choice([10, 1 << 19])))
    monkeypatch.setattr(depthwise, "_PIXELS", int(r.choice([10, 2048])))
    monkeypatch.setattr(depthwise, "_SHORT", int(r.choice([0, 700])))
    monkeypatch.setattr(depthwise, "_plan", depthwise._Plan)
    n, g, k = r.randint(1, 5), r.randint(2, 6), r.randint(1, 3)
    taps, out, stride, dilate, start = several(1, 4), several(1, 6), several(1, 4), several(1, 4), several(-3, 3)
    x, w, dy = r.randn(n, g, 1, *several(1, 9)), r.randn(g, k, 1, *taps), r.randn(n, g, k, *out)
    y = by_definition(x, w, out, stride, dilate, start)
    # results are written into every second position
    whole = np.zeros((n, g, k, *[2 * o for o in out]))
    for to in (np.empty_like(y), whole[(..., *[slice(None, None, 2)] * axes)]):
        np.testing.assert_allclose(kernels.correlate(x, w, to, stride, dilate, start), y, rtol=1e-9, atol=1e-9)
    assert np.count_nonzero(whole) <= y.size
    dw = kernels.weigh(x, dy, taps, stride, dilate, start)
    u = r.randn(*w.shape)
    np.testing.assert_allclose((dw * u).sum(), (by_definition(x, u, out, stride, dilate, start) * dy).sum(), rtol=1e-8)


@pytest.mark.parametrize("n, side, filters", [(1, 3, 257), (5, 3, 257), (25, 10, 257), (3, 11, 257), (5, 3, 100), (2, 33, 100)])
def test_one_tap(n, side, filters):
    r = np.random.RandomState(0)
    x, w, b = r.randn(n, 1, 256, side, side), r.randn(1, filters, 256, 1, 1), r.randn(1, filters, 1)
    place = (1, 1), (1, 1), (0, 0)
    y = kernels.correlate(x, w, np.empty((n, 1, filters, side, side)), *place, b)
    expected = np.einsum("kc,nchw->nkhw", w[0, :, :, 0, 0], x[:, 0]) + b[0, :, :, None]
    np.testing.assert_allclose(y[:, 0], expected, 1e-9, 1e-9)
    dw = kernels.weigh(x, y, (1, 1), *place)
    np.testing.assert_allclose(dw[0, :, :, 0, 0], np.einsum("nkhw,nchw->kc", y[:, 0], x[:, 0]), 1e-8, 1e-8)


X, W, B = (2, 3, 5, 6), (4, 3, 3, 3), (4,)


@pytest.mark.parametrize("given, params, word", [
    ((X, W, B), {"num_filter": 5}, "weight"),
    ((X, (4, 3, 9, 1), B), {}, "weight"),
    ((X, W, (4, 1)), {}, "bias"),
    ((X, W), {}, "bias is missing"),
    ((X, W, B), {"no_bias": True}, "no_bias"),
    (((2, 3, 30), W, B), {}, "4 dimensions"),
    ((X, W, B), {"stride": (2,)}, "stride"),
    ((X, W, B), {"dilate": (0, 1)}, "dilate"),
    ((X, W, B), {"pad": (-1, 0)}, "pad"),
    ((X, W, B), {"layout": "NHWC"}, "layout"),
    ((X, W, B), {"layout": "NCW"}, "layout"),
    ((X, W, B), {"dilate": (3, 3)}, "exceeds"),
    ((X, W, B), {"num_group": 2}, "num_group"),
    ((X, W, B), {"kernel": ()}, "kernel"),
    ((X, W, B), {"kernel": (3, 3, 3, 3)}, "kernel"),
])
def test_refused(given, params, word):
    arrays = [nd.ones(s) for s in given]
    with pytest.raises(MXNetError, match=f"(?s)Convolution.*{word}"):
        nd.Convolution(*arrays, **{"kernel": (3, 3), "num_filter": 4, **params})


@pytest.mark.parametrize("params, word", [
    ({"adj": (2, 0)}, "adj"), ({"adj": (0,)}, "adj"), ({"target_shape": (20, 20)}, "target_shape"),
    ({"pad": (9, 9)}, "pad"), ({"layout": "NHWC"}, "layout"), ({"num_filter": 3}, "weight"),
])
def test_deconvolution_refused(params, word):
    with pytest.raises(MXNetError, match=f"(?s)Deconvolution.*{word}"):
        nd.Deconvolution(nd.ones((2, 3, 5, 6)), nd.ones((3, 2, 3, 3)),
                         **{"kernel": (3, 3), "num_filter": 2, "stride": (2, 2), **params})


def test_volumes_are_refused_by_the_older_operator():
    with pytest.raises(MXNetError, match="kernel"):
        nd.Convolution_v1(nd.ones((2, 3, 5)), nd.ones((4, 3, 3)), nd.ones((4,)), kernel=(3,), num_filter=4)


def test_inference():
    d = mx.sym.Variable("d")
    s = mx.sym.Convolution(d, name="c", kernel=(3, 3), num_filter=4, num_group=2)
    assert s.infer_shape(d=(2, 6, 5, 5)) == ([(2, 6, 5, 5), (4, 3, 3, 3), (4,)], [(2, 4, 3, 3)], [])
    s = mx.sym.Deconvolution(d, name="c", kernel=(3, 3), num_filter=4, num_group=2, stride=(2, 2), adj=(1, 1))
    assert s.infer_shape(d=(2, 6, 5, 5)) == ([(2, 6, 5, 5), (6, 2, 3, 3)], [(2, 4, 12, 12)], [])


def test_target_shape_cuts_both_ends():
    x = nd.ones((1, 1, 2, 2))
    w = nd.arange(1, 10).reshape((1, 1, 3, 3))
    whole = nd.Deconvolution(x, w, kernel=(3, 3), num_filter=1, stride=(2, 2)).asnumpy()
    part = nd.Deconvolution(x, w, kernel=(3, 3), num_filter=1, stride=(2, 2), pad=(1, 1), target_shape=(4, 3)).asnumpy()
    np.testing.assert_array_equal(part, whole[:, :, 1:5, 1:4])


def test_half_precision_and_empty_batches():
    x, w, b = nd.ones(X, dtype="float16"), nd.ones(W, dtype="float16"), nd.ones(B, dtype="float16")
    x.attach_grad()
    with autograd.record():
        y = nd.Convolution(x, w, b, kernel=(3, 3), num_filter=4)
    y.backward()
    assert y.dtype == x.grad.dtype == np.float16
    assert (y.asnumpy() == 28).all()
    y = nd.Convolution(nd.array(np.zeros((0, *X[1:]))), nd.ones(W), nd.ones(B), kernel=(3, 3), num_filter=4)
    assert y.shape == (0, 4, 3, 4)
