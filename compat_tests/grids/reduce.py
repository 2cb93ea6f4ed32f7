"""Reductions: axes, types, special values, ties, empty arrays; positions of extremes, running sums, moments."""

from compat_tests.grids import INTS, Grid

GRID = Grid("reduce")

SPECIAL = "A([[np.nan,1,2],[np.inf,-np.inf,0],[np.inf,1,-1],[np.nan,np.nan,np.nan],[0,-0.,0]])"
NANS = "A([[np.nan,1,2],[np.nan,np.nan,np.nan],[0,-0.,0],[-np.inf,np.nan,np.nan]])"
for op in ("sum", "mean", "prod", "nansum", "nanprod", "max", "min"):
    make = "P" if "prod" in op else "N"
    call = f"nd.{op}(x, axis={{axis}}, keepdims={{keep}}, exclude={{ex}})"
    GRID.over(
        op,
        call,
        {"x": f"{make}(2,3,4)"},
        {"axis": (None, 0, 1, -1, (0, 2), (1, -1), (0, 1, 2)), "keep": (False, True), "ex": (False, True)},
        limit=14,
    )
    GRID.types(op, f"nd.{op}(x, axis=1)", ints=INTS, x=f"{make}(2,3)*3")
    GRID.types(f"{op}-all", f"nd.{op}(x)", dtypes=("float16",), ints=("uint8",), x="I(1,4,3,3)")
    GRID.add(
        f"{op}/special", f"nd.{op}(x, axis=1)", grad="" if "prod" in op else None, x=NANS if op == "nansum" else SPECIAL
    )
    GRID.add(f"{op}/add", f"nd.{op}(x, axis=0)", req="add", x=f"{make}(3,2)")
    GRID.add(f"{op}/one", f"nd.{op}(x, axis=1)", x=f"{make}(3,1,2)")
    GRID.add(f"{op}/five", f"nd.{op}(x, axis=(0,2,4))", x=f"{make}(2,1,2,3,2)")
    GRID.add(f"{op}/bool", f"nd.{op}(x)", grad="", x="A([1,1,0]).astype('bool')")
    for label, axis in (
        ("beyond", "3"),
        ("below", "-4"),
        ("twice", "(1,1)"),
        ("twice-sign", "(1,-2)"),
        ("float", "1.5"),
        ("text", "'a'"),
        ("list", "[0,1]"),
        ("string", "'(0,1)'"),
    ):
        GRID.add(f"{op}/axis-{label}", f"nd.{op}(x, axis={axis})", grad="", x="I(0,4,2,3,2)")
GRID.add("max/ties", "nd.max(x, axis=1)", x="I(0,2,3,4)")
GRID.add("min/ties", "nd.min(x, axis=(0,1))", x="I(0,2,3,4)")
GRID.add("prod/zeros", "nd.prod(x, axis=1)", grad="", x="A([[0,2,3],[0,0,4]])")

GRID.over(
    "norm",
    "nd.norm(x, ord={ord}, axis={axis}, keepdims={keep})",
    {"x": "N(2,3,4)"},
    {"ord": (1, 2), "axis": (None, 0, -1, (0, 2), (1, 0)), "keep": (False, True)},
    limit=14,
)
GRID.types("norm", "nd.norm(x, axis=1)", x="N(2,3)*3")
GRID.add("norm/special", "nd.norm(x, axis=1)", x=NANS)
GRID.add("norm/special-one", "nd.norm(x, ord=1, axis=1)", x=NANS)
GRID.add(
    "norm/infinite",
    "[nd.norm(x, axis=1), nd.norm(x, ord=1, axis=1), nd.nansum(x, axis=1)]",
    grad="",
    x="A([[np.inf,-np.inf,0],[np.inf,1,-1]])",
)
GRID.add("norm/add", "nd.norm(x, axis=0)", req="add", x="N(3,2)")
GRID.add("norm/three", "nd.norm(x, axis=(0,1,2))", grad="", x="N(2,2,2)")
GRID.add("norm/ord3", "nd.norm(x, ord=3)", grad="", x="N(2,2)")

for op in ("argmax", "argmin"):
    GRID.over(
        op,
        f"nd.{op}(x, axis={{axis}}, keepdims={{keep}})",
        {"x": "I(0,4,3,4,2)"},
        {"axis": (None, 0, 1, -1), "keep": (False, True)},
        grad="",
    )
    GRID.types(op, f"nd.{op}(x, axis=1)", ints=INTS, grad="", x="I(0,5,2,4)")
    GRID.add(f"{op}/special", f"nd.{op}(x, axis=1)", grad="", x=SPECIAL)
    GRID.add(f"{op}/special-all", f"nd.{op}(x)", grad="", x=SPECIAL)
    GRID.add(f"{op}/tuple", f"nd.{op}(x, axis=(0,1))", grad="", x="N(2,3)")
    GRID.add(f"{op}/beyond", f"nd.{op}(x, axis=2)", grad="", x="N(2,3)")
GRID.types("argmax_channel", "nd.argmax_channel(x)", ints=INTS, grad="", x="I(0,5,3,4)")
GRID.add("argmax_channel/f32", "nd.argmax_channel(x)", grad="", x="N(2,3,2)")
GRID.add("argmax_channel/vector", "nd.argmax_channel(x)", grad="", x="N(5)")

GRID.over(
    "cumsum",
    "nd.cumsum(x, axis={axis}, dtype={dtype})",
    {"x": "N(2,3,2)"},
    {"axis": (None, 0, 1, -1), "dtype": (None, "float32", "float64")},
    limit=9,
)
GRID.types("cumsum", "nd.cumsum(x, axis=1)", dtypes=("float64",), ints=INTS, x="I(0,5,2,4)")
GRID.add("cumsum/nan", "nd.cumsum(x, axis=1)", x=SPECIAL)
GRID.add("cumsum/beyond", "nd.cumsum(x, axis=2)", grad="", x="N(2,3)")
GRID.add("cumsum/add", "nd.cumsum(x, axis=0)", req="add", x="N(3,2)")

GRID.over(
    "moments",
    "nd.moments(x, axes={axes}, keepdims={keep})",
    {"x": "N(2,3,4)"},
    {"axes": ((0,), (1,), (0, 2), (-1,), (0, 1, 2)), "keep": (False, True)},
)
GRID.types("moments", "nd.moments(x, axes=(0,))", x="N(3,4)")
GRID.add("moments/add", "nd.moments(x, axes=(0,))", req="add", x="N(3,4)")
GRID.add("moments/int", "nd.moments(x, axes=(0,))", grad="", x="I(0,9,3,2).astype('int32')")
for op in ("sum_axis", "max_axis", "min_axis"):
    GRID.add(f"{op}/1", f"nd.{op}(x, axis=1)", x="N(2,3)")
GRID.over(
    "histogram",
    "nd.histogram(x, bins={bins}, range={range})",
    {"x": "A([-2,-1,0,0,.5,1,1,1.9,2,3])"},
    {"bins": (1, 4, 10), "range": (None, (-2, 2), (0, 1))},
    grad="",
)
GRID.add("histogram/edges", "nd.histogram(x, b)", grad="", x="A([-2,-1,0,0,.5,1,1,1.9,2,3])", b="A([-1,0,1.5,2])")
GRID.types(
    "histogram",
    "nd.histogram(x, bins=3, range=(0,6))",
    dtypes=("float64",),
    ints=("int32", "uint8"),
    grad="",
    x="I(0,7,9)",
)
