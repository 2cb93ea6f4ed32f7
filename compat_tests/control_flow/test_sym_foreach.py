"""``sym.contrib.foreach``: results and gradients are those of the steps written out, for what comes in by any way."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd, sym

V, foreach = sym.Variable, sym.contrib.foreach
RNG = np.random.RandomState(7)


def group(outputs, states):
    """One symbol of nested lists."""
    def flat(x):
        return [x] if isinstance(x, sym.Symbol) else [s for part in x for s in flat(part)]
    return sym.Group(flat(outputs) + flat(states))


def random(**shapes):
    return {name: nd.array(RNG.uniform(0.5, 1.5, shape)) for name, shape in shapes.items()}


def compare(symbol, arrays, written_out, rtol=1e-5):
    """The symbol against a function of arrays: outputs, gradients of all of them under weights, and prediction."""
    grads = {name: nd.zeros(a.shape) for name, a in arrays.items()}
    ex = symbol.bind(mx.cpu(), dict(arrays), grads)
    assert symbol.infer_shape(**{n: a.shape for n, a in arrays.items()})[1] == [o.shape for o in ex.forward()]
    for a in arrays.values():
        a.attach_grad()
    with autograd.record():
        expected = written_out(**arrays)
    weights = [nd.array(RNG.uniform(-1, 1, y.shape)) for y in expected]
    autograd.backward(expected, weights)
    for train in (False, True):
        got = ex.forward(is_train=train)
        assert len(got) == len(expected)
        for g, e in zip(got, expected):
            np.testing.assert_allclose(g.asnumpy(), e.asnumpy(), rtol=rtol, atol=1e-6)
    ex.backward(weights)
    for name, a in arrays.items():
        np.testing.assert_allclose(grads[name].asnumpy(), a.grad.asnumpy(), rtol=rtol, atol=1e-6, err_msg=name)


def steps(body, data, states):
    """The loop written out."""
    rows = []
    for t in range(data[0].shape[0]):
        out, states = body([d[t] for d in data], states)
        rows.append(out)
    return [nd.stack(*column, axis=0) for column in zip(*rows)] + states


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("kind", ["state", "both", "own"])
def test_one_data_one_state(kind, length):
    def body(d, s):
        new = d * s + d
        return {"state": s, "both": new, "own": d * 2}[kind] * 1, new
    x = random(d=(length, 3, 2), s=(3, 2))
    compare(group(*foreach(body, V("d"), V("s"))), x,
            lambda d, s: steps(lambda a, b: ([body(a[0], b[0])[0]], [body(a[0], b[0])[1]]), [d], [s]))


def test_several_data_and_states():
    def body(d, s):
        return [d[0] * s[0], d[1] + s[1], d[0] - d[1]], [s[0] + d[0], s[1] * d[1]]
    x = random(a=(4, 3), b=(4, 3), s=(3,), t=(3,))
    compare(group(*foreach(body, [V("a"), V("b")], [V("s"), V("t")])), x, lambda a, b, s, t: steps(body, [a, b], [s, t]))


def test_closed_over():
    """A variable and outputs outside, one of several among them."""
    w, u = V("w"), V("u")
    product = w * u
    compare(group(*foreach(lambda d, s: (d * w + product, s * u + d * product), V("d"), V("s"))),
            random(d=(3, 2), s=(2,), w=(2,), u=(2,)),
            lambda d, s, w, u: steps(lambda a, b: ([a[0] * w + w * u], [b[0] * u + a[0] * (w * u)]), [d], [s]))
    parts = sym.split(V("v"), num_outputs=2, axis=0)
    got = group(*foreach(lambda d, s: (d * parts[1], s + d * parts[0]), V("d"), V("s"))).eval(
        d=nd.array([[1], [2]]), s=nd.array([1]), v=nd.array([3, 5]))
    assert got[0].asnumpy().tolist() == [[5], [10]] and got[1].asnumpy().tolist() == [10]


def test_what_is_made_in_the_body():
    """Variables of the body, those of operators too, are inputs of the whole."""
    out = group(*foreach(lambda d, s: (sym.broadcast_mul(d, V("inner")), sym.FullyConnected(d, num_hidden=4, name="fc") + s),
                         V("d"), V("s")))
    assert out.list_arguments() == ["d", "s", "inner", "fc_weight", "fc_bias"]
    assert out.infer_shape(d=(5, 2, 3), inner=(1, 3)) == ([(5, 2, 3), (2, 4), (1, 3), (4, 3), (4,)], [(5, 2, 3), (2, 4)], [])
    constant = foreach(lambda d, s: (sym.ones((2,)) * 3, s + d), V("d"), V("s"))
    got = group(*constant).eval(d=nd.ones((3, 2)), s=nd.zeros(2))
    assert got[0].asnumpy().tolist() == [[3, 3]] * 3 and got[1].asnumpy().tolist() == [3, 3]


def test_no_outputs_and_no_states():
    outputs, total = foreach(lambda d, s: ([], s + d), V("d"), V("s"))
    assert outputs == []
    assert total.eval(d=nd.array([[1, 2], [3, 4]]), s=nd.zeros(2))[0].asnumpy().tolist() == [4, 6]
    outputs, states = foreach(lambda d, s: (d * 2, s), V("d"), [])
    assert states == [] and outputs.eval(d=nd.array([[1], [2]]))[0].asnumpy().tolist() == [[2], [4]]


def test_outputs_are_nested_as_given():
    def single(d, s):
        return d * 2, s + d

    def lists(d, s):
        return [d[0] * 2, [d[0] * 3]], [s[0] + d[0]]
    outputs, states = foreach(single, V("d"), V("s"))
    assert isinstance(outputs, sym.Symbol) and isinstance(states, sym.Symbol)
    outputs, states = foreach(lists, [V("d")], [V("s")])
    assert [type(x) for x in outputs] == [sym.Symbol, list] and len(outputs[1]) == 1 and len(states) == 1
    outputs, states = foreach(lambda d, s: ([d[0], d[1][0]], [s[0], [s[1][0] + d[0]]]), [V("d"), [V("e")]], [V("s"), [V("t")]])
    assert len(outputs) == 2 and len(states) == 2 and len(states[1]) == 1
    assert group(outputs, states).list_arguments() == ["d", "e", "s", "t"]


def test_loops_in_loops():
    x = random(d=(3, 4, 2), s=(2,), w=(2,))
    w = V("w")

    def inner(d, s):
        return foreach(lambda e, r: (e * w + r, r + e), d, s)

    def written_out(d, s, w):
        def body(a, b):
            *out, last = steps(lambda e, r: ([e[0] * w + r[0]], [r[0] + e[0]]), [a[0]], b)
            return out, [last]
        return steps(body, [d], [s])
    compare(group(*foreach(inner, V("d"), V("s"))), x, written_out)


def test_one_loop_after_another():
    x = random(d=(3, 2), s=(2,))
    first, state = foreach(lambda d, s: (d * s, s + d), V("d"), V("s"))
    compare(group(*foreach(lambda d, s: (d + s, s * d), first, state)), x,
            lambda d, s: steps(lambda a, b: ([a[0] + b[0]], [b[0] * a[0]]),
                               steps(lambda a, b: ([a[0] * b[0]], [b[0] + a[0]]), [d], [s])[:1],
                               [steps(lambda a, b: ([a[0] * b[0]], [b[0] + a[0]]), [d], [s])[1]]))


def test_data_of_one_dimension():
    """A slice is an array of one element."""
    out = group(*foreach(lambda d, s: (d * 2, s + d), V("d"), V("s")))
    assert out.infer_shape(d=(3,), s=(1,)) == ([(3,), (1,)], [(3, 1), (1,)], [])
    d, s = nd.array([1, 2, 3]), nd.zeros(1)
    grads = [nd.zeros(3), nd.zeros(1)]
    ex = out.bind(mx.cpu(), [d, s], grads)
    got = ex.forward(is_train=True)
    assert got[0].asnumpy().tolist() == [[2], [4], [6]] and got[1].asnumpy().tolist() == [6]
    ex.backward([nd.ones((3, 1)), nd.ones(1)])
    assert grads[0].asnumpy().tolist() == [3, 3, 3] and grads[1].asnumpy().tolist() == [1]


def test_requests():
    body = group(*foreach(lambda d, s: (d * V("w"), s + d), V("d"), V("s")))
    arrays = {"d": nd.array([[1, 2], [3, 4]]), "s": nd.zeros(2), "w": nd.array([2, 3])}
    grads = {n: nd.ones(a.shape) for n, a in arrays.items()}
    ex = body.bind(mx.cpu(), arrays, grads, grad_req={"d": "add", "w": "write", "s": "null"})
    for _ in range(2):
        ex.forward(is_train=True)
        ex.backward([nd.ones((2, 2)), nd.ones(2)])
    assert grads["d"].asnumpy().tolist() == [[7, 9], [7, 9]]
    assert grads["w"].asnumpy().tolist() == [4, 6] and grads["s"].asnumpy().tolist() == [1, 1]


def test_shapes_and_types():
    out = group(*foreach(lambda d, s: (sym.FullyConnected(d, num_hidden=3, name="fc"), s + d), V("d"), V("s")))
    assert out.infer_shape(d=(5, 2, 3)) == ([(5, 2, 3), (2, 3), (3, 3), (3,)], [(5, 2, 3), (2, 3)], [])
    after = sym.FullyConnected(out[0], num_hidden=2, name="after")
    assert after.infer_shape(d=(5, 2, 3))[0][-2:] == [(2, 6), (2,)]
    assert out.infer_type(d="float16") == ([np.float16] * 4, [np.float16] * 2, [])
    cast = group(*foreach(lambda d, s: (d.astype("int32"), s + d), V("d"), V("s")))
    assert cast.infer_type(d="float64") == ([np.float64] * 2, [np.int32, np.float64], [])
    with pytest.raises(mx.MXNetError):
        foreach(lambda d, s: (d[0] + d[1], s + d[0]), [V("d"), V("e")], V("s"))[0].infer_shape(d=(3, 2), e=(2, 2), s=(2,))
    with pytest.raises(mx.MXNetError):
        foreach(lambda d, s: (d, sym.concat(s, d, dim=0)), V("d"), V("s"))[1].infer_shape(d=(3, 2), s=(2,))


def test_an_empty_loop():
    out = group(*foreach(lambda d, s: (d * 2, s + d), V("d"), V("s")))
    with pytest.raises(mx.MXNetError):
        for y in out.eval(d=nd.array(np.zeros((0, 2))), s=nd.zeros(2)):
            y.asnumpy()


@pytest.mark.parametrize(("make", "error"), [
    (lambda: foreach(lambda d, s: (s, s + 1), V("d"), V("s")), AssertionError),
    (lambda: foreach(lambda d, s: (d, d + 1), V("d"), V("s")), AssertionError),
    (lambda: foreach(lambda d, s: (d, [s, d]), V("d"), V("s")), AssertionError),
    (lambda: foreach(lambda d, s: (d, s), V("d"), V("d")), AssertionError),
    (lambda: foreach(lambda d, s: (d + V("k"), s + V("k")), V("d"), V("s")), AssertionError),
    (lambda: foreach(lambda d, s: (d, s), nd.ones(3), V("s")), AssertionError),
    (lambda: foreach(lambda d, s: (d, s), V("d"), 3), AssertionError),
    (lambda: foreach(lambda d, s: (3, s), V("d"), V("s")), AssertionError),
    (lambda: foreach(lambda d, s: (d, None), V("d"), V("s")), AssertionError)],
    ids=["data unused", "state unused", "more states", "one name twice", "two variables", "array", "number", "out", "none"])
def test_refused(make, error):
    with pytest.raises(error):
        make()


def test_names():
    with mx.name.Prefix("p_"):
        out, _ = foreach(lambda d, s: (d * 2, s + d), V("d"), V("s"), name="mine")
    assert out.name == "p__foreach0" and out.list_outputs() == ["p__foreach0_output0"]
    assert foreach(lambda d, s: ([], s + d), V("d"), V("s"))[1].list_outputs() == ["_foreach0_output"]
    internals = out.get_internals().list_outputs()
    assert internals == ["d", "s", "p__foreach0_output0", "p__foreach0_output1"]
