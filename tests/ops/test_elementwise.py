"""Elementwise operators: accuracy of special functions, conventions at ties, kinks and edges, types."""
import math

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.ops import special_functions as special

nd, ag = mx.nd, mx.autograd


def _gradient(f, *xs):
    xs = [nd.array(x) for x in xs]
    for x in xs:
        x.attach_grad()
    with ag.record():
        y = f(*xs)
    y.backward()
    return [x.grad.asnumpy().tolist() for x in xs]


@pytest.mark.parametrize(("ours", "exact", "points"), [
    (special.erf, math.erf, np.linspace(-6, 6, 1001)),
    (special.erfc, math.erfc, np.linspace(-5, 26, 1001)),
    (special.gamma, math.gamma, np.concatenate([np.linspace(0.01, 20, 997), np.linspace(-9.9, -0.1, 99)])),
    (special.lgamma, math.lgamma, np.concatenate([np.linspace(2.5, 400, 997), np.linspace(-9.9, -0.1, 99)])),
])
def test_special_functions_in_double_precision(ours, exact, points):
    points = points[(points > 0) | (points != np.round(points))]
    np.testing.assert_allclose(ours(points), [exact(p) for p in points], rtol=2e-13, atol=1e-15)


def test_special_functions_in_single_precision():
    x = np.linspace(-4.5, 4.5, 9001).astype("float32")
    np.testing.assert_allclose(special.erf(x), [math.erf(v) for v in x], atol=3e-7)
    assert special.erf(np.array([-10, 10, np.inf], "float32")).tolist() == [-1, 1, 1]


@pytest.mark.parametrize(("dtype", "atol"), [("float32", 1.2e-7), ("float64", 1e-15)])
def test_the_normal_distribution_function(dtype, atol):
    x = np.linspace(-8, 8, 9001).astype(dtype)
    np.testing.assert_allclose(special.normal(x), [.5 * math.erfc(-float(v) / math.sqrt(2)) for v in x], rtol=0, atol=atol)
    assert special.normal(np.array([-np.inf, -100, 100, np.inf], dtype)).tolist() == [0, 0, 1, 1]


def test_a_kernel_in_blocks_takes_an_array_without_dimensions():
    x = nd.array(3.0)
    x.attach_grad()
    with ag.record():
        y = nd.LeakyReLU(x, act_type="gelu")
    y.backward()
    assert y.shape == x.grad.shape == () and 1 < x.grad.asnumpy() < 1.02


def test_the_inverse_of_the_error_function():
    y = np.concatenate([np.linspace(-0.999, 0.999, 501), 1 - np.logspace(-15, -3, 25)])
    np.testing.assert_allclose([math.erfc(v) for v in special.erfinv(y)], 1 - y, rtol=1e-13)
    assert np.isnan(special.erfinv(np.array([1.5]))) and special.erfinv(np.array([1.0, -1.0])).tolist() == [
        math.inf, -math.inf]


def test_derivatives_of_log_gamma():
    euler = 0.5772156649015329
    assert abs(special.digamma(np.array([1.0]))[0] + euler) < 1e-14
    assert abs(special.polygamma(1, np.array([1.0]))[0] - math.pi ** 2 / 6) < 1e-14
    assert abs(special.polygamma(2, np.array([1.0]))[0] + 2 * 1.2020569031595943) < 1e-13
    x = np.array([-0.3, -2.7, 0.4])
    np.testing.assert_allclose(special.polygamma(1, x) + special.polygamma(1, 1 - x),
                               (math.pi / np.sin(math.pi * x)) ** 2, rtol=1e-12)


def test_gamma_of_whole_numbers_is_whole():
    assert nd.gamma(nd.array([1, 2, 3, 4, 5, 11], dtype="int32")).asnumpy().tolist() == [1, 1, 2, 6, 24, 3628800]


def test_rounding():
    x = nd.array([-1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 8388609])
    assert nd.round(x).asnumpy().tolist() == [-2, -1, 1, 2, 3, 0, 8388609]
    assert nd.rint(x).asnumpy().tolist() == [-2, -1, 0, 1, 2, 0, 8388609]


def test_ties_and_kinks():
    assert _gradient(nd.maximum, [1, 2, 3], [1, 3, 2]) == [[1, 0, 1], [0, 1, 0]]
    assert _gradient(nd.minimum, [1, 2, 3], [1, 3, 2]) == [[1, 1, 0], [0, 0, 1]]
    assert _gradient(lambda x: nd.clip(x, 0, 1), [-1, 0, .5, 1, 2]) == [[0, 1, 1, 1, 0]]
    assert _gradient(nd.abs, [-2, 0, 2]) == [[-1, 0, 1]]
    assert _gradient(nd.relu, [-2, 0, 2]) == [[0, 0, 1]]
    assert _gradient(nd.sqrt, [0, 4]) == [[math.inf, .25]]


def test_clip_compares_before_it_casts():
    x = nd.array([0, 1, 5], dtype="uint8")
    assert nd.clip(x, -3, 2).asnumpy().tolist() == [0, 1, 2]
    assert nd.clip(x, 0.5, math.inf).asnumpy().tolist() == [0, 1, 5]
    assert nd.clip(nd.array([-3, 0, 3]), 1, -1).asnumpy().tolist() == [1, -1, -1]


def test_numbers_are_cut_to_the_type_of_integers():
    x = nd.array([1, 5], dtype="int32")
    assert (x * 2.9).asnumpy().tolist() == [2, 10] and (7.5 / x).asnumpy().tolist() == [7, 1]
    assert (x + math.inf).dtype == np.int32


def test_a_number_makes_integers_of_booleans():
    x = nd.array([1, 0], dtype="bool")
    for y, expected in ((x + 1, [2, 1]), (x * 2.5, [2, 0]), (x == 1, [1, 0])):
        assert y.dtype == np.int64 and y.asnumpy().tolist() == expected


@pytest.mark.parametrize("call", [
    lambda x: x + x, lambda x: x == x, lambda x: nd.broadcast_logical_and(x, x), nd.logical_not, nd.exp, nd.relu,
    lambda x: nd.clip(x, 0, 1)])
def test_operators_refuse_booleans(call):
    with pytest.raises(mx.MXNetError, match="bool"):
        call(nd.array([1, 0], dtype="bool"))


def test_integers_divide_towards_zero_and_modulo_has_the_divisors_sign():
    x, y = nd.array([-7, 7, -7, 7], dtype="int32"), nd.array([2, -2, -2, 2], dtype="int32")
    assert (x / y).asnumpy().tolist() == [-3, -3, 3, 3]
    assert (x % y).asnumpy().tolist() == [1, -1, -1, 1]
    assert (nd.array([5.]) % nd.array([0.])).asnumpy().tolist() == [0]


def test_nan():
    x = nd.array([math.nan])
    assert nd.sign(x).asscalar() == 0 and math.isnan(nd.relu(x).asscalar())
    assert (x == x).asscalar() == 0 and nd.logical_not(x).asscalar() == 0


def test_elemwise_wants_equal_shapes_and_broadcast_does_not():
    a, b = nd.ones((2, 3)), nd.ones(3)
    with pytest.raises(mx.MXNetError, match="elemwise_add"):
        nd.elemwise_add(a, b)
    assert nd.broadcast_add(a, b).shape == (2, 3)
    with pytest.raises(mx.MXNetError):
        nd.broadcast_add(a, nd.ones(2))


def test_conversion_wraps():
    assert nd.cast(nd.array([300, -1.7, 0.3]), dtype="uint8").asnumpy().tolist() == [44, 255, 0]
    assert nd.cast(nd.array([0.3, 0]), dtype="bool").asnumpy().tolist() == [True, False]
