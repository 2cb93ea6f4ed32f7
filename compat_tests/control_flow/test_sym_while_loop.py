"""``sym.contrib.while_loop``: steps, padding, what goes in and out, loops in loops."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

V, while_loop = sym.Variable, sym.contrib.while_loop


def group(outputs, variables):
    def flat(x):
        return [x] if isinstance(x, sym.Symbol) else [s for part in x for s in flat(part)]
    return sym.Group(flat(outputs) + flat(variables))


def values(symbol, **arrays):
    return [y.asnumpy().tolist() for y in symbol.eval(**{n: nd.array(a) for n, a in arrays.items()})]


def test_counting():
    out = group(*while_loop(lambda i: i < 4, lambda i: (i * 2, i + 1), V("i"), max_iterations=4))
    assert values(out, i=[0]) == [[[0], [2], [4], [6]], [4]]
    assert values(out, i=[3])[1] == [4]
    assert values(out, i=[3])[0][0] == [6]


def test_the_limit():
    out = group(*while_loop(lambda i, s: i < 10, lambda i, s: (s, [i + 1, s + i]), [V("i"), V("s")], max_iterations=3))
    assert values(out, i=[1], s=[5]) == [[[5], [6], [8]], [4], [11]]
    fraction = while_loop(lambda i: i < 10, lambda i: (i * 1, i + 1), V("i"), max_iterations=2.9)
    assert values(group(*fraction), i=[1]) == [[[1], [2]], [3]]


def test_rows_that_are_left():
    out = while_loop(lambda i, s: i < 3, lambda i, s: (s, [i + 1, s * 2]), [V("i"), V("s")], max_iterations=5)
    rows, i, s = values(group(*out), i=[1], s=[1, 2])
    assert rows[:2] == [[1, 2], [2, 4]] and len(rows) == 5 and i == [3] and s == [4, 8]


def test_without_outputs():
    for none in (None, []):
        outputs, (i, s) = while_loop(lambda i, s: i < 3, lambda i, s, none=none: (none, (i + 1, s + i)), (V("i"), V("s")),
                                     max_iterations=9)
        assert outputs == [] and values(sym.Group([i, s]), i=[0], s=[0]) == [[3], [3]]


def test_loop_without_steps_and_outputs():
    _, i = while_loop(lambda i: i < 3, lambda i: ([], i + 1), V("i"), max_iterations=9)
    assert values(i, i=[7]) == [[7]]


def test_closed_over():
    limit, w = V("n"), V("w")
    product = w * V("u")
    out = group(*while_loop(lambda i, s: i < limit * 1, lambda i, s: (s * w, [i + 1, s + product]), [V("i"), V("s")],
                            max_iterations=3))
    assert out.list_arguments() == ["i", "n", "s", "w", "u"]
    got = values(out, i=[0], n=[3], w=[2, 3], s=[1, 1], u=[1, 2])
    assert got == [[[2, 3], [6, 21], [10, 39]], [3], [7, 19]]
    # the loop variable as it was before
    i = V("i")
    out = group(*while_loop(lambda j: j < i + 3, lambda j: (i * 10, j + i), i, max_iterations=2))
    assert values(out, i=[2]) == [[[20], [20]], [6]]


@pytest.mark.parametrize("length", [1, 3, 5])
def test_gradients(length):
    """By hand, of s_k = a s_(k-1) + b b."""
    a, b = V("a"), V("b")
    rows, (_, last) = while_loop(lambda i, s: i < length, lambda i, s: (a * s, [i + 1, a * s + b * b]), [V("i"), V("s")],
                                 max_iterations=length)
    arrays = {"i": nd.zeros(1), "s": nd.array([2.0]), "a": nd.array([1.5]), "b": nd.array([0.5])}
    grads = {n: nd.zeros(1) for n in ("s", "a", "b")}
    symbol = sym.Group([rows, last])
    ex = symbol.bind(mx.cpu(), arrays, grads)
    got_rows, got_last = ex.forward(is_train=True)
    s, states = 2.0, []
    ds, da, db = 1.0, 0.0, 0.0      # derivatives of the state
    rows_a = rows_s = rows_b = 0.0
    for _ in range(length):
        states.append(1.5 * s)
        rows_a, rows_s, rows_b = rows_a + s + 1.5 * da, rows_s + 1.5 * ds, rows_b + 1.5 * db
        ds, da, db = 1.5 * ds, s + 1.5 * da, 1.5 * db + 2 * 0.5
        s = 1.5 * s + 0.25
    np.testing.assert_allclose(got_rows.asnumpy()[:, 0], states, rtol=1e-6)
    assert got_last.asscalar() == pytest.approx(s)
    ex.backward([nd.ones((length, 1)), nd.ones(1)])
    assert grads["s"].asscalar() == pytest.approx(rows_s + ds)
    assert grads["a"].asscalar() == pytest.approx(rows_a + da)
    assert grads["b"].asscalar() == pytest.approx(rows_b + db)


def test_loops_in_loops():
    """A table of products."""
    n = V("n")

    def row(i, total):
        cells, (_, s) = while_loop(lambda j, s: j < n, lambda j, s: (i * j, [j + 1, s + i * j]), [V("zero"), total],
                                   max_iterations=3)
        return cells, [i + 1, s]
    out = group(*while_loop(lambda i, total: i < n, row, [V("i"), V("t")], max_iterations=3))
    table, i, total = values(out, i=[0], t=[0], n=[3], zero=[0])
    assert np.array(table)[..., 0].tolist() == [[0, 0, 0], [0, 1, 2], [0, 2, 4]] and i == [3] and total == [9]


def test_nested_as_given():
    outputs, variables = while_loop(lambda i, x: i < x, lambda i, x: ([i, [x, [i * 2]]], (i + 1, x)), (V("i"), V("x")),
                                    max_iterations=2)
    assert isinstance(outputs[0], sym.Symbol) and isinstance(outputs[1][1][0], sym.Symbol) and len(variables) == 2
    outputs, variable = while_loop(lambda i: i < 3, lambda i: (i * 1, i + 1), V("i"), max_iterations=2)
    assert isinstance(outputs, sym.Symbol) and isinstance(variable, sym.Symbol)
    outputs, variables = while_loop(lambda i: i < 3, lambda i: ([i * 1], [i + 1]), [V("i")], max_iterations=2)
    assert len(outputs) == 1 and len(variables) == 1


def test_shapes_follow_when_it_runs():
    out = group(*while_loop(lambda i, x: i < 3, lambda i, x: (x, [i + 1, x * V("w")]), [V("i"), V("x")], max_iterations=4))
    shapes = {"i": (1,), "x": (2,), "w": (2,)}
    assert out.infer_shape(**shapes) == (None, None, None)
    assert out.infer_shape_partial(**shapes) == ([(1,), (2,), (2,)], [(), (), ()], [])
    assert out.infer_type(i="float32", x="float64", w="float64") == ([np.float32, np.float64, np.float64],
                                                                   [np.float64, np.float32, np.float64], [])
    assert [y.shape for y in out.eval(i=nd.zeros(1), x=nd.ones(2), w=nd.ones(2))] == [(4, 2), (1,), (2,)]


def test_a_variable_may_grow():
    _, (_, x) = while_loop(lambda i, x: i < 3, lambda i, x: ([], [i + 1, sym.concat(x, x, dim=0)]), [V("i"), V("x")],
                           max_iterations=5)
    assert values(x, i=[0], x=[1, 2]) == [[1, 2] * 8]


@pytest.mark.parametrize(("make", "error"), [
    (lambda i, x: while_loop(lambda i, x: i < 3, lambda i, x: (i, [i, x]), [i, x]), ValueError),
    (lambda i, x: while_loop(lambda i, x: i < 3, lambda i, x: (i, [i, x]), [i, x], max_iterations="many"), ValueError),
    (lambda i, x: while_loop(lambda i, x: i < 3, lambda i, x: (i, [i, x]), [i, x], max_iterations=0), mx.MXNetError),
    (lambda i, x: while_loop(lambda: i < 3, lambda: (i, []), [], max_iterations=2), ValueError),
    (lambda i, x: while_loop(lambda i, x: i < x, lambda i, x: (i, [i + 1, i]), [i, x], max_iterations=2), ValueError),
    (lambda i, x: while_loop(lambda i, x: i < x, lambda i, x: (i, [i + 1]), [i, x], max_iterations=2), ValueError),
    (lambda i, x: while_loop(lambda i, x: i < x, lambda i, x: (i, None), [i, x], max_iterations=2), ValueError),
    (lambda i, x: while_loop(lambda i: True, lambda i: (i, i + 1), i, max_iterations=2), ValueError),
    (lambda i, x: while_loop(lambda i: [i < 3], lambda i: (i, i + 1), i, max_iterations=2), ValueError),
    (lambda i, x: while_loop(lambda i: i < 3, lambda i: (5, i + 1), i, max_iterations=2), AssertionError),
    (lambda i, x: while_loop(lambda i: i < 3, lambda i: ([], i + 1), 5, max_iterations=2), AssertionError),
    (lambda i, x: while_loop(lambda i, j: i < j, lambda i, j: ([], [i, j]), [i, i], max_iterations=2), AssertionError)],
    ids=["none", "text", "zero", "no variables", "unused", "fewer", "nothing", "bool", "list", "number", "no symbol", "twice"])
def test_refused(make, error):
    with pytest.raises(error):
        make(V("i"), V("x"))


def test_a_condition_has_one_element():
    out = while_loop(lambda x: x < 3, lambda x: ([], x + 1), V("x"), max_iterations=2)[1]
    with pytest.raises(mx.MXNetError):
        out.eval(x=nd.ones(2))[0].asnumpy()
