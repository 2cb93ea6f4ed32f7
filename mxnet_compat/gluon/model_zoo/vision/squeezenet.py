"""SqueezeNet (arXiv 1602.07360), versions 1.0 and 1.1."""
from .... import context
from ... import nn
from ...block import HybridBlock
from ...contrib.nn import HybridConcurrent
from ..model_store import ROOT
from ._pretrained import loaded, public

__all__ = ["SqueezeNet", "squeezenet1_0", "squeezenet1_1"]

#: Channels, size and the places of pooling: numbers are squeezed channels of fire modules, None is a pooling layer.
_PLANS = {"1.0": (96, 7, (None, 16, 16, 32, None, 32, 48, 48, 64, None, 64)),
          "1.1": (64, 3, (None, 16, 16, None, 32, 32, None, 48, 48, 64, 64))}


def _conv(channels, kernel_size, padding=0):
    out = nn.HybridSequential(prefix="")
    out.add(nn.Conv2D(channels, kernel_size, padding=padding), nn.Activation("relu"))
    return out


def _fire(squeezed):
    expanded = 4 * squeezed
    paths = HybridConcurrent(axis=1, prefix="")
    out = nn.HybridSequential(prefix="")
    out.add(_conv(squeezed, 1))
    paths.add(_conv(expanded, 1), _conv(expanded, 3, 1))
    out.add(paths)
    return out


class SqueezeNet(HybridBlock):
    """Scores of ``classes`` classes for images (batch, 3, 224, 224). ``version`` is '1.0' or '1.1' (AssertionError)."""

    def __init__(self, version, classes=1000, **kwargs):
        super().__init__(**kwargs)
        assert version in _PLANS, f"SqueezeNet: version must be '1.0' or '1.1', got {version!r}"
        channels, size, plan = _PLANS[version]
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(nn.Conv2D(channels, kernel_size=size, strides=2), nn.Activation("relu"))
            for squeezed in plan:
                self.features.add(_fire(squeezed) if squeezed else
                                  nn.MaxPool2D(pool_size=3, strides=2, ceil_mode=True))
            self.features.add(nn.Dropout(0.5))
            self.output = nn.HybridSequential(prefix="")
            self.output.add(nn.Conv2D(classes, kernel_size=1), nn.Activation("relu"), nn.AvgPool2D(13), nn.Flatten())

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def get_squeezenet(version, pretrained=False, ctx=context.cpu(), root=ROOT, **kwargs):
    """SqueezeNet '1.0' or '1.1'; ``pretrained`` loads its published parameters onto ``ctx`` from the cache ``root``."""
    return loaded(SqueezeNet(version, **kwargs), f"squeezenet{version}", pretrained, ctx, root)


def squeezenet1_0(**kwargs):
    """SqueezeNet 1.0; arguments as of ``get_squeezenet``."""
    return get_squeezenet("1.0", **kwargs)


def squeezenet1_1(**kwargs):
    """SqueezeNet 1.1; arguments as of ``get_squeezenet``."""
    return get_squeezenet("1.1", **kwargs)


public(globals(), __all__)
