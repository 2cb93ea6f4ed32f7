"""Functions of one array: types, odd shapes, special values, empty arrays."""

from compat_tests.grids import INTS, Grid

GRID = Grid("unary")

# name -> inputs of its domain, away from kinks
REAL = {
    name: "N(2,3)"
    for name in (
        "abs",
        "negative",
        "exp",
        "expm1",
        "sin",
        "cos",
        "tan",
        "arctan",
        "arcsinh",
        "sinh",
        "cosh",
        "tanh",
        "sigmoid",
        "relu",
        "softsign",
        "hard_sigmoid",
        "erf",
        "cbrt",
        "square",
        "degrees",
        "radians",
        "sign",
        "round",
        "rint",
        "floor",
        "ceil",
        "trunc",
        "fix",
        "identity",
        "BlockGrad",
        "make_loss",
        "zeros_like",
        "ones_like",
        "logical_not",
    )
}
POSITIVE = {
    name: "P(2,3)"
    for name in (
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "rsqrt",
        "rcbrt",
        "reciprocal",
        "gamma",
        "gammaln",
    )
}
INSIDE = {name: "R(-.9,.9,2,3)" for name in ("arcsin", "arccos", "arctanh", "erfinv")}
BEYOND = {"arccosh": "P(2,3)+1"}
SPECIAL = "A([np.nan,np.inf,-np.inf,0.,-0.,1.,-1.,.5,-2.5,1e-3,30.,-30.,1e30])"
HALVES = "A([-2.5,-1.5,-.5,.5,1.5,2.5,-.2,.7,1e9,-3.])"
FACTORS = {"expm1": "*3", "tan": "*.4", "gamma": "+1", "gammaln": "*2"}

for op, values in {**REAL, **POSITIVE, **INSIDE, **BEYOND}.items():
    call = f"nd.{op}(x)"
    wide = f"({values}){FACTORS.get(op, '')}"
    GRID.types(op, call, x=wide)
    if op not in INSIDE:
        GRID.types(op, call, dtypes=(), ints=INTS if op in REAL else ("int32", "uint8"), x="I(1,5,2,3)")
    GRID.add(f"{op}/add", call, req="add", x=wide)
    GRID.add(f"{op}/special", call, x=SPECIAL)
    GRID.add(f"{op}/five", call, x=wide.replace("2,3", "1,2,1,3,2"))

for op in ("round", "rint", "floor", "ceil", "trunc", "fix", "sign"):
    GRID.add(f"{op}/halves", f"nd.{op}(x)", x=HALVES)
    GRID.add(f"{op}/bool", f"nd.{op}(x)", grad="", x="A([0,1]).astype('bool')")
for op in ("abs", "square", "logical_not", "negative", "zeros_like", "ones_like", "identity"):
    GRID.add(f"{op}/bool", f"nd.{op}(x)", grad="", x="A([0,1]).astype('bool')")
for op in ("abs", "negative", "square", "sign"):
    GRID.add(f"{op}/least", f"nd.{op}(x)", grad="", x="np.array([-128,127,-1],'int8')")

for op, scale in (("gamma", 3), ("gammaln", 40)):
    GRID.add(f"{op}/below", f"nd.{op}(x)", x=f"R(-{scale},0,8)")
    GRID.add(f"{op}/below64", f"nd.{op}(x)", x=f"R(-{scale},0,8).astype('float64')")

GRID.over(
    "hard_sigmoid",
    "nd.hard_sigmoid(x, alpha={alpha}, beta={beta})",
    {"x": "N(2,4)*3"},
    {"alpha": (0.2, 0.5), "beta": (0.5, -0.1)},
)
GRID.over(
    "clip",
    "nd.clip(x, {low}, {high})",
    {"x": "A([-3,-1,-.5,0,.5,1,3])"},
    {"low": (-1, 0.5, -10), "high": (1, 0.25, 10)},
)
GRID.usual("clip", "nd.clip(x, a_min=-1, a_max=1)", x="N(2,3)*2")
GRID.types("clip", "nd.clip(x, a_min=1, a_max=3)", dtypes=(), ints=("uint8", "int64"), x="I(0,5,2,3)")
GRID.add("clip/special", "nd.clip(x, -1, 1)", x=SPECIAL)
GRID.over(
    "smooth_l1",
    "nd.smooth_l1(x, scalar={scalar})",
    {"x": "A([-3,-1,-.5,-.1,0,.1,.5,1,3])"},
    {"scalar": (0.5, 1.0, 3.0)},
)
GRID.usual("smooth_l1", "nd.smooth_l1(x, scalar=2.)", x="N(2,3)")
GRID.over(
    "cast",
    "nd.cast(x, dtype={to})",
    {"x": "A([-3.7,-1,-.5,0,.3,1.5,300]).astype({of})"},
    {
        "of": ("float32", "float64", "float16", "int32", "int8", "uint8", "int64", "bool"),
        "to": ("float32", "float64", "float16", "int32", "int8", "uint8", "int64", "bool"),
    },
    limit=40,
)
GRID.over(
    "amp_cast",
    "nd.amp_cast(x, dtype={to})",
    {"x": "A([-1.5,.3,7]).astype({of})"},
    {"of": ("float32", "float16", "int32"), "to": ("float32", "float16")},
)
GRID.over(
    "amp_multicast",
    "nd.amp_multicast(x, y, num_outputs=2, cast_narrow={narrow})",
    {"x": "A([-1.5,.3,7])", "y": "N(2)"},
    {"narrow": (False, True)},
)
for value in ("np.nan", "np.inf", "-np.inf", "0"):
    GRID.add(f"all_finite/{value}", "nd.all_finite(x)", grad="", x=f"A([1,{value}])")
    GRID.add(
        f"multi_all_finite/{value}", "nd.multi_all_finite(x, y, num_arrays=2)", grad="", x="N(3)", y=f"A([[1,{value}]])"
    )
for op in ("isnan", "isinf", "isfinite"):
    GRID.add(f"{op}/special", f"nd.contrib.{op}(x)", grad="", x=SPECIAL)
    GRID.types(op, f"nd.contrib.{op}(x)", ints=("int32",), grad="", x="I(0,3,2,2)")
for op in ("quadratic", "div_sqrt_dim", "gradientmultiplier", "round_ste", "sign_ste"):
    more = {"quadratic": ", a=1.5, b=-2, c=.25", "gradientmultiplier": ", scalar=-.5"}.get(op, "")
    GRID.usual(op, f"nd.contrib.{op}(x{more})", x="N(2,5)*2")
    GRID.add(f"{op}/special", f"nd.contrib.{op}(x{more})", x=SPECIAL)
EMPTY = (
    "exp(x)",
    "relu(x)",
    "sum(x)",
    "sum(x, axis=0)",
    "max(x, axis=1)",
    "concat(x, x, dim=0)",
    "reshape(x, (0, -1))",
    "transpose(x)",
    "broadcast_add(x, x)",
    "dot(x, x.T)",
    "softmax(x)",
    "sort(x)",
    "zeros_like(x)",
)
GRID.code(
    "empty/operators",
    "x = nd.array(np.zeros((0, 3))); R['s'] = x.shape; R['n'] = x.asnumpy().size",
    *(f"R[{call!r}] = raises(lambda: nd.{call})" for call in EMPTY),
)
