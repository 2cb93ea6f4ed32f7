"""Comparing optimizers with each other, and hybridized Gluon blocks with plain ones."""
import numpy as np

from .. import autograd
from .. import ndarray as nd
from .compare import assert_almost_equal, compare_ndarray_tuple
from .environment import default_context
from .sparse import rand_ndarray

__all__ = ["check_gluon_hybridize_consistency", "compare_optimizer"]


def _weights(shape, dtype, stype):
    if stype == "default":
        w = nd.array(np.random.uniform(size=shape), ctx=default_context(), dtype=dtype)
        return w, w.copy()
    w = rand_ndarray(shape, stype, density=1, dtype=dtype)
    return w, w.copyto(default_context())


def _states(pairs, opt1, opt2):
    return ([opt1.create_state_multi_precision(i, w) for i, (w, _) in enumerate(pairs)],
            [opt2.create_state_multi_precision(i, w) for i, (_, w) in enumerate(pairs)])


def _state_pairs(state1, state2):
    return [((a,), (b,)) if not isinstance(a, tuple) else (a, b) for a, b in zip(state1, state2)]


def compare_optimizer(opt1, opt2, shape, dtype, w_stype="default", g_stype="default", rtol=1e-4, atol=1e-5,
                      compare_states=True, ntensors=1):
    """AssertionError unless two optimizers do the same to equal weights, gradients and states.

    ``shape`` is one shape, or with ``ntensors`` above 1 a list of as many, updated in one call.
    """
    shapes = shape if isinstance(shape, list) else [shape] * ntensors
    weights = [_weights(shapes[i], dtype, w_stype) for i in range(ntensors)]
    grads = [_weights(shapes[i], dtype, g_stype) for i in range(ntensors)]
    state1, state2 = _states(weights, opt1, opt2)
    if compare_states:
        for a, b in _state_pairs(state1, state2):
            compare_ndarray_tuple(a, b)
    if ntensors == 1:
        opt1.update_multi_precision(0, weights[0][0], grads[0][0], state1[0])
        opt2.update_multi_precision(0, weights[0][1], grads[0][1], state2[0])
    else:
        which = list(range(ntensors))
        opt1.update_multi_precision(which, [w[0] for w in weights], [g[0] for g in grads], state1)
        opt2.update_multi_precision(which, [w[1] for w in weights], [g[1] for g in grads], state2)
    if compare_states:
        for a, b in _state_pairs(state1, state2):
            compare_ndarray_tuple(a, b, rtol=rtol, atol=atol)
    for a, b in weights:
        assert_almost_equal(a, b, rtol=rtol, atol=atol)


def check_gluon_hybridize_consistency(net_builder, data_l, numpy_func=None, test_grad=True, rtol=1e-4, atol=1e-4):
    """AssertionError unless a block gives the same values (and gradients) hybridized and plain, and as ``numpy_func``.

    ``net_builder()`` makes the block, ``data_l`` is the list of its inputs.
    """
    values, grads, parameters = [], [], None
    for hybridize in (False, True):
        net = net_builder()
        net.initialize()
        if hybridize:
            net.hybridize()
        inputs = [x.copy() for x in data_l]
        with autograd.pause():
            net(*inputs)
        if parameters is None:
            parameters = [p.data().copy() for p in net.collect_params().values()]
        else:
            for p, value in zip(net.collect_params().values(), parameters):
                p.set_data(value)
        if not test_grad:
            values.append(net(*inputs))
            continue
        for x in inputs:
            x.attach_grad()
        with autograd.record():
            out = net(*inputs)
        out.backward(out)
        values.append(out)
        trained = [p for p in net.collect_params().values() if p.grad_req != "null"]
        grads.append([x.grad for x in inputs] + [p.grad() for p in trained])
    assert_almost_equal(values[0], values[1], rtol=rtol, atol=atol)
    if test_grad:
        for a, b in zip(*grads):
            assert_almost_equal(a, b, rtol=rtol, atol=atol)
    if numpy_func is not None:
        expected = numpy_func(*[x.asnumpy() for x in data_l])
        for value in values:
            assert_almost_equal(value, expected, rtol=rtol, atol=atol)
