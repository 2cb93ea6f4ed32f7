"""The fused recurrent layers. MXNet has all parameters in one vector, ONNX by layer, with other orders of gates."""
import numpy as np

from .graph import converts

#: mode -> (ONNX's operator, where its gates are in MXNet's order)
_MODES = {"rnn_relu": ("RNN", (0,)), "rnn_tanh": ("RNN", (0,)), "gru": ("GRU", (1, 0, 2)), "lstm": ("LSTM", (0, 3, 1, 2))}


def _layers(vector, mode, width, size, layers, directions):
    """(W, R, B) of each layer from the vector of parameters, in ONNX's layout."""
    order = _MODES[mode][1]
    gates, at = len(order), 0

    def take(*shape):
        nonlocal at
        part = vector[at:at + int(np.prod(shape))].reshape(shape)
        at += part.size
        return np.concatenate([part.reshape(gates, size, *shape[1:])[k] for k in order])
    weights = []
    for k in range(layers):
        entering = width if k == 0 else size * directions
        pairs = [(take(gates * size, entering), take(gates * size, size)) for _ in range(directions)]
        weights.append([np.stack(part) for part in zip(*pairs)])
    biases = [np.stack([np.concatenate([take(gates * size), take(gates * size)]) for _ in range(directions)])
              for _ in range(layers)]
    return [(w, r, b) for (w, r), b in zip(weights, biases)]


@converts("RNN")
def _rnn(call):
    mode, size, count = call.p["mode"], call.p["state_size"], call.p["num_layers"]
    if call.p["projection_size"] or call.p["lstm_state_clip_min"] is not None:
        raise call.no("projections and clipped states")
    directions = 2 if call.p["bidirectional"] else 1
    kind, gates = _MODES[mode]
    ins = list(call.ins)
    lengths = call.cast(ins.pop(), "int32") if call.p["use_sequence_length"] else None
    x, states = ins[0], ins[2:]
    if call.shapes[0] is None or not call.shapes[0][2]:
        raise call.no("the width of its input is not known")
    attrs = {"hidden_size": size, "direction": "bidirectional" if directions == 2 else "forward"}
    if kind == "GRU":
        attrs["linear_before_reset"] = 1
    elif mode == "rnn_relu":
        attrs["activations"] = ["Relu"] * directions
    lasts = []
    for k, params in enumerate(_layers(call.value(1).ravel(), mode, call.shapes[0][2], size, count, directions)):
        rows = call.ints(k * directions), call.ints((k + 1) * directions), call.ints(0)
        begins = [call.mid("Slice", s, *rows) if count > 1 else s for s in states]
        y, *last = call.mid(kind, x, *map(call.const, params), lengths, *begins, outputs=1 + len(states), **attrs)
        lasts.append(last)
        x = call.reshaped(call.transposed(y, (0, 2, 1, 3)), 0, 0, -1)
    joined = [call.mid("Concat", *column, axis=0) if count > 1 else column[0] for column in zip(*lasts)]
    call.give(x, *joined)
