"""``Trainer``. Not available yet."""

__all__ = ["Trainer"]


class Trainer:
    """Not available in this version."""

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("mx.gluon.Trainer is not available in this version of mxnet-compat")
