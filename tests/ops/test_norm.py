"""Normalisation: when statistics move, what is written, types and shapes."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.ops import registry, shapes

nd, ag = mx.nd, mx.autograd


def _inputs(shape=(6, 3, 4), dtype="float32", params="float32"):
    rng = np.random.RandomState(0)
    c = shape[1]
    return (nd.array(rng.normal(size=shape) * 2 + 1, dtype=dtype), nd.array(rng.uniform(0.5, 2, c), dtype=params),
            nd.array(rng.normal(size=c), dtype=params), nd.zeros(c, dtype=params), nd.ones(c, dtype=params))


def test_moving_statistics_move_in_backward_only():
    x, gamma, beta, mean, var = _inputs()
    gamma.attach_grad()
    with ag.record():
        y = nd.BatchNorm(x, gamma, beta, mean, var, fix_gamma=False, momentum=0.8)
    assert (mean.asnumpy() == 0).all() and (var.asnumpy() == 1).all()
    y.backward()
    values = x.asnumpy().astype("float64")
    np.testing.assert_allclose(mean.asnumpy(), 0.2 * values.mean((0, 2)), rtol=1e-5)
    np.testing.assert_allclose(var.asnumpy(), 0.8 + 0.2 * values.var((0, 2)), rtol=1e-4)


@pytest.mark.parametrize(("train", "options"), [(False, {}), (True, {"use_global_stats": True})])
def test_statistics_stay_where_they_are_used(train, options):
    x, gamma, beta, mean, var = _inputs()
    x.attach_grad()
    with ag.record(train_mode=train):
        y = nd.BatchNorm(x, gamma, beta, mean, var, fix_gamma=False, eps=0.0, **options)
    y.backward(train_mode=train)
    assert (mean.asnumpy() == 0).all() and (var.asnumpy() == 1).all()
    g, b = gamma.asnumpy()[:, None], beta.asnumpy()[:, None]
    np.testing.assert_allclose(y.asnumpy(), x.asnumpy() * g + b, rtol=1e-5, atol=1e-6)


def test_a_fixed_gamma_becomes_one_even_in_inference():
    x, gamma, beta, mean, var = _inputs()
    nd.BatchNorm(x, gamma, beta, mean, var)
    assert (gamma.asnumpy() == 1).all()
    gamma.attach_grad()
    with ag.record():
        y = nd.BatchNorm(x, gamma, beta, mean, var)
    y.backward(nd.ones(y.shape) * 3)
    assert (gamma.grad.asnumpy() == 0).all()


def test_mean_and_inverse_deviation_are_returned():
    x, gamma, beta, mean, var = _inputs()
    with ag.train_mode():
        _, m, r = nd.BatchNorm(x, gamma, beta, mean, var, output_mean_var=True, eps=0.5)
    np.testing.assert_allclose(m.asnumpy(), x.asnumpy().mean((0, 2)), rtol=1e-5)
    np.testing.assert_allclose(r.asnumpy(), 1 / np.sqrt(x.asnumpy().var((0, 2)) + 0.5), rtol=1e-5)
    _, m, r = nd.BatchNorm(x, gamma, beta, mean, var, output_mean_var=True, eps=0.5)
    assert m.asnumpy().tolist() == [0, 0, 0] and np.allclose(r.asnumpy(), 1 / np.sqrt(1.5))


def test_half_precision_takes_parameters_in_single():
    x, gamma, beta, mean, var = _inputs(dtype="float16")
    y = nd.BatchNorm(x, gamma, beta, mean, var, fix_gamma=False)
    assert y.dtype == np.float16
    with pytest.raises(mx.MXNetError, match="gamma.*float32"):
        nd.BatchNorm(x, gamma.astype("float16"), beta, mean, var)


@pytest.mark.parametrize("call", [
    lambda x, *p: nd.BatchNorm(x, *p, axis=3),
    lambda x, *p: nd.BatchNorm(x, *p, axis=2),
    lambda x, g, b, *_: nd.LayerNorm(x, g, b),
    lambda x, g, b, *_: nd.GroupNorm(x, g, b, num_groups=2),
    lambda x, g, b, *_: nd.InstanceNorm(x[0], g, b),
    lambda x, *_: nd.L2Normalization(x[0], mode="channel"),
    lambda x, *_: nd.L2Normalization(x, mode="rows"),
    lambda x, *_: nd.LRN(x, nsize=0),
    lambda x, *_: nd.LRN(x),
])
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(mx.MXNetError):
        call(*_inputs())


def test_large_batches_keep_their_precision():
    """Sums over many rows, far from zero."""
    values = np.random.RandomState(1).normal(size=(70000, 2)).astype("float32") + 100
    x, ones = nd.array(values), nd.ones(2)
    with ag.train_mode():
        _, mean, inverse = nd.BatchNorm(x, ones, ones, nd.zeros(2), nd.ones(2), output_mean_var=True)
    wide = values.astype("float64")
    np.testing.assert_allclose(mean.asnumpy(), wide.mean(0), rtol=1e-6)
    np.testing.assert_allclose(inverse.asnumpy(), 1 / np.sqrt(wide.var(0) + 1e-3), rtol=1e-5)


def test_layer_norm_returns_mean_and_deviation():
    x = nd.array(np.random.RandomState(0).normal(size=(2, 3, 4)))
    _, mean, std = nd.LayerNorm(x, nd.ones(3), nd.zeros(3), axis=1, eps=0.5, output_mean_var=True)
    assert mean.shape == std.shape == (2, 1, 4)
    np.testing.assert_allclose(std.asnumpy(), np.sqrt(x.asnumpy().var(1, keepdims=True) + 0.5), rtol=1e-5)


def test_parameters_are_inferred_from_data():
    op = registry.get("BatchNorm")
    ins, outs = shapes.infer(op, [(2, 3, 4), None, None, None, None], op.parse({"axis": -1}))
    assert ins == [(2, 3, 4)] + [(4,)] * 4 and outs == [(2, 3, 4), (4,), (4,)]
    op = registry.get("GroupNorm")
    assert shapes.infer(op, [(2, 4, 3), None, None], op.parse({"num_groups": 2}))[0] == [(2, 4, 3), (2,), (2,)]
