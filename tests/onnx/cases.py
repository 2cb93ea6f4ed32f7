"""Graphs of one operator, by family: ``rows(family)`` gives (name, symbol, arrays of inputs, arrays of parameters)."""
import numpy as np

from mxnet_compat import sym

X, Y, Z, P = (sym.Variable(n) for n in ("x", "y", "z", "p"))
V = sym.Variable
_RNG = np.random.RandomState(0)


def u(*shape):
    """Numbers between -1 and 1."""
    return _RNG.uniform(-1, 1, shape).astype("float32")


def f(*values):
    """A float32 array of these values."""
    return np.array(values, "float32")


def _some(function, options, **arrays):
    names = [f"{function.__name__}-{'-'.join(f'{k}={v}' for k, v in o.items())}" for o in options]
    return [(name, function(*[V(n) for n in arrays], **o), arrays) for name, o in zip(names, options)]


def unary():
    """Functions of one element."""
    x, positive, small = u(3, 4) * 7, np.abs(u(3, 4)) + 0.2, u(3, 4) * 0.9
    for name in ("abs ceil floor exp negative reciprocal sign sin cos tan arctan sinh cosh tanh arcsinh erf sigmoid relu "
                 "softsign square expm1 degrees radians trunc fix round rint hard_sigmoid logical_not zeros_like ones_like "
                 "identity BlockGrad").split():
        yield name, getattr(sym, name)(X), {"x": x}
    for name in "log sqrt rsqrt log2 log10 log1p".split():
        yield name, getattr(sym, name)(X), {"x": positive}
    for name in "arccos arcsin arctanh".split():
        yield name, getattr(sym, name)(X), {"x": small}
    yield "arccosh", sym.arccosh(X), {"x": positive + 1}
    yield "clip", sym.clip(X, a_min=-0.2, a_max=0.5), {"x": u(2, 3)}
    yield "smooth_l1", sym.smooth_l1(X, scalar=2.0), {"x": u(2, 3)}
    yield "cast", sym.cast(X, dtype="int32"), {"x": x}
    yield "cast to half", sym.cast(X, dtype="float16"), {"x": x}


def binary():
    """Two arrays, or an array and a number."""
    a, b = np.abs(u(3, 4)) + 0.1, np.abs(u(3, 4)) + 0.1
    for name in "add sub mul div".split():
        yield name, getattr(sym, f"elemwise_{name}")(X, Y), {"x": a, "y": b}
    for name in "add sub mul div power maximum minimum mod hypot".split():
        yield f"broadcast_{name}", getattr(sym, f"broadcast_{name}")(X, Y), {"x": a, "y": b[:1]}
    for name in "equal not_equal greater greater_equal lesser lesser_equal logical_and logical_or logical_xor".split():
        yield name, getattr(sym, f"broadcast_{name}")(X, Y), {"x": np.round(a * 2), "y": np.round(b[:1] * 2)}
    for name, s in {"plus": X + 2, "minus": X - 2, "rminus": 2 - X, "times": X * 3, "div": X / 2, "rdiv": 2 / X, "pow": X ** 2,
                    "rpow": 2 ** X, "greater": X > 0.5, "equal": X == 0.5, "not equal": X != 0.5, "lesser equal": X <= 0.5,
                    "mod": X % 0.3, "rmod": 0.7 % X, "max": sym.maximum(X, 0.5), "min": sym.minimum(0.5, X),
                    "hypot": sym.hypot(X, 2.0)}.items():
        yield f"number {name}", s, {"x": a}
    yield "integers", X * 3 + 2, {"x": np.arange(6, dtype="int32").reshape(2, 3)}
    yield "add_n", sym.add_n(X, Y, X), {"x": a, "y": b}
    yield "where", sym.where(Z, X, Y), {"z": (a > 0.5).astype("f"), "x": a, "y": b}
    yield "where rows", sym.where(Z, X, Y), {"z": f(1, 0, 1), "x": a, "y": b}


def reduce():
    """Reductions."""
    x = u(2, 3, 4)
    options = [{}, {"axis": 1}, {"axis": (0, 2)}, {"axis": -1, "keepdims": True}, {"axis": 1, "exclude": True},
               {"axis": (0, 1, 2)}]
    for name in "sum mean max min prod".split():
        yield from _some(getattr(sym, name), options, x=x)
    yield from _some(sym.norm, [{}, {"axis": 1}, {"ord": 1, "axis": 2, "keepdims": True}, {"axis": (0, 1)}], x=x)
    for name in "argmax argmin".split():
        yield from _some(getattr(sym, name), [{}, {"axis": 1}, {"axis": -1, "keepdims": True}], x=x)
    yield "argmax_channel", sym.argmax_channel(X), {"x": u(3, 4)}
    yield from _some(sym.cumsum, [{}, {"axis": 1}], x=x)


def shape():
    """Shapes, order, repetition."""
    x, pictures = u(2, 3, 4), u(2, 4, 6, 6)
    codes = [(0, -1), (-1, 4), (0, 0, -1), (-3, 0), (0, -2), (-2,), (-4, 1, 2, 0, 0), (0, -4, -1, 3, 0), (-1, 0), (2, 12)]
    yield from _some(sym.reshape, [{"shape": c} for c in codes] + [{"shape": (-1, 0), "reverse": True}], x=x)
    yield "Flatten", sym.Flatten(X), {"x": pictures}
    yield "reshape_like", sym.reshape_like(X, Y), {"x": u(3, 4), "y": u(2, 6)}
    yield "shape_array", sym.shape_array(X), {"x": x}
    yield "size_array", sym.size_array(X), {"x": x}
    yield from _some(sym.transpose, [{}, {"axes": (1, 0, 2)}], x=x)
    yield "SwapAxis", sym.SwapAxis(X, dim1=0, dim2=2), {"x": x}
    yield from _some(sym.expand_dims, [{"axis": 1}, {"axis": -1}], x=x)
    yield from _some(sym.squeeze, [{}, {"axis": 2}], x=u(1, 3, 1, 2))
    yield "squeeze to one", sym.squeeze(X), {"x": u(1, 1)}
    yield from _some(sym.tile, [{"reps": r} for r in ((2, 1, 3), (2,), (2, 1, 1, 2))], x=x)
    yield from _some(sym.repeat, [{"repeats": 2, "axis": 1}, {"repeats": 3}], x=x)
    yield "reverse", sym.reverse(X, axis=(0, 2)), {"x": x}
    yield "flip", sym.flip(X, axis=1), {"x": x}
    yield "broadcast_to", sym.broadcast_to(X, shape=(0, 5)), {"x": u(3, 1)}
    yield "broadcast_axis", sym.broadcast_axis(X, axis=1, size=5), {"x": u(3, 1)}
    yield "broadcast_like", sym.broadcast_like(X, Y), {"x": u(3, 1), "y": u(3, 5)}
    yield "depth_to_space", sym.depth_to_space(X, block_size=2), {"x": pictures}
    yield "space_to_depth", sym.space_to_depth(X, block_size=2), {"x": pictures}


def slicing():
    """Parts and joints."""
    x, pictures = u(2, 3, 4), u(2, 4, 6, 6)
    yield from _some(sym.slice, [
        {"begin": (0, 1), "end": (1, 3)}, {"begin": (None, 1, None), "end": (None, None, None), "step": (None, None, -1)},
        {"begin": (1,), "end": (0,), "step": (-1,)}, {"begin": (0, -2), "end": (2, None)}], x=x)
    yield from _some(sym.slice_axis, [{"axis": 1, "begin": 1, "end": None}, {"axis": -1, "begin": -3, "end": -1}], x=x)
    yield from _some(sym.slice_like, [{}, {"axes": (1,)}], x=u(4, 5), y=u(2, 3))
    yield "split", sym.split(X, num_outputs=2, axis=1), {"x": pictures}
    yield "split and squeeze", sym.split(X, num_outputs=3, axis=1, squeeze_axis=True), {"x": x}
    yield "split into one", sym.split(X, num_outputs=1, axis=0, squeeze_axis=True), {"x": x[:1]}
    yield "one part", sym.split(X, num_outputs=2, axis=1)[1], {"x": pictures}
    yield "split_v2 at", sym.split_v2(X, (1, 3), axis=1), {"x": pictures}
    yield "split_v2 into", sym.split_v2(X, 2, axis=1), {"x": pictures}
    yield "concat", sym.concat(X, Y, dim=1), {"x": u(3, 4), "y": u(3, 2)}
    yield from _some(sym.stack, [{"axis": 1}, {"axis": -1}], x=u(3, 4), y=u(3, 4))


def indexing():
    """Choosing by index, sorting, sequences."""
    x, lengths, steps = u(2, 3, 4), f(1, 3), u(3, 2, 4)
    for axis in (0, 1):
        yield from _some(sym.take, [{"axis": axis, "mode": m} for m in ("clip", "wrap")], x=u(4, 3), y=f([0, 2], [1, 5]))
    yield "Embedding", sym.Embedding(X, P, input_dim=4, output_dim=3), {"x": f([0, 2], [1, 5])}, {"p": u(4, 3)}
    yield "batch_take", sym.batch_take(X, Y), {"x": u(3, 4), "y": np.array([0, 3, 1], "int32")}
    yield from _some(sym.pick, [{}, {"keepdims": True}], x=u(3, 4), y=f(0, 3, 1))
    yield "pick rows", sym.pick(X, Y, axis=0), {"x": u(3, 4), "y": f(0, 2, 1, 0)}
    yield "gather_nd", sym.gather_nd(X, Y), {"x": x, "y": np.array([[0, 1], [2, 0]], "int64")}
    yield "one_hot", sym.one_hot(X, depth=4, on_value=2, off_value=-1), {"x": f([0, 2], [1, 3])}
    yield from _some(sym.topk, [{"k": 2}, {"k": 2, "ret_typ": "value"}, {"k": 2, "ret_typ": "both", "axis": 1},
                                {"k": 1, "is_ascend": True}, {"k": 3, "axis": None}, {"k": 2, "dtype": "int32"}], x=x)
    yield "sort", sym.sort(X, axis=1, is_ascend=False), {"x": x}
    yield "argsort", sym.argsort(X), {"x": x}
    yield "SequenceMask", sym.SequenceMask(X, Y, use_sequence_length=True, value=-1), {"x": steps, "y": lengths}
    yield "SequenceMask rows", sym.SequenceMask(X, Y, use_sequence_length=True, axis=1), {"x": u(2, 3), "y": lengths}
    yield "SequenceReverse", sym.SequenceReverse(X, Y, use_sequence_length=True), {"x": steps, "y": lengths}
    yield "SequenceReverse all", sym.SequenceReverse(X), {"x": steps}
    yield "SequenceLast", sym.SequenceLast(X, Y, use_sequence_length=True), {"x": steps, "y": lengths}
    yield "SequenceLast all", sym.SequenceLast(X), {"x": steps}


def matrix():
    """Products."""
    for a in (False, True):
        for b in (False, True):
            left, right = u(*((4, 3) if a else (3, 4))), u(*((5, 4) if b else (4, 5)))
            turned = {"transpose_a": a, "transpose_b": b}
            yield from _some(sym.dot, [turned], x=left, y=right)
            yield from _some(sym.batch_dot, [turned], x=np.stack([left, left]), y=np.stack([right, right]))
    yield "dot of vectors", sym.dot(X, Y), {"x": u(4), "y": u(4)}
    yield "dot of many", sym.dot(X, Y), {"x": u(2, 3, 4), "y": u(4, 2)}
    yield "dot with many", sym.dot(X, Y), {"x": u(2, 4), "y": u(4, 2, 3)}
    yield "gemm2", sym.linalg.gemm2(X, Y, alpha=2.0, transpose_b=True), {"x": u(2, 3, 4), "y": u(2, 5, 4)}
    yield "gemm", sym.linalg.gemm(X, Y, Z, alpha=2.0, beta=0.5), {"x": u(3, 4), "y": u(4, 5), "z": u(3, 5)}
    yield "div_sqrt_dim", sym.contrib.div_sqrt_dim(X), {"x": u(2, 3, 4)}
    yield "selfatt_qk", sym.contrib.interleaved_matmul_selfatt_qk(X, heads=2), {"x": u(3, 2, 12)}
    yield "selfatt_valatt", sym.contrib.interleaved_matmul_selfatt_valatt(X, Y, heads=2), {"x": u(3, 2, 12), "y": u(4, 3, 3)}


def layers():
    """Convolutions, dense layers, activations."""
    x = u(2, 4, 6, 6)
    plain, wide = {"kernel": (3, 3), "num_filter": 4}, {"kernel": (3, 2), "num_filter": 4, "stride": (2, 1), "pad": (1, 0),
                                                      "dilate": (1, 2), "num_group": 2, "no_bias": True}
    for name in ("Convolution", "Deconvolution"):
        op = getattr(sym, name)
        yield name, op(X, V("w"), V("b"), no_bias=False, **plain), {"x": x}, {"w": u(4, 4, 3, 3), "b": u(4)}
        yield f"{name} in groups", op(X, V("w"), **wide), {"x": x}, {"w": u(4, 2, 3, 2)}
    yield "Convolution of 1", sym.Convolution(X, V("w"), V("b"), kernel=(3,), num_filter=2, pad=(1,)), {"x": u(2, 3, 4)}, \
        {"w": u(2, 3, 3), "b": u(2)}
    yield "Convolution of 3", sym.Convolution(X, V("w"), V("b"), kernel=(2, 2, 2), num_filter=2), {"x": u(1, 2, 3, 4, 4)}, \
        {"w": u(2, 2, 2, 2, 2), "b": u(2)}
    yield "Deconvolution with adj", sym.Deconvolution(X, V("w"), kernel=(3, 3), stride=(2, 2), pad=(1, 1), adj=(1, 1),
                                                      num_filter=2), {"x": x}, {"w": u(4, 2, 3, 3)}
    yield "Deconvolution to a shape", sym.Deconvolution(X, V("w"), kernel=(4, 4), stride=(2, 2), target_shape=(11, 12),
                                                        num_filter=2), {"x": x}, {"w": u(4, 2, 4, 4)}
    for flatten, width in ((True, 12), (False, 4)):
        dense = {"num_hidden": 3, "flatten": flatten}
        yield f"FullyConnected {flatten}", sym.FullyConnected(X, V("w"), V("b"), **dense), {"x": u(2, 3, 4)}, \
            {"w": u(3, width), "b": u(3)}
        yield f"FullyConnected {flatten} no bias", sym.FullyConnected(X, V("w"), no_bias=True, **dense), {"x": u(2, 3, 4)}, \
            {"w": u(3, width)}
    for kind in "relu sigmoid tanh softrelu softsign".split():
        yield f"Activation {kind}", sym.Activation(X, act_type=kind), {"x": u(2, 3)}
    for kind in "leaky elu selu gelu rrelu".split():
        yield f"LeakyReLU {kind}", sym.LeakyReLU(X, act_type=kind, slope=0.3)[0], {"x": u(2, 3) * 3}
    for name, data, slopes in (("pictures", x, 4), ("rows", u(2, 4), 4), ("one slope", x, 1)):
        yield f"prelu of {name}", sym.LeakyReLU(X, V("g"), act_type="prelu"), {"x": data}, {"g": u(slopes)}
    yield from _some(sym.Pad, [{"mode": m, "pad_width": (0, 0, 0, 0, 1, 2, 2, 1), "constant_value": 0.5}
                               for m in ("constant", "edge", "reflect")], x=x)
    yield "Dropout", sym.Dropout(X, p=0.3), {"x": u(3, 4)}


def norms():
    """Normalization."""
    x = u(2, 4, 6, 6)
    moments = {"g": u(4), "b": u(4), "m": u(4), "v": u(4) ** 2 + 0.1}
    names = [V(n) for n in moments]
    yield "BatchNorm", sym.BatchNorm(X, *names), {"x": x}, moments
    yield "BatchNorm with gamma", sym.BatchNorm(X, *names, fix_gamma=False, eps=1e-5), {"x": x}, moments
    yield "BatchNorm of rows", sym.BatchNorm(X, *names, fix_gamma=False), {"x": u(3, 4)}, moments
    yield "BatchNorm last", sym.BatchNorm(X, *names, axis=-1, fix_gamma=False), {"x": u(2, 3, 5, 4)}, moments
    yield "BatchNormWithReLU", sym.contrib.BatchNormWithReLU(X, *names), {"x": x}, moments
    yield "InstanceNorm", sym.InstanceNorm(X, *names[:2]), {"x": x}, {"g": u(4), "b": u(4)}
    for axis in (-1, 1):
        yield f"LayerNorm {axis}", sym.LayerNorm(X, *names[:2], axis=axis), {"x": u(2, 4, 4)}, {"g": u(4), "b": u(4)}
    yield "GroupNorm", sym.GroupNorm(X, *names[:2], num_groups=2), {"x": x}, {"g": u(2), "b": u(2)}
    yield from _some(sym.L2Normalization, [{"mode": m} for m in ("instance", "channel", "spatial")], x=x)
    yield "LRN", sym.LRN(X, nsize=3, alpha=0.1, beta=0.5, knorm=1), {"x": x}


def pools():
    """Pooling and resampling."""
    x, boxes = u(2, 4, 6, 6), f([0, 0, 0, 3, 3], [1, 1, 1, 5, 4])
    half, three = {"kernel": (2, 2), "stride": (2, 2)}, {"kernel": (3, 3), "stride": (2, 2)}
    options = [half, {**three, "pad": (1, 1)}, {**three, "pooling_convention": "full"},
               {**three, "pad": (1, 1), "pooling_convention": "full"}, {"global_pool": True, "kernel": (2, 2)}]
    for kind in "max avg sum lp".split():
        more = {"p_value": 2} if kind == "lp" else {}
        yield from _some(sym.Pooling, [{"pool_type": kind, **o, **more} for o in options], x=u(2, 3, 8, 7))
    yield from _some(sym.Pooling, [{"pool_type": "avg", "count_include_pad": False, **o} for o in options[:4]], x=u(2, 3, 8, 7))
    yield "Pooling of 1", sym.Pooling(X, kernel=(2,), pool_type="avg", stride=(1,)), {"x": u(2, 3, 4)}
    yield "AdaptiveAvgPooling2D", sym.contrib.AdaptiveAvgPooling2D(X, output_size=3), {"x": x}
    yield "AdaptiveAvgPooling2D to one", sym.contrib.AdaptiveAvgPooling2D(X), {"x": x}
    yield "ROIPooling", sym.ROIPooling(X, Y, pooled_size=(2, 2), spatial_scale=1.0), {"x": x, "y": boxes}
    yield "ROIAlign", sym.contrib.ROIAlign(X, Y, pooled_size=(2, 2), spatial_scale=1.0, sample_ratio=2), {"x": x, "y": boxes}
    yield "UpSampling", sym.UpSampling(X, scale=2, sample_type="nearest"), {"x": x}
    yield "UpSampling bilinear", sym.UpSampling(X, V("w"), scale=2, sample_type="bilinear", num_filter=4), {"x": x}, \
        {"w": u(4, 1, 4, 4)}
    yield from _some(sym.contrib.BilinearResize2D, [{"height": 9, "width": 8, "align_corners": a} for a in (True, False)], x=x)
    yield "Crop", sym.Crop(X, offset=(1, 2), h_w=(3, 3)), {"x": x}
    yield "Crop the middle", sym.Crop(X, h_w=(2, 4), center_crop=True), {"x": x}


def heads():
    """Softmax and losses."""
    x, pictures, label = u(2, 3, 4), u(2, 4, 6, 6), V("label")
    for name in "softmax log_softmax softmin".split():
        yield from _some(getattr(sym, name), [{}, {"axis": 1, "temperature": 2.0}], x=x)
    yield from _some(sym.SoftmaxActivation, [{"mode": "instance"}, {"mode": "channel"}], x=pictures)
    for name, data, target, options in (("rows", u(3, 4), (3,), {}), ("many", x, (2, 3), {}),
                                        ("channels", pictures, (2, 6, 6), {"multi_output": True}),
                                        ("last", x, (2, 3), {"preserve_shape": True})):
        yield f"SoftmaxOutput of {name}", sym.SoftmaxOutput(X, label, **options), {"x": data}, {"label": np.zeros(target, "f")}
    for name in ("Logistic", "Linear", "MAE"):
        yield f"{name}RegressionOutput", getattr(sym, f"{name}RegressionOutput")(X, label), {"x": u(3, 4)}, \
            {"label": np.zeros((3, 4), "f")}
    yield "make_loss", sym.make_loss(X * 2), {"x": x}


def made():
    """Constants."""
    x = u(3, 4)
    yield "zeros", sym.zeros((3, 4)) + X, {"x": x}
    yield "ones", sym.ones((3, 4)) + X, {"x": x}
    yield "full", sym.full((3, 4), 2.5) + X, {"x": x}
    yield "arange", sym.arange(0, 4) * X, {"x": u(4)}
    yield "arange with steps", sym.arange(2, 4, 0.5) * X, {"x": u(4)}
    yield "arange_like", sym.contrib.arange_like(X) + X, {"x": x}
    yield "arange_like along", sym.contrib.arange_like(X, axis=1) + X.sum(axis=0), {"x": x}


def recurrent():
    """Fused layers."""
    for mode in ("rnn_relu", "rnn_tanh", "gru", "lstm"):
        for layers_, both in ((1, False), (2, False), (2, True)):
            n = 2 if both else 1
            states = {"s": u(layers_ * n, 2, 3), **({"c": u(layers_ * n, 2, 3)} if mode == "lstm" else {})}
            gates = {"gru": 3, "lstm": 4}.get(mode, 1)
            size = sum(n * gates * 3 * ((5 if k == 0 else 3 * n) + 3 + 2) for k in range(layers_))
            yield f"{mode} of {layers_}{' both ways' if both else ''}", sym.RNN(
                X, P, *[V(k) for k in states], mode=mode, state_size=3, num_layers=layers_, bidirectional=both,
                state_outputs=True), {"x": u(4, 2, 5), **states}, {"p": u(size)}
    yield "lstm without states", sym.RNN(X, P, V("s"), V("c"), mode="lstm", state_size=3, num_layers=1), \
        {"x": u(4, 2, 5), "s": u(1, 2, 3), "c": u(1, 2, 3)}, {"p": u(12 * 10)}
    yield "gru with lengths", sym.RNN(X, P, V("s"), sequence_length=V("n"), mode="gru", state_size=3, num_layers=1,
                                      use_sequence_length=True), \
        {"x": u(4, 2, 5), "s": u(1, 2, 3), "n": f(2, 4)}, {"p": u(9 * 10)}


def boxes():
    """Boxes."""
    r = np.random.RandomState(3)
    for form in ("corner", "center"):
        yield f"box_decode {form}", sym.contrib.box_decode(X, Y, 0.1, 0.1, 0.2, 0.2, clip=0.5, format=form), {
            "x": u(2, 5, 4) * 5, "y": np.sort(r.rand(1, 5, 4), -1).astype("f")}
        corners = np.concatenate([(start := r.rand(2, 12, 2)), start + r.rand(2, 12, 2)], -1)
        rows_ = np.concatenate([r.randint(0, 3, (2, 12, 1)), r.permutation(24).reshape(2, 12, 1) / 24, corners], -1).astype("f")
        options = [{}, {"overlap_thresh": 0.2, "force_suppress": True}, {"topk": 5},
                   {"valid_thresh": 0.4, "overlap_thresh": 0.3}, {"id_index": 0},
                   {"id_index": 0, "background_id": 1, "overlap_thresh": 0.1}]
        yield from _some(sym.contrib.box_nms, [{"in_format": form, "out_format": form, **o} for o in options], x=rows_)


FAMILIES = (unary, binary, reduce, shape, slicing, indexing, matrix, layers, norms, pools, heads, made, recurrent, boxes)


def rows():
    """All rows."""
    found = []
    for family in FAMILIES:
        for name, symbol, arrays, *params in family():
            found.append((f"{family.__name__}: {name}", symbol, arrays, params[0] if params else {}))
    return found
