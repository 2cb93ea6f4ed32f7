"""``FusedRNNCell``: several layers and both directions in one call of the operator ``RNN``, on one vector of parameters."""
from .. import initializer as init
from .. import ndarray, symbol
from .rnn_cell import (
    BaseRNNCell,
    BidirectionalCell,
    DropoutCell,
    GRUCell,
    LSTMCell,
    RNNCell,
    SequentialRNNCell,
    normalize_sequence,
)

__all__ = ["FusedRNNCell"]

_GATES = {"rnn_relu": [""], "rnn_tanh": [""], "lstm": ["_i", "_f", "_c", "_o"], "gru": ["_r", "_z", "_o"]}


class FusedRNNCell(BaseRNNCell):
    """``num_layers`` layers of 'rnn_relu', 'rnn_tanh', 'lstm' or 'gru', which can only be unrolled.

    ``get_next_state`` gives last states too; ``dropout`` acts between layers. ``unfuse`` gives a stack of cells for the same
    parameters, ``unpack_weights`` and ``pack_weights`` convert these.
    """

    def __init__(self, num_hidden, num_layers=1, mode="lstm", bidirectional=False, dropout=0., get_next_state=False,
                 forget_bias=1.0, prefix=None, params=None):
        super().__init__(prefix=f"{mode}_" if prefix is None else prefix, params=params)
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._dropout = dropout
        self._get_next_state = get_next_state
        self._directions = ["l", "r"] if bidirectional else ["l"]
        self._parameter = self._params.get("parameters", init=init.FusedRNN(
            None, num_hidden, num_layers, mode, bidirectional, forget_bias))

    @property
    def state_info(self):
        count = self._num_layers * len(self._directions)
        return [{"shape": (count, 0, self._num_hidden), "__layout__": "LNC"}
                for _ in range(2 if self._mode == "lstm" else 1)]

    @property
    def _gate_names(self):
        return _GATES[self._mode]

    @property
    def _num_gates(self):
        return len(self._gate_names)

    def _slice_weights(self, arr, li, lh):
        """Views on a vector of parameters by name; ``li`` inputs and ``lh`` hidden units."""
        args, at = {}, 0
        both = len(self._directions)
        for kind in ("weight", "bias"):
            for layer in range(self._num_layers):
                for side in self._directions:
                    for part in ("i2h", "h2h"):
                        columns = lh if part == "h2h" else li if layer == 0 else both * lh
                        for gate in self._gate_names:
                            name = f"{self._prefix}{side}{layer}_{part}{gate}_{kind}"
                            size = lh * columns if kind == "weight" else lh
                            piece = arr[at:at + size]
                            args[name] = piece.reshape((lh, columns)) if kind == "weight" else piece
                            at += size
        assert at == arr.size, f"{self._prefix}parameters: {arr.size} values do not fit the layers, which have {at}"
        return args

    def unpack_weights(self, args):
        args = dict(args)
        arr = args.pop(self._parameter.name)
        both, h, m = len(self._directions), self._num_hidden, self._num_gates
        # what is left after all that does not depend on the inputs, for each hidden unit, gate and direction
        inputs = arr.size // both // h // m - (self._num_layers - 1) * (h + both * h + 2) - h - 2
        args.update({name: view.copy() for name, view in self._slice_weights(arr, inputs, h).items()})
        return args

    def pack_weights(self, args):
        args = dict(args)
        both, h, m = len(self._directions), self._num_hidden, self._num_gates
        inputs = args[f"{self._prefix}l0_i2h{self._gate_names[0]}_weight"].shape[1]
        total = (inputs + h + 2) * h * m * both + (self._num_layers - 1) * m * h * (h + both * h + 2) * both
        first = args[f"{self._prefix}l0_i2h{self._gate_names[0]}_weight"]
        arr = ndarray.zeros((total,), ctx=first.context, dtype=first.dtype)
        for name, view in self._slice_weights(arr, inputs, h).items():
            view[:] = args.pop(name)
        args[self._parameter.name] = arr
        return args

    def __call__(self, inputs, states):
        raise NotImplementedError("a FusedRNNCell has no single steps; use unroll")

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        self.reset()
        inputs, axis = normalize_sequence(length, inputs, layout, True)
        if axis == 1:
            inputs = symbol.swapaxes(inputs, dim1=0, dim2=1)
        states = self.begin_state() if begin_state is None else begin_state
        named = {"state": states[0]}
        if self._mode == "lstm":
            named["state_cell"] = states[1]
        rnn = symbol.RNN(data=inputs, parameters=self._parameter, state_size=self._num_hidden,
                         num_layers=self._num_layers, bidirectional=self._bidirectional, p=self._dropout,
                         state_outputs=self._get_next_state, mode=self._mode, name=self._prefix + "rnn", **named)
        if self._get_next_state:
            outputs, states = rnn[0], [rnn[i] for i in range(1, 3 if self._mode == "lstm" else 2)]
            for state in states:
                state._set_attr(__layout__="LNC")
        else:
            outputs, states = rnn, []
        if axis == 1:
            outputs = symbol.swapaxes(outputs, dim1=0, dim2=1)
        outputs, _ = normalize_sequence(length, outputs, layout, merge_outputs)
        return outputs, states

    def unfuse(self):
        """A stack of cells that computes the same with parameters that went through ``unpack_weights``."""
        make = {"rnn_relu": lambda prefix: RNNCell(self._num_hidden, activation="relu", prefix=prefix),
                "rnn_tanh": lambda prefix: RNNCell(self._num_hidden, activation="tanh", prefix=prefix),
                "lstm": lambda prefix: LSTMCell(self._num_hidden, prefix=prefix),
                "gru": lambda prefix: GRUCell(self._num_hidden, prefix=prefix)}[self._mode]
        stack = SequentialRNNCell()
        for i in range(self._num_layers):
            if self._bidirectional:
                stack.add(BidirectionalCell(make(f"{self._prefix}l{i}_"), make(f"{self._prefix}r{i}_"),
                                            output_prefix=f"{self._prefix}bi_l{i}_"))
            else:
                stack.add(make(f"{self._prefix}l{i}_"))
            if self._dropout > 0 and i != self._num_layers - 1:
                stack.add(DropoutCell(self._dropout, prefix=f"{self._prefix}_dropout{i}_"))
        return stack


FusedRNNCell.__module__ = "mxnet.rnn.rnn_cell"
