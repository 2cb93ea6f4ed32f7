"""The fused recurrent layers: modes, layers, directions, projections, lengths, and what states come out."""

from compat_tests.grids import Grid

GRID = Grid("rnn")
GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def size(mode: str, inputs: int, state: int, layers: int, ways: int, projected: int = 0) -> int:
    """How many parameters the flat vector has."""
    total, n = 0, inputs
    for _ in range(layers):
        total += ways * GATES[mode] * state * (n + (projected or state) + 2) + ways * state * projected
        n = ways * (projected or state)
    return total


for mode in GATES:
    cells = ", c" if mode == "lstm" else ""
    for layers, two, outputs, (steps, batch, inputs, state) in (
        (1, False, True, (3, 2, 2, 3)),
        (1, False, False, (2, 1, 3, 2)),
        (2, False, True, (2, 2, 1, 2)),
        (1, True, True, (3, 1, 2, 2)),
        (2, True, True, (2, 2, 2, 1)),
        (3, False, False, (2, 1, 1, 1)),
        (1, True, False, (1, 2, 2, 2)),
    ):
        ways = 2 if two else 1
        more = {"c": f"N({layers * ways},{batch},{state})"} if cells else {}
        GRID.add(
            f"{mode}/{layers}-{ways}-{outputs}-{steps}",
            f"nd.RNN(x, w, s{cells}, state_size={state}, num_layers={layers}, mode='{mode}', "
            f"bidirectional={two}, state_outputs={outputs})",
            x=f"N({steps},{batch},{inputs})",
            w=f"U({size(mode, inputs, state, layers, ways)})",
            s=f"N({layers * ways},{batch},{state})",
            **more,
        )
    few = dict(x="N(2,1,2)", w=f"U({size(mode, 2, 2, 1, 1)})", s="N(1,1,2)", **({"c": "N(1,1,2)"} if cells else {}))
    call = f"nd.RNN(x, w, s{cells}, state_size=2, num_layers=1, mode='{mode}', state_outputs=True)"
    GRID.types(mode, call, dtypes=("float64",), **few)
    GRID.add(f"{mode}/add", call, req="add", **few)
    GRID.add(f"{mode}/predict", call, grad="", **few)
    GRID.add(f"{mode}/short", call, grad="", **dict(few, w="U(5)"))
    GRID.add(f"{mode}/state", call, grad="", **dict(few, s="N(1,2,2)"))
    GRID.add(f"{mode}/size", call.replace("state_size=2", "state_size=3"), grad="", **few)
for steps, batch, projected in ((2, 2, 1), (3, 1, 2)):
    GRID.add(
        f"lstm/projected{projected}",
        f"nd.RNN(x, w, s, c, state_size=3, num_layers=1, mode='lstm', projection_size={projected}, state_outputs=True)",
        grad="",
        x=f"N({steps},{batch},2)",
        w=f"U({size('lstm', 2, 3, 1, 1, projected)})",
        s=f"N(1,{batch},{projected})",
        c=f"N(1,{batch},3)",
    )
