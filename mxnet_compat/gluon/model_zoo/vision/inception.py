"""Inception V3, "Rethinking the inception architecture for computer vision" (arXiv 1512.00567)."""
from .... import context
from ... import nn
from ...block import HybridBlock
from ...contrib.nn import HybridConcurrent
from ..model_store import ROOT
from ._pretrained import loaded, public

__all__ = ["Inception3", "inception_v3"]


def _conv(channels, kernel_size, strides=1, padding=0):
    out = nn.HybridSequential(prefix="")
    out.add(nn.Conv2D(channels, kernel_size, strides, padding, use_bias=False), nn.BatchNorm(epsilon=0.001),
            nn.Activation("relu"))
    return out


def _branch(*parts):
    """Convolutions given by their arguments, and blocks given by what makes them, one after the other."""
    out = nn.HybridSequential(prefix="")
    for part in parts:
        out.add(_conv(*part) if isinstance(part, tuple) else part())
    return out


def _pool():
    return nn.AvgPool2D(pool_size=3, strides=1, padding=1)


def _largest():
    return nn.MaxPool2D(pool_size=3, strides=2)


def _module(prefix, *branches):
    """Branches side by side, made within the scope of ``prefix``: each is a list of parts, or makes a branch."""
    out = HybridConcurrent(axis=1, prefix=prefix)
    with out.name_scope():
        for branch in branches:
            out.add(branch() if callable(branch) else _branch(*branch))
    return out


def _split(*parts):
    """Convolutions, then two of 1 by 3 and 3 by 1 side by side."""
    def make():
        out = nn.HybridSequential(prefix="")
        sides = HybridConcurrent(axis=1, prefix="")
        out.add(_branch(*parts))
        sides.add(_branch((384, (1, 3), 1, (0, 1))), _branch((384, (3, 1), 1, (1, 0))))
        out.add(sides)
        return out
    return make


def _a(pool_features, prefix):
    return _module(prefix, [(64, 1)], [(48, 1), (64, 5, 1, 2)], [(64, 1), (96, 3, 1, 1), (96, 3, 1, 1)],
                   [_pool, (pool_features, 1)])


def _b(prefix):
    return _module(prefix, [(384, 3, 2)], [(64, 1), (96, 3, 1, 1), (96, 3, 2)],
                   [_largest])


def _c(c, prefix):
    return _module(prefix, [(192, 1)], [(c, 1), (c, (1, 7), 1, (0, 3)), (192, (7, 1), 1, (3, 0))],
                   [(c, 1), (c, (7, 1), 1, (3, 0)), (c, (1, 7), 1, (0, 3)), (c, (7, 1), 1, (3, 0)),
                    (192, (1, 7), 1, (0, 3))],
                   [_pool, (192, 1)])


def _d(prefix):
    return _module(prefix, [(192, 1), (320, 3, 2)],
                   [(192, 1), (192, (1, 7), 1, (0, 3)), (192, (7, 1), 1, (3, 0)), (192, 3, 2)],
                   [_largest])


def _e(prefix):
    return _module(prefix, [(320, 1)], _split((384, 1)), _split((448, 1), (384, 3, 1, 1)), [_pool, (192, 1)])


class Inception3(HybridBlock):
    """Scores of ``classes`` classes for images (batch, 3, 299, 299)."""

    def __init__(self, classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                _conv(32, 3, 2), _conv(32, 3), _conv(64, 3, padding=1), nn.MaxPool2D(pool_size=3, strides=2),
                _conv(80, 1), _conv(192, 3), nn.MaxPool2D(pool_size=3, strides=2),
                _a(32, "A1_"), _a(64, "A2_"), _a(64, "A3_"), _b("B_"),
                _c(128, "C1_"), _c(160, "C2_"), _c(160, "C3_"), _c(192, "C4_"), _d("D_"),
                _e("E1_"), _e("E2_"), nn.AvgPool2D(pool_size=8), nn.Dropout(0.5))
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def inception_v3(pretrained=False, ctx=context.cpu(), root=ROOT, **kwargs):
    """Inception V3; ``pretrained`` loads its published parameters onto ``ctx`` from the cache ``root``."""
    return loaded(Inception3(**kwargs), "inceptionv3", pretrained, ctx, root)


public(globals(), __all__)
