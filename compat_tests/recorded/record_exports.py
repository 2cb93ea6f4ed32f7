"""Records what export() writes: ``exports.json.gz`` beside itself, the graph of one network of each family of the model zoo.

    python record_exports.py [FILE]          # with a Python that has real MXNet 1.9.1

Values of parameters are those of ``record_zoo.py``, so that the scores recorded there are those of these graphs, too.
"""
import gzip
import json
import os
import sys
import tempfile

import numpy as np

import mxnet as mx

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import record_zoo  # noqa: E402

FAMILIES = ["alexnet", "densenet121", "inceptionv3", "mobilenet0.25", "mobilenetv2_0.25", "resnet18_v1", "resnet18_v2",
            "squeezenet1.1", "vgg11", "vgg11_bn"]


def image(name):
    """The image that scores are of."""
    side = record_zoo.side(name)
    return mx.nd.array(np.random.RandomState(5).uniform(-1, 1, (1, 3, side, side)))


def exported(name, folder):
    """Export the network with its values to ``folder``; (path without ending, scores of the image)."""
    net = record_zoo.make(name, classes=10)
    net.initialize()
    net.hybridize()
    net(image(name))
    for k, p in enumerate(net.collect_params().values()):
        p.set_data(mx.nd.array(record_zoo.values(k, p.name, p.shape)))
    scores = net(image(name)).asnumpy()
    path = os.path.join(folder, "net")
    net.export(path)
    return path, scores


def record(name):
    """The text of the graph, the names in the parameter file in order, and the scores."""
    with tempfile.TemporaryDirectory() as folder:
        path, scores = exported(name, folder)
        with open(f"{path}-symbol.json") as f:
            return {"graph": json.load(f), "keys": list(mx.nd.load(f"{path}-0000.params")),
                    "scores": scores.astype(float).tolist()}


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "exports.json.gz")
    found = json.dumps({name: record(name) for name in FAMILIES}, sort_keys=True)
    with open(target, "wb") as f:
        f.write(gzip.compress(found.encode(), mtime=0))
