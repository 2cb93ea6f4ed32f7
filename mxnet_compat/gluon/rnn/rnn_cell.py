"""Recurrent cells: one step of a network with state, ``unroll`` over many, cells on cells, and cells that change cells.

Layers on the fused operator are in ``rnn_layer.py``, what unrolling does with sequences is in ``_sequence.py``.
"""
from ... import ndarray, symbol
from ...base import numeric_types, string_types
from ..block import Block, HybridBlock
from ..nn import LeakyReLU
from ..utils import _indent
from ._sequence import (
    _cells_begin_state,
    _cells_state_info,
    _format_sequence,
    _get_begin_state,
    _mask_sequence_variable_length,
    _reverse_sequences,
    tensor_types,
)

__all__ = ["BidirectionalCell", "DropoutCell", "GRUCell", "HybridRecurrentCell", "HybridSequentialRNNCell", "LSTMCell",
           "ModifierCell", "RNNCell", "RecurrentCell", "ResidualCell", "SequentialRNNCell", "ZoneoutCell"]


class RecurrentCell(Block):
    """A block that is called with (inputs, states) and returns (output, new states).

    A subclass defines ``state_info`` and ``forward`` (``hybrid_forward`` for a HybridRecurrentCell).
    """

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self):
        """Start counting steps anew, which names are made of."""
        self._init_counter = -1
        self._counter = -1
        for cell in self._children.values():
            # a cell may have a block for its activation
            if isinstance(cell, RecurrentCell):
                cell.reset()

    def state_info(self, batch_size=0):
        """Shape and layout of each state, as a list of dictionaries."""
        raise NotImplementedError(f"{type(self).__name__}.state_info")

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """First states, made by ``func(shape=..., **kwargs)``. AssertionError for a cell that another one modifies."""
        assert not self._modified, \
            f"the cell {self.name} has been modified by another cell, which must be called in its place"
        states = []
        for info in self.state_info(batch_size):
            self._init_counter += 1
            # the counter makes the name, so the entries of info go into the call as they are
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**kwargs, **(info or {})}))
        return states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        """``length`` steps over ``inputs``, an array of ``layout`` or a list of steps. Returns (outputs, last states).

        ``begin_state`` is zeros unless given. ``merge_outputs``: True gives one array, False a list of steps, None what
        suits. ``valid_length`` of shape (batch,): outputs beyond are 0, and states are those of the last valid step.
        """
        self.reset()
        inputs, axis, F, batch_size = _format_sequence(length, inputs, layout, False)
        states = _get_begin_state(self, F, begin_state, inputs, batch_size)
        outputs, all_states = [], []
        for i in range(length):
            output, states = self(inputs[i], states)
            outputs.append(output)
            if valid_length is not None:
                all_states.append(states)
        if valid_length is not None:
            states = [F.SequenceLast(F.stack(*steps, axis=0), sequence_length=valid_length, use_sequence_length=True,
                                     axis=0) for steps in zip(*all_states)]
            outputs = _mask_sequence_variable_length(F, outputs, length, valid_length, axis, True)
        outputs, _, _, _ = _format_sequence(length, outputs, layout, merge_outputs)
        return outputs, states

    def _get_activation(self, F, inputs, activation, **kwargs):
        """An activation by name, by block or by function."""
        if activation in ("tanh", "relu", "sigmoid", "softsign"):
            return getattr(F, activation)(inputs, **kwargs)
        if isinstance(activation, string_types):
            return F.Activation(inputs, act_type=activation, **kwargs)
        if isinstance(activation, LeakyReLU):
            return F.LeakyReLU(inputs, act_type="leaky", slope=activation._alpha, **kwargs)
        return activation(inputs, **kwargs)

    def forward(self, inputs, states):
        """One step: (output, new states)."""
        self._counter += 1
        return super().forward(inputs, states)


class HybridRecurrentCell(RecurrentCell, HybridBlock):
    """A recurrent cell that can be hybridized: it defines ``hybrid_forward(F, inputs, states, **params)``."""

    def hybrid_forward(self, F, x, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__}.hybrid_forward")


class _GatedCell(HybridRecurrentCell):
    """A cell with weights and biases from its inputs and its hidden state to a number of gates."""

    _gates = 1

    def __init__(self, hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer,
                 h2h_bias_initializer, input_size, prefix, params):
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._input_size = input_size
        rows = hidden_size * self._gates
        for name, shape, init in (("i2h_weight", (rows, input_size), i2h_weight_initializer),
                                  ("h2h_weight", (rows, hidden_size), h2h_weight_initializer),
                                  ("i2h_bias", (rows,), i2h_bias_initializer),
                                  ("h2h_bias", (rows,), h2h_bias_initializer)):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def state_info(self, batch_size=0):
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"}]

    def _maps(self, F, step, inputs, hidden, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        rows = self._hidden_size * self._gates
        return (F.FullyConnected(inputs, i2h_weight, i2h_bias, num_hidden=rows, name=step + "i2h"),
                F.FullyConnected(hidden, h2h_weight, h2h_bias, num_hidden=rows, name=step + "h2h"))

    def __repr__(self):
        rows, columns = self.i2h_weight.shape
        return f"{type(self).__name__}({columns or None} -> {rows}{self._extra_repr()})"

    def _extra_repr(self):
        return ""


class RNNCell(_GatedCell):
    """``h = activation(W x + b + U h' + c)``. One state, of shape (batch, ``hidden_size``), which is the output."""

    def __init__(self, hidden_size, activation="tanh", i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer="zeros", h2h_bias_initializer="zeros", input_size=0, prefix=None, params=None):
        super().__init__(hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer,
                         h2h_bias_initializer, input_size, prefix, params)
        self._activation = activation

    def _alias(self):
        return "rnn"

    def _extra_repr(self):
        return f", {self._activation}"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        i2h, h2h = self._maps(F, step, inputs, states[0], i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        total = F.elemwise_add(i2h, h2h, name=step + "plus0")
        output = self._get_activation(F, total, self._activation, name=step + "out")
        return output, [output]


class LSTMCell(_GatedCell):
    """Long short-term memory with gates in, forget, new, out. Two states of shape (batch, ``hidden_size``)."""

    _gates = 4

    def __init__(self, hidden_size, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer="zeros", h2h_bias_initializer="zeros", input_size=0, prefix=None, params=None,
                 activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer,
                         h2h_bias_initializer, input_size, prefix, params)
        self._activation = activation
        self._recurrent_activation = recurrent_activation

    def _alias(self):
        return "lstm"

    def state_info(self, batch_size=0):
        return super().state_info(batch_size) * 2

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        i2h, h2h = self._maps(F, step, inputs, states[0], i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        gates = F.elemwise_add(i2h, h2h, name=step + "plus0")
        into, forget, new, out = F.SliceChannel(gates, num_outputs=4, name=step + "slice")
        into = self._get_activation(F, into, self._recurrent_activation, name=step + "i")
        forget = self._get_activation(F, forget, self._recurrent_activation, name=step + "f")
        new = self._get_activation(F, new, self._activation, name=step + "c")
        out = self._get_activation(F, out, self._recurrent_activation, name=step + "o")
        memory = F.elemwise_add(F.elemwise_mul(forget, states[1], name=step + "mul0"),
                                F.elemwise_mul(into, new, name=step + "mul1"), name=step + "state")
        shown = F.Activation(memory, act_type=self._activation, name=step + "activation0")
        hidden = F.elemwise_mul(out, shown, name=step + "out")
        return hidden, [hidden, memory]


class GRUCell(_GatedCell):
    """Gated recurrent unit with gates reset, update, new. One state of shape (batch, ``hidden_size``).

    The reset gate is applied after the map of the hidden state, as cuDNN does.
    """

    _gates = 3

    def __init__(self, hidden_size, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer="zeros", h2h_bias_initializer="zeros", input_size=0, prefix=None, params=None):
        super().__init__(hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer,
                         h2h_bias_initializer, input_size, prefix, params)

    def _alias(self):
        return "gru"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        i2h, h2h = self._maps(F, step, inputs, states[0], i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        xr, xz, xn = F.SliceChannel(i2h, num_outputs=3, name=step + "i2h_slice")
        hr, hz, hn = F.SliceChannel(h2h, num_outputs=3, name=step + "h2h_slice")
        reset = F.Activation(F.elemwise_add(xr, hr, name=step + "plus0"), act_type="sigmoid", name=step + "r_act")
        update = F.Activation(F.elemwise_add(xz, hz, name=step + "plus1"), act_type="sigmoid", name=step + "z_act")
        new = F.elemwise_add(xn, F.elemwise_mul(reset, hn, name=step + "mul0"), name=step + "plus2")
        new = F.Activation(new, act_type="tanh", name=step + "h_act")
        rest = F.elemwise_sub(F.ones_like(update, name=step + "ones_like0"), update, name=step + "minus0")
        hidden = F.elemwise_add(F.elemwise_mul(rest, new, name=step + "mul1"),
                                F.elemwise_mul(update, states[0], name=step + "mul20"), name=step + "out")
        return hidden, [hidden]


class _Stack:
    """Cells one on the other: what both kinds of sequential cells share."""

    def __repr__(self):
        lines = "\n".join(f"({i}): {_indent(repr(m), 2)}" for i, m in self._children.items())
        return f"{type(self).__name__}(\n{lines}\n)"

    def add(self, cell):
        """Put ``cell`` on top."""
        self.register_child(cell)

    def state_info(self, batch_size=0):
        return _cells_state_info(self._children.values(), batch_size)

    def begin_state(self, **kwargs):
        """The first states of all cells, in one list; arguments by name, as those of ``RecurrentCell.begin_state``."""
        assert not self._modified, \
            f"the cell {self.name} has been modified by another cell, which must be called in its place"
        return _cells_begin_state(self._children.values(), **kwargs)

    def _steps(self, inputs, states):
        new = []
        for cell in self._children.values():
            assert not isinstance(cell, BidirectionalCell), "a BidirectionalCell has no single steps; use unroll"
            n = len(cell.state_info())
            inputs, state = cell(inputs, states[:n])
            new += state
            states = states[n:]
        return inputs, new

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        self.reset()
        inputs, _, F, batch_size = _format_sequence(length, inputs, layout, None)
        states = _get_begin_state(self, F, begin_state, inputs, batch_size)
        last, new = len(self._children) - 1, []
        for i, cell in enumerate(self._children.values()):
            n = len(cell.state_info())
            inputs, state = cell.unroll(length, inputs=inputs, begin_state=states[:n], layout=layout,
                                        merge_outputs=None if i < last else merge_outputs, valid_length=valid_length)
            new += state
            states = states[n:]
        return inputs, new

    def __getitem__(self, i):
        return self._children[str(i)]

    def __len__(self):
        return len(self._children)


class SequentialRNNCell(_Stack, RecurrentCell):
    """Cells one on the other; each gets the output of the one below."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def __call__(self, inputs, states):
        self._counter += 1
        return self._steps(inputs, states)

    def forward(self, inputs, states):
        return self._steps(inputs, states)

    def hybrid_forward(self, F, inputs, states):
        return self._steps(inputs, states)


class HybridSequentialRNNCell(_Stack, HybridRecurrentCell):
    """As SequentialRNNCell, of HybridRecurrentCells, to be hybridized as a whole."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def __call__(self, inputs, states):
        return super().__call__(inputs, states)

    def hybrid_forward(self, F, inputs, states):
        return self._steps(inputs, states)


class DropoutCell(HybridRecurrentCell):
    """Dropout of its inputs, with probability ``rate`` and one mask along ``axes``. There are no states."""

    def __init__(self, rate, axes=(), prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        assert isinstance(rate, numeric_types), f"DropoutCell: rate must be a number, got {rate!r}"
        self._rate = rate
        self._axes = axes

    def __repr__(self):
        return f"{type(self).__name__}(rate={self._rate}, axes={self._axes})"

    def state_info(self, batch_size=0):
        return []

    def _alias(self):
        return "dropout"

    def hybrid_forward(self, F, inputs, states):
        if self._rate > 0:
            inputs = F.Dropout(data=inputs, p=self._rate, axes=self._axes, name=f"t{self._counter}_fwd")
        return inputs, states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        self.reset()
        inputs, _, F, _ = _format_sequence(length, inputs, layout, merge_outputs)
        if isinstance(inputs, tensor_types):
            return self.hybrid_forward(F, inputs, begin_state if begin_state else [])
        return super().unroll(length, inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs,
                              valid_length=None)


class ModifierCell(HybridRecurrentCell):
    """Base of cells that change what another cell does. ``base_cell`` must not be called itself any more.

    AssertionError for a cell that is modified already.
    """

    def __init__(self, base_cell):
        assert not base_cell._modified, f"the cell {base_cell.name} is modified already, and can be only once"
        base_cell._modified = True
        super().__init__(prefix=base_cell.prefix + self._alias(), params=None)
        self.base_cell = base_cell

    @property
    def params(self):
        """The parameters of the cell within."""
        return self.base_cell.params

    def state_info(self, batch_size=0):
        return self.base_cell.state_info(batch_size)

    def begin_state(self, func=symbol.zeros, **kwargs):
        assert not self._modified, \
            f"the cell {self.name} has been modified by another cell, which must be called in its place"
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def hybrid_forward(self, F, inputs, states):
        raise NotImplementedError(f"{type(self).__name__}.hybrid_forward")

    def __repr__(self):
        return f"{type(self).__name__}({self.base_cell!r})"


class ZoneoutCell(ModifierCell):
    """Keeps each output and state of the step before with the probabilities ``zoneout_outputs``, ``zoneout_states``."""

    def __init__(self, base_cell, zoneout_outputs=0.0, zoneout_states=0.0):
        assert not isinstance(base_cell, BidirectionalCell), \
            "ZoneoutCell: a BidirectionalCell has no single steps; modify the cells within"
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self._prev_output = None

    def __repr__(self):
        return f"{type(self).__name__}(p_out={self.zoneout_outputs}, p_state={self.zoneout_states}, {self.base_cell!r})"

    def _alias(self):
        return "zoneout"

    def reset(self):
        super().reset()
        self._prev_output = None

    def hybrid_forward(self, F, inputs, states):
        next_output, next_states = self.base_cell(inputs, states)

        def mixed(p, new, old):
            # Dropout of ones is 0 where the old value is to stay
            return F.where(F.Dropout(F.ones_like(new), p=p), new, old)
        output = next_output
        if self.zoneout_outputs != 0:
            before = F.zeros_like(next_output) if self._prev_output is None else self._prev_output
            output = mixed(self.zoneout_outputs, next_output, before)
        if self.zoneout_states != 0:
            next_states = [mixed(self.zoneout_states, new, old) for new, old in zip(next_states, states)]
        self._prev_output = output
        return output, next_states


class ResidualCell(ModifierCell):
    """Adds the inputs to the output of the cell within; both must have one shape."""

    def hybrid_forward(self, F, inputs, states):
        output, states = self.base_cell(inputs, states)
        return F.elemwise_add(output, inputs, name=f"t{self._counter}_fwd"), states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        self.reset()
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(length, inputs=inputs, begin_state=begin_state, layout=layout,
                                                    merge_outputs=merge_outputs, valid_length=valid_length)
        finally:
            self.base_cell._modified = True
        merged = isinstance(outputs, tensor_types) if merge_outputs is None else merge_outputs
        inputs, axis, F, _ = _format_sequence(length, inputs, layout, merged)
        if valid_length is not None:
            inputs = _mask_sequence_variable_length(F, inputs, length, valid_length, axis, merged)
        if merged:
            return F.elemwise_add(outputs, inputs), states
        return [F.elemwise_add(output, step) for output, step in zip(outputs, inputs)], states


class BidirectionalCell(HybridRecurrentCell):
    """One cell forwards and one backwards; their outputs are concatenated. It can only be unrolled."""

    def __init__(self, l_cell, r_cell, output_prefix="bi_"):
        super().__init__(prefix="", params=None)
        self.register_child(l_cell, "l_cell")
        self.register_child(r_cell, "r_cell")
        self._output_prefix = output_prefix

    def __call__(self, inputs, states):
        raise NotImplementedError("a BidirectionalCell has no single steps; use unroll")

    def __repr__(self):
        return (f"{type(self).__name__}(forward={self._children['l_cell']!r}, "
                f"backward={self._children['r_cell']!r})")

    def state_info(self, batch_size=0):
        return _cells_state_info(self._children.values(), batch_size)

    def begin_state(self, **kwargs):
        assert not self._modified, \
            f"the cell {self.name} has been modified by another cell, which must be called in its place"
        return _cells_begin_state(self._children.values(), **kwargs)

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        self.reset()
        inputs, axis, F, batch_size = _format_sequence(length, inputs, layout, False)
        backwards = _reverse_sequences(inputs, length, valid_length)
        states = _get_begin_state(self, F, begin_state, inputs, batch_size)
        l_cell, r_cell = self._children.values()
        n = len(l_cell.state_info(batch_size))
        left, l_states = l_cell.unroll(length, inputs=inputs, begin_state=states[:n], layout=layout,
                                       merge_outputs=merge_outputs, valid_length=valid_length)
        right, r_states = r_cell.unroll(length, inputs=backwards, begin_state=states[n:], layout=layout,
                                        merge_outputs=False, valid_length=valid_length)
        right = _reverse_sequences(right, length, valid_length)
        if merge_outputs is None:
            merge_outputs = isinstance(left, tensor_types)
        left, _, _, _ = _format_sequence(None, left, layout, merge_outputs)
        right, _, _, _ = _format_sequence(None, right, layout, merge_outputs)
        if merge_outputs:
            outputs = F.concat(left, right, dim=2, name=self._output_prefix + "out")
        else:
            outputs = [F.concat(a, b, dim=1, name=f"{self._output_prefix}t{i}")
                       for i, (a, b) in enumerate(zip(left, right))]
        return outputs, l_states + r_states


for _name in __all__:
    globals()[_name].__module__ = "mxnet.gluon.rnn.rnn_cell"
