"""Residual networks: V1, "Deep residual learning for image recognition" (arXiv 1512.03385), and V2, "Identity mappings
in deep residual networks" (arXiv 1603.05027).
"""
from .... import context
from ... import nn
from ...block import HybridBlock
from ..model_store import ROOT
from ._pretrained import loaded, public

__all__ = ["BasicBlockV1", "BasicBlockV2", "BottleneckV1", "BottleneckV2", "ResNetV1", "ResNetV2", "get_resnet",
           "resnet101_v1", "resnet101_v2", "resnet152_v1", "resnet152_v2", "resnet18_v1", "resnet18_v2", "resnet34_v1",
           "resnet34_v2", "resnet50_v1", "resnet50_v2"]


def _conv3x3(channels, stride, in_channels):
    return nn.Conv2D(channels, kernel_size=3, strides=stride, padding=1, use_bias=False, in_channels=in_channels)


def _conv1x1(channels, stride, **kwargs):
    return nn.Conv2D(channels, kernel_size=1, strides=stride, use_bias=False, **kwargs)


class _BlockV1(HybridBlock):
    """``relu(body(x) + x)``, where x may be brought to the shape of the body's output by ``downsample``."""

    def __init__(self, channels, stride, downsample, in_channels, **kwargs):
        super().__init__(**kwargs)
        self.body = nn.HybridSequential(prefix="")
        self._fill(channels, stride, in_channels)
        if downsample:
            self.downsample = nn.HybridSequential(prefix="")
            self.downsample.add(_conv1x1(channels, stride, in_channels=in_channels), nn.BatchNorm())
        else:
            self.downsample = None

    def hybrid_forward(self, F, x):
        # the body comes first, as summaries list it
        y = self.body(x)
        residual = self.downsample(x) if self.downsample else x
        return F.Activation(residual + y, act_type="relu")


class BasicBlockV1(_BlockV1):
    """Two convolutions with a shortcut, the activation last."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(channels, stride, downsample, in_channels, **kwargs)

    def _fill(self, channels, stride, in_channels):
        self.body.add(_conv3x3(channels, stride, in_channels), nn.BatchNorm(), nn.Activation("relu"),
                      _conv3x3(channels, 1, channels), nn.BatchNorm())


class BottleneckV1(_BlockV1):
    """Three convolutions, the middle one of a quarter of the channels, with a shortcut, the activation last."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(channels, stride, downsample, in_channels, **kwargs)

    def _fill(self, channels, stride, in_channels):
        self.body.add(nn.Conv2D(channels // 4, kernel_size=1, strides=stride), nn.BatchNorm(), nn.Activation("relu"),
                      _conv3x3(channels // 4, 1, channels // 4), nn.BatchNorm(), nn.Activation("relu"),
                      nn.Conv2D(channels, kernel_size=1, strides=1), nn.BatchNorm())


class BasicBlockV2(HybridBlock):
    """Two convolutions with a shortcut, normalisation and activation first."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(**kwargs)
        self.bn1 = nn.BatchNorm()
        self.conv1 = _conv3x3(channels, stride, in_channels)
        self.bn2 = nn.BatchNorm()
        self.conv2 = _conv3x3(channels, 1, channels)
        self.downsample = _conv1x1(channels, stride, in_channels=in_channels) if downsample else None

    def hybrid_forward(self, F, x):
        residual = x
        x = F.Activation(self.bn1(x), act_type="relu")
        if self.downsample:
            residual = self.downsample(x)
        x = self.conv1(x)
        x = self.conv2(F.Activation(self.bn2(x), act_type="relu"))
        return x + residual


class BottleneckV2(HybridBlock):
    """Three convolutions, the middle one of a quarter of the channels, with a shortcut, normalisation first."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(**kwargs)
        self.bn1 = nn.BatchNorm()
        self.conv1 = _conv1x1(channels // 4, 1)
        self.bn2 = nn.BatchNorm()
        self.conv2 = _conv3x3(channels // 4, stride, channels // 4)
        self.bn3 = nn.BatchNorm()
        self.conv3 = _conv1x1(channels, 1)
        self.downsample = _conv1x1(channels, stride, in_channels=in_channels) if downsample else None

    def hybrid_forward(self, F, x):
        residual = x
        x = F.Activation(self.bn1(x), act_type="relu")
        if self.downsample:
            residual = self.downsample(x)
        x = self.conv1(x)
        x = self.conv2(F.Activation(self.bn2(x), act_type="relu"))
        x = self.conv3(F.Activation(self.bn3(x), act_type="relu"))
        return x + residual


class _ResNet(HybridBlock):
    """What both versions share: the parts at the beginning, and stages of blocks."""

    def _begin(self, channels, thumbnail):
        if thumbnail:
            self.features.add(_conv3x3(channels[0], 1, 0))
        else:
            self.features.add(nn.Conv2D(channels[0], 7, 2, 3, use_bias=False), nn.BatchNorm(), nn.Activation("relu"),
                              nn.MaxPool2D(3, 2, 1))

    def _make_layer(self, block, layers, channels, stride, stage_index, in_channels=0):
        layer = nn.HybridSequential(prefix=f"stage{stage_index}_")
        with layer.name_scope():
            layer.add(block(channels, stride, channels != in_channels, in_channels=in_channels, prefix=""))
            for _ in range(layers - 1):
                layer.add(block(channels, 1, False, in_channels=channels, prefix=""))
        return layer

    def _stages(self, block, layers, channels):
        assert len(layers) == len(channels) - 1, f"{len(layers)} stages need {len(layers) + 1} numbers of channels"
        for i, (count, before, after) in enumerate(zip(layers, channels, channels[1:])):
            self.features.add(self._make_layer(block, count, after, 1 if i == 0 else 2, i + 1, in_channels=before))

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


class ResNetV1(_ResNet):
    """Scores of ``classes`` classes.

    ``layers`` lists blocks of each stage and ``channels`` those of the first convolution and of each stage;
    ``thumbnail`` is for small images: one convolution of 3 by 3 at the beginning.
    """

    def __init__(self, block, layers, channels, classes=1000, thumbnail=False, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self._begin(channels, thumbnail)
            self._stages(block, layers, channels)
            self.features.add(nn.GlobalAvgPool2D())
            self.output = nn.Dense(classes, in_units=channels[-1])


class ResNetV2(_ResNet):
    """As ResNetV1, with blocks of the second version, and images normalised at the beginning."""

    def __init__(self, block, layers, channels, classes=1000, thumbnail=False, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(nn.BatchNorm(scale=False, center=False))
            self._begin(channels, thumbnail)
            self._stages(block, layers, channels)
            self.features.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(classes, in_units=channels[-1])


_SMALL, _LARGE = [64, 64, 128, 256, 512], [64, 256, 512, 1024, 2048]
#: Kind of block, blocks of each stage and channels, by number of layers.
resnet_spec = {18: ("basic_block", [2, 2, 2, 2], _SMALL), 34: ("basic_block", [3, 4, 6, 3], _SMALL),
               50: ("bottle_neck", [3, 4, 6, 3], _LARGE), 101: ("bottle_neck", [3, 4, 23, 3], _LARGE),
               152: ("bottle_neck", [3, 8, 36, 3], _LARGE)}
resnet_net_versions = [ResNetV1, ResNetV2]
resnet_block_versions = [{"basic_block": BasicBlockV1, "bottle_neck": BottleneckV1},
                         {"basic_block": BasicBlockV2, "bottle_neck": BottleneckV2}]


def get_resnet(version, num_layers, pretrained=False, ctx=context.cpu(), root=ROOT, **kwargs):
    """Residual network of version 1 or 2 and 18, 34, 50, 101 or 152 layers (AssertionError otherwise).

    ``pretrained`` loads the published parameters onto ``ctx`` from the cache ``root``.
    """
    assert num_layers in resnet_spec, f"get_resnet: num_layers must be one of {list(resnet_spec)}, got {num_layers}"
    assert version in (1, 2), f"get_resnet: version must be 1 or 2, got {version}"
    kind, layers, channels = resnet_spec[num_layers]
    net = resnet_net_versions[version - 1](resnet_block_versions[version - 1][kind], layers, channels, **kwargs)
    return loaded(net, f"resnet{num_layers}_v{version}", pretrained, ctx, root)


def resnet18_v1(**kwargs):
    """ResNet V1 of 18 layers; arguments as of ``get_resnet``."""
    return get_resnet(1, 18, **kwargs)


def resnet34_v1(**kwargs):
    """ResNet V1 of 34 layers; arguments as of ``get_resnet``."""
    return get_resnet(1, 34, **kwargs)


def resnet50_v1(**kwargs):
    """ResNet V1 of 50 layers; arguments as of ``get_resnet``."""
    return get_resnet(1, 50, **kwargs)


def resnet101_v1(**kwargs):
    """ResNet V1 of 101 layers; arguments as of ``get_resnet``."""
    return get_resnet(1, 101, **kwargs)


def resnet152_v1(**kwargs):
    """ResNet V1 of 152 layers; arguments as of ``get_resnet``."""
    return get_resnet(1, 152, **kwargs)


def resnet18_v2(**kwargs):
    """ResNet V2 of 18 layers; arguments as of ``get_resnet``."""
    return get_resnet(2, 18, **kwargs)


def resnet34_v2(**kwargs):
    """ResNet V2 of 34 layers; arguments as of ``get_resnet``."""
    return get_resnet(2, 34, **kwargs)


def resnet50_v2(**kwargs):
    """ResNet V2 of 50 layers; arguments as of ``get_resnet``."""
    return get_resnet(2, 50, **kwargs)


def resnet101_v2(**kwargs):
    """ResNet V2 of 101 layers; arguments as of ``get_resnet``."""
    return get_resnet(2, 101, **kwargs)


def resnet152_v2(**kwargs):
    """ResNet V2 of 152 layers; arguments as of ``get_resnet``."""
    return get_resnet(2, 152, **kwargs)


public(globals(), __all__)
