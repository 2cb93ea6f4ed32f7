"""Graphs from strangers: whatever is changed in their JSON, reading and inferring end in a symbol or in MXNetError."""
import copy
import json
import random

import pytest

import mxnet_compat as mx
from mxnet_compat import sym
from mxnet_compat.ops.declare import registry

JUNK = [None, -1, 0, 1, 2 ** 63, 1e308, "", "a" * 50, [], {}, [[]], True, "(1,)", "(", "None", "nan", "9" * 30, [0, 0, 0],
        [9, 9, 9], [-1, 0], ["a"], "__shape__", "\0", "é"]
ATTRS = ["kernel", "num_filter", "shape", "axis", "num_outputs", "dtype", "act_type", "num_args", "__shape__", "__dtype__",
         "__init__", "mode", "op_type", "begin", "axes", "state_size", "num_layers", "in_data_locs", "in_state_locs",
         "remain_locs", "num_out_data", "max_iterations", "cond_input_locs", "func_input_locs", "func_var_locs",
         "then_input_locs", "else_input_locs"]


def graphs():
    v = sym.Variable
    x = sym.Convolution(v("data", shape=(1, 3, 8, 8), lr_mult=2), kernel=(3, 3), num_filter=4, name="c")
    x = sym.LeakyReLU(sym.BatchNorm(x, name="bn"), act_type="prelu", name="p")
    parts = sym.split(x, num_outputs=2, axis=1, name="parts")
    x = sym.Reshape(sym.concat(parts[0], parts[1] * 2, dim=1), shape=(0, -1))
    yield sym.SoftmaxOutput(sym.FullyConnected(x, num_hidden=3, name="fc"), name="softmax")
    yield sym.Group([sym.RNN(v("x"), state_size=2, num_layers=1, mode="lstm", name="r", state_outputs=True),
                     sym.topk(v("q"), k=2, ret_typ="both"), sym.slice(v("b"), begin=(0, None), end=(1, 2)),
                     sym.add_n(v("d"), v("e")), sym.Embedding(v("f"), input_dim=3, output_dim=2), sym.transpose(v("g"))])
    outputs, last = sym.contrib.foreach(
        lambda d, s: (sym.contrib.cond(d < s, lambda: d * v("w"), lambda: s), s + d), v("d", shape=(3, 2)), v("s"))
    rows, (i, z) = sym.contrib.while_loop(lambda i, y: i < 3, lambda i, y: (y * 2, [i + 1, y]), [v("i"), v("z")],
                                          max_iterations=3)
    yield sym.Group([outputs, last, rows, i, z])


def places(value):
    found, todo = [], [value]
    while todo:
        o = todo.pop()
        for k in (list(o) if isinstance(o, dict) else range(len(o)) if isinstance(o, list) else ()):
            found.append((o, k))
            todo.append(o[k])
    return found


def mutate(graph, rng, operators):
    for _ in range(rng.randint(1, 4)):
        where = places(graph)
        if not where:
            return
        o, k = rng.choice(where)
        how = rng.random()
        if how < 0.45:
            o[k] = copy.deepcopy(rng.choice(JUNK))
        elif how < 0.6 and isinstance(o, dict) and "op" in o:
            o["op"] = rng.choice(operators)
        elif how < 0.7:
            del o[k]
        elif how < 0.8:
            o[k] = copy.deepcopy(rng.choice(where)[0])
        elif how < 0.9 and isinstance(o, list):
            o.insert(k, copy.deepcopy(o[k]))
        elif isinstance(o, dict) and isinstance(o.get("attrs"), dict):
            o["attrs"][rng.choice(ATTRS)] = str(rng.choice(JUNK))


@pytest.mark.parametrize("seed", range(4))
def test_changed_graphs(seed):
    rng, originals = random.Random(seed), [json.loads(s.tojson()) for s in graphs()]
    operators, read = sorted(registry.by_name), 0
    for _ in range(400):
        graph = copy.deepcopy(rng.choice(originals))
        mutate(graph, rng, operators)
        try:
            s = sym.load_json(json.dumps(graph))
        except mx.MXNetError:
            continue
        read += 1
        s.list_outputs(), s.attr_dict(), s.tojson()
        for infer in (s.infer_shape_partial, s.infer_type_partial):
            try:
                infer()
            except mx.MXNetError:
                pass
    assert read > 10


@pytest.mark.parametrize(("attr", "value"), [("__shape__", "('a',)"), ("__shape__", "([],)"), ("__dtype__", "nan"),
                                            ("__dtype__", "99")])
def test_declarations_that_mean_nothing(attr, value):
    graph = json.loads((sym.Variable("x") * 2).tojson())
    graph["nodes"][0]["attrs"] = {attr: value}
    s = sym.load_json(json.dumps(graph))
    with pytest.raises(mx.MXNetError, match="x"):
        s.infer_shape() if attr == "__shape__" else s.infer_type()
