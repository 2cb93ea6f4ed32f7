"""VGG networks, "Very deep convolutional networks for large-scale image recognition" (arXiv 1409.1556)."""
from .... import context
from ....initializer import Xavier
from ... import nn
from ...block import HybridBlock
from ..model_store import ROOT
from ._pretrained import loaded, public

__all__ = ["VGG", "get_vgg", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

#: Convolutions of each stage, and their channels.
vgg_spec = {n: (layers, [64, 128, 256, 512, 512]) for n, layers in
            ((11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4]))}


class VGG(HybridBlock):
    """Scores of ``classes`` classes. ``layers`` and ``filters`` give convolutions and channels of each stage."""

    def __init__(self, layers, filters, classes=1000, batch_norm=False, **kwargs):
        super().__init__(**kwargs)
        assert len(layers) == len(filters), f"VGG: {len(layers)} layers for {len(filters)} filters"
        with self.name_scope():
            self.features = self._make_features(layers, filters, batch_norm)
            for _ in range(2):
                self.features.add(nn.Dense(4096, activation="relu", weight_initializer="normal",
                                           bias_initializer="zeros"), nn.Dropout(rate=0.5))
            self.output = nn.Dense(classes, weight_initializer="normal", bias_initializer="zeros")

    def _make_features(self, layers, filters, batch_norm):
        stack = nn.HybridSequential(prefix="")
        for count, channels in zip(layers, filters):
            for _ in range(count):
                stack.add(nn.Conv2D(channels, kernel_size=3, padding=1, bias_initializer="zeros",
                                    weight_initializer=Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)))
                if batch_norm:
                    stack.add(nn.BatchNorm())
                stack.add(nn.Activation("relu"))
            stack.add(nn.MaxPool2D(strides=2))
        return stack

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def get_vgg(num_layers, pretrained=False, ctx=context.cpu(), root=ROOT, **kwargs):
    """VGG of 11, 13, 16 or 19 layers (KeyError otherwise), with ``batch_norm=True`` normalised.

    ``pretrained`` loads the published parameters onto ``ctx`` from the cache ``root``.
    """
    layers, filters = vgg_spec[num_layers]
    name = f"vgg{num_layers}" + ("_bn" if kwargs.get("batch_norm") else "")
    return loaded(VGG(layers, filters, **kwargs), name, pretrained, ctx, root)


def vgg11(**kwargs):
    """VGG of 11 layers; arguments as of ``get_vgg``."""
    return get_vgg(11, **kwargs)


def vgg13(**kwargs):
    """VGG of 13 layers; arguments as of ``get_vgg``."""
    return get_vgg(13, **kwargs)


def vgg16(**kwargs):
    """VGG of 16 layers; arguments as of ``get_vgg``."""
    return get_vgg(16, **kwargs)


def vgg19(**kwargs):
    """VGG of 19 layers; arguments as of ``get_vgg``."""
    return get_vgg(19, **kwargs)


def vgg11_bn(**kwargs):
    """VGG of 11 layers with batch normalisation; arguments as of ``get_vgg``."""
    return get_vgg(11, **{**kwargs, "batch_norm": True})


def vgg13_bn(**kwargs):
    """VGG of 13 layers with batch normalisation; arguments as of ``get_vgg``."""
    return get_vgg(13, **{**kwargs, "batch_norm": True})


def vgg16_bn(**kwargs):
    """VGG of 16 layers with batch normalisation; arguments as of ``get_vgg``."""
    return get_vgg(16, **{**kwargs, "batch_norm": True})


def vgg19_bn(**kwargs):
    """VGG of 19 layers with batch normalisation; arguments as of ``get_vgg``."""
    return get_vgg(19, **{**kwargs, "batch_norm": True})


public(globals(), __all__)
