"""Records the model zoo: writes ``zoo.json.gz`` beside itself.

    python record_zoo.py [FILE]          # with a Python that has real MXNet 1.9.1

Of every network: its prefix, its printed form, name and shape of each parameter in order, the keys under which they are
saved, and, with parameters made of their numbers in that order, the scores of a small image and gradient norms of one
step (of all parameters together, and of the first and the last). Dropout is off and ten classes are told apart there.
Gradients are of float64: in float32, rounding decides on which side of zero the inputs of an activation are.
"""
import gzip
import json
import os
import sys

import numpy as np

import mxnet as mx

NAMES = ["alexnet", "densenet121", "densenet161", "densenet169", "densenet201", "inceptionv3", "mobilenet0.25",
         "mobilenet0.5", "mobilenet0.75", "mobilenet1.0", "mobilenetv2_0.25", "mobilenetv2_0.5", "mobilenetv2_0.75",
         "mobilenetv2_1.0", "resnet101_v1", "resnet101_v2", "resnet152_v1", "resnet152_v2", "resnet18_v1", "resnet18_v2",
         "resnet34_v1", "resnet34_v2", "resnet50_v1", "resnet50_v2", "squeezenet1.0", "squeezenet1.1", "vgg11", "vgg11_bn",
         "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]


def side(name):
    """The height of images that the network is measured with; some have poolings that want the full size."""
    if name.startswith("inception"):
        return 299
    if name.startswith(("squeezenet", "densenet")):
        return 224
    return 67 if name == "alexnet" else 64


def make(name, **kwargs):
    """A network with names that count from 0."""
    with mx.name.NameManager():
        return mx.gluon.model_zoo.vision.get_model(name, **kwargs)


def structure(name):
    """Names, shapes and printed form."""
    net = make(name)
    size = 299 if name.startswith("inception") else 224
    net.infer_shape(mx.nd.zeros((1, 3, size, size)))
    return {"prefix": net.prefix, "repr": repr(net),
            "params": [[k, list(p.shape)] for k, p in net.collect_params().items()],
            "keys": list(net._collect_params_with_prefix())}


def values(number, name, shape):
    """Values for the parameter of that number, such that signals neither vanish nor explode."""
    random = np.random.RandomState(number)
    if name.endswith("weight"):
        spread = random.uniform(-1, 1, shape) * np.sqrt(6.0 / np.prod(shape[1:]))
    elif name.endswith(("gamma", "running_var")):
        spread = random.uniform(0.5, 1.5, shape)
    else:
        spread = random.uniform(-0.2, 0.2, shape)
    return spread.astype(np.float32)


def no_dropout(block):
    """Turn a layer of Dropout off."""
    if type(block).__name__ == "Dropout":
        block._rate = 0


def filled(name, dtype):
    """(network, its parameters, a batch) with ten classes, without dropout."""
    net = make(name, classes=10)
    net.apply(no_dropout)
    net.initialize()
    net.cast(dtype)
    size = side(name)
    x = mx.nd.array(np.random.RandomState(0).normal(size=(2, 3, size, size)), dtype=dtype)
    net.infer_shape(x)
    params = list(net.collect_params().values())
    for i, p in enumerate(params):
        p.set_data(mx.nd.array(values(i, p.name, p.shape), dtype=dtype))
    return net, params, x


def scores(name):
    """Scores of two images in float32."""
    net, _, x = filled(name, "float32")
    return net(x).asnumpy().astype("float64").round(7).tolist()


def step(name):
    """Loss and norms of gradients of a step of training in float64."""
    net, params, x = filled(name, "float64")
    with mx.autograd.record():
        out = net(x)
        loss = mx.nd.mean((out - mx.nd.array(np.arange(20).reshape(2, 10) % 7, dtype="float64")) ** 2)
    loss.backward()
    norms = [float(np.linalg.norm(p.grad().asnumpy())) for p in params if p.grad_req != "null"]
    return [float(loss.asscalar()), float(np.linalg.norm(norms)), norms[0], norms[-1]]


def main():
    """Record every network."""
    found = {}
    for name in NAMES:
        found[name] = {**structure(name), "scores": scores(name), "step": step(name)}
        print(name, len(found[name]["params"]), found[name]["step"], flush=True)
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "zoo.json.gz")
    with open(target, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(json.dumps(found).encode())


if __name__ == "__main__":
    main()
