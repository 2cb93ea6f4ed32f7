"""Arrays put together and taken apart: concat, stack, split, slices, and their assignments."""

from compat_tests.grids import INTS, Grid

GRID = Grid("joining")

GRID.over(
    "concat",
    "nd.concat(x, y, z, dim={dim})",
    {"x": "N(2,3,2)", "y": "N(2,3,2)", "z": "N(2,3,2)"},
    {"dim": (0, 1, 2, -1, -3, 3, -4)},
)
for name, x, y, dim in (
    ("uneven", "N(2,3)", "N(2,1)", 1),
    ("uneven0", "N(2,3)", "N(1,3)", 0),
    ("bad", "N(2,3)", "N(1,3)", 1),
    ("rank", "N(2,3)", "N(2,3,1)", 1),
    ("vectors", "N(3)", "N(2)", 0),
    ("vectors1", "N(3)", "N(2)", 1),
):
    GRID.add(f"concat/{name}", f"nd.concat(x, y, dim={dim})", x=x, y=y)
GRID.add("concat/default", "nd.concat(x, y)", x="N(2,3)", y="N(2,1)")
GRID.add("concat/one", "nd.concat(x, dim=0)", x="N(2,3)")
GRID.add("concat/same", "nd.concat(x, x, dim=0)", x="N(2,2)")
GRID.usual("concat", "nd.concat(x, y, dim=0)", ints=(*INTS, "bool"), x="N(2,3)*3", y="N(1,3)*3")
GRID.over("stack", "nd.stack(x, y, axis={axis})", {"x": "N(2,3)", "y": "N(2,3)"}, {"axis": (0, 1, 2, -1, -3, 3, -4)})
GRID.usual("stack", "nd.stack(x, y)", ints=INTS, x="N(2)*3", y="N(2)*3")
GRID.add("stack/one", "nd.stack(x, axis=1)", x="N(2,3)")
GRID.over(
    "split",
    "nd.split(x, num_outputs={n}, axis={axis}, squeeze_axis={squeeze})",
    {"x": "N(2,4,3)"},
    {"n": (1, 2, 3, 4), "axis": (0, 1, 2, -1), "squeeze": (False, True)},
    limit=20,
)
GRID.usual("split", "nd.split(x, num_outputs=2, axis=0)", ints=INTS, x="N(2,3)*3")
GRID.add("split/default", "nd.split(x, num_outputs=2)", x="N(2,4)")
GRID.add("split/used", "nd.split(x, num_outputs=3, axis=1)[1]", x="N(2,3)")
GRID.over(
    "split_v2",
    "nd.split_v2(x, {at}, axis={axis}, squeeze_axis={squeeze})",
    {"x": "N(4,6)"},
    {"at": (2, 4, (1,), (1, 3), (0, 2), (2, 2), (3, 9)), "axis": (0, 1, -1), "squeeze": (False, True)},
    limit=22,
    grad="",
)
GRID.over(
    "slice",
    "nd.slice(x, begin={b}, end={e})",
    {"x": "N(4,5)"},
    {
        "b": ((0,), (1,), (1, 2), (None, 1), (-2, -3), (0, 0), (1, 2, 0)),
        "e": ((2,), (3,), (3, 4), (None, None), (-1, -1), (9, 9)),
    },
    limit=30,
)
GRID.over(
    "slice-step",
    "nd.slice(x, begin={b}, end={e}, step={s})",
    {"x": "N(5,6)"},
    {
        "b": ((None, None), (1, 0), (4, 5)),
        "e": ((None, None), (4, 6), (0, 0)),
        "s": ((2, 3), (1, -1), (-1, -2), (None, 2), (2,), (0, 1)),
    },
    limit=26,
)
GRID.usual("slice", "nd.slice(x, begin=(1,0), end=(3,2))", ints=INTS, x="N(4,3)*3")
GRID.over(
    "slice_axis",
    "nd.slice_axis(x, axis={axis}, begin={b}, end={e})",
    {"x": "N(3,4,2)"},
    {"axis": (0, 1, -1, 3), "b": (0, 1, -2, 5), "e": (None, 2, -1, 9)},
    limit=24,
)
GRID.usual("slice_axis", "nd.slice_axis(x, axis=1, begin=1, end=None)", ints=INTS, x="N(2,3)*3")
GRID.over(
    "slice_like",
    "nd.slice_like(x, y, axes={axes})",
    {"x": "N(4,5,3)", "y": "N(2,3,2)"},
    {"axes": ((), (0,), (1,), (-1,), (0, 2), (0, -1), (3,))},
    grad="x",
)
GRID.add("slice_like/both", "nd.slice_like(x, y)", x="N(4,3)", y="N(2,3)")
GRID.add("slice_like/larger", "nd.slice_like(x, y)", grad="", x="N(2,3)", y="N(4,3)")
GRID.over(
    "_slice_assign",
    "nd._internal._slice_assign(x, y, begin={b}, end={e}, step={s})",
    {"x": "N(4,5)", "y": "N(2,2)"},
    {"b": ((1, 0), (0, 1)), "e": ((3, 2), (4, 3), (3, 4)), "s": ((), (1, 2), (2, 1))},
    limit=10,
    grad="",
)
GRID.over(
    "_slice_assign_scalar",
    "nd._internal._slice_assign_scalar(x, scalar={v}, begin={b}, end={e})",
    {"x": "N(4,5)"},
    {"v": (2.5, 0), "b": ((1, 0), (None, -2)), "e": ((3, 2), (None, None))},
    grad="",
)
GRID.over("crop", "nd.crop(x, begin={b}, end={e})", {"x": "N(3,4)"}, {"b": ((0, 1), (1, 0)), "e": ((2, 3), (3, 4))})
GRID.add("_rnn_param_concat/f32", "nd._internal._rnn_param_concat(x, y, dim=0)", x="N(3)", y="N(2)")
GRID.over(
    "Crop",
    "nd.Crop(x, num_args=1, h_w={hw}, offset={o}, center_crop={c})",
    {"x": "N(1,2,5,6)"},
    {"hw": ((2, 3), (5, 6), (6, 6)), "o": ((0, 0), (1, 2), (4, 4)), "c": (False, True)},
    limit=12,
)
GRID.add("Crop/like", "nd.Crop(x, y, num_args=2, offset=(1,1))", x="N(1,2,5,6)", y="N(1,1,3,4)")
GRID.add("Crop/center", "nd.Crop(x, y, num_args=2, center_crop=True)", x="N(1,2,5,6)", y="N(1,1,3,4)")
GRID.usual("khatri_rao", "nd.khatri_rao(x, y)", ints=("int32",), grad="", x="N(2,3)*2", y="N(4,3)*2")
GRID.add("khatri_rao/three", "nd.khatri_rao(x, y, z)", grad="", x="N(2,2)", y="N(1,2)", z="N(3,2)")
GRID.add("khatri_rao/bad", "nd.khatri_rao(x, y)", grad="", x="N(2,2)", y="N(1,3)")
