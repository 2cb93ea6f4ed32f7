"""Networks of the model zoo: names, shapes, printed forms, scores and gradients as real MXNet has them."""
import gzip
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx

_FOLDER = Path(__file__).resolve().parents[3] / "compat_tests" / "recorded"
_RECORDED = json.loads(gzip.decompress((_FOLDER / "zoo.json.gz").read_bytes()))
_SPEC = importlib.util.spec_from_file_location("record_zoo", _FOLDER / "record_zoo.py")
_RECORDER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_RECORDER)

vision = mx.gluon.model_zoo.vision


@pytest.mark.parametrize("name", sorted(_RECORDED))
def test_structure(name):
    found = _RECORDER.structure(name)
    for key in ("prefix", "params", "keys", "repr"):
        assert found[key] == _RECORDED[name][key]


# the other networks are longer or wider ones of the same families
@pytest.mark.parametrize("name", ["alexnet", "mobilenet0.25", "mobilenetv2_0.25", "resnet18_v1", "resnet18_v2",
                                  "squeezenet1.1", "vgg11_bn", "inceptionv3", "densenet121"])
def test_scores(name):
    expected = np.array(_RECORDED[name]["scores"])
    assert np.abs(np.array(_RECORDER.scores(name)) - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("name", ["alexnet", "mobilenet0.25", "mobilenetv2_0.25", "resnet18_v1", "resnet18_v2"])
def test_step(name):
    np.testing.assert_allclose(_RECORDER.step(name), _RECORDED[name]["step"], rtol=1e-9)


def test_every_model_has_a_name():
    assert sorted(vision._models) == sorted(_RECORDED)
    assert vision.get_model("ResNet18_V1", classes=3, prefix="q_").prefix == "q_"
    with pytest.raises(ValueError, match="there is no model 'nope'; there are alexnet, "):
        vision.get_model("nope")


def test_options():
    net = vision.resnet18_v2(thumbnail=True, classes=3)
    net.initialize()
    assert net(mx.nd.ones((1, 3, 16, 16))).shape == (1, 3)
    assert "Dropout(p = 0.3" in repr(vision.densenet121(dropout=0.3))
    assert vision.get_vgg(11, batch_norm=True, classes=2).output._units == 2


@pytest.mark.parametrize(("call", "error"), [
    (lambda: vision.get_resnet(3, 18), AssertionError), (lambda: vision.get_resnet(1, 19), AssertionError),
    (lambda: vision.get_vgg(12), KeyError), (lambda: vision.SqueezeNet("2.0"), AssertionError),
    (lambda: vision.ResNetV1(vision.BasicBlockV1, [1], [4, 8, 8]), AssertionError),
    (lambda: vision.resnet18_v1(layout="NHWC"), TypeError)])
def test_refused(call, error):
    with pytest.raises(error):
        call()


def test_hybridized_network_gives_the_same():
    net, _, x = _RECORDER.filled("mobilenet0.25", "float32")
    plain = net(x).asnumpy()
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), plain, rtol=1e-5)


def test_parameters_go_through_a_file(tmp_path):
    net, _, x = _RECORDER.filled("mobilenetv2_0.25", "float32")
    expected = net(x).asnumpy()
    net.save_parameters(str(tmp_path / "net.params"))
    other = vision.mobilenet_v2_0_25(classes=10)
    other.load_parameters(str(tmp_path / "net.params"))
    other.apply(_RECORDER.no_dropout)
    np.testing.assert_array_equal(other(x).asnumpy(), expected)
