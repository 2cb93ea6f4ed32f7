"""Image operators beyond the laws: OpenCV's conventions, cuts to the pixel type, randomness, refusals."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.ops import image_color, resample

I = nd.image
RAMP = np.arange(48, dtype="uint8").reshape(4, 4, 3) * 5


def pixels(values, dtype="uint8"):
    return nd.array(np.array(values), dtype=dtype)


def test_tensors_have_channels_first_and_float32():
    x = pixels(RAMP)
    for y, expected in ((I.to_tensor(x), RAMP.transpose(2, 0, 1)), (I.to_tensor(x.astype("float64")), RAMP.transpose(2, 0, 1))):
        assert y.dtype == np.float32
        np.testing.assert_allclose(y.asnumpy(), expected / 255, rtol=1e-6)
    x = x.astype("float32")
    x.attach_grad()
    with mx.autograd.record():
        y = I.to_tensor(x)
    y.backward(nd.array(RAMP.transpose(2, 0, 1)))
    np.testing.assert_allclose(x.grad.asnumpy(), RAMP / 255, rtol=1e-6)


def test_crops_flips_and_their_gradients():
    x = pixels(RAMP, "float32")
    x.attach_grad()
    with mx.autograd.record():
        y = I.flip_left_right(I.crop(x, x=1, y=2, width=2, height=1))
    assert y.asnumpy().tolist() == RAMP[2:3, 1:3][:, ::-1].tolist()
    y.backward(nd.array([[[1, 2, 3], [4, 5, 6]]]))
    expected = np.zeros((4, 4, 3))
    expected[2, 1:3] = [[4, 5, 6], [1, 2, 3]]
    np.testing.assert_array_equal(x.grad.asnumpy(), expected)


#: A row of four pixels in OpenCV's ways, as OpenCV 3.4 gave them.
ROW = [10, 50, 200, 90]


@pytest.mark.parametrize("method, width, expected", [
    (resample.NEAREST, 6, [10, 10, 50, 200, 200, 90]), (resample.LINEAR, 6, [10, 30, 75, 175, 145, 90]),
    (resample.LINEAR, 3, [17, 125, 108]), (resample.CUBIC, 3, [13, 139, 108]), (resample.AREA, 2, [30, 145]),
    (resample.AREA, 3, [20, 125, 118]), (resample.LANCZOS, 3, [7, 143, 111]),
])
def test_one_row(method, width, expected):
    y = resample.resize(np.array(ROW, "uint8").reshape(1, 4, 1), width, 1, method)
    assert y.ravel().tolist() == expected


def test_halving_by_two_is_a_mean_of_four():
    y = I.resize(pixels([[[1], [2]], [[3], [4]]]), size=1)
    assert y.asnumpy().ravel().tolist() == [3]


def test_shorter_side():
    x = nd.zeros((6, 10, 3), dtype="uint8")
    assert I.resize(x, size=3, keep_ratio=True).shape == (3, 5, 3)
    assert I.resize(x, size=(3,)).shape == (3, 3, 3) and I.resize(x, size=(5, 2)).shape == (2, 5, 3)
    assert I.resize(nd.zeros((2, 10, 6, 1), dtype="uint8"), size=3, keep_ratio=True).shape == (2, 5, 3, 1)


@pytest.mark.parametrize("method", resample.METHODS)
@pytest.mark.parametrize("size", [(3, 2), (5, 3), (11, 9), (20, 12)])
def test_weights_as_matrices_are_the_resizing(method, size):
    x = np.random.RandomState(0).uniform(size=(6, 10, 2))
    (w, h), (n_h, n_w) = size, x.shape[:2]
    rows, columns = resample.matrix(n_h, h, n_w, w, method), resample.matrix(n_w, w, n_h, h, method)
    np.testing.assert_allclose(np.einsum("yh,xw,hwc->yxc", rows, columns, x), resample.resize(x, w, h, method), rtol=1e-5)
    np.testing.assert_allclose(rows.sum(1), 1, rtol=1e-5)


def test_factors_cut_to_the_pixel_type():
    x = pixels([[[100, 200, 51]]])
    assert I.random_brightness(x, min_factor=1.5, max_factor=1.5).asnumpy().tolist() == [[[150, 255, 76]]]
    # blended with the share of blue alone, as real MXNet does
    assert I.random_saturation(x, min_factor=.5, max_factor=.5).asnumpy().tolist() == [[[52, 102, 28]]]
    grey = .299 * 100 + .587 * 200 + .114 * 51
    y = I.random_contrast(pixels([[[100, 200, 51]]], "float32"), min_factor=0, max_factor=0)
    np.testing.assert_allclose(y.asnumpy(), grey, rtol=1e-6)


def test_hues_turn_around_the_circle():
    x = np.array([[[200, 100, 50], [10, 10, 10], [0, 255, 3]]], "float32")
    np.testing.assert_allclose(image_color._hue(x, 1 / 3), x[..., [2, 0, 1]], atol=1e-3)
    np.testing.assert_allclose(image_color._hue(x, 1), x, atol=1e-3)
    np.testing.assert_allclose(image_color._hue(image_color._hue(x, .4), -.4), x, atol=1e-3)


def test_lighting_moves_all_pixels_alike():
    y = I.adjust_lighting(pixels([[[10, 20, 30], [1, 2, 3]]], "float32"), alpha=(1, 0, 0)).asnumpy()
    np.testing.assert_allclose(y - [[[10, 20, 30], [1, 2, 3]]], np.broadcast_to([-31.47, -32.21, -32.37], (1, 2, 3)), atol=.01)


def test_draws_repeat_by_seed_and_differ_without():
    x = pixels(RAMP, "float32")
    drawn = []
    for seed in (1, 1, 2):
        mx.random.seed(seed)
        drawn.append(I.random_color_jitter(x, brightness=.4, contrast=.4, saturation=.4, hue=.1).asnumpy())
    assert (drawn[0] == drawn[1]).all() and (drawn[0] != drawn[2]).any()
    flips = [I.random_flip_left_right(x).asnumpy()[0, 0, 0] for _ in range(40)]
    assert set(flips) == {0, 45} and 5 < flips.count(0) < 35


def test_borders():
    x = pixels([[[1], [2], [3]]])
    rows = {0: [9, 9, 1, 2, 3, 9], 1: [1, 1, 1, 2, 3, 3], 2: [2, 1, 1, 2, 3, 3], 3: [2, 3, 1, 2, 3, 1], 4: [3, 2, 1, 2, 3, 2]}
    for kind, expected in rows.items():
        y = nd._internal._cvcopyMakeBorder(x, top=0, bot=0, left=2, right=1, type=kind, value=9)
        assert y.asnumpy().ravel().tolist() == expected
    y = nd._internal._cvcopyMakeBorder(pixels([[[1, 2, 3]]]), top=1, bot=0, left=0, right=0, values=(7, 8))
    assert y.asnumpy().tolist() == [[[7, 8, 0]], [[1, 2, 3]]]


@pytest.mark.parametrize("call", [
    lambda: I.to_tensor(nd.zeros((3, 4))), lambda: I.flip_left_right(nd.zeros((2, 2, 4))),
    lambda: I.flip_top_bottom(nd.zeros((1, 2, 2, 3))), lambda: I.crop(nd.zeros((4, 4, 3)), x=3, y=0, width=2, height=1),
    lambda: I.crop(nd.zeros((4, 4, 3)), x=-1, y=0, width=2, height=1), lambda: I.normalize(nd.zeros((4, 4, 3))),
    lambda: I.normalize(nd.zeros((3, 4, 4)), mean=(1, 2)), lambda: I.resize(nd.zeros((4, 4, 3))),
    lambda: I.resize(nd.zeros((4, 4, 3)), size=0), lambda: I.resize(nd.zeros((4, 4, 3)), size=2, interp=9),
    lambda: I.resize(nd.zeros((4, 4, 3), dtype="int32"), size=2), lambda: I.adjust_lighting(nd.zeros((2, 2, 3)), alpha=(1,)),
    lambda: I.random_brightness(nd.zeros((2, 2, 3)), min_factor=-1, max_factor=1),
    lambda: nd._internal._cvimresize(nd.zeros((2, 2, 3)), w=0, h=2),
    lambda: nd._internal._cvimresize(nd.zeros((2, 2)), w=1, h=1),
    lambda: nd._internal._cvcopyMakeBorder(nd.zeros((2, 2, 3)), top=-1, bot=0, left=0, right=0),
    lambda: nd._internal._cvcopyMakeBorder(nd.zeros((2, 2, 3)), top=1, bot=0, left=0, right=0, type=7),
    lambda: nd._internal._cvimdecode(nd.zeros(3)), lambda: nd._internal._cvimread("no such file.jpg"),
])
def test_refusals(call):
    with pytest.raises(mx.MXNetError):
        call()
