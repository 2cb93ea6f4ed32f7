"""Functions of two arrays: broadcasting, equal shapes, types, signs of integer division, special values."""

from compat_tests.grids import INTS, Grid

GRID = Grid("binary")

ARITHMETIC = ("add", "sub", "mul", "div", "mod", "power", "hypot", "maximum", "minimum")
COMPARING = (
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "lesser",
    "lesser_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
)
SHAPES = {
    "row": ("2,3", "1,3"),
    "both": ("1,3,1", "2,1,4"),
    "one": ("1", "2,3"),
    "rank": ("3", "2,3"),
    "bad": ("2,3", "2,2"),
    "five": ("2,1,2,1,2", "1,2,1,2,1"),
}
A = "A([np.nan,np.inf,-np.inf,0,0,-0.,1,-1,2,-2.5,7,-7,7,-7,1e30])"
B = "A([1,np.inf,2,0,-1,0,np.nan,.5,0,2,3,3,-3,-3,1e30])"
SIGNED = "np.array([7,-7,7,-7,0,5,-128,127],{t})", "np.array([3,3,-3,-3,4,1,-1,2],{t})"

for op in ARITHMETIC + COMPARING:
    call = f"nd.broadcast_{op}(x, y)"
    make = "P" if op in ("power", "div", "mod") else "N" if op in ARITHMETIC else "I"
    for label, (left, right) in SHAPES.items():
        x, y = (f"I(0,3,{s})" if make == "I" else f"{make}({s})" for s in (left, right))
        GRID.add(f"broadcast_{op}/{label}", call, grad=None if op in ARITHMETIC else "", x=x, y=y)
    x, y = ("I(0,3,2,3)", "I(0,3,2,1)") if make == "I" else (f"{make}(2,3)", f"{make}(2,1)")
    GRID.usual(f"broadcast_{op}", call, ints=(), grad=None if op in ARITHMETIC else "", x=x, y=y)
    GRID.add(f"broadcast_{op}/special", call, grad=None if op in ARITHMETIC else "", x=A, y=B)
    GRID.add(f"broadcast_{op}/bool", call, grad="", x="A([0,1,0,1]).astype('bool')", y="A([0,0,1,1]).astype('bool')")
    for t in INTS:
        if op in ("mod", "div", "hypot", "power") or t in ("int32", "uint8"):
            if op == "power":
                sides = (
                    f"np.array([2,3,1,0,-2],'{t}')" if t != "uint8" else "np.array([2,3,1,0,16],'uint8')",
                    f"np.array([3,2,5,0,3],'{t}')",
                )
            elif t == "uint8":
                sides = "np.array([7,250,0,5],'uint8')", "np.array([3,200,4,1],'uint8')"
            else:
                sides = tuple(s.format(t=repr(t)) for s in SIGNED)
            GRID.add(f"broadcast_{op}/{t}", call, grad="", x=sides[0], y=sides[1])

for op in ("add", "sub", "mul", "div"):
    call = f"nd.elemwise_{op}(x, y)"
    GRID.usual(f"elemwise_{op}", call, ints=INTS, x="I(0,9,2,3)", y="I(1,5,2,3)")
    GRID.add(f"elemwise_{op}/bad", call, x="N(2,3)", y="N(2,1)")
    GRID.add(f"elemwise_{op}/rank", call, x="N(2,3)", y="N(1,2,3)")
    GRID.add(f"elemwise_{op}/same", f"nd.elemwise_{op}(x, x)", x="P(2,3)")
    GRID.add(f"elemwise_{op}/special", call, x=A, y=B)

for op in (
    "maximum",
    "minimum",
    "power",
    "mod",
    "hypot",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "lesser",
    "lesser_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "grad_add",
):
    GRID.add(
        f"_{op}/same", f"nd._internal._{op}(x, y)", grad="" if op == "grad_add" else None, x="P(2,3)*4", y="P(2,3)"
    )
    GRID.add(f"_{op}/bad", f"nd._internal._{op}(x, y)", x="P(2,3)*4", y="P(2,1)")

for op in (
    "add",
    "subtract",
    "multiply",
    "divide",
    "modulo",
    "power",
    "maximum",
    "minimum",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "lesser",
    "lesser_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "true_divide",
):
    GRID.add(f"{op}/arrays", f"nd.{op}(x, y)", x="P(2,1)*3", y="P(1,3)*3")
    GRID.add(f"{op}/number", f"nd.{op}(x, 2.5)", x="P(2,3)*3")
    GRID.add(f"{op}/reversed", f"nd.{op}(2.5, x)", x="P(2,3)*3")
    GRID.add(f"{op}/int32", f"nd.{op}(x, 3)", grad="", x="I(-5,6,7).astype('int32')")
    GRID.add(f"{op}/numbers", f"nd.array([float(nd.{op}(7.5, 2))])", grad="", x="Z(1)")

GRID.usual("add_n", "nd.add_n(x, y, z)", ints=INTS, x="N(2,3)*3", y="N(2,3)", z="N(2,3)")
GRID.add("add_n/one", "nd.add_n(x)", x="N(2,3)")
GRID.add("add_n/same", "nd.add_n(x, x, x)", x="N(2,3)")
GRID.add("add_n/bad", "nd.add_n(x, y)", x="N(2,3)", y="N(2,1)")
GRID.add("broadcast_add/six", "nd.broadcast_add(x, y)", grad="", x="N(2,1,2,1,2,1)", y="N(1,2,1,2,1,2)")

WHERE = "nd.where(c, x, y)"
for name, c, x, y in (
    ("full", "I(0,2,2,3)", "N(2,3)", "N(2,3)"),
    ("rows", "A([1,0])", "N(2,3)", "N(2,3)"),
    ("nan", "A([np.nan,0,-0.,.3,-2])", "N(5)", "N(5)"),
    ("bad", "A([1,0,1])", "N(2,3)", "N(2,3)"),
    ("shapes", "I(0,2,2,3)", "N(2,3)", "N(2,1)"),
):
    GRID.add(f"where/{name}", WHERE, grad="x y", c=c, x=x, y=y)
GRID.usual("where", WHERE, ints=INTS, c="=I(0,2,3,2).astype('int32')", x="N(3,2)*4", y="N(3,2)")
GRID.add("where/bool", WHERE, grad="x y", c="A([1,0,1]).astype('bool')", x="N(3)", y="N(3)")
GRID.over(
    "allclose",
    "nd.contrib.allclose(x, y, rtol={rtol}, atol={atol}, equal_nan={nan})",
    {"x": "A([1,2,np.nan])", "y": "A([1.001,2,np.nan])"},
    {"rtol": (1e-5, 0.01), "atol": (0, 0.01), "nan": (True, False)},
    grad="",
)
