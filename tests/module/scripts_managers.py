"""Scripts for executor managers and executor groups: data parallel training by hand."""
import numpy as np
from mxnet.io import DataDesc

import mxnet as mx
from mxnet import executor_manager as em
from tests.scripts import Cases, raises

CASES = Cases()
TWO = [mx.cpu(0), mx.cpu(1)]


def network(dim=3):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=dim, name="fc")
    return mx.sym.SoftmaxOutput(mx.sym.BatchNorm(x, name="bn", fix_gamma=False), name="softmax")


def data():
    it = mx.io.NDArrayIter(np.arange(30).reshape(10, 3).astype("f") % 7, np.arange(10) % 3, 5)
    it.default_bucket_key = 3
    return it


def manager(ctx, symbol=None, **k):
    s = symbol or network()
    names = s.list_arguments()
    params = [n for n in names if n not in ("data", "softmax_label")]
    m = em.DataParallelExecutorManager(s, ctx, data(), names, params, s.list_auxiliary_states(), **k)
    args = {n: mx.nd.arange(a[0].size).reshape(a[0].shape) * .1 for n, a in zip(params, m.param_arrays)}
    aux = {n: mx.nd.ones(a[0].shape) for n, a in zip(s.list_auxiliary_states(), m.aux_arrays)}
    m.set_params(args, aux)
    return m, args, aux


@CASES.over(one=([mx.cpu()], None), two=(TWO, None), loads=(TWO, [1, 3]))
def a_step(ctx, loads):
    m, args, aux = manager(ctx, work_load_list=loads)
    batch = next(data())
    m.load_data_batch(batch)
    m.forward(is_train=True)
    m.backward()
    metric = mx.metric.Accuracy()
    m.update_metric(metric, batch.label)
    outs, states = ({k: mx.nd.zeros(v.shape) for k, v in d.items()} for d in (args, aux))
    m.copy_to(outs, states)
    return m.slices, metric.get(), m.grad_arrays, outs, states


@CASES
def buckets_share_parameters():
    m, args, aux = manager([mx.cpu()], sym_gen=lambda key: network())
    batch = next(data())
    found = [raises(m.install_monitor, mx.mon.Monitor(1))]
    for key in (3, 2):
        batch.bucket_key = key
        batch.provide_data, batch.provide_label = [("data", (5, 3))], [("softmax_label", (5,))]
        m.load_data_batch(batch)
        m.forward()
        found.append(m.curr_execgrp.train_execs[0].outputs[0].copy())
        m.param_arrays[0][0][:] = 0
    return found, sorted(m.execgrp_bucket)


@CASES.each({str(k): k for k in ((10, [1, 1]), (10, [1, 2]), (3, [1, 1, 1, 1]), (7, [2, 1, 1]), (10, [1, 0]))})
def parts(batch, loads):
    return [[s.start, s.stop] for s in em._split_input_slice(batch, loads)]


@CASES
def arguments():
    a = mx.sym.var("a")
    return raises(em._check_arguments, network()), raises(em._check_arguments, a + mx.sym.var("a")), raises(
        lambda: manager(TWO, work_load_list=[1]))


def group(ctx):
    net = network()
    s = mx.sym.Group([net, mx.sym.BlockGrad(net.get_internals()["fc_output"], name="same")])
    m = mx.mod.Module(s, context=ctx)
    m.bind([("data", (6, 2))], [("softmax_label", (6,))])
    m.init_params(mx.init.One())
    m.forward(mx.io.DataBatch([mx.nd.ones((6, 2))], [mx.nd.ones(6)]), is_train=False)
    return m


def shapes(outputs):
    return [[p.shape for p in o] if isinstance(o, list) else o.shape for o in outputs]


@CASES.over(one=mx.cpu(), two=TWO)
def groups(ctx):
    m = group(ctx)
    g = m._exec_group
    found = [g.get_output_shapes(), m.output_shapes, shapes(g.get_outputs(begin=1)), shapes(g.get_outputs(begin=0, end=1)),
             shapes(g.get_outputs(False, 1)), shapes(g.get_outputs(begin=3)),
             raises(g.decide_slices, [DataDesc("data", (8, 2))]), raises(g.decide_slices, [DataDesc("b", (3, 6), layout="TN")])]
    small = [DataDesc("data", (4, 2))], [DataDesc("softmax_label", (4,))]
    g.reshape(*small)
    g.reshape(*small)
    found += [g.get_output_shapes(), [[s.start, s.stop] for s in g.slices], [e.arg_dict["data"].shape for e in g.execs],
              [e.arg_dict["fc_weight"] for e in g.execs], raises(g.bind_exec, *small)]
    g.bind_exec([DataDesc("data", (2, 2))], [DataDesc("softmax_label", (2,))], reshape=True)
    return [*found, g.batch_size, g.get_output_shapes()]


def monitored(symbol, pattern, **k):
    ex = symbol.simple_bind(mx.cpu(), data=(4, 3))
    for i, a in enumerate(ex.arg_arrays):
        a[:] = mx.nd.array(np.sin(np.arange(a.size) + i).reshape(a.shape))
    m = mx.mon.Monitor(1, pattern=pattern, **k)
    m.install(ex)
    m.tic()
    ex.forward(is_train=True)
    ex.backward()
    return [(name, [float(v) for v in text.split()]) for _, name, text in m.toc()]


@CASES.over(all=(".*", {}), sorted=(".*backward", {"sort": True}), own=("fc", {"stat_func": lambda a: a.max()}))
def monitors_see_gradients(pattern, given):
    x = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="fc1"), act_type="tanh", name="act")
    x = mx.sym.FullyConnected(x, num_hidden=3, name="fc2")
    return monitored(mx.sym.SoftmaxOutput(x, name="softmax"), pattern, **given)


@CASES
def monitors_see_gradients_of_sums():
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="fc", no_bias=True)
    y = mx.sym.sum(mx.sym.tanh(x, name="th") * mx.sym.exp(mx.sym.var("w", shape=(4, 4)), name="e") + x, axis=1, name="sum")
    return [row for row in monitored(mx.sym.LinearRegressionOutput(y, name="out"), "(?!sum_grad)", sort=True)]


@CASES
def monitors_see_gradients_of_losses():
    x = mx.sym.var("data")
    both = mx.sym.concat(mx.sym.exp(x, name="e"), mx.sym.FullyConnected(x, num_hidden=2, name="fc"), name="c")
    return monitored(mx.sym.MakeLoss(both, name="loss"), "(?!sum_grad)")


@CASES
def callbacks_of_executors_get_bytes():
    seen = []
    ex = mx.sym.exp(mx.sym.var("data"), name="e").simple_bind(mx.cpu(), data=(2,))
    ex.set_monitor_callback(lambda name, array: seen.append(type(name).__name__))
    ex.forward()
    mx.nd.waitall()
    return seen
