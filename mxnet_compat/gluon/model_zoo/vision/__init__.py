"""``mx.gluon.model_zoo.vision``: networks for images, by function or by name."""
from . import alexnet as _alexnet
from . import densenet, inception, mobilenet, resnet, squeezenet, vgg  # noqa: F401
from .alexnet import *  # noqa: F403
from .densenet import *  # noqa: F403
from .inception import *  # noqa: F403
from .mobilenet import *  # noqa: F403
from .resnet import *  # noqa: F403
from .squeezenet import *  # noqa: F403
from .vgg import *  # noqa: F403

# the function hides the module of its name, as in MXNet
alexnet = _alexnet.alexnet

_models = {"alexnet": alexnet, "inceptionv3": inception.inception_v3}
_models.update({f"densenet{n}": getattr(densenet, f"densenet{n}") for n in (121, 161, 169, 201)})
_models.update({f"resnet{n}_v{v}": getattr(resnet, f"resnet{n}_v{v}") for n in (18, 34, 50, 101, 152) for v in (1, 2)})
_models.update({f"vgg{n}{bn}": getattr(vgg, f"vgg{n}{bn}") for n in (11, 13, 16, 19) for bn in ("", "_bn")})
_models.update({f"squeezenet1.{n}": getattr(squeezenet, f"squeezenet1_{n}") for n in (0, 1)})
for _width in ("1.0", "0.75", "0.5", "0.25"):
    _models[f"mobilenet{_width}"] = getattr(mobilenet, f"mobilenet{_width.replace('.', '_')}")
    _models[f"mobilenetv2_{_width}"] = getattr(mobilenet, f"mobilenet_v2_{_width.replace('.', '_')}")


def get_model(name, **kwargs):
    """A network by name, in any case of letters.

    Keyword arguments are those of its function: ``pretrained``, ``ctx``, ``root``, ``classes``, ``prefix`` and so on.
    ValueError for an unknown name.
    """
    if name.lower() not in _models:
        raise ValueError(f"get_model: there is no model {name!r}; there are " + ", ".join(sorted(_models)))
    return _models[name.lower()](**kwargs)
