"""``mx.optimizer``: what changes weights by their gradients, and the updater that keeps its states."""
from . import contrib, optimizer
from .optimizer import *  # noqa: F403

__all__ = ["contrib", *optimizer.__all__]
