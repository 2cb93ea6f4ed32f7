"""ONNX's recurrent layers as the fused operator."""
import numpy as np

from .... import symbol as sym
from .graph import imports

#: operator -> (mode, which of ONNX's gates comes where)
_MODES = {"RNN": ("rnn_tanh", (0,)), "GRU": ("gru", (1, 0, 2)), "LSTM": ("lstm", (0, 2, 3, 1))}


def _mode(call, directions):
    mode, order = _MODES[call.kind]
    names = [str(a.decode() if isinstance(a, bytes) else a).lower() for a in call.attr("activations", ())]
    usual = {"RNN": ["tanh"], "GRU": ["sigmoid", "tanh"], "LSTM": ["sigmoid", "tanh", "tanh"]}[call.kind] * directions
    if call.kind == "RNN" and names == ["relu"] * directions:
        mode = "rnn_relu"
    elif names and names != usual:
        raise call.no(f"activations={names}")
    if call.kind == "GRU" and not call.attr("linear_before_reset", 0):
        raise call.no("linear_before_reset=0")
    if call.attr("direction", "forward") == "reverse" or call.attr("clip") or call.attr("input_forget") or call.has(7):
        raise call.no("direction='reverse', clip, input_forget or peepholes")
    return mode, order


def _vector(call, order, size):
    """All parameters in MXNet's order."""
    weight, recurrent = call.array(1), call.array(2)
    directions, gates = len(weight), len(order)
    bias = call.array(3) if call.has(3) else np.zeros((directions, 2 * gates * size), weight.dtype)

    def turned(part):
        return part.reshape(gates, size, -1)[list(order)].ravel()
    parts = [turned(m[d]) for d in range(directions) for m in (weight, recurrent)]
    half = gates * size
    parts += [turned(bias[d, k * half:(k + 1) * half]) for d in range(directions) for k in (0, 1)]
    return np.concatenate(parts)


@imports("RNN", "GRU", "LSTM")
def _rnn(call):
    if call.attr("layout"):
        raise call.no("layout=1")
    size, directions = call.attr("hidden_size") or call.shape(2)[2], len(call.array(1))
    mode, order = _mode(call, directions)
    given = {}
    for name, k in (("state", 5), ("state_cell", 6))[:2 if mode == "lstm" else 1]:
        given[name] = call.sym(k) if call.has(k) else sym.zeros((directions, 0, size), dtype=call.dtype().name)
    lengths = call.ins[4] if call.has(4) else None
    # as many as there are steps is as good as none
    if call.known(4) and (lengths == call.shape()[0]).all():
        lengths = None
    if lengths is not None:
        given["sequence_length"] = sym.cast(call.sym(4), dtype=call.dtype().name)
    out = sym.RNN(call.sym(), call.param(_vector(call, order, size), "parameters"), mode=mode, state_size=size, num_layers=1,
                  bidirectional=directions == 2, state_outputs=True, use_sequence_length=lengths is not None, name=call.name,
                  **given)
    if directions == 1:
        y = sym.expand_dims(out[0], axis=1)
    else:
        y = sym.transpose(sym.reshape(out[0], shape=(0, 0, directions, -1)), axes=(0, 2, 1, 3))
    return [y, *[out[k] for k in range(1, len(out))]]
