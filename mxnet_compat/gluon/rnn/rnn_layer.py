"""Recurrent layers on the fused operator ``RNN``: a whole sequence, several layers and both directions in one call.

Cells, which do the same step by step, are in ``rnn_cell.py``.
"""
import re

import numpy as np

from ... import ndarray, symbol
from ...base import MXNetError
from ..block import HybridBlock
from . import rnn_cell
from ._sequence import tensor_types

__all__ = ["GRU", "LSTM", "RNN"]

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_NAME = re.compile(r"(l|r)(\d+)_(i2h|h2h|h2r)_(weight|bias)\Z")


class _RNNLayer(HybridBlock):
    """What RNN, LSTM and GRU share.

    ``layer(inputs)`` returns outputs; ``layer(inputs, states)`` returns (outputs, list of new states), where ``states``
    is an array or a list as ``begin_state`` makes it. Inputs are (steps, batch, features) in the layout 'TNC', or
    (batch, steps, features) in 'NTC'. With ``use_sequence_length``, lengths of shape (batch,) come as a third argument.
    """

    def __init__(self, hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
                 h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, mode, projection_size,
                 h2r_weight_initializer, lstm_state_clip_min, lstm_state_clip_max, lstm_state_clip_nan, dtype,
                 use_sequence_length=False, **kwargs):
        super().__init__(**kwargs)
        assert layout in ("TNC", "NTC"), f"layout must be 'TNC' or 'NTC', got {layout!r}"
        self._hidden_size = hidden_size
        self._projection_size = projection_size or None
        self._num_layers = num_layers
        self._mode = mode
        self._layout = layout
        self._dropout = dropout
        self._dir = 2 if bidirectional else 1
        self._input_size = input_size
        self._i2h_weight_initializer = i2h_weight_initializer
        self._h2h_weight_initializer = h2h_weight_initializer
        self._i2h_bias_initializer = i2h_bias_initializer
        self._h2h_bias_initializer = h2h_bias_initializer
        self._h2r_weight_initializer = h2r_weight_initializer
        self._lstm_state_clip_min = lstm_state_clip_min
        self._lstm_state_clip_max = lstm_state_clip_max
        self._lstm_state_clip_nan = lstm_state_clip_nan
        self._dtype = dtype
        self._use_sequence_length = use_sequence_length
        self.skip_states = None
        self._gates = _GATES[mode]
        rows, width = self._gates * hidden_size, self._projection_size or hidden_size
        for layer in range(num_layers):
            for side in "lr"[:self._dir]:
                columns = width * self._dir if layer else input_size
                self._parameter(f"{side}{layer}_i2h_weight", (rows, columns), i2h_weight_initializer)
                self._parameter(f"{side}{layer}_h2h_weight", (rows, width), h2h_weight_initializer)
                self._parameter(f"{side}{layer}_i2h_bias", (rows,), i2h_bias_initializer)
                self._parameter(f"{side}{layer}_h2h_bias", (rows,), h2h_bias_initializer)
                if self._projection_size:
                    self._parameter(f"{side}{layer}_h2r_weight", (width, hidden_size), h2r_weight_initializer)

    def _parameter(self, name, shape, init):
        setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True, dtype=self._dtype))

    def __repr__(self):
        text = f"{type(self).__name__}({self.l0_i2h_weight.shape[1] or None} -> "
        text += f"{self.l0_i2h_weight.shape[0] // self._gates}, {self._layout}"
        if self._num_layers != 1:
            text += f", num_layers={self._num_layers}"
        if self._dropout != 0:
            text += f", dropout={self._dropout}"
        return text + (", bidirectional)" if self._dir == 2 else ")")

    def _collect_params_with_prefix(self, prefix=""):
        # files name the parameters as the stack of cells does that the layer stands for
        if prefix:
            prefix += "."

        def key(name):
            match = _NAME.match(name)
            if not match:
                return name
            side, layer, what, kind = match.groups()
            cell = "" if self._dir == 1 else f".{side}_cell"
            return f"_unfused.{layer}{cell}.{what}_{kind}"
        found = {prefix + key(name): p for name, p in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def state_info(self, batch_size=0):
        raise NotImplementedError(f"{type(self).__name__}.state_info")

    def _infos(self, batch_size, *widths):
        return [{"shape": (self._num_layers * self._dir, batch_size, width), "__layout__": "LNC", "dtype": self._dtype}
                for width in widths]

    def _unfuse(self):
        """A stack of cells with the same parameters."""
        assert not self._projection_size, "a layer with projection has no cells"
        assert not self._lstm_state_clip_min and not self._lstm_state_clip_max, "a layer that clips states has no cells"
        make = {"rnn_relu": lambda **kw: rnn_cell.RNNCell(self._hidden_size, activation="relu", **kw),
                "rnn_tanh": lambda **kw: rnn_cell.RNNCell(self._hidden_size, activation="tanh", **kw),
                "lstm": lambda **kw: rnn_cell.LSTMCell(self._hidden_size, **kw),
                "gru": lambda **kw: rnn_cell.GRUCell(self._hidden_size, **kw)}[self._mode]
        stack = rnn_cell.HybridSequentialRNNCell(prefix=self.prefix, params=self.params)
        with stack.name_scope():
            columns = self._input_size
            for i in range(self._num_layers):
                options = {"input_size": columns, "i2h_weight_initializer": self._i2h_weight_initializer,
                           "h2h_weight_initializer": self._h2h_weight_initializer,
                           "i2h_bias_initializer": self._i2h_bias_initializer,
                           "h2h_bias_initializer": self._h2h_bias_initializer}
                if self._dir == 2:
                    stack.add(rnn_cell.BidirectionalCell(make(prefix=f"l{i}_", **options),
                                                         make(prefix=f"r{i}_", **options)))
                else:
                    stack.add(make(prefix=f"l{i}_", **options))
                if self._dropout > 0 and i < self._num_layers - 1:
                    stack.add(rnn_cell.DropoutCell(self._dropout))
                columns = self._hidden_size * self._dir
        return stack

    def cast(self, dtype):
        """Convert all parameters to another type; states are made of it from now on."""
        super().cast(dtype)
        self._dtype = np.dtype(dtype).name

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """First states for a batch, made by ``func(shape=..., **kwargs)``, as a list."""
        return [func(name=f"{self.prefix}h0_{i}", **{**info, **kwargs})
                for i, info in enumerate(self.state_info(batch_size))]

    def __call__(self, inputs, states=None, sequence_length=None, **kwargs):
        self.skip_states = states is None
        if states is None:
            if isinstance(inputs, ndarray.NDArray):
                states = self.begin_state(inputs.shape[self._layout.find("N")], ctx=inputs.context, dtype=inputs.dtype)
            else:
                states = self.begin_state(0, func=symbol.zeros)
        elif isinstance(states, tensor_types):
            states = [states]
        if sequence_length is not None:
            return super().__call__(inputs, states, sequence_length, **kwargs)
        return super().__call__(inputs, states, **kwargs)

    def infer_shape(self, *args):
        """The widths of inputs, of which the shapes of parameters follow. ValueError unless they have three axes."""
        inputs = args[0]
        if inputs.ndim != 3:
            raise ValueError(f"{self.name}: inputs must have three axes, {self._layout}, got shape {inputs.shape}")
        for side in "lr"[:self._dir]:
            getattr(self, f"{side}0_i2h_weight").shape = (self._gates * self._hidden_size, inputs.shape[2])

    def hybrid_forward(self, F, inputs, states, sequence_length=None, **kwargs):
        if F is ndarray:
            batch_size = inputs.shape[self._layout.find("N")]
            for state, info in zip(states, self.state_info(batch_size)):
                if state.shape != info["shape"]:
                    raise ValueError(f"{self.name}: expected a state of shape {info['shape']}, got {state.shape}")
        count = len(self.state_info(0))
        if len(states) != count:
            raise MXNetError(f"{self.name}: expected {count} states, got {len(states)}")
        if self._use_sequence_length and sequence_length is None:
            raise MXNetError(f"{self.name}: with use_sequence_length the lengths must be given")
        outputs, states = self._forward_kernel(F, inputs, states, sequence_length, **kwargs)
        return outputs if self.skip_states else (outputs, states)

    def _forward_kernel(self, F, inputs, states, sequence_length, **kwargs):
        if self._layout == "NTC":
            inputs = F.swapaxes(inputs, dim1=0, dim2=1)
        names = [f"{side}{layer}_{what}_{kind}" for kind in ("weight", "bias") for layer in range(self._num_layers)
                 for side in "lr"[:self._dir] for what in ("i2h", "h2h", "h2r")]
        params = F._internal._rnn_param_concat(*[F.reshape(kwargs[n], shape=-1) for n in names if n in kwargs],
                                               dim=0)
        lengths = {"sequence_length": sequence_length} if self._use_sequence_length else {}
        outputs, *states = F.RNN(
            inputs, params, *states, **lengths, use_sequence_length=self._use_sequence_length,
            state_size=self._hidden_size, projection_size=self._projection_size, num_layers=self._num_layers,
            bidirectional=self._dir == 2, p=self._dropout, state_outputs=True, mode=self._mode,
            lstm_state_clip_min=self._lstm_state_clip_min, lstm_state_clip_max=self._lstm_state_clip_max,
            lstm_state_clip_nan=self._lstm_state_clip_nan)
        if self._layout == "NTC":
            outputs = F.swapaxes(outputs, dim1=0, dim2=1)
        return outputs, states


class RNN(_RNNLayer):
    """Plain recurrent layers, ``h = activation(W x + b + U h' + c)`` with 'relu' or 'tanh'. One state.

    ``dropout`` acts between layers; ``input_size`` is inferred where it is 0.
    """

    def __init__(self, hidden_size, num_layers=1, activation="relu", layout="TNC", dropout=0, bidirectional=False,
                 i2h_weight_initializer=None, h2h_weight_initializer=None, i2h_bias_initializer="zeros",
                 h2h_bias_initializer="zeros", input_size=0, dtype="float32", **kwargs):
        super().__init__(hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
                         h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, f"rnn_{activation}", None,
                         None, None, None, False, dtype, **kwargs)

    def state_info(self, batch_size=0):
        """Shape, layout and type of each state, as a list of dictionaries."""
        return self._infos(batch_size, self._hidden_size)


class LSTM(_RNNLayer):
    """Long short-term memory layers. Two states; the first is ``projection_size`` wide where that is given.

    ``dropout`` acts between layers; ``input_size`` is inferred where it is 0. Clipping of states has no effect on a CPU.
    """

    def __init__(self, hidden_size, num_layers=1, layout="TNC", dropout=0, bidirectional=False, input_size=0,
                 i2h_weight_initializer=None, h2h_weight_initializer=None, i2h_bias_initializer="zeros",
                 h2h_bias_initializer="zeros", projection_size=None, h2r_weight_initializer=None, state_clip_min=None,
                 state_clip_max=None, state_clip_nan=False, dtype="float32", **kwargs):
        super().__init__(hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
                         h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, "lstm", projection_size,
                         h2r_weight_initializer, state_clip_min, state_clip_max, state_clip_nan, dtype, **kwargs)

    def state_info(self, batch_size=0):
        """Shape, layout and type of each state, as a list of dictionaries."""
        return self._infos(batch_size, self._projection_size or self._hidden_size, self._hidden_size)


class GRU(_RNNLayer):
    """Gated recurrent unit layers, with the reset gate after the map of the hidden state, as cuDNN has it. One state.

    ``dropout`` acts between layers; ``input_size`` is inferred where it is 0.
    """

    def __init__(self, hidden_size, num_layers=1, layout="TNC", dropout=0, bidirectional=False, input_size=0,
                 i2h_weight_initializer=None, h2h_weight_initializer=None, i2h_bias_initializer="zeros",
                 h2h_bias_initializer="zeros", dtype="float32", **kwargs):
        super().__init__(hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
                         h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, "gru", None, None, None,
                         None, False, dtype, **kwargs)

    def state_info(self, batch_size=0):
        """Shape, layout and type of each state, as a list of dictionaries."""
        return self._infos(batch_size, self._hidden_size)


for _name in (*__all__, "_RNNLayer"):
    globals()[_name].__module__ = "mxnet.gluon.rnn.rnn_layer"
