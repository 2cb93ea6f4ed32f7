"""Shapes: reshape and its codes, axes added, dropped and moved, broadcasting, repetition, padding, patches."""

from compat_tests.grids import INTS, Grid

GRID = Grid("shape")
STRAY = ("(-1,-1)", "(5,-1)", "(0,0,0,0)", "(-4,-1,-1,-2)")  # real MXNet may read stray memory for these

for i, code in enumerate(
    (
        "(-1,)",
        "(4,6)",
        "(0,-1)",
        "(0,0,-1)",
        "(-2,)",
        "(0,-2)",
        "(-3,4)",
        "(0,-3)",
        "(-4,1,2,-2)",
        "(-4,-1,2,0,0)",
        "(0,-4,3,-1,0)",
        "(2,-1,-2)",
        "(-2,1,1)",
        "(1,-1,4)",
        "(6,1,-1)",
        "(24,)",
        "(-1,-1)",
        "(5,-1)",
        "(0,0,0,0)",
        "(-4,3,1,-2)",
        "(-4,-1,-1,-2)",
        "(0,-3,0)",
        "()",
    )
):
    for reverse in (False, True):
        if not reverse or i < 12:
            if code not in STRAY:
                GRID.add(
                    f"reshape/{code}{'-reverse' * reverse}",
                    f"nd.reshape(x, shape={code}, reverse={reverse})",
                    x="N(2,3,4)",
                )
            GRID.add(
                f"reshape-method/{code}{'-reverse' * reverse}",
                f"x.reshape({code}, reverse={reverse})",
                grad="",
                x="N(2,3,4)",
            )
GRID.usual("reshape", "nd.reshape(x, shape=(3,-1))", ints=INTS, x="N(2,3)*3")
GRID.over(
    "reshape_like",
    "nd.reshape_like(x, y, lhs_begin={a}, lhs_end={b}, rhs_begin={c}, rhs_end={d})",
    {"x": "N(2,6,3)", "y": "N(4,3,2,3)"},
    {"a": (None, 0, 1), "b": (None, 2, -1), "c": (None, 1), "d": (None, 3, -1)},
    limit=14,
    grad="x",
)
GRID.add("reshape_like/all", "nd.reshape_like(x, y)", x="N(2,6)", y="N(3,4)")
GRID.add("reshape_like/bad", "nd.reshape_like(x, y)", grad="", x="N(2,6)", y="N(3,5)")
for op, call in {
    "Flatten": "nd.Flatten(x)",
    "transpose": "nd.transpose(x)",
    "shape_array": "nd.shape_array(x)",
    "size_array": "nd.size_array(x)",
    "flip": "nd.flip(x, axis=1)",
    "tile": "nd.tile(x, reps=2)",
}.items():
    GRID.types(op, call, ints=(*INTS, "bool"), grad="" if "array" in op else None, x="I(0,9,2,3)")
    if "array" not in op:
        GRID.add(f"{op}/add", call, req="add", x="N(2,3)")
    for n, shape in enumerate(("5", "2,1,3", "2,1,2,1,3")):
        GRID.add(f"{op}/d{n}", call, grad="" if "array" in op else None, x=f"N({shape})")
GRID.over("expand_dims", "nd.expand_dims(x, axis={axis})", {"x": "N(2,3)"}, {"axis": (0, 1, 2, -1, -2, -3, 3, -4)})
GRID.over(
    "squeeze",
    "nd.squeeze(x, axis={axis})",
    {"x": "N(1,2,1,3,1)"},
    {"axis": (None, 0, 2, -1, (0, 2), (0, -1), 1, 5, (0, 0))},
)
GRID.add("squeeze/ones", "nd.squeeze(x)", x="N(1,1)")
GRID.over(
    "transpose",
    "nd.transpose(x, axes={axes})",
    {"x": "N(2,3,4)"},
    {"axes": ((0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1), (2, 1, 0), (-1, 0, 1), (0, 1), (0, 1, 3))},
)
GRID.over("swapaxes", "nd.swapaxes(x, {a}, {b})", {"x": "N(2,3,4)"}, {"a": (0, 1, -1), "b": (0, 2, -2, 3)})
GRID.over("moveaxis", "nd.moveaxis(x, {a}, {b})", {"x": "N(2,3,4)"}, {"a": (0, -1, (0, 1)), "b": (2, -2, (1, 2))})
GRID.over("reverse", "nd.reverse(x, axis={axis})", {"x": "N(2,3,4)"}, {"axis": (0, 1, -1, (0, 2), (0, 0), 3, (0, -1))})
GRID.over("depth_to_space", "nd.depth_to_space(x, block_size={b})", {"x": "N(1,8,2,3)"}, {"b": (1, 2, 3, 0)})
GRID.over("space_to_depth", "nd.space_to_depth(x, block_size={b})", {"x": "N(1,2,4,6)"}, {"b": (1, 2, 4, 0)})
GRID.types("depth_to_space", "nd.depth_to_space(x, block_size=2)", ints=("int32", "uint8"), x="I(0,9,1,4,1,2)")
GRID.types("space_to_depth", "nd.space_to_depth(x, block_size=2)", ints=("int32", "uint8"), x="I(0,9,1,1,2,4)")
GRID.over(
    "broadcast_to",
    "nd.broadcast_to(x, shape={shape})",
    {"x": "N(2,1,3)"},
    {"shape": ((2, 4, 3), (0, 4, 0), (2, 1, 3), (4, 4, 3), (2, 4), (2, 4, 3, 1))},
)
GRID.over(
    "broadcast_to-method",
    "x.broadcast_to({shape})",
    {"x": "N(1,3)"},
    {"shape": ((2, 3), (2, 2, 3), (3, 1), (3,))},
    grad="",
)
GRID.over(
    "broadcast_axis",
    "nd.broadcast_axis(x, axis={axis}, size={size})",
    {"x": "N(1,3,1)"},
    {"axis": (0, 2, (0, 2), -1, 1), "size": (2, (2, 3), 4)},
    limit=12,
)
GRID.over(
    "broadcast_like",
    "nd.broadcast_like(x, y, lhs_axes={a}, rhs_axes={b})",
    {"x": "N(1,3,1)", "y": "N(2,3,4)"},
    {"a": (None, (0,), (0, 2), (-1,)), "b": (None, (0,), (0, 2), (-1,))},
    limit=14,
    grad="x",
)
GRID.usual("broadcast_to", "nd.broadcast_to(x, shape=(3,2))", ints=INTS, x="N(1,2)*4")
for op in ("broadcast_like", "slice_like", "reshape_like"):
    GRID.types(
        op,
        f"nd.{op}(x, y)",
        x="N(1,2)" if op == "broadcast_like" else "N(2,2)",
        y="=N(1,2)" if op == "slice_like" else "=N(2,2)",
    )
GRID.over(
    "tile",
    "nd.tile(x, reps={reps})",
    {"x": "N(2,3)"},
    {"reps": (2, (1, 2), (2, 1), (2, 1, 2), (2, 2), (1,), (), 0, (0, 2))},
)
GRID.over(
    "repeat", "nd.repeat(x, repeats={n}, axis={axis})", {"x": "N(2,3)"}, {"n": (1, 2, 0), "axis": (None, 0, 1, -1, 2)}
)
GRID.usual("repeat", "nd.repeat(x, repeats=2, axis=1)", ints=INTS, x="N(2,2)*4")
for mode in ("constant", "edge", "reflect"):
    for n, (shape, width) in enumerate(
        (
            ("1,2,3,4", (0, 0, 0, 0, 1, 2, 2, 1)),
            ("1,1,3,3,2", (0, 0, 0, 0, 1, 0, 2, 1, 1, 1)),
            ("2,1,3,3", (0,) * 8),
            ("1,1,2,2", (0, 0, 0, 0, 1, 1, 0, 0)),
            ("1,1,2,2", (0, 0, 1, 0, 1, 1, 0, 0)),
            ("2,3", (0, 0, 1, 1)),
        )
    ):
        GRID.add(f"pad/{mode}{n}", f"nd.pad(x, mode={mode!r}, pad_width={width}, constant_value=-1.5)", x=f"N({shape})")
    GRID.usual(
        f"pad-{mode}",
        f"nd.pad(x, mode={mode!r}, pad_width=(0,0,0,0,1,1,2,0))",
        ints=("int32", "uint8"),
        x="I(0,9,1,1,3,3)",
    )
GRID.over("diag", "nd.diag(x, k={k})", {"x": "N(3,4)"}, {"k": (0, 1, -1, 3, -2)})
GRID.over("diag-of", "nd.diag(x, k={k})", {"x": "N(3)"}, {"k": (0, 1, -2)})
GRID.over(
    "diag-axes",
    "nd.diag(x, k={k}, axis1={a}, axis2={b})",
    {"x": "N(2,3,4)"},
    {"k": (0, 1, -1), "a": (0, 1, -1), "b": (1, 2, -2)},
    limit=12,
)
GRID.types("diag", "nd.diag(x)", ints=INTS, x="I(0,9,3,3)")
for n, (shape, more) in enumerate(
    (
        ("1,2,5,6", "kernel=(2,3)"),
        ("2,1,5,5", "kernel=(3,3), stride=(2,2), pad=(1,1)"),
        ("1,2,6,6", "kernel=(2,2), dilate=(2,3)"),
        ("1,2,7", "kernel=(3,), stride=(2,), pad=(1,)"),
        ("1,1,3,4,3", "kernel=(2,2,2)"),
        ("1,2,4,4", "kernel=(1,1)"),
        ("1,2,2,2", "kernel=(3,3)"),
    )
):
    GRID.add(f"im2col/{n}", f"nd.im2col(x, {more})", x=f"N({shape})")
for n, (shape, more) in enumerate(
    (
        ("1,12,16", "output_size=(5,6), kernel=(2,3)"),
        ("2,9,9", "output_size=(5,5), kernel=(3,3), stride=(2,2), pad=(1,1)"),
        ("1,4,12", "output_size=(5,6), kernel=(2,2), dilate=(2,3)"),
        ("1,6,4", "output_size=(7,), kernel=(3,), stride=(2,), pad=(1,)"),
        ("1,12,9", "output_size=(5,6), kernel=(2,3)"),
    )
):
    GRID.add(f"col2im/{n}", f"nd.col2im(x, {more})", x=f"N({shape})")
GRID.types("im2col", "nd.im2col(x, kernel=(2,2))", x="N(1,1,3,3)")
GRID.add(
    "identity_with_attr_like_rhs/f32",
    "nd._internal._identity_with_attr_like_rhs(x, y)",
    grad="x",
    x="N(2,3)",
    y="N(2,3)",
)
