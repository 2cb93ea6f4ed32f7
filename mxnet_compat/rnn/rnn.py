"""Checkpoints of models with recurrent cells: files hold the weights of each gate apart, which fits fused cells and others."""
import warnings

from ..base import _as_list
from ..model import load_checkpoint, save_checkpoint
from .rnn_cell import BaseRNNCell

__all__ = ["do_rnn_checkpoint", "load_rnn_checkpoint", "rnn_unroll", "save_rnn_checkpoint"]


def _cells(cells):
    return [cells] if isinstance(cells, BaseRNNCell) else _as_list(cells)


def rnn_unroll(cell, length, inputs=None, begin_state=None, input_prefix="", layout="NTC"):
    """Superseded by ``cell.unroll``. Without ``inputs`` there is a variable for each step, ``PREFIXt0_data`` and so on."""
    from .. import symbol
    warnings.warn("rnn_unroll is superseded; call cell.unroll", DeprecationWarning, stacklevel=2)
    if inputs is None:
        inputs = [symbol.Variable(f"{input_prefix}t{i}_data") for i in range(length)]
    return cell.unroll(length=length, inputs=inputs, begin_state=begin_state, layout=layout)


def save_rnn_checkpoint(cells, prefix, epoch, symbol, arg_params, aux_params):
    """``model.save_checkpoint`` with the weights of a cell, or of a list of them, unpacked."""
    for cell in _cells(cells):
        arg_params = cell.unpack_weights(arg_params)
    save_checkpoint(prefix, epoch, symbol, arg_params, aux_params)


def load_rnn_checkpoint(cells, prefix, epoch):
    """(symbol, arguments, auxiliary states) of what ``save_rnn_checkpoint`` wrote, with weights packed for these cells."""
    symbol, arguments, aux = load_checkpoint(prefix, epoch)
    for cell in _cells(cells):
        arguments = cell.pack_weights(arguments)
    return symbol, arguments, aux


def do_rnn_checkpoint(cells, prefix, period=1):
    """An epoch callback that calls ``save_rnn_checkpoint`` every ``period`` epochs."""
    period = int(max(1, period))

    def _callback(iter_no, sym=None, arg=None, aux=None):
        if (iter_no + 1) % period == 0:
            save_rnn_checkpoint(cells, prefix, iter_no + 1, sym, arg, aux)
    return _callback
