"""Spatial transformers, cropping, correlation and pooling over regions: edges, errors, inference."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd, nd
from mxnet_compat.base import MXNetError
from mxnet_compat.ops.nn import sampling


@pytest.mark.parametrize("channels", [1, 3, 8, 20])
def test_spreading_is_the_transpose_of_gathering(channels, monkeypatch):
    monkeypatch.setattr(sampling, "_BLOCK", 64)
    r = np.random.RandomState(channels)
    data, weight, index = r.randn(7, channels), r.randn(40, 3), r.randint(0, 7, (40, 3))
    y = sampling.gather_rows(data, weight, index)
    np.testing.assert_allclose(y, sum(weight[:, k, None] * data[index[:, k]] for k in range(3)))
    u = r.randn(40, channels)
    np.testing.assert_allclose((sampling.spread_rows(u, weight, index, 7) * data).sum(), (y * u).sum())
    np.testing.assert_allclose((sampling.products(u, data, index) * weight).sum(), (y * u).sum())


def test_sampler_outside_and_off_the_numbers():
    x = nd.arange(1, 7).reshape((1, 1, 2, 3))
    grid = nd.array([[[[-1, 1, 1.5, 3, np.nan]], [[-1, 1, 1, 0, 0]]]])
    y = nd.BilinearSampler(x, grid).asnumpy().ravel()
    np.testing.assert_array_equal(y, [1, 6, 3, 0, np.nan])


def test_values_outside_do_not_carry_nan_in():
    x = np.zeros((1, 1, 2, 2), "f")
    x[0, 0, 0, 0] = np.nan
    y = nd.BilinearSampler(nd.array(x), nd.array([[[[1, 5]], [[1, 5]]]]))
    assert y.asnumpy().ravel().tolist() == [0, 0]


def test_transformer_by_identity():
    x = nd.array(np.random.RandomState(0).randn(2, 3, 4, 5))
    eye = nd.array([[1, 0, 0, 0, 1, 0]] * 2)
    y = nd.SpatialTransformer(x, eye, target_shape=(4, 5), transform_type="affine", sampler_type="bilinear")
    np.testing.assert_allclose(y.asnumpy(), x.asnumpy(), rtol=1e-5, atol=1e-5)


def test_cropping():
    x = nd.arange(30).reshape((1, 1, 5, 6))
    assert nd.Crop(x, h_w=(2, 2), offset=(1, 3)).asnumpy().ravel().tolist() == [9, 10, 15, 16]
    assert nd.Crop(x, nd.ones((1, 4, 3, 2)), num_args=2, center_crop=True)[0, 0, :, 0].asnumpy().tolist() == [8, 14, 20]
    x.attach_grad()
    with autograd.record():
        y = nd.Crop(x, h_w=(1, 2))
    y.backward()
    assert x.grad.asnumpy().sum() == 2 and x.grad[0, 0, 0, 1].asscalar() == 1


def test_regions_of_no_image_are_zero():
    x = nd.ones((1, 2, 4, 4))
    rois = nd.array([[3, 0, 0, 3, 3], [-1, 0, 0, 3, 3], [0, 9, 9, 12, 12], [0, 2, 2, 3, 3]])
    y = nd.ROIPooling(x, rois, pooled_size=(2, 2), spatial_scale=1).asnumpy()
    assert y.reshape(4, -1).sum(axis=1).tolist() == [0, 0, 0, 8]


X = nd.ones((2, 3, 4, 5))


@pytest.mark.parametrize("call, word", [
    (lambda: nd.GridGenerator(nd.ones((2, 6)), transform_type="affine"), "target_shape"),
    (lambda: nd.GridGenerator(nd.ones((2, 5)), transform_type="affine", target_shape=(3, 3)), "data"),
    (lambda: nd.GridGenerator(nd.ones((2, 3, 3, 3)), transform_type="warp"), "data"),
    (lambda: nd.BilinearSampler(X, nd.ones((1, 2, 3, 3))), "batch"),
    (lambda: nd.BilinearSampler(X, nd.ones((2, 3, 3, 3))), "grid"),
    (lambda: nd.BilinearSampler(X, nd.ones((2, 2, 3, 3), dtype="float64")), "float64"),
    (lambda: nd.SpatialTransformer(X, nd.ones((1, 6)), target_shape=(3, 3), transform_type="affine",
                                   sampler_type="bilinear"), "loc"),
    (lambda: nd.Correlation(X, X, kernel_size=2), "odd"),
    (lambda: nd.Correlation(X, X, max_displacement=3), "exceed"),
    (lambda: nd.Correlation(X, nd.ones((2, 3, 4, 4))), "same shape"),
    (lambda: nd.Crop(X, h_w=(9, 2)), "h_w"),
    (lambda: nd.Crop(X, h_w=(3, 2), offset=(2, 0)), "offset"),
    (lambda: nd.Crop(X), "h_w"),
    (lambda: nd.ROIPooling(X, nd.ones((1, 4)), pooled_size=(2, 2), spatial_scale=1), "rois"),
    (lambda: nd.ROIPooling(X, nd.ones((1, 5)), pooled_size=2, spatial_scale=1), "pooled_size"),
    (lambda: nd.ROIPooling(X, nd.ones((1, 5)), pooled_size=(2, 2), spatial_scale=1.5), "spatial_scale"),
])
def test_refused(call, word):
    with pytest.raises(MXNetError, match=word):
        call()


def test_inference():
    d, l = mx.sym.Variable("d"), mx.sym.Variable("l")
    s = mx.sym.SpatialTransformer(d, l, target_shape=(3, 7), transform_type="affine", sampler_type="bilinear")
    assert s.infer_shape(d=(2, 3, 4, 5)) == ([(2, 3, 4, 5), (2, 6)], [(2, 3, 3, 7)], [])
    s = mx.sym.ROIPooling(d, l, pooled_size=(6, 7), spatial_scale=0.5)
    assert s.infer_shape(d=(2, 3, 40, 50), l=(9, 5))[1] == [(9, 3, 6, 7)]
    s = mx.sym.Correlation(d, l, max_displacement=2, pad_size=2)
    assert s.infer_shape(d=(2, 3, 8, 9))[0] == [(2, 3, 8, 9)] * 2
