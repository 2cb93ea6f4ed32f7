"""foreach, while_loop and cond: results, gradients, refusals; finiteness and log-uniform sampling."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd

C = nd.contrib


def test_foreach_nests_as_given():
    x, s = nd.array([[1, 2], [3, 4]]), nd.array([10, 20])
    outputs, states = C.foreach(lambda d, s: ([d + s[0], [d]], [s[0] * 2, s[1]]), x, [s, s])
    assert outputs[0].asnumpy().tolist() == [[11, 22], [23, 44]]
    assert outputs[1][0].asnumpy().tolist() == x.asnumpy().tolist()
    assert states[0].asnumpy().tolist() == [40, 80] and states[1] is s
    total = C.foreach(lambda d, s: (d[0] * d[1], s), [x, x], [])[0]
    assert total.asnumpy().tolist() == [[1, 4], [9, 16]]


def test_foreach_carries_gradients():
    x, s = nd.array([2.0, 3.0, 4.0]), nd.array([5.0])
    x.attach_grad()
    s.attach_grad()
    with mx.autograd.record():
        _, product = C.foreach(lambda d, s: (d, s * d), x, s)
    product.backward()
    assert x.grad.asnumpy().tolist() == [60, 40, 30] and s.grad.asscalar() == 24


@pytest.mark.parametrize("call, error", [
    (lambda: C.foreach(lambda d, s: (d, s), 3, nd.ones(1)), AssertionError),
    (lambda: C.foreach(lambda d, s: (d, s), nd.ones(1), None), AssertionError),
    (lambda: C.foreach(lambda d, s: (1, s), nd.ones(1), nd.ones(1)), AssertionError),
    (lambda: C.foreach(lambda d, s: (d, s), nd.array(np.zeros((0, 3))), nd.ones(1)), ValueError),
    (lambda: C.while_loop(lambda i: i < 5, lambda i: (i, i + 1), [nd.ones(1)]), ValueError),
    (lambda: C.while_loop(lambda i: i < 5, lambda i: (i, i + 1), [], max_iterations=1), ValueError),
    (lambda: C.while_loop(lambda i: i < 5, lambda i: (i, [i, i]), [nd.ones(1)], max_iterations=1), ValueError),
    (lambda: C.while_loop(lambda i: i < 5, lambda i: (3, [i]), [nd.ones(1)], max_iterations=1), AssertionError),
    (lambda: C.while_loop(lambda i: nd.ones(2), lambda i: (i, [i]), [nd.ones(1)], max_iterations=1), ValueError),
    (lambda: C.cond(nd.ones(2), lambda: 1, lambda: 2), ValueError),
])
def test_refusals(call, error):
    with pytest.raises(error):
        call()


def test_while_loop_fills_up_with_zeros():
    outputs, last = C.while_loop(lambda i, s: i < 3, lambda i, s: ([i, s * 2], [i + 1, s + i]),
                                 [nd.array([1]), nd.array([5])], max_iterations=4)
    assert outputs[0].asnumpy().tolist() == [[1], [2], [0], [0]] and outputs[1].asnumpy().tolist() == [[10], [12], [0], [0]]
    assert [v.asscalar() for v in last] == [3, 8]
    one, last = C.while_loop(lambda i: i < 3, lambda i: (i.astype("int32"), i + 1), nd.array([1]), max_iterations=2)
    assert one.dtype == np.int32 and last.asscalar() == 3
    assert C.while_loop(lambda i: i < 3, lambda i: (i, i + 1), [nd.array([9])], max_iterations=2)[0] == []


def test_while_loop_and_cond_carry_gradients():
    x = nd.array([3.0])
    x.attach_grad()
    with mx.autograd.record():
        outputs, (_, power) = C.while_loop(lambda i, p: i < 3, lambda i, p: (p, [i + 1, p * x]), [nd.zeros(1), x],
                                           max_iterations=5)
        y = C.cond(power > 80, lambda: power + outputs.sum(), lambda: power)
    y.backward()
    assert x.grad.asscalar() == 4 * 27 + 1 + 2 * 3 + 3 * 9


def test_finiteness_keeps_the_type():
    x = nd.array([1, np.inf, -np.inf, np.nan], dtype="float16")
    for f, expected in ((C.isinf, [0, 1, 1, 0]), (C.isnan, [0, 0, 0, 1]), (C.isfinite, [1, 0, 0, 0])):
        assert f(x).asnumpy().tolist() == expected and f(x).dtype == np.float16


def test_zipfian_samples():
    mx.random.seed(3)
    sampled, true, expected = C.rand_zipfian(nd.array([3]), 20000, 9)
    assert sampled.dtype == np.int64 and expected.dtype == np.float64
    counts = np.bincount(sampled.asnumpy(), minlength=9)
    assert counts[3] == pytest.approx(true.asscalar(), rel=0.1)
    assert true.asscalar() == pytest.approx(20000 * np.log(5 / 4) / np.log(10))


def test_adamw_takes_a_number_as_scale():
    def weight(scale):
        w = nd.ones(3)
        C.adamw_update(w, w * 2, nd.zeros(3), nd.zeros(3), scale, lr=.1, eta=1, out=w)
        return w.asnumpy()
    np.testing.assert_array_equal(weight(0.5), weight(nd.array([0.5])))
    assert (weight(float("nan")) == 1).all() and (weight(0.5) < 1).all()
