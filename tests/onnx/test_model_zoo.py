"""A network of each family of the model zoo: exported it computes the same in onnxruntime, imported it does so here."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.gluon.model_zoo import vision

from .helpers import here, there

#: name -> length of the sides of a picture; where layers need it, the one that they were made for
NETWORKS = {"alexnet": 224, "vgg11_bn": 32, "resnet18_v1": 32, "resnet18_v2": 32, "densenet121": 224, "squeezenet1.1": 224,
            "inceptionv3": 299, "mobilenet0.25": 32, "mobilenetv2_0.25": 32}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name, tmp_path):
    mx.random.seed(1)
    side = NETWORKS[name]
    net = vision.get_model(name, classes=10)
    net.initialize(mx.init.Xavier(magnitude=2.5))
    net.hybridize()
    x = np.random.RandomState(0).uniform(-1, 1, (1, 3, side, side)).astype("f")
    expected = net(nd.array(x)).asnumpy()
    net.export(str(tmp_path / "net"))
    path = mx.onnx.export_model(str(tmp_path / "net-symbol.json"), str(tmp_path / "net-0000.params"), [x.shape], np.float32,
                                str(tmp_path / "net.onnx"))
    size = np.abs(expected).max()
    assert size > 0
    np.testing.assert_allclose(there(path, {"data": x})[0] / size, expected / size, atol=2e-5)
    symbol, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    np.testing.assert_allclose(here(symbol, {"data": x, **arg_params}, aux_params)[0] / size, expected / size, atol=1e-6)
