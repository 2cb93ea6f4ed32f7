"""DenseNets, "Densely connected convolutional networks" (arXiv 1608.06993)."""
from .... import context
from ... import nn
from ...block import HybridBlock
from ...contrib.nn import HybridConcurrent, Identity
from ..model_store import ROOT
from ._pretrained import loaded, public

__all__ = ["DenseNet", "densenet121", "densenet161", "densenet169", "densenet201"]

#: Channels of the first convolution, growth, and layers of each block.
densenet_spec = {121: (64, 32, [6, 12, 24, 16]), 161: (96, 48, [6, 12, 36, 24]), 169: (64, 32, [6, 12, 32, 32]),
                 201: (64, 32, [6, 12, 48, 32])}


def _dense_layer(growth_rate, bn_size, dropout):
    new = nn.HybridSequential(prefix="")
    new.add(nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(bn_size * growth_rate, kernel_size=1, use_bias=False),
            nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(growth_rate, kernel_size=3, padding=1, use_bias=False))
    if dropout:
        new.add(nn.Dropout(dropout))
    out = HybridConcurrent(axis=1, prefix="")
    out.add(Identity(), new)
    return out


def _dense_block(num_layers, bn_size, growth_rate, dropout, stage_index):
    out = nn.HybridSequential(prefix=f"stage{stage_index}_")
    with out.name_scope():
        for _ in range(num_layers):
            out.add(_dense_layer(growth_rate, bn_size, dropout))
    return out


def _transition(channels):
    out = nn.HybridSequential(prefix="")
    out.add(nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(channels, kernel_size=1, use_bias=False),
            nn.AvgPool2D(pool_size=2, strides=2))
    return out


class DenseNet(HybridBlock):
    """Scores of ``classes`` classes for images (batch, 3, 224, 224).

    ``block_config`` lists layers of each block; each adds ``growth_rate`` channels to ``num_init_features`` and has a
    bottleneck of ``bn_size`` times that.
    """

    def __init__(self, num_init_features, growth_rate, block_config, bn_size=4, dropout=0, classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(nn.Conv2D(num_init_features, kernel_size=7, strides=2, padding=3, use_bias=False),
                              nn.BatchNorm(), nn.Activation("relu"),
                              nn.MaxPool2D(pool_size=3, strides=2, padding=1))
            channels = num_init_features
            for i, num_layers in enumerate(block_config):
                self.features.add(_dense_block(num_layers, bn_size, growth_rate, dropout, i + 1))
                channels += num_layers * growth_rate
                if i != len(block_config) - 1:
                    channels //= 2
                    self.features.add(_transition(channels))
            self.features.add(nn.BatchNorm(), nn.Activation("relu"), nn.AvgPool2D(pool_size=7), nn.Flatten())
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def get_densenet(num_layers, pretrained=False, ctx=context.cpu(), root=ROOT, **kwargs):
    """DenseNet of 121, 161, 169 or 201 layers (KeyError otherwise).

    ``pretrained`` loads the published parameters onto ``ctx`` from the cache ``root``.
    """
    return loaded(DenseNet(*densenet_spec[num_layers], **kwargs), f"densenet{num_layers}", pretrained, ctx, root)


def densenet121(**kwargs):
    """DenseNet of 121 layers; arguments as of ``get_densenet``."""
    return get_densenet(121, **kwargs)


def densenet161(**kwargs):
    """DenseNet of 161 layers; arguments as of ``get_densenet``."""
    return get_densenet(161, **kwargs)


def densenet169(**kwargs):
    """DenseNet of 169 layers; arguments as of ``get_densenet``."""
    return get_densenet(169, **kwargs)


def densenet201(**kwargs):
    """DenseNet of 201 layers; arguments as of ``get_densenet``."""
    return get_densenet(201, **kwargs)


public(globals(), __all__)
