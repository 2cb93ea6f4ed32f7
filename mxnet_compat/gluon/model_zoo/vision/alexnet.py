"""AlexNet in the form of "One weird trick for parallelizing convolutional neural networks" (arXiv 1404.5997)."""
from .... import context
from ... import nn
from ...block import HybridBlock
from ..model_store import ROOT
from ._pretrained import loaded, public

__all__ = ["AlexNet", "alexnet"]


class AlexNet(HybridBlock):
    """Scores of ``classes`` classes for images (batch, 3, 224, 224)."""

    def __init__(self, classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                self.features.add(
                    nn.Conv2D(64, kernel_size=11, strides=4, padding=2, activation="relu"),
                    nn.MaxPool2D(pool_size=3, strides=2),
                    nn.Conv2D(192, kernel_size=5, padding=2, activation="relu"),
                    nn.MaxPool2D(pool_size=3, strides=2),
                    nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
                    nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
                    nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
                    nn.MaxPool2D(pool_size=3, strides=2),
                    nn.Flatten(),
                    nn.Dense(4096, activation="relu"), nn.Dropout(0.5),
                    nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def alexnet(pretrained=False, ctx=context.cpu(), root=ROOT, **kwargs):
    """AlexNet; ``pretrained`` loads its published parameters onto ``ctx`` from the cache ``root``."""
    return loaded(AlexNet(**kwargs), "alexnet", pretrained, ctx, root)


public(globals(), __all__)
