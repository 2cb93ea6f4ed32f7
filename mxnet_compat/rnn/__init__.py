"""``mx.rnn``: recurrent cells of symbols, their checkpoints, and an iterator of sentences in buckets.

Cells for Gluon are in ``mx.gluon.rnn``.
"""
from .. import ndarray, symbol  # noqa: F401
from ..base import numeric_types, string_types  # noqa: F401
from ..io import DataBatch, DataDesc, DataIter  # noqa: F401
from ..model import load_checkpoint, save_checkpoint  # noqa: F401
from . import io, rnn, rnn_cell  # noqa: F401
from .conv_cells import BaseConvRNNCell, ConvGRUCell, ConvLSTMCell, ConvRNNCell  # noqa: F401
from .fused import FusedRNNCell  # noqa: F401
from .io import BucketSentenceIter, encode_sentences  # noqa: F401
from .rnn import do_rnn_checkpoint, load_rnn_checkpoint, rnn_unroll, save_rnn_checkpoint  # noqa: F401
from .rnn_cell import (  # noqa: F401
    BaseRNNCell,
    BidirectionalCell,
    DropoutCell,
    GRUCell,
    LSTMCell,
    ModifierCell,
    ResidualCell,
    RNNCell,
    RNNParams,
    SequentialRNNCell,
    ZoneoutCell,
)
