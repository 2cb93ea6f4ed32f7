"""``mx.gluon.rnn``: recurrent cells, to be unrolled step by step, and layers on the fused operator."""
from . import rnn_cell, rnn_layer  # noqa: F401
from .rnn_cell import *  # noqa: F403
from .rnn_layer import *  # noqa: F403
