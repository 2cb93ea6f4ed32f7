"""ONNX files that real MXNet 1.9.1 wrote compute here what their graphs computed there."""
import base64
import importlib.util
import json
import random
from pathlib import Path

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd

from .helpers import here

FOLDER = Path(__file__).resolve().parents[2] / "compat_tests" / "recorded"
RECORDED = json.loads((FOLDER / "onnx.json").read_text(encoding="utf-8"))
_spec = importlib.util.spec_from_file_location("record_onnx", FOLDER / "record_onnx.py")
recorder = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recorder)


def check(got, expected):
    assert len(got) == len(expected)
    for y, (shape, values) in zip(got, expected):
        assert list(y.shape) == shape
        np.testing.assert_allclose(y.ravel(), values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", RECORDED)
def test_files(case, tmp_path):
    path = str(tmp_path / "model.onnx")
    Path(path).write_bytes(base64.b64decode(RECORDED[case]["model"]))
    _, shapes, params = recorder.CASES[case]
    given = recorder.arrays({**shapes, **params})
    symbol, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    inputs = {n: given[n] for n in shapes}
    check(here(symbol, {**inputs, **arg_params}, aux_params), RECORDED[case]["results"])
    inputs_there = mx.contrib.onnx.get_model_metadata(path)["input_tensor_data"]
    assert sorted(n for n, *_ in inputs_there) == sorted(shapes)
    block = mx.contrib.onnx.import_to_gluon(path, mx.cpu())
    outputs = block(*[nd.array(given[n]) for n in symbol.list_inputs() if n in shapes])
    check([y.asnumpy() for y in (outputs if isinstance(outputs, list) else [outputs])], RECORDED[case]["results"])


def test_damaged_files(tmp_path):
    """They end in a graph or in MXNetError, at the most in an operator that is not there."""
    rng, path = random.Random(1), str(tmp_path / "model.onnx")
    files, refused = [base64.b64decode(c["model"]) for c in RECORDED.values()], 0
    for _ in range(400):
        data = bytearray(rng.choice(files))
        for _ in range(rng.randint(1, 3)):
            at, kind = rng.randrange(len(data)), rng.random()
            if kind < 0.6:
                data[at] = rng.randrange(256)
            elif kind < 0.8:
                del data[at:at + rng.randint(1, 8)]
            else:
                data[at:at] = data[at:at + rng.randint(1, 16)]
        Path(path).write_bytes(data)
        try:
            mx.contrib.onnx.import_model(path)
        except (mx.MXNetError, NotImplementedError):
            refused += 1
    assert 200 < refused < 400


def test_every_case_is_recorded():
    assert list(RECORDED) == list(recorder.CASES)
