"""Models that others wrote: older and newer forms of operators, shapes that are computed, what is refused."""
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import mxnet_compat as mx
from mxnet_compat import nd

from .cases import f, u
from .helpers import here, same, there

FLOAT = TensorProto.FLOAT


def model(path, nodes, inputs, outputs, opset=13, constants=None, types=None):
    """Write a model; inputs and outputs are shapes by name."""
    types = types or {}
    infos = [[helper.make_tensor_value_info(n, types.get(n, FLOAT), s) for n, s in part.items()] for part in (inputs, outputs)]
    tensors = [numpy_helper.from_array(np.asarray(a), n) for n, a in (constants or {}).items()]
    made = helper.make_model(helper.make_graph(nodes, "graph", *infos, tensors),
                             opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 7
    onnx.save_model(made, str(path))
    return str(path)


def node(kind, ins, outs="y", **attrs):
    return helper.make_node(kind, ins.split(), outs.split(), **attrs)


def imported(path, arrays):
    symbol, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    return here(symbol, {**arrays, **arg_params}, aux_params)


def i(*values):
    return np.array(values, np.int64)


#: name -> (nodes, version, arrays of inputs, constants)
AS_THEY_ARE = {
    "Clip 6": ([node("Clip", "x", min=-0.5, max=0.5)], 6, {"x": u(2, 3)}, {}),
    "Clip below": ([node("Clip", "x low")], 13, {"x": u(2, 3)}, {"low": np.float32(0)}),
    "Squeeze 11": ([node("Squeeze", "x", axes=[1])], 11, {"x": u(2, 1, 3)}, {}),
    "Squeeze all": ([node("Squeeze", "x")], 13, {"x": u(2, 1, 3)}, {}),
    "Unsqueeze 11": ([node("Unsqueeze", "x", axes=[0, 3])], 11, {"x": u(2, 3)}, {}),
    "Unsqueeze back": ([node("Unsqueeze", "x a")], 13, {"x": u(2, 3)}, {"a": i(-1, 0)}),
    "ReduceSum 11": ([node("ReduceSum", "x", axes=[1], keepdims=0)], 11, {"x": u(2, 3)}, {}),
    "ReduceMean 18": ([node("ReduceMean", "x a", keepdims=1)], 18, {"x": u(2, 3)}, {"a": i(1)}),
    "ReduceLogSumExp": ([node("ReduceLogSumExp", "x", axes=[0])], 13, {"x": u(2, 3)}, {}),
    "ReduceSumSquare": ([node("ReduceSumSquare", "x", axes=[0], keepdims=0)], 13, {"x": u(2, 3)}, {}),
    "Slice 9": ([node("Slice", "x", starts=[0, 1], ends=[2, 100], axes=[0, 2])], 9, {"x": u(3, 2, 4)}, {}),
    "Slice back": ([node("Slice", "x s e a t")], 13, {"x": u(3, 4)}, {"s": i(-1), "e": i(-100), "a": i(1), "t": i(-1)}),
    "Pad 2": ([node("Pad", "x", pads=[0, 0, 1, 0, 0, 0, 1, 2], value=0.5)], 2, {"x": u(1, 2, 3, 3)}, {}),
    "Pad of 1": ([node("Pad", "x p", mode="reflect")], 13, {"x": u(1, 2, 5)}, {"p": i(0, 0, 1, 0, 0, 2)}),
    "Split 11": ([node("Split", "x", "y z", axis=1, split=[1, 3])], 11, {"x": u(2, 4)}, {}),
    "Split 13": ([node("Split", "x s", "y z", axis=1)], 13, {"x": u(2, 4)}, {"s": i(1, 3)}),
    "Dropout 7": ([node("Dropout", "x", ratio=0.3)], 7, {"x": u(2, 4)}, {}),
    "Softmax 11": ([node("Softmax", "x", axis=1)], 11, {"x": u(2, 3, 4)}, {}),
    "LogSoftmax 13": ([node("LogSoftmax", "x", axis=1)], 13, {"x": u(2, 3, 4)}, {}),
    "Upsample 9": ([node("Upsample", "x s", mode="nearest")], 9, {"x": u(1, 2, 3, 3)}, {"s": f(1, 1, 2, 2)}),
    "Resize 11": ([node("Resize", "x r s", mode="nearest", nearest_mode="floor",
                        coordinate_transformation_mode="asymmetric")], 11, {"x": u(1, 2, 3, 3)},
                  {"r": f(), "s": f(1, 1, 3, 3)}),
    "Resize linear": ([node("Resize", "x r s z", mode="linear", coordinate_transformation_mode="align_corners")], 13,
                      {"x": u(1, 2, 3, 3)}, {"r": f(), "s": f(), "z": i(1, 2, 5, 7)}),
    "Conv same": ([node("Conv", "x w", auto_pad="SAME_UPPER", strides=[2, 2])], 13, {"x": u(1, 2, 7, 6)}, {"w": u(3, 2, 3, 3)}),
    "Conv uneven": ([node("Conv", "x w", pads=[0, 1, 2, 1])], 13, {"x": u(1, 2, 7, 6)}, {"w": u(3, 2, 3, 3)}),
    "Conv of 1 uneven": ([node("Conv", "x w", pads=[0, 2])], 13, {"x": u(1, 2, 7)}, {"w": u(3, 2, 3)}),
    "ConvTranspose uneven": ([node("ConvTranspose", "x w", strides=[2, 2], pads=[1, 1, 0, 0])], 13, {"x": u(1, 2, 4, 4)},
                             {"w": u(2, 3, 3, 3)}),
    "MaxPool uneven": ([node("MaxPool", "x", kernel_shape=[2, 2], pads=[0, 0, 1, 1])], 13, {"x": u(1, 2, 5, 5)}, {}),
    "MaxPool up": ([node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)], 13, {"x": u(1, 2, 6, 6)}, {}),
    "AveragePool uneven": ([node("AveragePool", "x", kernel_shape=[2, 2], pads=[0, 0, 1, 1])], 13, {"x": u(1, 2, 5, 5)}, {}),
    "AveragePool with padding": ([node("AveragePool", "x", kernel_shape=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)], 13,
                                 {"x": u(1, 2, 5, 5)}, {}),
    "Gemm scaled": ([node("Gemm", "x w b", alpha=0.5, beta=2.0)], 13, {"x": u(2, 3)}, {"w": u(3, 4), "b": u(4)}),
    "Gemm turned": ([node("Gemm", "x w", transA=1)], 13, {"x": u(3, 2)}, {"w": u(3, 4)}),
    "Gemm of rows": ([node("Gemm", "x w b", transB=0)], 13, {"x": u(2, 3)}, {"w": u(3, 4), "b": u(1, 4)}),
    "MatMul of many": ([node("MatMul", "x z")], 13, {"x": u(2, 3, 4, 5), "z": u(2, 3, 5, 4)}, {}),
    "LayerNormalization": ([node("LayerNormalization", "x g b")], 17, {"x": u(2, 3, 4)}, {"g": u(4), "b": u(4)}),
    "LpNormalization": ([node("LpNormalization", "x", axis=1)], 13, {"x": u(2, 3, 4)}, {}),
    "Gelu": ([node("Gelu", "x")], 20, {"x": u(2, 3)}, {}),
    "Celu": ([node("Celu", "x", alpha=0.5)], 13, {"x": u(2, 3) * 3}, {}),
    "Mish": ([node("Mish", "x")], 18, {"x": u(2, 3) * 3}, {}),
    "Hardmax": ([node("Hardmax", "x")], 13, {"x": u(2, 3)}, {}),
    "GroupNormalization 21": ([node("GroupNormalization", "x g b", num_groups=2)], 21, {"x": u(2, 4, 3)},
                              {"g": u(4), "b": u(4)}),
    "HardSwish": ([node("HardSwish", "x")], 14, {"x": u(2, 3) * 5}, {}),
    "ThresholdedRelu": ([node("ThresholdedRelu", "x", alpha=0.3)], 13, {"x": u(2, 3)}, {}),
    "PRelu": ([node("PRelu", "x s")], 13, {"x": u(2, 3, 4)}, {"s": u(3, 1)}),
    "Mean": ([node("Mean", "x z")], 13, {"x": u(2, 3), "z": u(2, 3)}, {}),
    "Max of three": ([node("Max", "x z w")], 13, {"x": u(2, 3), "z": u(2, 3)}, {"w": u(2, 3)}),
    "Mod": ([node("Mod", "x z", fmod=1)], 13, {"x": u(2, 3) * 5, "z": np.abs(u(2, 3)) + 0.3}, {}),
    "Round": ([node("Round", "x")], 13, {"x": f(0.5, 1.5, 2.5, -0.5, -1.5, 1.2, -1.7)}, {}),
    "Where": ([node("Greater", "x o", "c"), node("Where", "c x z")], 13, {"x": u(2, 3), "z": u(3)}, {"o": np.float32(0)}),
    "Cast to truth": ([node("Cast", "x", "b", to=TensorProto.BOOL), node("Not", "b", "n"), node("Cast", "n", to=FLOAT)], 13,
                      {"x": f(0, 1, 2)}, {}),
    "Expand": ([node("Expand", "x s")], 13, {"x": u(3, 1)}, {"s": i(2, 1, 4)}),
    "Flatten 2": ([node("Flatten", "x", axis=2)], 13, {"x": u(2, 3, 4, 5)}, {}),
    "Gather from the end": ([node("Gather", "x k", axis=1)], 13, {"x": u(2, 3)}, {"k": i(-1, 0)}),
    "Gather one": ([node("Gather", "x k", axis=1)], 13, {"x": u(2, 3)}, {"k": np.int64(-1)}),
    "GatherElements": ([node("GatherElements", "x k", axis=0)], 13, {"x": u(3, 2)}, {"k": i([0, 2], [1, 0])}),
    "DepthToSpace CRD": ([node("DepthToSpace", "x", blocksize=2, mode="CRD")], 13, {"x": u(1, 8, 2, 3)}, {}),
    "TopK 1": ([node("TopK", "x", "y z", k=2)], 1, {"x": u(2, 4)}, {}),
    "LSTM without states": ([node("LSTM", "x w r b", hidden_size=3)], 13, {"x": u(4, 2, 5)},
                            {"w": u(1, 12, 5), "r": u(1, 12, 3), "b": u(1, 24)}),
    "GRU both ways": ([node("GRU", "x w r", "y h", hidden_size=3, direction="bidirectional", linear_before_reset=1)], 13,
                      {"x": u(4, 2, 5)}, {"w": u(2, 9, 5), "r": u(2, 9, 3)}),
    "an output that is an input": ([node("Identity", "x", "unused"), node("Relu", "x")], 13, {"x": u(2, 3)}, {}),
    "a shape that is computed": ([
        node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Unsqueeze", "n zeros", "rows"),
        node("Concat", "rows minus", "target", axis=0), node("Reshape", "x target")], 13, {"x": u(2, 3, 4)},
        {"zero": np.int64(0), "zeros": i(0), "minus": i(-1)}),
    "a constant": ([helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(f(1, 2, 3))), node("Add", "x c")], 13,
                   {"x": u(2, 3)}, {}),
    "zeros of a shape": ([node("Shape", "x", "s"), node("ConstantOfShape", "s", "o"), node("Add", "x o")], 13,
                         {"x": u(2, 3)}, {}),
}


@pytest.mark.parametrize("case", AS_THEY_ARE)
def test_forms_of_operators(case, tmp_path):
    nodes, version, arrays, constants = AS_THEY_ARE[case]
    outputs = {n: None for n in nodes[-1].output}
    types = {"z": TensorProto.INT64} if case.startswith("TopK") else {}
    path = model(tmp_path / "model.onnx", nodes, {n: a.shape for n, a in arrays.items()}, outputs, version, constants, types)
    same(imported(path, arrays), there(path, arrays))


def test_names_and_parameters(tmp_path):
    path = model(tmp_path / "model.onnx", [node("Conv", "data w b", "c"), node("BatchNormalization", "c g o m v", "n"),
                                           node("Relu", "n", "out")], {"data": (1, 2, 4, 4), "w": (3, 2, 1, 1)},
                 {"out": (1, 3, 4, 4)}, 13, {"w": u(3, 2, 1, 1), "b": u(3), "g": u(3), "o": u(3), "m": u(3), "v": u(3) ** 2})
    symbol, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    assert symbol.list_arguments() == ["data", "w", "b", "g", "o"] and symbol.list_auxiliary_states() == ["m", "v"]
    assert symbol.list_outputs() == ["out_output"]
    assert sorted(arg_params) == ["b", "g", "o", "w"] and sorted(aux_params) == ["m", "v"]
    assert all(isinstance(a, nd.NDArray) for a in arg_params.values())
    block = mx.contrib.onnx.import_to_gluon(path, mx.cpu())
    assert sorted(block.collect_params()) == ["b", "g", "m", "o", "v", "w"]
    data = u(1, 2, 4, 4)
    same([block(nd.array(data)).asnumpy()], there(path, {"data": data}))


def test_imported_networks_train(tmp_path):
    """They are symbols like others: a module takes them."""
    path = model(tmp_path / "model.onnx", [node("Gemm", "data w b", "h", transB=1), node("Relu", "h", "r"),
                                           node("Gemm", "r v c", "out", transB=1)], {"data": (8, 2)}, {"out": (8, 2)}, 13,
                 {"w": u(8, 2), "b": u(8), "v": u(2, 8), "c": u(2)})
    symbol, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    module = mx.mod.Module(mx.sym.SoftmaxOutput(symbol, name="softmax"), data_names=["data"], label_names=["softmax_label"])
    module.bind([("data", (8, 2))], [("softmax_label", (8,))])
    module.set_params(arg_params, aux_params)
    module.init_optimizer("sgd", optimizer_params={"learning_rate": 0.5})
    x = u(8, 2)
    y = (x[:, 0] > x[:, 1]).astype("f")
    batch = mx.io.DataBatch([nd.array(x)], [nd.array(y)])
    for _ in range(60):
        module.forward_backward(batch)
        module.update()
    module.forward(batch, is_train=False)
    assert (module.get_outputs()[0].asnumpy().argmax(1) == y).all()


def test_drawing(tmp_path):
    path = model(tmp_path / "model.onnx", [node("Multinomial", "x", sample_size=5)], {"x": (2, 3)}, {"y": None}, 13, None,
                 {"y": TensorProto.INT32})
    y, = imported(path, {"x": f([-50, 50, -50], [50, -50, -50])})
    assert y.dtype == np.int32 and y.tolist() == [[1] * 5, [0] * 5]


def test_metadata(tmp_path):
    path = model(tmp_path / "model.onnx", [node("Add", "x w"), node("Relu", "x", "z")], {"x": ("n", 3), "w": (3,)},
                 {"y": ("n", 3), "z": ("n", 3)}, 13, {"w": u(3)})
    assert mx.contrib.onnx.get_model_metadata(path) == {
        "input_tensor_data": [("x", (0, 3), 1)], "output_tensor_data": [("y", (0, 3)), ("z", (0, 3))]}
    x = u(4, 3)
    same(imported(path, {"x": x}), there(path, {"x": x}))


@pytest.mark.parametrize(("nodes", "constants", "error"), [
    ([node("NonZero", "x")], {}, NotImplementedError), ([node("Reshape", "x s")], {}, NotImplementedError),
    ([helper.make_node("Thing", ["x"], ["y"], domain="mine")], {}, NotImplementedError),
    ([node("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 2])], {}, NotImplementedError),
    ([node("GRU", "x w r")], {"w": u(1, 9, 5), "r": u(1, 9, 3)}, NotImplementedError),
    ([node("Add", "x nowhere")], {}, mx.MXNetError), ([node("Add", "x x", "z")], {}, mx.MXNetError),
    ([node("Add", "x w")], {"w": np.array([1, 2j])}, mx.MXNetError)],
    ids=["operator", "shape", "domain", "dilations", "gru", "input", "output", "type"])
def test_refused(nodes, constants, error, tmp_path):
    path = model(tmp_path / "model.onnx", nodes, {"x": (1, 2, 5, 5), "s": (2,)}, {"y": None}, 13, constants,
                 {"s": TensorProto.INT64})
    with pytest.raises(error):
        mx.contrib.onnx.import_model(path)


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        mx.contrib.onnx.import_model(str(tmp_path / "none.onnx"))
    (tmp_path / "no.onnx").write_bytes(b"\x08\xff\xff no model")
    with pytest.raises(mx.MXNetError, match="no ONNX model"):
        mx.contrib.onnx.import_model(str(tmp_path / "no.onnx"))
