"""The fused recurrent operator ``RNN``: plain, LSTM and GRU cells, layers, both directions, projection, lengths.

Forward runs one matrix product over all steps for the inputs and one a step for the state. While recording, its
intermediate values live as long as its fourth output; backward runs the forward again where they are gone. What cells
compute is in ``rnn_cells.py``; gradients of gradients come from the composition at the end of this file.
"""
import warnings
import weakref
from typing import Annotated, Literal

import numpy as np

from ...backend import pool
from ...state import state as _state
from .. import functional as F
from ..declare import FLOAT, ZERO, AnyArray, Array, Rng, Training, operator
from ..params import Ge, Le
from .rnn_cells import CELLS, GATES, layout, parameter_count

_CPU = Annotated[float, Ge(0), Le(1)]
Count = Annotated[int, Ge(1)]
Mode = Literal["rnn_relu", "rnn_tanh", "lstm", "gru"]


def _visible(p):
    return 1 if not p["state_outputs"] else 3 if p["mode"] == "lstm" else 2


def _check(data, parameters, state, state_cell, state_size, num_layers, bidirectional, mode, projection_size):
    if data.ndim != 3:
        raise ValueError("data must have three dimensions (steps, batch, features)")
    d = 2 if bidirectional else 1
    if projection_size and mode != "lstm":
        raise ValueError("projection_size is for lstm only")
    count = parameter_count(mode, data.shape[2], state_size, num_layers, d, projection_size)
    if parameters.shape != (count,):
        raise ValueError(f"parameters must have the shape ({count},)")
    for name, s, width in (("state", state, projection_size or state_size), ("state_cell", state_cell, state_size)):
        if name == "state_cell" and mode != "lstm":
            continue
        if s is None:
            raise ValueError(f"{name} is missing")
        if s.shape != (num_layers * d, data.shape[1], width):
            raise ValueError(f"{name} must have the shape {(num_layers * d, data.shape[1], width)}")


def _mask(lengths, steps, dtype):
    """(steps, batch): 1 where a sequence has that step."""
    if lengths is None:
        return None
    return (np.arange(steps)[:, None] < np.asarray(lengths)[None, :]).astype(dtype)


@operator("RNN", output_names=("output", "state_output", "statecell_output", "masks"), dtypes=FLOAT, outputs=4,
          visible=_visible,
          needs={"state_cell": lambda p: p["mode"] == "lstm", "sequence_length": lambda p: p["use_sequence_length"]})
def rnn(data: Array, parameters: Array, state: Array, state_cell: Array | None = None,
        sequence_length: AnyArray | None = None, *, state_size: Count, num_layers: Count, bidirectional: bool = False,
        mode: Mode, p: _CPU = 0.0, state_outputs: bool = False, projection_size: int | None = None,
        lstm_state_clip_min: float | None = None, lstm_state_clip_max: float | None = None,
        lstm_state_clip_nan: bool = False, use_sequence_length: bool = False, rng: Rng = None,
        training: Training = False):
    """Recurrent layers over ``data`` of shape (steps, batch, features).

    Returns outputs (steps, batch, directions * width), and with ``state_outputs`` the last states (and cells for lstm).
    ``parameters`` is one vector: the weights of all layers and directions, then all biases. Clipping of lstm states is
    ignored, as MXNet does on the CPU. The fourth output, hidden, holds the masks of dropout between layers.
    """
    _check(data, parameters, state, state_cell, state_size, num_layers, bidirectional, mode, projection_size)
    if lstm_state_clip_min is not None or lstm_state_clip_max is not None:
        warnings.warn("RNN: lstm_state_clip_min and lstm_state_clip_max have no effect on the CPU", stacklevel=4)
    d = 2 if bidirectional else 1
    masks = np.zeros((0,), data.dtype)
    if training and p > 0 and num_layers > 1:
        width = d * (projection_size or state_size)
        masks = (rng.random((num_layers - 1, *data.shape[:2], width), np.float32) >= p).astype(data.dtype)
        masks /= data.dtype.type(max(1 - p, 1e-20))
    lengths = sequence_length if use_sequence_length else None
    y, h, c, kept = _forward(data, parameters, state, state_cell, lengths, masks, state_size, num_layers, d, mode,
                             projection_size)
    if _state.recording:
        _keep(masks, kept)
    return y, h, c, masks


_kept = {}      # id of an array of masks -> (weak reference to it, intermediate values of the forward that made it)


def _keep(masks, values):
    key = id(masks)
    _kept[key] = weakref.ref(masks, lambda _: _kept.pop(key, None)), values


def _recall(masks):
    reference, values = _kept.get(id(masks), (None, None))
    return values if reference is not None and reference() is masks else None


def _forward(data, parameters, state, cell, lengths, masks, size, layers, d, mode, projection):
    """(output, states, cells, intermediate values by layer and direction)."""
    mask = _mask(lengths, len(data), data.dtype)
    weights = layout(parameters, mode, data.shape[2], size, layers, d, projection)
    x, kept = data, []
    hs, cs = np.empty_like(state), None if cell is None else np.empty_like(cell)
    for layer in range(layers):
        if layer and masks.size:
            x = x * masks[layer - 1]
        outs = []
        for k in range(d):
            i = layer * d + k
            y, h, c, mid = CELLS[mode].forward(x, weights[i], state[i], None if cell is None else cell[i], mask, k == 1)
            outs.append(y)
            hs[i] = h
            if c is not None:
                cs[i] = c
            kept.append((x, mid))
        x = np.concatenate(outs, -1) if d > 1 else outs[0]
    return x, hs, cs if mode == "lstm" else np.zeros((0,), data.dtype), kept


def _shape_rule(data, parameters, state, *more, state_size, num_layers, bidirectional, mode, projection_size, **_):
    # what a graph leaves out does not take a place: a gru's fourth input is its lengths
    d = 2 if bidirectional else 1
    width = projection_size or state_size
    if data is None:
        return (data, parameters, state, *more), (None,) * 4
    count = parameter_count(mode, data[2], state_size, num_layers, d, projection_size)
    states = (num_layers * d, data[1], width)
    cells = (num_layers * d, data[1], state_size) if mode == "lstm" else None
    if cells and more:
        more = (cells, *more[1:])
    return (data, (count,), states, *more), ((*data[:2], d * width), states, cells or (0,), (0,))


rnn.shape_rule = _shape_rule


@operator("_backward_RNN", dtypes=FLOAT, outputs=4, nograd=True)
def backward_rnn(dy: Array, dh: Array, dc: Array, data: Array, parameters: Array, state: Array, masks: Array,
                 state_cell: Array | None = None, sequence_length: AnyArray | None = None, *, state_size: int,
                 num_layers: int, bidirectional: bool, mode: Mode, projection_size: int | None = None):
    """Gradients of ``RNN`` for data, parameters, states and cells."""
    d = 2 if bidirectional else 1
    kept = _recall(masks) or _forward(data, parameters, state, state_cell, sequence_length, masks, state_size, num_layers,
                                      d, mode, projection_size)[3]
    mask = _mask(sequence_length, len(data), data.dtype)
    weights = layout(parameters, mode, data.shape[2], state_size, num_layers, d, projection_size)
    grads = pool.empty(parameters.shape, parameters.dtype)
    grads.fill(0)
    places = layout(grads, mode, data.shape[2], state_size, num_layers, d, projection_size)
    d_state, d_cell = np.zeros_like(state), np.zeros_like(state if state_cell is None else state_cell)
    width = projection_size or state_size
    for layer in reversed(range(num_layers)):
        dx = 0
        for k in range(d):
            i = layer * d + k
            x, mid = kept[i]
            part = dy[..., k * width:(k + 1) * width]
            g, d_state[i], dci = CELLS[mode].backward(x, weights[i], places[i], mid, part, dh[i],
                                                      dc[i] if mode == "lstm" else None, mask, k == 1)
            if mode == "lstm":
                d_cell[i] = dci
            dx = dx + g
        dy = dx * masks[layer - 1] if layer and masks.size else dx
    return dy, grads, d_state, d_cell


rnn.gradient(sequence_length=ZERO)


@rnn.gradient
def _gradient(dy0, dy1, dy2, data, parameters, state, state_cell, sequence_length, y3, state_size, num_layers,
              bidirectional, mode, projection_size, use_sequence_length, need):
    lengths = sequence_length if use_sequence_length else None
    if _state.recording:
        from ...autograd.recompute import gradients
        inputs = [data, parameters, state] + ([state_cell] if mode == "lstm" else [])

        def again(*arrays):
            return _compose(*arrays, lengths=lengths, masks=y3, size=state_size, layers=num_layers,
                            d=2 if bidirectional else 1, mode=mode, projection=projection_size)
        found = gradients(again, inputs, [dy0, dy1, dy2], list(need)[:len(inputs)])
        return dict(zip(("data", "parameters", "state", "state_cell"), found))
    g = F._backward_RNN(dy0, dy1, dy2, data, parameters, state, y3, state_cell if mode == "lstm" else None, lengths,
                        state_size=state_size, num_layers=num_layers, bidirectional=bidirectional, mode=mode,
                        projection_size=projection_size)
    return {"data": g[0], "parameters": g[1], "state": g[2], "state_cell": g[3] if mode == "lstm" else None}


# the same in operators, for gradients of gradients

def _compose(data, parameters, state, cell=None, *, lengths, masks, size, layers, d, mode, projection):
    weights = _split_parameters(parameters, mode, data.shape[2], size, layers, d, projection)
    steps = data.shape[0]
    x, hs, cs = data, [], []
    for layer in range(layers):
        if layer and masks.size:
            x = x * masks[layer - 1]
        outs = []
        for k in range(d):
            i = layer * d + k
            h, c = state[i], None if cell is None else cell[i]
            ys = [None] * steps
            for t in reversed(range(steps)) if k else range(steps):
                new_h, new_c = _compose_step(mode, x[t], h, c, weights[i])
                if lengths is not None:
                    valid = F.reshape(F.Cast(lengths > t, dtype=np.dtype(data.dtype).name), shape=(-1, 1))
                    ys[t] = new_h * valid
                    new_h = new_h * valid + h * (1 - valid)
                    new_c = None if c is None else new_c * valid + c * (1 - valid)
                else:
                    ys[t] = new_h
                h, c = new_h, new_c
            outs.append(F.stack(*ys, axis=0))
            hs.append(h)
            cs.append(c)
        x = F.Concat(*outs, dim=2) if d > 1 else outs[0]
    return [x, F.stack(*hs, axis=0)] + ([F.stack(*cs, axis=0)] if mode == "lstm" else [])


def _split_parameters(parameters, mode, width, size, layers, d, projection):
    """The layout of ``rnn_cells.layout``, by operators."""
    marks = np.arange(parameters.size, dtype=np.int64)
    out = []
    for group in layout(marks, mode, width, size, layers, d, projection):
        out.append([None if m is None else F.reshape(
            F.slice_axis(parameters, axis=0, begin=int(m.flat[0]), end=int(m.flat[-1]) + 1), shape=m.shape)
            for m in group])
    return out


def _compose_step(mode, x, h, c, weights):
    wi, wh, bi, bh, wp = weights
    gx = F.FullyConnected(x, wi, bi, num_hidden=wi.shape[0])
    gh = F.FullyConnected(h, wh, bh, num_hidden=wh.shape[0])
    n = GATES[mode]
    if n == 1:
        return F.Activation(gx + gh, act_type=mode[4:]), c
    a, b = F.SliceChannel(gx, num_outputs=n, axis=1), F.SliceChannel(gh, num_outputs=n, axis=1)
    if mode == "lstm":
        i, f, o = (F.sigmoid(a[j] + b[j]) for j in (0, 1, 3))
        c = f * c + i * F.tanh(a[2] + b[2])
        h = o * F.tanh(c)
        return (h if wp is None else F.dot(h, wp, transpose_b=True)), c
    r, z = F.sigmoid(a[0] + b[0]), F.sigmoid(a[1] + b[1])
    new = F.tanh(a[2] + r * b[2])
    return (1 - z) * new + z * h, c
