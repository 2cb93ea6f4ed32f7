"""Cells of symbols: a step, ``unroll``, stacks, both directions, and cells that change others.

The fused cell is in ``fused.py`` and convolutional cells are in ``conv_cells.py``; their place is here all the same.
"""
from .. import initializer as init
from .. import ndarray, symbol
from ..base import numeric_types, string_types

__all__ = ["BaseRNNCell", "BidirectionalCell", "DropoutCell", "GRUCell", "LSTMCell", "ModifierCell", "RNNCell",
           "RNNParams", "ResidualCell", "SequentialRNNCell", "ZoneoutCell"]


def normalize_sequence(length, inputs, layout, merge, in_layout=None):
    """(inputs, axis of the steps): one symbol with ``merge``, a list of steps with ``merge=False``, None as it is."""
    assert inputs is not None, "unroll needs inputs"
    axis = layout.find("T")
    in_axis = axis if in_layout is None else in_layout.find("T")
    if isinstance(inputs, symbol.Symbol):
        if merge is False:
            assert len(inputs.list_outputs()) == 1, \
                "unroll takes no group of symbols; give it as a list, or one symbol to be split"
            inputs = list(symbol.split(inputs, axis=in_axis, num_outputs=length, squeeze_axis=1))
    else:
        assert length is None or len(inputs) == length, f"there are {len(inputs)} inputs, not {length}"
        if merge is True:
            inputs = symbol.Concat(*[symbol.expand_dims(i, axis=axis) for i in inputs], dim=axis)
            in_axis = axis
    if isinstance(inputs, symbol.Symbol) and axis != in_axis:
        inputs = symbol.swapaxes(inputs, dim1=axis, dim2=in_axis)
    return inputs, axis


class RNNParams:
    """Variables of a cell by name, each made once; cells that are given the same container share them."""

    def __init__(self, prefix=""):
        self._prefix = prefix
        self._params = {}

    def get(self, name, **kwargs):
        """The variable of that name, behind the prefix; keyword arguments are those of ``sym.Variable``."""
        name = self._prefix + name
        if name not in self._params:
            self._params[name] = symbol.Variable(name, **kwargs)
        return self._params[name]


class BaseRNNCell:
    """A cell is called with (inputs, states) and returns (output, new states).

    A subclass defines ``__call__`` and ``state_info``, and ``_gate_names`` where its weights hold several gates.
    """

    def __init__(self, prefix="", params=None):
        self._own_params = params is None
        self._prefix = prefix
        self._params = RNNParams(prefix) if params is None else params
        self._modified = False
        self.reset()

    def reset(self):
        """Start counting steps anew, which names are made of."""
        self._init_counter = -1
        self._counter = -1
        for cell in getattr(self, "_cells", ()):
            cell.reset()

    def __call__(self, inputs, states):
        raise NotImplementedError(f"{type(self).__name__}.__call__")

    @property
    def params(self):
        """The container of variables. Whoever takes it shares it."""
        self._own_params = False
        return self._params

    @property
    def state_info(self):
        """Shape and layout of each state, with 0 for the batch, as a list of dictionaries."""
        raise NotImplementedError(f"{type(self).__name__}.state_info")

    @property
    def state_shape(self):
        """Shape of each state."""
        return [info["shape"] for info in self.state_info]

    @property
    def _gate_names(self):
        return ()

    def _begin(self, func, kwargs):
        states = []
        for info in self.state_info:
            self._init_counter += 1
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**kwargs, **(info or {})}))
        return states

    def _check_not_modified(self):
        assert not self._modified, "the cell has been modified by another cell, which must be called in its place"

    def begin_state(self, func=symbol.zeros, **kwargs):
        """First states, made by ``func(shape=..., **kwargs)``. AssertionError for a cell that another one modifies."""
        self._check_not_modified()
        return self._begin(func, kwargs)

    def unpack_weights(self, args):
        """Parameters by name with weights and biases of each gate apart, such as ``lstm_i2h_f_weight``."""
        args = dict(args)
        if not self._gate_names:
            return args
        size = self._num_hidden
        for part in ("i2h", "h2h"):
            for kind in ("weight", "bias"):
                whole = args.pop(f"{self._prefix}{part}_{kind}")
                for j, gate in enumerate(self._gate_names):
                    args[f"{self._prefix}{part}{gate}_{kind}"] = whole[j * size:(j + 1) * size].copy()
        return args

    def pack_weights(self, args):
        """What ``unpack_weights`` took apart, put together again."""
        args = dict(args)
        if not self._gate_names:
            return args
        for part in ("i2h", "h2h"):
            for kind in ("weight", "bias"):
                gates = [args.pop(f"{self._prefix}{part}{gate}_{kind}") for gate in self._gate_names]
                args[f"{self._prefix}{part}_{kind}"] = ndarray.concatenate(gates)
        return args

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """``length`` steps over ``inputs``, a symbol of ``layout`` or a list of steps. Returns (outputs, last states).

        ``begin_state`` is zeros unless given. ``merge_outputs``: True gives one symbol, False a list, None what suits.
        """
        self.reset()
        inputs, _ = normalize_sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        outputs = []
        for i in range(length):
            output, states = self(inputs[i], states)
            outputs.append(output)
        outputs, _ = normalize_sequence(length, outputs, layout, merge_outputs)
        return outputs, states

    def _get_activation(self, inputs, activation, **kwargs):
        if isinstance(activation, string_types):
            return symbol.Activation(inputs, act_type=activation, **kwargs)
        return activation(inputs, **kwargs)


class _DenseCell(BaseRNNCell):
    """A cell with weights and biases from its inputs and its hidden state to its gates."""

    def __init__(self, num_hidden, prefix, params, **bias):
        super().__init__(prefix=prefix, params=params)
        self._num_hidden = num_hidden
        self._iW = self._params.get("i2h_weight")
        self._iB = self._params.get("i2h_bias", **bias)
        self._hW = self._params.get("h2h_weight")
        self._hB = self._params.get("h2h_bias")

    @property
    def state_info(self):
        return [{"shape": (0, self._num_hidden), "__layout__": "NC"}]

    def _maps(self, name, inputs, hidden, gates=1):
        rows = self._num_hidden * gates
        return (symbol.FullyConnected(data=inputs, weight=self._iW, bias=self._iB, num_hidden=rows, name=name + "i2h"),
                symbol.FullyConnected(data=hidden, weight=self._hW, bias=self._hB, num_hidden=rows, name=name + "h2h"))


class RNNCell(_DenseCell):
    """``h = activation(W x + b + U h' + c)``. One state."""

    def __init__(self, num_hidden, activation="tanh", prefix="rnn_", params=None):
        super().__init__(num_hidden, prefix, params)
        self._activation = activation

    @property
    def _gate_names(self):
        return ("",)

    def __call__(self, inputs, states):
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._maps(name, inputs, states[0])
        output = self._get_activation(i2h + h2h, self._activation, name=name + "out")
        return output, [output]


class LSTMCell(_DenseCell):
    """Long short-term memory with gates in, forget, new, out; ``forget_bias`` is what that gate's bias begins with."""

    def __init__(self, num_hidden, prefix="lstm_", params=None, forget_bias=1.0):
        super().__init__(num_hidden, prefix, params, init=init.LSTMBias(forget_bias=forget_bias))

    @property
    def state_info(self):
        return [{"shape": (0, self._num_hidden), "__layout__": "NC"}] * 2

    @property
    def _gate_names(self):
        return ["_i", "_f", "_c", "_o"]

    def __call__(self, inputs, states):
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._maps(name, inputs, states[0], 4)
        into, forget, new, out = symbol.SliceChannel(i2h + h2h, num_outputs=4, name=name + "slice")
        into = symbol.Activation(into, act_type="sigmoid", name=name + "i")
        forget = symbol.Activation(forget, act_type="sigmoid", name=name + "f")
        new = symbol.Activation(new, act_type="tanh", name=name + "c")
        out = symbol.Activation(out, act_type="sigmoid", name=name + "o")
        memory = symbol.elemwise_add(forget * states[1], into * new, name=name + "state")
        hidden = symbol.elemwise_mul(out, symbol.Activation(memory, act_type="tanh"), name=name + "out")
        return hidden, [hidden, memory]


class GRUCell(_DenseCell):
    """Gated recurrent unit with gates reset, update, new; the reset gate after the map of the hidden state."""

    def __init__(self, num_hidden, prefix="gru_", params=None):
        super().__init__(num_hidden, prefix, params)

    @property
    def _gate_names(self):
        return ["_r", "_z", "_o"]

    def __call__(self, inputs, states):
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._maps(name + "_", inputs, states[0], 3)
        hidden = gru_step(name, i2h, h2h, states[0], lambda x, **kw: symbol.Activation(x, act_type="tanh", **kw))
        return hidden, [hidden]


def gru_step(name, i2h, h2h, before, activation):
    """The new hidden state of a gated recurrent unit, from both maps."""
    xr, xz, xn = symbol.SliceChannel(i2h, num_outputs=3, name=name + "_i2h_slice")
    hr, hz, hn = symbol.SliceChannel(h2h, num_outputs=3, name=name + "_h2h_slice")
    reset = symbol.Activation(xr + hr, act_type="sigmoid", name=name + "_r_act")
    update = symbol.Activation(xz + hz, act_type="sigmoid", name=name + "_z_act")
    new = activation(xn + reset * hn, name=name + "_h_act")
    return symbol.elemwise_add((1. - update) * new, update * before, name=name + "out")


class SequentialRNNCell(BaseRNNCell):
    """Cells one on the other; each gets the output of the one below."""

    def __init__(self, params=None):
        super().__init__(prefix="", params=params)
        self._override_cell_params = params is not None
        self._cells = []

    def add(self, cell):
        """Put ``cell`` on top. With ``params`` given to the stack, the cell's variables go there."""
        self._cells.append(cell)
        if self._override_cell_params:
            assert cell._own_params, "the variables of the cell are shared already, those of the stack cannot be taken too"
            cell.params._params.update(self._params._params)
        self._params._params.update(cell.params._params)

    @property
    def state_info(self):
        return [info for cell in self._cells for info in cell.state_info]

    def begin_state(self, **kwargs):
        """The first states of all cells, in one list."""
        self._check_not_modified()
        return [state for cell in self._cells for state in cell.begin_state(**kwargs)]

    def unpack_weights(self, args):
        for cell in self._cells:
            args = cell.unpack_weights(args)
        return args

    def pack_weights(self, args):
        for cell in self._cells:
            args = cell.pack_weights(args)
        return args

    def __call__(self, inputs, states):
        self._counter += 1
        new = []
        for cell in self._cells:
            assert not isinstance(cell, BidirectionalCell), "a BidirectionalCell has no single steps; use unroll"
            n = len(cell.state_info)
            inputs, state = cell(inputs, states[:n])
            states = states[n:]
            new += state
        return inputs, new

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        self.reset()
        states = self.begin_state() if begin_state is None else begin_state
        last, new = len(self._cells) - 1, []
        for i, cell in enumerate(self._cells):
            n = len(cell.state_info)
            inputs, state = cell.unroll(length, inputs=inputs, begin_state=states[:n], layout=layout,
                                        merge_outputs=None if i < last else merge_outputs)
            states = states[n:]
            new += state
        return inputs, new


class DropoutCell(BaseRNNCell):
    """Dropout of its inputs. There are no states."""

    def __init__(self, dropout, prefix="dropout_", params=None):
        super().__init__(prefix, params)
        assert isinstance(dropout, numeric_types), f"DropoutCell: dropout must be a number, got {dropout!r}"
        self.dropout = dropout

    @property
    def state_info(self):
        return []

    def __call__(self, inputs, states):
        if self.dropout > 0:
            inputs = symbol.Dropout(data=inputs, p=self.dropout)
        return inputs, states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        self.reset()
        inputs, _ = normalize_sequence(length, inputs, layout, merge_outputs)
        if isinstance(inputs, symbol.Symbol):
            return self(inputs, [])
        return super().unroll(length, inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs)


class ModifierCell(BaseRNNCell):
    """Base of cells that change what another cell does; that one must not be called itself any more."""

    def __init__(self, base_cell):
        super().__init__()
        base_cell._modified = True
        self.base_cell = base_cell

    @property
    def params(self):
        self._own_params = False
        return self.base_cell.params

    @property
    def state_info(self):
        return self.base_cell.state_info

    def begin_state(self, init_sym=symbol.zeros, **kwargs):
        """The first states of the cell within."""
        self._check_not_modified()
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=init_sym, **kwargs)
        finally:
            self.base_cell._modified = True

    def unpack_weights(self, args):
        return self.base_cell.unpack_weights(args)

    def pack_weights(self, args):
        return self.base_cell.pack_weights(args)


class ZoneoutCell(ModifierCell):
    """Keeps each output and state of the step before with the probabilities ``zoneout_outputs``, ``zoneout_states``."""

    def __init__(self, base_cell, zoneout_outputs=0.0, zoneout_states=0.0):
        from .fused import FusedRNNCell
        assert not isinstance(base_cell, FusedRNNCell), "ZoneoutCell: a FusedRNNCell has no single steps; unfuse it first"
        cells = [base_cell, *getattr(base_cell, "_cells", ())]
        assert not any(isinstance(cell, BidirectionalCell) for cell in cells), \
            "ZoneoutCell: a BidirectionalCell has no single steps; modify the cells within"
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self.prev_output = None

    def reset(self):
        super().reset()
        self.prev_output = None

    def __call__(self, inputs, states):
        next_output, next_states = self.base_cell(inputs, states)

        def mixed(p, new, old):
            # Dropout of ones is 0 where the old value is to stay
            return symbol.where(symbol.Dropout(symbol.ones_like(new), p=p), new, old)
        before = symbol.zeros((0, 0)) if self.prev_output is None else self.prev_output
        output = mixed(self.zoneout_outputs, next_output, before) if self.zoneout_outputs != 0 else next_output
        if self.zoneout_states != 0:
            next_states = [mixed(self.zoneout_states, new, old) for new, old in zip(next_states, states)]
        self.prev_output = output
        return output, next_states


class ResidualCell(ModifierCell):
    """Adds the inputs to the output of the cell within."""

    def __call__(self, inputs, states):
        output, states = self.base_cell(inputs, states)
        return symbol.elemwise_add(output, inputs, name=f"{output.name}_plus_residual"), states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        self.reset()
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(length, inputs=inputs, begin_state=begin_state, layout=layout,
                                                    merge_outputs=merge_outputs)
        finally:
            self.base_cell._modified = True
        merged = isinstance(outputs, symbol.Symbol) if merge_outputs is None else merge_outputs
        inputs, _ = normalize_sequence(length, inputs, layout, merged)
        if merged:
            return symbol.elemwise_add(outputs, inputs, name=f"{outputs.name}_plus_residual"), states
        return [symbol.elemwise_add(output, step, name=f"{output.name}_plus_residual")
                for output, step in zip(outputs, inputs)], states


class BidirectionalCell(BaseRNNCell):
    """One cell forwards and one backwards; their outputs are concatenated. It can only be unrolled."""

    def __init__(self, l_cell, r_cell, params=None, output_prefix="bi_"):
        super().__init__("", params=params)
        self._output_prefix = output_prefix
        self._override_cell_params = params is not None
        if self._override_cell_params:
            assert l_cell._own_params and r_cell._own_params, \
                "the variables of a cell are shared already, those given cannot be taken too"
            l_cell.params._params.update(self.params._params)
            r_cell.params._params.update(self.params._params)
        self.params._params.update(l_cell.params._params)
        self.params._params.update(r_cell.params._params)
        self._cells = [l_cell, r_cell]

    def unpack_weights(self, args):
        for cell in self._cells:
            args = cell.unpack_weights(args)
        return args

    def pack_weights(self, args):
        for cell in self._cells:
            args = cell.pack_weights(args)
        return args

    def __call__(self, inputs, states):
        raise NotImplementedError("a BidirectionalCell has no single steps; use unroll")

    @property
    def state_info(self):
        return [info for cell in self._cells for info in cell.state_info]

    def begin_state(self, **kwargs):
        """The first states of both cells, in one list."""
        self._check_not_modified()
        return [state for cell in self._cells for state in cell.begin_state(**kwargs)]

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        self.reset()
        inputs, axis = normalize_sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        l_cell, r_cell = self._cells
        n = len(l_cell.state_info)
        left, l_states = l_cell.unroll(length, inputs=inputs, begin_state=states[:n], layout=layout,
                                       merge_outputs=merge_outputs)
        right, r_states = r_cell.unroll(length, inputs=list(reversed(inputs)), begin_state=states[n:], layout=layout,
                                        merge_outputs=merge_outputs)
        if merge_outputs is None:
            merge_outputs = isinstance(left, symbol.Symbol) and isinstance(right, symbol.Symbol)
            left, _ = normalize_sequence(None, left, layout, merge_outputs)
            right, _ = normalize_sequence(None, right, layout, merge_outputs)
        if merge_outputs:
            outputs = symbol.Concat(left, symbol.reverse(right, axis=axis), dim=2, name=self._output_prefix + "out")
        else:
            outputs = [symbol.Concat(a, b, dim=1, name=f"{self._output_prefix}t{i}")
                       for i, (a, b) in enumerate(zip(left, reversed(right)))]
        return outputs, l_states + r_states


for _name in __all__:
    globals()[_name].__module__ = "mxnet.rnn.rnn_cell"

from .conv_cells import *  # noqa: E402, F403  (they derive from the classes above)
from .fused import *  # noqa: E402, F403
