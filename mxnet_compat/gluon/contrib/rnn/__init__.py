"""``mx.gluon.contrib.rnn``: convolutional cells, a cell with projection, dropout with one mask for all steps."""
from . import conv_rnn_cell, rnn_cell  # noqa: F401
from .conv_rnn_cell import *  # noqa: F403
from .rnn_cell import *  # noqa: F403
