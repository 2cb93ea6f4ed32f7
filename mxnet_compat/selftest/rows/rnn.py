"""Sample inputs of the fused recurrent operator (``ops/nn/rnn.py``)."""


def _row(mode, count, layers=1, d=1, width=2, states=2, cells=True, **params):
    """A row for 3 steps of 2 sequences with 2 features and states of 2; ``count`` parameters."""
    inputs = {"data": "N(3,2,2)", "parameters": f"U({count})", "state": f"N({layers * d},2,{states})"}
    if mode == "lstm" and cells:
        inputs["state_cell"] = f"N({layers * d},2,{width})"
    if params.get("use_sequence_length"):
        inputs["sequence_length"] = "A([1,3])"
    return {"op": "RNN", "inputs": inputs, "seed": 3, "atol": 3e-6,
            "params": {"state_size": width, "num_layers": layers, "mode": mode, "state_outputs": True,
                       **({"bidirectional": True} if d == 2 else {}), **params}}


ROWS = [
    _row("rnn_tanh", 12),
    _row("rnn_relu", 12),
    _row("lstm", 48),
    _row("gru", 36),
    _row("gru", 36, state_outputs=False),
    _row("lstm", 224, layers=2, d=2),
    _row("gru", 36, use_sequence_length=True),
    _row("lstm", 96, d=2, use_sequence_length=True),
    _row("lstm", 42, states=1, projection_size=1),
]
