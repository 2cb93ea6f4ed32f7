"""``mx.gluon.contrib.data``: a sampler, and data sets of text."""
from . import sampler, text  # noqa: F401
from .sampler import *  # noqa: F403
