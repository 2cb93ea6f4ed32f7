"""Exported models compute in onnxruntime what they compute here; imported again they compute it too."""
import numpy as np
import onnx
import pytest

import mxnet_compat as mx
from mxnet_compat import gluon, nd, sym
from mxnet_compat.gluon import nn, rnn

from .cases import V, X, Y, f, rows, u
from .helpers import export, here, same, there

ROWS = rows()


@pytest.mark.parametrize(("symbol", "arrays", "params"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_operators(symbol, arrays, params, tmp_path):
    expected = here(symbol, {**arrays, **params})
    path = export(symbol, arrays, params, tmp_path / "model.onnx")
    same(there(path, arrays), expected)
    if symbol.name.startswith("box_nms"):
        # its parts have no counterparts here
        with pytest.raises(NotImplementedError, match="NonMaxSuppression"):
            mx.contrib.onnx.import_model(path)
        return
    back, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    same(here(back, {**arrays, **arg_params}, aux_params), expected)


def test_every_operator_that_is_converted_has_a_case():
    exported = {n.op.name for _, s, *_ in ROWS for n in mx.symbol.graph.topological(s._outputs) if n.op is not None}
    # other names of one converter, losses without a result of their own, what draws numbers, what was made for one network
    also = {"BatchNorm_v1", "Convolution_v1", "Pooling_v1", "IdentityAttachKLSparseReg", "MakeLoss", "SVMOutput",
            "_contrib_SparseEmbedding", "_contrib_SyncBatchNorm", "_contrib_gradientmultiplier", "_identity_with_attr_like_rhs",
            "_random_normal", "_random_normal_like", "_random_uniform", "_random_uniform_like", "_rnn_param_concat",
            "_sample_multinomial",
            "_zeros_without_dtype", "amp_cast", "identity", "make_loss", "_mod", "_hypot", "_logical_and", "_logical_or",
            "_logical_xor", "_maximum", "_minimum", "_power", "_equal", "_greater", "_greater_equal", "_lesser",
            "_lesser_equal", "_not_equal", "_logical_and_scalar", "_logical_or_scalar", "_logical_xor_scalar",
            "_greater_equal_scalar", "_lesser_scalar"}
    assert set(mx.onnx.get_operator_support()) - exported - also == set()


def net():
    x = sym.Convolution(V("data"), kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv")
    x = sym.Activation(sym.BatchNorm(x, name="bn"), act_type="relu", name="act")
    x = sym.FullyConnected(sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool"), num_hidden=3, name="fc")
    return sym.SoftmaxOutput(x, name="softmax")


def parameters(symbol, **shapes):
    arguments, _, aux = symbol.infer_shape(**shapes)
    names = [*zip(symbol.list_arguments(), arguments), *zip(symbol.list_auxiliary_states(), aux)]
    return {n: nd.array(np.abs(u(*s)) + 0.1) for n, s in names if n not in shapes and n != "softmax_label"}


def test_names_and_shapes(tmp_path):
    symbol = net()
    params = parameters(symbol, data=(2, 3, 8, 8))
    path = str(tmp_path / "net.onnx")
    assert mx.onnx.export_model(symbol, params, [(2, 3, 8, 8)], np.float32, path) == path
    model = onnx.load(path)
    assert [o.version for o in model.opset_import] == [13]
    assert [n.output[0] for n in model.graph.node if n.output[0] in ("conv", "bn", "act", "pool", "fc", "softmax")] == [
        "conv", "bn", "act", "pool", "fc", "softmax"]
    # with its gamma fixed, a normalization has ones in its place
    assert {t.name for t in model.graph.initializer} >= {n for n in params if n != "bn_gamma"}
    assert mx.contrib.onnx.get_model_metadata(path) == {
        "input_tensor_data": [("data", (2, 3, 8, 8), 1)], "output_tensor_data": [("softmax", (2, 3))]}
    parts = sym.split(X, num_outputs=2, axis=1, name="parts")
    path = export(sym.Group([parts[0], parts[1] * 2]), {"x": u(2, 4)}, {}, tmp_path / "parts.onnx")
    assert [o.name for o in onnx.load(path).graph.output][0] == "parts0"


@pytest.mark.parametrize("way", ["arg:", "older names", "files", "list", "positions", "contrib", "mx2onnx", "one shape",
                                 "label"])
def test_ways_of_calling(way, tmp_path):
    symbol, shape, path = net(), (2, 3, 8, 8), str(tmp_path / "net.onnx")
    params, data = parameters(symbol, data=shape), {"data": u(*shape)}
    aux = symbol.list_auxiliary_states()
    named = {f"{'aux' if n in aux else 'arg'}:{n}": a for n, a in params.items()}
    if way == "arg:":
        mx.onnx.export_model(symbol, named, [shape], np.float32, path)
    elif way == "older names":
        mx.onnx.export_model(symbol, params, input_shape=[shape], input_type=np.float32, onnx_file_path=path)
    elif way == "files":
        symbol.save(str(tmp_path / "net-symbol.json"))
        nd.save(str(tmp_path / "net-0000.params"), named)
        mx.onnx.export_model(str(tmp_path / "net-symbol.json"), str(tmp_path / "net-0000.params"), [shape], [np.float32], path)
    elif way == "list":
        mx.onnx.export_model(symbol, [{n: a for n, a in params.items() if n not in aux}, {n: params[n] for n in aux}], [shape],
                             "float32", path)
    elif way == "positions":
        mx.onnx.export_model(symbol, params, [shape], np.float32, path, True)
    elif way == "contrib":
        mx.contrib.onnx.export_model(symbol, params, [shape], np.float32, path)
    elif way == "mx2onnx":
        mx.contrib.onnx.mx2onnx.export_model(symbol, params, [shape], np.float32, path)
    elif way == "one shape":
        mx.onnx.export_model(symbol, params, shape, np.float32, path, run_shape_inference=True)
    else:
        mx.onnx.export_model(symbol, params, [shape, (2,)], np.float32, path)
    expected = here(symbol, {**data, **params, "softmax_label": np.zeros(2, "f")}, {n: params[n] for n in aux})
    same(there(path, data), expected)


def test_dynamic_shapes(tmp_path):
    symbol, path = net(), str(tmp_path / "net.onnx")
    params = parameters(symbol, data=(2, 3, 8, 8))
    aux = {n: params[n] for n in symbol.list_auxiliary_states()}
    for shapes in (None, [("batch", 3, "height", "width")], [(None, 3, 8, 8)]):
        mx.onnx.export_model(symbol, params, [(2, 3, 8, 8)], np.float32, path, dynamic=True, dynamic_input_shapes=shapes)
        for batch in (1, 5):
            data = {"data": u(batch, 3, 8, 8)}
            expected = here(symbol, {**data, **params, "softmax_label": np.zeros(batch, "f")}, aux)
            same(there(path, data), expected)
    with pytest.raises(ValueError, match="1 dynamic"):
        mx.onnx.export_model(X + Y, {}, [(2,), (2,)], np.float32, path, dynamic=True, dynamic_input_shapes=[("n",)])
    with pytest.raises(NotImplementedError, match="dynamic"):
        mx.onnx.export_model(sym.Crop(X, h_w=(3, 3)), {}, [(1, 2, 5, 5)], np.float32, path, dynamic=True)


@pytest.mark.parametrize(("symbol", "arrays"), [
    (sym.reshape(X, shape=(0, -1)), {"x": (2, 3, 4)}), (sym.reshape(X, shape=(0, -2)), {"x": (2, 3, 4)}),
    (sym.slice_like(X, Y), {"x": (4, 5), "y": (2, 3)}),
    (sym.SequenceMask(X, Y, use_sequence_length=True), {"x": (3, 2, 4), "y": (2,)}),
    (sym.broadcast_like(X, Y), {"x": (2, 1), "y": (2, 5)}), (sym.SoftmaxActivation(X), {"x": (2, 3, 4, 5)}),
    (sym.contrib.div_sqrt_dim(X), {"x": (2, 3)}), (sym.take(X, Y), {"x": (4, 3), "y": (2, 2)}),
    (sym.FullyConnected(X, num_hidden=3, name="fc", flatten=False), {"x": (2, 5, 4)}),
    (sym.Pooling(X, kernel=(3, 3), stride=(2, 2), pool_type="max", pooling_convention="full"), {"x": (1, 2, 8, 8)})],
    ids=["reshape", "reshape the rest", "slice_like", "SequenceMask", "broadcast_like", "SoftmaxActivation", "div_sqrt_dim",
         "take", "FullyConnected", "Pooling"])
def test_operators_of_any_shape(symbol, arrays, tmp_path):
    """Nothing of the shapes at export is in the file."""
    params = {} if "fc_weight" not in symbol.list_arguments() else {"fc_weight": u(3, 4), "fc_bias": u(3)}
    path = export(symbol, {n: u(*s) for n, s in arrays.items()}, params, tmp_path / "model.onnx", dynamic=True)
    kept = {"fc"}
    for more in (0, 1):
        grown = {n: np.abs(u(*(d + more if k == 0 or d > 1 and symbol.name not in kept else d for k, d in enumerate(s))))
                 for n, s in arrays.items()}
        same(there(path, grown), here(symbol, {**grown, **params}))


def block(*layers):
    seq = nn.HybridSequential()
    seq.add(*layers)
    return seq


class Recurrent(gluon.HybridBlock):
    """A recurrent layer, its states as inputs, and its last outputs."""

    def __init__(self, layer):
        super().__init__()
        with self.name_scope():
            self.layer = layer

    def hybrid_forward(self, F, x, *states):
        return self.layer(x, list(states))[0]


@pytest.mark.parametrize(("make", "arrays"), [
    (lambda: block(nn.Embedding(10, 4), nn.Dense(3, flatten=False), nn.LayerNorm()), [f([1, 2, 3], [4, 5, 6])]),
    (lambda: block(nn.Conv2D(4, 3), nn.GroupNorm(2), nn.PReLU(), nn.Conv2DTranspose(2, 3, 2), nn.Swish()), [u(1, 3, 6, 6)]),
    (lambda: block(nn.Conv1D(4, 3), nn.GELU(), nn.GlobalAvgPool1D(), nn.Flatten(), nn.Dense(2)), [u(2, 3, 6)]),
    (lambda: Recurrent(rnn.LSTM(4, 2, bidirectional=True, input_size=3)), [u(5, 2, 3), u(4, 2, 4), u(4, 2, 4)]),
    (lambda: Recurrent(rnn.GRU(4, layout="NTC", input_size=3)), [u(2, 5, 3), u(1, 2, 4)])],
    ids=["embedding", "pictures", "sequences", "lstm", "gru"])
def test_blocks(make, arrays, tmp_path):
    """Gluon blocks, by their exported files, and back as blocks."""
    net = make()
    net.initialize(mx.init.Uniform(0.7))
    net.hybridize()
    expected = net(*map(nd.array, arrays)).asnumpy()
    net.export(str(tmp_path / "net"))
    path = mx.onnx.export_model(str(tmp_path / "net-symbol.json"), str(tmp_path / "net-0000.params"), [a.shape for a in arrays],
                                np.float32, str(tmp_path / "net.onnx"))
    names = ["data"] if len(arrays) == 1 else [f"data{k}" for k in range(len(arrays))]
    same(there(path, dict(zip(names, arrays))), [expected])
    back = mx.contrib.onnx.import_to_gluon(path, mx.cpu())
    assert isinstance(back, gluon.SymbolBlock)
    same([back(*map(nd.array, arrays)).asnumpy()], [expected])


@pytest.mark.parametrize(("call", "error"), [
    (lambda s, path: mx.onnx.export_model(3, {}, [(2,)], np.float32, path), ValueError),
    (lambda s, path: mx.onnx.export_model(s, 3, [(2,)], np.float32, path), ValueError),
    (lambda s, path: mx.onnx.export_model("no", "file", [(2,)], np.float32, path), ValueError),
    (lambda s, path: mx.onnx.export_model(s, {}, None, np.float32, path), TypeError),
    (lambda s, path: mx.onnx.export_model(s, {}, [(2,), (2,)], np.float32, path), ValueError),
    (lambda s, path: mx.onnx.export_model(s, {}, [(2,)], [np.float32] * 2, path), ValueError),
    (lambda s, path: mx.onnx.export_model(sym.FullyConnected(s, num_hidden=2), {}, [(2, 3)], np.float32, path), ValueError),
    (lambda s, path: mx.onnx.export_model(sym.Correlation(s, Y), {}, [(1, 2, 6, 6)] * 2, "float32", path), NotImplementedError),
    (lambda s, path: mx.onnx.export_model(sym.Correlation(s, Y), {}, [(1, 2, 6, 6)] * 2, "float32", path), AttributeError),
    (lambda s, path: mx.onnx.export_model(sym.topk(s, ret_typ="mask"), {}, [(2, 3)], np.float32, path), NotImplementedError)],
    ids=["number", "params", "files", "no shapes", "shapes", "types", "parameters missing", "operator", "as MXNet", "way"])
def test_refused(call, error, tmp_path):
    with pytest.raises(error):
        call(X * 1, str(tmp_path / "model.onnx"))


def test_drawing(tmp_path):
    """Of random numbers there are shapes, types and bounds."""
    for symbol, arrays, shape, dtype in (
            (sym.random.uniform(2, 3, shape=(40, 5)), {}, (40, 5), np.float32),
            (sym.random.normal(shape=(4,)), {}, (4,), np.float32),
            (sym.sample_multinomial(X, shape=7), {"x": f([0, 1, 0], [1, 0, 0])}, (2, 7), np.int32)):
        y, = there(export(symbol * 1, arrays, {}, tmp_path / "model.onnx"), arrays)
        assert y.shape == shape and y.dtype == dtype
        if shape == (40, 5):
            assert 2 <= y.min() < 2.2 and 2.8 < y.max() <= 3
        elif arrays:
            assert y.tolist() == [[1] * 7, [0] * 7]


def test_operator_support():
    names = mx.onnx.get_operator_support()
    assert {"Convolution", "RNN", "broadcast_add", "slice_like"} <= set(names) and mx.onnx.get_operator_support(11) == []
