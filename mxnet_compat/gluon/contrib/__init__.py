"""``mx.gluon.contrib``: layers and tools beside the main ones; parts are loaded when first touched."""
import importlib as _importlib

__all__ = ["cnn", "data", "estimator", "nn", "rnn"]


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f"module 'mxnet.gluon.contrib' has no attribute {name!r}")
    target = f"{__name__}.{name}"
    try:
        return _importlib.import_module(target)
    except ModuleNotFoundError as e:
        if e.name != target:
            raise
        raise AttributeError(f"mx.gluon.contrib.{name} is not available in this version of mxnet-compat") from None


def __dir__():
    return sorted({*globals(), *__all__})
