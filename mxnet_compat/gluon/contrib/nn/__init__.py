"""``mx.gluon.contrib.nn``: more layers."""
from . import basic_layers
from .basic_layers import *  # noqa: F403

__all__ = list(basic_layers.__all__)
