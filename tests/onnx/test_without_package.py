"""Without the package onnx: modules import, functions say what to install; signatures are there."""
import inspect
import subprocess
import sys

import numpy as np
import pytest

import mxnet_compat as mx


@pytest.mark.parametrize("call", [
    lambda: mx.onnx.export_model(mx.sym.Variable("x") * 2, {}, [(2,)]),
    lambda: mx.contrib.onnx.export_model(mx.sym.Variable("x") * 2, {}, [(2,)]),
    lambda: mx.contrib.onnx.import_model("model.onnx"),
    lambda: mx.contrib.onnx.get_model_metadata("model.onnx"),
    lambda: mx.contrib.onnx.import_to_gluon("model.onnx", mx.cpu())], ids=["export", "contrib", "import", "metadata", "gluon"])
def test_what_to_install(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"mxnet\[onnx\]"):
        call()


def test_importing_the_modules_does_not_load_it():
    code = "import sys, mxnet as mx; mx.onnx.export_model, mx.contrib.onnx.import_model; assert 'onnx' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_old_paths():
    from mxnet.contrib.onnx.mx2onnx.export_model import export_model
    from mxnet.contrib.onnx.onnx2mx.import_model import get_model_metadata, import_model
    from mxnet.contrib.onnx.onnx2mx.import_onnx import GraphProto
    from mxnet.contrib.onnx.onnx2mx.import_to_gluon import import_to_gluon
    from mxnet.onnx.mx2onnx import get_operator_support
    assert export_model is mx.onnx.export_model and import_model is mx.contrib.onnx.import_model
    assert import_to_gluon is mx.contrib.onnx.import_to_gluon and get_model_metadata is mx.contrib.onnx.get_model_metadata
    assert "Convolution" in get_operator_support() and GraphProto is not None


def test_signature():
    names = inspect.signature(mx.onnx.export_model).parameters
    assert list(names) == ["sym", "params", "in_shapes", "in_types", "onnx_file_path", "verbose", "dynamic",
                           "dynamic_input_shapes", "run_shape_inference", "input_type", "input_shape"]
    assert names["in_types"].default is np.float32 and names["onnx_file_path"].default == "model.onnx"
