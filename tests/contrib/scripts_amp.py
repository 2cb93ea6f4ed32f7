"""Scripts for graphs in mixed precision: the nodes of what ``mx.contrib.amp`` makes of a graph."""
import json

from mxnet.contrib import amp
from mxnet.gluon import nn

import mxnet as mx
from tests.scripts import Cases, raises

CASES = Cases()
S = mx.sym


def nodes(sym, **k):
    graph = json.loads(sym.tojson(**{"remove_amp_cast": False, **k}))
    return [sym.list_arguments(), sym.list_outputs(), sym.list_auxiliary_states(), graph["heads"],
            [[n["op"], n["name"], sorted(n.get("attrs", {}).items()), n["inputs"]] for n in graph["nodes"]]]


def fc(x, name, **k):
    return S.FullyConnected(x, num_hidden=3, name=name, **k)


def graphs():
    x, y, z = S.var("data"), S.var("y"), S.var("z")
    p, q, e = fc(x, "p"), fc(y, "q", no_bias=True), S.exp(x, name="e")
    tanh = S.tanh(x, name="th")
    bn = S.BatchNorm(S.Convolution(x, kernel=(3, 3), num_filter=4, name="c"), name="bn")
    bare = S.FullyConnected(x, y, no_bias=True, num_hidden=3, name="p")
    return {
        "softmax": S.SoftmaxOutput(S.Activation(p, act_type="relu", name="act"), name="softmax"),
        "bn": fc(bn, "f"), "softrelu": S.Activation(p, act_type="softrelu", name="sr"), "only_fp32": e,
        "add": p + S.exp(fc(x, "r"), name="e"), "group": S.Group([p, S.exp(p, name="ee"), p[0] + x, x]),
        "concat": S.concat(p, x, S.softmax(x, name="sm"), dim=1, name="cc"), "shared": q + fc(x, "r", weight=y),
        "split": fc(S.SliceChannel(p, num_outputs=2, name="sp")[1] + 0.5, "r"),
        "rnn": S.RNN(x, y, z, S.var("cell"), state_size=3, num_layers=1, mode="lstm", name="r"),
        "embedding": fc(S.Embedding(x, y, input_dim=3, output_dim=4, name="em"), "r"),
        "typed": fc(S.var("data", dtype="float32"), "r", weight=S.var("w", dtype="float16")),
        "multicast": S.broadcast_add(x, q, name="ba"),
        "multicast_unknown": S.broadcast_add(tanh, y, name="ba"),
        "multicast_chain": fc(S.broadcast_add(tanh, q, name="ba"), "r"),
        "multicast_three": S.where(x, p, y, name="w"), "multicast_full": S.broadcast_add(e, z, name="b"),
        "cast_once": S.broadcast_add(x, p, name="ba") + S.broadcast_mul(x, fc(x, "r"), name="bm"),
        "unknown_to_fp32": S.exp(tanh, name="e") + p, "part": S.exp(S.SliceChannel(p, num_outputs=3, name="sp")[2], name="e"),
        "two_kinds": S.broadcast_add(S.broadcast_add(S.exp(p, name="e1"), S.exp(q, name="e2"), name="b1"),
                                     S.broadcast_mul(p, q, name="b2"), name="b3"),
        "parameter_of_both": bare + fc(S.exp(y, name="e"), "q"),
        "mean": S.mean(p, name="m"), "cast": S.cast(p, dtype="float32", name="l"),
        "dropout": S.Dropout(S.softmax(p), name="d"),
        "regression": S.LinearRegressionOutput(p, q, name="l"),
    }


with mx.name.NameManager():
    GRAPHS = graphs()


@CASES.each({name: name for name in GRAPHS})
def converted(name):
    s = GRAPHS[name]
    with_params = amp.convert_symbol(s, data_names=["data"], cast_optional_params=True)
    return nodes(amp.convert_symbol(s)), nodes(with_params), nodes(amp.convert_symbol(s, data_names=["data"])), \
        nodes(amp.convert_symbol(s), remove_amp_cast=True)


@CASES.over(excluded={"excluded_sym_names": ["b"]}, full={"fp32_ops": ["FullyConnected"], "target_dtype_ops": []},
            twice={"fp32_ops": ["Convolution"]},
            conditional={"conditional_fp32_ops": [("Activation", "act_type", ["tanh"])]}, unknown={"fp32_ops": ["Nope"]},
            both={"target_dtype_ops": ["Activation"]}, dtype={"target_dtype": "float64"}, data={"data_names": ["zz"]})
def lists(given):
    two = fc(S.Activation(fc(S.var("data"), "a"), act_type="tanh", name="t"), "b")
    return raises(lambda: nodes(amp.convert_symbol(two, **given)))


@CASES
def types_that_are_not_told():
    return nodes(amp.convert_symbol(fc(S.slice_like(fc(S.var("x"), "p"), S.var("y"), name="sl"), "r")))


@CASES
def what_the_lists_are():
    found = [getattr(amp, f"list_{n}") for n in ("lp16_ops", "fp32_ops", "lp16_fp32_ops", "conditional_fp32_ops",
                                                 "widest_type_cast", "loss_output_functions", "lp16_use_fp32_params")]
    low = amp.lists.symbol_bf16
    return [f("float16") for f in found], [raises(f, "float32") for f in found], low.BF16_FUNCS, low.BF16_USE_FP32_PARAMS, \
        [len(v) for v in (low.FP32_FUNCS, low.BF16_FP32_FUNCS, low.WIDEST_TYPE_CASTS)]


def model():
    net = S.SoftmaxOutput(S.FullyConnected(S.BatchNorm(fc(S.var("data"), "fc"), name="bn"), num_hidden=2, name="f2"), name="sm")
    shapes, _, aux = net.infer_shape(data=(2, 2))
    fill = lambda names, shapes: {n: mx.nd.ones(s) for n, s in zip(names, shapes) if n not in ("data", "sm_label")}  # noqa: E731
    return net, fill(net.list_arguments(), shapes), fill(net.list_auxiliary_states(), aux)


@CASES.over(plain={}, optional={"cast_optional_params": True}, excluded={"excluded_sym_names": ["fc"]})
def models(given):
    s, args, aux = amp.convert_model(*model(), **given)
    return nodes(s), sorted((n, str(v.dtype)) for n, v in {**args, **aux}.items())


@CASES.over(symbol=0, args=1, aux=2)
def models_of_other_things(k):
    given = list(model())
    given[k] = 3
    return raises(amp.convert_model, *given)


@CASES.over(plain={}, optional={"cast_optional_params": True}, excluded={"excluded_sym_names": ["n_dense0_fwd"]})
def blocks(given):
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Dense(3, in_units=2), nn.BatchNorm(in_channels=3), nn.Dense(2, in_units=3))
    net.initialize(init=mx.init.One())
    early = raises(amp.convert_hybrid_block, net)
    net.hybridize()
    net(mx.nd.ones((1, 2)))
    made = amp.convert_hybrid_block(net, ctx=mx.cpu(), **given)
    return early, type(made), nodes(made._cached_graph[1]), [(n, str(p.dtype), p.grad_req) for n, p in
                                                             made.collect_params().items()]
