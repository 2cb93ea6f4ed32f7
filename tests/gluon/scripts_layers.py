"""Scripts on layers: text, parameters, nodes of the graph, results, gradients; plain and hybridized."""
import json

import numpy as np
from mxnet.gluon import contrib, nn

import mxnet as mx
from mxnet import autograd, gluon, nd
from tests.scripts import Cases, raises

CASES = Cases()
C = contrib.nn

V, IMAGE, SEQUENCE, VOLUME = (2, 3), (2, 4, 5, 6), (2, 4, 7), (1, 4, 3, 4, 5)
LAYERS = {
    "dense": (lambda: nn.Dense(3), V), "dense-last": (lambda: nn.Dense(3, flatten=False), (2, 3, 4)),
    "dense-flat": (lambda: nn.Dense(3), (2, 3, 4)),
    "dense-tanh": (lambda: nn.Dense(3, use_bias=False, activation="tanh", in_units=3), V),
    "dense-float64": (lambda: nn.Dense(3, dtype="float64"), V), "dropout-0": (lambda: nn.Dropout(0), V),
    "dropout": (lambda: nn.Dropout(0.3, axes=(1,)), None), "batchnorm": (lambda: nn.BatchNorm(), (4, 3, 2, 2)),
    "batchnorm-last": (lambda: nn.BatchNorm(axis=-1, scale=False, center=False, momentum=0.5), (4, 3)),
    "batchnorm-global": (lambda: nn.BatchNorm(use_global_stats=True, in_channels=3, epsilon=1e-2), (4, 3)),
    "embedding": (lambda: nn.Embedding(4, 3), "indices"),
    "embedding-sparse": (lambda: nn.Embedding(4, 3, sparse_grad=True), "indices"),
    "flatten": (lambda: nn.Flatten(), (2, 3, 4)), "instancenorm": (lambda: nn.InstanceNorm(), (2, 3, 4)),
    "instancenorm-last": (lambda: nn.InstanceNorm(axis=2, scale=True), (2, 4, 3)),
    "layernorm": (lambda: nn.LayerNorm(), (2, 3, 4)),
    "layernorm-1": (lambda: nn.LayerNorm(axis=1, in_channels=3, center=False, scale=False), (2, 3, 4)),
    "groupnorm": (lambda: nn.GroupNorm(), (2, 4, 3)), "groupnorm-2": (lambda: nn.GroupNorm(num_groups=2), (2, 4, 3)),
    "lambda": (lambda: nn.Lambda("relu"), V), "lambda-function": (lambda: nn.Lambda(lambda x: x * 2), V),
    "hybridlambda": (lambda: nn.HybridLambda("tanh"), V),
    "hybridlambda-function": (lambda: nn.HybridLambda(lambda F, x: F.exp(x)), V),
    "relu": (lambda: nn.Activation("relu"), V), "softsign": (lambda: nn.Activation("softsign"), V),
    "sigmoid": (lambda: nn.Activation("sigmoid"), V), "softrelu": (lambda: nn.Activation("softrelu"), V),
    "leakyrelu": (lambda: nn.LeakyReLU(0.1), V), "prelu": (lambda: nn.PReLU(), (2, 3, 4)),
    "elu": (lambda: nn.ELU(0.3), V), "gelu": (lambda: nn.GELU(), V), "swish": (lambda: nn.Swish(2.0), V),
    "conv1d": (lambda: nn.Conv1D(3, 2, strides=2, padding=1, dilation=2), SEQUENCE),
    "conv2d": (lambda: nn.Conv2D(3, (3, 2), strides=2, padding=1, activation="relu"), IMAGE),
    "conv2d-groups": (lambda: nn.Conv2D(4, 3, groups=2, in_channels=4, use_bias=False), IMAGE),
    "conv3d": (lambda: nn.Conv3D(2, (1, 2, 3)), VOLUME), "conv1d-transpose": (lambda: nn.Conv1DTranspose(3, 2), SEQUENCE),
    "conv2d-transpose": (lambda: nn.Conv2DTranspose(3, 3, strides=2, padding=1, output_padding=1), IMAGE),
    "conv3d-transpose": (lambda: nn.Conv3DTranspose(3, 2), VOLUME), "maxpool1d": (lambda: nn.MaxPool1D(), SEQUENCE),
    "maxpool2d": (lambda: nn.MaxPool2D(3, 2, ceil_mode=True), IMAGE), "maxpool3d": (lambda: nn.MaxPool3D(2, 2, 1), VOLUME),
    "avgpool1d": (lambda: nn.AvgPool1D(3, 2, 1, ceil_mode=True), SEQUENCE),
    "avgpool2d": (lambda: nn.AvgPool2D(2, padding=1, count_include_pad=False), IMAGE),
    "avgpool3d": (lambda: nn.AvgPool3D(2), VOLUME), "globalmaxpool1d": (lambda: nn.GlobalMaxPool1D(), SEQUENCE),
    "globalmaxpool2d": (lambda: nn.GlobalMaxPool2D(), IMAGE), "globalmaxpool3d": (lambda: nn.GlobalMaxPool3D(), VOLUME),
    "globalavgpool1d": (lambda: nn.GlobalAvgPool1D(), SEQUENCE), "globalavgpool2d": (lambda: nn.GlobalAvgPool2D(), IMAGE),
    "globalavgpool3d": (lambda: nn.GlobalAvgPool3D(), VOLUME), "reflectionpad2d": (lambda: nn.ReflectionPad2D(1), IMAGE),
    "reflectionpad2d-8": (lambda: nn.ReflectionPad2D((0, 0, 0, 0, 1, 1, 2, 2)), IMAGE),
    "maxpool2d-nhwc": (lambda: nn.MaxPool2D((2, 3), (1, 2), layout="NHWC"), IMAGE),
    "syncbatchnorm": (lambda: C.SyncBatchNorm(num_devices=1), (4, 3, 2)),
    "pixelshuffle1d": (lambda: C.PixelShuffle1D(2), SEQUENCE), "pixelshuffle2d": (lambda: C.PixelShuffle2D((1, 2)), IMAGE),
    "pixelshuffle3d": (lambda: C.PixelShuffle3D((1, 2, 2)), VOLUME),
}


def filled(make, shape):
    """The layer with values that depend on its parameters' names only, and an input."""
    r = np.random.RandomState(3)
    layer = make()
    layer.initialize()
    dtype = "float64" if shape and any(p.dtype == "float64" for p in layer.collect_params().values()) else "float32"
    x = nd.array(r.randint(0, 4, (2, 3)) if shape == "indices" else r.randn(*shape), dtype=dtype)
    layer(x)
    for name, p in sorted(layer._collect_params_with_prefix().items()):
        low = 0.5 if name.split(".")[-1] in ("gamma", "running_var") else -0.5
        p.set_data(nd.array(r.uniform(low, low + 1, p.shape), dtype=np.dtype(p.dtype).name))
    return layer, x


@CASES.each(LAYERS)
def layer(make, shape):
    with mx.name.NameManager():
        fresh = make()
        text = repr(fresh).split(" at 0x")[0]
        parameters = [(repr(p), p.grad_req, p._differentiable, p._grad_stype) for p in fresh.collect_params().values()]
        graph = None
        if isinstance(fresh, gluon.HybridBlock):
            graph = json.loads(fresh(mx.sym.var("data")).tojson())["nodes"]
            graph = [(n["op"], n["name"], sorted(n.get("attrs", {}).items()), [i[:2] for i in n["inputs"]]) for n in graph]
    if shape is None:
        return text, parameters, graph
    results = []
    for hybrid in (False, True)[:2 if graph and text[:5] != "PReLU" else 1]:
        one, x = filled(make, shape)
        if hybrid:
            one.hybridize()
        if shape != "indices":
            x.attach_grad()
        with autograd.record():
            y = one(x)
        y.backward(nd.array(np.random.RandomState(4).randn(*y.shape), dtype=x.dtype))
        ps = one._collect_params_with_prefix()
        results.append((y, None if shape == "indices" else x.grad, one(x), {
            n: (p.grad() if p.grad_req != "null" else p.data()) for n, p in sorted(ps.items())}))
    return text, parameters, graph, results


@CASES
def deformable():
    one, x = filled(lambda: contrib.cnn.DeformableConvolution(3, (3, 3), padding=(1, 1), activation="relu"), IMAGE)
    x.attach_grad()
    with autograd.record():
        y = one(x)
    y.backward()
    return repr(one), y, x.grad, {n: p.grad() for n, p in sorted(one._collect_params_with_prefix().items())}


@CASES
def sparse_embedding():
    e = C.SparseEmbedding(4, 3)
    e.initialize("ones")
    before = repr(e), raises(lambda: e(nd.array([1, 1, 3]))), [repr(p) for p in e.collect_params().values()]
    t = gluon.Trainer(e.collect_params(), "sgd", {"learning_rate": 1.0})
    x = nd.array([1, 1, 3])
    with autograd.record():
        y = e(x)
    y.backward()
    g = e.weight.grad()
    t.step(1)
    return before, y, g.stype, g, e.weight.row_sparse_data(nd.arange(4))


@CASES
def side_by_side():
    found = []
    for kind in (C.Concurrent, C.HybridConcurrent):
        c = kind(axis=1, prefix="m_")
        c.add(nn.Dense(2, prefix="a_"), C.Identity(), nn.Dense(1, prefix="b_"))
        c.initialize("ones")
        plain = c(nd.array([[1, 2]]))
        c.hybridize()
        found.append((plain, c(nd.array([[1, 2]])), repr(c), list(c.collect_params().keys())))
    return found


@CASES
def functions_of_several_arrays():
    x = nd.array([[1, 2]])
    h = nn.HybridLambda("concat")
    plain = h(x, x)
    h.hybridize()
    return nn.Lambda("concat")(x, x), plain, h(x, x), nn.HybridLambda(lambda F, a, b: F.dot(a, b))(x, x.T)


@CASES
def batchnorm_cast():
    n = nn.HybridSequential()
    n.add(nn.Dense(2), nn.BatchNorm())
    n.cast("float16")
    half = [np.dtype(p.dtype).name for p in n.collect_params().values()]
    n.cast("float64")
    return half, [np.dtype(p.dtype).name for p in n.collect_params().values()]


@CASES.over(
    conv_layout=lambda: nn.Conv2D(3, 3, layout="NCW"), conv1d_layout=lambda: nn.Conv1D(3, 3, layout="NWC"),
    kernel=lambda: nn.Conv2D(3, (3, 3, 3)), kernel1d=lambda: nn.Conv1D(3, (3, 3)),
    strides=lambda: nn.Conv2D(3, 3, strides=(1,)), groups=lambda: nn.Conv2D(3, 3, in_channels=3, groups=2),
    output_padding=lambda: nn.Conv2DTranspose(3, 3, output_padding=(1,)), pool_layout=lambda: nn.MaxPool2D(3, layout="NCW"),
    pool_size=lambda: nn.MaxPool2D((3,)), pool_size3=lambda: nn.AvgPool3D((1, 1)),
    global_layout=lambda: nn.GlobalAvgPool2D(layout="NCW"), pad=lambda: nn.ReflectionPad2D((1, 1)),
    no_function=lambda: nn.Lambda("nope"), no_hybrid_function=lambda: nn.HybridLambda("nope"), number=lambda: nn.Lambda(3),
    slope=lambda: nn.LeakyReLU(-1), units=lambda: nn.Dense(), keyword=lambda: nn.Dense(3, foo=1),
    dropout=lambda: nn.Dropout(2)(nd.ones((1,))), activation=lambda: nn.Activation("nope")(nd.ones((1,))),
    shuffle=lambda: C.PixelShuffle2D((1,)), shuffle_text=lambda: C.PixelShuffle1D("a"),
    deformable=lambda: contrib.cnn.DeformableConvolution(3, layout="NCW"),
    rank=lambda: raises_at_run(nn.Conv2D(3, 3), (2, 4)), window=lambda: raises_at_run(nn.Conv2D(3, 9), (2, 4, 8, 8)),
    pool=lambda: raises_at_run(nn.MaxPool2D(9), (2, 4, 8, 8)), group=lambda: raises_at_run(nn.GroupNorm(3), (2, 4, 3)),
    axis=lambda: raises_at_run(nn.LayerNorm(axis=2), (2, 4)),
    reflect=lambda: raises_at_run(nn.ReflectionPad2D(3), (2, 4, 3, 3)))
def error(function):
    result = function()
    return "accepted" if hasattr(result, "collect_params") else result


def raises_at_run(block, shape):
    block.initialize()
    return block(nd.ones(shape)).shape
