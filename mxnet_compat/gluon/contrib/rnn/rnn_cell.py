"""``VariationalDropoutCell``, ``LSTMPCell`` and ``dynamic_unroll``."""
from .... import ndarray, symbol
from ...rnn import BidirectionalCell, HybridRecurrentCell, ModifierCell
from ...rnn._sequence import _format_sequence, _get_begin_state, _mask_sequence_variable_length, tensor_types

__all__ = ["LSTMPCell", "VariationalDropoutCell"]


class VariationalDropoutCell(ModifierCell):
    """Dropout with one mask for all steps of inputs, of the first state and of outputs.

    AssertionError for a cell that has no single steps where states are to be dropped.
    """

    def __init__(self, base_cell, drop_inputs=0.0, drop_states=0.0, drop_outputs=0.0):
        cells = [base_cell, *base_cell._children.values()]
        assert not drop_states or not any(isinstance(c, BidirectionalCell) for c in cells), \
            "VariationalDropoutCell: a BidirectionalCell has no single steps to drop states of; modify the cells within"
        super().__init__(base_cell)
        self.drop_inputs = drop_inputs
        self.drop_states = drop_states
        self.drop_outputs = drop_outputs
        self.drop_inputs_mask = None
        self.drop_states_mask = None
        self.drop_outputs_mask = None

    def _alias(self):
        return "vardrop"

    def reset(self):
        super().reset()
        self.drop_inputs_mask = None
        self.drop_states_mask = None
        self.drop_outputs_mask = None

    def hybrid_forward(self, F, inputs, states):
        if self.drop_states and self.drop_states_mask is None:
            self.drop_states_mask = F.Dropout(F.ones_like(states[0]), p=self.drop_states)
        if self.drop_inputs and self.drop_inputs_mask is None:
            self.drop_inputs_mask = F.Dropout(F.ones_like(inputs), p=self.drop_inputs)
        if self.drop_states:
            # of an LSTM the hidden state, and not the memory
            states = [states[0] * self.drop_states_mask, *states[1:]]
        if self.drop_inputs:
            inputs = inputs * self.drop_inputs_mask
        output, states = self.base_cell(inputs, states)
        if self.drop_outputs:
            if self.drop_outputs_mask is None:
                self.drop_outputs_mask = F.Dropout(F.ones_like(output), p=self.drop_outputs)
            output = output * self.drop_outputs_mask
        return output, states

    def __repr__(self):
        return f"{type(self).__name__}(p_out = {self.drop_outputs}, p_state = {self.drop_states})"

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        if self.drop_states:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length=valid_length)
        self.reset()
        inputs, axis, F, batch_size = _format_sequence(length, inputs, layout, True)
        states = _get_begin_state(self, F, begin_state, inputs, batch_size)
        if self.drop_inputs:
            inputs = F.Dropout(inputs, p=self.drop_inputs, axes=(axis,))
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(length, inputs, states, layout, merge_outputs=True,
                                                    valid_length=valid_length)
        finally:
            self.base_cell._modified = True
        if self.drop_outputs:
            outputs = F.Dropout(outputs, p=self.drop_outputs, axes=(axis,))
        merged = isinstance(outputs, tensor_types) if merge_outputs is None else merge_outputs
        outputs, _, _, _ = _format_sequence(length, outputs, layout, merged)
        if valid_length is not None:
            outputs = _mask_sequence_variable_length(F, outputs, length, valid_length, axis, merged)
        return outputs, states


class LSTMPCell(HybridRecurrentCell):
    """Long short-term memory whose hidden state is projected to ``projection_size`` (arXiv 1402.1128).

    Two states: the projection, which is the output, and the memory of ``hidden_size``.
    """

    def __init__(self, hidden_size, projection_size, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 h2r_weight_initializer=None, i2h_bias_initializer="zeros", h2h_bias_initializer="zeros", input_size=0,
                 prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._input_size = input_size
        self._projection_size = projection_size
        rows = 4 * hidden_size
        for name, shape, init in (("i2h_weight", (rows, input_size), i2h_weight_initializer),
                                  ("h2h_weight", (rows, projection_size), h2h_weight_initializer),
                                  ("h2r_weight", (projection_size, hidden_size), h2r_weight_initializer),
                                  ("i2h_bias", (rows,), i2h_bias_initializer),
                                  ("h2h_bias", (rows,), h2h_bias_initializer)):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def state_info(self, batch_size=0):
        return [{"shape": (batch_size, width), "__layout__": "NC"}
                for width in (self._projection_size, self._hidden_size)]

    def _alias(self):
        return "lstmp"

    def __repr__(self):
        rows, columns = self.i2h_weight.shape
        return f"{type(self).__name__}({columns or None} -> {rows} -> {self._projection_size})"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, h2r_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        rows = 4 * self._hidden_size
        i2h = F.FullyConnected(inputs, i2h_weight, i2h_bias, num_hidden=rows, name=step + "i2h")
        h2h = F.FullyConnected(states[0], h2h_weight, h2h_bias, num_hidden=rows, name=step + "h2h")
        into, forget, new, out = F.SliceChannel(i2h + h2h, num_outputs=4, name=step + "slice")
        into = F.Activation(into, act_type="sigmoid", name=step + "i")
        forget = F.Activation(forget, act_type="sigmoid", name=step + "f")
        new = F.Activation(new, act_type="tanh", name=step + "c")
        out = F.Activation(out, act_type="sigmoid", name=step + "o")
        memory = F.elemwise_add(forget * states[1], into * new, name=step + "state")
        hidden = F.elemwise_mul(out, F.Activation(memory, act_type="tanh"), name=step + "hidden")
        output = F.FullyConnected(hidden, num_hidden=self._projection_size, weight=h2r_weight, no_bias=True,
                                  name=step + "out")
        return output, [output, memory]


def dynamic_unroll(cell, inputs, begin_state, drop_inputs=0, drop_outputs=0, layout="TNC", valid_length=None):
    """Steps of ``cell`` over ``inputs`` by ``contrib.foreach``: a graph holds one step, whatever the length.

    ``inputs`` is one array of ``layout``. ``drop_inputs`` and ``drop_outputs`` are probabilities of dropout with one
    mask for all steps. With ``valid_length`` outputs beyond are 0, and states are those of the last valid step. Returns
    (outputs, states).
    """
    if "T" not in layout or "N" not in layout:
        raise ValueError(f"dynamic_unroll: a layout names the axes N and T, such as 'TNC'; got {layout!r}")
    axis = layout.find("T")
    F = symbol if isinstance(inputs, symbol.Symbol) else ndarray
    if drop_inputs:
        inputs = F.Dropout(inputs, p=drop_inputs, axes=(axis,))
    if axis:
        inputs = F.swapaxes(inputs, dim1=0, dim2=axis)
    if valid_length is None:
        outputs, states = F.contrib.foreach(cell, inputs, begin_state)
    else:
        def step(data, state):
            count, old = state
            output, new = cell(data, old)
            count = count + 1
            # what a sequence that is over had last is carried on
            going = F.broadcast_lesser_equal(count, valid_length)
            return output, [count, [F.where(going, n, o) for n, o in zip(new, old)]]
        count = F.zeros_like(F.slice_axis(valid_length, axis=0, begin=0, end=1))
        outputs, (_, states) = F.contrib.foreach(step, inputs, [count, list(begin_state)])
    if drop_outputs:
        outputs = F.Dropout(outputs, p=drop_outputs, axes=(0,))
    if valid_length is not None:
        outputs = F.SequenceMask(outputs, sequence_length=valid_length, use_sequence_length=True, axis=0)
    return (F.swapaxes(outputs, dim1=0, dim2=axis) if axis else outputs), states


for _name in (*__all__, "dynamic_unroll"):
    globals()[_name].__module__ = "mxnet.gluon.contrib.rnn.rnn_cell"
