"""Records graphs with loops and conditions as real MXNet writes them, and what they give: ``python record_loops.py [FILE]``.

Run with real MXNet 1.9.1; ``compat_tests/control_flow/test_recorded_loops.py`` composes the same cases here.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

_SETUP = '''
import mxnet as mx
from mxnet import nd, sym
V, foreach, while_loop, cond = sym.Variable, sym.contrib.foreach, sym.contrib.while_loop, sym.contrib.cond
fc = lambda x, name: sym.FullyConnected(x, num_hidden=2, name=name)

def flat(x):
    return [x] if isinstance(x, sym.Symbol) else [s for part in x for s in flat(part)]

def both(pair):
    return sym.Group(flat(pair[0]) + flat(pair[1]))
'''

#: name -> (statements that leave ``out``, shapes of the arguments, or None where it is not run)
CASES = {
    "foreach": ("out = both(foreach(lambda d, s: (d * V('w') + s, s + d), V('d'), V('s')))",
                {"d": (3, 2), "s": (2,), "w": (2,)}),
    "foreach of an operator's variables": (
        "out = both(foreach(lambda d, s: (fc(d, 'fc') + s, s * 2), V('d'), V('s')))",
        {"d": (3, 2, 2), "s": (2, 2), "fc_weight": (2, 2), "fc_bias": (2,)}),
    "foreach with a moving average": (
        "out = both(foreach(lambda d, s: (sym.BatchNorm(d, name='bn'), s + d), V('d'), V('s')))",
        {"d": (3, 2, 2), "s": (2, 2), "bn_gamma": (2,), "bn_beta": (2,), "bn_moving_mean": (2,), "bn_moving_var": (2,)}),
    "foreach passes on": ("out = both(foreach(lambda d, s: (d, s), V('d'), V('s')))", {"d": (3, 2), "s": (2,)}),
    "foreach gives the state out": (
        "def body(d, s):\n    new = d + s\n    return [new, new * 2], new\n"
        "out = both(foreach(body, V('d'), V('s')))", {"d": (3, 2), "s": (2,)}),
    "foreach gives a constant": ("out = both(foreach(lambda d, s: (sym.zeros((2,)), d + s), V('d'), V('s')))",
                                 {"d": (3, 2), "s": (2,)}),
    "foreach without states": ("x = V('x')\nout = both(foreach(lambda d, s: (d + x.sum(), []), x, []))", {"x": (3, 1)}),
    "foreach without outputs": ("out = both(foreach(lambda d, s: ([], s + d), V('d'), V('s')))", {"d": (3, 2), "s": (2,)}),
    "foreach of outputs": (
        "y = V('a') * V('b')\nz = sym.split(y, num_outputs=2, axis=0, name='sp')\n"
        "out = both(foreach(lambda d, s: (d + y.sum() + z[1], s + d * z[0]), V('d'), V('s')))",
        {"d": (3, 1), "s": (1,), "a": (2,), "b": (2,)}),
    "foreach of several": (
        "out = both(foreach(lambda d, s: ([d[0] + d[1][0], s[0]], [s[0] * d[0], [s[1][0] + d[1][0]]]), "
        "[V('x'), [V('y')]], [V('s'), [V('t')]]))", {"x": (3, 2), "y": (3, 2), "s": (2,), "t": (2,)}),
    "foreach of foreach": (
        "w = V('w')\nout = both(foreach(lambda d, s: foreach(lambda e, r: (e * w + r, r + e), d, s), V('d'), V('s')))",
        {"d": (2, 3, 2), "s": (2,), "w": (2,)}),
    "foreach after foreach": (
        "o, s = foreach(lambda d, s: (d * 2, s + d), V('d'), V('s'))\nout = both(foreach(lambda d, s: (d + s, s * d), o, s))",
        {"d": (3, 2), "s": (2,)}),
    "foreach in scopes": (
        "with mx.AttrScope(ctx_group='one', __mine__='7'), mx.name.Prefix('p_'):\n"
        "    w = V('w', lr_mult=2, shape=(2,), init=mx.init.One())\n"
        "    out = both(foreach(lambda d, s: (d * w, s + V('in', lr_mult=3)), V('d'), V('s'), name='mine'))", None),
    "foreach of cond": (
        "w = V('w', lr_mult=2)\n"
        "out = both(foreach(lambda d, s: (cond(d < w, lambda: d * w * s, lambda: d + s + w), s + d), V('d'), V('s')))", None),
    "while_loop": (
        "w = V('w')\nout = both(while_loop(lambda i, x: i < V('n'), lambda i, x: (x * w, [i + 1, x + w]), [V('i'), V('x')], "
        "max_iterations=3))", None),
    "while_loop of one": ("out = both(while_loop(lambda i: i < 9, lambda i: (i * 2, i + 1), V('i'), max_iterations=3))",
                          {"i": (1,)}),
    "while_loop without outputs": (
        "out = both(while_loop(lambda i, x: i < 9, lambda i, x: (None, [i + 1, x]), [V('i'), V('x')], max_iterations=3))",
        {"i": (1,), "x": (2,)}),
    "while_loop around its variable": (
        "i = V('i')\nout = both(while_loop(lambda j: j < i + 9, lambda j: (i + 1, j + i), i, max_iterations=2))", {"i": (1,)}),
    "while_loop of outputs": (
        "y = V('a') * V('b')\nout = both(while_loop(lambda i: i < y + 9, lambda i: (y + i, [i + y]), [V('i')], "
        "max_iterations=2, name='mine'))", {"i": (1,), "a": (1,), "b": (1,)}),
    "while_loop of one variable in both": (
        "k = V('k', lr_mult=2)\nout = both(while_loop(lambda i: i < k + 9, lambda i: (k, [i + k]), [V('i')], "
        "max_iterations=2))", {"i": (1,), "k": (1,)}),
    "while_loop of layers": (
        "out = both(while_loop(lambda i, x: i < 9, lambda i, x: (fc(sym.BatchNorm(x, name='bn'), 'fc'), [i + 1, x]), "
        "[V('i'), V('x')], max_iterations=2))", None),
    "while_loop of while_loop": (
        "def inner(i, x):\n    o, v = while_loop(lambda j: j < x, lambda j: (j * x, j + 1), i, max_iterations=2)\n"
        "    return o, [v, x]\nout = both(while_loop(lambda i, x: i < x, inner, [V('i'), V('x')], max_iterations=2))", None),
    "cond": ("a, b, w = V('a'), V('b'), V('w')\nout = cond(a < b, lambda: a * w, lambda: b + 2)",
             {"a": (1,), "b": (1,), "w": (1,)}),
    "cond of variables": ("out = cond(V('p'), lambda: V('a'), lambda: V('b'))", {"p": (1,), "a": (2,), "b": (2,)}),
    "cond of several": (
        "a, b = V('a'), V('b')\nout = both((cond(a < b, lambda: [b, [a]], lambda: [a * 3, [b * 2]]), []))",
        {"a": (1,), "b": (1,)}),
    "cond of outputs": (
        "y = V('a') * V('b')\nout = cond(y < V('w'), lambda: y * 2, lambda: fc(y, 'fc'))", None),
    "cond of one output twice": (
        "y = V('a') * V('b')\n\ndef twice():\n    q = y * 2\n    return [q, q]\n"
        "out = both((cond(y < V('w'), twice, lambda: [y, y]), []))", None),
    "cond of variables with attributes": (
        "a, b, k = V('a'), V('b'), V('k', lr_mult=2)\nout = cond(a < k, lambda: a * k, lambda: b + V('k'))", None),
    "cond of cond": (
        "a, b, w = V('a'), V('b'), V('w')\n"
        "out = cond(a < b, lambda: cond(b < w, lambda: a * w, lambda: b * 2), lambda: w + b, name='outer')",
        {"a": (1,), "b": (1,), "w": (1,)}),
    "cond of foreach": (
        "a, b = V('a'), V('b')\n"
        "out = cond(V('p'), lambda: foreach(lambda d, s: (d * b, s + d), a, V('s'))[1], lambda: b)", None),
}


def numbered_anew(text):
    """The scopes of inner graphs, which count over the whole process, numbered by appearance."""
    found = {}

    def new(match):
        return re.sub(r"\d+(?=\$|\")", lambda m: str(found.setdefault((match[0][:m.end()]), len(found))), match[0])
    return re.sub(r'"__subgraph_name__": "[\w$]*"', new, text)


def compose(case):
    """The symbol of a case, with fresh automatic names."""
    import mxnet as mx
    scope = {}
    with mx.name.NameManager():
        exec(_SETUP + CASES[case][0], scope)
    return scope["out"]


def run(symbol, shapes):
    """The outputs for arrays of these shapes, as (shape, values)."""
    import numpy as np

    import mxnet as mx
    arrays = {n: mx.nd.array(np.random.RandomState(k).uniform(0.5, 1.5, s).astype("float32"))
              for k, (n, s) in enumerate(sorted(shapes.items()))}
    return [[list(y.shape), [float("%.6g" % v) for v in y.asnumpy().ravel()]] for y in symbol.eval(**arrays)]


def outcome(case):
    """What is recorded of a case."""
    symbol, shapes = compose(case), CASES[case][1]
    found = {"json": numbered_anew(symbol.tojson()), "arguments": symbol.list_arguments(),
             "auxiliary": symbol.list_auxiliary_states(), "outputs": symbol.list_outputs()}
    if shapes is not None:
        found["results"] = run(symbol, shapes)
    return found


def main():
    """Record every case."""
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "loops.json")
    with open(target, "w", encoding="utf-8") as file:
        file.write("{" + ",".join(f"\n{json.dumps(c)}: {json.dumps(outcome(c))}" for c in CASES) + "}\n")
    print(len(CASES), "cases")


if __name__ == "__main__":
    main()
