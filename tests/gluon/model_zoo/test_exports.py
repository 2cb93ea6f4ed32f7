"""Exported networks: the file that real MXNet writes loads with its scores, and is the file that is written here."""
import gzip
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx

_FOLDER = Path(__file__).resolve().parents[3] / "compat_tests" / "recorded"
_RECORDED = json.loads(gzip.decompress((_FOLDER / "exports.json.gz").read_bytes()))


@pytest.fixture(scope="module")
def recorder():
    path = [*sys.path]
    spec = importlib.util.spec_from_file_location("record_exports", _FOLDER / "record_exports.py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path[:] = path


def near(got, name):
    expected = np.array(_RECORDED[name]["scores"])
    assert np.abs(got.asnumpy() - expected).max() < 2e-5 * np.abs(expected).max()


@pytest.mark.parametrize("name", sorted(_RECORDED))
def test_exported(name, tmp_path, recorder):
    path, _ = recorder.exported(name, tmp_path)
    expected = _RECORDED[name]
    graph = json.loads(Path(f"{path}-symbol.json").read_text())
    assert list(mx.nd.load(f"{path}-0000.params")) == expected["keys"]
    # the row pointers count outputs that operators of the real package hide; readers make them anew
    assert {k: v for k, v in graph.items() if k != "node_row_ptr"} == \
        {k: v for k, v in expected["graph"].items() if k != "node_row_ptr"}
    assert len(graph["node_row_ptr"]) == len(expected["graph"]["node_row_ptr"])
    # and the file of the real package, with these parameters
    Path(f"{path}-symbol.json").write_text(json.dumps(expected["graph"]))
    image = recorder.image(name)
    net = mx.gluon.SymbolBlock.imports(f"{path}-symbol.json", ["data"], f"{path}-0000.params")
    near(net(image), name)
    net.hybridize()
    for _ in range(3):
        near(net(image), name)
    module = mx.mod.Module.load(path, 0, label_names=None)
    module.bind([("data", image.shape)], for_training=False)
    for _ in range(3):
        module.forward(mx.io.DataBatch([image]), is_train=False)
        near(module.get_outputs()[0], name)
