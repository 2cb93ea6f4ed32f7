"""Deformable convolutions and pooling over regions: what they reduce to, edges, errors, inference."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd, nd
from mxnet_compat.base import MXNetError

R = np.random.RandomState(3)
X, W, B = nd.array(R.randn(2, 4, 6, 5)), nd.array(R.randn(4, 2, 3, 3)), nd.array(R.randn(4))
SETTING = {"kernel": (3, 3), "num_filter": 4, "num_group": 2, "stride": (2, 1), "pad": (1, 1)}


def test_without_offsets_they_are_convolutions():
    expected = nd.Convolution(X, W, B, **SETTING).asnumpy()
    offset, mask = nd.zeros((2, 36, 3, 5)), nd.ones((2, 18, 3, 5))
    y = nd.contrib.DeformableConvolution(X, offset, W, B, num_deformable_group=2, **SETTING)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-5)
    y = nd.contrib.ModulatedDeformableConvolution(X, offset, mask, W, B, num_deformable_group=2, **SETTING)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-5)


def test_outside_the_image():
    x, w = nd.ones((1, 1, 2, 2)), nd.ones((1, 1, 1, 1))
    setting = {"kernel": (1, 1), "num_filter": 1, "no_bias": True}
    offset = np.zeros((1, 2, 2, 2), "f")
    offset[0, 0] = [[-0.25, 0], [0.75, 2]]
    old = nd.contrib.DeformableConvolution(x, nd.array(offset), w, **setting)
    new = nd.contrib.ModulatedDeformableConvolution(x, nd.array(offset), nd.ones((1, 1, 2, 2)), w, **setting)
    assert old.asnumpy().ravel().tolist() == [0, 1, 1, 0]
    assert new.asnumpy().ravel().tolist() == [0.75, 1, 0.25, 0]


def test_regions_of_no_image_are_zero():
    rois = nd.array([[5, 0, 0, 3, 3], [-1, 0, 0, 3, 3]])
    for name, more in (("ROIAlign", {"pooled_size": (2, 2)}), ("PSROIPooling", {"output_dim": 1, "pooled_size": 2})):
        assert not getattr(nd.contrib, name)(X, rois, spatial_scale=1, **more).asnumpy().any()
    y = nd.contrib.DeformablePSROIPooling(X, rois, no_trans=True, spatial_scale=1, output_dim=1, group_size=2,
                                          pooled_size=2)
    assert not y.asnumpy().any()


def test_align_means_over_whole_pixels():
    x = nd.arange(16).reshape((1, 1, 4, 4))
    y = nd.contrib.ROIAlign(x, nd.array([[0, 0, 0, 4, 4]]), pooled_size=(2, 2), spatial_scale=1, sample_ratio=2,
                            aligned=True)
    assert y.asnumpy().ravel().tolist() == [2.5, 4.5, 10.5, 12.5]
    turned = nd.contrib.RROIAlign(x, nd.array([[0, 1.5, 1.5, 2, 2, 0]]), pooled_size=(1, 1), spatial_scale=1)
    assert turned.asnumpy().ravel().tolist() == [7.5]


def test_rotated_regions_have_a_gradient():
    x = nd.ones((1, 2, 6, 6))
    x.attach_grad()
    with autograd.record():
        y = nd.contrib.RROIAlign(x, nd.array([[0, 3, 3, 2, 2, 45]]), pooled_size=(2, 2), spatial_scale=1)
    y.backward()
    np.testing.assert_allclose(x.grad.asnumpy().sum(), 8, rtol=1e-5)


ROIS = nd.ones((2, 5))


@pytest.mark.parametrize("call, word", [
    (lambda: nd.contrib.DeformableConvolution(X, nd.ones((2, 17, 3, 5)), W, B, **SETTING), "offset"),
    (lambda: nd.contrib.DeformableConvolution(X, nd.ones((2, 18, 3, 4)), W, B, **SETTING), "offset"),
    (lambda: nd.contrib.DeformableConvolution(X, nd.ones((2, 54, 3, 5)), W, B, num_deformable_group=3, **SETTING),
     "num_deformable_group"),
    (lambda: nd.contrib.ModulatedDeformableConvolution(X, nd.ones((2, 18, 3, 5)), nd.ones((2, 8, 3, 5)), W, B,
                                                       **SETTING), "mask"),
    (lambda: nd.contrib.ROIAlign(X, nd.ones((2, 4)), pooled_size=(2, 2), spatial_scale=1), "rois"),
    (lambda: nd.contrib.ROIAlign(X, ROIS, pooled_size=2, spatial_scale=1), "pooled_size"),
    (lambda: nd.contrib.ROIAlign(X, ROIS, pooled_size=(2, 2), spatial_scale=2), "spatial_scale"),
    (lambda: nd.contrib.ROIAlign(X, ROIS, pooled_size=(3, 3), spatial_scale=1, position_sensitive=True), "channels"),
    (lambda: nd.contrib.RROIAlign(X, ROIS, pooled_size=(2, 2), spatial_scale=1), "rois"),
    (lambda: nd.contrib.PSROIPooling(X, ROIS, spatial_scale=1, output_dim=3, pooled_size=2), "channels"),
    (lambda: nd.contrib.DeformablePSROIPooling(X, ROIS, nd.ones((2, 2, 3, 3)), spatial_scale=1, output_dim=1,
                                               group_size=2, pooled_size=2), "trans"),
    (lambda: nd.contrib.DeformablePSROIPooling(X, ROIS, nd.ones((2, 2, 2, 2)), spatial_scale=1, output_dim=1,
                                               group_size=2, pooled_size=2, no_trans=True), "trans"),
])
def test_refused(call, word):
    with pytest.raises(MXNetError, match=word):
        call()


def test_inference():
    d = mx.sym.Variable("d")
    s = mx.sym.contrib.ModulatedDeformableConvolution(d, kernel=(3, 3), num_filter=8, num_deformable_group=2, name="c")
    assert s.list_arguments() == ["d", "c_offset", "c_mask", "c_weight", "c_bias"]
    shapes = [(2, 4, 6, 7), (2, 36, 4, 5), (2, 18, 4, 5), (8, 4, 3, 3), (8,)]
    assert s.infer_shape(d=(2, 4, 6, 7)) == (shapes, [(2, 8, 4, 5)], [])
    s = mx.sym.contrib.ROIAlign(d, mx.sym.Variable("r"), pooled_size=(2, 3), spatial_scale=1, position_sensitive=True)
    assert s.infer_shape(d=(2, 12, 6, 7), r=(9, 5))[1] == [(9, 2, 2, 3)]
